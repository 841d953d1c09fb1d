"""What can happen to a submission, and how it is said to students and teachers."""

from __future__ import annotations

from typing import Any

GRADED = "graded"
UNREADABLE = "unreadable"
TIMED_OUT = "timed out"
OUT_OF_MEMORY = "out of memory"
DIED = "died"
INTERNAL = "internal error"

PLAIN = {
    GRADED: "Every automatic check was run.",
    UNREADABLE: "The file could not be read as a notebook, so no automatic check could be run. "
                "Open it in JupyterLab, save it, and hand it in again.",
    TIMED_OUT: "The notebook used more time than it may. Checks that were not reached count 0. "
               "Look for a loop that never ends.",
    OUT_OF_MEMORY: "The notebook used more memory than it may. Checks that were not reached count "
                   "0. Look for a list or table that grows without end.",
    DIED: "The notebook ended Python itself while it ran (for example with exit()). Checks that "
          "were not reached count 0.",
    INTERNAL: "The checks could not be run. This is our fault, not yours: tell your teacher. "
              "No automatic mark stands until it is repaired.",
}

OUTCOMES = {
    "done": "done",
    "partly": "partly done",
    "not yet": "not yet",
    "not tried": "not tried",
    "not marked": "not marked",
    "manual": "marked by a person",
}


def sentence(status: str, problem: str = "") -> str:
    """The plain words for a status; a known problem is said first.

    >>> sentence("graded")
    'Every automatic check was run.'
    >>> sentence("unreadable", "The file is empty.")
    'The file is empty. No automatic check could be run.'
    """
    if status == UNREADABLE and problem:
        return f"{problem} No automatic check could be run."
    return " ".join(part for part in (problem, PLAIN.get(status, "")) if part)


def clamp(value: Any, most: float) -> float:
    """A partial credit as it counts: a finite number from 0 to the points of the cell.

    >>> clamp(float("nan"), 3), clamp(7, 3), clamp(-1, 3), clamp(1.5, 3)
    (0.0, 3.0, 0.0, 1.5)
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    if number != number:
        return 0.0
    return min(max(number, 0.0), float(most))
