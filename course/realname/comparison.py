"""Comparisons drawn: portraits, their scores, the trade-off, and films of a challenge.

The portraits are of nobody. What they show is how errors arise; how large errors are for people
is in published tables, and ``draw_published`` shows some.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from realname import data
from realname.notebook import COLOURS, AccessibleFigure, accessible, label_lines, style
from realname.world import liveness, portraits
from realname.world.liveness import Challenges
from realname.world.portraits import Pictures

PUBLISHED = ("COTS-1", "COTS-2", "DocFace+")


def draw_people(n: int, rng: np.random.Generator) -> AccessibleFigure:
    """``n`` drawn people, one a column: the document above, two live pictures below."""
    people = portraits.faces(n, rng)
    rows = [portraits.render(people, portraits.id_photos(n, rng), rng)]
    rows += [portraits.render(people, portraits.live(n, rng), rng) for _ in range(2)]
    names = ["document", "live", "live, again"]
    with style():
        axes = Figure(figsize=(7.4, 3.6)).subplots()
        axes.imshow(portraits.sheet(np.concatenate(rows), columns=n), cmap="gray", vmin=0, vmax=255)
        middle = portraits.SIZE / 2
        axes.set_xticks([middle + portraits.SIZE * i for i in range(n)],
                        [f"person {i + 1}" for i in range(n)])
        axes.set_yticks([middle + portraits.SIZE * i for i in range(3)], names)
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
        alt = (
            f"Small grey drawn faces of {n} invented people. The two live pictures of a person"
            " differ in pose, light and expression, and from the older document too."
        )
        table = pd.DataFrame({"row": names, "pictures": n, "size": "48 x 48 grey levels"})
        return accessible(axes, "One person, three pictures: never twice the same", alt, table)


def draw_scores(trial: pd.DataFrame, threshold: float) -> AccessibleFigure:
    """How scores of mated and of non-mated comparisons are spread, with the threshold.

    ``trial`` is a table as ``matching.trial`` gives it, with columns mated and score.
    """
    edges = np.linspace(0, 1, 21)
    own = trial["mated"].to_numpy()
    share = {
        name: np.histogram(trial.loc[rows, "score"], edges)[0] / rows.sum() * 100
        for name, rows in (("somebody else (non-mated)", ~own), ("the holder (mated)", own))
    }
    with style():
        axes = Figure(figsize=(7.4, 3.6)).subplots()
        looks: list[dict[str, Any]] = [
            {"color": "white", "edgecolor": "black", "hatch": "//"},
            {"color": COLOURS["blue"], "alpha": 0.75},
        ]
        for (name, height), look in zip(share.items(), looks, strict=True):
            axes.bar(edges[:-1], height, 0.05, align="edge", label=name, **look)
        axes.axvline(threshold, color="black", linestyle="--", label="_nolegend_")
        axes.annotate(f"threshold {threshold:g}", (threshold, 0.92), xytext=(-4, 0), ha="right",
                      xycoords=("data", "axes fraction"), textcoords="offset points")
        axes.set_yscale("log")
        axes.set_ylim(0.05, 110)
        axes.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        axes.set_xlabel("score")
        axes.set_ylabel("in 100 of the kind (log.)")
        axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
        missed = float((trial.loc[own, "score"] < threshold).mean())
        passed = float((trial.loc[~own, "score"] >= threshold).mean())
        title = f"At {threshold:g}, {passed:.1%} of strangers match, {missed:.1%} of holders do not"
        alt = (
            "Two heaps of scores: strangers near 0 with a tail to the right, holders near 1 with a"
            f" tail to the left. At {threshold:g} the tails overlap: FMR {passed:.3f}, FNMR"
            f" {missed:.3f}."
        )
        table = pd.DataFrame({"score from": edges[:-1].round(2), **share}).round(1)
        return accessible(axes, title, alt, table)


def draw_published(matchers: Sequence[str] = PUBLISHED) -> AccessibleFigure:
    """Published operating points of matchers on one task, joined by straight lines.

    Axes are those of a DET curve: both rates by normal quantiles, on which the curve of two normal
    distributions is straight.
    """
    points = data.load("operating_points")
    table = points.loc[points["matcher"].isin(matchers), ["matcher", "fmr", "fnmr"]]
    across = {rate: _quantile(rate) for rate in (1e-5, 1e-4, 1e-3)}
    up = {rate: _quantile(rate) for rate in (0.02, 0.05, 0.1, 0.2, 0.4)}
    with style():
        axes = Figure(figsize=(7.2, 4.0)).subplots()
        for name, rows in table.groupby("matcher"):
            axes.plot([_quantile(rate) for rate in rows["fmr"]],
                      [_quantile(rate) for rate in rows["fnmr"]], label=str(name))
        axes.set_xticks(list(across.values()), [f"1 in {1 / rate:,.0f}" for rate in across])
        axes.set_yticks(list(up.values()), [f"{rate:.0%}" for rate in up])
        axes.set_xlabel("false match rate of strangers")
        axes.set_ylabel("false non-match rate")
        label_lines(axes)
        at = table.loc[table["fmr"] == 1e-4, "fnmr"]
        title = f"At 1 in 10,000 the misses go from {at.min():.0%} to {at.max():.0%}"
        said = "; ".join(f"{r.matcher} at {r.fmr:g}: {r.fnmr:.3f}" for r in table.itertuples())
        return accessible(axes, title, f"Falling straight lines, one a matcher. {said}.", table)


def _quantile(rate: float) -> float:
    return NormalDist().inv_cdf(rate)


def draw_film(film: Pictures, asked: NDArray[np.int8]) -> AccessibleFigure:
    """What the check reads from one film (frames, 48, 48): eyes and turn, beat by beat."""
    signal, verdict = liveness.signals(film), liveness.check(film, asked)
    with style():
        figure = Figure(figsize=(7.4, 4.2))
        upper, lower = figure.subplots(2, 1, sharex=True)
        upper.plot(signal["frame"], signal["eyes"], marker="", label="eyes")
        lower.plot(signal["frame"], signal["turn"], marker="", label="turn", color=COLOURS["blue"])
        upper.set_ylabel("eyes (1: open)")
        lower.set_ylabel("turn (+: left)")
        upper.set_xlabel("frame")
        lower.set_xlabel("frame")
        for beat, word in enumerate(verdict.asked, 1):
            for axes in (upper, lower):
                axes.axvline(beat * liveness.BEAT, color="black", linewidth=0.6, label="_nolegend_")
            upper.annotate(f"asked: {word}", (beat * liveness.BEAT, 1.06), xytext=(3, 0),
                           xycoords=("data", "axes fraction"), textcoords="offset points")
        end = "passes" if verdict.passed else "does not pass"
        title = f"The film {end}: saw {', '.join(verdict.seen)}"
        alt = f"Two curves over {len(film)} frames, openness of the eyes and turn. {verdict.reason}"
        return accessible(figure, title, alt, signal.round(2))


def presentations(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Show the check ``n`` films of each kind: who passed, of live people and of each attack.

    Columns: presentations, passed, and rate: for attacks the share that passed (APCER), for live
    people the share that did not (BPCER). Rates of this check on drawn faces, of nothing else.

    >>> presentations(2, np.random.default_rng(1)).index[0]
    'live person'
    """
    people = portraits.faces(n, rng)
    asked: Challenges = liveness.challenges(n, rng)
    honest = liveness.performed(people, asked, rng)
    passed = {"live person": int(liveness.checked(honest, asked).sum())}
    for species in liveness.SPECIES:
        films = liveness.attacked(species, people, asked, rng)
        passed[species] = int(liveness.checked(films, asked).sum())
    rates = [
        1 - count / n if kind == "live person" else count / n for kind, count in passed.items()
    ]
    return pd.DataFrame(
        {"presentations": n, "passed": passed.values(), "rate": rates,
         "rate is": ["BPCER", *["APCER"] * len(liveness.SPECIES)]},
        index=pd.Index(passed, name="kind"),
    )
