"""What a value of one's own kind of text, number, container or table holds, as the plain kind.

Read by the plain kinds' own methods: what the class overrides is not asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

BASES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (bytes, lambda value: bytes.__getitem__(value, slice(None))),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
    (list, lambda value: list(list.__iter__(value))),
    (dict, lambda value: dict(dict.items(value))),
    (set, lambda value: set(set.__iter__(value))),
    (frozenset, lambda value: frozenset(frozenset.__iter__(value))),
)


def plain_base(value: Any) -> tuple[Any] | None:
    """The plain value in a tuple, None if the value's class derives from no plain kind.

    >>> class Celsius(float):
    ...     def __eq__(self, other): return True
    >>> plain_base(Celsius(7)), plain_base(7.0), plain_base(object())
    ((7.0,), None, None)
    """
    above = type.__dict__["__mro__"].__get__(type(value))[1:]
    pandas = sys.modules.get("pandas")
    tables = () if pandas is None else (
        (pandas.DataFrame, pandas.DataFrame), (pandas.Series, pandas.Series))
    for base, made in (*BASES, *tables):
        if any(kind is base for kind in above):
            return (made(value),)
    return None
