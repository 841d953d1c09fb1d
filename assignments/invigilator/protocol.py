"""Frames: a four-byte length, then that many bytes, over a Unix socket pair.

Whatever comes from the candidate is a claim. A frame is refused by its length before a byte of its
body is read, and every wait has an end.

>>> import socket
>>> a, b = socket.socketpair()
>>> send(a, b"hello"); Inbox(b, limit=100).receive()
b'hello'
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import time
from collections.abc import Iterable
from typing import Any

HEADER = struct.Struct("!I")
CONTROL_LIMIT = 64 << 20
PIECE = 1 << 16


class ProtocolError(Exception):
    """The other side broke the rules: a forged length, a closed socket, an answer out of turn."""


class ClosedError(ProtocolError):
    """The other side is gone."""


class LateError(ProtocolError):
    """Nothing (or not all of it) came before the deadline."""


def remaining(deadline: float | None) -> float | None:
    """Seconds until `deadline` (time.monotonic), None for no deadline, LateError if it is past."""
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise LateError("no answer in time")
    return left


def send(
    sock: socket.socket, body: bytes, deadline: float | None = None, fds: Iterable[int] = ()
) -> None:
    """Send one frame, descriptors with its first byte; raises ClosedError or LateError."""
    data = memoryview(HEADER.pack(len(body)) + body)
    fds = list(fds)
    try:
        if fds:
            socket.send_fds(sock, [data[:1]], fds)
            data = data[1:]
        while data:
            try:
                data = data[sock.send(data, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                if not select.select([], [sock], [], remaining(deadline))[1]:
                    raise LateError("the other side does not read") from None
    except OSError as error:
        raise ClosedError(f"the other side is gone ({error.strerror})") from None


class Inbox:
    """Receives frames from one socket.

    limit    bytes a frame may have
    in_turn  the other side only answers: bytes after its answer are against the rules
    fds      how many descriptors a frame may bring; they wait in `descriptors`
    """

    def __init__(
        self, sock: socket.socket, limit: int, *, in_turn: bool = False, fds: int = 0
    ) -> None:
        self.sock, self.limit, self.in_turn, self.fds = sock, limit, in_turn, fds
        self.descriptors: list[int] = []
        self._bytes = bytearray()

    def waits(self, deadline: float) -> bool:
        """Does a frame begin before the deadline?"""
        if self._bytes:
            return True
        seconds = max(deadline - time.monotonic(), 0)
        return bool(select.select([self.sock], [], [], seconds)[0])

    def receive(self, deadline: float | None = None) -> bytes:
        """The next frame; raises ProtocolError and its subclasses."""
        end = HEADER.size
        while len(self._bytes) < end:
            self._more(PIECE, deadline)
        (length,) = HEADER.unpack_from(self._bytes)
        if length > self.limit:
            raise ProtocolError(f"a frame of {length} bytes, {self.limit} are allowed")
        end += length
        while len(self._bytes) < end:
            self._more(max(min(end - len(self._bytes), 1 << 20), PIECE), deadline)
        if self.in_turn and len(self._bytes) > end:
            raise ProtocolError("an answer out of turn")
        body = bytes(memoryview(self._bytes)[HEADER.size : end])
        del self._bytes[:end]
        return body

    def receive_json(self, deadline: float | None = None) -> Any:
        """The next frame between trusted processes; one that is no JSON is a ProtocolError."""
        try:
            return json.loads(self.receive(deadline))
        except (ValueError, RecursionError):
            raise ProtocolError("a frame that is not JSON") from None

    def take_descriptors(self) -> list[int]:
        """The descriptors that came with the last frame."""
        taken, self.descriptors = self.descriptors, []
        return taken

    def _more(self, size: int, deadline: float | None) -> None:
        if deadline is not None and not select.select([self.sock], [], [], remaining(deadline))[0]:
            raise LateError("no answer in time")
        try:
            if self.fds:
                part, descriptors, _, _ = socket.recv_fds(self.sock, size, self.fds)
                self._keep(descriptors)
            else:
                part = self.sock.recv(size)
        except OSError as error:
            raise ClosedError(f"the other side is gone ({error.strerror})") from None
        if not part:
            raise ClosedError("the other side closed the link")
        self._bytes += part

    def _keep(self, descriptors: list[int]) -> None:
        self.descriptors += descriptors
        while len(self.descriptors) > self.fds:
            with contextlib.suppress(OSError):
                os.close(self.descriptors.pop())


def send_json(sock: socket.socket, message: Any, fds: Iterable[int] = ()) -> None:
    """Send a JSON frame between trusted processes, descriptors with its first byte."""
    send(sock, json.dumps(message).encode(), fds=fds)
