"""Which lines of a test are hidden; what a student may read of an exception raised there.

The text of an answer's exception may hold the hidden input. Words stay that the answer itself
contains or that Python's own messages are made of; numbers and other words become dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BEGIN, END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
BEGIN_SCHEME, END_SCHEME = "BEGIN MARK SCHEME", "END MARK SCHEME"
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


def hidden_lines(source: str) -> frozenset[int]:
    """Line numbers, from 1, of the hidden part of a test cell, marked as nbgrader looks for it.

    >>> sorted(hidden_lines("a\\n### BEGIN HIDDEN TESTS\\nb\\n# END HIDDEN TESTS\\nc"))
    [2, 3, 4]
    """
    found, inside = set(), False
    for number, line in enumerate(source.split("\n"), 1):
        inside = inside or BEGIN in line
        if inside:
            found.add(number)
        if END in line:
            inside = False
    return frozenset(found)


def shown(source: str) -> str:
    """A test cell without its hidden parts, still a program, its lines where they were.

    >>> shown("for n in a:\\n  ### BEGIN HIDDEN TESTS\\n  b(n)\\n  ### END HIDDEN TESTS\\nc")
    'for n in a:\\n  pass\\n\\n\\nc'
    """
    hidden = hidden_lines(source)
    found = []
    for number, line in enumerate(source.split("\n"), 1):
        begins = number in hidden and BEGIN in line
        indent = line[: len(line) - len(line.lstrip())]
        found.append(f"{indent}pass" if begins else "" if number in hidden else line)
    return "\n".join(found)


def without_inputs(text: str, answers: Iterable[str]) -> str:
    """`text` with every word replaced that neither Python nor the answers would say.

    >>> without_inputs("no unit 'dozen' in 12 rows", ["raise ValueError(f'no unit {u!r} in rows')"])
    "no unit '…' in … rows"
    >>> without_inputs("list index out of range", [])
    'list index out of range'
    """
    known = PYTHON.union(*(WORD.findall(answer) for answer in answers))

    def kept(word: re.Match[str]) -> str:
        return word[0] if word[0] in known and not DIGIT.search(word[0]) else "…"

    return WORD.sub(kept, text)
