"""The command line: what people type, what they read, what a machine reads."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from invigilator import alone, cli, report, sampleclass
from invigilator.records import Record
from support import coursework

NAME = coursework.ASSIGNMENT
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"),
                           reason="marking a class needs Linux")


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    return coursework.generated(tmp_path_factory)


@pytest.fixture
def folder(pattern, tmp_path, monkeypatch):
    made = tmp_path / "course"
    shutil.copytree(pattern, made)
    monkeypatch.chdir(made)
    return made


def run(*words: str) -> int:
    return cli.main([str(word) for word in words])


@LINUX
def test_a_class_from_collection_to_table(folder, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")  # the table cuts its reasons to the screen
    assert run("sample-class", NAME, "--into", "incoming") == 0
    assert run("collect", NAME, "incoming") == 0
    said = capsys.readouterr().out
    assert "s01-correct: taken, received" in said and "0 refusals" in said
    assert run("autograde", NAME, "--workers", 2, "--report", "report.json") == 0
    said = capsys.readouterr().out
    assert "s01-correct: 5 of 5 automatic points" in said
    assert "s04-broken-file: 0 of 5 automatic points, unreadable" in said
    assert "21 submissions: 19 graded, 2 unreadable" in said
    found = json.loads(Path("report.json").read_text())
    first = found["submissions"][0]
    assert (first["student"], first["score"], first["status"]) == ("s01-correct", 5.0, "graded")
    assert any("Landlock" in layer for layer in found["layers"])
    assert coursework.SECRET not in json.dumps(found)
    assert run("autograde", NAME) == 0
    assert "0 marked now" in capsys.readouterr().out
    assert run("grade-table", NAME) == 0
    said = capsys.readouterr().out
    assert "ten yuan bought the whole lot" in said and "a person marks this" in said
    assert run("feedback", NAME, "--student", "s01-correct") == 0
    assert "1 pages" in capsys.readouterr().out


@LINUX
def test_one_student_and_new_seed(folder, capsys):
    run("sample-class", NAME)
    assert run("autograde", NAME, "--student", "s01-correct", "--no-feedback") == 0
    assert not (folder / "feedback").exists()
    seed = (folder / ".invigilator" / NAME / "seed.json").read_text()
    assert run("autograde", NAME, "--student", "s01-correct", "--new-seed") == 0
    assert (folder / ".invigilator" / NAME / "seed.json").read_text() != seed
    assert "1 marked now" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "sentence"), [
    (["autograde", "ps99"], "no recorded version to mark against"),
    (["autograde", NAME], "nobody has handed in anything"),
    (["autograde", NAME, "--limits", "{"], "--limits: write JSON"),
    (["autograde", NAME, "--limits", '{"minutes": 3}'], "unknown limits: minutes"),
    (["feedback", NAME, "--student", "s99"], "not in the gradebook"),
    (["grade-table", NAME], "nothing is marked yet"),
    (["collect", NAME, "incoming", "--received", "yesterday"], "no time with a zone"),
    (["collect", NAME, "incoming", "--pattern", "("], "not a regular expression"),
    (["collect", "ps99", "incoming"], "no recorded version"),
    (["autograde", NAME, "--course", "/nowhere"], "no nbgrader_config.py"),
    (["mark", "nothing.ipynb"], "nothing.ipynb: there is no such file"),
])
def test_every_failure_is_one_line(folder, capsys, words, sentence):
    assert run(*words) == cli.BROKEN
    told = capsys.readouterr()
    said = told.err
    assert sentence in said and said.count("\n") == 1 and said.startswith("invigilator: ")
    assert not told.out, "it began what it then refused"


def test_refusals_make_the_exit_code_say_so(folder, capsys):
    (folder / "incoming" / "s01").mkdir(parents=True)
    assert run("collect", NAME, "incoming") == cli.BROKEN
    (folder / "incoming" / "s01" / "x.txt").write_text("x")
    assert run("collect", NAME, "incoming") == cli.BROKEN
    assert "REFUSED incoming/s01: holds no notebook" in capsys.readouterr().out


@LINUX
def test_a_disk_error_is_one_line(folder, capsys, monkeypatch):
    run("sample-class", NAME)
    monkeypatch.setattr("invigilator.shelf.os.rename", _raise(OSError(5, "Input/output error")))
    assert run("autograde", NAME) == cli.BROKEN
    assert "Input/output error" in capsys.readouterr().err


def _raise(error):
    def raiser(*_, **__):
        raise error
    return raiser


def test_somebody_alone_marks_against_the_course(folder, capsys):
    path = coursework.submit(folder, "me", coursework.RIGHT)
    mine = folder / "my-work.ipynb"
    shutil.copy(path, mine)
    assert run("mark", mine, "--page") == 0
    said = capsys.readouterr().out
    assert "5 of 5 automatic points, by the recorded version" in said
    assert "a person marks this" in said
    page = (folder / "my-work.feedback.html").read_text()
    assert "Score: 5.00 / 5.00" in page and coursework.SECRET not in page


def test_somebody_alone_without_the_course_gets_the_visible_checks(folder, tmp_path, capsys,
                                                                   monkeypatch):
    path = coursework.submit(folder, "me", {**coursework.RIGHT, "q1-price": "price = 10.0"})
    away = tmp_path / "away"
    away.mkdir()
    shutil.copy(path, away / "mine.ipynb")
    monkeypatch.setattr(alone, "near", lambda _: [])
    assert run("mark", away / "mine.ipynb") == 0
    said = capsys.readouterr().out
    assert "by the checks that stand in the notebook itself" in said and "q1-price-test" in said


def test_somebody_alone_whose_notebook_ends_python(folder, capsys):
    path = coursework.submit(folder, "me", {**coursework.RIGHT, "q2-double": "import os\n"
                                            "os._exit(1)"})
    assert run("mark", path) == cli.BROKEN
    said = capsys.readouterr().out
    assert "2 of 5 automatic points" in said and "ended Python itself" in said


@LINUX
def test_doctor_names_the_real_layers(folder, capsys):
    run("doctor", "--json")
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert "Landlock" in found["sandbox without namespaces"]["words"]
    assert "0 not tamper-proof" in found[f"assignment {NAME}"]["words"]
    assert found["term.key"]["repair"]
    key = folder / "term.key"
    key.write_bytes(os.urandom(32))
    key.chmod(0o644)
    assert run("doctor", "--json") == cli.BROKEN
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["term.key"]["repair"].startswith("chmod 600")


@LINUX
def test_demo_touches_nothing_of_the_teachers(folder, capsys):
    before = (folder / "gradebook.db").read_bytes()
    assert run("demo", "--into", "sample-class") == 0
    said = capsys.readouterr().out
    assert re.search(r"21 submissions, \d+ automatic cells, 0 with another mark", said)
    found = json.loads((folder / "sample-class" / "measured.json").read_text())
    assert found[NAME]["other_mark"] == 0 and found[NAME]["automatic_cells"] == 40
    assert (folder / "gradebook.db").read_bytes() == before
    assert not (folder / "submitted").exists() and not (folder / "autograded").exists()
    assert (folder / "sample-class" / "grades.csv").read_text().count("s01-correct") == 1
    (folder / "precious").mkdir()
    (folder / "precious" / "thesis.txt").write_text("mine")
    kept = (folder / "sample-class" / "grades.csv").read_bytes()
    assert run("demo", "ps99", "--into", "sample-class") == cli.BROKEN
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert "No problem set is called ps99. There are: " in said and NAME in said
    assert (folder / "sample-class" / "grades.csv").read_bytes() == kept
    assert run("demo", "--into", "precious") == cli.BROKEN
    assert (folder / "precious" / "thesis.txt").exists()


def test_the_table_fits_the_screen_and_names_each_student_once():
    record = Record("s01", "", "graded", "", {"ps": {"status": "graded", "automatic": {}, "cells": {
        f"q{n}-test": {"score": 1.0, "max": 2.0, "outcome": "not yet", "message": "x" * 300,
                       "mode": "legacy" if n else "split"} for n in range(3)}}})
    shown = report.table(report.rows([record]), 80)
    assert shown.count("s01") == 1 and max(map(len, shown.splitlines())) <= 80
    assert report.rows([record])[1][3].endswith("[not tamper-proof]")


def test_the_table_says_what_is_missing_of_partial_credit():
    record = Record("s01", "", "graded", "", {"ps": {"status": "graded", "automatic": {}, "cells": {
        "q1-test": {"score": 1.0, "max": 2.0, "outcome": "not yet", "mode": "split",
                    "message": "Not yet: the edge."}}}})
    assert report.rows([record]) == [
        ("s01", "q1-test", "1 / 2", "partly done: Not yet: the edge.")]


def test_samples_of_any_assignment_can_be_written(folder):
    assert run("sample-class", NAME, "--into", "there") == 0
    assert len(list(Path("there").glob(f"*/{NAME}/*.ipynb"))) >= 16
    assert sampleclass.answers_file(Path("r"), NAME).name == "ps00-answers.yml"
