"""What the coordinator remembers of each submission: its journal and its report.

One small file a student, written last, after the gradebook and the notebook. A run that
was killed leaves either the whole file or none, so that running again takes up exactly
the submissions that are not finished.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .skeleton import folder, write_whole

FORMAT = 1


@dataclass(frozen=True)
class Record:
    """One marked submission. ``key`` names everything the marks depend on."""

    student: str
    key: str
    status: str
    sentence: str = ""
    notebooks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def score(self) -> float:
        return sum(cell["score"] for book in self.notebooks.values()
                   for cell in book["cells"].values())

    @property
    def max_score(self) -> float:
        return sum(cell["max"] for book in self.notebooks.values()
                   for cell in book["cells"].values())


def key_of(parts: Mapping[str, Any]) -> str:
    """A digest of everything the marks of a submission depend on."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def place(root: Path, assignment: str) -> Path:
    """The folder that holds the records of an assignment."""
    return folder(root, assignment) / "records"


def read(root: Path, assignment: str, student: str) -> Record | None:
    """The record of a finished submission, or None."""
    path = place(root, assignment) / f"{student}.json"
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        if given.pop("format") != FORMAT:
            return None
        return Record(**{**given, "layers": tuple(given["layers"]), "notes": tuple(given["notes"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(root: Path, assignment: str, record: Record) -> None:
    """Keep a record: the last thing that is done for a submission."""
    path = place(root, assignment) / f"{record.student}.json"
    given = {"format": FORMAT, **vars(record)}
    write_whole(path, json.dumps(given, ensure_ascii=False, sort_keys=True) + "\n")


def forget(root: Path, assignment: str, student: str) -> None:
    """Another way of marking has touched this submission: mark it again next time."""
    (place(root, assignment) / f"{student}.json").unlink(missing_ok=True)


def every(root: Path, assignment: str) -> Iterator[Record]:
    """All records of an assignment, by student."""
    for path in sorted(place(root, assignment).glob("*.json")):
        found = read(root, assignment, path.stem)
        if found is not None:
            yield found
