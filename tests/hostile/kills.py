"""kill -9 at random moments while a class is marked; running again must reach the same state."""

from __future__ import annotations

import contextlib
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
    """What a finished run leaves: rows of the gradebook, files by path."""

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
    """Kills over copies of one course."""

    def __init__(self, stage: Stage, command: list[str]) -> None:
        self.stage, self.command = stage, command
        self.fresh = Path(tempfile.mkdtemp(prefix="fresh-"))
        shutil.copytree(stage.course, self.fresh, dirs_exist_ok=True)
        started = time.monotonic()
        self._finish()
        self.seconds = time.monotonic() - started
        self.wanted = state(stage.course)
        self.killed: list[str] = []

    def close(self) -> None:
        """Remove the copy."""
        shutil.rmtree(self.fresh)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command, cwd=self.stage.course, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=environment(), start_new_session=True,
        )  # fmt: skip

    def _finish(self) -> None:
        process = self._start()
        code = process.wait(300)
        if code:
            raise AssertionError(f"a run without kills ended with {code}")

    def trial(self, seed: int, kills: int) -> State:
        """Start over; kill `kills` times at random moments; finish; the state reached."""
        chance = random.Random(seed)
        shutil.rmtree(self.stage.course)
        shutil.copytree(self.fresh, self.stage.course)
        process = self._start()
        for number in range(kills):
            role = ROLES[(seed + number) % len(ROLES)]
            until = time.monotonic() + chance.uniform(0, self.seconds / kills)
            while time.monotonic() < until and process.poll() is None:
                time.sleep(0.002)
            if process.poll() is not None:
                process = self._start()  # killed before, or finished: marking goes on, or nothing
                time.sleep(chance.uniform(0, self.seconds))
            self._kill(process, role, chance)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(300)
        if process.returncode:
            self._finish()
        self._nobody_left(process.pid)
        return state(self.stage.course)

    def _kill(self, process: subprocess.Popen[bytes], role: str, chance: random.Random) -> None:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            found = self._playing(process.pid, role)
            if found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(found), signal.SIGKILL)
                    self.killed.append(role)
                if role == "coordinator":
                    process.wait()
                return
            if process.poll() is not None:
                return
            time.sleep(0.001)

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

    def _nobody_left(self, top: int) -> None:
        marks = str(self.stage.course)
        for _ in range(100):
            left = [line for _, _, line in descendants(os.getpid()) if marks in line]
            if not left:
                return
            time.sleep(0.05)
        raise AssertionError(f"left behind: {left}")


def command(stage: Stage) -> list[str]:
    """What marks the class: the engine's own command line."""
    return [sys.executable, "-m", "invigilator", "autograde", base.ASSIGNMENT, "--quiet"]
