"""The range an expert may defend: intervals on a rate, and how many volunteers a test needs.

Attempts of one person hang together, and so do comparisons that share a person. Intervals that
count attempts (Wilson, exact) are right when every attempt is another person's, and too narrow
otherwise.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from realname.measure.problems import MeasureError, confident, counted, events, ids

_MOST_PEOPLE = 20_000


class Interval(NamedTuple):
    """Lower and upper end, both included."""

    low: float
    high: float


def wilson(errors: int, trials: int, confidence: float = 0.95) -> Interval:
    """Wilson's interval for a rate of independent trials; a good default.

    SciPy's ``binomtest(...).proportion_ci(method="wilson")``, without continuity correction.
    Raises MeasureError if there are no trials.

    >>> wilson(3, 100)
    Interval(low=0.0102..., high=0.0845...)
    """
    return _binomial(errors, trials, confidence, "wilson")


def exact(errors: int, trials: int, confidence: float = 0.95) -> Interval:
    """Clopper and Pearson's interval: two-sided, never too narrow, often wider than needed.

    For zero or few errors. SciPy's ``method="exact"``. Raises MeasureError if there are no trials.

    >>> exact(0, 100).high < 0.037
    True
    """
    return _binomial(errors, trials, confidence, "exact")


def upper_bound(errors: int, trials: int, confidence: float = 0.95) -> float:
    """The rate that so few errors rule out: exact, one-sided, independent trials.

    No errors in n trials give about 3 / n at 95% (rule of three). Raises MeasureError if there are
    no trials: what may be said of a group without any is not a question of arithmetic.

    >>> round(upper_bound(0, 3000), 6)
    0.000998
    """
    k, n = counted(errors, trials)
    test = stats.binomtest(k, n, alternative="less")
    return float(test.proportion_ci(confident(confidence), method="exact").high)


def _binomial(errors: int, trials: int, confidence: float, method: str) -> Interval:
    k, n = counted(errors, trials)
    ci = stats.binomtest(k, n).proportion_ci(confident(confidence), method=method)
    return Interval(float(ci.low), float(ci.high))


def relative_error(errors: int, confidence: float = 0.90) -> Interval:
    """How far the true rate may lie from the one found, as shares of it, after so many rare errors.

    Exact for a Poisson count (Garwood 1936, by chi-square quantiles). Doddington's rule of 30 says
    plus or minus 30%; exactly it is -28% to +36%. Raises MeasureError without errors.

    >>> [round(end, 2) for end in relative_error(30)]
    [-0.28, 0.36]
    """
    k, _ = counted(errors, max(errors, 1))
    if k < 1:
        raise MeasureError("No errors: a share of zero means nothing; use an upper bound.")
    tail = (1 - confident(confidence)) / 2
    low, high = stats.chi2.ppf(tail, 2 * k) / 2, stats.chi2.isf(tail, 2 * k + 2) / 2
    return Interval(float(low / k - 1), float(high / k - 1))


def by_person(
    wrong: ArrayLike, person: ArrayLike, rng: np.random.Generator, confidence: float = 0.95,
    resamples: int = 2000,
) -> Interval:
    """Bootstrap interval for the share of attempts that went wrong, drawing people, not attempts.

    ``wrong`` (True or False) and ``person`` have one entry an attempt. All attempts of a drawn
    person come along. Convention: rate of all attempts together; bias-corrected and accelerated
    ends (BCa) of ``scipy.stats.bootstrap``, which also fixes the order of draws. Raises
    MeasureError if every person has the same rate (a bootstrap cannot see what did not happen),
    for fewer than two people, or for more than 20,000 (use ``clustered``).

    >>> rng = np.random.default_rng(1)
    >>> people = np.repeat(np.arange(50), 4)
    >>> ends = by_person(people % 5 == 0, people, rng)
    >>> ends.low < 0.2 < ends.high
    True
    """
    bad, attempts = _per_person(wrong, person)
    if bad.size > _MOST_PEOPLE:
        raise MeasureError(
            f"{bad.size} people: above {_MOST_PEOPLE} use clustered(), it needs no draws."
        )
    found = stats.bootstrap(
        (bad, attempts), lambda b, a, axis: b.sum(axis=axis) / a.sum(axis=axis), paired=True,
        vectorized=True, n_resamples=resamples, confidence_level=confident(confidence),
        method="BCa", rng=rng, batch=max(1, 4_000_000 // bad.size),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))


def clustered(wrong: ArrayLike, person: ArrayLike, confidence: float = 0.95) -> Interval:
    """The same without draws: a t-interval with errors that are robust to people.

    Linearised variance of a ratio, n / (n - 1) corrected, n - 1 degrees of freedom, ends cut to
    [0, 1]: an ordinary regression on a constant with standard errors clustered by person. For many
    people; for few or rare errors ``by_person``.
    Raises MeasureError as ``by_person``.

    >>> people = np.repeat(np.arange(50), 4)
    >>> [round(end, 3) for end in clustered(people % 5 == 0, people)]
    [0.085, 0.315]
    """
    bad, attempts = _per_person(wrong, person)
    n, rate = bad.size, bad.sum() / attempts.sum()
    spread = ((bad - rate * attempts) ** 2).sum() * n / (n - 1)
    half = stats.t.isf((1 - confident(confidence)) / 2, n - 1) * math.sqrt(spread) / attempts.sum()
    return Interval(float(max(rate - half, 0.0)), float(min(rate + half, 1.0)))


def _per_person(wrong: ArrayLike, person: ArrayLike) -> tuple[NDArray, NDArray]:
    given = events(wrong, "errors")
    code, n = ids(person, given.size)
    attempts = np.bincount(code, minlength=n).astype(float)
    bad = np.bincount(code, given, minlength=n)
    if n < 2:
        raise MeasureError("One person: attempts of one person say nothing about others.")
    if np.ptp(bad / attempts) == 0:
        raise MeasureError(
            "Everybody has the same rate, so resampling shows no spread: use upper_bound or exact "
            "with people as trials."
        )
    return bad, attempts


def by_pair(
    wrong: ArrayLike, one: ArrayLike, other: ArrayLike, rng: np.random.Generator,
    confidence: float = 0.95, resamples: int = 1000,
) -> Interval:
    """Bootstrap interval for a rate of comparisons of two people, drawing people.

    ``one`` and ``other`` name the two people of each comparison (holder and visitor). Each draw
    gives every person a weight (how often drawn); a comparison counts with the product of both
    weights. Percentile ends. For false matches, where two comparisons may share either person.
    Cautious: if people made no difference, it would be about 1.7 times as wide as needed.
    Raises MeasureError without any error, or for fewer than two people.
    """
    bad = events(wrong, "errors")
    both = np.concatenate([np.asarray(one), np.asarray(other)])
    code, n = ids(both, 2 * bad.size)
    if n < 2 or not bad.any():
        raise MeasureError("A bootstrap by pair needs two people and one error at least.")
    first, second = code[: bad.size], code[bad.size :]
    rates = []
    for _ in range(resamples):
        weight = np.bincount(rng.integers(0, n, n), minlength=n)
        counts = weight[first] * weight[second]
        if counts.any():
            rates.append(counts @ bad / counts.sum())
    tail = (1 - confident(confidence)) / 2
    low, high = np.quantile(rates, [tail, 1 - tail])
    return Interval(float(low), float(high))


def sample_size(
    rate: float, other: float, significance: float = 0.05, power: float = 0.8
) -> int:
    """People per group so that a test of two rates finds this difference, one attempt a person.

    Normal approximation with unpooled variances: (z_{1-a/2} + z_power)² (p q + p' q') / (p - p')²,
    rounded up. Two-sided. Raises MeasureError if the rates are equal or outside (0, 1).

    >>> sample_size(0.01, 0.02)
    2316
    """
    for name, value in (("rate", rate), ("other rate", other), ("power", power)):
        if not 0 < value < 1:
            raise MeasureError(f"The {name} {value!r} is not between 0 and 1.")
    if rate == other:
        raise MeasureError("The two rates are equal: no number of people finds a difference.")
    z = stats.norm.isf(confident(significance) / 2) + stats.norm.ppf(power)
    return math.ceil(z**2 * (rate * (1 - rate) + other * (1 - other)) / (rate - other) ** 2)
