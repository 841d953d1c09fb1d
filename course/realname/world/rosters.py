"""A list of people with the names taken off: date of birth, sex, district, and a secret.

Such a list leaks from a clinic, a library, a shop. Everybody on it is invented, and so is the town:
ages, districts and reasons are uneven by choice (assumption), as in any real town, though no real
town is meant.
"""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from realname.world.parameters import ParameterError

DISTRICTS = ("Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Oak", "Pine")
REASONS = ("back pain", "check-up", "depression", "hearing", "pregnancy", "skin")
GRAINS = ("day", "year", "decade", "none")
_DISTRICT_SHARES = (0.30, 0.20, 0.15, 0.12, 0.09, 0.07, 0.04, 0.03)
_REASON_SHARES = (0.26, 0.34, 0.10, 0.08, 0.07, 0.15)
_FIRST, _LIKELY, _LAST = 1940, 1985, 2008  # years of birth: a triangle (assumption)


def roster(n: int, rng: np.random.Generator, missing: float = 0.0) -> pd.DataFrame:
    """``n`` invented people: born (a date), sex, district, reason (why they came).

    ``missing`` is the share of rows whose district nobody wrote down.
    Raises ParameterError for fewer than one person or a share outside [0, 1].

    >>> list(roster(2, np.random.default_rng(1)).columns)
    ['born', 'sex', 'district', 'reason']
    """
    if n < 1 or not 0 <= missing <= 1:
        raise ParameterError(f"{n} people, {missing} missing: one person or more, share in [0, 1].")
    years = rng.triangular(_FIRST, _LIKELY, _LAST, n).astype(int)
    days = rng.integers(0, 365, n)
    born = [
        (datetime.date(int(year), 1, 1) + datetime.timedelta(days=int(day))).isoformat()
        for year, day in zip(years, days, strict=True)
    ]
    district = np.array(DISTRICTS, dtype=object)[rng.choice(8, n, p=_DISTRICT_SHARES)]
    sex = np.where(rng.random(n) < 0.5, "f", "m")
    reason = np.array(REASONS, dtype=object)[rng.choice(6, n, p=_REASON_SHARES)]
    district[rng.random(n) < missing] = None
    return pd.DataFrame({"born": born, "sex": sex, "district": district, "reason": reason})


def blurred(people: pd.DataFrame, grain: str = "year") -> pd.DataFrame:
    """The same list with the date of birth cut down: to the year, the decade, or left out.

    Raises ParameterError for a grain outside GRAINS or a list without the column ``born``.

    >>> someone = pd.DataFrame({"born": ["1984-03-07"], "sex": ["f"]})
    >>> [blurred(someone, grain)["born"][0] for grain in ("day", "year", "decade")]
    ['1984-03-07', '1984', '198x']
    """
    if grain not in GRAINS:
        raise ParameterError(f"Unknown grain {grain!r}: use {', '.join(GRAINS)}.")
    if "born" not in people:
        raise ParameterError("The list of people has no column 'born': start from rosters.roster.")
    if grain == "none":
        return people.drop(columns="born")
    cut = {"day": people["born"], "year": people["born"].str[:4],
           "decade": people["born"].str[:3] + "x"}[grain]  # fmt: skip
    return people.assign(born=cut)
