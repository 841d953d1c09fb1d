"""What goes wrong when something is measured, in one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class MeasureError(ValueError):
    """A measure that is not defined for what it was given; str() is one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def confident(confidence: float) -> float:
    """The confidence, checked. Raises MeasureError unless it lies between 0 and 1.

    >>> confident(0.95)
    0.95
    """
    if not 0 < confidence < 1:
        raise MeasureError(f"A confidence of {confidence!r} is not possible: give one like 0.95.")
    return float(confidence)


def counted(k: Any, n: Any) -> tuple[int, int]:
    """Errors and trials as integers, checked.

    Raises MeasureError if there are no trials, a count is not whole, or errors exceed trials.

    >>> counted(3, 100)
    (3, 100)
    """
    try:
        whole = k == int(k) and n == int(n)
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise MeasureError(f"{k!r} errors in {n!r} trials: counts are whole numbers.")
    if n < 1:
        raise MeasureError("No trials: nothing was measured, so there is no rate and no interval.")
    if not 0 <= k <= n:
        raise MeasureError(f"{k} errors in {n} trials: errors lie between 0 and the trials.")
    return int(k), int(n)


def events(values: ArrayLike, what: str = "events") -> NDArray[np.float64]:
    """Yes-or-no values as 0.0 and 1.0, checked.

    Raises MeasureError if there are none, one is missing, or one is neither 0 nor 1.

    >>> events([True, False])
    array([1., 0.])
    """
    given = np.asarray(values)
    if given.ndim != 1 or given.size == 0:
        raise MeasureError(f"The {what} are one list with at least one entry.")
    try:
        numbers = given.astype(float)
    except (TypeError, ValueError) as error:
        raise MeasureError(f"The {what} are True or False; one is something else.") from error
    if not np.isin(numbers, (0.0, 1.0)).all():
        raise MeasureError(f"The {what} are True or False; one is missing or something else.")
    return numbers


def ids(values: ArrayLike, size: int, what: str = "people") -> tuple[NDArray[np.int64], int]:
    """Whose each entry is, as codes 0, 1, 2, ..., and how many there are.

    Raises MeasureError if one is missing or the lengths differ.

    >>> ids(["b", "a", "b"], 3)
    (array([1, 0, 1]), 2)
    """
    given = np.asarray(values)
    if given.shape != (size,):
        raise MeasureError(f"There are {size} entries and {given.size} {what}: give one for each.")
    if (given != given).any() or (given == None).any():  # noqa: E711 - elementwise
        raise MeasureError(f"One of the {what} is missing: say whose each entry is.")
    names, codes = np.unique(given, return_inverse=True)
    return codes.astype(np.int64), names.size
