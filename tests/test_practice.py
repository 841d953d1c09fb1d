"""The invented data of the problem sets: read by a person, and as promised for every id."""

import re

import numpy as np
import pandas as pd
import pytest
from realname import identity
from realname.practice import ps01, start
from realname.practice.dossier import ANSWERS, LETTERS, invent

# Three dossiers, read and marked by hand: what each text is, where from, place, before, price.
READ = {
    "ada": """
        A excerpt          B        Lindmar     not said             lot
        B own-reporting    none     Lindmar     card-and-photograph  lot
        C blog-copy        F        not-said    card                 each
        D own-reporting    none     Port-Ansel  not-said             lot
        E agency-copy      outside  not-said    card                 lot
        F machine-rewrite  outside  not-said    card                 each
    """.replace("not said", "not-said"),
    "bo": """
        A agency-copy      outside  Lindmar     not-said             lot
        B own-reporting    none     not-said    card                 lot
        C machine-rewrite  outside  Lindmar     not-said             each
        D spun-copy        B        not-said    card                 lot
        E blog-copy        B        not-said    card                 lot
        F excerpt          B        not-said    card                 lot
    """,
    "chen": """
        A agency-copy      outside  not-said    card                 lot
        B blog-copy        C        Port-Ansel  not-said             lot
        C own-reporting    none     Port-Ansel  not-said             lot
        D spun-copy        C        Port-Ansel  not-said             lot
        E excerpt          A        not-said    not-said             lot
        F machine-rewrite  A        not-said    card                 each
    """,
}
WITNESSES = {"ada": 3, "bo": 2, "chen": 2}


@pytest.mark.parametrize("student", READ)
def test_the_reference_reads_a_dossier_as_a_person_does(student):
    from support.exercises import Desk
    from support.notebooks import SOURCE

    name = "ps01-one-rule-five-reports"
    names = Desk(SOURCE / name / f"{name}.ipynb", student).names
    for line in READ[student].split("\n"):
        if not line.strip():
            continue
        letter, *read = line.split()
        given = [names[n][letter] for n in ("kind", "comes_from", "place", "before", "price")]
        assert [word.replace(" ", "-") for word in given] == read, letter
    assert names["witnesses"] == WITNESSES[student]


@pytest.mark.parametrize("seed", range(60))
def test_every_dossier_has_what_the_questions_turn_on(seed):
    dossier = invent(np.random.default_rng(seed))
    words = {text.letter: text.words for text in dossier}
    assert "".join(words) == LETTERS
    assert len({text.outlet for text in dossier}) == 6
    assert sum("By Norrin Agency" in text for text in words.values()) == 1
    assert any("crowns each" in text for text in words.values())
    assert any("crowns in" in text for text in words.values())
    for place in ("of Lindmar", "of Port Ansel"):
        assert any(place not in text for text in words.values())
    silent = [t for t in words.values() if not any(f"of {p}." in t for p in ANSWERS["place"])]
    assert silent, "a text that does not name the harbour"
    for text in dossier:
        for credited in re.findall(r"(?:Author:|Source:|a text of) ([^.]+)\.", text.words):
            assert credited != text.outlet, "a text does not credit itself"


def test_a_dossier_says_that_it_is_invented_and_holds_no_key():
    dossier = invent(np.random.default_rng(1))
    assert dossier._repr_markdown_().startswith("*Synthetic")
    assert set(vars(dossier)) == {"texts"}
    assert set(vars(dossier["A"])) == {"letter", "outlet", "words"}
    with pytest.raises(KeyError, match="no text 'G'"):
        dossier["G"]


@pytest.mark.parametrize("number", range(60))
def test_a_students_data(number):
    mine = ps01.mine("practice", f"student {number}")
    assert len(list(mine.spun)) == len(mine.spun.originals) == 6
    assert len(set(mine.spun.originals)) == 6
    assert len(mine.voices.statements) == len(set(mine.voices.statements)) == 5
    feed = mine.feed
    assert len(feed) == 60 and feed["price"].isin(["lot", "each", "not said"]).all()
    place = {name: row for row, name in enumerate(feed["text"])}
    for row, source in enumerate(feed["copied_from"]):
        assert pd.isna(source) or place[source] < row, "a text copies an earlier one"


def test_another_term_gives_other_data():
    assert ps01.mine("practice", "ada").dossier != ps01.mine("autumn", "ada").dossier
    assert identity.normalise(" ADA ") == "ada"


def test_the_queue_of_start_here_has_no_threshold_without_a_mistake():
    people = start.queue()
    for threshold in sorted({*people["score"], 0.0, 1.0}):
        table = start.count(people, threshold).reindex(columns=["pass", "refuse"])
        mistakes = (
            table.loc["somebody else", "pass"] + table.loc["the person on the card", "refuse"]
        )
        assert mistakes > 0


def test_a_score_at_the_threshold_passes():
    decided = start.decide(start.queue(), 0.62).set_index("customer")
    assert decided.loc["c07", "decision"] == "pass"
