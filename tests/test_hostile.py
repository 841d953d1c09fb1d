"""The hostile corpus as one class: no undeserved mark, no harm, nobody else hurt.

The class is marked once in this machine's best mode; each attack is then judged by itself. What no
layer of this machine stops is skipped by name.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hostile import base, engine
from hostile.corpus import ATTACKS, LIMITED
from hostile.stage import WITNESSES, Stage, environment, run

ENGINE = str(Path(engine.__file__))
TIMEOUT = 900
CLASS = list(ATTACKS)
# Honest people have time. Here, attacks that run into a limit have tight ones, to be done soon; in
# the bench (HOSTILE=bench) all attacks have small ones.
BUDGETS, HURRIED = ("small", frozenset(CLASS)) if os.environ.get("HOSTILE") == "bench" else (
    "tight", LIMITED)  # fmt: skip
LAYERS_ASKED = os.environ.get("HOSTILE_LAYERS", "best")
# which words in the layers of a result stand for a layer that an attack may need
LAYERS = {
    "namespaces": "mount namespace", "landlock": "Landlock", "seccomp": "seccomp",
    "limits": "resource limits", "privileges": "capabilities",
}  # fmt: skip
ALWAYS = {"split", "skeleton", "reader", "coordinator", "sanitiser", "descriptors", "environment",
          "subreaper", "cgroup"}  # fmt: skip


@dataclass
class Verdicts:
    """What marking the class showed."""

    code: int | None
    log: str
    seconds: float
    records: dict[str, dict] = field(default_factory=dict)
    gains: dict[str, str] = field(default_factory=dict)
    harms: dict[str, list[str]] = field(default_factory=dict)
    unfair: dict[str, str] = field(default_factory=dict)
    unmarked: list[str] = field(default_factory=list)
    hurt: list[str] = field(default_factory=list)

    def active(self) -> set[str]:
        """Layers that this machine really had."""
        told = {layer for record in self.records.values() for layer in record["layers"]}
        return ALWAYS | {
            name for name, word in LAYERS.items() if any(word in layer for layer in told)
        }


def mark_class(
    names: list[str], layers: str = LAYERS_ASKED, workers: int = 2, only: Sequence[str] = ()
) -> Verdicts:
    """Mark these attacks and three witnesses in one batch, as `invigilator autograde` does.

    `only` marks these of them, with the rest lying there.
    """
    budgets = engine.BUDGETS[BUDGETS]
    seconds = {"cell": budgets["cell_seconds"], "call": budgets["test_seconds"]}
    with Stage([ATTACKS[name] for name in names], limits=seconds) as stage:
        adopt(stage)
        env = environment(INVIGILATOR_TOKEN=stage.token, PYTHONPATH="")
        command = [sys.executable, ENGINE, str(stage.course), layers, str(workers)]
        early = stage.hand_in_first()
        if early:
            run([*command[:-1], "1"], stage.course, TIMEOUT, env)
            for attack in early:
                assert stage.marks()[attack.name] == base.FULL, "the first hand-in earns all marks"
        # the reference is nobody's; beside a class it has time like the honest
        hurried = [*HURRIED, *([""] if only else [])]
        env |= {"HOSTILE_HURRIED": ",".join(hurried), "HOSTILE_BUDGETS": BUDGETS}
        stage.hand_in_witnesses()
        stage.hand_in()
        told = run([*command, *only], stage.course, TIMEOUT, env)
        records = [json.loads(line[5:]) for line in told["log"].splitlines()
                   if line.startswith("DONE ")]  # fmt: skip
        return Verdicts(
            None if told["late"] else told["code"], told["log"], told["seconds"],
            {record["student"]: record for record in records}, stage.gains(),
            defaultdict(list, stage.harms(told["left"], told["log"])), stage.unfair(),
            stage.unmarked(), stage.witnesses_hurt(),
        )  # fmt: skip


@functools.cache
def kept() -> Path:
    """A folder for the released course: what needs it again copies it."""
    folder = tempfile.mkdtemp(prefix="hs-released-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def adopt(stage: Stage) -> None:
    """Configure the engine in the scratch course and release the assignment."""
    config = stage.course / "nbgrader_config.py"
    config.write_text(
        "from invigilator.adopt import adopt\n" + config.read_text() + "adopt(c)\n"
    )
    stage.generate(
        [sys.executable, "-m", "nbgrader", "generate_assignment", base.ASSIGNMENT, "--create"],
        kept(),
    )


@pytest.fixture(scope="session")
def verdicts() -> Verdicts:
    """The class, marked once."""
    found = mark_class(CLASS)
    assert found.records, f"the engine marked nobody:\n{found.log[-3000:]}"
    return found


def test_corpus_covers_every_threat() -> None:
    """At least a hundred notebooks; each threat class of the threat model is there."""
    assert len(CLASS) >= 100
    threats = " | ".join({ATTACKS[name].threat for name in CLASS})
    for word in (
        "patched assert", "patched compile", "patched run_cell", "patched builtins",
        "patched pandas", "patched NumPy", "input transformer", "AST transformer", "cell hook",
        "always equal", "results spoofed", "frames", "In and gc", "edited metadata",
        "schema versions", "cells deleted, duplicated", "names rebound", "named like libraries",
        "instructor sources", "other submissions", "gradebook", "daemons", "kernel impersonated",
        "parent killed", "parent traced", "network", "symlinks", "forged timestamps",
        "memory bomb", "disk bomb", "process bomb", "output flood", "cell-count bomb", "deep JSON",
        "swallow interrupts", "sleeps under the limit", "script in feedback", "resubmission",
        "forged tags", "nesting", "forged replies", "lying serialisation",
        "exceptions as control flow",
    ):  # fmt: skip
        assert word in threats, f"no attack for: {word}"


def test_batch_runs_to_its_end(verdicts: Verdicts) -> None:
    """No submission stops the batch: everybody has a record, and the run ends by itself."""
    assert verdicts.code == 0, verdicts.log[-3000:]
    assert set(verdicts.records) == set(CLASS) | set(WITNESSES)
    assert verdicts.unmarked == []


def test_honest_neighbours_keep_their_marks(verdicts: Verdicts) -> None:
    """Before, between and after the attackers."""
    assert verdicts.hurt == []


def test_no_harm_without_an_owner(verdicts: Verdicts) -> None:
    """Left processes, written files and contacts that no attack signed."""
    assert verdicts.harms["?"] == []


def test_no_attack_breaks_the_engine(verdicts: Verdicts) -> None:
    """Hostile code ends as graded, unreadable, timed out, out of memory or died."""
    broken = {name: record["notes"] for name, record in verdicts.records.items()
              if record["status"] == "internal error"}  # fmt: skip
    assert broken == {}


@pytest.mark.parametrize("name", CLASS)
def test_attack_gains_nothing_and_harms_nothing(verdicts: Verdicts, name: str) -> None:
    """The fair mark at most, and no canary touched."""
    attack = ATTACKS[name]
    if not set(attack.stops) & verdicts.active():
        pytest.skip(f"{name} needs one of {', '.join(attack.stops)}, which this machine lacks")
    assert verdicts.gains.get(name, "") == ""
    assert verdicts.harms[name] == []
    assert verdicts.unfair.get(name, "") == ""
