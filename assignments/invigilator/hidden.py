"""What a student may read of an exception that the answer raised while a hidden test called it.

Its text may hold the hidden input. Words stay that the answer itself contains or that Python's own
messages are made of; numbers and other words become dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WORD, DIGIT = re.compile(r"\w+"), re.compile(r"\d")
_MESSAGES = """
    a an and any argument arguments assignment at attribute be before but by callable can cannot
    concatenate contain convert could decode does division empty enough error exceeded expected few
    first float for from function get given got has hashable in index indices infinite initial int
    integer invalid is item iterable keyword large length list literal local many math max maximum
    min missing modulo module must name NaN NoneType not object of on operand or out overflow
    positional power range recursion referenced required result sequence set shape slice str string
    subscriptable supported takes than the to too tuple type types unexpected unhashable unpack
    unsupported value values variable was were with zero dict bool DataFrame Series
"""
PYTHON = frozenset(_MESSAGES.split())


def without_inputs(text: str, answers: Iterable[str]) -> str:
    """`text` with every word replaced that neither Python nor the answers would say.

    >>> without_inputs("no unit 'dozen' in 12 rows", ["raise ValueError(f'no unit {u!r} in rows')"])
    "no unit '…' in … rows"
    >>> without_inputs("list index out of range", [])
    'list index out of range'
    """
    known = PYTHON.union(*(WORD.findall(answer) for answer in answers))

    def shown(word: re.Match[str]) -> str:
        return word[0] if word[0] in known and not DIGIT.search(word[0]) else "…"

    return WORD.sub(shown, text)
