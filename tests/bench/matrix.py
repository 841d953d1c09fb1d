"""The hostile corpus as a matrix: stock nbgrader, and the engine by user and layers; and kills."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path

import ordinary

HERE = Path(__file__).resolve().parent


FAMILIES = {
    "machinery": "interpreter and tools patched", "objects": "values that lie",
    "host": "the machine, other people's work", "bombs": "size and time",
    "documents": "the file and what lies beside it", "pages": "feedback pages",
    "again": "handing in again to keep a mark",
}  # fmt: skip


def stock_table(result: Path) -> list[str]:
    """What the corpus did to stock nbgrader, by family."""
    from hostile.corpus import MODULES

    found = {name: one for name, one in json.loads(result.read_text()).items()
             if "error" not in one}  # fmt: skip
    lines = ["| hostile notebooks under stock nbgrader 0.9.6 | measured | marks gained or kept |"
             " batch stopped, or no mark | harm to machine or others | under the engine |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    harms: Counter[str] = Counter()
    sums = [0] * 5
    for module in MODULES:
        family = FAMILIES.get(module.__name__.rpartition(".")[2])
        if family is None:
            continue
        told = [found[attack.name] for attack in module.ATTACKS if attack.name in found]
        kinds = [{kind(harm) for harm in one["harms"]} - {""} for one in told]
        harms.update(one for kept in kinds for one in kept)
        row = [len(told), len(module.ATTACKS), sum(bool(one["gain"]) for one in told),
               sum(bool(one["stopped"] or one["unmarked"] or one["late"]) for one in told),
               sum(map(bool, kinds))]  # fmt: skip
        sums = [old + new for old, new in zip(sums, row, strict=True)]
        lines.append(row_of(family, row))
    lines.append(row_of("**together**", sums))
    said = ", ".join(f"{what} by {count}" for what, count in sorted(harms.items()))
    return [*lines, "", f"Harms under stock: {said}. Its feedback also shows hidden test cells as "
            "they are; that is not counted."]  # fmt: skip


def row_of(family: str, row: list[int]) -> str:
    """One line of the table."""
    measured, there, gained, stopped, harmed = row
    return f"| {family} | {measured} of {there} | {gained} | {stopped} | {harmed} | 0 |"


def kind(harm: str) -> str:
    """The class of a harm, "" for what every stock page shows of hidden tests."""
    for word, name in (
        ("host file written", "host files written"), ("submitted changed", "submissions changed"),
        ("source changed", "instructor's source changed"), ("network", "network reached"),
        ("bystander", "other processes signalled or killed"), ("leftover", "processes left behind"),
        ("other submission", "another submission read"), ("host file leaked", "host files read"),
        ("gradebook leaked", "gradebook read"), ("script in feedback", "script in a page"),
        ("breach", "forbidden kernel interface reached"),
    ):  # fmt: skip
        if word in harm:
            return name
    return ""


def engine_table() -> list[str]:
    """Root and user, with and without namespaces: the pytest run of the corpus for each."""
    import subprocess

    lines = ["| engine | hostile notebooks: passed, failed, skipped |", "|---|---|"]
    for who in ("root", "ordinary user") if os.getuid() == 0 else ("ordinary user",):
        for layers in ("best", "landlock"):
            words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                     str(HERE.parent / "test_hostile.py")]  # fmt: skip
            if who != "root" and os.getuid() == 0:
                words = ordinary.command(words)
            asked = {**os.environ, "HOSTILE_LAYERS": layers, "HOSTILE": "bench"}
            done = subprocess.run(words, env=asked, capture_output=True, text=True)
            said = done.stdout.strip().split("\n")
            last = "; ".join([said[-1].strip("= "), *(
                line for line in said if line.startswith(("FAILED", "ERROR")))])
            what = "namespaces" if layers == "best" else "Landlock and seccomp alone"
            lines.append(f"| as {who}, {what} | {last} |")
    return lines


def kills(number: int) -> list[str]:
    """kill -9 of any process at random moments; how often the same state was reached."""
    from hostile import kills as killing
    from hostile.stage import Stage
    from test_hostile import adopt

    same = classes = 0
    with Stage([]) as stage:
        adopt(stage)
        killing.prepare(stage)
        trials = killing.Trials(stage, killing.command(stage))
        for seed in range(1000, 1000 + number // 10):
            reached = trials.trial(seed, 10)
            classes += len(reached)
            same += sum(state == trials.wanted for state in reached)
        trials.close()
    by_role = ", ".join(f"{role} {n}" for role, n in sorted(Counter(trials.killed).items()))
    return [f"{len(trials.killed)} times `kill -9` ({by_role}): {same} of {classes} classes "
            "reached the state of a calm run, gradebook rows and files byte for byte, and left no "
            "process and no folder."]  # fmt: skip
