"""The test's side of the border: what the student's values look like to a test.

Plain values arrive as themselves. A function arrives as a stub that calls across, an exception
class as a class of our own with the same name and nearest built-in ancestor, an iterator as a
generator.
Anything else is `Opaque`: every operation on it but asking for its truth raises a sentence.
"""

from __future__ import annotations

import builtins
import copy
import importlib
import inspect
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .codec import Budget, CodecError, NamedTuples, Reader, Writer, expect_inert
from .handles import record_class
from .limits import Limits

# control flow that must not be steered from the other side
FORBIDDEN = ("StopIteration", "StopAsyncIteration")
NAME_LENGTH = 200
HANDLE = "_invigilator_handle"
REFUSED: list[str] = []
"""What tests asked of values that cannot be looked into, also where they caught the refusal."""


class UnreadableError(TypeError):
    """A test looked into a value that stays with the student's code."""


class Opaque:
    """A value that is not plain data. Only its description crossed; every operation raises."""

    __slots__ = ("_about", "_number", "_truth")

    def __init__(self, about: str, number: int | None = None, truth: Any = None) -> None:
        object.__setattr__(self, "_about", about)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_truth", truth)

    def __bool__(self) -> bool:
        """What the student's side says: a claim, as True and False are."""
        truth = object.__getattribute__(self, "_truth")
        return truth if type(truth) is bool else _refuse(self)

    def __repr__(self) -> str:
        return f"<{object.__getattribute__(self, '_about')}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("__", "_repr_", "_ipython_")):
            raise AttributeError(name)
        return _refuse(self)


class OpaqueClass(Opaque):
    """A class of the student's: calling it goes across, and that is all a test can do with it."""

    __slots__ = ("_call",)

    def __init__(self, about: str, number: int, call: Callable[..., Any]) -> None:
        super().__init__(about, number)
        object.__setattr__(self, "_call", call)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the class makes: a callable as a stub, an iterator as one, anything else opaque."""
        number = object.__getattribute__(self, "_number")
        return object.__getattribute__(self, "_call")(number, args, kwargs)


def _refuse(opaque: Any, *_: Any, **__: Any) -> Any:
    about = object.__getattribute__(opaque, "_about")
    REFUSED.append(about)
    raise UnreadableError(f"{about}: a test cannot look into it")


# Only what Python would otherwise answer by itself: an absent operation raises TypeError anyway,
# and a present one would make `callable(x)` or `isinstance(x, Iterable)` true.
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "format", "setattr", "delattr"):
    setattr(Opaque, f"__{_name}__", _refuse)
Opaque.__hash__ = None  # type: ignore[assignment]


def opaque_number(value: Any) -> int | None:
    """The handle of a value that came from the other side, None for anything else."""
    if type(value) in (Opaque, OpaqueClass):
        return object.__getattribute__(value, "_number")
    if type(value) is types.FunctionType:
        return value.__dict__.get(HANDLE)
    return None


class Known:
    """What the trusted side may rebuild by name: modules, imported names and record classes.

    Only what the reference run itself bound is on the list, so that a name that arrives is never
    a reason to import or find anything else.
    """

    def __init__(self, facts: Mapping[str, Any], records: list[str]) -> None:
        self.records = {spec: record_class(spec) for spec in records}
        self.named = NamedTuples()
        self._objects: dict[tuple[str, str], Any] = {
            ("builtins", kind.__name__): kind
            for kind in vars(builtins).values()
            if isinstance(kind, type)
        }
        for entry in facts.get("names", {}).values():
            module, name = entry.get("module", ""), entry.get("qualname", "")
            if module and module != "__main__":
                found: Any = importlib.import_module(module)
                for part in name.split(".") if name else ():
                    found = getattr(found, part)
                self._objects[(module, name)] = found

    def find(self, module: Any, name: Any) -> Any:
        """The object, or None if it is not on the list."""
        if type(module) is str and type(name) is str:
            return self._objects.get((module, name))
        return None


class Errors:
    """Exceptions that arrive: from an allow-list, or classes of ours for the student's own."""

    def __init__(self) -> None:
        self._own: dict[str, type[Exception]] = {}

    def kind(self, lineage: Any) -> type[Exception]:
        """The class for a line of ancestors: built-in names and module:name of others."""
        if type(lineage) is not list or not all(type(name) is str for name in lineage):
            raise CodecError("an exception without a class")
        own: list[str] = []
        base: type[Exception] = RuntimeError
        if "BaseException" in lineage and not set(lineage) & set(vars(builtins)) - {
                "BaseException", "object"}:
            lineage = [*lineage[:lineage.index("BaseException")], "Exception"]
        for name in lineage:
            found = getattr(builtins, name, None) if ":" not in name else None
            if found is None:
                own.append(name)
                continue
            allowed = isinstance(found, type) and issubclass(found, Exception)
            if allowed and name not in FORBIDDEN:
                base = found
            break
        else:
            own = []
        if base is RuntimeError and "RuntimeError" not in lineage:
            return RuntimeError
        for spec in reversed(own[:8]):
            base = self._own.setdefault(spec, _subclass(spec, base))
        return base

    def build(self, description: Any) -> Exception:
        """An exception out of (name, lineage, text, arguments)."""
        if type(description) is not tuple or len(description) != 4:
            raise CodecError("an exception without a class")
        name, lineage, text, arguments = description
        if type(text) is not str or type(name) is not str:
            raise CodecError("an exception without a text")
        kind = self.kind(lineage)
        if kind.__name__ != name and kind is RuntimeError:
            text = f"{name[:NAME_LENGTH]}: {text}"
            arguments = None
        if type(arguments) is tuple:
            try:
                error = kind(*arguments)
                if str(error) == text:
                    return error
            except Exception:  # noqa: BLE001, S110 - arguments that do not fit: the text will do
                pass
        try:
            return kind(text)
        except TypeError:  # UnicodeDecodeError and the like want their parts
            nearest = ValueError if issubclass(kind, ValueError) else RuntimeError
            return nearest(text)


def _subclass(spec: str, base: type[Exception]) -> type[Exception]:
    name = spec.rpartition(":")[2].rpartition(".")[2]
    return type(name if name.isidentifier() else "Error", (base,), {"__module__": "__main__"})


class Border:
    """Decodes what arrives for one submission and encodes what a test hands over.

    `call` and `drain` go across: (handle, args, kwargs) and (handle).
    """

    def __init__(
        self,
        limits: Limits,
        known: Known,
        call: Callable[[int, tuple[Any, ...], dict[str, Any]], Any],
        drain: Callable[[int], Any],
    ) -> None:
        self.limits, self.known = limits, known
        self.call, self.drain = call, drain
        self.errors = Errors()

    def budget(self) -> Budget:
        """The ceilings of one message."""
        return Budget(self.limits.message, self.limits.nodes, self.limits.depth)

    def decode(self, data: Any, what: str, arguments: list[Any] | None = None) -> Any:
        """One value; bytes that are none become an Opaque that says so."""
        if type(data) is not bytes:
            return Opaque(f"{what} came without a value")
        try:
            reader = Reader(data, self.budget(), other=self._other, known=arguments)
            value = reader.read()
            reader.end()
        except (CodecError, RecursionError, MemoryError) as error:  # odd values, not odd code
            return Opaque(f"{what} is not readable ({error})")
        return value

    def raised(self, data: Any) -> Exception:
        """The exception a call ended with."""
        described = self.decode(data, "the exception")
        try:
            return self.errors.build(described)
        except (CodecError, TypeError, ValueError):
            return RuntimeError("the call ended with an exception that cannot be read")

    def encode(self, value: Any, callbacks: list[Any]) -> Writer:
        """A request to the student's code; functions in it are appended to `callbacks`."""

        def other(writer: Writer, inner: Any) -> None:
            number = opaque_number(inner)
            if number is not None:
                writer.tagged("handle", number)
            elif NamedTuples.is_named(type(inner)):
                writer.tagged("named tuple", NamedTuples.describe(inner))
            elif f"{type(inner).__module__}:{type(inner).__qualname__}" in self.known.records:
                writer.tagged("record", _record_parts(inner))
            elif callable(inner) and not isinstance(inner, type):
                callbacks.append(inner)
                writer.tagged("callback", len(callbacks) - 1)
            else:
                raise CodecError(f"a {type(inner).__name__} cannot be handed to the student's code")

        writer = Writer(self.budget(), other=other)
        try:
            writer.write(value)
        except CodecError as error:
            raise UnreadableError(str(error)) from None
        return writer

    def _other(self, name: str, payload: Any) -> Any:
        builder = getattr(self, f"_read_{name.replace(' ', '_')}", None)
        if builder is None:
            raise CodecError(f"no such kind of value: {name[:40]!r}")
        try:
            return builder(payload)
        except CodecError:
            raise
        except Exception as error:  # noqa: BLE001 - a forged payload may break any of them
            raise CodecError(f"no valid {name}: {type(error).__name__}") from None

    def _read_module(self, name: Any) -> Any:
        found = self.known.find(name, "")
        return Opaque(f"a module named {str(name)[:80]}") if found is None else found

    def _read_figure(self, digest: Any) -> Any:
        if type(digest) is not dict:
            raise CodecError("a figure without a digest")
        return digest

    def _read_record(self, parts: Any) -> Any:
        if type(parts) is not tuple or len(parts) != 2 or parts[0] not in self.known.records:
            raise CodecError("a record of an unknown kind")
        fields = parts[1]
        if type(fields) is not dict or not all(type(key) is str for key in fields):
            raise CodecError("a record without fields")
        expect_inert(fields, tuple(self.known.records.values()))
        try:
            return self.known.records[parts[0]](**fields)
        except Exception as error:  # noqa: BLE001 - a constructor that refuses odd fields
            raise CodecError(f"{type(error).__name__}: {str(error)[:200]}") from None

    def _read_named_tuple(self, parts: Any) -> Any:
        expect_inert(parts, tuple(self.known.records.values()))
        return self.known.named.rebuild(parts)

    def _read_error(self, parts: Any) -> Any:
        return self.errors.build(parts)

    def _read_iterator(self, parts: Any) -> Any:
        if type(parts) is not tuple or len(parts) != 4 or type(parts[1]) is not list:
            raise CodecError("an iterator without items")
        _, items, more, error = parts
        ended = None if error is None else self.errors.build(error)
        return _replay(items, more is not False, ended)

    def _read_object(self, about: Any) -> Any:
        if type(about) is not dict or type(about.get("handle")) is not int:
            raise CodecError("a handle without a number")
        known = self.known.find(about.get("module"), about.get("qualname"))
        if known is not None and about["module"]:
            return known
        kind = about.get("kind")
        if kind == "function":
            return self._function(about)
        bases = about.get("bases")
        if kind == "class" and type(bases) is list and {"Exception", "BaseException"} & {*bases}:
            return self.errors.kind(about["bases"])
        if kind == "class":
            return OpaqueClass(_described(about), about["handle"], self.call)
        if kind == "iterator":
            return self._iterator(about["handle"])
        return Opaque(_described(about), about["handle"], about.get("truth"))

    def _function(self, about: dict[str, Any]) -> Any:
        number = about["handle"]

        def stub(*args: Any, **kwargs: Any) -> Any:
            return self.call(number, args, kwargs)

        name = _text(about.get("name"), "function")
        stub.__name__ = stub.__qualname__ = name
        stub.__doc__ = _text(about.get("doc"), "") or None
        stub.__module__ = "__main__"
        stub.__dict__[HANDLE] = number
        signature = _signature(about.get("signature"))
        if signature is not None:
            stub.__signature__ = signature  # type: ignore[attr-defined]
        return stub

    def _iterator(self, number: int) -> Iterator[Any]:
        yield from self.drain(number)


def _record_parts(value: Any) -> tuple[str, dict[str, Any]]:
    kind = type(value)
    return f"{kind.__module__}:{kind.__qualname__}", {
        name: getattr(value, name) for name in kind.__dataclass_fields__
    }


def _replay(items: list[Any], more: bool, error: Exception | None) -> Iterator[Any]:
    yield from items
    if error is not None:
        raise error
    if more:
        raise RuntimeError(f"only the first {len(items)} items of this iterator were fetched")


def _text(value: Any, default: str) -> str:
    return value if type(value) is str else default


def _described(about: dict[str, Any]) -> str:
    kind = _text(about.get("type"), "object")[:NAME_LENGTH]
    why = _text(about.get("why"), "")[:NAME_LENGTH]
    if about.get("kind") == "class":
        return f"the class {_text(about.get('name'), '?')[:NAME_LENGTH]} of the student's"
    return f"a {kind} that is no plain data" + (f" ({why})" if why else "")


def _signature(parts: Any) -> inspect.Signature | None:
    if type(parts) is not list:
        return None
    try:
        return inspect.Signature(
            [
                inspect.Parameter(
                    name,
                    inspect._ParameterKind(kind),
                    default=default if has_default is True else inspect.Parameter.empty,
                )
                for name, kind, has_default, default in parts
            ]
        )
    except (TypeError, ValueError):
        return None


def contents(value: Any) -> Any:
    """What `assign` needs to make a value again what it is now."""
    from .codec.extensions import EXTENSIONS

    extension = EXTENSIONS.find(type(value))
    if extension is not None:
        return extension.describe(value.copy() if hasattr(value, "copy") else value)
    return dict(value) if isinstance(value, dict) else copy.copy(value)


def is_random_generator(value: Any) -> bool:
    """Is this one of NumPy's generators of random numbers? No other kind crosses."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(
        value, numpy.random.Generator | numpy.random.RandomState)


def assign(original: Any, new: Any) -> None:
    """Make an argument what it became on the other side."""
    if isinstance(new, Opaque):
        raise RuntimeError(f"an argument cannot be read after the call: {new!r}")
    kind = type(original)
    if kind in (list, bytearray) and type(new) is kind:
        original[:] = new
    elif kind is set and type(new) is kind:
        original.clear()
        original.update(new)
    elif isinstance(original, dict):
        original.clear()
        original.update(new[1] if type(new) is tuple else new)
    else:
        _assign_described(original, new)


def _assign_described(original: Any, new: Any) -> None:
    """The same for extension types, whose contents arrive as their description."""
    from .codec.extensions import EXTENSIONS

    extension = EXTENSIONS.find(type(original))
    if extension is None:
        raise RuntimeError(f"a {type(original).__name__} was changed in a way that cannot be shown")
    try:
        value = extension.rebuild(new)
        if hasattr(original, "_update_inplace"):
            original._update_inplace(value)
        elif hasattr(original, "bit_generator"):
            original.bit_generator.state = value.bit_generator.state
        elif hasattr(original, "set_state"):
            original.set_state(value.get_state())
        elif hasattr(original, "appendleft"):
            original.clear()
            original.extend(value)
        elif isinstance(original, types.SimpleNamespace):
            original.__dict__.clear()
            original.__dict__.update(value.__dict__)
        else:
            original[...] = value
    except (CodecError, TypeError, ValueError, AttributeError) as error:
        raise RuntimeError(f"an argument changed in a way that cannot be shown: {error}") from None
