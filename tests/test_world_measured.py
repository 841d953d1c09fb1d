"""Figures of the dossier marked *measured*, worked out again with the course's own code.

Where a recomputed figure differs from the dossier, the docstring of the test says why.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from realname import data
from realname.world import counter, draws, fraud, people, scores, visits
from realname.world.parameters import ledger
from scipy import integrate, stats
from sklearn.metrics import det_curve

FMRS = (1e-3, 1e-4, 1e-5, 1e-6)


def refused_after(profile: str, attempts: int, share: float = 0.7, liveness: bool = False):
    book = ledger().changed(personal_share=share)
    return scores.expected_refusals(
        scores.profile(profile), 1e-4, attempts=attempts, liveness=liveness, book=book
    )


@pytest.mark.parametrize(
    ("matcher", "mu", "s", "rms", "equal"),
    [
        ("COTS-1", 4.702, 2.056, 0.008, 0.298),
        ("COTS-2", 7.969, 2.687, 0.012, 0.628),
        ("CenterFace", 3.418, 1.404, 0.002, 0.108),
        ("SphereFace", 3.092, 0.822, 0.012, 0.067),
        ("Base", 5.597, 1.746, 0.003, 0.345),
        ("DocFace+", 7.999, 2.488, 0.037, 0.638),
    ],
)
def test_calibration_reproduces_the_published_points(matcher, mu, s, rms, equal):
    fit = scores.calibrated(matcher)
    assert (round(fit.mu, 3), round(fit.s, 3)) == (mu, s)
    rows = data.load("operating_points")
    rows = rows[rows["matcher"] == matcher]
    error = [
        math.log(fit.fnmr(fit.threshold(fmr)) / fnmr)
        for fmr, fnmr in zip(rows["fmr"], rows["fnmr"], strict=True)
    ]
    assert round(float(np.sqrt(np.mean(np.square(error)))), 3) == pytest.approx(rms, abs=0.001)
    q, p = stats.norm.isf(rows["fmr"]), stats.norm.ppf(rows["fnmr"])
    same = stats.norm.cdf(q - np.mean(q - p))  # one bell moved: s = 1
    off = float(np.sqrt(np.mean(np.log(same / rows["fnmr"]) ** 2)))
    assert off == pytest.approx(equal, abs=0.002)


@pytest.mark.parametrize(
    ("profile", "mu", "s", "fnmr"),
    [
        ("2018_id_photo", 8.00, 2.49, (0.024, 0.043, 0.067, 0.096)),
        ("2018_weak_vendor", 4.70, 2.06, (0.217, 0.316, 0.416, 0.510)),
        ("2020_typical_border", 10.13, 3.00, (0.0095, 0.016, 0.025, 0.037)),
        ("2020_best_border", 25.08, 8.17, (0.0035, 0.0044, 0.0054, 0.0064)),
    ],
)
def test_profiles(profile, mu, s, fnmr):
    """2020_typical_border: 10.11 and 2.992 here, 10.13 and 3.00 in the dossier.

    The median slope is 0.3342 over the 153 algorithms of the table, 0.333 over the dossier's 154.
    Rates agree to two digits.
    """
    this = scores.profile(profile)
    slack = 0.03 if profile == "2020_typical_border" else 0.005
    assert this.mu == pytest.approx(mu, abs=slack) and this.s == pytest.approx(s, abs=slack)
    for fmr, wanted in zip(FMRS, fnmr, strict=True):
        assert this.fnmr(this.threshold(fmr)) == pytest.approx(wanted, rel=0.025)


def test_goal_of_2025_meets_its_one_point():
    goal = scores.profile("2025_goal")
    assert goal.fnmr(goal.threshold(1e-4)) == pytest.approx(0.0068)
    assert round(goal.mu, 3) == 11.122 and goal.label == "assumption"


def test_slopes_of_240_algorithms():
    """153 algorithms and a median slope of 0.334 here, 154 and 0.333 in the dossier.

    The report lists FNMR for 245 algorithms; the table keeps the 240 that have the FMR of every
    group. One algorithm below 20% and some of the 222 usable pairs are therefore missing here. The
    medians of the FNMR ratio agree.
    """
    rows = data.load("frvt_2020").dropna()
    usable = rows[(rows["fnmr_border_1e5"] > 0) & (rows["fnmr_border_1e6"] < 1)]
    gap = stats.norm.isf(1e-6) - stats.norm.isf(1e-5)

    def slope_and_ratio(part):
        strict, loose = part["fnmr_border_1e6"], part["fnmr_border_1e5"]
        slope = (stats.norm.ppf(strict) - stats.norm.ppf(loose)) / gap
        return slope, float(np.median(strict / loose))

    good = usable[usable["fnmr_border_1e6"] < 0.20]
    slope, ratio = slope_and_ratio(good)
    assert len(good) == 153 and ratio == pytest.approx(1.482, abs=0.001)
    wanted = {0.05: 0.096, 0.25: 0.242, 0.5: 0.333, 0.75: 0.463, 0.95: 0.933}
    for level, value in wanted.items():
        assert np.quantile(slope, level) == pytest.approx(value, abs=0.005)
    slope, ratio = slope_and_ratio(usable)
    assert float(np.median(slope)) == pytest.approx(0.424, abs=0.006)
    assert ratio == pytest.approx(1.51, abs=0.005)


def test_joining_medians_of_two_columns_gives_an_impossible_profile():
    joined = scores.calibrated("FRVT 2020 median of a column", "border")
    best = scores.profile("2020_best_border")
    assert joined.fnmr(joined.threshold(1e-3)) < best.fnmr(best.threshold(1e-3))


@pytest.mark.parametrize(("ratio", "shift"), [(2.25, 0.249), (2.9, 0.331), (11.65, 0.822)])
def test_group_shifts(ratio, shift):
    assert round(scores.shift_for_ratio(1e-3, ratio), 3) == shift


def test_the_ratio_of_the_shift_model_grows():
    moved = stats.norm.sf(stats.norm.isf(1e-5) - scores.shift_for_ratio(1e-3, 11.65))
    assert moved / 1e-5 == pytest.approx(28.8, abs=0.05)


@pytest.mark.parametrize(("ratio", "shift", "constant"), [(1, 11, 11), (2.9, 27, 32), (5, 42, 55)])
def test_lookalike_successes_per_ten_thousand(ratio, shift, constant):
    """The dossier's shift figures fix each group's ratio at 1e-4.

    The library fixes it at 1e-3, where the FRVT table was made; then 2.9 gives 32 and 5 gives 54,
    next to the constant ratio. The difference is the reference point, which nobody has measured.
    """
    cut = stats.norm.isf(1e-4)
    both = scores.shift_for_ratio(1e-4, 11) + scores.shift_for_ratio(1e-4, ratio)
    assert round(1e4 * stats.norm.sf(cut - both)) == shift
    assert round(1e4 * 1e-4 * 11 * ratio) == constant
    library = scores.shift_for_ratio(1e-4, 11) + scores.shift_for_ratio(1e-3, ratio)
    seen = 1e4 * stats.norm.sf(cut - library)
    assert seen == pytest.approx({1: 11, 2.9: 31.6, 5: 54.3}[ratio], abs=0.3)


@pytest.mark.parametrize(("ratio", "fnmr"), [(1, 0.043), (2.9, 0.054), (5, 0.061), (11.65, 0.074)])
def test_price_of_equal_false_matches_is_paid_in_honest_refusals(ratio, fnmr):
    """The dossier moves the threshold by the group's shift, with the ratio held at 1e-4.

    With a constant ratio the prices are a little lower: 5.3, 5.9 and 6.8%.
    """
    this = scores.profile("2018_id_photo")
    moved = this.threshold(1e-4) + scores.shift_for_ratio(1e-4, ratio)
    assert round(this.fnmr(moved), 3) == fnmr
    constant = {1: 0.043, 2.9: 0.053, 5: 0.059, 11.65: 0.068}[ratio]
    assert round(this.fnmr(this.threshold(1e-4 / ratio)), 3) == constant


@pytest.mark.parametrize("attempts", [1, 2, 3, 5])
def test_retry_table(attempts):
    """The dossier's row for r = 0.999 lies outside the range of the parameter.

    SciPy's adaptive integration checks it and all other rows.
    """
    table = {
        1: (0.04268, 0.04268, 0.04268, 0.04268), 2: (0.00182, 0.00976, 0.01609, 0.02675),
        3: (7.8e-05, 0.00383, 0.00921, 0.02094), 5: (1.4e-07, 0.00115, 0.00469, 0.01577),
    }
    last = {1: 0.04268, 2: 0.04106, 3: 0.04028, 5: 0.03941}[attempts]
    rate = scores.profile("2018_id_photo").fnmr(scores.profile("2018_id_photo").threshold(1e-4))
    for share, wanted in zip((0, 0.5, 0.7, 0.9, 0.999), (*table[attempts], last), strict=True):
        def kernel(u, share=share):
            given = (stats.norm.ppf(rate) - u * share**0.5) / (1 - share) ** 0.5
            return stats.norm.pdf(u) * stats.norm.cdf(given) ** attempts

        exact = integrate.quad(kernel, -12, 12, limit=500, points=[-2, -1.7, -1.5])[0]
        # the dossier prints two to four significant digits
        assert exact == pytest.approx(wanted, rel=0.04 if wanted < 1e-4 else 0.002)
        if share <= 0.9:
            ours = refused_after("2018_id_photo", attempts, share)["after"][0]
            assert ours == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize(
    ("profile", "per_million"),
    [
        ("2018_id_photo", (42683, 16088, 9210)),
        ("2018_weak_vendor", (316266, 204073, 155945)),
        ("2020_typical_border", (16383, 4904, 2493)),
        ("2020_best_border", (4449, 987, 431)),
        ("2025_goal", (6800, 1661, 761)),
    ],
)
def test_matching_only_refusals_per_million(profile, per_million):
    """2020_typical_border: 16,356, 4,895 and 2,488 here (slope 0.3342, not 0.333)."""
    for attempts, wanted in zip((1, 2, 3), per_million, strict=True):
        ours = 1e6 * refused_after(profile, attempts)["after"][0]
        if profile == "2020_typical_border":
            assert ours == pytest.approx(wanted, rel=0.003)
        else:
            assert ours == pytest.approx(wanted, abs=1.0)


def test_honest_people_refused_per_million():
    table = scores.expected_refusals(scores.profile("2018_id_photo"), 1e-4).set_index("group")
    first = {"men_18_59": 61830, "women_18_59": 61830, "men_60_plus": 121952,
             "women_60_plus": 121952, "foreign_passport": 82745}
    after = {"men_18_59": 12972, "women_18_59": 12972, "men_60_plus": 34253,
             "women_60_plus": 34253, "foreign_passport": 20107}
    for group in first:
        assert 1e6 * table["first"][group] == pytest.approx(first[group], abs=1)
        assert 1e6 * table["after"][group] == pytest.approx(after[group], abs=1)
    weighted = 1e6 * float((table["after"] * table["share"]).sum())
    assert weighted == pytest.approx(20349, abs=1)


@pytest.mark.parametrize(
    ("epsilon", "before", "after", "moved"),
    [(0.2, 0.691, 0.634, 0.77), (0.5, 0.397, 0.320, 0.47), (1.0, 0.158, 0.102, 0.13)],
)
def test_fraud_totals_and_displacement(epsilon, before, after, moved):
    table = fraud.outlook(1.5, epsilon)
    change = table["portrait"] - table["id_photo"]
    assert table["id_photo"].sum() == pytest.approx(before, abs=0.0006)
    assert table["portrait"].sum() == pytest.approx(after, abs=0.0006)
    share = change.clip(lower=0).sum() / -change.clip(upper=0).sum()
    assert share == pytest.approx(moved, abs=0.006)
    willing = (table / table.sum()).loc["willing_holder"]
    assert willing["id_photo"] == pytest.approx(0.45, abs=0.005)
    assert willing["portrait"] == pytest.approx(0.65, abs=0.005)


def test_expected_outlay_by_era():
    wanted = {
        "none": (10, 60, 200, None, 300, 100, 250),
        "id_photo": (None, 120, 1428.57, None, 300, 100, 250),
        "portrait": (None, 109090.9, 181818.2, 800, 450, 120, 250),
    }
    for era, costs in wanted.items():
        ours = fraud.outlay(era).tolist()
        for cost, value in zip(costs, ours, strict=True):
            assert value == math.inf if cost is None else value == pytest.approx(cost, rel=1e-4)


def test_outlay_of_the_table_against_the_simulated_counter():
    """Where the counter of the model and the price table part, and why.

    id_photo, look-alike: 0.14 both. id_photo, forgery: 0.47 at the counter, 0.5 in the table,
    because a clerk also refuses 6 in 100 who look like the photograph before her. portrait with
    refusal as fallback: 3 attempts give a look-alike more than the one attempt of the table, at
    most three times as much. photo kit: the counter lets a third through once the film runs and
    the copy is accepted; the table's 1 in 10 is the assumed success of a whole kit.
    """
    rng = np.random.default_rng(21)
    crowd = people.population(20_000, rng)

    def passes(era, **case):
        shop = counter.Counter(era, fallback="refuse", limited=False)
        return shop.run(visits.alike(crowd, 100_000, rng, **case), rng).issued.mean()

    look = {"document": "borrowed", "face": "lookalike"}
    assert passes("id_photo", **look) == pytest.approx(0.14, abs=0.006)
    forged = passes("id_photo", document="forged", face="lookalike")
    assert forged == pytest.approx(0.5 * 0.94, abs=0.008)
    table = float(fraud.success("portrait")["stolen_id_plus_lookalike"])
    ratio = passes("portrait", group="men_18_59", **look) / table
    assert 1.2 < ratio < 3
    kit = passes("portrait", document="copy", face="injection", channel="remote")
    assert 0.25 < kit < 0.45


@pytest.mark.parametrize(("fmr", "fnmr"), [(1e-3, 0.0242), (1e-4, 0.0427)])
def test_simulated_scores_meet_closed_form_loop_and_scikit_learn(fmr, fnmr):
    this, rng, n = scores.profile("2018_id_photo"), np.random.default_rng(31), 1_000_000
    mated = this.mated(rng, draws.normal(rng, 200_000), 0.7)
    other = this.non_mated(rng, draws.normal(rng, n), 0.7)
    cut = this.threshold(fmr)
    missed, false = np.mean(mated < cut), np.mean(other >= cut)
    assert abs(missed - fnmr) < 5 * (fnmr / mated.size) ** 0.5 + 5e-5
    assert abs(false - fmr) < 5 * (fmr / n) ** 0.5
    # the convention >=, on shown scores rounded so that ties occur
    few = np.round(scores.shown(np.r_[mated[:300], other[:300]]), 2)
    truth = np.repeat([1, 0], 300)
    fprs, fnrs, cuts = det_curve(truth, few)
    for fpr, fnr, threshold in zip(fprs, fnrs, cuts, strict=True):
        wrong_in = sum(1 for s, t in zip(few, truth, strict=True) if not t and s >= threshold)
        wrong_out = sum(1 for s, t in zip(few, truth, strict=True) if t and s < threshold)
        assert (fpr, fnr) == pytest.approx((wrong_in / 300, wrong_out / 300))


@pytest.mark.parametrize(("prior", "wanted"), [(1e-4, 0.0016), (1e-3, 0.0159)])
def test_what_a_refusal_tells(prior, wanted):
    caught = prior * (1 - 1e-4)
    assert caught / (caught + (1 - prior) * 0.0618) == pytest.approx(wanted, abs=1e-4)


def test_a_refusal_in_a_simulated_shop_mostly_hits_honest_people():
    rng = np.random.default_rng(41)
    n = 300_000
    crowd = people.population(n, rng)
    mixed = {"honest": 0.99, "stolen_id_stranger": 0.01}
    book = ledger().changed(attempts_allowed=1)
    log = counter.Counter(fallback="refuse", limited=False, book=book).run(
        visits.drawn(crowd, n, rng, mixed), rng)
    table = log.visits()
    expected = scores.expected_refusals(scores.profile("2018_id_photo"), 1e-4)
    honest = float((expected["first"] * expected["share"]).sum())
    wanted = 0.01 / (0.01 + 0.99 * honest)
    share = (table.loc[~table["issued"], "route"] == "stolen_id_stranger").mean()
    assert share == pytest.approx(wanted, abs=0.012)


def test_rules_of_3_and_30():
    assert pytest.approx(0.000998, abs=1e-6) == 1 - 0.05 ** (1 / 3000)
    low = stats.chi2.ppf(0.05, 60) / 2 / 30 - 1
    high = stats.chi2.ppf(0.95, 62) / 2 / 30 - 1
    assert (round(low, 2), round(high, 3)) == (-0.28, 0.356)


def test_coverage_when_people_are_taken_for_attempts():
    """Dossier: 69% (300 runs) and 66% (1,500 runs) for Wilson, 93% and 92% by person.

    Its base rate was not recorded; with an FNMR of 4.3% the figures come out here within sampling
    error (300 runs: standard error about 0.03).
    """
    rng = np.random.default_rng(51)
    rate, runs, crowd, tries = 0.0427, 300, 200, 10
    cut = stats.norm.ppf(rate)
    by_people = by_attempts = 0
    for _ in range(runs):
        person = rng.standard_normal((crowd, 1))
        z = math.sqrt(0.7) * person + math.sqrt(0.3) * rng.standard_normal((crowd, tries))
        errors = (z < cut).sum(axis=1)
        k, n = int(errors.sum()), crowd * tries
        low, high = stats.binomtest(k, n).proportion_ci(method="wilson")
        by_attempts += low <= rate <= high
        again = errors[rng.integers(0, crowd, (300, crowd))].sum(axis=1) / n
        low, high = np.quantile(again, [0.025, 0.975])
        by_people += low <= rate <= high
    assert by_attempts / runs == pytest.approx(0.67, abs=0.08)
    assert by_people / runs == pytest.approx(0.92, abs=0.06)


@pytest.mark.parametrize(
    ("leaks", "numbers", "persons"), [(1, 0.0, 0.059), (3, 0.352, 0.459), (6, 0.767, 0.821)]
)
def test_linkage_by_leaks_and_registry(leaks, numbers, persons):
    """Exact means over Beta(2, 3) chances of having joined a service."""
    one = stats.binom.sf(1, leaks, 0.4)
    assert one == pytest.approx(numbers, abs=5e-4)
    beta, linked = stats.beta(2, 3), 0.0
    for extra in range(12):
        m = 1 + extra
        none = beta.expect(lambda p, m=m: (1 - p) ** m)
        single = beta.expect(lambda p, m=m: m * p * (1 - p) ** (m - 1))
        two = 1 - none**leaks - leaks * single * none ** (leaks - 1)
        linked += stats.poisson.pmf(extra, 0.3) * two
    assert linked == pytest.approx(persons, abs=7e-4)


def test_gender_shades_margins_flag_one_row():
    """Weighted subgroup errors reproduce every total but Face++ 2017 (9.17 against 10.0)."""
    shares = (21.3, 25.0, 23.3, 30.3)
    rows = {
        "Microsoft 2017": ((20.8, 6.0, 1.7, 0.0), 6.3),
        "IBM 2017": ((34.7, 12.0, 7.1, 0.3), 12.1),
        "Microsoft 2018": ((1.52, 0.33, 0.34, 0.0), 0.48),
        "Face++ 2018": ((4.1, 1.3, 1.0, 0.5), 1.6),
        "IBM 2018": ((16.97, 0.63, 2.37, 0.26), 4.41),
        "Amazon 2018": ((31.37, 1.26, 7.12, 0.0), 8.66),
        "Kairos 2018": ((22.5, 1.3, 6.4, 0.0), 6.6),
        "Face++ 2017": ((34.5, 0.7, 6.0, 0.8), 10.0),
    }
    off = {
        name: np.dot(cells, shares) / sum(shares) - total for name, (cells, total) in rows.items()
    }
    assert max(off, key=lambda name: abs(off[name])) == "Face++ 2017"
    assert off.pop("Face++ 2017") == pytest.approx(9.17 - 10.0, abs=0.01)
    assert all(abs(gap) < 0.1 for gap in off.values())
