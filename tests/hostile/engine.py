"""Run the engine on a scratch course with small budgets; a script of its own, started by exec.

Usage: engine.py COURSE LAYERS WORKERS [STUDENT…]. Prints one JSON line a student as it is done.
The students named in HOSTILE_TIGHT have smaller budgets than the rest of the same batch.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

LIMITS = {
    "cell_seconds": 1.0, "grace_seconds": 0.3, "test_seconds": 1.5, "submission_seconds": 4.0,
    "cpu_seconds": 8, "memory": 512 << 20, "tree_memory": 768 << 20, "disk": 32 << 20,
    "processes": 48, "replays": 1,
}  # fmt: skip


TIGHT = LIMITS | {
    "cell_seconds": 0.4, "grace_seconds": 0.15, "test_seconds": 0.6, "submission_seconds": 1.6,
    "cpu_seconds": 2, "memory": 256 << 20, "tree_memory": 384 << 20, "disk": 8 << 20,
    "output": 64 << 10, "submission_output": 512 << 10, "message": 8 << 20, "nodes": 200_000,
}  # fmt: skip


class Two:
    """A marker for everybody, and one with small budgets for those who wait for a limit."""

    def __init__(self, make: Any, tight: set[str]) -> None:
        self.make, self.tight = make, tight
        self.made: dict[bool, Any] = {}

    def __enter__(self) -> Two:
        return self

    def mark(self, cells: list[dict[str, Any]], student: str) -> Any:
        """Mark one submission with the budgets that are meant for it."""
        small = student in self.tight
        if small not in self.made:
            self.made[small] = self.make(TIGHT if small else LIMITS)
            self.made[small].__enter__()
        return self.made[small].mark(cells, student)

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
    tight = set(os.environ.get("HOSTILE_TIGHT", "").split(","))

    def make(skeleton: Any, **more: Any) -> Any:
        return Two(lambda budgets: marking.Marker(
            skeleton, sandbox=Sandbox(layers=layers), limits=limits.Limits(**budgets), **more
        ), tight)  # fmt: skip

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
