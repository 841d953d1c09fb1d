"""Run one test cell in the examiner and say what it is worth.

As in a notebook, the value of the last expression is shown, and a number there is the mark.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import CodeType, FrameType
from typing import Any

from . import expect
from .hidden import hidden_lines
from .marks import clamp

STUDENTS = "_invigilator_students"  # on an exception: it comes from the student's code
MESSAGE_LENGTH = 500
ARROW = re.compile(r"^-+> (\d{1,6}) ", re.MULTILINE)
TRACEBACK_READ = 20_000
PACKAGE = os.path.dirname(os.path.abspath(__file__))
CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


class TestTimeout(BaseException):
    """The test used up its time. Not an Exception, so that no test swallows it by accident."""


@dataclass
class Result:
    """What a test cell came to; the fields of CellMark, still plain."""

    score: float
    outcome: str
    message: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)
    timed_out: bool = False


@dataclass(frozen=True)
class Compiled:
    """A cell ready to run.

    file    the name its lines go by in a traceback
    lines   its text
    hidden  numbers of the lines between the hidden-test marks
    said    sentences its assertions carry as plain texts: written to be shown
    texts   every plain text in it
    """

    file: str
    body: CodeType
    last: CodeType | None
    lines: tuple[str, ...]
    hidden: frozenset[int]
    said: frozenset[str]
    texts: frozenset[str]

    @property
    def mentioned(self) -> frozenset[str]:
        """Every global name, attribute and import its code mentions."""
        return names_of(self.body) | (names_of(self.last) if self.last else frozenset())

    def tells(self, error: Exception) -> str:
        """What student code may read of an exception that a function of this cell raised.

        In a hidden line the text may hold what the test expects, unless it is written there.
        """
        text = _text(error)
        return text if _line(self, error) not in self.hidden or text in self.texts else ""

    def runs_hidden(self, frame: FrameType | None) -> bool:
        """Does a hidden line of this cell run, here or further up?"""
        while frame is not None:
            if frame.f_code.co_filename == self.file and frame.f_lineno in self.hidden:
                return True
            frame = frame.f_back
        return False


def compile_cell(source: str, name: str = "") -> Compiled:
    """Compile instructor code; raises SyntaxError (magics included)."""
    file = f"<test {name}>"
    tree = ast.parse(source, file)
    said = frozenset(
        node.msg.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        and isinstance(node.msg, ast.Constant)
        and isinstance(node.msg.value, str)
    )
    texts = frozenset(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not _ends_quietly(source):
        value = tree.body.pop()
        assert isinstance(value, ast.Expr)
        last = compile(ast.Expression(value.value), file, "eval")
    body = compile(tree, file, "exec")
    return Compiled(file, body, last, tuple(source.split("\n")), hidden_lines(source), said,
                    texts)  # fmt: skip


def _ends_quietly(source: str) -> bool:
    code = re.sub(r"#.*$", "", source, flags=re.MULTILINE).rstrip()
    return code.endswith(";")


def names_of(code: CodeType) -> frozenset[str]:
    """Every global name, attribute or import that code mentions, functions in it included."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= names_of(constant)
    return frozenset(found)


def clean(text: str, length: int = MESSAGE_LENGTH) -> str:
    """One line of plain text: no escape sequences, no control characters, not too long."""
    line = " ".join(CONTROL.sub("", text.encode("utf-8", "replace").decode()).split())
    return line if len(line) <= length else line[: length - 1] + "…"


class Screen:
    """What a test puts out: prints, displays and result, like a cell's outputs.

    What hidden lines put out is not kept: it may hold what the hidden tests expect.
    """

    def __init__(self, limit: int) -> None:
        self.compiled: Compiled | None = None
        self.outputs: list[dict[str, Any]] = []
        self._left = limit

    def write(self, text: str, name: str = "stdout") -> int:
        """Text on a stream."""
        if self._secret():
            return len(text)
        if PACKAGE in text:  # a traceback that the test itself prints
            text = text.replace(PACKAGE, "invigilator")
        kept = text[: max(self._left, 0)].encode("utf-8", "replace").decode()
        self._left -= len(text)
        if kept:
            last = self.outputs[-1] if self.outputs else {}
            if last.get("output_type") == "stream" and last["name"] == name:
                last["text"] += kept
            else:
                self.outputs.append({"output_type": "stream", "name": name, "text": kept})
        return len(text)

    def show(self, *values: Any, **_: Any) -> None:
        """`display(...)`."""
        for value in () if self._secret() else values:
            self.outputs.append({"output_type": "display_data", **formatted(value)})

    def result(self, value: Any) -> None:
        """The value of the last expression."""
        self.outputs.append(
            {"output_type": "execute_result", "execution_count": None, **formatted(value)}
        )

    def _secret(self) -> bool:
        return self.compiled is not None and self.compiled.runs_hidden(sys._getframe())


class Unseen(Screen):
    """The screen of a cell whose outputs come from the student's side: it formats nothing."""

    def show(self, *_: Any, **__: Any) -> None:
        """Nobody looks."""

    def result(self, _: Any) -> None:
        """Nobody looks."""


class ScreenStream:
    """A file that writes to a screen."""

    encoding = "UTF-8"

    def __init__(self, screen: Screen, name: str) -> None:
        self._screen, self.name = screen, name

    def write(self, text: str) -> int:
        """Write text."""
        return self._screen.write(text, self.name)

    def flush(self) -> None:
        """Nothing waits."""

    def isatty(self) -> bool:
        """No terminal."""
        return False


def formatted(value: Any) -> dict[str, Any]:
    """Data and metadata of a displayed value: text, and HTML where it offers some."""
    data = {"text/plain": repr(value)[:10_000]}
    html = getattr(value, "_repr_html_", None)
    if callable(html) and not isinstance(value, type):
        text = html()
        if isinstance(text, str) and len(text) < 1 << 20:
            data["text/html"] = text
    return {"data": data, "metadata": {}}


def run(
    compiled: Compiled,
    names: dict[str, Any],
    points: float,
    *,
    screen: Screen,
    seconds: float,
    explain: Callable[[BaseException, bool], str | None] = lambda *_: None,
    at_last: Callable[[], Any] | None = None,
) -> Result:
    """Run a test; whatever it raises is a mark of 0 with a sentence.

    explain  may say in its own words what (error, raised in a hidden line?) means to the student
    at_last  is called when the test cannot be interrupted
    """
    value = None
    screen.compiled = compiled
    expect.unmet()  # what an earlier test left
    try:
        with streams(screen), within(seconds, at_last):
            exec(compiled.body, names)
            if compiled.last is not None:
                value = eval(compiled.last, names)
            shown = not compiled.last or compiled.last.co_firstlineno not in compiled.hidden
            if value is not None and (shown or _number(value) is not None):
                screen.result(value)
    except TestTimeout:
        sentence = f"The test did not come to an end within {seconds:g} seconds."
        return replace(failed(screen, "TimeoutError", sentence, "not yet"), timed_out=True)
    except BaseException as error:  # noqa: BLE001 - a test may raise anything; it is the mark
        return _raised(compiled, error, screen, explain)
    number = _number(value)
    score = points if number is None else clamp(number, points)
    if score >= points:
        return Result(score, "done", "", screen.outputs)
    return Result(score, "not yet", clean(" ".join(expect.unmet())), screen.outputs)


def _number(value: Any) -> float | None:
    if type(value) in (int, float):
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else 0.0
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.integer | numpy.floating):
        return float(value)
    return None


def failed(screen: Screen, name: str, sentence: str, outcome: str) -> Result:
    """A mark of 0 with an error output that holds one sentence."""
    error = {"output_type": "error", "ename": name, "evalue": sentence, "traceback": [sentence]}
    return Result(0.0, outcome, sentence, [*screen.outputs, error])


def _raised(
    compiled: Compiled,
    error: BaseException,
    screen: Screen,
    explain: Callable[[BaseException, bool], str | None],
) -> Result:
    name = clean(type(error).__name__, 80)
    text = clean(_text(error))
    kind = type(error).__name__
    if hasattr(error, "_render_traceback_"):
        return failed(screen, name, text, "not tried" if kind == "NotTried" else "not yet")
    line = _line(compiled, error)
    sentence = explain(error, line in compiled.hidden) or _sentence(
        compiled, line, error, name, text
    )
    outcome = "not tried" if isinstance(error, NotImplementedError) else "not yet"
    return failed(screen, name, clean(sentence), outcome)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception whose text raises
        return ""


def _sentence(
    compiled: Compiled, line: int | None, error: BaseException, name: str, text: str
) -> str:
    """What a student may read of an exception that is none of `expect`'s."""
    if line is not None and line in compiled.hidden:
        if not hasattr(error, STUDENTS) and _text(error) not in compiled.said:
            return f"A hidden check did not hold ({name})"
    elif isinstance(error, AssertionError) and not text and line is not None:
        return f"A check did not hold: {compiled.lines[line - 1].strip()}"
    return f"{name}: {text}" if text else name


def judged(outputs: list[dict[str, Any]], points: float, source: str = "") -> Result:
    """What stock nbgrader gives for these outputs, clamped; stderr costs nothing."""
    for output in outputs:
        if output["output_type"] == "error":
            late = output["ename"] == "KeyboardInterrupt"
            return Result(0.0, "not yet", clean(_read(output, source)), outputs, late)
        if output["output_type"] == "execute_result":
            try:
                score = clamp(float(output["data"].get("text/plain", "")), points)
            except (TypeError, ValueError):
                break
            return Result(score, "done" if score >= points else "not yet", "", outputs)
    return Result(points, "done", "", outputs)


def _read(output: Mapping[str, Any], source: str) -> str:
    """The sentence of an error output: for a bare assert, the line that an arrow points to.

    >>> error = {"ename": "AssertionError", "evalue": "", "traceback": ["----> 2 assert b"]}
    >>> _read(error, "a\\nassert b")
    'A check did not hold: assert b'
    """
    if output["evalue"]:
        return f"{output['ename']}: {output['evalue']}"
    lines, hidden = source.split("\n"), hidden_lines(source)
    found = ARROW.search(CONTROL.sub("", "\n".join(output["traceback"])[:TRACEBACK_READ]))
    number = int(found[1]) if found else 0
    if output["ename"] != "AssertionError" or not 0 < number <= len(lines):
        return str(output["ename"])
    if number in hidden:
        return f"A hidden check did not hold ({output['ename']})"
    return f"A check did not hold: {lines[number - 1].strip()}"


def _line(compiled: Compiled, error: BaseException) -> int | None:
    """The line of the test cell where it went wrong, a hidden one if any is on the way."""
    lines = [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == compiled.file
    ]
    return next((n for n in lines if n in compiled.hidden), lines[-1] if lines else None)


@contextlib.contextmanager
def streams(screen: Screen) -> Iterator[None]:
    """sys.stdout, sys.stderr and `display` of a test."""
    before = sys.stdout, sys.stderr
    sys.stdout = ScreenStream(screen, "stdout")  # type: ignore[assignment]
    sys.stderr = ScreenStream(screen, "stderr")  # type: ignore[assignment]
    builtins.display = screen.show  # type: ignore[attr-defined]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def within(seconds: float, at_last: Callable[[], Any] | None = None) -> Iterator[None]:
    """TestTimeout in the block after `seconds`, and again until it ends.

    Where the block goes on after three of them, `at_last` is called.
    """
    rung = 0

    def ring(*_: object) -> None:
        nonlocal rung
        rung += 1
        if rung > 3 and at_last is not None:
            at_last()
        raise TestTimeout

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
