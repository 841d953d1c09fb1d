"""The procedures compared, drawn: what each stops, whom it refuses, where fraud goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from realname.notebook import COLOURS, AccessibleFigure, accessible, label_lines, style
from realname.world import fraud, scores
from realname.world.parameters import Ledger

VISITS = 2_000
WORDS = {
    "honest": "honest customer",
    "willing_holder": "willing holder",
    "stolen_id_plus_lookalike": "stolen card, look-alike",
    "stolen_id_stranger": "stolen card, stranger",
    "copied_id": "copied card",
    "forged_id": "forged card",
    "print": "printed picture",
    "replay": "film on a screen",
    "mask": "mask",
    "insider": "insider",
}
"""Routes of ``visits.ROUTES`` that come to a shop, in words."""


def draw_stops(
    before: str = "id_photo", after: str = "portrait", *, seed: int = 2019, **shop: Any
) -> AccessibleFigure:
    """What share of each kind of visit ends with a number, in two procedures side by side.

    Other arguments (``fallback``, ``matcher``, ``fmr``, ``book``) go to the counter. 2,000 visits
    of each kind, so a share is good to about two points in a hundred.
    """
    shares = fraud.trials(VISITS, np.random.default_rng(seed), [before, after], **shop)
    table = (100 * shares.loc[list(WORDS)]).rename(index=WORDS)
    rows = np.arange(len(table))
    with style():
        axes = Figure(figsize=(7.6, 4.6)).subplots()
        axes.barh(rows - 0.19, table[before], 0.36, color="white", edgecolor="black",
                  hatch="//", label=before)
        axes.barh(rows + 0.19, table[after], 0.36, color=COLOURS["blue"], label=after)
        axes.set_yticks(rows, table.index)
        axes.invert_yaxis()
        axes.set_xlabel("visits that end with a number, in 100 of their kind")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False)
        passing = table.index[(table[after] > 90)]
        title = f"{after}: {', '.join(passing)} pass almost always"
        said = "; ".join(
            f"{name}: {row[before]:.0f} and {row[after]:.0f}" for name, row in table.iterrows()
        )
        alt = f"Pairs of bars, numbers issued in 100 visits, {before} and {after}. {said}."
        shown = table.round(1).rename_axis("kind of visit")
        return accessible(axes, title, alt, shown)


def draw_refusals(
    fmr: float = 1e-4, *, attempts: int = 3, book: Ledger | None = None
) -> AccessibleFigure:
    """Honest people refused at every attempt, per million, for each calibrated matcher.

    Machine alone: camera, liveness and match, no clerk; people of 18 to 59.
    """
    rows = []
    for name in scores.profiles()["profile"]:
        rates = scores.expected_refusals(scores.profile(name), fmr, attempts=attempts, book=book)
        rows.append((name, 1e6 * float(rates["after"].iloc[0])))
    rows.sort(key=lambda row: -row[1])
    names, people = [row[0] for row in rows], [row[1] for row in rows]
    with style():
        axes = Figure(figsize=(7.2, 3.2)).subplots()
        axes.barh(names, people, color=COLOURS["blue"])
        for place, value in enumerate(people):
            axes.text(value, place, f" {value:,.0f}", va="center")
        axes.set_xlim(0, 1.18 * max(people))
        axes.invert_yaxis()
        axes.set_xlabel(f"honest people refused {attempts} times, per million")
        title = f"The vendor decides: {people[0] / people[-1]:,.0f} times between worst and best"
        said = "; ".join(f"{name}: {value:,.0f}" for name, value in rows)
        return accessible(axes, title, f"Bars, honest people refused per million. {said}.",
                          [{"matcher": n, "refused per million": round(v)} for n, v in rows])


def draw_sweep(
    epsilons: Sequence[float] = (0.0, 0.2, 0.5, 1.0, 1.5, 2.0), *, book: Ledger | None = None
) -> AccessibleFigure:
    """What portrait matching changes in the model, over values of the elasticity of the total."""
    rows = []
    for epsilon in epsilons:
        table = fraud.outlook(epsilon=epsilon, book=book)
        before, after = table["id_photo"], table["portrait"]
        rows.append({
            "epsilon": epsilon,
            "total, after / before": after.sum() / before.sum(),
            "willing holders, share after": after["willing_holder"] / after.sum(),
        })
    with style():
        axes = Figure(figsize=(7.4, 3.8)).subplots()
        for name in list(rows[0])[1:]:
            axes.plot(list(epsilons), [row[name] for row in rows], label=name)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("epsilon, the elasticity of the total (nobody has measured it)")
        axes.set_ylabel("share")
        label_lines(axes)
        share = rows[0]["willing holders, share after"]
        low, high = (100 * (1 - rows[i]["total, after / before"]) for i in (0, -1))
        title = (
            f"Willing holders: {share:.0%} at every epsilon; the fall of the total: "
            f"{abs(low):.0f} to {high:.0f}%"
        )
        said = "; ".join(
            f"at {row['epsilon']:g} the total is {row['total, after / before']:.2f}" for row in rows
        )
        alt = f"Two lines. The share of willing holders is flat at {share:.2f}. {said}."
        return accessible(axes, title, alt, [
            {key: round(value, 3) for key, value in row.items()} for row in rows
        ])
