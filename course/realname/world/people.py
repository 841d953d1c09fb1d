"""Customers: group, document, age of the photograph in it, difficulty, numbers already held.

Nobody here is modelled on anyone. Groups are those of the table ``score_groups``; no group stands
for a Chinese ethnic minority, because no error rates for them have been published.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname.world import draws, scores
from realname.world.parameters import Ledger, ParameterError, ledger

CARRIERS = ("mobile", "telecom", "unicom")
_OLDEST_PHOTO = 20.0  # years, for people of 60 and over, whose cards do not expire (assumption)


def named(codes: NDArray[np.int8], names: Sequence[str]) -> Any:
    """Codes as words: a categorical column that costs one byte a row."""
    return pd.Categorical.from_codes(codes, pd.Index(names))


@dataclasses.dataclass(frozen=True)
class People:
    """Columns of a population, one entry a person; ``table()`` shows them.

    ``group`` indexes ``groups``; ``u_match`` and ``u_live`` are N(0, 1) and stay with the person;
    ``photo_years`` is the age of the photograph; ``numbers`` counts numbers held, per carrier.
    """

    groups: tuple[str, ...]
    group: NDArray[np.int8]
    photo_years: NDArray[np.float64]
    u_match: NDArray[np.float64]
    u_live: NDArray[np.float64]
    numbers: NDArray[np.int16]

    def __len__(self) -> int:
        return self.group.size

    def table(self) -> pd.DataFrame:
        """One row a person: pid, group, sex, age_band, document, photo_years, u_*, numbers."""
        name = pd.Series(named(self.group, self.groups))
        words = name.astype(str)
        passport = words == "foreign_passport"
        sex = words.str.split("_").str[0].where(~passport, "not recorded")
        band = words.str.contains("60").map({True: "60+", False: "18-59"}).where(~passport, "any")
        return pd.DataFrame(
            {
                "pid": np.arange(len(self)), "group": name, "sex": sex, "age_band": band,
                "document": np.where(passport, "passport", "identity card"),
                "photo_years": self.photo_years.round(1), "u_match": self.u_match,
                "u_live": self.u_live, "numbers": self.numbers.sum(axis=1),
            }
        )


def population(n: int, rng: np.random.Generator, book: Ledger | None = None) -> People:
    """Draw ``n`` people with the shares of ``score_groups`` (assumption: a rounded adult shape).

    The photograph is 0 to 10 years old, for people of 60 and over 0 to 20 (assumption).
    Everybody holds 1 + Poisson(extra_numbers) numbers, each with one of three carriers.

    >>> population(5, np.random.default_rng(7)).table()["group"].tolist()[:2]
    ['women_18_59', 'women_60_plus']
    """
    if n < 1:
        raise ParameterError(f"A population of {n} is not possible: ask for one person or more.")
    book, table = book or ledger(), scores.groups()
    names = tuple(table["group"])
    group = draws.pick(rng, table["share"].to_numpy(), n).astype(np.int8)
    oldest = np.array([_OLDEST_PHOTO if "60" in name else _OLDEST_PHOTO / 2 for name in names])
    photo_years = rng.random(n) * oldest[group]
    u_match, u_live = draws.normal(rng, n), draws.normal(rng, n)
    count = 1 + draws.poisson(rng, book.value("extra_numbers"), n)
    owner = np.repeat(np.arange(n), count)
    carrier = draws.pick(rng, [1, 1, 1], owner.size)
    numbers = np.bincount(owner * len(CARRIERS) + carrier, minlength=n * len(CARRIERS))
    return People(
        names, group, photo_years, u_match, u_live,
        numbers.reshape(n, len(CARRIERS)).astype(np.int16),
    )
