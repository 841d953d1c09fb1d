"""Where the faces lie after the counter: one central store, one for each operator, or none.

``none`` compares the live face with the picture in the card's chip, keeps the answer yes or no,
and forgets the face. Retention says how long a record stays. Nothing in the evidence says what
operators keep; the kinds are designs to compare.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname.world import draws
from realname.world.accounts import NO_ONE, Directory
from realname.world.exposure import ledger
from realname.world.parameters import Ledger, ParameterError
from realname.world.people import CARRIERS

KINDS = ("central", "per_operator", "none")


@dataclasses.dataclass(frozen=True)
class Stores:
    """Records of templates: whose face, in which store, since which day.

    One entry a record; ``names`` are the stores (none for the kind ``none``). ``retention`` in
    days.
    """

    kind: str
    names: tuple[str, ...]
    people: int
    person: NDArray[np.int32]
    store: NDArray[np.int8]
    day: NDArray[np.int32]
    retention: int

    def kept(self, retention: int) -> Stores:
        """The same records under another retention, in days (1 or more)."""
        if retention < 1:
            raise ParameterError(f"A retention of {retention} days keeps nothing: use kind 'none'.")
        return dataclasses.replace(self, retention=int(retention))

    def held(self, day: int) -> NDArray[np.bool_]:
        """Whose face lies in which store in the evening of a day: (people, stores), True or False.

        A record of day d is held in the evenings of d, d + 1, ... for ``retention`` evenings.
        """
        now = (self.day <= day) & (day < self.day.astype(np.int64) + self.retention)
        out = np.zeros((self.people, len(self.names)), dtype=bool)
        out[self.person[now], self.store[now]] = True
        return out

    def curve(self, days: range) -> pd.DataFrame:
        """People whose face lies in at least one store, for each of the days: day, people,
        share."""
        count = [int(self.held(day).any(axis=1).sum()) for day in days]
        return pd.DataFrame(
            {"day": list(days), "people": count, "share": np.array(count) / self.people}
        )


def enrolled(
    directory: Directory, kind: str, rng: np.random.Generator, days: int = 3650,
    book: Ledger | None = None,
) -> Stores:
    """Records made when the numbers of a directory were registered, on days 0 to ``days`` - 1.

    The day of each number is drawn evenly (assumption). The face is that of the registered person:
    whoever stands at the counter passed as her. Retention is the parameter ``retention_days``.
    Raises ParameterError for an unknown kind.

    >>> from realname.world import accounts, people
    >>> rng = np.random.default_rng(4)
    >>> d = accounts.directory(people.population(100, rng), rng)
    >>> [len(enrolled(d, kind, rng).person) > 0 for kind in KINDS]
    [True, True, False]
    """
    if kind not in KINDS:
        raise ParameterError(f"Unknown kind of store {kind!r}: use {', '.join(KINDS)}.")
    day = draws.pick_evenly(rng, days, len(directory)).astype(np.int32)
    known = directory.registered != NO_ONE
    if kind == "none":
        known = np.zeros_like(known)
    names = {"central": ("central",), "per_operator": CARRIERS, "none": ()}[kind]
    store = directory.carrier if kind == "per_operator" else np.zeros(len(directory), np.int8)
    return Stores(
        kind, names, directory.people, directory.registered[known], store[known], day[known],
        int((book or ledger()).value("retention_days")),
    )
