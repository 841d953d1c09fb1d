"""A small course made by code: the grading tests need no lesson."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

try:
    import fcntl
except ImportError:  # Windows: tests run one after another
    fcntl = None

REPOSITORY = Path(__file__).resolve().parents[2]
ASSIGNMENT = "ps00-warm-up"
SECRET = "hidden_oracle_name"
CELLS = [
    ("title", "markdown", "# Warm up", {}),
    ("setup", "code", 'from invigilator import expect\n\nTERM = "practice"', {"locked": True}),
    ("student-id", "code", 'STUDENT_ID = ""\n### BEGIN SOLUTION\nSTUDENT_ID = "reference"\n'
     "### END SOLUTION", {"solution": True}),
    ("q1", "markdown", "What did one picture cost?", {}),
    ("q1-price", "code", "price = ...\n### BEGIN SOLUTION\nprice = 0.002\n### END SOLUTION",
     {"solution": True}),
    ("q1-price-test", "code", 'expect.tried(price, "price")\nexpect.kind(price, float, "price")\n'
     'expect.done("the price")\n### BEGIN HIDDEN TESTS\n'
     f"{SECRET} = 10 / 5000\n"
     f'expect.close(price, {SECRET}, "price", show=False, '
     'hints=[(10.0, "ten yuan bought the whole lot")])\n### END HIDDEN TESTS',
     {"grade": True, "locked": True, "points": 2}),
    ("q2", "markdown", "Write `double(x)`.", {}),
    ("q2-double", "code", 'def double(x):\n    """Twice x."""\n    ### BEGIN SOLUTION\n'
     '    return 2 * x\n    ### END SOLUTION\n    raise NotImplementedError("double")',
     {"solution": True}),
    ("q2-double-test", "code", 'expect.tried(double, "double", 1)\n'
     'expect.equal(double(1), 2, "double(1)")\n### BEGIN HIDDEN TESTS\n'
     "earned = sum(double(n) == n + n for n in (-1, 0, 2.5))\nexpect.marks(earned, 3)\n"
     "### END HIDDEN TESTS", {"grade": True, "locked": True, "points": 3}),
    ("q3", "markdown", "Which report would you put before a court, and why?", {}),
    ("q3-why", "markdown", "The agency story, because it names its source.",
     {"grade": True, "solution": True, "points": 4}),
]
ANSWERS = """\
q1-price:
  - name: price of the lot taken per picture
    answer: |
      price = 10.0
    says: ten yuan bought the whole lot
  - name: a text
    answer: |
      price = "0.002"
    says: price
q2-double:
  - name: squared
    answer: |
      def double(x):
          return x ** 2
    says: double(1)
  - name: always two
    answer: |
      def double(x):
          return 2
    says: ""
    marks: {q2-double-test: 0}
"""


def notebook(cells: list[tuple[str, str, str, dict]] = CELLS) -> dict:
    """The instructor's notebook in nbformat 4.5 with nbgrader metadata."""
    made = []
    for name, kind, source, flags in cells:
        metadata = {}
        if flags:
            metadata["nbgrader"] = {"grade": False, "solution": False, "locked": False,
                                    "schema_version": 3, "grade_id": name, "task": False, **flags}
        cell = {"cell_type": kind, "id": name, "metadata": metadata, "source": source}
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        made.append(cell)
    return {"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}}


def course(folder: Path, assignment: str = ASSIGNMENT) -> Path:
    """A course folder with this repository's configuration and one small assignment."""
    source = folder / "source" / assignment
    source.mkdir(parents=True)
    (source / f"{assignment}.ipynb").write_text(json.dumps(notebook()), encoding="utf-8")
    (folder / "rubrics").mkdir()
    (folder / "rubrics" / "ps00-answers.yml").write_text(ANSWERS, encoding="utf-8")
    shutil.copy(REPOSITORY / "assignments" / "nbgrader_config.py", folder)
    return folder


def generated(folders: pytest.TempPathFactory) -> Path:
    """A generated course, made once for all tests of a run; copy it before changing anything.

    Its source folder holds files that must not leave, and one that must.
    """
    base = folders.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with open(base / "coursework.lock", "w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        folder = base / "coursework"
        if not (folder / "release").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            source = course(folder) / "source" / ASSIGNMENT
            (source / "teacher notes.txt").write_text("never leaves")
            (source / ".env").write_text("never leaves")
            (source / "deep").mkdir()
            (source / "deep" / "solutions.py").write_text("never leaves")
            (source / "prices.csv").write_text("unit,price\nlot,10\n")
            (source / "files.txt").write_text("# leaves with the release\nprices.csv\n")
            run(folder, "nbgrader", "generate_assignment", ASSIGNMENT, "--create", "--force",
                COURSE_TERM="autumn")
    return folder


def run(folder: Path, *words: str, check: bool = True, **environment: str
        ) -> subprocess.CompletedProcess[str]:
    """Run a Python module as a teacher would, in the course folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COURSE_")}
    done = subprocess.run([sys.executable, "-m", *words], cwd=folder, text=True,
                          capture_output=True, env={**kept, **environment}, timeout=300)
    if check and done.returncode:
        raise AssertionError(f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def submit(folder: Path, student: str, cells: dict[str, str] | None = None,
           assignment: str = ASSIGNMENT, name: str | None = None) -> Path:
    """Hand in the released notebook with some answers typed in. Returns the file."""
    given = json.loads((folder / "release" / assignment / f"{assignment}.ipynb").read_text())
    for cell in given["cells"]:
        if cells and cell["id"] in cells:
            cell["source"] = cells[cell["id"]]
    place = folder / "submitted" / student / assignment
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{name or assignment}.ipynb"
    path.write_text(json.dumps(given), encoding="utf-8")
    return path


RIGHT = {"student-id": 'STUDENT_ID = "s01"', "q1-price": "price = 0.002",
         "q2-double": "def double(x):\n    return x + x", "q3-why": "Report 004."}
