"""Comparing plain data with what was wanted; a difference is a clause in plain words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from .values import Array, Frame, Missing, Opaque, is_nan, is_number
from .words import kind_of, listed, show


@dataclass(frozen=True)
class Rule:
    """How exact numbers must be, and whether the wanted value may be shown."""

    tolerance: float = 0.0
    relative: float = 0.0
    show: bool = True
    nan_equal: bool = True

    def near(self, given: float, wanted: float) -> bool:
        """Whether two numbers agree. NaN agrees only with a wanted NaN."""
        if is_nan(given) or is_nan(wanted):
            return self.nan_equal and is_nan(given) and is_nan(wanted)
        if given == wanted:
            return True
        try:
            return abs(given - wanted) <= max(self.tolerance, self.relative * abs(wanted))
        except OverflowError:
            return False


EXACT = Rule()


def same(given: Any, wanted: Any, rule: Rule = EXACT) -> bool:
    """Whether plain data agrees."""
    return difference(given, wanted, rule) is None


def difference(given: Any, wanted: Any, rule: Rule = EXACT, where: str = "") -> str | None:
    """None if plain data agrees, else a clause that fits after the name of the answer.

    >>> difference("0.5", 0.5)
    'is a text in quotes where a number is expected; remove the quotes'
    >>> difference([1, 2], [1, 3])
    'is 2 in entry 2; expected 3'
    """
    if is_number(wanted):
        return _number(given, wanted, rule, where)
    if type(wanted) is Array or type(wanted) is Frame:
        return _array(given, wanted, rule, where)
    if type(given) is not type(wanted):
        return _kinds(given, wanted, where)
    if type(wanted) is dict:
        return _dict(given, wanted, rule, where)
    if type(wanted) is list or type(wanted) is tuple:
        return _list(given, wanted, rule, where)
    if type(wanted) is set or type(wanted) is frozenset:
        return _set(given, wanted, rule, where)
    if type(wanted) is Missing:
        return None
    if type(wanted) is Opaque:
        return f"is {kind_of(given)}{where}, which a check cannot read"
    if given == wanted:
        return None
    return _value(given, wanted, rule, where)


def _value(given: Any, wanted: Any, rule: Rule, where: str) -> str:
    if not rule.show:
        return f"is {show(given)}{where}, which is not right"
    if type(given) is str and given.strip().casefold() == wanted.strip().casefold():
        return (
            f"is {show(given)}{where}; expected {show(wanted)} "
            "(only capital letters or spaces differ)"
        )
    return f"is {show(given)}{where}; expected {show(wanted)}"


def _number(given: Any, wanted: Any, rule: Rule, where: str) -> str | None:
    if not is_number(given):
        return _kinds(given, wanted, where)
    if rule.near(given, wanted):
        return None
    if is_nan(given):
        return f"is NaN{where}, which means that no number came out (often 0 divided by 0)"
    return _value(given, wanted, rule, where)


def _kinds(given: Any, wanted: Any, where: str) -> str:
    asked = "a number" if is_number(wanted) else kind_of(wanted)
    repair = ""
    if is_number(wanted) and type(given) is str:
        repair = "; remove the quotes"
    elif type(wanted) is str and is_number(given):
        repair = "; put it in quotes"
    elif is_number(wanted) and type(given) is bool:
        repair = f" ({given} answers a yes-or-no question)"
    elif type(wanted) is bool and type(given) is str:
        repair = "; write True or False without quotes"
    elif given is None:
        repair = "; does the function end with return?" if "given" in where else ""
    elif type(given) is datetime.datetime and type(wanted) is datetime.date:
        repair = "; leave out the time of day"
    elif type(wanted) is list and type(given) is Array:
        repair = "; write .tolist() after it"
    elif type(wanted) is list and type(given) is Opaque:
        repair = "; write list(…) around it"
    return f"is {kind_of(given)}{where} where {asked} is expected{repair}"


def _list(given: Any, wanted: Any, rule: Rule, where: str) -> str | None:
    if len(given) != len(wanted):
        return _size(len(given), len(wanted), "entries", rule, where)
    for number, (one, other) in enumerate(zip(given, wanted, strict=True), start=1):
        clause = difference(one, other, rule, f"{where} in entry {number}")
        if clause is not None:
            return clause
    return None


def _size(given: int, wanted: int, noun: str, rule: Rule, where: str) -> str:
    if rule.show:
        one = {"entries": "entry", "rows": "row"}[noun] if given == 1 else noun
        return f"has {given} {one}{where}; expected {wanted}"
    return f"does not have the right number of {noun}{where} (yours has {given})"


def token(value: Any) -> tuple[str, Any]:
    """A key under which 1 and 1.0 are the same and 1 and True are not."""
    return ("number" if is_number(value) else type(value).__name__, value)


def _dict(given: dict, wanted: dict, rule: Rule, where: str) -> str | None:
    have = {token(key): item for key, item in given.items()}
    ask = {token(key): item for key, item in wanted.items()}
    lacking = [key[1] for key in ask if key not in have]
    extra = [key[1] for key in have if key not in ask]
    if lacking and rule.show:
        return f"lacks an entry for {listed(lacking)}{where}"
    if extra:
        return f"has an entry for {listed(extra)}{where} that does not belong there"
    if lacking:
        return f"is not complete{where}"
    for key, item in ask.items():
        clause = difference(have[key], item, rule, f"{where} for {show(key[1])}")
        if clause is not None:
            return clause
    return None


def _set(given: Any, wanted: Any, rule: Rule, where: str) -> str | None:
    have, ask = {token(item) for item in given}, {token(item) for item in wanted}
    extra = sorted((item for _, item in have - ask), key=show)
    lacking = sorted((item for _, item in ask - have), key=show)
    if extra:
        return f"holds {listed(extra)}{where}, which does not belong there"
    if lacking:
        return f"lacks {listed(lacking)}{where}" if rule.show else f"is not complete{where}"
    return None


def _array(given: Any, wanted: Any, rule: Rule, where: str) -> str | None:
    if type(given) is not type(wanted):
        return _kinds(given, wanted, where)
    if type(wanted) is Frame:
        return _frame(given, wanted, rule, where)
    if given.kind != wanted.kind:
        return _kinds(given, wanted, where)
    if given.shape != wanted.shape:
        if len(given.shape) == len(wanted.shape) == 1:
            return _size(given.shape[0], wanted.shape[0], "entries", rule, where)
        return f"has the shape {show(given.shape)}{where}, which is not right"
    clause = _list(given.items, wanted.items, rule, where)
    if clause is None and wanted.labels is not None:
        clause = _list(given.labels, wanted.labels, rule, f"{where} in the row labels")
    return clause


def _frame(given: Frame, wanted: Frame, rule: Rule, where: str) -> str | None:
    clause = _list(given.names, wanted.names, rule, f"{where} in the column names")
    if clause is not None:
        return clause
    for name, one, other in zip(given.names, given.columns, wanted.columns, strict=True):
        clause = _list(one, other, rule, f"{where} in column {show(name)}")
        if clause is not None:
            return clause
    return _list(given.labels, wanted.labels, rule, f"{where} in the row labels")
