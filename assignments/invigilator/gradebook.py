"""The gradebook: nbgrader's schema, written directly, one transaction a submission.

The coordinator is the only writer. Automatic scores and comments are replaced whatever
the status of a submission; manual scores, manual comments and extra credit are never
touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbgrader import api
from sqlalchemy import bindparam, event, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError, OperationalError

from .programs import find_programs

WAIT = 15
"""Seconds to wait for a gradebook that another program is writing to."""


class GradebookError(Exception):
    """The gradebook cannot be used. One line: what, where, what to do."""


@dataclass(frozen=True)
class NotebookMarks:
    """What one marking run says about one notebook.

    ``scores``: automatic score by cell name, None for a cell that a person marks.
    ``comments``: automatic comment by cell name, None for no comment.
    """

    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None] = field(default_factory=dict)
    flagged: bool | None = None
    review: bool = False


@dataclass(frozen=True)
class Standing:
    """How a notebook stands in the gradebook: what a feedback page shows."""

    scores: Mapping[str, float]
    automatic: Mapping[str, float | None]
    points: Mapping[str, float]
    comments: Mapping[str, str | None]
    late: float = 0.0
    needs_manual: bool = False
    waiting: frozenset[str] = frozenset()

    @property
    def score(self) -> float:
        return sum(self.scores.values()) - self.late

    @property
    def max_score(self) -> float:
        return sum(self.points.values())


@dataclass(frozen=True)
class _Cells:
    """The cells of one notebook in the database, by name: id and points."""

    notebook: str
    graded: Mapping[str, tuple[str, float]]
    commented: Mapping[str, str]


STUDENT = api.Student.__table__
ASSIGNMENT = api.Assignment.__table__
NOTEBOOK = api.Notebook.__table__
BASE = api.BaseCell.__table__
GRADE_CELL = api.GradeCell.__table__
TASK_CELL = api.TaskCell.__table__
SUBMITTED = api.SubmittedAssignment.__table__
PART = api.SubmittedNotebook.__table__
GRADE = api.Grade.__table__
COMMENT = api.Comment.__table__
_REGRADE = GRADE.update().where(GRADE.c.id == bindparam("key")).values(
    auto_score=bindparam("score"), needs_manual_grade=bindparam("needs"))
_SAY_AGAIN = COMMENT.update().where(COMMENT.c.id == bindparam("key")).values(
    auto_comment=bindparam("text"))


class Book:
    """An open gradebook, bound to one assignment. Use as a context."""

    def __init__(self, db_url: str, course_id: str, assignment: str,
                 late_plugin: Any = None) -> None:
        find_programs()
        self.url, self.late_plugin = db_url, late_plugin
        with self._said():
            self.gradebook = api.Gradebook(db_url, course_id)
            self.engine = self.gradebook.engine
            if self.engine.dialect.name == "sqlite":
                event.listen(self.engine, "connect", _patient)
                self.gradebook.db.remove()
                self.engine.dispose()
            with self.engine.connect() as link:
                self._load(link, assignment)

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.gradebook.close()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, DatabaseError, api.InvalidEntry) as error:
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            where = self.url.removeprefix("sqlite:///")
            help_ = ("close the other program that uses it and run this again"
                     if "locked" in reason else "free some space and run this again"
                     if "full" in reason else "make it writable and run this again"
                     if "readonly" in reason or "unable to open" in reason
                     else "back it up and run `nbgrader db upgrade`")
            raise GradebookError(f"gradebook {where}: {reason}; {help_}. "
                                 "What was written before stays.") from None

    def _load(self, link: Connection, assignment: str) -> None:
        row = link.execute(select(ASSIGNMENT.c.id, ASSIGNMENT.c.duedate)
                           .where(ASSIGNMENT.c.name == assignment)).first()
        if row is None:
            raise GradebookError(f"gradebook: no assignment called {assignment}; run "
                                 f"`nbgrader generate_assignment {assignment}` first")
        self.assignment, self.due = row
        self.cells: dict[str, _Cells] = {}
        for key, name in link.execute(select(NOTEBOOK.c.id, NOTEBOOK.c.name)
                                      .where(NOTEBOOK.c.assignment_id == self.assignment)):
            points: dict[str, float] = {}
            for table in (GRADE_CELL, TASK_CELL):
                points |= {cell: most for cell, most in
                           link.execute(select(table.c.id, table.c.max_score))}
            graded, commented = {}, {}
            for cell, title, kind in link.execute(
                    select(BASE.c.id, BASE.c.name, BASE.c.type).where(BASE.c.notebook_id == key)):
                if kind in ("GradeCell", "TaskCell"):
                    graded[title] = (cell, float(points[cell]))
                if kind in ("SolutionCell", "TaskCell"):
                    commented[title] = cell
            self.cells[name] = _Cells(key, graded, commented)

    def check_writable(self) -> None:
        """Raise GradebookError now rather than after the first hour of work."""
        with self._said(), self.engine.begin() as link:
            link.execute(ASSIGNMENT.update().where(ASSIGNMENT.c.id == self.assignment)
                         .values(duedate=ASSIGNMENT.c.duedate))

    def roster(self) -> set[str]:
        """The ids of all students the gradebook knows."""
        with self._said(), self.engine.connect() as link:
            return set(link.execute(select(STUDENT.c.id)).scalars())

    def standings(self) -> dict[str, dict[str, Standing]]:
        """Every submission of the assignment: student, notebook, how it stands."""
        with self._said(), self.engine.connect() as link:
            rows = link.execute(select(PART.c.id, SUBMITTED.c.student_id)
                                .join(SUBMITTED, SUBMITTED.c.id == PART.c.assignment_id)
                                .where(SUBMITTED.c.assignment_id == self.assignment)).all()
            owners: dict[str, str] = {part: student for part, student in rows}
            found = self._standings(link, list(owners))
        made: dict[str, dict[str, Standing]] = {}
        for part, (name, standing) in found.items():
            made.setdefault(owners[part], {})[name] = standing
        return made

    def write(self, student: str, received: datetime | None,
              marks: Mapping[str, NotebookMarks]) -> dict[str, Standing]:
        """Replace every automatic score of a submission. All of it is written, or nothing."""
        with self._said(), self.engine.begin() as link:
            if link.execute(select(STUDENT.c.id).where(STUDENT.c.id == student)).first() is None:
                link.execute(STUDENT.insert().values(id=student))
            handed_in, extension = self._submission(link, student, received)
            parts = [self._notebook(link, handed_in, name, given) for name, given in marks.items()]
            found = self._standings(link, parts)
            late = self._late(student, received, extension)
            for part, (name, standing) in list(found.items()):
                penalty = late(standing)
                if not penalty and not standing.late:
                    continue
                link.execute(PART.update().where(PART.c.id == part)
                             .values(late_submission_penalty=penalty))
                found[part] = (name, Standing(**{**vars(standing), "late": penalty or 0.0}))
        return {name: standing for name, standing in found.values()}

    def _submission(self, link: Connection, student: str, received: datetime | None
                    ) -> tuple[str, Any]:
        row = link.execute(select(SUBMITTED.c.id, SUBMITTED.c.extension).where(
            SUBMITTED.c.assignment_id == self.assignment,
            SUBMITTED.c.student_id == student)).first()
        if row is not None:
            link.execute(SUBMITTED.update().where(SUBMITTED.c.id == row[0])
                         .values(timestamp=received))
            return row[0], row[1]
        key = api.new_uuid()
        link.execute(SUBMITTED.insert().values(id=key, assignment_id=self.assignment,
                                               student_id=student, timestamp=received))
        return key, None

    def _notebook(self, link: Connection, handed_in: str, name: str, given: NotebookMarks) -> str:
        cells = self.cells[name]
        part = link.execute(select(PART.c.id).where(
            PART.c.assignment_id == handed_in, PART.c.notebook_id == cells.notebook)).scalar()
        if part is None:
            part = api.new_uuid()
            link.execute(PART.insert().values(id=part, assignment_id=handed_in,
                                              notebook_id=cells.notebook, flagged=False))
        if given.flagged is not None:
            link.execute(PART.update().where(PART.c.id == part).values(flagged=given.flagged))
        known = {cell: (key, manual) for cell, key, manual in link.execute(
            select(GRADE.c.cell_id, GRADE.c.id, GRADE.c.manual_score)
            .where(GRADE.c.notebook_id == part))}
        new: list[dict[str, Any]] = []
        old: list[dict[str, Any]] = []
        for title, (cell, _) in cells.graded.items():
            key, manual = known.get(cell, (None, None))
            score = given.scores.get(title)
            needs = score is None or manual is not None or given.review
            if key is None:
                new.append({"id": api.new_uuid(), "cell_id": cell, "notebook_id": part,
                            "auto_score": score, "needs_manual_grade": needs})
            else:
                old.append({"key": key, "score": score, "needs": needs})
        _all_at_once(link, GRADE.insert(), new)
        _all_at_once(link, _REGRADE, old)
        said: dict[str, str] = {cell: key for cell, key in link.execute(
            select(COMMENT.c.cell_id, COMMENT.c.id).where(COMMENT.c.notebook_id == part))}
        texts = {cell: given.comments.get(title) for title, cell in cells.commented.items()}
        _all_at_once(link, COMMENT.insert(), [
            {"id": api.new_uuid(), "cell_id": cell, "notebook_id": part, "auto_comment": text}
            for cell, text in texts.items() if cell not in said])
        _all_at_once(link, _SAY_AGAIN, [
            {"key": said[cell], "text": text} for cell, text in texts.items() if cell in said])
        return part

    def _late(self, student: str, received: datetime | None, extension: Any) -> Any:
        def penalty(standing: Standing) -> float | None:
            if self.late_plugin is None or self.due is None or received is None:
                return None
            seconds = (received - self.due - extension if extension else received - self.due
                       ).total_seconds()
            if seconds <= 0:
                return None
            score = sum(standing.scores.values())
            given = self.late_plugin.late_submission_penalty(student, score, seconds)
            return None if given is None else min(max(float(given), 0.0), score)
        return penalty

    def _standings(self, link: Connection, parts: list[str]) -> dict[str, tuple[str, Standing]]:
        names = {cells.notebook: name for name, cells in self.cells.items()}
        by_cell = {name: {cell: (title, points) for title, (cell, points) in cells.graded.items()}
                   for name, cells in self.cells.items()}
        said_by = {name: {cell: title for title, cell in cells.commented.items()}
                   for name, cells in self.cells.items()}
        found: dict[str, tuple[str, Any]] = {}
        for start in range(0, len(parts), 500):
            some = parts[start:start + 500]
            for part, notebook, late in link.execute(
                    select(PART.c.id, PART.c.notebook_id, PART.c.late_submission_penalty)
                    .where(PART.c.id.in_(some))):
                name = names[notebook]
                found[part] = (name, {"scores": {}, "automatic": {}, "comments": {},
                                      "points": {t: p for t, p in by_cell[name].values()},
                                      "late": float(late or 0), "needs_manual": False,
                                      "waiting": frozenset()})
            for part, cell, auto, manual, extra, needs in link.execute(
                    select(GRADE.c.notebook_id, GRADE.c.cell_id, GRADE.c.auto_score,
                           GRADE.c.manual_score, GRADE.c.extra_credit, GRADE.c.needs_manual_grade)
                    .where(GRADE.c.notebook_id.in_(some))):
                name, made = found[part]
                if cell not in by_cell[name]:
                    continue
                title = by_cell[name][cell][0]
                base = manual if manual is not None else auto
                made["scores"][title] = 0.0 if base is None else float(base) + float(extra or 0)
                made["automatic"][title] = auto
                if base is None:
                    made["waiting"] |= {title}
                made["needs_manual"] = made["needs_manual"] or bool(needs)
            for part, cell, auto, manual in link.execute(
                    select(COMMENT.c.notebook_id, COMMENT.c.cell_id, COMMENT.c.auto_comment,
                           COMMENT.c.manual_comment).where(COMMENT.c.notebook_id.in_(some))):
                name, made = found[part]
                if cell in said_by[name]:
                    made["comments"][said_by[name][cell]] = manual if manual is not None else auto
        return {part: (name, Standing(**made)) for part, (name, made) in found.items()}


def _all_at_once(link: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        link.execute(statement, rows)


def _patient(connection: Any, _: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout = {WAIT * 1000}")
