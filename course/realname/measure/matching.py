"""Errors of a matcher: at one threshold, along all thresholds, where the two rates meet.

Terms of ISO/IEC 2382-37 and 19795-1. FMR is the share of non-mated comparisons at or above the
threshold, FNMR the share of mated comparisons below it: **match when score >= threshold**. Both are
rates of comparisons, not of customers: attempts, liveness and failures to acquire come on top.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import det_curve

from realname.measure.problems import MeasureError, events

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Errors:
    """Errors at one threshold, with what they were counted in."""

    threshold: float
    false_matches: int
    non_mated: int
    false_non_matches: int
    mated: int

    @property
    def fmr(self) -> float:
        """False matches per non-mated comparison; NaN if there was none."""
        return self.false_matches / self.non_mated if self.non_mated else float("nan")

    @property
    def fnmr(self) -> float:
        """False non-matches per mated comparison; NaN if there was none."""
        return self.false_non_matches / self.mated if self.mated else float("nan")


def errors_at(scores: ArrayLike, mated: ArrayLike, threshold: float) -> Errors:
    """Count the errors of comparisons at a threshold; a score equal to it is a match.

    ``scores`` and ``mated`` (True: same person) have one entry a comparison. A comparison without a
    score (failure to acquire) is refused here: count it apart, it belongs to FAR and FRR.
    Raises MeasureError for a missing score or lists of different length.

    >>> errors_at([0.2, 0.6, 0.6, 0.9], [False, False, True, True], 0.6).fmr
    0.5
    """
    s, own = _pairs(scores, mated)
    match = s >= threshold
    return Errors(
        float(threshold), int((match & ~own).sum()), int((~own).sum()),
        int((~match & own).sum()), int(own.sum()),
    )


def det(scores: ArrayLike, mated: ArrayLike) -> pd.DataFrame:
    """The trade-off: threshold, FMR and FNMR, one row a threshold, thresholds rising.

    Convention of scikit-learn's ``det_curve``, which is called: every distinct score is a
    threshold, but the ends are cut. The first row is the last threshold with FNMR 0; a threshold
    above all scores (nobody matches) has no row. Raises MeasureError if mated or non-mated
    comparisons are missing.

    >>> det([0.1, 0.4, 0.35, 0.8], [False, False, True, True])["fnmr"].tolist()
    [0.0, 0.5, 0.5]
    """
    s, own = _pairs(scores, mated)
    if own.all() or not own.any():
        raise MeasureError(
            "A trade-off needs mated and non-mated comparisons: one kind is missing."
        )
    fmr, fnmr, threshold = det_curve(own, s, drop_intermediate=False)
    return pd.DataFrame({"threshold": threshold, "fmr": fmr, "fnmr": fnmr})


def equal_error_rate(scores: ArrayLike, mated: ArrayLike) -> float:
    """The rate where FMR and FNMR meet, on straight lines between the points of the trade-off.

    A number to rank matchers by; no system in use runs there. With few comparisons the two rates
    jump past each other, and conventions differ: this one interpolates. Rising maps of the scores
    leave it unchanged.

    >>> equal_error_rate([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
    0.5
    """
    s, own = _pairs(scores, mated)
    if own.all() or not own.any():
        raise MeasureError("An EER needs mated and non-mated comparisons: one kind is missing.")
    above = np.append(np.unique(s), np.inf)
    impostors, genuine = np.sort(s[~own]), np.sort(s[own])
    fmr = 1 - np.searchsorted(impostors, above, side="left") / impostors.size
    fnmr = np.searchsorted(genuine, above, side="left") / genuine.size
    gap = fmr - fnmr  # falls from 1 to -1
    i = int(np.argmax(gap <= 0))
    share = gap[i - 1] / (gap[i - 1] - gap[i])
    return float(fmr[i - 1] + share * (fmr[i] - fmr[i - 1]))


def _pairs(scores: ArrayLike, mated: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    own = events(mated, "marks of mated comparisons").astype(bool)
    try:
        s = np.asarray(scores, dtype=float)
    except (TypeError, ValueError) as error:
        raise MeasureError("Scores are numbers; one of them is something else.") from error
    if s.shape != own.shape:
        raise MeasureError(f"{s.size} scores for {own.size} comparisons: give one score for each.")
    if np.isnan(s).any():
        raise MeasureError(
            "A comparison has no score: count failures to acquire apart, they are no FNMR."
        )
    return s, own
