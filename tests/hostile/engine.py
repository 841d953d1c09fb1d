"""Run the engine on a scratch course with small budgets; a script of its own, started by exec.

Usage: engine.py COURSE LAYERS WORKERS [STUDENT…]. Prints one JSON line a student as it is done.
"""

from __future__ import annotations

import json
import sys
from typing import Any

LIMITS = {
    "cell_seconds": 1.0, "grace_seconds": 0.3, "test_seconds": 1.5, "submission_seconds": 4.0,
    "cpu_seconds": 8, "memory": 512 << 20, "tree_memory": 768 << 20, "disk": 32 << 20,
    "processes": 48, "replays": 1,
}  # fmt: skip


def main() -> int:
    """Mark the class and say how each submission ended."""
    from invigilator import course, limits, marking
    from invigilator.coordinator import Coordinator
    from invigilator.sandbox import Sandbox

    root, layers, workers, *students = sys.argv[1:]

    def make(skeleton: Any, **more: Any) -> Any:
        return marking.Marker(
            skeleton, sandbox=Sandbox(layers=layers), limits=limits.Limits(**LIMITS), **more
        )

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
