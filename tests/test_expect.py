"""invigilator.expect: values by exact type, three outcomes, one plain sentence each."""

import collections
import datetime
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from invigilator import expect
from invigilator.expect.outcomes import sentence
from invigilator.expect.values import plain
from invigilator.expect.words import show

ASSIGNMENTS = Path(expect.__file__).parents[2]


class Yes:
    """Equal to everything, and to every question the answer is yes."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    def __bool__(self):
        return True

    def __lt__(self, other):
        return True

    __gt__ = __le__ = __ge__ = __lt__

    def __sub__(self, other):
        return 0

    __rsub__ = __add__ = __sub__

    def __abs__(self):
        return 0

    def __float__(self):
        return 0.002

    def __index__(self):
        return 3

    def __len__(self):
        return 2

    def __iter__(self):
        return iter([self, self])

    def __getitem__(self, key):
        return self

    def __array__(self, *_, **__):
        return np.array(0.002)

    @property
    def __class__(self):
        return float

    def __repr__(self):
        raise RuntimeError("the name of a student object must not be asked for")

    __str__ = __repr__


def lying(base, *arguments):
    """An instance of a subclass of a built-in type whose comparison always says yes."""
    body = {
        "__eq__": lambda self, other: True,
        "__ne__": lambda self, other: False,
        "__hash__": lambda self: 0,
        "__repr__": lambda self: "0.002",
        "__sub__": lambda self, other: 0.0,
        "__rsub__": lambda self, other: 0.0,
        "__abs__": lambda self: 0.0,
    }
    return type(base.__name__, (base,), body)(*arguments)


class Meta(type):
    """A metaclass whose classes claim to be every class."""

    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(float)

    @property
    def __name__(cls):
        raise SystemExit("metaclass asked")

    __mro__ = (float, object)


class Claims(float, metaclass=Meta):
    """A float subclass under a lying metaclass."""


class LyingFrame(pd.DataFrame):
    """A DataFrame that equals everything."""

    def __eq__(self, other):
        return True

    def equals(self, other):
        return True

    @property
    def columns(self):
        return pd.Index(["a"])


cycle: list = []
cycle.append(cycle)

HOSTILE = {
    "equal to all": Yes(),
    "float": lying(float, 5),
    "int": lying(int, 5),
    "str": lying(str, "x"),
    "list": lying(list, [1]),
    "dict": lying(dict, {1: 2}),
    "tuple": lying(tuple, (1,)),
    "set": lying(set, {1}),
    "metaclass": Claims(5),
    "frame": LyingFrame({"a": [9]}),
    "array": np.array([Yes(), Yes()], dtype=object),
    "array subclass": np.array([0.002]).view(type("ndarray", (np.ndarray,), {})),
    "NaN": math.nan,
    "NumPy NaN": np.float64("nan"),
    "class": Yes,
    "generator": (x for x in [0.002]),
    "cycle": cycle,
    "nested": [Yes(), {"a": Yes()}],
    "inside a dictionary": {"a": Yes(), "b": lying(str, "right")},
    "keys": {Yes(): 1},
    "deep": None,
}
deep: list = []
for _ in range(5000):
    deep = [deep]
HOSTILE["deep"] = deep

WANTED = [
    0.002, 3, True, "right", b"x", [1, 2], (1, 2), {1, 2}, {"a": 1, "b": "right"},
    datetime.date(2019, 12, 1), np.array([1.0, 2.0]), pd.Series([1, 2]), pd.DataFrame({"a": [1]}),
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("show_it", [True, False])
def test_no_hostile_object_passes(name, show_it):
    for wanted in WANTED:
        for check in (expect.equal, expect.close):
            with pytest.raises((expect.NotYet, expect.NotTried)) as caught:
                check(HOSTILE[name], wanted, "the answer", show=show_it)
            text = str(caught.value)
            assert "\n" not in text and len(text) <= 600
    with pytest.raises((expect.NotYet, expect.NotTried)):
        expect.mapping(HOSTILE[name], {"a": 1, "b": "right"}, "the answer", show=show_it)
    with pytest.raises((expect.NotYet, expect.NotTried)):
        expect.choice(HOSTILE[name], ["right", 0.002, True], "the answer")
    with pytest.raises((expect.NotYet, expect.NotTried)):
        expect.number(HOSTILE[name], "the answer")
    with pytest.raises((expect.NotYet, expect.NotTried)):
        expect.table(HOSTILE[name], pd.DataFrame({"a": [1]}), "the answer", show=show_it)
    for kind in (float, int, str, pd.DataFrame):
        if name in ("NaN", "NumPy NaN") and kind is float:
            continue
        with pytest.raises((expect.NotYet, expect.NotTried)):
            expect.kind(HOSTILE[name], kind, "the answer")
    assert expect.count_right(HOSTILE[name], {"a": 1, "b": "right"}) == 0


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (3, 3), (3.0, 3), (3, 3.0), (np.int64(3), 3), (np.float32(0.5), 0.5), (True, True),
        (np.True_, True), ("a", "a"), (np.str_("a"), "a"), ([1, "a", None], [1, "a", None]),
        ((1, 2), (1, 2)), ({2, 1}, {1, 2}), ({"b": 1, "a": [2]}, {"a": [2], "b": 1}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.defaultdict(int, a=1), {"a": 1}),
        (pd.Timestamp("2019-12-01 10:00"), datetime.datetime(2019, 12, 1, 10)),
        (math.inf, math.inf), (math.nan, math.nan), (10**400, 10**400),
        (np.array([1, 2]), np.array([1.0, 2.0])), (pd.Series([1, 2]), pd.Series([1.0, 2.0])),
        ([], []), ({}, {}), ("", ""), (None, None), ([np.int64(1)], [1]),
        (collections.namedtuple("P", "x y")(1, 2), (1, 2)),
    ],
)  # fmt: skip
def test_right_values_pass(given, wanted):
    expect.equal(given, wanted, "the answer")
    expect.close(given, wanted, "the answer")


@pytest.mark.parametrize(
    ("given", "wanted", "says"),
    [
        (10.0, 0.002, "is 10.0; expected 0.002"),
        ("0.002", 0.002, "remove the quotes"),
        (2, "2", "put it in quotes"),
        (True, 1, "answers a yes-or-no question"),
        (1, True, "where True or False is expected"),
        ("True", True, "without quotes"),
        (" Right", "right", "only capital letters or spaces differ"),
        ([1, 3], [1, 2], "is 3 in entry 2; expected 2"),
        ([1], [1, 2], "has 1 entry; expected 2"),
        ((1, 2), [1, 2], "is a tuple (values in round brackets) where a list is expected"),
        (np.array([1, 2]), [1, 2], "write .tolist() after it"),
        (range(2), [0, 1], "write list(…) around it"),
        ({"a": 1}, {"a": 1, "b": 2}, "lacks an entry for 'b'"),
        ({"a": 1, "c": 2}, {"a": 1}, "has an entry for 'c' that does not belong there"),
        ({"a": {"b": [5]}}, {"a": {"b": [6]}}, "is 5 for 'a' for 'b' in entry 1; expected 6"),
        ({1, 4}, {1, 2}, "holds 4, which does not belong there"),
        ({1}, {1, 2}, "lacks 2"),
        (math.nan, 1.0, "often 0 divided by 0"),
        (10**400, 1.5, "a whole number of about 400 digits"),
        (np.array([[1, 2]]), np.array([1, 2]), "has the shape (1, 2)"),
        (datetime.datetime(2019, 12, 1), datetime.date(2019, 12, 1), "leave out the time of day"),
    ],
)
def test_wrong_values_are_explained(given, wanted, says):
    with pytest.raises(expect.NotYet) as caught:
        expect.equal(given, wanted, "the answer")
    assert str(caught.value).startswith("Not yet: the answer ")
    assert says in str(caught.value)


SECRETS = [
    (10, 731), ("x", "731x"), ([1, 2], [1, 731]), ({"a": 1}, {"a": 731}), ({1}, {1, 731}),
    ([1], [1] * 731), ({"a": 1}, {"a": 1, "731": 2}), (math.nan, 731), ("731X", "731x"),
    (np.array([1]), np.array([731])), (datetime.date(2000, 1, 1), datetime.date(1731, 1, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), SECRETS)
def test_hidden_checks_never_say_what_was_wanted(given, wanted):
    with pytest.raises(expect.NotYet) as caught:
        expect.close(given, wanted, "the answer", show=False)
    text = str(caught.value).replace(show(plain(given)), "")
    assert "731" not in text and "only capital letters" not in text


@pytest.mark.parametrize(
    "stub", [..., None, "", "  ", "...", "…", [], {}, {"a": ..., "b": ""}, [..., None], ()]
)
def test_an_untouched_stub_is_not_tried(stub):
    for check in (
        lambda: expect.tried(stub, "the price"),
        lambda: expect.equal(stub, 3, "the price"),
        lambda: expect.kind(stub, float, "the price"),
        lambda: expect.choice(stub, [1, 2], "the price"),
        lambda: expect.mapping(stub, {"a": 1, "b": 2}, "the price"),
        lambda: expect.number(stub, "the price"),
        lambda: expect.table(stub, pd.DataFrame({"a": [1]}), "the price"),
    ):
        with pytest.raises(expect.NotTried, match="^Not tried: the price still holds"):
            check()


@pytest.mark.parametrize("value", [0, False, 0.0, {"a": 0}, [0], "x", pd.DataFrame({"a": []})])
def test_a_value_of_zero_is_tried(value):
    assert expect.tried(value, "the price") is value


def test_tolerance():
    expect.close(0.3000000001, 0.3, "x")
    expect.close(101, 100, "x", relative=0.01)
    expect.close([1.04, {"a": 2.05}], [1, {"a": 2}], "x", tolerance=0.06)
    with pytest.raises(expect.NotYet):
        expect.close(0.31, 0.3, "x", tolerance=0.001)
    with pytest.raises(expect.NotYet):
        expect.close(102, 100, "x", relative=0.01)
    with pytest.raises(expect.NotYet):
        expect.close(math.inf, 1, "x", tolerance=1e300)
    with pytest.raises(expect.NotYet):
        expect.equal(0.1 + 0.2, 0.3, "x")


def test_hints_win_over_the_general_message():
    hints = [
        (10, "ten yuan bought the whole bundle"),
        ("0.002", "leave out the quotes"),
        (lambda v: v > 1000, "that is too much"),
    ]
    for given, says in ((10.0, "whole bundle"), ("0.002", "leave out"), (5000, "too much")):
        for hidden in (True, False):
            with pytest.raises(expect.NotYet, match=says):
                expect.close(given, 0.002, "the price", hints=hints, show=hidden)
    with pytest.raises(expect.NotYet, match="is 7; expected"):
        expect.close(7, 0.002, "the price", hints=hints)
    expect.close(0.002, 0.002, "the price", hints=[(0.002, "never said of a right answer")])


def test_mapping_names_the_wrong_keys_and_counts():
    wanted = {"000": "copy", "001": "excerpt", "002": "spun"}
    assert expect.mapping(dict(wanted), wanted, "the kinds") == 3
    with pytest.raises(expect.NotYet, match="2 of 3 entries: '000' and '002'") as caught:
        given = {"000": "own", "001": "excerpt", "002": "own"}
        expect.mapping(given, wanted, "the kinds", show=False)
    assert "spun" not in str(caught.value)
    with pytest.raises(expect.NotYet, match="still has the placeholder for '001'"):
        expect.mapping({"000": "copy", "001": ..., "002": "spun"}, wanted, "the kinds")
    with pytest.raises(expect.NotYet, match="'frog' for '000', which is not one of 'copy'"):
        expect.mapping(
            {**wanted, "000": "frog"}, wanted, "the kinds", allowed=["copy", "excerpt", "spun"]
        )
    with pytest.raises(expect.NotYet, match="lacks an entry for '002'"):
        expect.mapping({"000": "copy", "001": "excerpt"}, wanted, "the kinds")
    with pytest.raises(expect.NotYet, match="an excerpt has cuts"):
        expect.mapping(
            {**wanted, "001": "copy"}, wanted, "the kinds",
            hints=[(("001", "copy"), "an excerpt has cuts")],
        )  # fmt: skip
    assert expect.count_right({"000": "copy", "001": ..., "002": Yes()}, wanted) == 1


def test_entries_says_what_is_open_or_not_offered():
    def said(given):
        with pytest.raises((expect.NotTried, expect.NotYet)) as caught:
            expect.entries(given, ["A", "B"], ["copy", "own"], "kind")
        return str(caught.value)

    given = {"A": "copy", "B": "own"}
    assert expect.entries(given, "AB", ["copy", "own"], "kind") is given
    assert said({"A": ..., "B": ...}).startswith("Not tried: kind still holds")
    assert said({"A": "copy", "B": ...}) == (
        "Not yet: kind still has the placeholder for 'B'; fill it in."
    )
    assert said({"A": "copy", "B": "frog"}) == (
        "Not yet: kind for 'B' is 'frog', which is not one of 'copy' and 'own'."
    )
    assert "lacks an entry for 'B'" in said({"A": "copy"})
    assert "'C' that does not belong" in said({**given, "C": "own"})
    assert "is a list" in said(["copy", "own"])
    assert "another kind (Yes)" in said({"A": Yes(), "B": "own"})


def test_choice_and_number():
    assert expect.choice("for", ["for", "against"], "the side") == "for"
    with pytest.raises(expect.NotYet, match="is 'maybe', which is not one of 'for' and 'against'"):
        expect.choice("maybe", ["for", "against"], "the side")
    assert expect.number(np.float64(0.5), "the share", least=0, most=1) == 0.5
    with pytest.raises(expect.NotYet, match="is 3; it must be at least 0 and at most 1"):
        expect.number(3, "the share", least=0, most=1)
    with pytest.raises(expect.NotYet, match="is not a number"):
        expect.number(math.nan, "the share")


def test_kind_in_plain_words():
    assert expect.kind(2, float, "the rate") == 2
    assert expect.kind(np.int64(2), int, "the count") == 2
    frame = pd.DataFrame({"a": [1]})
    assert expect.kind(frame, pd.DataFrame, "the table") is frame
    assert expect.kind(len, collections.abc.Callable, "the function") is len
    for given, kind, says in (
        (True, (int, float), "is True or False where a whole number or a number is expected"),
        ("x", list, "is a text in quotes where a list is expected"),
        ([1], pd.DataFrame, "is a list where a table (pandas DataFrame) is expected"),
        (3, collections.abc.Callable, "is a whole number where a function is expected"),
    ):
        with pytest.raises(expect.NotYet) as caught:
            expect.kind(given, kind, "the answer")
        assert says in str(caught.value)


@pytest.mark.parametrize(
    "junk",
    [
        "line\nline\r\nline", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\x00b\x08c", "\u202etxt",
        "<script>alert(1)</script>", "<img src=x onerror=1>", "x" * 100_000, "\ud800", "</pre>",
    ],
)  # fmt: skip
def test_sentences_carry_no_junk(junk):
    with pytest.raises(expect.NotYet) as caught:
        expect.equal(junk, "right", "the answer")
    for text in (str(caught.value), sentence(junk), str(expect.NotYet(junk))):
        assert len(text) <= 600 and text.isprintable()
        assert "<script" not in text and "<img" not in text and "</" not in text
        text.encode("utf-8")


def test_one_outcome_is_one_sentence():
    outcome = expect.NotYet("the price is wrong")
    assert str(outcome) == "Not yet: the price is wrong."
    assert outcome._render_traceback_() == [str(outcome)]
    assert isinstance(outcome, AssertionError) and not isinstance(outcome, expect.NotTried)
    assert str(expect.NotTried("Not tried: x")) == "Not tried: x."


def test_done_and_marks(capsys):
    expect.done("the price")
    assert capsys.readouterr() == ("Done: the price — all visible checks passed.\n", "")
    assert [expect.marks(e, 3) for e in (-1, 0, 1, 1.5, 3, 9, math.nan, math.inf)] == [
        0, 0, 1, 1.5, 3, 3, 0, 3,
    ]  # fmt: skip
    assert repr(expect.marks(np.float64(1.5), 3)) == "1.5"


def test_parts_say_what_failed_and_add_the_rest(capsys):
    parts = expect.Parts()
    with parts.part(1):
        expect.equal(1, 1, "the first")
    with parts.part(2):
        expect.equal(1, 2, "the second")
    assert parts.marks() == 1
    assert capsys.readouterr().out == "Not yet: the second is 1; expected 2.\n"
    none = expect.Parts()
    with none.part(1):
        expect.tried(..., "the third")
    with pytest.raises(expect.NotTried, match="the third"):
        none.marks()
    with pytest.raises(ZeroDivisionError), expect.Parts().part(1):
        _ = 1 / 0  # a mistake in a test is not a wrong answer


def test_import_loads_the_standard_library_only():
    code = f"""
import sys
sys.path.insert(0, {str(ASSIGNMENTS)!r})
asked = set()
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "invigilator":
            asked.add(top)
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
import invigilator.expect as expect
expect.equal([1], [1], "x"); expect.figures(); expect.seed("q")
expect.function(lambda x: x, [(1,)], lambda x: x, "f")
loaded = {{m.partition(".")[0] for m in sys.modules}} - set(sys.stdlib_module_names)
asked.discard("org")  # Jython's, asked for by the standard library's copy
print(sorted(m for m in loaded | asked if not m.startswith("__")))
"""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert ran.stderr == "" and ran.stdout.strip() == "['invigilator']"


def test_submission_context():
    expect.begin(None)  # nobody's submission, whatever another test left behind
    assert expect.submission() == expect.Submission(None, None, None)
    own = expect.seed("q1")
    expect.begin({"student": "ada", "roster": ["ada", "bob"], "seed": 7})
    try:
        assert expect.submission() == expect.Submission("ada", ("ada", "bob"), 7)
        first = expect.seed("q1")
        assert first == expect.seed("q1") != expect.seed("q2") and first != own
        expect.begin(expect.Submission("bob", None, 7))
        assert expect.seed("q1") == first  # the same for all students
        expect.begin(expect.Submission("bob", None, 8))
        assert expect.seed("q1") != first
        assert 0 <= expect.seed("q1") < 2**63
    finally:
        expect.begin(None)
    assert expect.seed("q1") == own


def test_submission_comes_from_the_environment_once():
    code = (
        "import os; from invigilator import expect; s = expect.submission();"
        "os.environ['INVIGILATOR_SUBMISSION'] = '{}'; assert expect.submission() == s; print(s)"
    )
    for text, says in (
        ('{"student": "ada", "roster": null, "seed": 5}', "student='ada', roster=None, seed=5"),
        ("nonsense", "INVIGILATOR_SUBMISSION must be JSON"),
        ('{"stud": 1}', "INVIGILATOR_SUBMISSION must be JSON"),
    ):
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False,
            env={"INVIGILATOR_SUBMISSION": text, "PYTHONPATH": str(ASSIGNMENTS)},
        )  # fmt: skip
        assert says in ran.stdout + ran.stderr


class FakeProvider:
    """What a grader provides."""

    def source(self, grade_id):
        return {"q1": "x = 1"}.get(grade_id)

    def printed(self, grade_id):
        return {"q1": "hello\n"}.get(grade_id)

    def figures(self):
        return [{"title": "t", "axes": []}]


def test_a_provider_answers_for_the_cells():
    with pytest.raises(expect.NotTried, match="run the cell q1 again"):
        expect.source("q1")
    expect.provide(FakeProvider())
    try:
        assert expect.source("q1") == "x = 1" and expect.printed("q1") == "hello\n"
        assert expect.figures() == [{"title": "t", "axes": []}]
        with pytest.raises(expect.NotTried, match="run the cell q2 again"):
            expect.printed("q2")
    finally:
        expect.provide(None)


def test_a_handle_of_the_engine_reads_as_the_object_it_stands_for():
    """The same sentence in the student's kernel and where the engine marks."""
    from invigilator.stubs import Opaque

    handle = Opaque("a Yes that is no plain data", 1)
    for check in (
        lambda value: expect.equal(value, 3, "the answer"),
        lambda value: expect.kind(value, collections.abc.Callable, "the answer"),
        lambda value: expect.function(value, [(1,)], abs, "the answer"),
        lambda value: expect.figure(value),
        lambda value: expect.choice(value, [1], "the answer"),
        lambda value: expect.equal([value], [3], "the answer"),
    ):
        said = []
        for value in (handle, Yes()):
            with pytest.raises(expect.NotYet) as caught:
                check(value)
            said.append(str(caught.value))
        assert said[0] == said[1]


def test_values_that_stand_for_too_much_are_read_in_time():
    """A few lists that hold one another twice stand for 2**60 entries."""
    many: list = [1]
    for _ in range(60):
        many = [many, many]
    wide = pd.DataFrame([range(5000)])
    nested = tuple([(1,) * 6] * 6)
    for _ in range(30):
        nested = (nested,) * 6
    for value in (many, wide, [0] * 1_500_000, np.zeros(1_500_000), [nested]):
        with pytest.raises(expect.NotYet):
            expect.equal(value, [1], "the answer")


class Zone(datetime.tzinfo):
    """A time zone with a will of its own."""

    def utcoffset(self, moment):
        raise SystemExit("student code ran")

    dst = tzname = utcoffset


class Column(pd.api.extensions.ExtensionArray):
    """A kind of column that runs the student's code when read."""

    dtype = type("OwnDtype", (pd.api.extensions.ExtensionDtype,), {"name": "own", "type": int})()

    def __len__(self):
        return 1

    def __getitem__(self, key):
        raise SystemExit("student code ran")

    def copy(self):
        return self

    nbytes = 8
    __iter__ = tolist = isna = take = __getitem__


def test_zones_and_columns_of_the_student_are_not_run():
    moment = datetime.datetime(2019, 12, 1, tzinfo=Zone())
    series = pd.Series(Column())
    for value in (moment, [moment], moment.timetz(), series):
        for wanted in (datetime.datetime(2019, 12, 1, tzinfo=datetime.UTC), pd.Series([1])):
            with pytest.raises(expect.NotYet):
                expect.equal(value, wanted, "the answer")
    noon = datetime.datetime(2019, 12, 1, tzinfo=datetime.UTC)
    expect.equal(noon, noon, "the answer")
