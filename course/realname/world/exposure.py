"""The parameters of accounts, stores, leaks and the face market, beside those of the counter.

Values live in the table ``exposure_parameters``; most are assumptions, and say so. What a run shows
with them is a mechanism, never a magnitude.
"""

from __future__ import annotations

import functools

from realname import data
from realname.world import parameters
from realname.world.parameters import Ledger, Parameter


@functools.cache
def ledger() -> Ledger:
    """All parameters of the counter and of exposure, read once.

    >>> ledger()["breach_per_year"]
    breach_per_year = 0.03 breaches per store and year (assumption; try 0.001 to 0.2)
    """
    rows = data.load("exposure_parameters").astype(object)
    rows = rows.where(rows.notna(), "")
    mine = {
        row["name"]: Parameter(
            name=row["name"], value=float(row["value"]), unit=row["unit"], label=row["label"],
            low=float(row["low"]), high=float(row["high"]), source=row["source"],
            note=row["note"], symbol=row["symbol"], address=row["address"],
        )
        for row in rows.to_dict("records")
    }
    return Ledger({**parameters.ledger(), **mine})
