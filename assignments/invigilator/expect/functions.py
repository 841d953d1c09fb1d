"""Checks of functions: plain loops over given inputs, against an oracle."""

from __future__ import annotations

import builtins
import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from . import checks, values
from .comparison import Rule, difference
from .outcomes import NotYet
from .values import plain
from .words import show as shown


@dataclass(frozen=True)
class Case:
    """Arguments of one call, and in a few words what kind of case it is."""

    kind: str
    arguments: tuple


def case(kind: str, *arguments: Any) -> Case:
    """A case with a name, for planted edge cases.

    >>> case("an empty list", []).kind
    'an empty list'
    """
    return Case(kind, arguments)


@dataclass(frozen=True)
class Refusal:
    """What an oracle returns where the function must raise an error of this built-in type."""

    error: type[Exception]


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of one call: plain data, or the nearest built-in error."""

    value: Any = None
    error: type[BaseException] | None = None
    text: str = ""
    after: Any = None

    def like(self, other: Answer, rule: Rule) -> bool:
        """Whether two calls came to the same."""
        if self.error is not None or other.error is not None:
            return self.error is other.error
        return difference(self.value, other.value, rule) is None


def function(
    fn: Any,
    cases: Iterable[Case | tuple],
    oracle: Callable,
    what: str,
    *,
    mistakes: Sequence[tuple[Callable, str]] = (),
    tolerance: float = 1e-9,
    relative: float = 0,
    show: bool = False,
    unchanged: bool = True,
) -> None:
    """Call a student's function on each case and compare with the oracle.

    The first case that differs is named with its kind, its input and what came back; the wanted
    value only with show=True. `mistakes` lists (wrong function, sentence): where one of them gives
    the student's answer, its sentence is the message. An oracle may return `Refusal(ValueError)`.
    With unchanged=True the function must leave its arguments as they were.

    >>> function(lambda xs: sum(xs), [([1, 2],), case("an empty list", [])], sum, "total")
    """
    if fn is None or fn is Ellipsis:
        checks.tried(fn, what)
    if not values.is_function(fn):
        raise checks.fail(what, f"is {checks.kind_of(plain(fn))} where a function is expected")
    rule = Rule(tolerance, relative, show)
    rows = [each if isinstance(each, Case) else Case("", tuple(each)) for each in cases]
    for number, row in enumerate(rows):
        answer = call(fn, row)
        if answer.error is NotImplementedError and number == 0:
            raise checks.stub(what)
        clause = _judged(answer, row, oracle, rule)
        if clause is not None:
            mistake = _recognised(fn, answer, rows, number, mistakes, rule)
            raise NotYet(f"{what}: {mistake}" if mistake else f"{what}{_named(row)} {clause}")
        if unchanged and difference(answer.after, _plain_arguments(row.arguments)) is not None:
            raise NotYet(
                f"{what}{_named(row)} changes the data it was given; work on a copy instead"
            )


def call(fn: Callable, row: Case) -> Answer:
    """Call with copies of the arguments. What comes back is plain data, and never raises."""
    arguments = copy.deepcopy(row.arguments)
    kind: type[BaseException] | None = None
    text = ""
    try:
        value = plain(values.drained(fn(*arguments)))
    except (Exception, SystemExit, GeneratorExit) as error:  # noqa: BLE001 - student's, shown
        value, kind, text = None, nearest(error), _text(error)
    return Answer(value, kind, text, _plain_arguments(arguments))


def _plain_arguments(arguments: tuple) -> list:
    return [plain(argument) for argument in arguments]


def nearest(error: BaseException) -> type[BaseException]:
    """The nearest built-in ancestor of an error's type; those that leave Python count as
    RuntimeError, as they do when a function is called across processes.

    >>> class Mine(ValueError): pass
    >>> nearest(Mine()).__name__
    'ValueError'
    """
    known: dict[str, Any] = vars(builtins)
    lineage: tuple[Any, ...] = type.__dict__["__mro__"].__get__(type(error))
    for each in lineage:
        name = type.__dict__["__name__"].__get__(each)
        if name in known and known[name] is each:
            leaves = not issubclass(each, Exception) or each is StopIteration
            return RuntimeError if leaves else each
    return Exception


def _text(error: BaseException) -> str:
    arguments = BaseException.__dict__["args"].__get__(error)
    parts = [item for item in arguments if type(item) is str]
    leaves = "" if isinstance(error, Exception) else f"{values.type_name(error)}: "
    text = " ".join((leaves + (parts[-1] if parts else "")).split())
    return text if len(text) <= 120 else text[:119] + "…"


def _judged(answer: Answer, row: Case, oracle: Callable, rule: Rule) -> str | None:
    wanted = oracle(*copy.deepcopy(row.arguments))
    if isinstance(wanted, Refusal):
        name = wanted.error.__name__
        if answer.error is not None:
            right = issubclass(answer.error, wanted.error)
            return None if right else f"stops with {answer.error.__name__}; it must raise {name}"
        return f"returned {shown(answer.value)}; for such input it must raise {name}"
    if answer.error is not None:
        return f"stops with {answer.error.__name__}{f' ({answer.text})' if answer.text else ''}"
    asked = plain(wanted)
    clause = difference(answer.value, asked, rule)
    if clause is None:
        return None
    if answer.value is None:
        return "returned nothing (None); end it with return and the value, print is not enough"
    if values.is_number(asked) != values.is_number(answer.value) or (
        type(asked) is not type(answer.value)
    ):
        return f"returned {shown(answer.value)}, which {clause}"
    if rule.show:
        return f"returned {shown(answer.value)}; expected {shown(asked)}"
    return f"returned {shown(answer.value)}, which is not right"


def _named(row: Case) -> str:
    """The kind of case and its input, as a text between the function's name and a verb."""
    given = ", ".join(shown(plain(argument)) for argument in row.arguments)
    kind = f"for {row.kind}, " if row.kind else ""
    return f", {kind}called with ({given}),"


def _recognised(
    fn: Callable,
    answer: Answer,
    rows: list[Case],
    number: int,
    mistakes: Sequence[tuple[Callable, str]],
    rule: Rule,
) -> str | None:
    """The sentence of the listed mistake that answers as the student does.

    Where several fit the first failing case, later cases decide, so that the message does not
    hang on which input happened to come first.
    """
    fitting = [
        (wrong, text) for wrong, text in mistakes if answer.like(call(wrong, rows[number]), rule)
    ]
    for row in (*rows[number + 1 :], *rows[:number]):
        if len(fitting) < 2:
            break
        also = call(fn, row)
        still = [(wrong, text) for wrong, text in fitting if also.like(call(wrong, row), rule)]
        fitting = still or fitting
    return fitting[0][1] if fitting else None
