"""Extensions for pandas: scalars, dtypes, indexes, Series and DataFrame.

A column travels as a description of its dtype and a plain buffer or list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.arrays import IntervalArray, PeriodArray

from . import arrays
from .builtin import zone_named
from .extensions import EXTENSIONS, Extension, expect
from .wire import CodecError

ROWS = 1 << 24  # a range takes no memory here, but pandas lays it out at the first look
UNITS = ("s", "ms", "us", "ns")
MASKED: dict[str, Any] = {
    kind.name: kind
    for kind in (
        pd.Int8Dtype(), pd.Int16Dtype(), pd.Int32Dtype(), pd.Int64Dtype(),
        pd.UInt8Dtype(), pd.UInt16Dtype(), pd.UInt32Dtype(), pd.UInt64Dtype(),
        pd.Float32Dtype(), pd.Float64Dtype(), pd.BooleanDtype(),
    )
}  # fmt: skip


def describe_column(values: Any) -> Any:
    """An array of pandas or NumPy as (kind, …)."""
    if type(values) is np.ndarray:
        return ("numpy", values)
    if type(values) is pd.arrays.NumpyExtensionArray:
        return ("numpy", values.to_numpy())
    dtype = values.dtype
    if isinstance(dtype, pd.StringDtype):
        missing = "NA" if dtype.na_value is pd.NA else "nan"
        gaps = values.isna()
        texts = [None if gap else str(text) for text, gap in zip(values, gaps, strict=True)]
        return ("text", dtype.storage, missing, texts)
    if dtype.name in MASKED:
        return ("masked", dtype.name, values._data, values._mask)
    if isinstance(dtype, pd.CategoricalDtype):
        return ("category", dtype.categories, values.codes, bool(dtype.ordered))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return ("zoned", dtype.unit, _zone_key(dtype.tz), values.asi8)
    if isinstance(dtype, pd.PeriodDtype):
        return ("period", str(dtype)[len("period[") : -1], values.asi8)
    if isinstance(dtype, pd.IntervalDtype):
        return ("interval", pd.Index(values.left), pd.Index(values.right), values.closed)
    if isinstance(values, pd.arrays.DatetimeArray | pd.arrays.TimedeltaArray):
        return ("numpy", values.to_numpy())
    raise CodecError(f"a column of {dtype} does not cross")


def rebuild_column(parts: Any) -> Any:
    """The array again."""
    expect(type(parts) is tuple and len(parts) > 1, "parts are missing")
    kind, *rest = parts
    builder = _COLUMNS.get(kind) if type(kind) is str else None
    if builder is None:
        raise CodecError("a column of its own kind")
    return builder(*rest)


def _numpy_column(values: Any) -> Any:
    expect(type(values) is np.ndarray and values.ndim == 1, "a column that is no list of values")
    return values


def _text_column(storage: Any, missing: Any, texts: Any) -> Any:
    expect(storage in ("python", "pyarrow") and missing in ("NA", "nan"), "a text of its own kind")
    expect(type(texts) is list, "a column that is no list of values")
    expect(set(map(type, texts)) <= {str, type(None)}, "a text column with other values")
    dtype = pd.StringDtype("python", na_value=pd.NA if missing == "NA" else np.nan)
    return pd.array(texts, dtype=dtype)


def _masked_column(name: Any, data: Any, mask: Any) -> Any:
    dtype = MASKED.get(name) if type(name) is str else None
    expect(dtype is not None and type(data) is np.ndarray, "a column of its own kind")
    assert dtype is not None
    expect(type(mask) is np.ndarray and mask.dtype == bool, "a mask that is none")
    expect(data.dtype == dtype.numpy_dtype and data.shape == mask.shape, "a mask that is none")
    return dtype.construct_array_type()(_numpy_column(data), mask)


def _category_column(categories: Any, codes: Any, ordered: Any) -> Any:
    expect(isinstance(categories, pd.Index) and type(codes) is np.ndarray, "no categories")
    expect(codes.dtype.kind == "i" and type(ordered) is bool, "no categories")
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories, ordered))


def _integers(values: Any) -> np.ndarray[Any, Any]:
    expect(type(values) is np.ndarray and values.dtype == np.int64, "a column of its own kind")
    return _numpy_column(values)


def _zoned_column(unit: Any, zone: Any, values: Any) -> Any:
    expect(unit in UNITS, "a unit that is none")
    naive = pd.DatetimeIndex(_integers(values).view(f"M8[{unit}]"))
    return naive.tz_localize("UTC").tz_convert(zone_named(zone)).array


def _period_column(freq: Any, values: Any) -> Any:
    expect(type(freq) is str and len(freq) < 20, "a period of its own kind")
    periods: Any = pd.PeriodIndex  # its stubs lack the constructor
    return periods.from_ordinals(_integers(values), freq=freq).array


def _interval_column(left: Any, right: Any, closed: Any) -> Any:
    expect(isinstance(left, pd.Index) and isinstance(right, pd.Index), "no intervals")
    return IntervalArray.from_arrays(left, right, closed=closed)


_COLUMNS: dict[str, Callable[..., Any]] = {
    "numpy": _numpy_column,
    "text": _text_column,
    "masked": _masked_column,
    "category": _category_column,
    "zoned": _zoned_column,
    "period": _period_column,
    "interval": _interval_column,
}


def _zone_key(zone: Any) -> Any:
    key = getattr(zone, "key", None)
    if type(key) is str:
        return key
    offset = zone.utcoffset(None)
    if offset is None:
        raise CodecError("a time zone of its own kind")
    return offset.days * 86400 + offset.seconds


def describe_index(index: pd.Index) -> Any:
    """Any index without rows of its own kind."""
    if type(index) is pd.RangeIndex:
        return ("range", index.start, index.stop, index.step, index.name)
    if type(index) is pd.MultiIndex:
        levels = [describe_index(level) for level in index.levels]
        codes = [np.asarray(code) for code in index.codes]
        return ("multi", levels, codes, list(index.names))
    freq = index.freqstr if type(index) is pd.DatetimeIndex else None
    return ("plain", describe_column(index.array), index.name, freq)


def rebuild_index(parts: Any) -> pd.Index:
    """The index again."""
    expect(type(parts) is tuple and len(parts) in (4, 5), "parts are missing")
    if parts[0] == "range" and len(parts) == 5:
        expect(all(type(n) is int for n in parts[1:4]) and parts[3] != 0, "a range that is none")
        expect(len(range(*parts[1:4])) <= ROWS, "a range that is too long")
        return pd.RangeIndex(parts[1], parts[2], parts[3], name=parts[4])
    if parts[0] == "multi":
        _, levels, codes, names = parts
        expect(type(levels) is list and type(codes) is list, "no levels")
        built: Any = [rebuild_index(level) for level in levels]
        return pd.MultiIndex(built, codes, names=names)
    expect(parts[0] == "plain" and len(parts) == 4, "an index of its own kind")
    index: Any = pd.Index(rebuild_column(parts[1]), name=parts[2])
    if parts[3] is not None and isinstance(index, pd.DatetimeIndex):
        setattr(index, "freq", str(parts[3])[:20])  # noqa: B010 - settable, against its stubs
    return index


def _describe_series(value: pd.Series) -> Any:
    return (describe_column(value.array), describe_index(value.index), value.name)


def _rebuild_series(parts: Any) -> pd.Series:
    expect(type(parts) is tuple and len(parts) == 3, "parts are missing")
    index = rebuild_index(parts[1])
    values = rebuild_column(parts[0])
    expect(len(values) == len(index), "a column of another length")
    return pd.Series(values, index=index, name=parts[2], copy=False)


def _describe_frame(value: pd.DataFrame) -> Any:
    columns = [describe_column(value.iloc[:, at].array) for at in range(value.shape[1])]
    return (describe_index(value.columns), describe_index(value.index), columns)


def _rebuild_frame(parts: Any) -> pd.DataFrame:
    expect(type(parts) is tuple and len(parts) == 3, "parts are missing")
    names, index, columns = rebuild_index(parts[0]), rebuild_index(parts[1]), parts[2]
    expect(type(columns) is list and len(columns) == len(names), "columns are missing")
    arrays_ = [rebuild_column(column) for column in columns]
    expect(all(len(column) == len(index) for column in arrays_), "a column of another length")
    frame = pd.DataFrame(dict(enumerate(arrays_)), index=index, copy=False)
    frame.columns = names
    return frame


def _describe_timestamp(value: Any) -> Any:
    zone = None if value.tz is None else _zone_key(value.tz)
    return (int(value._value), value.unit, zone)


def _rebuild_timestamp(parts: Any) -> pd.Timestamp:
    expect(type(parts) is tuple and len(parts) == 3, "parts are missing")
    value, unit, zone = parts
    expect(type(value) is int and unit in UNITS, "a unit that is none")
    stamp = pd.Timestamp(value, unit=unit).as_unit(unit)
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(zone_named(zone))


def _rebuild_timedelta(parts: Any) -> pd.Timedelta:
    expect(type(parts) is tuple and len(parts) == 2, "parts are missing")
    expect(type(parts[0]) is int and parts[1] in UNITS, "a unit that is none")
    return pd.Timedelta(parts[0], unit=parts[1]).as_unit(parts[1])


def _add(name: str, kind: type, describe: Any, rebuild: Any, *, mutable: bool = False) -> None:
    EXTENSIONS.add(Extension(f"pandas.{name}", kind, describe, rebuild, mutable=mutable))


_add("NA", type(pd.NA), lambda v: None, lambda p: pd.NA)
_add("NaT", type(pd.NaT), lambda v: None, lambda p: pd.NaT)
_add("Timestamp", pd.Timestamp, _describe_timestamp, _rebuild_timestamp)
_add("Timedelta", pd.Timedelta, lambda v: (int(v._value), v.unit), _rebuild_timedelta)
_add(
    "Period",
    pd.Period,
    lambda v: describe_column(pd.array([v])),
    lambda p: rebuild_column(p)[0],
)
_add(
    "Interval",
    pd.Interval,
    lambda v: (v.left, v.right, v.closed),
    lambda p: pd.Interval(*p),
)
for _kind in (
    pd.Index, pd.RangeIndex, pd.MultiIndex, pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex,
    pd.CategoricalIndex, pd.IntervalIndex,
):  # fmt: skip
    _add(_kind.__name__, _kind, describe_index, rebuild_index)
for _array in (
    pd.Categorical, pd.arrays.StringArray, pd.arrays.IntegerArray, pd.arrays.FloatingArray,
    pd.arrays.BooleanArray, pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray, PeriodArray,
    IntervalArray,
):  # fmt: skip
    _add(_array.__name__, _array, describe_column, rebuild_column, mutable=True)
_add("Series", pd.Series, _describe_series, _rebuild_series, mutable=True)
_add("DataFrame", pd.DataFrame, _describe_frame, _rebuild_frame, mutable=True)


def _describe_dtype(value: Any) -> Any:
    return describe_column(pd.array([], dtype=value))


for _dtype in (
    type(pd.Int64Dtype()), type(pd.Float64Dtype()), pd.BooleanDtype, pd.StringDtype,
    pd.CategoricalDtype, pd.DatetimeTZDtype,
):  # fmt: skip
    _add(_dtype.__name__, _dtype, _describe_dtype, lambda p: rebuild_column(p).dtype)

__all__ = ["arrays", "describe_column", "describe_index", "rebuild_column", "rebuild_index"]
