"""Law in time: what was in force on a day, and which norm governs a duty.

Dates may be known only to the month or the year. Such a text counts as in force from the first day
on which it may have been, and ``certain`` says whether it surely was.
"""

from __future__ import annotations

import calendar
import datetime
import os
from functools import lru_cache
from typing import Any

import pandas as pd

from realname import data


class LawError(LookupError):
    """A day, instrument or duty that is not there; str() is one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def as_day(day: object) -> datetime.date:
    """A day from a date, a Timestamp or text like "2019-12-01".

    Raises LawError if it is none of these.

    >>> as_day("2019-12-01")
    datetime.date(2019, 12, 1)
    """
    if isinstance(day, datetime.datetime):
        return day.date()
    if isinstance(day, datetime.date):
        return day
    try:
        return datetime.date.fromisoformat(str(day))
    except ValueError as error:
        raise LawError(f"{day!r} is not a day: write it like 2019-12-01.") from error


def span(date: Any) -> tuple[datetime.date, datetime.date] | None:
    """First and last day a full or partial date can mean; None if there is no date.

    >>> span("2016-11")
    (datetime.date(2016, 11, 1), datetime.date(2016, 11, 30))
    """
    if isinstance(date, datetime.date):
        return as_day(date), as_day(date)
    if not isinstance(date, str):
        return None
    year, *rest = (int(part) for part in date.split("-"))
    if not rest:
        return datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    if len(rest) == 1:
        last = calendar.monthrange(year, rest[0])[1]
        return datetime.date(year, rest[0], 1), datetime.date(year, rest[0], last)
    return (datetime.date(year, *rest),) * 2


@lru_cache(maxsize=16)
def _read(name: str, folder: str | None, here: str) -> pd.DataFrame:
    return data.load(name)


def _load(name: str) -> pd.DataFrame:
    """A table, read once for each place to look; a copy, so that nobody changes it for others."""
    return _read(name, os.environ.get(data.VARIABLE), os.getcwd()).copy()


def _holds(start: Any, end: Any, day: datetime.date) -> bool | None:
    """True or False for sure, None if the dates are too coarse to tell."""
    begun, ended = span(start), span(end)
    if begun is None or day < begun[0] or (ended is not None and day >= ended[1]):
        return False
    return None if day < begun[1] or (ended is not None and day >= ended[0]) else True


def _standing(table: pd.DataFrame, start: str, end: str, day: datetime.date) -> pd.DataFrame:
    """The rows that hold, or may hold, on the day; column certain."""
    states = [_holds(a, b, day) for a, b in zip(table[start], table[end], strict=True)]
    kept = table.assign(certain=[state is True for state in states])
    return kept[[state is not False for state in states]]


def in_force(day: object, *, group: str | None = None, binding: bool | None = None) -> pd.DataFrame:
    """The instruments in force on a day, highest rank first, then by date.

    day: a date or text like "2019-12-01". group: only "china", "comparator", "added" or "support".
    binding: only texts that bind people in general (True) or that do not (False). A repealed or
    ended text is out from its last day on; drafts are never in. Columns of ``instruments``, and
    level, binding (from ``ranks``) and certain (False where a date is known too coarsely).
    Raises LawError for a day that cannot be read.

    >>> table = in_force("2019-12-01", group="china")
    >>> "cn-2019-miit" in set(table["id"]), "cn-2021-pipl" in set(table["id"])
    (True, False)
    """
    ranks = _load("ranks")[["id", "level", "binding"]].rename(columns={"id": "rank"})
    table = _load("instruments").merge(ranks, on="rank", how="left")
    table = _standing(table, "in_force", "repealed", as_day(day))
    if group is not None:
        if group not in set(_load("instruments")["group"]):
            raise LawError(f"There is no group {group!r}: use china, comparator, added, support.")
        table = table[table["group"] == group]
    if binding is not None:
        table = table[table["binding"] == binding]
    table = table.sort_values(["level", "in_force", "id"], na_position="last")
    return table.reset_index(drop=True)


def governing(day: object, duty: str, *, sector: str = "phone") -> pd.DataFrame:
    """Who asks for a duty on a day, the norm that governs first.

    The order is rank, then the later text (a later norm of the same rank prevails over an earlier
    one), as Legislation Law 99 and 103 have it for texts of one maker. Columns: instrument,
    article, rank, level, binding, since, until, what, governs (True in the first row), certain,
    confidence. Empty if on that day nothing asks for it.
    Raises LawError for an unknown duty or sector, with those there are.

    >>> governing("2019-12-01", "identity")["instrument"].iloc[0]
    'cn-2016-csl'
    >>> governing("2019-12-01", "comparison")["rank"].tolist()
    ['normative']
    """
    duties = _load("duties")
    for name, given in (("duty", duty), ("sector", sector)):
        if given not in set(duties[name]):
            known = ", ".join(sorted(set(duties[name])))
            raise LawError(f"There is no {name} {given!r}: choose {known}.")
    table = duties[(duties["duty"] == duty) & (duties["sector"] == sector)]
    table = _standing(table, "since", "until", as_day(day))
    ranks = _load("ranks")[["id", "level", "binding"]].rename(columns={"id": "rank"})
    own = _load("instruments")[["id", "rank"]].rename(columns={"id": "instrument"})
    table = table.merge(own, on="instrument").merge(ranks, on="rank")
    table = table.sort_values(["level", "since", "id"], ascending=[True, False, True])
    table = table.reset_index(drop=True)
    table["governs"] = table.index == 0
    columns = ["instrument", "article", "rank", "level", "binding", "since", "until", "what",
               "governs", "certain", "confidence"]  # fmt: skip
    return table[columns]


def article(instrument: str, number: str, on: object) -> pd.Series:
    """One provision as it stood on a day: a row of ``provisions``.

    Raises LawError with the reason if the instrument is unknown, was not in force on that day, has
    no such article in the table, or if the article then had another number.

    >>> article("cn-2016-csl", "24", "2019-12-01")["renumbered"]
    '26'
    >>> article("cn-2016-csl", "24", "2026-02-01")
    Traceback (most recent call last):
    realname.law...LawError: Article 24 of cn-2016-csl has been article 26 since 2026-01-01.
    """
    day = as_day(on)
    instruments = _load("instruments").set_index("id")
    if instrument not in instruments.index:
        raise LawError(f"There is no instrument {instrument!r} in the table `instruments`.")
    row = instruments.loc[instrument]
    if _holds(row["in_force"], row["repealed"], day) is False:
        since, until = row["in_force"], row["repealed"]
        state = "was never in force" if span(since) is None else f"is in force from {since}"
        state += f" to {until}" if span(until) else ""
        raise LawError(f"{instrument} was not in force on {day}: it {state}.")
    table = _load("provisions")
    table = table[(table["instrument"] == instrument) & (table["article"] == str(number))]
    if table.empty:
        raise LawError(f"Article {number} of {instrument} is not in the table `provisions`.")
    standing = _standing(table, "since", "until", day)
    if not standing.empty:
        return standing.iloc[0]
    moved = table.dropna(subset=["renumbered"])
    if not moved.empty and day >= as_day(moved.iloc[-1]["until"]):
        last = moved.iloc[-1]
        raise LawError(
            f"Article {number} of {instrument} has been article {last['renumbered']} "
            f"since {last['until']}."
        )
    raise LawError(
        f"Article {number} of {instrument} is known only from {table['since'].min()}, not on {day}."
    )
