"""From what a marker found to scores, comments, the autograded notebook and the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from . import feedback, statuses, submission
from .gradebook import Standing
from .renderer import PageError, Renderer
from .skeleton import Skeleton

UNTOUCHED = "No response."


def cell_marks(recorded: Skeleton, result: Any, status: str, stderr_is_failure: bool = False
               ) -> dict[str, dict[str, Any]]:
    """Mark, outcome and sentence of every test cell, whatever happened."""
    found: dict[str, dict[str, Any]] = {}
    for test in recorded.tests:
        name = str(test.grade_id)
        mark = result.cells.get(name) if result is not None else None
        if mark is None:
            found[name] = {"score": 0.0, "max": test.points, "outcome": "not reached",
                           "message": "", "mode": test.mode}
        else:
            found[name] = {"score": statuses.clamp(mark.score, test.points), "max": test.points,
                           "outcome": mark.outcome, "message": mark.message, "mode": mark.mode}
            if stderr_is_failure and any(one.get("name") == "stderr" for one in (
                    result.outputs.get(test.id) or mark.outputs)):
                found[name] |= {"score": 0.0, "outcome": "not yet",
                                "message": "The check printed to stderr, which this course "
                                           "counts as a failure."}
    return found


def automatic(recorded: Skeleton, merged: list[dict[str, Any]], cells: Mapping[str, Any]
              ) -> tuple[dict[str, float | None], dict[str, str | None]]:
    """Automatic scores and comments as nbgrader keeps them."""
    given = {place["grade_id"]: place["source"] for place in merged if place["grade_id"]}
    scores: dict[str, float | None] = {name: cell["score"] for name, cell in cells.items()}
    comments: dict[str, str | None] = {}
    for cell in recorded.of_kind("answer", "manual"):
        name = str(cell.grade_id)
        meta = cell.metadata.get("nbgrader", {})
        blank = given[name] in (cell.stub, submission.MISSING) and not meta.get("task")
        comments[name] = UNTOUCHED if blank else None
        if cell.kind == "manual":
            scores[name] = 0.0 if blank else None
    return scores, comments


def notebook(recorded: Skeleton, merged: list[dict[str, Any]], result: Any,
             cells: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """The autograded notebook with its outputs, as from a kernel."""
    tests = {cell.id: str(cell.grade_id) for cell in recorded.tests}
    notes = {cell: {key: cells[name][key] for key in ("outcome", "message", "mode")}
             for cell, name in tests.items()}
    outputs: dict[str, list[dict[str, Any]]] = {}
    if result is not None:
        outputs = {cell: [dict(one) for one in made] for cell, made in result.outputs.items()}
        for cell, name in tests.items():
            if not outputs.get(cell) and name in result.cells:
                outputs[cell] = [dict(one) for one in result.cells[name].outputs]
    for cell, name in tests.items():
        if cells[name]["outcome"] == "not reached" and not outputs.get(cell):
            words = cells[name]["message"] or about["sentence"]
            outputs[cell] = [{"output_type": "error", "ename": "NotMarked", "evalue": words,
                              "traceback": [f"NotMarked: {words}"]}]
    return submission.assemble(merged, recorded, outputs, result.counts if result else None,
                               notes, about)


def render(draft: Mapping[str, Any], name: str, standing: Standing,
           page: Callable[..., str] = feedback.page) -> str:
    """The feedback page of an autograded notebook as it stands in the gradebook.

    ``page`` makes it: `Renderer.page` does so in a process of its own.
    """
    made = {**draft, "cells": [{**cell, "metadata": {**cell["metadata"]}}
                               for cell in draft["cells"]]}
    for cell in made["cells"]:
        meta = cell["metadata"].get("nbgrader")
        if not meta:
            continue
        title = meta.get("grade_id")
        more: dict[str, Any] = {}
        if title in standing.scores:
            more |= {"score": standing.scores[title], "points": standing.points[title]}
        if title in standing.waiting:
            more["waiting"] = True
        if standing.comments.get(title):
            more["comment"] = standing.comments[title]
        cell["metadata"]["nbgrader"] = {**meta, **more}
    return page(made, name, standing.score, standing.max_score, standing.late)


def shown(draft: Mapping[str, Any], name: str, standing: Standing, renderer: Renderer,
          notes: list[str]) -> str:
    """The feedback page, or the marks alone with a note for the teacher."""
    try:
        return render(draft, name, standing, renderer.page)
    except Exception as error:  # noqa: BLE001 - outputs and texts are the student's
        why = str(error) if isinstance(error, PageError) else type(error).__name__
        notes.append(f"{name}.html shows the marks alone: the page {why}")
        return bare(name, standing)


def to_bytes(draft: Mapping[str, Any]) -> bytes:
    """A notebook as it is written to disk."""
    text = json.dumps(draft, ensure_ascii=False, sort_keys=True) + "\n"
    return text.encode("utf-8", "replace")


def whatever_happens(best: Callable[[], Any], plain: Callable[[], Any], notes: list[str]) -> Any:
    """The best form of what a student sees, or a plain one: no content may stop the batch."""
    try:
        return best()
    except Exception as error:  # noqa: BLE001 - outputs and texts are the student's
        notes.append(f"shown in a plain form ({type(error).__name__})")
        return plain()


def bare(name: str, standing: Standing) -> str:
    """A feedback page with the marks alone."""
    marks = [(title, score, standing.points[title]) for title, score in standing.scores.items()]
    return feedback.bare(name, marks, standing.score, standing.max_score, standing.late)
