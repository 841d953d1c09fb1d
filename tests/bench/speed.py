"""Stock nbgrader and the engine side by side: processor seconds a submission, with gradebook.

Processor time of the whole process tree is measured, not the clock: other work on the machine then
changes little. Both mark copies of the same submissions in the same run.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbgrader
from hostile import base
from hostile.stage import CONFIG, environment
from hostile.survey import descendants

ROOT = Path(__file__).resolve().parents[2]
NBGRADER = [sys.executable, "-m", "nbgrader"]
ENGINE = [sys.executable, "-m", "invigilator"]
ADOPT = "from invigilator.adopt import adopt\n"

# what this course's own configuration says beyond the engine
OWN = """\
c.ClearSolutions.code_stub = {{"python": "# Your answer here."}}
c.RecordSkeleton.readable = [{data!r}]
c.RecordSkeleton.records = ["realname.law.argument:Argument", "realname.law.argument:Authority"]
"""


@dataclass(frozen=True)
class Cost:
    """What a command took: the clock, the processor, the largest process."""

    clock: float
    cpu: float


def cost(command: list[str], folder: Path) -> Cost:
    """Run a command in a course; it must succeed."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stdout[-800:]}{done.stderr[-1500:]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.monotonic() - started, used)


@dataclass(frozen=True)
class Case:
    """An assignment and submissions to copy: name → notebooks by file name; more configuration."""

    name: str
    assignment: str
    source: dict[str, bytes]
    submissions: list[dict[str, bytes]]
    config: str = ""


def quick_start() -> Case:
    """nbgrader's quick-start assignment with the two submissions of its documentation."""
    docs = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
    folders = ("source/ps1", "submitted/bitdiddle/ps1", "submitted/hacker/ps1")
    source, *given = (
        {p.name: p.read_bytes() for p in sorted((docs / folder).glob("*.[ip][pn][yg]*"))}
        for folder in folders
    )
    return Case("nbgrader's quick start (2 notebooks)", "ps1", source, given)


def own_course() -> Case | None:
    """The course's first problem set; the submissions are its reference answers."""
    found = sorted((ROOT / "assignments" / "source").glob("ps01*/ps01*.ipynb"))
    if not found:
        return None
    raw = found[0].read_bytes()
    config = OWN.format(data=str(ROOT / "data"))
    return Case("this course's problem set 1", found[0].stem, {found[0].name: raw}, [], config)


def hostile_base() -> Case:
    """The small assignment of the hostile corpus, answered right and wrong."""
    return Case("a small notebook with tables and a figure", base.ASSIGNMENT,
                {f"{base.NOTEBOOK}.ipynb": base.dump(base.source())}, [])  # fmt: skip


class Course:
    """A scratch course with one assignment released, by stock or by the engine."""

    def __init__(self, case: Case, engine: bool) -> None:
        self.case, self.engine = case, engine
        self.top = Path(tempfile.mkdtemp(prefix="bench-"))
        config = CONFIG.format(root=str(self.top)) + case.config
        if engine:
            config = ADOPT + config + "adopt(c)\n"
        (self.top / "nbgrader_config.py").write_text(config)
        self._write("source", case.assignment, case.source)
        cost([*NBGRADER, "generate_assignment", case.assignment, "--create"], self.top)

    def _write(self, *where: object) -> None:
        *parts, files = where
        folder = self.top.joinpath(*map(str, parts))
        folder.mkdir(parents=True, exist_ok=True)
        for name, raw in files.items():  # type: ignore[attr-defined]
            (folder / name).write_bytes(raw)

    def given(self) -> list[dict[str, bytes]]:
        """What students hand in: the case's submissions, or reference answers in the release."""
        if self.case.submissions:
            return self.case.submissions
        made = {}
        for path in (self.top / "release" / self.case.assignment).glob("*.ipynb"):
            released = json.loads(path.read_text())
            solved = json.loads(self.case.source[path.name])
            answers = {c["id"]: "".join(c["source"]) for c in solved["cells"]
                       if c["metadata"].get("nbgrader", {}).get("solution")}  # fmt: skip
            made[path.name] = base.dump(base.answered(released, answers))
        return [made]

    def hand_in(self, number: int) -> None:
        """That many submissions."""
        given = self.given()
        for n in range(number):
            self._write("submitted", f"s{n:04}", self.case.assignment, given[n % len(given)])

    def clear(self) -> None:
        """Forget what was marked."""
        for step in ("submitted", "autograded", "feedback"):
            shutil.rmtree(self.top / step, ignore_errors=True)

    def mark(self, workers: int = 1) -> Cost:
        """Mark everybody, without feedback pages."""
        if self.engine:
            words = [*ENGINE, "autograde", self.case.assignment, "--quiet", "--no-feedback",
                     "--workers", str(workers)]  # fmt: skip
        else:
            words = [*NBGRADER, "autograde", self.case.assignment]
        return cost(words, self.top)

    def pages(self) -> Cost:
        """Write every feedback page."""
        tool = [*ENGINE, "feedback"] if self.engine else [*NBGRADER, "generate_feedback"]
        return cost([*tool, self.case.assignment], self.top)

    def close(self) -> None:
        """Remove the course."""
        shutil.rmtree(self.top)


def bare(course: Course, number: int = 20) -> float:
    """Processor seconds to `exec` the cells of one submission in a warm process."""
    script = Path(__file__).with_name("bare.py")
    folder = course.top / "submitted" / "s0000" / course.case.assignment
    done = subprocess.run(
        [sys.executable, str(script), str(number), *map(str, sorted(folder.glob("*.ipynb")))],
        cwd=folder, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


@dataclass(frozen=True)
class Spent:
    """Processor seconds of whole classes by size, and of one feedback page."""

    classes: dict[int, float]
    page: float

    @property
    def further(self) -> float:
        """Seconds of each further submission: what a larger class costs without the start-up."""
        small, large = sorted(self.classes)
        return (self.classes[large] - self.classes[small]) / (large - small)


def spent(course: Course, small: int, large: int) -> Spent:
    """Mark a small and then a larger class, and write the pages of that."""
    classes = {}
    for size in (small, large):
        course.clear()
        course.hand_in(size)
        classes[size] = course.mark().cpu
    return Spent(classes, course.pages().cpu / (large * len(course.given()[0])))


def compare(case: Case, size: int = 24) -> list[str]:
    """Rows of the table for one assignment: the same class for both, and each further one."""
    stock, engine = Course(case, False), Course(case, True)
    try:
        s, e = spent(stock, 4, size), spent(engine, size, 5 * size)
        s_whole, e_whole = s.classes[size] / size, e.classes[size] / size
        exec_only = bare(engine)
        return [
            f"| {case.name}: class of {size}, a submission | {s_whole:.2f} s |"
            f" {e_whole * 1000:.0f} ms | {s_whole / e_whole:.1f} × |",
            f"| … each further submission | {s.further:.2f} s | {e.further * 1000:.0f} ms |"
            f" {s.further / e.further:.1f} × |",
            f"| … of this, over the bare `exec` of its cells ({exec_only * 1000:.0f} ms) | |"
            f" {(e.further - exec_only) * 1000:.0f} ms | |",
            f"| … a feedback page | {s.page * 1000:.0f} ms | {e.page * 1000:.0f} ms |"
            f" {s.page / e.page:.1f} × |",
        ]
    finally:
        stock.close()
        engine.close()


def growth(case: Case, sizes: tuple[int, ...]) -> list[str]:
    """Clock and processor a submission for growing classes, one and two workers."""
    rows = []
    for size in sizes:
        course = Course(case, True)
        try:
            course.hand_in(size)
            one = course.mark(1)
            shutil.rmtree(course.top / "autograded")
            shutil.rmtree(course.top / ".invigilator" / case.assignment / "records")
            two = course.mark(2)
            rows.append(
                f"| {size} submissions, 1 worker → 2 | {one.clock:.1f} s → {two.clock:.1f} s |"
                f" {one.cpu / size * 1000:.0f} → {two.cpu / size * 1000:.0f} ms |"
                f" {one.clock / two.clock:.2f} × |"
                f" {one.cpu / one.clock:.2f} → {two.cpu / two.clock:.2f} |"
            )
        finally:
            course.close()
    return rows


def memory(case: Case) -> float:
    """Private megabytes of a candidate while a cell of it sleeps."""
    course = Course(case, True)
    try:
        name, raw = next(iter(course.given()[0].items()))
        nb = json.loads(raw)
        cell = next(c for c in reversed(nb["cells"]) if c["cell_type"] == "code"
                    and c["metadata"].get("nbgrader", {}).get("solution"))  # fmt: skip
        cell["source"] = "".join(cell["source"]) + "\nimport time\ntime.sleep(2)"
        course._write("submitted", "s0000", case.assignment, {name: base.dump(nb)})
        process = subprocess.Popen(
            [*ENGINE, "autograde", case.assignment, "--quiet", "--workers", "1"],
            cwd=course.top, env=environment(), stdout=subprocess.DEVNULL,
        )  # fmt: skip
        most = 0
        while process.poll() is None:
            tree = descendants(process.pid)
            born = {pid: started(pid) for pid, _, line in tree if "invigilator.zygote" in line}
            for pid, at in born.items():  # candidates are forked later, from the warm zygote
                if at > min(born.values()) + 0.5:
                    most = max(most, private(pid))
            time.sleep(0.1)
        return most / 1024
    finally:
        course.close()


def started(pid: int) -> float:
    """Seconds between the machine's start and this process's; 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def private(pid: int) -> int:
    """Kilobytes that belong to this process alone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
    except (OSError, ValueError):
        return 0


def cores() -> int:
    """Processors we may use."""
    return len(os.sched_getaffinity(0))
