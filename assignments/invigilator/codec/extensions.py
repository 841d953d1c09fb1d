"""Types beyond the built-in plain ones: the table that writer and reader share."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

from .wire import CodecError


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
