"""Which tests are marked apart, which beside the answers, and what the author is told of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from invigilator import beside
from invigilator.limits import Limits
from invigilator.marking import Marker, decide_modes
from support import coursework
from support.books import Book

LIMITS = Limits(cell_seconds=5, test_seconds=5, submission_seconds=60, rehearsal_seconds=5)
SETUP = "import builtins, contextlib, inspect, io, warnings\nfrom unittest import mock\n"

# (test, a wrong answer that only a test beside the answers notices) for `def f(v): …` = total
WATCHED = {
    "source": ("assert 'sum(' not in inspect.getsource(f)\nassert f([1, 2]) == 3",
               "def f(v):\n    return sum(v)"),
    "code": ("assert 'sum' not in f.__code__.co_names\nassert f([1, 2]) == 3",
             "def f(v):\n    return sum(v)"),
    "patch": ("with mock.patch('builtins.sum', side_effect=AssertionError('no sum')):\n"
              "    assert f([1, 2]) == 3", "def f(v):\n    return sum(v)"),
    "replaced": ("kept = builtins.sum\nbuiltins.sum = None\ntry:\n    assert f([1, 2]) == 3\n"
                 "finally:\n    builtins.sum = kept", "def f(v):\n    return sum(v)"),
    "shadowed": ("def sum(*_):\n    raise AssertionError('no sum')\nassert f([1, 2]) == 3\ndel sum",
                 "def f(v):\n    return sum(v)"),
    "warning": ("with warnings.catch_warnings():\n    warnings.simplefilter('error')\n"
                "    assert f([1, 2]) == 3",
                "def f(v):\n    warnings.warn('slow')\n    return sum(v)"),
    "stderr": ("with contextlib.redirect_stderr(io.StringIO()) as out:\n    f([1])\n"
               "assert out.getvalue() == ''",
               "import sys\ndef f(v):\n    print('!', file=sys.stderr)\n    return sum(v)"),
    "kind": ("assert not inspect.isgeneratorfunction(f)\nassert list(f([])) == [] if f([]) else 1",
             "def f(v):\n    yield from v"),
    "names": ("assert 'spare' not in globals()", "spare = 1\ndef f(v):\n    return sum(v)"),
    "no name": ("try:\n    spare\nexcept NameError:\n    pass\nelse:\n    raise AssertionError",
                "spare = 1\ndef f(v):\n    return sum(v)"),
}  # fmt: skip
ANSWER = "def f(v):\n    total = 0\n    for x in v:\n        total += x\n    return total"

# None of these is a reason: words in texts, what silences, what is printed, names that are there.
APART = {
    "words": "note = 'globals() getsource mock.patch'  # get_ipython __code__\nassert f([1]) == 1",
    "printed": "with contextlib.redirect_stdout(io.StringIO()) as out:\n    f([1])\n"
               "assert out.getvalue() == ''",
    "stdout patched": "with mock.patch('sys.stdout', new_callable=io.StringIO) as out:\n"
                      "    f([1])\nassert out.getvalue() == ''",
    "silenced": "with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n"
                "    assert f([1]) == 1",
    "there": "assert 'f' in globals(), 'define f'\nassert f([1]) == 1",
    "signature": "assert list(inspect.signature(f).parameters) == ['v']",
    "own names": "patch = [1]\npatch.append(2)\nassert f(vars(type(f))['__module__'] and [1]) == 1",
    "missing": "try:\n    f\nexcept NameError:\n    raise AssertionError('define f')\n"
               "assert f([1]) == 1",
}  # fmt: skip


def watched() -> Book:
    """One answer and every test of both tables."""
    book = Book().locked("setup", SETUP).answer("f", ANSWER, "f = None", names=("f",))
    for name, (test, _) in WATCHED.items():
        book.test(name, test)
    for name, test in APART.items():
        book.test(name, test)
    return book


@pytest.fixture(scope="module")
def modes():
    return decide_modes(watched().skeleton, limits=LIMITS)


@pytest.mark.parametrize("name", WATCHED)
def test_what_only_shows_beside_the_answers_is_marked_there(modes, name):
    assert modes[name].mode == "legacy"
    assert modes[name].why.startswith("it "), "found by reading, before any answer is compared"
    assert modes[name].missed == ""


@pytest.mark.parametrize("name", APART)
def test_what_works_apart_stays_apart(modes, name):
    assert (modes[name].mode, modes[name].why) == ("split", "")


def test_such_a_test_is_then_marked_right(modes):
    book = watched()
    for cell in book.cells:
        if cell["kind"] == "test":
            cell["mode"] = modes[cell["id"]].mode
    with Marker(book.skeleton, limits=LIMITS) as marker:
        right = marker.mark(book.submission())
        assert {name for name, mark in right.cells.items() if mark.score != 1} == set()
        for name, (_, wrong) in WATCHED.items():
            assert marker.mark(book.submission(f=wrong)).cells[name].score == 0, name


def test_a_students_own_function_may_be_called_like_a_tool():
    assert beside.why("assert patch('a') == 'b'", own=("patch",)) == ""
    assert beside.why("assert patch('a') == 'b'")


def test_a_set_up_cell_with_magics_counts_on_both_sides():
    book = Book().locked(
        "setup", "%matplotlib inline\nimport numpy as np\n!echo it's ready\n"
        "if np:\n    %config InlineBackend.figure_format = 'retina'\n    limit = 3\n"
        "text = '''\n%not a magic\n'''"
    )  # fmt: skip
    book.answer("a", "%time x = np.arange(3)", "x = 0", names=("x",))
    book.test("a-test", "assert np.array_equal(x, np.arange(limit))")
    book.test("b-test", "assert text == '\\n%not a magic\\n' and len(x) == limit")
    found = decide_modes(book.skeleton, limits=LIMITS)
    assert [mode.mode for mode in found.values()] == ["split", "split"]
    with Marker(book.skeleton, limits=LIMITS) as marker:
        right, wrong = marker.mark(book.submission()), marker.mark(book.submission(a="x = [1]"))
    assert [mark.score for mark in right.cells.values()] == [1, 1]
    assert [mark.score for mark in wrong.cells.values()] == [0, 0]


def test_what_one_test_changes_the_next_one_finds_as_in_one_notebook():
    book = Book().answer(
        "f", "log = []\ndef note(x):\n    log.append(x)\n    return len(log)",
        "def note(x):\n    return None", names=("log", "note"),
    )  # fmt: skip
    book.test("first", "assert note('a') == 1\n### BEGIN HIDDEN TESTS\nhidden = 'seen'\n"
              "### END HIDDEN TESTS")  # fmt: skip
    book.test("endless", "if note.__name__ == 'slow':\n    while True:\n        pass")
    book.test("second", "assert note('b') == 2")
    book.test("last", "get_ipython()\nassert note('c') == 3 and 'hidden' not in globals()")
    found = decide_modes(book.skeleton, limits=LIMITS)
    assert {name: mode.mode for name, mode in found.items()} == {
        "first": "split", "endless": "split", "second": "legacy", "last": "legacy"}  # fmt: skip
    assert "the reference earns 1 of 1 in one process" in found["second"].why
    for cell in book.cells:
        if cell["kind"] == "test":
            cell["mode"] = found[cell["id"]].mode
    with Marker(book.skeleton, limits=replace(LIMITS, test_seconds=1)) as marker:
        right = marker.mark(book.submission())
        slow = marker.mark(book.submission(
            f="log = []\ndef slow(x):\n    log.append(x)\n    return len(log)\nnote = slow"))
        wrong = marker.mark(book.submission(f="def note(x):\n    return 1"))
    assert [mark.score for mark in right.cells.values()] == [1, 1, 1, 1]
    assert [slow.cells[name].score for name in ("first", "second", "last")] == [1, 1, 1]
    assert [mark.score for mark in wrong.cells.values()] == [1, 1, 0, 0]


def test_the_author_is_told_at_generate_and_again(tmp_path):
    """On stderr of the real command: tests that cannot be split, tests the reference fails."""
    solved = {"solution": True}
    graded = {"grade": True, "locked": True, "points": 2}
    cells = [
        ("a", "code", "### BEGIN SOLUTION\nx = 5\n### END SOLUTION", solved),
        ("a-test", "code", "assert x == 5", graded),
        ("a-wrong", "code", "assert x == 6, 'six'", graded),
        ("b", "code", "### BEGIN SOLUTION\nclass P:\n    v = 1\n### END SOLUTION", solved),
        ("b-test", "code", "assert P().v == 1", graded),
        ("b-half", "code", "0.5 * x / x", graded),
    ]
    folder = coursework.course(tmp_path / "course")
    source = folder / "source" / coursework.ASSIGNMENT / f"{coursework.ASSIGNMENT}.ipynb"
    source.write_text(json.dumps(coursework.notebook(cells)), encoding="utf-8")
    for _ in range(2):
        said = coursework.run(folder, "nbgrader", "generate_assignment", coursework.ASSIGNMENT,
                              "--create", "--force").stderr
        lines = [line for line in said.splitlines() if "Generate" in line and "-" in line]
        about = {name: [line for line in lines if f", {name}:" in line]
                 for name in ("a-test", "a-wrong", "b-test", "b-half")}
        assert [len(found) for found in about.values()] == [0, 1, 1, 1]
        assert "reference itself earns 0 of 2 points: AssertionError: six" in about["a-wrong"][0]
        assert "not tamper-proof: it asks something of a P that is no" in about["b-test"][0]
        assert "reference itself earns 0.5 of 2 points" in about["b-half"][0]
    coursework.submit(folder, "s01")
    said = coursework.run(folder, "invigilator", "autograde", coursework.ASSIGNMENT).stderr
    assert "does not earn all points of 'a-wrong', 'b-half'" in said


def beside_the_notebook(folder):
    """A course with nothing but the engine in its configuration, and an assignment with files."""
    coursework.course(folder)
    (folder / "nbgrader_config.py").write_text(
        "from invigilator.adopt import adopt\nc = get_config()\n"
        f"c.CourseDirectory.root = {str(folder)!r}\nadopt(c)\n")
    solved = {"solution": True}
    graded = {"grade": True, "locked": True, "points": 2}
    cells = [
        ("setup", "code", "import csv\nfrom tools import triple\n"
         "prices = list(csv.DictReader(open('prices.csv')))", {"locked": True}),
        ("a", "code", "### BEGIN SOLUTION\nx = open('deep/notes.txt').read()\n### END SOLUTION",
         solved),
        ("a-test", "code", "assert x == 'a note' == open('deep/notes.txt').read()", graded),
        ("b", "code", "### BEGIN SOLUTION\ndef total(n):\n"
         "    return triple(n) * sum(int(each['price']) for each in prices)\n### END SOLUTION",
         solved),
        ("b-test", "code", "assert total(2) == triple(20) and prices[0]['unit'] == 'lot'", graded),
    ]  # fmt: skip
    source = folder / "source" / coursework.ASSIGNMENT
    (source / f"{coursework.ASSIGNMENT}.ipynb").write_text(
        json.dumps(coursework.notebook(cells)), encoding="utf-8")
    (source / "prices.csv").write_text("unit,price\nlot,10\n")
    (source / "tools.py").write_text("def triple(n):\n    return 3 * n\n")
    (source / "deep").mkdir()
    (source / "deep" / "notes.txt").write_text("a note")
    (source / ".secret").write_text("hidden files stay")
    (source / ".ipynb_checkpoints").mkdir()
    (source / ".ipynb_checkpoints" / "old.csv").write_text("x")
    return source


def kept(folder):
    """Names of the files recorded for marking."""
    place = folder / ".invigilator" / coursework.ASSIGNMENT / "files"
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())


def generate(folder):
    return coursework.run(folder, "nbgrader", "generate_assignment", coursework.ASSIGNMENT,
                          "--create", "--force").stderr


def test_what_nbgrader_releases_beside_a_notebook_is_there_when_it_is_marked(tmp_path):
    source = beside_the_notebook(tmp_path / "course")
    with open(source / "huge.bin", "wb") as stream:
        stream.truncate(65 << 20)
    said = generate(tmp_path / "course")
    assert kept(tmp_path / "course") == ["deep/notes.txt", "prices.csv", "tools.py"]
    (line,) = [line for line in said.splitlines() if "huge.bin" in line and "more than" in line]
    assert "more than 64 MiB" in line and "files.txt" in line
    assert "tamper-proof" not in said and "reference itself" not in said
    release = tmp_path / "course" / "release" / coursework.ASSIGNMENT
    assert (release / "deep" / "notes.txt").exists()
    coursework.submit(tmp_path / "course", "s01", {
        "a": "x = open('deep/notes.txt').read()", "b": "def total(n):\n    return 30 * n"})
    said = coursework.run(tmp_path / "course", "invigilator", "autograde", coursework.ASSIGNMENT)
    assert "4 of 4" in said.stdout, said.stdout + said.stderr
    (source / "files.txt").write_text("prices.csv\n")
    generate(tmp_path / "course")
    assert kept(tmp_path / "course") == ["prices.csv"]


def test_this_courses_configuration_lets_nothing_travel(tmp_path):
    folder = tmp_path / "course"
    source = beside_the_notebook(folder)
    (folder / "nbgrader_config.py").unlink()
    (folder / "nbgrader_config.py").write_text(
        (coursework.REPOSITORY / "assignments" / "nbgrader_config.py").read_text())
    (source / f"{coursework.ASSIGNMENT}.ipynb").write_text(json.dumps(coursework.notebook()))
    generate(folder)
    assert kept(folder) == []
    assert [path.name for path in (folder / "release" / coursework.ASSIGNMENT).iterdir()] == [
        f"{coursework.ASSIGNMENT}.ipynb"]


def test_the_reference_is_handed_in_by_somebody():
    """A test that asks whose notebook it is does not fail for want of an id."""
    source = "import os\nwho = os.environ['JUPYTERHUB_USER']"
    book = Book().answer("a", source, "who = ''", ("who",))
    book.test("a-test", "from invigilator import expect\nassert who\n"
              "assert expect.submission().student == who")  # fmt: skip
    (mode,) = decide_modes(book.skeleton, limits=LIMITS).values()
    assert (mode.mode, mode.missed) == ("split", "")
