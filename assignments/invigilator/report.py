"""What a run says: a line a student, a table of exercises, a file for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import statuses
from .records import Record
from .skeleton import write_whole


def number(value: float) -> str:
    """A mark without needless zeros.

    >>> number(2.0), number(1.25)
    ('2', '1.25')
    """
    return f"{value:g}"


def line(record: Record, at: int, total: int, fresh: bool) -> str:
    """One line for one student while a class is marked."""
    width = len(str(total))
    words = f"[{at:{width}}/{total}] {record.student}: {number(record.score)} of "
    words += f"{number(record.max_score)} automatic points"
    if record.status != statuses.GRADED:
        words += f", {record.status}"
    if record.notes:
        words += f" ({'; '.join(record.notes[:3])})"
    return words if fresh else f"{words} — as before"


def summary(records: Iterable[Record], seconds: float, marked: int) -> str:
    """The last lines of a run."""
    counts = Counter(record.status for record in records)
    parts = [f"{count} {status}" for status, count in sorted(counts.items())]
    speed = f", {marked / seconds:.1f} a second" if marked and seconds > 0 else ""
    return (f"{sum(counts.values())} submissions: {', '.join(parts)}. "
            f"{marked} marked now in {seconds:.1f} s{speed}.")


def rows(records: Iterable[Record]) -> list[tuple[str, str, str, str]]:
    """Student, exercise, marks, why: one row a test cell."""
    made = []
    for record in records:
        for book in record.notebooks.values():
            whole = book["status"] != statuses.GRADED
            for name, cell in book["cells"].items():
                outcome = ("done" if cell["score"] >= cell["max"] else
                           "partly" if cell["score"] > 0 else cell["outcome"])
                why = record.sentence if whole and cell["outcome"] == "not reached" else (
                    cell["message"] or statuses.OUTCOMES.get(outcome, outcome))
                if outcome == "partly" and cell["message"]:
                    why = f"partly done: {cell['message']}"
                if cell["mode"] != "split":
                    why += " [not tamper-proof]"
                made.append((record.student, name,
                             f"{number(cell['score'])} / {number(cell['max'])}", why))
            for name, score in book["automatic"].items():
                if name not in book["cells"] and score is None:
                    made.append((record.student, name, "–", "a person marks this"))
    return made


def table(given: list[tuple[str, str, str, str]], width: int = 100) -> str:
    """Rows as text in columns; long reasons are cut at the width of the screen."""
    head = ("student", "exercise", "marks", "why")
    every = [head, *given]
    sizes = [max(len(row[column]) for row in every) for column in range(3)]
    lines, last = [], ""
    for row in every:
        shown = (row[0] if row[0] != last else "", *row[1:])
        last = row[0]
        start = "  ".join(f"{text:{size}}" for text, size in zip(shown, sizes, strict=False))
        room = max(30, width - len(start) - 2)
        why = row[3] if len(row[3]) <= room else row[3][: room - 1] + "…"
        lines.append(f"{start}  {why}".rstrip())
    lines.insert(1, "-" * min(width, max(len(text) for text in lines)))
    return "\n".join(lines)


def as_json(assignment: str, records: Iterable[Record], engine: Mapping[str, Any]) -> str:
    """The machine-readable report. It holds no seed and no hidden test."""
    listed = list(records)
    return json.dumps({
        "assignment": assignment, **engine,
        "summary": dict(Counter(record.status for record in listed)),
        "layers": sorted({layer for record in listed for layer in record.layers}),
        "submissions": [{
            "student": record.student, "status": record.status, "sentence": record.sentence,
            "score": record.score, "max_score": record.max_score, "notes": list(record.notes),
            "layers": list(record.layers), "seconds": record.seconds,
            "notebooks": record.notebooks} for record in listed],
    }, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write(path: Path, assignment: str, records: Iterable[Record], engine: Mapping[str, Any]
          ) -> None:
    """Write the machine-readable report, whole or not at all."""
    write_whole(path, as_json(assignment, records, engine))
