"""How fast leaks are put together, and at what memory: beside bare NumPy and bare pandas.

    python tests/bench/linkage.py [people]

A million people (by default) with twelve services: the world is built, three years pass, every
service leaks, and all leaks are joined with the register. The same join is done with bare NumPy
(bincount of the concatenated keys) and bare pandas (concat, groupby, merge, groupby) in the same
run. Growth: the same at a quarter of the people; 4 would be in proportion. Seconds of processor
time, so that other work on the machine does not count; joins are medians of five.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from realname.world import accounts, breach, linkage, people

REPEATS = 5


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Median seconds of the repeats, and the last result."""
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), result


def with_numpy(spills: list[breach.Spill], world: accounts.Accounts) -> np.ndarray:
    """Leaked accounts a person, in three calls."""
    d = world.directory
    keys = np.concatenate([spill.number for spill in spills])
    by_number = np.bincount(keys, minlength=len(d))
    return np.bincount(d.registered, by_number, minlength=d.people)


def with_pandas(spills: list[breach.Spill], world: accounts.Accounts) -> pd.Series:
    """The same as a reader of the pandas manual would write it."""
    d = world.directory
    leaks = pd.concat([pd.DataFrame({"number": s.number, "service": s.service}) for s in spills])
    per_number = leaks.groupby("number").size().rename("leaked")
    register = pd.DataFrame({"number": np.arange(len(d)), "person": d.registered})
    return register.merge(per_number, on="number").groupby("person")["leaked"].sum()


def once(n: int) -> dict[str, float]:
    """Seconds of every step for ``n`` people, and memory of the arrays in MB."""
    rng = np.random.default_rng(1)
    start = time.process_time()
    crowd = people.population(n, rng)
    steps = {"people": time.process_time() - start}
    start = time.process_time()
    world = accounts.opened(accounts.directory(crowd, rng), rng)
    steps["numbers and accounts"] = time.process_time() - start
    start = time.process_time()
    world = accounts.recycled(world, 3, rng)
    steps["three years of recycling"] = time.process_time() - start
    start = time.process_time()
    spills = [breach.spill(world, service, rng) for service in world.services]
    steps["twelve leaks"] = time.process_time() - start
    steps["join"], found = timed(lambda: linkage.linked(world, spills, register=True))
    steps["join, bare NumPy"], bare = timed(lambda: with_numpy(spills, world))
    steps["join, bare pandas"], table = timed(lambda: with_pandas(spills, world))
    if not np.array_equal(found.by_person, bare.astype(np.int64)):
        raise SystemExit("The join and bare NumPy differ: one of them is wrong.")
    if int(table.sum()) != int(found.by_person.sum()):
        raise SystemExit("The join and bare pandas differ: one of them is wrong.")
    steps["accounts in leaks"] = float(sum(map(len, spills)))
    in_leaks = sum(s.number.nbytes + s.left.nbytes for s in spills)
    steps["MB of arrays"] = (world.nbytes + in_leaks) / 1e6
    return steps


def main(n: int = 1_000_000) -> None:
    small, large = once(n // 4), once(n)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'':28}{n // 4:>12,}{n:>12,}{'growth':>9}")
    for name, value in large.items():
        print(f"{name:28}{small[name]:12.3f}{value:12.3f}{value / small[name]:9.1f}")
    total = sum(large[name] for name in list(large)[:5])
    print(f"whole, {n:,} people: {total:.2f} s; peak of the process {peak:.0f} MB")
    print(f"join against bare NumPy: {large['join'] / large['join, bare NumPy']:.1f} times")
    print(f"join against bare pandas: {large['join'] / large['join, bare pandas']:.2f} times")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
