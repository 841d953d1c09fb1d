"""Twenty times kill -9, of any process at any moment: nothing lost, nothing twice.

Two hundred run in the bench.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hostile import kills
from hostile.stage import Stage
from test_hostile import adopt

TRIALS, KILLS = 2, 10


@pytest.fixture(scope="module")
def trials() -> Iterator[kills.Trials]:
    """A class, and how it stands when nobody kills anything."""
    with Stage([]) as stage:
        adopt(stage)
        kills.prepare(stage)
        made = kills.Trials(stage, kills.command(stage))
        yield made
        made.close()


@pytest.mark.parametrize("seed", range(TRIALS))
def test_running_again_reaches_the_same_state(trials: kills.Trials, seed: int) -> None:
    """Ten kills, each class run to its end: rows and files equal those of a calm run, and no
    process and no folder is left."""
    before = len(trials.killed)
    reached = trials.trial(seed, KILLS)
    assert len(trials.killed) == before + KILLS
    for one in reached:
        assert one.rows == trials.wanted.rows
        assert one.files == trials.wanted.files
