"""Groups side by side: an unbalanced matcher, published ratios, intervals, a dilemma.

Kinds *a* and *b* are shapes of drawn faces and no people: what a matcher does to them shows how a
difference arises, never how large one is. Published ratios keep their setting; whoever carries one
elsewhere makes an assumption, and the docstrings say where this module does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from realname import data, measure
from realname.notebook import COLOURS, AccessibleFigure, accessible, style
from realname.world import draws, portraits, scores
from realname.world.parameters import ParameterError, ledger

RATIOS = (1.0, 2.9, 5.0, 11.65)
"""FMR of a group relative to the first: 2.9 and 11.65 from mugshots, 5 chosen in between."""


def draw_crowd(mix: Mapping[str, float], rng: np.random.Generator) -> AccessibleFigure:
    """Twenty drawn people in this mix of kinds, a first."""
    people = portraits.faces(20, rng, mix)
    people = people.take(np.argsort(people.kind, kind="stable"))
    kinds = np.array(portraits.KINDS)[people.kind]
    pictures = portraits.render(people, portraits.id_photos(20, rng), rng)
    edge = portraits.SIZE
    with style():
        axes = Figure(figsize=(7.4, 2.2)).subplots()
        axes.imshow(portraits.sheet(pictures, columns=10), cmap="gray", vmin=0, vmax=255)
        for place, kind in enumerate(kinds):
            axes.annotate(kind, (edge * (place % 10) + 3, edge * (place // 10) + 4), va="top",
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
        axes.set_xticks([])
        axes.set_yticks([edge / 2, 1.5 * edge], ["1 to 10", "11 to 20"])
        axes.set_xlabel("drawn people; the letter is the kind")
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
        count = {kind: int((kinds == kind).sum()) for kind in portraits.KINDS}
        title = f"Twenty drawn in the same mix: {count['a']} of kind a, {count['b']} of kind b"
        alt = (
            f"Twenty small grey drawn faces, {count['a']} marked a and {count['b']} marked b. The"
            " kinds differ in skin tone and in which traits vary; each face is nobody's."
        )
        return accessible(axes, title, alt, pd.DataFrame({"kind": kinds}))


def own_threshold(trial: pd.DataFrame, fmr: float, kind: str) -> float:
    """The smallest score of a stranger of one kind at which at most ``fmr`` of them match.

    ``trial`` is a table as ``matching.trial`` gives it. Raises ValueError if the kind is not in it,
    or has too few strangers for so small a rate.

    >>> t = pd.DataFrame({"kind": "a", "mated": False, "score": [0.1, 0.2, 0.3, 0.4]})
    >>> own_threshold(t, 0.25, "a")
    0.4
    """
    strangers = np.sort(trial.loc[(trial["kind"] == kind) & ~trial["mated"], "score"].to_numpy())
    passed = strangers.size - np.searchsorted(strangers, strangers, side="left")
    reached = strangers[passed <= fmr * strangers.size + 1e-9]
    if reached.size == 0:
        raise ValueError(
            f"{strangers.size} strangers of kind {kind!r} cannot show a rate of {fmr:g}: use more."
        )
    return float(reached[0])


def by_kind(
    trial: pd.DataFrame, rng: np.random.Generator, fmr: float = 0.01, reference: str = "a"
) -> pd.DataFrame:
    """Errors of each kind at one threshold, set so that ``fmr`` of the reference's strangers match.

    One row a kind: people, FMR and FNMR in per cent, and their 95% intervals by a bootstrap that
    draws people: both people of a pair for the FMR (``measure.by_pair``), the holder for the FNMR
    (``measure.by_person``). The reference's FMR is set and not found, so it has no interval. Rates
    of one matcher on drawn faces. Raises MeasureError for a kind without an error.
    """
    threshold = own_threshold(trial, fmr, reference)
    rows = []
    for kind, part in trial.groupby("kind"):
        wrong = (part["score"] >= threshold) != part["mated"]
        pairs, own = part[~part["mated"]], part[part["mated"]]
        row = {"kind": kind, "people": part["holder"].nunique()}
        row["FMR, %"] = round(100 * wrong[pairs.index].mean(), 1)
        row["FMR, range"] = "set" if kind == reference else _percent(
            measure.by_pair(wrong[pairs.index], pairs["holder"], pairs["visitor"], rng))
        row["FNMR, %"] = round(100 * wrong[own.index].mean(), 1)
        row["FNMR, range"] = _percent(measure.by_person(wrong[own.index], own["holder"], rng))
        rows.append(row)
    return pd.DataFrame(rows)


def _percent(ends: measure.Interval) -> str:
    return f"{100 * ends.low:.1f} to {100 * ends.high:.1f}"


def draw_det(trial: pd.DataFrame, fmr: float = 0.01, reference: str = "a") -> AccessibleFigure:
    """The trade-off of each kind on DET axes, with the common threshold marked on each curve."""
    threshold = own_threshold(trial, fmr, reference)
    across = (0.001, 0.01, 0.05, 0.2)
    up = (0.01, 0.05, 0.1, 0.2, 0.4)
    rows = []
    with style():
        axes = Figure(figsize=(7.2, 4.2)).subplots()
        for kind, look in zip(portraits.KINDS, ("-", "--"), strict=True):
            part = trial[trial["kind"] == kind]
            curve = measure.det(part["score"], part["mated"]).query("fmr > 0 and fnmr > 0")
            at = measure.errors_at(part["score"], part["mated"], threshold)
            rows.append({"kind": kind, "FMR": at.fmr, "FNMR": at.fnmr})
            colour = COLOURS["black" if kind == "a" else "blue"]
            axes.plot(_probit(curve["fmr"]), _probit(curve["fnmr"]), marker="", linestyle=look,
                      color=colour, label=f"kind {kind}")
            axes.plot(_probit([at.fmr]), _probit([at.fnmr]), linestyle="", color=colour,
                      marker="os"[kind == "b"], markersize=10, label=f"threshold, kind {kind}")
        axes.set_xticks(_probit(across), [f"{rate:.1%}" for rate in across])
        axes.set_yticks(_probit(up), [f"{rate:.0%}" for rate in up])
        axes.set_xlim(*_probit([0.0005, 0.3]))
        axes.set_ylim(*_probit([0.008, 0.5]))
        axes.set_xlabel("false match rate of strangers of the same kind")
        axes.set_ylabel("false non-match rate")
        axes.legend(frameon=False, loc="upper right")
        table = pd.DataFrame(rows)
        a, b = (row["FMR"] for row in rows)
        title = f"One threshold, two places: FMR {a:.1%} for kind a, {b:.1%} for kind b"
        said = "; ".join(f"kind {r['kind']}: FMR {r['FMR']:.3f}, FNMR {r['FNMR']:.3f}"
                         for r in rows)
        alt = f"Two falling curves, one a kind, and on each the point of one threshold. {said}."
        return accessible(axes, title, alt, table)


def _probit(rates: Sequence[float] | pd.Series) -> list[float]:
    return [NormalDist().inv_cdf(float(rate)) for rate in rates]


def draw_ratios() -> AccessibleFigure:
    """FMR of three groups relative to white men, over 240 algorithms of 2020 (mugshots)."""
    table = data.load("frvt_2020")
    names = {"Black men": "fmr_black_men", "white women": "fmr_white_women",
             "Black women": "fmr_black_women"}
    shares = (0.05, 0.25, 0.5, 0.75, 0.95)
    spread = {name: [float(table[column].quantile(share)) / 0.001 for share in shares]
              for name, column in names.items()}
    with style():
        axes = Figure(figsize=(7.2, 3.0)).subplots()
        for place, (low, first, middle, third, high) in enumerate(spread.values()):
            axes.plot([low, high], [place, place], color="black", marker="", linewidth=1,
                      linestyle="-", label="_nolegend_")
            axes.plot([first, third], [place, place], color=COLOURS["blue"], marker="",
                      linewidth=9, linestyle="-", solid_capstyle="butt", label="_nolegend_")
            axes.plot([middle], [place], color="white", markeredgecolor="black", marker="D",
                      label="_nolegend_")
            axes.annotate(f"{middle:.4g}", (middle, place), xytext=(0, 11), ha="center",
                          textcoords="offset points")
        axes.axvline(1, color="black", linestyle=":", linewidth=1, label="_nolegend_")
        axes.set_xscale("log")
        axes.set_xticks([1, 3, 10, 30], ["1 (white men)", "3", "10", "30"])
        axes.minorticks_off()
        axes.set_yticks(range(len(spread)), list(spread))
        axes.set_ylim(-0.5, 2.6)
        axes.set_xlabel("false match rate, times that of white men (log.)")
        said = "; ".join(f"{name} {ends[2]:.4g}" for name, ends in spread.items())
        alt = (
            f"Medians over 240 algorithms: {said}. Thick bars hold the middle half of the"
            " algorithms, thin lines nine in ten. White men are 1 by construction."
        )
        title = f"Median of 240 algorithms: {spread['Black women'][2]:.4g} times for Black women"
        rows = pd.DataFrame.from_dict(spread, orient="index", columns=[f"{s:.0%}" for s in shares])
        return accessible(axes, title, alt, rows.round(2).rename_axis("group"))


def draw_regions() -> AccessibleFigure:
    """FMR within Europe and within East Asia: a mean of 197, and four algorithms from China."""
    table = data.load("region_fmr").query("region in ['Europe', 'East Asia']")
    wide = table.pivot(index="algorithm", columns="region", values="log10_fmr")
    wide = wide.loc[[*sorted(set(wide.index) - {"mean of 197"}), "mean of 197"]]
    wide["times"] = 10 ** (wide["East Asia"] - wide["Europe"])
    with style():
        axes = Figure(figsize=(7.4, 3.4)).subplots()
        place = np.arange(len(wide))
        for start, end, y in zip(wide["Europe"], wide["East Asia"], place, strict=True):
            axes.plot([start, end], [y, y], color="black", linewidth=1, marker="",
                      linestyle="-", label="_nolegend_")
        axes.plot(wide["Europe"], place, "o", color="black", label="both born in Europe")
        axes.plot(wide["East Asia"], place, "s", color=COLOURS["vermillion"], markersize=8,
                  label="both born in East Asia")
        axes.set_yticks(place, wide.index)
        axes.set_xticks([-6, -5, -4, -3], ["1 in 1,000,000", "1 in 100,000", "1 in 10,000",
                                           "1 in 1,000"])
        axes.set_xlim(-6.4, -2.8)
        axes.set_ylim(-0.5, 4.5)
        axes.set_xlabel("false match rate within the region (log.)")
        axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
        more = int((wide["times"].drop("mean of 197") > 1).sum())
        said = "; ".join(f"{name} {times:.2g}" for name, times in wide["times"].items())
        alt = f"East Asia divided by Europe, within-region false match rates: {said}."
        title = f"False matches, four from China: {more} more in East Asia, {4 - more} in Europe"
        return accessible(axes, title, alt, wide.reset_index().round(2))


def tests(
    count: int, rng: np.random.Generator, *, people: int = 200, attempts: int = 10,
    rate: float = 0.2, share: float = 0.7,
) -> pd.DataFrame:
    """``count`` simulated tests of one system: the 95% interval by attempts and by people.

    Each person has a latent difficulty of which ``share`` stays from attempt to attempt (an
    assumption); the true rate is ``rate``. Columns: counted in, low, high, holds (whether the
    interval holds the true rate). Wilson's interval for attempts, the clustered one for people.

    >>> tests(2, np.random.default_rng(1))["counted in"].tolist()
    ['attempts', 'people', 'attempts', 'people']

    Raises ParameterError for a count below 1.
    """
    if count < 1:
        raise ParameterError(f"{count} tests show nothing: use 1 or more.")
    line = NormalDist().inv_cdf(rate)
    who = np.repeat(np.arange(people), attempts)
    rows = []
    for _ in range(count):
        stays = draws.normal(rng, people)[who]
        now = draws.normal(rng, who.size)
        wrong = np.sqrt(share) * stays + np.sqrt(1 - share) * now < line
        for name, ends in (
            ("attempts", measure.wilson(int(wrong.sum()), wrong.size)),
            ("people", measure.clustered(wrong, who)),
        ):
            holds = ends.low <= rate <= ends.high
            rows.append({"counted in": name, "low": ends.low, "high": ends.high, "holds": holds})
    return pd.DataFrame(rows)


def draw_tests(found: pd.DataFrame, rate: float = 0.2, shown: int = 40) -> AccessibleFigure:
    """The first ``shown`` intervals of ``tests``, by attempts and by people, and the true rate."""
    share = found.groupby("counted in")["holds"].mean()
    with style():
        figure = Figure(figsize=(7.4, 3.8))
        figure.set_layout_engine("constrained", wspace=0.1)
        for axes, name in zip(figure.subplots(1, 2, sharey=True), share.index, strict=True):
            part = found[found["counted in"] == name].head(shown).reset_index(drop=True)
            for holds, colour, mark in ((True, "black", ""), (False, "vermillion", "x")):
                rows = part[part["holds"] == holds]
                axes.vlines(rows.index, 100 * rows["low"], 100 * rows["high"],
                            color=COLOURS[colour], linewidth=1.6)
                axes.plot(rows.index, 50 * (rows["low"] + rows["high"]), marker=mark,
                          linestyle="", color=COLOURS[colour],
                          label="misses the true rate" if mark else "_nolegend_")
            axes.axhline(100 * rate, color=COLOURS["blue"], linestyle="--", label="_nolegend_")
            axes.set_xlabel(f"{len(part)} tests, counted in {name}")
            axes.set_ylabel("refused, % (95% interval)")
            axes.set_xticks([])
        figure.get_axes()[0].legend(frameon=False, loc="lower left", handletextpad=0.2)
        each = len(found) // 2
        title = "The true rate is inside: " + ", ".join(
            f"{part:.0%} by {name}" for name, part in share.items())
        alt = (
            f"Two panels of intervals around a true rate of {rate:.0%}. Of {each} simulated tests,"
            f" {share['attempts']:.0%} of the narrow intervals that count attempts hold it, and"
            f" {share['people']:.0%} of the wider ones that count people."
        )
        table = found.groupby("counted in").agg(
            tests=("holds", "size"), hold=("holds", "sum"), low=("low", "mean"),
            high=("high", "mean")).round(3)
        return accessible(figure, title, alt, table)


def dilemma(
    name: str = "2018_id_photo", fmr: float = 1e-4, ratios: Sequence[float] = RATIOS
) -> pd.DataFrame:
    """One threshold, own thresholds, or one strict threshold: who passes and who is refused.

    One row a group, told by its FMR relative to the first at one threshold. ``pass``: look-alikes
    (same sex, age and origin) who are taken for a card holder of the group, of 10,000 tries;
    ``refused``: honest customers not recognised at one attempt, in per cent. Match alone, no
    liveness. A range spans the two ways in which a ratio may move with the threshold
    (``scores.shifts``). Assumptions: that the ratios hold here, that honest errors of all groups
    are equal at one threshold, and that look-alikes match 11 times as often in every group.
    """
    matcher, alike = scores.profile(name), ledger().value("lookalike_multiplier")
    at = matcher.threshold(fmr)
    likeness = scores.shift_for_ratio(fmr, alike)
    rows = []
    for ratio in ratios:
        ends = []
        for reference in (scores.FMR_REFERENCE, fmr):
            shift = scores.shift_for_ratio(reference, ratio)
            worst = scores.shift_for_ratio(reference, max(ratios))
            ends.append([
                (1e4 * matcher.fmr(t, shift + likeness), 100 * matcher.fnmr(t))
                for t in (at, at + shift, at + worst)
            ])
        row: dict[tuple[str, str], str] = {}
        for place, policy in enumerate(("one threshold", "own thresholds", "one strict threshold")):
            for part, what in enumerate(("look-alikes who pass, of 10,000", "refused, of 100")):
                both = sorted(end[place][part] for end in ends)
                row[policy, what] = _span(both[0], both[1], part)
        rows.append(row)
    told = [f"{ratio:g}\u00a0times" if ratio != 1 else "the first" for ratio in ratios]
    names = pd.Index(told, name="FMR of the group")
    cells = pd.DataFrame(rows, index=names)
    cells.columns = pd.MultiIndex.from_tuples(rows[0])
    return cells


def _span(low: float, high: float, digits: int) -> str:
    ends = [f"{end:.{digits}f}" for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
