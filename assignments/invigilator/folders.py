"""The folder of one worker, and those that killed programs left behind.

A folder is held by a lock that the kernel lets go of when the last process that has it open ends.
So a folder whose lock is free belongs to nobody, whatever process numbers or clocks say.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile

from . import removal

try:
    import fcntl
except ImportError:  # not a Unix: no worker is started there
    fcntl = None  # type: ignore[assignment]

PREFIX = "invigilator-"


class Folder:
    """A new folder below the system's place for temporary files.

    path     where it is
    holding  a descriptor that holds it, to be inherited by the worker
    """

    def __init__(self) -> None:
        made = tempfile.mkdtemp(prefix=f".{PREFIX}")  # a name that `sweep` leaves alone
        self.holding = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
        if fcntl is not None:
            fcntl.flock(self.holding, fcntl.LOCK_EX)
        base, name = os.path.split(made)
        self.path = os.path.join(base, name[1:])
        os.rename(made, self.path)

    def remove(self) -> None:
        """Let go of it and remove it; nobody works in it any more. Safe to call again."""
        if self.holding >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self.holding)
            self.holding = -1


def sweep() -> int:
    """Remove the folders of workers that ended without doing so; how many."""
    if fcntl is None:
        return 0
    removed = 0
    with os.scandir(tempfile.gettempdir()) as entries:
        paths = [entry.path for entry in entries if entry.name.startswith(PREFIX)]
    for path in paths:
        with contextlib.suppress(OSError):  # somebody else's, in use, or gone by now
            held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                found = os.fstat(held)
                if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o022:
                    continue
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                removal.remove_tree(path)
                removed += 1
            finally:
                os.close(held)
    return removed
