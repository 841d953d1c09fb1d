"""The queue of `start-here`: twelve invented customers and the scores of their face check."""

from __future__ import annotations

import pandas as pd

_ROWS = (
    # customer, score, is the person on the card
    ("c01", 0.91, True),
    ("c02", 0.34, False),
    ("c03", 0.77, True),
    ("c04", 0.58, True),
    ("c05", 0.88, True),
    ("c06", 0.41, True),
    ("c07", 0.62, False),
    ("c08", 0.83, True),
    ("c09", 0.70, True),
    ("c10", 0.22, False),
    ("c11", 0.95, True),
    ("c12", 0.66, True),
)


def queue() -> pd.DataFrame:
    """Synthetic: one row a customer. `score` (0 to 1) says how alike face and photograph are.

    >>> len(queue())
    12
    """
    return pd.DataFrame(_ROWS, columns=["customer", "score", "same_person"])


def decide(customers: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Add the decision: "pass" where score ≥ threshold, else "refuse".

    >>> decide(queue(), 0.9)["decision"].tolist().count("pass")
    2
    """
    decision = (customers["score"] >= threshold).map({True: "pass", False: "refuse"})
    return customers.assign(decision=decision)


def count(customers: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """How many pass and are refused, of those who are the person on the card and of the others.

    >>> int(count(queue(), 0.5).loc["somebody else", "pass"])
    1
    """
    decided = decide(customers, threshold)
    who = decided["same_person"].map({True: "the person on the card", False: "somebody else"})
    table = pd.crosstab(who, decided["decision"])
    return table.reindex(columns=["pass", "refuse"], fill_value=0).rename_axis(None)
