"""The counter follows its transition tables, logs what it does and draws alike everywhere."""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from realname.world import counter, draws, eras, fraud, people, queues, registers, scores, visits
from realname.world.parameters import Ledger, ParameterError, ledger
from scipy import special

MIXED = {
    "honest": 0.5, "willing_holder": 0.1, "stolen_id_plus_lookalike": 0.1, "copied_id": 0.05,
    "forged_id": 0.05, "photo_kit": 0.05, "print": 0.03, "replay": 0.03, "mask": 0.03,
    "deepfake": 0.03, "insider": 0.03,
}


def a_log(era: str = "portrait", n: int = 3000, crowd: int = 2000, seed: int = 1, **shop):
    rng = np.random.default_rng(seed)
    seen = visits.drawn(people.population(crowd, rng), n, rng, MIXED)
    return counter.Counter(era, **shop).run(seen, rng)


def every_procedure():
    names = (*eras.ERAS, *eras.ALTERNATIVES)
    return [
        pytest.param(era, fallback, limited, id=f"{era}-{fallback}-{limited}")
        for era, fallback, limited in itertools.product(names, eras.FALLBACKS, (True, False))
        if era == "portrait" or fallback == "clerk"
    ]


@pytest.mark.parametrize(("era", "fallback", "limited"), every_procedure())
def test_every_visit_walks_the_transition_table(era, fallback, limited):
    log = a_log(era, n=1500, fallback=fallback, limited=limited)
    procedure = eras.procedure(era, fallback=fallback, limited=limited)
    for _, events in log.events().groupby("visit"):
        states, results = events["state"].tolist(), events["result"].tolist()
        assert states[0] == "start"
        assert events["step"].tolist() == list(range(1, len(events) + 1))
        for here, result, to in zip(states, results, states[1:], strict=False):
            assert procedure.after(here, result) == to
        assert states[-1] in eras.ENDS
        assert events["attempt"].max() <= ledger().value("attempts_allowed")


@pytest.mark.parametrize(("era", "fallback", "limited"), every_procedure())
def test_procedures_have_no_dead_ends_and_no_orphans(era, fallback, limited):
    procedure = eras.procedure(era, fallback=fallback, limited=limited)
    reached, todo = set(), ["start"]
    while todo:
        state = todo.pop()
        if state in reached:
            continue
        reached.add(state)
        todo += [to for (at, _), to in procedure.transitions.items() if at == state]
    assert {at for at, _ in procedure.transitions} == reached - set(eras.ENDS)
    assert "issued" in reached


def test_match_exactly_when_score_reaches_the_threshold():
    log = a_log(n=20_000)
    events = log.events()
    match = events[events["state"] == "match"]
    assert match["score"].notna().all()
    assert ((match["result"] == "pass") == (match["score"] >= log.threshold)).all()
    assert events.loc[events["state"] != "match", "score"].isna().all()


@pytest.mark.parametrize("n", [400, counter.CHUNK + 500])
def test_limit_of_five_counts_in_order_of_arrival(n):
    rng = np.random.default_rng(4)
    crowd = people.population(40 if n < 1000 else 8000, rng)
    log = counter.Counter("id_photo").run(visits.drawn(crowd, n, rng), rng)
    table = log.visits()
    reached = table[(table["last_check"] == "limit")]
    held: dict[tuple[int, int], int] = defaultdict(int)
    for pid, row in enumerate(crowd.numbers):
        for carrier, count in enumerate(row):
            held[pid, carrier] = int(count)
    for holder, carrier, issued in zip(
        reached["holder"], reached["carrier"].cat.codes, reached["issued"], strict=True
    ):
        assert issued == (held[holder, carrier] < 5)
        held[holder, carrier] += issued
    assert (~reached["issued"]).any()


class OnTheThreshold(scores.Profile):
    """A matcher whose every comparison ends exactly on the threshold."""

    def mated(self, rng, person, share, shift=0.0):
        return np.full(person.size, self.threshold(1e-4))


def test_a_score_equal_to_the_threshold_is_a_match():
    rng = np.random.default_rng(3)
    tied = OnTheThreshold("tied", 8.0, 2.5, "assumption", "test")
    crowd = people.population(50, rng)
    log = counter.Counter(matcher=tied, fmr=1e-4).run(visits.drawn(crowd, 100, rng), rng)
    events = log.events()
    match = events[events["state"] == "match"]
    assert (match["result"] == "pass").all() and (match["score"] == log.threshold).all()


def test_limit_can_be_switched_off():
    assert a_log("id_photo", crowd=20, limited=False).counts().index.tolist().count("limit") == 0


def test_same_seed_gives_the_same_log_on_every_platform():
    log = a_log(n=5000, seed=20191201)
    columns = (log.visit, log.state, log.result, log.attempt)
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(c).tobytes() for c in columns))
    assert digest.hexdigest()[:16] == "0cb9ac05f8d1f1ed"


def test_normal_draws_are_bit_for_bit_fixed():
    z = draws.normal(np.random.default_rng(7), 100_000)
    assert hashlib.sha256(z.tobytes()).hexdigest()[:16] == "d6198a7d629374a8"


def test_draws_follow_their_distributions():
    p = np.concatenate([np.linspace(1e-9, 1 - 1e-9, 20_001), 10.0 ** -np.arange(10, 300, 7)])
    assert np.allclose(draws.inverse_normal(p), special.ndtri(p), rtol=1e-13, atol=1e-15)
    assert np.allclose(draws.logarithm(p), np.log(p), rtol=1e-13, atol=1e-15)
    rng = np.random.default_rng(3)
    count = draws.poisson(rng, 0.3, 200_000)
    assert abs(count.mean() - 0.3) < 5 * (0.3 / 200_000) ** 0.5
    picked = np.bincount(draws.pick(rng, [1, 0, 3], 100_000), minlength=3) / 100_000
    assert picked[1] == 0 and abs(picked[0] - 0.25) < 0.007
    assert abs(draws.exponential(rng, 5.0, 100_000).mean() - 5) < 0.08


def test_closed_form_of_refusals_meets_the_simulated_counter():
    rng = np.random.default_rng(8)
    n = 400_000
    crowd = people.population(n, rng)
    log = counter.Counter(fallback="refuse", limited=False).run(visits.drawn(crowd, n, rng), rng)
    table = log.visits()
    expected = scores.expected_refusals(scores.profile("2018_id_photo"), 1e-4).set_index("group")
    first = ~((table["attempts"] == 1) & table["issued"])
    for group, rows in table.groupby("group", observed=True):
        for seen, column in ((first[rows.index], "first"), (rows["machine_refused"], "after")):
            rate = expected.loc[group, column]
            assert abs(seen.mean() - rate) < 5 * (rate / len(rows)) ** 0.5, (group, column)


@pytest.mark.parametrize("mode", scores.RATIO_MODES)
def test_false_matches_of_groups_follow_the_closed_form(mode):
    fmr, n = 1e-3, 200_000
    rng = np.random.default_rng(9)
    crowd = people.population(n, rng)
    seen = visits.drawn(crowd, n, rng, {"stolen_id_plus_lookalike": 1})
    shop = counter.Counter(fmr=fmr, mode=mode, book=ledger().changed(
        attempts_allowed=1, bpcer=0.005), fallback="refuse", limited=False)
    events = shop.run(seen, rng).events()
    match = events[events["state"] == "match"].set_index("visit")
    group = seen.table()["group"].loc[match.index]
    at = scores.shifts(shop.matcher, fmr, mode)
    for i, name in enumerate(at.names):
        rows = match["result"][group == name] == "pass"
        rate = shop.matcher.fmr(shop.matcher.threshold(fmr), at.impostor[i] + at.lookalike)
        assert abs(rows.mean() - rate) < 5 * (rate / len(rows)) ** 0.5, name


def test_constant_mode_keeps_ratios_and_shift_mode_lets_them_grow():
    matcher = scores.profile("2018_id_photo")
    for fmr in (1e-3, 1e-5):
        cut = matcher.threshold(fmr)
        held = scores.shifts(matcher, fmr, "constant").impostor
        moved = scores.shifts(matcher, fmr, "shift").impostor
        ratios = scores.groups()["fmr_ratio"].to_numpy()
        assert np.allclose([matcher.fmr(cut, d) / fmr for d in held], ratios)
        seen = np.array([matcher.fmr(cut, d) / fmr for d in moved])
        if fmr == 1e-3:
            assert np.allclose(seen, ratios)
        else:
            assert (seen[ratios > 1] > ratios[ratios > 1]).all()


def test_artefacts_pass_liveness_at_their_species_rate():
    rng = np.random.default_rng(10)
    crowd = people.population(5000, rng)
    for species in ("print", "replay", "mask", "deepfake"):
        log = counter.Counter(fallback="refuse").run(
            visits.alike(crowd, 40_000, rng, document="borrowed", face=species), rng
        )
        events = log.events()
        first = events[(events["state"] == "liveness") & (events["attempt"] == 1)]
        rate = ledger().value(f"apcer_{species}")
        assert abs((first["result"] == "pass").mean() - rate) < 5 * (rate / len(first)) ** 0.5


def test_injection_works_from_home_and_not_in_a_shop():
    rng = np.random.default_rng(11)
    crowd = people.population(500, rng)
    got = {
        channel: counter.Counter(fallback="refuse").run(
            visits.alike(crowd, 5000, rng, document="borrowed", face="injection",
                         channel=channel), rng).issued.mean()
        for channel in visits.CHANNELS
    }
    assert got["shop"] == 0 and got["remote"] > 0.3


def test_willing_holders_pass_like_honest_people_and_insiders_always():
    rng = np.random.default_rng(12)
    crowd = people.population(20_000, rng)
    rates = {}
    for route in ("honest", "willing_holder", "insider"):
        seen = visits.drawn(crowd, 20_000, rng, {route: 1})
        rates[route] = counter.Counter(limited=False).run(seen, rng).issued.mean()
    assert rates["insider"] == 1
    assert abs(rates["honest"] - rates["willing_holder"]) < 0.004


def test_older_photographs_match_worse_once_ageing_is_switched_on():
    rng = np.random.default_rng(15)
    crowd = people.population(60_000, rng)
    seen = visits.drawn(crowd, 60_000, rng)
    old = crowd.photo_years[seen.holder] > 8
    young = crowd.photo_years[seen.holder] < 2
    adult = crowd.group[seen.holder] <= 1
    for ageing, apart in ((0.0, False), (0.06, True)):
        shop = counter.Counter(book=ledger().changed(photo_ageing=ageing))
        first = shop.run(seen, np.random.default_rng(1)).events()
        first = first[(first["state"] == "match") & (first["attempt"] == 1)].set_index("visit")
        failed = (first["result"] == "fail").reindex(range(len(seen)))
        gap = failed[old & adult].mean() - failed[young & adult].mean()
        assert (gap > 0.008) == apart, gap


def test_wrong_response_is_never_live():
    rng = np.random.default_rng(13)
    crowd = people.population(50, rng)
    log = counter.Counter(fallback="refuse").run(
        visits.alike(crowd, 200, rng, wrong_response=True), rng)
    assert not log.issued.any()


def test_the_fallback_decides_more_than_the_threshold():
    """Look-alikes: a clerk behind the machine lets through what the machine refused."""
    rng = np.random.default_rng(14)
    crowd = people.population(20_000, rng)
    seen = visits.alike(crowd, 40_000, rng, document="borrowed", face="lookalike")
    rate = {
        fallback: counter.Counter(fallback=fallback, limited=False).run(seen, rng).issued.mean()
        for fallback in eras.FALLBACKS
    }
    single = 11 * 1e-4
    assert rate["refuse"] < 3 * single * 5
    assert abs(rate["clerk"] - 0.14) < 0.02
    assert rate["refuse"] < rate["vouching"] < rate["clerk"]


def test_register_keeps_registered_person_and_user_apart():
    log = a_log("id_copy", n=4000)
    register = registers.numbers(log)
    assert register["number"].is_unique and register["number"].str.startswith("000").all()
    by_route = registers.in_other_hands(register).groupby(register["route"], observed=True)
    apart = by_route.mean()
    assert apart["honest"] == 0 and (apart.drop("honest") == 1).all()
    assert (registers.numbers(a_log("none"))["registered"] == -1).all()
    owed = registers.billed(register)
    stolen = register[~register["route"].isin(["honest", "willing_holder"])]
    assert owed.sum() == len(stolen) and set(owed.index) == set(stolen["registered"])


def test_notice_reaches_only_people_who_did_not_agree():
    register = registers.numbers(a_log("id_copy", n=20_000))
    told = registers.notified(register, np.random.default_rng(1))
    assert told.loc[told["agreed"], "cancelled_day"].isna().all()
    share = told.loc[~told["agreed"], "cancelled_day"].notna().mean()
    assert abs(share - ledger().value("holder_reacts")) < 0.03


def test_buyers_choices_add_up_to_constant_elasticity_shares():
    for sigma in (1.0, 1.5, 3.0):
        cost = fraud.outlay("portrait")
        pull = {route: c**-sigma for route, c in cost.items() if np.isfinite(c)}
        shares = pd.Series(pull) / sum(pull.values())
        n = 60_000
        seen = fraud.choices(n, "portrait", np.random.default_rng(5), sigma).value_counts() / n
        assert seen.get("street_sim", 0) == 0
        for route, share in shares.items():
            assert abs(seen[route] - share) < 5 * (share / n) ** 0.5 + 1e-12


def test_trials_show_what_each_procedure_stops():
    rate = fraud.trials(3000, np.random.default_rng(7), fallback="refuse")
    assert (rate["none"] == 1).all() and (rate.loc["insider"] == 1).all()
    assert rate.loc["stolen_id_stranger"].tolist() == sorted(
        rate.loc["stolen_id_stranger"], reverse=True)
    honest = rate.loc["honest"]
    assert honest["id_photo"] == pytest.approx(0.94, abs=0.02)
    assert rate.loc["willing_holder", "portrait"] > 0.96


def test_old_stock_delays_the_effect():
    path = fraud.after_the_rule([0, 1, 50])
    total = path["total"].tolist()
    levels = fraud.outlook().sum()
    assert total[0] == pytest.approx(levels["id_photo"])
    assert total[2] == pytest.approx(levels["portrait"], rel=1e-3)
    assert total[0] > total[1] > total[2]


def test_queue_agrees_with_theory_and_with_lindley():
    rng = np.random.default_rng(6)
    service = draws.exponential(rng, 3.0, 60_000)
    served = queues.day(service, rng, per_hour=12)  # load 0.6: mean wait = rho / (mu - lambda)
    assert served["waits"].mean() == pytest.approx(0.6 / (1 / 3 - 1 / 5), rel=0.10)
    gaps = np.diff(served["arrives"])
    wait = 0.0
    for i in range(1, 2000):
        wait = max(0.0, wait + service[i - 1] - gaps[i - 1])
        assert served["waits"][i] == pytest.approx(wait, abs=1e-6)
    two = queues.day(service[:5000], np.random.default_rng(2), clerks=2, per_hour=12)
    one = queues.day(service[:5000], np.random.default_rng(2), clerks=1, per_hour=12)
    assert two["waits"].mean() < one["waits"].mean()


def test_minutes_at_the_counter_leave_out_the_return_visit():
    log = a_log(n=2000)
    table = log.visits()
    back = table["minutes"] - queues.minutes_at_counter(log)
    assert (back == np.where(table["issued"], 0, ledger().value("minutes_return"))).all()


def test_every_parameter_is_labelled_and_sourced():
    for name, parameter in ledger().items():
        assert parameter.label in ("verified", "assumption", "measured")
        assert parameter.source and parameter.unit
        if parameter.label == "verified":
            assert parameter.address.startswith("http"), name
        assert parameter.label in repr(parameter) and parameter.label in parameter._repr_html_()


def test_changing_a_parameter_makes_it_the_readers_assumption():
    mine = ledger().changed(lookalike_multiplier=5)
    assert mine["lookalike_multiplier"].label == "assumption"
    assert ledger()["lookalike_multiplier"].value == 11
    with pytest.raises(ParameterError, match="outside"):
        ledger().changed(bpcer=2)
    with pytest.raises(ParameterError, match="Near: bpcer"):
        ledger()["bpcr"]
    assert isinstance(mine, Ledger)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: counter.Counter("portriat").procedure(), "Unknown era"),
        (lambda: eras.procedure("portrait", fallback="x"), "Unknown fallback"),
        (lambda: scores.profile("x"), "use 2018_id_photo"),
        (lambda: scores.calibrated("x"), "two are needed"),
        (lambda: scores.profile("2018_id_photo").threshold(0), "between 0 and 1"),
        (lambda: scores.shifts(scores.profile("2018_id_photo"), 1e-4, "x"), "Ratio mode"),
        (lambda: scores.shift_for_ratio(0.5, 3), "lower the ratio"),
        (lambda: people.population(0, np.random.default_rng(0)), "one person or more"),
        (lambda: fraud.outlay("id_copy"), "No prices"),
        (lambda: queues.day(np.ones(2), np.random.default_rng(0), clerks=0), "one or more"),
        (lambda: registers.stock(np.array([-1.0])), "negative"),
        (lambda: visits.drawn(people.population(5, np.random.default_rng(0)), 1,
                              np.random.default_rng(0), {"x": 1}), "Unknown route"),
    ],
)
def test_errors_say_what_and_what_to_do_in_one_line(act, says):
    with pytest.raises(ParameterError, match=says) as caught:
        act()
    assert "\n" not in str(caught.value)


def test_progress_is_reported_to_the_end():
    seen = []
    rng = np.random.default_rng(1)
    total = counter.CHUNK + 10
    many = visits.drawn(people.population(100, rng), total, rng)
    counter.Counter("none").run(many, rng, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(counter.CHUNK, total), (total, total)]


@pytest.mark.parametrize(
    "name",
    ["register", "pass_chain", "refused_per_million", "route_shares", "fraud_total", "displacement",
     "refusal_ppv", "break_even", "error_rates", "det_points", "threshold_for_fmr",
     "equal_error_rate", "fit_binormal", "refused_after", "apcer_worst_species"],
)
def test_exercises_are_left_to_the_student(name):
    from realname.world import eventlog, liveness, matching, portraits

    for module in (counter, draws, eras, eventlog, fraud, liveness, matching, people, portraits,
                   queues, registers, scores, visits):
        assert not hasattr(module, name)
