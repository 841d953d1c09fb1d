"""Breaches of stores, and spills of services.

A store is breached in a year with a small chance; everybody whose face it holds that day is out,
for good: a face cannot be changed. The chance is an assumption; so is that stores fail
independently. A breach is one look on one day: an intruder who stays sees everybody who passes, and
short retention then helps less than it does here.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname.world import draws
from realname.world.accounts import Accounts, services, spelled
from realname.world.exposure import ledger
from realname.world.parameters import Ledger, ParameterError
from realname.world.stores import Stores


def chance(share: NDArray[np.float64] | float, book: Ledger | None = None) -> NDArray[np.float64]:
    """Chance of a breach in a year for a store that holds this share of people.

    ``breach_per_year`` * share ** ``breach_size_pull``: with the default pull of 0 every store
    fails as often as one that holds everybody; with 1, in proportion to what it holds
    (assumptions).

    >>> chance(np.array([1.0, 0.25])).tolist()
    [0.03, 0.03]
    """
    book = book or ledger()
    held = np.asarray(share, dtype=float)
    pulled = book.value("breach_per_year") * held ** book.value("breach_size_pull")
    return np.where(held > 0, pulled, 0.0)


def outlook(held: NDArray[np.bool_], years: float, book: Ledger | None = None) -> pd.DataFrame:
    """Every way the stores can fail within some years, with its chance: exact, no draws.

    ``held`` (people, stores) as from ``Stores.held``. One row a set of breached stores: stores,
    probability, share (of people whose face is out). Kind ``none`` gives one row: nothing, for
    sure.

    >>> both = np.array([[True, False], [True, True], [False, True], [False, False]])
    >>> table = outlook(both, 1)
    >>> table["share"].tolist()
    [0.0, 0.5, 0.5, 0.75]
    """
    people, stores = held.shape
    yearly = chance(held.mean(axis=0), book)
    within = 1 - (1 - yearly) ** years
    rows = []
    for size in range(stores + 1):
        for chosen in itertools.combinations(range(stores), size):
            inside = np.isin(np.arange(stores), chosen)
            probability = float(np.prod(np.where(inside, within, 1 - within)))
            share = float(held[:, inside].any(axis=1).mean()) if size else 0.0
            rows.append({"stores": size, "probability": probability, "share": share})
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> pd.Series:
    """Of an outlook: any (chance that somebody is out), expected and worst share, sd of the share.

    >>> whole = np.ones((4, 1), dtype=bool)
    >>> summary(outlook(whole, 1))["expected"].round(4)
    np.float64(0.03)
    """
    p, share = table["probability"], table["share"]
    mean = float((p * share).sum())
    return pd.Series(
        {
            "any": float(p[share > 0].sum()), "expected": mean,
            "sd": float(np.sqrt(max((p * share**2).sum() - mean**2, 0.0))),
            "worst": float(share.max()),
        }
    )


def history(
    stores: Stores, years: int, rng: np.random.Generator, book: Ledger | None = None
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """One drawn history: the breaches, and for each person whether her face is out at the end.

    Each store may fail once a year, on a day drawn evenly; who is held that day is out. Returns a
    table (day, store, people, first_time) in order of days, and truths, one a person.
    """
    out = np.zeros(stores.people, dtype=bool)
    rows = []
    for year in range(years):
        day = draws.pick_evenly(rng, 365, len(stores.names)) + 365 * year
        strike = rng.random(len(stores.names))
        for j in np.argsort(day, kind="stable"):
            held = stores.held(int(day[j]))[:, j]
            if strike[j] < chance(held.mean(), book):
                first = int((held & ~out).sum())
                rows.append((int(day[j]), stores.names[j], int(held.sum()), first))
                out |= held
    return pd.DataFrame(rows, columns=["day", "store", "people", "first_time"]), out


@dataclasses.dataclass(frozen=True)
class Spill:
    """Accounts of one service that leaked: positions of numbers, and whether each was left
    behind."""

    service: str
    number: NDArray[np.int32]
    left: NDArray[np.bool_]

    def __len__(self) -> int:
        return self.number.size

    def table(self, accounts: Accounts, rows: int | None = None) -> pd.DataFrame:
        """As a buyer sees it: number, and what the service holds, in invented words a person.

        The holder's words are worked out from her position, so that two leaks agree on a person.
        """
        number, left = self.number[:rows], self.left[:rows]
        holder = np.where(left, accounts.before[number], accounts.directory.user[number])
        columns = {"number": spelled(number)}
        holds = _holds(self.service)
        for field in holds:
            columns[field] = [_word(field, int(person)) for person in holder]
        return pd.DataFrame(columns)


def spill(
    accounts: Accounts, service: str, rng: np.random.Generator, book: Ledger | None = None
) -> Spill:
    """A leak of one service: a share ``leak_share`` of its accounts, in no order.

    Raises ParameterError for an unknown service.

    >>> from realname.world import accounts, people
    >>> rng = np.random.default_rng(4)
    >>> world = accounts.opened(accounts.directory(people.population(99, rng), rng), rng)
    >>> sorted(spill(world, "bazaar", rng).table(world))
    ['address', 'name', 'number', 'orders']
    """
    j = accounts.column(service)
    own, left = np.flatnonzero(accounts.own[:, j]), np.flatnonzero(accounts.left[:, j])
    number = np.concatenate([own, left]).astype(np.int32)
    old = np.arange(number.size) >= own.size
    share = (book or ledger()).value("leak_share")
    order = rng.permutation(number.size)[: round(share * number.size)]
    return Spill(service, number[order], old[order])


def _holds(service: str) -> list[str]:
    table = services()
    return str(table.loc[table["service"] == service, "holds"].iloc[0]).split("; ")


def _word(field: str, person: int) -> str:
    """An invented value, the same for a person wherever a field occurs."""
    if person < 0:
        raise ParameterError("An account without a holder has nothing to leak.")
    if field == "name":
        return f"Person {person}"
    return f"{field} {(person * 2654435761 + len(field) * 97) % 9973}"
