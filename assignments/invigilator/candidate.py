"""The student's process: runs cells, hands out values, answers calls in throw-away copies.

Nothing in this file protects anything. Student code runs in this very process and may rewrite it;
what it can then do is answer wrongly, which is what a wrong answer does too.

Requests and replies are values of the codec, one frame each:

    ("run", source, seconds)        -> ("ran", success, count, outputs, printed, figures)
    ("values", names)               -> ("values", {name: value as bytes})
    ("survey",)                     -> ("survey", {name: (kind, digest, module, qualname)})
    ("snapshot",) and a descriptor  -> ("snapshot",): a copy now answers on that descriptor
    ("drop",)                       -> ("dropped", killed): the copy is ended
    ("legacy", [source], source, s) -> as "run": a test, here and not in a copy (at generate only)
and to a copy
    ("call", handle, args, kwargs)  -> ("returned"|"raised", value, printed, [(number, contents)])
                                       with ("callback", number, args, kwargs) in between
    ("drain", handle)               -> ("returned", …)
    ("legacy", [source], source, s) -> as "run"
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

from . import handles as crossing
from . import syscalls
from .copies import Copy, run_beside
from .handles import Handles
from .limits import Limits
from .protocol import Inbox, ProtocolError, send
from .shell import Cells


class Candidate:
    """Serves one submission on one socket."""

    def __init__(
        self, link: socket.socket, cells: Cells, limits: Limits, records: list[str]
    ) -> None:
        self.link, self.cells, self.limits = link, cells, limits
        self.inbox = Inbox(link, limits.message, fds=1)
        self.handles = Handles(limits, records)
        self.names = cells.shell.user_ns
        self.figures: list[Any] = []
        self.copy = 0
        cells.shell.events.register("post_execute", self._look_at_figures)
        callbacks = cells.shell.events.callbacks["post_execute"]
        callbacks.insert(0, callbacks.pop())  # before the backend shows and closes them

    def serve(self) -> None:
        """Answer until the other side is gone."""
        while True:
            request, _ = self.handles.decode(self.inbox.receive(), no_callback)
            operation, *rest = request
            send(self.link, getattr(self, f"on_{operation}")(*rest))

    def _look_at_figures(self) -> None:
        self.figures += list(crossing.open_figures())

    # cells

    def on_run(self, source: str, seconds: float) -> bytes:
        """Run one cell of the student's or a locked one."""
        self.on_drop()  # while a copy lives, every page we change would be copied
        self.figures = []
        success = self.cells.run(source, guard=lambda: alarm(seconds))
        outputs = self.cells.shell.recorder.take()
        printed = "".join(
            output["text"] for output in outputs if output.get("name") == "stdout"
        )
        count = self.cells.shell.execution_count - 1
        figures = [figure for figure in self.figures if figure is not None]
        (encoded,) = self.handles.encode_values([figures])
        return self.handles.encode(("ran", success, count, sendable(outputs), printed, encoded))

    def on_legacy(
        self, before: list[str], source: str, seconds: float, context: dict[str, Any]
    ) -> bytes:
        """Run a test right here, so that what it changes stays, as in one kernel."""
        return run_beside(self, before, source, seconds, context)

    # values

    def on_values(self, names: list[str]) -> bytes:
        """The values bound to these names; unbound ones are left out."""
        bound = [name for name in names if name in self.names]
        values = self.handles.encode_values([self.names[name] for name in bound])
        return self.handles.encode(("values", dict(zip(bound, values, strict=True))))

    def on_survey(self) -> bytes:
        """For the reference: what is each name, and what does it hold now?"""
        found = {}
        for name, value in list(self.names.items()):
            if name.startswith("_") or name in self.cells.shell.user_ns_hidden:
                continue
            fresh = Handles(self.limits, sorted(self.handles.records))
            (encoded,) = fresh.encode_values([value])
            held = fresh.held
            kind = "plain" if not held else "handle"
            stamp = encoded if not held else encoded + b"%d" % id(value)
            module, qualname = crossing.importable(value)
            if isinstance(value, type(sys)):
                kind, module, qualname = "module", value.__name__, ""
            elif held and held[-1] is value:
                kind = "class" if isinstance(value, type) else kind
                kind = "function" if callable(value) and kind == "handle" else kind
            digest = hashlib.sha256(stamp).hexdigest()
            found[name] = (kind, digest, module, qualname)
        return self.handles.encode(("survey", found))

    # copies

    def on_snapshot(self) -> bytes:
        """Fork; the copy answers on the descriptor that comes with the request."""
        self.on_drop()
        descriptors = self.inbox.take_descriptors()
        self.copy = os.fork()
        if self.copy == 0:
            end_with_parent()
            self.link.close()
            with contextlib.suppress(ProtocolError):
                Copy(self, socket.socket(fileno=descriptors[0])).serve()
            os._exit(0)
        os.close(descriptors[0])
        return self.handles.encode(("snapshot",))

    def on_drop(self) -> bytes:
        """End the copy; had somebody killed it before?"""
        killed = False
        if self.copy:
            with contextlib.suppress(ChildProcessError):
                ended, status = os.waitpid(self.copy, os.WNOHANG)
                if not ended:
                    os.kill(self.copy, signal.SIGKILL)
                    os.waitpid(self.copy, 0)
                killed = bool(ended) and os.waitstatus_to_exitcode(status) == -signal.SIGKILL
            self.copy = 0
        return self.handles.encode(("dropped", killed))


def no_callback(_: int) -> Any:
    """Only copies are given functions."""
    raise ProtocolError("a function outside a call")


def sendable(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outputs as plain data: bytes of pictures as base64, other odd values as text."""
    from base64 import b64encode

    for output in outputs:
        data = output.get("data")
        if data is None:
            continue
        for mime, value in list(data.items()):
            if isinstance(value, bytes):
                data[mime] = b64encode(value).decode("ascii")
            elif not crossing.plain_output(value):
                data[mime] = str(value)
        if not crossing.plain_output(output.get("metadata")):
            output["metadata"] = {}
    return outputs


def end_with_parent() -> None:
    """A copy does not outlive its original."""
    if sys.platform == "linux":
        syscalls.die_with_parent(signal.SIGKILL)


@contextlib.contextmanager
def alarm(seconds: float, grace: float = 0.0, at_last: Callable[[], Any] = int) -> Iterator[None]:
    """Interrupt the block after `seconds`, once, as a kernel is interrupted.

    Where it goes on all the same for `grace` seconds, `at_last` is called.
    """
    rung = False

    def ring(*_: object) -> None:
        nonlocal rung
        if rung:
            at_last()
            return
        rung = True
        signal.setitimer(signal.ITIMER_REAL, grace)
        raise KeyboardInterrupt(f"The cell ran longer than {seconds:g} seconds.")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
