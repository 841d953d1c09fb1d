"""Do two readers see the same? Agreement beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from realname.measure.problems import MeasureError


def kappa(one: Sequence[Any], other: Sequence[Any]) -> float:
    """Cohen's kappa of two coders over the same items: 1 full agreement, 0 as by chance.

    Unweighted; scikit-learn's ``cohen_kappa_score``. Every item needs a code from both.
    Raises MeasureError for a missing code, different lengths, or if both use one and the same code
    throughout: there is no chance left to correct for.

    >>> kappa(["for", "for", "against", "against"], ["for", "for", "against", "for"])
    0.5
    """
    first, second = pd.Series(list(one), dtype=object), pd.Series(list(other), dtype=object)
    if len(first) != len(second) or first.empty:
        raise MeasureError(
            f"{len(first)} codes and {len(second)} codes: give one of each per item."
        )
    if first.isna().any() or second.isna().any():
        raise MeasureError("A code is missing: leave out the item in both lists, and say so.")
    a, b = first.map(repr), second.map(repr)
    if a.nunique() == 1 and set(a) == set(b):
        raise MeasureError("Both coders used one code only: kappa is not defined.")
    return float(cohen_kappa_score(a, b))


def alpha(codes: pd.DataFrame) -> float:
    """Krippendorff's alpha for names (nominal): any number of coders, missing codes allowed.

    One row an item, one column a coder. Items with fewer than two codes are left out. Observed
    against expected disagreement over pairs of codes. Source: Krippendorff, Content Analysis, 2004.
    Raises MeasureError if no item has two codes, or only one code occurs.

    >>> round(alpha(pd.DataFrame({"x": ["a", "a", "b", "b"], "y": ["a", "b", "b", "b"]})), 3)
    0.533
    """
    items = [row[~pd.isna(row)].tolist() for row in codes.to_numpy(dtype=object)]
    items = [item for item in items if len(item) > 1]
    if not items:
        raise MeasureError("No item has two codes: there is nothing to compare.")
    names = {name: i for i, name in enumerate(sorted({repr(c) for item in items for c in item}))}
    if len(names) == 1:
        raise MeasureError("Only one code occurs: alpha is not defined.")
    together = np.zeros((len(names), len(names)))
    for item in items:
        count = np.bincount([names[repr(code)] for code in item], minlength=len(names))
        together += (np.outer(count, count) - np.diag(count)) / (len(item) - 1)
    total = together.sum(axis=1)
    n = total.sum()
    observed = n - np.trace(together)
    expected = (n**2 - (total**2).sum()) / (n - 1)
    return float(1 - observed / expected)
