"""Run the engine on a scratch course with small budgets; a script of its own, started by exec.

Usage: engine.py COURSE LAYERS WORKERS [STUDENT…]. Prints one JSON line a student as it is done.
The students named in HOSTILE_HURRIED have smaller budgets than the rest of the same batch: those
called HOSTILE_BUDGETS, "small" or "tight".
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

ROOMY = {"cell_seconds": 20.0, "test_seconds": 20.0, "submission_seconds": 60.0,
         "disk": 32 << 20, "processes": 48, "replays": 1}  # fmt: skip
SMALL = {
    "cell_seconds": 1.0, "grace_seconds": 0.3, "test_seconds": 1.5, "submission_seconds": 4.0,
    "cpu_seconds": 8, "memory": 512 << 20, "tree_memory": 768 << 20, "disk": 32 << 20,
    "processes": 48, "replays": 1,
}  # fmt: skip
TIGHT = SMALL | {
    "cell_seconds": 0.4, "grace_seconds": 0.15, "test_seconds": 0.6, "submission_seconds": 1.6,
    "cpu_seconds": 2, "memory": 256 << 20, "tree_memory": 384 << 20, "disk": 8 << 20,
    "output": 64 << 10, "submission_output": 512 << 10, "message": 8 << 20, "nodes": 200_000,
}  # fmt: skip
BUDGETS = {"small": SMALL, "tight": TIGHT}


class Two:
    """A marker for honest people, and one with small budgets for those who wait for a limit."""

    def __init__(self, make: Any, hurried: set[str], budgets: dict[str, Any]) -> None:
        self.make, self.hurried, self.budgets = make, hurried, budgets
        self.made: dict[bool, Any] = {}

    def __enter__(self) -> Two:
        return self

    def mark(self, cells: list[dict[str, Any]], student: str) -> Any:
        """Mark one submission with the budgets that are meant for it."""
        hurried = student in self.hurried
        if hurried not in self.made:
            self.made[hurried] = self.make(self.budgets if hurried else ROOMY)
            self.made[hurried].__enter__()
        return self.made[hurried].mark(cells, student)

    def close(self) -> None:
        """End both."""
        for marker in self.made.values():
            marker.close()


def main() -> int:
    """Mark the class and say how each submission ended."""
    from invigilator import course, limits, marking
    from invigilator.coordinator import Coordinator
    from invigilator.sandbox import Sandbox

    root, layers, workers, *students = sys.argv[1:]
    hurried = set(os.environ.get("HOSTILE_HURRIED", "").split(","))
    budgets = BUDGETS[os.environ.get("HOSTILE_BUDGETS", "small")]

    def make(skeleton: Any, **more: Any) -> Any:
        return Two(lambda given: marking.Marker(
            skeleton, sandbox=Sandbox(layers=layers), limits=limits.Limits(**given), **more
        ), hurried, budgets)  # fmt: skip

    def told(record: Any, *_: Any) -> None:
        line = {"student": record.student, "status": record.status, "layers": record.layers,
                "seconds": record.seconds, "notes": record.notes}  # fmt: skip
        print("DONE " + json.dumps(line), flush=True)

    Coordinator(course.find(root), "hs1", make, workers=int(workers)).run(
        students or None, progress=told
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
