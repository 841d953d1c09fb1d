"""What a leaked face is offered for, and how leaks come back to the counter.

A face on the market is raw material for the remote route: a kit of picture and identity data, made
to pass a liveness check. More faces, cheaper kits (assumption); cheaper kits, more numbers in the
names of people whose face is out. Price says how easily data can be used, never what it costs its
owner.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname.world import draws, fraud, visits
from realname.world.exposure import ledger
from realname.world.parameters import Ledger, ParameterError
from realname.world.people import People
from realname.world.visits import Visits

_OFFERS = ("face_price_bundle", "face_price_single", "face_price_with_data", "face_price_kit")


def offers(faces: int, book: Ledger | None = None) -> pd.DataFrame:
    """What so many faces would bring at each published asking price: offer, yuan, unit, total,
    label.

    The prices span four orders of magnitude; the faces are the same. A total is price times faces,
    which no market would pay: more faces, lower prices.

    >>> offers(5000)["total"].tolist()
    [10.0, 2500.0, 20000.0, 150000.0]
    """
    book = book or ledger()
    rows = []
    for name in _OFFERS:
        price = book[name]
        rows.append(
            {
                "offer": name.removeprefix("face_price_").replace("_", " "), "yuan": price.value,
                "unit": price.unit, "total": price.value * faces, "label": price.label,
                "note": price.note,
            }
        )
    return pd.DataFrame(rows)


def kit_price(leaked: float, book: Ledger | None = None) -> float:
    """Price of a photo kit, in yuan, when this share of people's faces is out.

    Base price * (supply before / supply now) ** ``photo_kit_price_elasticity``; supply is the share
    for sale before (``faces_on_market``) plus what leaked. All assumptions; elasticity 0 leaves the
    price alone.
    Raises ParameterError for a share outside [0, 1].

    >>> [round(kit_price(share), 1) for share in (0, 0.003, 1)]
    [30.0, 15.0, 0.9]
    """
    if not 0 <= leaked <= 1:
        raise ParameterError(f"A share of {leaked!r} is not possible: give one between 0 and 1.")
    book = book or ledger()
    before = book.value("faces_on_market")
    fall = (before / (before + leaked)) ** book.value("photo_kit_price_elasticity")
    return book.value("price_photo_kit") * fall


def after_leak(leaked: float, book: Ledger | None = None) -> Ledger:
    """The parameters with the price of photo kits that this leak leads to, labelled assumption."""
    book = book or ledger()
    price = kit_price(leaked, book)
    old = book["price_photo_kit"]
    new = dataclasses.replace(
        old, value=price, low=min(old.low, price), label="assumption", address="",
        source=f"kit price after a leak of {leaked:.0%} of faces",
    )
    return Ledger({**book, "price_photo_kit": new})


def feedback(
    leaks: Sequence[float], sigma: float | None = None, epsilon: float | None = None,
    book: Ledger | None = None,
) -> pd.DataFrame:
    """Numbers in fraudulent hands after leaks of these sizes, in the portrait era.

    One row a leak: leaked (share of people), kit_price (yuan, without handling), photo_kit and
    others (numbers, with the era ``none`` as 1), total, change (of the total, against no leak).
    The elasticities ``sigma`` and ``epsilon`` are not identified by any evidence: sweep them.

    >>> table = feedback([0.0, 0.1, 1.0])
    >>> bool(table["photo_kit"].is_monotonic_increasing)
    True
    """
    book = book or ledger()
    rows = []
    base = float(fraud.outlook(sigma, epsilon, book, ["portrait"])["portrait"].sum())
    for leaked in leaks:
        after = after_leak(leaked, book)
        # the era "none" has no photo kits, so its price index, and with it the unit, stays
        routes = fraud.outlook(sigma, epsilon, after, ["portrait"])["portrait"]
        total = float(routes.sum())
        rows.append(
            {
                "leaked": float(leaked), "kit_price": after.value("price_photo_kit"),
                "photo_kit": float(routes["photo_kit"]),
                "others": total - float(routes["photo_kit"]), "total": total,
                "change": total / base - 1,
            }
        )
    return pd.DataFrame(rows)


def replays(
    people: People, out: NDArray[np.bool_], n: int, rng: np.random.Generator
) -> Visits:
    """``n`` remote visits in which a leaked face is fed to the counter in its owner's name.

    ``out`` marks the people whose face is out (from ``breach.history``); each visit takes one of
    them at random. Run them through ``counter.Counter("portrait")``: the register then carries
    numbers whose registered person knows nothing. Raises ParameterError if nobody's face is out.

    >>> from realname.world import people
    >>> rng = np.random.default_rng(4)
    >>> crowd = people.population(50, rng)
    >>> sorted(set(replays(crowd, np.arange(50) < 2, 9, rng).holder.tolist()))
    [0, 1]
    """
    known = np.flatnonzero(out)
    if not known.size:
        raise ParameterError("Nobody's face is out: there is nothing to replay.")
    drawn = visits.drawn(people, n, rng, {"photo_kit": 1.0})
    holder = known[draws.pick_evenly(rng, known.size, n)].astype(np.int32)
    step = 1 + draws.pick_evenly(rng, len(people) - 1, n)
    visitor = ((holder.astype(np.int64) + step) % len(people)).astype(np.int32)
    return dataclasses.replace(drawn, holder=holder, visitor=visitor)
