"""Plain data across the border between student and test; never code.

>>> loads(dumps({"a": [1, 2.5, ...], "b": (True, None)}))
{'a': [1, 2.5, Ellipsis], 'b': (True, None)}

NumPy and pandas types join with `use_libraries()`, which both processes call while they warm up.
"""

from __future__ import annotations

import importlib
import importlib.util

from . import builtin as builtin
from .builtin import NamedTuples, expect_inert
from .stream import Budget, CodecError, Extension, Reader, Uncodable, Writer, dumps, loads

__all__ = [
    "Budget",
    "CodecError",
    "Extension",
    "NamedTuples",
    "Reader",
    "Uncodable",
    "Writer",
    "dumps",
    "expect_inert",
    "loads",
    "use_libraries",
]


def use_libraries() -> tuple[str, ...]:
    """Import the extensions whose library is installed; both sides must hold the same ones."""
    used = []
    for library, module in (("numpy", "arrays"), ("pandas", "tables")):
        if importlib.util.find_spec(library) is not None:
            importlib.import_module(f".{module}", __name__)
            used.append(library)
    return tuple(used)
