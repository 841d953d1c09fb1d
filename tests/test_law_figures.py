"""Law in pictures: what the figures say is what the tables say, and all of it can be read."""

import datetime

import pandas as pd
import pytest
from realname import data, law
from realname.law import figures, maps, proportionality
from realname.notebook import problems
from realname.practice import ps02, ps06

FIGURES = {
    "phones": figures.draw_phones,
    "duties and safeguards": figures.draw_duties_and_safeguards,
    "elsewhere": figures.draw_elsewhere,
    "regimes": maps.draw_regime_map,
    "claims": maps.draw_claims,
    "changes": lambda: maps.draw_changes("FP05", {"consent_written": "no", "sold": "yes"}),
}
drawn = pytest.mark.parametrize("name", FIGURES)


@drawn
def test_a_figure_has_words_for_all_it_shows(name):
    shown = FIGURES[name]()
    axes = shown.figure.axes[0]
    assert problems(shown.figure) == []
    written = [text for text in axes.texts if text.get_text().strip()]
    marks = len(axes.patches) or len(axes.lines[0].get_xdata())
    assert len(written) == marks, "a bar, cell or point without words"
    assert len(shown.table) == len(axes.get_yticks()), "the table has another number of rows"


def test_first_steps_are_the_earliest_binding_texts_of_china():
    since = {step.name: step.since.isoformat() for step in figures.first_steps(until="2026-07-01")}
    assert since["document"] == "2010-09-01"
    assert since["identity"] == since["consent"] == "2012-12-28"
    assert since["comparison"] == "2019-12-01"
    assert since["separate consent"] == "2021-08-01", "the standard of 2020 binds nobody"
    assert since["alternative"] == "2025-06-01"


def test_steps_after_the_day_are_left_out():
    names = [step.name for step in figures.first_steps(until="2016-09-22")]
    assert "photograph" not in names and "machine reading" in names


def test_a_date_is_no_finer_than_it_is_known():
    shown = figures.draw_phones()
    assert any(text.get_text().startswith("May 2018") for text in shown.figure.axes[0].texts)


def test_cells_of_the_map_are_what_the_model_says():
    table = maps.draw_regime_map(["FP01", "FP05"]).table
    regimes = list(law.regimes())
    for row, case in zip(table.itertuples(index=False), ("FP01", "FP05"), strict=True):
        assert list(row[1:]) == [law.assess(case, regime).label for regime in regimes]


def test_three_of_the_eight_claims_stood():
    assert maps.draw_claims().title.startswith("3 of 8")


def test_the_steps_of_proportionality_name_what_is_wrong():
    filled = proportionality.table(necessary=("no", "A card would do."))
    assert list(filled.index) == ["law", "aim", "suitable", "necessary", "balanced"]
    for wrong, says in (({"aims": ("yes", "")}, "no step 'aims'"), ({"aim": "yes"}, "a pair")):
        with pytest.raises(proportionality.StepError, match=says):
            proportionality.table(**wrong)


@pytest.mark.parametrize("number", range(0, 60, 3))
def test_a_students_gazette_plants_every_trap(number):
    mine = ps02.mine("practice", f"student {number}")
    gazette = mine.gazette
    day = mine.gazette_day
    laws = gazette[(gazette["kind"] == "law") & gazette["says"].str.contains("identity")]
    assert (laws["in_force"] <= day).sum() == 1 and (laws["adopted"] <= day).all()
    campaign = gazette[gazette["kind"] == "campaign"].iloc[0]
    assert campaign["in_force"] < campaign["ended"] <= day
    assert (gazette.loc[gazette["kind"] == "draft law", "in_force"] == "").all()
    assert gazette.loc[gazette["in_force"] != "", "in_force"].max() < ps02.END
    real = mine.desk.set_index("id")["in_force"]
    held = law.in_force(mine.day).set_index("id")["certain"]
    states = [str(held.get(name, "out")) for name in real.index]
    assert sorted(states) == ["False", "True", "True", "out", "out", "out"]
    datetime.date.fromisoformat(mine.day)


@pytest.mark.parametrize("number", range(0, 60, 3))
def test_a_students_form_has_two_of_each_state(number):
    mine = ps06.mine("practice", f"student {number}")
    assert len(mine.form.clauses) == 6 and len(mine.changes) == 6
    unknown = set(ps06.FACTS) - set(mine.story.second)
    assert unknown and mine.story.second["agreed"] == "yes"


def test_every_changed_fact_is_a_fact_of_the_model():
    facts = data.load("facts").set_index("id")["values"]
    for number in range(20):
        for fact, value in ps06.mine("practice", f"id {number}").changes.items():
            assert value in facts[fact].split("; ")


def test_a_timeline_that_is_not_filled_in_stays_open():
    assert ps02.draw({"identity": "2010-01-01", "face": ...}, "A title") is ...
    shown = ps02.draw({"identity": "2010-01-01", "consent": "2011-01-01"}, "Consent came later")
    assert isinstance(shown.table, pd.DataFrame) and list(shown.table["days"]) == sorted(
        shown.table["days"], reverse=True
    )
