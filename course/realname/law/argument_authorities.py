"""The authorities of an Argument: each exists, has a pinpoint, and held on the day."""

from __future__ import annotations

import datetime
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .argument import Argument, Authority, read_date, short

_PLACES = ("article", "art.", "section", "paragraph", "para", "part", "passage", "recital")
"""Words for a place in a text that name no place unless something follows."""


@dataclass(frozen=True)
class Article:
    """An article as it stood from one day until another (None: open)."""

    number: str
    since: datetime.date | None = None
    until: datetime.date | None = None

    def stood(self, on: datetime.date) -> bool:
        """Whether it stood on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


@dataclass(frozen=True)
class Source:
    """An authority as the tables know it. `start`: first day it may be relied on; None: never."""

    id: str
    kind: str
    title: str
    start: datetime.date | None
    end: datetime.date | None = None
    pinpoints: frozenset[str] | None = None
    """paragraphs of a report"""
    articles: tuple[Article, ...] = ()
    """articles of an instrument that the tables know; none: pinpoints are not checked"""


def sources(
    instruments: pd.DataFrame | None = None,
    reports: pd.DataFrame | None = None,
    passages: pd.DataFrame | None = None,
    provisions: pd.DataFrame | None = None,
) -> dict[str, Source]:
    """Authorities by id, from the tables instruments and reports (as `data.load` gives them).

    With `passages`, a report's pinpoint must be one of its paragraphs. With `provisions`, an
    instrument's pinpoint must be an article that this table has, as it stood on the date; an
    instrument of which it has no article takes any.
    """
    known: dict[str, Source] = {}
    if instruments is not None:
        for row in instruments.to_dict("records"):
            known[str(row["id"])] = Source(
                str(row["id"]), "instrument", str(row.get("title_en") or row["id"]),
                day_of(row.get("in_force")), day_of(row.get("repealed")), None,
                _articles(provisions, str(row["id"])),
            )  # fmt: skip
    if reports is not None:
        for row in reports.to_dict("records"):
            name = str(row["report"])
            known[name] = Source(
                name, "report", str(row.get("presents_itself_as") or name),
                day_of(row.get("published")), None, _paragraphs(passages, name),
            )  # fmt: skip
    return known


def _articles(provisions: pd.DataFrame | None, instrument: str) -> tuple[Article, ...]:
    if provisions is None:
        return ()
    mine = provisions[provisions["instrument"].astype(str) == instrument]
    return tuple(
        Article(str(row["article"]), day_of(row["since"]), day_of(row["until"]))
        for row in mine.to_dict("records")
    )


def _paragraphs(passages: pd.DataFrame | None, report: str) -> frozenset[str] | None:
    if passages is None:
        return None
    mine = passages.loc[passages["report"].astype(str) == report, "paragraph"]
    return frozenset(str(each) for each in mine) or None


def day_of(value: Any) -> datetime.date | None:
    """A date from a table; a partial date ("2016-05") counts from its first day.

    >>> day_of("2016-05")
    datetime.date(2016, 5, 1)
    """
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    match = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", str(value).strip())
    return datetime.date(*(int(part or 1) for part in match.groups())) if match else None


def authorities_hold(
    form: Argument, known: Mapping[str, Source], day: str | None = None
) -> list[str]:
    """Every authority exists, has a pinpoint and a date, and held on that date (and on `day`)."""
    turning = read_date(day) if day else None
    return [text for each in form.rule for text in _authority(each, known, turning)]


def _authority(
    each: Authority, known: Mapping[str, Source], turning: datetime.date | None
) -> list[str]:
    source = known.get(each.id)
    if source is None:
        near = difflib.get_close_matches(each.id, known, n=2, cutoff=0.4)
        hint = f" (near: {', '.join(near)})" if near else ""
        return [
            f"The table has no authority {short(each.id)!r}{hint}: use an id that stands in it."
        ]
    found = []
    if not re.search(r"\w", each.pinpoint) or each.pinpoint.casefold() in _PLACES:
        found.append(
            f"The authority {each.id} has no pinpoint: name the article or paragraph you rely on."
        )
    date = read_date(each.date)
    found += _pinpoint(each.pinpoint, source, date or turning)
    if date is None:
        written = f"the date {short(each.date)!r}" if each.date else "no date"
        found.append(
            f"The authority {each.id} has {written}: write the day you apply it to as 2019-12-01."
        )
    for on in dict.fromkeys(filter(None, (date, turning))):
        if (text := _held(source, on)) is not None:
            return [*found, text]
    return found


def _pinpoint(pinpoint: str, source: Source, on: datetime.date | None) -> list[str]:
    if not re.search(r"\w", pinpoint):
        return []
    if source.pinpoints is not None:
        numbers = re.findall(r"\d+", pinpoint)
        if numbers and set(numbers) <= source.pinpoints:
            return []
        listed = ", ".join(sorted(source.pinpoints, key=lambda n: (len(n), n)))
        return [f"The report {source.id} has no {short(pinpoint)!r}: its paragraphs are {listed}."]
    if not source.articles:
        return []
    cited = re.findall(r"\d[\d.]*(?:\(\w+\))*", pinpoint[:200])
    for number in cited or [""]:
        known = _listed_article(number, source.articles)
        if not known:
            return [
                f"The tables have no {short(pinpoint)!r} of {source.id}: cite an article that "
                "stands in the table of provisions."
            ]
        if on is not None and not any(article.stood(on) for article in known):
            return [
                f"The article {number} of {source.id} did not stand in this form on {on}: cite "
                "the article as it was numbered on that day."
            ]
    return []


def _listed_article(number: str, articles: tuple[Article, ...]) -> list[Article]:
    """The entries of an article, or of the nearest article above it: 13(1)(3), 13(1), 13. An
    article of which only parts are listed is known too."""
    number = number.rstrip(".")
    while number:
        exact = [article for article in articles if article.number == number]
        parts = [article for article in articles if article.number.startswith(number + "(")]
        if exact or parts:
            return exact or parts
        shorter = re.sub(r"\(\w+\)$", "", number)
        number = shorter if shorter != number else ""
    return []


def _held(source: Source, on: datetime.date) -> str | None:
    """None if the authority could be relied on that day, else the sentence."""
    if source.kind == "report":
        if source.start is None or source.start <= on:
            return None
        return (
            f"The report {source.id} appeared on {source.start}, after {on}: "
            "rely on what could be read on that day."
        )
    if source.start is None:
        return (
            f"The instrument {source.id} has no day of entry into force in the table: "
            "rely on one that was in force."
        )
    if on < source.start:
        return (
            f"The instrument {source.id} was not yet in force on {on} (in force from "
            f"{source.start}): rely on the rule that held on that day."
        )
    if source.end is not None and on >= source.end:
        return (
            f"The instrument {source.id} was no longer in force on {on} (repealed from "
            f"{source.end}): rely on the rule that held on that day."
        )
    return None
