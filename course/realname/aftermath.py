"""What becomes of a face and a number after the counter, compared and drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from realname import data, measure
from realname.notebook import COLOURS, AccessibleFigure, accessible, label_lines, style
from realname.world import (
    accounts,
    breach,
    counter,
    facemarket,
    linkage,
    registers,
    rosters,
    stores,
)
from realname.world.accounts import Accounts, Directory
from realname.world.breach import Spill
from realname.world.exposure import ledger
from realname.world.parameters import Ledger, ParameterError
from realname.world.people import People

KINDS = {
    "central": "one central store", "per_operator": "one store an operator", "none": "no store",
}  # fmt: skip
CELLS = {"date of birth and sex": 44_640, "year of birth and sex": 120}
"""Cells of equal chance: 60 years of 372 days, two sexes; and 60 years, two sexes."""


def names_on_file(world: Accounts, service: str) -> pd.Series:
    """Of the accounts of a real-name service: how many stand in the writer's own name, and why not.

    Counts of accounts: own name, in other hands, left behind by an earlier holder of the number.
    """
    shown = accounts.behind(world, service)
    left = int(world.left[:, world.column(service)].sum())
    right = int(shown["right"].sum())
    counts = {"own name": right, "in other hands": len(shown) - right - left, "left behind": left}
    return pd.Series(counts, name=service)


def alone(people: pd.DataFrame, secret: str = "reason") -> pd.DataFrame:
    """How far a list of people can be blurred: alone (in 100), k and l, by what stays on the list.

    ``people`` as from ``rosters.roster``. A missing district counts as a value of its own.
    Raises ParameterError for a list without ``born``, ``sex``, ``district`` or the secret.
    """
    for column in ("born", "sex", "district", secret):
        if column not in people:
            raise ParameterError(
                f"The list of people has no column {column!r}: start from rosters.roster."
            )
    rows = []
    for grain in rosters.GRAINS:
        for district in (True, False):
            table = rosters.blurred(people, grain)
            columns = [name for name in ("born", "sex", "district") if name in table]
            if not district:
                columns.remove("district")
            rows.append({
                "born": {"none": "left out"}.get(grain, grain),
                "district": "kept" if district else "left out",
                "alone, in 100": round(100 * measure.uniqueness(table, columns), 1),
                "k": measure.k_anonymity(table, columns),
                "l": measure.l_diversity(table, columns, secret),
            })
    return pd.DataFrame(rows)


def draw_alone(
    people: Sequence[int] = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000),
) -> AccessibleFigure:
    """How many in 100 are alone with what is known of them, by the size of the crowd.

    Closed form, all combinations equally likely (assumption): ``measure.expected_unique``.
    """
    rows = [
        {"people": n} | {name: 100 * measure.expected_unique(n, k) for name, k in CELLS.items()}
        for n in people
    ]
    with style():
        axes = Figure(figsize=(7.4, 3.6)).subplots()
        for name in CELLS:
            axes.plot(list(people), [row[name] for row in rows], label=name)
        axes.set(xscale="log", ylim=(-3, 103), ylabel="alone, in 100 people")
        axes.set_xticks(list(people)[::2], [f"{n:,}" for n in list(people)[::2]])
        axes.minorticks_off()
        axes.set_xlabel("people in the crowd")
        axes.legend(loc="upper right", frameon=False)
        first, last = (100 * measure.expected_unique(n, 44_640) for n in (1_000, 100_000))
        title = f"{first:.0f} of 100 are alone among 1,000 people, {last:.0f} among 100,000"
        said = "; ".join(f"{row['people']:,}: {row['date of birth and sex']:.0f}" for row in rows)
        alt = (
            "Two falling lines against the size of the crowd. In 100 people alone with date of "
            f"birth and sex, by people: {said}. With the year only, hardly anybody is alone beyond "
            "a thousand."
        )
        shown = [{key: round(value, 2) for key, value in row.items()} for row in rows]
        return accessible(axes, title, alt, shown)


def draw_prices() -> AccessibleFigure:
    """Prices of a face, asked or named, on a logarithmic axis: the table ``face_prices``."""
    table = data.load("face_prices").set_index("price").loc[["p2", "p3", "p4", "p7"]]
    words = ["in a bundle of pictures", "one good picture", "picture with identity data",
             "made to pass a liveness check (from 30)"]  # fmt: skip
    each = (table["yuan"] / table["quantity"].where(table["per"] == "lot", 1)).tolist()
    with style():
        axes = Figure(figsize=(7.6, 3.0)).subplots()
        axes.barh(words, each, color=COLOURS["blue"])
        for place, value in enumerate(each):
            axes.text(value, place, f" {value:g}", va="center")
        axes.set(xscale="log", xlim=(0.001, 200))
        steps = [0.001, 0.01, 0.1, 1, 10, 100]
        axes.set_xticks(steps, [f"{step:g}" for step in steps])
        axes.minorticks_off()
        axes.invert_yaxis()
        axes.set_xlabel("price in yuan, each step ten times the last")
        title = f"Bundle to ready-made face: at least {each[-1] / each[0]:,.0f} times the price"
        said = "; ".join(f"{w}: {v:g} yuan" for w, v in zip(words, each, strict=True))
        shown = pd.DataFrame({
            "offer": words, "yuan": each, "year": table["year"].to_numpy(),
            "confidence": table["confidence"].to_numpy(), "caution": table["caution"].to_numpy(),
        })  # fmt: skip
        return accessible(axes, title, f"Four bars on a logarithmic axis. {said}.", shown)


def after_breaches(
    directory: Directory, years: int = 10, *, seed: int = 7, book: Ledger | None = None
) -> pd.DataFrame:
    """What the three designs of a store expect within some years, in 100; exact in the model.

    Columns: design, some face out (chance), faces out (expected share), spread (standard deviation
    of that share), worst (share if every store fails). The chance of a breach is an assumption.
    """
    rows = []
    for kind, words in KINDS.items():
        kept = stores.enrolled(directory, kind, np.random.default_rng(seed), book=book)
        found = breach.summary(breach.outlook(kept.held(3649), years, book)) * 100
        rows.append({
            "design": words, "some face out": found["any"], "faces out": found["expected"],
            "spread": found["sd"], "worst": found["worst"],
        })
    return pd.DataFrame(rows)


def draw_stores(
    directory: Directory, years: int = 10, *, pull: float = 0.0, book: Ledger | None = None
) -> AccessibleFigure:
    """Chance that some face is out, and expected share of faces out, for three designs.

    ``pull``: 0, every store fails alike; 1, in proportion to the people it holds (assumption).
    """
    book = (book or ledger()).changed(breach_size_pull=pull)
    table = after_breaches(directory, years, book=book)
    rows = np.arange(len(table))
    with style():
        axes = Figure(figsize=(7.4, 3.2)).subplots()
        axes.barh(rows - 0.19, table["some face out"], 0.36, color="white", edgecolor="black",
                  hatch="//", label="chance that some face is out")
        axes.barh(rows + 0.19, table["faces out"], 0.36, color=COLOURS["blue"],
                  label="faces out, expected share")
        for place, row in enumerate(table.itertuples(index=False)):
            axes.text(row[1], place - 0.19, f" {row[1]:.0f}", va="center")
            axes.text(row[2], place + 0.19, f" {row[2]:.0f}", va="center")
        axes.set_yticks(rows, table["design"])
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        chance = 100 * book.value("breach_per_year")
        axes.set_xlabel(f"in 100, within {years} years (a breach: {chance:g} in 100 a year)")
        axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.2), ncols=2, frameon=False)
        one, many = table["faces out"][0], table["faces out"][1]
        more = "no fewer" if many >= one - 0.5 else "fewer"
        title = f"Three stores for one: {more} faces out on average ({one:.0f} and {many:.0f})"
        said = "; ".join(
            f"{row[0]}: some face out {row[1]:.0f}, faces out {row[2]:.0f}, spread {row[3]:.0f}"
            for row in table.itertuples(index=False)
        )
        alt = f"Pairs of bars for three designs, in 100. {said}."
        return accessible(axes, title, alt, table.round(1))


def draw_retention(
    directory: Directory, days: Sequence[int] = (1, 7, 30, 90, 365, 1_095, 3_650), *,
    years: int = 10, seed: int = 7, book: Ledger | None = None,
) -> AccessibleFigure:
    """What keeping a face for so many days means: held on a day, and expected out in a breach."""
    whole = stores.enrolled(directory, "central", np.random.default_rng(seed), book=book)
    rows = []
    for keep in days:
        held = whole.kept(keep).held(3649)
        out = breach.summary(breach.outlook(held, years, book))["expected"]
        rows.append({"days kept": keep, "held on a day": 100 * held.mean(), "faces out": 100 * out})
    with style():
        axes = Figure(figsize=(7.4, 3.4)).subplots()
        for name in ("held on a day", "faces out"):
            axes.plot(list(days), [row[name] for row in rows], label=name)
        axes.set(xscale="log", xlim=(0.8, 16_000), ylabel="people, in 100")
        axes.set_xticks(list(days), [f"{keep:,}" for keep in days])
        axes.minorticks_off()
        axes.set_xlabel("days a face is kept")
        label_lines(axes)
        month = next(row for row in rows if row["days kept"] == 30)
        title = (f"Kept 30 days, {month['held on a day']:.1f} of 100 faces lie in the store; "
                 f"kept ten years, {rows[-1]['held on a day']:.0f}")  # fmt: skip
        said = "; ".join(
            f"{row['days kept']:,} days: held {row['held on a day']:.1f}, out "
            f"{row['faces out']:.1f}" for row in rows
        )
        alt = f"Two rising lines over days kept. {said}."
        shown = [{key: round(value, 2) for key, value in row.items()} for row in rows]
        return accessible(axes, title, alt, shown)


def replayed(
    town: People, faces: int, visits: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Numbers that remote visits get with leaked faces, one row each, as ``registers.numbers``.

    The faces of the first ``faces`` people are out; each visit feeds one of them past the camera.
    Raises ParameterError if fewer or more faces are out than there are people.
    """
    if not 0 <= faces <= len(town):
        raise ParameterError(f"{faces} faces of {len(town)} people: use 0 to {len(town)}.")
    out = np.arange(len(town)) < faces
    log = counter.Counter("portrait").run(facemarket.replays(town, out, visits, rng), rng)
    return registers.numbers(log)


def joined(world: Accounts, spills: Sequence[Spill]) -> pd.DataFrame:
    """What leaks give without and with the register, in 100, one row a measure, in words.

    As ``linkage.compared``; each row is of its own unit.
    """
    found = 100 * linkage.compared(world, spills).drop(columns=["register", "leaks"]).T
    words = {
        "numbers_joined": "numbers with two or more leaked accounts",
        "people_joined": "people with two or more leaked accounts",
        "accounts_named": "leaked accounts that get a name",
        "accounts_wrong_name": "leaked accounts that get a wrong name",
        "profiles_mixed": "joined numbers that mix two people",
    }
    found.columns = ["register not leaked", "register leaked"]
    found = found.round(1).rename(index=words)
    return found.reset_index(names="in 100 of their kind")


def with_own_numbers(world: Accounts, spills: Sequence[Spill]) -> pd.DataFrame:
    """The same leaks with one number for all services and with a number a service, in 100.

    Columns: design, register (leaked or not), numbers joined, people joined (missing without the
    register), wrong names (of leaked accounts). Numbers and people are different units.
    """
    rows = []
    for design, join in (("one number", linkage.linked), ("a number a service",
                                                          linkage.with_aliases)):
        for also in (False, True):
            found = join(world, spills, register=also).summary() * 100
            rows.append({
                "design": design, "register": "leaked" if also else "not leaked",
                "numbers joined": found["numbers_joined"], "people joined": found["people_joined"],
                "wrong names": found["accounts_wrong_name"],
            })
    return pd.DataFrame(rows).round(1)


def draw_feedback(
    elasticities: Sequence[float] = (0.0, 0.5, 1.0, 2.0),
    leaked: Sequence[float] = (0.0, 0.001, 0.01, 0.1, 1.0),
) -> AccessibleFigure:
    """Numbers opened with a leaked face, against no leak, for elasticities of the kit's price."""
    columns: dict[str, list[float]] = {}
    totals = []
    for elasticity in elasticities:
        book = ledger().changed(photo_kit_price_elasticity=elasticity)
        table = facemarket.feedback(leaked, book=book)
        kits = table["photo_kit"] / table["photo_kit"][0]
        columns[f"elasticity {elasticity:g}"] = kits.tolist()
        totals.append(100 * float(table["change"].iloc[-1]))
    places = np.arange(len(leaked))
    with style():
        axes = Figure(figsize=(7.4, 3.4)).subplots()
        for name, values in columns.items():
            axes.plot(places, values, label=name)
        axes.set_xticks(places, [f"{100 * share:g}" for share in leaked])
        axes.set(xlabel="faces out, in 100 people", ylim=(0, None),
                 ylabel="numbers by picture kit,\nwithout a leak = 1")
        axes.legend(loc="lower right", frameon=False)
        most = max(values[-1] for values in columns.values())
        title = (f"Numbers by picture kit: up to {most:.1f} times; all routes together: "
                 f"{min(totals):.0f} to {max(totals):.1f}% more")  # fmt: skip
        said = "; ".join(f"{name}: {values[-1]:.2f}" for name, values in columns.items())
        alt = f"Rising lines, one an elasticity; numbers by picture kit, every face out: {said}."
        shown = {"faces out, in 100": [100 * share for share in leaked]}
        shown |= {name: [round(v, 3) for v in values] for name, values in columns.items()}
        return accessible(axes, title, alt, pd.DataFrame(shown))
