"""The same coloured tracebacks as in a kernel, without working everything out anew each time.

Left alone, IPython formats each error twice (to show it, and for a history that is off here), looks
through all loaded modules for the file of each cell, and builds a lexer and a table of colours for
each frame: some 20 ms an error. A class of unfinished notebooks is full of errors.

Student code shares this process and may undo all of it; then it pays the time itself.
"""

from __future__ import annotations

import copy
import functools
import inspect
import os
from typing import Any

NOWHERE = "<no module>"


def hasten() -> None:
    """Work out colours and lexers once per process. Call it before the first error is shown."""
    import stack_data.core
    from pygments.formatters.terminal256 import Terminal256Formatter

    stack_data.style_with_executing_node = functools.cache(stack_data.style_with_executing_node)
    stack_data.core._pygmented_with_ranges = highlighted
    set_up = Terminal256Formatter._setup_styles
    if not hasattr(set_up, "known"):
        Terminal256Formatter._setup_styles = known_styles(set_up)


def known_styles(set_up: Any) -> Any:
    """`Terminal256Formatter._setup_styles` that remembers what it found for a style."""
    known: dict[Any, dict[Any, Any]] = {}

    @functools.wraps(set_up)
    def remembered(self: Any) -> None:
        about = type(self), self.style, self.usebold, self.useunderline, self.useitalic
        if about not in known:
            set_up(self)
            known[about] = self.style_string
        self.style_string = dict(known[about])

    remembered.known = known  # type: ignore[attr-defined]
    return remembered


@functools.cache
def lexer_class() -> type[Any]:
    """Python's lexer, with the tokens that were being executed marked as such."""
    from pygments.lexers import get_lexer_by_name

    class Marking(type(get_lexer_by_name("python3"))):  # type: ignore[misc]
        ranges: tuple[tuple[int, int], ...] = ()

        def get_tokens(self, text: str) -> Any:
            length = 0
            for kind, value in super().get_tokens(text):
                if any(start <= length < end for start, end in self.ranges):
                    kind = kind.ExecutingNode
                length += len(value)
                yield kind, value

    return Marking


@functools.cache
def lexer() -> Any:
    """One of them, ready."""
    return lexer_class()(stripnl=False)


def highlighted(formatter: Any, code: str, ranges: Any) -> list[str]:
    """The lines of some code in colours, what was being executed marked."""
    import pygments

    marking = copy.copy(lexer())
    marking.ranges = tuple(ranges)
    try:
        return pygments.highlight(code, marking, formatter).splitlines()
    except Exception:  # noqa: BLE001 - plain code is better than none
        return code.splitlines()


def belongs_to_no_module(name: str) -> None:
    """Spare `inspect` the search through all modules for the file of a cell: it is in none."""
    for known in (name, os.path.normcase(os.path.abspath(name))):
        inspect.modulesbyfile.setdefault(known, NOWHERE)  # type: ignore[attr-defined]
