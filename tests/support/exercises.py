"""Marking a problem set's source notebook in this process: fast, for the tests of its exercises.

This is not the engine: it only runs the cells as a trusting kernel would, with the same context
(`expect.begin`) as a grader gives.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from invigilator import expect
from support.notebooks import Cell, cells, rubric_file, without

STUB = "# Your answer here."


@dataclass(frozen=True)
class Mark:
    """What one test cell came to."""

    score: float
    outcome: str
    message: str
    seconds: float


@dataclass(frozen=True)
class Wrong:
    """A wrong answer we expect, from ps??-answers.yml."""

    cell: str
    name: str
    answer: str
    says: str
    marks: dict[str, float]


def wrong_answers(path: Path) -> list[Wrong]:
    """All wrong answers listed for a problem set."""
    file = rubric_file(path, "-answers")
    listed = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    return [
        Wrong(cell, w["name"], w["answer"], w["says"], w.get("marks") or {})
        for cell, answers in listed.items()
        for w in answers
    ]


@cache
def _compiled(source: str) -> tuple[Any, Any]:
    tree = ast.parse(source)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), "<cell>", "eval")
    return compile(tree, "<cell>", "exec"), last


def execute(source: str, names: dict[str, Any]) -> Any:
    """Run a cell's source; the value of its last expression."""
    body, last = _compiled(source)
    exec(body, names)
    return eval(last, names) if last is not None else None


def mark(cell: Cell, names: dict[str, Any], hidden: bool = True) -> Mark:
    """Run one test cell as nbgrader scores it."""
    source = cell.source if hidden else without(cell.source, "HIDDEN TESTS")
    out, start = io.StringIO(), time.process_time()
    points = cell.grading["points"]
    try:
        with contextlib.redirect_stdout(out):
            value = execute(source, names)
        score = points if not isinstance(value, int | float) else min(max(value, 0), points)
        outcome = "done" if score == points else "partly"
        message = out.getvalue()
    except (expect.NotTried, expect.NotYet) as error:
        score, message = 0, f"{out.getvalue()}{error}"
        outcome = "not tried" if isinstance(error, expect.NotTried) else "not yet"
    return Mark(score, outcome, message, time.process_time() - start)


class Desk:
    """One student's run of the reference, from which single answers can be replaced."""

    def __init__(self, path: Path, student: str, stub: bool = False) -> None:
        self.path, self.student, self.before = path, student, {}
        expect.begin(expect.Submission(student, (student,), 0))
        names: dict[str, Any] = {}
        for cell in cells(path):
            if cell.kind != "code":
                continue
            self.before[cell.id] = dict(names)
            if cell.grading.get("grade"):
                continue
            source = cell.source
            if cell.id == "student-id":
                source = f"STUDENT_ID = {student!r}"
            elif stub:
                source = without(source, "SOLUTION", STUB)
            execute(source, names)
        self.names = names

    def marks(self, hidden: bool = True) -> dict[str, Mark]:
        """Every test cell of the run."""
        return {
            cell.id: mark(cell, dict(self.names), hidden)
            for cell in cells(self.path)
            if cell.grading.get("grade") and cell.kind == "code"
        }

    def with_answer(self, wrong: Wrong, seed: int) -> dict[str, Mark]:
        """The test cells of one answer, with that answer replaced and another recorded seed."""
        expect.begin(expect.Submission(self.student, (self.student,), seed))
        names = dict(self.before[wrong.cell])
        execute(wrong.answer, names)
        return {
            cell.id: mark(cell, copy.copy(names))
            for cell in cells(self.path)
            if cell.grading.get("grade") and cell.id.startswith(wrong.cell)
        }
