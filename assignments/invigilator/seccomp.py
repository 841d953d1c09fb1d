"""The system-call filters, compiled once by libseccomp and loaded by every child.

A list of what is refused, not of what is allowed: the numerical libraries a course may use call
widely, and no capability is left that a forgotten call could use. Refused calls fail with EPERM;
those that programs try first and do without (clone3, io_uring, memfd_create) fail with ENOSYS.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

# other worlds, other roots
_WORLDS = """unshare setns mount umount umount2 mount_setattr move_mount open_tree open_tree_attr
fsopen fsconfig fsmount fspick pivot_root chroot name_to_handle_at open_by_handle_at quotactl
quotactl_fd swapon swapoff fanotify_init fanotify_mark"""
# other processes
_OTHERS = """ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp
pidfd_open pidfd_getfd pidfd_send_signal migrate_pages move_pages setpriority ioprio_set
sched_setscheduler sched_setparam sched_setattr get_robust_list"""
# the kernel and the machine
_KERNEL = """bpf perf_event_open userfaultfd keyctl add_key request_key kexec_load kexec_file_load
init_module finit_module delete_module reboot acct settimeofday clock_settime clock_adjtime adjtimex
sethostname setdomainname syslog ioperm iopl modify_ldt vhangup lookup_dcookie personality
nfsservctl uselib ustat sysfs _sysctl vm86 vm86old"""
# memory and messages that outlive a process or escape its limits
_SHARED = """shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl semget semop semctl semtimedop
mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr mlock mlock2 mlockall
memfd_secret vmsplice"""
# the network: only socketpair (asked for below) remains
_NETWORK = """socket connect bind listen accept accept4 sendmmsg recvmmsg"""
# tried first by libraries that know another way
_ABSENT = """clone3 io_uring_setup io_uring_enter io_uring_register memfd_create"""
# without the Landlock scope or a process namespace of one's own
_SIGNALS = "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo"
# without a read-only view: Landlock does not mediate these, and the files may be the teacher's own
_ATTRIBUTES = """chown lchown fchown fchownat setxattr lsetxattr fsetxattr removexattr
lremovexattr fremovexattr inotify_init inotify_init1 inotify_add_watch"""
_PRETENDED = "chmod fchmod fchmodat utime utimes futimesat utimensat"  # copying goes on
_PROGRAMS = "execve execveat fork vfork"

_NUMBERED = (467,)  # open_tree_attr: younger than most libseccomp, which pass it by silently
_FCHMODAT2, _XATTRAT = (452,), (463, 466)  # and so are these: setxattrat, removexattrat
_LOW = 0xFFFFFFFF  # the kernel reads these arguments as 32 bits, whatever stands above them
# CLONE_NEWNS, …CGROUP, …UTS, …IPC, …USER, …PID, …NET
_CLONE_NEW = (0x20000, 1 << 25, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30)
_CLONE_THREAD = 0x00010000
_AF_UNIX, _SOCK_STREAM = 1, 1
_FCNTL_OWNERS = (8, 15)  # F_SETOWN, F_SETOWN_EX: signals to others by way of a descriptor
_IOCTL_OWNERS = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP
_TERMINALS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_FILE_FLAGS = (0x40086602, 0x40046602, 0x401C5820)  # FS_IOC_SETFLAGS, its 32-bit twin, FSSETXATTR


def available() -> bool:
    """Is libseccomp with its binding installed?"""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError, OSError):
        return False
    return True


def program(*, signals: bool, programs: bool, attributes: bool) -> bytes:
    """The compiled filter.

    signals     may the process send signals at all (something else confines them)?
    programs    may it start processes and programs? (student code may, tests may not)
    attributes  may it change files' rights, owners and dates (a read-only view guards the rest)?
    """
    import pyseccomp as sc

    refuse, absent = sc.ERRNO(errno.EPERM), sc.ERRNO(errno.ENOSYS)
    rules = sc.SyscallFilter(sc.ALLOW)

    def deny(names: str, action: int, *arguments: object) -> None:
        for number in _numbers(names):
            rules.add_rule(action, number, *arguments)

    deny(" ".join((_WORLDS, _OTHERS, _KERNEL, _SHARED, _NETWORK)), refuse)
    deny(_ABSENT, absent)
    for number in _NUMBERED:
        rules.add_rule(refuse, number)
    for flag in _CLONE_NEW:
        deny("clone", refuse, sc.Arg(0, sc.MASKED_EQ, flag, flag))
    deny("socketpair", refuse, sc.Arg(0, sc.NE, _AF_UNIX))
    for kind in range(16):
        if kind != _SOCK_STREAM:  # a datagram socket could be sent to a path
            deny("socketpair", refuse, sc.Arg(1, sc.MASKED_EQ, 0xF, kind))
    for name in ("prlimit64", "sched_setaffinity"):
        deny(name, refuse, sc.Arg(0, sc.NE, 0))
    for command in _FCNTL_OWNERS:
        deny("fcntl", refuse, sc.Arg(1, sc.MASKED_EQ, _LOW, command))
    for request in (*_IOCTL_OWNERS, *_TERMINALS, *_FILE_FLAGS):
        deny("ioctl", refuse, sc.Arg(1, sc.MASKED_EQ, _LOW, request))
    if not signals:
        deny(_SIGNALS, refuse)
    if not attributes:
        deny(_ATTRIBUTES, refuse)
        for number in (*_numbers(_PRETENDED), *_FCHMODAT2):
            rules.add_rule(sc.ERRNO(0), number)
        for number in _XATTRAT:
            rules.add_rule(refuse, number)
    if not programs:
        deny(_PROGRAMS, refuse)
        deny("clone", refuse, sc.Arg(0, sc.MASKED_EQ, _CLONE_THREAD, 0))
    with open(os.memfd_create("filter"), "w+b") as file:  # a sandboxed zygote has no folder
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _numbers(names: str) -> Iterator[int]:
    import pyseccomp as sc

    for name in names.split():
        number = sc.resolve_syscall(sc.Arch.NATIVE, name)
        if number >= 0:  # below: a call of another architecture, or unknown to this libseccomp
            yield number
