"""Tiny notebooks for the engine's tests: a skeleton and submissions, as plain dictionaries."""

from __future__ import annotations

from typing import Any


class Book:
    """A notebook in the making; every cell's id is its grade_id."""

    def __init__(self, **more: Any) -> None:
        self.cells: list[dict[str, Any]] = []
        self.more = more

    def _add(self, kind: str, name: str, source: str, **more: Any) -> Book:
        cell = {"id": name, "grade_id": name, "kind": kind, "cell_type": "code", "source": source,
                "stub": source, "points": 0.0, "names": (), "mode": "split"}  # fmt: skip
        self.cells.append(cell | more)
        return self

    def locked(self, name: str, source: str) -> Book:
        """An instructor's cell that runs on both sides."""
        return self._add("locked", name, source)

    def answer(self, name: str, source: str, stub: str = "", names: tuple[str, ...] = ()) -> Book:
        """A student's cell: reference, stub and the names the reference binds."""
        return self._add("answer", name, source, stub=stub, names=names)

    def test(self, name: str, source: str, points: float = 1.0, mode: str = "split") -> Book:
        """A test cell."""
        return self._add("test", name, source, points=points, mode=mode)

    def question(self, name: str, answer: str, test: str, names: tuple[str, ...]) -> Book:
        """An answer and its test of one point, `name` and `name-test`."""
        return self.answer(name, answer, names=names).test(f"{name}-test", test)

    @property
    def skeleton(self) -> dict[str, Any]:
        """The plain dictionary a Marker takes."""
        return {"assignment": "book", "notebook": "book", "cells": self.cells, "facts": {},
                "records": [], "readable": [], "folder": None, **self.more}  # fmt: skip

    def submission(self, **answers: str) -> list[dict[str, Any]]:
        """The reference's cells with some answers replaced; `_` in a keyword stands for `-`."""
        own = {name.replace("_", "-"): source for name, source in answers.items()}
        return [
            {"role": cell["kind"], "grade_id": cell["grade_id"], "id": cell["id"],
             "cell_type": cell["cell_type"], "source": own.get(cell["id"], cell["source"])}
            for cell in self.cells
        ]  # fmt: skip


def extra(name: str, source: str) -> dict[str, Any]:
    """A cell the student added."""
    return {"role": "extra", "grade_id": None, "id": name, "cell_type": "code", "source": source}


def printed(outputs: Any) -> str:
    """All stdout text of a cell's outputs."""
    return "".join(o["text"] for o in outputs if o.get("name") == "stdout")
