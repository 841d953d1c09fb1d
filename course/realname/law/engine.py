"""Ask a regime about a case: result, rules hit, reasons, the other side, what one must still ask.

The rules are data; this module only reads them. What the regime does not bind is not covered. A
ban or fail that is hit makes the case unlawful, contested if every one of them has a respectable
answer. Doubts alone make it arguable, with a lean. A rule that rests on an unknown fact leaves the
case open unless a hard rule already decides. Silence is never lawfulness.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .facts import Facts, Pattern, as_facts, kinds
from .render import Rendered
from .rules import Regime, Rule, regime_on, rules

SEVERITY = {
    ("lawful", ""): 0, ("arguable", "lawful"): 1, ("arguable", "not covered"): 1,
    ("arguable", "neither"): 2, ("arguable", "unlawful"): 3, ("contested", ""): 4,
    ("unlawful", ""): 5,
}  # fmt: skip
"""How bad a result is for the collector; `not covered` and `cannot tell` have no place in it."""


@dataclass(frozen=True)
class Question:
    """A fact one would still have to ask for, and the rules that wait for it."""

    fact: str
    text: str
    rules: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Assessment(Rendered):
    """What one regime says about one case on one day.

    result: lawful, arguable, contested, unlawful, cannot tell, not covered. lean: for arguable,
    the side it leans to (lawful, unlawful, not covered, neither). hits: rules hit. open: rules that
    wait for a fact. ask: questions, the most telling first. best, worst: for cannot tell, the
    result if no waiting rule is hit, and if all are but those on scope. reasons and counter:
    sentences. not_yet: rules of the regime that were not yet in force on the day.
    """

    regime: Regime
    on: datetime.date
    result: str
    lean: str
    hits: tuple[Rule, ...]
    open: tuple[Rule, ...]
    ask: tuple[Question, ...]
    best: str
    worst: str
    reasons: tuple[str, ...]
    counter: tuple[str, ...]
    not_yet: tuple[Rule, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules hit."""
        return tuple(rule.id for rule in self.hits)

    @property
    def articles(self) -> tuple[str, ...]:
        """Authorities of the rules hit, in short names, each once."""
        named = (part.strip() for rule in self.hits for part in rule.articles.split(";"))
        return tuple(dict.fromkeys(named))

    @property
    def severity(self) -> int | None:
        """0 lawful to 5 unlawful; None where the scale does not apply."""
        return SEVERITY.get((self.result, self.lean))

    @property
    def label(self) -> str:
        """The result in words, with its lean.

        >>> assess("FP01", "CN_NOW").label
        'arguable (leans lawful)'
        """
        return _label(self.result, self.lean)


def assess(
    facts: Facts | Pattern | Mapping[str, Any] | str, regime: str, *, on: object = None
) -> Assessment:
    """What a regime says about a case.

    facts: Facts, a pattern or its id ("FP04"), or a mapping of facts. regime: an id of the table
    ``regimes``, or a family ("CN") with a day. on: the day; default the regime's own. Raises
    FactError for wrong or impossible facts and for a regime that is not encoded for the day.
    This is a model to argue with, not advice on a case.

    >>> assess("FP05", "EU").result
    'lawful'
    >>> assess(Facts(), "EU").result
    'cannot tell'
    """
    case = as_facts(facts)
    law, day = regime_on(regime, on)
    mine = [rule for rule in rules() if rule.regime == law.id]
    applied = [rule for rule in mine if rule.since <= day]
    answers = case.answers()
    hit, waiting = _sorted_out(applied, answers)
    result, lean = _result(hit, waiting, answers)
    bound = [rule for rule in waiting if rule.effect != "out_of_scope"]
    return Assessment(
        regime=law,
        on=day,
        result=result,
        lean=lean,
        hits=tuple(hit),
        open=tuple(waiting),
        ask=_questions(waiting, answers),
        best=_label(*_result(hit, [], answers)) if result == "cannot tell" else "",
        worst=_label(*_result(hit + bound, [], answers)) if result == "cannot tell" else "",
        reasons=_reasons(result, lean, hit),
        counter=_counter(result, lean, hit, law, answers),
        not_yet=tuple(rule for rule in mine if rule.since > day),
    )


def _sorted_out(
    applied: list[Rule], answers: Mapping[str, str | None]
) -> tuple[list[Rule], list[Rule]]:
    """The rules that are hit, and those that wait for a fact."""
    holds = [rule.when.holds(answers) for rule in applied]
    hit = [rule for rule, state in zip(applied, holds, strict=True) if state]
    return hit, [rule for rule, state in zip(applied, holds, strict=True) if state is None]


def _result(
    hit: list[Rule], waiting: list[Rule], answers: Mapping[str, str | None]
) -> tuple[str, str]:
    """Result and lean."""
    if any(rule.effect == "out_of_scope" for rule in hit):
        return "not covered", ""
    if any(rule.effect == "out_of_scope" for rule in waiting):
        return "cannot tell", ""
    hard = [rule for rule in hit if rule.hard]
    if hard:
        return ("contested" if all(_contested(rule, answers) for rule in hard) else "unlawful"), ""
    if waiting:
        return "cannot tell", ""
    if hit:
        return "arguable", _lean([_leans(rule, answers) for rule in hit])
    return "lawful", ""


def _contested(rule: Rule, answers: Mapping[str, str | None]) -> bool:
    return rule.contested_when is not None and rule.contested_when.holds(answers) is True


def _leans(rule: Rule, answers: Mapping[str, str | None]) -> str:
    """The side a doubt leans to: as written, or by its condition."""
    side, _, condition = rule.leans.partition(" if ")
    if not condition:
        return side
    holds = rule.lean_condition.holds(answers) if rule.lean_condition else True
    return {True: side, False: "lawful", None: "neither"}[holds]


def _lean(sides: list[str]) -> str:
    """One doubt that leans to unlawful is enough; then the others in turn."""
    for side in ("unlawful", "not covered", "neither"):
        if side in sides:
            return side
    return "lawful"


def _label(result: str, lean: str) -> str:
    if not lean:
        return result
    return f"{result} (open)" if lean == "neither" else f"{result} (leans {lean})"


def _questions(waiting: list[Rule], answers: Mapping[str, str | None]) -> tuple[Question, ...]:
    """The unknown facts the waiting rules rest on: scope first, then by hard rules, then doubts."""
    found: dict[str, list[Rule]] = {}
    for rule in waiting:
        for fact in rule.when.facts():
            if answers[fact] is None:
                found.setdefault(fact, []).append(rule)
    order = list(kinds())

    def weight(fact: str) -> tuple[int, int, int, int]:
        scope = sum(rule.effect == "out_of_scope" for rule in found[fact])
        hard = sum(rule.hard for rule in found[fact])
        return -scope, -hard, -len(found[fact]), order.index(fact)

    return tuple(
        Question(fact, kinds()[fact].ask, tuple(rule.id for rule in found[fact]))
        for fact in sorted(found, key=weight)
    )


def _reasons(result: str, lean: str, hit: list[Rule]) -> tuple[str, ...]:
    """Why the result is what it is; a doubt that leans to lawful gives the collector's reasons."""
    if not hit:
        return ("No encoded rule is hit.",) if result == "lawful" else ()
    said = [rule for rule in hit if rule.effect == "out_of_scope"]
    if not said:
        said = sorted(hit, key=lambda rule: not rule.hard)
    if (result, lean) == ("arguable", "lawful"):
        return tuple(f"{rule.counter} ({rule.id}: {rule.articles})" for rule in said)
    return tuple(f"{rule.because} ({rule.id}: {rule.articles})" for rule in said)


def _counter(
    result: str, lean: str, hit: list[Rule], law: Regime, answers: Mapping[str, str | None]
) -> tuple[str, ...]:
    """The best the losing side can say."""
    if result == "lawful":
        return (law.against_lawful,)
    if result == "not covered":
        return (law.outside,)
    if result == "arguable" and lean == "lawful":
        return tuple(f"Against the collector: {rule.because}" for rule in hit)
    hard = [rule for rule in hit if rule.hard]
    if result == "arguable" and lean == "unlawful":
        hard = [rule for rule in hit if _leans(rule, answers) == "unlawful"]
    return tuple(f"For the collector ({rule.id}): {rule.counter}" for rule in hard or hit)
