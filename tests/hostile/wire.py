# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Attacks on the engine's own protocol: frames, tags, handles, forged and withheld replies.

The attacker knows the engine's source. Sockets are found by looking at every descriptor.
"""

from .attack import Attack

FIND = """\
import gc, json, os, socket, stat, struct, sys, threading, time
def sockets():
    found = []
    for fd in range(0, 256):
        try:
            mode = os.fstat(fd).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
            found.append(fd)
    return found
def frame(message):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack("!I", len(body)) + body
def put(raw):
    for fd in sockets():
        try:
            os.set_blocking(fd, False)
            os.write(fd, raw)
        except OSError as error:
            print(fd, error)
"""


def wire(name: str, threat: str, code: str, **more) -> Attack:  # type: ignore[no-untyped-def]
    """An attack on the protocol."""
    return Attack(name, threat, FIND + code, **more)


FRAMES = "frames"
FORGED = "forged replies"

ATTACKS = [
    wire("frame-huge-length", FRAMES, 'put(struct.pack("!I", 0xFFFFFFFF) + b"x" * 100)'),
    wire("frame-zero-length", FRAMES, "put(bytes(4) * 50)"),
    wire("frame-cut", FRAMES, 'put(struct.pack("!I", 1000) + b"x")\nos._exit(0)'),
    wire("frame-cut-and-wait", FRAMES, 'put(struct.pack("!I", 1000) + b"x")\ntime.sleep(60)', slow=True),
    wire("frame-drip", FRAMES, """\
put(struct.pack("!I", 10_000_000))
while True:
    put(b"x")
    time.sleep(0.05)""", slow=True),
    wire("frame-garbage", FRAMES, "put(os.urandom(65536))"),
    wire("frame-not-json", FRAMES, 'put(frame(b"{not json"))'),
    wire("frame-deep-json", FRAMES, 'put(frame(b"[" * 500_000))'),
    wire("frame-deep-json-closed", FRAMES, 'put(frame(b"[" * 50_000 + b"]" * 50_000))'),
    wire("frame-invalid-utf8", FRAMES, 'put(frame(b"\\xff\\xfe\\x00"))'),
    wire("frame-number-of-a-million-digits", FRAMES, 'put(frame(b"9" * 1_000_000))'),
    wire("frame-nan-and-infinity", FRAMES, 'put(frame(b"[NaN, Infinity, -Infinity, 1e999]"))'),
    wire("frame-list-null-number", FRAMES,
         'put(frame(b"null") + frame(b"7") + frame(b"[]") + frame(b"{}") + frame(b\'"x"\'))'),
    wire("frame-flood", FRAMES, """\
raw = frame({"status": "ok", "value": 371290}) * 1000
for _ in range(2000):
    put(raw)""", slow=True),
    wire("reply-in-advance", FORGED, """\
for shape in ({"status": "ok"}, {"ok": True}, {"result": 1}, {"value": ["int", "371290"]},
              {"type": "result", "value": 371290}, {"marks": {"q1-total-test": 2}},
              {"score": 2, "outcome": "done"}, {"status": "graded"}, ["ok", 371290]):
    put(frame(shape))"""),
    wire("reply-as-examiner", FORGED, """\
marks = {name: {"score": p, "max": p, "outcome": "done", "message": "", "outputs": []}
         for name, p in (("q1-total-test", 2), ("q2-share-test", 3), ("q6-grade-test", 4))}
put(frame({"status": "graded", "cells": marks}))
put(frame({"cells": marks, "status": "graded", "outputs": {}, "counts": {}}))"""),
    wire("requests-stolen", FORGED, """\
def steal():
    while True:
        for fd in sockets():
            if fd < 3: continue
            try:
                os.set_blocking(fd, False)
                got = os.read(fd, 100_000)
                print("STOLEN", got)
                os.write(fd, frame({"ok": True, "value": 371290}))
            except OSError:
                pass
        time.sleep(0.001)
threading.Thread(target=steal, daemon=True).start()"""),
    wire("requests-read-for-secrets", FORGED, """\
seen = []
def peek():
    while True:
        for fd in sockets():
            if fd < 3: continue
            try:
                s = socket.socket(fileno=os.dup(fd))
                seen.append(s.recv(100_000, socket.MSG_PEEK | socket.MSG_DONTWAIT))
                s.close()
            except OSError:
                pass
        time.sleep(0.001)
threading.Thread(target=peek, daemon=True).start()""", last="time.sleep(0.2)\nprint(seen[-50:])"),
    wire("channel-closed", FRAMES, "for fd in sockets():\n    os.close(fd)"),
    wire("channel-shut-down", FRAMES, """\
for fd in sockets():
    try: socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR)
    except OSError: pass"""),
    wire("channel-half-closed", FRAMES, """\
for fd in sockets():
    try: socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_WR)
    except OSError: pass
time.sleep(60)""", slow=True),
    wire("descriptors-sent", FRAMES, """\
for fd in sockets():
    try:
        s = socket.socket(fileno=os.dup(fd))
        for _ in range(50):
            socket.send_fds(s, [b"\\0"], [0, 1, 2] * 20, socket.MSG_DONTWAIT)
    except OSError as error:
        print(error)"""),
    wire("both-halves-of-a-fork-answer", FORGED, """\
if os.fork() == 0:
    total = 371292"""),
    wire("channel-never-read", FRAMES, """\
import signal
os.kill(os.getpid(), signal.SIGSTOP)""", slow=True),
    wire("socket-buffers-changed", FRAMES, """\
for fd in sockets():
    try:
        s = socket.socket(fileno=os.dup(fd))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        os.set_blocking(fd, False)
    except OSError as error:
        print(error)"""),
    wire("json-patched", FORGED, """\
real = json.dumps
def forged(message, *a, **k):
    text = real(message, *a, **k)
    return text.replace("0", "371290").replace("false", "true")
json.dumps = forged
json.JSONEncoder.encode = lambda self, o: forged(o)
json.encoder.c_make_encoder = None"""),
    wire("struct-and-socket-patched", FORGED, """\
socket.socket.send = lambda self, data, *a: len(data)
socket.socket.sendall = lambda self, data, *a: None
os.write = lambda fd, data: len(data)
time.monotonic = lambda: 0.0
time.perf_counter = lambda: -1e9"""),
    wire("engine-modules-patched", FORGED, """\
for name, module in list(sys.modules.items()):
    if name.startswith(("invigilator", "__main__")):
        print(name, getattr(module, "__file__", None))
        for attribute, value in list(vars(module).items()):
            if callable(value) and not isinstance(value, type) and not attribute.startswith("__"):
                def lie(*a, _n=attribute, **k):
                    return {"ok": True, "value": 371290, "tag": "int"}
                try: setattr(module, attribute, lie)
                except Exception: pass"""),
    wire("engine-objects-found-by-gc", FORGED, """\
for thing in gc.get_objects():
    kind = type(thing)
    if getattr(kind, "__module__", "").startswith("invigilator"):
        print(kind)
        try:
            text = repr(vars(thing))
            if "hidden" + "-canary" in text: print("LEAK", text[:2000])
        except Exception:
            pass"""),
    wire("frames-of-the-candidate", FORGED, """\
frame_ = sys._getframe()
while frame_:
    print(frame_.f_code.co_filename, frame_.f_code.co_name, sorted(frame_.f_locals)[:30])
    for key, value in frame_.f_locals.items():
        if "canary" in repr(value)[:100_000] and frame_.f_globals is not globals():
            print("FRAME", repr(value)[:3000])
    frame_ = frame_.f_back"""),
    wire("candidate-loop-unwound", FORGED, """\
import ctypes
def up():
    raise SystemExit
threading.Thread(target=lambda: [ctypes.pythonapi.PyThreadState_SetAsyncExc(
    ctypes.c_ulong(threading.main_thread().ident), ctypes.py_object(GeneratorExit))
    for _ in range(200) if not time.sleep(0.005)], daemon=True).start()"""),
    wire("handles-forged", "forged handles", """\
for n in range(40):
    put(frame({"handle": n, "call": "share", "args": []}))
class H:
    handle = 0
    def __reduce__(self): return (int, (371290,))""",
         answers={"q1-total": "total = H()", "q2-share": "def share(counts):\n    return H()"}),
    wire("value-encoded-by-the-student", "forged tags", """\
import builtins
for module in [m for n, m in sys.modules.items() if n.startswith("invigilator")]:
    for name in ("encode", "dumps", "pack", "describe", "to_wire", "encode_value"):
        if hasattr(module, name):
            setattr(module, name, lambda *a, **k: b'{"t":"int","v":"371290"}')"""),
    wire("type-confusion-of-tags", "forged tags", "", answers={"q1-total": """\
class T(type):
    def __eq__(cls, other): return True
    def __hash__(cls): return hash(int)
class V(metaclass=T):
    def __str__(self): return "371292"
    __repr__ = __str__
    def __int__(self): return 371292
    def bit_length(self): return 2
    def to_bytes(self, *a, **k): return b"\\x05\\xaa\\x5d"
    def __format__(self, s): return "371290"
    def hex(self): return "0x1p0"
total = V()"""}),
    wire("encoder-sees-changing-container", "nesting", "", answers={"q1-total": """\
class L(list): pass
total = {"a": [1, 2, 3]}
def grow():
    while True:
        total.setdefault("k" + str(len(total)), []).append(total["a"])
        if len(total) > 5000: total.clear(); total["a"] = []
threading.Thread(target=grow, daemon=True).start()"""}),
    wire("pretends-out-of-memory", FORGED, """\
def oom(*a): raise MemoryError("internal error")
sys.excepthook = oom
raise MemoryError"""),
    wire("replies-late-on-purpose", FORGED, "", answers={"q2-share": """\
def share(counts):
    def late():
        time.sleep(0.01)
        put(frame({"ok": True, "value": [0.5, 0.5]}))
    threading.Thread(target=late).start()
    raise ValueError("later")"""}),
    wire("exec-replaces-candidate", "kernel impersonated", """\
keep = [fd for fd in sockets() if fd > 2]
for fd in keep: os.set_inheritable(fd, True)
try:
    os.execv(sys.executable, [sys.executable, "-c", "import os, struct, time\\n"
        "for fd in %r:\\n"
        "    try:\\n"
        "        while True:\\n"
        "            b = b'{\\"ok\\": true}'\\n"
        "            os.write(fd, struct.pack('!I', len(b)) + b); os.read(fd, 65536)\\n"
        "    except OSError: pass\\n" % (keep,)])
except OSError as error:
    print(error)""", slow=True),
    wire("fork-outlives-snapshot", "names rebound", """\
def rebind():
    while True:
        globals().update(total=371292)
        time.sleep(0.001)
if os.fork() == 0:
    rebind()
threading.Thread(target=rebind, daemon=True).start()
os.register_at_fork(after_in_child=lambda: threading.Thread(target=rebind, daemon=True).start())""",
         slow=True),
    wire("at-fork-hooks", "names rebound", """\
def child():
    globals()["abs"] = lambda x: 0
    put(frame({"ok": True}))
    time.sleep(60)
os.register_at_fork(before=lambda: time.sleep(0.1), after_in_child=child,
                    after_in_parent=lambda: print("forked"))""", slow=True),
    wire("interpreter-locked", "loops that swallow interrupts", """\
import ctypes
sys.setswitchinterval(1e9)
libc = ctypes.PyDLL(None)
libc.sleep(60)""", slow=True),
]
