"""Extensions for NumPy: scalars, arrays and random generators."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from .extensions import EXTENSIONS, Extension, expect
from .wire import CodecError

DTYPE = re.compile(
    r"[<>|=]?(?:b1|[iu][1248]|f(?:2|4|8|16)|c(?:8|16|32)|[SU]\d{1,7}"
    r"|[mM]8(?:\[(?:[1-9]\d{0,6})?(?:[YMWDhms]|[munpfa]s|generic)\])?)"  # "[0s]" stops NumPy dead
)
DIMENSIONS = 32
BIT_GENERATORS = {
    kind.__name__: kind
    for kind in (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox,
                 np.random.SFC64)
}  # fmt: skip


def plain_dtype(text: Any) -> np.dtype[Any]:
    """A dtype of numbers, texts or dates, from its string; anything else is refused."""
    expect(type(text) is str and DTYPE.fullmatch(text) is not None, "a dtype that is not plain")
    return np.dtype(text)


def buffer(dtype: np.dtype[Any], data: Any, count: int) -> np.ndarray[Any, Any]:
    """A one-dimensional array of exactly `count` items out of bytes."""
    expect(type(data) is bytes and len(data) == count * dtype.itemsize, "a buffer of another size")
    if dtype.itemsize == 0:
        return np.zeros(count, dtype)
    values = np.frombuffer(data, dtype).copy()
    if dtype.kind == "b":
        expect(bool((values.view(np.uint8) <= 1).all()), "truth values that are neither")
    if dtype.kind == "U":
        expect(bool((values.view(dtype.byteorder + "u4") <= 0x10FFFF).all()), "no such character")
    return values


def describe_array(value: np.ndarray[Any, Any]) -> Any:
    """dtype, shape, and a buffer (or a list, for objects)."""
    if value.dtype.kind == "O":
        return ("O", value.shape, value.ravel().tolist())
    if DTYPE.fullmatch(value.dtype.str) is None:
        raise CodecError(f"an array of {value.dtype} does not cross")
    return (value.dtype.str, value.shape, value.tobytes())


def rebuild_array(parts: Any) -> np.ndarray[Any, Any]:
    """The array; shape and buffer must agree before memory is taken."""
    expect(type(parts) is tuple and len(parts) == 3, "parts are missing")
    dtype, shape, data = parts
    expect(type(shape) is tuple and len(shape) <= DIMENSIONS, "a shape that is none")
    expect(all(type(n) is int and 0 <= n < 1 << 40 for n in shape), "a shape that is none")
    count = math.prod(shape)
    if dtype == "O":
        expect(type(data) is list and len(data) == count, "a buffer of another size")
        values = np.empty(count, dtype=object)
        for index, item in enumerate(data):
            values[index] = item
        return values.reshape(shape)
    kind = plain_dtype(dtype)
    expect(kind.itemsize > 0 or count <= 1 << 20, "a shape that is too large")
    return buffer(kind, data, count).reshape(shape)


def _describe_scalar(value: Any) -> Any:
    return (value.dtype.str, value.tobytes())


def _rebuild_scalar(parts: Any) -> Any:
    expect(type(parts) is tuple and len(parts) == 2, "parts are missing")
    return buffer(plain_dtype(parts[0]), parts[1], 1)[0]


def _plain_state(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain_state(item) for key, item in value.items()}
    return value


def _describe_generator(value: np.random.Generator) -> Any:
    bits = value.bit_generator
    if BIT_GENERATORS.get(type(bits).__name__) is not type(bits):
        raise CodecError("a random generator of its own kind")
    return _plain_state(bits.state)


def _bit_generator(state: Any) -> Any:
    expect(type(state) is dict, "no state of a generator")
    kind = BIT_GENERATORS.get(state.get("bit_generator", ""))
    expect(kind is not None, "a random generator of its own kind")
    assert kind is not None
    inner = state.get("state")
    if type(inner) is dict and "pos" in inner:
        expect(type(inner["pos"]) is int and 0 <= inner["pos"] <= 624, "no state of a generator")
    if "buffer_pos" in state:
        position = state["buffer_pos"]
        expect(type(position) is int and 0 <= position <= 4, "no state of a generator")
    bits = kind(0)
    bits.state = state
    return bits


def _describe_legacy(value: np.random.RandomState) -> Any:
    return _plain_state(value.get_state(legacy=False))


def _rebuild_legacy(state: Any) -> np.random.RandomState:
    expect(type(state) is dict and state.get("bit_generator") == "MT19937", "no state of MT19937")
    return np.random.RandomState(_bit_generator({k: state[k] for k in ("bit_generator", "state")}))


SCALARS = (
    np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64,
    np.longlong, np.ulonglong, np.float16, np.float32, np.float64, np.longdouble, np.complex64,
    np.complex128, np.clongdouble, np.str_, np.bytes_, np.datetime64, np.timedelta64,
)  # fmt: skip

for _kind in SCALARS:
    EXTENSIONS.add(Extension(f"numpy.{_kind.__name__}", _kind, _describe_scalar, _rebuild_scalar))
EXTENSIONS.add(Extension("numpy.ndarray", np.ndarray, describe_array, rebuild_array, mutable=True))
EXTENSIONS.add(
    Extension(
        "numpy.Generator",
        np.random.Generator,
        _describe_generator,
        lambda state: np.random.Generator(_bit_generator(state)),
        mutable=True,
    )
)
EXTENSIONS.add(
    Extension(
        "numpy.RandomState",
        np.random.RandomState,
        _describe_legacy,
        _rebuild_legacy,
        mutable=True,
    )
)


def _describe_dtype(value: np.dtype[Any]) -> Any:
    if value.kind != "O" and DTYPE.fullmatch(value.str) is None:
        raise CodecError(f"the dtype {value} does not cross")
    return value.str


def _rebuild_dtype(text: Any) -> np.dtype[Any]:
    return np.dtype(object) if text == "|O" else plain_dtype(text)


for _dtype in {type(np.dtype(code)) for code in "?bhilqBHILQefdgFDGSUmMO"}:
    _name = f"numpy.dtype.{_dtype.__name__}"
    EXTENSIONS.add(Extension(_name, _dtype, _describe_dtype, _rebuild_dtype))
