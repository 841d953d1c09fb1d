"""What this machine can protect, found out by marking a tiny notebook in each mode."""

from __future__ import annotations

import json
import os
import platform
import stat
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import skeleton
from .skeleton import Skeleton, SkeletonCell

STOPS = {
    "landlock": "reading other submissions, sources and the gradebook; writing outside the work "
                "folder",
    "seccomp": "network, mounting, tracing, loading, and signals to others",
    "mount": "seeing any file that marking does not need",
    "process": "seeing or surviving beside other processes",
    "network": "any connection, even inside this machine",
    "ipc": "shared memory with other programs",
    "cgroup": "one submission using the memory of all",
    "capabilities": "an administrator's rights",
    "rlimits": "endless memory, files and processes",
    "user": "files of the person who marks",
}
REPAIR = {
    "namespaces": "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1; "
                  "on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0; in a container "
                  "a security profile that permits unshare)",
    "landlock": "use Linux 5.13 or newer with landlock in the kernel's lsm= list",
    "cgroup": "start it with `systemd-run --user --scope -p Delegate=yes invigilator …`, or give "
              "the service that runs it Delegate=yes",
    "linux": "grade in Linux, WSL2 or a container; `invigilator mark` works everywhere",
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: "good", "weak" or "bad", in words; repair and details if any."""

    what: str
    state: str
    words: str
    repair: str = ""
    details: tuple[str, ...] = ()


def tiny() -> Skeleton:
    """The smallest assignment that exercises everything."""
    return Skeleton("doctor", "doctor", (
        SkeletonCell("one", "answer", "code", "x = 1", "x = ...", grade_id="one", names=("x",)),
        SkeletonCell("one-test", "test", "code", "assert x == 1", "assert x == 1",
                     grade_id="one-test", points=1.0)))


def engine(layers: str) -> Finding:
    """Mark the tiny notebook with this choice of layers."""
    what = {"best": "sandbox, all layers", "landlock": "sandbox without namespaces"}[layers]
    try:
        from .marking import Marker
        from .sandbox import Sandbox, SandboxUnavailable
    except ImportError as error:
        return Finding(what, "bad", f"the engine does not load here ({error})", REPAIR["linux"])
    made = tiny()
    merged = [{"role": cell.kind, "grade_id": cell.grade_id, "id": cell.id, "cell_type": "code",
               "source": cell.source} for cell in made.cells]
    try:
        with Marker(made, sandbox=Sandbox(layers=layers), seed="0") as marker:
            marker.mark(merged, student="doctor")
            started = time.monotonic()
            found = marker.mark(merged, student="doctor")
            spent = time.monotonic() - started
    except (SandboxUnavailable, OSError, RuntimeError, NotImplementedError) as error:
        return Finding(what, "bad", str(error) or type(error).__name__, REPAIR["landlock"])
    mark = found.cells.get("one-test")
    if found.status != "graded" or mark is None or mark.score != 1.0:
        return Finding(what, "bad", f"a correct answer got {found.status}: "
                       f"{mark.message if mark else ''}")
    words = f"{', '.join(found.layers)}; {spent * 1000:.0f} ms for a small notebook"
    if layers == "best" and not any("namespace" in layer for layer in found.layers):
        return Finding(what, "weak", words, REPAIR["namespaces"])
    if not any("landlock" in layer.lower() for layer in found.layers):
        return Finding(what, "weak", words, REPAIR["landlock"])
    return Finding(what, "good", words)


def group() -> Finding:
    """Can memory and processes of a submission be limited as a whole?"""
    from .cgroups import delegated
    path, why = delegated()
    if path is None:
        return Finding("control group", "weak", f"{why}; the memory of a submission is looked at "
                       "five times a second instead", REPAIR["cgroup"])
    return Finding("control group", "good", f"{path}: memory and processes have a ceiling")


def machine() -> list[Finding]:
    """The system and its engine."""
    linux = sys.platform.startswith("linux")
    about = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    found = [Finding("system", "good" if linux else "bad", about, "" if linux else REPAIR["linux"])]
    if linux:
        found += [engine("best"), engine("landlock"), group()]
        if os.getuid() == 0:
            found.append(Finding("user", "weak", "you are root; the engine drops it before any "
                                 "student code, yet grade as an ordinary user where you can"))
    return found


def course(root: str | None) -> list[Finding]:
    """The course folder, if this is one."""
    place = Path(root or os.getcwd())
    if not (place / "nbgrader_config.py").exists():
        return [Finding("course", "weak", f"{place} is no course folder",
                        "name it with --course to have it looked at")]
    found = []
    recorded = sorted((place / ".invigilator").glob("*/*.skeleton.json"))
    for path in recorded:
        made = skeleton.recorded(place, path.parent.name,
                                 path.name.removesuffix(".skeleton.json"))
        legacy = [cell for cell in made.tests if cell.mode == "legacy"]
        words = f"{len(made.tests)} test cells, {len(legacy)} not tamper-proof"
        found.append(Finding(f"assignment {made.notebook}", "weak" if legacy else "good", words,
                             "see Limits in the engine's README for what such a test can do "
                             "otherwise" if legacy else "",
                             tuple(f"{cell.grade_id}: {cell.why}" for cell in legacy)))
    if not recorded:
        found.append(Finding("assignments", "weak", "none is recorded yet",
                             "run `nbgrader generate_assignment NAME`"))
    key = place / "term.key"
    if not key.exists():
        found.append(Finding("term.key", "weak", "none: hidden inputs can be worked out by "
                             "whoever reads this repository", "for closed marks write 32 random "
                             f"bytes to {key}"))
    elif os.name == "posix" and stat.S_IMODE(key.stat().st_mode) & 0o077:
        found.append(Finding("term.key", "bad", "others on this machine can read it",
                             f"chmod 600 {key}"))
    else:
        found.append(Finding("term.key", "good", "present, readable by you alone"))
    book = place / "gradebook.db"
    if book.exists() and not os.access(book, os.W_OK):
        found.append(Finding("gradebook", "bad", f"{book} is read-only", "make it writable"))
    return found


def run(root: str | None, *, as_json: bool = False) -> int:
    """Print the findings; 0 when nothing is bad."""
    from .cli import say
    found = machine() + course(root)
    if as_json:
        say(json.dumps([asdict(one) for one in found], indent=1))
    else:
        for one in found:
            say(f"{one.state.upper():5} {one.what}: {one.words}")
            if one.repair:
                say(f"      repair: {one.repair}")
            for line in one.details:
                say(f"        {line}")
        if sys.platform.startswith("linux"):
            say("What a layer stops:")
            for layer, words in STOPS.items():
                say(f"      {layer}: {words}")
    return 1 if any(one.state == "bad" for one in found) else 0
