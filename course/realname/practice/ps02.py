"""Problem set 02: the day, the gazette, the register and the statements of one student.

The texts on the desk are real. The gazette of Ostrey and the register of its lines are synthetic:
there is no such island and no such law.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from realname import data, identity
from realname.law.figures import Step, timeline
from realname.law.instruments import as_day
from realname.notebook import AccessibleFigure
from realname.practice.shown import Sheet, Statements

END = "2023-12-31"
"""The day to which the student's timeline runs."""
DUTIES = ("identity", "photograph", "face")
SAFEGUARDS = ("consent", "another way")

# Month of the student's day, a text known only to that month, one that is adopted and not yet in
# force, and some that stand or are over.
_DESKS = (
    ("2016-11", (8, 29), "cn-2016-nov", "cn-2016-csl", ("cn-2015-blackcard", "cn-2010-train-pilot"),
     ("cn-2012-npcsc", "cn-2013-miit25", "cn-2015-ctl", "cn-2016-six")),
    ("2018-05", (7, 24), "cn-2018-pilot", "eu-gdpr", ("cn-2015-blackcard", "cn-2010-train-pilot"),
     ("cn-2016-csl", "cn-2013-miit25", "cn-2015-ctl", "cn-2017-crim")),
    ("2024-04", (1, 29), "cn-2024-hotels", "in-telecom", ("cn-2015-accountnames", "mx-panaut"),
     ("cn-2021-pipl", "cn-2022-atof", "cn-2012-npcsc", "cn-2021-spc")),
)  # fmt: skip
_DRAFTS = ("cn-2023-frdraft", "cn-2026-iis", "cn-2026-appdraft", "cn-2026-crimedraft")

_SAYS = {
    "old law": ("Whoever sells a phone line asks for the buyer's true identity.",
                "Phone companies ask every new customer for true identity."),
    "new law": ("True identity is asked for when a line is opened, moved or closed.",
                "Phone companies ask for true identity, and once more every five years."),
    "rule": ("Shops look at a document and write down the true identity of the customer.",
             "True identity is recorded in the shop, from a document that is shown there."),
    "campaign": ("Shops read the document by machine while the campaign lasts.",
                 "For the time of the campaign each document is read by machine."),
    "first notice": ("The clerk takes a photograph of each new customer.",
                     "A photograph of the new customer is taken on the spot."),
    "second notice": ("The photograph is taken on the spot and kept with the contract.",
                      "A photograph is taken, and companies keep it for the time of the contract."),
    "office notice": ("Shops compare the face with the card by machine; no match, no line.",
                      "A machine compares face and card before the line is opened."),
    "draft": ("Shops compare the face and take a fingerprint of each customer.",
              "Face and fingerprint are compared before a line is opened."),
    "consent": ("Personal data is collected with the consent of the person.",
                "Nobody collects personal data without consent, if no law says otherwise."),
    "standard": ("It is recommended to offer another way to those who refuse a face check.",
                 "Those who refuse a face check should be offered another way."),
    "way": ("Whoever refuses a face check is offered another way.",
            "Another way must be open to customers who refuse a face check."),
}  # fmt: skip
_KINDS = {
    "old law": "law",
    "new law": "law",
    "rule": "ministry rule",
    "campaign": "campaign",
    "first notice": "notice",
    "second notice": "notice",
    "office notice": "notice",
    "draft": "draft law",
    "consent": "law",
    "standard": "recommended standard",
    "way": "ministry rule",
}
# What may be said of other countries: one version holds, the other does not.
_STATEMENTS = (
    ("Pakistan compared fingerprints with its identity register in 2015.",
     "Before China's rule of 2019, no country had compared a body part for a phone line."),
    ("From December 2017, new buyers in Thailand gave a face or a finger.",
     "Thailand asked for faces only after China had done so."),
    ("India's Supreme Court struck down the circular that tied phones to Aadhaar.",
     "India's Supreme Court ended the registration of phone users as such."),
    ("In Breyer, Strasbourg accepted a plain register of prepaid users.",
     "In Breyer, Strasbourg held that a biometric register of phone users was lawful."),
    ("Mexico's Supreme Court struck down a register of phone users with biometrics in 2022.",
     "Mexico's biometric register of phone users of 2021 is still in force."),
    ("In South Korea, since July 2026, the face is one of three ways to prove oneself.",
     "In South Korea, since July 2026, every new phone customer must show the face."),
    ("In Pakistan, most of the lines that were cut off had been disowned by their holders on"
     " record.",
     "In Pakistan, 26 million lines were cut off because worn fingerprints did not match."),
)  # fmt: skip


@dataclass(frozen=True)
class Mine:
    """Everything in problem set 02 that is one student's own."""

    day: str
    desk: pd.DataFrame
    gazette_day: str
    gazette: pd.DataFrame
    register: pd.DataFrame
    year: int
    statements: Statements

    def sheet(self, name: str) -> Sheet:
        """The desk, the gazette or the register, with what one must know to read it."""
        lines = {
            "desk": f"Your day: {self.day}",
            "gazette": f"Synthetic: no such island, no such law. Your day: {self.gazette_day}",
            "register": f"Synthetic. You are asked about year {self.year}. Lines in thousands.",
        }
        return Sheet(lines[name], getattr(self, name))


def mine(term: str, student_id: str) -> Mine:
    """The data of one student: the same id gives the same data, on any machine.

    >>> mine("practice", "ada").day == mine("practice", " Ada ").day
    True
    """
    streams = identity.rng("ps02", term, student_id).spawn(4)
    day, desk = _desk(streams[0])
    gazette_day, gazette = _gazette(streams[1])
    register, year = lines_register(streams[2])
    return Mine(day, desk, gazette_day, gazette, register, year, _statements(streams[3]))


def _desk(rng: np.random.Generator) -> tuple[str, pd.DataFrame]:
    """A day and six real texts: two in force, one each over, not yet, never, known to the month."""
    month, days, coarse, coming, over, standing = _DESKS[int(rng.integers(len(_DESKS)))]
    day = f"{month}-{int(rng.integers(days[0], days[1] + 1)):02d}"
    chosen = [coarse, coming, str(rng.choice(over)), str(rng.choice(_DRAFTS))]
    chosen += [standing[i] for i in rng.permutation(len(standing))[:2]]
    table = data.load("instruments").set_index("id").loc[[chosen[i] for i in rng.permutation(6)]]
    table = table.rename(columns={"title_en": "title", "repealed": "ended"})
    return day, table[["title", "kind", "adopted", "in_force", "ended"]].fillna("").reset_index()


def _gazette(rng: np.random.Generator) -> tuple[str, pd.DataFrame]:
    """A day and eleven invented texts, A to K, in any order. Dates as text; "" where none."""

    def later(start: datetime.date, least: int, most: int) -> datetime.date:
        return start + datetime.timedelta(days=int(rng.integers(least, most)))

    day = later(datetime.date(2019, 1, 1), 0, 700)
    start = {"old law": later(datetime.date(2008, 1, 1), 0, 600)}
    start["rule"] = later(start["old law"], 400, 900)
    start["campaign"] = later(start["rule"], 100, 500)
    start["first notice"] = later(start["campaign"], 200, 600)
    start["second notice"] = later(start["first notice"], 150, 500)
    start["office notice"] = day - datetime.timedelta(days=int(rng.integers(5, 300)))
    start["new law"] = later(day, 20, 200)
    start["consent"] = later(start["old law"], -300, 600)
    start["standard"] = later(start["second notice"], 30, 200)
    start["way"] = later(start["office notice"], 100, 900)
    if rng.random() < 0.4:
        start["way"] = start["office notice"] - datetime.timedelta(days=int(rng.integers(20, 200)))
    ended = {"campaign": later(start["campaign"], 100, 200)}
    rows = []
    for name, kind in _KINDS.items():
        begun = start.get(name)
        adopted = later(begun or day, -100, -40) if name != "new law" else later(day, -90, -10)
        says = _SAYS[name][int(rng.integers(2))]
        rows.append((kind, adopted, begun or "", ended.get(name, ""), says))
    drawn = [tuple(map(str, rows[i])) for i in rng.permutation(len(rows))]
    table = pd.DataFrame(drawn, columns=["kind", "adopted", "in_force", "ended", "says"])
    table.insert(0, "text", list("ABCDEFGHIJK"))
    return str(day), table


def lines_register(rng: np.random.Generator) -> tuple[pd.DataFrame, int]:
    """A synthetic register: lines and lines without a name (thousands) at the end of eight years.

    Columns: year (1 to 8), lines, no_name. The share with a name rises and passes 90% between two
    counts. Gives the table and the year that is asked about.

    >>> table, year = lines_register(np.random.default_rng(1))
    >>> list(table.columns), 2 <= year <= 4
    (['year', 'lines', 'no_name'], True)
    """
    while True:
        lines = np.cumsum(rng.integers(60, 200, size=8)) + int(rng.integers(600, 900))
        share = np.sort(rng.uniform(0.5, 0.99, size=8))
        no_name = np.rint(lines * (1 - share)).astype(int)
        named = 1 - no_name / lines
        passed = int(np.argmax(named > 0.9))
        clear = named[passed] > 0.915 and named[passed - 1] < 0.885 and named[3] < 0.88
        if passed >= 2 and clear and np.diff(named).min() > 0.004:
            break
    table = pd.DataFrame({"year": range(1, 9), "lines": lines, "no_name": no_name})
    return table, int(rng.integers(2, 5))


def _statements(rng: np.random.Generator) -> Statements:
    """Six of the subjects, three told right and three told wrong."""
    subjects = rng.permutation(len(_STATEMENTS))[:6]
    told = rng.permutation([0, 0, 0, 1, 1, 1])
    return Statements(tuple(_STATEMENTS[i][j] for i, j in zip(subjects, told, strict=True)))


def draw(starts: Mapping[str, Any], title: Any, until: str = END) -> AccessibleFigure | Any:
    """The timeline of duties and safeguards; `...` as long as a start or the title still is.

    starts: first day of each, as text. until: the day to which the bars run; what starts later is
    left out. Raises LawError for a start that is no day.

    >>> draw({"face": ...}, "The face comes last")
    Ellipsis
    """
    given = [*starts.values(), title]
    if any(each is ... or each is None or each == "" for each in given):
        return ...
    steps = [
        Step(name, as_day(since), as_day(until), "duty" if name in DUTIES else "safeguard")
        for name, since in starts.items()
    ]
    shown = [step for step in steps if step.since < step.until]
    return timeline(shown or steps, str(title), "Duties plain, safeguards hatched.")
