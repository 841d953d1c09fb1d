"""Budgets of one submission. Every figure is a ceiling that ends something; none is advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

MIB = 1 << 20
FILES_BESIDE = 64 * MIB  # what lies beside a notebook, in all


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    cell_seconds        wall clock of one student cell before it is interrupted
    grace_seconds       time an interrupted cell has to stop before the candidate is killed
    test_seconds        wall clock of one test cell, calls into the student's code included
    submission_seconds  wall clock of everything together
    rehearsal_seconds   wall clock of one cell while the processes warm up, before any submission
    cpu_seconds         processor time of one process
    memory              bytes of address space a process may add to the warm zygote's
    tree_memory         bytes of memory all the student's processes may hold together
    disk                bytes in the working folder
    files               files in the working folder
    processes           processes and threads of the student
    descriptors         open files of one process
    output              bytes one cell may put out; the rest is cut with a remark
    outputs             pieces of output one cell may put out
    submission_output   bytes all cells may put out
    message             bytes of one frame between examiner and candidate
    nodes, depth        size and nesting of one value that crosses
    drained             items taken from one generator
    calls               calls one test may make into the student's code
    replays             fresh starts after a test that hung or killed the examiner

    >>> Limits(cell_seconds=5).cell_seconds
    5
    """

    cell_seconds: float = 30.0
    grace_seconds: float = 1.0
    test_seconds: float = 30.0
    submission_seconds: float = 180.0
    rehearsal_seconds: float = 30.0
    cpu_seconds: int = 120
    memory: int = 1024 * MIB
    tree_memory: int = 1536 * MIB
    disk: int = 128 * MIB
    files: int = 4096
    processes: int = 64
    descriptors: int = 256
    output: int = 1 * MIB
    outputs: int = 1000
    submission_output: int = 16 * MIB
    message: int = 64 * MIB
    nodes: int = 2_000_000
    depth: int = 60
    drained: int = 10_000
    calls: int = 100_000
    replays: int = 2

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary for the processes started by exec."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Limits:
        """The inverse of `to_json`; keys this version does not know are an error."""
        known = {field.name for field in fields(cls)}
        unknown = set(data) - known
        if unknown:
            raise ValueError(f"unknown limits: {', '.join(sorted(unknown))}")
        return cls(**data)
