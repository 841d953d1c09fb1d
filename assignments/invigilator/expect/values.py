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
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

DEEPEST = 40
MOST = 1_000_000
MOST_COLUMNS = 2_000
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
    for each in kinds:  # noqa: SIM110 - read for every item of a student's data
        if kind is each:
            return True
    return False


def type_name(value: Any) -> str:
    """The name of a value's type, not asking its metaclass.

    >>> type_name(3)
    'int'
    """
    return type.__dict__["__name__"].__get__(type(value))


def plain(value: Any) -> Any:
    """The value as built-in data, `Array`, `Frame`, `Missing` or `Opaque`. Never raises.

    >>> plain([1, {"a": (2.5, None)}])
    [1, {'a': (2.5, None)}]
    """
    return _Reading().read(value, 0)


class _Reading:
    """One value being read, with a ceiling for all its parts together: a few lists that hold one
    another can stand for more entries than there is memory."""

    def __init__(self) -> None:
        self.left = MOST

    def read(self, value: Any, depth: int) -> Any:
        self.left -= 1
        kind = type(value)
        if is_one_of(kind, _SAME):
            return value
        if is_one_of(kind, _DATES):
            return value if _has_known_zone(value) else Opaque(kind.__name__)
        if depth > DEEPEST or self.left < 0:
            return Opaque("too deeply nested" if depth > DEEPEST else "too large")
        if is_one_of(kind, _LISTS):
            items = self.every(value, depth)
            if kind is list or kind is tuple:
                return items if kind is list else tuple(items)
            return kind(_hashable(item) for item in items)
        if is_one_of(kind, _MAPS):
            keys = self.every(dict.keys(value), depth)
            return dict(
                zip(map(_hashable, keys), self.every(dict.values(value), depth), strict=False)
            )
        if _is_named_tuple(kind):
            return tuple(self.every(tuple.__iter__(value), depth))
        return self.from_library(value, kind, depth)

    def every(self, values: Iterable[Any], depth: int) -> list:
        """The parts of a value, no more than the ceiling allows."""
        parts = []
        for value in islice(values, self.left + 1):
            kind = type(value)
            if kind is float or kind is int or kind is str:
                self.left -= 1
                parts.append(value)
            else:
                parts.append(self.read(value, depth + 1))
            if self.left < 0:
                break
        return parts

    def from_library(self, value: Any, kind: type, depth: int) -> Any:
        numpy = sys.modules.get("numpy")
        if numpy is not None and hasattr(numpy, "sctypeDict"):
            if kind is numpy.ndarray:
                return self.array(value, numpy, depth)
            if is_one_of(kind, _numpy_scalars(numpy)):
                return _from_scalar(value, numpy)
        pandas = sys.modules.get("pandas")
        if pandas is not None and hasattr(pandas, "DataFrame"):
            if value is pandas.NaT or value is pandas.NA:
                return MISSING
            if kind is pandas.Timestamp or kind is pandas.Timedelta:
                return self.read(_without_nanoseconds(value, pandas), depth)
            if kind is pandas.Series and _is_known(value, pandas):
                labels = self.every(value.index.tolist(), depth)
                return Array("column", value.shape, self.every(value.tolist(), depth), labels)
            if kind is pandas.DataFrame:
                return self.frame(value, pandas, depth)
            if is_one_of(kind, _parts_of(pandas)) and _is_known(value, pandas):
                return Array("index", value.shape, self.every(value.tolist(), depth))
        return Opaque(_handle_name(value, kind) or type_name(value))

    def array(self, value: Any, numpy: Any, depth: int) -> Any:
        if value.size > self.left or value.dtype.kind == "V":
            return Opaque(f"array of {value.size} entries")
        if value.dtype.kind in "mM":
            flat = [_from_scalar(item, numpy) for item in value.ravel()]
        else:
            flat = self.every(value.ravel().tolist(), depth)
        return Array("array", tuple(value.shape), flat)

    def frame(self, table: Any, pandas: Any, depth: int) -> Any:
        rows, width = table.shape
        columns = [table.iloc[:, position] for position in range(min(width, MOST_COLUMNS))]
        known = all(_is_known(column, pandas) for column in (*columns, table.columns))
        if not known or width > MOST_COLUMNS or rows * width > self.left:
            return Opaque(f"table of {rows} rows and {width} columns")
        return Frame(
            names=self.every(table.columns.tolist(), depth),
            columns=[self.every(column.tolist(), depth) for column in columns],
            labels=self.every(table.index.tolist(), depth),
            label_names=[self.read(name, depth + 1) for name in table.index.names],
            rows=rows,
        )


def _is_named_tuple(kind: type) -> bool:
    bases = type.__dict__["__mro__"].__get__(kind)[1:]
    own = type.__dict__["__dict__"].__get__(kind)
    return len(bases) == 2 and bases[0] is tuple and type(own.get("_fields")) is tuple


def _has_known_zone(value: Any) -> bool:
    """Whether a date's zone, if it has one, is not the student's own class."""
    zone = value.tzinfo if is_one_of(type(value), _DATES[1:3]) else None
    if zone is None or type(zone) is datetime.timezone:
        return True
    zoneinfo = sys.modules.get("zoneinfo")
    return zoneinfo is not None and type(zone) is zoneinfo.ZoneInfo


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


@lru_cache(maxsize=2)
def _parts_of(pandas: Any) -> tuple[type, ...]:
    """pandas' own kinds of index and of column, all public."""
    return tuple(
        each
        for each in vars(pandas).values()
        if type.__subclasscheck__(type, type(each))
        and (issubclass(each, pandas.Index) or each.__name__.endswith("Dtype"))
    )


def _is_known(column: Any, pandas: Any) -> bool:
    """Whether a Series or Index holds its items in a way that NumPy or pandas brought: a student's
    own extension type would run its code when read."""
    numpy = sys.modules["numpy"]
    index = column.index if type(column) is pandas.Series else column
    dtype = column.dtype
    return is_one_of(type(index), _parts_of(pandas)) and (
        isinstance(dtype, numpy.dtype) or is_one_of(type(dtype), _parts_of(pandas))
    )


def _without_nanoseconds(value: Any, pandas: Any) -> Any:
    if type(value) is pandas.Timedelta:
        return value.to_pytimedelta()
    return value.to_pydatetime(warn=False)


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
