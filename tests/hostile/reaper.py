"""Run a command as child subreaper; report and end every process it leaves behind.

Usage: reaper.py REPORT COMMAND… Whoever is orphaned below the command becomes our child, so no
daemon can hide, double fork or not.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time


def children(pid: int) -> list[int]:
    """Direct children of a process that are not zombies."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as f:
                    fields = f.read().rsplit(b")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] not in b"ZX":
                found.append(int(name))
    return found


def describe(pid: int) -> str:
    """What a process looks like."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            line = f.read().replace(b"\0", b" ").decode(errors="replace").strip()
        with open(f"/proc/{pid}/comm") as f:
            return f"{f.read().strip()}: {line[:200]}"
    except OSError:
        return "gone"


def main() -> int:
    """Run, wait, look, end."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    process = subprocess.Popen(sys.argv[2:])
    signal.signal(signal.SIGTERM, lambda *_: process.kill())
    code = process.wait()
    time.sleep(0.3)
    left = [describe(pid) for pid in children(os.getpid())]
    for _ in range(200):
        rest = children(os.getpid())
        if not rest:
            break
        for pid in rest:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.02)
    with open(sys.argv[1], "w") as f:
        json.dump({"code": code, "left": left}, f)
    return 0


if __name__ == "__main__":
    sys.exit(main())
