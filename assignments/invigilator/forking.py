"""A started process that warms up and then forks one confined child at a time.

The caller starts it with `command`, sends one frame of settings and gets {"ready": True, "layers"}
or {"unavailable": sentence}. Then, over the same socket,

    {"do": "spawn", …} and descriptors -> {"pid": n}
    {"do": "end", "patience": seconds} -> {"status": code or None, "cpu", "reaped"}

until the caller closes it. Zygote and examiner are the two kinds.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
import traceback
from abc import ABC, abstractmethod
from typing import Any, ClassVar, NoReturn

from .cgroups import LAYER
from .limits import Limits
from .protocol import CONTROL_LIMIT, ClosedError, Inbox, send_json
from .sandbox import Confinement, Sandbox, SandboxUnavailable
from .worlds import enter

CRASHED = 70


class Forker(ABC):
    """One such process."""

    role: ClassVar[str]
    descriptors: ClassVar[int]

    def __init__(
        self, control: socket.socket, confinement: Confinement, settings: dict[str, Any]
    ) -> None:
        self.control, self.confinement, self.settings = control, confinement, settings
        self.limits = Limits.from_json(settings["limits"])
        self.pid = 0
        self.inbox = Inbox(control, CONTROL_LIMIT, fds=self.descriptors)
        self.doors = [door for door in settings["doors"] if self.opens(door)]
        if self.doors:
            confinement.layers += (LAYER,)

    @abstractmethod
    def warm_up(self) -> None:
        """Load all a child needs."""

    @abstractmethod
    def child(self, request: dict[str, Any], links: list[socket.socket]) -> None:
        """The work of one fork, confined already."""

    def give_up(self, source: str) -> NoReturn:
        """Say that a cell cannot be interrupted while we warm up, and end."""
        line = source.strip().partition("\n")[0]
        sentence = f"the cell that begins '{line}' does not come to its end: shorten it"
        send_json(self.control, {"unavailable": sentence})
        os._exit(1)

    def opens(self, door: int) -> bool:
        """Can a child of ours join the control group behind this descriptor?"""
        child = os.fork()
        if child == 0:
            try:
                os.write(door, b"0")
            except OSError:
                os._exit(1)
            os._exit(0)
        return os.waitpid(child, 0)[1] == 0

    def serve(self) -> None:
        """Do what the caller says until it closes the socket."""
        while True:
            try:
                request = self.inbox.receive_json()
            except ClosedError:
                self.leave()
            if request["do"] == "spawn":
                self.spawn(request, self.inbox.take_descriptors())
                send_json(self.control, {"pid": self.pid})
            else:
                send_json(self.control, self.end(float(request["patience"])))

    def spawn(self, request: dict[str, Any], handed: list[int]) -> None:
        """Fork a child that owns the descriptors."""
        self.pid = os.fork()
        if self.pid:
            for descriptor in handed:
                os.close(descriptor)
            return
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for door in self.doors:
                os.write(door, b"0")
            self.confinement.confine(self.role, self.limits, handed)
            self.child(request, [socket.socket(fileno=number) for number in handed])
            os._exit(0)
        except ClosedError:
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the child ends here, whatever happened in it
            if os.environ.get("INVIGILATOR_DEBUG"):
                sys.__stderr__.write(traceback.format_exc())  # type: ignore[union-attr]
                sys.__stderr__.flush()  # type: ignore[union-attr]
            os._exit(CRASHED)

    def end(self, patience: float) -> dict[str, Any]:
        """End the child and everything it started; how it ended if it was already over."""
        status, seconds = None, 0.0
        until = time.monotonic() + patience
        while self.pid:
            pid, code, used = os.wait4(self.pid, os.WNOHANG)
            if pid:
                status = os.waitstatus_to_exitcode(code)
                seconds = used.ru_utime + used.ru_stime
            if pid or time.monotonic() >= until:
                break
            time.sleep(0.002)
        self.pid = 0
        reaped = self.confinement.sweep()
        return {"status": status, "cpu": seconds, "reaped": reaped}

    def leave(self) -> NoReturn:
        """The caller is gone: leave nothing behind."""
        self.confinement.sweep()
        os._exit(0)


def run(kind: type[Forker]) -> int:
    """What `python -m` of either kind does: build the sandbox, warm up, serve."""
    gc.disable()  # until everything is imported: see `warmth.modules`
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = Inbox(control, CONTROL_LIMIT, in_turn=True).receive_json()
    try:
        confinement = enter(Sandbox.from_json(settings["sandbox"]), settings["base"])
        forker = kind(control, confinement, settings)
        signal.signal(signal.SIGTERM, lambda *_: forker.leave())
        forker.warm_up()
        confinement.prepare()
    except SandboxUnavailable as error:
        send_json(control, {"unavailable": str(error)})
        return 1
    except Exception as error:  # noqa: BLE001 - a library that fails to load: the caller says so
        send_json(control, {"unavailable": f"warming up failed: {type(error).__name__}: {error}"})
        return 1
    send_json(control, {"ready": True, "layers": confinement.layers})
    forker.serve()
    return 0
