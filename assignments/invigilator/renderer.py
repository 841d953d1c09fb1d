"""Pages are made in a process of their own: what a student wrote may break it, and nothing else.

Parsers of HTML and Markdown and the colouring of code have inputs that make them take minutes,
fill the memory, or end the process they run in. `Renderer` starts one child by exec when the
first page is wanted and keeps it. A page that takes too long or ends the child is a
PageError; the next page gets a new child. The child ends with its parent, killed or not.

    python -P -s -B -m invigilator.renderer <descriptor>
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from . import lean
from .protocol import CONTROL_LIMIT, ClosedError, Inbox, LateError, ProtocolError, send, send_json
from .workers import START_SECONDS, environment

SECONDS = 20.0
"""For one page. Honest pages take hundredths of a second; the rest is for a busy machine."""
MEMORY = 1536 << 20
"""Address space of the child: far more than a page needs, too little to fill the machine."""


class PageError(Exception):
    """A page that could not be made. The text is the rest of a sentence: "the page ..."."""


class GoneError(PageError):
    """The child ended. It may have been the page, or whatever else ends processes here."""


class Renderer:
    """The child, started when it is needed and after it broke. Not for two threads at once."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds, self.memory = seconds, memory
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def page(self, *given: Any) -> str:
        """`feedback.page` in the child. Raises PageError."""
        made = self.ask("page", *given)
        if not isinstance(made, str):
            raise PageError("is no text")
        return made

    def ask(self, job: str, *given: Any) -> Any:
        """What a job makes of plain data, as plain data. Raises PageError."""
        if os.name != "posix":
            return here(job, *given)  # only the bounds on size protect there
        try:
            return self._ask(job, *given)
        except GoneError:
            return self._ask(job, *given)

    def close(self) -> None:
        """End the child; safe to call again."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()  # it holds nothing that it would have to put away
            process.wait()
            self._socket.close()

    def _ask(self, job: str, *given: Any) -> Any:
        try:
            if self._process is None or self._process.poll() is not None:
                self._start()
            deadline = time.monotonic() + self.seconds
            send(self._socket, json.dumps([job, *given]).encode(), deadline)
            answer = self._inbox.receive_json(deadline)
            made, problem = answer.get("made"), answer.get("problem")
        except LateError:
            self.close()
            raise PageError(f"took more than {self.seconds:g} s") from None
        except (ClosedError, OSError):
            self.close()
            raise GoneError("ended the program that makes pages") from None
        except (ProtocolError, AttributeError):
            self.close()
            raise PageError("did not come out whole") from None
        except BaseException:  # stopped in the middle: the answer would come out of turn
            self.close()
            raise
        if problem:
            raise PageError(str(problem))
        return made

    def _start(self) -> None:
        self.close()
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-s", "-B", "-m", __name__, str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                command, env=environment("pages"), cwd="/", pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True)
        self._socket, self._inbox = ours, Inbox(ours, CONTROL_LIMIT, in_turn=True)
        send_json(ours, {"memory": self.memory, "parent": os.getpid()})
        self._inbox.receive_json(time.monotonic() + START_SECONDS)


@cache
def shared() -> Renderer:
    """One for the whole of a program that nobody can tell when its last page is made."""
    made = Renderer()
    atexit.register(made.close)
    return made


def here(job: str, *given: Any) -> Any:
    """The same in this process."""
    try:
        return jobs()[job](*given)
    except Exception as error:  # noqa: BLE001 - texts and outputs are the student's
        raise PageError(f"could not be made ({type(error).__name__})") from None


def jobs() -> dict[str, Callable[..., Any]]:
    """What the child can be asked for."""
    from . import feedback

    return {"page": feedback.page, "for_reading": feedback.for_reading}


def serve(descriptor: int) -> None:
    """The child: one answer for each request, until the parent is gone."""
    link = socket.socket(fileno=descriptor)
    inbox = Inbox(link, CONTROL_LIMIT)
    settings = inbox.receive_json()
    confine(settings["memory"])
    if os.getppid() != settings["parent"]:
        return
    lean.start()
    jobs()
    send_json(link, {"made": "ready"})
    with contextlib.suppress(ClosedError):
        while True:
            job, *given = inbox.receive_json()
            try:
                answer = {"made": here(job, *given)}
            except PageError as error:
                answer = {"problem": str(error)}
            send_json(link, answer)


def confine(memory: int) -> None:
    """Limits of the child, and its end when the parent's comes."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        from . import syscalls

        syscalls.die_with_parent(signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
