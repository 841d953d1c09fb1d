"""Plain data across the border between student and test; never code.

>>> loads(dumps({"a": [1, 2.5, ...], "b": (True, None)}))
{'a': [1, 2.5, Ellipsis], 'b': (True, None)}

NumPy and pandas types join when the first one is written or read.
"""

from __future__ import annotations

from . import builtin as builtin
from .builtin import NamedTuples, expect_inert
from .extensions import Extension
from .reader import Reader, loads
from .wire import Budget, CodecError
from .writer import Writer, dumps

__all__ = [
    "Budget",
    "CodecError",
    "Extension",
    "NamedTuples",
    "Reader",
    "Writer",
    "dumps",
    "expect_inert",
    "loads",
]
