"""Leaks put together: the number is the key, a register of names turns numbers into people.

Counts over a whole population, fast; the picture of a handful is in ``linkage_graph``. Everybody
here is invented. The results are about the model: shares hang on how many numbers have an account
where (Beta(2, 3), assumption), so compare with and without the register on the same leaks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname.world.accounts import NO_ONE, Accounts, services
from realname.world.breach import Spill
from realname.world.parameters import ParameterError


@dataclasses.dataclass(frozen=True)
class Linked:
    """What a buyer of several leaks can put together; counts, one entry a number or a person.

    ``by_number``: leaked accounts on each number. ``foreign``: those left behind by somebody else
    than today's user. ``named``: is the number in a leak that holds a name? ``by_person``: leaked
    accounts on all numbers registered to a person, where the register leaked too, else None.
    """

    services: tuple[str, ...]
    by_number: NDArray[np.int32]
    foreign: NDArray[np.int32]
    named: NDArray[np.bool_]
    by_person: NDArray[np.int64] | None
    wrong_name: float

    def summary(self) -> pd.Series:
        """Shares, each of what its name says.

        ``numbers_joined``: of all numbers, those with two or more leaked accounts.
        ``people_joined``: of all people, also those without a number, those with two or more over
        all their numbers (missing without the register).
        ``accounts_named``: leaked accounts that can be given a name. ``accounts_wrong_name``: of
        all leaked accounts, those whose name in the register is not the holder's (missing without
        it). ``profiles_mixed``: of the joined numbers, those whose profile mixes two people.
        """
        total = int(self.by_number.sum())
        joined = self.by_number >= 2
        mixed = joined & (self.foreign > 0) & (self.foreign < self.by_number)
        people = self.by_person
        with_register = people is not None
        named = total if with_register else int(self.by_number[self.named].sum())
        return pd.Series(
            {
                "leaks": float(len(self.services)),
                "register": float(with_register),
                "numbers_joined": float(joined.mean()),
                "people_joined": float("nan") if people is None else float((people >= 2).mean()),
                "accounts_named": named / total if total else float("nan"),
                "accounts_wrong_name": self.wrong_name if with_register else float("nan"),
                "profiles_mixed": float(mixed.sum() / joined.sum()) if joined.any() else 0.0,
            }
        )


def linked(accounts: Accounts, spills: Sequence[Spill], *, register: bool = False) -> Linked:
    """Put leaks together by number, and with ``register`` by registered person.

    Time and memory grow with the numbers and with the leaked accounts, not with their product.
    Raises ParameterError without leaks, or if a service occurs twice.

    >>> from realname.world import accounts, breach, people
    >>> rng = np.random.default_rng(4)
    >>> world = accounts.opened(accounts.directory(people.population(500, rng), rng), rng)
    >>> spills = [breach.spill(world, name, rng) for name in ("chat", "bank", "meals")]
    >>> found = linked(world, spills, register=True).summary()
    >>> bool(found["people_joined"] > found["numbers_joined"])
    True
    """
    names = _named(spills)
    n, d = len(accounts.directory), accounts.directory
    by_number, foreign = np.zeros(n, np.int32), np.zeros(n, np.int32)
    named = np.zeros(n, dtype=bool)
    knows = set(_holding("name"))
    wrong = total = 0
    for spill in spills:
        by_number += np.bincount(spill.number, minlength=n).astype(np.int32)
        foreign += np.bincount(spill.number[spill.left], minlength=n).astype(np.int32)
        if spill.service in knows:
            named[spill.number] = True
        if register:
            holder = np.where(spill.left, accounts.before[spill.number], d.user[spill.number])
            wrong += int((holder != d.registered[spill.number]).sum())
            total += len(spill)
    by_person = None
    if register:
        known = d.registered != NO_ONE
        by_person = np.bincount(
            d.registered[known], by_number[known], minlength=d.people
        ).astype(np.int64)
    return Linked(names, by_number, foreign, named, by_person, wrong / total if total else np.nan)


def with_aliases(
    accounts: Accounts, spills: Sequence[Spill], *, register: bool = False
) -> Linked:
    """The same leaks, had every service been given a number of its own: a design to compare.

    An alias serves one service and is never given to somebody else, so leaks do not join by
    number; entries of ``by_number`` are aliases. The register still knows whose alias it is: with
    it, people come together as before. Errors as ``linked``.
    """
    names, d = _named(spills), accounts.directory
    knows = set(_holding("name"))
    owners, named, wrong = [], [], 0
    for spill in spills:
        holder = np.where(spill.left, accounts.before[spill.number], d.user[spill.number])
        owner = np.where(spill.left, holder, d.registered[spill.number])
        wrong += int((holder != owner).sum())
        owners.append(owner)
        named.append(np.full(len(spill), spill.service in knows))
    whose = np.concatenate(owners)
    by_person = np.bincount(whose[whose != NO_ONE], minlength=d.people) if register else None
    ones = np.ones(whose.size, np.int32)
    return Linked(
        names, ones, np.zeros_like(ones), np.concatenate(named), by_person,
        wrong / whose.size if register and whose.size else np.nan,
    )


def _named(spills: Sequence[Spill]) -> tuple[str, ...]:
    names = tuple(spill.service for spill in spills)
    if not names:
        raise ParameterError("No leaks: there is nothing to put together.")
    if len(set(names)) < len(names):
        raise ParameterError("A service leaked twice: join its leaks first, or take one of them.")
    return names


def compared(accounts: Accounts, spills: Sequence[Spill]) -> pd.DataFrame:
    """The same leaks without and with the register: one row each, columns as ``Linked.summary``."""
    rows = [linked(accounts, spills, register=also).summary() for also in (False, True)]
    table = pd.DataFrame(rows).drop(columns="register")
    table.insert(0, "register", ["kept", "leaked"])
    table["leaks"] = table["leaks"].astype(int)
    return table


def expected(chance: Sequence[float], numbers: int = 1) -> float:
    """Chance that somebody with so many numbers has two or more leaked accounts, in closed form.

    ``chance``: share of numbers with an account at each leaked service; all accounts leak, numbers
    and services independent, nobody shares a number.

    >>> round(expected([0.4, 0.4, 0.4]), 3)
    0.352
    """
    none, one = 1.0, 0.0
    for p in chance:
        for _ in range(numbers):
            none, one = none * (1 - p), one * (1 - p) + none * p
    return 1 - none - one


def _holding(word: str) -> list[str]:
    table = services()
    with_it = table["holds"].str.split("; ").map(lambda held: word in held)
    return table.loc[with_it, "service"].tolist()
