"""Accounts, stores, breaches, face market, linkage: against loops, networkx, closed forms."""

import itertools
import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from realname import data
from realname.notebook.style import problems
from realname.world import (
    accounts,
    breach,
    counter,
    exposure,
    facemarket,
    fraud,
    linkage,
    linkage_graph,
    people,
    registers,
    stores,
)
from realname.world.parameters import LABELS, ParameterError
from scipy import stats

SOME = ("chat", "bank", "meals")


def world(seed=1, n=300, years=3.0, **changed):
    rng = np.random.default_rng(seed)
    book = exposure.ledger().changed(**changed)
    crowd = people.population(n, rng)
    there = accounts.opened(accounts.directory(crowd, rng, book), rng)
    return accounts.recycled(there, years, rng, book) if years else there


def near(share, chance, n):
    return abs(share - chance) < 5 * math.sqrt(chance * (1 - chance) / n) + 1e-12


# ---- parameters ---------------------------------------------------------------------------------
def test_every_parameter_says_what_stands_behind_it():
    book = exposure.ledger()
    assert {p.label for p in book.values()} <= set(LABELS)
    mine = set(data.load("exposure_parameters")["name"])
    assert not mine & set(data.load("parameters")["name"])
    for name in mine:
        if book[name].label == "verified":
            assert book[name].address.startswith("http")
        else:
            assert book[name].low <= book[name].value <= book[name].high


def test_prices_in_the_model_are_those_of_the_table_of_prices():
    table = data.load("face_prices").set_index("price")
    per_picture = table["yuan"] / table["quantity"].where(table["per"] == "lot", 1)
    book = exposure.ledger()
    names = ("face_price_bundle", "face_price_single", "face_price_with_data", "face_price_kit")
    for name, row in zip(names, ("p2", "p3", "p4", "p7"), strict=True):
        assert book.value(name) == pytest.approx(per_picture[row])


# ---- accounts -----------------------------------------------------------------------------------
def test_a_directory_holds_each_persons_numbers_and_some_in_other_hands():
    rng = np.random.default_rng(2)
    crowd = people.population(4000, rng)
    d = accounts.directory(crowd, rng)
    assert np.array_equal(np.bincount(d.registered, minlength=4000), crowd.numbers.sum(axis=1))
    for carrier in range(3):
        held = np.bincount(d.registered[d.carrier == carrier], minlength=4000)
        assert np.array_equal(held, crowd.numbers[:, carrier])
    assert near((d.user != d.registered).mean(), 0.05, len(d))
    lone = accounts.directory(people.population(1, rng), rng)
    assert (lone.user == lone.registered).all()
    assert d.table(2)["number"].tolist() == ["00000000000", "00000000001"]


def test_shares_of_services_follow_beta_2_3_and_accounts_follow_the_shares():
    rng = np.random.default_rng(3)
    d = accounts.directory(people.population(2, rng), rng)
    drawn = np.concatenate([accounts.opened(d, rng).chance for _ in range(150)])
    assert stats.kstest(drawn, stats.beta(2, 3).cdf).pvalue > 0.001
    there = world(years=0, n=5000)
    for j, chance in enumerate(there.chance):
        assert near(there.own[:, j].mean(), chance, len(there.directory))


def test_same_seed_same_world():
    one, other = world(5), world(5)
    assert np.array_equal(one.own, other.own)
    assert np.array_equal(one.directory.user, other.directory.user)


def test_recycling_moves_numbers_and_leaves_accounts_behind():
    before = world(4, n=4000, years=0)
    rng = np.random.default_rng(9)
    after = accounts.recycled(before, 2, rng)
    moved = after.before != accounts.NO_ONE
    assert near(moved.mean(), 1 - 0.9**2, moved.size)
    old, new = before.directory, after.directory
    assert (new.registered[moved] != old.registered[moved]).all()
    assert np.array_equal(new.registered[~moved], old.registered[~moved])
    assert np.array_equal(after.before[moved], old.user[moved])
    assert np.array_equal(after.own[~moved], before.own[~moved])
    assert not after.left[~moved].any()
    assert not (after.left & ~before.own).any()  # only what was there can stay
    assert not (after.left & after.own).any()  # a number holds one account a service
    stays = after.left[moved].sum() / before.own[moved].sum()
    assert near(stays, 0.6, before.own[moved].sum())
    same = accounts.recycled(before, 0, rng)
    assert np.array_equal(same.own, before.own)
    assert not same.left.any()


def test_the_name_on_file_is_the_registered_person_and_not_always_the_writer():
    there = world(6)
    table = accounts.behind(there, "square")
    d, j = there.directory, there.column("square")
    wanted = [(i, d.user[i], d.registered[i]) for i in range(len(d)) if there.own[i, j]]
    wanted += [(i, there.before[i], d.registered[i]) for i in range(len(d)) if there.left[i, j]]
    found = zip(table["number"].astype(int), table["writer"], table["name_on_file"], strict=True)
    assert sorted(found) == sorted(wanted)
    assert (table["right"] == (table["writer"] == table["name_on_file"])).all()
    assert 0.6 < table["right"].mean() < 0.95
    clean = world(6, years=0, other_hands=0.0)
    assert accounts.behind(clean, "square")["right"].all()


def test_accounts_of_a_person_are_listed_one_by_one():
    there = world(6, n=40)
    d = there.directory
    table = there.of([3, 5])
    wanted = []
    for i, j in itertools.product(range(len(d)), range(len(there.services))):
        if d.registered[i] in (3, 5) or d.user[i] in (3, 5):
            for state, array in (("own", there.own), ("left", there.left)):
                wanted += [(i, there.services[j], state)] if array[i, j] else []
    found = zip(table["number"].astype(int), table["service"], table["state"], strict=True)
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: accounts.behind(world(), "bazaar"), "real names"),
        (lambda: world().column("weather"), "use chat"),
        (lambda: accounts.recycled(world(), -1, np.random.default_rng(1)), "negative"),
        (lambda: stores.enrolled(world().directory, "cloud", np.random.default_rng(1)), "central"),
        (lambda: linkage.linked(world(), []), "No leaks"),
        (lambda: linkage_graph.edges(world(), range(7), SOME), "1 to 6"),
        (lambda: facemarket.kit_price(1.5), "between 0 and 1"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(call, says):
    with pytest.raises(ParameterError) as caught:
        call()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


# ---- leaks put together -------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(4))
def test_linked_counts_equal_dictionaries(seed):
    there = world(seed, n=80)
    rng = np.random.default_rng(seed)
    book = exposure.ledger().changed(leak_share=0.7)
    spills = [breach.spill(there, name, rng, book) for name in SOME]
    d = there.directory
    profiles: dict[int, list] = {}
    for spill in spills:
        j = there.column(spill.service)
        assert len(spill) == round(0.7 * (there.own[:, j].sum() + there.left[:, j].sum()))
        for i, left in zip(spill.number, spill.left, strict=True):
            assert (there.left if left else there.own)[i, j]
            holder = there.before[i] if left else d.user[i]
            profiles.setdefault(int(i), []).append((spill.service, int(holder)))
    found = linkage.linked(there, spills, register=True)
    summary = found.summary()
    every = [(i, s, holder) for i, rows in profiles.items() for s, holder in rows]
    joined = [rows for rows in profiles.values() if len(rows) >= 2]
    assert summary["numbers_joined"] == pytest.approx(len(joined) / len(d))
    assert summary["profiles_mixed"] == pytest.approx(
        sum(len({holder for _, holder in rows}) > 1 for rows in joined) / len(joined)
    )
    assert summary["accounts_wrong_name"] == pytest.approx(
        sum(holder != d.registered[i] for i, _, holder in every) / len(every)
    )
    per_person = [sum(d.registered[i] == p for i, _, _ in every) for p in range(d.people)]
    assert found.by_person.tolist() == per_person
    assert summary["people_joined"] == pytest.approx(np.mean(np.array(per_person) >= 2))
    named = {i for i, s, _ in every if s == "bank"}  # of the three, only the bank holds a name
    kept = linkage.linked(there, spills).summary()
    assert kept["accounts_named"] == pytest.approx(
        sum(i in named for i, _, _ in every) / len(every)
    )
    assert summary["accounts_named"] == 1


def test_two_leaks_agree_on_a_holder_and_disagree_between_holders():
    there = world(8, n=60)
    rng = np.random.default_rng(1)
    one, other = (breach.spill(there, name, rng).table(there) for name in ("bank", "rails"))
    both = one.merge(other, on="number", suffixes=("_bank", "_rails"))
    d = there.directory
    for row in both.itertuples():
        i = int(row.number)
        sides = [there.left[i, there.column(s)] for s in ("bank", "rails")]
        assert (row.name_bank == row.name_rails) == (sides[0] == sides[1])
        if not any(sides):
            assert row.name_bank == f"Person {d.user[i]}"


def test_a_big_world_agrees_with_the_closed_form():
    there = world(2, n=60_000, years=0, other_hands=0.0)
    rng = np.random.default_rng(2)
    spills = [breach.spill(there, name, rng) for name in SOME]
    chance = [there.chance[there.column(name)] for name in SOME]
    found = linkage.linked(there, spills, register=True)
    share = found.summary()["numbers_joined"]
    assert near(share, linkage.expected(chance), len(there.directory))
    held = np.bincount(there.directory.registered, minlength=there.directory.people)
    for numbers in (1, 2, 3):
        group = found.by_person[held == numbers] >= 2
        assert near(group.mean(), linkage.expected(chance, numbers), group.size)


@pytest.mark.parametrize(
    ("leaks", "by_number", "by_person"), [(1, 0.0, 0.059), (3, 0.352, 0.459), (6, 0.767, 0.821)]
)
def test_means_over_worlds_are_those_worked_out_by_hand(leaks, by_number, by_person):
    rng = np.random.default_rng(6)
    weight = stats.poisson.pmf(np.arange(6), 0.3)
    numbers, persons = [], []
    for chance in rng.beta(2, 3, (1500, leaks)):
        numbers.append(linkage.expected(chance))
        persons.append(sum(w * linkage.expected(chance, m + 1) for m, w in enumerate(weight)))
    for found, wanted in ((numbers, by_number), (persons, by_person)):
        assert abs(np.mean(found) - wanted) < 5 * np.std(found) / math.sqrt(1500) + 0.001


def test_the_register_makes_more_of_the_same_leaks():
    for seed in range(5):
        there = world(seed)
        rng = np.random.default_rng(seed)
        table = linkage.compared(there, [breach.spill(there, s, rng) for s in SOME])
        kept, leaked = table.to_dict("records")
        assert leaked["people_joined"] > 0.9 * kept["numbers_joined"]
        assert leaked["accounts_named"] == 1 > kept["accounts_named"]
        assert kept["numbers_joined"] == leaked["numbers_joined"]


# ---- the picture of a handful -------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(10))
def test_bundles_equal_connected_components(seed):
    rng = np.random.default_rng(seed)
    ties = rng.integers(0, 15, (12, 2)).astype(str)
    table = pd.DataFrame({"source": ties[:, 0], "kind": "own", "target": ties[:, 1]})
    graph = nx.Graph(ties.tolist())
    assert linkage_graph.components(table) == nx.number_connected_components(graph)


def test_the_picture_is_said_in_words_and_obeys_the_house():
    there = world(3)
    who = there.directory.registered[np.flatnonzero(there.left.any(axis=1))[:3]]
    drawn = linkage_graph.draw(there, who, there.services, register=True)
    table = linkage_graph.edges(there, who, there.services)
    for row in table.itertuples():
        assert row.source in drawn.alt
        assert row.target.split()[0] in drawn.alt
    assert "earlier holder" in drawn.alt
    assert problems(drawn.figure) == []
    alone = linkage_graph.draw(there, who, there.services)
    assert linkage_graph.components(alone.table) >= linkage_graph.components(drawn.table)
    assert not alone.table["kind"].isin(["registered", "uses"]).any()


# ---- stores and breaches ------------------------------------------------------------------------
@pytest.mark.parametrize("kind", stores.KINDS)
def test_who_is_held_when_equals_a_loop(kind):
    d = world(2, n=60).directory
    kept = stores.enrolled(d, kind, np.random.default_rng(1), 100).kept(20)
    for day in (0, 19, 20, 60, 118, 119, 200):
        held = kept.held(day)
        wanted = np.zeros_like(held)
        for person, store, made in zip(kept.person, kept.store, kept.day, strict=True):
            if made <= day < made + 20:
                wanted[person, store] = True
        assert np.array_equal(held, wanted)
    longer = kept.kept(40).curve(range(0, 150, 10))["people"]
    assert (longer >= kept.curve(range(0, 150, 10))["people"]).all()


def test_central_holds_whom_the_operators_hold_together_and_none_holds_nobody():
    d = world(2).directory
    made = {k: stores.enrolled(d, k, np.random.default_rng(4), 50) for k in stores.KINDS}
    central, each, none = (made[k].held(49) for k in stores.KINDS)
    assert np.array_equal(central.any(axis=1), each.any(axis=1))
    assert central.shape[1] == 1
    assert each.shape[1] == 3
    assert none.shape == (d.people, 0)
    assert breach.summary(breach.outlook(none, 50)).tolist() == [0, 0, 0, 0]


def test_outlook_equals_drawn_histories_and_the_closed_form():
    book = exposure.ledger().changed(breach_per_year=0.1)
    d = world(2, n=50).directory
    for kind in ("central", "per_operator"):
        kept = stores.enrolled(d, kind, np.random.default_rng(4), 1, book)
        table = breach.outlook(kept.held(0), 5, book)
        assert table["probability"].sum() == pytest.approx(1)
        rng = np.random.default_rng(3)
        drawn = [breach.history(kept, 5, rng, book)[1].mean() for _ in range(400)]
        found = breach.summary(table)
        assert abs(np.mean(drawn) - found["expected"]) < 5 * found["sd"] / 20
        assert np.std(drawn) == pytest.approx(found["sd"], rel=0.2)
        assert near(np.mean(np.array(drawn) > 0), found["any"], 400)
        if kind == "central":
            assert found["expected"] == pytest.approx((1 - 0.9**5) * kept.held(0).mean())


def test_a_history_counts_each_face_once_and_small_stores_can_be_spared():
    book = exposure.ledger().changed(breach_per_year=0.2)
    kept = stores.enrolled(world().directory, "per_operator", np.random.default_rng(4), 1000)
    events, out = breach.history(kept, 10, np.random.default_rng(1), book)
    assert events["first_time"].sum() == out.sum() > 0
    assert events["day"].is_monotonic_increasing
    for row in events.itertuples():
        assert row.people == kept.held(row.day)[:, kept.names.index(row.store)].sum()
    pulled = book.changed(breach_size_pull=1.0, breach_per_year=0.2)
    assert breach.chance(np.array([1.0, 0.25, 0.0]), pulled) == pytest.approx([0.2, 0.05, 0])
    assert breach.chance(0.0) == 0


# ---- the face market ----------------------------------------------------------------------------
def test_a_leak_makes_kits_cheaper_and_the_rest_is_the_fraud_model():
    table = facemarket.feedback([0.0, 0.01, 0.5], sigma=2.0, epsilon=1.0)
    assert table["change"].iloc[0] == 0
    assert (np.diff(table["kit_price"]) < 0).all()
    assert (np.diff(table["total"]) > 0).all()
    for row in table.itertuples():
        book = facemarket.after_leak(row.leaked)
        wanted = fraud.outlook(2.0, 1.0, book)["portrait"]
        assert row.photo_kit == pytest.approx(wanted["photo_kit"])
        assert row.total == pytest.approx(wanted.sum())
        assert book["price_photo_kit"].label == "assumption"


def test_without_elasticity_nothing_comes_back():
    book = exposure.ledger().changed(photo_kit_price_elasticity=0.0)
    table = facemarket.feedback([0.0, 1.0], book=book)
    assert table["kit_price"].nunique() == 1
    assert (table["change"] == 0).all()


def test_replayed_faces_put_numbers_in_the_names_of_those_whose_face_is_out():
    rng = np.random.default_rng(3)
    crowd = people.population(200, rng)
    out = np.zeros(200, dtype=bool)
    out[[3, 50]] = True
    visits = facemarket.replays(crowd, out, 2000, rng)
    assert set(visits.holder) == {3, 50}
    assert (visits.visitor != visits.holder).all()
    register = registers.numbers(counter.Counter("portrait").run(visits, rng))
    assert 0 < len(register) < 2000
    assert set(register["registered"]) <= {3, 50}
    assert registers.in_other_hands(register).all()
    assert not register["agreed"].any()
    issued = accounts.of_register(register, 200)
    assert len(issued) == len(register)
    with pytest.raises(ParameterError, match="beyond"):
        accounts.of_register(register, 10)
    with pytest.raises(ParameterError, match="Nobody"):
        facemarket.replays(crowd, np.zeros(200, dtype=bool), 5, rng)


def test_a_number_for_each_service_stops_the_join_but_not_the_register():
    there = world(3, years=0)
    rng = np.random.default_rng(3)
    spills = [breach.spill(there, name, rng) for name in SOME]
    kept = linkage.with_aliases(there, spills).summary()
    assert kept["numbers_joined"] == kept["profiles_mixed"] == 0
    bank = len(spills[SOME.index("bank")])
    assert kept["accounts_named"] == pytest.approx(bank / sum(map(len, spills)))
    leaked = linkage.with_aliases(there, spills, register=True)
    shared = linkage.linked(there, spills, register=True)
    assert np.array_equal(leaked.by_person, shared.by_person)
    assert leaked.wrong_name == pytest.approx(shared.wrong_name)
    later = accounts.recycled(there, 3, rng)
    spills = [breach.spill(later, name, rng) for name in SOME]
    fewer = linkage.with_aliases(later, spills, register=True).wrong_name
    assert fewer < linkage.linked(later, spills, register=True).wrong_name
    with pytest.raises(ParameterError, match="twice"):
        linkage.with_aliases(there, [spills[0], spills[0]])
