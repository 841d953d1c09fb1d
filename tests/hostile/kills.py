"""kill -9 at random moments while a class is marked; running again must reach the same state."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import base
from .stage import Stage, environment
from .survey import descendants

ROLES = ("coordinator", "zygote", "examiner", "candidate", "examination")
CLASS = 8


@dataclass(frozen=True)
class State:
    """What a finished run leaves: rows of the gradebook, files by path with a digest."""

    rows: tuple[tuple[object, ...], ...]
    files: tuple[tuple[str, str], ...]


def state(course: Path) -> State:
    """The state of a course folder, without random ids."""
    db = sqlite3.connect(f"file:{course}/gradebook.db?mode=ro", uri=True)
    rows = db.execute(
        "select s.student_id, s.timestamp, b.name, g.auto_score, g.manual_score,"
        " g.needs_manual_grade from grade g"
        " join submitted_notebook n on g.notebook_id = n.id"
        " join submitted_assignment s on n.assignment_id = s.id"
        " join base_cell b on g.cell_id = b.id order by s.student_id, b.name"
    ).fetchall()
    rows += db.execute(
        "select s.student_id, b.name, c.auto_comment from comment c"
        " join submitted_notebook n on c.notebook_id = n.id"
        " join submitted_assignment s on n.assignment_id = s.id"
        " join base_cell b on c.cell_id = b.id order by s.student_id, b.name"
    ).fetchall()
    rows += db.execute("select 'integrity', * from pragma_integrity_check").fetchall()
    db.close()
    files = []
    for step in ("autograded", "feedback"):
        for path in sorted((course / step).rglob("*")):
            if path.is_file():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                files.append((str(path.relative_to(course)), digest))
    for path in sorted(course.rglob("*")):  # elsewhere, names alone: nothing half-done is left
        if path.relative_to(course).parts[0] not in ("autograded", "feedback"):
            files.append((str(path.relative_to(course)), ""))
    return State(tuple(rows), tuple(files))


def prepare(stage: Stage) -> None:
    """A small class: right, wrong, partly right, one that dies, one that cannot be read."""
    answers = base.right()
    for number in range(CLASS):
        mine = {**base.wrong(), **dict(list(answers.items())[: number + 1])}
        stage._write(f"s{number:02}", base.dump(base.answered(stage.released, mine)), {},
                     "2024-05-01 10:00:00 UTC")  # fmt: skip
    dies = {**answers, "q6-grade": "import os\nos._exit(3)"}
    nb = base.answered(stage.released, dies)
    stage._write("dies", base.dump(nb), {}, "2024-05-01 10:00:00 UTC")
    stage._write("broken", b"{", {}, "2024-05-01 10:00:00 UTC")


class Trials:
    """Kills over copies of one course. Adopts orphans, to see whether anybody is left."""

    def __init__(self, stage: Stage, command: list[str]) -> None:
        self.stage, self.command = stage, command
        self.scratch = Path(tempfile.mkdtemp(prefix="scratch-"))
        self.fresh = Path(tempfile.mkdtemp(prefix="fresh-"))
        shutil.copytree(stage.course, self.fresh, dirs_exist_ok=True)
        _adopt_orphans(True)
        started = time.monotonic()
        self._finish()
        self.seconds = time.monotonic() - started
        self.wanted = state(stage.course)
        self.left = sorted(path.name for path in self.scratch.iterdir())
        # a test before us may keep a process of the engine for itself
        self.earlier = {pid for pid, _, _ in descendants(os.getpid())}
        self.killed: list[str] = []

    def close(self) -> None:
        """Remove the copies."""
        _adopt_orphans(False)
        shutil.rmtree(self.fresh)
        shutil.rmtree(self.scratch)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command, cwd=self.stage.course, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=environment(TMPDIR=str(self.scratch)),
            start_new_session=True,
        )  # fmt: skip

    def _finish(self) -> None:
        process = self._start()
        code = process.wait(300)
        if code:
            raise AssertionError(f"a run without kills ended with {code}")

    def trial(self, seed: int, kills: int) -> list[State]:
        """Kill that many times at random moments; the state after every class that was finished.

        A class that is done before the kills are used up begins anew.
        """
        chance, left, reached = random.Random(seed), kills, []
        while left:
            shutil.rmtree(self.stage.course)
            shutil.copytree(self.fresh, self.stage.course)
            process = self._start()
            while left:
                until = time.monotonic() + chance.uniform(0, self.seconds / 8)
                while time.monotonic() < until and process.poll() is None:
                    time.sleep(0.002)
                if process.poll() is not None:
                    break
                role = ROLES[(seed + left) % len(ROLES)]
                if self._kill(process, role, chance):
                    left -= 1
                    if role == "coordinator":
                        process = self._start()
            process.wait(300)
            if process.returncode:
                self._finish()
            self._nobody_left()
            reached.append(state(self.stage.course))
        return reached

    def _kill(self, process: subprocess.Popen[bytes], role: str, chance: random.Random) -> bool:
        """Kill one that plays this role; False if nobody did before the class was done."""
        end = time.monotonic() + 3
        while time.monotonic() < end and process.poll() is None:
            found = self._playing(process.pid, role)
            if found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(found), signal.SIGKILL)
                    self.killed.append(role)
                    if role == "coordinator":
                        process.wait()
                    return True
            time.sleep(0.001)
        return False

    def _playing(self, top: int, role: str) -> list[int]:
        if role == "coordinator":
            return [top] if os.path.exists(f"/proc/{top}/cmdline") else []
        module = {"zygote": "zygote", "candidate": "zygote"}.get(role, "examiner")
        leaf = role in ("candidate", "examination")
        tree = descendants(top)
        parents = {parent for _, parent, _ in tree}
        return [
            pid for pid, _, line in tree
            if f"invigilator.{module}" in line and (pid not in parents) == leaf
        ]  # fmt: skip

    def _nobody_left(self) -> None:
        """No process of the engine is alive, and no folder of it is left."""
        for _ in range(100):
            left = [line for pid, _, line in descendants(os.getpid())
                    if "invigilator" in line and pid not in self.earlier]  # fmt: skip
            if not left:
                break
            time.sleep(0.05)
        else:
            raise AssertionError(f"left behind: {left}")
        folders = sorted(path.name for path in self.scratch.iterdir())
        if folders != self.left:
            raise AssertionError(f"folders left behind: {folders}")


def _adopt_orphans(yes: bool) -> None:
    ctypes.CDLL(None).prctl(36, int(yes), 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def command(stage: Stage) -> list[str]:
    """What marks the class: the engine's own command line."""
    return [sys.executable, "-m", "invigilator", "autograde", base.ASSIGNMENT, "--quiet"]
