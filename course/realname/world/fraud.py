"""Routes to a number in another name, what they cost, and where demand goes when one is closed.

Buyers choose among routes by expected outlay (price / chance of success, with a factor for added
risk) and, as a group, buy less when all routes cost more. Two elasticities rule the answer,
``sigma`` between routes and ``epsilon`` for the total. Nothing in the evidence measures either:
sweep both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from realname.world import counter, draws, people, registers, visits
from realname.world.eras import ERAS
from realname.world.parameters import Ledger, ParameterError, ledger
from realname.world.people import named

ROUTES = (
    "street_sim", "copied_or_forged_id", "stolen_id_plus_lookalike", "photo_kit", "insider",
    "willing_holder", "voip_foreign_iot",
)
PRICED_ERAS = ("none", "id_photo", "portrait")


def success(era: str, book: Ledger | None = None) -> pd.Series:
    """Chance that one purchase on a route gives a working number; 0 where the route is closed.

    One attempt, no fallback: what a buyer of the route pays for. The counter, with its retries and
    its clerk, lets more look-alikes through; compare with a run.
    Raises ParameterError for an era without prices.

    >>> float(success("id_photo")["stolen_id_plus_lookalike"])
    0.14
    """
    value = (book or ledger()).value
    lookalike = value("lookalike_multiplier") * value("fmr_target")
    rates = {
        "none": (1, 1, 1, 0, 1, 1, 1),
        "id_photo": (0, value("copy_accepted"), value("clerk_false_accept"), 0, 1, 1, 1),
        "portrait": (
            0, value("copy_accepted") * lookalike, lookalike, value("photo_kit_passes"), 1, 1, 1,
        ),
    }
    if era not in rates:
        raise ParameterError(f"No prices for the era {era!r}: use {', '.join(PRICED_ERAS)}.")
    return pd.Series(rates[era], index=ROUTES, dtype=float, name=era)


def outlay(era: str, book: Ledger | None = None) -> pd.Series:
    """Expected yuan per working number on each route; infinite where the route is closed.

    >>> outlay("portrait")["willing_holder"]
    np.float64(120.0)
    """
    book = book or ledger()
    price = pd.Series({route: book.value(f"price_{route}") for route in ROUTES})
    price["photo_kit"] += book.value("price_photo_kit_handling")
    if era == "portrait":
        price["insider"] *= book.value("insider_risk")
        price["willing_holder"] *= book.value("willing_holder_risk")
    chance = success(era, book)
    return (price / chance.where(chance > 0)).fillna(np.inf).rename(era)


def outlook(
    sigma: float | None = None, epsilon: float | None = None, book: Ledger | None = None,
    eras: Sequence[str] = PRICED_ERAS,
) -> pd.DataFrame:
    """Numbers in fraudulent hands by route (rows) and era (columns), with the era ``none`` as 1.

    Constant elasticity: demand for a route falls with its outlay to the power ``sigma``, the total
    with the price index of all routes to the power ``epsilon``.

    >>> outlook().sum().round(2).tolist()
    [1.0, 0.4, 0.32]
    """
    book = book or ledger()
    sigma = book.value("sigma") if sigma is None else sigma
    epsilon = book.value("epsilon") if epsilon is None else epsilon
    pull = pd.DataFrame({era: outlay(era, book) ** -sigma for era in ("none", *eras)})
    index = pull.sum() ** (-1 / sigma)
    total = (index / index["none"]) ** -epsilon
    return (pull / pull.sum() * total)[list(eras)]


def choices(
    n: int, era: str, rng: np.random.Generator, sigma: float | None = None,
    book: Ledger | None = None,
) -> pd.Series:
    """The route each of ``n`` buyers takes, as a categorical series.

    Each buyer sees every route's outlay through a private lens (a Gumbel error on its logarithm)
    and takes the best. Shares come out of the crowd; no formula for them is used.

    >>> set(choices(50, "portrait", np.random.default_rng(3))) & {"street_sim"}
    set()
    """
    book = book or ledger()
    sigma = book.value("sigma") if sigma is None else sigma
    cost = outlay(era, book).to_numpy()
    open_ = np.flatnonzero(np.isfinite(cost))
    u = draws.uniform(rng, n * open_.size).reshape(n, open_.size)
    taste = -draws.logarithm(-draws.logarithm(u))
    best = np.argmax(taste - sigma * draws.logarithm(cost[open_]), axis=1)
    return pd.Series(named(open_[best].astype(np.int8), ROUTES), name=era)


def trials(
    n: int, rng: np.random.Generator, eras: Sequence[str] = ERAS, **shop: Any
) -> pd.DataFrame:
    """Send every kind of visit to the counter ``n`` times: share that ends with a number.

    Rows are the routes of ``visits``, columns the eras. Other arguments go to ``counter.Counter``
    (matcher, fmr, fallback, book). The limit of numbers is off, so that each visit stands alone.

    >>> float(trials(50, np.random.default_rng(1), ["none"])["none"].min())
    1.0
    """
    crowd = people.population(max(n // 2, 2), rng, shop.get("book"))
    shares: dict[str, list[float]] = {}
    for era in eras:
        desk = counter.Counter(era, **{"limited": False, **shop})
        shares[era] = [
            float(desk.run(visits.drawn(crowd, n, rng, {route: 1.0}), rng).issued.mean())
            for route in visits.ROUTES
        ]
    return pd.DataFrame(shares, index=list(visits.ROUTES)).rename_axis("route")


def after_the_rule(
    years: Sequence[float], sigma: float | None = None, epsilon: float | None = None,
    book: Ledger | None = None,
) -> pd.DataFrame:
    """Numbers in fraudulent hands so many years after ``portrait`` replaced ``id_photo``.

    Columns: years, old_stock (sold before, wearing off), new (replacing what wore off, at the level
    of the new era), total. The effect of the rule comes late, because sold numbers stay sold.
    """
    book = book or ledger()
    levels = outlook(sigma, epsilon, book).sum()
    at = np.asarray(years, dtype=float)
    old = registers.stock(at, float(levels["id_photo"]), book)
    new = float(levels["portrait"]) * (1 - registers.stock(at, 1.0, book))
    return pd.DataFrame({"years": at, "old_stock": old, "new": new, "total": old + new})
