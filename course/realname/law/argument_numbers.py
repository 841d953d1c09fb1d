"""Numbers in an Argument: each names the graded item it comes from, and equals it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .argument import SAID, TEXTS, Argument, short

_NUMBER = re.compile(
    r"(?<![\w.,/-])[-−]?(?:\d{1,3}(?:[,\u202f]\d{3})+|\d+)(?:\.\d+)?"
    r"(?:\s*(?P<scale>%|per ?cent\b|percent\b|thousand\b|million\b|billion\b))?(?![\w/])"
)
REACH = 200
"""Letters around a number in which its citation is looked for."""
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_NOT_MEASURED = [
    r"\b\d{4}-\d{2}(?:-\d{2})?\b",
    rf"\b\d{{1,2}} {_MONTH}(?:,? \d{{4}})?\b",
    rf"\b{_MONTH} \d{{1,2}}(?:,? \d{{4}})?\b",
    rf"\b{_MONTH} \d{{4}}\b",
    r"(?<![\d.,])(?:19|20)\d\d\b(?![.,]\d)(?!\s*(?:%|per|yuan|people|persons|faces|photos|images|records|cases|ID|m))",
    r"(?i)\b(?:articles?|arts?\.?|sections?|sec\.|paragraphs?|paras?\.?|rules?|nos?\.|orders?|"
    r"recitals?|chapters?|parts?|annex|clauses?|points?|reports?|items?|questions?|modules?|"
    r"pages?|pp?\.|cases?|notices?|decisions?|tables?|figures?|facts?)\s*"
    r"\d+[\w()./-]*(?:(?:\s*(?:,|and|or|to|–|-|&)\s*)\d+[\w()./-]*)*",
    r"§+\s*\d+[\w()./-]*",
    r"(?<![\d.,])0\d\d\b(?![.,]?\d)",
    r"\b[A-Z]{1,4}-?\d+[\w/-]*",
    r"\b\d+(?:st|nd|rd|th)\b",
    r"\(\d{1,2}\)",
    r"(?m)^\s*\d{1,2}[.)]\s",
]
"""Dates, years, articles, reports, case numbers, ordinals: numbers that measure nothing."""


def numbers_cited(
    form: Argument, figures: Mapping[str, Any], names: Iterable[str] = ()
) -> list[str]:
    """Every number names the graded item it comes from, as in "[q3-price] 0.002", and equals it.

    A number may be rounded to the digits written, but to no fewer than give it within 5%; a share
    may be written in per cent. `names` (authorities, facts) are not numbers.
    """
    found = []
    for field in TEXTS:
        found += _in_text(getattr(form, field), SAID[field], figures, names)
    return found


def _in_text(text: str, field: str, figures: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    found = []
    blank = _blanked(text, names)
    for match in _NUMBER.finditer(blank):
        written = short(text[match.start() : match.end()].strip(), 24)
        cited = _citations(blank, text, match.start(), match.end())
        known = [name for name in cited if name in figures]
        if any(equals(match.group(), figures[name]) for name in known):
            continue
        if known:
            found.append(
                f"The number {written} in your {field} is not what [{known[0]}] gives: "
                "correct the number or the item it cites."
            )
        elif cited:
            offer = f" (they are: {', '.join(figures)})" if figures else ""
            found.append(
                f"The number {written} in your {field} cites [{short(cited[0])}], which is no item "
                f"of yours that gives a number{offer}."
            )
        else:
            example = next(iter(figures), "q3-price")
            found.append(
                f"The number {written} in your {field} comes from nowhere: write the graded item "
                f"it comes from before it, as in [{example}] {written}."
            )
    return found


def _blanked(text: str, names: Iterable[str]) -> str:
    """The text with everything that is no measured number, and citations, blanked out."""

    def blank(match: re.Match) -> str:
        return re.sub(r"\d", "\u2007", match.group())

    text = re.sub(r"\[[^\]\n]{0,80}\]", blank, text)
    for name in sorted(names, key=len, reverse=True):
        if re.search(r"\d", name):
            text = re.sub(rf"(?<![\w.,]){re.escape(name)}(?!\w|[.,]\d)", blank, text)
    for pattern in _NOT_MEASURED:
        text = re.sub(pattern, blank, text)
    return text


def _citations(blank: str, text: str, start: int, end: int) -> list[str]:
    """Names in brackets that belong to a number: before it with up to three words between, or
    after it with up to five; nearest first."""
    found = []
    first = max(0, start - REACH)
    before = re.search(r"\[([^\]\n]*)\](?P<between>[^\[\].;]*)$", text[first:start])
    if (
        before
        and len(before["between"].split()) <= 3
        and not _NUMBER.search(blank[first + before.start("between") : start])
    ):
        found.append(before[1].strip())
    after = re.match(r"(?P<between>[^\[\].;\n]*)\[([^\]\n]*)\]", text[end : end + REACH])
    if (
        after
        and len(after["between"].split()) <= 5
        and not _NUMBER.search(blank[end : end + after.end("between")])
    ):
        found.append(after[2].strip())
    return found


def equals(written: str, value: Any) -> bool:
    """Whether a number as written is a value, or a rounding of it within 5%.

    >>> equals("0.002", 0.00198), equals("0.2%", 0.002), equals("0.00", 0.002)
    (True, True, False)
    """
    if isinstance(value, Sequence) and not isinstance(value, str):
        return any(equals(written, each) for each in value)
    scale = next((word for word in re.findall(r"%|[a-z]+", written.casefold())), "")
    digits = re.sub(r"[^\d.\-]", "", written.replace("−", "-"))
    try:
        target = float(value)
        number = float(digits)
    except (TypeError, ValueError):
        return False
    factor = _SCALES.get(scale, 1.0)
    unit = factor * 10.0 ** -len(digits.partition(".")[2])
    targets = [target, target * 100] if scale in ("%", "per", "percent") else [target]
    return any(
        abs(number * factor - each) <= min(unit / 2 * (1 + 1e-9), 0.05 * abs(each)) + 1e-12
        for each in targets
    )
