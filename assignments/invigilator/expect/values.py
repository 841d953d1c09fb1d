"""What a student gave, read as plain data.

A value is read by its exact type and by nothing it says about itself: no `==`, `__repr__`,
`__class__` or iteration of a student's own class ever runs. What cannot be read so becomes
`Opaque`, which equals nothing. NumPy and pandas are looked up only if somebody imported them.
"""

from __future__ import annotations

import collections
import datetime
import math
import sys
import types
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

DEEPEST = 40
MOST = 2_000_000
DRAINED = 100_000


@dataclass(frozen=True)
class Opaque:
    """Something that a check cannot read."""

    name: str


@dataclass(frozen=True)
class Missing:
    """pandas' NaT or NA: an empty cell."""


@dataclass(frozen=True, eq=False)
class Array:
    """A NumPy array or a pandas Series or Index, as plain items."""

    kind: str
    """array, column (Series) or index"""
    shape: tuple[int, ...]
    items: list
    labels: list | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """A pandas DataFrame, as plain columns."""

    names: list
    columns: list[list]
    labels: list
    label_names: list
    dtypes: list[str]
    rows: int


MISSING = Missing()
PLACEHOLDERS = ("", "...", "…", "___", "____", "?")
_SAME = (type(None), bool, int, float, str, bytes, complex, type(Ellipsis))
_DATES = (datetime.date, datetime.datetime, datetime.time, datetime.timedelta)
_MAPS = (dict, collections.Counter, collections.defaultdict, collections.OrderedDict)
_LISTS = (list, tuple, set, frozenset)
ITERATORS: tuple[type, ...] = (
    types.GeneratorType, map, filter, zip, range, enumerate, reversed, islice,
    type(iter([])), type(iter(())), type(iter({})), type(iter(set())), type(iter(range(0))),
    type(iter("")), type(iter(b"")), type(iter({}.items())), type(iter({}.values())),
    type(reversed([])), type({}.keys()), type({}.values()), type({}.items()),
)  # fmt: skip
CALLABLES = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    type,
)


def is_one_of(kind: type, kinds: Any) -> bool:
    """Whether a type is, by identity, one of several (a metaclass cannot lie here)."""
    return any(kind is each for each in kinds)


def type_name(value: Any) -> str:
    """The name of a value's type, not asking its metaclass.

    >>> type_name(3)
    'int'
    """
    return type.__dict__["__name__"].__get__(type(value))


def plain(value: Any, depth: int = 0) -> Any:
    """The value as built-in data, `Array`, `Frame`, `Missing` or `Opaque`. Never raises.

    >>> plain([1, {"a": (2.5, None)}])
    [1, {'a': (2.5, None)}]
    """
    kind = type(value)
    if is_one_of(kind, _SAME) or is_one_of(kind, _DATES):
        return value
    if depth > DEEPEST:
        return Opaque("too deeply nested")
    if is_one_of(kind, _LISTS):
        if len(value) > MOST:
            return Opaque(f"{kind.__name__} of {len(value)} entries")
        items = [plain(item, depth + 1) for item in value]
        return items if kind is list else tuple(items) if kind is tuple else _as_set(items, kind)
    if is_one_of(kind, _MAPS):
        if dict.__len__(value) > MOST:
            return Opaque(f"dict of {dict.__len__(value)} entries")
        return {
            _hashable(plain(key, depth + 1)): plain(item, depth + 1)
            for key, item in dict.items(value)
        }
    if _is_named_tuple(kind):
        return tuple(plain(item, depth + 1) for item in tuple.__iter__(value))
    return _from_library(value, kind, depth)


def _is_named_tuple(kind: type) -> bool:
    bases = type.__dict__["__mro__"].__get__(kind)[1:]
    own = type.__dict__["__dict__"].__get__(kind)
    return len(bases) == 2 and bases[0] is tuple and type(own.get("_fields")) is tuple


def _as_set(items: list, kind: type) -> Any:
    return kind(_hashable(item) for item in items)


def _hashable(item: Any) -> Any:
    try:
        hash(item)
    except TypeError:
        return Opaque(type_name(item))
    return item


def drained(value: Any) -> Any:
    """An iterator's first items as a list; anything else unchanged. Runs the student's code."""
    if is_one_of(type(value), ITERATORS):
        return list(islice(value, DRAINED))
    return value


def _from_library(value: Any, kind: type, depth: int) -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if kind is numpy.ndarray:
            return _from_array(value, numpy, depth)
        if is_one_of(kind, _numpy_scalars(numpy)):
            return _from_scalar(value, numpy)
    pandas = sys.modules.get("pandas")
    if pandas is not None and hasattr(pandas, "DataFrame"):
        if value is pandas.NaT or value is pandas.NA:
            return MISSING
        if kind is pandas.Timestamp:
            return value.to_pydatetime(warn=False)
        if kind is pandas.Timedelta:
            return value.to_pytimedelta()
        if kind is pandas.Series:
            return Array("column", (len(value),), items(value, depth), items(value.index, depth))
        if is_one_of(kind, _indexes(pandas)):
            return Array("index", (len(value),), items(value, depth))
        if kind is pandas.DataFrame:
            return _from_frame(value, depth)
    return Opaque(_handle_name(value, kind) or type_name(value))


def _handle_name(value: Any, kind: type) -> str:
    """What a handle of the marking engine stands for, as the student's own kernel would name it."""
    if not is_handle(kind):
        return ""
    about = str(object.__getattribute__(value, "_about"))
    if about.startswith("the class "):
        return "type"
    return about.removeprefix("a ").partition(" that is no plain data")[0]


def is_handle(kind: type) -> bool:
    """Whether a type is the marking engine's for what stays with the student's code."""
    stubs = sys.modules.get("invigilator.stubs")
    return stubs is not None and kind is getattr(stubs, "Opaque", None)


def is_function(value: Any) -> bool:
    """Whether a student's value can be called. Handles only look as if they could."""
    return callable(value) and not is_handle(type(value))


@lru_cache(maxsize=2)
def _numpy_scalars(numpy: Any) -> tuple[type, ...]:
    return tuple(set(numpy.sctypeDict.values()))


def _indexes(pandas: Any) -> tuple[type, ...]:
    return (pandas.Index, pandas.RangeIndex, pandas.DatetimeIndex, pandas.CategoricalIndex)


def _from_scalar(value: Any, numpy: Any) -> Any:
    if isinstance(value, numpy.datetime64):
        return MISSING if numpy.isnat(value) else value.astype("datetime64[us]").item()
    if isinstance(value, numpy.timedelta64):
        return MISSING if numpy.isnat(value) else value.astype("timedelta64[us]").item()
    if isinstance(value, numpy.void | numpy.object_):
        return Opaque(type(value).__name__)
    if isinstance(value, numpy.floating):
        return float(value)
    return value.item()


def _from_array(value: Any, numpy: Any, depth: int) -> Any:
    if value.size > MOST or value.dtype.kind == "V":
        return Opaque(f"array of {value.size} entries")
    if value.dtype.kind in "mM":
        flat = [_from_scalar(item, numpy) for item in value.ravel()]
    else:
        flat = [plain(item, depth + 1) for item in value.ravel().tolist()]
    return Array("array", tuple(value.shape), flat)


def items(column: Any, depth: int = 0) -> list:
    """The items of a Series or Index, plain."""
    return [plain(item, depth + 1) for item in column.tolist()]


def _from_frame(table: Any, depth: int) -> Any:
    rows, width = table.shape
    if rows * max(width, 1) > MOST:
        return Opaque(f"table of {rows} rows")
    return Frame(
        names=items(table.columns, depth),
        columns=[items(table.iloc[:, position], depth) for position in range(width)],
        labels=items(table.index, depth),
        label_names=[plain(name) for name in table.index.names],
        dtypes=[str(table.dtypes.iloc[position]) for position in range(width)],
        rows=rows,
    )


def is_number(value: Any) -> bool:
    """Whether plain data is a number; True and False are not.

    >>> is_number(1.5), is_number(True)
    (True, False)
    """
    return type(value) is int or type(value) is float


def is_nan(value: Any) -> bool:
    """Whether plain data is the float NaN."""
    return type(value) is float and math.isnan(value)


def is_placeholder(value: Any) -> bool:
    """Whether plain data still is a stub: `...`, None, an empty text or container, or only these.

    >>> is_placeholder({"a": ..., "b": ""}), is_placeholder(0), is_placeholder({"a": 1, "b": ...})
    (True, False, False)
    """
    if value is None or value is Ellipsis:
        return True
    if type(value) is str:
        return value.strip() in PLACEHOLDERS
    if type(value) is dict:
        return all(is_placeholder(item) for item in value.values())
    if is_one_of(type(value), _LISTS):
        return all(is_placeholder(item) for item in value)
    if type(value) is Frame:
        return value.rows == 0 and not value.names
    return False
