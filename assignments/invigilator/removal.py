"""Remove a folder somebody hostile has filled: links, depth and odd rights do not matter."""

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
