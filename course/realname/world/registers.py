"""The register of numbers: who is written down for a number, and who uses it.

**Registered person and user apart** is the quantity everything turns on: the registered person gets
the bill and the knock on the door, the user makes the calls.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from realname.world import draws
from realname.world.eventlog import Log
from realname.world.parameters import Ledger, ParameterError, ledger
from realname.world.people import CARRIERS, named
from realname.world.visits import ROUTES

_NO_ONE = -1


def numbers(log: Log) -> pd.DataFrame:
    """One row a number issued in a run: number, registered, user, route, carrier, era, agreed.

    ``registered`` and ``user`` are pids; ``registered`` is -1 in the era ``none``; the user of a
    willing holder's number is -1 too (sold on, to nobody in this population). ``agreed`` says
    whether the registered person agreed to the registration. Numbers begin with 000, which no
    real one does.

    >>> from realname.world import counter, people, visits
    >>> rng = np.random.default_rng(2)
    >>> v = visits.drawn(people.population(50, rng), 20, rng, {"willing_holder": 1})
    >>> bool((numbers(counter.Counter("id_copy").run(v, rng))["user"] == -1).all())
    True
    """
    got = np.flatnonzero(log.issued)
    visits, names = log.source, tuple(ROUTES)
    route = named(visits.route[got], names)
    agreed = np.array([ROUTES[name][4] for name in names])[visits.route[got]]
    user = visits.visitor[got].astype(np.int64)
    sold = visits.route[got] == names.index("willing_holder")
    registered = visits.holder[got].astype(np.int64)
    if log.era == "none":
        registered = np.full(got.size, _NO_ONE)
    return pd.DataFrame(
        {
            "number": [f"000{i:08d}" for i in got],
            "registered": registered,
            "user": np.where(sold, _NO_ONE, user),
            "route": route,
            "carrier": named(visits.carrier[got], CARRIERS),
            "era": log.era,
            "agreed": agreed,
        }
    )


def notified(
    register: pd.DataFrame, rng: np.random.Generator, book: Ledger | None = None
) -> pd.DataFrame:
    """The register after every registered person was told of each number in their name.

    Adds ``cancelled_day``: missing where the number stays. Only people who did not agree cancel,
    each with the chance ``holder_reacts``, after an exponential delay of mean ``notice_days``
    (assumptions). A willing holder does nothing: the message tells her what she knows.
    """
    book = book or ledger()
    n = len(register)
    surprised = ~register["agreed"].to_numpy() & (register["registered"].to_numpy() != _NO_ONE)
    reacts = surprised & draws.happens(rng, book.value("holder_reacts"), n)
    day = draws.exponential(rng, book.value("notice_days"), n)
    return register.assign(cancelled_day=np.where(reacts, day, np.nan))


def in_other_hands(register: pd.DataFrame) -> pd.Series:
    """For each number: is the user somebody else than the registered person?

    The register itself cannot answer this; only a model that knows the user can.
    """
    return (register["registered"] != register["user"]).rename("in_other_hands")


def billed(register: pd.DataFrame) -> pd.Series:
    """Numbers per pid that somebody else uses and the registered person never agreed to.

    The bill goes to the register, so these are the people who pay for a stranger.

    >>> from realname.world import counter, people, visits
    >>> rng = np.random.default_rng(2)
    >>> v = visits.drawn(people.population(50, rng), 3, rng, {"insider": 1})
    >>> int(billed(numbers(counter.Counter().run(v, rng))).sum())
    3
    """
    theirs = register[~register["agreed"] & (register["registered"] != _NO_ONE)]
    return theirs.groupby("registered").size().rename("billed_for_others")


def stock(years: np.ndarray, start: float = 1.0, book: Ledger | None = None) -> np.ndarray:
    """What is left after so many years of numbers sold before a rule: start * (1 - decay)**years.

    ``years`` in years, any shape; ``start`` in any unit. The decay of 20% a year is an assumption.

    >>> stock(np.array([0.0, 1.0, 2.0])).round(2)
    array([1.  , 0.8 , 0.64])
    """
    years = np.asarray(years, dtype=float)
    if years.size and years.min() < 0:
        raise ParameterError("Years since the rule cannot be negative: count from its first day.")
    return start * (1 - (book or ledger()).value("stock_decay")) ** years
