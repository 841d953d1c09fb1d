"""Figures that can be read without seeing them: alt text and a table beside the image."""

from __future__ import annotations

import base64
import io
import sys
from html import escape
from typing import Any

import pandas as pd

SHORTEST_ALT = 20
MOST_ROWS = 200


class FigureError(ValueError):
    """A figure that cannot be shown to everyone; str() is one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class AccessibleFigure:
    """A matplotlib figure with its alt text and its numbers as a table.

    `figure` is the live matplotlib figure. Notebooks show HTML: an image whose alt attribute
    carries the text, and the table behind a line that opens it. HTML of this form passes
    JupyterLab's sanitiser and nbconvert's default template unchanged.
    """

    def __init__(self, figure: Any, title: str, alt: str, table: pd.DataFrame) -> None:
        self.figure = figure
        self.title = title
        self.alt = alt
        self.table = table

    def __repr__(self) -> str:
        numbers = self.table.head(MOST_ROWS).to_string(index=False)
        return f"Figure: {self.title}\n{self.alt}\n\n{numbers}"

    def png(self) -> bytes:
        """The figure as PNG, 120 dots an inch."""
        buffer = io.BytesIO()
        self.figure.savefig(
            buffer, format="png", dpi=120, bbox_inches="tight", metadata={"Software": None}
        )
        return buffer.getvalue()

    def html(self) -> str:
        """Image with alt text, and the table in a part that opens."""
        image = base64.b64encode(self.png()).decode("ascii")
        return (
            "<figure>"
            f'<img src="data:image/png;base64,{image}" alt="{escape(self.alt)}" '
            'style="max-width:100%;height:auto">'
            f"<details><summary>The figure as text and table</summary>"
            f"<p>{escape(self.alt)}</p>{html_table(self.table, self.title)}</details>"
            "</figure>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": repr(self)}


def accessible(
    fig: Any, title: str | None = None, alt: str | None = None, table: Any = None
) -> AccessibleFigure:
    """A figure with alt text and table, to be the last expression of a cell.

    fig: a matplotlib figure or axes. title: the finding, drawn above the figure (None: the title
    it already has). alt: what a reader who does not see it must know, in a sentence or two.
    table: the numbers, as DataFrame, list of rows or dictionary of columns; None takes them from
    the lines and bars. Raises FigureError if one of these is missing.

    >>> from matplotlib.figure import Figure
    >>> panel = Figure().subplots()
    >>> lines = panel.plot([1, 2], [3, 4], label="reports")
    >>> shown = accessible(panel, "Reports grow", "A line that rises from 3 to 4 reports.")
    >>> list(shown.table.columns)
    ['series', 'x', 'y']
    """
    figure = fig if hasattr(fig, "savefig") else getattr(fig, "figure", None)
    if not hasattr(figure, "savefig"):
        raise FigureError(
            f"accessible() shows a matplotlib figure; it was given {type(fig).__name__}: "
            "pass the figure that plt.subplots() returned."
        )
    title = _titled(figure, title)
    if not isinstance(alt, str) or len(alt.strip()) < SHORTEST_ALT:
        raise FigureError(
            f'The figure {title!r} has no alt text: say in alt="…" what a reader who does not '
            "see it must know."
        )
    if alt.strip().casefold() == title.strip().casefold():
        raise FigureError(
            f"The alt text of the figure {title!r} only repeats its title: say what it shows."
        )
    _close(figure)
    return AccessibleFigure(figure, title, " ".join(alt.split()), _frame(figure, title, table))


def _titled(figure: Any, title: str | None) -> str:
    panels = figure.get_axes()
    if title and title.strip():
        if len(panels) == 1:
            for place in ("left", "center", "right"):
                panels[0].set_title("", loc=place)
            panels[0].set_title(title, loc="left", wrap=True)
        else:
            figure.suptitle(title)
        return title
    drawn = [figure.get_suptitle()] + [
        panel.get_title(loc=place) for panel in panels for place in ("left", "center", "right")
    ]
    found = next((text for text in drawn if text.strip()), None)
    if found is None:
        raise FigureError('The figure has no title: give the finding in title="…".')
    return found


def _frame(figure: Any, title: str, table: Any) -> pd.DataFrame:
    frame = _own_numbers(figure) if table is None else pd.DataFrame(table)
    if frame.empty:
        raise FigureError(
            f"The figure {title!r} has no table: pass its numbers in table=…, as a DataFrame."
        )
    named = [name for name in frame.index.names if name is not None]
    return frame.reset_index() if named else frame


def _own_numbers(figure: Any) -> pd.DataFrame:
    rows = []
    for panel in figure.get_axes():
        for line in panel.get_lines():
            rows += [
                (_name(line), x, y)
                for x, y in zip(line.get_xdata(), line.get_ydata(), strict=False)
            ]
        ticks = dict(zip(panel.get_xticks(), panel.get_xticklabels(), strict=False))
        for group in panel.containers:
            for patch in getattr(group, "patches", ()):
                place = patch.get_x() + patch.get_width() / 2
                text = ticks[place].get_text() if place in ticks else ""
                rows.append((_name(group), text or place, patch.get_height()))
    return pd.DataFrame(rows, columns=["series", "x", "y"])


def _name(artist: Any) -> str:
    label = str(artist.get_label())
    return "" if label.startswith("_") else label


def html_table(table: pd.DataFrame, caption: str) -> str:
    """A table as plain HTML: headers with scope, no styles, at most 200 rows."""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(item))}</td>" for item in row) + "</tr>"
        for row in table.head(MOST_ROWS).itertuples(index=False, name=None)
    )
    more = len(table) - MOST_ROWS
    tail = f"<p>{more} more rows are not shown.</p>" if more > 0 else ""
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>{tail}"
    )


def _cell(item: Any) -> str:
    if isinstance(item, float):
        return "" if item != item else f"{item:.6g}"
    return "" if item is None or item is pd.NA or item is pd.NaT else str(item)


def _close(figure: Any) -> None:
    """Take the figure out of pyplot, so that a notebook does not show it a second time."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)
