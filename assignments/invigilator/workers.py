"""Processes started by exec: how the caller starts, asks, watches and ends one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

from .folders import Folder
from .protocol import CONTROL_LIMIT, Inbox, ProtocolError, send_json
from .sandbox import SandboxUnavailable

START_SECONDS = 120.0
ANSWER_SECONDS = 60.0
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB", "BLIS")


class WorkerGoneError(Exception):
    """A started process does not answer any more."""


class Worker:
    """One started process and the socket to it."""

    def __init__(
        self, module: str, settings: dict[str, Any], key: str, door: int | None = None
    ) -> None:
        self.module = module
        self.folder = Folder()
        self.base = self.folder.path
        self.layers: tuple[str, ...] = ()
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-s", "-B", "-m", module, str(theirs.fileno())]
        doors = () if door is None else (door,)
        with theirs:
            self._process = subprocess.Popen(
                command,
                env=environment(key),
                cwd="/",
                pass_fds=(theirs.fileno(), self.folder.holding, *doors),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._inbox = Inbox(self._control, CONTROL_LIMIT)
        with contextlib.suppress(ProtocolError):
            send_json(self._control, settings | {"base": self.base, "doors": doors})

    @property
    def pid(self) -> int:
        """The guard's process number; everything of this worker is below it."""
        return self._process.pid

    def await_ready(self) -> None:
        """Wait until it has warmed up; raises SandboxUnavailable."""
        try:
            reply = self._inbox.receive_json(time.monotonic() + START_SECONDS)
        except ProtocolError as error:
            code = self._process.poll()
            raise SandboxUnavailable(
                f"{self.module} did not start ({error}; exit code {code}): run `invigilator doctor`"
            ) from None
        if "unavailable" in reply:
            raise SandboxUnavailable(str(reply["unavailable"]))
        self.layers = tuple(reply["layers"])

    def alive(self) -> bool:
        """Does the process still run?"""
        return self._process.poll() is None

    def spawn(self, request: dict[str, Any], links: Iterable[socket.socket]) -> int:
        """Fork a child that gets `links`."""
        descriptors = [link.fileno() for link in links]
        return int(self._ask({"do": "spawn"} | request, descriptors)["pid"])

    def end(self, patience: float = 0.0) -> dict[str, Any]:
        """End the child; how it ended by itself, if it did so within `patience` seconds."""
        return self._ask({"do": "end", "patience": patience}, ())

    def _ask(self, request: dict[str, Any], descriptors: Iterable[int]) -> Any:
        try:
            send_json(self._control, request, descriptors)
            return self._inbox.receive_json(time.monotonic() + ANSWER_SECONDS)
        except (OSError, ProtocolError) as error:
            raise WorkerGoneError(f"{self.module} does not answer ({error})") from None

    def close(self) -> None:
        """End it and everything below it; safe to call again and after a kill."""
        with contextlib.suppress(OSError):  # wakes a thread that waits for an answer here
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._control.close()
        self.folder.remove()


def environment(key: str) -> dict[str, str]:
    """The whole environment of a started process; the hash seed derives from `key`."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    kept = {name: os.environ[name] for name in ("TZ", "INVIGILATOR_DEBUG") if name in os.environ}
    return {
        "PATH": f"{os.path.dirname(sys.executable)}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "NBGRADER_EXECUTION": "autograde",  # what stock says to a notebook it marks
        "PYTHONHASHSEED": str(seed),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        **{f"{name}_NUM_THREADS": "1" for name in THREADS},
        **kept,
    }
