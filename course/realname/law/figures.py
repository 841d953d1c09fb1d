"""Law in time, drawn: duties, safeguards, and what other countries did.

The figures read in black and white: kinds differ by hatch, every bar and every point has words.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from realname import data
from realname.law.instruments import as_day, span
from realname.notebook import AccessibleFigure, accessible, style

PHONE_STEPS = ("document", "identity", "machine reading", "photograph", "comparison pilot",
               "comparison")  # fmt: skip
SAFEGUARD_STEPS = ("consent", "lookup", "separate consent", "impact assessment", "alternative")
FACES = {"duty": ("#595959", "white", ""), "safeguard": ("white", "black", "//")}
"""Face, ink and hatch of a bar; the edge is black."""
WORDS = {"normative": "notice"}
"""How a rank is called on a bar, where its id is no plain word."""
_LEAST_INSIDE = 0.34  # share of the width of the panel that a label inside a bar needs


@dataclass(frozen=True)
class Step:
    """One bar: a name, the days from and to which it holds, its kind, a note such as its rank.

    known: the date as the table has it, where it is known to the month or year only.
    """

    name: str
    since: datetime.date
    until: datetime.date
    kind: str
    note: str = ""
    known: str = ""

    @property
    def begun(self) -> str:
        """The first day in words, no finer than it is known."""
        return in_words(self.known or self.since)

    @property
    def days(self) -> int:
        """Days from the first to the last."""
        return (self.until - self.since).days


def first_steps(
    duties: Collection[str] = PHONE_STEPS,
    safeguards: Collection[str] = SAFEGUARD_STEPS,
    until: object = "2020-06-30",
) -> list[Step]:
    """For each duty on phones and each safeguard, China's first binding text on it, by date.

    A date known to the month counts from its first day. Steps that begin after `until` are left
    out; the safeguard "alternative" counts where it concerns faces everywhere, not one city.

    >>> first_steps(["comparison"], [], "2020-01-01")[0].days
    31
    """
    day = as_day(until)
    texts = data.load("instruments").merge(
        data.load("ranks")[["id", "binding"]].rename(columns={"id": "rank"}), on="rank"
    )
    here = texts[texts["id"].str.startswith("cn-") & texts["binding"].eq(True)]
    ranks = here.set_index("id")["rank"].replace(WORDS)
    asked = data.load("duties").query("sector == 'phone'").rename(columns={"duty": "name"})
    given = data.load("safeguards").rename(columns={"safeguard": "name"})
    given = given[(given["name"] != "alternative") | (given["scope"] == "faces")]
    steps = []
    for table, names, kind in ((asked, duties, "duty"), (given, safeguards, "safeguard")):
        for name in names:
            rows = table[(table["name"] == name) & table["instrument"].isin(ranks.index)]
            dated = [(found[0], row) for row in rows.to_dict("records")
                     if (found := span(row["since"])) is not None]  # fmt: skip
            since, row = min(dated, key=lambda pair: pair[0])
            if since <= day:
                rank = str(ranks[row["instrument"]])
                steps.append(Step(name, since, day, kind, rank, str(row["since"])))
    return sorted(steps, key=lambda step: (step.since, step.kind, step.name))


def timeline(steps: Sequence[Step], title: str, alt: str = "") -> AccessibleFigure:
    """Bars from the day on which something began to the day on which one looks, earliest first.

    steps: at least one. title: the finding. alt: what to say first; every bar is read out after it.
    """
    ordered = sorted(steps, key=lambda step: step.since)
    first, last = min(s.since for s in ordered), max(s.until for s in ordered)
    width = max((last - first).days, 1)
    with style():
        axes = Figure(figsize=(8.6, 1.3 + 0.42 * len(ordered))).subplots()
        for kind, (face, ink, hatch) in FACES.items():
            rows = [(place, s) for place, s in enumerate(ordered) if s.kind == kind]
            if rows:
                axes.barh(
                    [place for place, _ in rows], [s.days for _, s in rows],
                    left=[date2num(s.since) for _, s in rows], height=0.72, color=face,
                    edgecolor="black", hatch=hatch, label=kind,
                )  # fmt: skip
            for place, step in rows:
                _label(axes, place, step, step.days / width, ink)
        axes.set_yticks(range(len(ordered)), [f"{s.name} ({s.kind})" for s in ordered])
        axes.set(ylim=(len(ordered) - 0.5, -0.5), xlim=(date2num(first), date2num(last)))
        axes.set_xlabel(f"in force from … to {in_words(last)}")
        axes.xaxis.set_major_locator(AutoDateLocator(maxticks=9))
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
        axes.tick_params(axis="y", length=0)
        said = "; ".join(f"{s.name} ({s.kind}) from {s.begun}" for s in ordered)
        table = pd.DataFrame(
            [(s.name, s.kind, s.known or s.since, s.until, s.days, s.note) for s in ordered],
            columns=["what", "kind", "since", "looked at on", "days", "rank of the text"],
        )
        return accessible(axes, title, f"{alt} Bars on a time line: {said}.".strip(), table)


def _label(axes: Axes, place: int, step: Step, share: float, ink: str) -> None:
    """Date and note on the bar, or to its left where the bar is too short."""
    words = ", ".join(filter(None, (step.begun, step.note)))
    start = date2num(step.since)
    inside = share >= _LEAST_INSIDE
    text = axes.annotate(
        words, (start, place), xytext=(5 if inside else -5, 0), textcoords="offset points",
        ha="left" if inside else "right", va="center", fontsize=9,
        color=ink if inside else "black",
    )  # fmt: skip
    if inside and step.kind == "safeguard":
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.5})


def in_words(date: object) -> str:
    """A date in words, as fine as it is known.

    >>> in_words("2019-12-01"), in_words("2018-05"), in_words("2017")
    ('1 Dec 2019', 'May 2018', '2017')
    """
    found = span(date if isinstance(date, str) else as_day(date))
    assert found is not None, f"{date!r} is no date"
    first, last = found
    if first == last:
        return f"{first.day} {first:%b %Y}"
    return f"{first:%b %Y}" if first.month == last.month else str(first.year)


def draw_phones(until: object = "2020-06-30") -> AccessibleFigure:
    """What was asked of a new phone customer, step by step, up to a day."""
    steps = first_steps(safeguards=(), until=until)
    title = f"{len(steps)} steps from a document to a face"
    return timeline(steps, title, "What a new phone customer had to give.")


def draw_duties_and_safeguards(until: object = "2026-07-01") -> AccessibleFigure:
    """Duties on phone customers beside what protects their data, up to a day."""
    steps = first_steps(["identity", "photograph", "comparison"], until=until)
    duties = [step for step in steps if step.kind == "duty"]
    guards = [step for step in steps if step.kind == "safeguard"]
    face = next((step.since for step in duties if step.name == "comparison"), None)
    after = sum(face is not None and step.since > face for step in guards)
    title = f"{after} of {len(guards)} safeguards came after the face"
    return timeline(steps, title, "Duties plain, safeguards hatched.")


ELSEWHERE = (
    ("Pakistan", "pk", "in_force", "finger compared"),
    ("Thailand", "th", "in_force", "face or finger"),
    ("India", "in-aadhaar", "in_force", "circular struck down"),
    ("China", "cn-2019-miit", "in_force", "face compared"),
    ("Germany", "echr-breyer", "in_force", "plain register allowed"),
    ("Nigeria", "ng", "in_force", "tied to identity number"),
    ("Mexico", "mx-panaut", "in_force", "biometric register"),
    ("Mexico", "mx-panaut", "repealed", "struck down"),
    ("South Korea", "kr-2025", "in_force", "face one of three ways"),
)
"""Country, instrument, the column of its date, what happened."""


def elsewhere() -> pd.DataFrame:
    """What other countries did at the phone counter: country, what, date, first day, instrument.

    >>> elsewhere()["country"].iloc[0]
    'Pakistan'
    """
    table = data.load("instruments").set_index("id")
    rows = []
    for country, name, column, what in ELSEWHERE:
        found = span(table.loc[name, column])
        assert found is not None, f"{name} has no {column}"
        rows.append((country, what, in_words(table.loc[name, column]), found[0], name))
    columns = ["country", "what", "date", "day", "instrument"]
    return pd.DataFrame(rows, columns=columns).sort_values("day", ignore_index=True)


def draw_elsewhere() -> AccessibleFigure:
    """Points on a time line: phone registration with and without biometrics in seven countries."""
    table = elsewhere()
    china = table.loc[table["country"] == "China", "day"].iloc[0]
    earlier = int((table["day"] < china).sum())
    events = list(zip(table["country"], table["what"], table["date"], strict=True))
    with style():
        axes = Figure(figsize=(8.6, 4.2)).subplots()
        days = [date2num(day) for day in table["day"]]
        places = range(len(table))
        axes.plot(days, places, linestyle="none", marker="D", color="black", label="_event")
        half = (min(days) + max(days)) / 2
        for place, (_, what, when), day in zip(places, events, days, strict=True):
            right = day < half
            axes.annotate(
                f"{when}: {what}", (day, place), va="center", fontsize=9.5,
                xytext=(8 if right else -8, 0), textcoords="offset points",
                ha="left" if right else "right",
            )  # fmt: skip
        axes.set_yticks(list(places), table["country"])
        axes.set_ylim(len(table) - 0.5, -0.5)
        axes.set_xlabel("day of the rule or of the judgment")
        axes.xaxis.set_major_locator(AutoDateLocator(maxticks=13))
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
        axes.tick_params(axis="y", length=0)
        said = "; ".join(f"{c}, {d}: {w}" for c, w, d in events)
        title = f"{earlier} events stand before the face rule of December 2019"
        return accessible(axes, title, f"Nine events in order of time. {said}.", table)
