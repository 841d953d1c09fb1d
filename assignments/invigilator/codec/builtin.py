"""Extensions for types of the standard library."""

from __future__ import annotations

import datetime
import types
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter
from pathlib import PosixPath, PurePosixPath
from typing import Any

from .extensions import EXTENSIONS, Extension, expect
from .wire import CodecError

FACTORIES = {
    kind.__name__: kind for kind in (int, float, complex, str, bytes, list, tuple, dict, set, bool)
}
NAMED_FIELDS = 64
PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray, type(...))


def expect_inert(value: Any, allowed: tuple[type, ...] = ()) -> Any:
    """Refuse data that holds something callable: as an attribute it would pass for a method.

    Instances of `allowed` classes have been through this already.
    """
    pending = [value]
    while pending:
        part = pending.pop()
        if type(part) is dict:
            pending += [*part.keys(), *part.values()]
        elif type(part) in (list, tuple, set, frozenset, deque):
            pending += part
        else:
            expect(
                type(part) in PLAIN
                or type(part) in allowed
                or (EXTENSIONS.find(type(part)) is not None and not callable(part)),
                "a value with attributes that holds something that is no data",
            )
    return value


def _exact(value: Any, *kinds: type) -> Any:
    expect(type(value) in kinds, "a part of the wrong type")
    return value


def _parts(value: Any, *kinds: type | tuple[type, ...]) -> tuple[Any, ...]:
    expect(type(value) is tuple and len(value) == len(kinds), "parts are missing")
    for part, kind in zip(value, kinds, strict=True):
        _exact(part, *(kind if isinstance(kind, tuple) else (kind,)))
    return value


def _zone(value: datetime.datetime | datetime.time) -> Any:
    zone = value.tzinfo
    if zone is None:
        return None
    if type(zone) is zoneinfo.ZoneInfo and zone.key:
        return zone.key
    if type(zone) is datetime.timezone:
        offset = zone.utcoffset(None)
        return offset.days * 86400 + offset.seconds
    raise CodecError("a date with a time zone of its own kind")


def zone_named(value: Any) -> datetime.tzinfo | None:
    """A time zone out of None, seconds east of Greenwich, or an IANA key."""
    if value is None:
        return None
    if type(value) is int:
        return datetime.timezone(datetime.timedelta(seconds=value))
    return zoneinfo.ZoneInfo(_exact(value, str))


def _describe_datetime(value: datetime.datetime) -> Any:
    parts = (value.year, value.month, value.day, value.hour, value.minute, value.second)
    return (*parts, value.microsecond, value.fold, _zone(value))


def _rebuild_datetime(parts: Any) -> datetime.datetime:
    *numbers, fold, zone = _parts(parts, *[int] * 8, (type(None), int, str))
    moment = datetime.datetime(*numbers)
    return moment.replace(tzinfo=zone_named(zone), fold=fold)


def _describe_time(value: datetime.time) -> Any:
    return (value.hour, value.minute, value.second, value.microsecond, value.fold, _zone(value))


def _rebuild_time(parts: Any) -> datetime.time:
    *numbers, fold, zone = _parts(parts, *[int] * 5, (type(None), int, str))
    return datetime.time(*numbers).replace(tzinfo=zone_named(zone), fold=fold)


def _like(factory: Any) -> str:
    """The plain type whose empty value a factory makes, "" if none: then missing keys raise."""
    try:
        made = factory()
    except Exception:  # noqa: BLE001 - a function of the student's
        return ""
    kind = type(made)
    return kind.__name__ if FACTORIES.get(kind.__name__) is kind and made == kind() else ""


def _describe_default(value: defaultdict[Any, Any]) -> Any:
    factory = value.default_factory
    name = None if factory is None else getattr(factory, "__name__", "")
    if name is not None and FACTORIES.get(name) is not factory:
        name = _like(factory)
    return (name, dict(value))


def _rebuild_default(parts: Any) -> Any:
    name, items = _parts(parts, (type(None), str), dict)
    return defaultdict(FACTORIES[name] if name else None, items)


def _add(kind: type, describe: Any, rebuild: Any, *, mutable: bool = False) -> None:
    EXTENSIONS.add(Extension(kind.__name__, kind, describe, rebuild, mutable=mutable))


_add(
    datetime.date,
    lambda v: (v.year, v.month, v.day),
    lambda p: datetime.date(*_parts(p, int, int, int)),
)
_add(datetime.datetime, _describe_datetime, _rebuild_datetime)
_add(datetime.time, _describe_time, _rebuild_time)
_add(
    datetime.timedelta,
    lambda v: (v.days, v.seconds, v.microseconds),
    lambda p: datetime.timedelta(*_parts(p, int, int, int)),
)
_add(zoneinfo.ZoneInfo, lambda v: v.key, lambda p: zoneinfo.ZoneInfo(_exact(p, str)))
_add(
    datetime.timezone,
    lambda v: _zone(datetime.time(tzinfo=v)),
    lambda p: zone_named(_exact(p, int)),
)
_add(Decimal, str, lambda p: Decimal(_exact(p, str)))
_add(
    Fraction,
    lambda v: (v.numerator, v.denominator),
    lambda p: Fraction(*_parts(p, int, int)),
)
_add(range, lambda v: (v.start, v.stop, v.step), lambda p: range(*_parts(p, int, int, int)))
_add(
    slice,
    lambda v: (v.start, v.stop, v.step),
    lambda p: slice(*_parts(p, *[(int, type(None))] * 3)),
)
_add(PosixPath, str, lambda p: PosixPath(_exact(p, str)))
_add(PurePosixPath, str, lambda p: PurePosixPath(_exact(p, str)))
_add(Counter, dict, lambda p: Counter(_exact(p, dict)), mutable=True)
_add(
    OrderedDict,
    lambda v: list(v.items()),
    lambda p: OrderedDict(_exact(p, list)),
    mutable=True,
)
_add(defaultdict, _describe_default, _rebuild_default, mutable=True)
_add(
    deque,
    lambda v: (list(v), v.maxlen),
    lambda p: deque(*_parts(p, list, (int, type(None)))),
    mutable=True,
)
_add(
    types.SimpleNamespace,
    lambda v: dict(vars(v)),
    lambda p: types.SimpleNamespace(**expect_inert(_exact(p, dict))),
    mutable=True,
)
_add(type(NotImplemented), lambda v: None, lambda p: NotImplemented)


class View:
    """A dictionary's keys, values or items; rebuilt over a dictionary of the reader's own."""

    @staticmethod
    def values(items: list[Any]) -> Any:
        """`dict.values()` of a dictionary with these values."""
        return dict(enumerate(items)).values()


_add(type({}.keys()), list, lambda p: dict.fromkeys(_exact(p, list)).keys())
_add(type({}.values()), list, lambda p: View.values(_exact(p, list)))
_add(type({}.items()), list, lambda p: dict(_exact(p, list)).items())


class NamedTuples:
    """Tuple types with field names, built anew on the reading side (no source is evaluated).

    >>> point = NamedTuples().rebuild(("Point", ("x", "y"), (1, 2)))
    >>> point.y, point == (1, 2)
    (2, True)
    """

    def __init__(self) -> None:
        self._made: dict[tuple[str, tuple[str, ...]], type] = {}

    @staticmethod
    def is_named(kind: type) -> bool:
        """Was `kind` made by `collections.namedtuple` or `typing.NamedTuple`?"""
        fields = kind.__dict__.get("_fields")
        return (
            kind.__mro__[1:] == (tuple, object)
            and type(fields) is tuple
            and all(type(field) is str for field in fields)
        )

    @staticmethod
    def describe(value: Any) -> Any:
        """Type name, field names and items."""
        return (type(value).__name__, type(value).__dict__["_fields"], tuple(tuple.__iter__(value)))

    def rebuild(self, parts: Any) -> Any:
        """A tuple of a type of ours with those fields."""
        name, names, items = _parts(parts, str, tuple, tuple)
        if len(names) != len(items) or len(names) > NAMED_FIELDS:
            raise CodecError("a named tuple whose fields do not fit")
        for field in (name, *names):
            expect(type(field) is str and field.isidentifier(), "a field that is no name")
            expect(not field.startswith("_"), "a field with a reserved name")
        made = self._made.get((name, names))
        if made is None:
            made = self._made[(name, names)] = self._make(name, names)
        return tuple.__new__(made, items)

    @staticmethod
    def _make(name: str, names: tuple[str, ...]) -> type:
        def show(self: Any) -> str:
            return f"{name}({', '.join(f'{n}={v!r}' for n, v in zip(names, self, strict=True))})"

        body: dict[str, Any] = {"__slots__": (), "_fields": names, "__repr__": show}
        body["_asdict"] = lambda self: dict(zip(names, self, strict=True))
        for index, field in enumerate(names):
            body[field] = property(itemgetter(index))
        return type(name, (tuple,), body)
