"""Regimes and their rules, read from the tables ``regimes`` and ``rules``."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache

from realname import data

from .conditions import Condition, parse
from .facts import FactError
from .instruments import as_day


@dataclass(frozen=True)
class Rule:
    """One row of the table ``rules``."""

    id: str
    regime: str
    element: str
    question: str
    effect: str
    when: Condition
    leans: str
    contested_when: Condition | None
    because: str
    counter: str
    articles: str
    since: datetime.date
    confidence: str

    @property
    def lean_condition(self) -> Condition | None:
        """The condition after "if" in the lean."""
        condition = self.leans.partition(" if ")[2]
        return parse(condition) if condition else None

    @property
    def hard(self) -> bool:
        """Does a hit make the case unlawful?"""
        return self.effect in ("ban", "fail")


@dataclass(frozen=True)
class Regime:
    """One row of the table ``regimes``."""

    id: str
    family: str
    name: str
    applies_to: str
    first_day: datetime.date
    last_day: datetime.date | None
    default_day: datetime.date
    against_lawful: str
    outside: str

    def covers(self, day: datetime.date) -> bool:
        """Is it encoded for that day?"""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@lru_cache(maxsize=1)
def regimes() -> dict[str, Regime]:
    """The regimes by id."""
    return {
        row["id"]: Regime(
            row["id"], row["family"], row["name_en"], row["applies_to"],
            row["first_day"].date(),
            None if row["last_day"] != row["last_day"] else row["last_day"].date(),
            row["default_day"].date(), row["against_lawful"], row["outside"],
        )
        for row in data.load("regimes").to_dict("records")
    }  # fmt: skip


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """All rules, in reading order."""
    table = data.load("rules").sort_values("order")
    table = table.astype(object).where(table.notna(), "")
    return tuple(
        Rule(
            row["id"], row["regime"], row["element"], row["question"], row["effect"],
            parse(row["when"]), row["leans"],
            parse(row["contested_when"]) if row["contested_when"] else None,
            row["because"], row["counter"], row["articles"], row["since"].date(),
            row["confidence"],
        )
        for row in table.to_dict("records")
    )  # fmt: skip


def regime_on(name: str, on: object = None) -> tuple[Regime, datetime.date]:
    """The regime of that id or family on a day, and the day.

    Raises FactError if the name is unknown or the regime is not encoded for the day.

    >>> regime_on("CN", "2019-12-01")[0].id
    'CN_PRE2021'
    """
    known = regimes()
    family = [regime for regime in known.values() if regime.family == name]
    if name not in known and not family:
        raise FactError(
            f"There is no regime {name!r}: choose {', '.join(known)}, or CN with a day (on=...)."
        )
    named = [known[name]] if name in known else family
    if on is None and len(named) > 1:
        raise FactError(f"{name} has changed over time: say the day, for example on='2019-12-01'.")
    day = named[0].default_day if on is None else as_day(on)
    for regime in named:
        if regime.covers(day):
            return regime, day
    spans = "; ".join(
        f"{regime.id} from {regime.first_day} to {regime.last_day or 'today'}"
        for regime in known.values()
        if regime.family == named[0].family
    )
    raise FactError(f"{name} is not encoded for {day}. Encoded: {spans}.")
