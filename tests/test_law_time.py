"""What was in force on a day, and which norm governs."""

import datetime

import pandas as pd
import pytest
from realname import data, law
from realname.law.instruments import LawError, as_day, span

DAYS = pd.date_range("1986-01-01", "2026-12-31", freq="191D")


INSTRUMENTS = data.load("instruments").fillna("").to_dict("records")


def by_hand(day):
    """An independent oracle: ISO text compares like dates; partial dates by first and last day."""
    standing, sure = set(), set()
    for row in INSTRUMENTS:
        start, end = row["in_force"], row["repealed"] or "9999-99-99"
        if start and (start + "-01-01")[:10] <= day and not end[:10] <= day:
            standing.add(row["id"])
            padded = (
                start if len(start) == 10 else f"{start}-{'12-31' if len(start) == 4 else '31'}"
            )
            if padded <= day:
                sure.add(row["id"])
    return standing, sure


def test_in_force_agrees_with_a_comparison_of_texts():
    for day in (stamp.date().isoformat() for stamp in DAYS):
        table = law.in_force(day)
        standing, sure = by_hand(day)
        assert set(table["id"]) == standing, day
        assert set(table.loc[table["certain"], "id"]) == sure, day


@pytest.mark.parametrize(
    ("instrument", "last_day_out", "first_day_in"),
    [
        ("cn-2016-csl", "2017-05-31", "2017-06-01"),
        ("cn-2019-miit", "2019-11-30", "2019-12-01"),
        ("cn-2021-spc", "2021-07-31", "2021-08-01"),
        ("cn-2021-pipl", "2021-10-31", "2021-11-01"),
        ("cn-2025-fr", "2025-05-31", "2025-06-01"),
        ("eu-gdpr", "2018-05-24", "2018-05-25"),
    ],
)
def test_a_text_is_in_from_its_first_day(instrument, last_day_out, first_day_in):
    assert instrument not in set(law.in_force(last_day_out)["id"])
    assert instrument in set(law.in_force(first_day_in)["id"])


def test_what_ended_is_out_and_what_never_began_is_never_in():
    assert "cn-2015-blackcard" in set(law.in_force("2015-12-31")["id"])
    assert "cn-2015-blackcard" not in set(law.in_force("2016-01-01")["id"])
    assert "mx-panaut" not in set(law.in_force("2022-04-25")["id"])
    ever = set().union(*(law.in_force(day.date())["id"] for day in DAYS))
    table = data.load("instruments")
    never = set(table.loc[table["in_force"].isna(), "id"])
    assert never and not never & ever


def test_a_coarse_date_is_flagged_until_it_is_sure():
    early = law.in_force("2016-11-15").set_index("id")
    assert not early.loc["cn-2016-nov", "certain"]
    assert law.in_force("2016-12-01").set_index("id").loc["cn-2016-nov", "certain"]
    assert "cn-2016-nov" not in set(law.in_force("2016-10-31")["id"])


def test_order_is_rank_then_date_and_filters_filter():
    table = law.in_force("2019-12-01", group="china")
    levels = table["level"].dropna().tolist()
    assert levels == sorted(levels)
    assert set(table["group"]) == {"china"}
    binding = law.in_force("2019-12-01", binding=True)
    assert set(binding["binding"]) == {True}
    with pytest.raises(LawError, match="no group 'China'"):
        law.in_force("2019-12-01", group="China")


# ---- governing


def test_on_the_sunday_a_law_asked_for_identity_and_only_a_notice_for_the_face():
    identity = law.governing("2019-12-01", "identity")
    assert identity.iloc[0]["instrument"] == "cn-2016-csl" and identity.iloc[0]["rank"] == "law"
    assert identity["governs"].tolist() == [True] + [False] * (len(identity) - 1)
    face = law.governing("2019-12-01", "comparison")
    assert face["instrument"].tolist() == ["cn-2019-miit"]
    assert face["rank"].tolist() == ["normative"]
    assert law.governing("2019-11-30", "comparison").empty


@pytest.mark.parametrize(
    ("day", "governs", "article"),
    [
        ("2013-01-01", "cn-2012-npcsc", "6"),
        ("2014-01-01", "cn-2012-npcsc", "6"),  # a decision of law rank stays above Order 25
        ("2016-06-01", "cn-2015-ctl", "21"),  # same rank, later
        ("2018-01-01", "cn-2016-csl", "24"),
        ("2023-01-01", "cn-2022-atof", "9"),
        ("2026-03-01", "cn-2016-csl", "26"),  # renumbered: since is the day of the new number
    ],
)
def test_which_text_governs_identity_changes_with_time(day, governs, article):
    first = law.governing(day, "identity").iloc[0]
    assert (first["instrument"], first["article"]) == (governs, article)


def test_rank_beats_date():
    """The notice of 2016 is later than the Decision of 2012 and still below it."""
    table = law.governing("2016-12-01", "identity")
    assert table["level"].tolist() == sorted(table["level"].tolist())
    documents = law.governing("2016-12-01", "document")
    assert documents.iloc[0]["instrument"] == "cn-2013-miit25"
    assert documents.iloc[-1]["instrument"] == "cn-2010-sim"


def test_order_of_rows_is_rank_first_then_later_first_for_every_duty_and_year():
    duties = data.load("duties")
    for duty, sector in duties[["duty", "sector"]].drop_duplicates().itertuples(index=False):
        for year in range(1991, 2027, 7):
            table = law.governing(f"{year}-07-01", duty, sector=sector)
            keys = list(zip(table["level"], table["since"], strict=True))
            for (high, late), (low, early) in zip(keys, keys[1:], strict=False):
                assert high < low or (high == low and late >= early)


def test_wrong_words_are_answered_with_the_right_ones():
    with pytest.raises(LawError, match="no duty 'face'.*comparison"):
        law.governing("2019-12-01", "face")
    with pytest.raises(LawError, match="no sector 'Phone'.*phone"):
        law.governing("2019-12-01", "identity", sector="Phone")
    with pytest.raises(LawError, match="'1 Dec 2019' is not a day"):
        law.in_force("1 Dec 2019")


# ---- single articles


def test_articles_move_with_the_renumbering_of_2026():
    assert law.article("cn-2016-csl", "41", "2019-12-01")["text"].startswith("lawful")
    with pytest.raises(LawError, match="has been article 43 since 2026-01-01"):
        law.article("cn-2016-csl", "41", "2026-01-01")
    # number 43 had another text before
    assert "deletion" in law.article("cn-2016-csl", "43", "2019-12-01")["text"]
    assert "consent" in law.article("cn-2016-csl", "43", "2026-06-01")["text"]


def test_articles_of_texts_not_in_force_are_refused_with_the_reason():
    for instrument, number, day, words in [
        ("cn-2021-pipl", "29", "2019-12-01", "in force from 2021-11-01"),
        ("cn-1999-contract", "77", "2021-06-01", "to 2021-01-01"),
        ("cn-2023-frdraft", "4", "2024-01-01", "never in force"),
        ("cn-2021-pipl", "999", "2022-01-01", "not in the table"),
        ("cn-2019-law", "1", "2022-01-01", "no instrument"),
    ]:
        with pytest.raises(LawError, match=words):
            law.article(instrument, number, day)


def test_damages_under_bipa_have_two_texts():
    before = law.article("us-bipa", "20", "2023-06-01")["text"]
    after = law.article("us-bipa", "20", "2024-08-02")["text"]
    assert "each scan" in before and "one recovery" in after


def test_days_and_spans():
    assert as_day(datetime.datetime(2019, 12, 1, 9)) == datetime.date(2019, 12, 1)
    assert span("2020-02") == (datetime.date(2020, 2, 1), datetime.date(2020, 2, 29))
    assert span("2019") == (datetime.date(2019, 1, 1), datetime.date(2019, 12, 31))
    assert span(None) is None
    assert str(LawError("x")) == "x" and LawError("x")._render_traceback_() == ["x"]
