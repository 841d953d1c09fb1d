"""Checks that students and graders share.

Every check takes first what the student gave. It passes silently, or raises `NotTried` or
`NotYet` with one plain sentence, shown without a traceback. Importing this package loads the
standard library only.

>>> from invigilator import expect
>>> expect.close(0.1 + 0.2, 0.3, "the sum")
>>> expect.done("the sum")
Done: the sum — all visible checks passed.
"""

from .cells import figures, listen_here, printed, provide, source
from .checks import choice, clear, close, count_right, entries, equal, kind, mapping, number, tried
from .frames import table
from .functions import Case, Refusal, case, function
from .outcomes import NotTried, NotYet, Parts, done, marks, unmet
from .pictures import axes, digest, drawn, figure, labelled
from .submissions import Submission, begin, flag, flags, seed, submission
from .words import show as shown

__all__ = [
    "Case",
    "NotTried",
    "NotYet",
    "Parts",
    "Refusal",
    "Submission",
    "axes",
    "begin",
    "case",
    "choice",
    "clear",
    "close",
    "count_right",
    "digest",
    "done",
    "drawn",
    "entries",
    "equal",
    "figure",
    "figures",
    "flag",
    "flags",
    "function",
    "kind",
    "labelled",
    "mapping",
    "marks",
    "number",
    "printed",
    "provide",
    "seed",
    "shown",
    "source",
    "submission",
    "table",
    "tried",
    "unmet",
]

listen_here()
