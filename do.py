"""The course's commands. Each sets up what it needs and can be the first thing typed after a clone.

    python do.py lab      open the course in JupyterLab            (make lab)
    python do.py grade    grade a sample class from end to end     (make grade)
    python do.py mark     mark your own work in assignments/my-work (make mark)
    python do.py test     run every test                           (make test)
    python do.py pack     write one zip per problem set to dist/   (make pack)
    python do.py bench    measure the grading engine               (make bench)
    python do.py pins     compile the pins again from pyproject    (make pins)
    python do.py clean    remove what the commands produced        (make clean)

Standard library only: this file runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ASSIGNMENTS = ROOT / "assignments"
MY_WORK = ASSIGNMENTS / "my-work"
SAMPLE = ASSIGNMENTS / "sample-class"
VENV = Path(os.environ.get("COURSE_VENV", ROOT / ".venv"))
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOG = ROOT / ".do" / "setup.log"

# pip comes as a file: a bare Debian Python has neither pip nor ensurepip (CONTRIBUTING, Decisions).
PIP = ROOT / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
# JupyterLab would ask for news and look for updates: the course needs no network once installed.
QUIET_LAB = """{"@jupyterlab/apputils-extension:notification":
  {"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": false}}
"""
LAYERS = {"student": "requirements.txt", "test": "requirements-test.txt"}


class Stop(Exception):  # noqa: N818 - it is not an error of the program
    """One line for the reader: what, where, what to do."""


def say(text: str) -> None:
    print(text, flush=True)


# -- set-up -----------------------------------------------------------------------------------


def fingerprint(layer: str) -> str:
    """What the set-up of a layer depends on; the set-up is skipped while this stays the same."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {layer} {ROOT}".encode())
    for name in ("pyproject.toml", "requirements-uv.txt", LAYERS[layer]):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_set_up(layer: str) -> bool:
    """True when the environment holds this layer; the test layer holds the student layer too."""
    wanted = [layer] if layer == "test" else ["student", "test"]
    return PYTHON.exists() and any(
        stamp.exists() and stamp.read_text() == fingerprint(name)
        for name in wanted
        for stamp in [VENV / f"stamp-{name}"]
    )


def run_quietly(command: Sequence[str | Path], what: str) -> None:
    """Run a set-up step with its output in the log; stop with one line if it fails."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    environment.pop("VIRTUAL_ENV", None)
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {shlex.join(map(str, command))}\n")
        log.flush()
        code = subprocess.call(
            list(map(str, command)), stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, env=environment
        )
    if code:
        lines = [line.strip() for line in LOG.read_text(errors="replace").splitlines()]
        reasons = [line for line in lines if line.lower().startswith(("error", "cause", "hint"))]
        raise Stop(
            f"Set-up stopped at: {what} ({' '.join(reasons)[:400] or lines[-1][:200]}). "
            f"The whole story is in {LOG.relative_to(ROOT)}; "
            "mend the cause (often the network) and type the command again."
        )


@contextmanager
def only_one_set_up() -> Iterator[None]:
    """Two commands typed at once must not build one environment together."""
    LOG.parent.mkdir(exist_ok=True)
    with (LOG.parent / "lock").open("w") as handle:
        if os.name != "nt":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def set_up(layer: str) -> None:
    """Make the environment for a layer: nothing to do, or three steps that show themselves."""
    if is_set_up(layer):
        return
    with only_one_set_up():
        if is_set_up(layer):
            return
        started = time.monotonic()
        LOG.write_text("")
        uv = BIN / ("uv.exe" if os.name == "nt" else "uv")
        say(f"Setting up (once; later runs skip this). Details: {LOG.relative_to(ROOT)}")
        say("  1/3 a Python environment and the installer")
        if not PYTHON.exists():
            import venv

            venv.EnvBuilder(with_pip=False, clear=True, symlinks=os.name != "nt").create(VENV)
        if not uv.exists():
            if hashlib.sha256(PIP.read_bytes()).hexdigest() != PIP_SHA256:
                raise Stop(f"{PIP.name} is not the file it should be. Get it again from the clone.")
            run_quietly(
                [PYTHON, PIP / "pip", "install", "-q", "--require-hashes", "--only-binary=:all:",
                 "-r", ROOT / "requirements-uv.txt"],
                "installing uv",
            )  # fmt: skip
        say(f"  2/3 packages, pinned and hash-checked ({LAYERS[layer]})")
        install: list[str | Path] = [uv, "pip", "install", "--python", PYTHON]
        # Compiled once here, or each program compiles anew where PYTHONDONTWRITEBYTECODE is set.
        run_quietly(
            [*install, "--compile-bytecode", "--require-hashes", "-r", ROOT / LAYERS[layer]],
            "installing packages",
        )
        say("  3/3 the course itself")
        run_quietly(
            [*install, "--no-deps", "--no-build-isolation", "--reinstall-package",
             "real-name-real-face", "-e", ROOT],
            "installing the course",
        )  # fmt: skip
        settings = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(QUIET_LAB)
        (VENV / f"stamp-{layer}").write_text(fingerprint(layer))
        say(f"  ready after {time.monotonic() - started:.0f} s")


def environment() -> dict[str, str]:
    """The environment of everything started from here: this Python's programs come first."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV), "PYTHONUTF8": "1"}


def run(command: Sequence[str | Path], cwd: Path = ROOT) -> int:
    """Run one of the course's programs in the course's environment and return its exit code."""
    return subprocess.call(list(map(str, command)), cwd=cwd, env=environment())


def require(code: int, what: str) -> None:
    if code:
        raise Stop(f"{what} ended with exit code {code}; the lines above say why.")


# -- releases ---------------------------------------------------------------------------------


def source_folder() -> Path:
    """COURSE_SOURCE replaces the published sets where marks must stay closed."""
    return Path(os.environ.get("COURSE_SOURCE") or ASSIGNMENTS / "source")


def problem_sets() -> list[str]:
    """Names of the problem sets, in order."""
    return sorted(
        p.parent.name for p in source_folder().glob("*/*.ipynb") if p.stem == p.parent.name
    )


def newest(folder: Path) -> float:
    return max((p.stat().st_mtime for p in folder.rglob("*") if p.is_file()), default=0.0)


def build_releases() -> None:
    """Build the students' copy of every problem set that changed since it was last built."""
    changed = [name for name in problem_sets() if is_stale(name)]
    if not changed:
        return
    say(f"Building the student releases: {', '.join(changed)}")
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("a", encoding="utf-8") as log:
        command = [str(PYTHON), "-m", "invigilator.release", *changed]
        code = subprocess.call(command, cwd=ASSIGNMENTS, env=environment(), stdout=log, stderr=log)
    missing = [name for name in changed if is_stale(name)]
    if code or missing:
        raise Stop(
            f"No release of {', '.join(missing) or 'a problem set'}: nbgrader refused it. "
            f"Its reason is at the end of {LOG.relative_to(ROOT)}; mend it in "
            f"{source_folder().name}/ and try again."
        )


def is_stale(name: str) -> bool:
    """True when the release is missing or older than its source."""
    release = ASSIGNMENTS / "release" / name / f"{name}.ipynb"
    return not release.exists() or release.stat().st_mtime < newest(source_folder() / name)


def copy_to_my_work() -> None:
    """Put a copy of each release where a learner edits it; never touch one that is there."""
    for name in problem_sets():
        release, mine = ASSIGNMENTS / "release" / name, MY_WORK / name
        if release.is_dir() and not mine.exists():
            shutil.copytree(release, mine)


# -- commands ---------------------------------------------------------------------------------


def lab() -> int:
    """Open the course in JupyterLab, with problem sets to work on and formgrader for teachers."""
    set_up("student")
    build_releases()
    copy_to_my_work()
    arguments = [
        "--ServerApp.root_dir", str(ROOT),
        "--LabApp.default_url", "/lab/tree/course/start-here.ipynb",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    no_display = sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if no_display:
        arguments.append("--no-browser")
    arguments += shlex.split(os.environ.get("LAB_ARGS", "")) + sys.argv[2:]
    say("Lessons: course/   Your problem sets: assignments/my-work/   Marking: make mark")
    say("Teachers: the Formgrader is in the menu Nbgrader. Stop with Ctrl+C.")
    # started inside assignments/, so that formgrader finds the course's configuration
    try:
        return run([PYTHON, "-m", "jupyterlab", *arguments], cwd=ASSIGNMENTS)
    except KeyboardInterrupt:
        return 0


def grade() -> int:
    """Build a sample class, grade it, write feedback and grades.csv; ARGS names the sets."""
    chosen = matching(sys.argv[2:]) if sys.argv[2:] else problem_sets()[:1]
    set_up("student")
    others = [name for name in problem_sets() if name not in chosen]
    code = run([PYTHON, "-m", "invigilator", "demo", "--into", SAMPLE, *chosen], cwd=ASSIGNMENTS)
    if others:
        say(f"For another set: make grade ARGS={others[0]}   (there are: {', '.join(others)})")
    return code


def matching(words: list[str]) -> list[str]:
    """The problem sets whose names hold one of the words; Stop if a word fits none."""
    for word in words:
        if not any(word in name for name in problem_sets()):
            there = ", ".join(problem_sets())
            raise Stop(f"No problem set matches {word}. There are: {there}.")
    return [name for name in problem_sets() if any(word in name for word in words)]


def mark() -> int:
    """Mark what a learner has done so far in assignments/my-work."""
    chosen = matching(sys.argv[2:]) if sys.argv[2:] else problem_sets()
    set_up("student")
    build_releases()
    copy_to_my_work()
    notebooks = [MY_WORK / name / f"{name}.ipynb" for name in chosen]
    return run([PYTHON, "-m", "invigilator", "mark", *notebooks], cwd=ASSIGNMENTS)


def test() -> int:
    """Style, types, then every test. Arguments go to pytest: python do.py test -k reports."""
    set_up("test")
    chosen = sys.argv[2:]
    if not chosen:
        require(run([PYTHON, "-m", "ruff", "check", "."]), "The style check")
        require(run([PYTHON, "-m", "mypy"]), "The type check")
    workers = str(min(os.cpu_count() or 1, 8))
    # a file stays on one worker: what its tests share (a graded class, a browser) is made once;
    # in the order of names, as few tests in a file does not mean that they are short
    together = ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    parallel = [] if chosen else together
    return run([PYTHON, "-m", "pytest", "-q", *parallel, *chosen])


def pack() -> int:
    """One zip per problem set: the released notebook, the course as a wheel, a page of help."""
    set_up("student")
    build_releases()
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    LOG.parent.mkdir(exist_ok=True)
    run_quietly(
        [BIN / "uv", "build", "--wheel", "--no-build-isolation", "--python", PYTHON,
         "-o", dist, ROOT],
        "building the wheel",
    )  # fmt: skip
    (wheel,) = dist.glob("*.whl")
    for name in problem_sets():
        release = ASSIGNMENTS / "release" / name
        target = dist / f"{name}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(p for p in release.rglob("*") if p.is_file()):
                archive.write(file, f"{name}/{file.relative_to(release).as_posix()}")
            archive.write(wheel, f"{name}/{wheel.name}")
            archive.write(ROOT / "requirements.txt", f"{name}/requirements.txt")
            archive.writestr(f"{name}/HELP.txt", help_page(name, wheel.name))
        say(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1e6:.1f} MB")
    return 0


def help_page(name: str, wheel: str) -> str:
    return f"""{name}
{"=" * len(name)}

You need Python 3.11 or newer. In a terminal, inside this folder, once:

    python -m venv .venv
    .venv/bin/pip install -r requirements.txt              (Windows: .venv\\Scripts\\pip)
    .venv/bin/pip install --no-deps {wheel}
    .venv/bin/jupyter lab {name}.ipynb                     (Windows: .venv\\Scripts\\jupyter)

Then work from top to bottom. Write your student id in the cell that asks for it: your data
depend on it. Save, and hand in the notebook {name}.ipynb under its own name.

A check answers in one sentence: not tried, not yet, or done. "Done" means that the checks
you can see are passed; the grader runs others too.
"""


def bench() -> int:
    """Measure engine and stock nbgrader side by side; see assignments/invigilator/README.md."""
    set_up("test")
    build_releases()
    return run([PYTHON, ROOT / "tests" / "bench" / "run.py", *sys.argv[2:]])


def pins() -> int:
    """Compile the pins of both layers and environment.yml again from pyproject.toml."""
    set_up("test")
    uv: list[str | Path] = [
        BIN / "uv", "pip", "compile", "--universal", "--python-version", "3.11", "--no-header",
        "--generate-hashes", "--no-emit-index-url", "--no-annotate", "-q",
    ]  # fmt: skip
    upgrade = [a for a in sys.argv[2:] if a.startswith("--upgrade")]
    for target, extra in (("requirements.txt", []), ("requirements-test.txt", ["--extra", "test"])):
        require(run([*uv, *upgrade, "pyproject.toml", *extra, "-o", target]), "Compiling pins")
    (ROOT / "environment.yml").write_text(environment_yml(), encoding="utf-8")
    return 0


def environment_yml() -> str:
    """The same environment for conda and Binder, written from the pins.

    conda hands its pip section to one pip call, which cannot mix hashes with an editable course;
    so the pins stand here without hashes.
    """
    entries: dict[str, list[str]] = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            pin = line.rstrip(" \\")
            entries.setdefault(pin.split("==")[0], []).append(pin)
    card = ["jupyterlab", "pandas", "matplotlib", "nbgrader", "pytest"]
    lines = [
        "# Written by `make pins` from pyproject.toml and requirements.txt; a test compares them.",
        "name: real-name-real-face",
        "channels: [conda-forge, nodefaults]",
        "dependencies:",
        "  - python=3.11",
        "  - pip",
        *(f"  - {name}={entries[name][0].split('==')[1].split(' ')[0]}" for name in card),
        "  - pip:",
        *(f'      - "{pin}"' for pins in entries.values() for pin in pins),
        "      - -e .",
    ]
    return "\n".join(lines) + "\n"


def clean() -> int:
    """Remove releases, the sample class and dist/. Work and submissions of people stay."""
    for path in [*(ASSIGNMENTS / name for name in ("release", "sample-class")), ROOT / "dist"]:
        shutil.rmtree(path, ignore_errors=True)
    return 0


def show_help() -> int:
    say(__doc__ or "")
    return 0


COMMANDS: dict[str, Callable[[], int]] = {
    "lab": lab, "test": test, "grade": grade, "pack": pack, "mark": mark, "bench": bench,
    "pins": pins, "clean": clean, "help": show_help,
}  # fmt: skip


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one may well be what is typed
        say(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Install one.")
        return 2
    name = sys.argv[1] if len(sys.argv) > 1 else "help"
    if name not in COMMANDS:
        say(f"There is no command {name!r}. Commands: {', '.join(COMMANDS)}.")
        return 2
    try:
        return COMMANDS[name]()
    except Stop as stop:
        say(str(stop))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
