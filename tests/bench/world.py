"""Speed and memory of the world: visits with full event log, portraits rendered and compared.

Each measurement runs in a process of its own, next to bare NumPy arithmetic of the same size: as
many random numbers, comparisons and stored bytes as the log holds; as many picture-wide
multiplications as the portraits take, and the matrix products of the matcher. Ratios say what the
model costs on top. Seconds are seconds of processor time, which a busy machine disturbs least.

Usage: python tests/bench/world.py [RESULT.json]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

SIZES = (10_000, 100_000, 1_000_000)
PICTURES = 10_000
EVENTS_A_VISIT = 7.5
COMPARED_A_VISIT = 1.07
LAYERS = 35  # soft shapes in a portrait
DIRECTIONS = 120


def visits(n: int) -> float:
    """Half as many people as visits, one fraud in a hundred, every event kept."""
    from realname.world import counter, people, visits

    rng = np.random.default_rng(1)
    start = time.process_time()
    shares = {"honest": 0.99, "stolen_id_plus_lookalike": 0.005, "copied_id": 0.005}
    seen = visits.drawn(people.population(n // 2, rng), n, rng, shares)
    log = counter.Counter().run(seen, rng)
    assert log.issued.size == n
    return time.process_time() - start


def bare_visits(n: int) -> float:
    """The same amount of drawing, comparing and storing, without a counter."""
    rng = np.random.default_rng(1)
    start = time.process_time()
    events = int(n * EVENTS_A_VISIT)
    compared = int(n * COMPARED_A_VISIT)
    visit = np.repeat(np.arange(n, dtype=np.int32), 8)[:events]
    score = np.full(events, np.nan)
    score[:compared] = 1 / (1 + np.exp(-(8 + 2.5 * rng.standard_normal(compared))))
    result = (rng.random(events) < 0.95).astype(np.int8)
    state, attempt = result + np.int8(1), result + np.int8(2)
    minutes = np.where(result, np.float32(3), np.float32(1))
    kept = (visit, state, result, attempt, score, minutes)
    assert sum(column.nbytes for column in kept) > 18 * events
    return time.process_time() - start


def portraits(n: int) -> float:
    """Render n live pictures of n / 4 people, make templates, compare each with a document."""
    from realname.world import matching, portraits

    rng = np.random.default_rng(1)
    matcher = matching.trained({"a": 0.5, "b": 0.5}, rng, people=60)
    start = time.process_time()
    people = portraits.faces(n // 4, rng)
    documents = matcher.template(
        portraits.render(people, portraits.id_photos(len(people), rng), rng)
    )
    who = np.repeat(np.arange(len(people)), 4)
    probes = matcher.template(
        portraits.render(people.take(who), portraits.live(n, rng), rng)
    )
    assert matcher.compare(documents[who], probes).shape == (n,)
    return time.process_time() - start


def bare_portraits(n: int) -> float:
    """The same layers as plain arrays: square, add, clip, blend; then two matrix products."""
    rng = np.random.default_rng(1)
    axis = np.linspace(-1, 1, 48, dtype=np.float32)
    total = n + n // 4
    start = time.process_time()
    pictures = np.empty((total, 48, 48), np.uint8)
    for first in range(0, total, 128):
        size = min(128, total - first)
        centre = rng.random((size, 2, LAYERS), dtype=np.float32)
        paint = np.full((size, 48, 48), 0.5, np.float32)
        for layer in range(LAYERS):
            dx = axis[None, None, :] - centre[:, 0, layer, None, None]
            dy = axis[None, :, None] - centre[:, 1, layer, None, None]
            cover = np.clip(1 - dx * dx - dy * dy, 0, 1)
            paint += cover * (np.float32(0.3) - paint)
        paint += np.float32(0.05) * rng.random(paint.shape, dtype=np.float32)
        pictures[first:first + size] = paint * 255
    rows = pictures[:, ::2, ::2].reshape(total, -1).astype(np.float64)
    templates = rows @ rng.random((576, DIRECTIONS)) @ rng.random((DIRECTIONS, 24))
    assert np.sum(templates[:n] * templates[-n:], axis=1).shape == (n,)
    return time.process_time() - start


TASKS: dict[str, Callable[[int], float]] = {
    "visits": visits, "bare visits": bare_visits,
    "portraits": portraits, "bare portraits": bare_portraits,
}


def measured(task: str, n: int) -> dict[str, float]:
    """Processor seconds and megabytes above the imports of one task, in a fresh process."""
    out = subprocess.run(
        [sys.executable, __file__, "--one", task, str(n)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return json.loads(out.splitlines()[-1])


def one(task: str, n: int) -> None:
    """Run one task here and write what it took."""
    import realname.world.counter
    import realname.world.matching  # noqa: F401

    TASKS[task](1000 if "visits" in task else 8)  # warm: tables read, code loaded
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = TASKS[task](n)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": (after - before) / 1024}) + "\n")


def main() -> int:
    """Measure, print a table, write the record if asked to."""
    record: dict[str, dict[str, dict[str, float]]] = {}
    for task, n in [*(("visits", n) for n in SIZES), ("portraits", PICTURES)]:
        sys.stderr.write(f"measuring {n:,} {task}\n")
        record[f"{n:,} {task}"] = {"model": measured(task, n), "bare": measured(f"bare {task}", n)}
    print(f"{'':>18} {'CPU s':>8} {'bare':>7} {'ratio':>6} {'MB':>6} {'bare':>6} {'ratio':>6}")
    for name, pair in record.items():
        model, bare = pair["model"], pair["bare"]
        print(
            f"{name:>18} {model['seconds']:8.2f} {bare['seconds']:7.3f} "
            f"{model['seconds'] / bare['seconds']:6.1f} {model['megabytes']:6.0f} "
            f"{bare['megabytes']:6.0f} {model['megabytes'] / max(bare['megabytes'], 1):6.1f}"
        )
    seconds = [record[f"{n:,} visits"]["model"]["seconds"] for n in SIZES]
    print(f"growth of time from 10,000 to 1,000,000 visits: x {seconds[-1] / seconds[0]:.0f}")
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], int(sys.argv[3]))
    else:
        raise SystemExit(main())
