"""Rates of groups, side by side; a group never tested has no row, and that is a finding."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from realname.measure.intervals import Interval, clustered, exact, wilson
from realname.measure.problems import MeasureError, events, ids


def by_group(
    table: pd.DataFrame, error: str, group: str, person: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Error rate of each group that occurs in the table, with what it was counted in.

    ``error`` names a True-or-False column, one row an attempt. Columns: attempts, people, errors,
    rate, low, high. With ``person``, the interval is robust to people (``clustered``); where
    everybody in a group has the same rate, or there is one person, it is exact with people as
    trials. Without ``person`` it is Wilson's, people is missing, and the interval holds only if
    every attempt is another person's. Groups without a row, also unused categories, are left out.
    Raises MeasureError for a missing column, or a missing value in one.

    >>> t = pd.DataFrame({"who": [1, 1, 2, 3], "sex": list("fffm"), "refused": [1, 0, 0, 0]})
    >>> by_group(t, "refused", "sex", "who")["people"].tolist()
    [2, 1]
    """
    for column in filter(None, (error, group, person)):
        if column not in table:
            has = ", ".join(map(str, table.columns))
            raise MeasureError(f"There is no column {column!r}: the table has {has}.")
    if table[group].isna().any():
        raise MeasureError(
            f"A value of {group!r} is missing: say what is done with such rows first."
        )
    rows = {}
    for name, part in table.groupby(group, observed=True, sort=True):
        wrong = events(part[error].to_numpy(), "errors")
        n, bad = wrong.size, int(wrong.sum())
        people, ends = None, None
        if person is None:
            ends = wilson(bad, n, confidence)
        else:
            whose = part[person].to_numpy()
            people = ids(whose, n)[1]
            ends = _of_people(wrong, whose, people, confidence)
        rows[name] = {
            "attempts": n, "people": people, "errors": bad, "rate": bad / n,
            "low": ends.low, "high": ends.high,
        }
    found = pd.DataFrame.from_dict(rows, orient="index")
    found["people"] = found["people"].astype("Int64")
    return found.rename_axis(group)


def _of_people(wrong: np.ndarray, whose: np.ndarray, people: int, confidence: float) -> Interval:
    rates = pd.Series(wrong).groupby(whose).mean()
    if people > 1 and np.ptp(rates) > 0:
        return clustered(wrong, whose, confidence)
    hit = int((rates > 0).sum())
    return exact(hit, people, confidence)


def compared(rates: Mapping[str, float] | pd.Series, reference: str) -> pd.DataFrame:
    """Each group's rate against that of one group: difference and ratio.

    A ratio to a rate of zero is missing (NaN), not infinite. The reference is a choice: name it
    whenever you quote a ratio. No summary over groups is given; every one hides something.
    Raises MeasureError if the reference is not among the groups.

    >>> compared({"men": 0.001, "women": 0.0029}, "men")["ratio"].round(2).tolist()
    [1.0, 2.9]
    """
    given = pd.Series(rates, dtype=float)
    if reference not in given.index:
        raise MeasureError(
            f"No group is named {reference!r}: choose one of {', '.join(map(str, given.index))}."
        )
    base = float(given[reference])
    ratio = given / base if base > 0 else given * np.nan
    return pd.DataFrame({"rate": given, "difference": given - base, "ratio": ratio})


def fairness_discrepancy(fmr: ArrayLike, fnmr: ArrayLike, share: float = 0.5) -> float:
    """Fairness discrepancy rate: 1 - (share A + (1 - share) B); 1 is no difference at this
    threshold.

    A and B are the largest differences between two groups in FMR and in FNMR. Because FMRs are
    tiny, B rules the result unless ``share`` is near 1. Source: de Freitas Pereira and Marcel,
    2021 (formula remembered, not read again). Raises MeasureError for lists of different length or
    a share outside [0, 1].

    >>> round(fairness_discrepancy([0.0001, 0.001], [0.02, 0.05]), 5)
    0.98455
    """
    a, b = np.asarray(fmr, dtype=float), np.asarray(fnmr, dtype=float)
    if a.shape != b.shape or a.size == 0:
        raise MeasureError(f"{a.size} FMRs and {b.size} FNMRs: give one of each per group.")
    if not 0 <= share <= 1:
        raise MeasureError(f"A share of {share!r} is not between 0 and 1.")
    return float(1 - (share * np.ptp(a) + (1 - share) * np.ptp(b)))


def people_test(
    one: ArrayLike, other: ArrayLike, rng: np.random.Generator, resamples: int = 9999
) -> float:
    """Permutation test: could two groups of people differ so much by chance? The p-value.

    ``one`` and ``other`` hold one number a person (her error rate), so every person counts alike,
    however many attempts she made. Convention of ``scipy.stats.permutation_test``, which is called:
    difference of means; two-sided as twice the smaller tail; all assignments if there are at most
    ``resamples`` of them, else random ones with one added above and below.
    A large p is not evidence of equality.
    Raises MeasureError if a group is empty or a number is missing.

    >>> people_test([0, 0, 0], [1, 1, 1], np.random.default_rng(1))
    0.1
    """
    groups = [np.asarray(values, dtype=float) for values in (one, other)]
    if any(g.ndim != 1 or g.size == 0 or np.isnan(g).any() for g in groups):
        raise MeasureError("Each group is a list of one number a person, with none missing.")
    test = stats.permutation_test(
        groups, lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        permutation_type="independent", vectorized=True, n_resamples=resamples,
        alternative="two-sided", rng=rng, batch=max(1, 4_000_000 // sum(g.size for g in groups)),
    )
    return float(test.pvalue)
