"""The counter: runs visits through a procedure and keeps the log of every event.

Vectorised over visits; a million visits with their log take seconds and grow in proportion.
The same generator state gives the same log on every platform: decisions rest on draws made with
basic arithmetic only (see ``draws``). **Match when score >= threshold.**
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from realname.world import draws, scores
from realname.world.eras import RESULTS, STATES, Procedure, procedure
from realname.world.eventlog import Log, joined
from realname.world.parameters import Ledger, ledger
from realname.world.people import CARRIERS
from realname.world.visits import DOCUMENTS, FACES, LIVE_FACES, ROUTES, Visits

CHUNK = 65_536  # visits at a time; part of what a run is, because it orders the draws
PASS, FAIL, OVERRIDE = (RESULTS.index(r) for r in ("pass", "fail", "override"))
_STATE = {name: code for code, name in enumerate(STATES)}
_BARRIER = _STATE["limit"]
_INSIDER = tuple(ROUTES).index("insider")
_LIVE = np.array([face in LIVE_FACES for face in FACES])
_OF_HOLDER = np.array([face not in ("lookalike", "stranger") for face in FACES])
_HOLDER, _LOOKALIKE, _STRANGER = (FACES.index(f) for f in ("holder", "lookalike", "stranger"))
_NO_SCORE = np.nan

Part = NDArray[np.int64]
Answer = tuple[NDArray[np.int8], NDArray[np.float64] | float]


@dataclasses.dataclass(frozen=True)
class Counter:
    """A shop of one era: procedure, matcher, threshold, and what follows the last failed attempt.

    ``fmr`` sets the threshold (default: parameter ``fmr_target``). ``mode`` is the ratio mode of
    ``scores.shifts``. ``limited`` switches the limit of numbers per person and carrier.

    >>> from realname.world import people, visits
    >>> rng = np.random.default_rng(5)
    >>> shop = Counter("id_photo")
    >>> log = shop.run(visits.drawn(people.population(1000, rng), 1000, rng), rng)
    >>> bool(0.9 < log.issued.mean() < 0.97)
    True
    """

    era: str = "portrait"
    matcher: scores.Profile = dataclasses.field(
        default_factory=lambda: scores.profile("2018_id_photo")
    )
    fmr: float | None = None
    fallback: str = "clerk"
    mode: str = "shift"
    limited: bool | None = None
    book: Ledger = dataclasses.field(default_factory=ledger)

    def procedure(self) -> Procedure:
        """The states and transitions this counter follows."""
        return procedure(self.era, fallback=self.fallback, limited=self.limited)

    def operating_fmr(self) -> float:
        """The FMR of strangers that set the threshold."""
        return self.book.value("fmr_target") if self.fmr is None else self.fmr

    def threshold(self) -> float:
        """The threshold as a shown score, between 0 and 1."""
        return float(scores.shown(self.matcher.threshold(self.operating_fmr())))

    def run(
        self, visits: Visits, rng: np.random.Generator, *,
        progress: Callable[[int, int], None] | None = None,
    ) -> Log:
        """Serve all visits in order of arrival and return the log.

        ``progress(done, total)`` is called after every 65,536 visits.
        """
        desk = _Desk(self, visits, rng)
        parts = []
        for chunk in _chunks(len(visits)):
            parts.append(desk.serve(chunk))
            if progress:
                progress(int(chunk[-1]) + 1, len(visits))
        return joined(parts, visits, self.era, self.threshold())


def _chunks(n: int) -> Iterator[Part]:
    for start in range(0, n, CHUNK):
        yield np.arange(start, min(start + CHUNK, n))


class _Desk:
    """The working state of one run: numbers held so far, and the draws."""

    def __init__(self, counter: Counter, visits: Visits, rng: np.random.Generator) -> None:
        self.counter, self.visits, self.rng, self.book = counter, visits, rng, counter.book
        self.steps = counter.procedure().codes()
        self.held = visits.people.numbers.reshape(-1).astype(np.int64)
        fmr = counter.operating_fmr()
        self.cut = counter.matcher.threshold(fmr)
        self.shifts = scores.shifts(counter.matcher, fmr, counter.mode, self.book)
        self.bpcer = self.book.value("bpcer") * scores.groups()["bpcer_ratio"].to_numpy()
        self.ask: dict[str, Callable[[Part], Answer]] = {
            "start": self._passes, "document": self._document, "capture": self._capture,
            "liveness": self._liveness, "match": self._match, "clerk": self._clerk,
            "retry": self._retry, "manual": self._manual, "limit": self._limit,
        }

    def serve(self, chunk: Part) -> tuple[NDArray, ...]:
        """Run one chunk to the end; events sorted by visit, then by step."""
        n, rng = chunk.size, self.rng
        self.first = int(chunk[0])
        self.chunk = chunk
        self.holder = self.visits.holder[chunk]
        self.group = self.visits.people.group[self.holder]
        self.face = self.visits.face[chunk]
        self.mated = _OF_HOLDER[self.face]
        own = self.mated | (self.face == _HOLDER)
        pair = draws.normal(rng, n)  # what stays the same when two people are compared again
        self.u_match = np.where(own, self.visits.people.u_match[self.holder], pair)
        visitor = self.visits.visitor[chunk]
        artefact = draws.normal(rng, n)
        self.u_live = np.where(_LIVE[self.face], self.visits.people.u_live[visitor], artefact)
        self.attempt = np.ones(n, np.int8)
        state = np.zeros(n, np.int8)
        events: list[tuple[NDArray, ...]] = []
        active = np.arange(n)
        while active.size:
            codes = state[active]
            # everybody reaches the limit before anybody passes it: earlier visitors count first
            waiting = codes == _BARRIER
            moving = active if waiting.all() else active[~waiting]
            now = state[moving]
            for code in np.unique(now):
                part = moving[now == code]
                result, score = self.ask[STATES[code]](part)
                events.append(self._event(part, code, result, score))
                state[part] = self.steps[code, result]
            ended = moving[state[moving] >= _STATE["issued"]]
            for code in (_STATE["issued"], _STATE["refused"]):
                part = ended[state[ended] == code]
                if part.size:
                    result = np.full(part.size, PASS if code == _STATE["issued"] else FAIL, np.int8)
                    events.append(self._event(part, code, result, _NO_SCORE))
            active = active[state[active] < _STATE["issued"]]
        visit, code, result, attempt, score, minutes = (
            np.concatenate(column) for column in zip(*events, strict=True)
        )
        order = np.argsort(visit, kind="stable")  # 16-bit keys: a radix sort, linear in time
        index = visit[order].astype(np.int32) + self.first
        return index, code[order], result[order], attempt[order], score[order], minutes[order]

    def _event(
        self, part: Part, code: int, result: NDArray[np.int8], score: NDArray[np.float64] | float
    ) -> tuple[NDArray, ...]:
        name, n = STATES[code], part.size
        minutes = {
            "start": "minutes_first", "retry": "minutes_retry", "manual": "minutes_manual",
            "refused": "minutes_return",
        }.get(name)
        spent = np.full(n, self.book.value(minutes) if minutes else 0.0, np.float32)
        if name == "retry":
            spent[result == FAIL] = 0.0
        return (
            part.astype(np.uint16), np.full(n, code, np.int8), result, self.attempt[part],
            np.broadcast_to(score, (n,)), spent,
        )

    def _results(self, passed: NDArray[np.bool_]) -> NDArray[np.int8]:
        return np.where(passed, PASS, FAIL).astype(np.int8)

    def _passes(self, part: Part) -> Answer:
        return np.full(part.size, PASS, np.int8), _NO_SCORE

    def _document(self, part: Part) -> Answer:
        value, era = self.book.value, self.counter.era
        copies = {"id_copy": "copy_accepted_id_copy", "chip": "chip_copy_accepted"}
        accepted = dict.fromkeys(DOCUMENTS, value(copies.get(era, "copy_accepted")))
        accepted |= {"own": 1.0, "borrowed": 1.0, "none": 0.0}
        if era == "chip":
            accepted["borrowed"] = 1 - value("lost_card_blocked")
        chance = np.array([accepted[d] for d in DOCUMENTS])[self.visits.document[self.chunk[part]]]
        result = self._results(draws.happens(self.rng, chance, part.size))
        result[self.visits.route[self.chunk[part]] == _INSIDER] = OVERRIDE
        return result, _NO_SCORE

    def _capture(self, part: Part) -> Answer:
        return self._results(~draws.happens(self.rng, self.book.value("fta"), part.size)), _NO_SCORE

    def _liveness(self, part: Part) -> Answer:
        """A live person passes unless wrongly called a fake; an artefact passes at its APCER."""
        share = self.book.value("personal_share")
        face, live = self.face[part], _LIVE[self.face[part]]
        now = draws.normal(self.rng, part.size)
        luck = np.sqrt(share) * self.u_live[part] + np.sqrt(1 - share) * now
        visitor = self.visits.visitor[self.chunk[part]]
        cut = np.empty(part.size)
        cut[live] = _quantiles(self.bpcer)[self.visits.people.group[visitor[live]]]
        apcer = np.array(
            [self.book.value(f"apcer_{f}") if f not in LIVE_FACES else 0.5 for f in FACES]
        )
        cut[~live] = -_quantiles(apcer)[face[~live]]
        passed = luck >= cut
        passed &= ~self.visits.wrong_response[self.chunk[part]]
        remote = self.visits.remote[self.chunk[part]]
        passed &= remote | (face != FACES.index("injection"))  # staff see a cable in a shop
        return self._results(passed), _NO_SCORE

    def _match(self, part: Part) -> Answer:
        share, rng = self.book.value("personal_share"), self.rng
        group, mated = self.group[part], self.mated[part]
        person = self.u_match[part]
        z = np.empty(part.size)
        years = self.visits.people.photo_years[self.holder[part[mated]]]
        shift = self.shifts.mated[group[mated]] + self.book.value("photo_ageing") * years
        z[mated] = self.counter.matcher.mated(rng, person[mated], share, shift)
        alike = (self.face[part[~mated]] == _LOOKALIKE) * self.shifts.lookalike
        shift = self.shifts.impostor[group[~mated]] + alike
        z[~mated] = self.counter.matcher.non_mated(rng, person[~mated], share, shift)
        return self._results(z >= self.cut), scores.shown(z)

    def _retry(self, part: Part) -> Answer:
        again = self.attempt[part] < self.book.value("attempts_allowed")
        self.attempt[part[again]] += 1  # the event carries the number of the attempt allowed
        return self._results(again), _NO_SCORE

    def _clerk(self, part: Part) -> Answer:
        return self._looks(part, "clerk"), _NO_SCORE

    def _manual(self, part: Part) -> Answer:
        return self._looks(part, self.counter.fallback), _NO_SCORE

    def _looks(self, part: Part, who: str) -> NDArray[np.int8]:
        """A person decides. A forgery shows the visitor's own photograph, so it fits."""
        value, face = self.book.value, self.face[part]
        fits = face == _HOLDER
        if self.counter.era == "id_photo":
            fits |= self.visits.document[self.chunk[part]] == DOCUMENTS.index("forged")
        if who == "vouching":
            chance = np.full(part.size, value("vouch_false_accept"))
            accept_fit = 1 - value("vouch_false_reject")
        else:
            chance = np.zeros(part.size)  # a print, screen, mask or cable is seen in person
            chance[face == _LOOKALIKE] = value("clerk_false_accept")
            chance[face == _STRANGER] = value("clerk_stranger_accept")
            accept_fit = 1 - value("clerk_false_reject")
        chance[fits] = accept_fit
        return self._results(draws.happens(self.rng, chance, part.size))

    def _limit(self, part: Part) -> Answer:
        """Numbers per holder and carrier, counted in order of arrival within the chunk."""
        carrier = self.visits.carrier[self.chunk[part]]
        key = self.holder[part].astype(np.int64) * len(CARRIERS) + carrier
        rank = _rank_within(key)
        passed = self.held[key] + rank < self.book.value("numbers_limit")
        self.held += np.bincount(key[passed], minlength=self.held.size)
        return self._results(passed), _NO_SCORE


def _quantiles(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal quantiles that also take 0 and 1."""
    inside = (rates > 0) & (rates < 1)
    out = np.where(rates <= 0, -np.inf, np.inf)
    out[inside] = draws.inverse_normal(rates[inside])
    return out


def _rank_within(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each entry, how many earlier entries have the same key.

    >>> _rank_within(np.array([4, 9, 4, 4]))
    array([0, 0, 1, 2])
    """
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    new = np.r_[True, ordered[1:] != ordered[:-1]]
    start = np.maximum.accumulate(np.where(new, np.arange(key.size), 0))
    rank = np.empty(key.size, np.int64)
    rank[order] = np.arange(key.size) - start
    return rank
