"""Honest work under stock nbgrader and under the engine: are the marks the same?

Three classes: nbgrader's documentation submissions, the sample class of a problem set, and the
corpus of test styles with its oddities (tests/honest). Prints what differs; those that differ
on purpose have a switch (invigilator/switches.py).

Usage: python tests/bench/fairness.py [docs ps01 styles]
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import speed  # noqa: E402
import test_honest  # noqa: E402
from honest import course as honest  # noqa: E402
from hostile import base  # noqa: E402
from hostile.stage import environment  # noqa: E402

Marks = dict[str, dict[str, float | None]]


def styles() -> speed.Case:
    """The corpus of test styles."""
    source = {f"{honest.NOTEBOOK}.ipynb": base.dump(honest.source())}
    return speed.Case("test styles and oddities", honest.ASSIGNMENT, source, [])


def hand_in_documented(stock: speed.Course, engine: speed.Course) -> None:
    """nbgrader's documented submissions."""
    for course in (stock, engine):
        course.hand_in(len(course.case.submissions))


def hand_in_styles(stock: speed.Course, engine: speed.Course) -> None:
    """Every submission of the honest corpus."""
    for course in (stock, engine):
        test_honest.hand_in(course.top)


def hand_in_samples(stock: speed.Course, engine: speed.Course) -> None:
    """The sample class that teachers try the engine with."""
    from invigilator import sampleclass, skeleton

    name = engine.case.assignment
    recorded = skeleton.recorded(engine.top, name, name)
    listed = sampleclass.answers_file(speed.ROOT / "assignments" / "rubrics", name)
    samples = sampleclass.build(recorded, sampleclass.wrong_answers(listed))
    for course in (stock, engine):
        sampleclass.hand_in(samples, course.top / "submitted", name)


def marked_by_stock(course: speed.Course) -> tuple[Marks, list[str]]:
    """Marks of everybody, and who stopped the batch or got none: left out, then on it goes."""
    students = sorted(path.name for path in (course.top / "submitted").iterdir())
    failed: list[str] = []
    while True:
        done = subprocess.run(
            [*speed.NBGRADER, "autograde", course.case.assignment], cwd=course.top,
            env=environment(), capture_output=True, text=True,
        )  # fmt: skip
        done_with = course.top / "autograded"
        there = [name for name in students
                 if (done_with / name / course.case.assignment).is_dir()]  # fmt: skip
        left = [name for name in students if name not in there and name not in failed]
        if done.returncode == 0 or not left:
            failed += left
            marks = test_honest.marks(course.top)
            return {name: marks[name] for name in there if name in marks}, failed
        failed.append(left[0])
        folder = course.top / "submitted" / left[0]
        folder.rename(course.top / f"stopped-{left[0]}")


def compare(case: speed.Case, hand_in: Callable[[speed.Course, speed.Course], None]) -> list[str]:
    """Lines about one class."""
    stock, engine = speed.Course(case, False), speed.Course(case, True)
    try:
        hand_in(stock, engine)
        theirs, failed = marked_by_stock(stock)
        engine.mark(1)
        ours = test_honest.marks(engine.top)
        cells = sum(map(len, theirs.values()))
        differing = [
            f"  - {name}, {cell}: stock {score}, engine {ours.get(name, {}).get(cell)}"
            for name, one in sorted(theirs.items()) for cell, score in sorted(one.items())
            if (ours.get(name, {}).get(cell) or 0) != (score or 0)
        ]  # fmt: skip
        unmarked = f"; stock left without marks: {', '.join(failed)}" if failed else ""
        return [f"- {case.name}: {len(theirs)} submissions, {cells} marks, {len(differing)} differ"
                f"{unmarked}", *differing]  # fmt: skip
    finally:
        stock.close()
        engine.close()


def main() -> None:
    """Each class asked for, or all."""
    own = speed.own_course()
    classes = {"docs": (speed.quick_start(), hand_in_documented),
               "styles": (styles(), hand_in_styles)}  # fmt: skip
    if own is not None:
        classes["ps01"] = (own, hand_in_samples)
    for name in sys.argv[1:] or classes:
        print("\n".join(compare(*classes[name])), flush=True)


if __name__ == "__main__":
    main()
