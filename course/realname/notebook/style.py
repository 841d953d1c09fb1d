"""How figures look: colours and marks that tell series apart without colour, and a check of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from cycler import cycler

COLOURS = {
    "black": "#000000",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
}
"""From Okabe and Ito, Color Universal Design (2008)."""

LEAST_CONTRAST = 3.0
"""Lines and bars against the background (WCAG 2.2, 1.4.11)."""
LEAST_TEXT_CONTRAST = 4.5
"""Text against the background (WCAG 2.2, 1.4.3)."""
MOST_SERIES = 4
MARKERS = ("o", "s", "^", "D", "v")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
HATCHES = ("", "//", "..", "xx", "--")


def contrast(colour: Any, background: Any = "white") -> float:
    """Contrast ratio of two matplotlib colours, 1 to 21 (WCAG 2.2, relative luminance).

    >>> round(contrast("black"), 1), round(contrast(COLOURS["purple"]), 2)
    (21.0, 3.06)
    """
    light, dark = sorted((_luminance(colour), _luminance(background)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Any) -> float:
    parts = mpl.colors.to_rgb(colour)
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def settings() -> Any:
    """The matplotlib settings of the course."""
    cycle = cycler(color=list(COLOURS.values())) + cycler(marker=MARKERS) + cycler(linestyle=DASHES)
    return {
        "axes.prop_cycle": cycle,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 12,
        "figure.figsize": (7.0, 4.0),
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "figure.constrained_layout.use": True,
        "font.size": 11,
        "hatch.linewidth": 0.8,
        "lines.linewidth": 2.0,
        "lines.markersize": 6,
        "savefig.dpi": 120,
    }


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of the course.

    >>> with style():
    ...     mpl.rcParams["axes.spines.top"]
    False
    """
    with mpl.rc_context(settings()):
        yield


def hatch(bars: Any) -> None:
    """Give each group of bars (the containers of a panel) its own colour and hatch."""
    for number, group in enumerate(bars):
        for patch in group.patches:
            patch.set_facecolor(list(COLOURS.values())[1:][number % 4])
            patch.set_hatch(HATCHES[number % len(HATCHES)])
            patch.set_edgecolor("black")


def label_lines(axes: Any, gap: float = 6) -> None:
    """Write each line's label at its right end, in place of a legend. `gap` in points."""
    for line in axes.get_lines():
        label = str(line.get_label())
        if label.startswith("_") or not len(line.get_xdata()):
            continue
        end = (line.get_xdata()[-1], line.get_ydata()[-1])
        axes.annotate(
            label, end, xytext=(gap, 0), textcoords="offset points", va="center", color="black"
        )


def problems(figure: Any) -> list[str]:
    """What a reader could not see or read in a matplotlib figure: one sentence each.

    Checked: a title, labels on both axes, at most 4 series, contrast of lines and bars, a second
    sign beside colour.
    """
    found: list[str] = []
    for axes in figure.get_axes():
        if axes.get_label() == "<colorbar>":
            continue
        series = _series(axes)
        background = axes.get_facecolor()
        if not (axes.get_title("left") or axes.get_title() or figure.get_suptitle()):
            found.append("The figure has no title: give the finding as title.")
        for axis, label, ticks in (
            ("x", axes.get_xlabel(), axes.get_xticklabels()),
            ("y", axes.get_ylabel(), axes.get_yticklabels()),
        ):
            if not label and not any(any(c.isalpha() for c in t.get_text()) for t in ticks):
                found.append(f"The {axis} axis has no label: name what it measures, with its unit.")
        if len(series) > MOST_SERIES:
            found.append(f"The figure has {len(series)} series: show at most {MOST_SERIES}.")
        for label, colour, _ in series:
            ratio = contrast(colour, background)
            if ratio < LEAST_CONTRAST:
                found.append(
                    f"The series {label!r} has contrast {ratio:.1f}:1 with its background: "
                    f"use a colour with at least {LEAST_CONTRAST:.0f}:1, such as COLOURS['blue']."
                )
        signs = [sign for _, _, sign in series]
        if len(set(signs)) < len(signs):
            found.append("Two series differ by colour alone: give each its own marker or hatch.")
    return found


def _series(axes: Any) -> list[tuple[str, Any, tuple]]:
    """Label, colour and second sign of each line and group of bars that carries data."""
    lines = [
        (str(line.get_label()), line.get_color(), ("line", line.get_marker(), line.get_linestyle()))
        for line in axes.get_lines()
        if len(line.get_xdata()) and not str(line.get_label()).startswith("_nolegend")
    ]
    bars = [
        (str(group.get_label()), _ink(group.patches[0]), ("bars", group.patches[0].get_hatch()))
        for group in axes.containers
        if getattr(group, "patches", None)
    ]
    return lines + bars


def _ink(patch: Any) -> Any:
    """The colour that sets a bar apart: its edge if that is drawn and darker, else its face."""
    face, edge = patch.get_facecolor(), patch.get_edgecolor()
    drawn = patch.get_linewidth() > 0 and len(edge) == 4 and edge[3] > 0
    return edge if drawn and _luminance(edge) < _luminance(face) else face
