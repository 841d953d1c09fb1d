"""Problem set 07: accounts, lists, leaks, a store and a hashed list of one student.

All of it is synthetic. Nobody in it exists, no service is a firm, and every number begins with 000.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from realname import identity
from realname.practice.shown import Statements
from realname.world import rosters

SHOWN = 16
"""Signs of a hash that the leaked list shows."""

# What happened to a number: a registered it first; b and c came later, or used it.
_STORIES = {
    "own": "{a} registered the number, and {a} opened the account. Today {a} uses it.",
    "lent": "{a} registered the number in {a}'s own name and lent it to {b}, a relative. {b} opened"
    " the account. Today {b} uses it.",
    "sold": "{a} registered the number in {a}'s own name and sold it. {b} opened the account. Today"
    " {b} uses it.",
    "left": "{a} registered the number, {a} opened the account, and {a} gave the number up. Since"
    " then it is registered for {b}. Today {b} uses it. The account stayed.",
    "left, lent": "{a} registered the number, {a} opened the account, and {a} gave the number up."
    " Since then it is registered for {b}. Today {c} uses it. The account stayed.",
    "lent, left": "{a} registered the number in {a}'s own name and lent it to {b}, a friend. {b}"
    " opened the account. Then {a} gave the number up. Since then it is registered for {c}. Today"
    " {c} uses it. The account stayed.",
    "new": "{a} registered the number and gave it up. Since then it is registered for {b}. {b}"
    " opened the account. Today {b} uses it.",
}
# the six accounts of a student: stories to draw from, and whether the service asks for real names
_SLOTS = (
    (("own", "new"), True), (("lent", "sold"), True), (("left",), True),
    (("left, lent", "lent, left"), True), (("own", "new", "sold"), True),
    (("left", "lent", "left, lent"), False),
)  # fmt: skip
_NAMED, _UNNAMED = ("square", "rails", "purse", "chat", "games"), ("meals", "rides", "lockers")
_TRUE = (
    "Who knows which numbers there are can hash each of them and compare.",
    "Two leaks hashed in the same way can be joined before a single number is found again.",
    "A hash made with a secret cannot be tried out by others while the secret does not leak.",
)
_FALSE = (
    "A hashed number is anonymous, because no sum leads back from the hash.",
    "A longer hash of the same number is harder to find again by trying all numbers.",
    "Hashing the numbers hides which accounts belong to the same number.",
)
_FOLLOWS = (
    "On any day, the short design holds fewer faces than the long one.",
    "A picture in this bundle was offered for less than a picture made to pass a check.",
)
_HANGS = (
    "With three stores in place of one, fewer faces are out on average.",
    "In ten years, somebody breaks into the long design.",
)
_NOT_SHOWN = (
    "The harm to a person is as large as the price of her face.",
    "Buyers paid what the sellers asked.",
    "Operators in China keep faces as long as the long design does.",
)


@dataclass(frozen=True)
class Rows:
    """Rows of text under a heading, shown as a table."""

    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def _repr_markdown_(self) -> str:
        lines = [f"*Synthetic: {self.note}*", "", "| " + " | ".join(self.columns) + " |",
                 "|" + "---|" * len(self.columns)]  # fmt: skip
        shown = [["–" if cell is None else str(cell) for cell in row] for row in self.rows]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in shown])


@dataclass(frozen=True)
class Store:
    """One design of a store, in two versions, and two asking prices."""

    per_day: int
    long_days: int
    short_days: int
    breach_per_year: float
    bundle_yuan: int
    bundle_pictures: int
    kit_yuan: int

    def _repr_markdown_(self) -> str:
        rows = [
            ("faces taken a day, each of another person", f"{self.per_day:,}"),
            ("long design: days a face is kept", f"{self.long_days:,}"),
            ("short design: days a face is kept", self.short_days),
            ("chance of a breach in a year (assumption)", self.breach_per_year),
            ("asking price of a bundle of pictures, in yuan", self.bundle_yuan),
            ("pictures in the bundle, some of the same people", f"{self.bundle_pictures:,}"),
            ("asking price of one picture made to pass a check, in yuan", self.kit_yuan),
        ]
        lines = ["*Synthetic: no such store exists.*", "", "| What | Value |", "|---|---|"]
        return "\n".join(lines + [f"| {what} | {value} |" for what, value in rows])


@dataclass(frozen=True)
class Mine:
    """Everything in problem set 07 that is one student's own."""

    accounts: Rows
    people: pd.DataFrame
    neighbour: dict[str, str]
    leaks: dict[str, Rows]
    register: Rows
    target: str
    hash_statements: Statements
    store: Store
    store_statements: Statements
    prefix: str
    hashed: pd.DataFrame
    named: pd.DataFrame


def mine(term: str, student_id: str) -> Mine:
    """The data of one student: the same id gives the same data, on any machine.

    >>> mine("practice", "ada").target == mine("practice", "ada").target
    True
    """
    streams = identity.rng("ps07", term, student_id).spawn(5)
    people, neighbour = _people(streams[1])
    leaks, register, target = _leaks(streams[2])
    hash_statements = _drawn(streams[2], (_TRUE, 2), (_FALSE, 2))
    store = _store(streams[3])
    store_statements = _drawn(streams[3], (_FOLLOWS, 1), (_HANGS, 1), (_NOT_SHOWN, 2))
    prefix, hashed, named = _hashed(streams[4])
    return Mine(
        _accounts(streams[0]), people, neighbour, leaks, register, target, hash_statements,
        store, store_statements, prefix, hashed, named,
    )


def block(prefix: str) -> list[str]:
    """The thousand numbers that begin with these eight digits.

    >>> block("00000042")[7]
    '00000042007'
    """
    return [f"{prefix}{last:03d}" for last in range(1_000)]


def digest(number: str) -> str:
    """The hash of a number as the leaked list shows it: SHA-256, its first 16 signs.

    >>> digest("00000042007")[:4]
    'b053'
    """
    return hashlib.sha256(number.encode()).hexdigest()[:SHOWN]


def _drawn(rng: np.random.Generator, *groups: tuple[tuple[str, ...], int]) -> Statements:
    kept = [group[i] for group, n in groups for i in rng.permutation(len(group))[:n]]
    return Statements(tuple(kept[i] for i in rng.permutation(len(kept))))


def _accounts(rng: np.random.Generator) -> Rows:
    rows = []
    named = [_NAMED[i] for i in rng.permutation(len(_NAMED))]
    for stories, asks in _SLOTS:
        story = stories[int(rng.integers(len(stories)))]
        a, b, c = ("ABCDEF"[i] for i in rng.permutation(6)[:3])
        service = named.pop() if asks else _UNNAMED[int(rng.integers(3))]
        rows.append((service, "yes" if asks else "no", _STORIES[story].format(a=a, b=b, c=c)))
    order = rng.permutation(len(rows))
    numbered = tuple((n, *rows[i]) for n, i in enumerate(order, 1))
    return Rows("six accounts at invented services.",
                ("No.", "Service", "Asks for real names", "What happened"), numbered)


def _people(rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, str]]:
    """A list of people in four crowds by decade and sex, and what a neighbour knows of one of them.

    Drawn again until k, l, the size and bits of a crowd, and the two ways of counting who is alone
    all differ.
    """
    crowds = [("197x", "f"), ("197x", "m"), ("198x", "f"), ("198x", "m")]
    while True:
        k = int(rng.integers(2, 5))
        least = 1 if k == 2 else int(rng.integers(1, 3))  # fewest reasons, in the last crowd
        sizes = [k, k + 1, k + 1 + int(rng.integers(2)), k + 2]
        order = rng.permutation(4)
        rows = []
        for place, size in enumerate(sizes):
            born, sex = crowds[order[place]]
            drawn = [rosters.REASONS[i] for i in rng.permutation(6)]
            for n in range(size):
                reason = drawn[n % (least if place == 3 else min(3, size))]
                rows.append([born, sex, rosters.DISTRICTS[int(rng.integers(3))], reason])
        for i in rng.permutation(len(rows))[:2]:
            rows[int(i)][2] = None
        place = int(rng.choice([1, 3]))
        if _tells_apart(rows) and sizes[place] ** 2 != len(rows):
            break
    known = crowds[order[place]]
    rows.sort(key=lambda row: (row[0], row[1], row[2] or "~", row[3]))
    table = pd.DataFrame(rows, columns=["born", "sex", "district", "reason"])
    return table, {"born": known[0], "sex": known[1]}


def _tells_apart(rows: list[list[Any]]) -> bool:
    """Whether a missing district makes a difference to who is alone, in each way of counting."""

    def others(row: list[Any], wild: bool) -> int:
        return sum(
            row[:2] == other[:2]
            and (row[2] == other[2] or (wild and (row[2] is None or other[2] is None)))
            for other in rows
        )

    own = sum(others(row, False) == 1 for row in rows)
    sure = sum(others(row, True) == 1 for row in rows)
    written = [row for row in rows if row[2] is not None]
    dropped = sum(sum(row[:3] == other[:3] for other in written) == 1 for row in written)
    return 1 <= sure < dropped < own


def _spelled(number: str, rng: np.random.Generator) -> str:
    parts = (number[:3], number[3:7], number[7:])
    way = int(rng.integers(5))
    if way == 0:
        return number
    joined = (" ".join, "-".join, ".".join)[int(rng.integers(3))](parts)
    return {1: joined, 2: f"+86 {joined}", 3: f"0086 {joined}", 4: f"({parts[0]}) {parts[1]} "
            f"{parts[2]}"}[way]  # fmt: skip


def _leaks(rng: np.random.Generator) -> tuple[dict[str, Rows], Rows, str]:
    """Three leaks of a handful of numbers, spelled as people spell them, and the register.

    Drawn again until numbers, people, everybody, and a join by spelling give different counts.
    """
    fields = {"square": ("nickname",), "meals": ("address",), "health": ("name", "illness")}
    while True:
        numbers = [f"000{int(n):08d}" for n in rng.choice(10**8, 9, replace=False)]
        holders = [1, 1, 2, 3, 3, 4, 5, 6, 7]  # registered person of each number
        streets = rng.permutation(80) + 1
        rows: dict[str, list[tuple[Any, ...]]] = {}
        holds = np.array([rng.random(9) < 0.5 for _ in fields])
        for place, service in enumerate(fields):
            rows[service] = []
            for i in np.flatnonzero(holds[place]):
                values = {
                    "square": (f"heron{streets[i]}",), "meals": (f"{streets[i]} Mill Lane",),
                    "health": (f"Person {holders[i]}", rosters.REASONS[int(rng.integers(6))]),
                }[service]  # fmt: skip
                rows[service].append((_spelled(numbers[i], rng), *values))
        joined = int((holds.sum(axis=0) >= 2).sum())
        accounts = np.bincount(holders, holds.sum(axis=0))
        people, anybody = int((accounts >= 2).sum()), int((accounts >= 1).sum())
        written = [row[0] for leak in rows.values() for row in leak]
        by_spelling = sum(written.count(text) >= 2 for text in set(written))
        whole = np.flatnonzero(holds.sum(axis=0) == 2)
        counts = {joined, people, anybody, by_spelling}
        if len(counts) == 4 and whole.size and min(map(len, rows.values())):
            break
    shown = {
        service: Rows(f"the leak of {service}.", ("number", *fields[service]),
                      tuple(rows[service][i] for i in rng.permutation(len(rows[service]))))
        for service in fields
    }  # fmt: skip
    order = rng.permutation(9)
    register = Rows("the register of numbers.", ("number", "registered"),
                    tuple((numbers[i], f"Person {holders[i]}") for i in order))  # fmt: skip
    return shown, register, numbers[int(whole[0])]


def _store(rng: np.random.Generator) -> Store:
    return Store(
        per_day=int(rng.integers(20, 90)) * 100, long_days=int(rng.choice([730, 1095, 1825, 3650])),
        short_days=int(rng.choice([7, 14, 30, 60])),
        breach_per_year=float(rng.choice([0.01, 0.02, 0.04, 0.05])),
        bundle_yuan=int(rng.choice([8, 12, 15, 20])),
        bundle_pictures=int(rng.choice([2_000, 4_000, 6_000, 8_000])),
        kit_yuan=int(rng.choice([25, 30, 40])),
    )  # fmt: skip


def _hashed(rng: np.random.Generator) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    """A clinic's list with hashed numbers, and a list of a shop with numbers and names.

    Some hashed numbers come from outside the block, some stand twice or more, some are in both
    lists: rows found, numbers found and numbers with a name are different counts.
    """
    first = int(rng.integers(1, 10**5 - 1))
    prefix, outside = f"000{first:05d}", f"000{first + 1:05d}"
    inside = [f"{prefix}{int(n):03d}" for n in rng.choice(1_000, 30, replace=False)]
    others = [f"{outside}{int(n):03d}" for n in rng.choice(1_000, 8, replace=False)]
    count = int(rng.integers(18, 24))
    twice = int(rng.integers(4, 8))
    written = [inside[0], *inside[:count], *inside[1:twice], *others[:5]]
    rest = [written[i] for i in 1 + rng.permutation(len(written) - 1)]
    hashed = pd.DataFrame({
        "number_hash": [digest(number) for number in (written[0], *rest)],
        "illness": [rosters.REASONS[int(i)] for i in rng.integers(6, size=len(written))],
    })  # fmt: skip
    both = int(rng.integers(6, 11))
    listed = [*inside[:both], *inside[count:], *others[5:]]
    shop = [listed[i] for i in rng.permutation(len(listed))]
    return prefix, hashed, pd.DataFrame(
        {"number": shop, "name": [f"Person {n}" for n in range(1, len(shop) + 1)]}
    )
