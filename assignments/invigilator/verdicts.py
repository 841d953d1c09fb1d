"""Why a test cell got its mark: outcome and one sentence, from the engine or a kernel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbconvert.filters.ansi import strip_ansi

from .hidden import hidden_lines

HIDDEN = "A check that is not shown did not pass."
OWN = {"NotTried": "not tried", "NotYet": "not yet", "NotMarked": "not marked"}
SAID = re.compile(r"(Done|Partly|Not yet|Not tried)\b")
MOST = 600


@dataclass(frozen=True)
class Verdict:
    """``outcome`` is a key of statuses.OUTCOMES; ``sentence`` may be empty."""

    outcome: str
    sentence: str = ""

    @property
    def reason(self) -> str:
        """The sentence without the outcome in front of it.

        >>> Verdict("not yet", "Not yet: the price is 10.").reason
        'the price is 10.'
        """
        return re.sub(r"(?i)^(not yet|not tried)[:.]\s*", "", self.sentence)


def of(cell: Mapping[str, Any]) -> Verdict:
    """The verdict on an executed test cell whose score may be known from the gradebook."""
    note = cell["metadata"].get("invigilator") or {}
    meta = cell["metadata"].get("nbgrader") or {}
    points, score = float(meta.get("points") or 0), meta.get("score")
    found = _engine(note) if note.get("outcome") else _kernel(cell)
    if score is None or float(score) >= points:
        return found
    if found.outcome == "done" or (found.outcome == "not yet" and float(score) > 0):
        reason = found.sentence or "Some checks passed and some did not."
        return Verdict("partly", f"{float(score):g} of {points:g} points: {reason}")
    return found


def _engine(note: Mapping[str, Any]) -> Verdict:
    outcome = str(note["outcome"])
    outcome = outcome if outcome in ("done", "not yet", "not tried") else "not marked"
    return Verdict(outcome, short(str(note.get("message") or "")))


def _kernel(cell: Mapping[str, Any]) -> Verdict:
    outputs = cell.get("outputs", [])
    for one in outputs:
        if one.get("output_type") == "error":
            return error_verdict(one, cell["source"])
    said = [line for one in outputs if one.get("output_type") == "stream"
            for line in joined(one.get("text", "")).splitlines() if SAID.match(line)]
    reasons = [line for line in said if not line.startswith("Done")] or said
    return Verdict("done", short(" ".join(reasons)))


def error_verdict(error: Mapping[str, Any], source: str) -> Verdict:
    """What an error in a test cell may say: own sentences in full, hidden checks nothing."""
    name, value = str(error.get("ename", "")), short(str(error.get("evalue", "")))
    if name in OWN:
        return Verdict(OWN[name], value)
    hidden = hidden_lines(source)
    lines = re.findall(r"(?:Cell In\s*\[\d+\], line |<ipython-input[^>]*> in .*?line )(\d+)",
                       strip_ansi("\n".join(str(x) for x in error.get("traceback") or [])))
    if hidden and (not lines or int(lines[0]) in hidden):
        return Verdict("not yet", f"{HIDDEN} ({name})" if name != "AssertionError" else HIDDEN)
    return Verdict("not yet", f"{name}: {value}" if value else f"{name}.")


def shown_outputs(cell: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The outputs of a test cell that may be seen. The verdict says the rest."""
    if not hidden_lines(cell["source"]):
        return [one for one in cell.get("outputs", []) if one.get("output_type") != "error"]
    kept = []
    for one in cell.get("outputs", []):
        if one.get("output_type") == "stream" and one.get("name") != "stderr":
            lines = [line for line in joined(one.get("text", "")).splitlines() if SAID.match(line)]
            if lines:
                kept.append({"output_type": "stream", "name": "stdout", "text": "\n".join(lines)})
    return kept


def joined(value: Any) -> str:
    """Notebook text, which may be kept as a list of lines; of anything else, its text.

    >>> joined(["a\\n", "b"]), joined([1]), joined(None)
    ('a\\nb', '1', 'None')
    """
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def short(sentence: str) -> str:
    """One paragraph of bounded length, without terminal colours."""
    flat = " ".join(strip_ansi(sentence).split())
    return flat if len(flat) <= MOST else flat[:MOST] + " …"
