"""How a student's own data is shown: numbered statements, and a table with one line above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import pandas as pd

from realname import data


@dataclass(frozen=True)
class Statements:
    """Statements to judge, numbered from 1.

    >>> list(Statements(("A holds.",)))
    [(1, 'A holds.')]
    """

    lines: tuple[str, ...]

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return iter(enumerate(self.lines, 1))

    def _repr_markdown_(self) -> str:
        return "\n".join(f"{number}. “{words}”" for number, words in self)


@dataclass(frozen=True)
class Sheet:
    """A table with one line above it, such as the day to which it is applied."""

    line: str
    table: pd.DataFrame

    def _repr_html_(self) -> str:
        return f"<p><strong>{escape(self.line)}</strong></p>{data.look(self.table)._repr_html_()}"

    def __repr__(self) -> str:
        return f"{self.line}\n{data.look(self.table)!r}"
