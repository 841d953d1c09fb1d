"""Plain words for values and kinds of values. Reads plain data only (see values.plain)."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

from .values import Array, Frame, Missing, Opaque, is_one_of

LONG_TEXT = 70
MANY = 6

_KINDS: dict[type, str] = {
    type(None): "nothing (None)",
    type(Ellipsis): "the placeholder …",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    complex: "a complex number",
    str: "a text in quotes",
    bytes: "raw bytes",
    list: "a list",
    tuple: "a tuple (values in round brackets)",
    set: "a set",
    frozenset: "a frozen set",
    dict: "a dictionary (names and values in curly brackets)",
    datetime.date: "a date",
    datetime.datetime: "a date with a time",
    datetime.time: "a time of day",
    datetime.timedelta: "a length of time",
    Missing: "an empty cell",
    Frame: "a table",
}
_ARRAYS = {
    "array": "a NumPy array",
    "column": "a column (pandas Series)",
    "index": "a pandas index",
}


def kind_of(value: Any) -> str:
    """The kind of a plain value, in plain words.

    >>> kind_of("0.5"), kind_of([1])
    ('a text in quotes', 'a list')
    """
    if type(value) is Array:
        return _ARRAYS[value.kind]
    if type(value) is Opaque:
        return f"an object of another kind ({word(value.name)})"
    return _KINDS.get(type(value), "something else")


def kind_word(kind: Any) -> str:
    """The words for a type that a check asks for."""
    if type(kind) is type and kind in _KINDS:
        return _KINDS[kind]
    name = getattr(kind, "__name__", str(kind))
    return {
        "DataFrame": "a table (pandas DataFrame)",
        "Series": "a column (pandas Series)",
        "ndarray": "a NumPy array",
        "function": "a function",
    }.get(name, f"a {name}")


def word(text: str, limit: int = 40) -> str:
    """A short printable form of a name."""
    return "".join(c for c in text if c.isprintable())[:limit]


def show(value: Any, depth: int = 0) -> str:
    """A short, safe text for plain data, as one would type it.

    >>> show("x" * 100)[-23:], show(list(range(9)))
    ('… (100 characters long)', '[0, 1, 2, 3, 4, 5, … 9 entries]')
    >>> show(10**5000)
    'a whole number of about 5000 digits'
    """
    if type(value) is str or type(value) is bytes:
        if len(value) <= LONG_TEXT:
            return repr(value)
        return f"{value[: LONG_TEXT - 20]!r}… ({len(value)} characters long)"
    if type(value) is int and value.bit_length() > 300:
        return f"a whole number of about {int(value.bit_length() * 0.30103)} digits"
    if type(value) is float or type(value) is int or type(value) is bool or value is None:
        return repr(value)
    if value is Ellipsis:
        return "…"
    if type(value) is datetime.datetime or type(value) is datetime.date:
        return value.isoformat(*([" "] if type(value) is datetime.datetime else []))
    if type(value) is datetime.time or type(value) is datetime.timedelta:
        return str(value)
    if depth >= 3 and is_one_of(type(value), (dict, list, tuple, set, frozenset)) and value:
        return f"… {len(value)} entries"
    if type(value) is dict:
        pairs = [f"{show(key, 9)}: {show(item, depth + 1)}" for key, item in _first(value.items())]
        return _bracketed("{", pairs, "}", len(value))
    if type(value) is list or type(value) is tuple:
        left, right = ("[", "]") if type(value) is list else ("(", ")")
        only = "," if type(value) is tuple and len(value) == 1 else ""
        texts = [show(item, depth + 1) for item in _first(value)]
        return _bracketed(left, texts, only + right, len(value))
    if type(value) is set or type(value) is frozenset:
        texts = sorted(show(item, depth + 1) for item in value)
        return _bracketed("{", texts[:MANY], "}", len(value)) if texts else "an empty set"
    if type(value) is Array:
        shape = " × ".join(str(size) for size in value.shape)
        texts = [show(item, 9) for item in _first(value.items)]
        inside = _bracketed("[", texts, "]", len(value.items))
        return inside if len(value.shape) == 1 else f"an array of {shape}"
    if type(value) is Frame:
        names = ", ".join(show(name, 9) for name in value.names[:MANY])
        return f"a table of {value.rows} rows with the columns {names}"
    return kind_of(value)


def _first(values: Any) -> list:
    return [item for item, _ in zip(values, range(MANY), strict=False)]


def _bracketed(left: str, texts: list[str], right: str, size: int) -> str:
    more = f", … {size} entries" if size > MANY else ""
    return f"{left}{', '.join(texts)}{more}{right}"


def listed(names: Collection[Any]) -> str:
    """Names in a row: 'a', 'b' and 'c', at most six.

    >>> listed(["a", "b", "c"])
    "'a', 'b' and 'c'"
    """
    texts = [show(name) for name in _first(names)]
    if len(names) > MANY:
        texts.append(f"{len(names) - MANY} more")
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
