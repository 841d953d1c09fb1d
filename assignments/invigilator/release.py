"""Student releases of several problem sets in one process: python -m invigilator.release NAME…

Each is nbgrader's own `generate_assignment`; importing nbgrader costs more than a release, so it
is imported once. How a test is marked is decided later, when grading starts.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nbgrader.apps import GenerateAssignmentApp

from .programs import find_programs


def build(names: Sequence[str]) -> None:
    """Build the releases in the course of the working folder. Raises SystemExit if one fails."""
    find_programs()
    for name in names:
        GenerateAssignmentApp.clear_instance()
        app = GenerateAssignmentApp.instance()
        app.initialize([name, "--create", "--force", "--RecordSkeleton.decide=later"])
        app.start()


if __name__ == "__main__":
    build(sys.argv[1:])
