"""What the reference run tells: names of answers, and which tests cannot be split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

@dataclass(frozen=True)
class Measured:
    """What running the reference tells about an assignment.

    names  grade_id of an answer cell -> names it binds or changes, imports included
    facts  JSON-serialisable; keep it in the skeleton as `facts`
    """

    names: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Any]


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
