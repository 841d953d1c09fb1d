"""The trusted process of one submission: it holds the tests and drives the candidate.

    python -P -s -m invigilator.examiner <descriptor>

The started process runs the locked cells that depend on no student, once; each submission gets a
fork of it, confined like the candidate but without the right to start programs. The fork knows no
gradebook; what it says goes to the caller as JSON frames, lists of reports:

    {"at": id, "seconds": s}    a cell starts in this process and may take that long
    {"ran": id, "outputs", "count"}
    {"test": grade_id, "mark": {...}}
    {"done": status, "notes": [sentence], "killed": was a copy killed?}
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib
import os
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from . import testcell
from .expect.submissions import Submission
from .forking import Forker, run
from .hidden import shown, without_inputs
from .link import GoneError, Link, Ran
from .plan import Plan, load_plan
from .protocol import send_json
from .sandbox import EXAMINER
from .stubs import REFUSED, Known, Opaque
from .testcell import Result, Screen, Unseen

# A cell that mentions one of these is not rehearsed: it may reach beyond its own process, and the
# warm parent must stay as it is.
BEYOND = frozenset(
    {"fork", "forkpty", "kill", "killpg", "abort", "_exit", "execv", "execve", "execvp", "execl"}
    | {"system", "popen", "spawnv", "posix_spawn", "subprocess", "multiprocessing", "socket"}
    | {"signal", "chdir", "setrlimit", "ProcessPoolExecutor", "closerange", "dup2", "faulthandler"}
)
ENDLESS = "A given cell does not come to its end."
INSIDE = ("The test looks into a value that stays with the answer's code, such as an object or a "
          "class of its own.")
LATE = "The test did not come to an end in time."


class Examiner(Forker):
    """Forks examiners."""

    role = EXAMINER
    descriptors = 2

    def warm_up(self) -> None:
        """Libraries, the skeleton, and every locked cell that is the same for all students."""
        from . import warmth
        from .zygote import lay_out

        files = {name: bytes.fromhex(text) for name, text in self.settings["files"].items()}
        with self.confinement.warm_room() as room:
            if files:  # given cells read and import what lies beside the notebook
                lay_out(files)
                sys.path.append("")
            os.environ["MPLCONFIGDIR"] = f"{room}/tmp/matplotlib"
            warmth.modules(self.settings["imports"])
            self.plan = load_plan(self.settings["skeleton"])
            self.known = Known(self.plan.facts, self.plan.records)
            self.tools = tools_of(self.plan)
            self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
            self.broken: dict[str, str] = {}
            seconds = self.limits.rehearsal_seconds
            endless = rehearse(self.plan, seconds, self.give_up)
            lay_out(files)  # as they were before the reference ran
            for cell in self.plan.shared:
                if cell["id"] == endless:
                    self.broken |= dict.fromkeys(self.plan.binds[endless], ENDLESS)
                else:
                    run_locked(self.plan, cell, self.names, self.broken, seconds)
        warmth.settle()

    def child(self, request: dict[str, Any], links: list[socket.socket]) -> None:
        """Examine one submission."""
        os.environ["JUPYTERHUB_USER"] = request["student"]
        if self.plan.folder and os.path.isdir(self.plan.folder):
            os.chdir(self.plan.folder)
        report, link = links
        Examination(self, request, report, link).go()


def tools_of(plan: Plan) -> dict[tuple[str, str], Any]:
    """What answer cells import and other cells use for themselves, as it is on this side."""
    found = {}
    for module, name in {where for tools in plan.tools.values() for where in tools.values()}:
        with contextlib.suppress(Exception):  # such an import fails for the students, too
            found[module, name] = getattr(importlib.import_module(module), name)
    return found


def rehearse(plan: Plan, seconds: float, give_up: Callable[[str], Any]) -> str:
    """Run the reference once in this trusted process, and forget it.

    The id of the cell where it stopped because that does not come to its end, "" if all do.
    `give_up` is called with the text of a cell that cannot even be interrupted.

    What the tests load (an oracle's library, compiled patterns, cached tables) is then loaded for
    every submission. Nothing that happens here counts.
    """
    from . import expect

    expect.begin(Submission("", None, 0))
    expect.provide(Rehearsal({c["grade_id"]: c["source"] for c in plan.cells.values()}))
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    endless = ""
    for cell in plan.cells.values():
        compiled = plan.compiled.get(cell["id"])
        if compiled is None and cell["kind"] in ("answer", "manual"):
            with contextlib.suppress(SyntaxError, ValueError):
                compiled = testcell.compile_cell(cell["source"])
        if compiled is not None and not compiled.mentioned & BEYOND:
            last = partial(give_up, cell["source"])
            result = testcell.run(
                compiled, names, 0.0, screen=Screen(0), seconds=seconds, at_last=last
            )
            if result.timed_out:
                endless = cell["id"]
                break
    expect.begin(None)
    expect.provide(None)
    return endless


class Rehearsal:
    """Answers `expect` while the reference is rehearsed."""

    def __init__(self, sources: dict[str, str]) -> None:
        self._sources = sources

    def source(self, grade_id: str) -> str | None:
        """The reference's text."""
        return self._sources.get(grade_id)

    def printed(self, grade_id: str) -> str | None:
        """Nothing was kept."""
        return ""

    def figures(self, grade_id: str | None = None) -> list[Any]:
        """Nothing was kept."""
        return []


def run_locked(
    plan: Plan,
    cell: dict[str, Any],
    names: dict[str, Any],
    broken: dict[str, str],
    seconds: float,
) -> None:
    """Run an instructor's cell on this side; if it fails, remember why for the names it binds."""
    compiled = plan.compiled.get(cell["id"])
    if compiled is None:
        return
    result = testcell.run(compiled, names, 0.0, screen=Unseen(0), seconds=seconds)
    if result.outcome != "done":
        for name in plan.binds[cell["id"]]:
            broken[name] = result.message


class Examination:
    """One submission, cell by cell."""

    def __init__(
        self,
        examiner: Examiner,
        request: dict[str, Any],
        report: socket.socket,
        link: socket.socket,
    ) -> None:
        self.plan, self.names, self.broken = examiner.plan, examiner.names, examiner.broken
        self.limits = examiner.limits
        self.report = report
        self.reports: list[dict[str, Any]] = []
        self.cells = request["cells"]
        self.failed = request["failed"]
        self.survey = request.get("survey", False)
        self.one_process = request.get("one_process", False)
        self.tools = examiner.tools
        self.link = Link(link, self.limits, examiner.known)
        self.submission = Submission(request["student"], request["roster"], request["seed"])
        self.sources: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.drawn: list[tuple[str | None, Any]] = []
        self.bound: list[str] = []
        self.before: list[str] = []  # test cells, as legacy tests after them may see them
        self.size = 0
        self.notes: list[str] = []

    def go(self) -> None:
        """Run everything in order; the last frame says how it ended."""
        from . import expect

        expect.begin(self.submission)
        expect.provide(self)
        for cell in self.cells:
            self.cell(cell)
        self.notes += [testcell.clean(flag) for flag in expect.flags()]
        gone = self.link.gone
        status = gone.status if gone else "graded"
        self.say({"done": status, "notes": self.notes, "killed": self.link.killed}, now=True)

    def say(self, report: dict[str, Any], *, now: bool = False) -> None:
        """A report to the caller; those that can wait go with the next that cannot."""
        self.reports.append(report)
        if now:
            send_json(self.report, self.reports)
            self.reports = []

    def starts(
        self, cell_id: str, rounds: int = 1, tells: Callable[[Exception], str] = str
    ) -> None:
        """An instructor's cell starts here: if it hangs or kills us, the caller knows which."""
        seconds = self.limits.test_seconds * rounds
        self.say({"at": cell_id, "seconds": seconds + self.limits.grace_seconds}, now=True)
        self.link.begin_test(seconds, tells)

    def cell(self, cell: dict[str, Any]) -> None:
        """One cell of the merged notebook, by its role."""
        known = self.plan.cells.get(cell["id"])
        role = cell["role"]
        if role == "test":
            if known is not None:
                self.test(known)
        elif role in ("locked", "given"):
            if known is not None and known["cell_type"] == "code":
                self.student(cell["id"], None, known["source"])
                if known not in self.plan.shared:
                    self.locked(known)
        elif cell["cell_type"] == "code":
            self.student(cell["id"], cell["grade_id"], cell["source"])
            if known is not None:
                self.bound += [name for name in known["names"] if name not in self.bound]

    # the student's side

    def student(self, cell_id: str, grade_id: str | None, source: str) -> None:
        """Run a cell in the candidate."""
        if grade_id is not None:
            self.sources[grade_id] = source
        if self.link.gone:
            return
        before = self.link.survey() if self.survey and grade_id else {}
        try:
            ran = self.link.run(source, self.limits.cell_seconds)
        except GoneError:
            return
        if grade_id is not None:
            self.texts[grade_id] = ran.printed
        self.drawn += [(grade_id, figure) for figure in ran.figures]
        self.say({"ran": cell_id, "count": ran.count, "outputs": self.fitting(ran)})
        if self.survey and grade_id:
            self.say({"survey": grade_id, "before": before, "after": self.link.survey()})

    def fitting(self, ran: Ran) -> list[dict[str, Any]]:
        """Outputs while the submission's budget lasts."""
        size = sum(len(str(output)) for output in ran.outputs)
        self.size += size
        if self.size <= self.limits.submission_output:
            return ran.outputs
        if "Some output was cut." not in self.notes:
            self.notes.append("Some output was cut.")
        return []

    # what `expect` asks for

    def source(self, grade_id: str) -> str | None:
        """The text of an answer."""
        return self.sources.get(grade_id)

    def printed(self, grade_id: str) -> str | None:
        """What an answer printed."""
        return self.texts.get(grade_id)

    def figures(self, grade_id: str | None = None) -> list[Any]:
        """Digests of the figures an answer drew, or of all."""
        return [figure for owner, figure in self.drawn if grade_id in (None, owner)]

    # the trusted side

    def fetch(self, cell: dict[str, Any]) -> None:
        """Bring the student's values that this cell may read up to date."""
        wanted = [name for name in self.bound if name in self.plan.reads[cell["id"]]]
        if not wanted:
            return
        values = self.link.values(wanted)
        for name in wanted:
            if name in values:
                # a tool is the test's own, whatever the student has bound its name to
                tool = self.plan.tools.get(cell["id"], {}).get(name)
                self.names[name] = self.tools.get(tool, values[name]) if tool else values[name]
            else:
                self.names.pop(name, None)

    def locked(self, cell: dict[str, Any]) -> None:
        """Run on this side an instructor's cell that depends on the student."""
        if cell["id"] not in self.plan.compiled:
            return
        self.starts(cell["id"])
        try:
            self.fetch(cell)
            run_locked(
                self.plan, cell, self.names, self.broken, self.limits.test_seconds
            )
        except GoneError:
            return
        finally:
            self.link.end_test(keep=True)
            self.say({"past": cell["id"]}, now=True)

    def test(self, cell: dict[str, Any]) -> None:
        """Run a test cell and report its mark."""
        grade_id = cell["grade_id"]
        started = time.monotonic()
        legacy = cell["mode"] == "legacy" or self.one_process
        screen = Screen(self.limits.output)
        settled = True
        REFUSED.clear()
        if grade_id in self.failed:
            sentence = self.failed[grade_id]
            result = testcell.failed(screen, "TimeoutError", sentence, "not yet")
        else:
            compiled = self.plan.compiled.get(cell["id"])
            self.starts(cell["id"], 1 + len(self.before) if legacy else 1,
                        compiled.tells if compiled else str)
            killed = self.link.killed
            try:
                result = self.legacy(cell) if legacy else self.split(cell, screen)
            except GoneError as gone:
                result, settled = Result(0.0, "not reached", str(gone)), False
            except testcell.TestTimeout:
                result = testcell.failed(screen, "TimeoutError", LATE, "not yet")
                result.timed_out = True
            except Exception as error:  # noqa: BLE001 - of a legacy test: a copy that broke
                sentence = testcell.clean(str(error))
                result = testcell.failed(screen, type(error).__name__, sentence, "not yet")
            finally:
                self.link.end_test()
            settled = settled and self.link.killed == killed
        if legacy and not self.one_process:
            self.define(cell)
        # Later legacy tests run what stands above them, but for what did not come to its end.
        # Hidden lines of a split test stay on this side.
        if grade_id not in self.failed and not result.timed_out:
            there = cell["mode"] == "legacy"
            self.before.append(cell["source"] if there else shown(cell["source"]))
        self.say(
            {
                "test": grade_id,
                "mark": {
                    "score": result.score,
                    "max": cell["points"],
                    "outcome": result.outcome,
                    "message": result.message,
                    "outputs": result.outputs,
                    "mode": "legacy" if legacy else "split",
                    "settled": settled,
                    "unread": REFUSED[0] if REFUSED else "",
                    "seconds": round(time.monotonic() - started, 6),
                },
            },
            now=True,
        )

    def define(self, cell: dict[str, Any]) -> None:
        """Helpers that a test which ran on the other side has for the tests after it."""
        for statement in self.plan.definitions.get(cell["id"], ()):
            with contextlib.suppress(Exception):  # one that needs the answers is not there, then
                exec(statement, self.names)

    def split(self, cell: dict[str, Any], screen: Screen) -> Result:
        """A test in this process, the student's code in the other."""
        self.fetch(cell)
        return testcell.run(
            self.plan.compiled[cell["id"]],
            self.names,
            cell["points"],
            screen=screen,
            seconds=self.limits.test_seconds,
            explain=self.explain,
        )

    def explain(self, error: BaseException, hidden: bool) -> str | None:
        """For a name that is missing: the sentence of the locked cell that should have bound it.
        For an answer that raises in a hidden check: its text without the check's inputs.
        For a value of the answer's that is no plain data: that the test cannot look into it."""
        if isinstance(error, NameError) and error.name in self.broken:
            return self.broken[error.name]
        if hidden and hasattr(error, testcell.STUDENTS):
            text = without_inputs(testcell.clean(str(error)), self.sources.values())
            return f"{type(error).__name__}: {text}" if text else type(error).__name__
        if isinstance(error, TypeError | AttributeError) and Opaque.__name__ in str(error):
            REFUSED.append("a value of the answer's")  # Python said it for us
            return INSIDE
        return None

    def own(self, grade_id: str) -> Submission:
        """What a test that runs beside the student's code may know: nobody else's id, and a seed
        that tells nothing of the inputs of other tests."""
        name = f"{self.submission.seed}:{grade_id}".encode()
        seed = int.from_bytes(hashlib.sha256(name).digest()[:8], "big")
        student = self.submission.student
        return Submission(student, None if student is None else (student,), seed)

    def legacy(self, cell: dict[str, Any]) -> Result:
        """A test in the student's process, worth what stock nbgrader would give for its outputs."""
        before = [] if self.one_process else self.before
        context = {
            "submission": dataclasses.asdict(self.own(cell["grade_id"])),
            "sources": self.sources,
            "printed": self.texts,
            "figures": [list(pair) for pair in self.drawn],
        }
        seconds = self.limits.test_seconds
        ran = self.link.legacy(before, cell["source"], seconds, context, stays=self.one_process)
        return testcell.judged(ran.outputs, cell["points"], cell["source"])


if __name__ == "__main__":
    sys.exit(run(Examiner))
