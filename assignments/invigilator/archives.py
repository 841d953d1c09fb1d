"""Look into folders and archives without trusting them.

Nothing is ever unpacked to disk. Names inside an archive decide nothing but which bytes
are a notebook. Links, devices, absolute and climbing names, encrypted parts and
everything beyond the budgets are refused, each with its reason.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

MAX_ARCHIVE = 2_000_000_000
MAX_NESTED = 100_000_000
MAX_FILE = 20_000_000
MAX_TAR = 500_000_000
MAX_MEMBERS = 50_000
MAX_DEPTH = 8
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
CLUTTER = ("__macosx", ".ipynb_checkpoints", ".ds_store")


class ArchiveError(Exception):
    """An archive that is not looked into. One line with the reason."""


@dataclass(frozen=True)
class Member:
    """A file somewhere inside a source: where it claims to be, and how to read it."""

    parts: tuple[str, ...]
    size: int
    read: Callable[[int], bytes] = field(repr=False)

    @property
    def name(self) -> str:
        return self.parts[-1]


@dataclass
class Refusals:
    """What was left out and why, in the order in which it was met."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, why: str) -> None:
        self.lines.append((printable(what), why))


def printable(name: str) -> str:
    """A file name that may hold anything, safe to print.

    >>> printable("a\\x1b[31m\\nb")
    'a?[31m?b'
    """
    safe = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "?" for c in safe)[:200]


def is_archive(name: str) -> bool:
    """By its ending only; what it really is shows when it is opened."""
    return name.lower().endswith(ARCHIVES)


def stem(name: str) -> str:
    """A file name without its archive or notebook ending.

    >>> stem("s01.tar.gz"), stem("s01.ipynb"), stem("s.01")
    ('s01', 's01', 's.01')
    """
    lower = name.lower()
    for ending in sorted((*ARCHIVES, ".ipynb"), key=len, reverse=True):
        if lower.endswith(ending):
            return name[: -len(ending)]
    return name


def members(source: Path, refused: Refusals, keep: ExitStack) -> Iterator[Member]:
    """Every ordinary file of a folder or an archive on disk, readable until ``keep`` closes."""
    if source.is_symlink():
        raise ArchiveError(f"{source}: is a link; name the place itself")
    if source.is_dir():
        yield from _folder(source, (), refused)
    elif source.is_file():
        if not is_archive(source.name):
            raise ArchiveError(f"{source}: neither a folder nor one of {', '.join(ARCHIVES)}")
        if source.stat().st_size > MAX_ARCHIVE:
            raise ArchiveError(f"{source}: larger than {MAX_ARCHIVE // 10**9} GB")
        stream = keep.enter_context(open(source, "rb"))  # noqa: SIM115 - `keep` closes it
        yield from inside(stream, source.name, refused, keep)
    else:
        raise ArchiveError(f"{source}: not found")


def _folder(place: Path, above: tuple[str, ...], refused: Refusals) -> Iterator[Member]:
    if len(above) > MAX_DEPTH:
        refused.add("/".join(above), "folders too deep inside one another")
        return
    with os.scandir(place) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        parts = (*above, entry.name)
        if entry.name.lower() in CLUTTER:
            continue
        if entry.is_symlink():
            refused.add("/".join(parts), "is a link")
        elif entry.is_dir(follow_symlinks=False):
            yield from _folder(Path(entry.path), parts, refused)
        elif entry.is_file(follow_symlinks=False):
            yield Member(parts, entry.stat(follow_symlinks=False).st_size, _reader(entry.path))
        else:
            refused.add("/".join(parts), "is not an ordinary file")


def _reader(path: str) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
                         | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise ArchiveError("is not an ordinary file")
        with os.fdopen(handle, "rb") as stream:
            return _limited(stream, most)
    return read


def _limited(stream: Any, most: int) -> bytes:
    data = stream.read(most + 1)
    if len(data) > most:
        raise ArchiveError(f"is larger than {most // 10**6} MB when unpacked")
    return bytes(data)


def inside(stream: Any, name: str, refused: Refusals, keep: ExitStack) -> Iterator[Member]:
    """The files of an open archive. Raises ArchiveError when it cannot be looked into."""
    try:
        if name.lower().endswith(".zip"):
            yield from _zip(keep.enter_context(zipfile.ZipFile(stream)), name, refused)
        else:
            data = io.BytesIO(_unpressed(stream, name))
            archive = tarfile.open(fileobj=data, mode="r:")  # noqa: SIM115 - `keep` closes it
            yield from _tar(keep.enter_context(archive), name, refused)
    except ArchiveError:
        raise
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, ValueError, OSError,
            NotImplementedError, RuntimeError, lzma.LZMAError, OverflowError) as error:
        raise ArchiveError(f"{printable(name)}: damaged or not an archive "
                           f"({type(error).__name__})") from None


def _parts(name: str, label: str, refused: Refusals) -> tuple[str, ...] | None:
    """The path of a member, or None for a name that wants to lead elsewhere."""
    if "\0" in name or name.startswith(("/", "\\")) or ":" in name.split("/")[0][:2]:
        refused.add(f"{label}/{name}", "its name points outside the archive")
        return None
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if ".." in parts:
        refused.add(f"{label}/{name}", "its name points outside the archive")
        return None
    if len(parts) > MAX_DEPTH + 2:
        refused.add(f"{label}/{name}", "folders too deep inside one another")
        return None
    if not parts or any(part.lower() in CLUTTER for part in parts):
        return None
    return parts


def _zip(archive: zipfile.ZipFile, label: str, refused: Refusals) -> Iterator[Member]:
    listed = archive.infolist()
    if len(listed) > MAX_MEMBERS:
        raise ArchiveError(f"{printable(label)}: holds more than {MAX_MEMBERS} files")
    for info in listed:
        if info.is_dir():
            continue
        parts = _parts(info.filename, label, refused)
        if parts is None:
            continue
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            refused.add(f"{label}/{info.filename}", "is a link or a device")
        elif info.flag_bits & 1:
            refused.add(f"{label}/{info.filename}", "is encrypted")
        else:
            def read(most: int, info: zipfile.ZipInfo = info) -> bytes:
                with archive.open(info) as part:
                    return _limited(part, most)
            yield Member(parts, info.file_size, read)


def _tar(archive: tarfile.TarFile, label: str, refused: Refusals) -> Iterator[Member]:
    for count, info in enumerate(archive, 1):
        if count > MAX_MEMBERS:
            raise ArchiveError(f"{printable(label)}: holds more than {MAX_MEMBERS} files")
        if info.isdir():
            continue
        parts = _parts(info.name, label, refused)
        if parts is None:
            continue
        if not info.isreg() or info.issparse():
            refused.add(f"{label}/{info.name}", "is a link or a device")
            continue

        def read(most: int, info: tarfile.TarInfo = info) -> bytes:
            return _limited(archive.extractfile(info), most)
        yield Member(parts, info.size, read)


def _unpressed(stream: Any, label: str) -> bytes:
    """A tar without its compression, up to the budget."""
    head = stream.read(6)
    stream.seek(0)
    if head[:2] == b"\x1f\x8b":
        import gzip
        opened: Any = gzip.GzipFile(fileobj=stream)
    elif head[:3] == b"BZh":
        opened = bz2.BZ2File(stream)  # noqa: SIM115 - closes with its stream
    elif head == b"\xfd7zXZ\x00":
        opened = lzma.LZMAFile(stream)  # noqa: SIM115 - closes with its stream
    else:
        opened = stream
    data = bytearray()
    while chunk := opened.read(1 << 20):
        data += chunk
        if len(data) > MAX_TAR:
            raise ArchiveError(f"{printable(label)}: larger than {MAX_TAR // 10**6} MB unpacked")
    return bytes(data)
