"""The examiner's end of the link to one candidate: every answer is checked before it is used."""

from __future__ import annotations

import builtins
import contextlib
import copy
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from . import testcell
from .codec import Budget, CodecError, Reader, Writer, loads
from .limits import Limits
from .protocol import ClosedError, Inbox, LateError, ProtocolError, send
from .stubs import Border, Known, Opaque, assign, contents, is_random_generator

MIMES = 30
LARGEST = 1 << 63  # an integer beyond this is no JSON that others read


class GoneError(Exception):
    """The candidate answers no more. `status` is why: "timed out" or "died"."""

    def __init__(self, status: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Ran:
    """What running one cell gave."""

    def __init__(self, success: bool, count: int, outputs: list[dict[str, Any]], printed: str,
                 figures: list[Any]) -> None:  # fmt: skip
        self.success, self.count, self.outputs = success, count, outputs
        self.printed, self.figures = printed, figures


class Link:
    """Requests to one candidate and, for one test at a time, to a copy of it."""

    def __init__(self, sock: socket.socket, limits: Limits, known: Known) -> None:
        self.sock, self.limits = sock, limits
        self.inbox = Inbox(sock, limits.message, in_turn=True)
        self.copies = self.inbox
        self.border = Border(limits, known, self.call, self.drain)
        self.gone: GoneError | None = None
        self.deadline = 0.0  # of the test that runs
        self.copy: socket.socket | None = None
        self.calls = 0
        self.callbacks: list[Any] = []  # functions of the test's that the copy may call
        self.tells: Callable[[Exception], str] = str
        self.changed: dict[int, tuple[Any, Any]] = {}  # by id: what a call changed, as it was
        self.lent: dict[int, tuple[Any, Any, Any]] = {}  # random generators, see `_lend`
        self.killed = False  # a copy was ended by a signal nobody can catch

    # the candidate itself

    def run(self, source: str, seconds: float) -> Ran:
        """Run a cell."""
        wait = seconds + self.limits.grace_seconds
        return self._ran(self._ask(("run", source, seconds), wait))

    def values(self, names: Sequence[str]) -> dict[str, Any]:
        """The student's values under these names; those not bound are missing."""
        reply = self._ask(("values", list(names)), self.limits.grace_seconds + 5)
        if not _shaped(reply, "values", dict):
            raise self._broken()
        return {
            name: self.border.decode(reply[1][name], name) for name in names if name in reply[1]
        }

    def survey(self) -> dict[str, Any]:
        """What the reference's names hold; the answer of our own code, for once."""
        reply = self._ask(("survey",), self.limits.grace_seconds + 30)
        if not _shaped(reply, "survey", dict):
            raise self._broken()
        return reply[1]

    def _ask(self, request: tuple[Any, ...], seconds: float) -> Any:
        if self.gone:
            raise self.gone
        deadline = time.monotonic() + seconds
        try:
            send(self.sock, _encoded(request), deadline)
            return self._reply(deadline)
        except LateError:
            self.gone = GoneError("timed out", "The notebook's code did not stop in time.")
            raise self.gone from None
        except ClosedError:
            self.gone = GoneError("died", "The notebook's code ended the process.")
            raise self.gone from None
        except (ProtocolError, CodecError, RecursionError):
            raise self._broken() from None

    def _reply(self, deadline: float) -> Any:
        data = self.inbox.receive(deadline)
        return loads(data, Budget(self.limits.message, self.limits.nodes, self.limits.depth))

    def _broken(self) -> GoneError:
        self.gone = GoneError("died", "The notebook's process answered nonsense.")
        return self.gone

    def _ran(self, reply: Any) -> Ran:
        if not _shaped(reply, "ran", bool, int, list, str, bytes):
            raise self._broken()
        _, success, count, outputs, printed, figures = reply
        try:
            found = self.border.decode(figures, "figures")
            listed = [f for f in found if type(f) is dict] if type(found) is list else []
            count = min(max(count, 0), 1 << 20)
            kept = checked_outputs(outputs[: self.limits.outputs + 10], count)  # and remarks
        except Exception:  # noqa: BLE001 - whatever odd outputs can still break
            raise self._broken() from None
        return Ran(success, count, kept, printed, listed)

    # copies

    def begin_test(self, seconds: float, tells: Callable[[Exception], str] = str) -> None:
        """From here on calls go to a fresh copy, made when the first one comes.

        `tells` says what student code may read of an exception that a function of the test raises.
        """
        self.tells = tells
        self.deadline = time.monotonic() + seconds
        self.calls = 0
        self.callbacks = []

    def end_test(self, *, keep: bool = False) -> None:
        """Throw the copy away, and what calls changed in the arguments they were given.

        The next test finds the course's data as they were, like a fresh copy of the answers.
        `keep` is for a given cell: what its calls change is part of the notebook.
        """
        self._drop_copy()
        for original, before in () if keep else self.changed.values():
            with contextlib.suppress(RuntimeError):
                assign(original, before)
        self.changed, self.lent = {}, {}

    def _drop_copy(self) -> None:
        if self.copy is not None:
            self.copy.close()
            self.copy = None

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the student's."""
        lent = {name: self._lend(value) for name, value in kwargs.items()}
        return self._across("call", number, tuple(map(self._lend, args)), lent)

    def drain(self, number: int) -> Any:
        """The items of an iterator of the student's."""
        items = self._across("drain", number)
        return items if not isinstance(items, Opaque) else iter(())

    def legacy(
        self,
        before: list[str],
        source: str,
        seconds: float,
        context: dict[str, Any],
        *,
        stays: bool = False,
    ) -> Ran:
        """Run a test inside a copy, or in the student's process itself if what it changes stays.

        `context` is what `expect` may ask for there.
        """
        request = ("legacy", before, source, seconds, context)
        if stays:
            return self._ran(self._ask(request, seconds + self.limits.grace_seconds + 1))
        self._make_copy()
        return self._ran(self._exchange(_encoded(request), 1.0))

    def _make_copy(self) -> socket.socket:
        if self.copy is None:
            ours, theirs = socket.socketpair()
            with theirs:
                if self.gone:
                    raise RuntimeError(str(self.gone))
                try:
                    send(self.sock, _encoded(("snapshot",)), self.deadline, [theirs.fileno()])
                    reply = self._reply(self.deadline + 1)
                except (OSError, ProtocolError, CodecError, RecursionError):
                    reply = None
                if not _shaped(reply, "snapshot"):
                    ours.close()
                    raise RuntimeError(str(self._broken()))
            self.copy = ours
            self.copies = Inbox(ours, self.limits.message, in_turn=True)
        return self.copy

    def _across(self, operation: str, number: int, *rest: Any) -> Any:
        self.calls += 1
        if self.calls > self.limits.calls:
            raise RuntimeError(f"more than {self.limits.calls} calls in one test")
        request = self.border.encode((operation, number, *rest), self.callbacks)
        self._make_copy()
        reply = self._exchange(bytes(request.out))
        while _shaped(reply, "callback", int, tuple, dict):
            reply = self._exchange(self._called_back(reply, self.callbacks))
        if not (_shaped(reply, "returned", bytes, str, list) or
                _shaped(reply, "raised", bytes, str, list)):  # fmt: skip
            raise RuntimeError("the student's process answered nonsense")
        word, value, printed, changes = reply
        if printed:
            sys.stdout.write(printed)
        self._apply(changes, request.numbered)
        what = "the value returned"
        if word == "returned":
            return self.border.decode(value, what, request.numbered)
        raised = self.border.raised(value)
        setattr(raised, testcell.STUDENTS, True)
        raise raised

    def _exchange(self, data: bytes, grace: float = 0.0) -> Any:
        assert self.copy is not None
        try:
            send(self.copy, data, self.deadline + grace)
            body = self.copies.receive(self.deadline + grace)
            # values inside stay bytes; only callbacks carry values of their own
            reader = Reader(body, self.border.budget(), other=self.border._other)
            reply = reader.read()
            reader.end()
        except LateError:
            raise testcell.TestTimeout from None
        except ClosedError:
            self._drop_copy()
            self.killed = self.killed or self._was_killed()
            raise RuntimeError("the call ended the student's process") from None
        except (ProtocolError, CodecError, RecursionError, MemoryError):
            self._drop_copy()
            raise RuntimeError("the student's process answered nonsense") from None
        return reply

    def _was_killed(self) -> bool:
        """Did somebody kill the copy? Then the submission deserves another run."""
        time.sleep(0.01)  # its parent may learn of the end a little later than we do
        try:
            reply = self._ask(("drop",), self.limits.grace_seconds)
        except GoneError:
            return False
        return _shaped(reply, "dropped", bool) and reply[1]

    def _called_back(self, reply: Any, callbacks: list[Any]) -> bytes:
        _, number, args, kwargs = reply
        if not 0 <= number < len(callbacks):
            raise RuntimeError("the student's process answered nonsense")
        try:
            value = callbacks[number](*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - goes back to the one who called
            kind = next(k for k in type(error).__mro__ if vars(builtins).get(k.__name__) is k)
            return _encoded(("raised", (kind.__name__, self.tells(error))))
        return bytes(self.border.encode(("returned", value), callbacks).out)

    def _apply(self, changes: list[Any], numbered: list[Any]) -> None:
        for change in changes:
            if not _shaped(("", *change) if type(change) is tuple else None, "", int, bytes):
                raise RuntimeError("the student's process answered nonsense")
            number, after = change
            if not 0 <= number < len(numbered):
                raise RuntimeError("the student's process answered nonsense")
            new = self.border.decode(after, "an argument after the call", numbered)
            original = numbered[number]
            if is_random_generator(original) and not any(original is lent for _, lent, _ in
                                                  self.lent.values()):  # fmt: skip
                continue
            if id(original) not in self.changed:
                self.changed[id(original)] = original, contents(original)
            assign(original, new)

    def _lend(self, given: Any) -> Any:
        """An argument; of a random generator a copy, which the student's calls draw from.

        What a call makes of a generator is seen by the next call, never by the test: a test draws
        its own numbers from the original.
        """
        if not is_random_generator(given):
            return given
        kept = self.lent.get(id(given))
        if kept is None or repr(kept[2]) != repr(contents(given)):  # new, or the test has used it
            lent = copy.deepcopy(given)
            given.bytes(8)  # so that setting it back shows
            kept = self.lent[id(given)] = given, lent, contents(given)
        return kept[1]


def _encoded(request: Any) -> bytes:
    writer = Writer()
    writer.write(request)
    return bytes(writer.out)


def _shaped(reply: Any, word: str, *kinds: type) -> bool:
    """Is `reply` a tuple of this word and exactly these types?"""
    return (
        type(reply) is tuple
        and len(reply) == len(kinds) + 1
        and type(reply[0]) is str
        and reply[0] == word
        and all(type(part) is kind for part, kind in zip(reply[1:], kinds, strict=True))
    )


def checked_outputs(outputs: list[Any], count: int) -> list[dict[str, Any]]:
    """Outputs in nbformat's form, rebuilt key by key; what is odd is left out."""
    found: list[dict[str, Any]] = []
    for output in outputs:
        if type(output) is not dict:
            continue
        kind, name = _line(output.get("output_type")), _line(output.get("name"))
        if kind == "stream" and name in ("stdout", "stderr"):
            found.append({"output_type": kind, "name": name, "text": _line(output.get("text"))})
        elif kind == "error":
            trace = output.get("traceback")
            lines = [_line(line) for line in trace] if type(trace) is list else []
            found.append(
                {
                    "output_type": kind,
                    "ename": _line(output.get("ename")),
                    "evalue": _line(output.get("evalue")),
                    "traceback": lines,
                }
            )
        elif kind in ("display_data", "execute_result"):
            checked: dict[str, Any] = {"output_type": kind, "data": _data(output.get("data")),
                                       "metadata": _data(output.get("metadata"))}  # fmt: skip
            if kind == "execute_result":
                checked["execution_count"] = count
            found.append(checked)
    return found


def _line(text: Any) -> str:
    return text.encode("utf-8", "replace").decode() if type(text) is str else ""


def _data(data: Any) -> dict[str, Any]:
    if type(data) is not dict:
        return {}
    return {
        _line(key): _json(value, 0) for key, value in list(data.items())[:MIMES] if type(key) is str
    }


def _json(value: Any, depth: int) -> Any:
    if depth > 20:
        return None
    if type(value) is str:
        return _line(value)
    if type(value) is list:
        return [_json(item, depth + 1) for item in value]
    if type(value) is dict:
        kept = {key: item for key, item in value.items() if type(key) is str}
        return {_line(key): _json(item, depth + 1) for key, item in kept.items()}
    if type(value) is float:
        return value if value == value and abs(value) != float("inf") else None
    if type(value) is int:
        return value if -LARGEST <= value <= LARGEST else None
    return value if type(value) is bool else None
