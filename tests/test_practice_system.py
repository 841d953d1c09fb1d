"""The invented data of problem sets 03 and 04, and the figures of lessons 03 and 04."""

import numpy as np
import pytest
from realname import comparison, procedures
from realname.notebook import problems
from realname.practice import ps03, ps04
from realname.world import liveness, portraits
from support.exercises import Desk
from support.notebooks import SOURCE

# Read and marked by hand, from the tables as a student sees them.
VISITS = {  # where each visit ends, and the first word of who uses the number
    "ada": ("issued match document issued liveness issued", "another no no another no nobody"),
    "bo": ("issued issued match issued issued document", "another registered no nobody another no"),
    "chen": ("issued issued issued issued issued issued",
             "another registered nobody another another another"),
}
FILMS = {  # what films A and B show, and which is the attack
    "ada": ("left right right", "right left blink", "A"),
    "bo": ("right left blink", "nothing nothing left", "B"),
}
REPORTS = {  # the first word of each verdict
    "ada": "right people two right no right threshold right",
    "bo": "right right two liveness attempts right right no",
}
# What each statement of question 6 claims of one row of the sweep; None: no row can show it.
CLAIMS = {
    "The share of willing holders rises.":
        lambda row: row.iloc[4] > row.iloc[3],
    "After the change, willing holders are the largest route.":
        lambda row: row.iloc[4] > 0.5,
    "After the change, look-alikes with a stolen card are less than 1% of all routes.":
        lambda row: row.iloc[5] < 0.01,
    "The total falls by more than a quarter.":
        lambda row: row.iloc[1] < 0.75,
    "More than half of what left the closed routes came back on others.":
        lambda row: row.iloc[2] > 0.5,
    "After the change, the total is more than three quarters of what it was.":
        lambda row: row.iloc[1] > 0.75,
}  # fmt: skip


def desk(name, student):
    return Desk(SOURCE / name / f"{name}.ipynb", student)


@pytest.mark.parametrize("student", VISITS)
def test_the_reference_reads_visits_as_a_person_does(student):
    names = desk("ps03-at-the-counter", student).names
    ends, users = VISITS[student]
    assert list(names["ends"].values()) == ends.split()
    assert [user.split()[0] for user in names["user"].values()] == users.split()


@pytest.mark.parametrize("student", FILMS)
def test_the_reference_reads_films_and_reports_as_a_person_does(student):
    names = desk("ps04-is-this-you", student).names
    seen_a, seen_b, attack = FILMS[student]
    assert (names["seen_a"], names["seen_b"]) == (seen_a.split(), seen_b.split())
    assert names["attack"] == attack
    assert [word.split()[0] for word in names["verdict"].values()] == REPORTS[student].split()


@pytest.mark.parametrize("number", range(40))
def test_statements_say_of_the_sweep_what_the_key_says(number):
    names = desk("ps03-at-the-counter", f"student {number}").names
    mine = names["mine"]
    for place, statement in enumerate(mine.statements, 1):
        if statement not in CLAIMS:
            assert names["status"][place] == "not shown"
            continue
        held = [bool(CLAIMS[statement](row)) for _, row in mine.sweep.iterrows()]
        said = "robust" if all(held) else "hangs on epsilon"
        assert any(held) and names["status"][place] == said, statement


@pytest.mark.parametrize("number", range(40))
def test_a_students_counter(number):
    mine = ps03.mine("practice", f"student {number}")
    assert sum(visit.afterwards.startswith("sells") for visit in mine.visits) == 1
    assert sum(visit.procedure == "no procedure" for visit in mine.visits) == 1
    week = mine.week
    again = week.attempts - week.customers  # second and third attempts
    assert week.refused < again < 2 * week.failed_first
    assert week.failed_attempts == again + week.refused
    assert mine.register["user"].min() >= -1 and mine.register["number"].str.startswith("000").all()
    change = mine.routes["after"] - mine.routes["before"]
    assert change.sum() < 0 and 0.2 < change[change > 0].sum() / -change[change < 0].sum() < 1


@pytest.mark.parametrize("number", range(25))
def test_a_students_comparisons_films_and_report(number):
    mine = ps04.mine("practice", f"student {number}")
    at = mine.comparisons[mine.comparisons["score"] == mine.threshold]
    assert set(at["who stands there"]) == {"the holder", "somebody else"}, "a tie of each kind"
    rates = mine.trade["false matches"] / mine.trade["non-mated comparisons"]
    assert rates.iloc[0] > mine.target >= rates.iloc[-1]
    assert (mine.trade["false non-matches"].diff().dropna() >= 0).all()
    for film in mine.films:
        for eyes, turn in zip(film.eyes, film.turn, strict=True):
            assert abs(eyes - ps04.SHUT) > 0.02 and abs(abs(turn) - ps04.TURNED) > 0.05
    assert len(mine.report.sentences) == len(set(mine.report.sentences)) == 8
    assert 0 < mine.report.missed < mine.report.attempts
    assert set(mine.trial.columns) == {"card of", "who stands there", "mated", "score"}
    assert mine.trial["score"].between(0, 1).all() and mine.trial["mated"].sum() == 72


def test_figures_of_lesson_03_can_be_seen_and_read():
    for shown in (procedures.draw_stops(), procedures.draw_refusals(), procedures.draw_sweep()):
        assert problems(shown.figure) == [], shown.title
        assert len(shown.table) >= 5


def test_willing_holders_and_insiders_pass_every_procedure_and_look_alikes_the_side_door():
    table = procedures.draw_stops().table.set_index("kind of visit")
    assert table.loc["willing holder", "portrait"] > 99
    assert table.loc["insider", "portrait"] == 100
    assert abs(table.loc["stolen card, look-alike", "portrait"] - 14) < 3
    shut = procedures.draw_stops(fallback="refuse").table.set_index("kind of visit")
    assert shut.loc["stolen card, look-alike", "portrait"] < 2
    assert shut.loc["honest customer", "portrait"] < 99


def test_figures_of_lesson_04_can_be_seen_and_read():
    rng = np.random.default_rng(1)
    asked = liveness.challenges(1, rng)
    film = liveness.performed(portraits.faces(1, rng), asked, rng)[0]
    for shown in (
        comparison.draw_people(3, rng), comparison.draw_published(),
        comparison.draw_film(film, asked[0]),
    ):  # fmt: skip
        assert problems(shown.figure) == [], shown.title


def test_presentations_count_what_passed():
    table = comparison.presentations(6, np.random.default_rng(2))
    assert table.loc["print", "passed"] == 0
    live = table.loc["live person"]
    assert live["rate"] == pytest.approx(1 - live["passed"] / 6) and live["rate is"] == "BPCER"
