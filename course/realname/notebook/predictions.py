"""Predictions: committed before a result is seen, shown beside it, plotted at the end.

They stay in memory and are gone when the kernel stops. The first value stays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from .figures import AccessibleFigure, accessible
from .notes import Note
from .style import COLOURS, style


class PredictionError(ValueError):
    """A prediction that cannot be kept; str() is one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class Prediction:
    """One prediction, and what was found. `value` None: none was made; `found` None: not yet."""

    name: str
    value: float | str | None = None
    found: float | str | None = None
    question: str = ""
    unit: str = ""

    @property
    def factor(self) -> float | None:
        """Predicted divided by found, where both are positive numbers."""
        if isinstance(self.value, str) or isinstance(self.found, str):
            return None
        if self.value is None or self.found is None or self.value <= 0 or self.found <= 0:
            return None
        return self.value / self.found


class Predictions:
    """The predictions of one sitting."""

    def __init__(self) -> None:
        self._kept: dict[str, Prediction] = {}

    def __iter__(self) -> Any:
        return iter(self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget all predictions."""
        self._kept.clear()

    def predict(
        self,
        name: str,
        value: Any,
        *,
        question: str = "",
        choices: Sequence[str] | None = None,
        unit: str = "",
    ) -> Note:
        """Commit a number or a choice. Leave `...` to commit none yet.

        Raises PredictionError if the value is neither a number nor, where choices are given, one
        of them.

        >>> Predictions().predict("price", 5, unit="yuan")
        price: Your prediction is kept: 5 yuan.
        """
        old = self._kept.get(name)
        if value is ... or value is None or value == "":
            offer = f" Choose one of: {', '.join(choices)}." if choices else ""
            if old and old.value is not None:
                return Note((f"Your first prediction stays: {_text(old.value, old.unit)}.",), name)
            return Note((f"No prediction yet. Put yours in place of `...`.{offer}",), name)
        value = self._read(name, value, choices)
        if old and old.value is not None:
            if old.value == value:
                return Note((f"Your prediction is kept: {_text(value, old.unit)}.",), name)
            return Note(
                (
                    f"Your first prediction stays: {_text(old.value, old.unit)}. "
                    f"You now wrote {_text(value, old.unit)}; a prediction counts once.",
                ),
                name,
            )
        found = old.found if old else None
        late = " You had seen the result before." if found is not None else ""
        self._kept[name] = Prediction(name, value, found, question, unit)
        return Note((f"Your prediction is kept: {_text(value, unit)}.{late}",), name)

    @staticmethod
    def _read(name: str, value: Any, choices: Sequence[str] | None) -> float | str:
        if choices is not None:
            near = [each for each in choices if str(value).strip().casefold() == each.casefold()]
            if not near:
                raise PredictionError(
                    f"Your prediction {name!r} must be one of: {', '.join(choices)}."
                )
            return near[0]
        number = value.item() if hasattr(value, "item") else value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise PredictionError(
                f"Your prediction {name!r} must be a number without quotes, such as 5 or 0.2."
            )
        if not math.isfinite(number):
            raise PredictionError(f"Your prediction {name!r} must be a finite number.")
        return number

    def compare(self, name: str, found: Any, *, unit: str = "") -> Note:
        """Show the prediction beside what was found, and keep the latter for `show`.

        >>> mine = Predictions()
        >>> _ = mine.predict("price", 5, unit="yuan")
        >>> mine.compare("price", 10)
        price: You predicted 5 yuan; the result is 10 yuan, 2 times as much.
        """
        old = self._kept.get(name, Prediction(name, unit=unit))
        found = found.item() if hasattr(found, "item") else found
        new = replace(old, found=found, unit=old.unit or unit)
        self._kept[name] = new
        result = _text(found, new.unit)
        if new.value is None:
            return Note((f"You made no prediction; the result is {result}.",), name)
        return Note(
            (f"You predicted {_text(new.value, new.unit)}; {_verdict(new, result)}.",), name
        )

    def table(self) -> pd.DataFrame:
        """One row a prediction: question, predicted, found, factor (predicted / found)."""
        return pd.DataFrame(
            {
                "prediction": [each.question or each.name for each in self],
                "predicted": [_text(each.value, each.unit) for each in self],
                "found": [_text(each.found, each.unit) for each in self],
                "predicted / found": [
                    "" if each.factor is None else f"{each.factor:.3g}" for each in self
                ],
            }
        )

    def show(self) -> AccessibleFigure | Note:
        """Plot every predicted number against what was found; the table has the choices too."""
        rated = [(each.name, each.factor) for each in self if each.factor is not None]
        if not rated:
            lines = [
                f"{row.prediction}: predicted {row.predicted}, found {row.found}"
                for row in self.table().itertuples(index=False)
            ]
            return Note(tuple(lines) or ("No predictions yet.",), "Your predictions")
        return self._plot([(name, factor) for name, factor in rated if factor is not None])

    def _plot(self, rated: list[tuple[str, float]]) -> AccessibleFigure:
        from matplotlib.figure import Figure

        near = sum(0.5 <= factor <= 2 for _, factor in rated)
        title = f"{near} of {len(rated)} predictions came within a factor of two"
        with style():
            panel = Figure(figsize=(7, 1.6 + 0.45 * len(rated))).subplots()
            rows = range(len(rated))
            panel.axvline(1, color="black", linewidth=1, label="_what was found")
            panel.plot(
                [factor for _, factor in rated],
                rows,
                linestyle="none",
                marker="D",
                color=COLOURS["blue"],
                label="your prediction",
            )
            _scale(panel, [factor for _, factor in rated])
            panel.set_yticks(list(rows), [name for name, _ in rated])
            panel.set_ylim(len(rated) - 0.5, -0.5)
            panel.set_xlabel("predicted / found (1: exact; logarithmic)")
            said = "; ".join(f"{name}: {_times(factor)}" for name, factor in rated)
            return accessible(
                panel, title, f"Each prediction divided by what was found. {said}.", self.table()
            )


def _scale(panel: Any, factors: list[float]) -> None:
    """A logarithmic axis around 1 whose ticks are doublings, or tenfold steps where far apart."""
    far = max(2.0, *factors, *(1 / factor for factor in factors))
    base = 2 if far <= 32 else 10
    most = math.ceil(math.log(far, base) - 1e-9)
    every = math.ceil(most / 4)
    powers = [power * every for power in range(-(most // every), most // every + 1)]
    labels = [f"{base**power:,}" if power >= 0 else f"1/{base**-power:,}" for power in powers]
    panel.set_xscale("log")
    panel.set_xticks([float(base) ** power for power in powers], labels)
    panel.minorticks_off()
    panel.set_xlim(1 / (1.2 * far**1.05), 1.2 * far**1.05)


def _text(value: Any, unit: str) -> str:
    if value is None:
        return "none"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    text = (
        f"{value:,.6g}" if number and abs(value) < 1e6 else f"{value:,}" if number else str(value)
    )
    return f"{text} {unit}".strip() if number else text


def _verdict(each: Prediction, result: str) -> str:
    if each.value == each.found:
        return f"the result is {result}, as you predicted"
    if each.factor is None:
        return f"the result is {result}"
    more = 1 / each.factor
    if 0.995 < more < 1.005:
        return f"the result is {result}, nearly the same"
    if more > 1:
        return f"the result is {result}, {more:.3g} times as much"
    return f"the result is {result}; you predicted {each.factor:.3g} times as much"


def _times(factor: float) -> str:
    return f"{factor:.3g} times what was found"


predictions = Predictions()
"""The predictions made in this kernel."""
predict = predictions.predict
compare = predictions.compare
