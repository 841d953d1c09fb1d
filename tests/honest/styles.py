# ruff: noqa: E501  (a style is easier to compare when its cells stay one line each)
"""Test styles that people use, one answer and one test each, in one notebook.

`right` earns all points under stock nbgrader, `wrong` none (or `partly` points). `mode` is what
the engine should find at release: "split", or "legacy" with a word of its reason.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """An answer cell, its test cell, and how the test must be graded."""

    name: str
    right: str
    wrong: str
    test: str
    points: float = 2.0
    partly: float = 0.0
    mode: str = "split"


SETUP = '''\
import asyncio
import contextlib
import io
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

sales = pd.DataFrame({"day": ["mon", "tue", "wed"], "price": [10.0, 20.0, 40.0]})
stock = {"pen": 3, "ink": 0}
scores = [3, 1, 2]


def helper(x):
    return 10 * x


def close(a, b):
    return abs(a - b) < 1e-9
'''

STYLES = [
    Style("column-added", 'sales["tax"] = sales["price"] * 0.2', 'sales["taxes"] = 0',
          'assert "tax" in sales.columns\nassert np.allclose(sales["tax"], [2, 4, 8])'),
    Style("row-appended-to-given-list", "scores.append(9)", "scores.append(8)",
          "assert scores == [3, 1, 2, 9]"),
    Style("given-dict-changed", 'stock["ink"] = 7', "stock = {}", 'assert stock == {"pen": 3, "ink": 7}'),
    Style("in-place-list", "def tidy(items):\n    items.sort()", "def tidy(items):\n    return sorted(items)",
          "mess = [3, 1, 2]\nassert tidy(mess) is None\nassert mess == [1, 2, 3]"),
    Style("in-place-frame", 'def mark(frame):\n    frame["seen"] = True', "def mark(frame):\n    frame = frame.copy()",
          'frame = pd.DataFrame({"a": [1, 2]})\nmark(frame)\nassert frame["seen"].all()'),
    Style("in-place-array", "def double(a):\n    a *= 2", "def double(a):\n    a = a * 2",
          "array = np.arange(4)\ndouble(array)\nassert array.tolist() == [0, 2, 4, 6]"),
    Style("argument-left-alone", "def first(items):\n    return sorted(items)[0]",
          "def first(items):\n    items.sort()\n    return items[0]",
          "given = [2, 1]\nassert first(given) == 1\nassert given == [2, 1]"),
    Style("printed-by-call", 'def greet(name):\n    print(f"Hello, {name}!")', "def greet(name):\n    return name",
          'out = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    greet("Ada")\nassert out.getvalue().strip() == "Hello, Ada!"'),
    Style("imports-in-answer", "import math\nfrom collections import Counter\nroot = math.sqrt(16)", "import math\nfrom collections import Counter\nroot = 5",
          'assert root == math.sqrt(16)\nassert Counter("aab")["a"] == 2'),
    Style("import-inside-function", "def area(r):\n    from math import pi\n    return pi * r * r", "def area(r):\n    return r",
          "assert close(area(1), 3.141592653589793)"),
    Style("live-axes", 'figure1, axes1 = plt.subplots()\naxes1.plot([1, 2], [3, 4])\naxes1.set_title("Prices")',
          "figure1, axes1 = plt.subplots()", 'assert axes1.get_title() == "Prices"\nassert len(axes1.lines) == 1', mode="legacy"),
    Style("current-axes", 'plt.plot([1, 2, 3])\nplt.xlabel("days")\ncurrent = plt.gca()', "plt.plot([1])\ncurrent = plt.gca()",
          'assert current.get_xlabel() == "days"', mode="legacy"),
    Style("own-exception", "class TooSmall(ValueError):\n    pass\n\ndef check(n):\n    if n < 0:\n        raise TooSmall(n)\n    return n",
          "class TooSmall(ValueError):\n    pass\n\ndef check(n):\n    return n",
          "try:\n    check(-1)\nexcept TooSmall:\n    pass\nelse:\n    raise AssertionError\nassert check(2) == 2"),
    Style("own-exception-caught-as-built-in", "class Bad(ValueError):\n    pass\n\ndef check2(n):\n    if n < 0:\n        raise Bad(n)\n    return n",
          "def check2(n):\n    raise KeyError(n)",
          "try:\n    check2(-1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError\nassert check2(2) == 2"),
    Style("pytest-raises", "def ratio(a, b):\n    return a / b", "def ratio(a, b):\n    return 0",
          "import pytest\nwith pytest.raises(ZeroDivisionError):\n    ratio(1, 0)\nassert ratio(1, 2) == 0.5"),
    Style("patched-helper", "def use(x):\n    return helper(x) + 1", "def use(x):\n    return 10 * x + 1",
          "keep, helper = helper, lambda x: 5\ntry:\n    assert use(1) == 6\nfinally:\n    helper = keep", mode="legacy"),
    Style("global-changed-by-test", "rate = 0.1\n\ndef tax(x):\n    return x * rate", "rate = 0.1\n\ndef tax(x):\n    return x * 0.1",
          "rate = 0.5\nassert tax(10) == 5", mode="legacy"),
    Style("class-with-methods", "class Account:\n    def __init__(self, balance):\n        self.balance = balance\n    def deposit(self, n):\n        self.balance += n",
          "class Account:\n    def __init__(self, balance):\n        self.balance = 0\n    def deposit(self, n):\n        pass",
          "account = Account(10)\naccount.deposit(5)\nassert account.balance == 15", mode="legacy"),
    Style("instance-made-by-answer", "class Dog:\n    name = 'Rex'\n\ndog = Dog()", "class Dog:\n    name = 'Max'\n\ndog = Dog()",
          'assert dog.name == "Rex"', mode="legacy"),
    Style("dataclass-result", "import dataclasses\n\n@dataclasses.dataclass\nclass Point:\n    x: int\n    y: int\n\ndef origin():\n    return Point(0, 0)",
          "import dataclasses\n\n@dataclasses.dataclass\nclass Point:\n    x: int\n    y: int\n\ndef origin():\n    return Point(1, 0)",
          "assert origin().x == 0 and origin().y == 0", mode="legacy"),
    Style("named-tuple", "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')\npair = Pair(1, 2)", "pair = (2, 1)",
          "assert tuple(pair) == (1, 2)"),
    Style("generator-function", "def down(n):\n    while n:\n        yield n\n        n -= 1", "def down(n):\n    yield 0",
          "assert list(down(3)) == [3, 2, 1]"),
    Style("closure-returned", "def adder(n):\n    return lambda x: x + n", "def adder(n):\n    return lambda x: x",
          "assert adder(2)(3) == 5"),
    Style("callback-taken", "def twice(f, x):\n    return f(f(x))", "def twice(f, x):\n    return f(x)",
          "assert twice(lambda n: n + 1, 3) == 5"),
    Style("several-answers-build", "base_price = 12", "base_price = 10", "assert base_price == 12"),
    Style("several-answers-use", "final_price = base_price * 2", "final_price = 1", "assert final_price == 24"),
    Style("array-result", "grid = np.arange(6).reshape(2, 3)", "grid = np.zeros((2, 3))",
          "assert isinstance(grid, np.ndarray)\nassert grid.shape == (2, 3)\nnp.testing.assert_array_equal(grid, [[0, 1, 2], [3, 4, 5]])"),
    Style("array-dtype", "mask = np.array([True, False])", "mask = np.array([1, 0])", "assert mask.dtype == bool"),
    Style("frame-with-dates", 'dated = pd.DataFrame({"when": pd.to_datetime(["2019-12-01", "2020-01-01"]), "n": [1, 2]})',
          'dated = pd.DataFrame({"when": ["2019-12-01", "2020-01-01"], "n": [1, 2]})',
          'assert dated["when"].dt.year.tolist() == [2019, 2020]'),
    Style("frame-categorical-index", 'cats = pd.Series([1, 2], index=pd.CategoricalIndex(["b", "a"]), name="n")', "cats = pd.Series([1, 2])",
          'assert cats.index.dtype == "category"\nassert cats["a"] == 2\nassert cats.name == "n"'),
    Style("frame-multi-index", 'multi = pd.DataFrame({"a": [1, 1, 2], "b": [1, 2, 1], "v": [5, 6, 7]}).set_index(["a", "b"])', "multi = pd.DataFrame()",
          'assert multi.loc[(1, 2), "v"] == 6\nassert multi.index.names == ["a", "b"]'),
    Style("frame-missing-values", 'holes = pd.DataFrame({"x": pd.array([1, None], dtype="Int64"), "s": ["a", None]})', 'holes = pd.DataFrame({"x": [1, 0], "s": ["a", ""]})',
          'assert holes["x"].isna().tolist() == [False, True]\nassert str(holes["x"].dtype) == "Int64"\nassert holes["s"].isna().sum() == 1'),
    Style("time-zones", 'zoned = pd.Timestamp("2019-12-01 10:00", tz="Asia/Shanghai")', 'zoned = pd.Timestamp("2019-12-01 10:00")',
          'assert zoned.tz_convert("UTC").hour == 2'),
    Style("group-by-series", 'means = sales.groupby("day")["price"].mean()', 'means = sales["price"]', 'assert means["tue"] == 20.0\nassert means.index.name == "day"'),
    Style("function-of-frame", 'def dear(frame, least):\n    return frame[frame["price"] >= least]', "def dear(frame, least):\n    return frame",
          'assert len(dear(sales, 20)) == 2\npd.testing.assert_frame_equal(dear(sales, 40).reset_index(drop=True)[["day"]], pd.DataFrame({"day": ["wed"]}))'),
    Style("nested-containers", 'tree = {"a": [1, (2, {3, 4})], ("k", 1): frozenset({5})}', "tree = {}",
          'assert tree["a"][1] == (2, {3, 4})\nassert tree[("k", 1)] == frozenset({5})'),
    Style("keywords-and-defaults", 'def name(first, last="Doe", *rest, sep=" ", **more):\n    return sep.join([first, last, *rest, *more.values()])',
          'def name(first, last="Doe", *rest, sep=" ", **more):\n    return first',
          'assert name("Jo") == "Jo Doe"\nassert name("Jo", "Li", "x", sep="-", z="q") == "Jo-Li-x-q"'),
    Style("memory-between-calls", "calls = []\n\ndef remember(x):\n    calls.append(x)\n    return len(calls)", "def remember(x):\n    return 1",
          "assert remember(1) == 1\nassert remember(2) == 2"),
    Style("lambda", "square = lambda x: x * x", "square = lambda x: x", "assert [square(n) for n in range(4)] == [0, 1, 4, 9]"),
    Style("recursion", "def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)", "def fact(n):\n    return n", "assert fact(20) == 2432902008176640000"),
    Style("huge-integer", "big = 2 ** 4000", "big = 2 ** 40", "assert big % 7 == 2 ** 4000 % 7 and big.bit_length() == 4001"),
    Style("exact-floats", "third = 1 / 3", "third = 0.333", "assert third == 1 / 3\nassert third.hex() == (1 / 3).hex()"),
    Style("not-a-number", 'strange = [float("nan"), float("inf"), -0.0]', "strange = [0, 0, 0]",
          'assert strange[0] != strange[0] and strange[1] > 1e308 and str(strange[2]) == "-0.0"'),
    Style("decimals-and-fractions", "from decimal import Decimal\nfrom fractions import Fraction\nprice2 = Decimal('1.10')\nhalf = Fraction(1, 2)", "price2 = 1.1\nhalf = 0.4",
          "assert str(price2) == '1.10'\nassert half * 2 == 1 and half.numerator == 1"),
    Style("dates", "import datetime\nrule = datetime.date(2019, 12, 1)\nspan = datetime.timedelta(days=3)", "import datetime\nrule = datetime.date(2019, 12, 2)\nspan = 3",
          "assert rule.year == 2019 and rule.day == 1\nassert span.days == 3"),
    Style("complex-and-bytes", "z = 3 + 4j\nraw = b'\\x00\\xff'", "z = 3\nraw = ''", "assert abs(z) == 5\nassert raw[1] == 255"),
    Style("range-and-slice", "steps = range(0, 10, 3)", "steps = [0]", "assert list(steps) == [0, 3, 6, 9]"),
    Style("text-of-every-kind", 'word = "Grüße 你好 🎓\\n"', 'word = "Gruesse"', 'assert word.startswith("Grüße") and "你好" in word and word.endswith("\\n")'),
    Style("none-is-none", "nothing = None", "nothing = 0", "assert nothing is None"),
    Style("true-is-true", "fact_holds = True", "fact_holds = 1", "assert fact_holds is True"),
    Style("exact-type", "numbers = [1, 2]", "numbers = (1, 2)", "assert type(numbers) is list"),
    Style("numpy-scalar", "mean = np.mean([1, 2, 4])", "mean = 2", "assert close(mean, 7 / 3)\nassert isinstance(mean, float)"),
    Style("function-facts", 'def described(x):\n    """Say."""\n    return x', "def undocumented(x):\n    return x\n\ndescribed = undocumented",
          'assert callable(described)\nassert described.__name__ == "described"\nassert described.__doc__ == "Say."'),
    Style("signature-inspected", "def sig(a, b=2):\n    return a", "def sig(a):\n    return a", 'import inspect\nassert list(inspect.signature(sig).parameters) == ["a", "b"]', mode="any"),
    Style("source-inspected", "def looped(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total", "def looped(n):\n    return sum(range(n))",
          'import inspect\nassert "for " in inspect.getsource(looped)', mode="legacy"),
    Style("interpreter-asked", "seen_here = 3", "seen_here = 4", 'assert get_ipython().user_ns["seen_here"] == 3', mode="legacy"),
    Style("name-defined-at-all", "maybe = 1", "other_name = 1", 'assert "maybe" in globals()\nassert maybe == 1'),
    Style("name-error-caught", "exists = 1", "exist = 1", "try:\n    exists\nexcept NameError:\n    raise AssertionError('define exists')\nassert exists == 1"),
    Style("seeded-by-test", "import random\n\ndef roll():\n    return random.random()", "import random\n\ndef roll():\n    return 0",
          "import random\nrandom.seed(4)\na = roll()\nrandom.seed(4)\nassert a == roll() and a > 0", mode="legacy"),
    Style("generator-object-passed", "def draw(rng):\n    return rng.integers(0, 10, 3).tolist()", "def draw(rng):\n    return [0, 0, 0]",
          "assert draw(np.random.default_rng(5)) == np.random.default_rng(5).integers(0, 10, 3).tolist()", mode="any"),
    Style("file-written-by-answer", 'with open("out.txt", "w") as f:\n    f.write("42")', "pass", 'assert open("out.txt").read() == "42"', mode="legacy"),
    Style("async-function", "async def fetch():\n    await asyncio.sleep(0)\n    return 7", "async def fetch():\n    return 8", "assert await fetch() == 7", mode="any"),
    Style("top-level-await", "async def seven():\n    return 7\n\nawaited = await seven()", "awaited = 1", "assert awaited == 7"),
    Style("magics-and-shell", "%matplotlib inline\nlines = !echo hello\nsaid = lines[0]", "said = 'x'", 'assert said == "hello"'),
    Style("timed-cell", "%%time\nslow = sum(range(1000))", "slow = 0", "assert slow == 499500"),
    Style("partial-credit", 'def kind(n):\n    return "even" if n % 2 == 0 else "odd"', 'def kind(n):\n    return "even"',
          'earned = 0\nif kind(2) == "even":\n    earned += 1\nif kind(3) == "odd":\n    earned += 2\nearned', 3, 1),
    Style("partial-credit-fraction", "share1 = 0.5", "share1 = 0.25", "min(1.0, 2 * share1)", 1, 0.5),
    Style("helper-made-by-test", "values = [1, 2, 3]", "values = [1]", "def total_of(v):\n    return sum(v)\nassert total_of(values) == 6"),
    Style("helper-of-earlier-test", "values2 = [4]", "values2 = [5]", "assert total_of(values2) == 4"),
    Style("loop-over-cases", "def sign(x):\n    return (x > 0) - (x < 0)", "def sign(x):\n    return 1", "for given, wanted in [(3, 1), (0, 0), (-2, -1)]:\n    assert sign(given) == wanted, f'sign({given})'"),
    Style("set-comparison", "found = {'a', 'b'}", "found = {'a'}", "assert found == {'b', 'a'}\nassert found <= {'a', 'b', 'c'}"),
    Style("sorted-frame-by-columns", 'table2 = pd.DataFrame({"b": [2, 1], "a": ["x", "y"]})', 'table2 = pd.DataFrame({"b": [2, 1]})',
          'pd.testing.assert_frame_equal(table2.sort_values("b").reset_index(drop=True), pd.DataFrame({"b": [1, 2], "a": ["y", "x"]}))'),
    Style("module-alias", "import statistics as st\nmiddle = st.median([1, 5, 9])", "import statistics as st\nmiddle = 1", "assert middle == st.median([9, 1, 5])"),
    Style("operator-module-functions", "from operator import itemgetter\npick = itemgetter(1)", "pick = len", "assert pick([4, 5]) == 5"),
    Style("numpy-function-as-answer", "average = np.mean", "average = np.sum", "assert average([1, 3]) == 2"),
    Style("frame-equality-by-method", 'copied = sales[["day"]].copy()', 'copied = sales[["price"]].copy()', 'assert copied.equals(sales[["day"]])'),
    Style("word-forbidden", "def summed(v):\n    total = 0\n    for x in v:\n        total += x\n    return total", "def summed(v):\n    return sum(v)",
          'import inspect\nassert "sum(" not in inspect.getsource(summed).split(":", 1)[1]\nassert summed([1, 2]) == 3', mode="legacy"),
    Style("name-absent", "kept = 8", "scratch = 4\nkept = scratch * 2\n", 'assert kept == 8\nassert "scratch" not in globals(), "delete it"', mode="legacy"),
    Style("warning-forbidden", "def quiet(x):\n    return x", "def quiet(x):\n    warnings.warn('old')\n    return x",
          "with warnings.catch_warnings():\n    warnings.simplefilter('error')\n    assert quiet(1) == 1", mode="legacy"),
    Style("random-answer-bounded", "import random\nguess = random.randint(1, 6)", "guess = 9", "assert 1 <= guess <= 6"),
]

ESSAY = ("essay", "Explain.")
