"""What a test finds: the course's own data and tools, whatever an answer did in a test before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from invigilator.engine import advise
from invigilator.limits import Limits
from invigilator.marking import GRADED, Marker, decide_modes, measure
from invigilator.modes import replaceable
from invigilator.skeleton import Skeleton, SkeletonCell
from support.books import Book

LIMITS = Limits(cell_seconds=3, grace_seconds=1, test_seconds=3, submission_seconds=60)
GIVEN = """\
import numpy as np
import pandas as pd
from collections import deque
prices = [10.0, 20.0]
stock = {"pen": 3, "more": [1]}
sales = pd.DataFrame({"price": [1.0, 2.0]})
grid = np.arange(4.0)
line = deque([1, 2])
"""
SPOILT = {
    "prices": "x[:] = [0.0]",
    "stock": "x['pen'] = 0; x['more'].append(5)",
    "sales": "x['price'] = 0.0",
    "grid": "x[:] = 0",
    "line": "x.clear()",
}


@pytest.fixture(scope="module")
def shared():
    book = Book().locked("given", GIVEN).answer("f", "def f(x):\n    return 1", names=("f",))
    for name in SPOILT:
        book.test(f"{name}-called", f"assert f({name}) == 1")
        book.test(f"{name}-again", f"kept = {name}\nassert repr({name}) == {{'prices': "
                  "'[10.0, 20.0]', 'stock': \"{'pen': 3, 'more': [1]}\", 'grid': "
                  "'array([0., 1., 2., 3.])', 'line': 'deque([1, 2])', 'sales': repr("
                  f"pd.DataFrame({{'price': [1.0, 2.0]}}))}}['{name}']")  # fmt: skip
    with Marker(book.skeleton, limits=LIMITS) as marker:
        yield book, marker


@pytest.mark.parametrize("name", SPOILT)
def test_what_a_call_changed_is_as_it_was_for_the_next_test(shared, name):
    book, marker = shared
    marked = marker.mark(book.submission(f=f"def f(x):\n    {SPOILT[name]}\n    return 1"))
    assert marked.cells[f"{name}-called"].score == 1
    assert marked.cells[f"{name}-again"].score == 1, marked.cells[f"{name}-again"].message


def test_within_a_test_what_a_call_changed_counts():
    book = Book().answer("f", "def f(x):\n    x.append(len(x))", names=("f",))
    book.test("both", "xs = []\nf(xs)\nf(xs)\nassert xs == [0, 1]")
    book.test("later", "assert xs == []")  # as before the calls: each test for itself
    with Marker(book.skeleton, limits=LIMITS) as marker:
        marked = marker.mark(book.submission())
    assert [mark.score for mark in marked.cells.values()] == [1, 1]


def test_what_a_given_cell_lets_an_answer_change_stays():
    book = Book().locked("data", "xs = [3, 1]").answer("f", "def f(x):\n    x.sort()", names=("f",))
    book.locked("use", "f(xs)").test("sorted", "assert xs == [1, 3]")
    book.test("again", "f(xs)\nassert xs == [1, 3]").test("still", "assert xs == [1, 3]")
    with Marker(book.skeleton, limits=LIMITS) as marker:
        right = marker.mark(book.submission())
        wrong = marker.mark(book.submission(f="def f(x):\n    return sorted(x)"))
    assert [mark.score for mark in right.cells.values()] == [1, 1, 1]
    assert [mark.score for mark in wrong.cells.values()] == [0, 0, 0]


DRAWS = {
    "two calls go on": "rng = np.random.default_rng(4)\ntwin = np.random.default_rng(4)\n"
                       "assert [f(rng), f(rng)] == [twin.integers(9), twin.integers(9)]",
    "set back between calls": "rng = np.random.RandomState(4)\na = f(rng)\nrng.seed(4)\n"
                              "assert f(rng) == a",
    "its own numbers": "rng = np.random.default_rng(5)\nf(rng)\n"
                       "assert rng.integers(10**9) != np.random.default_rng(1).integers(10**9)",
    "inside a list": "rng = np.random.default_rng(5)\ng([rng])\n"
                     "assert rng.integers(10**9) == np.random.default_rng(5).integers(10**9)",
}


@pytest.fixture(scope="module")
def drawing():
    right = ("def f(rng):\n    draw = rng.integers if hasattr(rng, 'integers') else rng.randint\n"
             "    return draw(9)\ndef g(rngs):\n    return [f(rng) for rng in rngs]")
    book = Book().locked("given", "import numpy as np").answer("f", right, names=("f", "g"))
    for name, test in DRAWS.items():
        book.test(name, test)
    with Marker(book.skeleton, limits=LIMITS) as marker:
        yield marker.mark(book.submission()), marker.mark(book.submission(
            f="import numpy as np\ndef f(rng):\n    rng.bit_generator.state = "
            "np.random.default_rng(1).bit_generator.state\ndef g(rngs):\n    f(rngs[0])"))


@pytest.mark.parametrize("name", DRAWS)
def test_an_answer_that_draws_earns_its_marks(drawing, name):
    honest, _ = drawing
    assert honest.cells[name].score == 1, honest.cells[name].message


@pytest.mark.parametrize("name", ["its own numbers", "inside a list"])
def test_an_answer_cannot_set_the_generator_a_test_draws_from(drawing, name):
    _, setter = drawing
    assert setter.cells[name].score == 1, "the test drew other numbers than its own"


# tools


def tools(stub: str, test: str = "assert isclose(area, 4 * pi)") -> Book:
    book = Book().answer("a", "from math import isclose, pi\narea = 4 * pi", stub,
                         names=("isclose", "pi", "area"))
    return book.test("t", test)


@pytest.mark.parametrize("stub", ["from math import isclose, pi\narea = ...", "area = ..."])
@pytest.mark.parametrize("answer", [
    "isclose = lambda *a: True\npi = 3.0\narea = 5", "isclose = max\npi = 1.25\narea = 5.0",
])
def test_what_a_test_uses_beside_an_answer_is_its_own(answer, stub):
    book = tools(stub)
    with Marker(book.skeleton, limits=LIMITS) as marker:
        assert marker.mark(book.submission()).cells["t"].score == 1
        assert marker.mark(book.submission(a=answer)).cells["t"].score == 0
        missing = marker.mark(book.submission(a="area = 12.566370614359172"))
    assert "isclose" in missing.cells["t"].message, "what nobody imported is not there"


def test_the_author_is_told_of_tools_that_an_answer_brings(monkeypatch):
    told: list[str] = []
    monkeypatch.setattr("invigilator.engine.warn", told.append)
    alone = "assert isclose(pi, 3.14159, abs_tol=1e-5)"
    brought = tools("area = ...", alone).skeleton
    assert replaceable(brought) == {"t": ("isclose", "pi")}
    assert not replaceable(tools("from math import isclose, pi", alone).skeleton)
    assert not replaceable(tools("area = ...").skeleton)
    made = Skeleton("book", "book", tuple(
        SkeletonCell(c["id"], c["kind"], "code", c["source"], c["stub"], grade_id=c["id"],
                     points=c["points"], names=c["names"]) for c in brought["cells"]))
    advise(made, {})
    assert len(told) == 1 and "isclose, pi" in told[0] and told[0].startswith("book, t: uses")


# functions of a test that an answer calls


def test_a_hidden_function_tells_the_answer_no_text_but_its_own():
    book = Book().answer("f", "def f(g):\n    try:\n        g()\n    except ValueError as e:\n"
                         "        return str(e)", names=("f",))
    book.test("shown", "def g():\n    raise ValueError(f'is {6 * 7}')\nassert f(g) == 'is 42'")
    hidden = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
    book.test("secret", hidden.format(
        "def h():\n    raise ValueError(f'is {6 * 7}')\nassert f(h) == '', 'it was told'"))
    book.test("written", hidden.format(
        "def h():\n    raise ValueError('too old')\nassert f(h) == 'too old'"))
    with Marker(book.skeleton, limits=LIMITS) as marker:
        marked = marker.mark(book.submission())
    assert [mark.score for mark in marked.cells.values()] == [1, 1, 1], marked.cells


# answers of another kind than the reference's


CLASSES = {
    "closure": ("def adder(n):\n    return lambda x: x + n", "assert adder(2)(3) == 5",
                "class adder:\n    def __init__(self, n):\n        self.n = n\n"
                "    def __call__(self, x):\n        return x + self.n"),
    "decorator": ("def loud(f):\n    return lambda *a: f(*a) + '!'",
                  "@loud\ndef hi(name):\n    return name\nassert hi('a') == 'a!'",
                  "class loud:\n    def __init__(self, f):\n        self.f = f\n"
                  "    def __call__(self, *a):\n        return self.f(*a) + '!'"),
    "generator": ("def down(n):\n    while n:\n        yield n\n        n -= 1",
                  "assert list(down(3)) == [3, 2, 1]",
                  "class down:\n    def __init__(self, n):\n        self.n = n + 1\n"
                  "    def __iter__(self):\n        return self\n    def __next__(self):\n"
                  "        self.n -= 1\n        if not self.n:\n            raise StopIteration\n"
                  "        return self.n"),
    "library": ("def forever(n):\n    while True:\n        yield n\n        n += 1",
                "from itertools import islice\nassert list(islice(forever(3), 3)) == [3, 4, 5]",
                "from itertools import count as forever"),
}


def test_a_class_may_answer_for_a_function_and_wrong_ones_do_not():
    book = Book()
    for name, (reference, test, _) in CLASSES.items():
        book.question(name, reference, test, (name,) if name in reference else
                      (reference.split("(")[0].removeprefix("def "),))
    right = {name: other for name, (_, _, other) in CLASSES.items()}
    wrong = {name: other.replace("+", "-").replace("count", "cycle") for name, other in
             right.items()}  # fmt: skip
    with Marker(book.skeleton, limits=LIMITS) as marker:
        marked = marker.mark(book.submission(**right))
        assert {n: (m.score, m.message) for n, m in marked.cells.items()} == {
            f"{name}-test": (1, "") for name in CLASSES}
        assert not any(m.score for m in marker.mark(book.submission(**wrong)).cells.values())


def test_tables_and_exceptions_of_ones_own_class_count():
    book = Book().locked("given", "import pandas as pd")
    book.question("t", "t = pd.DataFrame({'a': [1]})",
                  "assert isinstance(t, pd.DataFrame) and t.a.sum() == 1", ("t",))
    book.question("e", "class E(Exception):\n    pass\ndef f(x):\n    raise E('no')",
                  "import pytest\nwith pytest.raises(E, match='no'):\n    f(1)", ("E", "f"))
    table = "class T(pd.DataFrame):\n    def sum(self):\n        return 1\nt = T({'a': [%d]})"
    error = "class E(BaseException):\n    pass\ndef f(x):\n    raise %s('no')"
    with Marker(book.skeleton, limits=LIMITS) as marker:
        right = marker.mark(book.submission(t=table % 1, e=error % "E"))
        wrong = marker.mark(book.submission(t=table % 2, e=error % "SystemExit"))
    assert [m.score for m in right.cells.values()] == [1, 1], right.cells
    assert [m.score for m in wrong.cells.values()] == [0, 0], wrong.cells


def test_where_a_test_cannot_look_both_are_told():
    book = Book().answer("p", "p = {'x': 1}", names=("p",)).test("t", "assert p['x'] == 1")
    book.test("u", "assert p.get('x') == 1")
    own = ("class P:\n    def __getitem__(self, key):\n        return 1\n"
           "    get = __getitem__\np = P()")
    with Marker(book.skeleton, limits=LIMITS) as marker:
        marked = marker.mark(book.submission(p=own))
        plain = marker.mark(book.submission(p="p = {}"))
    assert "Opaque" not in marked.cells["t"].message and "looks into" in marked.cells["t"].message
    assert "cannot look into" in marked.cells["u"].message
    assert [note.split(":")[0] for note in marked.notes] == ["t", "u"]
    assert "look at this mark" in marked.notes[0] and not plain.notes


# tests beside the answers


def test_helpers_of_a_legacy_test_are_there_for_the_tests_after_it():
    book = Book().answer("f", "def f(x):\n    return 2 * x", names=("f",))
    book.test("first", "import inspect\nfrom math import isclose as near\n"
              "def same(a, b):\n    return near(a, b)\nassert 'return' in inspect.getsource(f)")
    book.test("second", "assert near(f(2), 4)").test("third", "assert same(f(2), 4)")
    book.test("fourth", "limit = 3\nassert inspect.getsource(f)")
    book.test("fifth", "assert f(2) > limit")  # a plain name stays on the other side
    found = decide_modes(book.skeleton, limits=LIMITS)
    assert {name: mode.mode for name, mode in found.items()} == {
        "first": "legacy", "second": "split", "third": "split", "fourth": "legacy",
        "fifth": "legacy"}
    assert "limit" in found["fifth"].why and not any(mode.missed for mode in found.values())


def test_what_did_not_end_once_is_not_waited_for_again():
    book = Book().answer("f", "def f():\n    return 1", names=("f",))
    book.test("endless", "assert f() == 1")
    for name in "abcd":
        book.test(name, "assert get_ipython() and True", mode="legacy")
    with Marker(book.skeleton, limits=replace(LIMITS, submission_seconds=12)) as marker:
        marked = marker.mark(book.submission(f="def f():\n    while True:\n        pass"))
    assert marked.status == GRADED and [marked.cells[n].score for n in "abcd"] == [1, 1, 1, 1]


def test_a_bare_assert_beside_the_answers_shows_its_line():
    book = Book().answer("f", "x = 1", names=("x",))
    book.test("t", "y = 2\nassert x == y", mode="legacy")
    book.test("h", "### BEGIN HIDDEN TESTS\nassert x == 7\n### END HIDDEN TESTS", mode="legacy")
    with Marker(book.skeleton, limits=LIMITS) as marker:
        marked = marker.mark(book.submission())
    assert marked.cells["t"].message == "A check did not hold: assert x == y"
    assert "7" not in marked.cells["h"].message and "hidden" in marked.cells["h"].message


def test_a_traceback_that_a_test_prints_names_no_folder_of_the_machine():
    book = Book().answer("f", "def f():\n    raise ValueError('no')", names=("f",))
    book.test("t", "import traceback\ntry:\n    f()\nexcept ValueError:\n"
              "    print(traceback.format_exc())\nassert False")
    with Marker(book.skeleton, limits=LIMITS) as marker:
        shown = str(marker.mark(book.submission()).outputs["t"])
    assert "ValueError: no" in shown and 'File "invigilator/' in shown
    assert measure.__code__.co_filename.rpartition("/")[0] not in shown
