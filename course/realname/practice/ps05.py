"""Problem set 05: cases, a test of four groups, a trade-off, statements and one student's own test.

All figures of systems here are invented, and its groups are letters that stand for nobody. Only
the statements of question 7 speak of published figures; those stand in ``data/biometrics``.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from realname import identity, measure
from realname.practice.shown import Statements

# who pays: what happens at an invented counter
_CASES = {
    "person on the card": (
        "A look-alike shows a stolen card, and the program calls it a match.",
        "A picture of the holder, held before the camera, is taken for the living holder.",
        "The threshold is lowered, and strangers who resemble a holder now pass more often.",
        "In one group strangers match five times as often as in another.",
    ),
    "customer": (
        "A woman comes with her own card, nine years old, and the program finds no match.",
        "A man blinks as he is asked to, and the liveness check calls him a picture.",
        "The threshold is raised, and holders whose scores lay just above it now fall below.",
        "In one group holders are not recognised twice as often as in another.",
    ),
    "nobody": (
        "A stranger shows a stolen card, the program finds no match, and he leaves.",
        "A woman comes with her own card, and the program calls it a match.",
    ),
}
# what a sentence about the table of question 3 comes to
_READINGS = {
    "follows": (
        "Of group P, {people} people were tested, and not {attempts}.",
        "Of group S we learn nothing from this test.",
        "Counted in people, the range of group P is wider than counted in attempts.",
        "That nobody of group Q was refused does not show that nobody will be.",
    ),
    "does not follow": (
        "Group S has the rate of the three other groups taken together.",
        "Nobody of group Q was refused, so the machine makes no mistake with them.",
        "The {attempts} attempts of group P say as much as {attempts} people would.",
        "If the ranges of P and R overlap, the two groups are treated alike.",
    ),
}
# the published record, and where a sentence leaves it
_RECORD = {
    "supported": (
        "On police photographs of the United States, the median of 240 algorithms of 2020 matched"
        " Black women falsely 11.65 times as often as white men, at the threshold that gives white"
        " men one in 1,000.",
        "Of four algorithms from China, two had fewer false matches within East Asia than within"
        " Europe.",
        "In a test of the United States Department of Homeland Security in 2025, three of 16"
        " systems refused more than half of the honest attempts.",
    ),
    "another task": (
        "Gender Shades shows that face matching took 34.7% of darker-skinned women for somebody"
        " else.",
        "Since services guessed the gender of darker-skinned women wrongly so often, they also"
        " take them for other people that often.",
    ),
    "another unit": (
        "As 8.5% of iris attempts failed, 8.5% of the people in the system were turned away.",
        "As 616 million fingerprint attempts were made, 616 million people were checked.",
    ),
    "another setting": (
        "As white women had 2.9 times the false matches of white men on United States police"
        " photographs (the median of 240 algorithms), women in Chinese shops have 2.9 times those"
        " of men.",
        "As Australian passport officers accepted 14% of photographs of somebody else, clerks in"
        " phone shops accept 14%.",
    ),
    "no base rate": (
        "As false matches were 10 to 100 times as frequent for some groups, most people of these"
        " groups are falsely matched.",
        "As six wrongful arrests after a false match were known in the United States in 2023, we"
        " know how often a search ends in one.",
    ),
    "too few to tell": (
        "As no difference was significant with seven false positives, the police cameras of the"
        " United Kingdom treated all groups alike.",
        "As two of four algorithms from China mistook East Asian faces less often than European"
        " ones, half of all algorithms from China do.",
    ),
    "nobody measured it": (
        "As no ethnic minority of China stands in the tables, their error rate is that of everybody"
        " else.",
        "As no refusals at Chinese counters were published, hardly any honest customer is refused"
        " there.",
    ),
}
WHO = tuple(_CASES)
READINGS = tuple(_READINGS)
RECORD = tuple(_RECORD)


@dataclass(frozen=True)
class Sentences(Statements):
    """Numbered sentences, and above them what they are."""

    about: str = ""

    def _repr_markdown_(self) -> str:
        return f"*{self.about}*\n\n{super()._repr_markdown_()}"


@dataclass(frozen=True)
class Base:
    """A ratio of question 1, and the rate that it multiplies."""

    ratio: int
    one_in: int
    comparisons: int

    def _repr_markdown_(self) -> str:
        return (
            "*Synthetic: an invented system.*\n\n"
            f"In group A one comparison of strangers in {self.one_in:,} matches. In group B false"
            f" matches are {self.ratio} times as frequent. {self.comparisons:,} comparisons of"
            " strangers of group B are made."
        )


@dataclass(frozen=True)
class Mine:
    """Everything in problem set 05 that is one student's own."""

    cases: Sentences
    base: Base
    groups: pd.DataFrame
    readings: Sentences
    trade: pd.DataFrame
    target: int
    record: Sentences
    visits: pd.DataFrame
    listed: tuple[str, ...]
    attempts: list[tuple[str, bool]]
    draws: list[list[int]]
    redrawn: list[float]


def mine(term: str, student_id: str) -> Mine:
    """The data of one student: the same id gives the same data, on any machine.

    >>> mine("practice", "ada").base == mine("practice", "ada").base
    True
    """
    streams = identity.rng("ps05", term, student_id).spawn(5)
    groups = _groups(streams[1])
    trade, target = _trade(streams[2])
    return Mine(
        _cases(streams[0]), _base(streams[0]), groups, _readings(streams[1], groups), trade,
        target, _record(streams[3]), *_own(streams[4]),
    )


def _some(rng: np.random.Generator, pool: tuple[str, ...], count: int) -> list[str]:
    return [pool[i] for i in rng.permutation(len(pool))[:count]]


def _shuffled(rng: np.random.Generator, words: list[str]) -> tuple[str, ...]:
    return tuple(words[i] for i in rng.permutation(len(words)))


def _cases(rng: np.random.Generator) -> Sentences:
    """Six cases: two or three of each harm, one that harms nobody."""
    more = int(rng.integers(2))
    words = (
        _some(rng, _CASES["person on the card"], 2 + more)
        + _some(rng, _CASES["customer"], 3 - more) + _some(rng, _CASES["nobody"], 1)
    )
    return Sentences(_shuffled(rng, words), "Synthetic: an invented counter.")


def _base(rng: np.random.Generator) -> Base:
    """A ratio, its base rate and a number of comparisons that gives whole false matches."""
    ratio, one_in = int(rng.integers(3, 12)), int(rng.integers(2, 10)) * 1000
    return Base(ratio, one_in, one_in * int(rng.integers(10, 41)))


def _groups(rng: np.random.Generator) -> pd.DataFrame:
    """A test of four groups: two with errors, one without, one without people."""
    rows = []
    for name in "PQRS":
        people, tries = int(rng.integers(30, 80)), int(rng.integers(6, 12))
        row: dict[str, object] = {"group": name, "people": people, "attempts": people * tries,
                                  "refused": 0}
        if name == "S":
            row |= {"people": 0, "attempts": 0}
        ends = dict.fromkeys(
            ("low, attempts", "high, attempts", "low, people", "high, people"), float("nan")
        )
        if name in "PR":
            row["refused"], found = _refused(rng, people, tries)
            ends = dict(zip(ends, found, strict=True))
        rows.append(row | ends)
    return pd.DataFrame(rows)


def _refused(
    rng: np.random.Generator, people: int, tries: int
) -> tuple[int, tuple[float, float, float, float]]:
    """Refused attempts, and both 95% ranges; drawn again until the ranges differ at both ends."""
    while True:
        each = rng.beta(0.6, 3.0, people)
        wrong = rng.random((people, tries)) < each[:, None]
        narrow = measure.wilson(int(wrong.sum()), wrong.size)
        wide = measure.clustered(wrong.ravel(), np.repeat(np.arange(people), tries))
        ends = tuple(round(end, 3) for end in (*narrow, *wide))
        if ends[2] > 0.01 and ends[0] - ends[2] > 0.005 and ends[3] - ends[1] > 0.005:
            return int(wrong.sum()), (ends[0], ends[1], ends[2], ends[3])


def _readings(rng: np.random.Generator, groups: pd.DataFrame) -> Sentences:
    first = groups.iloc[0]
    words = [sentence.format(people=int(first["people"]), attempts=int(first["attempts"]))
             for pool in _READINGS.values() for sentence in _some(rng, pool, 2)]
    return Sentences(_shuffled(rng, words), "Four sentences about the table.")


def _trade(rng: np.random.Generator) -> tuple[pd.DataFrame, int]:
    """Errors of two groups at nine thresholds, and a target that one row just meets."""
    cdf = NormalDist().cdf
    while True:
        start, mu = 2.2 + 0.4 * rng.random(), 5.6 + 1.2 * rng.random()
        gap, s = 0.35 + 0.25 * rng.random(), 1.7 + 0.5 * rng.random()
        line = [start + 0.2 * step for step in range(9)]
        easy = [round(100_000 * (1 - cdf(t))) for t in line]
        hard = [round(100_000 * (1 - cdf(t - gap))) for t in line]
        missed = [[round(1000 * cdf((t - mu + more) / s)) for t in line]
                  for more in (0.0, 0.1 * rng.random())]
        at = int(rng.integers(3, 8))
        target = hard[at]
        first = next((i for i, n in enumerate(easy) if n <= target), 9)
        swap = bool(rng.integers(2))
        steps = [missed[0][at] - missed[0][first], missed[1][at] - missed[0][first],
                 missed[1][at] - missed[1][first]] if first < at else [0]
        if 1 <= first < at and target not in easy and min(steps) > 0 and len(set(steps)) > 1:
            break
    order = (easy, hard) if not swap else (hard, easy)
    refused = missed if not swap else missed[::-1]
    return pd.DataFrame({
        "threshold": [round(0.50 + 0.05 * step, 2) for step in range(9)],
        "false matches A, of 100,000": order[0], "false matches B, of 100,000": order[1],
        "refused A, of 1,000": refused[0], "refused B, of 1,000": refused[1],
    }), target


def _record(rng: np.random.Generator) -> Sentences:
    """Two sentences that the record supports, and one for each of five ways to leave it."""
    ways = _some(rng, RECORD[1:], 5)
    words = _some(rng, _RECORD["supported"], 2)
    words += [_some(rng, _RECORD[way], 1)[0] for way in ways]
    return Sentences(_shuffled(rng, words), "About published figures. Some go too far.")


def _own(
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, tuple[str, ...], list[tuple[str, bool]], list[list[int]], list[float]]:
    """A test of 14 people of group A, some of group B without a refusal, and nobody of group C."""
    while True:
        names = [f"a{i + 1:02d}" for i in rng.permutation(14)]
        tries = rng.integers(1, 7, 14)
        hard = rng.beta(0.5, 1.2, 14)
        wrong = [rng.random(n) < p for n, p in zip(tries, hard, strict=True)]
        refused = np.array([int(w.sum()) for w in wrong])
        draws = rng.integers(0, 14, (40, 14))
        redrawn = sorted((refused[draws].sum(axis=1) / tries[draws].sum(axis=1)).tolist())
        narrow = measure.wilson(int(refused.sum()), int(tries.sum()))
        rate = refused.sum() / tries.sum()
        each = (refused / tries).mean()
        apart = (redrawn[1] - redrawn[0], redrawn[39] - redrawn[38], abs(each - rate),
                 abs(narrow.low - redrawn[1]), abs(narrow.high - redrawn[38]),
                 abs((refused > 0).mean() - rate))
        if 0.1 < rate < 0.5 and min(apart) > 0.004:
            break
    others = int(rng.integers(8, 20))
    more = rng.integers(2, 7, others)
    rows = [{"person": p, "group": "A", "attempts": int(n), "refused": int(k)}
            for p, n, k in zip(names, tries, refused, strict=True)]
    rows += [{"person": f"b{i + 1:02d}", "group": "B", "attempts": int(n), "refused": 0}
             for i, n in enumerate(more)]
    pairs = [(p, bool(w)) for p, part in zip(names, wrong, strict=True) for w in part]
    return pd.DataFrame(rows), ("A", "B", "C"), pairs, draws.tolist(), redrawn
