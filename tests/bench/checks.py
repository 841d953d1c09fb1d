"""What the checks of each problem set cost: processor time of test cells beside the answers'.

    python tests/bench/checks.py

Asked: 0.3 s of processor time a set for all its test cells, hidden inputs included.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from support.exercises import Desk  # noqa: E402
from support.notebooks import problem_sets  # noqa: E402


def table() -> list[str]:
    """A row a problem set; the first run warms caches and is not counted."""
    lines = ["| problem set | answers and given cells, s | test cells, s | tests to answers |",
             "|---|---|---|---|"]  # fmt: skip
    for path in problem_sets():
        with contextlib.redirect_stdout(io.StringIO()):
            Desk(path, "warm").marks()
            started = time.process_time()
            desk = Desk(path, "speed")
            answers = time.process_time() - started
            checks = sum(mark.seconds for mark in desk.marks().values())
        lines.append(f"| {path.stem[:4]} | {answers:.2f} | {checks:.2f} | {checks / answers:.1f} |")
    return lines


if __name__ == "__main__":
    print("\n".join(table()))
