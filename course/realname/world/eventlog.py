"""The event log of a run: every state each visit went through, in order."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname.world.eras import RESULTS, STATES
from realname.world.people import named
from realname.world.visits import Visits

_ISSUED, _REFUSED = STATES.index("issued"), STATES.index("refused")


@dataclasses.dataclass(frozen=True)
class Log:
    """Events in columns, sorted by visit, then by step; tables are made when asked for.

    ``score`` is the shown score of a comparison, NaN for other events.
    """

    source: Visits
    era: str
    threshold: float
    visit: NDArray[np.int32]
    state: NDArray[np.int8]
    result: NDArray[np.int8]
    attempt: NDArray[np.int8]
    score: NDArray[np.float64]
    minutes: NDArray[np.float32]

    def __len__(self) -> int:
        return self.visit.size

    @functools.cached_property
    def ends(self) -> NDArray[np.int64]:
        """Position of the last event of each visit."""
        return np.flatnonzero(np.r_[self.visit[1:] != self.visit[:-1], True])

    @property
    def issued(self) -> NDArray[np.bool_]:
        """For each visit: did it end with a number?"""
        return self.state[self.ends] == _ISSUED

    @property
    def nbytes(self) -> int:
        """Bytes held by the columns."""
        columns = (self.visit, self.state, self.result, self.attempt, self.score, self.minutes)
        return sum(column.nbytes for column in columns)

    def events(self, visits: slice | None = None) -> pd.DataFrame:
        """One row an event: visit, step, state, result, attempt, score, minutes.

        ``visits=slice(0, 100)`` shows the events of the first hundred visits alone.
        """
        first, last = 0, len(self)
        if visits is not None:
            start, stop, step = visits.indices(len(self.source))
            if step != 1:
                raise ValueError("A slice of visits must have step 1: use slice(start, stop).")
            first, last = (int(np.searchsorted(self.visit, v)) for v in (start, stop))
        part = slice(first, last)
        visit = self.visit[part]
        begin = np.r_[True, visit[1:] != visit[:-1]] if visit.size else np.zeros(0, bool)
        place = np.arange(visit.size)
        step_number = place - np.maximum.accumulate(np.where(begin, place, 0)) + 1
        return pd.DataFrame(
            {
                "visit": visit,
                "step": step_number.astype(np.int16),
                "state": named(self.state[part], STATES),
                "result": named(self.result[part], RESULTS),
                "attempt": self.attempt[part],
                "score": self.score[part],
                "minutes": self.minutes[part],
            }
        )

    def visits(self) -> pd.DataFrame:
        """One row a visit: what was brought, then issued, last_check, attempts, minutes.

        ``last_check`` is the state before the end: where a refused visit failed.
        ``machine_refused`` is true when every allowed attempt failed, whatever came after.
        """
        table = self.source.table()
        fail = RESULTS.index("fail")
        exhausted = self.visit[(self.state == STATES.index("retry")) & (self.result == fail)]
        table["issued"] = self.issued
        table["last_check"] = named(self.state[self.ends - 1], STATES)
        table["attempts"] = self.attempt[self.ends]
        table["machine_refused"] = np.isin(np.arange(len(table)), exhausted)
        begins = np.r_[0, self.ends[:-1] + 1]
        table["minutes"] = np.add.reduceat(self.minutes, begins) if len(self) else 0.0
        return table

    def counts(self) -> pd.DataFrame:
        """How often each state gave each result: rows states, columns results."""
        shape = (len(STATES), len(RESULTS))
        flat = np.bincount(self.state * len(RESULTS) + self.result, minlength=shape[0] * shape[1])
        table = pd.DataFrame(flat.reshape(shape), index=list(STATES), columns=list(RESULTS))
        return table[table.sum(axis=1) > 0]


def joined(parts: list[tuple[NDArray, ...]], visits: Visits, era: str, threshold: float) -> Log:
    """One log from the columns of its chunks."""
    if not parts:
        raise ValueError("There are no visits to serve: draw at least one.")
    return Log(visits, era, threshold, *(np.concatenate(c) for c in zip(*parts, strict=True)))
