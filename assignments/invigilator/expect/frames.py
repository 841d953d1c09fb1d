"""Checks of tables: columns, kinds of columns, rows by key, in plain words."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

from . import checks
from .comparison import Rule, difference, token
from .values import MISSING, Frame, is_nan, is_number, is_placeholder, plain
from .words import kind_of, listed
from .words import show as shown


def table(
    given: Any,
    wanted: Any,
    what: str,
    *,
    key: str | list[str] | None = None,
    ordered: bool = False,
    tolerance: float = 1e-9,
    hints: checks.Hints = None,
    show: bool = True,
) -> None:
    """Raise unless a pandas DataFrame holds the wanted columns and rows.

    Row labels (the index) are not compared. `key` names the column or columns that tell rows
    apart; without it rows are compared as a whole. Order of rows and columns counts only with
    ordered=True. A hint's predicate receives a list of dictionaries, one a row.
    """
    asked = plain(wanted)
    if type(asked) is not Frame:
        raise TypeError("expect.table: the wanted value must be a pandas DataFrame.")
    value = plain(given)
    if is_placeholder(value):
        raise checks.untouched(what)
    if type(value) is not Frame:
        raise checks.fail(what, f"is {kind_of(value)} where a table (pandas DataFrame) is expected")
    keys = [key] if type(key) is str else list(key or [])
    rule = Rule(tolerance, 0, show)
    clause = _columns(value, asked, ordered, show) or _kinds(value, asked)
    clause = clause or _rows(value, asked, keys, ordered, rule)
    if clause is None:
        return
    if set(map(token, asked.names)) <= set(map(token, value.names)):
        checks.hinted(records(value, asked.names), _as_records(hints), what, rule)
    raise checks.fail(what, clause)


def _as_records(hints: checks.Hints) -> checks.Hints:
    pairs = []
    for wrong, text in hints or ():
        frame = plain(wrong) if not callable(wrong) else None
        pairs.append((records(frame, frame.names) if type(frame) is Frame else wrong, text))
    return pairs


def records(frame: Frame, names: list) -> list[dict]:
    """Rows as dictionaries, empty cells as None."""
    columns = {
        name: [None if _empty(item) else item for item in frame.columns[frame.names.index(name)]]
        for name in names
    }
    return [{name: columns[name][row] for name in names} for row in range(frame.rows)]


def _columns(value: Frame, asked: Frame, ordered: bool, show: bool) -> str | None:
    doubled = [name for name, count in Counter(value.names).items() if count > 1]
    if doubled:
        return f"has the column {listed(doubled)} twice"
    lacking = [name for name in asked.names if name not in value.names]
    extra = [name for name in value.names if name not in asked.names]
    labels = [name for name in lacking if name in value.label_names]
    if labels:
        return f"has {listed(labels)} as row label, not as column; add .reset_index()"
    if lacking and show:
        return f"lacks the column {listed(lacking)}; it has {listed(value.names)}"
    if lacking:
        return f"lacks a column; it has {listed(value.names)}"
    if extra:
        return f"has the column {listed(extra)}, which was not asked for"
    if ordered and value.names != asked.names:
        order = f"; expected {listed(asked.names)}" if show else ""
        return f"has the right columns in another order ({listed(value.names)}){order}"
    return None


def _kind(items: list) -> str:
    """In one word what a column holds."""
    kinds = {
        "numbers"
        if is_number(item)
        else "True or False"
        if type(item) is bool
        else "text"
        if type(item) is str
        else "dates"
        if isinstance(item, datetime.date)
        else kind_of(item)
        for item in items
        if not _empty(item)
    }
    return kinds.pop() if len(kinds) == 1 else "nothing" if not kinds else "a mixture"


def _empty(item: Any) -> bool:
    return item is None or item is MISSING or is_nan(item) or type(item) is type(MISSING)


def _kinds(value: Frame, asked: Frame) -> str | None:
    repairs = {
        ("text", "numbers"): "; change it with pd.to_numeric",
        ("text", "dates"): "; change it with pd.to_datetime",
        ("text", "True or False"): "; write True and False without quotes",
        ("numbers", "text"): "; change it with .astype(str)",
    }
    for name, wanted in zip(asked.names, asked.columns, strict=True):
        have, want = _kind(value.columns[value.names.index(name)]), _kind(wanted)
        if "nothing" not in (have, want) and want != "a mixture" and have != want:
            repair = repairs.get((have, want), "")
            return f"holds {have} in the column {shown(name)} where {want} is expected{repair}"
    return None


def _rows(value: Frame, asked: Frame, keys: list[str], ordered: bool, rule: Rule) -> str | None:
    have, want = records(value, asked.names), records(asked, asked.names)
    if keys:
        return _by_key(have, want, keys, ordered, rule)
    if len(have) != len(want):
        if rule.show:
            return f"has {len(have)} rows; expected {len(want)}"
        return f"does not have the right number of rows (yours has {len(have)})"
    if not ordered:
        have, want = _paired(have, want, rule)
    for number, (one, other) in enumerate(zip(have, want, strict=True), start=1):
        for name in asked.names:
            clause = _cell(one[name], other[name], rule)
            if clause is not None:
                if ordered:
                    return f"has a wrong value in row {number}, column {shown(name)}: it {clause}"
                return f"has a row that does not belong there: {shown(one)}"
    return None


def _cell(given: Any, wanted: Any, rule: Rule) -> str | None:
    if wanted is None and given is not None:
        return f"is {shown(given)}" + (" where the cell stays empty" if rule.show else "")
    if given is None and wanted is not None:
        return "is empty where a value is expected"
    return difference(given, wanted, rule)


def _paired(have: list[dict], want: list[dict], rule: Rule) -> tuple[list[dict], list[dict]]:
    """Rows side by side whatever their order; those without a partner come first."""
    left, pairs = list(want), []
    lonely = []
    for one in have:
        partner = next((o for o in left if difference(one, o, rule) is None), None)
        if partner is None:
            lonely.append(one)
        else:
            left.remove(partner)
            pairs.append((one, partner))
    both = [*zip(lonely, left, strict=True), *pairs]
    return [one for one, _ in both], [other for _, other in both]


def _by_key(
    have: list[dict], want: list[dict], keys: list[str], ordered: bool, rule: Rule
) -> str | None:
    def keyed(rows: list[dict]) -> dict[tuple, dict]:
        return {tuple(token(row[name]) for name in keys): row for row in rows}

    def named(each: tuple) -> str:
        return ", ".join(f"{name} {shown(part[1])}" for name, part in zip(keys, each, strict=True))

    mine, theirs = keyed(have), keyed(want)
    if len(mine) < len(have):
        counts = Counter(tuple(token(row[name]) for name in keys) for row in have)
        twice = next(each for each, count in counts.items() if count > 1)
        return f"has more than one row for {named(twice)}"
    extra = [each for each in mine if each not in theirs]
    lacking = [each for each in theirs if each not in mine]
    if lacking and rule.show:
        return f"lacks the row for {named(lacking[0])}{_more(lacking)}"
    if extra:
        return f"has a row for {named(extra[0])}{_more(extra)}, which does not belong there"
    if lacking:
        return f"lacks {len(lacking)} of the rows" if rule.show else "lacks a row"
    for each, row in theirs.items():
        for name, item in row.items():
            clause = _cell(mine[each][name], item, rule)
            if clause is not None:
                place = f"column {shown(name)} of the row for {named(each)}"
                return f"has a wrong value in {place}: it {clause}"
    if ordered and list(mine) != list(theirs):
        return "has the right rows in another order"
    return None


def _more(names: list) -> str:
    return f" (and {len(names) - 1} more)" if len(names) > 1 else ""
