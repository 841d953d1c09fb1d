"""Where a check runs: in a student's own kernel, or over a submission that is being graded."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .outcomes import sentence

VARIABLE = "INVIGILATOR_SUBMISSION"


@dataclass(frozen=True)
class Submission:
    """Whose submission is graded. All None in a student's kernel.

    student: id of the folder it came from; roster: all ids of the class, None if not known;
    seed: the recorded seed of this assignment and collection.
    """

    student: str | None = None
    roster: tuple[str, ...] | None = None
    seed: int | str | None = None


NOT_GRADING = Submission()


def from_text(text: str) -> Submission:
    """A submission from the JSON text of the environment variable.

    >>> from_text('{"student": "ada", "roster": ["ada"], "seed": 7}')
    Submission(student='ada', roster=('ada',), seed=7)
    """
    try:
        fields: Any = json.loads(text)
    except ValueError:
        fields = None
    if type(fields) is not dict or not fields.keys() <= {"student", "roster", "seed"}:
        raise ValueError(f'{VARIABLE} must be JSON with "student", "roster" and "seed" only.')
    return from_fields(fields)


def from_fields(fields: Mapping[str, Any]) -> Submission:
    """A submission from a mapping, every field optional."""
    roster = fields.get("roster")
    return Submission(
        student=None if fields.get("student") is None else str(fields["student"]),
        roster=None if roster is None else tuple(str(student) for student in roster),
        seed=fields.get("seed"),
    )


class _Here:
    flags: ClassVar[list[str]] = []
    """The submission of this process: read once, so that later changes of the environment by a
    student's code are not seen."""

    current: Submission = from_text(os.environ[VARIABLE]) if VARIABLE in os.environ else NOT_GRADING


def submission() -> Submission:
    """The submission under check; all fields None in a student's kernel."""
    return _Here.current


def begin(context: Submission | Mapping[str, Any] | None) -> None:
    """Set the submission under check (None: a student's kernel). For graders and tests."""
    _Here.flags = []
    if context is None:
        _Here.current = NOT_GRADING
    elif isinstance(context, Submission):
        _Here.current = context
    else:
        _Here.current = from_fields(context)


def flag(text: str) -> None:
    """Say, where a person who marks will see it, what is odd about this submission.

    It costs no marks. Outside of grading nothing happens.
    """
    line = sentence(f"For the person who marks: {text}")
    if _Here.current.student is not None and line not in _Here.flags:
        _Here.flags.append(line)
        print(line)  # noqa: T201 - stands in the autograded notebook


def flags() -> list[str]:
    """What was flagged since `begin`. For graders."""
    return list(_Here.flags)


def seed(name: str) -> int:
    """A seed for random test inputs: the same for all students of an assignment and collection.

    In a student's kernel it depends on the name alone. Between 0 and 2**63 - 1.

    >>> seed("q1") == seed("q1") != seed("q2")
    True
    """
    text = f"invigilator\n{_Here.current.seed}\n{name}"
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") >> 1
