"""Law as a grid, drawn: cases by regimes, changes by regimes, claims by courts.

The grids read in black and white: dark is against the collector, and every cell carries words.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from realname import data
from realname.law import assess, regime_map, regimes, what_changes
from realname.notebook import AccessibleFigure, accessible, style

SHADES = {
    "lawful": ("white", "black"),
    "unlawful": ("black", "white"),
    "arguable": ("#d9d9d9", "black"),
    "contested": ("#d9d9d9", "black"),
    "granted": ("#595959", "white"),
    "upheld": ("#595959", "white"),
}
"""Face and ink of a cell by the first word it carries; all others are white with black words."""

_NAME = 47  # letters of a row's name before it is broken


def grid(table: pd.DataFrame, title: str, alt: str) -> AccessibleFigure:
    """A table of words as a figure: one row a row, one column a column.

    table: texts; its index and columns are the labels. title: the finding. alt: what to know first.

    >>> grid(pd.DataFrame({"EU": ["lawful"]}, index=["FP05"]), "One case", "One case, one regime.")
    Figure: One case
    One case, one regime.
    <BLANKLINE>
    case     EU
    FP05 lawful
    """
    rows = [[str(word) for word in row] for row in table.itertuples(index=False)]
    wide = 68 // max(len(table.columns), 1)
    heads = [textwrap.fill(str(name), wide) for name in table.columns]
    names = [textwrap.fill(str(name), _NAME) for name in table.index]
    cells = [[textwrap.fill(word, wide) for word in row] for row in rows]
    tall = max(_lines(names), *(_lines(row) for row in cells))
    top, height = 0.6 + 0.2 * _lines(heads), 0.16 + 0.13 * tall
    with style():
        axes = Figure(figsize=(8.6, top + height * len(rows))).subplots()
        for i, row in enumerate(rows):
            for j, word in enumerate(row):
                face, ink = SHADES.get(word.replace(":", " ").split(" ")[0], ("white", "black"))
                axes.add_patch(Rectangle((j, i - 0.5), 1, 1, fc=face, ec="#7f7f7f", lw=0.8))
                said = cells[i][j]
                axes.text(j + 0.5, i, said, ha="center", va="center", color=ink, fontsize=9)
        axes.set_xticks([j + 0.5 for j in range(len(heads))], heads, fontsize=10)
        axes.set_yticks(range(len(rows)), names, fontsize=9)
        axes.set(xlim=(0, len(heads)), ylim=(len(rows) - 0.5, -0.5))
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        return accessible(axes, title, alt, table.rename_axis("case").reset_index())


def _lines(texts: Collection[str]) -> int:
    return max((text.count("\n") + 1 for text in texts), default=1)


def _names() -> dict[str, str]:
    return {name: regime.name for name, regime in regimes().items()}


def draw_regime_map(cases: Collection[str] | None = None) -> AccessibleFigure:
    """Cases by regimes; every cell carries its result in words. Default: all fact patterns."""
    table = regime_map(cases)
    titles = data.load("fact_patterns").set_index("id")["title"]
    alike = int((table.nunique(axis=1) == 1).sum())
    counts = "; ".join(
        f"{_names()[str(each)]}: "
        + ", ".join(f"{number} {word}" for word, number in table[each].value_counts().items())
        for each in table.columns
    )
    alt = f"Grid of {len(table)} cases by {len(table.columns)} regimes. {counts}."
    shown = table.rename(columns=_names(), index=lambda case: f"{case} {titles.get(case, '')}")
    return grid(shown, f"In {alike} of {len(table)} cases all regimes say the same", alt)


def draw_changes(case: str, changes: Mapping[str, str]) -> AccessibleFigure:
    """One case as it stands, and with one fact changed at a time, in every regime.

    changes: fact -> the value it takes, in words of the table `facts`.
    """
    turned = what_changes(case, only=list(changes), everything=True)
    rows = {f"{case} as it stands": {r: assess(case, r).label for r in regimes()}}
    for fact, value in changes.items():
        mine = turned[(turned["fact"] == fact) & (turned["becomes"] == value)]
        rows[f"{fact} = {value}"] = dict(zip(mine["regime"], mine["after"], strict=True))
    table = pd.DataFrame.from_dict(rows, orient="index")[list(regimes())]
    noticed = (table.iloc[1:] != table.iloc[0]).sum(axis=1)
    said = "; ".join(f"{name}: {number} of 4 regimes notice" for name, number in noticed.items())
    alone = int((noticed == 1).sum())
    title = f"{alone} of {len(changes)} changes are noticed by one regime alone"
    return grid(table.rename(columns=_names()), title, f"Each row changes one fact. {said}.")


def draw_claims(case: str = "case-guo-bing") -> AccessibleFigure:
    """What was claimed in a case, and what each court made of it."""
    claims = data.load("case_claims").query("case == @case").set_index("claim")
    table = claims[["first_instance", "second_instance"]]
    won = table["second_instance"].str.match("granted|upheld")
    shown = table.rename(
        columns={"first_instance": "first instance", "second_instance": "second instance"}
    )
    said = "; ".join(f"{row.Index}: {row.first_instance}, then {row.second_instance}"
                     for row in table.itertuples())  # fmt: skip
    title = f"{int(won.sum())} of {len(table)} claims stood at the end"
    return grid(shown, title, f"Grid of claims by courts. {said}.")
