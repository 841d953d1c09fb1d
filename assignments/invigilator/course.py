"""Where a course keeps its folders and its gradebook, read from its nbgrader configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LONGEST_ID = 128
"""Characters of a student id in nbgrader's gradebook. A folder with another name is no student."""


class CourseError(Exception):
    """Something the teacher has to put right. One line: what, where, what to do."""


@dataclass(frozen=True)
class Course:
    """The folders and the gradebook of one course."""

    root: Path
    db_url: str
    course_id: str
    paths: Any = field(repr=False)
    config: Any = field(repr=False)
    excluded: frozenset[str] = frozenset()

    def folder(self, step: str, student: str, assignment: str) -> Path:
        """The folder of a step ("submitted", "autograded", "feedback", "release", "source")."""
        return Path(self.paths.format_path(getattr(self.paths, f"{step}_directory"), student,
                                           assignment))

    def students(self, assignment: str) -> list[str]:
        """Everybody who handed in something for the assignment, sorted."""
        place = self.folder("submitted", "@", assignment)
        parts = place.parts
        if "@" not in parts:
            raise CourseError("CourseDirectory.directory_structure has no folder of its own for a "
                              "student; the engine needs one")
        at = parts.index("@")
        base, below = Path(*parts[:at]), parts[at + 1:]
        if not base.is_dir():
            return []
        return sorted(entry.name for entry in base.iterdir()
                      if not entry.name.startswith(".") and entry.name not in self.excluded
                      and entry.is_dir() and base.joinpath(entry.name, *below).is_dir()
                      and entry.name.isprintable() and len(entry.name) <= LONGEST_ID)

    def timestamp(self, student: str, assignment: str) -> datetime | None:
        """When the collector received a submission: UTC without zone, or None."""
        stamp = read_stamp(self.folder("submitted", student, assignment))
        try:
            return read_time((stamp or b"").decode("ascii").strip())
        except UnicodeDecodeError:
            return None


def read_stamp(place: Path) -> bytes | None:
    """The first 100 bytes of the collector's ``timestamp.txt``, or None without an ordinary one."""
    path = place / "timestamp.txt"
    if path.is_symlink() or not path.is_file():
        return None
    try:
        with open(path, "rb") as stream:
            return stream.read(100)
    except OSError:
        return None


def read_time(text: str) -> datetime | None:
    """A recorded time as UTC without zone; None for what is no time.

    Unlike nbgrader's own reader an offset such as +0100 is hours and minutes.

    >>> read_time("2026-01-15 12:00:00 +0100")
    datetime.datetime(2026, 1, 15, 11, 0)
    >>> read_time("2026-01-15 12:00:00 UTC")
    datetime.datetime(2026, 1, 15, 12, 0)
    >>> read_time("soon")
    """
    for pattern in ("%Y-%m-%d %H:%M:%S.%f %z", "%Y-%m-%d %H:%M:%S %z"):
        try:
            return datetime.strptime(text, pattern).astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            continue
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(text)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None


def find(root: str | os.PathLike[str] | None = None) -> Course:
    """The course whose nbgrader_config.py lies in ``root`` (default: here).

    Raises CourseError when there is none.
    """
    from nbgrader.apps.baseapp import NbGrader

    place = Path(root or os.getcwd()).resolve()
    if not (place / "nbgrader_config.py").exists():
        raise CourseError(f"{place}: no nbgrader_config.py here; run this in the course folder "
                          "or name it with --course")
    with _inside(place):
        app = NbGrader()
        app.initialize([], root=str(place))
    paths = app.coursedir
    excluded = frozenset(filter(None, paths.student_id_exclude.split(",")))
    return Course(Path(paths.root), paths.db_url, paths.course_id or "default_course", paths,
                  app.config, excluded)


@contextmanager
def _inside(place: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)
