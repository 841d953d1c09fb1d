"""An argument as a form: what a judgement exercise asks for, and what a machine can check of it.

The form says nothing about which side is right, and no check does. Each check returns sentences,
none if all is well, so that checks can be combined; `check` runs those that fit what it is given.
The checks are in `argument_checks`.
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from invigilator import expect

FIELDS = {
    "issue": "the question to decide, in one sentence",
    "rule": "the authorities you rely on, each with pinpoint and date",
    "facts": "the facts you use, by their names in the case",
    "in_favour": "what speaks for the proposition",
    "against": "what speaks against it",
    "conclusion": "what you conclude, and how you answer the best point of the other side",
    "would_change": "what you would have to learn to change your mind",
}
"""The fields of the form and what belongs in each."""
TEXTS = ("issue", "in_favour", "against", "conclusion", "would_change")
SAID = {
    "issue": "issue",
    "rule": "rule",
    "facts": "facts",
    "in_favour": "points in favour",
    "against": "points against",
    "conclusion": "conclusion",
    "would_change": "answer to what would change it",
}
_ALIASES = {"for": "in_favour", "for_": "in_favour", "pro": "in_favour", "con": "against"}
_MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
]  # fmt: skip


class ArgumentError(TypeError):
    """A form that was filled in with something that does not fit; str() is one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def short(text: str, most: int = 60) -> str:
    """The beginning of a text, for a sentence about it.

    >>> short("a" * 70, 5)
    'aaaa…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def read_date(text: str) -> datetime.date | None:
    """A date written as 2019-12-01, 1 December 2019 or December 1, 2019; None if it is none.

    >>> read_date("1 December 2019")
    datetime.date(2019, 12, 1)
    """
    text = " ".join(text.strip().casefold().replace(",", " ").split())
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    if match:
        year, month, day = (int(part) for part in match.groups())
    else:
        match = re.fullmatch(r"(?:(\d{1,2}) )?([a-z]+)(?: (\d{1,2}))? (\d{4})", text)
        months = [i + 1 for i, m in enumerate(_MONTHS) if match and m[:3] == match[2][:3]]
        if match is None or not months or not (match[1] or match[3]):
            return None
        year, month, day = int(match[4]), months[0], int(match[1] or match[3])
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True)
class Authority:
    """A source relied on: its id in the table, the place in it, the date it is applied to."""

    id: str
    pinpoint: str = ""
    date: str = ""

    @classmethod
    def of(cls, given: Any) -> Authority:
        """From an Authority, a dictionary, three texts, or one text with parts between commas.

        >>> Authority.of("002, paragraph 3, 2019-12-04")
        Authority(id='002', pinpoint='paragraph 3', date='2019-12-04')
        """
        if type(given) is Authority:
            return cls(
                *(_text(getattr(given, name), "rule") for name in ("id", "pinpoint", "date"))
            )
        if type(given) is dict:
            unknown = [str(key) for key in given if key not in ("id", "pinpoint", "date")]
            if unknown:
                raise ArgumentError(
                    f"An authority has id, pinpoint and date, not {unknown[0]!r}: correct it."
                )
            return cls(**{name: _text(value, "rule") for name, value in given.items()})
        if type(given) is str:
            return cls._parsed(given)
        if type(given) in (tuple, list) and 1 <= len(given) <= 3:
            return cls(*(_text(part, "rule") for part in given))
        raise ArgumentError(
            'An authority is a text such as "002, paragraph 3, 2019-12-04": correct your rule.'
        )

    @classmethod
    def _parsed(cls, text: str) -> Authority:
        parts = [part.strip() for part in re.split(r"[,|;]", text)]
        for tail in (1, 2):  # "December 1, 2019" has a comma of its own
            date = ", ".join(parts[-tail:])
            if len(parts) > tail and read_date(date):
                return cls(parts[0], ", ".join(parts[1:-tail]), date)
        return cls(parts[0], ", ".join(parts[1:]))


def _text(value: Any, field: str) -> str:
    if value is ... or value is None:
        return ""
    if type(value) is datetime.date:
        return value.isoformat()
    if type(value) in (list, tuple):
        return "\n".join(_text(item, field) for item in value)
    if type(value) is not str:
        raise ArgumentError(
            f"Your {SAID[field]} must be a text in quotes; it is {type(value).__name__}."
        )
    text = value.strip()
    return "" if text in ("...", "…") else text


@dataclass(frozen=True, init=False)
class Argument:
    """One filled-in form. Every field may be left empty; a check then says which is missing.

    issue, in_favour, against, conclusion, would_change: texts. rule: authorities, each as one text
    "id, pinpoint, date". facts: names of facts of the case. `Argument(**dictionary)` fills the same
    form, and "for" is understood as in_favour. Raises ArgumentError for a field it does not have.

    >>> form = Argument(issue="Is it lawful?", rule=["002, paragraph 3, 2019-12-04"])
    >>> form.rule[0].pinpoint, Argument(**form.as_dict()) == form
    ('paragraph 3', True)
    """

    issue: str
    rule: tuple[Authority, ...]
    facts: tuple[str, ...]
    in_favour: str
    against: str
    conclusion: str
    would_change: str

    def __init__(
        self,
        issue: Any = "",
        rule: Any = (),
        facts: Any = (),
        in_favour: Any = "",
        against: Any = "",
        conclusion: Any = "",
        would_change: Any = "",
        **others: Any,
    ) -> None:
        given = {
            "issue": issue,
            "rule": rule,
            "facts": facts,
            "in_favour": in_favour,
            "against": against,
            "conclusion": conclusion,
            "would_change": would_change,
        }
        for name, value in others.items():
            if name not in _ALIASES:
                near = difflib.get_close_matches(name, FIELDS, n=1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                raise ArgumentError(
                    f"The form has no field {name!r}{hint}; it has {', '.join(FIELDS)}."
                )
            given[_ALIASES[name]] = value
        for name in TEXTS:
            object.__setattr__(self, name, _text(given[name], name))
        rules = tuple(Authority.of(each) for each in _several(given["rule"]))
        object.__setattr__(self, "rule", tuple(each for each in rules if each != Authority("")))
        facts_used = tuple(_text(each, "facts") for each in _several(given["facts"], split=True))
        object.__setattr__(self, "facts", tuple(each for each in facts_used if each))

    def as_dict(self) -> dict[str, Any]:
        """The form as plain data, from which `Argument(**…)` makes the same form."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in FIELDS}
        plain["rule"] = [
            {"id": each.id, "pinpoint": each.pinpoint, "date": each.date} for each in self.rule
        ]
        plain["facts"] = list(self.facts)
        return plain

    def _repr_html_(self) -> str:
        rows = {name: getattr(self, name) for name in FIELDS}
        rows["rule"] = "\n".join(", ".join(filter(None, vars(a).values())) for a in self.rule)
        rows["facts"] = ", ".join(self.facts)
        body = "".join(
            f'<tr><th scope="row">{escape(SAID[name])}</th>'
            f"<td>{escape(text).replace(chr(10), '<br>') or '(empty)'}</td></tr>"
            for name, text in rows.items()
        )
        return f"<table><caption>Your argument</caption><tbody>{body}</tbody></table>"


def _several(value: Any, split: bool = False) -> Iterable[Any]:
    if value is ... or value is None:
        return ()
    if type(value) is str and split:
        return [part for part in re.split(r"[,;\n]", value) if part.strip()]
    if type(value) is str:
        return [part for part in re.split(r"[;\n]", value) if part.strip()]
    if type(value) in (list, tuple):
        if 1 < len(value) <= 3 and any(type(p) is str and read_date(p) for p in value[1:]):
            return [value]  # one authority given as its parts
        return value
    if type(value) is set:
        return sorted(value, key=str)
    if type(value) in (dict, Authority):
        return [value]
    return [value]


def read(given: Any, what: str = "your argument") -> Argument:
    """The form that a student gave, as Argument or as dictionary, read by exact type.

    Raises expect.NotTried if it is the untouched stub, expect.NotYet if it is no form.

    >>> read({"issue": "Is it lawful?"}).issue
    'Is it lawful?'
    """
    if type(given) is Argument:
        given = given.as_dict()
    if given is None or given is ... or given == {} and type(given) is dict:
        expect.tried(None, what)
    if type(given) is not dict:
        raise expect.NotYet(f"{what} must be an Argument; fill in the form `Argument(issue=…, …)`")
    wrong = next((key for key in given if type(key) is not str), None)
    if wrong is not None:
        raise expect.NotYet(f"{what}: the names of its fields must be texts in quotes")
    try:
        form = Argument(**given)
    except ArgumentError as error:
        raise expect.NotYet(f"{what}: {error}") from None
    if form == Argument():
        expect.tried(None, what)
    return form


def check(form: Argument, **given: Any) -> list[str]:
    """All machine checks that fit what is given; see `argument_checks.check`."""
    from . import argument_checks

    return argument_checks.check(form, **given)


def fields() -> Mapping[str, str]:
    """The fields of the form with what belongs in each, for showing the empty form."""
    return dict(FIELDS)
