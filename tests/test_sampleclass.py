"""The sample class: complete, honest about its marks, and free of names."""

from __future__ import annotations

import json
import re

import pytest
from invigilator import identity, sampleclass, skeleton, submission
from invigilator.alone import from_source
from invigilator.sampleclass import AnswersError, Wrong
from support import coursework

NAME = coursework.ASSIGNMENT


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = coursework.course(tmp_path_factory.mktemp("class"))
    return from_source(folder / "source" / NAME / f"{NAME}.ipynb")


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    path = tmp_path_factory.mktemp("rubrics") / "ps00-answers.yml"
    path.write_text(coursework.ANSWERS)
    return sampleclass.wrong_answers(path)


def test_at_least_sixteen_of_every_kind(recorded, wrong):
    made = sampleclass.build(recorded, wrong)
    about = [sample.about for sample in made]
    assert len(made) >= 16 and len(set(about)) == len(about)
    for kind in ("correct", "untouched", "half-done", "broken-file", "renamed", "warnings", "input",
                 "older-format", "retyped-answer", "missing-ids", "extra-cells", "double-test",
                 "wrong-1", "wrong-2"):
        assert kind in about


def test_without_listed_wrong_answers_it_is_still_a_class(recorded):
    assert len(sampleclass.build(recorded, {})) >= 16


def test_students_are_tokens_not_people(recorded, wrong):
    for sample in sampleclass.build(recorded, wrong):
        assert re.fullmatch(r"s\d\d-[a-z-]+(?:-\d)?", sample.student)
        if sample.about not in ("broken-file", "empty-file", "other-id", "unknown-id"):
            assert sample.student.encode() in sample.data


def test_every_listed_wrong_answer_is_handed_in_once(recorded, wrong):
    data = [json.loads(sample.data) for sample in sampleclass.build(recorded, wrong)
            if sample.about.startswith("wrong")]
    for cell, listed in wrong.items():
        given = [place["source"] for nb in data for place in nb["cells"] if place["id"] == cell]
        for one in listed:
            assert given.count(one.answer) == 1


def test_the_same_class_every_time(recorded, wrong):
    assert sampleclass.build(recorded, wrong) == sampleclass.build(recorded, wrong)


def test_no_submission_carries_a_hidden_test_or_a_marker(recorded, wrong):
    for sample in sampleclass.build(recorded, wrong):
        assert coursework.SECRET.encode() not in sample.data
        assert b"BEGIN SOLUTION" not in sample.data


def test_a_list_that_names_no_answer_cell_is_one_line(recorded, tmp_path):
    with pytest.raises(AnswersError, match="q9-nothing"):
        sampleclass.build(recorded, {"q9-nothing": [Wrong("x", "y")]})
    bad = tmp_path / "ps00-answers.yml"
    bad.write_text("q1-price:\n  - answer: x\n")
    with pytest.raises(AnswersError, match="ps00-answers.yml"):
        sampleclass.wrong_answers(bad)


# What merging does with hand-ins -------------------------------------------------------


def merged(recorded, notebook):
    return submission.merge(submission.read_bytes(json.dumps(notebook).encode()), recorded)


def test_merging_takes_answers_and_extras_and_nothing_else(recorded):
    given = sampleclass.notebook_of(recorded)
    for cell in given["cells"]:
        if cell["id"].endswith("test") or cell["id"] == "setup":
            cell["source"] = "import os; os._exit(0)"
            cell["metadata"]["nbgrader"]["points"] = 99
    given["cells"].insert(3, {"cell_type": "code", "id": "mine", "metadata": {}, "source": "y = 2"})
    places = merged(recorded, given)
    assert [place["source"] for place in places if place["role"] == "extra"] == ["y = 2"]
    assert "_exit" not in json.dumps(places)
    assert [place["id"] for place in places if place["role"] != "extra"] == [
        cell.id for cell in recorded.cells]


def test_of_several_copies_the_last_answer_counts_and_the_others_run_before(recorded):
    given = sampleclass.notebook_of(recorded)
    at = next(n for n, cell in enumerate(given["cells"]) if cell["id"] == "q1-price")
    copy = {**given["cells"][at], "id": "copy", "source": "first = 1"}
    given["cells"].insert(at, copy)
    places = merged(recorded, given)
    sources = [place["source"] for place in places]
    assert sources.index("first = 1") < sources.index(given["cells"][at + 1]["source"])
    assert [place["role"] for place in places if place["source"] == "first = 1"] == ["extra"]


def test_a_missing_answer_is_not_replaced_by_something_that_runs(recorded):
    given = sampleclass.notebook_of(recorded)
    given["cells"] = [cell for cell in given["cells"] if cell["id"] != "q1-price"]
    place = next(p for p in merged(recorded, given) if p["id"] == "q1-price")
    assert place["source"] == submission.MISSING


def test_an_old_notebook_is_converted_without_its_outputs_and_only_if_it_is_small(monkeypatch):
    def old(count):
        cell = {"cell_type": "code", "input": ["a = 1\n", "b"], "outputs": [{"text": "o" * 99}],
                "metadata": {"nbgrader": {"grade_id": "q"}}}
        head = {"cell_type": "heading", "level": 2, "source": "Head", "metadata": {}}
        return json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [
            {"cells": [cell, head]}, {"cells": [head] * (count - 2)}]}).encode()

    found = submission.read_bytes(old(5))
    assert [(c.cell_type, c.source, c.grade_id) for c in found.cells[:2]] == [
        ("code", "a = 1\nb", "q"), ("markdown", "## Head", None)] and len(found.cells) == 5
    given = []
    monkeypatch.setattr(submission.nbformat, "reads", lambda text, **_: given.append(text))
    assert "more than 1000 cells" in submission.read_bytes(old(1001)).problem and not given
    submission.read_bytes(old(5))
    assert given and "ooo" not in given[0]


def test_whose_notebook_it_is_is_read_in_small_cells_only():
    def cell(source):
        return {"role": "extra", "cell_type": "code", "source": source}

    mine, long = cell("STUDENT_ID = 'ada'"), cell("STUDENT_ID = 'bob'\n" + "a;" * 30_000)
    assert identity.typed([mine, long]) == "ada" and identity.typed([long]) is None
    some = [cell(f"STUDENT_ID = 's{n}'\n" + "a = 1\n" * 1500) for n in range(9)]
    assert identity.typed(some) == "s4", "five of ten thousand signs are within the budget"


@pytest.mark.parametrize("data", [
    b"", b"[]", b"null", b"{}", b'{"cells": 5}', b'{"cells": [5, null, {}]}', b"\xff\xfe",
    b'{"cells": [{"cell_type": 5, "source": {"a": 1}, "metadata": []}]}', b"[" * 100_000,
    b'{"cells": ' + b"[" * 100_000, b'{"nbformat": 3, "worksheets": [{"cells": [1]}]}',
    b'{"nbformat": 3, "worksheets": []}', b'{"nbformat": "x", "cells": []}',
    json.dumps({"cells": [{"cell_type": "code", "source": "x"}] * 1001}).encode(),
    json.dumps({"cells": [{"cell_type": "code", "source": "x" * 600_000}]}).encode(),
    b'{"cells": [' + b"{}," * 3_000_000 + b"{}]}", b'{"cells": [1e999, ' + b"9" * 5000 + b"]}",
    b"\x00" * 5000, b'{"cells": [{"source": "\\ud800", "cell_type": "code"}]}',
])
def test_reading_never_raises(recorded, data):
    found = submission.read_bytes(data)
    assert found.readable or found.problem.endswith(".")
    places = submission.merge(found, recorded)
    ids = [place["id"] for place in places]
    assert len(ids) == len(set(ids)) >= len(recorded.cells)
    json.dumps(submission.assemble(places, recorded)).encode()


def test_encodings_of_honest_files(recorded):
    text = json.dumps(sampleclass.notebook_of(recorded))
    for data in (text.encode("utf-8-sig"), text.encode("utf-16"),
                 text.replace("\\n", "\\r\\n").encode()):
        found = submission.read_bytes(data)
        assert found.readable
        assert submission.merge(found, recorded) == merged(recorded, json.loads(text))


def test_skeleton_survives_its_file(recorded, tmp_path):
    skeleton.record(tmp_path, recorded)
    assert skeleton.recorded(tmp_path, recorded.assignment, recorded.notebook) == recorded
    path = skeleton.folder(tmp_path, recorded.assignment) / f"{recorded.notebook}.skeleton.json"
    path.write_text(path.read_text()[:100])
    with pytest.raises(skeleton.SkeletonError, match="generate again"):
        skeleton.recorded(tmp_path, recorded.assignment, recorded.notebook)
