"""Honest work is marked as stock nbgrader marks it, and looks as from a kernel.

One notebook holds every test style of the corpus. Stock marks three of its submissions here (all
of them in the bench); the engine marks all.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from honest import course
from honest.looks import LOOKS, shape
from honest.styles import STYLES
from hostile.base import code, dump
from hostile.stage import CONFIG, environment

BY_STOCK = ("all-right", "all-wrong", "odd-extra-cells", "looks")
NBGRADER = [sys.executable, "-m", "nbgrader"]
# where the engine differs on purpose; each switch is documented
SWITCHES = {"odd-warning-in-test": "stderr costs nothing"}


@dataclass
class Graded:
    """A course that was marked."""

    top: Path
    marks: dict[str, dict[str, float | None]]

    def notebook(self, student: str) -> dict[str, Any]:
        """The autograded notebook."""
        return course.load(
            self.top / "autograded" / student / course.ASSIGNMENT / f"{course.NOTEBOOK}.ipynb"
        )

    def outputs(self, student: str) -> dict[str, list[Any]]:
        """Outputs of the cells added for their looks, by name."""
        return {
            cell["id"].removeprefix("look-"): cell["outputs"]
            for cell in self.notebook(student)["cells"] if cell["id"].startswith("look-")
        }  # fmt: skip


def with_looks(released: dict[str, Any]) -> bytes:
    """A right submission with the cells of `LOOKS` as extra cells at its end."""
    nb = course.fill(released, lambda n: True)
    nb["cells"] += [{**code(source), "id": f"look-{name}"} for name, source in LOOKS.items()]
    return dump(nb)


def build(engine: bool) -> Path:
    """A course with the honest assignment released, with or without the engine."""
    top = Path(tempfile.mkdtemp(prefix="honest-"))
    config = CONFIG.format(root=str(top))
    if engine:
        config = "from invigilator.adopt import adopt\n" + config + "adopt(c)\n"
    (top / "nbgrader_config.py").write_text(config)
    folder = top / "source" / course.ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{course.NOTEBOOK}.ipynb").write_bytes(dump(course.source()))
    command(top, *NBGRADER, "generate_assignment", course.ASSIGNMENT, "--create")
    return top


def command(top: Path, *words: str) -> None:
    """Run a command line in a course."""
    done = subprocess.run(words, cwd=top, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]


def hand_in(top: Path, only: tuple[str, ...] = ()) -> None:
    """Write the submissions."""
    released = course.load(
        top / "release" / course.ASSIGNMENT / f"{course.NOTEBOOK}.ipynb"
    )
    made = {**course.submissions(released), "looks": with_looks(released)}
    for student, raw in made.items():
        if only and student not in only:
            continue
        folder = top / "submitted" / student / course.ASSIGNMENT
        folder.mkdir(parents=True)
        name = "My answers (1).ipynb" if student == "odd-renamed" else f"{course.NOTEBOOK}.ipynb"
        (folder / name).write_bytes(raw)


def marks(top: Path) -> dict[str, dict[str, float | None]]:
    """student → test cell → automatic score."""
    db = sqlite3.connect(top / "gradebook.db")
    rows = db.execute(
        "select s.student_id, b.name, g.auto_score from grade g"
        " join submitted_notebook n on g.notebook_id = n.id"
        " join submitted_assignment s on n.assignment_id = s.id"
        " join base_cell b on g.cell_id = b.id"
    ).fetchall()
    db.close()
    found: dict[str, dict[str, float | None]] = defaultdict(dict)
    for student, cell, score in rows:
        found[student][cell] = score
    return dict(found)


@pytest.fixture(scope="session")
def stock() -> Iterator[Graded]:
    """Marked by stock nbgrader."""
    top = build(engine=False)
    hand_in(top, BY_STOCK)
    command(top, *NBGRADER, "autograde", course.ASSIGNMENT)
    yield Graded(top, marks(top))
    shutil.rmtree(top)


@pytest.fixture(scope="session")
def engine() -> Iterator[Graded]:
    """Marked by the engine."""
    top = build(engine=True)
    hand_in(top)
    command(top, sys.executable, "-m", "invigilator", "autograde", course.ASSIGNMENT)
    yield Graded(top, marks(top))
    shutil.rmtree(top)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_style_is_marked_as_stock_marks_it(stock: Graded, engine: Graded, style: Any) -> None:
    """Right and wrong answers, alone and among others."""
    test = f"{style.name}-test"
    assert stock.marks["all-right"][test] == style.points, "the style itself is right under stock"
    assert stock.marks["all-wrong"][test] == style.partly, "its wrong answer is wrong under stock"
    assert engine.marks["all-right"][test] == style.points
    assert engine.marks["all-wrong"][test] == style.partly


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_style_is_split_or_says_why_not(engine: Graded, style: Any) -> None:
    """What cannot be split is legacy, with a sentence for the author."""
    path = engine.top / ".invigilator" / course.ASSIGNMENT / f"{course.NOTEBOOK}.skeleton.json"
    cells = {cell["grade_id"]: cell for cell in json.loads(path.read_text())["cells"]}
    cell = cells[f"{style.name}-test"]
    assert cell["mode"] == style.mode or style.mode == "any"
    assert bool(cell["why"]) == (cell["mode"] == "legacy")


@pytest.mark.parametrize("student", [name for name in course.ODD])
def test_oddities_lose_no_marks(engine: Graded, student: str) -> None:
    """Formats, outputs, extra cells, input(), warnings, changed cell types."""
    missing = {test: engine.marks[student].get(test) for test, points in course.MAX.items()
               if engine.marks[student].get(test) != points}  # fmt: skip
    assert missing == {}


def test_mixed_and_untouched(engine: Graded) -> None:
    """Every second answer right: exactly those points; nothing handed in: nothing."""
    for student, first in (("even-right", 0), ("odd-right", 1)):
        for number, style in enumerate(STYLES):
            if "several-answers" in style.name or "helper-of" in style.name:
                continue  # these build on their neighbours
            wanted = style.points if number % 2 == first else style.partly
            assert engine.marks[student][f"{style.name}-test"] == wanted, (student, style.name)
    assert sum(score or 0 for score in engine.marks["untouched"].values()) == 0


def test_extra_cells_marked_as_by_stock(stock: Graded, engine: Graded) -> None:
    """A submission with cells of its own between the answers."""
    assert engine.marks["odd-extra-cells"] == stock.marks["odd-extra-cells"]


@pytest.mark.parametrize("name", LOOKS)
def test_outputs_look_as_from_a_kernel(stock: Graded, engine: Graded, name: str) -> None:
    """Kinds, order, texts, MIME types and errors of a cell's outputs."""
    assert shape(engine.outputs("looks")[name]) == shape(stock.outputs("looks")[name])
