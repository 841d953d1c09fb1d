"""Minutes, money and waiting: what a procedure costs people who did nothing wrong."""

from __future__ import annotations

import heapq

import numpy as np
import pandas as pd

from realname.world import draws
from realname.world.eventlog import Log
from realname.world.parameters import Ledger, ParameterError, ledger


def minutes_at_counter(log: Log) -> np.ndarray:
    """Minutes each visit keeps a clerk busy; the return visit after a refusal is not among them."""
    visits = log.visits()
    back = np.bincount(
        log.visit, weights=np.where(log.state == log.state.max(), log.minutes, 0),
        minlength=len(visits),
    )
    return visits["minutes"].to_numpy() - back


def day(
    service: np.ndarray, rng: np.random.Generator, *, clerks: int = 1,
    per_hour: float | None = None, book: Ledger | None = None,
) -> pd.DataFrame:
    """Serve visits in order of arrival: columns arrives, begins, ends, waits (all in minutes).

    ``service`` is minutes per visit, in order; arrivals are a Poisson stream of ``per_hour``.
    Raises ParameterError if nobody serves.

    >>> day(np.full(3, 4.0), np.random.default_rng(1), per_hour=60)["waits"].round(1).tolist()
    [0.0, 3.9, 6.0]
    """
    if clerks < 1:
        raise ParameterError(f"{clerks} clerks cannot serve anybody: use one or more.")
    rate = (book or ledger()).value("visits_per_hour") if per_hour is None else per_hour
    service = np.asarray(service, dtype=float)
    arrives = np.cumsum(draws.exponential(rng, 60.0 / rate, service.size))
    free = [0.0] * clerks
    begins = np.empty_like(service)
    for i, (arrival, minutes) in enumerate(zip(arrives.tolist(), service.tolist(), strict=True)):
        start = max(arrival, heapq.heappop(free))
        begins[i] = start
        heapq.heappush(free, start + minutes)
    return pd.DataFrame(
        {"arrives": arrives, "begins": begins, "ends": begins + service, "waits": begins - arrives}
    )
