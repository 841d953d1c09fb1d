"""The tables of the course, each with where it comes from.

Every table is a CSV file described in ``data/datapackage.json`` (columns, types, units, licence,
sources, checksum) and in a datasheet. The folder is looked for in this order: the environment
variable ``REALNAME_DATA``; ``data`` beside the notebook; the tables inside the installed package;
the repository's ``data``. The first folder found serves all tables.
"""

from __future__ import annotations

import copy
import difflib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from realname.markup import marked_up

PACKAGE_NAME = "real-name-real-face"
VARIABLE = "REALNAME_DATA"
_HERE = Path(__file__).resolve().parent


class DataError(LookupError):
    """A table, column description or data folder that is not there; str() is one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Datasheet(str):
    """Markdown text that a notebook shows formatted."""

    def _repr_markdown_(self) -> str:
        return str(self)


def folder() -> Path:
    """The folder the tables are read from.

    Raises DataError if ``REALNAME_DATA`` names a folder without a datapackage.json of this course,
    or if no folder is found.

    >>> (folder() / "datapackage.json").is_file()
    True
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not _is_ours(Path(named)):
            raise DataError(
                f"{VARIABLE} names {named!r}, but no datapackage.json of this course is there: "
                f"correct it, or unset {VARIABLE} to use the tables that came with the course."
            )
        return Path(named).resolve()
    for place in (Path.cwd() / "data", _HERE / "_data", _HERE.parents[1] / "data"):
        if _is_ours(place):
            return place
    raise DataError(
        "The course's tables were not found: put the folder `data` beside this notebook, "
        f"or set {VARIABLE} to where it is."
    )


def _is_ours(place: Path) -> bool:
    file = place / "datapackage.json"
    return file.is_file() and _read(file).get("name") == PACKAGE_NAME


def _read(file: Path) -> dict[str, Any]:
    """The package's description, read again only when the file has changed."""
    found = file.stat()
    return _parsed(file, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _parsed(file: Path, changed: int, size: int) -> dict[str, Any]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{file} cannot be read as JSON ({error}): replace it.") from error


def _resources() -> Iterator[dict[str, Any]]:
    yield from _read(folder() / "datapackage.json").get("resources", [])


def names() -> list[str]:
    """Names of all tables, in alphabetical order.

    >>> "reports" in names()
    True
    """
    return sorted(resource["name"] for resource in _resources())


def descriptor(name: str) -> dict[str, Any]:
    """What datapackage.json says about one table (a Frictionless resource, as a dict).

    Raises DataError for an unknown name.

    >>> descriptor("reports")["path"]
    'reports/reports.csv'
    """
    by_name = {resource["name"]: resource for resource in _resources()}
    if name not in by_name:
        near = difflib.get_close_matches(str(name), by_name, n=3, cutoff=0.5) or sorted(by_name)
        raise DataError(f"There is no table named {name!r}. Near: {', '.join(near)}.")
    return copy.deepcopy(by_name[name])


def schema(name: str) -> pd.DataFrame:
    """The columns of a table: one row each with column, type, unit, required, description.

    >>> list(schema("reports")["column"])[0]
    'report'
    """
    rows = [
        {
            "column": field["name"],
            "type": field["type"],
            "unit": field.get("unit", ""),
            "required": bool(field.get("constraints", {}).get("required")),
            "description": field["description"],
        }
        for field in descriptor(name)["schema"]["fields"]
    ]
    return pd.DataFrame(rows)


def load(name: str) -> pd.DataFrame:
    """Read one table with the types its schema gives.

    Text stays text (identifiers such as "000" keep their zeros), full dates become datetime64,
    dates known only to the month or year stay text, and a missing value stays missing.
    ``.attrs`` says where the table comes from: name, title, licence, sources, checked, datasheet.
    Raises DataError for an unknown name, a missing file or a file that does not fit its schema.

    >>> load("reports")["report"].tolist()
    ['000', '001', '002', '003', '004']
    """
    place = folder()
    resource = descriptor(name)
    file = place / resource["path"]
    if not file.is_file():
        raise DataError(f"Table {name!r} should be at {file}, but that file is not there.")
    return _table(name, file, _stamp(file), place, _stamp(place / "datapackage.json")).copy()


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=64)
def _table(
    name: str, file: Path, _file: tuple[int, int], place: Path, _place: tuple[int, int]
) -> pd.DataFrame:
    """The table, read again only when it or its description has changed. Nobody may change it."""
    resource = descriptor(name)
    fields = resource["schema"]["fields"]
    # every cell is first read as text: only the empty cell is missing, "NA" or "000" is a word
    table = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")
    wanted = [field["name"] for field in fields]
    if list(table.columns) != wanted:
        raise DataError(
            f"Table {name!r} at {file} has columns {list(table.columns)}, expected {wanted}: "
            "replace the file by the one that came with the course."
        )
    for field in fields:
        try:
            table[field["name"]] = _typed(table[field["name"]], field)
        except (ValueError, TypeError) as error:
            raise DataError(
                f"Table {name!r} at {file}, column {field['name']!r}: "
                f"{_first_wrong(table[field['name']], field)} is not a {field['type']}. "
                "Replace the file by the one that came with the course."
            ) from error
    table.attrs = {
        "name": name,
        "title": resource["title"],
        "licence": "; ".join(part["title"] for part in resource["licenses"]),
        "sources": "; ".join(
            " ".join(filter(None, (part["title"], part.get("path", ""))))
            for part in resource["sources"]
        ),
        "checked": resource["checked"],
        "datasheet": f"{Path(resource['path']).parent.as_posix()}/datasheet.md#{name}",
    }
    return table


def _typed(column: pd.Series, field: dict[str, Any]) -> pd.Series:
    kind = field["type"]
    complete = not column.isna().any()
    if kind == "date":
        return pd.to_datetime(column, format="%Y-%m-%d")
    if kind == "number":
        return pd.to_numeric(column).astype("float64")
    if kind in ("integer", "year"):
        numbers = pd.to_numeric(column)
        return numbers.astype("int64") if complete else numbers.astype("Int64")
    if kind == "boolean":
        truth = column.map({"true": True, "false": False}, na_action="ignore")
        if truth.isna().sum() != column.isna().sum():
            raise ValueError("only true and false are allowed")
        return truth.astype("bool") if complete else truth.astype("boolean")
    return column


def _first_wrong(column: pd.Series, field: dict[str, Any]) -> str:
    for line, value in enumerate(column, start=2):
        try:
            _typed(pd.Series([value], dtype=column.dtype), field)
        except (ValueError, TypeError):
            return f"line {line}, {value!r},"
    return "the whole column"


def datasheet(name: str) -> Datasheet:
    """The datasheet of one table: its section of data/<topic>/datasheet.md, as markdown.

    >>> datasheet("reports").splitlines()[0]
    '## reports'
    """
    resource = descriptor(name)
    file = folder() / Path(resource["path"]).parent / "datasheet.md"
    if not file.is_file():
        raise DataError(f"The datasheet of {name!r} should be at {file}, but is not there.")
    found: list[str] = []
    inside = False
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            inside = line[3:].strip() == name
        if inside:
            found.append(line)
    if not found:
        raise DataError(f"{file} has no section '## {name}': add one.")
    return Datasheet("\n".join(found).strip() + "\n")


@dataclass(frozen=True)
class Look:
    """A table shown with its whole text, and one line below it that says where it comes from."""

    table: pd.DataFrame
    line: str

    def __repr__(self) -> str:
        with pd.option_context("display.max_colwidth", None, "display.width", None):
            return f"{self.table.to_string(index=False, na_rep='')}\n{self.line}"

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            shown = self.table.to_html(index=False, na_rep="", border=0, justify="left")
        caption = (
            '<caption style="caption-side:bottom;text-align:left">'
            f"{marked_up(self.line)}</caption>"
        )
        styled = shown.replace("<td>", '<td style="text-align:left;white-space:normal">')
        return styled.replace("<thead>", f"{caption}\n<thead>", 1)


def look(table: str | pd.DataFrame, rows: int | None = None) -> Look:
    """Show a table, or the first rows of it, with nothing cut off and its source below.

    Takes the name of a table or a table that was loaded (also some of its rows and columns).
    Raises DataError for an unknown name.

    >>> print(repr(look("conflicts", 1)).splitlines()[-1])
    1 of 9 rows of `conflicts` · licence CC BY 4.0 · checked 2026-11-21
    """
    whole = load(table) if isinstance(table, str) else table
    shown = whole if rows is None else whole.head(rows)
    about = whole.attrs
    line = f"{len(shown)} of {len(whole)} rows"
    if about:
        line += f" of `{about['name']}` · licence {about['licence']} · checked {about['checked']}"
    return Look(shown, line)
