"""Look at processes by /proc."""

from __future__ import annotations

import os


def processes() -> list[tuple[int, int, str]]:
    """(pid, parent, command line) of everybody alive."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
            with open(f"/proc/{name}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if fields[0] not in b"ZX":
            found.append((int(name), int(fields[1]), line))
    return found


def descendants(top: int) -> list[tuple[int, int, str]]:
    """Everybody below a process."""
    everybody = processes()
    below, level = [], {top}
    while level:
        found = [one for one in everybody if one[1] in level]
        below += found
        level = {pid for pid, _, _ in found}
    return below
