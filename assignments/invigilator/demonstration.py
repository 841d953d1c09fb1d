"""`make grade`: a sample class of every problem set, marked in a folder of its own."""

from __future__ import annotations

import argparse
import json
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
    there = sorted({path.parent.name for path in source.glob("*/*.ipynb")})
    if not there:
        raise CourseError(f"{source}: no problem set here")
    unknown = [name for name in assignments if name not in there]
    if unknown:
        raise CourseError(f"No problem set is called {unknown[0]}. There are: {', '.join(there)}")
    names = assignments or there
    prepare(original, into)
    measured = {}
    for name in names:
        reuse(original, into, name)
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
        measured[name] = check(samples, found.records)
    export(into)
    cli.say(f"Feedback pages: {into / 'feedback'}")
    cli.say(f"Marks of the class: {into / 'grades.csv'}")
    return tell(measured, into)


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


def reuse(original: Course, into: Path, name: str) -> None:
    """What was measured of an assignment when the course generated it need not be measured again.
    """
    for path in skeleton.folder(original.root, name).glob("*.settled.json"):
        there = skeleton.folder(into, name)
        there.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, there)


def generate(into: Path, name: str) -> None:
    """`nbgrader generate_assignment` in the sample course."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", name, "--create", "--force",
         "--RecordSkeleton.decide=later"],
        cwd=into, capture_output=True, text=True,
        env={key: value for key, value in os.environ.items() if key != "COURSE_SOURCE"})
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CourseError(f"{name}: nbgrader could not make the release ({reason}); run "
                          f"`nbgrader generate_assignment {name}` to see all of it")


def check(samples: list[sampleclass.Sample], records: list[Any]) -> dict[str, Any]:
    """How many automatic marks differ from what the author of the class intended."""
    found = {record.student: record for record in records}
    cells, wrong = 0, []
    for sample in samples:
        got = {name: cell["score"] for book in found[sample.student].notebooks.values()
               for name, cell in book["cells"].items()}
        cells += len(sample.marks)
        wrong += [f"{sample.student}, {name}: {got.get(name)} instead of {mark}"
                  for name, mark in sample.marks.items() if got.get(name) != mark]
    return {"submissions": len(samples), "automatic_cells": cells, "other_mark": len(wrong),
            "cases": wrong}


def tell(measured: dict[str, dict[str, Any]], into: Path) -> int:
    """The measured error rate of the grader, for people and as JSON."""
    skeleton.write_whole(into / "measured.json",
                         json.dumps(measured, ensure_ascii=False, indent=1) + "\n")
    total = {key: sum(one[key] for one in measured.values())
             for key in ("submissions", "automatic_cells", "other_mark")}
    for one in measured.values():
        for case in one["cases"]:
            cli.say(f"OTHER MARK {case}")
    cli.say(f"{total['submissions']} submissions, {total['automatic_cells']} automatic cells, "
            f"{total['other_mark']} with another mark than their author intended.")
    return cli.BROKEN if total["other_mark"] else 0


def export(into: Path) -> None:
    """`grades.csv` by nbgrader's own exporter."""
    done = subprocess.run([sys.executable, "-m", "nbgrader", "export"], cwd=into,
                          capture_output=True, text=True)
    if done.returncode:
        raise CourseError(f"{into}: nbgrader could not export the marks: {done.stderr[-300:]}")
