"""Proportionality as a table: a law, then an aim, and whether the means is suitable, necessary and
balanced.

The table orders an argument. It decides nothing: what stands in its cells is for people to defend.
"""

from __future__ import annotations

import pandas as pd

STEPS = {
    "law": "Does a text of sufficient rank order or allow it, clearly enough to foresee?",
    "aim": "What is it for, and is that aim a legitimate one?",
    "suitable": "Does it serve the aim at all? What shows that?",
    "necessary": "Would something milder serve the aim as well?",
    "balanced": "Is what it takes from people worth what it brings?",
}
"""The question before the four steps, and the four steps, in their order."""
ANSWERS = ("yes", "no", "open")


class StepError(ValueError):
    """A step or answer that does not exist; str() is one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def table(**answers: tuple[str, str]) -> pd.DataFrame:
    """The filled table: one row a step, with its question, an answer and the reason for it.

    answers: for each step a pair (answer, reason); the answer is yes, no or open. A step that is
    left out stays empty. Raises StepError for an unknown step or answer.

    >>> table(aim=("yes", "Fewer stolen identities.")).loc["aim", "answer"]
    'yes'
    """
    for name, pair in answers.items():
        if name not in STEPS:
            raise StepError(f"There is no step {name!r}: the steps are {', '.join(STEPS)}.")
        if not isinstance(pair, tuple) or len(pair) != 2 or pair[0] not in ANSWERS:
            raise StepError(f'{name}: give a pair such as ("open", "why"); first yes, no or open.')
    rows = [(name, asked, *answers.get(name, ("", ""))) for name, asked in STEPS.items()]
    filled = pd.DataFrame(rows, columns=["step", "question", "answer", "reason"])
    return filled.set_index("step")
