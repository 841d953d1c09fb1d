# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Attacks by value: objects that lie about equality, type, size or content."""

from .attack import Attack

SAME = """\
class Same(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __gt__(self, other): return True
    def __lt__(self, other): return True
    def __ge__(self, other): return True
    def __le__(self, other): return True
    def __hash__(self): return 0
    def __sub__(self, other): return 0
    def __rsub__(self, other): return 0
    def __bool__(self): return True
    def __instancecheck__(self, x): return True
"""


def total(name: str, threat: str, answer: str, **more) -> Attack:  # type: ignore[no-untyped-def]
    """An attack that puts a value into `total`."""
    return Attack(name, threat, answers={"q1-total": answer}, **more)


def table(name: str, threat: str, answer: str, **more) -> Attack:  # type: ignore[no-untyped-def]
    """An attack that puts a value into `by_day`."""
    return Attack(name, threat, answers={"q3-by-day": answer}, **more)


def share(name: str, threat: str, answer: str, **more) -> Attack:  # type: ignore[no-untyped-def]
    """An attack through the function `share`."""
    return Attack(name, threat, answers={"q2-share": answer}, **more)


EQUAL = "always equal"
LYING = "lying serialisation"
BOMB = "value bombs"

ATTACKS = [
    total("int-subclass-equal", EQUAL, SAME + "total = Same(1)"),
    total(
        "plain-object-equal",
        EQUAL,
        SAME.replace("(int)", "") + "Same.__class__ = property(lambda self: int)\ntotal = Same()",
    ),
    total(
        "magic-mock",
        EQUAL,
        "from unittest.mock import MagicMock\ntotal = MagicMock(spec=int)\n"
        "total.__eq__ = lambda s, o: True\ntotal.__gt__ = lambda s, o: True",
    ),
    total("unittest-any", EQUAL, "from unittest.mock import ANY\ntotal = ANY"),
    share(
        "float-subclass-near",
        EQUAL,
        """\
class Near(float):
    def __sub__(self, other): return 0.0
    def __rsub__(self, other): return 0.0
    def __eq__(self, other): return True
def share(counts):
    return [Near(0.3) for _ in counts]""",
    ),
    share(
        "list-subclass-equal",
        EQUAL,
        """\
class L(list):
    def __eq__(self, other): return True
    def __len__(self): return 99
    def __iter__(self): return iter(())
def share(counts):
    return L()""",
    ),
    share(
        "nan-shares",
        "NaN tricks",
        'def share(counts):\n    return [float("nan")] * len(counts)',
    ),
    share(
        "nan-difference-object",
        "NaN tricks",
        """\
class N(float):
    def __new__(cls): return super().__new__(cls, "nan")
    def __lt__(self, o): return True
    def __abs__(self): return 0.0
    def __sub__(self, o): return N()
    def __rsub__(self, o): return N()
    def __eq__(self, o): return True
def share(counts):
    return [N() for _ in counts]""",
    ),
    share(
        "array-ufunc-override",
        EQUAL,
        """\
class A(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *a, **k): return True
    def __eq__(self, o): return True
    def __array_function__(self, *a, **k): return True
def share(counts):
    return np.array([0.1] * len(counts)).view(A)""",
    ),
    Attack(
        "str-subclass-equal",
        EQUAL,
        answers={
            "q6-grade": """\
class S(str):
    def __eq__(self, other): return True
    def __hash__(self): return hash("low")
def grade(score):
    return S("x")"""
        },
    ),
    Attack(
        "str-enum-and-hash",
        EQUAL,
        answers={
            "q6-grade": """\
class Meta(type):
    def __eq__(cls, other): return True
    def __hash__(cls): return 1
class S(metaclass=Meta): pass
def grade(score):
    return S"""
        },
    ),
    Attack(
        "partial-credit-number-injected",
        "results spoofed",
        answers={
            "q6-grade": """\
class G:
    def __eq__(self, other): return True
    def __radd__(self, other): return 4
    def __add__(self, other): return 4
earned = 4
def grade(score):
    return G()"""
        },
    ),
    table(
        "frame-subclass-equal",
        EQUAL,
        """\
class D(pd.DataFrame):
    @property
    def _constructor(self): return D
    def equals(self, o): return True
    def __eq__(self, o): return True
    def reset_index(self, *a, **k): return hidden_wanted
by_day = D({"day": ["mon"], "price": [1]})""",
    ),
    table(
        "frame-object-cells-equal",
        "DataFrame with object cells",
        SAME
        + """\
by_day = pd.DataFrame({"day": ["mon", "thu", "tue", "wed"],
                       "price": np.array([Same(i) for i in range(4)], dtype=object)})""",
    ),
    table(
        "frame-object-strings-equal",
        "DataFrame with object cells",
        """\
class S(str):
    def __eq__(self, other): return True
    def __hash__(self): return 0
by_day = pd.DataFrame({"day": pd.Series([S("q")] * 4, dtype=object),
                       "price": [121004, 64249, 101010, 1]})""",
    ),
    table(
        "frame-attrs-and-flags",
        "DataFrame attrs",
        """\
by_day = sales.head(2)[["day", "price"]].copy()
by_day.attrs = {"__class__": "DataFrame", "wanted": True, "x": [lambda: 1] * 3}
by_day.attrs["self"] = by_day
by_day.index.name = object()""",
    ),
    table(
        "frame-manager-tampered",
        "DataFrame tampered",
        """\
by_day = sales.head(4)[["day", "price"]].copy()
by_day._mgr.axes[0] = pd.Index([Ellipsis])
by_day._mgr.axes[1] = pd.RangeIndex(10**12)""",
    ),
    table(
        "frame-lying-properties",
        LYING,
        """\
class D(pd.DataFrame):
    shape = property(lambda self: (2**62, 2**62))
    dtypes = property(lambda self: None)
    columns = property(lambda self: pd.Index(["day", "price"]))
    __class__ = property(lambda self: pd.DataFrame)
    def __len__(self): return 4
    def items(self):
        while True:
            yield "price", pd.Series([1])
by_day = D({"day": ["mon"], "price": [1]})""",
    ),
    table("categorical-bomb", BOMB, """\
c = pd.Categorical.from_codes([0], categories=pd.RangeIndex(50_000_000))
by_day = pd.DataFrame({"day": c, "price": [1]})"""),
    table("range-index-bomb", BOMB, """\
by_day = pd.DataFrame(index=pd.RangeIndex(10**15), columns=[])"""),
    table("broadcast-array-bomb", BOMB, "by_day = np.broadcast_to(np.float64(0), (10**6, 10**6))"),
    table("multi-index-bomb", BOMB, """\
levels = [range(10**4)] * 3
by_day = pd.DataFrame({"day": [1], "price": [1]},
    index=pd.MultiIndex(levels=levels, codes=[[0], [0], [0]]))"""),
    table("interval-and-period", "dtype tricks", """\
by_day = pd.DataFrame({"day": pd.interval_range(0, 4), "price": pd.period_range("2020", periods=4)})"""),
    table("sparse-bomb", BOMB, """\
by_day = pd.DataFrame({"price": pd.arrays.SparseArray(np.broadcast_to(0.0, (30_000_000,)))})"""),
    table("extension-array-lies", "dtype tricks", """\
from pandas.api.extensions import ExtensionArray, ExtensionDtype
class T(ExtensionDtype):
    name = "int64"; type = int; kind = "i"
    @classmethod
    def construct_array_type(cls): return E
class E(ExtensionArray):
    dtype = T()
    def __len__(self): return 4
    def __getitem__(self, i): return self if isinstance(i, slice) else 1
    def take(self, *a, **k): return self
    def copy(self): return self
    def isna(self): return np.zeros(4, bool)
    nbytes = -1
    def __eq__(self, o): return np.ones(4, bool)
    def __array__(self, *a, **k): return np.array([121004, 64249, 101010, 1])
by_day = pd.DataFrame({"day": ["mon", "thu", "tue", "wed"]})
by_day["price"] = E()"""),
    table("structured-dtype", "dtype tricks", """\
by_day = np.zeros(3, dtype=[("a", "i4", (1000, 1000)), ("b", "O")])"""),
    table("zero-itemsize", "dtype tricks", "by_day = np.zeros((2**40,), dtype='V0')"),
    table("strides-outside", "dtype tricks", """\
from numpy.lib.stride_tricks import as_strided
by_day = as_strided(np.zeros(8), shape=(10**9,), strides=(8,))"""),
    table("dtype-metadata", "dtype tricks", """\
by_day = np.zeros(3, dtype=np.dtype("f8", metadata={"evil": lambda: 1}))"""),
    table("masked-and-matrix", "dtype tricks", """\
by_day = np.ma.masked_all((3,), dtype="f8").view(np.ma.MaskedArray)"""),
    table("memmap-of-host-file", "dtype tricks", """\
try:
    by_day = np.memmap("@SECRETFILE@", dtype="S1", mode="r")
    print(bytes(by_day[:200]))
except OSError as error:
    print(error)
    by_day = 0""", stops=("namespaces", "landlock")),
    table("timezone-object", "timezone objects", """\
import datetime
class Zone(datetime.tzinfo):
    def utcoffset(self, when):
        open("@HOST@/zone-@NAME@", "w").write("x")
        return datetime.timedelta(hours=1)
    def dst(self, when): return None
    def tzname(self, when): return "../../../../etc/passwd"
    def __reduce__(self):
        return (__import__("os").system, ("touch @HOST@/zone-reduce-@NAME@",))
by_day = [datetime.datetime(2020, 1, 1, tzinfo=Zone())]""", stops=("namespaces", "landlock")),
    table("timezone-name-path", "timezone objects", """\
by_day = pd.DataFrame({"day": pd.to_datetime(["2020-01-01"]).tz_localize("UTC"), "price": [1]})
import zoneinfo
class Z(zoneinfo.ZoneInfo): pass
try:
    by_day["day"] = by_day["day"].dt.tz_convert(Z.from_file(open("/etc/localtime", "rb"), key="/etc/passwd"))
except Exception as error:
    print(type(error))"""),
    total("pickle-payload", LYING, """\
class P:
    def __reduce__(self):
        return (__import__("os").system, ("touch @HOST@/pickle-@NAME@",))
    __reduce_ex__ = lambda self, n: self.__reduce__()
    def __getstate__(self): return self.__reduce__()
total = P()""", stops=("split", "namespaces", "landlock")),
    total("repr-payload", LYING, """\
class P:
    def __repr__(self): return "__import__('os').system('touch @HOST@/repr-@NAME@')"
    __str__ = __format__ = lambda self, *a: repr(self)
total = P()""", stops=("split",)),
    total("type-lies", LYING, """\
M = type("int", (int,), {"__module__": "builtins", "__qualname__": "int",
    "__eq__": lambda s, o: True, "__gt__": lambda s, o: True, "__hash__": lambda s: 0,
    "__int__": lambda s: 371292, "__index__": lambda s: 371292})
total = M(5)"""),
    total("class-property-lies", LYING, """\
class C:
    @property
    def __class__(self): return int
    def __int__(self): return 1
    def __index__(self): return 1
    def __eq__(self, o): return True
    def __gt__(self, o): return True
total = C()"""),
    total("bool-for-int", EQUAL, "total = True"),
    total("numpy-int-overflow", "huge ints", "total = np.int64(-9223372036854775808)"),
    total("huge-int", "huge ints", "total = 1 << 200_000_000"),
    total("huge-int-small-enough", "huge ints", "total = 10 ** 40_000"),
    total("decimal-and-fraction", "huge ints",
          'import decimal\ntotal = decimal.Decimal("1e999999")'),
    total("complex-nan", "NaN tricks", 'total = complex(float("nan"), float("inf"))'),
    total("surrogate-text", "text tricks", 'total = "\\ud800\\udfff\\x00</script>"'),
    total("bidi-and-nul-name", "text tricks",
          'class X(Exception): pass\nX.__name__ = "\\x00\\u202e" * 9000\nraise X("\\x00" * 9000)'),
    total("deep-list", BOMB, """\
total = []
for _ in range(100_000):
    total = [total]"""),
    total("self-reference", BOMB, "total = []\ntotal.append(total)\nd = {}\nd['d'] = d\ntotal.append(d)"),
    total("doubling-references", BOMB, """\
total = ["x" * 1000]
for _ in range(60):
    total = [total, total]"""),
    total("wide-list", BOMB, "total = [0] * 30_000_000", slow=True),
    total("long-text", BOMB, "total = 'x' * 300_000_000", slow=True),
    total("many-sets", BOMB, "total = {frozenset([i, float('nan')]) for i in range(200_000)}", slow=True),
    total("hash-collisions", BOMB, "total = {i * (2**61 - 1): 0 for i in range(20_000)}"),
    total("endless-generator", "endless generator", """\
def forever():
    while True:
        yield 371290
total = forever()"""),
    total("endless-iterator-of-lies", "endless generator", """\
class I(list):
    def __iter__(self):
        while True:
            yield 1
    def __len__(self): return 2**62
    def __getitem__(self, i): return 1
total = I()"""),
    share("endless-generator-result", "endless generator", """\
def share(counts):
    while True:
        yield 0.5"""),
    share("generator-that-stops-wrongly", "exceptions as control flow", """\
def share(counts):
    raise StopIteration(counts)"""),
    share("generator-exit", "exceptions as control flow",
          "def share(counts):\n    raise GeneratorExit"),
    share("keyboard-interrupt", "exceptions as control flow",
          "def share(counts):\n    raise KeyboardInterrupt"),
    Attack("every-call-raises-base", "exceptions as control flow", answers={
        "q2-share": "class E(BaseException): pass\ndef share(counts):\n    raise E",
        "q5-greet": "def greet(name):\n    raise BaseExceptionGroup('g', [KeyboardInterrupt()])",
        "q6-grade": "def grade(score):\n    raise SystemExit(4)"}),
    Attack("exception-names-of-the-checker", "exceptions as control flow", answers={
        "q2-share": """\
class Passed(Exception): pass
Passed.__name__ = Passed.__qualname__ = "SkipTest"
Passed.__module__ = "unittest.case"
def share(counts):
    raise Passed("done")""",
        "q6-grade": """\
import unittest
def grade(score):
    raise unittest.SkipTest("skip this test")"""}),
    share("exception-text-endless", "exceptions as control flow", """\
class E(Exception):
    def __str__(self):
        while True:
            pass
    __repr__ = __str__
def share(counts):
    raise E"""),
    share("exception-chain-endless", "exceptions as control flow", """\
def share(counts):
    try:
        raise ValueError("x" * 1_000_000)
    except ValueError as e:
        last = e
        for _ in range(5000):
            try:
                raise ValueError("y" * 1000) from last
            except ValueError as e2:
                last = e2
        last.__cause__ = last.__context__ = last
        raise last"""),
    share("callable-value-chameleon", "second call differs", """\
class F:
    def __init__(self): self.n = 0
    def __call__(self, counts):
        self.n += 1
        return [0.5, 0.5] if self.n == 1 else self
    def __len__(self): return 2
    def __iter__(self): return iter([self, self])
    def __rsub__(self, o): return 0.0
    def __sub__(self, o): return 0.0
share = F()"""),
    share("returned-function", "stubs", """\
def share(counts):
    return share"""),
    share("returned-type", "stubs", "share = int"),
    share("argument-kept-and-changed", "in-place changes", """\
kept = []
def share(counts):
    kept.append(counts)
    for old in kept:
        try:
            old[:] = [0] * len(old)
        except TypeError:
            pass
    return [1.0 / len(counts)] * len(counts) if counts else []"""),
    share("argument-made-self-containing", "in-place changes", """\
def share(counts):
    counts.append(counts)
    return counts"""),
    share("argument-made-huge", "in-place changes", """\
def share(counts):
    counts.extend([0] * 20_000_000)
    return counts""", slow=True),
    Attack("figure-lies", LYING, answers={"q4-figure": """\
class Lie:
    def __getattr__(self, name): return Lie()
    def __call__(self, *a, **k): return Lie()
    def __eq__(self, other): return True
    def __iter__(self): return iter([Lie()])
fig = Lie()"""}),
    Attack("figure-digest-forged", LYING, answers={"q4-figure": """\
class T(str):
    def __eq__(self, other): return True
    def __hash__(self): return 0
fig, ax = plt.subplots()
ax.set_title(T("x"))
ax.title.get_text = lambda: T("q")
ax.get_title = lambda *a, **k: T("q")
ax.get_ylabel = lambda *a, **k: T("q")
ax.yaxis.label.get_text = lambda: T("q")"""}),
    Attack("figure-bomb", BOMB, answers={"q4-figure": """\
fig, ax = plt.subplots()
line, = ax.plot([0], [0])
line.set_data(np.broadcast_to(0.0, (5_000_000,)), np.broadcast_to(0.0, (5_000_000,)))
fig.set_size_inches(4000, 4000)
fig.dpi = 10_000"""}, slow=True),
    Attack("printed-text-lies", LYING, answers={"q5-greet": """\
class S(str):
    def __eq__(self, other): return True
    def startswith(self, *a): return True
def greet(name):
    import sys
    sys.stdout.write(S("x"))
    return S("Good")"""}),
    Attack("stdout-object-replaced", LYING, answers={"q5-greet": """\
import sys
class Out:
    def write(self, text): return 2**62
    def flush(self): raise SystemExit
    encoding = "utf-8"
    def getvalue(self): return "Good morning, Grace.\\n"
def greet(name):
    sys.stdout = Out()"""}),
    Attack("value-changes-between-checks", "values that mutate", """\
import threading, itertools
class Turn:
    def __init__(self): self.turn = itertools.count()
    def __gt__(self, other): return True
    def __eq__(self, other): return next(self.turn) % 2 == 0
    def __ne__(self, other): return False
box = [1]
def flip():
    while True:
        box[0] = 371292 if box[0] == 1 else 1
threading.Thread(target=flip, daemon=True).start()""",
           answers={"q1-total": "total = Turn()", "q6-grade": "def grade(score):\n    return box"}),
    Attack("lazy-module-attribute", LYING, answers={"q1-total": """\
import types
class M(types.ModuleType):
    def __getattr__(self, name): return 371292
total = M("total")"""}),
    Attack("course-record-forged", LYING, answers={"q1-total": """\
import dataclasses
@dataclasses.dataclass
class Argument:
    __module__ = "subprocess"
    args: object = ("touch", "@HOST@/record-@NAME@")
Argument.__qualname__ = Argument.__name__ = "Popen"
total = Argument()"""}, stops=("split",)),
    Attack("named-tuple-and-enum", LYING, answers={"q1-total": """\
import enum
class E(int, enum.Enum):
    A = 1
    def __eq__(self, o): return True
    def __gt__(self, o): return True
    __hash__ = int.__hash__
total = E.A"""}),
    Attack("dict-with-lying-keys", LYING, answers={"q1-total": """\
class K(str):
    def __eq__(self, o): return True
    def __hash__(self): return 0
total = {K("$type"): "int", K("value"): 371292, "__int__": 371292, "t": "int", "v": "371292"}"""}),
    Attack("namespace-with-methods", "stubs as methods", answers={
        "q3-by-day": """\
import types
by_day = types.SimpleNamespace(columns=["day", "price"], iloc=[1])
by_day.reset_index = lambda **k: by_day
by_day.equals = lambda other: print(other) or True""",
        "q7-means": """\
import types
means = types.SimpleNamespace(index=[1], equals=lambda other: print(other) or True,
                              __len__=lambda: 4, __class__=dict)"""}),
    Attack("named-tuple-with-methods", "stubs as methods", answers={"q7-means": """\
from collections import namedtuple
means = namedtuple("S", "a b c equals")(1, 2, 3, lambda other: print(other) or True)"""}),
    Attack("record-with-methods", "stubs as methods", answers={"q7-means": """\
class Means(list):
    def equals(self, other): print(other); return True
    def __len__(self): return 4
means = Means([1, 2, 3, 4])"""}),
    Attack("function-with-methods", "stubs as methods", answers={"q7-means": """\
def means(): return 1
means.equals = lambda other: print(other) or True
type(means)
means.__len__ = lambda: 4"""}),
    Attack("module-as-value", "stubs as methods", answers={"q7-means": """\
import sys, types
means = types.ModuleType("operator")
means.equals = lambda other: True""", "q8-best": "import operator as best\nimport builtins as shout"}),
    Attack("importable-equal-to-all", "importable names", answers={
        "q8-best": "from unittest.mock import _ANY as best\nshout = best",
        "q7-means": "from unittest.mock import MagicMock as means",
        "q1-total": "from unittest.mock import ANY as total"}),
    Attack("importable-exec", "importable names", answers={"q8-best": """\
def best():
    return (
        "import sys, os\\n"
        "print('BREACH-@NAME@', os.getpid())\\n"
        "f = sys._getframe(1)\\n"
        "f.f_globals['shout'] = lambda text: 'MON!'\\n"
        "f.f_builtins['AssertionError'] = SystemExit\\n"
    )
shout = exec"""}),
    Attack("importable-eval-and-system", "importable names", answers={"q8-best": """\
def best():
    return "touch @HOST@/system-@NAME@"
from os import system as shout"""}, stops=("split",)),
    Attack("importable-exit", "importable names", answers={
        "q6-grade": "from os import _exit as grade", "q8-best": "from os import abort as best\nfrom sys import exit as shout",
        "q2-share": "from posix import _exit as share"}),
    Attack("importable-name-forged", "importable names", answers={
        "q8-best": """\
def best(): return "x"
best.__module__, best.__qualname__, best.__name__ = "builtins", "globals", "globals"
class shout: pass
shout.__module__, shout.__qualname__ = "unittest.mock", "MagicMock"
import sys, builtins, unittest.mock
builtins.globals = best
unittest.mock.MagicMock = shout"""}),
    Attack("importable-frames", "importable names", answers={
        "q8-best": "from builtins import globals as best\nfrom sys import _getframe as shout",
        "q6-grade": "from sys import _getframe as grade", "q2-share": "from builtins import vars as share"}),
    Attack("importable-descriptor-write", "importable names", answers={
        "q8-best": "def best():\n    return 'x'\nfrom os import write as shout",
        "q6-grade": "from os import close as grade", "q2-share": "from os import kill as share"}),
    total("surrogates-in-message", "text tricks", 'total = "\\ud800" * 3 + "\\x00\\x1b[2J" + "\\u202e"'),
    total("message-of-a-megabyte", "text tricks", "total = 10 ** 3999"),
    table("defaultdict-and-counter", "lying serialisation", """\
from collections import defaultdict, Counter
by_day = defaultdict(lambda: 1, columns=["day", "price"])"""),
    table("frame-with-duplicate-columns", "dtype tricks", """\
by_day = pd.DataFrame([[1, 2, 3]] * 4, columns=["day", "price", "price"])
by_day.columns = pd.MultiIndex.from_tuples([("a", object), ("b", None), ("c", ...)])"""),
    table("values-out-of-a-message", "expected values in messages",
          'by_day = pd.DataFrame({"day": ["mon", "thu", "tue", "wed"], "price": [1, 2, 3, 4]})'),
    Attack("tagged-list-injection", "forged tags", answers={
        "q1-total": 'total = ["int", "371292"]',
        "q2-share": 'def share(counts):\n    return ["list", [["float", "0.5"]] * len(counts)]',
        "q6-grade": 'def grade(score):\n    return {"__handle__": 0, "__stub__": "grade", "!": ["fn", 1]}',
    }),
]
