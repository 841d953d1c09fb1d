"""Reading and running the course's notebooks in tests."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
COURSE = REPOSITORY / "course"
SOURCE = REPOSITORY / "assignments" / "source"
RUBRICS = REPOSITORY / "assignments" / "rubrics"
NO_SOCKETS = Path(__file__).resolve().parent / "no_sockets"


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook."""

    id: str
    kind: str
    source: str
    metadata: dict[str, Any]

    @property
    def grading(self) -> dict[str, Any]:
        return self.metadata.get("nbgrader", {})

    @property
    def lines(self) -> list[str]:
        return self.source.splitlines()

    @property
    def words(self) -> int:
        return len(self.source.split())


@cache
def cells(path: Path) -> tuple[Cell, ...]:
    """The cells of a notebook file."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Cell(c["id"], c["cell_type"], "".join(c["source"]), c["metadata"]) for c in raw["cells"]
    )


def lessons() -> list[Path]:
    """Every lesson, start-here first, then by number."""
    found = sorted(COURSE.glob("*.ipynb"))
    return sorted(found, key=lambda path: (path.stem != "start-here", path.stem))


def modules() -> list[Path]:
    """The numbered lessons."""
    return [path for path in lessons() if path.stem[0].isdigit()]


def problem_sets() -> list[Path]:
    """The source notebook of every problem set."""
    return sorted(SOURCE.glob("ps*/ps*.ipynb"))


def lesson_of(problem_set: Path) -> Path:
    """ps01-slug belongs to 01-slug."""
    return COURSE / f"{problem_set.stem.removeprefix('ps')}.ipynb"


def course_file(name: str) -> list[dict[str, Any]]:
    """outcomes.yml or glossary.yml."""
    return yaml.safe_load((COURSE / name).read_text(encoding="utf-8")) or []


def rubric_file(problem_set: Path, tail: str = "") -> Path:
    """ps01.yml or ps01-answers.yml of a problem set."""
    return RUBRICS / f"{problem_set.stem.split('-')[0]}{tail}.yml"


def run(path: Path, folder: Path, replaced: dict[str, str] | None = None) -> nbformat.NotebookNode:
    """Run a notebook in a kernel that cannot leave this machine; errors stay in the outputs.

    The kernel's own channels are ZeroMQ sockets on loopback, opened outside Python's `socket`
    module, so they work. `no_sockets/sitecustomize.py` refuses everything else and logs it.
    """
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if replaced and cell.id in replaced:
            cell.source = replaced[cell.id]
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    python_path = os.pathsep.join(filter(None, [str(NO_SOCKETS), os.environ.get("PYTHONPATH")]))
    client.execute(
        env={
            **os.environ,
            "PYTHONPATH": python_path,
            "COURSE_SOCKET_LOG": str(folder / "sockets.log"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
    )
    return notebook


def reached_out(folder: Path) -> str:
    """What a notebook that was run in `folder` tried to reach."""
    log = folder / "sockets.log"
    return log.read_text(encoding="utf-8") if log.exists() else ""


def without(source: str, region: str, stub: str = "") -> str:
    """A cell's source without its SOLUTION or HIDDEN TESTS region."""
    pattern = rf"^[ ]*### BEGIN {region}$.*?^[ ]*### END {region}$"
    return re.sub(pattern, stub, source, flags=re.S | re.M)
