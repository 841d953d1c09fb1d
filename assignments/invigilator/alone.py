"""Mark one notebook for a person studying alone: their own code, their own machine.

No sandbox and no flag: it is their notebook. The visible and, where the course's source
or its recorded version is at hand, the other checks run in an ordinary kernel, on any
operating system.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader import utils
from nbgrader.preprocessors import ClearSolutions

from . import skeleton, statuses, submission, verdicts
from .course import CourseError
from .preprocess import mark_of
from .records import Record

SECONDS = 120


@dataclass(frozen=True)
class Alone:
    """What a person sees: the record, the executed notebook, and where the checks came from."""

    record: Record
    notebook: dict[str, Any]
    checks: str


def mark(path: Path, courses: list[Path] | None = None) -> Alone:
    """Run a notebook and its checks. Raises CourseError when the file cannot be read."""
    given = submission.read_file(path)
    if not given.readable:
        raise CourseError(f"{path}: {given.problem}")
    recorded, checks = reference(given, path, courses if courses is not None else near(path))
    merged = submission.merge(given, recorded)
    nb = nbformat.from_dict(submission.assemble(merged, recorded))
    status = run(nb, path.parent)
    cells = {}
    for cell in nb.cells:
        if utils.is_grade(cell) and not utils.is_solution(cell) and cell.cell_type == "code":
            score, points = mark_of(cell)
            cell.metadata.nbgrader.score = score
            found = verdicts.of(cell)
            cells[cell.metadata.nbgrader["grade_id"]] = {
                "score": score, "max": points, "outcome": found.outcome,
                "message": found.sentence, "mode": "split"}
    by_hand = {str(cell.grade_id): None for cell in recorded.of_kind("manual")}
    record = Record(path.name, "", status, statuses.sentence(status),
                    {recorded.notebook: {"status": status, "cells": cells,
                                         "automatic": by_hand}})
    return Alone(record, nb, checks)


def near(path: Path) -> list[Path]:
    """Course folders that may know the notebook: above the file, and this package's own."""
    above = [folder / end for folder in (path.resolve().parent, *path.resolve().parents)
             for end in ("", "assignments")]
    return [folder for folder in [*above, Path(__file__).resolve().parents[1]]
            if (folder / "nbgrader_config.py").exists()]


def reference(given: submission.Submission, path: Path, courses: list[Path]
              ) -> tuple[skeleton.Skeleton, str]:
    """The version to mark against, best match first, and where it came from."""
    names = {cell.grade_id for cell in given.cells if cell.grade_id}
    best: tuple[int, skeleton.Skeleton | None, str] = (0, None, "")
    for course in courses:
        for found, where in known(course):
            answers = {cell.grade_id for cell in found.of_kind("answer", "test")}
            if len(names & answers) > best[0]:
                best = (len(names & answers), found, where)
    if best[1] is not None:
        return best[1], best[2]
    notebook = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
    own = skeleton.build(path.stem, path.stem, notebook, [cell.source for cell in notebook.cells])
    if not own.tests:
        raise CourseError(f"{path}: no cell in it checks anything; is it a problem set?")
    return own, "the checks that stand in the notebook itself"


def known(course: Path) -> list[tuple[skeleton.Skeleton, str]]:
    """Every problem set of a course: as recorded, or else as its source stands today."""
    found = []
    for path in sorted((course / ".invigilator").glob("*/*.skeleton.json")):
        made = skeleton.recorded(course, path.parent.name,
                                 path.name.removesuffix(".skeleton.json"))
        found.append((made, f"the recorded version of {made.notebook}"))
    have = {made.notebook for made, _ in found}
    source = Path(os.environ.get("COURSE_SOURCE") or course / "source")
    for path in sorted(source.glob("*/*.ipynb")):
        if path.stem not in have:
            found.append((from_source(path), f"the source of {path.stem}"))
    return found


def from_source(path: Path) -> skeleton.Skeleton:
    """A skeleton straight from an instructor's notebook, without nbgrader's database."""
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    sources = [cell.source for cell in notebook.cells]
    clear = ClearSolutions(code_stub={"python": "# Your answer here."})
    notebook, _ = clear.preprocess(notebook, {})
    return skeleton.build(path.parent.name, path.stem, notebook, sources)


def run(nb: Any, folder: Path) -> str:
    """Execute in an ordinary kernel; returns the status."""
    client = NotebookClient(nb, timeout=SECONDS, allow_errors=True, kernel_name="python3",
                            resources={"metadata": {"path": str(folder)}},
                            interrupt_on_timeout=True)
    try:
        client.execute()
    except DeadKernelError:
        status = statuses.DIED
    except CellTimeoutError:
        status = statuses.TIMED_OUT
    else:
        return statuses.GRADED
    words = statuses.PLAIN[status]
    for cell in nb.cells:
        if utils.is_grade(cell) and cell.cell_type == "code" and cell.execution_count is None:
            cell.outputs = [nbformat.v4.new_output("error", ename="NotMarked", evalue=words,
                                                   traceback=[words])]
    return status
