"""Whose data: a student id, and the random numbers that make this student's own data.

A variant derives from assignment, term and student id alone, so that the student's machine makes
the same data as the grader's. No secret enters here; hidden test inputs take their seed from
`invigilator.expect.seed`.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from typing import Any, Literal

import numpy as np
from invigilator import expect

LONGEST = 100
PLACEHOLDERS = {
    "", "...", "…", "?", "none", "id", "my id", "my-id", "my_id", "myid", "your id", "your-id",
    "your_id", "yourid", "your student id", "your-student-id", "your_student_id", "student",
    "student id", "student-id", "student_id", "studentid", "todo", "tbd", "xxx", "x", "name",
    "your name", "username", "user",
}  # fmt: skip
Owner = Literal["own", "unknown", "other", "not grading"]
WHERE = "the cell student-id"


def normalise(student_id: Any) -> str:
    """The id in the one form that is compared and seeds data.

    NFKC, casefold, no invisible characters, outer white space dropped, inner runs one space.
    A number typed without quotes counts as its digits. Raises expect.NotTried for an empty id or a
    placeholder, expect.NotYet for something that is no text.

    >>> normalise("  Ada  LOVELACE ")
    'ada lovelace'
    """
    if type(student_id) is int and 0 <= student_id < 10**LONGEST:
        student_id = str(student_id)
    if student_id is None or student_id is Ellipsis:
        raise _missing()
    if type(student_id) is not str:
        raise expect.NotYet(f"your student id must be a text in quotes; correct it in {WHERE}")
    text = student_id[: 10 * LONGEST]
    for _ in range(2):  # casefolding can leave text that NFKC changes again
        text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(" " if c.isspace() else c for c in text if c.isspace() or not _invisible(c))
    text = " ".join(text.split())
    if re.sub(r"^[<\[({\"'` ]+|[>\])}\"'` ]+$", "", text) in PLACEHOLDERS:
        raise _missing()
    if len(text) > LONGEST:
        raise expect.NotYet(
            f"your student id is longer than {LONGEST} letters; correct it in {WHERE}"
        )
    return text


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")


def _missing() -> expect.NotTried:
    return expect.NotTried(
        f"your student id still is missing; type it in quotes in {WHERE}, run that cell, "
        "then this one"
    )


def default_id() -> str:
    """The hub's user name on a JupyterHub, else an empty text."""
    return os.environ.get("JUPYTERHUB_USER", "")


def rng(assignment: str, term: str, student_id: Any) -> np.random.Generator:
    """The generator of this student's own data: same three texts, same numbers, on any system.

    SHA-256 of the three seeds a PCG64; NumPy keeps PCG64's stream, and the pins keep the methods
    that draw from it.

    >>> int(rng("ps01", "practice", "ada").integers(100))
    55
    >>> int(rng("ps01", "practice", " ADA ").integers(100))
    55
    """
    text = "\n".join(["realname variant", assignment, term, normalise(student_id)])
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest(), "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))


def owner(student_id: Any) -> Owner:
    """Whose id this is, seen from the submission being graded.

    "own": of the folder the submission came from; "other": of another student of the class;
    "unknown": in no list; "not grading": in a student's own kernel.

    >>> owner("ada")
    'not grading'
    """
    submission = expect.submission()
    if submission.student is None:
        return "not grading"
    mine = normalise(student_id)
    if mine == normalise(submission.student):
        return "own"
    others = {normalise(each) for each in submission.roster or ()}
    return "other" if mine in others else "unknown"


def require_own(student_id: Any) -> Owner:
    """Raise expect.NotYet if the id is that of another student of the class; else say whose it is.

    An id that is in no list passes: it is marked as typed. Both are flagged for the person who
    marks.

    >>> require_own("ada")
    'not grading'
    """
    whose = owner(student_id)
    if whose in ("other", "unknown"):
        typed = expect.shown(normalise(student_id))
        place = "another student of the class" if whose == "other" else "nobody in the class list"
        expect.flag(f"the student id {typed} typed here belongs to {place}")
    if whose == "other":
        raise expect.NotYet(
            "your student id is that of another student of this class, so this data is not yours; "
            f"type your own id in {WHERE} and run the notebook again"
        )
    return whose
