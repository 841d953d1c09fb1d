"""The wire format: one tag byte, then a fixed-size number or a length and that many bytes.

Values are plain by exact type, never by `isinstance`, so an object that lies about itself does not
get in. Mutable values are numbered in the order they start; a second occurrence is a reference, so
that aliasing survives. A value inside itself is refused. Nothing is evaluated and no name is
imported except from the tables of extensions the two sides share.

The reader trusts nothing: lengths are compared with the bytes that are there, containers and
nesting with the budget, shared parts count every time they are mentioned.
"""

from __future__ import annotations

import struct

U32 = struct.Struct("<I")
I64 = struct.Struct("<q")
F64 = struct.Struct("<d")
C128 = struct.Struct("<dd")
INT64 = range(-(1 << 63), 1 << 63)
BULK = 8  # from this many equal-typed numbers or texts on, a list travels as one buffer
INTEGER_BYTES = 1 << 16


class CodecError(Exception):
    """A value that may not cross, or bytes that are no value. The text says why."""


class Budget:
    """Ceilings of one message: `size` bytes, `nodes` values, `depth` levels."""

    def __init__(self, size: int = 64 << 20, nodes: int = 2_000_000, depth: int = 60) -> None:
        self.size, self.nodes, self.depth = size, nodes, depth
