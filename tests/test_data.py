"""The data package matches the files, and a reader gets tables with types and provenance."""

import doctest
import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import frictionless
import pandas as pd
import pytest
from realname import data, reports
from support.datapackage import DATA, refresh, stale

PACKAGE = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the data folder that a test may damage; the loader reads from it."""
    folder = tmp_path / "tables"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("fulltext"))
    monkeypatch.setenv(data.VARIABLE, str(folder))
    return folder


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A package of one table, written by the test: returns a function (fields, lines) -> None."""
    folder = tmp_path / "small"
    folder.mkdir()
    monkeypatch.setenv(data.VARIABLE, str(folder))

    def write(fields, lines):
        shape = {k: v for k, v in PACKAGE["resources"][0].items() if k != "schema"}
        table = shape | {"name": "made", "path": "made.csv", "schema": {"fields": fields}}
        package = {"name": data.PACKAGE_NAME, "resources": [table]}
        (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
        (folder / "made.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    return write


# ---- the package --------------------------------------------------------------------------------
def test_frictionless_accepts_every_table():
    report = frictionless.Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "fieldName", "rowNumber", "message"])


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("reports/conflict_answers.csv", "k9,004", "k7,009"),  # no such report
        ("reports/claims.csv", ",contradicted,", ",refuted,"),  # not one of the listed values
        ("reports/face_prices.csv", ",lot,5000,", ",lot,many,"),  # not a number
    ],
)
def test_frictionless_would_see_a_wrong_value(copy, table, old, new):
    file = copy / table
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    refresh(copy)  # so that it is the value that is wrong, not the checksum
    assert not frictionless.Package(str(copy / "datapackage.json")).validate().valid


def test_a_changed_table_shows_by_its_checksum_until_refreshed(copy):
    file = copy / "reports" / "conflicts.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("the park", "the zoo"), newline="\n")
    assert not frictionless.Package(str(copy / "datapackage.json")).validate().valid
    assert set(stale(copy)) == {"datapackage.json", "reports/datasheet.md"}
    refresh(copy)
    assert stale(copy) == []
    assert frictionless.Package(str(copy / "datapackage.json")).validate().valid


def test_checksums_and_datasheets_are_in_step():
    assert stale(DATA) == [], "run: python tests/support/datapackage.py"


def test_every_table_file_is_described_and_every_described_file_is_there():
    described = {resource["path"] for resource in PACKAGE["resources"]}
    present = {file.relative_to(DATA).as_posix() for file in DATA.rglob("*.csv")}
    assert described == present


@pytest.mark.parametrize("resource", PACKAGE["resources"], ids=lambda r: r["name"])
def test_every_table_has_what_its_reader_needs(resource):
    for key in ("title", "description", "licenses", "sources", "checked", "hash", "bytes"):
        assert resource.get(key), f"{resource['name']}: say its {key} in datapackage.json"
    for field in resource["schema"]["fields"]:
        assert field.get("description"), f"{resource['name']}.{field['name']}: say what it holds"
    sheet = data.datasheet(resource["name"]).lower()
    for words in ("known bias", "improper use", "licence", "source", "checked", "checksum"):
        assert words in sheet, f"{resource['name']}: say its {words} in the datasheet"


# ---- loading ------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [resource["name"] for resource in PACKAGE["resources"]])
def test_every_table_loads_with_types_and_provenance(name):
    table = data.load(name)
    resource = data.descriptor(name)
    assert len(table) == resource["rows"] > 0
    assert table.attrs["name"] == name
    assert table.attrs["licence"]
    assert table.attrs["sources"]
    assert (DATA / table.attrs["datasheet"].split("#")[0]).is_file()
    kinds = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    for column in table:
        if kinds[column] in ("integer", "year", "number"):
            assert pd.api.types.is_numeric_dtype(table[column])
        elif kinds[column] == "boolean":
            assert pd.api.types.is_bool_dtype(table[column])
        elif kinds[column] == "date":
            assert pd.api.types.is_datetime64_any_dtype(table[column])
        else:
            assert pd.api.types.is_string_dtype(table[column].dropna())


def test_values_come_as_the_schema_says(small):
    small(
        [
            {"name": "code", "type": "string"},
            {"name": "day", "type": "date"},
            {"name": "part", "type": "string"},
            {"name": "count", "type": "integer"},
            {"name": "sure", "type": "boolean"},
            {"name": "share", "type": "number"},
        ],
        ["code,day,part,count,sure,share", "007,2019-12-01,2019-12,5,true,0.5", "NA,,,,,"],
    )
    table = data.load("made")
    assert table["code"].tolist() == ["007", "NA"]  # zeros kept, NA is a word
    assert table["day"].iloc[0] == pd.Timestamp(2019, 12, 1)
    assert table["part"].iloc[0] == "2019-12"
    assert table["count"].iloc[0] == 5
    assert table["count"].dtype == "Int64"
    assert bool(table["sure"].iloc[0]) is True
    assert table["sure"].dtype == "boolean"
    assert table.iloc[1].drop("code").isna().all()


def test_a_table_is_the_readers_own():
    first = data.load("claims")
    first.loc[0, "verdict"] = "changed"
    assert data.load("claims").loc[0, "verdict"] != "changed"


def test_schema_lists_the_columns_in_order():
    assert data.schema("conflicts")["column"].tolist() == list(data.load("conflicts").columns)
    units = data.schema("face_prices").set_index("column")["unit"]
    assert units["yuan"] == "yuan (CNY)"


def test_a_datasheet_is_one_section_and_shows_as_markdown():
    sheet = data.datasheet("claims")
    assert sheet._repr_markdown_() == sheet
    assert sheet.count("\n## ") == 0
    assert sheet.startswith("## claims\n")


def test_a_look_cuts_nothing_off_and_says_where_the_table_is_from():
    table = data.load("passages")[["passage", "paraphrase"]]
    longest = max(table["paraphrase"], key=len)
    look = data.look(table)
    for shown in (repr(look), html.unescape(look._repr_html_())):
        assert longest in shown
        assert "84 of 84 rows of passages · licence CC BY 4.0" in re.sub("`|</?code>", "", shown)
    assert "2 of 84 rows" in repr(data.look("passages", 2))


def test_a_look_shows_markup_as_text():
    look = data.look(pd.DataFrame({"a": ["<script>alert(1)</script>"]}))
    assert "<script>" not in look._repr_html_()


# ---- where the tables are looked for ------------------------------------------------------------
def marked(folder: Path, mark: str) -> Path:
    """A copy of the data folder whose tables can be told apart."""
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("fulltext"))
    file = folder / "reports" / "conflicts.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("Where is the park?", mark))
    return folder


def asked(where: Path, code: Path, **environment: str) -> str:
    """The first question of the table conflicts, as a fresh Python in a folder reads it."""
    script = "from realname import data; print(data.load('conflicts').loc[0, 'question'])"
    clean = {k: v for k, v in os.environ.items() if k not in (data.VARIABLE, "PYTHONPATH")}
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=where,
        env=clean | {"PYTHONPATH": str(code)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return result.stdout.strip()


def test_loader_order(tmp_path):
    source = Path(data.__file__).parent
    installed = tmp_path / "site"
    (installed / "realname").mkdir(parents=True)
    for name in ("__init__.py", "data.py", "markup.py"):
        shutil.copy(source / name, installed / "realname")
    marked(installed / "realname" / "_data", "wheel")
    notebook = tmp_path / "notebook"
    empty = tmp_path / "empty"
    empty.mkdir()
    marked(notebook / "data", "beside")
    named = marked(tmp_path / "named", "variable")
    assert asked(notebook, installed, **{data.VARIABLE: str(named)}) == "variable"
    assert asked(notebook, installed) == "beside"
    assert asked(empty, installed) == "wheel"
    assert asked(empty, source.parent) == "Where is the park?"  # the repository's own


def test_a_folder_data_that_is_not_ours_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.delenv(data.VARIABLE, raising=False)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datapackage.json").write_text('{"name": "weather"}')
    monkeypatch.chdir(tmp_path)
    assert data.folder() == DATA


def test_the_examples_in_the_docstrings_hold(monkeypatch):
    monkeypatch.delenv(data.VARIABLE, raising=False)
    for module in (data, reports):
        result = doctest.testmod(module)
        assert result.attempted > 5
        assert result.failed == 0


# ---- messages -----------------------------------------------------------------------------------
def message(call, *arguments) -> str:
    with pytest.raises(data.DataError) as caught:
        call(*arguments)
    said = str(caught.value)
    assert "\n" not in said
    assert caught.value._render_traceback_() == [said]
    return said


def test_unknown_table_names_near_ones():
    assert "conflicts" in message(data.load, "conflict")
    assert "conflicts" in message(data.datasheet, "conflict")


def test_a_bad_folder_in_the_variable_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    said = message(data.load, "claims")
    assert str(tmp_path) in said
    assert data.VARIABLE in said


def test_a_missing_table_is_said(copy):
    (copy / "reports" / "claims.csv").unlink()
    assert "claims.csv" in message(data.load, "claims")


def test_a_broken_package_is_said(copy):
    (copy / "datapackage.json").write_text("{")
    assert "datapackage.json" in message(data.load, "claims")


def test_renamed_columns_are_said(copy):
    file = copy / "reports" / "conflicts.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("question", "asked", 1))
    assert "asked" in message(data.load, "conflicts")


@pytest.mark.parametrize(("kind", "value"), [("integer", "many"), ("boolean", "yes"),
                                             ("date", "2019-12"), ("number", "a lot")])  # fmt: skip
def test_a_value_of_the_wrong_type_is_said(small, kind, value):
    small([{"name": "it", "type": kind}], ["it", value])
    said = message(data.load, "made")
    assert "'it'" in said
    assert f"line 2, {value!r}" in said


def test_a_loaded_table_is_the_readers_own() -> None:
    first = data.load("reports")
    first.loc[0, "report"] = "changed"
    first.attrs["title"] = "changed"
    again = data.load("reports")
    assert again.loc[0, "report"] == "000"
    assert again.attrs["title"] != "changed"
