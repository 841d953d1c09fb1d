"""The assignment that every hostile notebook answers: six test cells and one essay.

Each test has a visible and a hidden region. The hidden regions carry two kinds of canary:
`SECRET` (text that exists nowhere else) and expected values that no wrong answer prints.
"""

from __future__ import annotations

import copy
import json
from typing import Any

ASSIGNMENT = "hs1"
NOTEBOOK = "hs1"
SECRET = "hidden-canary-7f3a91"
WANTED_TOTAL = 371_293

SETUP = '''\
import contextlib
import io

import numpy as np
import pandas as pd
import matplotlib.pyplot as plt

from invigilator import expect

sales = pd.DataFrame(
    {"day": ["mon", "mon", "tue", "tue", "wed", "wed", "thu", "thu"],
     "price": [100003, 21001, 90007, 11003, 80021, 5009, 60029, 4220]}
)
limits = [10, 20, 30]
'''

# grade_id of the answer -> (reference answer, wrong answer used by most attacks)
ANSWERS: dict[str, tuple[str, str]] = {
    "q1-total": ('total = int(sales["price"].sum())', "total = 0"),
    "q2-share": (
        "def share(counts):\n    whole = sum(counts)\n    return [c / whole for c in counts]",
        "def share(counts):\n    return [0.0 for c in counts]",
    ),
    "q3-by-day": (
        'by_day = sales.groupby("day", sort=True)["price"].sum().reset_index()',
        'by_day = sales.head(1)[["day", "price"]]',
    ),
    "q4-figure": (
        "fig, ax = plt.subplots()\n"
        'ax.bar(by_day["day"], by_day["price"])\n'
        'ax.set_title("Sales by day")\nax.set_ylabel("yuan")',
        "fig, ax = plt.subplots()\nplt.close(fig)",
    ),
    "q5-greet": (
        'def greet(name):\n    print("Good morning, " + name + ".")',
        "def greet(name):\n    print(name)",
    ),
    "q6-grade": (
        'def grade(score):\n    return "high" if score >= 30 else "middle" if score >= 20 '
        'else "low"',
        "def grade(score):\n    return None",
    ),
    "q7-means": ('means = sales.groupby("day")["price"].mean()', 'means = sales["price"].head(4)'),
    "q8-best": (
        'def best():\n    return "mon"\n\n'
        'def shout(text):\n    return text.upper() + "!"',
        'def best():\n    return "sun"\n\ndef shout(text):\n    return text',
    ),
}

TESTS: dict[str, tuple[float, str, str]] = {
    "q1-total-test": (
        2,
        'expect.kind(total, int, "total")\n'
        'assert total > 1000, f"total adds all prices, not {total}"',
        f"# {SECRET}\nhidden_total = {WANTED_TOTAL}\nassert total == hidden_total",
    ),
    "q2-share-test": (
        3,
        "assert share([1, 1]) == [0.5, 0.5]",
        f"""\
# {SECRET}
hidden_rng = np.random.default_rng(918273645)
for hidden_round in range(12):
    hidden_counts = [int(n) for n in hidden_rng.integers(1, 50, size=hidden_round + 2)]
    hidden_whole = 0
    for hidden_n in hidden_counts:
        hidden_whole += hidden_n
    hidden_given = share(list(hidden_counts))
    assert len(hidden_given) == len(hidden_counts)
    for hidden_n, hidden_g in zip(hidden_counts, hidden_given):
        assert abs(hidden_g - hidden_n / hidden_whole) < 1e-9""",
    ),
    "q3-by-day-test": (
        2,
        'assert list(by_day.columns) == ["day", "price"]',
        f"""\
# {SECRET}
hidden_wanted = pd.DataFrame(
    {{"day": ["mon", "thu", "tue", "wed"], "price": [121004, 64249, 101010, 85030]}}
)
pd.testing.assert_frame_equal(
    by_day.reset_index(drop=True), hidden_wanted, check_dtype=False
)
assert np.isclose(by_day["price"].mean(), hidden_wanted["price"].mean())""",
    ),
    "q4-figure-test": (
        1,
        "digest = expect.figure(fig)",
        f'# {SECRET}\nhidden_panel = digest["axes"][0]\n'
        'assert hidden_panel["title"] == "Sales by day"\nassert hidden_panel["ylabel"] == "yuan"',
    ),
    "q5-greet-test": (
        1,
        "printed = io.StringIO()\n"
        "with contextlib.redirect_stdout(printed):\n"
        '    greet("Ada")\n'
        'assert printed.getvalue().startswith("Good")',
        f"""\
# {SECRET}
hidden_printed = io.StringIO()
with contextlib.redirect_stdout(hidden_printed):
    greet("Grace")
assert hidden_printed.getvalue() == "Good morning, Grace.\\n\"""",
    ),
    "q6-grade-test": (
        4,
        'earned = 0\nif grade(10) == "low":\n    earned += 1',
        f"""\
# {SECRET}
if grade(30) == "high":
    earned += 1
if grade(20) == "middle":
    earned += 1
if [grade(n) for n in (0, 19, 29, 31, 99)] == ["low", "low", "middle", "high", "high"]:
    earned += 1""",
    ),
    "q7-means-test": (
        1,
        "assert len(means) == 4",
        f"""\
# {SECRET}
hidden_means = pd.Series(
    [60502.0, 32124.5, 50505.0, 42515.0],
    index=pd.Index(["mon", "thu", "tue", "wed"], name="day"), name="price",
)
assert means.equals(hidden_means)""",
    ),
    "q8-best-test": (
        1,
        'assert len(shout("a")) == 2',
        f'# {SECRET}\nassert best() == "mon"\nassert shout(best()) == "MON!"',
    ),
}
AFTER_HIDDEN = {"q6-grade-test": "earned"}
ESSAY = "essay"
MAX = {name: points for name, (points, _, _) in TESTS.items()}
FULL = dict(MAX)
NOTHING = dict.fromkeys(MAX, 0.0)


def code(source: str, grade_id: str | None = None, **flags: Any) -> dict[str, Any]:
    """One code cell; with a `grade_id` it carries nbgrader metadata version 3."""
    return _cell("code", source, grade_id, **flags)


def text(source: str, grade_id: str | None = None, **flags: Any) -> dict[str, Any]:
    """One Markdown cell."""
    return _cell("markdown", source, grade_id, **flags)


def _cell(kind: str, source: str, grade_id: str | None, **flags: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    if grade_id:
        cell["id"] = grade_id
        cell["metadata"]["nbgrader"] = {
            "schema_version": 3, "grade": False, "solution": False, "locked": False,
            "task": False, "grade_id": grade_id, **flags,
        }  # fmt: skip
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    return cell


def notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """A notebook of format 4.5 with a Python kernel."""
    for number, cell in enumerate(cells):
        cell.setdefault("id", f"cell-{number}")
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def source() -> dict[str, Any]:
    """The instructor's notebook, with solutions and hidden tests."""
    cells = [text("# Sales\nAnswer the questions."), code(SETUP, "setup", locked=True)]
    for (answer, (reference, _)), (test, (points, visible, hidden)) in zip(
        ANSWERS.items(), TESTS.items(), strict=True
    ):
        cells.append(text(f"## {answer}", f"{answer}-text", locked=True))
        solved = f"### BEGIN SOLUTION\n{reference}\n### END SOLUTION"
        cells.append(code(solved, answer, solution=True))
        body = f"{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        if test in AFTER_HIDDEN:
            body += f"\n{AFTER_HIDDEN[test]}"
        cells.append(code(body, test, grade=True, locked=True, points=points))
    cells.append(text("What did you find?", ESSAY, grade=True, solution=True, points=5))
    return notebook(cells)


def answered(released: dict[str, Any], answers: dict[str, str]) -> dict[str, Any]:
    """The released notebook with `answers` (by grade_id) written into its answer cells."""
    done = copy.deepcopy(released)
    for cell in done["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell["source"] = answers[grade_id]
    return done


def right() -> dict[str, str]:
    """The reference answers."""
    return {name: reference for name, (reference, _) in ANSWERS.items()}


def wrong() -> dict[str, str]:
    """Plausible answers that earn nothing."""
    return {name: answer for name, (_, answer) in ANSWERS.items()}


def dump(nb: dict[str, Any]) -> bytes:
    """A notebook as the bytes of its file."""
    return json.dumps(nb, indent=1, ensure_ascii=False).encode()
