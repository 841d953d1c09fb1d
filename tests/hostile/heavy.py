# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Well-formed but heavy or poisonous replies; memory across copies, attempts and restarts."""

from .attack import Attack

CANDIDATE = "import invigilator.candidate as c, invigilator.handles as h, numpy as np\n"
REPLIES = "forged replies"


def encoded(expression: str) -> str:
    """Code after which every value of the student's goes out as these bytes."""
    return CANDIDATE + f"""\
from invigilator.codec import Writer
def poison(self, parts, known=None):
    w = Writer()
    {expression}
    return [bytes(w.out) for _ in parts]
h.Handles.encode_values = poison"""


DTYPES = ("M8[s/0]", "m8[0s]", "M8[s/00]", "M8[2147483648s]", "M8[s/4294967296]", "U0", "V8", "O8",
          "i4,(2,)f8", "M8[]", "M8[s]//0", "S9999999")  # fmt: skip

ATTACKS = [
    *(
        Attack(
            f"dtype-{number}", "forged tags",
            encoded(f'w.tagged("numpy.ndarray", ({dtype!r}, (2,), b"\\0" * 16))'),
        )
        for number, dtype in enumerate(DTYPES)
    ),
    Attack("dtype-of-a-scalar", "forged tags",
           encoded('w.tagged("numpy.datetime64", ("M8[s/0]", b"\\0" * 8))')),
    Attack("dtype-of-nothing", "forged tags",
           encoded('w.tagged("numpy.dtype." + type(np.dtype("M8[s]")).__name__, "M8[s/0]")')),
    Attack("period-of-odd-frequency", "forged tags",
           encoded('w.tagged("pandas.Period", ("period", "0D", np.array([1])))')),
    Attack("outputs-by-the-hundred-thousand", REPLIES, CANDIDATE + """\
c.sendable = lambda outputs: [{"output_type": "stream", "name": ("stdout", "stderr")[n % 2], "text": "x"}
                              for n in range(200_000)]""", slow=True),
    Attack("outputs-that-are-pictures", REPLIES, CANDIDATE + """\
c.sendable = lambda outputs: [{"output_type": "display_data", "metadata": {},
                               "data": {"image/png": "iVBORw0KGgo" * 3}} for n in range(100_000)]""", slow=True),
    Attack("error-of-a-million-lines", REPLIES, CANDIDATE + """\
c.sendable = lambda outputs: [{"output_type": "error", "ename": "x", "evalue": "y",
                               "traceback": ["\\x1b[3%dm" % (n % 8) for n in range(1_000_000)]}]""", slow=True),
    Attack("figures-flood", REPLIES, CANDIDATE + """\
figures = [{"axes": [{"title": "Sales by day", "ylabel": "yuan", "n": n}]} for n in range(150_000)]
h.open_figures = lambda: iter(figures)""", slow=True),
    Attack("printed-flood", REPLIES, CANDIDATE + """\
def on_run(self, source, seconds, real=c.Candidate.on_run):
    real(self, source, seconds)
    (nothing,) = self.handles.encode_values([[]])
    return self.handles.encode(("ran", True, 1, [], "x" * 60_000_000, nothing))
c.Candidate.on_run = on_run""", slow=True),
    Attack("count-below-nothing", REPLIES, CANDIDATE + """\
def on_run(self, source, seconds, real=c.Candidate.on_run):
    real(self, source, seconds)
    (nothing,) = self.handles.encode_values([[]])
    return self.handles.encode(("ran", True, -(10**4000), [], "", nothing))
c.Candidate.on_run = on_run"""),
    Attack("name-of-many-megabytes", "lying serialisation", answers={
        "q2-share": "def share(counts):\n    return [0.0 for c in counts]\nshare.__name__ = share.__qualname__ = share.__doc__ = 'x' * 20_000_000",
        "q1-total": "def total(): pass\ntotal.__name__ = total.__qualname__ = '\\x1b[31m' * 2_000_000"}, slow=True),
    Attack("state-survives-restart", "resubmission that keeps an old mark", """\
import os, glob, tempfile
places = [".", "/tmp", os.path.expanduser("~"), tempfile.gettempdir(), "/dev/shm", "/var/tmp"]
for place in places:
    if glob.glob(f"{place}/*kept-@RUN@-@NAME@*"): print("BREACH-@NAME@ from an earlier attempt:", place)
for place in places:
    try: open(f"{place}/kept-@RUN@-@NAME@", "w").close()
    except OSError: pass""", last="import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
    Attack("oracle-by-file", "state between tests", answers={"q8-best": """\
import os
def best():
    seen = open("seen", "a+"); seen.seek(0)
    guesses = seen.read().split()
    guess = ["tue", "wed", "thu", "fri", "sat", "sun"][len(guesses) % 6]
    seen.write(guess + "\\n"); seen.flush()
    return guess
def shout(text):
    if text not in ("a",): open("found", "w").write(text)
    return text.upper() + "!" if len(text) > 1 else "A!\""""},
        last="import os, signal\nif not os.path.exists('found'): os.kill(os.getpid(), signal.SIGKILL)"),
    Attack("shared-memory-between-copies", "state between tests", """\
import mmap
board = mmap.mmap(-1, 4096)""", answers={
        "q6-grade": "def grade(score):\n    board[0] += 1\n    return 'none'",
        "q2-share": "def share(counts):\n    board[1] = len(counts)\n    return [0.0 for c in counts]"},
        last="print('seen', list(board[:2]))"),
    Attack("cgroup-files-written", "host files", """\
import os
for top, folders, names in os.walk("/sys/fs/cgroup"):
    for name in names:
        if name in ("cgroup.procs", "tasks", "memory.max", "pids.max", "cgroup.kill", "notify_on_release", "release_agent", "memory.limit_in_bytes"):
            try:
                with open(os.path.join(top, name), "r+b", buffering=0) as f: f.write(b"%d" % os.getpid())
                print("BREACH-@NAME@ wrote", top, name)
            except OSError: pass
    if len(top) > 200: break
for name in ("/proc/self/cgroup", "/proc/1/cgroup"):
    try: print(open(name).read())
    except OSError as error: print(error)
try: os.mkdir("/sys/fs/cgroup/mine-@RUN@-@NAME@"); print("BREACH-@NAME@ made a group")
except OSError as error: print(error)""", stops=("namespaces", "landlock", "privileges")),
    Attack("heap-tunables", "patched builtins", """\
import os, sys, subprocess
print({k: v for k, v in os.environ.items() if "TOKEN" in k or "@TOKEN@" in v})
if any("@TOKEN@" in v for v in os.environ.values()): print("BREACH-@NAME@ token")
os.environ["PYTHONMALLOC"] = "debug"; os.environ["GLIBC_TUNABLES"] = "x" * 100_000
import ctypes
libc = ctypes.CDLL(None); libc.malloc_trim(0); libc.mallopt(-8, 1); libc.mallopt(-1, 0)"""),
    Attack("heap-poked", "process memory", """\
import ctypes, re
heap = next((line.split()[0] for line in open("/proc/self/maps") if "[heap]" in line), None)
if heap:
    low, high = (int(end, 16) for end in heap.split("-"))
    seen = ctypes.string_at(low, min(high - low, 200_000_000))
    for word in (b"hidden-" + b"canary-7f3a91", b"9182" + b"73645", b"BEGIN " + b"HIDDEN", b"book-" + b"canary-8b07"):
        if word in seen: print("BREACH-@NAME@ in the heap:", word[:5])
else: print("no heap")"""),
    Attack("forks-keep-the-heap", "names rebound", """\
import os
os.register_at_fork(after_in_child=lambda: globals().update(total=12345))
class Late(int): pass
total = Late()"""),
    Attack("callback-numbers", REPLIES, CANDIDATE + """\
real = c.Copy._act
def act(self, reader, action):
    from invigilator.protocol import send
    for number in (0, 1, 2**31, -1):
        send(self.link, self.handles.encode(("callback", number, (), {"__class__": 1})))
    return real(self, reader, action)
c.Copy._act = act"""),
    Attack("argument-becomes-another-kind", "in-place changes", CANDIDATE + """\
c.Copy._contents = lambda self, value, arguments: self.handles.encode_values([{1: 2}])[0]""", answers={
        "q2-share": "def share(counts):\n    counts.clear()\n    return counts"}),
    Attack("arguments-of-nobody", "in-place changes", CANDIDATE + """\
def act(self, reader, action):
    (value,) = self.handles.encode_values([0.5])
    return self.handles.encode(("returned", value, "", [(n, value) for n in (0, 1, 2**40, -1)]))
c.Copy._act = act"""),
]  # fmt: skip
