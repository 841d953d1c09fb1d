"""What a confined process can see: the interpreter, the libraries, the course's open data.

The same list serves twice: as read-only binds of a new root, and as Landlock rules.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from . import syscalls

SYSTEM = (
    "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/libexec",
    "/usr/share", "/usr/local/bin", "/usr/local/lib", "/usr/local/share", "/bin", "/sbin", "/lib",
    "/lib32", "/lib64", "/libx32", "/nix/store", "/var/cache/fontconfig", "/etc/ld.so.cache",
    "/etc/localtime", "/etc/timezone", "/etc/fonts", "/etc/alternatives", "/etc/mime.types",
    "/etc/os-release",
)  # fmt: skip
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def interpreter() -> list[str]:
    """Folders of the running Python and of the packages it imports.

    Of a folder that an editable install puts on the path only the packages are taken: such a folder
    may hold submissions, sources and a gradebook beside them.
    """
    prefixes = {os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)}
    # a virtual environment is entered through links; each link's folder must be there too
    executable = sys.executable
    while os.path.islink(executable):
        prefixes.add(os.path.dirname(os.path.dirname(executable)))
        executable = os.path.join(os.path.dirname(executable), os.readlink(executable))
    found = [path for path in sorted(prefixes) if path not in ("/", "/usr", "/usr/local")]
    for entry in sys.path:
        folder = os.path.realpath(entry)
        if not os.path.isdir(folder) or is_below(folder, found) or is_below(folder, SYSTEM):
            continue
        for name in sorted(os.listdir(folder)):
            if os.path.isfile(os.path.join(folder, name, "__init__.py")):
                found.append(os.path.join(folder, name))
    return found


def is_below(path: str, folders: Iterable[str]) -> bool:
    """Is `path` one of `folders` or inside one?

    >>> is_below("/usr/lib/python3", ["/usr/lib"]), is_below("/usr/library", ["/usr/lib"])
    (True, False)
    """
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def readable(extra: Iterable[str]) -> list[str]:
    """Every existing path a confined process may read, outer folders first, none inside another."""
    wanted = [*SYSTEM, *interpreter(), *(os.path.realpath(path) for path in extra)]
    found: list[str] = []
    for path in sorted(set(wanted)):
        if os.path.exists(path) and not is_below(path, found):
            found.append(path)
    return found


def build_root(root: str, paths: Iterable[str], user: int, group: int) -> None:
    """Mount a small file system at `root` that shows `paths`, read-only, and nothing else.

    Leaves `/box/room`, where each candidate mounts its working folder.
    """
    syscalls.mount("root", root, "tmpfs", syscalls.MS_NOSUID, "mode=0755,size=1m")
    for path in paths:
        _show(root, path, syscalls.ATTR_RDONLY | syscalls.ATTR_NOSUID | syscalls.ATTR_NODEV)
    for path in DEVICES:
        if os.path.exists(path):
            _show(root, path, syscalls.ATTR_RDONLY | syscalls.ATTR_NOSUID)
    os.makedirs(root + "/etc", exist_ok=True)
    with open(root + "/etc/passwd", "w") as file:
        file.write(f"student:x:{user}:{group}::/nonexistent:/bin/sh\n")
    with open(root + "/etc/group", "w") as file:
        file.write(f"student:x:{group}:\n")
    os.makedirs(root + "/box/room")
    os.makedirs(root + "/old")
    for link in ("/tmp", "/dev/shm"):
        if not os.path.lexists(root + link):
            os.symlink("/box/room/tmp", root + link)


def _show(root: str, path: str, attributes: int) -> None:
    target = root + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        open(target, "w").close()
    syscalls.mount(path, target, None, syscalls.MS_BIND | syscalls.MS_REC)
    syscalls.protect_mount(target, attributes)


def enter_root(root: str) -> None:
    """Make `root` the root and let go of everything else."""
    os.chdir(root)
    syscalls.pivot_root(".", "old")
    os.chdir("/")
    syscalls.unmount("/old")
    os.rmdir("/old")
    syscalls.mount(None, "/", None, syscalls.MS_REMOUNT | syscalls.MS_RDONLY | syscalls.MS_NOSUID)
