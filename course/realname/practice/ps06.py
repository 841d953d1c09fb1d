"""Problem set 06: a form, a story with gaps, five changes, statements and records of one student.

The harbour pool of Ostrey, its act and its records are synthetic. The statements on Guo Bing are
about the real case, as far as the table `case_holdings` knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from realname import data, identity
from realname.practice.shown import Sheet, Statements

ELEMENTS = ("informed", "free", "separate", "written", "guardian", "withdrawable")
REGIMES = ("CN_PRE2021", "CN_NOW", "EU", "BIPA")
TEXTS = ("cn-2013-cpl", "cn-2020-civil", "cn-2021-spc", "cn-2021-pipl", "cn-2025-fr")
FACTS = {
    "agreed": "the person agreed",
    "refused": "the pool refuses whoever gives no face",
    "other_way": "another way in is offered",
    "child": "the person is under 14",
    "parent": "a parent agreed",
    "kept_long": "the face is kept after the season",
    "ordered": "a law orders the keeping",
    "passers_by": "people who only walk past are scanned",
}

# For each element of consent: a clause that meets it, one that misses it.
_CLAUSES = {
    "informed": ("The form says who takes the face, what for, how, and for how long.",
                 "The form says no more than that modern technology stands at the gate."),
    "free": ("Whoever does not want the face gate shows a card at the desk, at the same price.",
             "Without a face no pass is sold, and there is no other way in."),
    "separate": ("The face is asked about in a question of its own, apart from the terms of sale.",
                 "A single yes covers the terms of sale, the newsletter and the face gate."),
    "written": ("The answer is signed on paper, and the customer gets a copy.",
                "The clerk asks aloud; a nod is enough, and nothing is noted."),
    "guardian": ("The mother of the twelve-year-old was asked, and agreed.",
                 "The twelve-year-old agreed at the desk; no parent was asked."),
    "withdrawable": ("A word at the desk is enough to have the face deleted, on any day.",
                     "The face stays in the system for the life of the pass, whatever one asks."),
}  # fmt: skip
_ASIDES = (
    "The pool is open from May to September.",
    "The pass costs sixty crowns.",
    "The gate was made by a firm from Lindmar.",
    "The pool has two slides and a kiosk.",
)
# Facts of FP05 to change: noticed by all four, by none, and by some.
_BY_ALL = (("notice_given", "no"), ("consent", "no"))
_BY_NONE = (("online", "yes"), ("public_place", "yes"))
_BY_SOME = (
    ("consent_written", "no"),
    ("consent_separate", "no"),
    ("alternative_offered", "no"),
    ("impact_assessment", "no"),
    ("bipa_policy", "no"),
    ("power_imbalance", "yes"),
    ("contract_changed_alone", "yes"),
    ("captures_passers_by", "yes"),
    ("retention_limited", "no"),
)
_STATEMENTS = {
    "granted": (
        "The park pays 1,038 yuan.",
        "The park deletes the face features and the photographs taken at purchase.",
        "The park deletes the fingerprint data (second instance).",
    ),
    "rejected": (
        "The park committed fraud.",
        "The face terms are void.",
        "The fingerprint terms are void.",
        "The park gives back the card price of 1,360 yuan.",
    ),
    "not decided": (
        "A park may never demand faces.",
        "Face entry was necessary for this park.",
        "The park broke the law on personal information of 2021.",
        "The state may not demand faces from visitors.",
    ),
}
_DAYS = {
    "the refusal at the gate": "2019-10-26",
    "the first judgment": "2020-11-20",
    "the second judgment": "2021-04-09",
    "an invented refusal": "2021-09-15",
    "an invented refusal in winter": "2022-01-20",
    "an invented refusal in summer": "2025-07-10",
}


@dataclass(frozen=True)
class Form:
    """The numbered clauses of an invented form."""

    clauses: tuple[str, ...]

    def __iter__(self):
        return iter(self.clauses)

    def _repr_markdown_(self) -> str:
        head = "*Synthetic: the harbour pool of Ostrey sells a season pass to a twelve-year-old.*"
        return "\n".join([head, "", *(f"{n}. {words}" for n, words in enumerate(self.clauses, 1))])


@dataclass(frozen=True)
class Story:
    """What is known of two cases at the pool; what is missing is not known."""

    first: dict[str, str]
    second: dict[str, str]

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{name}</code></td><td>{escape(meaning)}</td>"
            f"<td>{self.first.get(name, 'not known')}</td>"
            f"<td>{self.second.get(name, 'not known')}</td></tr>"
            for name, meaning in FACTS.items()
        )
        return (
            "<table><caption>Synthetic: two cases at the harbour pool of Ostrey</caption>"
            "<thead><tr>"
            '<th scope="col">Fact</th><th scope="col">Meaning</th><th scope="col">Case A</th>'
            f'<th scope="col">Case B</th></tr></thead><tbody>{rows}</tbody></table>'
        )


@dataclass(frozen=True)
class Mine:
    """Everything in problem set 06 that is one student's own."""

    form: Form
    story: Story
    changes: dict[str, str]
    statements: Statements
    event: str
    day: str
    records: pd.DataFrame

    def texts(self) -> Sheet:
        """The texts of question 7, with the event and the day to which they are put."""
        titles = data.load("instruments").set_index("id")["title_en"]
        table = pd.DataFrame([(name, titles[name]) for name in TEXTS], columns=["text", "title"])
        return Sheet(f"Your event: {self.event}. Your day: {self.day}.", table)

    def turned(self) -> pd.DataFrame:
        """The facts of FP05 that are changed, with what they mean."""
        meaning = data.load("facts").set_index("id")["meaning"]
        rows = [(fact, value, meaning[fact]) for fact, value in self.changes.items()]
        return pd.DataFrame(rows, columns=["fact", "becomes", "meaning of the fact"])


def mine(term: str, student_id: str) -> Mine:
    """The data of one student: the same id gives the same data, on any machine.

    >>> mine("practice", "ada").form == mine("practice", "ADA").form
    True
    """
    streams = identity.rng("ps06", term, student_id).spawn(6)
    event = list(_DAYS)[int(streams[4].integers(len(_DAYS)))]
    return Mine(
        _form(streams[0]),
        Story(_decided(streams[1]), _open(streams[1])),
        _changes(streams[2]),
        _statements(streams[3]),
        event,
        _DAYS[event],
        consent_records(streams[5]),
    )


def _form(rng: np.random.Generator) -> Form:
    """Two elements met, two missing, two not mentioned, and two clauses beside the point."""
    states = rng.permutation([0, 0, 1, 1, 2, 2])
    told = [
        _CLAUSES[name][state] for name, state in zip(ELEMENTS, states, strict=True) if state < 2
    ]
    told += [_ASIDES[i] for i in rng.permutation(len(_ASIDES))[:2]]
    return Form(tuple(told[i] for i in rng.permutation(len(told))))


def _decided(rng: np.random.Generator) -> dict[str, str]:
    """A case in which a hard rule is met, so that nothing is left to ask; some facts unknown."""
    pairs = [{"refused": "yes", "other_way": "no"}, {"child": "yes", "parent": "no"},
             {"kept_long": "yes", "ordered": "no"}]  # fmt: skip
    return {**pairs[int(rng.integers(3))], "agreed": "yes"}


def _open(rng: np.random.Generator) -> dict[str, str]:
    """A case that cannot be told: one or two rules wait for a fact, the others are out."""
    pairs = [("refused", "other_way", "yes"), ("child", "parent", "yes"),
             ("kept_long", "ordered", "no")]  # fmt: skip
    order = [pairs[i] for i in rng.permutation(3)]
    waiting = int(rng.integers(1, 3))
    story = {"agreed": "yes"}
    for number, (cause, excuse, _) in enumerate(order):
        if number < waiting:
            story[cause] = "yes"  # the excuse is not known: ask
        elif rng.random() < 0.5:
            story[cause] = "no"  # the excuse does not matter
        else:
            story[excuse] = "yes"  # the cause does not matter
    if rng.random() < 0.5:
        story["passers_by"] = "no"
    return {name: story[name] for name in FACTS if name in story}


def _changes(rng: np.random.Generator) -> dict[str, str]:
    """Six changes of FP05: one noticed by all regimes, one by none, four by some."""
    chosen = [_BY_ALL[int(rng.integers(2))], _BY_NONE[int(rng.integers(2))]]
    chosen += [_BY_SOME[i] for i in rng.permutation(len(_BY_SOME))[:4]]
    return dict(chosen[i] for i in rng.permutation(6))


def _statements(rng: np.random.Generator) -> Statements:
    """Two statements of each kind, in any order."""
    drawn = [words[i] for words in _STATEMENTS.values() for i in rng.permutation(len(words))[:2]]
    return Statements(tuple(drawn[i] for i in rng.permutation(6)))


def consent_records(rng: np.random.Generator, number: int = 80) -> pd.DataFrame:
    """Synthetic consents: `record`, and yes or no for informed, free, separate, written,
    withdrawable. Records in which only the writing is missing are never few.

    >>> set(consent_records(np.random.default_rng(1))["written"]) == {"yes", "no"}
    True
    """
    names = ("informed", "free", "separate", "written", "withdrawable")
    while True:
        chance = rng.uniform(0.72, 0.95, size=5)
        answers = rng.random((number, 5)) < chance
        whole = answers.all(axis=1)
        others = answers[:, [0, 1, 2, 4]].all(axis=1)
        shares = {whole.mean(), others.mean(), answers.any(axis=1).mean(), answers[:, 3].mean(),
                  1 - whole.mean(), (others & ~whole).mean()}  # fmt: skip
        ordered = sorted(shares)
        if (
            len(shares) == 6
            and min(b - a for a, b in zip(ordered, ordered[1:], strict=False)) > 0.02
        ):
            break
    table = pd.DataFrame(np.where(answers, "yes", "no"), columns=list(names))
    table.insert(0, "record", [f"r{n:02d}" for n in range(1, number + 1)])
    return table
