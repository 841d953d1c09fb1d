"""Turn facts and see what regimes notice: single changes, the smallest repair, the whole map."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import pandas as pd

from .conditions import Condition, parse
from .engine import Assessment, assess
from .facts import FactError, FactKind, Facts, Pattern, as_facts, impossible, kinds, patterns
from .rules import regime_on, regimes, rules

Case = Facts | Pattern | Mapping[str, Any] | str


def regime_map(cases: Collection[Case] | None = None) -> pd.DataFrame:
    """Results in words: one row a case, one column a regime. Default: all fact patterns.

    >>> regime_map().loc["FP05"].unique().tolist()
    ['lawful']
    """
    given: list[Case] = list(cases) if cases is not None else list(patterns())
    rows = {
        case.id if isinstance(case, Pattern) else case if isinstance(case, str) else number: {
            regime: assess(case, regime).label for regime in regimes()
        }
        for number, case in enumerate(given)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("case")


def what_changes(
    facts: Case, *, only: Collection[str] | None = None, everything: bool = False
) -> pd.DataFrame:
    """Change one fact at a time and see which regime notices.

    only: names of facts to try, default all. everything: also rows in which nothing changes. A fact
    that cannot change alone takes its companions along (column along). Columns: fact, was, becomes,
    along, regime, before, after, gained, lost (ids of rules). Raises FactError for an unknown fact.

    >>> table = what_changes("FP05", only=["impact_assessment"])
    >>> table[["regime", "after"]].values.tolist()
    [['CN_NOW', 'unlawful'], ['EU', 'unlawful']]
    """
    case = as_facts(facts)
    for name in only or ():
        if name not in kinds():
            raise FactError(f"There is no fact named {name!r}. The table `facts` lists all.")
    before = {regime: assess(case, regime) for regime in regimes()}
    rows = [
        _row(kind.id, value, along, case, before[regime], assess(changed, regime))
        for kind in kinds().values()
        if only is None or kind.id in only
        for value, along, changed in _flips(case, kind)
        for regime in regimes()
    ]
    columns = ["fact", "was", "becomes", "along", "regime", "before", "after", "gained", "lost"]
    table = pd.DataFrame(rows, columns=columns)
    return table if everything else table[table["before"] != table["after"]].reset_index(drop=True)


def _flips(case: Facts, kind: FactKind) -> Iterator[tuple[str, str, Facts]]:
    """Each other value of a fact, what it takes along, and the case then."""
    for value in kind.values:
        if value == case.answers()[kind.id]:
            continue
        changes = _with_companions(case.answers(), kind.id, value)
        along = ", ".join(f"{k} = {v}" for k, v in changes.items() if k != kind.id)
        yield value, along, case.replace(**changes)


def _with_companions(answers: Mapping[str, str | None], fact: str, value: str) -> dict[str, str]:
    """One change and the changes it cannot be had without, step by step."""
    changes = {fact: value}
    for _ in kinds():
        now = {**answers, **changes}
        broken = [rule for rule in impossible() if parse(rule.when).holds(now)]
        moves = {
            moved: to
            for rule in broken
            for (cause, state), (moved, to) in rule.along.items()
            if cause in changes and now[cause] == state and moved not in changes
        }
        if not moves:
            break
        changes.update(moves)
    return changes


def _row(
    fact: str, value: str, along: str, case: Facts, before: Assessment, after: Assessment
) -> dict[str, str]:
    return {
        "fact": fact,
        "was": case.answers()[fact] or "unknown",
        "becomes": value,
        "along": along,
        "regime": before.regime.id,
        "before": before.label,
        "after": after.label,
        "gained": ", ".join(rule for rule in after.rules if rule not in before.rules),
        "lost": ", ".join(rule for rule in before.rules if rule not in after.rules),
    }


@dataclass(frozen=True, repr=False)
class Fix:
    """The smallest repair: every set of changes of least size after which no rule is hit.

    changes: the sets, each a mapping fact -> value in words; empty if none of the facts that may
    be changed can do it. size: number of facts; None if out of reach. because: why, in a sentence.
    """

    regime: str
    changes: tuple[dict[str, str], ...]
    size: int | None
    because: str

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [self.because]
        for change in filter(None, self.changes):
            lines.append("  - " + ", ".join(f"{fact} = {value}" for fact, value in change.items()))
        return "\n".join(lines)


def minimal_fix(
    facts: Case,
    regime: str,
    *,
    on: object = None,
    may_change: Collection[str] | None = None,
    most: int = 9,
) -> Fix:
    """The fewest facts to change for a lawful result.

    may_change: facts that may be changed; default those the collector decides (column changeable of
    ``facts``). most: give up beyond that many. Unknown facts that matter must be answered first.
    Raises FactError for unknown names.

    >>> minimal_fix("FP18", "EU").changes
    ({'withdrawal_honoured': 'yes'},)
    """
    case = as_facts(facts)
    state = assess(case, regime, on=on)
    law = state.regime.id
    if state.result == "lawful":
        return Fix(law, ({},), 0, "It is lawful as it stands.")
    if state.result == "not covered":
        return Fix(law, (), None, "The regime does not cover this collector: nothing to mend.")
    if state.open:
        asked = ", ".join(question.fact for question in state.ask)
        return Fix(law, (), None, f"First find out: {asked}.")
    free = _free(may_change)
    for size in range(1, most + 1):
        found = _repairs(case.answers(), _barriers(law, state.on), free, size)
        if found:
            sets = sorted(found, key=sorted)
            order = list(kinds())
            changes = tuple(
                dict(sorted(each, key=lambda pair: order.index(pair[0]))) for each in sets
            )
            word = "fact" if size == 1 else "facts"
            return Fix(law, changes, size, f"Lawful after changing {size} {word}, in each way:")
    stuck = [rule.id for rule in state.hits if not _can_clear(rule.when, case.answers(), free)]
    why = f"rule {', '.join(stuck)} rests on facts that may not be changed" if stuck else (
        f"no set of up to {most} changes does it"
    )  # fmt: skip
    return Fix(law, (), None, f"Out of reach: {why}.")


def _can_clear(
    barrier: Condition, answers: dict[str, str | None], free: Mapping[str, tuple[str, ...]]
) -> bool:
    """Can changing the free facts of this one condition clear it?"""
    mine = [fact for fact in barrier.facts() if fact in free]
    return any(
        barrier.holds({**answers, **dict(zip(mine, values, strict=True))}) is False
        for values in product(*(free[fact] for fact in mine))
    )


def _free(may_change: Collection[str] | None) -> dict[str, tuple[str, ...]]:
    for name in may_change or ():
        if name not in kinds():
            raise FactError(f"There is no fact named {name!r}. The table `facts` lists all.")
    return {
        kind.id: kind.values
        for kind in kinds().values()
        if (kind.changeable if may_change is None else kind.id in may_change)
    }


@lru_cache(maxsize=64)
def _barriers(regime: str, day: object) -> tuple[Condition, ...]:
    """Everything a lawful case must not meet: the rules in force, and the impossible."""
    _, on = regime_on(regime, day)
    rule_conditions = [rule.when for rule in rules() if rule.regime == regime and rule.since <= on]
    return tuple(parse(each.when) for each in impossible()) + tuple(rule_conditions)


def _repairs(
    start: Mapping[str, str | None],
    barriers: tuple[Condition, ...],
    free: Mapping[str, tuple[str, ...]],
    size: int,
) -> set[frozenset[tuple[str, str]]]:
    """All sets of exactly `size` changes that clear every barrier.

    A set that clears a barrier must change a fact the barrier asks about; so it is enough to branch
    on the barrier with the fewest ways out.
    """
    found: set[frozenset[tuple[str, str]]] = set()
    seen: set[frozenset[tuple[str, str]]] = set()

    def search(answers: dict[str, str | None], done: dict[str, str]) -> None:
        key = frozenset(done.items())
        if key in seen:
            return
        seen.add(key)
        met = [barrier for barrier in barriers if barrier.holds(answers) is not False]
        if not met:
            found.add(key)
            return
        if len(done) == size:
            return
        ways = [[f for f in each.facts() if f in free and f not in done] for each in met]
        if _apart(ways) > size - len(done):
            return
        for fact in min(ways, key=len):
            for value in free[fact]:
                if value != start[fact]:
                    search({**answers, fact: value}, {**done, fact: value})

    search(dict(start), {})
    return {each for each in found if len(each) == size}


def _apart(ways: list[list[str]]) -> int:
    """How many barriers share no fact: each needs a change of its own."""
    used: set[str] = set()
    count = 0
    for facts in sorted(ways, key=len):
        if not used & set(facts):
            used |= set(facts)
            count += 1
    return count
