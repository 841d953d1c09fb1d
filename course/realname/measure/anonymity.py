"""How many people look alike in a table: crowds, k, l, uniqueness.

Convention throughout: one row is one person, and **a missing value is a value of its own**: it
looks like other missing values and like nothing else. An attacker may see it otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from realname.measure.problems import MeasureError


def crowds(table: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """For each row, how many rows (itself included) share its values in these columns.

    Keeps the index. Without columns everybody looks alike. Raises MeasureError for an empty table
    or a column that is not there.

    >>> t = pd.DataFrame({"born": [1980, 1980, 1991], "sex": ["f", "f", "f"]})
    >>> crowds(t, ["born", "sex"]).tolist()
    [2, 2, 1]
    """
    by = _checked(table, columns)
    if not by:
        return pd.Series(len(table), index=table.index, name="crowd")
    size = table.groupby(by, dropna=False, observed=True, sort=False)[by[0]].transform("size")
    return size.astype("int64").rename("crowd")


def k_anonymity(table: pd.DataFrame, columns: Sequence[str]) -> int:
    """The smallest crowd: everybody hides among at least k people. Source: Sweeney 2002.

    It says nothing about what the crowd has in common: see ``l_diversity``.

    >>> k_anonymity(pd.DataFrame({"town": ["a", "a", "b", "b", "b"]}), ["town"])
    2
    """
    return int(crowds(table, columns).min())


def uniqueness(table: pd.DataFrame, columns: Sequence[str]) -> float:
    """Share of rows that are alone with their values, missing values taken as values.

    >>> uniqueness(pd.DataFrame({"town": ["a", None, None, "b"]}), ["town"])
    0.5
    """
    return float((crowds(table, columns) == 1).mean())


def l_diversity(table: pd.DataFrame, columns: Sequence[str], secret: str) -> int:
    """Fewest distinct secrets in a crowd (distinct l-diversity). Source: Machanavajjhala et al.
    2007.

    One is the worst: whoever finds the crowd knows the secret of all in it. A missing secret
    counts as a value. Never above ``k_anonymity``.

    >>> t = pd.DataFrame({"town": ["a", "a", "b", "b"], "illness": ["x", "x", "x", "y"]})
    >>> l_diversity(t, ["town"], "illness")
    1
    """
    by = _checked(table, [*columns, secret])[:-1]
    if not by:
        return int(table[secret].nunique(dropna=False))
    groups = table.groupby(by, dropna=False, observed=True, sort=False)[secret]
    return int(groups.nunique(dropna=False).min())


def expected_unique(people: int, cells: int) -> float:
    """Expected share of people alone in their cell, if all cells are equally likely.

    (1 - 1/cells)^(people - 1). Real cells are not equally likely, so fewer are alone where many
    live and more where few do. Raises MeasureError for fewer than one person or cell.

    >>> round(expected_unique(10_000, 44_640), 2)
    0.8
    """
    if people < 1 or cells < 1:
        raise MeasureError(f"{people} people in {cells} cells: both are one or more.")
    return float((1 - 1 / cells) ** (people - 1))


def _checked(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    if isinstance(columns, str):
        raise MeasureError(f"Columns are a list: write [{columns!r}].")
    for name in columns:
        if name not in table:
            has = ", ".join(map(str, table.columns))
            raise MeasureError(f"There is no column {name!r}: the table has {has}.")
    if table.empty:
        raise MeasureError("The table has no rows: nobody is in it, so nobody hides in it.")
    return list(columns)
