"""`make grade`: a sample class of every problem set, marked in a folder of its own."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import cli, course, report, sampleclass, skeleton
from .course import Course, CourseError


def show(original: Course, into: Path, assignments: list[str], options: argparse.Namespace,
         make: Any) -> int:
    """Make, mark and show the class; the teacher's own gradebook is never touched."""
    into = into.resolve()
    source = original.folder("source", ".", "x").parent.resolve()
    names = assignments or sorted(path.parent.name for path in source.glob("*/*.ipynb"))
    if not names:
        raise CourseError(f"{source}: no problem set here")
    prepare(original, into)
    code = 0
    for name in names:
        generate(into, name)
        mine = course.find(into)
        recorded = skeleton.recorded(into, name, name)
        wrong = sampleclass.wrong_answers(
            sampleclass.answers_file(original.root / "rubrics", name))
        samples = sampleclass.build(recorded, wrong)
        sampleclass.hand_in(samples, into / "submitted", name)
        found = cli.mark_class(mine, name, make, options, pages=True)
        cli.say("")
        cli.say(report.table(report.rows(found.records), cli.width()))
        cli.say("")
        code = max(code, check(samples, found.records))
    export(into)
    cli.say(f"Feedback pages: {into / 'feedback'}")
    cli.say(f"Marks of the class: {into / 'grades.csv'}")
    return code


def prepare(original: Course, into: Path) -> None:
    """An empty course folder with this course's configuration."""
    if into.exists():
        if not (into / ".sample-class").exists():
            if any(into.iterdir()):
                raise CourseError(f"{into}: not a sample class; name an empty folder")
        else:
            shutil.rmtree(into)
    into.mkdir(parents=True, exist_ok=True)
    (into / ".sample-class").touch()
    shutil.copy(original.root / "nbgrader_config.py", into)
    source = original.folder("source", ".", "x").parent.resolve()
    try:
        (into / "source").symlink_to(source, target_is_directory=True)
    except OSError:
        shutil.copytree(source, into / "source")


def generate(into: Path, name: str) -> None:
    """`nbgrader generate_assignment` in the sample course."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", name, "--create", "--force"],
        cwd=into, capture_output=True, text=True,
        env={key: value for key, value in os.environ.items() if key != "COURSE_SOURCE"})
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CourseError(f"{name}: nbgrader could not make the release ({reason}); run "
                          f"`nbgrader generate_assignment {name}` to see all of it")


def check(samples: list[sampleclass.Sample], records: list[Any]) -> int:
    """Say whether everybody in the sample class got the mark they must get."""
    found = {record.student: record for record in records}
    wrong = []
    for sample in samples:
        cells = {name: cell["score"] for book in found[sample.student].notebooks.values()
                 for name, cell in book["cells"].items()}
        wrong += [f"{sample.student}, {name}: {cells.get(name)} instead of {mark}"
                  for name, mark in sample.marks.items() if cells.get(name) != mark]
    for text in wrong:
        cli.say(f"UNEXPECTED {text}")
    if not wrong:
        cli.say(f"All {len(samples)} submissions of the sample class got the marks they must get.")
    return cli.BROKEN if wrong else 0


def export(into: Path) -> None:
    """`grades.csv` by nbgrader's own exporter."""
    done = subprocess.run([sys.executable, "-m", "nbgrader", "export"], cwd=into,
                          capture_output=True, text=True)
    if done.returncode:
        raise CourseError(f"{into}: nbgrader could not export the marks: {done.stderr[-300:]}")
