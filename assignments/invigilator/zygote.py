"""The warm process that becomes a candidate by forking. Started by exec, one per worker.

    python -P -s -m invigilator.zygote <descriptor>

`-P -s` with an environment of our own is `-I` without its one drawback: the hash seed can be set, so
that a regrade iterates over sets in the same order. The caller sends one frame of settings, then

    {"do": "spawn", "student": text, "seed": number} and a descriptor -> {"pid": n}
    {"do": "end"}                                                       -> {"status": …, "reaped": n}

and closes the socket when it is done.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from .limits import Limits
from .protocol import LinkClosed, receive_json, send_json
from .sandbox import CANDIDATE, Confinement, Sandbox, SandboxUnavailable
from .worlds import enter


def main() -> int:
    """Build the sandbox, warm up, serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    settings, _ = receive_json(control)
    limits = Limits.from_json(settings["limits"])
    try:
        confinement = enter(Sandbox.from_json(settings["sandbox"]), settings["base"])
    except (SandboxUnavailable, OSError) as error:
        send_json(control, {"unavailable": str(error)})
        return 1
    zygote = Zygote(control, confinement, limits, settings)
    signal.signal(signal.SIGTERM, lambda *_: zygote.leave())
    zygote.warm_up()
    send_json(control, {"ready": True, "layers": confinement.layers})
    zygote.serve()
    return 0


class Zygote:
    """Forks one candidate at a time."""

    def __init__(
        self,
        control: socket.socket,
        confinement: Confinement,
        limits: Limits,
        settings: dict[str, Any],
    ) -> None:
        self.control, self.confinement, self.limits = control, confinement, limits
        self.records = list(settings["records"])
        self.files = {name: bytes.fromhex(text) for name, text in settings["files"].items()}
        self.pid = 0

    def warm_up(self) -> None:
        """Load everything a candidate needs; nothing may need loading after the fork."""
        from . import candidate, shell, warmth

        with self.confinement.warm_room() as room:
            os.environ.update(environment(room))
            warmth.libraries()
            self.cells = shell.Cells(shell.make_shell(self.limits))
            warmth.inline_figures(self.cells.shell)
            warmth.rehearse(self.cells)
        self.serve_candidate = candidate.Candidate
        for entry in self.settings_paths():
            sys.path.remove(entry)
        self.confinement.prepare()
        warmth.settle()

    @staticmethod
    def settings_paths() -> list[str]:
        """Entries of the search path that name no folder."""
        return [entry for entry in sys.path if entry == ""]

    def serve(self) -> None:
        """Do what the caller says until it closes the socket."""
        while True:
            try:
                request, descriptors = receive_json(self.control, fds=1)
            except LinkClosed:
                self.leave()
            if request["do"] == "spawn":
                self.spawn(request, descriptors[0])
                os.close(descriptors[0])
                send_json(self.control, {"pid": self.pid})
            else:
                send_json(self.control, self.end())

    def spawn(self, request: dict[str, Any], link: int) -> None:
        """Fork a candidate that serves on `link`."""
        self.pid = os.fork()
        if self.pid:
            return
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self.confinement.confine(CANDIDATE, self.limits, (link,))
            room = self.confinement.room
            os.environ.update(environment(room), JUPYTERHUB_USER=request["student"])
            self.lay_out_files()
            self.cells.catch_descriptors(f"{room}/tmp")
            reseed(int(request["seed"]))
            sys.path.insert(0, "")
            self.serve_candidate(
                socket.socket(fileno=link), self.cells, self.limits, self.records
            ).serve()
        except LinkClosed:
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a candidate ends here, whatever happened in it
            os.write(2, traceback.format_exc().encode())
            os._exit(70)

    def lay_out_files(self) -> None:
        """Copy what lies beside the notebook into the working folder."""
        for name, data in self.files.items():
            if os.path.dirname(name):
                os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, "wb") as file:
                file.write(data)

    def end(self) -> dict[str, Any]:
        """End the candidate and everything it started; how it ended if it was already over."""
        status = None
        if self.pid:
            try:
                pid, code = os.waitpid(self.pid, os.WNOHANG)
                status = os.waitstatus_to_exitcode(code) if pid else None
            except ChildProcessError:
                status = None
        self.pid = 0
        return {"status": status, "reaped": self.confinement.sweep()}

    def leave(self) -> NoReturn:
        """The caller is gone: leave nothing behind."""
        self.confinement.sweep()
        os._exit(0)


def environment(room: str) -> dict[str, str]:
    """The few variables student code finds."""
    return {
        "TMPDIR": f"{room}/tmp",
        "IPYTHONDIR": f"{room}/tmp/ipython",
        "MPLCONFIGDIR": f"{room}/tmp/matplotlib",
        "JUPYTER_CONFIG_DIR": f"{room}/tmp/jupyter",
    }


def reseed(seed: int) -> None:
    """Each candidate draws its own numbers, the same ones when it is marked again."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed & 0xFFFFFFFF)


if __name__ == "__main__":
    sys.exit(main())
