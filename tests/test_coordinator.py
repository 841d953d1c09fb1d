"""The coordinator: nothing lost, nothing twice, one clear line when something is in the way."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from invigilator import coordinator, engine, records, sampleclass, skeleton, statuses
from invigilator import course as courses
from invigilator.course import CourseError
from invigilator.gradebook import Book, GradebookError
from invigilator.skeleton import SkeletonError
from invigilator.switches import Invigilator
from support import coursework
from support.plainmarker import PlainMarker

NAME = coursework.ASSIGNMENT


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    """A generated course with its class handed in, to be copied by each test."""
    folder = tmp_path_factory.mktemp("pattern") / "course"
    shutil.copytree(coursework.generated(tmp_path_factory), folder)
    wrong = sampleclass.wrong_answers(sampleclass.answers_file(folder / "rubrics", NAME))
    samples = sampleclass.build(skeleton.recorded(folder, NAME, NAME), wrong)
    sampleclass.hand_in(samples, folder / "submitted", NAME)
    return folder, samples


@pytest.fixture
def course(pattern, tmp_path):
    folder = tmp_path / "course"
    shutil.copytree(pattern[0], folder)
    return courses.find(folder)


def grade(course, *, students=None, force=False, make=PlainMarker, **options):
    return coordinator.Coordinator(course, NAME, make, **options).run(students, force=force)


def book_of(folder: Path) -> list[tuple]:
    """The gradebook without its random keys, in a fixed order."""
    query = """select s.student_id, c.name, g.auto_score, g.manual_score, g.extra_credit,
        g.needs_manual_grade, s.timestamp from grade g join base_cell c on c.id = g.cell_id
        join submitted_notebook n on n.id = g.notebook_id
        join submitted_assignment s on s.id = n.assignment_id
        union all select s.student_id, c.name, c.type, m.auto_comment, m.manual_comment, 0, 0
        from comment m join base_cell c on c.id = m.cell_id
        join submitted_notebook n on n.id = m.notebook_id
        join submitted_assignment s on s.id = n.assignment_id"""
    with closing(sqlite3.connect(folder / "gradebook.db")) as book:
        assert book.execute("pragma integrity_check").fetchone() == ("ok",)
        return sorted(book.execute(query).fetchall(), key=repr)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file that marking writes; memory addresses in reprs are not part of a mark."""
    address = re.compile(rb"0x[0-9a-f]{6,}")
    return {str(path.relative_to(folder)): address.sub(b"0x", path.read_bytes())
            for step in ("autograded", "feedback") for path in (folder / step).rglob("*")
            if path.is_file()}


def change(folder: Path, statement: str, *values) -> None:
    with closing(sqlite3.connect(folder / "gradebook.db")) as book, book:
        book.execute(statement, values)


def test_everybody_gets_a_row_a_notebook_and_a_page(course, pattern):
    done = grade(course, workers=2)
    assert done.marked == len(pattern[1]) and done.kept == 0
    students = {sample.student for sample in pattern[1]}
    assert {row[0] for row in book_of(course.root)} == students
    assert {path.split("/")[1] for path in files_of(course.root)} == students
    by_student = {record.student: record for record in done.records}
    for sample in pattern[1]:
        assert by_student[sample.student].status == sample.status


def test_running_again_does_nothing_and_force_marks_again(course):
    grade(course)
    before = book_of(course.root), files_of(course.root)
    assert grade(course).marked == 0
    assert grade(course, force=True).kept == 0
    assert (book_of(course.root), files_of(course.root)) == before


def test_what_changed_is_marked_again_and_nothing_else(course):
    grade(course)
    coursework.submit(course.root, "s02-untouched", coursework.RIGHT)
    (course.root / "autograded" / "s03-half-done" / NAME / f"{NAME}.ipynb").unlink()
    change(course.root, "update grade set auto_score = 99 where notebook_id in (select n.id from "
           "submitted_notebook n join submitted_assignment s on s.id = n.assignment_id where "
           "s.student_id = 's17-edited-tests')")
    before = {record.student: record.key for record in records.every(course.root, NAME)}
    done = grade(course)
    assert done.marked == 3
    keys = {record.student: record.key for record in done.records}
    assert {student for student in keys if keys[student] != before[student]} == {"s02-untouched"}
    assert max(row[2] for row in book_of(course.root) if isinstance(row[2], float)) <= 3.0


def test_manual_marks_comments_and_extra_credit_stay(course):
    grade(course)
    change(course.root, "update grade set manual_score = 2.5, extra_credit = 1 where cell_id in "
           "(select id from base_cell where name = 'q3-why')")
    change(course.root, "update comment set manual_comment = 'well argued' where cell_id in "
           "(select id from base_cell where name = 'q3-why')")
    place = course.root / "submitted" / "s01-correct" / NAME / f"{NAME}.ipynb"
    place.write_bytes(b"{ broken")
    grade(course, students=["s01-correct"])
    rows = {row[1]: row for row in book_of(course.root)
            if row[0] == "s01-correct" and isinstance(row[2], float | None)}
    assert rows["q1-price-test"][2] == 0.0 and rows["q2-double-test"][2] == 0.0
    assert rows["q3-why"][3:6] == (2.5, 1.0, 1)
    page = (course.root / "feedback" / "s01-correct" / NAME / f"{NAME}.html").read_text()
    assert "well argued" in page and "3.50 / 9.00" in page and "damaged" in page


def test_a_marker_that_breaks_twice_is_an_internal_error_and_stops_nobody(course):
    class Broken(PlainMarker):
        def mark(self, merged, student=""):
            if student == "s01-correct":
                raise RuntimeError("the examiner is gone")
            return super().mark(merged, student)

    done = grade(course, make=Broken, workers=2)
    status = {record.student: record.status for record in done.records}
    assert status["s01-correct"] == statuses.INTERNAL
    assert status["s06-renamed"] == statuses.GRADED
    row = next(row for row in book_of(course.root) if row[:2] == ("s01-correct", "q1-price-test"))
    assert row[2] == 0.0 and row[5] == 1
    assert grade(course).marked == 1


def test_a_marker_that_breaks_once_is_replaced(course):
    class Once(PlainMarker):
        broken = False

        def mark(self, merged, student=""):
            if not Once.broken:
                Once.broken = True
                raise BrokenPipeError
            return super().mark(merged, student)

    done = grade(course, make=Once)
    assert {record.status for record in done.records} == {statuses.GRADED, statuses.UNREADABLE}


def test_another_students_id_is_flagged(course):
    grade(course)
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        flagged = {row[0] for row in book.execute(
            "select s.student_id from submitted_notebook n join submitted_assignment s "
            "on s.id = n.assignment_id where n.flagged")}
    assert flagged == {"s18-other-id", "s19-unknown-id"}


def test_late_work_gets_the_courses_penalty(course):
    class Plugin:
        def late_submission_penalty(self, student, score, seconds):
            return seconds / 3600

    change(course.root, "update assignment set duedate = '2026-01-15 12:00:00'")
    stamp = course.root / "submitted" / "s01-correct" / NAME / "timestamp.txt"
    stamp.write_text("2026-01-15 15:00:00 +0100\n")
    grade(course, students=["s01-correct"], late_plugin=Plugin())
    page = (course.root / "feedback" / "s01-correct" / NAME / f"{NAME}.html").read_text()
    assert "Late submission penalty (Score: -2.00)" in page and "(Score: 3.00 / 9.00)" in page


def test_missing_reference_is_one_line(course):
    shutil.rmtree(course.root / ".invigilator")
    with pytest.raises(SkeletonError, match="generate_assignment"):
        grade(course)
    with pytest.raises(SkeletonError):
        coordinator.Coordinator(course, "ps99", PlainMarker)


def test_unknown_student_and_empty_class_are_one_line(course):
    with pytest.raises(CourseError, match="s99 has handed in nothing"):
        grade(course, students=["s99"])
    shutil.rmtree(course.root / "submitted")
    with pytest.raises(CourseError, match="collect first"):
        grade(course)


def test_a_read_only_gradebook_is_one_line_and_nothing_changes(course):
    url = f"sqlite:///file:{course.root}/gradebook.db?mode=ro&uri=true"
    with pytest.raises(GradebookError, match="make it writable"), \
            Book(url, course.course_id, NAME) as book:
        book.check_writable()


def test_a_locked_gradebook_is_one_line_and_the_rerun_finishes(course, monkeypatch):
    monkeypatch.setattr("invigilator.gradebook.WAIT", 0.2)
    with closing(sqlite3.connect(course.root / "gradebook.db")) as other:
        other.execute("begin exclusive")
        with pytest.raises(GradebookError, match="close the other program"):
            grade(course)
    assert not files_of(course.root)
    assert grade(course).marked > 16


def test_a_full_disk_is_one_line_and_the_rerun_finishes(course, monkeypatch):
    count = 0
    real = open

    def full(path, mode="r", *more, **options):
        nonlocal count
        if "w" in mode and ".new" in str(path):
            count += 1
            if count > 5:
                raise OSError(28, "No space left on device", str(path))
        return real(path, mode, *more, **options)

    monkeypatch.setattr("builtins.open", full)
    with pytest.raises(CourseError, match="No space left on device"):
        grade(course)
    monkeypatch.undo()
    written = {row[0] for row in book_of(course.root)}
    assert 0 < len(written) < 16
    assert not list((course.root / "autograded").glob("*/.*"))
    done = grade(course)
    assert done.kept + done.marked == len(done.records) > 16


def test_two_runs_at_once_are_refused(course):
    class Nested(PlainMarker):
        def mark(self, merged, student=""):
            with pytest.raises(CourseError, match="another run"):
                grade(course)
            return super().mark(merged, student)

    grade(course, students=["s01-correct"], make=Nested)


def test_a_seed_is_kept_and_renewed_on_request(course):
    (course.root / "term.key").write_bytes(os.urandom(32))
    shutil.rmtree(course.root / ".invigilator" / NAME / "seed.json", ignore_errors=True)
    first = coordinator.Coordinator(course, NAME, PlainMarker).seed
    assert coordinator.Coordinator(course, NAME, PlainMarker).seed == first
    assert coordinator.Coordinator(course, NAME, PlainMarker, new_seed=True).seed != first


KILLS = int(os.environ.get("INVIGILATOR_KILLS", "8"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="marking a class needs Linux")
def test_killed_at_any_moment_the_rerun_reaches_the_same_gradebook(course, tmp_path):
    """kill -9 of coordinator, examiner, zygote or candidate, whatever runs at a random moment."""
    calm = tmp_path / "calm"
    shutil.copytree(course.root, calm)
    started = time.monotonic()
    assert _wait(_start(calm), 300) == 0
    whole = time.monotonic() - started
    wanted = book_of(calm), files_of(calm)
    chance = random.Random(3)
    kills, finished = 0, 0
    while kills < KILLS:
        running = _start(course.root)
        while _alive(running) and kills < KILLS:
            time.sleep(chance.uniform(0.02, 0.3) * whole)
            below = _below(running)
            victim = running if chance.random() < 0.3 else chance.choice([running, *below])
            try:
                os.kill(victim, signal.SIGKILL)
                kills += 1
            except ProcessLookupError:
                continue
        finished += _wait(running, 300) == 0
        assert not _wrong_marks(course.root, wanted[0])
        if finished:
            shutil.rmtree(course.root / ".invigilator" / NAME / "records")
            finished = 0
    assert _wait(_start(course.root), 300) == 0
    assert book_of(course.root) == wanted[0]
    found = files_of(course.root)
    assert found.keys() == wanted[1].keys()
    assert [name for name in found if found[name] != wanted[1][name]] == []
    assert not list(course.root.glob("autograded/*/.*")) + list(course.root.glob("feedback/*/.*"))


def _start(folder: Path) -> int:
    """Mark the class in a forked process: everything is imported already."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setsid()
        found = courses.find(folder)
        done = coordinator.Coordinator(found, NAME, engine.factory(Invigilator()),
                                       prepare=engine.ready).run()
        code = int(any(record.status == statuses.INTERNAL for record in done.records))
    finally:
        os._exit(code)


def _alive(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _wait(child: int, seconds: float) -> int:
    ends = time.monotonic() + seconds
    while _alive(child):
        if time.monotonic() > ends:
            os.killpg(child, signal.SIGKILL)
            raise AssertionError("marking hangs after a kill")
        time.sleep(0.05)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _wrong_marks(folder: Path, wanted: list[tuple]) -> list[tuple]:
    """Rows in the gradebook that no complete run would write."""
    return [row for row in book_of(folder) if row not in wanted]


def _below(parent: int) -> list[int]:
    """All processes under one, as the kernel lists them."""
    found, todo = [], [parent]
    while todo:
        try:
            text = Path(f"/proc/{todo[-1]}/task/{todo.pop()}/children").read_text()
        except OSError:
            continue
        children = [int(word) for word in text.split()]
        found += children
        todo += children
    return found


def test_records_hold_no_seed_and_no_hidden_test(course):
    grade(course)
    text = "".join(path.read_text() for path in records.place(course.root, NAME).iterdir())
    seed = json.loads((course.root / ".invigilator" / NAME / "seed.json").read_text())["seed"]
    assert str(seed) not in text and coursework.SECRET not in text


def test_what_is_handed_in_cannot_stop_the_batch(course):
    """Odd files and contents beside ordinary ones: each gets a row, everybody is marked."""
    odd = course.root / "submitted"
    for student in ("x1", "x2", "x3", "x4", "x5"):
        (odd / student / NAME).mkdir(parents=True)
    (odd / "x1" / NAME / f"{NAME}.ipynb").mkdir()
    os.mkfifo(odd / "x2" / NAME / f"{NAME}.ipynb")
    os.mkfifo(odd / "x2" / NAME / "timestamp.txt")
    (odd / "x3" / NAME / f"{NAME}.ipynb").symlink_to("/etc/passwd")
    given = coursework.notebook()
    given["cells"][-1]["source"] = "![x](attachment:gone.svg)"
    given["cells"][0]["source"] = "\ud800 half a letter"
    (odd / "x5" / NAME / f"{NAME}.ipynb").write_text(json.dumps(given))
    (odd / "x4" / NAME / "timestamp.txt").touch()
    os.truncate(odd / "x4" / NAME / "timestamp.txt", 30 << 30)
    coursework.submit(course.root, "x6", {"student-id": "STUDENT_ID = 0x" + "f" * 9000})
    os.makedirs(os.fsencode(str(odd)) + b"/x\xe9/" + NAME.encode())
    done = grade(course)
    status = {record.student: record.status for record in done.records}
    assert [status[f"x{n}"] for n in range(1, 6)] == [statuses.UNREADABLE] * 4 + [statuses.GRADED]
    assert status["s01-correct"] == statuses.GRADED
    assert "root:" not in "".join(data.decode() for data in files_of(course.root).values())


class WithoutLibrary(PlainMarker):
    """A machine on which something that every test needs no longer imports."""

    def mark(self, merged, student=""):
        marked = super().mark(merged, student)
        cells = {name: replace(cell, score=0.0, message="NameError: name 'np' is not defined")
                 for name, cell in marked.cells.items()}
        return replace(marked, cells=cells)


def test_a_library_that_broke_since_costs_nobody_marks(course):
    grade(course)
    before = book_of(course.root), files_of(course.root)
    with pytest.raises(CourseError, match="earned .* before .*name 'np'.*nothing was marked"):
        grade(course, force=True, make=WithoutLibrary)
    assert (book_of(course.root), files_of(course.root)) == before
    assert grade(course, force=True).marked == len(course.students(NAME))


def test_a_reference_that_misses_points_from_the_start_is_told_and_accepted(course, capsys):
    grade(course, make=WithoutLibrary)
    assert "the reference itself does not earn all points" in capsys.readouterr().err
