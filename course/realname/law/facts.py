"""Fact patterns: what a story gives, what was assumed, and what nobody said.

A fact is True, False, "arguable" or, for a few, a choice such as "private". A fact that is not
given is None: unknown, which is not the same as no. The list of facts is in the table ``facts``,
combinations that cannot be in ``impossible_facts``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from html import escape
from typing import Any, Literal

from realname import data

from .conditions import parse

Answer = bool | Literal["arguable"] | None
_WORDS = {True: "yes", False: "no"}
_PYTHON = {"yes": True, "no": False}


class FactError(ValueError):
    """A wrong fact, value or combination; str() is one sentence that names the field."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class FactKind:
    """One row of the table ``facts``."""

    id: str
    meaning: str
    values: tuple[str, ...]
    baseline: str
    direction: str
    changeable: bool
    part: str
    ask: str


@dataclass(frozen=True)
class Impossible:
    """One row of the table ``impossible_facts``; along: (fact, value) -> what moves with it."""

    id: str
    when: str
    reason: str
    along: dict[tuple[str, str], tuple[str, str]]


@lru_cache(maxsize=1)
def kinds() -> dict[str, FactKind]:
    """The facts that exist, by name, in the order of the table."""
    return {
        row["id"]: FactKind(
            row["id"], row["meaning"], tuple(row["values"].split("; ")), row["baseline"],
            row["direction"], bool(row["changeable"]), row["part"], row["ask"],
        )
        for row in data.load("facts").to_dict("records")
    }  # fmt: skip


@lru_cache(maxsize=1)
def impossible() -> tuple[Impossible, ...]:
    """The combinations that cannot be."""
    return tuple(
        Impossible(row["id"], row["when"], row["reason"], _along(row["together"]))
        for row in data.load("impossible_facts").to_dict("records")
    )


def _along(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    def pair(part: str) -> tuple[str, str]:
        fact, _, value = part.partition("=")
        return fact.strip(), value.strip()

    steps = (step.split("->") for step in text.split(";"))
    return {pair(cause): pair(effect) for cause, effect in steps}


@dataclass(frozen=True, init=False, repr=False)
class Facts:
    """The facts of one case. Give what you know; leave out what you do not.

    Raises FactError for an unknown field, a value the field does not allow, or a combination that
    cannot be.

    >>> Facts(consent=False).known()
    {'consent': False}
    >>> Facts(consnet=False)
    Traceback (most recent call last):
    realname.law.facts.FactError: There is no fact named 'consnet'. Near: consent.
    """

    actor: Literal["private", "public_body", "state_organ"] | None
    biometric_extracted: Answer
    law_enforcement: Answer
    research_training: Answer
    online: Answer
    under_14: Answer
    guardian_consent: Answer
    private_space: Answer
    public_place: Answer
    captures_passers_by: Answer
    public_security_purpose: Answer
    sign_posted: Answer
    legal_basis: (
        Literal["consent", "statutory_duty", "hr", "public_security", "research", "none"] | None
    )
    statute_requires_identity: Answer
    face_rule: Literal["none", "normative_document", "law"] | None
    necessary: Answer
    less_intrusive_available: Answer
    alternative_offered: Answer
    refused_without_face: Answer
    power_imbalance: Answer
    notice_given: Answer
    necessity_effect_notice: Answer
    consent: Answer
    consent_separate: Answer
    consent_written: Answer
    retention_limited: Answer
    impact_assessment: Answer
    withdrawal_honoured: Answer
    purpose_changed: Answer
    unrelated_to_service: Answer
    contract_changed_alone: Answer
    sold: Answer
    shared: Answer
    off_device: Answer
    persons_100k: Answer
    filed: Answer
    security_ok: Answer
    emotion_inference: Answer
    education_or_work: Answer
    false_non_match: Answer
    watchlist_rules_clear: Answer
    state_power_in_law: Answer
    user_held_key: Answer
    bipa_policy: Answer
    bipa_exempt: Answer

    def __init__(self, **answers: Any) -> None:
        for name in answers:
            if name not in kinds():
                near = difflib.get_close_matches(name, kinds(), n=1, cutoff=0.6)
                raise FactError(
                    f"There is no fact named {name!r}."
                    + (f" Near: {near[0]}." if near else " The table `facts` lists all of them.")
                )
        for field in fields(self):
            object.__setattr__(self, field.name, _value(field.name, answers.get(field.name)))
        for rule in impossible():
            if parse(rule.when).holds(self.answers()):
                raise FactError(f"These facts cannot hold together ({rule.when}): {rule.reason}")

    @classmethod
    def baseline(cls) -> Facts:
        """The compliant opt-in case: every fact at the value of the column ``baseline``."""
        return cls(**{name: kind.baseline for name, kind in kinds().items()})

    def answers(self) -> dict[str, str | None]:
        """The facts as words of the table: yes, no, arguable, a choice, or None."""
        return {field.name: _word(getattr(self, field.name)) for field in fields(self)}

    def known(self) -> dict[str, Any]:
        """Only the facts that are given."""
        given = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in given if value is not None}

    def replace(self, **changes: Any) -> Facts:
        """The same case with some facts changed.

        >>> Facts.baseline().replace(sold=True).sold
        True
        """
        return Facts(**{**self.known(), **changes})

    def over(self, other: Facts) -> Facts:
        """These facts, with the other's where these are silent."""
        return Facts(**{**other.known(), **self.known()})

    def __repr__(self) -> str:
        return "Facts(" + ", ".join(f"{k}={v!r}" for k, v in self.known().items()) + ")"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{name}</code></td><td>{escape(_word(value) or '')}</td>"
            f"<td>{escape(kinds()[name].meaning)}</td></tr>"
            for name, value in self.known().items()
        )
        return (
            "<table><caption>Facts given; all others are unknown</caption><thead><tr>"
            '<th scope="col">Fact</th><th scope="col">Answer</th><th scope="col">Meaning</th>'
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )


def _word(value: Any) -> str | None:
    return _WORDS[value] if isinstance(value, bool) else value


def _value(name: str, given: Any) -> Any:
    """One answer, checked: words yes and no become True and False."""
    if given is None:
        return None
    allowed = kinds()[name].values
    word = _word(given) if isinstance(given, bool | str) else None
    if word not in allowed:
        said = ", ".join(repr(_PYTHON.get(value, value)) for value in allowed)
        raise FactError(f"{name} cannot be {given!r}: give {said}, or leave it out if unknown.")
    return _PYTHON.get(word, word)


@dataclass(frozen=True)
class Pattern:
    """A case to decide: what the story gives, what was assumed, and the rest at the baseline."""

    id: str
    title: str
    reports: str
    story: Facts
    assumed: Facts
    note: str

    @property
    def facts(self) -> Facts:
        """Story over assumptions over baseline: the case as the expected outcomes take it."""
        return Facts(**{**Facts.baseline().known(), **self.assumed.known(), **self.story.known()})

    def origin(self, fact: str) -> str:
        """Where the value of one fact comes from: story, assumed or baseline."""
        if fact in self.story.known():
            return "story"
        return "assumed" if fact in self.assumed.known() else "baseline"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{name}</code></td><td>{escape(_word(value) or '')}</td>"
            f"<td>{self.origin(name)}</td><td>{escape(kinds()[name].meaning)}</td></tr>"
            for facts in (self.story, self.assumed)
            for name, value in facts.known().items()
        )
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        return (
            f"<table><caption>{escape(self.id)} {escape(self.title)}; all other facts at the "
            'baseline</caption><thead><tr><th scope="col">Fact</th><th scope="col">Answer</th>'
            f'<th scope="col">From</th><th scope="col">Meaning</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>{note}"
        )


@lru_cache(maxsize=1)
def _patterns() -> dict[str, Pattern]:
    given: dict[tuple[str, str], dict[str, str]] = {}
    for row in data.load("pattern_facts").to_dict("records"):
        given.setdefault((row["pattern"], row["origin"]), {})[row["fact"]] = row["value"]
    return {
        row["id"]: Pattern(
            row["id"],
            row["title"],
            row["reports"],
            Facts(**given.get((row["id"], "story"), {})),
            Facts(**given.get((row["id"], "assumed"), {})),
            row["note"] if isinstance(row["note"], str) else "",
        )
        for row in data.load("fact_patterns").to_dict("records")
    }


def patterns() -> Iterator[Pattern]:
    """All fact patterns, FP01 first."""
    return iter(_patterns().values())


def pattern(name: str) -> Pattern:
    """One fact pattern by its id. Raises FactError with the ids there are.

    >>> pattern("FP04").story.consent
    False
    """
    if name not in _patterns():
        first, *_, last = _patterns()
        raise FactError(f"There is no fact pattern {name!r}: they run from {first} to {last}.")
    return _patterns()[name]


def as_facts(given: Facts | Pattern | Mapping[str, Any] | str) -> Facts:
    """Facts, a pattern, its id, or a mapping of facts: always Facts."""
    if isinstance(given, Facts):
        return given
    if isinstance(given, Pattern):
        return given.facts
    if isinstance(given, str):
        return pattern(given).facts
    if isinstance(given, Mapping):
        return Facts(**given)
    raise FactError(f"Give Facts, a pattern or its id, not {type(given).__name__}.")
