"""The picture of a handful: people, their numbers, and the accounts that hang on them.

Only for a few invented people: a picture of many shows nothing. Whatever is drawn is also said.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from realname.notebook import AccessibleFigure, accessible, style
from realname.world.accounts import NO_ONE, Accounts, spelled
from realname.world.parameters import ParameterError

MOST = 6
_LINES = ((("registered", "own"), "black", "-"), (("uses", "left"), "#D55E00", "--"))
_SAYS = {
    "registered": "is registered for",
    "uses": "uses, without being registered for it,",
    "own": "carries an account at",
    "left": "still carries an earlier holder's account at",
}


def edges(accounts: Accounts, people: Iterable[int], services: Iterable[str]) -> pd.DataFrame:
    """What hangs together, one row a tie: source, kind, target.

    Kinds: registered (person to number), uses (person to number in another name), own and left
    (number to account). All numbers that these people are registered for or use; accounts only at
    ``services`` (those that leaked).
    Raises ParameterError for more than six people.
    """
    chosen, wanted = sorted(set(people)), set(services)
    if not 1 <= len(chosen) <= MOST:
        raise ParameterError(f"{len(chosen)} people: draw 1 to {MOST}; for more, use linkage.")
    d = accounts.directory
    rows = []
    at = np.flatnonzero(np.isin(d.registered, chosen) | np.isin(d.user, chosen))
    at = at[np.argsort(d.registered[at], kind="stable")]
    for i, key in zip(at, spelled(at), strict=True):
        owner, user = int(d.registered[i]), int(d.user[i])
        rows += [(_name(owner), "registered", key)] if owner != NO_ONE else []
        rows += [(_name(user), "uses", key)] if user not in (owner, NO_ONE) else []
        for kind, there in (("own", accounts.own), ("left", accounts.left)):
            rows += [
                (key, kind, f"{service} {key[-4:]}")
                for j, service in enumerate(accounts.services)
                if there[i, j] and service in wanted
            ]
    return pd.DataFrame(rows, columns=["source", "kind", "target"])


def _name(person: int) -> str:
    return f"person {person}"


def said(table: pd.DataFrame) -> str:
    """The ties in words, one sentence a person or number.

    >>> said(pd.DataFrame({"source": ["person 1"], "kind": ["registered"], "target": ["0001"]}))
    'person 1 is registered for 0001.'
    """
    sentences = []
    for (source, kind), rows in table.groupby(["source", "kind"], sort=False):
        targets = [str(t).split()[0] for t in rows["target"]]
        sentences.append(f"{source} {_SAYS[str(kind)]} {', '.join(targets)}.")
    return " ".join(sentences)


def components(table: pd.DataFrame) -> int:
    """How many separate bundles the ties make: what a buyer takes for that many people.

    >>> components(pd.DataFrame({"source": ["a", "c"], "kind": "own", "target": ["b", "d"]}))
    2
    """
    root: dict[str, str] = {}

    def top(node: str) -> str:
        while root.setdefault(node, node) != node:
            node = root[node]
        return node

    for source, target in zip(table["source"], table["target"], strict=True):
        root[top(source)] = top(target)
    return len({top(node) for node in list(root)})


def draw(
    accounts: Accounts, people: Iterable[int], services: Iterable[str], *, register: bool = False
) -> AccessibleFigure:
    """Numbers in the middle, accounts on the right, and with the leaked register people on the
    left.

    Solid lines: registered or own; dashed: used in another name, or left behind. The alt text says
    every tie, the table lists them.
    """
    table = edges(accounts, people, services)
    if not register:
        table = table[table["kind"].isin(("own", "left"))].reset_index(drop=True)
    if table.empty:
        raise ParameterError("Nothing leaked about these people: choose other services or people.")
    places = _places(table)
    bundles = components(table[table["kind"] != "uses"])  # who uses a number, no leak tells
    with style():
        axes = Figure(figsize=(8.4, 1.2 + 0.28 * max(_tallest(places), 4))).subplots()
        _ties(axes, table, places)
        for node, (x, y) in places.items():
            _box(axes, x, y, node.split()[0] if x == 2 else node)
        columns = ["people in the register", "numbers", "leaked accounts"]
        used = [0, 1, 2] if register else [1, 2]
        axes.set_xticks(used, [columns[i] for i in used])
        heights = [y for _, y in places.values()]
        axes.set(
            xlim=(used[0] - 0.5, 2.5), ylim=(min(heights) - 0.7, max(heights) + 0.7), yticks=[],
            ylabel="boxes, in no scale",
        )
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.tick_params(length=0)
        noun = "bundle" if bundles == 1 else "bundles"
        where = "With" if register else "Without"
        title = f"{where} the register, what leaked falls into {bundles} {noun}"
        alt = f"{len(table)} ties make {bundles} {noun}. {said(table)}"
        return accessible(axes, title, alt, table)


def _places(table: pd.DataFrame) -> dict[str, tuple[int, float]]:
    columns: list[list[str]] = [[], [], []]
    for row in table.itertuples():
        person = row.kind in ("registered", "uses")
        for node, x in ((row.source, 0 if person else 1), (row.target, 1 if person else 2)):
            if node not in columns[x]:
                columns[x].append(str(node))
    tallest = max(map(len, columns))
    places = {}
    for x, nodes in enumerate(columns):
        for i, node in enumerate(nodes):
            places[node] = (x, -(i + 0.5) * tallest / len(nodes))
    return places


def _tallest(places: dict[str, tuple[int, float]]) -> int:
    return max(sum(x == column for x, _ in places.values()) for column in (0, 1, 2))


def _ties(axes: Axes, table: pd.DataFrame, places: dict[str, tuple[int, float]]) -> None:
    for kinds, colour, dash in _LINES:
        rows = table[table["kind"].isin(kinds)]
        ends = [[places[s], places[t]] for s, t in zip(rows["source"], rows["target"], strict=True)]
        axes.add_collection(LineCollection(ends, colors=colour, linestyles=dash, zorder=1))


def _box(axes: Axes, x: float, y: float, words: str) -> None:
    axes.text(
        x, y, words, ha="center", va="center", fontsize=8, zorder=2,
        bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "black"},
    )
