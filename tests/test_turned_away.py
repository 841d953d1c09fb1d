"""The figures of lesson 05 and the invented data of problem set 05."""

import random
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from realname import data, differentials
from realname.notebook import problems
from realname.practice import ps05
from realname.world import matching, portraits, scores
from realname.world.parameters import ParameterError
from support.exercises import Desk
from support.notebooks import SOURCE

PHI = NormalDist()
# Read and marked by hand, from the sentences as a student sees them: the first word of each mark.
CASES = {
    "ada": "nobody customer customer person person person",
    "bo": "person person customer customer nobody customer",
}
READINGS = {"ada": "follows does does follows", "bo": "does follows does follows"}
RECORD = {
    "ada": "supported supported too setting task nobody base",
    "bo": "unit nobody task base supported setting supported",
}


def test_figures_can_be_seen_and_read():
    mix, rng = {"a": 0.95, "b": 0.05}, np.random.default_rng(6)
    trial = matching.trial(matching.trained(mix, rng), portraits.faces(200, rng), rng)
    for shown in (
        differentials.draw_crowd(mix, rng), differentials.draw_det(trial),
        differentials.draw_ratios(), differentials.draw_regions(),
        differentials.draw_tests(differentials.tests(12, rng)),
    ):  # fmt: skip
        assert problems(shown.figure) == [], shown.title
    kinds = differentials.by_kind(trial, rng).set_index("kind")
    assert kinds.loc["b", "FMR, %"] > 2 * kinds.loc["a", "FMR, %"], "the mechanism of section 2"
    assert kinds["people"].sum() == 200


@pytest.mark.parametrize("seed", range(20))
def test_the_threshold_is_the_smallest_that_meets_the_rate(seed):
    draw = random.Random(seed)
    score = [draw.randint(0, 9) for _ in range(30)]
    trial = pd.DataFrame({"kind": "a", "mated": [False] * 25 + [True] * 5, "score": score})
    strangers = score[:25]
    rate = draw.choice([0.1, 0.2, 0.5])
    meets = [t for t in sorted(set(strangers)) if sum(s >= t for s in strangers) <= rate * 25]
    if meets:
        assert differentials.own_threshold(trial, rate, "a") == meets[0]
    else:
        with pytest.raises(ValueError, match="cannot show a rate"):
            differentials.own_threshold(trial, rate, "a")


def test_rates_by_kind_are_counted():
    rng = np.random.default_rng(1)
    trial = pd.DataFrame({
        "holder": rng.integers(0, 30, 600), "visitor": rng.integers(0, 30, 600),
        "mated": rng.random(600) < 0.5,
        "kind": np.where(rng.random(600) < 0.4, "b", "a"), "score": rng.integers(0, 50, 600) / 50,
    })  # fmt: skip
    t = differentials.own_threshold(trial, 0.1, "a")
    found = differentials.by_kind(trial, rng, 0.1).set_index("kind")
    for kind in "ab":
        for mated, name in ((False, "FMR, %"), (True, "FNMR, %")):
            rows = trial[(trial["kind"] == kind) & (trial["mated"] == mated)].to_dict("records")
            wrong = sum((r["score"] >= t) != mated for r in rows)
            rate = 100 * wrong / len(rows)
            assert found.loc[kind, name] == pytest.approx(rate, abs=0.051)
            ends = found.loc[kind, name.replace("%", "range")]
            if (kind, mated) == ("a", False):
                assert ends == "set", "the threshold sets it; nobody found it"
            else:
                low, high = map(float, ends.split(" to "))
                assert low < rate < high


def test_the_dilemma_follows_from_two_normal_curves():
    matcher, table = scores.profile("2018_id_photo"), differentials.dilemma()
    at, alike = -PHI.inv_cdf(1e-4), PHI.inv_cdf(11e-4) - PHI.inv_cdf(1e-4)

    def near(cell, values, digits):
        ends = sorted(values)
        assert [float(part) for part in cell.split(" to ")] in (
            [round(end, digits) for end in ends], [round(ends[0], digits)])

    for ratio, (_, row) in zip(differentials.RATIOS, table.iterrows(), strict=True):
        shifts = [PHI.inv_cdf(ratio * f) - PHI.inv_cdf(f) for f in (1e-3, 1e-4)]
        near(row["one threshold"].iloc[0],
             [1e4 * PHI.cdf(shift + alike - at) for shift in shifts], 0)
        near(row["own thresholds"].iloc[1],
             [100 * PHI.cdf((at + shift - matcher.mu) / matcher.s) for shift in shifts], 1)
    assert set(table["one threshold"].iloc[:, 1]) == {"4.3"}, "all are refused alike"
    assert set(table["own thresholds"].iloc[:, 0]) == {"11"}, "cards are equal"
    assert table["one strict threshold"].iloc[:, 1].nunique() == 1, "everybody pays alike"


def test_counting_attempts_promises_too_much():
    found = differentials.tests(150, np.random.default_rng(3))
    holds = found.groupby("counted in")["holds"].mean()
    assert holds["attempts"] < 0.8 < 0.88 < holds["people"]


@pytest.mark.parametrize("student", CASES)
def test_the_reference_reads_sentences_as_a_person_does(student):
    name = "ps05-who-is-turned-away"
    names = Desk(SOURCE / name / f"{name}.ipynb", student).names
    assert [who.split()[0] for who in names["harms"].values()] == CASES[student].split()
    assert [word.split()[0] for word in names["follows"].values()] == READINGS[student].split()
    marks = RECORD[student].split()
    for word, mark in zip(names["status"].values(), marks, strict=True):
        assert mark in word.split(), f"{word} and {mark}"


@pytest.mark.parametrize("number", range(25))
def test_a_students_groups_and_own_test(number):
    mine = ps05.mine("practice", f"student {number}")
    assert mine.base.comparisons % mine.base.one_in == 0, "whole false matches, one answer"
    groups = mine.groups.set_index("group")
    for group in "PR":
        row = groups.loc[group]
        assert row["low, people"] < row["low, attempts"] < row["high, attempts"]
        assert row["high, attempts"] < row["high, people"]
        assert row["low, attempts"] < row["refused"] / row["attempts"] < row["high, attempts"]
    assert groups.loc["Q", "people"] > 0 == groups.loc["Q", "refused"]
    assert groups.loc["S", "people"] == 0
    easy, hard = sorted(
        (sorted(mine.trade[f"false matches {g}, of 100,000"]) for g in "AB"), key=sum)
    assert mine.target in hard and mine.target not in easy, "one row just meets the target"
    assert len(mine.redrawn) == len(mine.draws) == 40 and mine.redrawn == sorted(mine.redrawn)
    visits = mine.visits[mine.visits["group"] == "A"]
    assert len(mine.attempts) == visits["attempts"].sum()
    assert sum(wrong for _, wrong in mine.attempts) == visits["refused"].sum()
    assert list(dict.fromkeys(p for p, _ in mine.attempts)) == visits["person"].tolist()
    assert set(mine.visits["group"]) == {"A", "B"} < set(mine.listed)


def test_the_figures_in_the_sentences_are_those_of_the_tables():
    """Question 7 promises it; each pair: words of a sentence, the number from its table."""
    said = " ".join(sentence for pool in ps05._RECORD.values() for sentence in pool)
    black, white = (data.load("frvt_2020")[f"fmr_{who}_women"] for who in ("black", "white"))
    eyes = data.load("aadhaar").set_index("row")
    findings = data.load("findings").set_index("finding")
    for words, value in [
        ("Black women falsely {:.4g} times", 1000 * black.median()),
        ("white women had {:.2g} times", 1000 * white.median()),
        ("took {:.1f}% of darker", data.load("gender_shades")["error_percent"].max()),
        ("As {:.1f}% of iris", 100 * eyes.loc["a1", "failed"] / eyes.loc["a1", "attempted"]),
        ("As {:.0f} million fingerprint", eyes.loc["a2", "attempted"] / 1e6),
        ("accepted {:.0f}% of photographs", 100 * findings.loc["f20", "low"]),
        ("were {:.0f} to 100 times", findings.loc["f01", "low"]),
    ]:
        assert words.format(value) in said, words


def test_every_sentence_of_the_pools_is_read_the_same_by_reference_and_test():
    """Each sentence turns up for some student, and the reference passes for all of them."""
    seen = set()
    for number in range(120):
        mine = ps05.mine("practice", f"student {number}")
        seen |= set(mine.cases.lines) | set(mine.record.lines)
    pools = [*ps05._CASES.values(), *ps05._RECORD.values()]
    assert seen == {sentence for pool in pools for sentence in pool}


def test_no_tests_are_refused():
    with pytest.raises(ParameterError, match="use 1 or more"):
        differentials.tests(0, np.random.default_rng(1))
