"""Frames: a four-byte length, then that many bytes, over a Unix socket pair.

Whatever comes from the candidate is a claim. A frame is refused by its length before a byte of its
body is read, and every wait has an end.

>>> import socket
>>> a, b = socket.socketpair()
>>> send(a, b"hello"); receive(b, limit=100)
b'hello'
"""

from __future__ import annotations

import array
import json
import select
import socket
import struct
import time
from collections.abc import Iterable
from typing import Any

HEADER = struct.Struct("!I")
CONTROL_LIMIT = 64 << 20


class ProtocolError(Exception):
    """The other side broke the rules: a forged length, a closed socket, an answer out of turn."""


class LinkClosed(ProtocolError):
    """The other side is gone."""


class Late(ProtocolError):
    """Nothing (or not all of it) came before the deadline."""


def remaining(deadline: float | None) -> float | None:
    """Seconds until `deadline` (time.monotonic), None for no deadline, Late if it is past."""
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise Late("no answer in time")
    return left


def send(sock: socket.socket, body: bytes, deadline: float | None = None) -> None:
    """Send one frame; raises LinkClosed or Late."""
    data = memoryview(HEADER.pack(len(body)) + body)
    try:
        while data:
            if deadline is not None:
                sock.settimeout(remaining(deadline))
            data = data[sock.send(data) :]
    except TimeoutError:
        raise Late("the other side does not read") from None
    except OSError as error:
        raise LinkClosed(f"the other side is gone ({error.strerror})") from None
    finally:
        if deadline is not None:
            sock.settimeout(None)


def receive(sock: socket.socket, limit: int, deadline: float | None = None) -> bytes:
    """Receive one frame of at most `limit` bytes; raises ProtocolError and its subclasses."""
    (length,) = HEADER.unpack(_exactly(sock, HEADER.size, deadline))
    if length > limit:
        raise ProtocolError(f"a frame of {length} bytes, {limit} are allowed")
    return _exactly(sock, length, deadline)


def _exactly(sock: socket.socket, count: int, deadline: float | None) -> bytes:
    parts: list[bytes] = []
    while count:
        if deadline is not None and not select.select([sock], [], [], remaining(deadline))[0]:
            raise Late("no answer in time")
        try:
            part = sock.recv(min(count, 1 << 20))
        except OSError as error:
            raise LinkClosed(f"the other side is gone ({error.strerror})") from None
        if not part:
            raise LinkClosed("the other side closed the link")
        parts.append(part)
        count -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def wait(sock: socket.socket, deadline: float) -> bool:
    """Does a frame begin before the deadline?"""
    seconds = max(deadline - time.monotonic(), 0)
    return bool(select.select([sock], [], [], seconds)[0])


def send_json(sock: socket.socket, message: Any, fds: Iterable[int] = ()) -> None:
    """Send a JSON frame between trusted processes, descriptors with its first byte."""
    body = json.dumps(message).encode()
    fds = list(fds)
    header = HEADER.pack(len(body))
    if fds:
        socket.send_fds(sock, [header[:1]], fds)
        header = header[1:]
    sock.sendall(header + body)


def receive_json(
    sock: socket.socket, limit: int = CONTROL_LIMIT, deadline: float | None = None, fds: int = 0
) -> tuple[Any, list[int]]:
    """Receive a JSON frame and up to `fds` descriptors. A frame that is no JSON is a ProtocolError."""
    received: list[int] = []
    if fds:
        first, received = _first_byte(sock, fds)
        (length,) = HEADER.unpack(first + _exactly(sock, HEADER.size - 1, deadline))
        if length > limit:
            raise ProtocolError(f"a frame of {length} bytes, {limit} are allowed")
        body = _exactly(sock, length, deadline)
    else:
        body = receive(sock, limit, deadline)
    try:
        return json.loads(body), received
    except (ValueError, RecursionError):
        raise ProtocolError("a frame that is not JSON") from None


def _first_byte(sock: socket.socket, count: int) -> tuple[bytes, list[int]]:
    size = array.array("i").itemsize
    data, ancillary, _, _ = sock.recvmsg(1, socket.CMSG_SPACE(count * size))
    if not data:
        raise LinkClosed("the other side closed the link")
    fds = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(payload[: len(payload) - len(payload) % size])
    return data, list(fds)
