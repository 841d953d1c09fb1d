"""The reference, marked before a class is: a library broken since must not cost students marks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import engine, skeleton, statuses
from .course import CourseError
from .modes import STUDENT, submission_of
from .skeleton import Skeleton

Mark = Callable[[str, list[dict[str, Any]], str], Any]


def check(root: Path, skeletons: Mapping[str, Skeleton], mark: Mark) -> None:
    """Mark each notebook's reference as if it were handed in, and compare with the time before.

    mark: (notebook, merged cells, student) -> Marked. The marks of the first time are kept beside
    the recorded skeleton; a reference that misses points then already is told as a warning, for a
    course may mean it. Raises CourseError, one line, if a cell earns less than it did.
    """
    for name, made in skeletons.items():
        found = _marks(made, mark)
        if not found:
            continue
        scores = {cell: one.score for cell, one in found.items()}
        path = skeleton.folder(root, made.assignment) / f"{name}.reference.json"
        before = _kept(path, made.digest)
        worse = [cell for cell, was in before.items() if scores.get(cell, 0.0) < was - 1e-9]
        if worse:
            why = getattr(found.get(worse[0]), "message", "") or "no reason given"
            raise CourseError(
                f"{name}: the reference earns {sum(scores.values()):g} points here and earned "
                f"{sum(before.values()):g} before ({worse[0]}: {' '.join(why.split())[:160]}); "
                "repair the course or its libraries, nothing was marked")
        if not before:
            missed = [cell for cell, one in found.items() if one.score < one.max]
            if missed:
                cells = ", ".join(f"'{cell}'" for cell in missed)
                engine.warn(f"{name}: the reference itself does not earn all points of {cells}; "
                            "look at that before you trust the marks")
            kept = {"digest": made.digest, "marks": scores}
            skeleton.write_whole(path, json.dumps(kept, sort_keys=True))


def _marks(made: Skeleton, mark: Mark) -> Mapping[str, Any]:
    """The reference's marks by cell; none if marking itself fails, which every student's row then
    tells."""
    cells = json.loads(made.to_json())["cells"]
    try:
        marked = mark(made.notebook, submission_of({"cells": cells}), STUDENT)
    except Exception as error:  # noqa: BLE001 - a broken worker is told with the submissions
        if type(error).__name__ == "SandboxUnavailable":
            raise CourseError(str(error)) from None
        return {}
    return {} if marked.status == statuses.INTERNAL else marked.cells


def _kept(path: Path, digest: str) -> dict[str, float]:
    """Marks of the reference of this version from an earlier run; empty if there are none."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return dict(known["marks"]) if known["digest"] == digest else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
