"""The programs that come with this Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def find_programs() -> None:
    """nbgrader calls `alembic` by name: make that work when no environment is activated."""
    beside = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if beside not in path.split(os.pathsep):
        os.environ["PATH"] = beside + os.pathsep + path
