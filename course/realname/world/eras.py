"""The four procedures, and two alternatives, each a table of states and transitions.

A procedure is data: (state, result) -> next state. ``counter`` runs any of them. The same table can
be printed, drawn, checked and changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname import data
from realname.world.parameters import ParameterError

STATES = (
    "start", "document", "capture", "liveness", "match", "clerk", "retry", "manual", "limit",
    "issued", "refused",
)
RESULTS = ("pass", "fail", "override")
ENDS = ("issued", "refused")
FALLBACKS = ("clerk", "vouching", "refuse")
ERAS = ("none", "id_copy", "id_photo", "portrait")
ALTERNATIVES = ("chip",)

_NONE = {("start", "pass"): "issued"}
_DOCUMENT = {
    ("start", "pass"): "document",
    ("document", "fail"): "refused",
    ("document", "override"): "issued",
    ("limit", "pass"): "issued",
    ("limit", "fail"): "refused",
}
_TRANSITIONS: Mapping[str, Mapping[tuple[str, str], str]] = {
    "none": _NONE,
    "id_copy": {**_DOCUMENT, ("document", "pass"): "limit"},
    "chip": {**_DOCUMENT, ("document", "pass"): "limit"},
    "id_photo": {
        **_DOCUMENT,
        ("document", "pass"): "clerk",
        ("clerk", "pass"): "limit",
        ("clerk", "fail"): "refused",
    },
    "portrait": {
        **_DOCUMENT,
        ("document", "pass"): "capture",
        ("capture", "pass"): "liveness",
        ("capture", "fail"): "retry",
        ("liveness", "pass"): "match",
        ("liveness", "fail"): "retry",
        ("match", "pass"): "limit",
        ("match", "fail"): "retry",
        ("retry", "pass"): "capture",
        ("retry", "fail"): "manual",
        ("manual", "pass"): "limit",
        ("manual", "fail"): "refused",
    },
}
# The limit of five came with the photograph; before it nothing was counted.
_LIMITED = ("id_photo", "portrait", "chip")


@dataclasses.dataclass(frozen=True)
class Procedure:
    """One procedure: its name and its transitions.

    >>> procedure("id_photo").after("clerk", "fail")
    'refused'
    """

    name: str
    transitions: Mapping[tuple[str, str], str]
    fallback: str
    limited: bool

    def after(self, state: str, result: str) -> str:
        """The state that follows. Raises ParameterError if the procedure has no such step."""
        if (state, result) not in self.transitions:
            raise ParameterError(f"{self.name}: after {state!r} nothing follows from {result!r}.")
        return self.transitions[state, result]

    def table(self) -> pd.DataFrame:
        """The decision table: one row a transition, with columns state, result, next."""
        rows = [(state, result, to) for (state, result), to in self.transitions.items()]
        order = {name: i for i, name in enumerate(STATES)}
        rows.sort(key=lambda row: (order[row[0]], RESULTS.index(row[1])))
        return pd.DataFrame(rows, columns=["state", "result", "next"])

    def codes(self) -> NDArray[np.int8]:
        """Transitions as an array [state, result] of state codes; -1 where there is no step."""
        out = np.full((len(STATES), len(RESULTS)), -1, np.int8)
        for (state, result), to in self.transitions.items():
            out[STATES.index(state), RESULTS.index(result)] = STATES.index(to)
        return out


def procedure(era: str, *, fallback: str = "clerk", limited: bool | None = None) -> Procedure:
    """The procedure of an era or alternative.

    ``fallback`` says what follows the last failed attempt in the portrait era: a clerk looks, a
    third person vouches, or refusal. ``limited`` counts numbers per person and carrier (default:
    from ``id_photo`` on). ``chip`` is an alternative without a face: chip read and database
    check. Raises ParameterError for an unknown era or fallback.

    >>> procedure("portrait", fallback="refuse").after("retry", "fail")
    'refused'
    """
    if era not in _TRANSITIONS:
        raise ParameterError(f"Unknown era {era!r}: use {', '.join((*ERAS, *ALTERNATIVES))}.")
    if fallback not in FALLBACKS:
        raise ParameterError(f"Unknown fallback {fallback!r}: use {', '.join(FALLBACKS)}.")
    steps = dict(_TRANSITIONS[era])
    if fallback == "refuse" and era == "portrait":
        steps = {key: to for key, to in steps.items() if key[0] != "manual"}
        steps["retry", "fail"] = "refused"
    limited = era in _LIMITED if limited is None else limited
    if not limited:
        steps = {
            key: "issued" if to == "limit" else to for key, to in steps.items() if key[0] != "limit"
        }
    return Procedure(era, steps, fallback, limited)


def eras() -> pd.DataFrame:
    """When each era began, what it asks, what it stops and what it cannot (table ``eras``).

    >>> eras()["era"].tolist()
    ['none', 'id_copy', 'id_photo', 'portrait']
    """
    return data.load("eras")
