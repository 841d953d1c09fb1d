"""Standard measures, for use and interpretation.

=======================  ======================================================================
``measure.matching``     false matches and false non-matches at a threshold; the DET curve; EER
``measure.intervals``    Wilson, exact, by person, by pair of people; how many volunteers
``measure.groups``       rates by group, groups compared, a permutation test with people as units
``measure.anonymity``    crowds, k, l, uniqueness
``measure.agreement``    kappa and alpha of two or more coders
=======================  ======================================================================

Where SciPy or scikit-learn give a measure, they are called. Each docstring names its convention,
because a result means nothing without it: **match when score >= threshold**, people not attempts.
"""

from realname.measure.agreement import alpha, kappa
from realname.measure.anonymity import crowds, expected_unique, k_anonymity, l_diversity, uniqueness
from realname.measure.groups import by_group, compared, fairness_discrepancy, people_test
from realname.measure.intervals import (
    Interval,
    by_pair,
    by_person,
    clustered,
    exact,
    relative_error,
    sample_size,
    upper_bound,
    wilson,
)
from realname.measure.matching import Errors, det, equal_error_rate, errors_at
from realname.measure.problems import MeasureError

__all__ = [
    "Errors",
    "Interval",
    "MeasureError",
    "alpha",
    "by_group",
    "by_pair",
    "by_person",
    "clustered",
    "compared",
    "crowds",
    "det",
    "equal_error_rate",
    "errors_at",
    "exact",
    "expected_unique",
    "fairness_discrepancy",
    "k_anonymity",
    "kappa",
    "l_diversity",
    "people_test",
    "relative_error",
    "sample_size",
    "uniqueness",
    "upper_bound",
    "wilson",
]
