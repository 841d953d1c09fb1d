"""Bytes to values, believing nothing; the format is told in `wire`."""

from __future__ import annotations

import array
from collections.abc import Callable
from typing import Any

from .extensions import EXTENSIONS
from .wire import C128, F64, I64, INTEGER_BYTES, U32, Budget, CodecError


class Reader:
    """Reads values out of bytes nobody vouches for; raises CodecError for anything odd.

    `other` rebuilds extension names this module does not know (handles, records); `known` are the
    numbered values of the message this one answers.
    """

    def __init__(
        self,
        data: bytes,
        budget: Budget | None = None,
        *,
        other: Callable[[str, Any], Any] | None = None,
        known: list[Any] | None = None,
    ) -> None:
        self.budget = budget or Budget()
        if len(data) > self.budget.size:
            raise CodecError("the message is too large")
        self.data = data
        self.at = 0
        self.other = other
        self.numbered: list[Any] = []
        self._known = known or []
        self._weights: list[int] = []
        self._nodes = 0
        self._depth = 0
        self._inside = 0

    def read(self) -> Any:
        """The next value."""
        self._nodes += 1
        if self._nodes > self.budget.nodes:
            raise CodecError("the value has too many parts")
        tag = self.data[self.at : self.at + 1]
        self.at += 1
        reader = _READERS.get(tag)
        if reader is None:
            raise CodecError("no such tag")
        self._depth += 1
        if self._depth > 2 * self.budget.depth:
            raise CodecError("the value is nested too deeply")
        value = reader(self)
        self._depth -= 1
        return value

    def end(self) -> None:
        """Refuse bytes after the last value."""
        if self.at != len(self.data):
            raise CodecError("bytes after the value")

    def take(self, count: int) -> bytes:
        """The next `count` bytes, which must be there."""
        start, self.at = self.at, self.at + count
        if self.at > len(self.data):
            raise CodecError("the message ends early")
        return self.data[start : self.at]

    def length(self, unit: int = 1) -> int:
        """A length whose items, of at least `unit` bytes each, must fit what is left."""
        (count,) = U32.unpack(self.take(4))
        if count * unit > len(self.data) - self.at:
            raise CodecError("a length beyond the end of the message")
        return count

    def text(self) -> str:
        """A text without tag."""
        try:
            return self.take(self.length()).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise CodecError("a text that is not UTF-8") from None

    def reserve(self) -> int:
        """Number the mutable value that starts here, unless it is part of a description."""
        if self._inside:
            return -1
        self.numbered.append(_UNFINISHED)
        self._weights.append(self._nodes)
        return len(self.numbered) - 1

    def finish(self, number: int, value: Any) -> Any:
        """The value numbered `number` is complete."""
        if number < 0:
            return value
        self.numbered[number] = value
        self._weights[number] = self._nodes - self._weights[number] + 1
        return value

    def items(self) -> list[Any]:
        """Items of a container, one by one."""
        return [self.read() for _ in range(self.length())]

    def repeated(self) -> Any:
        """A value mentioned before; its parts count again."""
        (number,) = U32.unpack(self.take(4))
        if number >= len(self.numbered) or self.numbered[number] is _UNFINISHED:
            raise CodecError("a reference to nothing")
        self._nodes += self._weights[number]
        if self._nodes > self.budget.nodes:
            raise CodecError("the value has too many parts")
        return self.numbered[number]

    def argument(self) -> Any:
        """A value of the message this one answers."""
        (number,) = U32.unpack(self.take(4))
        if number >= len(self._known):
            raise CodecError("a reference to no argument")
        return self._known[number]


_UNFINISHED = object()


def hashable(build: Callable[[Any], Any], items: Any) -> Any:
    """A set or dict out of items that may turn out not to be hashable."""
    try:
        return build(items)
    except TypeError:
        raise CodecError("a key that cannot be a key") from None


def _read_big(r: Reader) -> int:
    data = r.take(r.length())
    if len(data) > INTEGER_BYTES:
        raise CodecError("an integer with too many digits")
    return int.from_bytes(data, "little", signed=True)


def _read_bytearray(r: Reader) -> bytearray:
    number = r.reserve()
    return r.finish(number, bytearray(r.take(r.length())))


def _read_list(r: Reader) -> list[Any]:
    number = r.reserve()
    return r.finish(number, r.items())


def _read_set(r: Reader) -> set[Any]:
    number = r.reserve()
    return r.finish(number, hashable(set, r.items()))


def _read_dict(r: Reader) -> dict[Any, Any]:
    number = r.reserve()
    pairs = [(r.read(), r.read()) for _ in range(r.length(2))]
    return r.finish(number, hashable(dict, pairs))


def _read_bulk(r: Reader) -> Any:
    tag, kind = r.take(1), r.take(1)
    if tag not in (b"l", b"t", b"e", b"z"):
        raise CodecError("no such tag")
    number = r.reserve() if tag in (b"l", b"e") else -1
    if kind == b"s":
        count = r.length(4)
        sizes = array.array("I", r.take(4 * count))
        if sum(sizes) > len(r.data) - r.at:
            raise CodecError("a length beyond the end of the message")
        try:
            values: Any = [r.take(size).decode("utf-8", "surrogatepass") for size in sizes]
        except UnicodeDecodeError:
            raise CodecError("a text that is not UTF-8") from None
    elif kind in (b"q", b"d"):
        count = r.length(8)
        values = array.array(kind.decode(), r.take(8 * count)).tolist()
    else:
        raise CodecError("no such tag")
    r._nodes += count
    if r._nodes > r.budget.nodes:
        raise CodecError("the value has too many parts")
    build: Any = {b"l": list, b"t": tuple, b"e": set, b"z": frozenset}[tag]
    value = values if tag == b"l" else build(values)
    return r.finish(number, value)


def _read_extended(r: Reader) -> Any:
    name = r.text()
    extension = EXTENSIONS.find_named(name)
    if extension is None:
        if r.other is None:
            raise CodecError(f"no such kind of value: {name[:40]!r}")
        return r.other(name, r.read())
    number = r.reserve() if extension.mutable else -1
    r._inside += 1
    value = extension.rebuild(r.read())
    r._inside -= 1
    return r.finish(number, value)


_READERS: dict[bytes, Callable[[Reader], Any]] = {
    b"N": lambda r: None,
    b"T": lambda r: True,
    b"F": lambda r: False,
    b".": lambda r: ...,
    b"i": lambda r: I64.unpack(r.take(8))[0],
    b"I": _read_big,
    b"f": lambda r: F64.unpack(r.take(8))[0],
    b"c": lambda r: complex(*C128.unpack(r.take(16))),
    b"s": Reader.text,
    b"b": lambda r: r.take(r.length()),
    b"B": _read_bytearray,
    b"l": _read_list,
    b"t": lambda r: tuple(r.items()),
    b"e": _read_set,
    b"z": lambda r: hashable(frozenset, r.items()),
    b"d": _read_dict,
    b"R": Reader.repeated,
    b"P": Reader.argument,
    b"*": _read_bulk,
    b"x": _read_extended,
}


def loads(data: bytes, budget: Budget | None = None) -> Any:
    """The value in `data`, all of it."""
    reader = Reader(data, budget)
    value = reader.read()
    reader.end()
    return value
