"""Control groups (Linux, version 2) for what a candidate and all its processes use together.

Only where they are delegated: the group this program runs in can be written to, and lets its
children limit memory and processes. A service manager gives that, for instance

    systemd-run --user --scope -p Delegate=yes invigilator autograde ps01

Nothing here needs a right that was not given, and nothing outside the own group is touched.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from .limits import Limits

LAYER = "control group"
PREFIX = "invigilator-"
ASIDE = f"{PREFIX}main"  # where this program goes, so that its group may have limited children
NEEDED = frozenset({"memory", "pids"})
PATIENCE = 5.0


def delegated(proc: Path = Path("/proc/self")) -> tuple[Path | None, str]:
    """The group whose children we may make and limit, or None and the reason in words."""
    try:
        own = _own(proc)
    except OSError as error:
        return None, f"control groups cannot be looked up ({error.strerror})"
    if own is None:
        return None, "there is no control group of version 2"
    if not (own / "cgroup.type").exists():
        return None, "this program runs in the machine's outermost control group"
    if not os.access(own, os.W_OK) or not os.access(own / "cgroup.procs", os.W_OK):
        return None, "the control group is not delegated to this user"
    missing = NEEDED - _words(own / "cgroup.controllers")
    if missing:
        return None, f"the control group does not offer: {', '.join(sorted(missing))}"
    try:
        _open_up(own)
    except OSError as error:
        return None, f"the control group holds other programs ({error.strerror})"
    return own, ""


def _own(proc: Path) -> Path | None:
    inside = next((line[3:] for line in (proc / "cgroup").read_text().splitlines()
                   if line.startswith("0::")), None)  # fmt: skip
    for line in (proc / "mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        if inside is not None and after.split()[0] == "cgroup2":
            root, mounted = before.split()[3:5]
            if root == "/" or inside == root or inside.startswith(root + "/"):
                below = inside if root == "/" else inside[len(root):]
                return Path((mounted + below.rstrip("/")).removesuffix(f"/{ASIDE}"))
    return None


def _words(path: Path) -> set[str]:
    return set(path.read_text().split())


def _open_up(own: Path) -> None:
    """Let children limit memory and processes; a group that does so may hold no process itself."""
    if _words(own / "cgroup.subtree_control") >= NEEDED:
        return
    if _words(own / "cgroup.procs") <= {str(os.getpid())}:
        aside = own / ASIDE
        aside.mkdir(exist_ok=True)
        _write(aside / "cgroup.procs", str(os.getpid()))
    _write(own / "cgroup.subtree_control", " ".join(f"+{name}" for name in sorted(NEEDED)))


def _write(path: Path, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


class Group:
    """One worker's group; a candidate joins it by writing 0 to the descriptor `door`."""

    def __init__(self, parent: Path, limits: Limits) -> None:
        _sweep(parent)
        self.path = parent / f"{PREFIX}{os.getpid()}-{time.monotonic_ns()}"
        self.path.mkdir()
        _write(self.path / "memory.max", str(limits.tree_memory))
        _write(self.path / "pids.max", str(limits.processes))
        for name, text in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
            with contextlib.suppress(OSError):  # no swap accounting, an older kernel
                _write(self.path / name, text)
        self.door = os.open(self.path / "cgroup.procs", os.O_WRONLY | os.O_CREAT)
        self._overdrawn = self._kills()

    def overdrawn(self) -> bool:
        """Has the kernel ended processes for their memory since we last asked?"""
        before, self._overdrawn = self._overdrawn, self._kills()
        return self._overdrawn > before

    def _kills(self) -> int:
        with contextlib.suppress(OSError):
            for line in (self.path / "memory.events").read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
        return 0

    def kill(self) -> bool:
        """End whatever is in the group, forks under way included; is it empty now?"""
        with contextlib.suppress(OSError):  # before Linux 5.14; the namespace ends them
            _write(self.path / "cgroup.kill", "1")
        end = time.monotonic() + PATIENCE
        while self.populated():
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def populated(self) -> bool:
        """Is a process in it, or in a group below it?"""
        try:
            return "populated 1" in (self.path / "cgroup.events").read_text()
        except OSError:
            return False

    def remove(self) -> None:
        """Empty it and remove it. Safe to call again."""
        if self.door >= 0:
            os.close(self.door)
            self.door = -1
            self.kill()
            with contextlib.suppress(OSError):
                os.rmdir(self.path)


def _sweep(parent: Path) -> None:
    """Remove groups that killed programs left; one that holds a process cannot be removed."""
    for path in parent.glob(f"{PREFIX}[0-9]*"):
        if not os.path.exists(f"/proc/{path.name[len(PREFIX):].partition('-')[0]}"):
            with contextlib.suppress(OSError):
                os.rmdir(path)


def group(limits: Limits) -> Group | None:
    """A group for one worker, None where none can be had."""
    parent, _ = delegated()
    if parent is None:
        return None
    try:
        return Group(parent, limits)
    except OSError:
        return None
