"""An Argument as a sheet of plain text: a label, a colon, and what belongs there. No syntax.

`read_sheet` and `write_sheet` undo each other. The labels are those of `LABELS`; a line that does
not begin with one belongs to the field above it, so that a field may have several lines.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

from .argument import FIELDS, TEXTS, Argument, ArgumentError

LABELS = {
    "issue": "Issue",
    "rule": "Rule",
    "facts": "Facts",
    "in_favour": "In favour",
    "against": "Against",
    "conclusion": "Conclusion",
    "would_change": "What would change it",
}
"""The label of each field, in the order of the sheet."""
_ALSO = {"rules": "rule", "fact": "facts", "for": "in_favour", "in favor": "in_favour",
         "points in favour": "in_favour", "points against": "against",
         "would change": "would_change", "what would change": "would_change"}  # fmt: skip
_NAMES = {label.casefold(): name for name, label in LABELS.items()} | _ALSO
_LABELLED = re.compile(r"\s*([A-Za-z][A-Za-z ]{1,24}?)\s*:(.*)")
EMPTY = "\n" + "".join(f"{label}:\n" for label in LABELS.values())
"""The sheet before anybody has written on it."""


def read_sheet(text: str, facts: Collection[str] = ()) -> Argument:
    """The Argument that a sheet holds; what is empty stays empty.

    text: lines "Label: words". One rule a line, as id, place, day. Facts stand one a line or with
    semicolons between; names in `facts` may also stand with commas. Raises ArgumentError for text
    before the first label, a label given twice, or one that is nearly a label.

    >>> form = read_sheet("Issue: Is it lawful?\\nFacts: card; sign")
    >>> form.issue, form.facts
    ('Is it lawful?', ('card', 'sign'))
    """
    if type(text) is not str:
        raise ArgumentError(f"The sheet must be a text; it is {type(text).__name__}.")
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        label, rest = _label(line)
        if label:
            if label in found:
                raise ArgumentError(
                    f"The label {LABELS[label]!r} stands twice on your sheet: put both under one."
                )
            name, line, found[label] = label, rest, []
        if name:
            found[name].append(line.strip())
        elif line.strip():
            raise ArgumentError(
                f"Your sheet begins with {line.strip()[:40]!r}: begin with a label, such as "
                f"{LABELS['issue']!r} and a colon."
            )
    given = {name: "\n".join(parts).strip() for name, parts in found.items()}
    rules = [line for line in given.get("rule", "").splitlines() if line.strip()]
    return Argument(
        **given | {"rule": rules, "facts": _facts(given.get("facts", ""), facts)}  # type: ignore[arg-type]
    )


def _label(line: str) -> tuple[str, str]:
    """The field a line opens and what stands behind the colon; ("", "") if it opens none."""
    match = _LABELLED.fullmatch(line)
    if match is None:
        return "", ""
    said = " ".join(match[1].casefold().split())
    if said in _NAMES:
        return _NAMES[said], match[2]
    near = difflib.get_close_matches(said, [label.casefold() for label in LABELS.values()], 1, 0.8)
    if near:
        raise ArgumentError(
            f"Your sheet has a label {match[1]!r}: did you mean {LABELS[_NAMES[near[0]]]!r}?"
        )
    return "", ""


def _facts(text: str, known: Collection[str]) -> list[str]:
    """Names of facts; a comma may be part of a name, so known names are looked for first."""
    found: list[str] = []
    pieces = [piece.strip() for piece in re.split(r"[;\n]", text) if piece.strip()]
    for piece in pieces:
        found += [piece] if piece in known else _between_commas(piece, known)
    return found


def _between_commas(piece: str, known: Collection[str]) -> list[str]:
    names = {re.sub(r"\s*,\s*", ",", name): name for name in known}
    parts = [part.strip() for part in piece.split(",") if part.strip()]
    found: list[str] = []
    while parts:
        lengths = range(len(parts), 0, -1)
        length = next((n for n in lengths if ",".join(parts[:n]) in names), 1)
        found.append(names.get(",".join(parts[:length]), parts[0]))
        parts = parts[length:]
    return found


def write_sheet(form: Argument) -> str:
    """The sheet of an Argument, one field after the other; several lines begin below their label.

    >>> print(write_sheet(Argument(issue="Is it lawful?", facts=["card"])).strip()[:26])
    Issue: Is it lawful?
    Rule:
    """
    rows = []
    for name, label in LABELS.items():
        found = lines(form, name)
        if name == "facts" and not any("," in fact for fact in found):
            found = [", ".join(found)] if found else []
        elif name in TEXTS:
            found = [_harmless(line) for line in found]
        between = "\n" if len(found) > 1 else " " if found else ""
        rows.append(f"{label}:{between}" + "\n".join(found))
    return "\n" + "\n".join(rows) + "\n"


def lines(form: Argument, name: str) -> list[str]:
    """One field as lines: a rule, a fact, or a line of text each.

    >>> lines(Argument(rule=["002, paragraph 3, 2019-12-04"]), "rule")
    ['002, paragraph 3, 2019-12-04']
    """
    if name == "rule":
        return [", ".join(filter(None, (a.id, a.pinpoint, a.date))) for a in form.rule]
    value = getattr(form, name)
    return value.splitlines() if isinstance(value, str) else list(value)


def _harmless(line: str) -> str:
    """A line that would open another field, with its colon set apart from the word."""
    try:
        opens = bool(_label(line)[0])
    except ArgumentError:
        opens = True
    return line.replace(":", " –", 1) if opens else line


def merged(cell: Argument, shown: Argument, typed: Argument) -> Argument:
    """One Argument from what the cell says now and what was typed into the form, losing nothing.

    shown: what both said when the form was shown. A field changed in one place only is taken from
    there; changed in both, it has both, the cell's text first.

    >>> was, a, b = Argument(), Argument(issue="One?"), Argument(issue="Two?")
    >>> merged(a, was, b).issue
    'One?\\nTwo?'
    """
    fields = {}
    for name in FIELDS:
        here, before, there = (getattr(form, name) for form in (cell, shown, typed))
        if there in (before, here):
            fields[name] = here
        elif here == before:
            fields[name] = there
        elif isinstance(here, str):
            fields[name] = "\n".join(filter(None, (here, there)))
        else:
            fields[name] = [*here, *(each for each in there if each not in here)]
    return Argument(**fields)
