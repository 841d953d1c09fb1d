"""The data package matches the files, and a reader gets tables with types and provenance."""

import frictionless
from support.datapackage import DATA, stale


def test_frictionless_accepts_every_table():
    report = frictionless.Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "fieldName", "rowNumber", "message"])


def test_checksums_and_datasheets_are_in_step():
    assert stale(DATA) == [], "run: python tests/support/datapackage.py"
