"""The wire format: one tag byte, then a fixed-size number or a length and that many bytes.

Values are plain by exact type, never by `isinstance`, so an object that lies about itself does not
get in. Mutable values are numbered in the order they start; a second occurrence is a reference, so
that aliasing survives. A value inside itself is refused. Nothing is evaluated and no name is
imported except from the tables of extensions the two sides share.

The reader trusts nothing: lengths are compared with the bytes that are there, containers and
nesting with the budget, shared parts count every time they are mentioned.
"""

from __future__ import annotations

import array
import importlib
import importlib.util
import struct
from collections.abc import Callable
from itertools import chain
from typing import Any

_U32 = struct.Struct("<I")
_I64 = struct.Struct("<q")
_F64 = struct.Struct("<d")
_C128 = struct.Struct("<dd")
INT64 = range(-(1 << 63), 1 << 63)
BULK = 8  # from this many equal-typed numbers or texts on, a list travels as one buffer
INTEGER_BYTES = 1 << 16


class CodecError(Exception):
    """A value that may not cross, or bytes that are no value. The text says why."""


class Budget:
    """Ceilings of one message: `size` bytes, `nodes` values, `depth` levels."""

    def __init__(self, size: int = 64 << 20, nodes: int = 2_000_000, depth: int = 60) -> None:
        self.size, self.nodes, self.depth = size, nodes, depth


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
            self.out += b"P" + _U32.pack(number)
            return True
        if (number := self._numbers.get(key)) is not None:
            self.out += b"R" + _U32.pack(number)
            return True
        self._numbers[key] = len(self.numbered)
        self.numbered.append(value)
        self._open.add(key)
        return False

    def short(self, text: str) -> None:
        """Append a text without tag: length and UTF-8."""
        data = text.encode("utf-8", "surrogatepass")
        self.out += _U32.pack(len(data))
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
        w.out += b"i" + _I64.pack(value)
        return
    size = value.bit_length() // 8 + 1
    if size > INTEGER_BYTES:
        raise CodecError("the integer has too many digits")
    w.out += b"I" + _U32.pack(size) + value.to_bytes(size, "little", signed=True)


def _write_str(w: Writer, value: str) -> None:
    w.out += b"s"
    w.short(value)


def _write_bytes(w: Writer, value: bytes) -> None:
    w.out += b"b" + _U32.pack(len(value)) + value


def _write_bytearray(w: Writer, value: bytearray) -> None:
    if not w.reference(value):
        w.out += b"B" + _U32.pack(len(value)) + value
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
    w.out += tag + _U32.pack(count)
    for item in value:
        w.deeper(item)


def _write_bulk(w: Writer, tag: bytes, value: Any) -> bool:
    kind = type(value[0])
    if kind not in (int, float, str) or set(map(type, value)) != {kind}:
        return False
    if kind is str:
        texts = [item.encode("utf-8", "surrogatepass") for item in value]
        w.out += b"*" + tag + b"s" + _U32.pack(len(value))
        w.out += array.array("I", map(len, texts)).tobytes()
        w.out += b"".join(texts)
        return True
    try:
        numbers = array.array("q" if kind is int else "d", value)
    except OverflowError:
        return False
    w.out += b"*" + tag + numbers.typecode.encode() + _U32.pack(len(value))
    w.out += numbers.tobytes()
    return True


def _write_set(w: Writer, value: set[Any]) -> None:
    if not w.reference(value):
        write_items(w, b"e", list(value))
        w._open.discard(id(value))


def _write_dict(w: Writer, value: dict[Any, Any]) -> None:
    if not w.reference(value):
        w.out += b"d" + _U32.pack(len(value))
        for item in chain.from_iterable(value.items()):
            w.deeper(item)
        w._open.discard(id(value))


_WRITERS: dict[type, Callable[[Writer, Any], None]] = {
    type(None): lambda w, v: w.out.extend(b"N"),
    bool: lambda w, v: w.out.extend(b"T" if v else b"F"),
    int: _write_int,
    float: lambda w, v: w.out.extend(b"f" + _F64.pack(v)),
    complex: lambda w, v: w.out.extend(b"c" + _C128.pack(v.real, v.imag)),
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
        (count,) = _U32.unpack(self.take(4))
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
        (number,) = _U32.unpack(self.take(4))
        if number >= len(self.numbered) or self.numbered[number] is _UNFINISHED:
            raise CodecError("a reference to nothing")
        self._nodes += self._weights[number]
        if self._nodes > self.budget.nodes:
            raise CodecError("the value has too many parts")
        return self.numbered[number]

    def argument(self) -> Any:
        """A value of the message this one answers."""
        (number,) = _U32.unpack(self.take(4))
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
    b"i": lambda r: _I64.unpack(r.take(8))[0],
    b"I": _read_big,
    b"f": lambda r: _F64.unpack(r.take(8))[0],
    b"c": lambda r: complex(*_C128.unpack(r.take(16))),
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


class Extension:
    """A type beyond the built-in plain ones: how to describe and how to rebuild it.

    `describe` turns a value of exactly `kind` into plainer data; `rebuild` checks such data and
    builds the value again, raising CodecError for anything it does not expect.
    """

    def __init__(
        self,
        name: str,
        kind: type,
        describe: Callable[[Any], Any],
        rebuild: Callable[[Any], Any],
        *,
        mutable: bool = False,
    ) -> None:
        self.name, self.kind, self.mutable = name, kind, mutable
        self.describe = describe
        self._rebuild = rebuild

    def rebuild(self, description: Any) -> Any:
        """The value; whatever a constructor raises on odd data is a CodecError."""
        try:
            return self._rebuild(description)
        except CodecError:
            raise
        except Exception as error:  # noqa: BLE001 - hostile data may raise anything
            raise CodecError(f"no valid {self.name}: {type(error).__name__}") from None


class Extensions:
    """Extension types by Python type and by name; libraries join when they are imported."""

    def __init__(self) -> None:
        self.named: dict[str, Extension] = {}
        self._kinds: dict[type, Extension] = {}
        self._waiting = {"numpy": "arrays", "pandas": "tables"}

    def add(self, extension: Extension) -> None:
        """Make an extension known to both directions."""
        self.named[extension.name] = extension
        self._kinds[extension.kind] = extension

    def find(self, kind: type) -> Extension | None:
        """The extension for exactly this type."""
        found = self._kinds.get(kind)
        if found is None and self._waiting:
            self._join(getattr(kind, "__module__", ""))
            found = self._kinds.get(kind)
        return found

    def find_named(self, name: str) -> Extension | None:
        """The extension of this name."""
        found = self.named.get(name)
        if found is None and self._waiting:
            self._join(name)
            found = self.named.get(name)
        return found

    def _join(self, name: object) -> None:
        """Import the extensions of a library when its first type or name is met."""
        library = name.partition(".")[0] if isinstance(name, str) else ""
        module = self._waiting.pop(library, None)
        if module is not None and importlib.util.find_spec(library) is not None:
            importlib.import_module(f".{module}", __package__)


EXTENSIONS = Extensions()


def expect(condition: bool, sentence: str) -> None:
    """CodecError unless the description is as it should be."""
    if not condition:
        raise CodecError(sentence)


def dumps(value: Any, budget: Budget | None = None) -> bytes:
    """Plain data as bytes."""
    writer = Writer(budget)
    writer.write(value)
    return bytes(writer.out)


def loads(data: bytes, budget: Budget | None = None) -> Any:
    """The value in `data`, all of it."""
    reader = Reader(data, budget)
    value = reader.read()
    reader.end()
    return value
