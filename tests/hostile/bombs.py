# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Attacks by size and time: memory, disk, processes, output, endless and nearly endless code.

Each bomb is bounded, so that a machine on which a limit is missing only slows down.
"""

from .attack import Attack

LIMITS = ("limits",)


def bomb(name: str, threat: str, code: str, **more) -> Attack:  # type: ignore[no-untyped-def]
    """An attack stopped by a budget."""
    return Attack(name, threat, code, **{"stops": LIMITS, "slow": True, **more})


ATTACKS = [
    bomb("memory-bytes", "memory bomb", """\
blocks = []
for _ in range(60):
    blocks.append(bytearray(b"x") * 100_000_000)"""),
    bomb("memory-numpy-and-children", "memory bomb", """\
import os
for _ in range(6):
    if os.fork() == 0:
        block = np.ones(60_000_000); import time; time.sleep(5); os._exit(0)
block = np.ones(60_000_000)"""),
    bomb("memory-in-work-folder", "disk bomb", """\
try:
    for n in range(100):
        with open(f"big{n}", "wb") as f:
            for _ in range(10):
                f.write(b"x" * 1_000_000)
except OSError as error:
    print(error)
import os
used = sum(os.stat(n).st_blocks for n in os.listdir(".")) * 512
if used > 300_000_000: print("BREACH-@NAME@ bytes on disk:", used)"""),
    bomb("sparse-file-and-inodes", "disk bomb", """\
import os
try:
    open("sparse", "wb").truncate(10**15)
except OSError as error:
    print(error)
try:
    for n in range(60_000): open(f"i{n}", "w").close()
except OSError as error:
    print(error)
if len(os.listdir(".")) > 30_000: print("BREACH-@NAME@ files")"""),
    bomb("memory-in-memfd", "memory bomb", """\
import os
held = []
try:
    for _ in range(40):
        fd = os.memfd_create("x"); held.append(fd)
        for _ in range(10):
            os.write(fd, b"x" * 10_000_000)
except (OSError, AttributeError) as error:
    print(error)"""),
    bomb("fork-bomb", "process bomb", """\
import os, time
count = 0
end = time.monotonic() + 3
while count < 400 and time.monotonic() < end:
    try:
        if os.fork() == 0:
            time.sleep(40); os._exit(0)
        count += 1
    except OSError:
        break
print(count)""", stops=("limits", "namespaces", "subreaper")),
    bomb("thread-bomb", "process bomb", """\
import threading, time
try:
    for _ in range(3000):
        threading.Thread(target=time.sleep, args=(40,), daemon=True).start()
except RuntimeError as error:
    print(error)"""),
    bomb("zombies", "process bomb", """\
import os
try:
    for _ in range(500):
        if os.fork() == 0: os._exit(0)
except OSError as error:
    print(error)"""),
    bomb("open-files", "descriptor bomb", """\
import os
held = []
try:
    while len(held) < 100_000: held.append(os.open("/dev/null", 0))
except OSError as error:
    print(error)"""),
    bomb("output-flood", "output flood", """\
for _ in range(400):
    print("x" * 1_000_000)"""),
    bomb("output-flood-small-writes", "output flood", """\
import sys, time
end = time.monotonic() + 30
while time.monotonic() < end:
    sys.stdout.write("y"); sys.stdout.flush()"""),
    bomb("output-flood-raw-descriptor", "output flood", """\
import os
try:
    for _ in range(3000): os.write(1, b"z" * 100_000); os.write(2, b"z" * 100_000)
except OSError as error:
    pass"""),
    bomb("output-flood-display", "output flood", """\
from IPython.display import display, HTML
for _ in range(100_000):
    display(HTML("<b>" + "x" * 1000 + "</b>"))"""),
    bomb("output-flood-in-call", "output flood", "", answers={"q5-greet": """\
def greet(name):
    while True:
        print("Good" * 100_000)"""}),
    bomb("clear-output-flood", "output flood", """\
from IPython.display import clear_output
for _ in range(30_000):
    clear_output(); print("x")"""),
    bomb("display-update-flood", "output flood", """\
from IPython.display import display
h = display("x", display_id=True)
for n in range(30_000): h.update("x" * (n % 5000))"""),
    bomb("endless-loop", "endless", "while True:\n    pass"),
    bomb("endless-loop-swallows-interrupts", "loops that swallow interrupts", """\
import signal
for s in range(1, 64):
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True:
    try:
        while True: pass
    except BaseException:
        continue"""),
    bomb("endless-in-c", "loops that swallow interrupts", "sum(iter(int, 1))"),
    bomb("endless-regex", "endless", 'import re\nre.match(r"(a+)+$", "a" * 60 + "b")'),
    bomb("endless-in-call", "endless", "", answers={
        "q2-share": "def share(counts):\n    while True:\n        pass"}),
    bomb("endless-in-every-call", "endless", "", answers={
        "q2-share": "def share(counts):\n    while True: pass",
        "q5-greet": "def greet(name):\n    while True: pass",
        "q6-grade": "def grade(score):\n    while True: pass"}),
    bomb("sleeps-in-every-call", "sleeps under the limit", "import time", answers={
        "q2-share": "def share(counts):\n    time.sleep(@UNDERCALL@)\n    return [1.0 for _ in counts]",
        "q5-greet": "def greet(name):\n    time.sleep(@UNDERCALL@)\n    print(name)",
        "q6-grade": "def grade(score):\n    time.sleep(@UNDERCALL@)\n    return 'none'"}),
    bomb("sleeps-in-every-cell", "sleeps under the limit", "import time\ntime.sleep(@UNDERCELL@)",
         edit=lambda nb: many_sleeps(nb)),
    bomb("sleep-in-repr", "sleeps under the limit", """\
import time
class R:
    def __repr__(self):
        time.sleep(60); return "x"
R()""", answers={"q1-total": "total = R()\ntotal"}),
    bomb("sleep-in-atexit-and-del", "sleeps under the limit", """\
import atexit, time
atexit.register(time.sleep, 60)
class D:
    def __del__(self): time.sleep(60)
d = D()"""),
    bomb("waits-for-input", "endless", """\
try:
    import sys
    sys.stdin.read()
    while True: input()
except BaseException as error:
    print(type(error))"""),
    bomb("recursion", "stack overflow", """\
import sys
sys.setrecursionlimit(10**9)
def f(n): return f(n + 1)
f(0)"""),
    bomb("segfault", "crash", "import ctypes\nctypes.string_at(0)"),
    bomb("abort-with-core", "crash", """\
import os, resource
try: resource.setrlimit(resource.RLIMIT_CORE, (10**9, 10**9))
except (ValueError, OSError): pass
os.abort()"""),
    bomb("stack-smashed-in-thread", "crash", """\
import threading, sys
threading.stack_size(64 * 1024)
sys.setrecursionlimit(10**6)
def f(): f()
t = threading.Thread(target=f); t.start(); t.join()"""),
    bomb("burns-cpu-in-threads", "endless", """\
import threading, hashlib
def burn():
    while True: hashlib.sha256(b"x" * 10_000_000).digest()
for _ in range(8): threading.Thread(target=burn, daemon=True).start()"""),
    bomb("source-compile-bomb", "memory bomb", 'x = ((((((((2**64)**64)**64)**64))))) if False else 0\n'
         'eval("-" * 500_000 + "1")'),
    bomb("traceback-bomb", "output flood", """\
class E(Exception):
    def _render_traceback_(self):
        return ["x" * 1000] * 100_000
raise E("y" * 10_000_000)"""),
    bomb("render-traceback-lies", "results spoofed", """\
class E(Exception):
    def _render_traceback_(self):
        return 7
    __module__ = 5
raise E"""),
    bomb("input-history-flood", "memory bomb", """\
ip = get_ipython()
for n in range(3000): ip.run_cell("1;" * 50, store_history=True)"""),
    bomb("nested-run-cell", "endless", """\
ip = get_ipython()
def again(): return ip.run_cell("again()")
again()"""),
    bomb("timer-signals", "loops that swallow interrupts", """\
import signal
def boom(*a): raise SystemExit
for s in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF): signal.signal(s, boom)
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.001)"""),
]


def many_sleeps(nb):  # type: ignore[no-untyped-def]
    """Twenty extra cells that each sleep a little less than a cell may."""
    from . import base

    for number in range(20):
        nb["cells"].insert(3, base.code("time.sleep(@UNDERCELL@)") | {"id": f"sleep-{number}"})
    return nb
