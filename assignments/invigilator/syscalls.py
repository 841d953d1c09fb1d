"""The system calls Python does not wrap. Nothing here decides anything; `sandbox` does.

Every function raises OSError with the kernel's reason. Linux only; importing is harmless elsewhere.
Numbers of system calls above 400 are the same on every architecture Linux runs on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Iterable

_libc = ctypes.CDLL(None, use_errno=True)

# unshare(2), setns(2): which worlds to leave
NEW_MOUNTS = 0x00020000
NEW_HOSTNAME = 0x04000000
NEW_IPC = 0x08000000
NEW_USERS = 0x10000000
NEW_PROCESSES = 0x20000000
NEW_NETWORK = 0x40000000

# mount(2), umount2(2)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2

# mount_setattr(2)
_MOUNT_SETATTR = 442
_AT_RECURSIVE = 0x8000
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4

# prctl(2)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_CAPBSET_DROP, _PR_SET_SECUREBITS = 24, 28
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 36, 38, 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SECCOMP_MODE_FILTER = 2
_SECURE_NOROOT_LOCKED = 0x2F  # no root powers by uid, no keeping of capabilities, both locked

# capset(2)
_CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 2
LAST_CAPABILITY = 63

# landlock(7): numbers are the same on every architecture
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_CREATE_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1
FS_EXECUTE, FS_WRITE_FILE, FS_READ_FILE, FS_READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FS_MAKE_CHAR, FS_MAKE_BLOCK = 1 << 6, 1 << 11
FS_IOCTL_DEV = 1 << 15
_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # ABI -> how many of the bits exist
_NET_TCP = 0b11  # bind, connect: from ABI 4 on
_SCOPES = 0b11  # abstract sockets, signals: from ABI 6 on


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def _text(value: str | None) -> bytes | None:
    return None if value is None else os.fsencode(value)


def unshare(flags: int) -> None:
    """Leave the namespaces in `flags` for new ones."""
    _checked(_libc.unshare(flags), "unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """mount(2)."""
    result = _libc.mount(
        _text(source), _text(target), _text(kind), ctypes.c_ulong(flags), _text(data)
    )
    _checked(result, f"mount {target}")


def unmount(target: str, flags: int = MNT_DETACH) -> None:
    """umount2(2); detached by default: gone for new look-ups, freed when the last user ends."""
    _checked(_libc.umount2(_text(target), flags), f"unmount {target}")


def protect_mount(target: str, attributes: int) -> None:
    """Set attributes such as ATTR_RDONLY on a mount and all below it (Linux 5.12)."""
    block = struct.pack("QQQQ", attributes, 0, 0, 0)
    result = _libc.syscall(
        ctypes.c_long(_MOUNT_SETATTR), -100, _text(target), _AT_RECURSIVE, block,
        ctypes.c_size_t(len(block)),
    )  # fmt: skip
    _checked(result, f"mount_setattr {target}")


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root of this mount namespace and hang the old one at `old`."""
    _checked(_libc.pivot_root(_text(new), _text(old)), "pivot_root")


def die_with_parent(signal: int) -> None:
    """Receive `signal` when the parent thread ends."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal), 0, 0, 0), "prctl pdeathsig")


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    _checked(_libc.prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0), "prctl subreaper")


def show_memory() -> None:
    """Undo what a change of user hides: needed to write the user map of a new namespace."""
    _checked(_libc.prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(1), 0, 0, 0), "prctl dumpable")


def no_new_privileges() -> None:
    """From now on no program started gains rights (setuid, file capabilities)."""
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0), "prctl no_new_privs")


def no_root_powers() -> None:
    """Uid 0 gives no capability any more. Needs CAP_SETPCAP."""
    bits = ctypes.c_ulong(_SECURE_NOROOT_LOCKED)
    _checked(_libc.prctl(_PR_SET_SECUREBITS, bits, 0, 0, 0), "prctl securebits")


def drop_capabilities(keep: Iterable[int] = (), *, bounding: bool = True) -> None:
    """Give up every capability but those in `keep`, for good; needs no right itself."""
    kept = sum(1 << number for number in keep)
    _libc.prctl(_PR_CAP_AMBIENT, ctypes.c_ulong(_PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)
    if bounding:
        for number in range(LAST_CAPABILITY + 1):
            _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(number), 0, 0, 0)
    low, high = kept & 0xFFFFFFFF, kept >> 32
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("IIIIII", low, low, 0, high, high, 0)
    _checked(_libc.capset(header, data), "capset")


def keep_capabilities_on_setuid(keep: bool) -> None:
    """PR_SET_KEEPCAPS: permitted capabilities survive a change away from uid 0."""
    _checked(_libc.prctl(8, ctypes.c_ulong(int(keep)), 0, 0, 0), "prctl keepcaps")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filter_system_calls(program: bytes) -> None:
    """Load a compiled seccomp program (8 bytes an instruction); needs no_new_privileges."""
    block = _Program(len(program) // 8, program)
    result = _libc.prctl(
        _PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(block), 0, 0
    )
    _checked(result, "prctl seccomp")


def landlock_version() -> int:
    """The kernel's Landlock ABI, 0 where there is none."""
    result = _libc.syscall(
        ctypes.c_long(_LANDLOCK_CREATE), None, ctypes.c_size_t(0), _LANDLOCK_CREATE_VERSION
    )
    return max(int(result), 0)


def landlock_rights(version: int) -> int:
    """All file-system rights that ABI `version` can withhold."""
    return (1 << _FS_RIGHTS[min(version, 5)]) - 1


def landlock_ruleset(version: int) -> int:
    """A descriptor of a rule set that withholds all it can: files, TCP, signals, abstract names."""
    block = struct.pack("Q", landlock_rights(version))
    if version >= 4:
        block += struct.pack("Q", _NET_TCP)
    if version >= 6:
        block += struct.pack("Q", _SCOPES)
    result = _libc.syscall(
        ctypes.c_long(_LANDLOCK_CREATE), block, ctypes.c_size_t(len(block)), 0
    )
    return _checked(result, "landlock_create_ruleset")


def landlock_allow(ruleset: int, path: str, rights: int) -> None:
    """Allow `rights` on `path` and everything beneath it."""
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("<Qi", rights, handle)
        result = _libc.syscall(
            ctypes.c_long(_LANDLOCK_ADD), ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0
        )
        _checked(result, f"landlock_add_rule {path}")
    finally:
        os.close(handle)


def landlock_enter(ruleset: int) -> None:
    """Live by the rule set from now on, children included; needs no_new_privileges."""
    _checked(_libc.syscall(ctypes.c_long(_LANDLOCK_RESTRICT), ruleset, 0), "landlock_restrict_self")


def close_descriptors(keep: Iterable[int]) -> None:
    """Close every descriptor that is not in `keep`."""
    start = 0
    for number in sorted(set(keep)):
        if start < number:  # an empty range from 0 would close everything
            os.closerange(start, number)
        start = number + 1
    with contextlib.suppress(OSError):
        os.closerange(start, os.sysconf("SC_OPEN_MAX"))
