"""How much memory the processes of a worker hold, seen from outside."""

from __future__ import annotations

from . import survivors

_OWN = ("Private_Clean:", "Private_Dirty:")


def held_below(guard: int) -> int:
    """Bytes that the candidates below a worker's guard hold, shared pages by share.

    The guard's child is the zygote; what counts is below it.
    """
    tree = survivors.descendants(guard)
    return sum(proportional(pid) for pid in tree[1:])


def proportional(pid: int) -> int:
    """A process's memory in bytes, every shared page divided by those who share it."""
    return _field(pid, "Pss:")


def private(pid: int) -> int:
    """Bytes no other process shares."""
    return _field(pid, *_OWN)


def _field(pid: int, *names: str) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            lines = [line.split() for line in file]
    except OSError:
        return 0
    return sum(int(line[1]) for line in lines if line and line[0] in names) * 1024
