"""Values to bytes; the format is told in `wire`."""

from __future__ import annotations

import array
from collections.abc import Callable
from itertools import chain
from typing import Any

from .extensions import EXTENSIONS, Extension
from .wire import BULK, C128, F64, I64, INT64, INTEGER_BYTES, U32, Budget, CodecError


class Writer:
    """Writes values; keeps those it has written alive, as identity is their number.

    `known` seeds the table of numbered values with those of the message being answered, so that an
    argument handed back is recognised as the argument itself.
    """

    def __init__(
        self,
        budget: Budget | None = None,
        *,
        other: Callable[[Writer, Any], None] | None = None,
        known: list[Any] | None = None,
    ) -> None:
        self.budget = budget or Budget()
        self.out = bytearray()
        self.other = other
        self.numbered: list[Any] = []
        self._known = {id(value): number for number, value in enumerate(known or ())}
        self._keep = known
        self._numbers: dict[int, int] = {}
        self._open: set[int] = set()
        self._depth = 0
        self._nodes = 0
        self._inside = 0  # in how many descriptions we are: parts of those have no numbers

    def write(self, value: Any) -> None:
        """Append one value; raises CodecError for what is not plain and has no hook."""
        self._nodes += 1
        if self._nodes > self.budget.nodes:
            raise CodecError("the value has too many parts")
        if len(self.out) > self.budget.size:
            raise CodecError("the value is too large")
        writer = _WRITERS.get(type(value))
        if writer is not None:
            writer(self, value)
            return
        extension = EXTENSIONS.find(type(value))
        if extension is not None:
            self.extended(value, extension)
        elif self.other is not None:
            self.other(self, value)
        else:
            raise CodecError(f"a {type(value).__name__} is not plain data")

    def extended(self, value: Any, extension: Extension) -> None:
        """Append a value of an extension type: its name and its plain description."""
        if extension.mutable and self.reference(value):
            return
        self._inside += 1
        self.tagged(extension.name, extension.describe(value))
        self._inside -= 1
        if extension.mutable:
            self._open.discard(id(value))

    def tagged(self, name: str, description: Any) -> None:
        """Append `description` under an extension's name."""
        self.out += b"x"
        self.short(name)
        self.deeper(description)

    def deeper(self, value: Any) -> None:
        """Append a part of the value being written."""
        self._depth += 1
        if self._depth > self.budget.depth:
            raise CodecError("the value is nested too deeply")
        self.write(value)
        self._depth -= 1

    def reference(self, value: Any) -> bool:
        """True if `value` was written before: then only its number is appended."""
        key = id(value)
        if key in self._open:
            raise CodecError("the value contains itself")
        if self._inside:
            self._open.add(key)
            return False
        if (number := self._known.get(key)) is not None:
            self.out += b"P" + U32.pack(number)
            return True
        if (number := self._numbers.get(key)) is not None:
            self.out += b"R" + U32.pack(number)
            return True
        self._numbers[key] = len(self.numbered)
        self.numbered.append(value)
        self._open.add(key)
        return False

    def short(self, text: str) -> None:
        """Append a text without tag: length and UTF-8."""
        data = text.encode("utf-8", "surrogatepass")
        self.out += U32.pack(len(data))
        self.out += data

    def restart(self) -> None:
        """Forget everything, after a value failed halfway."""
        self.out.clear()
        self.numbered.clear()
        self._numbers.clear()
        self._open.clear()
        self._depth = self._nodes = self._inside = 0


def _write_int(w: Writer, value: int) -> None:
    if value in INT64:
        w.out += b"i" + I64.pack(value)
        return
    size = value.bit_length() // 8 + 1
    if size > INTEGER_BYTES:
        raise CodecError("the integer has too many digits")
    w.out += b"I" + U32.pack(size) + value.to_bytes(size, "little", signed=True)


def _write_str(w: Writer, value: str) -> None:
    w.out += b"s"
    w.short(value)


def _write_bytes(w: Writer, value: bytes) -> None:
    w.out += b"b" + U32.pack(len(value)) + value


def _write_bytearray(w: Writer, value: bytearray) -> None:
    if not w.reference(value):
        w.out += b"B" + U32.pack(len(value)) + value
        w._open.discard(id(value))


def _write_list(w: Writer, value: list[Any]) -> None:
    if not w.reference(value):
        write_items(w, b"l", value)
        w._open.discard(id(value))


def write_items(w: Writer, tag: bytes, value: Any) -> None:
    """Items of a list or tuple; equal-typed numbers and texts as one buffer."""
    count = len(value)
    if count >= BULK and _write_bulk(w, tag, value):
        return
    w.out += tag + U32.pack(count)
    for item in value:
        w.deeper(item)


def _write_bulk(w: Writer, tag: bytes, value: Any) -> bool:
    kind = type(value[0])
    if kind not in (int, float, str) or set(map(type, value)) != {kind}:
        return False
    if kind is str:
        texts = [item.encode("utf-8", "surrogatepass") for item in value]
        w.out += b"*" + tag + b"s" + U32.pack(len(value))
        w.out += array.array("I", map(len, texts)).tobytes()
        w.out += b"".join(texts)
        return True
    try:
        numbers = array.array("q" if kind is int else "d", value)
    except OverflowError:
        return False
    w.out += b"*" + tag + numbers.typecode.encode() + U32.pack(len(value))
    w.out += numbers.tobytes()
    return True


def _write_set(w: Writer, value: set[Any]) -> None:
    if not w.reference(value):
        write_items(w, b"e", list(value))
        w._open.discard(id(value))


def _write_dict(w: Writer, value: dict[Any, Any]) -> None:
    if not w.reference(value):
        w.out += b"d" + U32.pack(len(value))
        for item in chain.from_iterable(value.items()):
            w.deeper(item)
        w._open.discard(id(value))


_WRITERS: dict[type, Callable[[Writer, Any], None]] = {
    type(None): lambda w, v: w.out.extend(b"N"),
    bool: lambda w, v: w.out.extend(b"T" if v else b"F"),
    int: _write_int,
    float: lambda w, v: w.out.extend(b"f" + F64.pack(v)),
    complex: lambda w, v: w.out.extend(b"c" + C128.pack(v.real, v.imag)),
    str: _write_str,
    bytes: _write_bytes,
    bytearray: _write_bytearray,
    list: _write_list,
    tuple: lambda w, v: write_items(w, b"t", v),
    set: _write_set,
    frozenset: lambda w, v: write_items(w, b"z", list(v)),
    dict: _write_dict,
    type(...): lambda w, v: w.out.extend(b"."),
}


def dumps(value: Any, budget: Budget | None = None) -> bytes:
    """Plain data as bytes."""
    writer = Writer(budget)
    writer.write(value)
    return bytes(writer.out)
