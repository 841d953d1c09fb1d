"""A few lines that a notebook shows: formatted where it can, plain where it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from realname.markup import marked_up


@dataclass(frozen=True)
class Note:
    """Lines of text; the first may be a heading in bold.

    >>> print(Note(("Kept.",), heading="price"))
    price: Kept.
    """

    lines: tuple[str, ...]
    heading: str = ""

    def __str__(self) -> str:
        text = "\n".join(self.lines)
        return f"{self.heading}: {text}" if self.heading else text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = f"<strong>{marked_up(self.heading)}</strong><br>" if self.heading else ""
        return f"<p>{head}{'<br>'.join(marked_up(line) for line in self.lines)}</p>"
