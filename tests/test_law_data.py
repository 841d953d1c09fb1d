"""The law tables hang together: keys resolve, dates are possible, doubts are not dropped."""

import itertools
import re
from collections import Counter

import pytest
from realname import data, law
from realname.law.currency import report
from realname.law.instruments import span

LAW = [name for name in data.names() if data.descriptor(name)["path"].startswith("law/")]


def rows(name):
    return data.load(name).fillna("").to_dict("records")


def ids(name):
    return {row["id"] for row in rows(name)}


# ---- counts the course speaks of


def test_the_numbers_of_records_are_those_of_the_datasheet():
    groups = Counter(row["group"] for row in rows("instruments"))
    assert groups == {"china": 50, "comparator": 29, "added": 5, "support": 7}
    sheet = str(data.datasheet("instruments"))
    assert "Fifty Chinese records, 29 comparators" in sheet and "cn-2003-press" in sheet
    sizes = {"facts": 45, "fact_patterns": 24, "regimes": 4, "traps": 50, "elements": 60}
    assert {name: len(rows(name)) for name in sizes} == sizes
    assert len(rows("expected_outcomes")) == 24 * 4
    assert sum(row["origin"] == "dossier" for row in rows("probes")) == 20


# ---- keys


@pytest.mark.parametrize("name", LAW)
def test_keys_between_tables_resolve(name):
    for key in data.descriptor(name)["schema"].get("foreignKeys", []):
        column, other = key["fields"], key["reference"]
        known = set(data.load(other["resource"])[other["fields"]])
        strange = set(data.load(name)[column].dropna()) - known
        assert not strange, f"{name}.{column} names what {other['resource']} does not have"


@pytest.mark.parametrize("name", ["duties", "safeguards", "rule_authorities"])
def test_every_article_named_is_a_provision(name):
    known = {(row["instrument"], row["article"]) for row in rows("provisions")}
    named = {(row["instrument"], row["article"]) for row in rows(name) if row["article"]}
    assert not named - known


def test_an_article_holds_no_longer_and_no_earlier_than_its_instrument():
    of = {row["id"]: row for row in rows("instruments")}
    for row in rows("provisions"):
        text = of[row["instrument"]]
        if not row["since"]:
            assert text["status"] in ("draft", "superseded draft"), row["id"]
            continue
        assert span(row["since"])[1] >= span(text["in_force"])[0], row["id"]
        if row["until"]:
            assert span(row["until"])[0] > span(row["since"])[0], row["id"]


def test_one_number_has_one_text_at_a_time():
    table = data.load("provisions").fillna("")
    for _, group in table.groupby(["instrument", "article"]):
        spells = sorted((row.since, row.until or "9999") for row in group.itertuples())
        for (_, end), (start, _) in itertools.pairwise(spells):
            assert end <= start, group["id"].tolist()


def test_every_rule_has_an_authority_and_every_renumbered_article_its_successor():
    assert {row["rule"] for row in rows("rule_authorities")} == ids("rules")
    known = {(row["instrument"], row["article"]): row for row in rows("provisions")}
    moved = [row for row in rows("provisions") if row["renumbered"]]
    assert len(moved) >= 9
    for row in moved:
        successors = [
            other
            for other in rows("provisions")
            if (other["instrument"], other["article"]) == (row["instrument"], row["renumbered"])
        ]
        assert any(other["since"] == row["until"] for other in successors), row["id"]
    assert known["cn-2016-csl", "24"]["renumbered"] == "26"


# ---- dates


def test_dates_have_the_precision_they_claim_and_come_in_order():
    length = {"day": 10, "month": 7, "year": 4}
    for row in rows("instruments"):
        for date in ("adopted", "in_force"):
            precision = row[f"{date}_precision"]
            assert len(row[date]) == length.get(precision, 0), row["id"]
            assert not row[date] or span(row[date]), row["id"]
        if row["in_force"]:
            assert span(row["adopted"])[0] <= span(row["in_force"])[1], row["id"]
        if row["repealed"]:
            assert span(row["in_force"])[0] < span(row["repealed"])[0], row["id"]
        for day in filter(None, row["amended"].split("; ")):
            assert span(row["adopted"])[0] <= span(day)[0], row["id"]


def test_status_fits_the_dates():
    for row in rows("instruments"):
        if row["status"] in ("draft", "superseded draft", "not an instrument"):
            assert not row["in_force"], row["id"]
        else:
            assert row["in_force"], row["id"]
        assert (row["status"] in ("ended", "repealed", "annulled")) == bool(row["repealed"]), row[
            "id"
        ]


def test_duties_and_safeguards_begin_with_their_text_or_later():
    of = {row["id"]: row for row in rows("instruments")}
    for name in ("duties", "safeguards"):
        for row in rows(name):
            start = span(of[row["instrument"]]["in_force"])
            earlier_contract_terms = row["duty"] == "no resale" if name == "duties" else False
            lookup_of_the_notice = (row["instrument"], name) == ("cn-2019-miit", "safeguards")
            if not earlier_contract_terms and not lookup_of_the_notice:
                assert span(row["since"])[1] >= start[0], row["id"]


def test_chinese_instruments_carry_their_chinese_titles():
    without = [
        row["id"]
        for row in rows("instruments")
        if row["id"].startswith("cn-")
        and row["rank"] in ("law", "regulation", "interpretation", "rule", "local-regulation")
        and not row["title_zh"]
    ]
    assert without == []
    for row in rows("instruments"):
        assert not row["title_zh"] or re.search(r"[\u4e00-\u9fff]", row["title_zh"]), row["id"]


# ---- confidence


def test_every_row_that_can_be_doubted_has_a_confidence_on_the_scale():
    scale = {"verified", "verified (address not kept)", "recalled-high", "recalled-medium"}
    scale |= {"derived", "contested", "unverified"}
    for name in LAW:
        table = data.load(name)
        if "confidence" in table:
            assert set(table["confidence"].dropna()) <= scale, name
            assert table["confidence"].notna().all(), name


def test_what_is_verified_names_a_source():
    for name in ("instruments", "cases", "law_events"):
        for row in rows(name):
            if row["confidence"] == "verified":
                assert row["sources"], f"{name}: {row['id']}"


def test_the_second_docket_number_known_only_from_memory_is_nowhere():
    for name in LAW:
        text = (data.folder() / data.descriptor(name)["path"]).read_text(encoding="utf-8")
        assert "10940" not in text, name


def test_checks_name_what_was_seen():
    table = data.load("law_checks")
    assert set(table["outcome"]) == {"confirmed", "corrected", "not found"}
    seen = table[table["outcome"] != "not found"]
    assert seen["source"].notna().all()
    corrected = table[table["outcome"] == "corrected"]
    assert set(corrected["instrument"]) == {
        "cn-2003-idlaw", "cn-2009-hangzhou", "cn-2019-apps", "cn-2025-fr",
    }  # fmt: skip
    assert corrected["detail"].notna().all()


def test_what_the_lessons_lean_on_was_looked_up():
    leaned_on = """
        cn-2016-csl cn-2013-cpl cn-2012-npcsc cn-2013-miit24 cn-2013-miit25 cn-2015-ctl cn-2021-pipl
        cn-2020-civil cn-2021-spc cn-2022-atof cn-2025-fr cn-2024-ndr cn-2003-idlaw eu-gdpr eu-led
        us-bipa echr-marper echr-glukhin cjeu-c20521 uk-bridges in-aadhaar
    """
    assert not set(leaned_on.split()) - set(data.load("law_checks")["instrument"])


# ---- the cases


def test_guo_bing_is_complete_and_in_order():
    days = [row["date"] for row in rows("case_events")]
    assert days == sorted(days, key=lambda day: span(day)[1]) and len(days) == 16
    holdings = data.load("case_holdings").query("case == 'case-guo-bing'")
    assert Counter(holdings["kind"])["not decided"] == 4
    money = holdings[holdings["text"].str.contains("1,038")]
    assert {"ordered", "upheld"} <= set(money["kind"])
    assert len(rows("case_claims")) == 8


def test_counts_of_two_counters_are_not_mixed():
    table = data.load("sim_registration")
    gsma = table[table["counted_by"] == "GSMA"]
    assert gsma["biometric_words"].isna().all()
    assert gsma.dropna(subset=["register"])["register"].tolist() == [147, 150, 155, 157]


# ---- the ledger


def test_the_ledger_lists_what_is_older_than_a_year_and_nothing_else():
    now = law.ledger("2026-11-21")
    assert set(now["age_months"]) <= set(range(13, 1000))
    assert "cn-2021-pipl" in set(now["id"])  # read in a collection of April 2025
    assert "echr-glukhin" not in set(now["id"])
    later = law.ledger("2028-06-01")
    whole = sum(len(rows(table)) for table in ("instruments", "cases", "law_events"))
    assert len(later) == whole
    assert law.ledger("2026-11-21", months=10_000).empty
    first = now.iloc[0]
    assert first["age_months"] == now["age_months"].max()


def test_the_ledger_counts_full_months_from_the_last_day_a_date_can_mean():
    ages = law.ledger("2027-08-01", months=-1).set_index("id")["age_months"]
    assert ages["cn-2019-apps"] == 12  # checked in July 2026, at the latest on the 31st
    assert ages["cn-2021-pipl"] == 27  # source of 19 April 2025


def test_the_build_prints_the_ledger(capsys):
    """The tests are the build: what is old is listed whenever they run."""
    with capsys.disabled():
        print("\n" + report())
    assert report("2026-11-21").startswith("Law: ")
    line = next(each for each in report("2026-11-21").splitlines() if "cn-2021-pipl" in each)
    assert "19 months" in line


def test_what_rules_and_reasoning_cite_stood_on_the_day_of_their_regime():
    regime_of = {row["id"]: row["regime"] for row in rows("rules")}
    day = {row["id"]: row["default_day"] for row in rows("regimes")}
    cited = {
        (regime_of[row["rule"]], row["instrument"], row["article"])
        for row in rows("rule_authorities")
    }
    cited |= {
        (row["regime"], row["instrument"], row["article"]) for row in rows("pattern_authorities")
    }
    assert len(cited) > 100
    for regime, instrument, number in sorted(cited):
        if number:
            assert law.article(instrument, number, day[regime]) is not None
        elif instrument not in ("cn-2026-appdraft", "case-guo-bing"):
            # the first is named as a draft; the second judged, in 2021, what was done in 2019
            assert instrument in set(law.in_force(day[regime])["id"]), (regime, instrument)
