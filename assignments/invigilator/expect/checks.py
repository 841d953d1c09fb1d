"""Checks of values. Each takes first what the student gave; it passes silently or raises
NotTried or NotYet with one sentence. With show=False the wanted value is never said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from . import values
from .comparison import EXACT, Rule, difference, same
from .outcomes import NotTried, NotYet
from .values import Opaque, is_nan, is_number, is_placeholder, plain
from .words import kind_of, kind_word, listed, show

Hints = Sequence[tuple[Any, str]] | None
"""(wrong value or predicate, the sentence that explains it)"""


def tried(given: Any, what: str, *sample: Any) -> Any:
    """Raise NotTried if an answer still is its stub; else give it back.

    A stub is `...`, None, an empty text or container (or one that holds only these), or, where
    sample arguments are given, a function that raises NotImplementedError on them.

    >>> tried(0, "the count")
    0
    """
    if is_placeholder(plain(given)):
        raise untouched(what)
    if sample and values.is_function(given):
        try:
            given(*sample)
        except NotImplementedError:
            raise stub(what) from None
        except Exception:  # noqa: BLE001 - it was tried; what it does is another check's concern
            return given
    return given


def untouched(what: str) -> NotTried:
    """The outcome for an answer that still is the placeholder."""
    return NotTried(
        f"{what} still holds the placeholder; write your answer in its cell, "
        "run that cell, then run this one"
    )


def stub(what: str) -> NotTried:
    """The outcome for a function that raises NotImplementedError."""
    return NotTried(
        f"{what} still is the stub; replace `raise NotImplementedError` by your steps, "
        "run that cell, then run this one"
    )


def read(given: Any, what: str, wanted: Any = Ellipsis) -> Any:
    """The plain data of a tried answer. An empty answer counts as tried if empty is wanted."""
    value = plain(given)
    empty_is_wanted = wanted is not Ellipsis and is_placeholder(wanted)
    if is_placeholder(value) and (value is Ellipsis or not empty_is_wanted):
        raise untouched(what)
    return value


def hinted(value: Any, hints: Hints, what: str, rule: Rule = EXACT) -> None:
    """Raise the sentence of the first hint whose wrong value or predicate fits plain data."""
    for wrong, text in hints or ():
        if fits(value, wrong, rule):
            raise NotYet(f"{what}: {text}") from None


def fits(value: Any, wrong: Any, rule: Rule = EXACT) -> bool:
    """Whether a hint fits. A predicate that cannot handle the value does not fit."""
    if not callable(wrong):
        return same(value, plain(wrong), rule)
    try:
        return wrong(value) is True or bool(wrong(value))
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError):
        return False


def fail(what: str, clause: str) -> NotYet:
    """NotYet for an answer and a clause that starts with a verb."""
    return NotYet(f"{what} {clause}")


def kind(given: Any, wanted: type | tuple[type, ...], what: str) -> Any:
    """Raise NotYet unless the value is exactly of one of the types; else give it back.

    NumPy numbers count as int or float, an int counts as float, True is not a number.
    `collections.abc.Callable` or a function type asks for a function.

    >>> kind(2, float, "the rate")
    2
    """
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    if any(each is Callable or each in values.CALLABLES[:3] for each in kinds):
        if given is None or given is Ellipsis:
            tried(given, what)
        if values.is_function(given):
            return given
        raise fail(what, f"is {kind_of(plain(given))} where a function is expected")
    value = read(given, what)
    if not any(_is(value, type(given), each) for each in kinds):
        asked = " or ".join(kind_word(each) for each in kinds)
        raise fail(what, f"is {kind_of(value)} where {asked} is expected")
    return given


def _is(value: Any, given: type, asked: type) -> bool:
    if asked is float:
        return is_number(value)
    return type(value) is asked or (given is asked and type(value) is not Opaque)


def equal(given: Any, wanted: Any, what: str, *, hints: Hints = None, show: bool = True) -> None:
    """Raise unless the value equals the wanted one, compared as plain data by exact type.

    Whole numbers and decimals compare as numbers; True is not 1; text is compared letter by
    letter; order counts in lists, not in sets and dictionaries.

    >>> equal(2.0, 2, "the count")
    >>> equal("2", 2, "the count")
    Traceback (most recent call last):
    ...
    invigilator.expect.outcomes.NotYet: Not yet: the count is a text in quotes where a number \
is expected; remove the quotes.
    """
    _compare(given, wanted, what, Rule(show=show), hints)


def close(
    given: Any,
    wanted: Any,
    what: str,
    *,
    tolerance: float = 1e-9,
    relative: float = 0,
    hints: Hints = None,
    show: bool = True,
) -> None:
    """As `equal`, but numbers (also inside lists, dictionaries, arrays) may differ a little.

    They agree if |given - wanted| ≤ max(tolerance, relative · |wanted|). NaN never passes, unless
    NaN is wanted.

    >>> close(0.1 + 0.2, 0.3, "the sum")
    """
    _compare(given, wanted, what, Rule(tolerance, relative, show), hints)


def _compare(given: Any, wanted: Any, what: str, rule: Rule, hints: Hints) -> None:
    asked = plain(wanted)
    value = read(given, what, asked)
    clause = difference(value, asked, rule)
    if clause is None:
        return
    hinted(value, hints, what, rule)
    raise fail(what, clause)


def choice(given: Any, allowed: Iterable[Any], what: str) -> Any:
    """Raise unless the value is one of those allowed (this says nothing of which is right).

    >>> choice("own ID", ["own ID", "stolen ID"], "the route")
    'own ID'
    """
    options = [plain(option) for option in allowed]
    _among(read(given, what), options, what)
    return given


def _among(value: Any, options: list[Any], what: str) -> None:
    if not any(same(value, option) for option in options):
        raise fail(what, f"is {show(value)}, which is not one of {listed(options)}")


def mapping(
    given: Any,
    wanted: dict,
    what: str,
    *,
    allowed: Iterable[Any] | None = None,
    tolerance: float = 1e-9,
    hints: Hints = None,
    show: bool = True,
) -> int:
    """Raise unless a dictionary has the wanted entries; names the keys that are wrong.

    Returns how many entries there are (all of them right).

    `allowed` lists the values an entry may have. A hint's wrong value may be a whole dictionary,
    a pair (key, wrong entry), or a predicate on the dictionary.

    >>> mapping({"000": "copy"}, {"000": "copy"}, "the kinds of text")
    1
    """
    asked = plain(wanted)
    value = read(given, what, asked)
    if type(value) is not dict:
        raise fail(what, f"is {kind_of(value)} where {kind_of({})} is expected")
    rule = Rule(tolerance, 0, show)
    _keys(value, asked, what)
    open_keys = [key for key, item in value.items() if is_placeholder(item) and asked[key] != item]
    if open_keys:
        raise fail(what, f"still has the placeholder for {listed(open_keys)}; fill it in")
    if allowed is not None:
        options = [plain(option) for option in allowed]
        for key, item in value.items():
            if not any(same(item, option, rule) for option in options):
                raise fail(
                    what,
                    f"has {_show(item)} for {_show(key)}, which is not one of {listed(options)}",
                )
    wrong = {key: difference(value[key], item, rule) for key, item in asked.items()}
    wrong = {key: clause for key, clause in wrong.items() if clause is not None}
    if not wrong:
        return len(asked)
    _hinted_entries(value, wrong, hints, what, rule)
    first = next(iter(wrong))
    if show and len(wrong) == 1:
        raise fail(f"{what}, entry {_show(first)},", wrong[first] or "")
    yours = f"{_show(first)} is {_show(value[first])}"
    if len(wrong) == 1:
        raise fail(what, f"is not right for one of {len(asked)} entries: {yours}")
    raise fail(
        what, f"is not right for {len(wrong)} of {len(asked)} entries: {listed(wrong)} ({yours})"
    )


def entries(given: Any, keys: Iterable[Any], allowed: Iterable[Any], what: str) -> dict:
    """Raise unless a dictionary has exactly these keys and only allowed values; says nothing of
    which value is right. Gives the dictionary back.

    >>> entries({"A": "copy"}, ["A"], ["copy", "own"], "kind")
    {'A': 'copy'}
    """
    asked, options = [plain(key) for key in keys], [plain(option) for option in allowed]
    value = read(given, what)
    if type(value) is not dict:
        raise fail(what, f"is {kind_of(value)} where {kind_of({})} is expected")
    _keys(value, dict.fromkeys(asked), what)
    still_open = [key for key in asked if is_placeholder(value[key])]
    if still_open:
        raise fail(what, f"still has the placeholder for {listed(still_open)}; fill it in")
    for key in asked:
        _among(value[key], options, f"{what} for {show(key)}")
    return given


_show = show


def count_right(given: Any, wanted: dict | list | tuple, *, tolerance: float = 1e-9) -> int:
    """How many entries of a dictionary (by key) or list (by place) are right. Never raises.

    >>> count_right({"a": 1, "b": 2}, {"a": 1, "b": 3}), count_right("ab", ["a", "b"])
    (1, 0)
    """
    value, asked, rule = plain(given), plain(wanted), Rule(tolerance)
    if type(value) is dict and type(asked) is dict:
        return sum(key in value and same(value[key], item, rule) for key, item in asked.items())
    if type(value) in (list, tuple) and type(asked) in (list, tuple):
        return sum(same(one, other, rule) for one, other in zip(value, asked, strict=False))
    return 0


def _keys(value: dict, asked: dict, what: str) -> None:
    extra = [key for key in value if key not in asked]
    lacking = [key for key in asked if key not in value]
    if lacking:
        near = f" (it has {listed(extra)} instead)" if extra else ""
        raise fail(what, f"lacks an entry for {listed(lacking)}{near}")
    if extra:
        raise fail(what, f"has an entry for {listed(extra)} that does not belong there")


def _hinted_entries(value: dict, wrong: dict, hints: Hints, what: str, rule: Rule) -> None:
    for candidate, text in hints or ():
        if type(candidate) is tuple and len(candidate) == 2:
            key, entry = candidate
            if key in wrong and fits(value[key], entry, rule):
                raise NotYet(f"{what}: {text}")
        elif fits(value, candidate, rule):
            raise NotYet(f"{what}: {text}")


def clear(problems: Sequence[str], what: str) -> None:
    """Raise NotYet with the first of several sentences, and how many more there are.

    >>> clear([], "the argument")
    """
    if not problems:
        return
    more = len(problems) - 1
    tail = f" (and {more} more {'point' if more == 1 else 'points'} after this)" if more else ""
    raise NotYet(f"{what}: {problems[0].rstrip('.')}{tail}")


def number(given: Any, what: str, *, least: float | None = None, most: float | None = None) -> Any:
    """Raise unless the value is a number within a range (NaN is not); else give it back.

    >>> number(0.4, "the threshold", least=0, most=1)
    0.4
    """
    value = read(given, what)
    if not is_number(value):
        raise fail(what, difference(value, 0.0) or "")
    if is_nan(value):
        raise fail(what, "is NaN, which is not a number")
    if (least is not None and value < least) or (most is not None and value > most):
        limits = " and ".join(
            text
            for text in (
                f"at least {show(least)}" if least is not None else "",
                f"at most {show(most)}" if most is not None else "",
            )
            if text
        )
        raise fail(what, f"is {show(value)}; it must be {limits}")
    return given
