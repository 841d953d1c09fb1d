"""Stock nbgrader commands over this course's configuration, with their traps closed."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from invigilator import sampleclass, skeleton
from support import coursework

NAME = coursework.ASSIGNMENT
RIGHT = coursework.RIGHT
TRAPS = {
    "t01-bomb": {**RIGHT, "q2-double": "import os\nos._exit(3)"},
    "t02-script": {**RIGHT, "q3-why": "<script>alert(1)</script><b onclick='x()'>bold</b> text",
                   "q2-double": "from IPython.display import HTML, Javascript, display\n"
                   "display(HTML('<script>alert(2)</script><i>shown</i>'))\n"
                   "display(Javascript('alert(3)'))\n"
                   "def double(x):\n    print('seen', x)\n    return x + x"},
    "t03-huge-credit": {**RIGHT, "q2-double": "class Lie(float):\n"
                        "    def __eq__(self, other):\n        return True\n"
                        "    def __hash__(self):\n        return 0\n"
                        "def double(x):\n    return 2 if x == 1 else Lie(0)"},
}


RESUBMIT = ["s01-correct", "s07-warnings", "s13-extra-cells"]


def marks(folder: Path) -> dict[str, dict[str, tuple[float | None, float | None, int]]]:
    query = """select s.student_id, b.name, g.auto_score, g.manual_score, g.needs_manual_grade
        from grade g join base_cell b on b.id = g.cell_id
        join submitted_notebook n on n.id = g.notebook_id
        join submitted_assignment s on s.id = n.assignment_id"""
    found: dict[str, dict[str, tuple[float | None, float | None, int]]] = {}
    with closing(sqlite3.connect(folder / "gradebook.db")) as book:
        for student, cell, auto, manual, needs in book.execute(query):
            found.setdefault(student, {})[cell] = (auto, manual, needs)
    return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory):
    """A class generated, handed in, autograded, given feedback and exported by stock commands."""
    folder = tmp_path_factory.mktemp("stock") / "course"
    shutil.copytree(coursework.generated(tmp_path_factory), folder)
    recorded = skeleton.recorded(folder, NAME, NAME)
    wrong = sampleclass.wrong_answers(sampleclass.answers_file(folder / "rubrics", NAME))
    samples = sampleclass.build(recorded, wrong)
    sampleclass.hand_in(samples, folder / "submitted", NAME)
    for student, cells in TRAPS.items():
        coursework.submit(folder, student, cells)
    for student in RESUBMIT:
        stamp = folder / "submitted" / student / NAME / "timestamp.txt"
        stamp.write_text("2026-01-15 12:00:00.000000 UTC\n")
    (folder / "submitted" / "t02-script" / NAME / "pandas.py").write_text("raise SystemExit")
    coursework.run(folder, "nbgrader", "autograde", NAME)
    coursework.run(folder, "nbgrader", "generate_feedback", NAME)
    coursework.run(folder, "nbgrader", "export")
    return folder, samples


def test_release_holds_the_notebook_and_its_listed_files_only(graded):
    folder, _ = graded
    release = folder / "release" / NAME
    assert sorted(p.name for p in release.rglob("*")) == ["prices.csv", f"{NAME}.ipynb"]
    text = (release / f"{NAME}.ipynb").read_text()
    assert coursework.SECRET not in text and "HIDDEN" not in text
    assert "0.002" not in text and "names its source" not in text


def test_the_term_is_written_from_one_place(graded):
    folder, _ = graded
    text = (folder / "release" / NAME / f"{NAME}.ipynb").read_text()
    assert 'TERM = \\"autumn\\"' in text and "practice" not in text


def test_every_sample_gets_its_mark(graded):
    folder, samples = graded
    found = marks(folder)
    assert len(samples) >= 16
    for sample in samples:
        got = {cell: found[sample.student][cell][0] for cell in sample.marks}
        assert got == dict(sample.marks), sample.student


def test_every_wrong_answer_is_told_its_own_sentence(graded):
    folder, samples = graded
    for sample in samples:
        page = _page(folder, sample.student)
        for words in sample.says.values():
            assert words in page, sample.student


def test_a_kernel_that_dies_stops_nobody_and_earns_nothing_more(graded):
    folder, _ = graded
    found = marks(folder)
    assert found["t01-bomb"]["q1-price-test"][0] == 2.0
    assert found["t01-bomb"]["q2-double-test"][0] == 0.0
    assert found["t02-script"]["q2-double-test"][0] == 3.0
    assert "ended Python itself" in _page(folder, "t01-bomb")


def test_partial_credit_is_clamped_and_said(graded):
    folder, _ = graded
    assert 0 <= marks(folder)["t03-huge-credit"]["q2-double-test"][0] <= 3


def test_feedback_shows_no_hidden_test_and_runs_nothing(graded):
    folder, samples = graded
    for student in [sample.student for sample in samples] + list(TRAPS):
        page = _page(folder, student)
        assert coursework.SECRET not in page and "HIDDEN TESTS" not in page
        assert "10 / 5000" not in page
        assert not re.search(r"<script|javascript:|onclick|<iframe|<form", page, re.I)
        assert "default-src 'none'" in page
        assert not re.search(r"""(?:src|href)=["'](?!#|data:image/)""", page)


def test_feedback_keeps_what_is_harmless(graded):
    page = _page(graded[0], "t02-script")
    assert "<i>shown</i>" in page and "<b>bold</b>" in page
    assert "seen" not in page.split('name="q2-double-test"')[1]


def test_files_of_the_source_come_by_nbgraders_own_settings(tmp_path):
    folder = coursework.course(tmp_path / "course")
    (folder / "nbgrader_config.py").write_text(
        "from invigilator.adopt import adopt\nc = get_config()\nadopt(c)\n"
        f'c.Autograde.exclude_overwriting = {{"{NAME}": ["helper.py"]}}\n')
    for name in ("data.csv", "helper.py"):
        (folder / "source" / NAME / name).write_text("ours")
    coursework.run(folder, "nbgrader", "generate_assignment", NAME, "--create", "--force")
    given = coursework.submit(folder, "s01", RIGHT).parent
    for name in ("data.csv", "helper.py"):
        (given / name).write_text("theirs")
    coursework.run(folder, "nbgrader", "autograde", NAME)
    marked = folder / "autograded" / "s01" / NAME
    assert [(marked / name).read_text() for name in ("data.csv", "helper.py")] == [
        "ours", "theirs"]


def test_files_beside_a_submission_do_not_travel(graded):
    folder, _ = graded
    assert sorted(p.name for p in (folder / "autograded" / "t02-script" / NAME).iterdir()) == [
        "prices.csv", f"{NAME}.ipynb"]


def test_export_has_a_line_for_everybody(graded):
    folder, samples = graded
    with open(folder / "grades.csv", newline="") as stream:
        rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(stream)}
    assert rows["s01-correct"] == 5.0 and rows["s04-broken-file"] == 0.0
    assert len(rows) == len(samples) + len(TRAPS)


def test_resubmission_replaces_automatic_marks_and_keeps_manual_ones(graded):
    folder, _ = graded
    students = RESUBMIT
    with closing(sqlite3.connect(folder / "gradebook.db")) as book, book:
        book.execute("""update grade set manual_score = 3, extra_credit = 0.5 where cell_id in
            (select id from base_cell where name = 'q3-why') and notebook_id in (select n.id from
            submitted_notebook n join submitted_assignment s on s.id = n.assignment_id
            where s.student_id = 's01-correct')""")
    place = folder / "submitted" / "{}" / NAME / f"{NAME}.ipynb"
    paths = [Path(str(place).format(student)) for student in students]
    kept = [path.read_bytes() for path in paths]
    paths[0].write_bytes(kept[0][:500])
    given = json.loads(kept[1])
    given["cells"] = [c for c in given["cells"] if "test" not in c["id"]
                      and c["id"] not in ("q1-price", "q2-double")]
    paths[1].write_text(json.dumps(given))
    given = json.loads(kept[2])
    for cell in given["cells"]:
        cell["metadata"].get("nbgrader", {})["schema_version"] = 99
    paths[2].write_text(json.dumps(given))
    for path in paths:
        path.with_name("timestamp.txt").write_text("2026-01-16 12:00:00.000000 UTC\n")
    coursework.run(folder, "nbgrader", "autograde", NAME)
    found = marks(folder)
    assert found["s01-correct"]["q1-price-test"][0] == 0.0
    assert found["s01-correct"]["q3-why"][1] == 3.0
    assert found["s07-warnings"]["q1-price-test"][0] == 0.0
    assert found["s07-warnings"]["q2-double-test"][0] == 0.0
    assert found["s13-extra-cells"]["q1-price-test"][0] == 2.0


def test_formgrader_marks_by_hand_and_its_button_grades(graded):
    folder, _ = graded
    with _server(folder) as ask:
        listed = {row["student"]: row for row in ask(f"formgrader/api/submissions/{NAME}")}
        assert listed["s06-renamed"]["needs_manual_grade"] is True
        notebooks = ask(f"formgrader/api/submitted_notebooks/{NAME}/{NAME}")
        mine = next(row for row in notebooks if row["student"] == "t02-script")
        page = ask(f"formgrader/submissions/{mine['id']}/", raw=True)
        assert "<script>alert(1)" not in page and "onclick='x()'" not in page
        assert "<script>alert(2)" not in page and "<i>shown</i>" in page
        grades = ask(f"formgrader/api/grades?submission_id={mine['id']}")
        written = next(row for row in grades if row["name"] == "q3-why")
        ask(f"formgrader/api/grade/{written['id']}",
            {"manual_score": 2.5, "extra_credit": None}, "PUT")
        done = ask(f"formgrader/api/submission/{NAME}/t02-script/autograde", {}, "POST")
        assert done["success"], done
        assert marks(folder)["t02-script"]["q3-why"] == (None, 2.5, 1)
        done = ask(f"formgrader/api/assignment/{NAME}/t02-script/generate_feedback", {}, "POST")
        assert done["success"], done
        assert "Score: 2.50 / 4.00" in _page(folder, "t02-script")


def test_validate_says_which_answer_is_missing(graded):
    folder, _ = graded
    released = folder / "release" / NAME / f"{NAME}.ipynb"
    said = coursework.run(folder, "nbgrader", "validate", str(released)).stdout
    assert "VALIDATION FAILED ON 3 CELL(S)" in said and "Not tried" in said
    noisy = {**RIGHT, "q2-double": "import warnings\ndef double(x):\n"
             "    warnings.warn('slow')\n    return 2 * x"}
    mine = coursework.submit(folder, "v01", noisy)
    said = coursework.run(folder, "nbgrader", "validate", str(mine)).stdout
    shutil.rmtree(folder / "submitted" / "v01")
    assert "Success! Your notebook passes all the tests." in said


def test_a_private_source_and_nbgraders_own_execution(tmp_path):
    """COURSE_SOURCE replaces `source`; the switch "kernel" runs everything in one kernel."""
    folder = coursework.course(tmp_path / "course")
    with open(folder / "nbgrader_config.py", "a") as config:
        config.write('c.Invigilator.engine = "kernel"\n')
    private = tmp_path / "private"
    os.rename(folder / "source", private)
    coursework.run(folder, "nbgrader", "generate_assignment", NAME, "--create", "--force",
                   COURSE_SOURCE=str(private))
    assert (folder / "release" / NAME / f"{NAME}.ipynb").exists()
    assert not (folder / "source").exists()
    coursework.submit(folder, "s01", {**RIGHT, "q1-price": "import sys\nprice = 0.002\n"
                                      "print('w', file=sys.stderr)"}, name="my work")
    coursework.submit(folder, "s02", {**RIGHT, "q2-double": "import os\nos._exit(3)"})
    coursework.run(folder, "nbgrader", "autograde", NAME)
    found = marks(folder)
    assert [found["s01"][cell][0] for cell in ("q1-price-test", "q2-double-test")] == [2.0, 3.0]
    assert [found["s02"][cell][0] for cell in ("q1-price-test", "q2-double-test")] == [2.0, 0.0]


@pytest.mark.parametrize("setting", ["ClearHiddenTests.begin_test_delimeter",
                                     "ClearMarkScheme.end_mark_scheme_delimeter"])
def test_words_of_ones_own_for_what_is_hidden_are_refused(tmp_path, setting):
    folder = coursework.course(tmp_path / "course")
    with open(folder / "nbgrader_config.py", "a") as config:
        config.write(f'c.{setting} = "SECRET PART"\n')
    made = coursework.run(folder, "nbgrader", "generate_assignment", NAME, "--create",
                          check=False)
    assert made.returncode != 0 and f"{setting}: the engine looks for " in made.stderr
    assert not (folder / "release" / NAME).exists()


def _page(folder: Path, student: str) -> str:
    return (folder / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")


class _server:  # noqa: N801 - used as a context
    """A Jupyter server in the course folder, asked through its own addresses."""

    def __init__(self, folder: Path) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder

    def __enter__(self):
        self.log = open(self.folder / "server.log", "w")  # noqa: SIM115 - closed on exit
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root",
             f"--port={self.port}", "--ip=127.0.0.1", "--IdentityProvider.token=t",
             f"--ServerApp.root_dir={self.folder}", "--ServerApp.disable_check_xsrf=True"],
            cwd=self.folder, stdout=self.log, stderr=self.log)
        for _ in range(120):
            try:
                self.ask("formgrader/api/status")
                return self.ask
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.25)
        raise AssertionError((self.folder / "server.log").read_text())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def ask(self, path, body=None, method="GET", raw=False):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "token t", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
        return text if raw else json.loads(text)
