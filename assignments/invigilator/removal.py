"""Measure and remove a folder somebody hostile fills: links, depth and odd rights do not matter."""

from __future__ import annotations

import os
import stat
from itertools import count


def remove_tree(path: str) -> None:
    """Remove `path` and all in it, never following a link out of it, without recursion.

    Inner folders are moved up beside each other before they are emptied, so depth costs nothing.
    Nobody else may be writing to the folder any more.
    """
    numbers = count()
    pending = [path]
    while pending:
        folder = pending.pop()
        os.chmod(folder, stat.S_IRWXU)
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for name, is_folder in found:
            inner = f"{folder}/{name}"
            if is_folder and folder != path:
                outer = f"{path}/.removed {next(numbers)}"
                os.rename(inner, outer)
                inner = outer
            if is_folder:
                pending.append(inner)
            else:
                os.unlink(inner)
        if folder != path:
            os.rmdir(folder)
    os.rmdir(path)


def fits(path: str, size: int, files: int) -> bool:
    """Are there at most `files` entries of at most `size` bytes together? It may be growing."""
    pending = [path]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    files -= 1
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        size -= entry.stat(follow_symlinks=False).st_blocks * 512
                    if size < 0 or files < 0:
                        return False
        except OSError:
            continue  # gone or closed while we looked
    return True
