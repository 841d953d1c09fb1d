"""Random draws that are the same on every platform.

A ``numpy.random.Generator`` gives uniform numbers that do not depend on the machine. Everything
else is worked out from them with addition, multiplication, division and square root alone, which
every processor rounds alike; logarithms of a system library may differ in the last digit. So the
same seed gives the same decision everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_LN2 = 0.6931471805599453
# Wichura, Algorithm AS 241 (Applied Statistics 37, 1988): inverse normal, error about 1e-16.
_CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
     5.2264952788528545610e3),
)
_TAIL = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
     3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
     1.05075007164441684324e-9),
)
_FAR = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15),
)


def uniform(rng: np.random.Generator, size: int) -> Floats:
    """``size`` numbers in (0, 1), never 0 or 1.

    >>> bool(np.all(uniform(np.random.default_rng(1), 5) > 0))
    True
    """
    return np.maximum(rng.random(size), 2.0**-54)


def normal(rng: np.random.Generator, size: int) -> Floats:
    """``size`` standard normal numbers, by inversion of uniform ones.

    >>> normal(np.random.default_rng(1), 3).round(4)
    array([ 0.0296,  1.6494, -1.0618])
    """
    return inverse_normal(uniform(rng, size))


def happens(rng: np.random.Generator, probability: ArrayLike, size: int) -> NDArray[np.bool_]:
    """``size`` yes-or-no draws; ``probability`` is one number or one per draw.

    >>> happens(np.random.default_rng(1), 0.0, 3)
    array([False, False, False])
    """
    return rng.random(size) < np.asarray(probability, dtype=float)


def pick(rng: np.random.Generator, shares: ArrayLike, size: int) -> NDArray[np.int64]:
    """``size`` positions 0, 1, 2, ... drawn with the given shares (any positive scale).

    Raises ValueError if a share is negative or all are zero.

    >>> pick(np.random.default_rng(1), [1, 0, 1], 4)
    array([2, 2, 0, 2])
    """
    weights = np.asarray(shares, dtype=float)
    if weights.min() < 0 or weights.sum() <= 0:
        raise ValueError("Shares must be zero or more, not all zero: correct the list of shares.")
    edges = np.cumsum(weights / weights.sum())
    return np.searchsorted(edges[:-1], rng.random(size), side="right").astype(np.int64)


def pick_evenly(rng: np.random.Generator, choices: int, size: int) -> NDArray[np.int64]:
    """``size`` positions from 0 to ``choices`` - 1, all equally likely (for up to 2**31 choices).

    >>> pick_evenly(np.random.default_rng(1), 10, 4)
    array([5, 9, 1, 9])
    """
    return (rng.random(size) * choices).astype(np.int64)


def poisson(rng: np.random.Generator, mean: float, size: int) -> NDArray[np.int64]:
    """``size`` Poisson counts, by inversion; for means up to 50.

    >>> poisson(np.random.default_rng(1), 0.3, 6)
    array([0, 1, 0, 1, 0, 0])
    """
    if not 0 <= mean <= 50:
        raise ValueError(f"A Poisson mean of {mean:g} is outside 0 to 50: split the count.")
    term, terms = float(np.exp(-mean)), []
    for count in range(int(mean + 12 * mean**0.5 + 20)):
        terms.append(term)
        term *= mean / (count + 1)
    edges = np.cumsum(terms)
    return np.searchsorted(edges, rng.random(size), side="right").astype(np.int64)


def exponential(rng: np.random.Generator, mean: float, size: int) -> Floats:
    """``size`` exponential waiting times with the given mean.

    >>> bool(exponential(np.random.default_rng(1), 5.0, 1000).mean() > 4)
    True
    """
    return -mean * logarithm(uniform(rng, size))


def inverse_normal(p: ArrayLike) -> Floats:
    """The normal quantile of each probability in (0, 1).

    >>> inverse_normal([0.5, 0.975]).round(6)
    array([0.      , 1.959964])
    """
    given = np.asarray(p, dtype=float)
    q = given.ravel() - 0.5
    out = np.empty_like(q)
    centre = np.abs(q) <= 0.425
    near = 0.180625 - q[centre] ** 2
    out[centre] = q[centre] * _ratio(_CENTRE, near)
    side = ~centre
    tail = np.where(q[side] < 0, given.ravel()[side], 1.0 - given.ravel()[side])
    if tail.size and tail.min() <= 0:
        raise ValueError("A probability of 0 or 1 has no finite quantile: give one inside (0, 1).")
    root = np.sqrt(-logarithm(tail))
    far = root > 5
    size = np.where(far, _ratio(_FAR, root - 5), _ratio(_TAIL, root - 1.6))
    out[side] = np.where(q[side] < 0, -size, size)
    return out.reshape(given.shape)


def logarithm(x: ArrayLike) -> Floats:
    """Natural logarithm from basic arithmetic (relative error below 1e-15 away from 1).

    >>> logarithm([1.0, 2.0])
    array([0.        , 0.69314718])
    """
    mantissa, exponent = np.frexp(np.asarray(x, dtype=float))
    low = mantissa < 0.7071067811865476
    mantissa = np.where(low, 2 * mantissa, mantissa)
    exponent = exponent - low
    t = (mantissa - 1) / (mantissa + 1)
    square = t * t
    series = np.zeros_like(t)
    for power in range(21, 0, -2):
        series = series * square + 1.0 / power
    return exponent * _LN2 + 2 * t * series


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    above, below = (np.full_like(x, c[-1]) for c in coefficients)
    for i in range(6, -1, -1):
        above = above * x + coefficients[0][i]
        below = below * x + coefficients[1][i]
    return above / below
