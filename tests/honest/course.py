"""The honest corpus as a course: one notebook, submissions that are right, wrong, odd."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hostile.base import code, dump, notebook, text

from .styles import SETUP, STYLES

ASSIGNMENT = "ht1"
NOTEBOOK = "ht1"
MAX = {f"{style.name}-test": style.points for style in STYLES}


def source() -> dict[str, Any]:
    """The instructor's notebook."""
    cells = [code(SETUP, "setup", locked=True)]
    for style in STYLES:
        body = style.right
        magic = body.startswith("%%")
        solved = body if magic else f"### BEGIN SOLUTION\n{body}\n### END SOLUTION"
        cells.append(code(solved, style.name, solution=True))
        cells.append(
            code(style.test, f"{style.name}-test", grade=True, locked=True, points=style.points)
        )
    cells.append(text("Explain.", "essay", grade=True, solution=True, points=3))
    return notebook(cells)


def fill(released: dict[str, Any], pick: Callable[[int], bool]) -> dict[str, Any]:
    """The released notebook with right answers where `pick(number)` holds, else wrong ones."""
    done = copy.deepcopy(released)
    answers = {s.name: (s.right if pick(n) else s.wrong) for n, s in enumerate(STYLES)}
    for cell in done["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name]
    return done


def _answers_as_text(nb: dict[str, Any]) -> None:
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") in ("exact-floats", "dates"):
            cell["cell_type"] = "markdown"
            cell.pop("outputs"), cell.pop("execution_count")


def _extra_cells(nb: dict[str, Any]) -> None:
    at = next(n for n, c in enumerate(nb["cells"]) if c["id"] == "several-answers-use")
    nb["cells"][at]["source"] = "final_price = doubled"
    nb["cells"].insert(at, {**code("doubled = base_price * 2"), "id": "my-own"})
    nb["cells"].insert(1, {**code("%matplotlib inline\nprint('my notes')"), "id": "my-notes"})
    nb["cells"].append({**code("raise ValueError('unfinished scratch')"), "id": "my-scratch"})


def _format_4_0(nb: dict[str, Any]) -> None:
    nb["nbformat_minor"] = 0
    for cell in nb["cells"]:
        cell.pop("id", None)


def _format_3(nb: dict[str, Any]) -> None:
    """As an old notebook program saves it: worksheets, `input`, `prompt_number`, headings."""
    cells = nb.pop("cells")
    for cell in cells:
        cell.pop("id", None)
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"], cell["collapsed"] = "python", False
            cell["prompt_number"] = cell.pop("execution_count")
    nb.update(nbformat=3, nbformat_minor=0, worksheets=[{"cells": cells, "metadata": {}}])
    nb["metadata"] = {"name": "", "kernelspec": nb["metadata"]["kernelspec"]}


def _unchanged(nb: dict[str, Any]) -> None:
    """Its file has another name."""


def _with_input(nb: dict[str, Any]) -> None:
    for cell in nb["cells"]:
        if cell["id"] == "random-answer-bounded":
            cell["source"] += "\nname_typed = input('Your name? ')"


def _warns(nb: dict[str, Any]) -> None:
    for cell in nb["cells"]:
        if cell["id"] == "recursion":
            cell["source"] = "import warnings, sys\nwarnings.warn('old way')\n" + cell["source"]


def _saved_with_outputs(nb: dict[str, Any]) -> None:
    for number, cell in enumerate(nb["cells"]):
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stderr", "text": "old warning"}]


ODD: dict[str, Callable[[dict[str, Any]], None]] = {
    "odd-answer-cells-as-text": _answers_as_text,
    "odd-extra-cells": _extra_cells,
    "odd-format-4-0": _format_4_0,
    "odd-format-3": _format_3,
    "odd-renamed": _unchanged,
    "odd-input": _with_input,
    "odd-warning-in-answer": _warns,
    "odd-saved-outputs": _saved_with_outputs,
}


def submissions(released: dict[str, Any]) -> dict[str, bytes]:
    """student → bytes of the notebook handed in."""
    made = {
        "all-right": fill(released, lambda n: True),
        "all-wrong": fill(released, lambda n: False),
        "even-right": fill(released, lambda n: n % 2 == 0),
        "odd-right": fill(released, lambda n: n % 2 == 1),
        "untouched": copy.deepcopy(released),
    }
    for name, change in ODD.items():
        made[name] = fill(released, lambda n: True)
        change(made[name])
    return {name: dump(nb) for name, nb in made.items()}


def load(path: Any) -> dict[str, Any]:
    """A notebook file as plain dicts."""
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)
