"""The sandbox: what this machine offers, entered once by a started process, then by each fork.

A process started by exec calls `enter` before it imports anything heavy. What returns is a process
with a read-only view of the machine in namespaces of its own (or, where those are missing, an
ordinary one) that will fork; every fork calls `Confinement.confine` before it touches a byte of a
student's. Layers are tried in a child first, so that a half-built world never runs.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from . import removal, seccomp, survivors, syscalls, view
from .limits import Limits

NOBODY = 65534
CANDIDATE, EXAMINER = "candidate", "examiner"
_WORLD_LAYERS = (
    "mount namespace with a read-only view",
    "process namespace",
    "network namespace",
    "ipc namespace",
    "hostname namespace",
)


class SandboxUnavailable(Exception):  # noqa: N818 - a state of the machine, named so in the docs
    """This machine cannot confine student code. The text is one line with the repair."""


@dataclass(frozen=True)
class Sandbox:
    """What to build.

    layers    "best": all this machine has; "landlock": no namespaces; "none": nothing at all, for
              marking one's own notebook where there is no Linux
    user      number an administrator's process becomes; ignored for ordinary users
    readable  folders beyond the interpreter's that student code and tests may read
    """

    layers: str = "best"
    user: int = NOBODY
    readable: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary for the processes started by exec."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sandbox:
        """The inverse of `to_json`."""
        return cls(str(data["layers"]), int(data["user"]), tuple(data["readable"]))


class Confinement:
    """A started process's share of the sandbox, and what its forks need to complete it."""

    def __init__(
        self, sandbox: Sandbox, box: str, worlds: str, paths: list[str], processes: int
    ) -> None:
        self.sandbox = sandbox
        self.box = box
        self.worlds = worlds  # "", "users" (unprivileged), "root" (namespaces without users')
        self.paths = paths
        self.processes = processes  # a descriptor of /proc as it was outside
        self.version = syscalls.landlock_version() if sys.platform == "linux" else 0
        self.changes_user = os.getuid() == 0 and sandbox.layers != "none"
        self.user = sandbox.user if self.changes_user else os.getuid()
        self.keep: tuple[int, ...] = ()
        self.layers = self._describe()
        self._rules = -1
        self._programs: dict[str, bytes] = {}
        self._size = 0
        self._others = 0

    @property
    def room(self) -> str:
        """The folder that belongs to one candidate: `work` and `tmp` are in it."""
        return self.box + "/room"

    def _describe(self) -> tuple[str, ...]:
        layers: list[str] = []
        if self.sandbox.layers == "none":
            return ("none",)
        if self.worlds == "users":
            layers.append("user namespace")
        if self.worlds:
            layers += _WORLD_LAYERS
        if self.version:
            layers.append(f"Landlock {self.version}")
        if seccomp.available():
            layers.append("seccomp")
        layers += ["no capabilities", "resource limits"]
        if os.getuid() == 0 or self.sandbox.user == os.getuid():
            layers.append("unprivileged user")
        return tuple(layers)

    def prepare(self) -> None:
        """Make what every fork shares: rule set, compiled filters. Call it once, before forking."""
        self._size = self._address_space()
        if self.sandbox.layers == "none":
            return
        self._others = 0 if self.worlds == "users" else self._processes_of(self.user)
        if self.changes_user and not self.worlds and not _others_may_enter(self.paths):
            # the interpreter lies in a folder closed to others (root's home): reading it needs
            # this one right, which Landlock cuts down to the paths of the view
            self.keep = (syscalls.CAP_DAC_READ_SEARCH,)
            self.layers = tuple(
                "no capabilities but reading" if layer == "no capabilities" else layer
                for layer in self.layers
            )
        if self.version:
            self._rules = self._landlock()
        signals = bool(self.worlds) or self.version >= 6
        if seccomp.available():
            self._programs = {
                role: seccomp.program(
                    signals=signals, programs=role == CANDIDATE, attributes=bool(self.worlds)
                )
                for role in (CANDIDATE, EXAMINER)
            }

    def _landlock(self) -> int:
        rules = syscalls.landlock_ruleset(self.version)
        allowed = syscalls.landlock_rights(self.version)
        on_folder = syscalls.FS_READ_DIR | syscalls.FS_READ_FILE | syscalls.FS_EXECUTE
        on_file = syscalls.FS_READ_FILE | syscalls.FS_EXECUTE
        for path in self.paths:
            real = os.path.realpath(path)
            syscalls.landlock_allow(rules, real, on_folder if os.path.isdir(real) else on_file)
        for path in view.DEVICES:
            if os.path.exists(path):
                both = syscalls.FS_READ_FILE | syscalls.FS_WRITE_FILE
                syscalls.landlock_allow(rules, path, both)
        devices = syscalls.FS_MAKE_CHAR | syscalls.FS_MAKE_BLOCK | syscalls.FS_IOCTL_DEV
        syscalls.landlock_allow(rules, self.box, allowed & ~devices)
        if self.worlds:
            for path in ("/etc/passwd", "/etc/group"):
                syscalls.landlock_allow(rules, path, syscalls.FS_READ_FILE)
        return rules

    def confine(self, role: str, limits: Limits, keep_open: Iterable[int]) -> None:
        """Complete the sandbox in a fork. After this the process is the student's."""
        if self.sandbox.layers == "none":
            self._open_room(role, limits)
            return
        os.setsid()
        self._open_room(role, limits)
        own = (self._rules,) if self._rules >= 0 else ()
        syscalls.close_descriptors((0, 1, 2, *own, *keep_open))
        self._limit_resources(limits)
        if self.changes_user and self.worlds != "users":
            os.setgroups([])
            syscalls.keep_capabilities_on_setuid(bool(self.keep))
            os.setresgid(self.user, self.user, self.user)
            with contextlib.suppress(OSError):
                syscalls.no_root_powers()
            os.setresuid(self.user, self.user, self.user)
        elif self.worlds:
            syscalls.no_root_powers()
        syscalls.drop_capabilities(self.keep)
        syscalls.die_with_parent(signal.SIGKILL)
        syscalls.no_new_privileges()
        if self._rules >= 0:
            syscalls.landlock_enter(self._rules)
            os.close(self._rules)
        if role in self._programs:
            syscalls.filter_system_calls(self._programs[role])

    def _open_room(self, role: str, limits: Limits) -> None:
        if role != CANDIDATE:
            return
        if self.worlds:
            syscalls.unshare(syscalls.NEW_MOUNTS)
            flags = syscalls.MS_NOSUID | syscalls.MS_NODEV
            size = f"mode=0700,size={limits.disk},nr_inodes={limits.files}"
            syscalls.mount("room", self.room, "tmpfs", flags, size)
        else:
            os.mkdir(self.room, 0o700)
        for name in ("work", "tmp"):
            os.mkdir(f"{self.room}/{name}", 0o700)
        if self.changes_user and self.worlds != "users":
            for path in (f"{self.room}/work", f"{self.room}/tmp", self.room):
                os.chown(path, self.user, self.user)
        os.chdir(f"{self.room}/work")

    @contextlib.contextmanager
    def warm_room(self) -> Iterator[str]:
        """A room for the time of warming up; what libraries write there is gone afterwards."""
        if self.worlds:
            syscalls.mount("room", self.room, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV)
        else:
            os.mkdir(self.room, 0o700)
        os.mkdir(f"{self.room}/work")
        os.mkdir(f"{self.room}/tmp")
        os.chdir(f"{self.room}/work")
        try:
            yield self.room
        finally:
            os.chdir("/")
            if self.worlds:
                syscalls.unmount(self.room)
            else:
                removal.remove_tree(self.room)

    def sweep(self) -> int:
        """End what the last candidate left: processes, then files. How many processes it were."""
        reaped = survivors.sweep(whole_namespace=bool(self.worlds))
        if not self.worlds and os.path.isdir(self.room):
            removal.remove_tree(self.room)
        return reaped



    def _limit_resources(self, limits: Limits) -> None:
        ceilings = {
            resource.RLIMIT_AS: self._size + limits.memory,
            resource.RLIMIT_CPU: limits.cpu_seconds,
            resource.RLIMIT_FSIZE: limits.disk,
            resource.RLIMIT_NOFILE: limits.descriptors,
            resource.RLIMIT_NPROC: limits.processes + self._others,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_MEMLOCK: 1 << 16,
            resource.RLIMIT_MSGQUEUE: 0,
        }
        for what, ceiling in ceilings.items():
            _, hard = resource.getrlimit(what)
            if hard != resource.RLIM_INFINITY:
                ceiling = min(ceiling, hard)
            resource.setrlimit(what, (ceiling, ceiling))

    def _address_space(self) -> int:
        pages = _read(self.processes, "self/statm").split()
        return int(pages[0]) * resource.getpagesize() if pages else 1 << 31

    def _processes_of(self, user: int) -> int:
        """Threads the user has already: the kernel's count is one for all of them."""
        count = 0
        for name in os.listdir(self.processes):
            if name.isdigit():
                with contextlib.suppress(OSError):
                    if os.stat(name, dir_fd=self.processes).st_uid == user:
                        status = _read(self.processes, f"{name}/stat").rpartition(b")")[2].split()
                        count += int(status[17])
        return count


def _read(folder: int, name: str) -> bytes:
    with open(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as file:
        return file.read()


def _others_may_enter(paths: Iterable[str]) -> bool:
    """Can any user walk down to each of these?"""
    for path in paths:
        parts = os.path.realpath(path).split("/")
        for depth in range(2, len(parts) + 1):
            if not os.stat("/".join(parts[:depth])).st_mode & stat.S_IXOTH:
                return False
    return True
