"""What marking gives: plain records, free of any machinery.

>>> clamp(float("nan"), 3.0), clamp(7.0, 3.0)
(0.0, 3.0)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
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
    unread   a value that the test asked something of and could not look into, "" if none
    """

    score: float
    max: float
    outcome: str
    message: str = ""
    outputs: tuple[dict[str, Any], ...] = ()
    mode: str = "split"
    seconds: float = 0.0
    unread: str = ""


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


def clamp(score: float, limit: float) -> float:
    """The score between 0 and `limit`; NaN is 0."""
    if math.isnan(score):
        return 0.0
    return min(max(score, 0.0), limit)
