"""Mark one submission: the trusted side's front door.

>>> from invigilator.marking import clamp
>>> clamp(float("nan"), 3.0), clamp(7.0, 3.0)
(0.0, 3.0)

What `Marker` consumes
----------------------
`skeleton`: anything with the attributes below (`invigilator.skeleton.Skeleton`), or the plain
dictionary its `to_json()` yields. Only these keys are read:

    assignment, notebook   names, used in messages and to derive seeds
    cells                  in order, each with
        id                 unique text
        grade_id           text or None
        kind               "answer" | "manual" | "locked" | "given" | "test"
        cell_type          "code" | "markdown" | "raw"
        source             the instructor's text, with solution and hidden tests
        points             float, for kind "test"
        names              names that the reference's answer cell binds or changes, () elsewhere
        mode               "split" | "legacy", for kind "test"
    facts                  what `measure` returned beside the names; stored and handed back as is
    records                dataclasses that cross by value: ["package.module:Name", ...]
    readable               folders student code and tests may read (a course's data), absolute paths
    folder                 files that lie beside the notebook, copied to the working folder; or None

`submission_cells`: the merged list in running order, plain dictionaries
    {"role": "answer"|"manual"|"locked"|"given"|"test"|"extra", "grade_id", "id", "cell_type",
     "source"}. For the roles locked, given and test the skeleton's own source is used, whatever the
    dictionary holds; cells of those roles that the skeleton does not know are not run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

GRADED = "graded"
UNREADABLE = "unreadable"
TIMED_OUT = "timed out"
OUT_OF_MEMORY = "out of memory"
DIED = "died"
INTERNAL_ERROR = "internal error"
STATUSES = (GRADED, UNREADABLE, TIMED_OUT, OUT_OF_MEMORY, DIED, INTERNAL_ERROR)


@dataclass(frozen=True)
class CellMark:
    """The mark of one test cell.

    score    points earned, 0 ≤ score ≤ max
    max      points of the cell
    outcome  "done" | "not yet" | "not tried" | "not reached" (the submission ended before it)
    message  one sentence, plain text without control characters; "" when done without remark
    outputs  nbformat outputs of the test cell, free of hidden test text
    mode     "split" | "legacy" (legacy: not tamper-proof)
    seconds  wall-clock time of the test
    """

    score: float
    max: float
    outcome: str
    message: str = ""
    outputs: tuple[dict[str, Any], ...] = ()
    mode: str = "split"
    seconds: float = 0.0


@dataclass(frozen=True)
class Marked:
    """What marking one submission gave; `Marker.mark` always returns one.

    status   one of STATUSES
    cells    grade_id of every test cell in the skeleton -> CellMark, whatever the status
    outputs  id of every code cell of `submission_cells` that ran -> nbformat outputs
    counts   id of every code cell that ran -> execution count
    layers   sandbox layers that were really active, in words
    seconds  wall-clock time of the whole submission
    notes    sentences for the teacher: cut output, killed processes, replays
    memory   peak private memory of the student's process in bytes, 0 if not measured
    """

    status: str
    cells: Mapping[str, CellMark]
    outputs: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    memory: int = 0


@dataclass(frozen=True)
class Measured:
    """What running the reference tells about an assignment.

    names  grade_id of an answer cell -> names it binds or changes, imports included
    facts  JSON-serialisable; keep it in the skeleton as `facts`
    """

    names: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Any]


def clamp(score: float, limit: float) -> float:
    """The score between 0 and `limit`; NaN is 0."""
    if math.isnan(score):
        return 0.0
    return min(max(score, 0.0), limit)


class Marker:
    """One worker: a zygote and a warm examiner parent, both started by exec.

    Use as a context manager; `mark` blocks and returns a `Marked` for every submission. `close` may
    be called twice, also after the children were killed. Raises `SandboxUnavailable` on entering
    when this machine cannot confine student code.
    """

    def __init__(
        self,
        skeleton: Any,
        *,
        sandbox: Any = None,
        limits: Any = None,
        seed: str = "",
        roster: Sequence[str] | None = None,
    ) -> None:
        raise NotImplementedError

    def __enter__(self) -> Marker:
        raise NotImplementedError

    def __exit__(self, *_: object) -> None:
        raise NotImplementedError

    def mark(self, submission_cells: Sequence[Mapping[str, Any]], student: str = "") -> Marked:
        """Mark one merged submission. Never raises for anything the student did."""
        raise NotImplementedError

    def close(self) -> None:
        """End both processes and everything below them."""
        raise NotImplementedError


def measure(skeleton: Any, *, sandbox: Any = None, limits: Any = None) -> Measured:
    """Run the reference in the sandbox; which names does each answer cell bind or change?"""
    raise NotImplementedError


def measure_names(skeleton: Any) -> dict[str, tuple[str, ...]]:
    """The names part of `measure`."""
    return dict(measure(skeleton).names)


@dataclass(frozen=True)
class Mode:
    """How a test cell is graded, and why it is legacy if it is."""

    mode: str
    why: str = ""


def decide_modes(
    skeleton: Any,
    wrong_answers: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    *,
    sandbox: Any = None,
    limits: Any = None,
) -> dict[str, Mode]:
    """grade_id of each test -> Mode: marks compared in one process and split.

    The reference, the stub and every wrong answer (grade_id of the answer -> [(name, source)]) are
    marked both ways; a test whose marks differ, or that needs a magic, becomes legacy. `skeleton`
    must carry the names and facts of `measure`, and `stub` on its answer cells.
    """
    raise NotImplementedError
