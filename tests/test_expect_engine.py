"""A check says the same in a student's kernel and where the engine marks, process by process."""

import contextlib
import io
import sys

import matplotlib
import pytest
from invigilator import expect

matplotlib.use("agg")

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="missing capability: grading needs Linux"
)

SETUP = """
import matplotlib
matplotlib.use("agg")
import numpy as np
import pandas as pd
from invigilator import expect
from realname.law.argument import Argument, read
"""
CASES = "[([1, 2], 2), expect.case('no scores', [], 1)]"
FUNCTION = (
    f"expect.function(f, {CASES}, lambda xs, t: sum(x >= t for x in xs), 'f', mistakes=["
    "(lambda xs, t: sum(x > t for x in xs), 'a score equal to the threshold counts')])"
)
QUESTIONS = {
    # name: (reference, names, test, student's answers)
    "value": (
        "price = 0.002",
        ("price",),
        "expect.close(price, 0.002, 'the price', hints=[(10, 'for the whole lot')])",
        ["price = ...", "price = None", "price = 10.0", "price = '0.002'", "price = True",
         "price = 3", "price = np.float64(0.002)", "price = float('nan')", "price = [0.002]",
         "class Yes:\n    def __eq__(self, other): return True\nprice = Yes()",
         "price = lambda: 0.002", "price = (0.002 for _ in [1])", "price = 10**500", "price = dict",
         "price = '\\x1b[31m<script>'", "price = pd.NA",
         "price = range(3)", "price = {1: 2}.keys()"],
    ),
    "mapping": (
        "kind = {'A': 'copy', 'B': 'own'}",
        ("kind",),
        "expect.entries(kind, 'AB', ['copy', 'own'], 'kind')\n"
        "expect.mapping(kind, {'A': 'copy', 'B': 'own'}, 'kind', show=False)",
        ["kind = {'A': ..., 'B': ...}", "kind = {'A': 'copy', 'B': ...}", "kind = {'A': 'copy'}",
         "kind = {'A': 'own', 'B': 'own'}", "kind = {'A': 'frog', 'B': 'own'}", "kind = ['copy']",
         "from collections import defaultdict\nkind = defaultdict(str, A='copy', B='own')"],
    ),
    "function": (
        "def f(xs, t):\n    return sum(x >= t for x in xs)",
        ("f",),
        FUNCTION,
        ["def f(xs, t):\n    raise NotImplementedError('f')", "f = ...", "f = 5",
         "def f(xs, t):\n    return sum(x > t for x in xs)",
         "def f(xs, t):\n    print(0)", "def f(xs, t):\n    return str(len(xs))",
         "def f(xs, t):\n    xs.append(3)\n    return sum(x >= t for x in xs[:-1])",
         "def f(xs, t):\n    return 1 / 0", "def f(xs):\n    return 0",
         "def f(xs, t):\n    return t / t",
         "def f(xs, t):\n    raise SystemExit", "def f(xs, t):\n    return (x for x in xs)",
         "class Own(ValueError): pass\ndef f(xs, t):\n    raise Own('two\\nlines')",
         "class Yes:\n    def __eq__(self, other): return True\ndef f(xs, t):\n    return Yes()"],
    ),
    "table": (
        "t = pd.DataFrame({'k': ['a', 'b'], 'v': [1.0, 2.0]})",
        ("t",),
        "expect.table(t, pd.DataFrame({'k': ['a', 'b'], 'v': [1.0, 2.0]}), 'the table', key='k')",
        ["t = ...", "t = pd.DataFrame({'k': ['a', 'b'], 'v': [1, 3]})", "t = {'k': 1}",
         "t = pd.DataFrame({'v': [1, 2]}, index=pd.Index(['a', 'b'], name='k'))",
         "t = pd.DataFrame({'k': ['a', 'b'], 'v': ['1', '2']})", "t = pd.DataFrame({'k': ['a']})",
         "t = pd.DataFrame({'k': ['a', 'b'], 'v': [1, None]})"],
    ),
    "argument": (
        "form = Argument(issue='Is it lawful?')",
        ("form",),
        "expect.equal(read(form, 'the form').issue, 'Is it lawful?', 'the issue')",
        ["form = ...", "form = Argument(issue='Why?')", "form = {'issue': 'Is it lawful?'}",
         "form = 'text'", "form = Argument()", "form = {'isue': 'x'}"],
    ),
    "figure": (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2], [3, 4])\n"
        "ax.set(title='It rises', xlabel='day', ylabel='texts')",
        ("fig",),
        "expect.drawn(fig, 'the figure', y=[3, 4])\nexpect.labelled(fig, 'the figure')",
        ["fig = ...", "fig = 3",
         "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()",
         "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2], [4, 4])"],
    ),
    "words": (
        "# words\nanswer = 1\nprint('over')",
        ("answer",),
        "expect.equal(answer, 1, 'the answer')\n"
        "expect.equal(expect.printed('words'), 'over\\n', 'what the cell prints')",
        ["# words\nanswer = 1\nprint('under')"],
    ),
}  # fmt: skip


class Here:
    """What a kernel would remember of the cells."""

    def __init__(self, text):
        self.text = text

    def source(self, grade_id):
        return None

    def printed(self, grade_id):
        return self.text

    def figures(self):
        return []


def in_kernel(answer, test):
    """The sentence in the student's own process, '' if all is well."""
    names: dict = {}
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        exec(SETUP, names)
        exec(answer, names)
        expect.provide(Here(text.getvalue()))
        try:
            exec(test, names)
        except (expect.NotTried, expect.NotYet) as outcome:
            return str(outcome)
        finally:
            expect.provide(None)
            if "plt" in names:
                names["plt"].close("all")
    return ""


@pytest.fixture(scope="module")
def engine():
    """Marks one submission with one answer replaced; gives the test cell's mark."""
    from invigilator.marking import Marker
    from support.books import Book

    records = ["realname.law.argument:Argument", "realname.law.argument:Authority"]
    book = Book(records=records).locked("setup", SETUP)
    for name, (reference, names, test, _) in QUESTIONS.items():
        book.question(name, reference, test, names)
    with Marker(book.skeleton) as marker:
        yield lambda name, answer: marker.mark(book.submission(**{name: answer})).cells[
            f"{name}-test"
        ]


PAIRS = [(name, answer) for name, question in QUESTIONS.items() for answer in question[3]]


@pytest.mark.parametrize(("name", "answer"), PAIRS)
def test_the_same_sentence_on_both_sides(engine, name, answer):
    said = in_kernel(answer, QUESTIONS[name][2])
    mark = engine(name, answer)
    assert mark.message == said
    assert mark.score == (0 if said else 1)
    assert mark.outcome == ("done" if not said else said.partition(":")[0].casefold())


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_reference_passes_on_both_sides(engine, name):
    assert in_kernel(QUESTIONS[name][0], QUESTIONS[name][2]) == ""
    assert engine(name, QUESTIONS[name][0]).score == 1
