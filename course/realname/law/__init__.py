"""The law of the course: instruments in time, fact patterns, regimes, arguments.

    from realname import law
    law.in_force("2019-12-01")                 # which texts stood on that day
    law.governing("2019-12-01", "comparison")  # who asked for the face, and of what rank
    law.assess("FP04", "CN", on="2019-12-01")  # what a regime says about a case, and why

A model for teaching: it gives no legal advice.
"""

from .currency import ledger
from .engine import Assessment, Question, assess
from .explore import Fix, minimal_fix, regime_map, what_changes
from .facts import FactError, Facts, Pattern, pattern, patterns
from .instruments import LawError, article, governing, in_force
from .rules import Regime, Rule, regimes, rules

__all__ = [
    "Assessment",
    "FactError",
    "Facts",
    "Fix",
    "LawError",
    "Pattern",
    "Question",
    "Regime",
    "Rule",
    "article",
    "assess",
    "governing",
    "in_force",
    "ledger",
    "minimal_fix",
    "pattern",
    "patterns",
    "regime_map",
    "regimes",
    "rules",
    "what_changes",
]
