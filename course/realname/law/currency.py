"""The currency ledger: what nobody has compared with a source for a while."""

from __future__ import annotations

import datetime

import pandas as pd

from realname import data

from .instruments import as_day, span

TABLES = ("instruments", "cases", "law_events")
"""Tables whose rows carry the date on which a person last compared them with a source."""
MONTHS = 12


def ledger(day: object = None, *, months: int = MONTHS) -> pd.DataFrame:
    """Rows that rest on a source older than so many months on a day (default today), oldest first.

    A row is as old as the older of the day it was checked and the state of its source. Columns:
    table, id, title, checked_on, source_as_of, age_months, why. Listed, not hidden: the tests
    print it, and a lesson can show it beside "law as checked on".

    >>> ledger("2026-11-21").columns.tolist()[:2]
    ['table', 'id']
    """
    today = datetime.date.today() if day is None else as_day(day)
    rows = [row for table in TABLES for row in _rows(table, today)]
    columns = ["table", "id", "title", "checked_on", "source_as_of", "age_months", "why"]
    found = pd.DataFrame(rows, columns=columns)
    old = found[found["age_months"] > months]
    order = ["age_months", "table", "id"]
    return old.sort_values(order, ascending=[False, True, True]).reset_index(drop=True)


def _rows(table: str, today: datetime.date) -> list[dict[str, object]]:
    rows = []
    for row in data.load(table).to_dict("records"):
        ages = {
            "not compared with a source": _age(row["checked_on"], today),
            "source is of that age": _age(row["source_as_of"], today),
        }
        why = max(ages, key=lambda reason: ages[reason])
        rows.append(
            {
                "table": table,
                "id": row["id"],
                "title": row.get("title_en", row.get("name", row.get("what", ""))),
                "checked_on": row["checked_on"],
                "source_as_of": row["source_as_of"],
                "age_months": ages[why],
                "why": why,
            }
        )
    return rows


def _age(date: str, today: datetime.date) -> int:
    """Full months from the last day the date can mean."""
    meant = span(date)
    last = meant[1] if meant else datetime.date(1, 1, 1)
    months = (today.year - last.year) * 12 + today.month - last.month
    return months - (today.day < last.day)


def report(day: object = None) -> str:
    """The ledger as lines a build can print."""
    old = ledger(day)
    if old.empty:
        return f"Law: every row was compared with a source of the last {MONTHS} months."
    lines = [f"Law: {len(old)} rows rest on sources older than {MONTHS} months:"]
    for (table, months, why), group in old.groupby(["table", "age_months", "why"], sort=False):
        lines.append(f"  {table}, {months} months, {why}: {', '.join(group['id'])}")
    return "\n".join(lines)
