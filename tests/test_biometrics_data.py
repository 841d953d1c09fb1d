"""Figures on errors, registration, leaks: they add up, say their unit, keep what is unsure."""

import math

import numpy as np
import pandas as pd
import pytest
from realname import data
from scipy import stats

MINE = [
    "aadhaar", "attacks", "card_prices", "enforcement", "error_limits", "findings", "fraud_counts",
    "gender_shades", "gender_shades_shares", "leak_prices", "leaks", "live_trials",
    "recycled_numbers", "region_fmr", "registration_facts", "studies", "subscribers",
]  # fmt: skip
CELLS = ["darker_female", "darker_male", "lighter_female", "lighter_male"]


@pytest.fixture(scope="module")
def frvt():
    return data.load("frvt_2020").set_index("algorithm")


# ---- every row ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", MINE)
def test_every_figure_says_unit_limits_and_how_it_was_read(name):
    table = data.load(name)
    if name != "error_limits":
        assert table["counts"].str.len().min() > 3
    assert table["not_shown"].str.len().min() > 3
    found = table["confidence"] != "not found"
    assert table.loc[found, "source"].str.len().min() > 5
    assert (table.loc[table["confidence"] == "not found", "read_in"] == "none").all()
    unread = table["read_in"].isin(["memory", "none"])
    assert not (unread & table["confidence"].isin(["verified"])).any()
    assert table.loc[table["confidence"] == "verified", "address"].notna().all()


def test_unverified_rows_are_kept_and_marked():
    marks = pd.concat([data.load(name)["confidence"] for name in MINE]).value_counts()
    assert marks["verified"] > 100
    assert marks["recalled-high"] + marks["recalled-medium"] > 60
    assert marks["not found"] >= 6


def test_what_was_not_found_has_no_number():
    for name, value in (("findings", "low"), ("registration_facts", "value"), ("aadhaar", "rate")):
        table = data.load(name)
        missing = table[table["confidence"] == "not found"]
        assert len(missing) >= 1
        assert missing[value].isna().all()


def test_no_figure_is_given_for_a_chinese_ethnic_minority():
    words = ("uyghur", "uighur", "tibetan", "hui ", "kazakh", "minority", "minorities")
    table = data.load("findings")
    about = table["comparison"].str.lower().map(lambda text: any(w in text for w in words))
    assert table.loc[about, "confidence"].tolist() == ["not found"]
    groups = data.load("score_groups")["group"].str.lower()
    assert not groups.map(lambda text: any(w.strip() in text for w in words)).any()


# ---- matching -----------------------------------------------------------------------------------
def test_the_table_of_240_gives_the_published_medians_and_orders(frvt):
    assert len(frvt) == 240
    ratio = frvt[["fmr_black_men", "fmr_white_women", "fmr_black_women"]] / 0.001
    assert ratio.median().round(2).tolist() == [2.25, 2.9, 11.65]
    assert ratio["fmr_black_women"].quantile([0.05, 0.95]).round(1).tolist() == [3.3, 33.1]
    mb, fw, fb = (ratio[c] for c in ratio)
    assert int(((mb >= 1) & (mb <= fw) & (fw <= fb)).sum()) == 150  # six of them with ties
    assert int(((mb > 1) & (mb < fw) & (fw < fb)).sum()) == 144
    assert int(((fw > 1) & (fw < mb) & (mb < fb)).sum()) == 72
    accurate = frvt["fnmr_mugshot_1e5"] < 0.01
    assert int(accurate.sum()) == 101
    assert ratio.loc[accurate, "fmr_black_women"].median() == pytest.approx(10.1)
    both = frvt[["fmr_black_women", "fnmr_mugshot_1e5"]].dropna()
    rank = stats.spearmanr(both.iloc[:, 0], both.iloc[:, 1]).statistic
    assert rank == pytest.approx(0.42, abs=0.01)


def test_findings_on_the_table_are_worked_out_from_it(frvt):
    found = data.load("findings").set_index("finding")["low"]
    columns = ("fmr_white_women", "fmr_black_men", "fmr_black_women")
    for row, column in zip(("f10", "f11", "f12"), columns, strict=True):
        assert found[row] == pytest.approx(frvt[column].median() / 0.001)


def test_regions_and_a_developers_country_that_does_not_fix_the_sign():
    table = data.load("region_fmr")
    mean = table[table["algorithm"] == "mean of 197"].set_index("region")["log10_fmr"]
    assert len(mean) == 10
    assert mean.idxmin() == "Europe"
    times = 10 ** (mean - mean["Europe"])
    assert times["East Asia"] == pytest.approx(5, rel=0.01)
    assert times["sub-Saharan Africa"] == pytest.approx(16, rel=0.02)
    china = table[table["developer_in"] == "China"].pivot(
        index="algorithm", columns="region", values="log10_fmr"
    )
    gap = china["East Asia"] - china["Europe"]
    assert (gap > 0).sum() == (gap < 0).sum() == 2


def test_every_finding_names_a_study_that_exists_or_none():
    studies = set(data.load("studies")["study"])
    assert set(data.load("findings")["study"].dropna()) <= studies


# ---- gender shades ------------------------------------------------------------------------------
def margins(row, shares):
    parts = {
        "female": CELLS[::2], "male": CELLS[1::2], "darker": CELLS[:2], "lighter": CELLS[2:],
        "all": CELLS,
    }  # fmt: skip
    return {
        name: sum(shares[c] * row[c] for c in cells) / sum(shares[c] for c in cells)
        for name, cells in parts.items()
    }


def test_all_rows_of_gender_shades_add_up_but_one():
    table = data.load("gender_shades")
    shares = data.load("gender_shades_shares").set_index("group")["share"]
    wide = table.pivot(index=["audit", "classifier"], columns="group", values="error_percent")
    assert wide.shape == (8, 9)
    off = {
        (key, name)
        for key, row in wide.iterrows()
        for name, value in margins(row, shares).items()
        if abs(value - row[name]) > 0.16
    }
    face = ("Gender Shades", "Face++")
    assert off == {(face, name) for name in ("all", "female", "lighter", "darker")}
    row = wide.loc[face]
    assert margins(row, shares)["all"] == pytest.approx(9.17, abs=0.01)
    other = table["also_printed"].dropna()
    assert other.tolist() == [9.8]
    mended = margins({**row, "lighter_female": 9.8}, shares)
    assert mended["all"] == pytest.approx(row["all"], abs=0.06)
    assert mended["lighter"] == pytest.approx(row["lighter"], abs=0.06)
    assert abs(mended["female"] - row["female"]) > 0.2  # no single value mends all three


def test_gender_shades_is_marked_as_no_matching():
    assert data.load("gender_shades")["not_shown"].str.contains("not whether two pictures").all()
    tasks = data.load("studies").set_index("study")["task"]
    assert tasks["gender_shades"] == "guessing gender"


# ---- other systems ------------------------------------------------------------------------------
def test_aadhaar_rates_are_their_counts_and_differ_from_each_other():
    table = data.load("aadhaar").set_index("row")
    for row in ("a1", "a2"):
        share = table.loc[row, "failed"] / table.loc[row, "attempted"]
        assert share == pytest.approx(table.loc[row, "rate"], abs=5e-5)
    assert table.loc["a4", "rate"] / table.loc["a5", "rate"] > 50


def test_false_positives_in_the_street_grow_with_the_list():
    table = data.load("live_trials").set_index("row")
    assert table.loc["l1", "value"] / table.loc["l2", "value"] == pytest.approx(10, rel=1e-3)
    assert table.loc["l1", "watchlist"] / table.loc["l2", "watchlist"] == 10
    assert table.loc["l4", "value"] == 7


# ---- registration and fraud ---------------------------------------------------------------------
def test_subscriptions_fit_the_people_there_are():
    table = data.load("subscribers").set_index(["when", "measure"])["value"]
    for when in ("2020-12", "2025-12"):
        people = table[when, "mobile users"] / table[when, "numbers per 100 people"] * 100
        assert 1.39e9 < people < 1.42e9
    assert table["2010-06", "not registered"] / table["2010-06", "mobile users"] == 0.4


def test_the_printed_share_of_carried_numbers_is_wrong_by_a_hundred():
    row = data.load("registration_facts").set_index("fact").loc["n2"]
    share = row["value"] / 1.6e9
    assert share == pytest.approx(0.00104, abs=1e-5)
    printed = float(row["as_printed"].split("%")[0]) / 100
    assert round(math.log10(share / printed)) == 2


def test_a_count_of_fraud_says_what_moves_it():
    table = data.load("fraud_counts")
    start, end = pd.to_datetime(table["start"]), pd.to_datetime(table["end"])
    assert (start <= end).all()
    kinds = {"registered": "reporting", "solved": "policing", "suspects": "policing"}
    for word, kind in kinds.items():
        assert set(table.loc[table["measure"].str.contains(word), "kind"]) == {kind}
    assert not table["not_shown"].isna().any()
    solved = table[(table["measure"] == "cases solved") & (end.dt.year == 2020)]["value"]
    registered = table[(table["measure"] == "cases registered") & (end.dt.year == 2019)]["value"]
    assert solved.max() < registered.item()


def test_cards_still_reached_fraudsters_after_the_rule_and_no_row_calls_it_an_effect():
    table = data.load("enforcement")
    seized = table[table["measure"] == "phone cards seized"].set_index("end")["value"]
    assert seized["2021-04"] > 10 * seized["2018-11"]
    assert not table["not_shown"].str.contains("because of the rule").any()


# ---- leaks --------------------------------------------------------------------------------------
def test_prices_of_leaks_divide_as_their_rows_say():
    table = data.load("leak_prices")
    for row in table.itertuples():
        each = row.usd / row.records
        said = float(row.not_shown.split(" US dollars")[0].split()[-1])
        assert each == pytest.approx(said, rel=0.05)
    assert set(table["leak"]) <= set(data.load("leaks")["leak"])
    span = np.log10(30 / 6.5 / (1150 / 172e6))
    assert 5.5 < span < 6


def test_recycled_numbers_are_parts_of_one_sample():
    table = data.load("recycled_numbers").set_index("row")
    assert (table.loc[["r2", "r3", "r4"], "of"] == table.loc["r1", "value"]).all()
    assert (table.loc[["r2", "r3", "r4"], "value"] < 259).all()
