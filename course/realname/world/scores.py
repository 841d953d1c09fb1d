"""Matching scores of a population: two bell curves, calibrated to published operating points.

Latent score z: non-mated z ~ N(δ, 1), mated z ~ N(μ - ν, s²), where δ and ν are shifts of a group.
The score a matcher shows is 1 / (1 + exp(-z)), between 0 and 1; **match when score >= threshold**.
Then FMR(t) = 1 - Φ(t - δ) and FNMR(t) = Φ((t - μ + ν) / s): a straight line on probit axes.

Any increasing change of scale leaves the error rates alone, so error rates never prove this family.
What they do rule out is equal variance: s is far from 1 for every published matcher used here.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from realname import data
from realname.world import draws
from realname.world.parameters import Ledger, ParameterError, ledger

Floats = NDArray[np.float64]
_NORMAL = NormalDist()
_phi = np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)), otypes=[float])
RATIO_MODES = ("shift", "constant")
FMR_REFERENCE = 1e-3  # the FRVT table of group ratios is set at 0.001 for its reference group
LOOKALIKE_REFERENCE = FNMR_REFERENCE = 1e-4  # where RIVR and the ID-photo profile are used


@dataclasses.dataclass(frozen=True)
class Profile:
    """A matcher in two numbers: mean ``mu`` and spread ``s`` of mated z; non-mated z are N(0, 1).

    >>> id_photo = profile("2018_id_photo")
    >>> round(id_photo.fnmr(id_photo.threshold(1e-4)), 4)
    0.0427
    """

    name: str
    mu: float
    s: float
    label: str
    source: str
    note: str = ""

    def threshold(self, fmr: float) -> float:
        """Latent threshold at which strangers match with the rate ``fmr``.

        Raises ParameterError if ``fmr`` is not inside (0, 1).
        """
        if not 0 < fmr < 1:
            raise ParameterError(f"An FMR of {fmr!r} is not possible: give one between 0 and 1.")
        return -_NORMAL.inv_cdf(fmr)

    def fmr(self, threshold: float, shift: float = 0.0) -> float:
        """Share of non-mated comparisons at or above a latent threshold, in closed form."""
        return 0.5 * math.erfc((threshold - shift) / math.sqrt(2))

    def fnmr(self, threshold: float, shift: float = 0.0) -> float:
        """Share of mated comparisons below a latent threshold, in closed form."""
        return _NORMAL.cdf((threshold - self.mu + shift) / self.s)

    def mated(
        self, rng: np.random.Generator, person: Floats, share: float, shift: ArrayLike = 0.0
    ) -> Floats:
        """Latent mated scores, one per entry of ``person`` (personal difficulty, N(0, 1))."""
        return self.mu - np.asarray(shift) + self.s * _partly_personal(rng, person, share)

    def non_mated(
        self, rng: np.random.Generator, pair: Floats, share: float, shift: ArrayLike = 0.0
    ) -> Floats:
        """Latent non-mated scores, one per entry of ``pair`` (what stays for two people)."""
        return np.asarray(shift) + _partly_personal(rng, pair, share)


def _partly_personal(rng: np.random.Generator, person: Floats, share: float) -> Floats:
    now = draws.normal(rng, person.size)
    return math.sqrt(share) * person + math.sqrt(1 - share) * now


def shown(z: ArrayLike) -> Floats:
    """The score a matcher shows for a latent score: 1 / (1 + exp(-z)).

    >>> shown([0.0, 3.719]).round(4)
    array([0.5   , 0.9763])
    """
    return 1.0 / (1.0 + np.exp(-np.asarray(z, dtype=float)))


def latent(score: ArrayLike) -> Floats:
    """The latent score behind a shown one; the inverse of ``shown``."""
    given = np.asarray(score, dtype=float)
    return np.log(given / (1.0 - given))


@functools.cache
def profile(name: str) -> Profile:
    """A calibrated matcher by name; ``profiles()`` lists them.

    Raises ParameterError for an unknown name.
    """
    if name not in _PROFILES:
        raise ParameterError(f"There is no profile named {name!r}: use {', '.join(_PROFILES)}.")
    return _PROFILES[name]()


def profiles() -> pd.DataFrame:
    """All profiles with FNMR at four FMRs; values beyond the fitted points are extrapolation.

    >>> profiles()["profile"].tolist()[0]
    '2018_id_photo'
    """
    rows = []
    for name in _PROFILES:
        this = profile(name)
        row = {"profile": name, "mu": this.mu, "s": this.s, "label": this.label}
        for fmr in (1e-3, 1e-4, 1e-5, 1e-6):
            row[f"fnmr_at_{fmr:g}"] = this.fnmr(this.threshold(fmr))
        rows.append(row)
    return pd.DataFrame(rows)


def calibrated(matcher: str, test: str | None = None) -> Profile:
    """Fit mu and s to the published points of one matcher (least squares on probit axes).

    Only points of one algorithm make a curve: joining the medians of two columns gave a profile
    whose middle was better than the best. Source: table ``operating_points``.
    Raises ParameterError if the matcher is unknown or has fewer than two points.

    >>> round(calibrated("DocFace+").s, 2)
    2.49
    """
    rows = data.load("operating_points")
    rows = rows[(rows["matcher"] == matcher) & ((rows["test"] == test) | (test is None))]
    if len(rows) < 2:
        raise ParameterError(
            f"{matcher!r} has {len(rows)} published points, two are needed: "
            "see the column matcher of the table operating_points."
        )
    mu, s = _line(rows["fmr"].to_numpy(), rows["fnmr"].to_numpy())
    cite = rows["source"].iloc[0]
    return Profile(matcher, mu, s, "measured", cite, "fitted to published points")


def _line(fmr: Floats, fnmr: Floats) -> tuple[float, float]:
    q = -draws.inverse_normal(fmr)
    p = draws.inverse_normal(fnmr)
    slope, start = np.polyfit(q, p, 1)
    return float(-start / slope), float(1 / slope)


def _typical_border() -> Profile:
    """One median point of a column, and the median slope of algorithms measured at two points."""
    rows = data.load("frvt_2020").dropna()
    rows = rows[(rows["fnmr_border_1e6"] < 0.20) & (rows["fnmr_border_1e5"] > 0)]
    strict, loose = (-_NORMAL.inv_cdf(fmr) for fmr in (1e-6, 1e-5))
    p_strict = draws.inverse_normal(rows["fnmr_border_1e6"].to_numpy())
    p_loose = draws.inverse_normal(rows["fnmr_border_1e5"].to_numpy())
    slope = float(np.median((p_strict - p_loose) / (strict - loose)))
    points = data.load("operating_points").set_index(["matcher", "test", "fmr"])["fnmr"]
    middle = float(points.loc[("FRVT 2020 median of a column", "border", 1e-5)])
    return Profile(
        "2020_typical_border", loose - _NORMAL.inv_cdf(middle) / slope, 1 / slope, "measured",
        "NIST FRVT 1:1, autumn 2020, as transcribed by M. Bruveris",
        "median FNMR at 1e-5 and median slope of the algorithms below 20% at 1e-6",
    )


def _goal_2025() -> Profile:
    points = data.load("operating_points").set_index("matcher")
    fnmr = float(points["fnmr"].to_dict()["RIVR 2025 leader"])
    mu = -_NORMAL.inv_cdf(1e-4) - 3.0 * _NORMAL.inv_cdf(fnmr)
    return Profile(
        "2025_goal", mu, 3.0, "assumption", points["source"].to_dict()["RIVR 2025 leader"],
        "one verified point; the spread s = 3 is an assumption",
    )


def _named(name: str, matcher: str, test: str | None = None) -> Profile:
    return dataclasses.replace(calibrated(matcher, test), name=name)


_PROFILES = {
    "2018_id_photo": lambda: _named("2018_id_photo", "DocFace+"),
    "2018_weak_vendor": lambda: _named("2018_weak_vendor", "COTS-1"),
    "2020_typical_border": _typical_border,
    "2020_best_border": lambda: _named("2020_best_border", "FRVT 2020 best of a column", "border"),
    "2025_goal": _goal_2025,
}


def shift_for_ratio(rate: float, ratio: float) -> float:
    """Shift of a normal curve that multiplies a tail of size ``rate`` by ``ratio``.

    Raises ParameterError if the multiplied rate would reach 1.

    >>> round(shift_for_ratio(1e-3, 2.9), 3)
    0.331
    """
    if not 0 < rate * ratio < 1:
        raise ParameterError(f"{ratio:g} times {rate:g} is not a rate below 1: lower the ratio.")
    return _NORMAL.inv_cdf(rate * ratio) - _NORMAL.inv_cdf(rate)


@dataclasses.dataclass(frozen=True)
class Shifts:
    """Shifts per group at one operating point; arrays in the order of ``groups()``."""

    names: tuple[str, ...]
    impostor: Floats
    mated: Floats
    lookalike: float


def groups() -> pd.DataFrame:
    """The groups of the score model: shares, ratios, labels (table ``score_groups``)."""
    return data.load("score_groups")


def shifts(matcher: Profile, fmr: float, mode: str = "shift", book: Ledger | None = None) -> Shifts:
    """Group shifts for a matcher whose threshold gives strangers ``fmr``.

    ``mode="shift"`` moves each group's curve once, by the ratio published at one point; the ratio
    then grows as the threshold tightens. ``mode="constant"`` keeps the ratio at every threshold.
    No evidence in hand decides between them.
    Raises ParameterError for an unknown mode.

    >>> at = shifts(profile("2018_id_photo"), 1e-4)
    >>> at.impostor.round(3).tolist()[:2]
    [0.0, 0.331]
    """
    if mode not in RATIO_MODES:
        raise ParameterError(f"Ratio mode {mode!r} is unknown: use {' or '.join(RATIO_MODES)}.")
    table, book = groups(), book or ledger()
    held = mode == "constant"
    base = matcher.fnmr(matcher.threshold(fmr if held else FNMR_REFERENCE))
    times = book.value("lookalike_multiplier")
    impostor, mated = [], []
    for more_false, more_missed in zip(table["fmr_ratio"], table["fnmr_ratio"], strict=True):
        impostor.append(shift_for_ratio(fmr if held else FMR_REFERENCE, float(more_false)))
        mated.append(matcher.s * shift_for_ratio(base, float(more_missed)))
    return Shifts(
        tuple(table["group"]), np.array(impostor), np.array(mated),
        shift_for_ratio(fmr if held else LOOKALIKE_REFERENCE, times),
    )


def expected_refusals(
    matcher: Profile, fmr: float, *, attempts: int = 3, liveness: bool = True,
    mode: str = "shift", book: Ledger | None = None,
) -> pd.DataFrame:
    """Rates at which a machine refuses honest people, by group, in closed form.

    One row a group: ``first`` (refused at the first attempt) and ``after`` (refused at every one
    of ``attempts``); the parameter ``photo_ageing`` plays no part. Exact integrals over personal
    difficulty in matching and in liveness, which are independent of each other; the share r of
    difficulty that stays comes from the parameters.

    >>> rates = expected_refusals(profile("2018_id_photo"), 1e-4)
    >>> rates["after"].round(5).tolist()[0]
    0.01297
    """
    book = book or ledger()
    node = np.linspace(-9, 9, 601)  # trapezoids on a smooth curve: error below 1e-9
    weight = np.exp(-node * node / 2)
    weight = weight / weight.sum()
    share = book.value("personal_share")
    at, table = shifts(matcher, fmr, mode, book), groups()
    fta = book.value("fta")
    rows = []
    for i, group in enumerate(at.names):
        no_match = matcher.fnmr(matcher.threshold(fmr), at.mated[i])
        fail = _given_person(no_match, share, node)
        bpcer = book.value("bpcer") * float(table["bpcer_ratio"].iloc[i]) if liveness else 0.0
        fake = _given_person(bpcer, share, node) if bpcer else np.zeros_like(node)
        once = 1 - (1 - fta) * (1 - fail[:, None]) * (1 - fake[None, :])
        first, after = (float(weight @ once**k @ weight) for k in (1, attempts))
        rows.append({"group": group, "share": float(table["share"].iloc[i]),
                     "first": first, "after": after})
    return pd.DataFrame(rows)


def _given_person(rate: float, share: float, node: Floats) -> Floats:
    """The rate of a person of each difficulty, so that the mean over people is ``rate``."""
    return _phi((_NORMAL.inv_cdf(rate) - node * math.sqrt(share)) / math.sqrt(1 - share))
