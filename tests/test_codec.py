"""Plain data across the border: exact types both ways, and nothing else, whatever the bytes say."""

from __future__ import annotations

import contextlib
import datetime
import math
import random
import struct
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from invigilator.codec import Budget, CodecError, NamedTuples, Reader, Writer, dumps, loads

PLAIN = [
    None, True, False, ..., 0, -1, 2**63 - 1, 2**63, -(2**200), 0.1, -0.0, math.inf, 1e-320,
    2 - 3j, "", "ä\x00😀", "\udcff", b"", b"\xff\x00", bytearray(b"ab"),
    [], [1, "a", [2.5, None]], list(range(100)), [0.5] * 9, ["x", "yz"] * 9, [True] * 9,
    [1, 2.0] * 9, [2**70] * 9, (), (1,), tuple(range(20)), {1, 2}, frozenset({"a"}),
    {"a": {"b": [1]}, 2: (3,), None: ...},
    datetime.date(2019, 12, 1), datetime.time(1, 2, 3, 4),
    datetime.datetime(2019, 12, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai")),
    datetime.datetime(2019, 12, 1, tzinfo=datetime.UTC), datetime.timedelta(-1, 5, 7),
    Decimal("1.10"), Fraction(1, 3), range(1, 10, 3), slice(1, None),
    Counter("aab"), OrderedDict([("b", 1), ("a", 2)]), defaultdict(list, {"a": [1]}),
    deque([1, 2], maxlen=3), SimpleNamespace(a=1), {}.keys(), {"a": 1}.items(),
]  # fmt: skip

NUMPY = [
    np.float64(0.1), np.float32(0.1), np.int8(-3), np.uint64(2**64 - 1), np.bool_(True),
    np.str_("é"), np.bytes_(b"x"), np.datetime64("2019-12-01"), np.timedelta64(3, "h"),
    np.complex128(1 + 2j), np.arange(6).reshape(2, 3), np.arange(6).reshape(2, 3).T,
    np.zeros((0, 4)), np.array(5.0), np.array(["a", "bcd"]), np.array([1, "a", None], object),
    np.array([True, False]), np.array(["2019", "NaT"], "M8[D]"), np.dtype("int32"),
    np.dtype("O"), np.arange(10)[::2],
]  # fmt: skip

PANDAS = [
    pd.NA, pd.NaT, pd.Timestamp("2019-12-01 08:00:00.000001"),
    pd.Timestamp("2019-12-01", tz="Asia/Shanghai"), pd.Timedelta("3h"), pd.Period("2019-12"),
    pd.Interval(1, 2, closed="both"), pd.CategoricalDtype(["a", "b"], ordered=True),
    pd.Series([1.5, None], index=["p", "q"], name="n"), pd.Series([], dtype="object"),
    pd.Series(["a", None]), pd.Series([1, None], dtype="Int64"),
    pd.Series([True, None], dtype="boolean"),
    pd.Series(["x", "y", "x"], dtype="category"), pd.Series([[1], {"a": 2}, None]),
    pd.Series(pd.period_range("2019", periods=2, freq="Q")),
    pd.Series(pd.interval_range(0, 3)), pd.Series(pd.to_timedelta([1, None], unit="h")),
    pd.Series(pd.date_range("2019", periods=3, tz="Europe/Berlin")),
    pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, math.nan]}),
    pd.DataFrame([[1, 2], [3, 4]], columns=["same", "same"]), pd.DataFrame(),
    pd.DataFrame(index=[1, 2]), pd.DataFrame({("a", 1): [1], ("b", 2): [2]}),
    pd.DataFrame({"k": [1, 1], "j": [1, 2], "v": [3, 4]}).set_index(["k", "j"]),
    pd.date_range("2019-01-31", periods=3, freq="ME"), pd.RangeIndex(2, 9, 3, name="r"),
    pd.Index(["a", "b"], name="x"), pd.Index([1.5, 2.5]), pd.array([1, None]),
]  # fmt: skip


def identical(one: object, other: object) -> bool:
    """Same exact type and content, NaN equal to NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        if one.dtype == object:
            return one.shape == other.shape and one.tolist() == other.tolist()
        return one.dtype == other.dtype and np.array_equal(
            one, other, equal_nan=one.dtype.kind in "fcM"
        )
    for kind, check in (
        (pd.DataFrame, pd.testing.assert_frame_equal),
        (pd.Series, pd.testing.assert_series_equal),
        (pd.Index, pd.testing.assert_index_equal),
    ):
        if isinstance(one, kind):
            check(one, other)
            return True
    if type(one).__name__ in ("dict_keys", "dict_items"):
        return list(one) == list(other)
    if one is pd.NA or one is pd.NaT:
        return other is one
    if isinstance(one, pd.api.extensions.ExtensionArray):
        return one.equals(other)
    return repr(one) == repr(other)


@pytest.mark.parametrize("value", PLAIN + NUMPY + PANDAS, ids=lambda v: type(v).__name__)
def test_a_value_arrives_as_itself(value):
    assert identical(loads(dumps(value)), value)


def test_integers_and_floats_stay_apart():
    assert [type(x) for x in loads(dumps([1, 1.0, True] * 5))][:3] == [int, float, bool]


def test_a_random_generator_goes_on_where_it_was():
    rng = np.random.default_rng(3)
    rng.random(7)
    copy = loads(dumps(rng))
    assert copy.random(5).tolist() == rng.random(5).tolist()


def test_aliases_survive_and_stay_one_object():
    inner = [1]
    first, second = loads(dumps([inner, inner]))
    assert first is second
    assert loads(dumps([[1], [1]]))[0] is not loads(dumps([[1], [1]]))[1]


class AlwaysEqual(int):
    """An object that claims to be any number."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Sneaky(dict):
    """A subclass of a plain type."""


@pytest.mark.parametrize(
    "value",
    [AlwaysEqual(3), Sneaky(a=1), type("T", (str,), {})("x"), object(), len, int, [object()],
     {"a": AlwaysEqual()}, (x for x in "ab"), np.ma.array([1], mask=[1]), pd.Series([1]).items(),
     np.array([(1, 2)], dtype=[("a", int), ("b", int)])],
    ids=lambda v: type(v).__name__,
)  # fmt: skip
def test_what_is_not_plain_by_exact_type_is_refused(value):
    with pytest.raises(CodecError):
        dumps(value)


def test_a_value_inside_itself_is_refused():
    ring: list = [1]
    ring.append(ring)
    with pytest.raises(CodecError, match="contains itself"):
        dumps(ring)


def test_depth_nodes_and_size_are_limited_when_writing():
    deep: list = []
    for _ in range(100):
        deep = [deep]
    for value, budget in ((deep, Budget(depth=60)), ([None] * 50, Budget(nodes=20)),
                          ([b"x" * 100] * 3, Budget(size=150))):  # fmt: skip
        with pytest.raises(CodecError):
            dumps(value, budget)


def test_depth_is_limited_when_reading():
    bomb = b"l\x01\x00\x00\x00" * 100_000 + b"N"
    with pytest.raises(CodecError, match="deep"):
        loads(bomb)


def test_shared_parts_count_every_time_they_are_mentioned():
    """Fifty lists, each twice the one before: 2**50 parts in a hundred bytes."""
    data = b"l" + struct.pack("<I", 1) + b"l" + struct.pack("<I", 0)
    doubled = dumps([[]])
    assert loads(data) == loads(doubled)
    layers = b""
    for number in range(1, 51):
        layers += b"l" + struct.pack("<I", 2) + b"R" + struct.pack("<I", number - 1)
        layers += b"R" + struct.pack("<I", number - 1)
    bomb = b"l" + struct.pack("<I", 51) + b"l" + struct.pack("<I", 0) + layers
    with pytest.raises(CodecError):
        loads(bomb, Budget(nodes=100_000))


@pytest.mark.parametrize(
    "bomb",
    [b"l\xff\xff\xff\xff", b"d\xff\xff\xff\x7f", b"b\x00\x00\x00\x80", b"*lq\xff\xff\xff\xff",
     b"*ls\xff\xff\xff\x0f", b"I\xff\xff\xff\xff", b"s\xf0\xff\xff\xff"],
    ids=str,
)  # fmt: skip
def test_a_forged_length_takes_no_memory(bomb):
    tracemalloc.start()
    with pytest.raises(CodecError):
        loads(bomb + b"x" * 100)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "shape",
    [(1 << 39, 1 << 39), (3, -1), (-3, -1), (1,) * 40, (0, 1 << 39, 5), "x", (True, 3), (2.0,)],
    ids=str,
)
def test_a_forged_shape_is_refused_before_memory_is_taken(shape):
    forged = dumps(("<f8", shape, b"\0" * 24))
    with pytest.raises(CodecError):
        if shape == (0, 1 << 39, 5):  # no items at all: legal for NumPy, harmless, but check it
            value = loads(b"x" + dumps("numpy.ndarray")[1:] + dumps(("<f8", shape, b"")))
            assert value.nbytes == 0
            raise CodecError("empty")
        loads(b"x" + dumps("numpy.ndarray")[1:] + forged)


@pytest.mark.parametrize(
    "dtype", ["O", "V8", "O8", "i4,i4", "<f8, (1000000000,)i4", "S99999999", "M8[eval]", "f8\n"]
)
def test_a_forged_dtype_is_refused(dtype):
    with pytest.raises(CodecError):
        loads(b"x" + dumps("numpy.ndarray")[1:] + dumps((dtype, (1,), b"\0" * 8)))


def test_truth_values_are_zero_or_one():
    with pytest.raises(CodecError, match="neither"):
        loads(b"x" + dumps("numpy.ndarray")[1:] + dumps(("|b1", (2,), b"\x01\x02")))


def test_characters_exist():
    with pytest.raises(CodecError, match="character"):
        loads(b"x" + dumps("numpy.ndarray")[1:] + dumps(("<U1", (1,), b"\xff\xff\xff\xff")))


def test_cut_or_altered_bytes_give_a_value_or_an_error_of_the_codec():
    random.seed(1)
    whole = [dumps(value) for value in PLAIN + NUMPY + PANDAS]
    for data in whole:
        cuts = {0, len(data) // 2, len(data) - 1}
        for cut in cuts:
            with pytest.raises(CodecError):
                loads(data[:cut])
        for _ in range(40):
            altered = bytearray(data)
            for _ in range(random.choice((1, 2, 5))):
                altered[random.randrange(len(altered))] = random.randrange(256)
            with contextlib.suppress(CodecError):
                loads(bytes(altered), Budget(size=1 << 20, nodes=100_000))


def test_bytes_after_the_value_are_refused():
    with pytest.raises(CodecError, match="after"):
        loads(dumps(1) + b"N")


def test_named_tuples_are_rebuilt_without_running_source():
    point = namedtuple("Point", "x y")(1, [2])
    assert NamedTuples.is_named(type(point))
    rebuilt = NamedTuples().rebuild(NamedTuples.describe(point))
    assert (rebuilt.x, rebuilt.y, rebuilt) == (1, [2], (1, [2])) and repr(rebuilt) == repr(point)
    assert type(rebuilt) is not type(point)
    for forged in (("P", ("x",), (1, 2)), ("P", ("_x",), (1,)), ("P q", ("x",), (1,)),
                   ("P", ("x y",), (1,)), ("P", ["x"], (1,))):  # fmt: skip
        with pytest.raises(CodecError):
            NamedTuples().rebuild(forged)


def test_data_with_attributes_holds_nothing_callable():
    """A namespace with a function inside would pass for an object with a method."""
    reader = Reader(
        b"x" + dumps("SimpleNamespace")[1:] + b"d\x01\x00\x00\x00" + dumps("equals")
        + b"x" + dumps("object")[1:] + dumps({"handle": 0}),
        other=lambda name, payload: lambda other: True,
    )  # fmt: skip
    with pytest.raises(CodecError, match="no data"):
        reader.read()


def test_an_argument_handed_back_is_recognised():
    arguments = Writer()
    arguments.write(([1], {"a": 2}))
    received = Reader(bytes(arguments.out))
    theirs = received.read()
    reply = Writer(known=received.numbered)
    reply.write(theirs[0])
    ours = Reader(bytes(reply.out), known=arguments.numbered).read()
    assert ours is arguments.numbered[0]
    for forged in (b"P\x09\x00\x00\x00", b"R\x00\x00\x00\x00"):
        with pytest.raises(CodecError):
            Reader(forged, known=arguments.numbered).read()
