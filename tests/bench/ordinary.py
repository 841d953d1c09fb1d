"""Run a command as an ordinary user, on a machine where we are root.

Where the interpreter lies in root's closed home, a mount namespace shows just that folder.
Usage: python tests/bench/ordinary.py COMMAND…
"""

from __future__ import annotations

import os
import sys

USER = 4321


def command(words: list[str]) -> list[str]:
    """The words that run `words` as user 4321 with a home of its own."""
    home = f"/tmp/home-{USER}"
    keep = os.path.realpath(sys.base_prefix)
    closed = next((f"/{keep.split('/')[1]}" for _ in [0] if keep.startswith("/root/")), "")
    show = (
        f"mount --bind {keep} /mnt && mount -t tmpfs -o mode=755 none {closed} &&"
        f" mkdir -p {keep} && mount --move /mnt {keep} &&"
        if closed else ""
    )  # fmt: skip
    script = (
        f"{show} mkdir -p {home} && chown {USER}:{USER} {home} &&"
        f" exec setpriv --reuid {USER} --regid {USER} --clear-groups"
        f' env HOME={home} USER=student PYTHONDONTWRITEBYTECODE=1 "$@"'
    )
    return ["unshare", "--mount", "sh", "-c", script, "sh", *words]


if __name__ == "__main__":
    os.execvp("unshare", command(sys.argv[1:]))
