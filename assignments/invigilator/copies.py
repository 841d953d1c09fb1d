"""What answers the calls of one test: a forked candidate, thrown away afterwards.

Like `candidate`, this runs where student code runs and protects nothing.
"""

from __future__ import annotations

import contextlib
import copy
import io
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import handles as crossing
from .codec import CodecError, Reader, Writer
from .codec.extensions import EXTENSIONS
from .protocol import Inbox, send

if TYPE_CHECKING:
    from .candidate import Candidate


class Copy:
    """A forked candidate: serves the calls of one test, then is thrown away."""

    def __init__(self, candidate: Candidate, link: socket.socket) -> None:
        self.candidate = candidate
        self.handles = candidate.handles
        self.handles.drain = True
        self.link = link
        self.inbox = Inbox(self.link, candidate.limits.message)

    def serve(self) -> None:
        """Answer until the other side is gone."""
        while True:
            self.frame = self.inbox.receive()
            self.request, reader = self.handles.decode(self.frame, self._callback)
            operation, *rest = self.request
            send(self.link, getattr(self, f"on_{operation}")(reader, *rest))

    def on_call(self, reader: Reader, function: int, args: Any, kwargs: Any) -> bytes:
        """Call what a handle stands for."""
        return self._act(reader, lambda: self.handles.held[function](*args, **kwargs))

    def on_drain(self, reader: Reader, iterator: int) -> bytes:
        """The items of an iterator a name is bound to."""
        return self._act(reader, lambda: self.handles.held[iterator])

    def _act(self, reader: Reader, action: Callable[[], Any]) -> bytes:
        frame, request, arguments = self.frame, self.request, reader.numbered
        printed = Printed(self.candidate.limits.output)
        with self.candidate.cells.streams(), contextlib.redirect_stdout(printed):
            try:
                word, value = "returned", action()
            except BaseException as error:  # noqa: BLE001 - everything goes across as a description
                word, value = "raised", crossing.describe_error(error)
        (encoded,) = self._encoded(value, arguments)
        changes = self._changes(frame, request, arguments)
        return self.handles.encode((word, encoded, printed.getvalue(), changes))

    def _changes(
        self, frame: bytes, request: Any, arguments: list[Any]
    ) -> list[tuple[int, bytes]]:
        """Which arguments are no longer what they were in the request: number and contents.

        Usually the request still reads as it came. If not, it is decoded again to compare.
        """
        if not arguments or self._reads(request) == frame:
            return []
        _, reader = self.handles.decode(frame, self._callback)
        before = [self._contents(value, reader.numbered) for value in reader.numbered]
        after = [self._contents(value, arguments) for value in arguments]
        return [(n, now) for n, (was, now) in enumerate(zip(before, after, strict=True))
                if now != was]  # fmt: skip

    def _reads(self, request: Any) -> bytes | None:
        """The request as a message, None if it holds more than plain values."""
        writer = Writer(self.handles.budget())
        try:
            writer.write(request)
        except (CodecError, RecursionError):
            return None
        return bytes(writer.out)

    def _encoded(self, value: Any, arguments: list[Any]) -> list[bytes]:
        try:
            return self.handles.encode_values([value], known=arguments)
        except BaseException as error:  # noqa: BLE001 - a generator's own code may raise while drained
            return self.handles.encode_values([error])

    def _contents(self, value: Any, arguments: list[Any]) -> bytes:
        extension = EXTENSIONS.find(type(value))
        inner = copy.copy(value) if extension is None else extension.describe(value)
        return self.handles.encode_values([inner], known=arguments)[0]

    def on_legacy(
        self, _: Reader, before: list[str], source: str, seconds: float, context: dict[str, Any]
    ) -> bytes:
        """Run a test in the student's own process: not tamper-proof, and labelled so."""
        return run_beside(self.candidate, before, source, seconds, context)

    def _callback(self, number: int) -> Callable[..., Any]:
        """A function of the test's, called from here."""

        def call(*args: Any, **kwargs: Any) -> Any:
            send(self.link, self.handles.encode(("callback", number, args, kwargs)))
            reply, _ = self.handles.decode(self.inbox.receive(), self._callback)
            word, value = reply
            if word == "returned":
                return value
            name, text = value
            kind = getattr(__import__("builtins"), name, RuntimeError)
            raise kind(text)

        return call


def run_beside(
    candidate: Candidate, before: list[str], source: str, seconds: float, context: dict[str, Any]
) -> bytes:
    """Run a test in this process after the test cells before it, each under a time limit.

    What those change is there, as in one notebook; what they put out or raise counts for nothing.
    """
    from . import expect
    from .candidate import alarm

    expect.begin(context["submission"])
    expect.provide(Told(context))
    for earlier in before:
        candidate.cells.run(earlier, guard=lambda: alarm(seconds))
    return candidate.on_run(source, seconds)


class Told:
    """What `expect` asks a notebook for, told by the examiner."""

    def __init__(self, context: dict[str, Any]) -> None:
        self._context = context

    def source(self, grade_id: str) -> str | None:
        """The text of an answer."""
        return self._context["sources"].get(grade_id)

    def printed(self, grade_id: str) -> str | None:
        """What an answer printed."""
        return self._context["printed"].get(grade_id)

    def figures(self, grade_id: str | None = None) -> list[Any]:
        """Digests of the figures an answer drew, or of all."""
        return [f for owner, f in self._context["figures"] if grade_id in (None, owner)]


class Printed(io.StringIO):
    """What a call prints, up to a limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._left = limit

    def write(self, text: str) -> int:
        super().write(text[: self._left])
        self._left = max(self._left - len(text), 0)
        return len(text)
