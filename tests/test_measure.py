"""Measures against SciPy, statsmodels, scikit-learn, networkx-free brute force, and simulation."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from realname import measure
from realname.measure import MeasureError
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

SEEDS = range(20)


def scores(seed, ties=True):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 60))
    mated = rng.random(n) < 0.5
    mated[:2] = True, False
    values = rng.normal(size=n) + mated
    return (np.round(values * 2) / 2 if ties else values), mated


# ---- matching -----------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", SEEDS)
def test_errors_at_a_threshold_equal_a_count_by_hand(seed):
    s, mated = scores(seed)
    for threshold in [*sorted(set(s)), s.max() + 1, s.min() - 1]:
        found = measure.errors_at(s, mated, threshold)
        pairs = list(zip(s, mated, strict=True))
        assert found.false_matches == sum(v >= threshold for v, own in pairs if not own)
        assert found.false_non_matches == sum(v < threshold for v, own in pairs if own)
        assert found.fmr == found.false_matches / sum(not own for own in mated)
        assert found.fnmr == found.false_non_matches / sum(mated)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_point_of_the_det_is_a_count_and_rates_move_the_right_way(seed):
    s, mated = scores(seed)
    table = measure.det(s, mated)
    for row in table.itertuples():
        found = measure.errors_at(s, mated, row.threshold)
        assert (row.fmr, row.fnmr) == pytest.approx((found.fmr, found.fnmr))
    assert (np.diff(table["threshold"]) > 0).all()
    assert (np.diff(table["fmr"]) <= 0).all()
    assert (np.diff(table["fnmr"]) >= 0).all()
    assert table["fnmr"].iloc[0] == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_eer_lies_where_brute_force_lines_cross_and_ignores_rising_maps(seed):
    s, mated = scores(seed)
    steps = [*sorted(set(s)), np.inf]
    points = [measure.errors_at(s, mated, t) for t in steps]
    wanted = None
    for a, b in itertools.pairwise(points):
        da, db = a.fmr - a.fnmr, b.fmr - b.fnmr
        if da >= 0 >= db and wanted is None:
            wanted = a.fmr if da == db else a.fmr + da / (da - db) * (b.fmr - a.fmr)
    found = measure.equal_error_rate(s, mated)
    assert found == pytest.approx(wanted)
    assert measure.equal_error_rate(np.exp(s) * 3 - 1, mated) == pytest.approx(found)


def test_eer_of_separated_and_of_equal_scores():
    assert measure.equal_error_rate([0, 0, 1, 1], [0, 0, 1, 1]) == 0
    assert measure.equal_error_rate([1, 1, 1, 1], [0, 1, 0, 1]) == 0.5
    assert measure.equal_error_rate([1, 1, 0, 0], [0, 0, 1, 1]) == 1


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: measure.errors_at([0.1, np.nan], [True, False], 0.5), "has no score"),
        (lambda: measure.errors_at([0.1], [True, False], 0.5), "one score for each"),
        (lambda: measure.errors_at([0.1, 0.2], [True, None], 0.5), "missing"),
        (lambda: measure.det([0.1, 0.2], [True, True]), "one kind is missing"),
        (lambda: measure.wilson(0, 0), "nothing was measured"),
        (lambda: measure.wilson(5, 4), "between 0 and the trials"),
        (lambda: measure.wilson(0.5, 4), "whole numbers"),
        (lambda: measure.wilson(None, 4), "whole numbers"),
        (lambda: measure.exact(1, float("nan")), "whole numbers"),
        (lambda: measure.errors_at(["a"], [True], 0.5), "Scores are numbers"),
        (lambda: measure.relative_error(2.5), "whole numbers"),
        (lambda: measure.exact(1, 4, 95), "0.95"),
        (lambda: measure.upper_bound(0, 0), "nothing was measured"),
        (lambda: measure.relative_error(0), "upper bound"),
        (lambda: measure.sample_size(0.1, 0.1), "equal"),
        (lambda: measure.by_person([0, 0], ["a", "b"], np.random.default_rng(1)), "upper_bound"),
        (lambda: measure.by_person([0, 1], ["a", None], np.random.default_rng(1)), "missing"),
        (lambda: measure.by_person([0, 1], ["a", "a"], np.random.default_rng(1)), "One person"),
        (lambda: measure.compared({"a": 1.0}, "b"), "choose one of a"),
        (lambda: measure.crowds(pd.DataFrame({"a": []}), ["a"]), "no rows"),
        (lambda: measure.crowds(pd.DataFrame({"a": [1]}), "a"), "write ['a']"),
        (lambda: measure.crowds(pd.DataFrame({"a": [1]}), ["b"]), "the table has a"),
        (lambda: measure.kappa(["a"], ["a"]), "not defined"),
        (lambda: measure.kappa(["a", None], ["a", "b"]), "missing"),
        (lambda: measure.alpha(pd.DataFrame({"x": ["a"], "y": [None]})), "two codes"),
        (lambda: measure.by_group(pd.DataFrame({"e": [0]}), "e", "g"), "the table has e"),
        (lambda: measure.expected_unique(0, 5), "one or more"),
    ],
)
def test_what_is_not_defined_is_said_in_one_sentence(call, says):
    with pytest.raises(MeasureError) as caught:
        call()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


# ---- intervals ----------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", SEEDS)
def test_wilson_and_exact_equal_statsmodels(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 2000))
    for k in {0, n, int(rng.integers(0, n + 1))}:
        for confidence in (0.8, 0.95, 0.999):
            for call, method in ((measure.wilson, "wilson"), (measure.exact, "beta")):
                wanted = proportion_confint(k, n, alpha=1 - confidence, method=method)
                assert call(k, n, confidence) == pytest.approx(wanted, abs=1e-9)


def test_upper_bound_is_the_smallest_rate_that_makes_so_few_errors_unlikely():
    for k, n, confidence in [(0, 20, 0.95), (3, 50, 0.9), (7, 40, 0.99)]:
        bound = measure.upper_bound(k, n, confidence)
        assert stats.binom.cdf(k, n, bound) == pytest.approx(1 - confidence)
    assert measure.upper_bound(5, 5) == 1


def test_relative_error_is_the_exact_poisson_interval():
    for k in (1, 7, 30, 400):
        low, high = measure.relative_error(k, 0.9)
        assert stats.poisson.sf(k - 1, k * (1 + low)) == pytest.approx(0.05)
        assert stats.poisson.cdf(k, k * (1 + high)) == pytest.approx(0.05)
    assert measure.relative_error(30) == pytest.approx((-0.28, 0.356), abs=0.002)


def attempts(rng, people=120, tries=8, strength=0.7):
    """Attempts of people who differ: a personal chance, then tries that share it."""
    chance = stats.norm.cdf((-1.2 + np.sqrt(strength) * rng.normal(size=people)) / 0.55)
    who = np.repeat(np.arange(people), rng.integers(1, tries + 1, people))
    return rng.random(who.size) < chance[who], who


@pytest.mark.parametrize("seed", range(5))
def test_clustered_equals_a_regression_with_errors_clustered_by_person(seed):
    wrong, who = attempts(np.random.default_rng(seed))
    fit = sm.OLS(wrong.astype(float), np.ones(wrong.size)).fit(
        cov_type="cluster", cov_kwds={"groups": who, "use_correction": False, "df_correction": True}
    )
    n = np.unique(who).size
    half = stats.t.isf(0.025, n - 1) * fit.bse[0] * math.sqrt(n / (n - 1))
    assert measure.clustered(wrong, who) == pytest.approx(
        (wrong.mean() - half, wrong.mean() + half)
    )


@pytest.mark.parametrize("seed", range(5))
def test_bootstrap_by_person_is_close_to_clustered_and_wider_than_wilson(seed):
    wrong, who = attempts(np.random.default_rng(seed), people=200, tries=12)
    low, high = measure.by_person(wrong, who, np.random.default_rng(1))
    close = measure.clustered(wrong, who)
    naive = measure.wilson(int(wrong.sum()), wrong.size)
    assert (low, high) == pytest.approx(close, abs=0.02)
    assert high - low > 1.3 * (naive.high - naive.low)


def test_bootstrap_by_person_covers_where_counting_attempts_does_not():
    rng = np.random.default_rng(7)
    truth = stats.norm.cdf(-1.2 / math.sqrt(0.7 + 0.55**2))
    hits = {"people": 0, "attempts": 0}
    runs = 120
    for _ in range(runs):
        wrong, who = attempts(rng, people=150, tries=20)
        people = measure.clustered(wrong, who)
        naive = measure.wilson(int(wrong.sum()), wrong.size)
        hits["people"] += people.low <= truth <= people.high
        hits["attempts"] += naive.low <= truth <= naive.high
    assert hits["people"] / runs > 0.88
    assert hits["attempts"] / runs < 0.8


def test_bootstrap_by_pair_is_much_wider_when_people_differ_and_cautious_when_not():
    rng = np.random.default_rng(3)
    one, other = np.triu_indices(60, 1)
    wolf = rng.normal(size=60)
    chance = stats.norm.cdf((-3 + wolf[one] + wolf[other]) / 1.2)
    wrong = rng.random(one.size) < chance
    low, high = measure.by_pair(wrong, one, other, rng, resamples=400)
    naive = measure.wilson(int(wrong.sum()), wrong.size)
    assert high - low > 3 * (naive.high - naive.low)
    fair = rng.random(one.size) < 0.2
    low, high = measure.by_pair(fair, one, other, rng, resamples=400)
    naive = measure.wilson(int(fair.sum()), fair.size)
    assert (high - low) / (naive.high - naive.low) == pytest.approx(3**0.5, abs=0.35)


@pytest.mark.parametrize(("p", "q"), [(0.1, 0.2), (0.05, 0.02), (0.5, 0.35)])
def test_sample_size_reaches_its_power_and_is_symmetric(p, q):
    n = measure.sample_size(p, q)
    assert n == measure.sample_size(q, p)
    rng = np.random.default_rng(1)
    a, b = rng.binomial(n, p, 20000) / n, rng.binomial(n, q, 20000) / n
    spread = np.sqrt((a * (1 - a) + b * (1 - b)) / n)
    power = (np.abs(a - b) > stats.norm.isf(0.025) * spread).mean()
    assert power == pytest.approx(0.8, abs=0.025)


# ---- groups -------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", SEEDS)
def test_rates_by_group_equal_loops(seed):
    rng = np.random.default_rng(seed)
    n = 80
    table = pd.DataFrame(
        {
            "error": rng.random(n) < 0.3,
            "group": pd.Categorical(rng.choice(list("abc"), n), categories=list("abcd")),
            "who": rng.integers(0, 30, n),
        }
    )
    table["who"] = table["group"].astype(str) + table["who"].astype(str)
    found = measure.by_group(table, "error", "group")
    people = measure.by_group(table, "error", "group", "who")
    assert list(found.index) == sorted(set(table["group"]))  # "d" was never tested: no row
    for name in found.index:
        rows = table[table["group"] == name]
        k, m = int(rows["error"].sum()), len(rows)
        assert tuple(found.loc[name, ["attempts", "errors"]]) == (m, k)
        assert tuple(found.loc[name, ["low", "high"]]) == pytest.approx(measure.wilson(k, m))
        assert people.loc[name, "people"] == rows["who"].nunique()
        assert people.loc[name, "rate"] == k / m
    shuffled = table.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(measure.by_group(shuffled, "error", "group", "who"), people)


def test_a_group_without_errors_gets_the_exact_interval_of_its_people():
    table = pd.DataFrame({"error": [0] * 20, "group": ["a"] * 20, "who": [1, 2] * 10})
    row = measure.by_group(table, "error", "group", "who").loc["a"]
    assert (row["low"], row["high"]) == pytest.approx(measure.exact(0, 2))


def test_ratios_to_a_reference_of_zero_are_missing():
    found = measure.compared({"a": 0.0, "b": 0.1}, "a")
    assert found["ratio"].isna().all()
    assert found.loc["b", "difference"] == pytest.approx(0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_fairness_discrepancy_is_one_minus_the_largest_pairs(seed):
    rng = np.random.default_rng(seed)
    a, b, w = rng.random(5), rng.random(5), rng.random()
    pairs = list(itertools.combinations(range(5), 2))
    worst = [max(abs(x[i] - x[j]) for i, j in pairs) for x in (a, b)]
    assert measure.fairness_discrepancy(a, b, w) == pytest.approx(
        1 - w * worst[0] - (1 - w) * worst[1]
    )


@pytest.mark.parametrize("seed", range(6))
def test_permutation_test_equals_full_enumeration_in_small_groups(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 4, 4) / 4, rng.integers(0, 4, 3) / 4
    pool = np.concatenate([one, other])
    seen = one.mean() - other.mean()
    diffs = []
    for chosen in itertools.combinations(range(7), 4):
        rest = [i for i in range(7) if i not in chosen]
        diffs.append(pool[list(chosen)].mean() - pool[rest].mean())
    diffs = np.array(diffs)
    tails = (diffs >= seen - 1e-12).mean(), (diffs <= seen + 1e-12).mean()
    assert measure.people_test(one, other, rng) == pytest.approx(min(1, 2 * min(tails)))


def test_permutation_test_sees_a_gap_and_is_about_uniform_without_one():
    rng = np.random.default_rng(5)
    assert measure.people_test(rng.random(40), rng.random(40) + 0.5, rng, 999) < 0.01
    p = [measure.people_test(rng.random(15), rng.random(15), rng, 199) for _ in range(120)]
    assert stats.kstest(p, "uniform").pvalue > 0.001


# ---- anonymity ----------------------------------------------------------------------------------
def people(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    table = pd.DataFrame(
        {
            "born": rng.integers(1980, 1984, n).astype(float),
            "sex": rng.choice(["f", "m", None], n),
            "town": rng.choice(list("abc"), n),
            "ill": rng.choice(["x", "y", None], n),
        },
        index=rng.permutation(n) + 100,
    )
    table.loc[rng.random(n) < 0.2, "born"] = np.nan
    return table


def same(a, b):
    return (pd.isna(a) and pd.isna(b)) or a == b


@pytest.mark.parametrize("seed", SEEDS)
def test_crowds_k_l_and_uniqueness_equal_brute_force(seed):
    table = people(seed)
    for columns in (["born"], ["born", "sex"], ["born", "sex", "town"]):
        rows = table[columns].to_numpy(dtype=object)
        wanted, secrets = [], []
        for row in rows:
            mine = [all(map(same, row, other)) for other in rows]
            wanted.append(sum(mine))
            secrets.append(len({repr(s) if not pd.isna(s) else None for s in table["ill"][mine]}))
        assert measure.crowds(table, columns).tolist() == wanted
        assert measure.crowds(table, columns).index.equals(table.index)
        assert measure.k_anonymity(table, columns) == min(wanted)
        assert measure.uniqueness(table, columns) == pytest.approx(
            sum(size == 1 for size in wanted) / len(wanted)
        )
        found = measure.l_diversity(table, columns, "ill")
        assert found == min(secrets)
        assert found <= measure.k_anonymity(table, columns)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_column_never_enlarges_a_crowd(seed):
    table = people(seed)
    columns: list[str] = []
    before = measure.crowds(table, columns)
    assert (before == len(table)).all()
    for name in ("town", "sex", "born"):
        columns.append(name)
        after = measure.crowds(table, columns)
        assert (after <= before).all()
        before = after


def test_expected_share_of_unique_people_agrees_with_drawing_them():
    rng = np.random.default_rng(2)
    n, cells, runs = 400, 1000, 300
    found = [(np.bincount(rng.integers(0, cells, n)) == 1).sum() / n for _ in range(runs)]
    error = np.std(found) / math.sqrt(runs)
    assert abs(np.mean(found) - measure.expected_unique(n, cells)) < 5 * error
    assert [round(measure.expected_unique(m, 44640), 2) for m in (1000, 10000, 100000)] == [
        0.98, 0.80, 0.11,
    ]  # fmt: skip


# ---- agreement ----------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", SEEDS)
def test_kappa_equals_statsmodels_and_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 3, 40), rng.integers(0, 3, 40)
    table = np.zeros((3, 3))
    np.add.at(table, (a, b), 1)
    found = measure.kappa(a, b)
    assert found == pytest.approx(float(cohens_kappa(table).kappa))
    assert found == pytest.approx(cohen_kappa_score(a, b))
    assert measure.kappa(a, a) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_alpha_equals_the_definition_over_pairs(seed):
    rng = np.random.default_rng(seed)
    codes = pd.DataFrame(rng.choice(["a", "b", "c", None], (12, 3), p=[0.4, 0.3, 0.1, 0.2]))
    kept = [[c for c in row if not pd.isna(c)] for row in codes.to_numpy(dtype=object)]
    kept = [row for row in kept if len(row) > 1]
    every = [c for row in kept for c in row]
    n = len(every)
    seen = sum(
        sum(x != y for x, y in itertools.permutations(row, 2)) / (len(row) - 1) for row in kept
    ) / n  # fmt: skip
    chance = sum(x != y for x, y in itertools.permutations(every, 2)) / (n * (n - 1))
    assert measure.alpha(codes) == pytest.approx(1 - seen / chance)


def test_same_generator_same_interval():
    wrong, who = attempts(np.random.default_rng(1))
    ends = [measure.by_person(wrong, who, np.random.default_rng(9)) for _ in range(2)]
    assert ends[0] == ends[1]
