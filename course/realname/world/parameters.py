"""Parameters that know their value, label, range, unit and source.

Three labels: *verified* (a source says it), *assumption* (nobody has measured it; it was chosen so
that the model can run), *measured* (computed in this course). Values live in the table
``parameters`` of ``realname.data``, nowhere else.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import html
from collections.abc import Iterator, Mapping

import pandas as pd

from realname import data

LABELS = ("verified", "assumption", "measured")


class ParameterError(ValueError):
    """A parameter that does not exist or a value that cannot be; str() is one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One number of the model and what stands behind it.

    >>> ledger()["lookalike_multiplier"]
    lookalike_multiplier = 11 ratio of FMR (verified; try 1 to 20)
    """

    name: str
    value: float
    unit: str
    label: str
    low: float
    high: float
    source: str
    note: str = ""
    symbol: str = ""
    address: str = ""

    def __post_init__(self) -> None:
        if self.label not in LABELS:
            raise ParameterError(f"{self.name}: {self.label!r} is not one of {', '.join(LABELS)}.")
        if not self.low <= self.value <= self.high:
            raise ParameterError(
                f"{self.name}: {self.value:g} lies outside {self.low:g} to {self.high:g}: "
                "choose a value inside, or widen the range and say why."
            )

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        return (
            f"{self.name} = {self.value:g} {self.unit} "
            f"({self.label}; try {self.low:g} to {self.high:g})"
        )

    def sweep(self, points: int = 5) -> list[float]:
        """Values from low to high, evenly spaced, both ends included.

        >>> ledger()["personal_share"].sweep(3)
        [0.0, 0.45, 0.9]
        """
        step = (self.high - self.low) / (points - 1)
        return [self.low + step * i for i in range(points)]

    def _repr_html_(self) -> str:
        where = f"{self.source} {self.address}".strip()
        return (
            f"<p><b>{html.escape(self.name)}</b> = {self.value:g} {html.escape(self.unit)} "
            f"<em>({self.label})</em>; try {self.low:g} to {self.high:g}.<br>"
            f"{html.escape(where)}. {html.escape(self.note)}</p>"
        )


class Ledger(Mapping[str, Parameter]):
    """All parameters of a run, by name; ``changed`` gives a copy with other values.

    A changed value is an assumption of whoever changed it, and the copy says so.

    >>> mine = ledger().changed(bpcer=0.01)
    >>> mine["bpcer"].label, mine["bpcer"].source
    ('assumption', 'changed by the reader')
    """

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self._parameters = dict(parameters)

    def __getitem__(self, name: str) -> Parameter:
        if name not in self._parameters:
            near = difflib.get_close_matches(str(name), self._parameters, n=3, cutoff=0.4)
            raise ParameterError(
                f"There is no parameter named {name!r}. Near: {', '.join(near) or 'none'}."
            )
        return self._parameters[name]

    def __contains__(self, name: object) -> bool:
        return name in self._parameters

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def value(self, name: str) -> float:
        """The number alone."""
        return self[name].value

    def changed(self, **values: float) -> Ledger:
        """A copy with other values. Raises ParameterError: unknown name, or value out of range."""
        new = {
            name: dataclasses.replace(
                self[name], value=float(value), label="assumption", source="changed by the reader",
                address="",
            )
            for name, value in values.items()
        }
        return Ledger({**self._parameters, **new})

    def table(self) -> pd.DataFrame:
        """One row a parameter: name, value, unit, label, low, high, source, note.

        >>> (ledger().table()["label"] == "assumption").mean() > 0.5
        np.True_
        """
        columns = ["name", "value", "unit", "label", "low", "high", "source", "note"]
        rows = [[getattr(p, column) for column in columns] for p in self._parameters.values()]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        return "\n".join(repr(parameter) for parameter in self._parameters.values())

    def _repr_html_(self) -> str:
        return self.table().to_html(index=False)


@functools.cache
def ledger() -> Ledger:
    """The parameters of the course, read once from the table ``parameters``.

    >>> float(ledger()["numbers_limit"])
    5.0
    """
    rows = data.load("parameters").astype(object)
    rows = rows.where(rows.notna(), "")
    return Ledger(
        {
            row["name"]: Parameter(
                name=row["name"], value=float(row["value"]), unit=row["unit"], label=row["label"],
                low=float(row["low"]), high=float(row["high"]), source=row["source"],
                note=row["note"], symbol=row["symbol"], address=row["address"],
            )
            for row in rows.to_dict("records")
        }
    )
