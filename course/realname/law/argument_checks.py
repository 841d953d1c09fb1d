"""What a machine can check of an Argument. Each check returns sentences, none if all is well.

No check looks at which side is taken. What asks for judgement (is the rule the right one, does the
point persuade) is for people.
"""

from __future__ import annotations

import datetime
import difflib
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd

from .argument import FIELDS, SAID, TEXTS, Argument, Authority, read_date, short
from .argument_numbers import numbers_cited

LEAST_WORDS = {"issue": 5, "in_favour": 12, "against": 12, "conclusion": 12, "would_change": 6}
MOST_WORDS = 400
MOST_LETTERS = 10_000
MOST_AUTHORITIES = 12
MOST_FACTS = 40
MOST_ALIKE = 0.75
"""Share of words two fields may have in common (Jaccard) before they count as the same text."""
_FILLER = {"bla", "blah", "lorem", "ipsum", "asdf", "asdfgh", "qwerty", "foo", "bar", "baz", "xxx"}
_SMALL_WORDS = """
about above after again against also although because been before being both cannot could does
doing down during each even every from further have having here however into itself just like made
make many more most much must only other over same shall should since some still such than that
their them then there therefore these they this those though through thus under until upon very
what when where whether which while will with within would your argument point points conclude
conclusion outweigh outweighs despite
"""
_STOP = frozenset(_SMALL_WORDS.split())


@dataclass(frozen=True)
class Source:
    """An authority as the tables know it. `start`: first day it may be relied on; None: never."""

    id: str
    kind: str
    title: str
    start: datetime.date | None
    end: datetime.date | None = None
    pinpoints: frozenset[str] | None = None


def sources(
    instruments: pd.DataFrame | None = None,
    reports: pd.DataFrame | None = None,
    passages: pd.DataFrame | None = None,
) -> dict[str, Source]:
    """Authorities by id, from the tables instruments and reports (as `data.load` gives them).

    With `passages`, a report's pinpoint must be one of its paragraphs.
    """
    known: dict[str, Source] = {}
    if instruments is not None:
        for row in instruments.to_dict("records"):
            known[str(row["id"])] = Source(
                str(row["id"]), "instrument", str(row.get("title_en") or row["id"]),
                day_of(row.get("in_force")), day_of(row.get("repealed")),
            )  # fmt: skip
    if reports is not None:
        for row in reports.to_dict("records"):
            name = str(row["report"])
            known[name] = Source(
                name, "report", str(row.get("presents_itself_as") or name),
                day_of(row.get("published")), None, _paragraphs(passages, name),
            )  # fmt: skip
    return known


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


def check(
    form: Argument,
    *,
    authorities: Mapping[str, Source] | None = None,
    day: str | None = None,
    figures: Mapping[str, Any] | None = None,
    facts: Collection[str] | None = None,
    least_facts: int = 2,
) -> list[str]:
    """All checks, in the order in which one would mend the form.

    authorities: from `sources`. day: the date the case turns on, which every instrument must have
    been in force on and every report have appeared by; None: each authority's own date. figures:
    number (or several) by the graded item it comes from. facts: names of the facts of the case.
    """
    open_fields = complete(form)
    if is_outsized(form):
        return open_fields
    found = open_fields + both_sides(form)
    if authorities is not None:
        found += authorities_hold(form, authorities, day)
    if facts is not None:
        found += facts_belong(form, facts, least_facts)
    found += numbers_cited(form, figures or {}, [*(authorities or ()), *(facts or ())])
    return found if open_fields else found + conclusion_answers(form)


def is_outsized(form: Argument) -> bool:
    """Whether a form is so large that no further check should read it."""
    texts = [getattr(form, name) for name in TEXTS]
    texts += [text for each in form.rule for text in (each.id, each.pinpoint, each.date)]
    return (
        len(form.rule) > MOST_AUTHORITIES
        or len(form.facts) > MOST_FACTS
        or any(len(text) > MOST_LETTERS for text in (*texts, *form.facts))
    )


def words(text: str) -> list[str]:
    """The words of a text in small letters; each two Chinese characters count as one.

    >>> words("Is it lawful?"), len(words("电信业务经营者"))
    (['is', 'it', 'lawful'], 4)
    """
    found = re.findall(r"[^\W\d_\u3400-\u9fff]+(?:['’][^\W\d_]+)?", text.casefold())
    for run in re.findall(r"[\u3400-\u9fff]+", text):
        found += [run[i : i + 2] for i in range(0, len(run), 2)]
    return found


def complete(form: Argument) -> list[str]:
    """Every field is there, of a sensible length, and no filler."""
    found = []
    for name, purpose in FIELDS.items():
        if not getattr(form, name):
            found.append(f"Your {SAID[name]} is missing: write {purpose}.")
        elif name == "facts" and len(form.facts) > MOST_FACTS:
            found.append(f"You use {len(form.facts)} facts: keep to those that matter.")
        elif name in TEXTS:
            found += _length(name, getattr(form, name))
    if len(form.rule) > MOST_AUTHORITIES:
        found.append(
            f"Your rule names {len(form.rule)} authorities: keep to the {MOST_AUTHORITIES} that "
            "matter most."
        )
    return found


def _length(name: str, text: str) -> list[str]:
    verb = "have" if SAID[name].startswith("points") else "has"
    said = words(text[:MOST_LETTERS])
    if len(text) > MOST_LETTERS:
        return [f"Your {SAID[name]} {verb} {len(text)} letters: keep to {MOST_WORDS} words."]
    if _is_filler(said):
        return [f"Your {SAID[name]} {verb} filler in place of words: write {FIELDS[name]}."]
    if len(said) < LEAST_WORDS[name]:
        return [f"Your {SAID[name]} {verb} {len(said)} words: write at least {LEAST_WORDS[name]}."]
    if len(said) > MOST_WORDS:
        return [f"Your {SAID[name]} {verb} {len(said)} words: keep to {MOST_WORDS}."]
    return []


def _is_filler(said: list[str]) -> bool:
    if not said:
        return True
    kinds = set(said)
    repeated = len(said) >= 6 and len(kinds) / math.sqrt(len(said)) < 1.6
    no_words = len(said) >= 3 and sum(len(each) == 1 for each in said) > 0.6 * len(said)
    return bool(kinds & _FILLER) or repeated or no_words


def both_sides(form: Argument) -> list[str]:
    """No two fields are the same text; above all not the two sides."""
    found = []
    for one, other in combinations(("in_favour", "against", "conclusion", "issue"), 2):
        if alike(getattr(form, one), getattr(form, other)) > MOST_ALIKE:
            found.append(
                f"Your {SAID[one]} and your {SAID[other]} say the same in the same words: "
                f"write in the second {FIELDS[other]}."
            )
    return found


def alike(one: str, other: str) -> float:
    """Share of words that two texts have in common, 0 to 1.

    >>> alike("the rule applies", "the rule applies not")
    0.75
    """
    first, second = set(words(one)), set(words(other))
    return len(first & second) / len(first | second) if first and second else 0.0


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
    if not re.search(r"\w", each.pinpoint):
        found.append(
            f"The authority {each.id} has no pinpoint: name the article or paragraph you rely on."
        )
    elif source.pinpoints is not None:
        numbers = re.findall(r"\d+", each.pinpoint)
        if not numbers or not set(numbers) <= source.pinpoints:
            found.append(
                f"The {source.kind} {each.id} has no {short(each.pinpoint)!r}: its paragraphs are "
                f"{', '.join(sorted(source.pinpoints, key=lambda n: (len(n), n)))}."
            )
    date = read_date(each.date)
    if date is None:
        written = f"the date {short(each.date)!r}" if each.date else "no date"
        found.append(
            f"The authority {each.id} has {written}: write the day you apply it to as 2019-12-01."
        )
    for on in dict.fromkeys(filter(None, (date, turning))):
        if (text := _held(source, on)) is not None:
            return [*found, text]
    return found


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


def facts_belong(form: Argument, case: Collection[str], least: int = 2) -> list[str]:
    """The facts used are facts of this case, and enough of them."""
    foreign = [fact for fact in form.facts if fact not in case]
    if foreign:
        return [
            f"The fact {short(foreign[0])!r} is not of this case: use {', '.join(sorted(case))}."
        ]
    if form.facts and len(set(form.facts)) < least:
        return [f"You use {len(set(form.facts))} of the facts: build on at least {least}."]
    return []


def conclusion_answers(form: Argument) -> list[str]:
    """The conclusion takes up a point against, in a word that neither the issue nor the points in
    favour have. Whichever side it takes, it must say why that point does or does not decide."""
    if not (form.conclusion and form.against and form.in_favour):
        return []
    asked, against = stems(form.issue), stems(form.against)
    own = against - asked - stems(form.in_favour) or against - asked or against
    if own & stems(form.conclusion):
        return []
    return [
        "Your conclusion answers no point against: name the strongest one, in the words you used "
        "for it, and say why it does or does not decide."
    ]


def stems(text: str) -> set[str]:
    """Words that carry meaning, cut to their first six letters.

    >>> sorted(stems("The agencies reported what they registered"))
    ['agenci', 'regist', 'report']
    """
    return {each[:6] for each in words(text) if len(each) > 3 and each not in _STOP}
