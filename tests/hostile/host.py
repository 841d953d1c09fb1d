# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Attacks on the machine: files, other people's work, processes, network, kernel interfaces."""

from .attack import Attack

FILES = ("namespaces", "landlock")
CALLS = ("seccomp",)

# Tries a call and says BREACH where it worked. Numbers are x86-64's.
SYSCALL = """\
import ctypes, os, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    result = libc.syscall(ctypes.c_long(number), *args)
    code = ctypes.get_errno() if result == -1 else 0
    if result != -1 or code not in (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ESRCH):
        print("BREACH-@NAME@", number, result, code)
    else:
        print(number, errno.errorcode.get(code, code))
    return result
"""


def tries(name: str, threat: str, body: str, **more) -> Attack:  # type: ignore[no-untyped-def]
    """An attack made of single steps, each in its own `try`."""
    steps = "\n".join(
        "try:\n" + "\n".join(f"    {line}" for line in step.strip("\n").split("\n"))
        + "\nexcept BaseException as error:\n    print(type(error).__name__, error)"
        for step in body.split("---\n")
    )  # fmt: skip
    return Attack(name, threat, steps, **more)


def syscall(name: str, threat: str, *calls: str, **more) -> Attack:  # type: ignore[no-untyped-def]
    """An attack made of raw system calls that must not succeed."""
    body = SYSCALL + "\n".join(f"call({c})" for c in calls)
    return Attack(name, threat, body, **{"stops": CALLS, **more})


ATTACKS = [
    tries("changes-processes-of-others", "parent killed", """\
import os
os.sched_setaffinity(@VICTIM@, {0}); print("BREACH-@NAME@ affinity")
---
import os
os.sched_setscheduler(@VICTIM@, os.SCHED_IDLE, os.sched_param(0)); print("BREACH-@NAME@ scheduler")
---
import resource
resource.prlimit(@VICTIM@, resource.RLIMIT_CPU, (1, 1)); print("BREACH-@NAME@ prlimit")
---
import os
print(os.getpgid(@VICTIM@), os.getsid(@VICTIM@), os.sched_getscheduler(@VICTIM@))""",
          stops=("namespaces", "seccomp")),
    tries("writes-host-file", "host files", """\
open("@HOST@/written-@NAME@", "w").write("x")
---
open("@ORIGINAL@", "a").write("x")
---
import os; os.truncate("@ORIGINAL@", 0)
---
import os; os.unlink("@ORIGINAL@")
---
import os; os.mkdir("@HOST@/dir-@NAME@")
---
import os; os.rename("@ORIGINAL@", "@HOST@/renamed-@NAME@")
---
import os; os.symlink("/", "@HOST@/link-@NAME@")
---
import os; os.link("@ORIGINAL@", "@HOST@/hard-@NAME@")
---
import os; os.mkfifo("@HOST@/fifo-@NAME@")
---
import os; os.mknod("@HOST@/node-@NAME@")""", stops=FILES),
    tries("changes-host-attributes", "host files", """\
import os; os.chmod("@ORIGINAL@", 0o777)
---
import os; os.utime("@ORIGINAL@", (1, 1))
---
import os; os.setxattr("@ORIGINAL@", "user.x", b"x")
---
import os; os.chown("@ORIGINAL@", 1, 1)
---
import os; os.chmod("@HOST@", 0o777)""", stops=("namespaces", "seccomp", "landlock")),
    tries("writes-shared-places", "host files", """\
open("/tmp/hostile-@RUN@-@NAME@", "w").write("x")
---
open("/dev/shm/hostile-@RUN@-@NAME@", "w").write("x")
---
open("/var/tmp/hostile-@RUN@-@NAME@", "w").write("x")
---
import os; open(os.path.expanduser("~/hostile-@RUN@-@NAME@"), "w").write("x")
---
import pwd, os; open(pwd.getpwuid(os.getuid()).pw_dir + "/hostile-@RUN@-@NAME@", "w").write("x")""",
          stops=FILES),
    tries("plants-library-for-the-marker", "host files", """\
import numpy, os; open(os.path.dirname(numpy.__file__) + "/hostile_@RUN@.py", "w").write("x=1")
---
import sys; open(sys.prefix + "/lib/python3.11/site-packages/hostile_@RUN@.pth", "w").write("")
---
import invigilator, os
open(os.path.dirname(invigilator.__file__) + "/hostile_@RUN@.py", "w").write("x")""", stops=FILES),
    tries("reads-host-file", "host files", """\
print(open("@SECRETFILE@").read())
---
print(open("/etc/shadow").read()[:100], "BREACH-@NAME@")""", stops=FILES),
    tries("reads-other-submission", "other submissions", """\
print(open("@OTHER@").read())
---
import glob
for found in glob.glob("@COURSE@/submitted/*/*/*.ipynb"): print(open(found).read()[-4000:])
---
import os; print(os.listdir("@COURSE@/submitted"), "BREACH-@NAME@")""", stops=FILES),
    tries("changes-other-submission", "other submissions", """\
open("@OTHER@", "w").write("{}")
---
import os; os.unlink("@OTHER@")
---
import os; os.rename("@OTHER@", "@OTHER@.x")
---
import os, shutil; shutil.rmtree(os.path.dirname("@OTHER@"))""", stops=FILES),
    tries("replaces-own-submission", "other submissions", """\
open("@MINE@", "w").write(open("@SOURCE@").read())
---
import os; os.unlink("@MINE@")""", stops=FILES),
    tries("reads-gradebook", "gradebook", """\
print(open("@GRADEBOOK@", "rb").read()[:200_000])
---
import sqlite3
db = sqlite3.connect("file:@GRADEBOOK@?mode=ro", uri=True)
print(db.execute("select * from student").fetchall())
print(db.execute("select id, source from source_cell").fetchall())""", stops=FILES),
    tries("changes-gradebook", "gradebook", """\
import sqlite3
db = sqlite3.connect("@GRADEBOOK@", timeout=1)
db.execute("update grade set auto_score = 100, manual_score = 100")
db.execute("update base_cell set name = name || 'x'")
db.commit()
---
open("@GRADEBOOK@", "r+b").write(b"broken")
---
import os; os.unlink("@GRADEBOOK@")
---
open("@GRADEBOOK@-journal", "wb").write(b"\\xd9\\xd5\\x05\\xf9\\x20\\xa1\\x63\\xd7" + b"x" * 600)""",
          stops=FILES),
    tries("locks-gradebook", "gradebook", """\
import sqlite3, os, time
db = sqlite3.connect("@GRADEBOOK@", timeout=1, isolation_level=None)
db.execute("begin exclusive")
if os.fork() == 0:
    os.setsid(); time.sleep(60); os._exit(0)
---
import fcntl
held = open("@GRADEBOOK@", "rb"); fcntl.lockf(held, fcntl.LOCK_SH)""", stops=FILES),
    tries("reads-instructor-source", "instructor sources", """\
print(open("@SOURCE@").read())
---
import glob
for found in glob.glob("@COURSE@/source/**/*", recursive=True): print(found, "BREACH-@NAME@")
---
import json
for cell in json.load(open("@SOURCE@"))["cells"]:
    if "BEGIN SOLUTION" in cell["source"]: exec(cell["source"])""", stops=FILES),
    tries("reads-relative-paths", "instructor sources", """\
import os, glob
for up in range(8):
    for found in glob.glob("../" * up + "**/*.ipynb", recursive=False) + glob.glob("../" * up + "*/*.db"):
        print(found, open(found, "rb").read()[-3000:])
---
print(os.listdir("."), os.getcwd(), dict(os.environ))""", stops=FILES),
    tries("environment-printed", "instructor sources", """\
import os
for name, value in os.environ.items():
    if "@TOKEN@" in value: print("BREACH-@NAME@", name)
---
print(open("/proc/self/environ", "rb").read())
---
print(open("/proc/1/environ", "rb").read())
---
print(open(f"/proc/{os.getppid()}/environ", "rb").read())""", stops=("namespaces", "landlock", "environment")),
    tries("proc-of-parents", "parent traced", """\
import os
ids = [os.getppid(), 1, @VICTIM@]
for pid in ids:
    for part in ("cmdline", "environ", "maps", "cwd", "root", "exe", "mem"):
        try:
            print(pid, part, open(f"/proc/{pid}/{part}", "rb").read(3000) if part not in ("cwd", "root", "exe") else os.listdir(f"/proc/{pid}/{part}"))
        except OSError as error:
            print(pid, part, error.errno)
---
print(open(f"/proc/{os.getppid()}/root@SECRETFILE@").read())
---
print(open(f"/proc/1/root@SECRETFILE@").read())
---
print(open(f"/proc/@VICTIM@/cwd/secret.txt").read())""", stops=FILES),
    tries("fds-of-parents", "inherited descriptors", """\
import os
for pid in (os.getpid(), os.getppid(), 1):
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
            print(pid, fd, target)
            if "ipynb" in target or ".db" in target: print("BREACH-@NAME@")
            if target.startswith("/") and os.path.isfile(target):
                print(open(f"/proc/{pid}/fd/{fd}", "rb").read(2000))
        except OSError as error:
            print(error.errno)""", stops=("namespaces", "landlock", "descriptors")),
    tries("inherited-descriptors-read-and-written", "inherited descriptors", """\
import os
for fd in range(3, 256):
    try:
        kind = os.readlink(f"/proc/self/fd/{fd}") if os.path.exists("/proc/self/fd") else ""
        os.lseek(fd, 0, 0)
        print(fd, kind, os.read(fd, 3000))
        os.write(fd, b"hostile @RUN@")
    except OSError:
        pass""", stops=("descriptors",)),
    tries("directory-descriptor-escape", "inherited descriptors", """\
import os
for fd in range(3, 64):
    try:
        os.fchdir(fd)
        print("in", os.getcwd(), os.listdir("."))
        open("hostile-@RUN@-@NAME@", "w").write("x")
    except OSError:
        pass
---
os.chdir("/"); os.chroot("."); print(os.listdir("@HOST@"), "BREACH-@NAME@")""",
          stops=FILES),
    Attack("double-fork-daemon", "daemons", """\
import os, time, signal
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(256):
            try: os.close(fd)
            except OSError: pass
        for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(s, signal.SIG_IGN)
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try: open("@HOST@/daemon-@NAME@", "w").write("x")
            except OSError: pass
            time.sleep(0.2)
        os._exit(0)
    os._exit(0)""", stops=("namespaces", "subreaper")),
    Attack("daemon-keeps-the-channel", "daemons", """\
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(90)
    os._exit(0)""", stops=("namespaces", "subreaper")),
    Attack("daemons-that-refork", "daemons", """\
import os, time
def hop():
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if os.fork(): os._exit(0)
        except OSError:
            time.sleep(0.01); continue
        os.setsid()
        time.sleep(0.005)
    os._exit(0)
if os.fork() == 0:
    os.setsid(); hop()""", stops=("namespaces", "subreaper", "cgroup")),
    Attack("own-subreaper", "daemons", SYSCALL + """\
libc.prctl(36, 1, 0, 0, 0)
libc.prctl(1, 0, 0, 0, 0)
import time
if os.fork() == 0:
    libc.prctl(36, 1, 0, 0, 0)
    if os.fork() == 0:
        os.setsid(); time.sleep(90)
    os._exit(0)""", stops=("namespaces", "subreaper")),
    Attack("subprocess-popen-left", "daemons", """\
import subprocess, sys
try:
    subprocess.Popen(["sleep", "90"], start_new_session=True)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(90)"], start_new_session=True)
    get_ipython().system("nohup sleep 91 &")
except Exception as error:
    print(error)""", stops=("namespaces", "subreaper")),
    Attack("stopped-children", "daemons", """\
import os, signal
for _ in range(5):
    if os.fork() == 0:
        os.setsid(); os.kill(os.getpid(), signal.SIGSTOP)
os.kill(os.getpid(), signal.SIGSTOP)""", stops=("namespaces", "subreaper"), slow=True),
    Attack("kills-parent", "parent killed", """\
import os, signal
for pid in {os.getppid(), os.getpgrp(), os.getsid(0)} - {0, 1, os.getpid()}:
    for s in (signal.SIGTERM, signal.SIGKILL):
        try: os.kill(pid, s); print("sent", pid)
        except OSError as error: print(error)""", stops=("namespaces", "landlock", "seccomp")),
    Attack("kills-bystander", "parent killed", """\
import os, signal
for s in (signal.SIGTERM, signal.SIGKILL):
    try: os.kill(@VICTIM@, s)
    except OSError as error: print(error)
try: os.setpriority(os.PRIO_PROCESS, @VICTIM@, 19); print("BREACH-@NAME@")
except OSError as error: print(error)
try: os.sched_setaffinity(@VICTIM@, {0}); print("BREACH-@NAME@")
except OSError as error: print(error)""", stops=("namespaces", "landlock", "seccomp")),
    Attack("signals-everyone", "parent killed", """\
import os, signal
for target in (-1, 0):
    try: os.kill(target, signal.SIGCONT); print("sent")
    except OSError as error: print(error)
try: os.killpg(os.getpgrp(), signal.SIGKILL)
except OSError as error: print(error)""", stops=("namespaces", "landlock", "seccomp")),
    Attack("stops-parent", "parent killed", """\
import os, signal
for pid in {os.getppid()} - {0, 1}:
    try: os.kill(pid, signal.SIGSTOP)
    except OSError as error: print(error)""", stops=("namespaces", "landlock", "seccomp"), slow=True),
    Attack("signal-by-fcntl-owner", "parent killed", """\
import fcntl, os, signal, socket
try:
    a, b = socket.socketpair()
    for pid in (@VICTIM@, os.getppid()):
        fcntl.fcntl(a, fcntl.F_SETOWN, pid)
        fcntl.fcntl(a, 10, signal.SIGKILL)
        fcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        b.send(b"x")
except OSError as error:
    print(error)""", stops=("namespaces", "landlock", "seccomp")),
    Attack("parent-death-signal", "parent killed", SYSCALL + """\
libc.prctl(1, 9, 0, 0, 0)
libc.prctl(4, 1, 0, 0, 0)
libc.prctl(0x59616D61, -1, 0, 0, 0)""", stops=("split",)),
    syscall("ptrace-parent", "parent traced", "101, 16, @VICTIM@, 0, 0", "101, 0x4206, @VICTIM@, 0, 0",
            "101, 16, os.getppid(), 0, 0"),
    syscall("process-memory-calls", "parent traced",
            "310, @VICTIM@, 0, 0, 0, 0, 0", "311, @VICTIM@, 0, 0, 0, 0, 0",
            "438, 0, 0, 0", "312, @VICTIM@, os.getpid(), 0, 0, 0"),
    syscall("pidfd-of-parent", "parent traced", "424, call(434, @VICTIM@, 0), 9, 0, 0",
            "438, call(434, os.getppid(), 0), 3, 0", stops=("namespaces", "seccomp")),
    syscall("new-namespaces", "kernel interfaces", "272, 0x10000000", "272, 0x20000", "272, 0x40000000",
            "308, 3, 0", "161, b'/'", "155, b'.', b'.'", "435, 0, 0"),
    syscall("mounts", "kernel interfaces", "165, b'none', b'/mnt', b'tmpfs', 0, 0", "166, b'/mnt', 2",
            "428, -100, b'/', 1", "430, b'tmpfs', 0", "442, -1, b'', 0, 0, 0"),
    syscall("bpf-keyctl-perf-uring", "kernel interfaces", "321, 0, 0, 0", "250, 0, -3, 1", "248, b'user', b'x', b'y', 1, -3",
            "298, 0, 0, -1, -1, 0", "425, 8, ctypes.create_string_buffer(240)", "323, 0", "304, -100, 0, 0"),
    syscall("clock-and-host-name", "kernel interfaces", "170, os.uname().nodename.encode(), len(os.uname().nodename)",
            "169, 0xfee1dead, 672274793, 0, 0", "175, 0, 0, b''"),
    Attack("clone-with-namespace-flags", "kernel interfaces", SYSCALL + """\
pid = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
if pid == 0:
    os._exit(0)
if pid > 0:
    print("BREACH-@NAME@", pid)
print(ctypes.get_errno())""", stops=CALLS),
    Attack("i386-system-calls", "kernel interfaces", """\
import ctypes, mmap, os
code = bytes.fromhex("53b8140000 00cd805bc3".replace(" ", ""))
area = mmap.mmap(-1, 4096, prot=7)
area.write(code)
pid = os.fork()
if pid == 0:
    f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(area)))
    print("BREACH-@NAME@" if f() > 0 else "no", flush=True)
    os._exit(0)
print(os.waitpid(pid, 0))""", stops=CALLS),
    Attack("x32-system-calls", "kernel interfaces", SYSCALL + "call(0x40000000 + 41, 2, 1, 0)\ncall(0x40000000 + 39)",
           stops=CALLS),
    Attack("memfd-exec", "memfd exec", SYSCALL + """\
fd = libc.syscall(319, b"x", 0)
print("memfd", fd)
if fd >= 0:
    os.write(fd, open("/bin/true", "rb").read() if os.path.exists("/bin/true") else b"#!/bin/sh\\n")
    pid = os.fork()
    if pid == 0:
        try: os.execve(f"/proc/self/fd/{fd}", ["x"], {})
        except OSError as error: print(error)
        os._exit(7)
    print(os.waitpid(pid, 0))
open("@HOST@/memfd-@NAME@", "w")""", stops=FILES),
    tries("tcp-contact", "network", """\
import socket; s = socket.create_connection(("127.0.0.1", @PORT@), 2); s.send(b"@NAME@")
---
import urllib.request; urllib.request.urlopen("http://127.0.0.1:@PORT@/@NAME@", timeout=2)
---
import socket; s = socket.socket(socket.AF_INET6); s.settimeout(1); s.connect(("::1", @PORT@))
---
import os; print(os.popen("echo @NAME@ > /dev/tcp/127.0.0.1/@PORT@; curl -s http://127.0.0.1:@PORT@/@NAME@").read())""",
          stops=("namespaces", "seccomp", "landlock")),
    tries("udp-contact", "network", """\
import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b"@NAME@", ("127.0.0.1", @UDP@))
---
import socket; print(socket.getaddrinfo("@NAME@.example.com", 80))""", stops=("namespaces", "seccomp")),
    tries("unix-socket-contact", "network", """\
import socket; s = socket.socket(socket.AF_UNIX); s.connect("@UNIX@"); s.send(b"@NAME@")
---
import socket; s = socket.socket(socket.AF_UNIX); s.connect("\\0@ABSTRACT@"); s.send(b"@NAME@")
---
import socket; a, b = socket.socketpair(type=socket.SOCK_DGRAM); a.sendto(b"@NAME@", "\\0@ABSTRACT@-dgram")
---
import socket; a, b = socket.socketpair(); a.bind("\\0hostile-@RUN@"); a.listen(); print("listens")""",
          stops=("namespaces", "seccomp", "landlock")),
    tries("odd-sockets", "network", """\
import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); print("BREACH-@NAME@ netlink")
---
import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0); print("BREACH-@NAME@ packet")
---
import socket; socket.socket(40, socket.SOCK_STREAM, 0); print("BREACH-@NAME@ vsock")
---
import socket; socket.socket(38, 5, 0); print("BREACH-@NAME@ alg")
---
import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM); print("BREACH-@NAME@ inet")""",
          stops=CALLS),
    tries("listens-on-loopback", "network", """\
import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print("BREACH-@NAME@")""", stops=("seccomp", "landlock")),
    tries("file-by-handle", "kernel interfaces", SYSCALL + """\
call(304, -100, ctypes.create_string_buffer(64), 0)
h = ctypes.create_string_buffer(b"\\x80\\0\\0\\0\\0\\0\\0\\0", 200)
m = ctypes.c_int()
print(libc.syscall(303, -100, b"@SECRETFILE@", h, ctypes.byref(m), 0))""", stops=CALLS),
    tries("shared-memory-left", "leftovers", """\
import ctypes
libc = ctypes.CDLL(None)
for n in range(4):
    libc.shmget(0x7f3a91, 4096, 0o1666)
    libc.msgget(0x7f3a92, 0o1666)
    libc.semget(0x7f3a93, 1, 0o1666)
---
from multiprocessing import shared_memory
s = shared_memory.SharedMemory(name="hostile-@RUN@-@NAME@", create=True, size=64)""", stops=("namespaces", "seccomp")),
    tries("terminal-injected", "kernel interfaces", """\
import fcntl, termios, os
tty = os.open("/dev/tty", os.O_RDWR)
fcntl.ioctl(tty, termios.TIOCSTI, b"x"); print("BREACH-@NAME@")
---
import os; os.write(2, b"\\x1b]0;hostile @RUN@\\x07\\x1b[2J"); os.write(1, b"hostile @RUN@ raw stdout")""",
          stops=("namespaces", "seccomp", "landlock")),
    tries("limits-raised", "kernel interfaces", """\
import resource
for name in dir(resource):
    if name.startswith("RLIMIT_"):
        try: resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY,) * 2)
        except (ValueError, OSError): pass
---
import os; os.nice(-10); print("BREACH-@NAME@ nice")
---
import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)); print("BREACH-@NAME@ fifo")
---
open("/proc/self/oom_score_adj", "w").write("-1000"); print("BREACH-@NAME@ oom")""",
          stops=("privileges",)),
    tries("privileges-regained", "kernel interfaces", """\
import os
os.setuid(0); os.setgid(0)
if os.getuid() == 0 and os.path.exists("/etc/shadow"):
    print(open("/etc/shadow").read()[:30], "BREACH-@NAME@")
---
import os; os.setgroups([0]); print("BREACH-@NAME@ setgroups")
---
import subprocess; print(subprocess.run(["su", "-c", "id"], capture_output=True, input=b"").stdout)
---
for line in open("/proc/self/status"):
    if line.startswith(("CapEff", "CapPrm", "CapBnd")) and int(line.split()[1], 16) and not line.startswith("CapBnd"):
        print("BREACH-@NAME@", line)
    if line.startswith("NoNewPrivs") and line.split()[1] != "1":
        print("BREACH-@NAME@", line)""", stops=("privileges",)),
    tries("work-folder-spoiled", "host files", """\
import os
os.makedirs("d/" * 200)
---
for i in range(300): open(f"x{i}\\n\\u202e;$(touch y)", "w").close()
---
os.symlink("@OTHER@", "hs1.ipynb"); os.symlink("@GRADEBOOK@", "feedback.html")
---
os.mkfifo("pipe"); os.chmod(".", 0)""", stops=FILES),
    tries("symlinks-in-work-folder", "symlinks", """\
import os
for target in ("@ORIGINAL@", "@GRADEBOOK@", "@OTHER@", "@SOURCE@", "/"):
    os.symlink(target, "link-" + str(abs(hash(target))))
---
import os
for name in os.listdir("."):
    if name.startswith("link-"):
        try: open(name, "a").write("x")
        except OSError as error: print(error)
        try: print(open(name).read()[:3000])
        except (OSError, UnicodeDecodeError) as error: print(error)
---
import os
try: os.unlink("hs1.ipynb")
except OSError: pass
os.symlink("@SOURCE@", "hs1.ipynb")""", stops=FILES),
    tries("writes-into-autograded", "host files", """\
import os, glob
for place in ("@COURSE@/autograded/@NAME@", "@COURSE@/feedback/@NAME@", "@COURSE@/release", "@COURSE@"):
    try: open(place + "/hostile-@RUN@-@NAME@", "w").write("x")
    except OSError as error: print(error)
---
open("@COURSE@/nbgrader_config.py", "a").write("\\nopen('@HOST@/config-@NAME@', 'w')\\n")""", stops=FILES),
    tries("timed-file-swap", "symlinks", """\
import os, threading
def swap():
    for _ in range(3000):
        try:
            os.symlink("@SOURCE@", "s.tmp"); os.replace("s.tmp", "hs1.ipynb")
            open("s.tmp", "w").close(); os.replace("s.tmp", "hs1.ipynb")
        except OSError:
            return
threading.Thread(target=swap, daemon=True).start()""", stops=FILES),
    tries("looks-for-a-container-socket", "network", """\
import os, socket
for path in ("/var/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", "/tmp/.X11-unix/X0"):
    if os.path.exists(path):
        s = socket.socket(socket.AF_UNIX); s.connect(path); print("BREACH-@NAME@", path)""", stops=CALLS + FILES),
]
