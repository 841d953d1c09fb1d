"""The student's side of the border: plain values go out, everything else goes out as a handle."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import io
import sys
import time
import types
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from .bases import plain_base
from .codec import Budget, CodecError, NamedTuples, Reader, Writer
from .limits import Limits

_SAMPLES: tuple[Any, ...] = (
    iter([]), iter(()), iter({}), iter(set()), iter(range(0)), iter(""), iter(b""),
    reversed([]), zip(), map(str, []), filter(None, []), enumerate([]), islice([], 0),
    (x for x in "a"), iter({}.items()), iter({}.values()), iter(str, ""),
)  # fmt: skip
ITERATORS = frozenset(type(iterator) for iterator in _SAMPLES)
SIGNATURE_PARTS = 100
FETCH_SECONDS = 1.0  # of an iterator's items, as many as come in this time
SPARE = 1 << 16  # bytes of a message that hold no value


class Handles:
    """Values the other side may name by number but not look into."""

    def __init__(self, limits: Limits, records: list[str]) -> None:
        self.limits = limits
        self.records = frozenset(records)
        self.held: list[Any] = []
        self.drain = False  # results of a call are drained; names keep their iterators

    def budget(self) -> Budget:
        """The ceilings of one message."""
        return Budget(self.limits.message, self.limits.nodes, self.limits.depth)

    def encode(self, value: Any, known: list[Any] | None = None) -> bytes:
        """A message; a value in it that cannot cross is an error of ours."""
        writer = Writer(self.budget(), other=self.other, known=known)
        writer.write(value)
        return bytes(writer.out)

    def encode_values(self, parts: list[Any], known: list[Any] | None = None) -> list[bytes]:
        """Each value by itself; one that is too large or too deep becomes a handle, and so does
        one for which the message has no room left."""
        encoded = []
        room = self.limits.message - SPARE
        for value in parts:
            writer = Writer(self.budget(), other=self.other, known=known)
            try:
                writer.write(value)
                room -= len(writer.out)
                if room < 0:
                    room += len(writer.out)
                    raise CodecError("too large to be looked at")
            except (CodecError, RecursionError) as error:
                writer.restart()
                self.hold(writer, value, "opaque", {"why": str(error)})
            encoded.append(bytes(writer.out))
        return encoded

    def decode(self, data: bytes, callback: Callable[[int], Any]) -> tuple[Any, Reader]:
        """A request: handles come back as the objects they stand for."""

        def other(name: str, payload: Any) -> Any:
            if name == "handle":
                return self.held[payload]
            if name == "callback":
                return callback(payload)
            if name == "named tuple":
                return NAMED.rebuild(payload)
            if name == "record":
                return record_class(payload[0])(**payload[1])
            raise CodecError(f"no such kind of value: {name}")

        reader = Reader(data, self.budget(), other=other)
        value = reader.read()
        reader.end()
        return value, reader

    def other(self, writer: Writer, value: Any) -> None:
        """Write what is not plain."""
        kind = type(value)
        if NamedTuples.is_named(kind):
            writer.tagged("named tuple", NamedTuples.describe(value))
        elif spec_of(kind) in self.records and dataclasses.is_dataclass(kind):
            fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(kind)}
            writer.tagged("record", (spec_of(kind), fields))
        elif isinstance(value, types.ModuleType):
            writer.tagged("module", str(value.__name__))
        elif (figure := digest_of(value)) is not None:
            writer.tagged("figure", figure)
        elif (base := plain_base(value)) is not None:
            writer.write(base[0])
        elif self.drain and iterates(kind):
            writer.tagged("iterator", (kind.__name__, *fetched(value, self.limits.drained)))
        elif isinstance(value, BaseException):
            writer.tagged("error", describe_error(value))
        elif isinstance(value, type):
            self.hold(writer, value, "class", {"bases": ancestors(value)})
        elif callable(value):
            self.hold(writer, value, "function", {"signature": signature_of(value)})
        elif iterates(kind):
            self.hold(writer, value, "iterator", {})
        else:
            self.hold(writer, value, "opaque", {"truth": truth_of(value)})

    def hold(self, writer: Writer, value: Any, kind: str, more: dict[str, Any]) -> None:
        """Write a handle: a number and a description in plain words."""
        self.held.append(value)
        described = value if isinstance(value, type) or kind == "function" else type(value)
        module, name = importable(value) if kind != "opaque" else ("", "")
        about = {
            "kind": kind,
            "handle": len(self.held) - 1,
            "name": text_of(described, "__name__") or type(value).__name__,
            "type": type(value).__name__,
            "doc": text_of(value, "__doc__")[:10_000],
            "module": module,
            "qualname": name,
        }
        writer.tagged("object", about | more)


NAMED = NamedTuples()


def iterates(kind: type) -> bool:
    """Do values of this class give one item after another, and no more?"""
    return kind in ITERATORS or (
        hasattr(kind, "__next__") and hasattr(kind, "__iter__") and not issubclass(kind, io.IOBase)
    )


def fetched(value: Any, most: int) -> tuple[list[Any], bool, Any]:
    """Items of an iterator, whether there are more, and the exception it ended with, described."""
    items: list[Any] = []
    until = time.monotonic() + FETCH_SECONDS
    try:
        for item in islice(value, most + 1):
            if len(items) == most or time.monotonic() > until:
                return items, True, None
            items.append(item)
    except Exception as error:  # noqa: BLE001 - the student's generator may raise anything
        return items, False, describe_error(error)
    return items, False, None


def truth_of(value: Any) -> bool | None:
    """What `bool` says of a value; None if it says nothing."""
    try:
        return True if value else False  # noqa: SIM210 - exactly a bool, whatever `value` is
    except Exception:  # noqa: BLE001 - arrays refuse, and a student's class may do anything
        return None


def record_class(spec: str) -> Any:
    """The class `package.module:Name` stands for."""
    module, _, name = spec.partition(":")
    return getattr(importlib.import_module(module), name)


def spec_of(kind: type) -> str:
    """`package.module:Name` of a class."""
    return f"{kind.__module__}:{kind.__qualname__}"


def text_of(value: Any, attribute: str) -> str:
    """An attribute if it is a text, else ''."""
    text = getattr(value, attribute, None)
    return text if type(text) is str else ""


def importable(value: Any) -> tuple[str, str]:
    """Module and name under which anybody finds the same object, or two empty texts."""
    module, name = text_of(value, "__module__"), text_of(value, "__qualname__")
    if not name and type(value).__name__ == "ufunc":
        module, name = "numpy", text_of(value, "__name__")
    home = sys.modules.get(module)
    if not name or home is None or module == "__main__":
        return "", ""
    found: Any = home
    for part in name.split("."):
        found = getattr(found, part, None)
    return (module, name) if found is value else ("", "")


def ancestors(kind: type) -> list[str]:
    """The classes above a class, itself first: built-in ones by name, others as module:name."""
    return [
        base.__name__ if base.__module__ == "builtins" else spec_of(base)[:200]
        for base in kind.__mro__[:20]
    ]


def describe_error(error: BaseException) -> tuple[Any, ...]:
    """Class name, the classes above it, text, and the arguments where they are plain."""
    kind = type(error)
    try:
        text = str(error)
    except Exception as inner:  # noqa: BLE001 - the student's __str__ may raise anything
        text = f"<no text: {type(inner).__name__}>"
    arguments = error.args if plain(error.args) else None
    return (kind.__name__, ancestors(kind), text[:10_000], arguments)


def plain(value: Any) -> bool:
    """Can this small value cross by itself?"""
    try:
        Writer(Budget(1 << 16, 1000, 10)).write(value)
    except (CodecError, RecursionError):
        return False
    return True


def plain_output(value: Any) -> bool:
    """Can this part of an output cross as it is?"""
    if type(value) is str:
        return True
    try:
        Writer(Budget()).write(value)
    except (CodecError, RecursionError):
        return False
    return True


def signature_of(value: Any) -> list[tuple[str, int, bool, Any]] | None:
    """Parameters of a function: name, kind, has it a default, the default if plain."""
    try:
        parameters = list(inspect.signature(value).parameters.values())[:SIGNATURE_PARTS]
    except (TypeError, ValueError):
        return None
    return [
        (
            parameter.name,
            int(parameter.kind),
            parameter.default is not parameter.empty,
            parameter.default
            if parameter.default is not parameter.empty and plain(parameter.default)
            else None,
        )
        for parameter in parameters
    ]


def digest_of(value: Any) -> Any:
    """What a matplotlib figure (or what carries one as `.figure`) says, None for anything else."""
    if "matplotlib.figure" not in sys.modules:
        return None
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

    figure = value if isinstance(value, Figure) else getattr(value, "figure", None)
    if not isinstance(figure, Figure) or callable(value):
        return None
    if isinstance(value, Artist) and value is not figure and not hasattr(value, "get_title"):
        return None
    return figure_digest(figure)


def figure_digest(figure: Any) -> Any:
    """The digest `expect` reads; None if the figure is broken."""
    from .expect import digest

    try:
        return digest(figure)
    except Exception:  # noqa: BLE001 - artists may hold anything the student put in
        return None


def open_figures() -> Iterator[Any]:
    """Digests of the figures pyplot holds open."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        for number in pyplot.get_fignums():
            yield figure_digest(pyplot.figure(number))
