"""What a machine can check of an Argument. Each check returns sentences, none if all is well.

No check looks at which side is taken. What asks for judgement (is the rule the right one, does the
point persuade) is for people.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from itertools import combinations
from typing import Any

from .argument import FIELDS, SAID, TEXTS, Argument, short
from .argument_authorities import Source, authorities_hold, sources
from .argument_numbers import numbers_cited

__all__ = [
    "Source",
    "authorities_hold",
    "both_sides",
    "check",
    "complete",
    "conclusion_answers",
    "facts_belong",
    "numbers_cited",
    "sources",
]
LEAST_WORDS = {"issue": 5, "in_favour": 12, "against": 12, "conclusion": 12, "would_change": 6}
MOST_WORDS = 400
MOST_LETTERS = 10_000
MOST_AUTHORITIES = 12
MOST_FACTS = 40
MOST_ALIKE = 0.75
"""Share of words two fields may have in common (Jaccard) before they count as the same text."""
_FILLER = {"bla", "blah", "lorem", "ipsum", "asdf", "asdfgh", "qwerty", "foo", "baz", "xxx"}
_SMALL_WORDS = """
about above after again against also although because been before being both cannot could does
doing down during each even every from further have having here however into itself just like made
make many more most much must only other over same shall should since some still such than that
their them then there therefore these they this those though through thus under until upon very
what when where whether which while will with within would your argument point points conclude
conclusion outweigh outweighs despite
"""
_STOP = frozenset(_SMALL_WORDS.split())


def check(
    form: Argument,
    *,
    authorities: Mapping[str, Source] | None = None,
    day: str | None = None,
    figures: Mapping[str, Any] | None = None,
    facts: Collection[str] | None = None,
    least_facts: int = 2,
    numbers: bool = True,
) -> list[str]:
    """All checks, in the order in which one would mend the form.

    authorities: from `sources`. day: the date the case turns on, which every instrument must have
    been in force on and every report have appeared by; None: each authority's own date. figures:
    number (or several) by the graded item it comes from. facts: names of the facts of the case.
    numbers: False leaves out the check of numbers, where the graded items are not at hand.
    """
    open_fields = complete(form)
    if is_outsized(form):
        return open_fields
    found = open_fields + both_sides(form)
    if authorities is not None:
        found += authorities_hold(form, authorities, day)
    if facts is not None:
        found += facts_belong(form, facts, least_facts)
    if numbers:
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
            found.append(f"Your {SAID[name]} {_is(name)} missing: write {purpose}.")
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


def _is(name: str) -> str:
    return "are" if SAID[name].split()[0] in ("points", "facts") else "is"


def _length(name: str, text: str) -> list[str]:
    verb = "have" if _is(name) == "are" else "has"
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
