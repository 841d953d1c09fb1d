"""Numbers as keys: who is registered, who uses a number, and which accounts hang on it.

A service keeps accounts by phone number. It believes the account to belong to the registered
person (a real-name service shows that name to itself and to the police); the user is somebody else
for some numbers, and a number that was given up comes back with the accounts of whoever had it
before.

Twelve invented services (table ``services``); no real person, number or firm. Numbers begin with
000.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname import data
from realname.world import draws
from realname.world.exposure import ledger
from realname.world.parameters import Ledger, ParameterError
from realname.world.people import CARRIERS, People

NO_ONE = -1
People32 = NDArray[np.int32]


def spelled(number: Iterable[int] | NDArray) -> list[str]:
    """Positions of numbers as text: eleven digits that begin with 000, as no real number does.

    >>> spelled([7])
    ['00000000007']
    """
    return [f"000{int(i):08d}" for i in number]


@dataclasses.dataclass(frozen=True)
class Directory:
    """All numbers: registered person, user, operator. One entry a number, its position is its
    key."""

    people: int
    registered: People32
    user: People32
    carrier: NDArray[np.int8]

    def __len__(self) -> int:
        return self.registered.size

    def table(self, rows: int | None = None) -> pd.DataFrame:
        """One row a number: number, registered, user, carrier. The operator sees no column user."""
        n = len(self) if rows is None else min(rows, len(self))
        return pd.DataFrame(
            {
                "number": spelled(range(n)), "registered": self.registered[:n],
                "user": self.user[:n],
                "carrier": pd.Categorical.from_codes(self.carrier[:n], pd.Index(CARRIERS)),
            }
        )


def directory(people: People, rng: np.random.Generator, book: Ledger | None = None) -> Directory:
    """A directory of the numbers these people hold, some of them in other hands.

    A share ``other_hands`` of numbers (assumption) is used by another person, drawn at random.

    >>> from realname.world import people
    >>> rng = np.random.default_rng(4)
    >>> len(directory(people.population(100, rng), rng)) > 100
    True
    """
    n = len(people)
    kinds = people.numbers.shape[1]
    cells = np.repeat(np.arange(n * kinds), people.numbers.ravel())
    registered = (cells // kinds).astype(np.int32)
    lent = draws.happens(rng, (book or ledger()).value("other_hands"), registered.size)
    other = draws.pick_evenly(rng, max(n - 1, 1), registered.size)
    other = other + (other >= registered)
    user = np.where(lent & (n > 1), other, registered).astype(np.int32)
    return Directory(n, registered, user, (cells % kinds).astype(np.int8))


def of_register(register: pd.DataFrame, people: int) -> Directory:
    """A directory of what a counter issued (``registers.numbers``); -1 stays no one.

    Raises ParameterError if a person in it is not among the ``people``.
    """
    registered = register["registered"].to_numpy(np.int32)
    user = register["user"].to_numpy(np.int32)
    if max(registered.max(initial=-1), user.max(initial=-1)) >= people:
        raise ParameterError(f"The register names a person beyond the {people} there are.")
    carrier = pd.Categorical(register["carrier"], categories=list(CARRIERS)).codes
    return Directory(people, registered, user, carrier.astype(np.int8))


@dataclasses.dataclass(frozen=True)
class Accounts:
    """Which number has an account where. Arrays of truth, one row a number, one column a service.

    ``own``: opened by the user of today. ``left``: left behind by ``before``, who had the number
    earlier (-1: nobody). ``chance`` is the share of numbers each service has, drawn for this world.
    """

    directory: Directory
    services: tuple[str, ...]
    chance: NDArray[np.float64]
    own: NDArray[np.bool_]
    left: NDArray[np.bool_]
    before: People32

    def column(self, service: str) -> int:
        """Position of a service. Raises ParameterError for an unknown one."""
        if service not in self.services:
            raise ParameterError(f"No service {service!r}: use {', '.join(self.services)}.")
        return self.services.index(service)

    @property
    def nbytes(self) -> int:
        """Memory of all arrays, in bytes."""
        d = self.directory
        arrays = (self.own, self.left, self.before, d.registered, d.user, d.carrier)
        return sum(array.nbytes for array in arrays)

    def of(self, people: Iterable[int]) -> pd.DataFrame:
        """The accounts on the numbers that these people are registered for or use: one row each.

        Columns: number, service, holder (who opened it), registered, state (own or left).
        """
        wanted = np.fromiter(people, np.int32)
        d = self.directory
        numbers = np.flatnonzero(np.isin(d.registered, wanted) | np.isin(d.user, wanted))
        parts = []
        for state, there, holder in (("own", self.own, d.user), ("left", self.left, self.before)):
            at, service = np.nonzero(there[numbers])
            number = numbers[at]
            parts.append(
                pd.DataFrame(
                    {
                        "number": spelled(number),
                        "service": np.array(self.services, dtype=object)[service],
                        "holder": holder[number], "registered": d.registered[number],
                        "state": state,
                    }
                )
            )
        order = ["number", "service", "state"]
        return pd.concat(parts, ignore_index=True).sort_values(order, ignore_index=True)


def services() -> pd.DataFrame:
    """The invented services: kind, real_name, holds (table ``services``).

    >>> len(services())
    12
    """
    return data.load("services")


def opened(
    directory: Directory, rng: np.random.Generator, names: tuple[str, ...] | None = None,
) -> Accounts:
    """Accounts of the users of a directory.

    The share of numbers that each service has is drawn once a world, from Beta(2, 3) (assumption):
    mean 0.4, and widely different between worlds. So compare two rules in the same world.
    Raises ParameterError for an unknown service.

    >>> from realname.world import people
    >>> rng = np.random.default_rng(4)
    >>> world = opened(directory(people.population(1000, rng), rng), rng, ("chat", "bank"))
    >>> world.own.shape[1], bool((abs(world.own.mean(axis=0) - world.chance) < 0.06).all())
    (2, True)
    """
    known = tuple(services()["service"])
    names = known if names is None else tuple(names)
    for name in names:
        if name not in known:
            raise ParameterError(f"No service {name!r}: use {', '.join(known)}.")
    n = len(directory)
    # the second smallest of four uniform numbers follows Beta(2, 3)
    chance = np.array([np.sort(draws.uniform(rng, 4))[1] for _ in names])
    own = np.empty((n, len(names)), dtype=bool, order="F")
    for j, share in enumerate(chance):
        own[:, j] = draws.happens(rng, share, n)
    own[directory.user == NO_ONE] = False
    left = np.zeros_like(own, order="F")
    return Accounts(directory, names, chance, own, left, np.full(n, NO_ONE, np.int32))


def recycled(
    accounts: Accounts, years: float, rng: np.random.Generator, book: Ledger | None = None
) -> Accounts:
    """The same numbers after some years in which some were given up and given to other people.

    A number is given up with the chance ``given_up_per_year``; at most once here. Its next
    registered person and user is somebody else, drawn at random. Of the accounts on it a share
    ``accounts_left`` stays tied to the number (both assumptions; a study of numbers on offer in
    the United States found 171 of 259 tied to some account). The new user opens accounts of her
    own, except where an account already sits on the number.
    """
    if years < 0:
        raise ParameterError("Years cannot be negative: count from when the numbers were issued.")
    book, d, n = book or ledger(), accounts.directory, len(accounts.directory)
    moved = draws.happens(rng, 1 - (1 - book.value("given_up_per_year")) ** years, n)
    moved &= d.registered != NO_ONE
    step = 1 + draws.pick_evenly(rng, max(d.people - 1, 1), n)
    if d.people < 2:
        moved[:] = False
    following = ((d.registered.astype(np.int64) + step) % d.people).astype(np.int32)
    at = np.flatnonzero(moved)
    own, left = accounts.own.copy(order="F"), accounts.left.copy(order="F")
    for j, share in enumerate(accounts.chance):
        stays = draws.happens(rng, book.value("accounts_left"), at.size)
        left[at, j] = (own[at, j] | left[at, j]) & stays
        own[at, j] = draws.happens(rng, share, at.size) & ~left[at, j]
    now = Directory(
        d.people, np.where(moved, following, d.registered),
        np.where(moved, following, d.user), d.carrier,
    )
    before = np.where(moved, d.user, accounts.before)
    return dataclasses.replace(accounts, directory=now, own=own, left=left, before=before)


def behind(accounts: Accounts, service: str) -> pd.DataFrame:
    """Who writes, and whose name the service shows when asked: one row an account of one service.

    Columns: number, writer, name_on_file (the registered person), right (are they the same?). A
    service that does not ask for real names has no name on file and is refused.
    Raises ParameterError for an unknown service or one without real names.
    """
    j = accounts.column(service)
    table = services()
    if service not in set(table.loc[table["real_name"], "service"]):
        raise ParameterError(f"{service!r} does not ask for real names: it has no name on file.")
    d = accounts.directory
    own, left = np.flatnonzero(accounts.own[:, j]), np.flatnonzero(accounts.left[:, j])
    number = np.concatenate([own, left])
    writer = np.concatenate([d.user[own], accounts.before[left]])
    name = d.registered[number]
    return pd.DataFrame(
        {"number": spelled(number), "writer": writer, "name_on_file": name, "right": writer == name}
    )
