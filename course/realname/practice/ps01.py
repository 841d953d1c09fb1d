"""Problem set 01: the dossier, the swapped words, the voices and the news feed of one student.

All of it is synthetic. No person, place or newspaper in it exists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from realname import identity
from realname.practice.dossier import Dossier, invent

# Spun sentence, the swapped words in it, the words they stand for.
_SWAPS = {
    "who": (
        ("Pupils of junior academies must be scanned too.", "junior academies", "primary schools"),
        ("The rule was adopted by the town gathering.", "town gathering", "town council"),
        ("The guardians at the gate keep the pictures.", "guardians", "guards"),
        ("The parson in charge signed the order.", "parson", "minister"),
    ),
    "when": (
        ("The suit was filed in the final month.", "in the final month", "last month"),
        ("The check begins after the finish of May.", "after the finish of", "by the end of"),
        ("Ticket shops have begun by 1 May.", "have begun by", "have until"),
    ),
    "how much": (
        ("As few as 300 people signed.", "As few as", "No fewer than"),
        ("The fare rose to 5 crowns.", "rose to", "rose by"),
        ("Dozens of shops took part.", "Dozens of", "A dozen"),
    ),
    "law": (
        ("The rule stands in a warning of the ministry.", "a warning", "a notice"),
        ("The company may compare every face.", "may", "must"),
        ("The company was indicted by a passenger.", "indicted", "sued"),
        ("The court said that the clause was vacant.", "vacant", "void"),
    ),
    "nothing": (
        ("She keeps the ticket on her cell gadget.", "cell gadget", "mobile phone"),
        ("He purchased a fresh ticket.", "purchased a fresh", "bought a new"),
        ("The patrons waited in the rain.", "patrons", "customers"),
        ("The old tickets were vended online.", "vended", "sold"),
    ),
}
# What people say of the gate: who saw it, who was told, who gives an opinion.
_STATEMENTS = (
    (
        "A clerk of the ferry firm, who wishes to stay unnamed: “I have compared faces at my gate"
        " since the spring.”",
        "A passenger: “Yesterday the gate refused me twice, with my own ticket. It should go.”",
        "The district court: the claim against the firm reached us on 4 May.",
        "An engineer who tests cameras for a university: I timed the gate; it takes nine seconds a"
        " person.",
        "A guard in the pay of the ferry firm: “I watched a man pass with his brother's ticket. We"
        " need this check.”",
    ),
    (
        "A passenger: my neighbour says that the pictures are for sale. The gate should go.",
        "The spokeswoman of the ferry firm: another firm told us that it now loses fewer tickets."
        " We welcome the check.",
        "The harbour minister: my staff report short queues. The check is a success.",
        "A researcher at a university: I have read in a newspaper that the pictures are kept for"
        " two years.",
        "A group for passengers' rights: members write to us that the gate refuses them. It should"
        " go.",
    ),
    (
        "The harbour ministry: the check is a good means against the resale of tickets.",
        "A lecturer in law: I hold the check to be out of proportion.",
        "A passenger: I am glad of the check, it feels safer.",
        "A group for passengers' rights: the gate is one more step towards being watched"
        " everywhere.",
        "An official of the data office: in my view the check goes too far.",
    ),
)


@dataclass(frozen=True)
class Swap:
    """One sentence of a spun text: its number, the sentence, and the swapped words in it."""

    number: int
    sentence: str
    swapped: str


@dataclass(frozen=True)
class Spun:
    """Six spun sentences and, in alphabetical order, the words that the swaps replaced."""

    swaps: tuple[Swap, ...]
    originals: tuple[str, ...]

    def __iter__(self):
        return iter(self.swaps)

    def _repr_markdown_(self) -> str:
        lines = ["*Synthetic: sentences of an invented text, after the swap.*", ""]
        lines += [f"{s.number}. {s.sentence} (swapped: “{s.swapped}”)" for s in self.swaps]
        return "\n".join([*lines, "", "Original words: " + "; ".join(self.originals) + "."])


@dataclass(frozen=True)
class Voices:
    """Statements that an invented report quotes, numbered from 1."""

    statements: tuple[str, ...]

    def __iter__(self):
        return iter(enumerate(self.statements, 1))

    def _repr_markdown_(self) -> str:
        lines = [f"{number}. {words}" for number, words in self]
        return "\n".join(["*Synthetic: nobody said this.*", "", *lines])


@dataclass(frozen=True)
class Mine:
    """Everything in problem set 01 that is one student's own."""

    dossier: Dossier
    spun: Spun
    voices: Voices
    feed: pd.DataFrame


def mine(term: str, student_id: str) -> Mine:
    """The data of one student: the same id gives the same data, on any machine.

    >>> mine("practice", "ada").dossier == mine("practice", "ada").dossier
    True
    """
    streams = identity.rng("ps01", term, student_id).spawn(4)
    return Mine(invent(streams[0]), _spun(streams[1]), _voices(streams[2]), news_feed(streams[3]))


def _spun(rng: np.random.Generator) -> Spun:
    """One swap for each kind of damage, and a sixth of any kind."""
    drawn = [swaps[int(rng.integers(len(swaps)))] for swaps in _SWAPS.values()]
    left = [swap for swaps in _SWAPS.values() for swap in swaps if swap not in drawn]
    drawn.append(left[int(rng.integers(len(left)))])
    shuffled = [drawn[i] for i in rng.permutation(len(drawn))]
    swaps = tuple(Swap(n, sentence, spun) for n, (sentence, spun, _) in enumerate(shuffled, 1))
    return Spun(swaps, tuple(sorted((plain for _, _, plain in drawn), key=str.lower)))


def _voices(rng: np.random.Generator) -> Voices:
    """Two statements of one group, two of another, one of the third, in any order."""
    counts = rng.permutation([2, 2, 1])
    drawn = [
        group[i]
        for group, count in zip(_STATEMENTS, counts, strict=True)
        for i in rng.permutation(len(group))[:count]
    ]
    return Voices(tuple(drawn[i] for i in rng.permutation(len(drawn))))


def news_feed(rng: np.random.Generator, texts: int = 60) -> pd.DataFrame:
    """A synthetic feed of texts on the sale of pictures; most of them copy an earlier one.

    Columns: ``text`` (t01, t02, …), ``day`` (1 is the first), ``copied_from`` (a text, or missing
    when the text copies nothing), ``price`` ("lot", "each" or "not said"). Texts that copied
    nothing mostly say "lot"; a much-copied one says "each". Feeds in which two different ways to
    count give the same share are drawn again, so that a result shows how it was reached.

    >>> list(news_feed(np.random.default_rng(1)).columns)
    ['text', 'day', 'copied_from', 'price']
    """
    while True:
        feed = _feed(rng, texts)
        shares = sorted(_shares(feed))
        if min(b - a for a, b in zip(shares, shares[1:], strict=False)) > 0.002:
            return feed


def _feed(rng: np.random.Generator, texts: int) -> pd.DataFrame:
    names = [f"t{number:02d}" for number in range(1, texts + 1)]
    origins = int(rng.integers(8, 13))
    price = ["each", *["lot"] * (origins - 3), "each", "not said"]
    price[1:origins] = [price[1:origins][i] for i in rng.permutation(origins - 1)]
    source: list[str | None] = [None] * origins
    for number in range(origins, texts):
        popular = rng.random() < 0.6
        copied = 0 if popular else int(rng.integers(number))
        source.append(names[copied])
        price.append("not said" if rng.random() < 0.1 else price[copied])
    day = np.sort(rng.integers(1, 15, size=texts))
    return pd.DataFrame({"text": names, "day": day, "copied_from": source, "price": price})


def _shares(feed: pd.DataFrame) -> list[float]:
    """What one gets by counting texts, witnesses or copies, "each" or "lot", with all or priced."""
    said = list(zip(feed["copied_from"].isna(), feed["price"], strict=True))
    shares = []
    for rows in (
        [price for _, price in said],
        [price for first, price in said if first],
        [price for first, price in said if not first],
    ):
        each, lot = rows.count("each"), rows.count("lot")
        shares += [each / (each + lot), lot / (each + lot), each / len(rows)]
    return shares[:-1]  # the copies are never counted with those that give no price
