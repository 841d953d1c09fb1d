"""The invented data of problem set 07, and the figures and lists of lesson 07."""

import itertools

import numpy as np
import pytest
from realname import aftermath
from realname.notebook import problems
from realname.practice import ps07
from realname.world import accounts, breach, linkage, linkage_graph, people, rosters
from realname.world.parameters import ParameterError
from support.exercises import Desk
from support.notebooks import SOURCE

# Read and answered by hand, from the tables as a student sees them: for each account the name on
# file (- for none), who opened it, who gets the code.
ACCOUNTS = {
    "ada": "CFA FFF EFF CCC DED -CC",
    "bo": "EEE -CC DBD CDD FDF EEE",
    "chen": "BBB BFB DCF EEE -DB BAA",
}
# k, l, alone, alone for sure, size, bits, whether the reason is known
ALONE = {
    "ada": (4, 1, 7, 3, 6, 1.81, "yes"),
    "bo": (2, 1, 8, 2, 3, 2.0, "no"),
    "chen": (4, 2, 9, 4, 6, 1.74, "no"),
}
# nickname, address, illness; numbers joined, people joined; true statements; status of the store
LEAKS = {
    "ada": ("heron51", "not leaked", "hearing", 3, 2, [1, 2], "assumption not not follows"),
    "bo": ("heron16", "not leaked", "depression", 3, 4, [2, 4], "not not assumption follows"),
    "chen": ("heron34", "34 Mill Lane", "not leaked", 4, 5, [2, 3],
             "assumption not follows not"),
}
SERVICES = ["square", "meals", "health"]


def desk(student):
    name = "ps07-one-number-every-account"
    return Desk(SOURCE / name / f"{name}.ipynb", student)


@pytest.fixture(scope="module")
def town():
    rng = np.random.default_rng(2019)
    new = accounts.opened(accounts.directory(people.population(3_000, rng), rng), rng)
    return new, accounts.recycled(new, 3, rng)


@pytest.mark.parametrize("student", ACCOUNTS)
def test_the_reference_reads_accounts_as_a_person_does(student):
    names = desk(student).names
    for number, read in enumerate(ACCOUNTS[student].split(), 1):
        on_file = names["name_on_file"][number].replace("no name", "-")
        assert on_file + names["opened_by"][number] + names["gets_code"][number] == read


@pytest.mark.parametrize("student", ALONE)
def test_the_reference_reads_lists_and_leaks_as_a_person_does(student):
    names = desk(student).names
    asked = ["k_people", "l_reasons", "alone", "alone_for_sure", "size", "bits", "reason_known"]
    assert tuple(names[name] for name in asked) == ALONE[student]
    told = (*names["profile"].values(), names["numbers_joined"], names["people_joined"])
    words = " ".join(word.split()[0] for word in names["status"].values())
    assert (*told, names["true_of_hashes"], words) == LEAKS[student]


@pytest.mark.parametrize("number", range(40))
def test_a_students_leaks_and_lists(number):
    mine = ps07.mine("practice", f"student {number}")
    asks = [row[2] for row in mine.accounts]
    assert sorted(asks) == ["no", *["yes"] * 5]
    differ = sum("The account stayed" in row[3] for row in mine.accounts)
    assert differ >= 2, "two accounts at least have another's name on file"
    assert mine.people["district"].isna().sum() == 2
    for leak in (*mine.leaks.values(), mine.register):
        for row in leak:
            digits = "".join(sign for sign in row[0] if sign.isdigit())
            assert digits[-11:].startswith("000"), "no number could be a real one"
    assert set(mine.hashed["number_hash"].str.len()) == {ps07.SHOWN}
    assert mine.named["number"].is_unique and mine.named["number"].str.startswith("000").all()
    assert len(set(mine.store_statements.lines)) == len(mine.store_statements.lines) == 4


def test_every_story_names_who_opened_the_account_and_who_uses_the_number():
    for story in ps07._STORIES.values():
        assert story.count(" opened the account") == 1 and story.count(" uses it.") == 1


def test_a_hashed_list_is_found_again_by_trying():
    mine = ps07.mine("practice", "ada")
    space = [f"{mine.prefix}{a}{b}{c}" for a, b, c in itertools.product("0123456789", repeat=3)]
    assert space == ps07.block(mine.prefix)
    found = mine.hashed["number_hash"].isin({ps07.digest(number) for number in space})
    assert found.iloc[0] and 0 < (~found).sum() < len(found)


def test_names_on_file_count_every_account_once(town):
    for world in town:
        counts = aftermath.names_on_file(world, "square")
        column = world.column("square")
        assert counts.sum() == world.own[:, column].sum() + world.left[:, column].sum()
        own = world.own[:, column] & (world.directory.user == world.directory.registered)
        back = world.left[:, column] & (world.before == world.directory.registered)
        assert counts["own name"] == own.sum() + back.sum()
    assert aftermath.names_on_file(town[0], "square")["left behind"] == 0


def test_blurring_never_makes_more_people_alone():
    table = aftermath.alone(rosters.roster(400, np.random.default_rng(3), missing=0.1))
    for _, rows in table.groupby("district"):
        assert rows["alone, in 100"].is_monotonic_decreasing and rows["k"].is_monotonic_increasing
    assert (table["l"] <= table["k"]).all()


def test_a_roster_is_of_the_size_and_shares_asked_for():
    table = rosters.roster(4_000, np.random.default_rng(5), missing=0.25)
    assert len(table) == 4_000 and abs(table["district"].isna().mean() - 0.25) < 0.03
    assert table["born"].between("1940", "2009").all()
    with pytest.raises(ParameterError, match="one person or more"):
        rosters.roster(0, np.random.default_rng(5))
    with pytest.raises(ParameterError, match="Unknown grain"):
        rosters.blurred(table, "month")


def test_a_number_a_service_joins_nothing_by_number_and_people_as_before(town):
    rng = np.random.default_rng(4)
    leaks = [breach.spill(town[1], name, rng) for name in SERVICES]
    table = aftermath.with_own_numbers(town[1], leaks).set_index(["design", "register"])
    assert (table.loc["a number a service", "numbers joined"] == 0).all()
    one, many = (table.loc[(d, "leaked")] for d in ("one number", "a number a service"))
    assert many["people joined"] >= one["people joined"] - 1
    assert many["wrong names"] < one["wrong names"]


def test_designs_of_a_store_agree_with_drawing_every_outcome(town):
    table = aftermath.after_breaches(town[0].directory).set_index("design")
    fails = 1 - 0.97**10
    assert table.loc["one central store", "faces out"] == pytest.approx(100 * fails)
    assert table.loc["one store an operator", "some face out"] == pytest.approx(
        100 * (1 - (1 - fails) ** 3))
    d = town[0].directory
    held = np.zeros((d.people, 3), dtype=bool)
    held[d.registered, d.carrier] = True
    each = 1 - (1 - fails) ** held.sum(axis=1)  # a face is out if one of its stores fails
    assert table.loc["one store an operator", "faces out"] == pytest.approx(100 * each.mean())
    assert (table.loc["no store"] == 0).all()


def test_replayed_faces_are_of_people_who_never_agreed(town):
    crowd = people.population(200, np.random.default_rng(1))
    got = aftermath.replayed(crowd, 40, 100, np.random.default_rng(2))
    assert 0 < len(got) < 100 and not got["agreed"].any() and got["registered"].max() < 40


def test_who_uses_a_number_ties_no_bundles_together(town):
    """A leak and a register hold numbers and registered people, never users."""
    there = town[1]
    lent = np.flatnonzero(there.directory.user != there.directory.registered)
    for at in lent[:40]:
        who = [int(there.directory.user[at]), int(there.directory.registered[at])]
        table = linkage_graph.edges(there, who, there.services)
        if table.empty or not (table["kind"] == "uses").any():
            continue
        seen = table[table["kind"] != "uses"]
        drawn = linkage_graph.draw(there, who, there.services, register=True)
        assert f"into {linkage_graph.components(seen)} bundle" in drawn.title
        return
    pytest.fail("no number in other hands among those tried")


def test_figures_of_lesson_07_can_be_seen_and_read(town):
    new, later = town
    for shown in (
        aftermath.draw_alone(), aftermath.draw_prices(), aftermath.draw_feedback(),
        aftermath.draw_stores(new.directory), aftermath.draw_stores(new.directory, pull=1.0),
        aftermath.draw_retention(new.directory),
    ):  # fmt: skip
        assert problems(shown.figure) == [], shown.title
    leaks = [breach.spill(later, name, np.random.default_rng(1)) for name in SERVICES]
    table = aftermath.joined(later, leaks).set_index("in 100 of their kind")
    found = linkage.compared(later, leaks)
    assert table.iloc[0, 0] == round(100 * found["numbers_joined"][0], 1)
    assert table.iloc[1].isna().tolist() == [True, False]


def test_lists_and_faces_that_do_not_fit_are_refused_in_one_line(town):
    some = rosters.roster(30, np.random.default_rng(1))
    for column in ("born", "sex", "district", "reason"):
        with pytest.raises(ParameterError, match=f"no column '{column}'"):
            aftermath.alone(some.drop(columns=column))
    with pytest.raises(ParameterError, match="no column 'born'"):
        rosters.blurred(some.drop(columns="born"))
    crowd = people.population(5, np.random.default_rng(1))
    for faces in (-1, 6):
        with pytest.raises(ParameterError, match="5 people: use 0 to 5"):
            aftermath.replayed(crowd, faces, 10, np.random.default_rng(1))
