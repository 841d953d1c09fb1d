"""The three outcomes of a check: not tried, not yet, done. Each is one plain sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 600
"""Characters of the longest sentence that is shown."""

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def sentence(text: str) -> str:
    """One line of plain text: no line breaks, no terminal codes, no tags, bounded length.

    >>> sentence("two\\nlines \\x1b[31mred\\x1b[0m <b>bold")
    'two lines red \u2039b>bold.'
    """
    text = _ANSI.sub("", text)
    text = " ".join(text.split())
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    text = _TAG.sub("\u2039", text)
    if len(text) > LONGEST:
        text = text[: LONGEST - 2].rstrip() + " …"
    return text if text.endswith((".", "…", "?", "!", ":")) else text + "."


class _Outcome(AssertionError):  # noqa: N818 - see below
    """A check that did not pass. str() is the sentence; notebooks show it without a traceback."""

    opening = ""

    def __init__(self, text: str = "") -> None:
        text = text if text.startswith(self.opening) else f"{self.opening} {text}"
        super().__init__(sentence(text))

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class NotTried(_Outcome):  # noqa: N818 - an outcome shown to students, not an error of theirs
    """The answer still is the placeholder.

    >>> str(NotTried("the price still holds the placeholder"))
    'Not tried: the price still holds the placeholder.'
    """

    opening = "Not tried:"


class NotYet(_Outcome):  # noqa: N818 - an outcome shown to students, not an error of theirs
    """The answer was tried and a check does not hold.

    >>> NotYet("the price is 10.0")._render_traceback_()
    ['Not yet: the price is 10.0.']
    """

    opening = "Not yet:"


def done(what: str) -> None:
    """Print, as plain text, that every visible check of this answer passed.

    >>> done("the price of one face")
    Done: the price of one face — all visible checks passed.
    """
    print(sentence(f"Done: {what} — all visible checks passed"))  # noqa: T201 - its purpose


def marks(earned: float, out_of: float) -> float:
    """The number that, as last expression of a test cell, gives partial credit in nbgrader.

    Clamped to 0 … out_of; NaN is 0. A whole number stays whole.

    >>> marks(1.5, 4), marks(9, 4), marks(float("nan"), 4)
    (1.5, 4, 0)
    """
    if math.isnan(earned) or earned <= 0:
        return 0
    if earned >= out_of:
        return out_of
    return int(earned) if float(earned).is_integer() else float(earned)


_unmet: list[str] = []


def unmet() -> list[str]:
    """Sentences of the parts that failed since this was last asked. For graders.

    A grader shows them beside partial credit: what a hidden line prints is not kept.
    """
    said = list(dict.fromkeys(_unmet))
    _unmet.clear()
    return said


class Parts:
    """Partial credit: each part is checked, a part that fails is said and earns nothing.

    As the last expression of a test cell `parts.marks()` gives the sum. If no part was tried,
    or none holds, the first sentence is raised instead, so that the cell counts as failed.

    >>> parts = Parts()
    >>> with parts.part(1):
    ...     pass
    >>> with parts.part(2):
    ...     raise NotYet("the second part")
    Not yet: the second part.
    >>> parts.marks()
    1
    """

    def __init__(self) -> None:
        self.earned: float = 0
        self.out_of: float = 0
        self.failed: list[NotTried | NotYet] = []

    @contextmanager
    def part(self, points: float) -> Iterator[None]:
        """The checks inside earn `points` together."""
        self.out_of += points
        try:
            yield
        except (NotTried, NotYet) as outcome:
            self.failed.append(outcome)
            _unmet.append(str(outcome))
            print(outcome)  # noqa: T201 - a student reads it
        else:
            self.earned += points

    def marks(self) -> float:
        """Points earned; raises the first sentence if no part earned any."""
        if self.failed and self.earned == 0:
            raise self.failed[0] from None
        return marks(self.earned, self.out_of)
