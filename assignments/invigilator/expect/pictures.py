"""Figures as plain data: a digest of what a matplotlib figure says, and checks of it.

The digest is a dictionary of built-in types, so that it can cross from one process to another:

    {"title": text, "axes": [{"title", "xlabel", "ylabel", "xscale", "yscale", "xticks", "yticks",
      "legend": [text], "texts": [text],
      "lines": [{"label", "x", "y"}], "bars": [{"label", "x", "heights", "horizontal"}],
      "points": [{"label", "x", "y"}]}]}
"""

from __future__ import annotations

import datetime
import sys
from typing import Any

from . import checks
from .comparison import Rule, difference
from .outcomes import NotTried
from .values import is_number, plain

MOST_POINTS = 20_000
DIGEST_KEYS = {"title", "axes"}


def live_figures() -> list[Any]:
    """Figures that pyplot holds open; none if pyplot was never imported."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not hasattr(pyplot, "get_fignums"):
        return []
    return [pyplot.figure(number) for number in pyplot.get_fignums()]


def digest(figure: Any) -> dict:
    """The digest of a live matplotlib figure."""
    title = figure.get_suptitle() if hasattr(figure, "get_suptitle") else ""
    return {"title": str(title), "axes": [_axes(axes) for axes in figure.get_axes()]}


def _axes(axes: Any) -> dict:
    legend = axes.get_legend()
    return {
        "title": next((t for t in map(axes.get_title, ("center", "left", "right")) if t), ""),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
        "xscale": axes.get_xscale(),
        "yscale": axes.get_yscale(),
        "xticks": [tick.get_text() for tick in axes.get_xticklabels()][:200],
        "yticks": [tick.get_text() for tick in axes.get_yticklabels()][:200],
        "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
        "texts": [text.get_text() for text in axes.texts][:200],
        "lines": [
            {
                "label": _label(line),
                "x": _numbers(line.get_xdata()),
                "y": _numbers(line.get_ydata()),
            }
            for line in axes.get_lines()
        ],
        "bars": [_bars(group) for group in axes.containers if hasattr(group, "patches")],
        "points": [_points(each) for each in axes.collections if _has_points(each)],
    }


def _label(artist: Any) -> str:
    label = str(artist.get_label())
    return "" if label.startswith("_") else label


def _numbers(data: Any) -> list:
    if getattr(getattr(data, "dtype", None), "kind", "") == "M":
        return [str(item)[:19] for item in data[:MOST_POINTS]]
    items = data.tolist() if hasattr(data, "tolist") else list(data)
    return [_mark(plain(item)) for item in items[:MOST_POINTS]]


def _mark(item: Any) -> float | str | None:
    """A number, a text, a date as text; nothing for what is neither."""
    if is_number(item) or type(item) is str:
        return item
    return item.isoformat() if isinstance(item, datetime.date) else None


def _bars(group: Any) -> dict:
    horizontal = getattr(group, "orientation", None) == "horizontal"
    patches = list(group.patches)[:MOST_POINTS]
    if horizontal:
        lengths = [float(p.get_width()) for p in patches]
        places = [float(p.get_y() + p.get_height() / 2) for p in patches]
    else:
        lengths = [float(p.get_height()) for p in patches]
        places = [float(p.get_x() + p.get_width() / 2) for p in patches]
    return {
        "label": _label(group),
        "x": places,
        "heights": lengths,
        "horizontal": horizontal,
    }


def _has_points(collection: Any) -> bool:
    return type(collection).__name__ == "PathCollection"


def _points(collection: Any) -> dict:
    offsets = collection.get_offsets().tolist()[:MOST_POINTS]
    return {
        "label": _label(collection),
        "x": [_mark(plain(pair[0])) for pair in offsets],
        "y": [_mark(plain(pair[1])) for pair in offsets],
    }


def figure(given: Any, what: str = "the figure") -> dict:
    """The digest of a figure: a live matplotlib figure or axes, an object that carries one as
    `.figure`, or a digest that came from another process. Raises NotTried or NotYet otherwise.

    >>> figure({"title": "Five texts", "axes": []})["title"]
    'Five texts'
    """
    if given is None or given is Ellipsis:
        checks.tried(given, what)
    value = plain(given)
    if type(value) is dict and _well_formed(value):
        return value
    found = given
    for _ in range(3):
        if _is_figure(found):
            return plain(digest(found))
        found = _figure_of(found)
    raise checks.fail(what, f"is {checks.kind_of(value)} where a figure is expected")


def _figure_of(value: Any) -> Any:
    try:
        return getattr(value, "figure", None)
    except Exception:  # noqa: BLE001 - an object of the student's: whatever it does, no figure
        return None


_TEXTS = ("title", "xlabel", "ylabel", "xscale", "yscale")
_LISTS_OF_TEXT = ("xticks", "yticks", "legend", "texts")
_SERIES = {"lines": ("x", "y"), "bars": ("x", "heights"), "points": ("x", "y")}


def _well_formed(value: dict) -> bool:
    """Whether plain data has the shape of a digest: it may come from an untrusted process."""
    panels = value.get("axes")
    if value.keys() != DIGEST_KEYS or type(value["title"]) is not str or type(panels) is not list:
        return False
    for panel in panels:
        if type(panel) is not dict or not all(type(panel.get(name)) is str for name in _TEXTS):
            return False
        lists = [panel.get(name) for name in (*_LISTS_OF_TEXT, *_SERIES)]
        if not all(type(each) is list for each in lists):
            return False
        if not all(type(text) is str for name in _LISTS_OF_TEXT for text in panel[name]):
            return False
        for name, parts in _SERIES.items():
            for each in panel[name]:
                if type(each) is not dict or type(each.get("label")) is not str:
                    return False
                if not all(type(each.get(part)) is list for part in parts):
                    return False
    return True


def _is_figure(value: Any) -> bool:
    module = sys.modules.get("matplotlib.figure")
    return module is not None and type(value) in (module.Figure, module.SubFigure)


def axes(given: Any, what: str = "the figure", number: int = 0) -> dict:
    """The digest of one panel of a figure."""
    panels = figure(given, what)["axes"]
    if len(panels) <= number:
        raise NotTried(f"{what} has no axes yet; draw the data first") from None
    return panels[number]


def labelled(given: Any, what: str = "the figure") -> None:
    """Raise unless every panel has a title and labels on both axes."""
    digested = figure(given, what)
    if not digested["axes"]:
        raise NotTried(f"{what} has no axes yet; draw the data first")
    for panel in digested["axes"]:
        if not (panel["title"] or digested["title"]).strip():
            raise checks.fail(what, "has no title; let the title say what the figure shows")
        for axis in ("x", "y"):
            named = any(text.strip() for text in panel[f"{axis}ticks"])
            words = any(any(c.isalpha() for c in text) for text in panel[f"{axis}ticks"])
            if not panel[f"{axis}label"].strip() and not (named and words):
                raise checks.fail(
                    what, f"has no label on its {axis} axis; name what it measures, with its unit"
                )


def drawn(
    given: Any,
    what: str,
    *,
    x: Any = None,
    y: Any = None,
    kind: str = "lines",
    tolerance: float = 1e-9,
    hints: checks.Hints = None,
    show: bool = True,
) -> None:
    """Raise unless one of the lines, bars or points of a figure carries the wanted data.

    kind: "lines", "bars" or "points". `y` is the heights (for bars, their lengths).
    """
    series = [each for panel in figure(given, what)["axes"] for each in panel[kind]]
    if not series:
        raise NotTried(f"{what} has no {kind} yet; draw the data first")
    height = "heights" if kind == "bars" else "y"
    rule = Rule(tolerance, 0, show)
    clauses = []
    for each in series:
        clause = None
        for part, wanted, words in ((height, y, f"the {height}"), ("x", x, "the x values")):
            if wanted is not None and clause is None:
                asked = plain(list(wanted))
                clause = difference(each[part], asked, rule)
                clause = None if clause is None else f"{words} of its {kind}: the list {clause}"
        if clause is None:
            return
        clauses.append(clause)
    for each in series:
        checks.hinted(each[height], hints, what, rule)
    raise checks.fail(what, f"is not right in {clauses[0]}")
