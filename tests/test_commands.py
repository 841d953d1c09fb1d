"""Each command of the README, typed as the first thing after a clone."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.commands

# What a person's terminal has; nothing of the environment the tests themselves run in.
KEEP = ("HOME", "PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "UV_INDEX_URL",
        "UV_CACHE_DIR", "UV_DEFAULT_INDEX", "PIP_INDEX_URL", "PIP_CERT", "HTTPS_PROXY",
        "https_proxy", "NO_PROXY", "no_proxy")  # fmt: skip
TERMINAL = {name: os.environ[name] for name in KEEP if name in os.environ}
TERMINAL["PATH"] = os.pathsep.join(
    part for part in TERMINAL["PATH"].split(os.pathsep) if ".venv" not in part
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone: the command of the test is the first one typed there."""
    return cloned(tmp_path / "clone")


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which somebody has typed `make lab` before."""
    folder = cloned(tmp_path_factory.mktemp("used") / "clone")
    make(folder, "lab", "LAB_ARGS=--version")
    return folder


def cloned(folder: Path) -> Path:
    """A clone as a stranger gets it: what git tracks or would track, no environment."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in names:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def make(clone: Path, target: str, *arguments: str, seconds: int = 400) -> str:
    """Type a command and return what it printed; its exit code must be 0."""
    done = subprocess.run(
        ["make", target, f"PYTHON={base_python()}", *arguments],
        cwd=clone, env=TERMINAL, capture_output=True, text=True, timeout=seconds,
    )  # fmt: skip
    assert done.returncode == 0, f"make {target}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def base_python() -> str:
    """The Python a person has: not the environment's."""
    return str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}")


@contextmanager
def lab(clone: Path, port: int) -> Iterator[str]:
    """`make lab` running; gives its address, and ends it as Ctrl+C would."""
    process = subprocess.Popen(
        ["make", "lab", f"PYTHON={base_python()}",
         f"LAB_ARGS=--no-browser --port={port} --IdentityProvider.token=secret"],
        cwd=clone, env=TERMINAL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if "Jupyter Server" in line and "is running at" in line:
                break
        address = next(
            part for line in process.stdout for part in line.split() if part.startswith("http://")
        )
        yield address.split("/lab")[0]
    except StopIteration:
        pytest.fail("make lab ended:\n" + "".join(lines)[-3000:])
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def fetch(address: str) -> tuple[int, str]:
    request = urllib.request.Request(address, headers={"Authorization": "token secret"})
    for _ in range(40):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
    pytest.fail(f"nothing answers at {address}")


def test_make_lab_opens_the_course_and_formgrader_on_a_busy_port(clone):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with lab(clone, port) as address:
            assert f":{port}" not in address, "a busy port must be replaced by a free one"
            status, _ = fetch(f"{address}/lab/tree/course/start-here.ipynb")
            assert status == 200
            status, listing = fetch(f"{address}/api/contents/assignments/my-work")
            assert status == 200
            names = [entry["name"] for entry in json.loads(listing)["content"]]
            assert "ps01-one-rule-five-reports" in names
            status, assignments = fetch(f"{address}/formgrader/api/assignments")
            assert status == 200, assignments[:300]
            sets = {entry["name"]: entry for entry in json.loads(assignments)}
            (first,) = [s for n, s in sets.items() if n == "ps01-one-rule-five-reports"]
            assert first["source_path"], "formgrader finds no source"
            assert first["release_path"], "no release was built"


def test_make_lab_leaves_a_learners_work_alone(used):
    name = "ps01-one-rule-five-reports"
    mine = used / "assignments" / "my-work" / name / f"{name}.ipynb"
    mine.write_text("my answers", encoding="utf-8")
    source = used / "assignments" / "source" / name / f"{name}.ipynb"
    os.utime(source)
    second = make(used, "lab", "LAB_ARGS=--version")
    assert "Setting up" not in second, "set-up must be skipped when nothing changed"
    assert "Building the student release" in second, "a changed source must be released again"
    assert mine.read_text(encoding="utf-8") == "my answers"


def test_make_grade_marks_a_sample_class(clone):
    printed = make(clone, "grade")
    sample = clone / "assignments" / "sample-class"
    with (sample / "grades.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len({row["student_id"] for row in rows}) >= 16
    pages = list((sample / "feedback").glob("*/*/*.html"))
    assert len(pages) >= 16, "every submission gets a feedback page"
    assert "feedback" in printed and "grades.csv" in printed, "it must say where to look"
    scores = {row["student_id"]: float(row["score"] or 0) for row in rows}
    best, untouched = max(scores.values()), min(scores.values())
    assert best > 0 and untouched == 0


def test_make_pack_lets_a_student_work_with_only_the_zip(used, tmp_path):
    make(used, "pack")
    archive = used / "dist" / "ps01-one-rule-five-reports.zip"
    alone = tmp_path / "student"
    with zipfile.ZipFile(archive) as packed:
        assert not [n for n in packed.namelist() if "source" in n or "rubric" in n]
        packed.extractall(alone)
    folder = alone / archive.stem
    (wheel,) = folder.glob("*.whl")
    help_text = (folder / "HELP.txt").read_text(encoding="utf-8")
    assert wheel.name in help_text
    uv = used / ".venv" / "bin" / "uv"
    python = tmp_path / "env" / "bin" / "python"
    for command in (
        [uv, "venv", "-q", "--python", base_python(), tmp_path / "env"],
        [uv, "pip", "install", "-q", "--python", python, "--require-hashes",
         "-r", folder / "requirements.txt"],
        [uv, "pip", "install", "-q", "--python", python, "--no-deps", wheel],
    ):  # fmt: skip
        subprocess.run(list(map(str, command)), env=TERMINAL, check=True, timeout=400)
    away = used.rename(used.with_name("away"))
    run_all = (
        "import nbformat, nbclient, sys\n"
        "nb = nbformat.read(sys.argv[1], 4)\n"
        "nbclient.NotebookClient(nb, timeout=120, allow_errors=True).execute()\n"
        "errors = [o.ename for c in nb.cells for o in c.get('outputs', [])"
        " if o.output_type == 'error']\n"
        "print(sorted(set(errors)))\n"
    )
    done = subprocess.run(
        [str(python), "-I", "-c", run_all, str(folder / f"{archive.stem}.ipynb")],
        cwd=folder, env=TERMINAL, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    away.rename(used)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "['NotTried']", (
        "an untouched release in a new environment must only say 'not tried': " + done.stdout
    )


def test_an_unknown_command_gets_one_line(clone):
    done = subprocess.run(
        [base_python(), "do.py", "gradee"], cwd=clone, env=TERMINAL, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert len(done.stdout.strip().splitlines()) == 1 and "grade" in done.stdout


@pytest.mark.parametrize("command", ["grade", "mark"])
def test_a_problem_set_that_is_not_there_gets_one_line(clone, command):
    earlier = clone / "assignments" / "sample-class" / "grades.csv"
    earlier.parent.mkdir()
    earlier.write_text("kept", encoding="utf-8")
    done = subprocess.run(
        [base_python(), "do.py", command, "ps99"],
        cwd=clone, env=TERMINAL, capture_output=True, text=True,
    )  # fmt: skip
    (line,) = done.stdout.strip().splitlines()
    assert done.returncode == 1 and "ps99" in line and "There are: ps01" in line
    assert earlier.read_text(encoding="utf-8") == "kept"


def test_a_set_up_that_fails_says_what_where_and_what_to_do(clone):
    pins = clone / "requirements.txt"
    pins.write_text("nbgrader==0.0.0 --hash=sha256:" + "0" * 64 + "\n", encoding="utf-8")
    done = subprocess.run(
        ["make", "grade", f"PYTHON={base_python()}"],
        cwd=clone, env=TERMINAL, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode != 0
    last = done.stdout.strip().splitlines()[-1]
    assert "installing packages" in last and ".do/setup.log" in last
    assert "Traceback" not in done.stdout + done.stderr
