"""Enter the namespaces: from a freshly started process to number 1 of a world of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from . import survivors, syscalls, view
from .sandbox import Confinement, Sandbox, SandboxUnavailable

_LEFT = (
    syscalls.NEW_MOUNTS
    | syscalls.NEW_IPC
    | syscalls.NEW_HOSTNAME
    | syscalls.NEW_NETWORK
    | syscalls.NEW_PROCESSES
)


def enter(sandbox: Sandbox, base: str) -> Confinement:
    """Build the outer layers; returns in the process that will fork.

    base  an empty folder of the caller's, for mount point and working folders

    The process started by exec stays behind as a guard: it waits, and ends whatever is left when
    the returning one is killed. Raises SandboxUnavailable.
    """
    if sandbox.layers == "none":
        return Confinement(sandbox, _box(base), "", [], _outer_processes())
    if sys.platform != "linux":
        raise SandboxUnavailable(
            "grading needs Linux: use WSL2 or a container, or mark only your own notebook"
        )
    paths = view.readable(sandbox.readable)
    worlds = _best_worlds(sandbox, base, paths) if sandbox.layers == "best" else ""
    processes = _outer_processes()
    if not worlds:
        if not syscalls.landlock_version():
            raise SandboxUnavailable(
                "this machine has neither user namespaces nor Landlock: run `invigilator doctor`"
            )
        survivors.take_responsibility()
        _guarded(whole_namespace=False)
        survivors.take_responsibility()
        return Confinement(sandbox, _box(base), "", paths, processes)
    _leave(sandbox, worlds, base, paths)
    _guarded(whole_namespace=True)
    return Confinement(sandbox, "/box", worlds, paths, processes)


def _outer_processes() -> int:
    return os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)


def _box(base: str) -> str:
    os.chmod(base, 0o711)
    box = base + "/box"
    os.makedirs(box, mode=0o711, exist_ok=True)
    return box


def _best_worlds(sandbox: Sandbox, base: str, paths: list[str]) -> str:
    for worlds in ("users", "root") if os.getuid() == 0 else ("users",):
        if _works(partial(_leave, sandbox, worlds, base, paths)):
            return worlds
    return ""


def _works(attempt: Callable[[], None]) -> bool:
    """Does `attempt` succeed in a child of ours?"""
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(OSError):
            attempt()
            code = 0
        os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _leave(sandbox: Sandbox, worlds: str, base: str, paths: list[str]) -> None:
    """Leave the machine's namespaces and see nothing but the view. The next fork is number 1."""
    user, group = os.getuid(), os.getgid()
    own = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    if user == 0:
        syscalls.unshare(_LEFT)
        user = group = sandbox.user
    else:
        syscalls.unshare(syscalls.NEW_USERS | _LEFT)
        _map_users(own, user, group)
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    view.build_root(base, paths, user, group)
    view.enter_root(base)
    if worlds == "users" and os.getuid() == 0:
        # root's rights built the view; from here on they are gone, for us and all that follow
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
        syscalls.show_memory()
        syscalls.unshare(syscalls.NEW_USERS | syscalls.NEW_MOUNTS)
        _map_users(own, user, group)
    os.close(own)


def _map_users(own: int, user: int, group: int) -> None:
    """Inside, only this one user and group exist."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(os.open(name, os.O_WRONLY, dir_fd=own), "w") as file:
            file.write(text)


def _guarded(*, whole_namespace: bool) -> None:
    """Fork: the child returns; this process waits for it and ends what is left."""
    guard = os.getpid()
    child = os.fork()
    if child == 0:
        syscalls.die_with_parent(signal.SIGKILL if whole_namespace else signal.SIGTERM)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.getppid() not in (guard, 0):
            os._exit(1)
        return
    _watch(child, whole_namespace)


def _watch(child: int, whole_namespace: bool) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    _, status = os.waitpid(child, 0)
    if not whole_namespace:  # otherwise the kernel ended everything with its number 1
        survivors.sweep(whole_namespace=False)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
