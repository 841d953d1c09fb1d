"""The reports as evidence, drawn: where each text comes from, and what each says on each point."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from realname import data, reports
from realname.notebook import AccessibleFigure, accessible, style

LAYERS = {"report": "text on your desk", "newsroom": "newsroom", "primary": "where it learned it"}
SHADES = {
    "right": ("white", "black"),
    "partly right": ("#d9d9d9", "black"),
    "vague": ("#d9d9d9", "black"),
    "not settled": ("white", "black"),
    "wrong": ("black", "white"),
    "silent": ("white", "black"),
}
"""Face and ink of a cell of the claim matrix; every cell also carries its word."""


def ends(carries: str = "whole text") -> dict[str, str]:
    """For each report, the text or source at the far end of its chain of derivation.

    >>> sorted(set(ends("the rule").values()))
    ['notice']
    """
    return {str(r): reports.upstream(str(r), carries)[-1] for r in data.load("reports")["report"]}


def draw_derivation(carries: str = "whole text") -> AccessibleFigure:
    """The derivation graph: five texts on the left, their sources to the right.

    carries: "whole text", or one of the contents that `reports.derivation` knows.
    """
    edges = reports.derivation(carries)
    texts = data.load("texts").set_index("text")
    layers = {str(text): str(layer) for text, layer in texts["layer"].items()}
    used = [t for t in texts.index if t in set(edges["text"]) | set(edges["derived_from"])]
    places = _places(used, layers)
    with style():
        axes = Figure(figsize=(8.4, 4.2)).subplots()
        labels = {name: texts.loc[name, "name"].split(",")[0] for name in used}
        for text, source in zip(edges["text"], edges["derived_from"], strict=True):
            _arrow(axes, places, labels, str(source), str(text))
        for name in used:
            _box(axes, places[name], labels[name])
        columns = [layer for layer in LAYERS if any(layers[t] == layer for t in used)]
        axes.set_xticks(range(len(columns)), [LAYERS[c] for c in columns])
        axes.set(xlim=(-0.45, len(columns) - 0.5), ylim=(-0.6, 4.6), yticks=[])
        axes.set_ylabel("one line a text")
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.tick_params(length=0)
        title = _finding(carries, layers)
        said = "; ".join(f"{row.text} from {row.derived_from}" for row in edges.itertuples())
        alt = f"Arrows from sources to the texts that derive from them. {said}."
        return accessible(axes, title, alt, edges[["text", "derived_from", "kind", "confidence"]])


def draw_matrix() -> AccessibleFigure:
    """The claim matrix: nine points by five reports, each cell says how it fits the record."""
    answers = data.load("conflict_answers")
    wide = answers.pivot(index="conflict", columns="report", values="agreement")
    questions = data.load("conflicts").set_index("conflict")["question"]
    with style():
        axes = Figure(figsize=(9, 4.8)).subplots()
        for i, conflict in enumerate(wide.index):
            for j, report in enumerate(wide.columns):
                word = str(wide.loc[conflict, report])
                face, ink = SHADES[word]
                axes.add_patch(Rectangle((j, i - 0.5), 1, 1, fc=face, ec="black", lw=0.6))
                label = "–" if word == "silent" else word
                axes.text(j + 0.5, i, label, ha="center", va="center", color=ink, fontsize=10)
        axes.set_xticks([j + 0.5 for j in range(5)], [f"report {r}" for r in wide.columns])
        axes.set_yticks(range(len(wide)), [f"{questions[k]} ({k})" for k in wide.index])
        axes.set(xlim=(0, 5), ylim=(len(wide) - 0.5, -0.5))
        axes.tick_params(length=0)
        silent = int((wide == "silent").sum().sum())
        wrong = answers[answers["agreement"] == "wrong"]
        cases = " and ".join(f"{row.report} on {row.conflict}" for row in wrong.itertuples())
        title = f"In {silent} of {wide.size} cells a report says nothing"
        alt = (
            f"Grid of nine questions by five reports. {silent} of {wide.size} cells are silent. "
            f"Wrong against the record: {cases}. "
            f"Right most often: report {(wide == 'right').sum().idxmax()}."
        )
        table = wide.rename(index=questions.to_dict()).reset_index(names="question")
        return accessible(axes, title, alt, table)


def _places(used: list[str], layers: dict[str, str]) -> dict[str, tuple[float, float]]:
    places = {}
    columns = [layer for layer in LAYERS if any(layers[t] == layer for t in used)]
    for x, layer in enumerate(columns):
        here = [t for t in used if layers[t] == layer]
        for n, text in enumerate(here):
            y = 4 - n if len(here) == 5 else 2 + (len(here) - 1) / 2 - n
            places[text] = (float(x), float(y))
    return places


def _box(axes: Axes, place: tuple[float, float], label: str) -> None:
    frame = {"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": "black"}
    axes.text(*place, label, ha="center", va="center", fontsize=9.5, wrap=True, bbox=frame)


def _arrow(
    axes: Axes, places: dict[str, tuple[float, float]], labels: dict[str, str], source: str, to: str
) -> None:
    """From the left edge of the source's box to the right edge of the box of the text it fed."""
    start = (places[source][0] - _half(labels[source]), places[source][1])
    end = (places[to][0] + _half(labels[to]), places[to][1])
    line = {"arrowstyle": "-|>", "color": "black", "shrinkA": 0, "shrinkB": 0, "linewidth": 1.2}
    axes.annotate("", xy=end, xytext=start, arrowprops=line)


def _half(label: str) -> float:
    """Half the width of a box with this label, in units of the x axis."""
    return 0.06 + 0.0125 * len(label)


def _finding(carries: str, layers: dict[str, str]) -> str:
    far = list(ends(carries).values())
    sources = {text for text in far if layers[text] == "primary"}
    if not sources:
        return f"{len(far)} texts come from {len(set(far))} newsrooms"
    reach = sum(text in sources for text in far)
    noun = "source" if len(sources) == 1 else "sources"
    return f"On {carries}, {reach} of {len(far)} texts go back to {len(sources)} {noun}"
