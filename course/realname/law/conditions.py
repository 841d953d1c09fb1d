"""Conditions of rules: a small language, read once, asked of facts that may be unknown.

    necessary = no and actor = private
    face_rule = normative_document or not (sold = yes/arguable)

``fact = value`` holds if the fact has that value, ``value/value`` if it has either. Joined by
``not``, ``and``, ``or`` (in that order of strength) and brackets. A fact nobody gave is unknown,
and what rests on it is unknown too, unless the rest already decides: Kleene's three-valued logic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

_TOKEN = re.compile(r"\s*([()]|[a-z_0-9]+(?:\s*=\s*[a-z_0-9]+(?:/[a-z_0-9]+)*)?|\S)")


class ConditionError(ValueError):
    """A condition that cannot be read; str() says where."""


@dataclass(frozen=True)
class Condition:
    """One condition: an atom (fact and values), or "not", "and", "or" with parts.

    >>> parse("sold = yes or shared = yes").holds({"sold": "no", "shared": "yes"})
    True
    >>> print(parse("sold = yes or shared = yes").holds({"sold": "no", "shared": None}))
    None
    """

    kind: str
    fact: str = ""
    values: tuple[str, ...] = ()
    parts: tuple[Condition, ...] = ()

    def holds(self, answers: Mapping[str, str | None]) -> bool | None:
        """True, False, or None where unknown facts leave it open."""
        if self.kind == "atom":
            answer = answers.get(self.fact)
            return None if answer is None else answer in self.values
        if self.kind == "not":
            inner = self.parts[0].holds(answers)
            return None if inner is None else not inner
        decisive = self.kind == "or"
        found = [part.holds(answers) for part in self.parts]
        if decisive in found:
            return decisive
        return None if None in found else not decisive

    def facts(self) -> tuple[str, ...]:
        """The facts it asks about, in order of first mention."""
        if self.kind == "atom":
            return (self.fact,)
        return tuple(dict.fromkeys(fact for part in self.parts for fact in part.facts()))

    def atoms(self) -> tuple[tuple[str, str], ...]:
        """Every (fact, value) it mentions."""
        if self.kind == "atom":
            return tuple((self.fact, value) for value in self.values)
        return tuple(atom for part in self.parts for atom in part.atoms())


@cache
def parse(text: str) -> Condition:
    """Read one condition. Raises ConditionError with the place of the first wrong word."""
    tokens = _TOKEN.findall(text)
    found, rest = _either(tokens, text)
    if rest:
        raise ConditionError(f"In the condition {text!r}: {rest[0]!r} is not expected there.")
    return found


def _joined(tokens: list[str], text: str, word: str, inner) -> tuple[Condition, list[str]]:
    first, tokens = inner(tokens, text)
    parts = [first]
    while tokens and tokens[0] == word:
        part, tokens = inner(tokens[1:], text)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Condition(word, parts=tuple(parts))), tokens


def _either(tokens: list[str], text: str) -> tuple[Condition, list[str]]:
    return _joined(tokens, text, "or", _both)


def _both(tokens: list[str], text: str) -> tuple[Condition, list[str]]:
    return _joined(tokens, text, "and", _one)


def _one(tokens: list[str], text: str) -> tuple[Condition, list[str]]:
    if not tokens:
        raise ConditionError(f"The condition {text!r} ends too early.")
    head, rest = tokens[0], tokens[1:]
    if head == "not":
        inner, rest = _one(rest, text)
        return Condition("not", parts=(inner,)), rest
    if head == "(":
        inner, rest = _either(rest, text)
        if not rest or rest[0] != ")":
            raise ConditionError(f"In the condition {text!r} a bracket is not closed.")
        return inner, rest[1:]
    fact, equals, values = (part.strip() for part in head.partition("="))
    if not equals or not values:
        raise ConditionError(f"In the condition {text!r}: {head!r} should read fact = value.")
    return Condition("atom", fact=fact, values=tuple(values.split("/"))), rest
