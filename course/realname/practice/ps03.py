"""Problem set 03: the visits, the register, the week, the routes and the shop of one student.

All of it is synthetic. Nobody in it exists, and none of its rates was measured anywhere.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from realname import identity
from realname.world import counter, fraud, people, registers, visits
from realname.world.parameters import Ledger, ledger

PROCEDURES = {
    "none": "no procedure",
    "id_copy": "copy of the card",
    "id_photo": "photograph and clerk",
    "portrait": "portrait matching",
}
_DOCUMENTS = {
    "own": "her own card",
    "borrowed": "a lost card of somebody else",
    "copy": "a copy of somebody else's card",
    "forged": "a forged card with her own photograph and another name",
    "none": "no document",
}
_FACES = {
    "holder": "the face of the holder",
    "lookalike": "a face much like the holder's",
    "stranger": "a face unlike the holder's",
    "picture": "a picture of the holder, held before her face",
    "mask": "a mask of the holder",
}
_DONE = {True: "done as asked", False: "not done as asked"}
# Visits a student may get, one list a row of the table: procedure, document, face, challenge, then.
_SLOTS = (
    (("none", "none", "lookalike", True, "keeps the number"),
     ("none", "none", "stranger", False, "keeps the number")),
    (("portrait", "own", "holder", True, "sells the number that evening"),
     ("id_photo", "own", "holder", True, "sells the number that evening")),
    (("portrait", "own", "holder", True, "keeps the number"),
     ("portrait", "own", "holder", False, "keeps the number")),
    (("portrait", "borrowed", "lookalike", True, "keeps the number"),
     ("id_photo", "borrowed", "lookalike", True, "keeps the number"),
     ("portrait", "borrowed", "stranger", False, "keeps the number")),
    (("portrait", "forged", "stranger", True, "keeps the number"),
     ("id_photo", "forged", "stranger", True, "keeps the number"),
     ("id_copy", "copy", "stranger", True, "keeps the number"),
     ("id_photo", "copy", "lookalike", True, "keeps the number")),
    (("portrait", "borrowed", "picture", False, "keeps the number"),
     ("portrait", "borrowed", "mask", True, "keeps the number"),
     ("id_photo", "borrowed", "mask", True, "keeps the number")),
)
# Sentences on the sweep of a student; which of them the sweep shows is for the student to find.
_STATEMENTS = (
    ("The share of willing holders rises.",
     "After the change, willing holders are the largest route.",
     "After the change, look-alikes with a stolen card are less than 1% of all routes."),
    ("The total falls by more than a quarter.",
     "More than half of what left the closed routes came back on others.",
     "After the change, the total is more than three quarters of what it was."),
    ("Fraud by phone fell in China after December 2019.",
     "The rule caused the fall in the total.",
     "One customer in a thousand is an impostor."),
)
_ROUTES = ("copied or forged card", "stolen card and look-alike", "picture kit", "insider",
           "willing holder")  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """One visit in words."""

    number: int
    procedure: str
    document: str
    face: str
    challenge: str
    afterwards: str


@dataclass(frozen=True)
class Visits:
    """Six visits, numbered from 1."""

    rows: tuple[Visit, ...]

    def __iter__(self):
        return iter(self.rows)

    def _repr_markdown_(self) -> str:
        head = ["*Synthetic: nobody made these visits.*", "",
                "| No. | Procedure | Document | Face shown | Blink and turn | Afterwards she |",
                "|---|---|---|---|---|---|"]
        return "\n".join(head + [
            f"| {v.number} | {v.procedure} | {v.document} | {v.face} | {v.challenge} "
            f"| {v.afterwards} |" for v in self
        ])


@dataclass(frozen=True)
class Week:
    """What one shop counted in a week; every customer may try three times."""

    customers: int
    attempts: int
    failed_attempts: int
    failed_first: int
    refused: int

    def _repr_markdown_(self) -> str:
        rows = [("customers, all of them honest", self.customers), ("attempts", self.attempts),
                ("attempts that failed", self.failed_attempts),
                ("customers whose first attempt failed", self.failed_first),
                ("customers refused after three attempts", self.refused)]
        lines = [f"| {what} | {n:,} |" for what, n in rows]
        return "\n".join(["*Synthetic: one week of an invented shop.*", "",
                          "| Counted | Number |", "|---|---|", *lines])


@dataclass(frozen=True)
class Shop:
    """A shop over a year: who comes, and how often the procedure errs in the end."""

    customers: int
    impostors_per_1000: int
    accepted_impostors: int
    refused_honest: int

    def _repr_markdown_(self) -> str:
        return (
            "*Synthetic: an invented shop.*\n\n"
            f"In a year {self.customers:,} customers come. Of every 1,000 customers, "
            f"{self.impostors_per_1000} are impostors. After all attempts and the clerk, the shop "
            f"accepts {self.accepted_impostors} of every 100 impostors and refuses "
            f"{self.refused_honest} of every 100 honest customers."
        )


@dataclass(frozen=True)
class Mine:
    """Everything in problem set 03 that is one student's own."""

    visits: Visits
    register: pd.DataFrame
    week: Week
    routes: pd.DataFrame
    sweep: pd.DataFrame
    statements: tuple[str, ...]
    shop: Shop


def mine(term: str, student_id: str) -> Mine:
    """The data of one student: the same id gives the same data, on any machine.

    >>> mine("practice", "ada").visits == mine("practice", "ada").visits
    True
    """
    streams = identity.rng("ps03", term, student_id).spawn(6)
    sweep = _sweep(_prices(streams[4]))
    return Mine(
        _visits(streams[0]), _register(streams[1]), _week(streams[2]), _routes(streams[3]),
        sweep, _statements(streams[4]), _shop(streams[5]),
    )


def _visits(rng: np.random.Generator) -> Visits:
    drawn = [slot[int(rng.integers(len(slot)))] for slot in _SLOTS]
    rows = []
    for number, i in enumerate(rng.permutation(len(drawn)), 1):
        era, document, face, asked, after = drawn[i]
        shown = "her own face" if document == "none" else _FACES[face]
        rows.append(
            Visit(number, PROCEDURES[era], _DOCUMENTS[document], shown, _DONE[asked], after)
        )
    return Visits(tuple(rows))


def _register(rng: np.random.Generator) -> pd.DataFrame:
    """Numbers of a small town, as in the lesson: number, registered, user, agreed.

    Drawn again until counting numbers, people, and the wrong side give different results.
    """
    shares = {"honest": 0.76, "willing_holder": 0.10, "insider": 0.08,
              "stolen_id_plus_lookalike": 0.06}  # fmt: skip
    while True:
        town = people.population(30, rng)
        log = counter.Counter("id_photo", limited=False).run(
            visits.drawn(town, 90, rng, shares), rng)
        table = registers.numbers(log)[["number", "registered", "user", "agreed"]]
        other = table[table["registered"] != table["user"]]
        asked = other[~other["agreed"]]
        counts = [len(other), len(asked), asked["registered"].nunique(), len(other) - len(asked),
                  int(table["agreed"].sum())]
        if len(set(counts)) == 5 and min(counts) > 2:
            return table.reset_index(drop=True)


def _week(rng: np.random.Generator) -> Week:
    customers = int(rng.integers(180, 420)) * 100
    first = int(customers * (0.04 + 0.05 * rng.random()))
    second = int(first * (0.35 + 0.2 * rng.random()))
    third = int(second * (0.5 + 0.2 * rng.random()))
    return Week(customers, customers + first + second, first + second + third, first, third)


def _routes(rng: np.random.Generator) -> pd.DataFrame:
    """Numbers in other hands by route, before and after: two routes fall, three gain a little."""
    before = np.array([rng.integers(260, 420), rng.integers(60, 130), rng.integers(5, 20),
                       rng.integers(50, 90), rng.integers(320, 480)])  # fmt: skip
    after = before.copy()
    after[0] = int(rng.integers(5, 30))
    after[1] = int(rng.integers(1, 10))
    after[2:] += np.array([rng.integers(20, 50), rng.integers(5, 30), rng.integers(60, 140)])
    return pd.DataFrame({"route": _ROUTES, "before": before, "after": after})


def _prices(rng: np.random.Generator) -> Ledger:
    return ledger().changed(
        price_insider=float(rng.integers(50, 70)) * 5,
        price_willing_holder=float(rng.integers(18, 24)) * 5,
        price_voip_foreign_iot=float(rng.integers(46, 60)) * 5,
    )


def _sweep(book: Ledger) -> pd.DataFrame:
    """What the model says at three values of epsilon, with the prices of one student."""
    rows = []
    for epsilon in (0.2, 0.5, 1.0):
        # only the total depends on epsilon, the shares never do
        table = fraud.outlook(epsilon=epsilon, book=book, eras=("id_photo", "portrait"))
        before, after = table["id_photo"], table["portrait"]
        change = after - before
        rows.append({
            "epsilon": epsilon,
            "total after / before": after.sum() / before.sum(),
            "displacement": change[change > 0].sum() / -change[change < 0].sum(),
            "willing holders, share before": before["willing_holder"] / before.sum(),
            "willing holders, share after": after["willing_holder"] / after.sum(),
            "look-alikes, share after": after["stolen_id_plus_lookalike"] / after.sum(),
        })
    return pd.DataFrame(rows).round(3)


def _statements(rng: np.random.Generator) -> tuple[str, ...]:
    """Two that hold at every epsilon, two that hang on it, one that the model cannot show."""
    drawn = [
        group[i]
        for group, count in zip(_STATEMENTS, (2, 2, 1), strict=True)
        for i in rng.permutation(len(group))[:count]
    ]
    return tuple(drawn[i] for i in rng.permutation(len(drawn)))


@functools.cache
def _shops() -> tuple[Shop, ...]:
    return tuple(
        Shop(customers, impostors, accepted, refused)
        for customers in (100_000, 200_000, 300_000)
        for impostors in (1, 2, 3)
        for accepted in (5, 10, 15, 20)
        for refused in (2, 3, 4, 6)
    )


def _shop(rng: np.random.Generator) -> Shop:
    return _shops()[int(rng.integers(len(_shops())))]
