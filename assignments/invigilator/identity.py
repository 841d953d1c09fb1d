"""Whose notebook is this? The id that was typed against the folder it came from."""

from __future__ import annotations

import ast
import unicodedata
from typing import Any

NAME = "STUDENT_ID"
LARGEST = 10**30
LONGEST = 1000
MOST_READ = 50_000  # signs of cells with the name: the id is typed near the top of a notebook


def typed(merged: list[dict[str, Any]], name: str = NAME) -> str | None:
    """The last id typed as a plain text in an answer cell, or None; reads `MOST_READ` signs.

    >>> typed([{"role": "answer", "cell_type": "code", "source": "STUDENT_ID = 'ada'"}])
    'ada'
    """
    found, room = None, MOST_READ
    for place in merged:
        if place["role"] not in ("answer", "extra") or place["cell_type"] != "code":
            continue
        if name not in place["source"] or len(place["source"]) > room:
            continue
        room -= len(place["source"])
        try:
            tree = ast.parse(place["source"])
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in tree.body:
            if (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
                    and any(isinstance(to, ast.Name) and to.id == name for to in node.targets)):
                found = _text(node.value.value) or found
    return found


def _text(value: Any) -> str | None:
    """An id as text; None for what cannot be one, such as a number of thousands of digits."""
    if isinstance(value, str) or type(value) is int and 0 <= value < LARGEST:
        return str(value)[:LONGEST]
    return None


def plain(student: str) -> str:
    """An id in the form that is compared.

    >>> plain(" Ada ") == plain("ada")
    True
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", student).casefold())
    return " ".join("".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
                            ).split())


def whose(merged: list[dict[str, Any]], student: str, roster: list[str]) -> str:
    """"own", "other" (of this class), "unknown" (in no list) or "not typed"."""
    given = typed(merged)
    if not given or not plain(given):
        return "not typed"
    if plain(given) == plain(student):
        return "own"
    return "other" if plain(given) in {plain(one) for one in roster} else "unknown"
