"""A marker without any protection: runs cells in this process. For tests of what is around it."""

from __future__ import annotations

import contextlib
import io
import time
from typing import Any

from invigilator import expect
from invigilator.marking import CellMark, Marked


class PlainMarker:
    """Stands in for marking.Marker where the engine itself is not the subject."""

    def __init__(self, skeleton: Any, *, seed: str = "", roster: Any = None, slow: float = 0.0):
        self.skeleton, self.seed, self.roster, self.slow = skeleton, seed, roster, slow

    def __enter__(self) -> PlainMarker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        pass

    def mark(self, merged: list[dict[str, Any]], student: str = "") -> Marked:
        time.sleep(self.slow)
        expect.begin({"student": student, "roster": self.roster, "seed": self.seed})
        space: dict[str, Any] = {}
        outputs, counts, cells = {}, {}, {}
        tests = {cell.id: cell for cell in self.skeleton.tests}
        for place in merged:
            if place["cell_type"] != "code":
                continue
            printed, error = io.StringIO(), None
            with contextlib.redirect_stdout(printed):
                try:
                    exec(compile(place["source"], place["id"], "exec"), space)
                except Exception as found:  # noqa: BLE001 - a student may raise anything
                    error = found
            counts[place["id"]] = len(counts) + 1
            made = [{"output_type": "stream", "name": "stdout", "text": printed.getvalue()}
                    ] if printed.getvalue() else []
            if error is not None:
                made.append({"output_type": "error", "ename": type(error).__name__,
                             "evalue": str(error), "traceback": [str(error)]})
            outputs[place["id"]] = tuple(made)
            if place["id"] in tests:
                test = tests[place["id"]]
                outcome = {"NotTried": "not tried", "NoneType": "done"}.get(
                    type(error).__name__, "not yet")
                cells[test.grade_id] = CellMark(0.0 if error else test.points, test.points,
                                                outcome, str(error or ""))
        expect.begin(None)
        return Marked("graded", cells, outputs, counts, ("none",), 0.01)
