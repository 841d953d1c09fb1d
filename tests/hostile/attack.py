"""One attack: what a hostile student hands in, the marks it deserves, and what must stop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import base

Notebook = dict[str, Any]


@dataclass(frozen=True)
class Attack:
    """A named hostile submission.

    `code` runs at the top of the first answer cell, `answers` replace the (wrong) answers,
    `last` is an extra cell at the end, `edit` changes the notebook, `data` changes its bytes,
    `files` lie beside it (name → text, or "-> target" for a symbolic link).
    `first` is an honest earlier submission whose marks must not survive.
    In sources `@HOST@`, `@VICTIM@` … are replaced by what `harms.Stage` really set up: an
    attacker who knows every path is the worst case.
    `stops` lists layers of which one must be active for the attack to fail.
    """

    name: str
    threat: str
    code: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    last: str = ""
    edit: Callable[[Notebook], Notebook | None] | None = None
    data: Callable[[bytes], bytes] | None = None
    files: dict[str, str] = field(default_factory=dict)
    fair: dict[str, float] = field(default_factory=dict)
    first: dict[str, str] | None = None
    stops: tuple[str, ...] = ("split",)
    slow: bool = False

    def fair_marks(self) -> dict[str, float]:
        """Marks deserved, a test cell."""
        return {**base.NOTHING, **self.fair}

    def build(self, released: Notebook, fill: Callable[[str], str]) -> bytes:
        """The bytes of the notebook that is handed in."""
        answers = {**base.wrong(), **self.answers}
        answers = {name: fill(source) for name, source in answers.items()}
        if self.code:
            answers["q1-total"] = fill(self.code) + "\n" + answers["q1-total"]
        nb = base.answered(released, answers)
        if self.last:
            nb["cells"].append({**base.code(fill(self.last)), "id": "extra-last"})
        if self.edit:
            nb = self.edit(nb) or nb
        raw = base.dump(nb)
        return self.data(raw) if self.data else raw

    def build_first(self, released: Notebook) -> bytes | None:
        """The earlier, honest submission, if the attack has one."""
        return None if self.first is None else base.dump(base.answered(released, self.first))


def by_id(nb: Notebook, grade_id: str) -> dict[str, Any]:
    """The cell with this grade_id."""
    return next(c for c in nb["cells"] if meta(c).get("grade_id") == grade_id)


def meta(cell: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata of a cell, {} if it has none."""
    return cell["metadata"].get("nbgrader", {})
