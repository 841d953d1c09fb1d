"""The warm process that becomes a candidate by forking. Started by exec, one per worker.

    python -P -s -m invigilator.zygote <descriptor>

`-P -s` with an environment of our own is `-I` without its one drawback: the hash seed can be set,
so that a regrade iterates over sets in the same order.
"""

from __future__ import annotations

import os
import random
import socket
import sys
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from .forking import Forker, run
from .sandbox import CANDIDATE


class Zygote(Forker):
    """Forks candidates."""

    role = CANDIDATE
    descriptors = 1

    def warm_up(self) -> None:
        """Load everything a candidate needs; nothing should need loading after the fork."""
        from . import candidate, shell, warmth

        with self.confinement.warm_room() as room:
            os.environ.update(environment(room))
            self.cells = shell.Cells(shell.make_shell(self.limits))
            warmth.modules(self.settings["imports"])
            warmth.figures(self.cells.shell)
            warmth.rehearse(self.cells, self.settings["rehearsal"], self.patience)
        self.candidate = candidate.Candidate
        self.files = {name: bytes.fromhex(text) for name, text in self.settings["files"].items()}
        warmth.settle()

    def patience(self, source: str) -> AbstractContextManager[None]:
        """Interrupt a given cell that takes too long here; give up if it cannot be interrupted."""
        from . import candidate

        limits = self.limits
        give_up = partial(self.give_up, source)
        return candidate.alarm(limits.rehearsal_seconds, limits.grace_seconds, give_up)

    def child(self, request: dict[str, Any], links: list[socket.socket]) -> None:
        """Become the candidate of one submission."""
        room = self.confinement.room
        os.environ.update(environment(room), JUPYTERHUB_USER=request["student"])
        lay_out(self.files)
        self.cells.catch_descriptors(f"{room}/tmp")
        reseed(int(request["seed"]))
        sys.path.insert(0, "")
        self.candidate(links[0], self.cells, self.limits, self.settings["records"]).serve()


def environment(room: str) -> dict[str, str]:
    """Where libraries may keep their files."""
    return {
        "TMPDIR": f"{room}/tmp",
        "IPYTHONDIR": f"{room}/tmp/ipython",
        "MPLCONFIGDIR": f"{room}/tmp/matplotlib",
        "JUPYTER_CONFIG_DIR": f"{room}/tmp/jupyter",
    }


def lay_out(files: dict[str, bytes]) -> None:
    """Copy what lies beside the notebook into the working folder."""
    for name, data in files.items():
        if os.path.dirname(name):
            os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            file.write(data)


def reseed(seed: int) -> None:
    """Each candidate draws its own numbers, the same ones when it is marked again."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed & 0xFFFFFFFF)


if __name__ == "__main__":
    sys.exit(run(Zygote))
