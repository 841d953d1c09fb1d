"""Problem set 04: comparisons, a trade-off, films, an expert's report and a trial of one student.

All of it is synthetic. The faces are drawn from parameters and are nobody's; no rate here was
measured on people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from realname import identity
from realname.world import draws, liveness, portraits, scores

SPECIES = ("print", "replay", "mask", "deepfake")
SHUT, TURNED = 0.70, 1.20
"""In question 5: eyes below this are shut, a turn farther than this is a turn."""

# topic: the sentence as an expert may write it, and the same with an error planted
_SENTENCES = {
    "people counted as attempts": (
        "{people:,} volunteers took part; each tried {tries} times, which gives {attempts:,}"
        " attempts.",
        "{attempts:,} volunteers took part, so the intervals are narrow. (Annex: {people:,} names,"
        " {tries} attempts each.)",
    ),
    "two rates mixed up": (
        "Of {attempts:,} attempts by the persons on the cards, {missed} were not recognised; this"
        " gives the false non-match rate.",
        "Of {attempts:,} attempts by the persons on the cards, {missed} were not recognised; this"
        " gives the false match rate.",
    ),
    "threshold misread": (
        "The system matches from the threshold of {t:.2f} on; a score of exactly {t:.2f} is a"
        " match.",
        "The system matches when score >= threshold, that is {t:.2f}; a score of exactly {t:.2f}"
        " is therefore no match.",
    ),
    "rate read as probability of guilt": (
        "One stranger in {odds:,} matches. How probable it is that the person at the counter is the"
        " one on the card depends on all other evidence too.",
        "One stranger in {odds:,} matches. The probability that the person at the counter is not"
        " the one on the card is therefore 1 in {odds:,}.",
    ),
    "no errors read as no risk": (
        "In {zero:,} tries with printed pictures none passed; the true rate may still be above"
        " zero.",
        "In {zero:,} tries with printed pictures none passed; a printed picture cannot pass.",
    ),
    "attempts treated as independent": (
        "A person whom the system misses once is likely to be missed again, so three attempts help"
        " less than the first figure suggests.",
        "One attempt fails in about {fail} of 100 cases, so three attempts fail in"
        " {fail} x {fail} x {fail} of a million.",
    ),
    "search treated as one comparison": (
        "The rate of one in {odds:,} holds for one comparison; a search among {many:,} faces makes"
        " many comparisons.",
        "The rate of one in {odds:,} also holds for a search among {many:,} faces: a hit is wrong"
        " once in {odds:,} searches.",
    ),
    "liveness taken for identity": (
        "The liveness check was passed: somebody was there. Who it was, the check does not say.",
        "The liveness check was passed: so it was the holder of the card who stood there.",
    ),
}
ERRORS = tuple(_SENTENCES)


@dataclass(frozen=True)
class Film:
    """What was read from a film: the challenge, and eyes and turn in each of its three beats."""

    name: str
    asked: tuple[str, ...]
    eyes: tuple[float, ...]
    turn: tuple[float, ...]


@dataclass(frozen=True)
class Films:
    """Two films, A and B; one of them may be an attack."""

    films: tuple[Film, ...]

    def __iter__(self):
        return iter(self.films)

    def _repr_markdown_(self) -> str:
        lines = ["*Synthetic: drawn faces, nobody was filmed.*", "",
                 "| Film | Beat | Asked | Eyes, most closed | Turn, farthest |",
                 "|---|---|---|---|---|"]
        for film in self:
            for beat, row in enumerate(zip(film.asked, film.eyes, film.turn, strict=True), 1):
                lines.append(f"| {film.name} | {beat} | {row[0]} | {row[1]:.2f} | {row[2]:+.2f} |")
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """An invented expert's report: numbered sentences, some of them wrong, and its counts."""

    sentences: tuple[str, ...]
    attempts: int
    missed: int
    zero: int

    def __iter__(self):
        return iter(enumerate(self.sentences, 1))

    def _repr_markdown_(self) -> str:
        lines = [f"{number}. {words}" for number, words in self]
        return "\n".join(["*Synthetic: no such report or system exists.*", "", *lines])


@dataclass(frozen=True)
class Mine:
    """Everything in problem set 04 that is one student's own."""

    threshold: float
    comparisons: pd.DataFrame
    trade: pd.DataFrame
    target: float
    films: Films
    presentations: pd.DataFrame
    report: Report
    trial: pd.DataFrame
    trial_threshold: float


def mine(term: str, student_id: str) -> Mine:
    """The data of one student: the same id gives the same data, on any machine.

    >>> mine("practice", "ada").report == mine("practice", "ada").report
    True
    """
    streams = identity.rng("ps04", term, student_id).spawn(6)
    threshold, comparisons = _comparisons(streams[0])
    trial, trial_threshold = _trial(streams[5])
    return Mine(
        threshold, comparisons, _trade(streams[1]), (0.01, 0.02, 0.05)[streams[1].integers(3)],
        _films(streams[2]), _presentations(streams[3]), _report(streams[4]),
        trial, trial_threshold,
    )


def _comparisons(rng: np.random.Generator) -> tuple[float, pd.DataFrame]:
    """Fourteen comparisons with scores in hundredths; one mated and one other at the threshold."""
    t = int(rng.integers(50, 76))
    false_matches, misses = ((1, 3), (2, 1), (1, 4), (2, 5))[int(rng.integers(4))]
    right, stopped = 8 - 1 - misses, 6 - 1 - false_matches
    levels = [
        (True, t), *[(True, int(rng.integers(t - 30, t))) for _ in range(misses)],
        *[(True, int(rng.integers(t + 1, 99))) for _ in range(right)],
        (False, t), *[(False, int(rng.integers(t + 1, 90))) for _ in range(false_matches)],
        *[(False, int(rng.integers(5, t))) for _ in range(stopped)],
    ]
    rows = [levels[i] for i in rng.permutation(len(levels))]
    return t / 100, pd.DataFrame(
        {"comparison": range(1, len(rows) + 1),
         "who stands there": ["the holder" if own else "somebody else" for own, _ in rows],
         "score": [level / 100 for _, level in rows]}
    )


def _trade(rng: np.random.Generator) -> pd.DataFrame:
    """Errors of one invented matcher at nine thresholds: counts, so that rates must be made."""
    mu, s = 4.0 + 1.5 * rng.random(), 1.4 + 0.6 * rng.random()
    non_mated, mated = int(rng.integers(20, 50)) * 100, int(rng.integers(30, 60)) * 10
    stranger = draws.normal(rng, non_mated)
    own = mu + s * draws.normal(rng, mated)
    rows = []
    for shown in (0.50, 0.60, 0.70, 0.80, 0.85, 0.90, 0.95, 0.98, 0.99):
        t = float(scores.latent(shown))
        rows.append({
            "threshold": shown, "false matches": int((stranger >= t).sum()),
            "non-mated comparisons": non_mated, "false non-matches": int((own < t).sum()),
            "mated comparisons": mated,
        })
    return pd.DataFrame(rows)


def _films(rng: np.random.Generator) -> Films:
    """One live person and one attack, in either order, drawn again while a beat is borderline."""
    made = []
    for species in ("live", ("print", "wrong_order")[int(rng.integers(2))]):
        while True:
            asked = liveness.challenges(1, rng)
            if len(set(asked[0])) < 3:
                continue
            face = portraits.faces(1, rng)
            film = (liveness.performed(face, asked, rng) if species == "live"
                    else liveness.attacked(species, face, asked, rng))[0]
            eyes, turn = _beats(film)
            verdict = liveness.check(film, asked[0])
            if _clear(eyes, turn) and verdict.seen == _read(eyes, turn) and (
                verdict.passed == (species == "live")
            ):
                made.append((verdict.asked, eyes, turn))
                break
    order = rng.permutation(2)
    return Films(tuple(
        Film(name, *made[i]) for name, i in zip("AB", order, strict=True)
    ))


def _beats(film: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """In each of the three beats: the second lowest value of the eyes, and the farthest turn."""
    signal = liveness.signals(film)
    eyes, turn = [], []
    for place in range(liveness.LENGTH):
        part = signal.iloc[(place + 1) * liveness.BEAT:(place + 2) * liveness.BEAT]
        eyes.append(round(float(np.sort(part["eyes"].to_numpy())[1]), 2))
        far = part["turn"].to_numpy()
        turn.append(round(float(far[np.abs(far).argmax()]), 2))
    return tuple(eyes), tuple(turn)


def _clear(eyes: tuple[float, ...], turn: tuple[float, ...]) -> bool:
    """Whether every beat can be read without doubt: shut or turned, never both, never nearly."""
    return all(
        (shut < SHUT - 0.05 and abs(far) < TURNED - 0.1)
        or (shut > SHUT + 0.03 and not TURNED - 0.1 < abs(far) < TURNED + 0.1)
        for shut, far in zip(eyes, turn, strict=True)
    )


def _read(eyes: tuple[float, ...], turn: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(
        "blink" if shut < SHUT else "left" if far > TURNED else "right" if far < -TURNED
        else "nothing"
        for shut, far in zip(eyes, turn, strict=True)
    )


def _presentations(rng: np.random.Generator) -> pd.DataFrame:
    """A test of a liveness check: presentations by kind, and how many it called live."""
    count = [int(n) for n in rng.permutation([40, 60, 80, 200])]
    passed = [0, int(rng.integers(2, 5)), int(rng.integers(6, 9)), int(rng.integers(9, 12))]
    passed = [passed[i] for i in rng.permutation(4)]
    rates = sorted(p / c for p, c in zip(passed, count, strict=True))
    if rates[-1] - rates[-2] < 0.01:
        return _presentations(rng)
    bona_fide = int(rng.integers(6, 12)) * 50
    rows = [{"kind": kind, "presentations": c, "called live": p}
            for kind, c, p in zip(SPECIES, count, passed, strict=True)]
    rows.append({"kind": "live person", "presentations": bona_fide,
                 "called live": bona_fide - int(rng.integers(4, 20))})
    return pd.DataFrame(rows)


def _report(rng: np.random.Generator) -> Report:
    """Eight sentences in any order; four carry their error."""
    people, tries = int(rng.integers(11, 30)) * 20, int(rng.integers(4, 9))
    attempts, zero = people * tries, int(rng.integers(2, 10)) * 50
    off = 0.8 * (rng.random() - 0.5)  # so that the round figure in the report is one of rounding
    filled = {
        "people": people, "tries": tries, "attempts": attempts, "zero": zero,
        "t": float(rng.integers(55, 80)) / 100, "odds": int(rng.integers(1, 10)) * 1000,
        "fail": int(rng.integers(3, 8)), "many": int(rng.integers(2, 9)) * 100_000,
    }
    missed = filled["missed"] = round(attempts * (float(filled["fail"]) + off) / 100)
    planted = {ERRORS[i] for i in rng.permutation(len(ERRORS))[:4]}
    order = [ERRORS[i] for i in rng.permutation(len(ERRORS))]
    return Report(
        tuple(_SENTENCES[topic][topic in planted].format(**filled) for topic in order),
        attempts, missed, zero,
    )


def _trial(rng: np.random.Generator) -> tuple[pd.DataFrame, float]:
    """Documents of 24 drawn people against live pictures: three of each, and three strangers.

    The score is the correlation of the two pictures, quarter size, in the oval of the face, from
    0 to 1: the plainest matcher there is. Drawn again until people and comparisons count apart.
    """
    while True:
        people = portraits.faces(24, rng)
        who = np.repeat(np.arange(24), 3)
        other = (who + 1 + draws.pick_evenly(rng, 23, who.size)) % 24
        card = _plain(portraits.render(people, portraits.id_photos(24, rng), rng))
        face = _plain(portraits.render(people.take(who), portraits.live(who.size, rng), rng))
        rows = [
            pd.DataFrame({"card of": holder, "who stands there": who, "mated": holder == who,
                          "score": np.round((1 + (card[holder] * face).sum(axis=1)) / 2, 3)})
            for holder in (who, other)
        ]
        table = pd.concat(rows, ignore_index=True)
        table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
        t = round(float(np.quantile(table.loc[~table["mated"], "score"], 0.90)), 3)
        missed = table[table["mated"] & (table["score"] < t)]
        strangers = table[~table["mated"]]
        matches, ties = int((strangers["score"] >= t).sum()), int((strangers["score"] == t).sum())
        counts = {len(missed), missed["card of"].nunique(), matches, 72 - len(missed)}
        if len(counts) == 4 and min(counts) > 1 and ties:
            return table, t


def _plain(pictures: np.ndarray) -> np.ndarray:
    """Pictures as rows of length one around zero: quarter size, without the rim."""
    small = pictures.reshape(len(pictures), 24, 2, 24, 2).mean(axis=(2, 4))
    rows = small[:, 6:21, 5:19].reshape(len(pictures), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
