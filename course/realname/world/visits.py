"""Who comes to the counter, with whose document, showing whose face.

The **holder** is the person the document belongs to, the **visitor** the person who stands there.
A route is the story behind a visit; only ``honest`` and ``willing_holder`` bring holder and visitor
together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname.world import draws
from realname.world.parameters import ParameterError
from realname.world.people import CARRIERS, People, named

DOCUMENTS = ("own", "borrowed", "copy", "forged", "none")
FACES = ("holder", "lookalike", "stranger", "print", "replay", "mask", "deepfake", "injection")
LIVE_FACES = ("holder", "lookalike", "stranger")
CHANNELS = ("shop", "remote")
# route: document, face, channel, visitor is the holder, holder agreed
ROUTES: Mapping[str, tuple[str, str, str, bool, bool]] = {
    "honest": ("own", "holder", "shop", True, True),
    "willing_holder": ("own", "holder", "shop", True, True),
    "stolen_id_plus_lookalike": ("borrowed", "lookalike", "shop", False, False),
    "stolen_id_stranger": ("borrowed", "stranger", "shop", False, False),
    "copied_id": ("copy", "lookalike", "shop", False, False),
    "forged_id": ("forged", "lookalike", "shop", False, False),
    "photo_kit": ("copy", "injection", "remote", False, False),
    "print": ("borrowed", "print", "shop", False, False),
    "replay": ("borrowed", "replay", "shop", False, False),
    "mask": ("borrowed", "mask", "shop", False, False),
    "deepfake": ("borrowed", "deepfake", "shop", False, False),
    "insider": ("copy", "stranger", "shop", False, False),
}
_NAMES = tuple(ROUTES)


@dataclasses.dataclass(frozen=True)
class Visits:
    """Columns of visits, one entry a visit, in order of arrival; ``table()`` shows them."""

    people: People
    holder: NDArray[np.int32]
    visitor: NDArray[np.int32]
    route: NDArray[np.int8]
    document: NDArray[np.int8]
    face: NDArray[np.int8]
    remote: NDArray[np.bool_]
    carrier: NDArray[np.int8]
    wrong_response: NDArray[np.bool_]

    def __len__(self) -> int:
        return self.holder.size

    def table(self) -> pd.DataFrame:
        """One row a visit: holder, visitor, group, route, document, face, channel, carrier."""
        return pd.DataFrame(
            {
                "holder": self.holder, "visitor": self.visitor,
                "group": named(self.people.group[self.holder], self.people.groups),
                "route": named(self.route, _NAMES),
                "document": named(self.document, DOCUMENTS),
                "face": named(self.face, FACES),
                "channel": named(self.remote.astype(np.int8), CHANNELS),
                "carrier": named(self.carrier, CARRIERS),
            }
        )


def drawn(
    people: People, n: int, rng: np.random.Generator, shares: Mapping[str, float] | None = None
) -> Visits:
    """``n`` visits; routes drawn with ``shares`` (default: everybody is honest).

    A document belongs to a person drawn at random; a visitor who is not the holder is somebody
    else. Raises ParameterError for an unknown route or a population of one with such a route.

    >>> from realname.world import people
    >>> rng = np.random.default_rng(1)
    >>> drawn(people.population(10, rng), 3, rng, {"print": 1}).table()["face"].tolist()
    ['print', 'print', 'print']
    """
    shares = {"honest": 1.0} if shares is None else dict(shares)
    unknown = set(shares) - set(_NAMES)
    if unknown:
        raise ParameterError(f"Unknown route {sorted(unknown)[0]!r}: use {', '.join(_NAMES)}.")
    route = draws.pick(rng, [shares.get(name, 0.0) for name in _NAMES], n).astype(np.int8)
    holder = draws.pick_evenly(rng, len(people), n).astype(np.int32)
    columns = list(zip(*ROUTES.values(), strict=True))
    same = np.array(columns[3])[route]
    if len(people) < 2 and not same.all():
        raise ParameterError("Using another person's document needs two people or more.")
    other = draws.pick_evenly(rng, max(len(people) - 1, 1), n)
    other = other + (other >= holder)
    carrier = draws.pick(rng, [1.0] * len(CARRIERS), n).astype(np.int8)
    return Visits(
        people, holder, np.where(same, holder, other).astype(np.int32), route,
        np.array([DOCUMENTS.index(d) for d in columns[0]], np.int8)[route],
        np.array([FACES.index(f) for f in columns[1]], np.int8)[route],
        np.array([c == "remote" for c in columns[2]])[route], carrier, np.zeros(n, bool),
    )


def alike(
    people: People, n: int, rng: np.random.Generator, *, document: str = "own",
    face: str = "holder", channel: str = "shop", insider: bool = False, agreed: bool = False,
    wrong_response: bool = False, group: str | None = None,
) -> Visits:
    """``n`` visits put together by hand, all of the same kind, with holders drawn at random.

    ``group`` keeps to holders of one group. ``agreed``: the holder comes in person and will hand
    the number on. ``wrong_response``: the challenge is not answered as asked.
    Raises ParameterError for a word outside DOCUMENTS, FACES, CHANNELS or the groups.

    >>> from realname.world import people
    >>> rng = np.random.default_rng(1)
    >>> alike(people.population(50, rng), 2, rng, face="print").table()["face"].tolist()
    ['print', 'print']
    """
    for given, allowed, what in (
        (document, DOCUMENTS, "document"), (face, FACES, "face"), (channel, CHANNELS, "channel"),
        (group or people.groups[0], people.groups, "group"),
    ):
        if given not in allowed:
            raise ParameterError(f"Unknown {what} {given!r}: use {', '.join(allowed)}.")
    among = np.arange(len(people))
    if group:
        among = np.flatnonzero(people.group == people.groups.index(group))
    if not among.size:
        raise ParameterError(f"Nobody here is of the group {group!r}: draw more people.")
    holder = among[draws.pick_evenly(rng, among.size, n)]
    own = face == "holder"
    route = "willing_holder" if own and agreed else "honest" if own else "stolen_id_plus_lookalike"
    code = _NAMES.index("insider" if insider else route)
    return Visits(
        people, holder.astype(np.int32),
        (holder if own else (holder + 1) % len(people)).astype(np.int32),
        np.full(n, code, np.int8), np.full(n, DOCUMENTS.index(document), np.int8),
        np.full(n, FACES.index(face), np.int8), np.full(n, channel == "remote"),
        draws.pick(rng, [1.0] * len(CARRIERS), n).astype(np.int8), np.full(n, wrong_response),
    )
