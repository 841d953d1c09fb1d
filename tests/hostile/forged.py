# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Attacks by a rewritten candidate: whatever its encoder could send, in every place it could.

The student's process holds the engine's own encoder, so an attacker patches it and sends values of
any tag with any payload. The trusted side must turn each into an ordinary wrong answer.
"""

from .attack import Attack

SEND = """\
import invigilator.handles as engine_handles
class Forged:
    def __init__(self, name, payload): self.name, self.payload = name, payload
def forged_other(self, writer, value):
    if type(value) is Forged:
        writer.out += b"x"
        writer.short(value.name)
        writer.write(value.payload)
        return
    return real_other(self, writer, value)
real_other = engine_handles.Handles.other
engine_handles.Handles.other = forged_other
"""
RAW = """\
import invigilator.handles as engine_handles
class Raw:
    def __init__(self, data): self.data = data
def raw_other(self, writer, value):
    if type(value) is Raw:
        writer.out += value.data
        return
    return real_other(self, writer, value)
real_other = engine_handles.Handles.other
engine_handles.Handles.other = raw_other
"""
CELLS = {"q1-total": "total", "q2-share": "share", "q3-by-day": "by_day", "q4-figure": "fig",
         "q5-greet": "greet", "q6-grade": "grade", "q7-means": "means", "q8-best": "best"}

PAYLOADS = {
    "object": (
        "5", "{}", "{'handle': -1, 'kind': 'function'}", "{'handle': 10**30, 'kind': 'function'}",
        "{'handle': 0, 'kind': 'class', 'bases': 5}", "{'handle': 0, 'kind': 'class', 'bases': ['Exception', 5]}",
        "{'handle': 0, 'kind': 'class', 'bases': ['Exception', 'print', ':', 'x:y z']}",
        "{'handle': 0, 'kind': 'function', 'signature': 7, 'name': 'x' * 10**6, 'doc': 5}",
        "{'handle': 0, 'kind': 'function', 'signature': [('a', 99, True, 0)]}",
        "{'handle': 0, 'module': ['x'], 'qualname': {}, 'kind': 'function'}",
        "{'handle': 0, 'module': 'os', 'qualname': '_exit', 'kind': 'function'}",
        "{'handle': 0, 'module': 'unittest.mock', 'qualname': 'ANY', 'kind': 'opaque'}",
        "{'handle': 0, 'module': 'builtins', 'qualname': 'type', 'kind': 'class', 'bases': []}",
        "{'handle': 0, 'module': 'builtins', 'qualname': 'exec', 'kind': 'function'}",
        "{'handle': 0, 'kind': 'iterator'}", "{'handle': True, 'kind': 'function'}",
    ),
    "record": (
        "5", "([1], {})", "({}, {})", "('os:system', {})", "('x', {1: 2})", "('realname.law.argument:Argument', {'issue': 5})",
    ),
    "figure": (
        "5", "{}", "{'title': 'Sales by day', 'axes': [{'title': 'Sales by day', 'ylabel': 'yuan'}]}",
        "{'title': 5, 'axes': 7}", "{'title': '', 'axes': [5] * 1000}",
    ),
    "error": (
        "5", "()", "('a', [], 'b', None)", "('ExceptionGroup', ['ExceptionGroup', 'Exception'], 'x', None)",
        "('UnicodeDecodeError', ['UnicodeDecodeError'], 'x', (1, 2, 3, 4, 5))", "('KeyboardInterrupt', ['KeyboardInterrupt'], '', ())",
        "('x' * 10**6, ['m:' + 'x' * 10**6, 'Exception'], 'y' * 10**6, None)", "('SystemExit', ['SystemExit'], '0', (0,))",
        "('StopIteration', ['StopIteration', 'Exception'], '', ([0.5, 0.5],))", "('A', ['x:A', 'BaseException'], '', None)",
    ),
    "iterator": ("5", "(1, 2, 3)", "('x', [1], 5)", "('x', [[1]] * 1000, True)"),
    "module": ("5", "'os'", "['os']", "'unittest.mock'", "'x' * 10**6"),
    "named tuple": ("5", "('x', (), ())", "('x y', ('a',), (1,))", "('A', ('a', 'a'), (1, 2))",
                    "('A', ('mro', 'count', 'index'), (1, 2, 3))", "('A', ('equals',) * 3, (1, 2, 3))", "('class', ('def',), (1,))"),
    "callback": ("0", "5", "-1"), "handle": ("0", "10**9", "'x'"),
    "_text": ("5",), "read": ("5",), "__class__": ("5",), "": ("5",), "x" * 100: ("5",),
    "DataFrame": ("5", "(1, 2, 3)", "(('range', 0, 10**15, 1, None), ('range', 0, 10**15, 1, None), [])",
                  "(('plain', ('numpy', 5), None, None), ('range', 0, 4, 1, None), [5])",
                  "(('multi', [], [], []), ('range', 0, 4, 1, None), [])"),
    "ndarray": ("5", "('O', (2**40,), [])", "('<f8', (2**39, 2**39), b'')", "('|V0', (10**9,), b'')", "('<U9999999', (0,), b'')",
                "('<f8', (1,) * 40, b'12345678')", "('<M8[x]', (1,), b'12345678')", "('<S0', (1048577,), b'')"),
    "Generator": ("5", "{'bit_generator': 'PCG64'}", "{'bit_generator': 'MT19937', 'state': {'pos': 10**9, 'key': []}}",
                  "{'bit_generator': 'PCG64', 'state': {'state': 10**60, 'inc': -5}, 'has_uint32': 9, 'uinteger': -1}"),
    "Decimal": ("'1e999999999999'", "'NaN123'", "'sNaN'", "5"), "Fraction": ("(1, 0)", "(10**5000, 3)"),
    "range": ("(0, 1, 0)", "(0, 10**1000, 1)"), "ZoneInfo": ("'../../etc/passwd'", "'\\x00'", "'/etc/passwd'"),
    "SimpleNamespace": ("{'equals': lambda other: print(other) or True, '__len__': len}", "{'__class__': 5}", "{5: 6}"), "defaultdict": ("('eval', {})", "(5, {})"),
    "Period": ("('period', 'D', 5)", "('period', 'x' * 10, np.zeros(1, 'i8'))"), "Interval": ("(1, 0, 'x')", "5", "(len, len, 'left')"),
    "Timestamp": ("(2**200, 's', None)", "(0, 'ns', 10**9)", "(0, 'ns', '../x')"),
    "CategoricalDtype": ("5", "('category', pd.Index([1]), np.array([5], 'i8'), True)"),
    "dtype.Float64DType": ("'|V8'", "'O'", "'<f8,<f8'"),
}  # fmt: skip


def _attacks() -> list[Attack]:
    pairs = [(tag, payload) for tag, payloads in PAYLOADS.items() for payload in payloads]
    made = []
    for number, start in enumerate(range(0, len(pairs), len(CELLS))):
        answers = {
            cell: f"{name} = Forged({tag!r}, {payload})"
            for (cell, name), (tag, payload) in zip(
                CELLS.items(), pairs[start : start + len(CELLS)], strict=False
            )
        }
        made.append(Attack(f"forged-values-{number:02}", "forged tags", SEND, answers=answers))
    made += [
        Attack(
            f"forged-results-{number:02}", "forged tags", SEND,
            answers={
                "q2-share": f"def share(counts):\n    return Forged({tag!r}, {payload})",
                "q6-grade": f"def grade(score):\n    raise Exception(Forged({tag!r}, {payload}))",
                "q7-means": f"means = [1, Forged({tag!r}, {payload}), {{'a': Forged({tag!r}, {payload})}}, 4]",
            },
        )
        for number, (tag, payload) in enumerate(pairs[::9])
    ]  # fmt: skip
    return made


BYTES = {
    "unknown-tag": "b'?'", "reference-to-nothing": "b'R' + bytes(4)", "reference-to-argument": "b'P' + bytes(4)",
    "reference-to-self": "b'l' + bytes([1, 0, 0, 0]) + b'R' + bytes(4)",
    "list-longer-than-message": "b'l' + b'\\xff' * 4", "text-longer-than-message": "b's' + b'\\xff' * 4",
    "text-not-utf8": "b's' + bytes([2, 0, 0, 0]) + b'\\xff\\xfe'", "bulk-of-wrong-tag": "b'*d' + b'q' + bytes(4)",
    "bulk-lengths-overflow": "b'*ls' + bytes([2, 0, 0, 0]) + b'\\xff' * 8", "deep-lists": "b'l\\1\\0\\0\\0' * 5000",
    "deep-tuples": "b't\\1\\0\\0\\0' * 100_000", "huge-integer": "b'I' + (60000).to_bytes(4, 'little') + b'\\x7f' * 60000",
    "unhashable-key": "b'd' + bytes([1, 0, 0, 0]) + b'l' + bytes(4) + b'N'", "doubling": "b'l\\2\\0\\0\\0' + (b'l' + bytes(4)) + b''.join(b'R' + bytes([0, 0, 0, 0]) for _ in range(1))",
    "colliding-keys": "b'd' + (100_000).to_bytes(4, 'little') + b''.join(b'I\\x10\\0\\0\\0' + (n * (2**61 - 1)).to_bytes(16, 'little') + b'N' for n in range(100_000))",
    "trailing": "b'N' + b'N' * 1000", "nothing": "b''", "infinite-nesting-of-extensions": "(b'x' + bytes([10, 0, 0, 0]) + b'SimpleName') * 1000",
    "extension-name-huge": "b'x' + b'\\xff\\xff\\xff\\x7f'",
}  # fmt: skip

ATTACKS = _attacks() + [
    Attack(f"forged-bytes-{name}", "forged tags", RAW,
           answers={"q1-total": f"total = Raw({data})",
                    "q2-share": f"def share(counts):\n    return Raw({data})"})
    for name, data in BYTES.items()
]  # fmt: skip
ATTACKS += [
    Attack("forged-requests-answered-twice", "forged replies", """\
import invigilator.candidate as c, invigilator.protocol as p
real = c.send
def twice(sock, body, *a, **k):
    real(sock, body, *a, **k); real(sock, body, *a, **k)
c.send = twice"""),
    Attack("forged-operation-words", "forged replies", """\
import invigilator.candidate as c
Handles = c.Handles
keep = Handles.encode
def encode(self, value, known=None):
    if type(value) is tuple and value and type(value[0]) is str:
        value = ("graded", True, 10**9, [], "", b"") if value[0] == "ran" else ("returned", *value[1:])
    return keep(self, value, known)
Handles.encode = encode"""),
    Attack("forged-outputs", "forged replies", """\
import invigilator.candidate as c
Handles = c.Handles
keep = Handles.encode
BAD = [5, None, {}, {"output_type": "x"}, {"output_type": ["stream"], "text": 5},
       {"output_type": "stream", "name": "<script>@RUN@</script>", "text": ["a"] * 10},
       {"output_type": "error", "ename": 5, "evalue": {}, "traceback": "x"},
       {"output_type": "error", "ename": "E", "evalue": "e", "traceback": [5, None, []]},
       {"output_type": "execute_result", "execution_count": "7", "data": 5, "metadata": []},
       {"output_type": "display_data", "data": {5: 6, "text/html": {"a": 1}, "image/png": 7}, "metadata": {"x": float("nan")}},
       {"output_type": "execute_result", "data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 10**400},
       {"output_type": "stream", "name": "stdout", "text": "\\ud800", "extra": share if "share" in globals() else 1}]
def encode(self, value, known=None):
    if type(value) is tuple and len(value) == 6 and value[0] == "ran":
        value = ("ran", "yes", "many", BAD, 5, b"?")
    return keep(self, value, known)
Handles.encode = encode"""),
    Attack("forged-outputs-not-a-list", "forged replies", """\
import invigilator.candidate as c
keep = c.Handles.encode
def encode(self, value, known=None):
    if type(value) is tuple and len(value) == 6 and value[0] == "ran":
        value = ("ran", True, -5, {"a": 1}, ["x"], {})
    return keep(self, value, known)
c.Handles.encode = encode"""),
    Attack("forged-values-of-other-names", "forged replies", """\
import invigilator.candidate as c
keep = c.Handles.encode
def encode(self, value, known=None):
    if type(value) is tuple and len(value) == 2 and value[0] == "values":
        n = keep(self, 371292)
        more = {k: n for k in ("isinstance", "abs", "zip", "len", "np", "pd", "expect", "hidden_total", "earned",
                               "__builtins__", "AssertionError", "io", "contextlib", "sales", "list", "print", 5, None)}
        value = ("values", {**value[1], **more})
    return keep(self, value, known)
c.Handles.encode = encode"""),
    Attack("forged-values-not-a-dict", "forged replies", """\
import invigilator.candidate as c
keep = c.Handles.encode
def encode(self, value, known=None):
    if type(value) is tuple and value and value[0] == "values":
        value = ("values", [1, 2, 3])
    return keep(self, value, known)
c.Handles.encode = encode"""),
    Attack("forged-changes-of-arguments", "forged replies", """\
import invigilator.candidate as c
keep = c.Handles.encode
def encode(self, value, known=None):
    if type(value) is tuple and len(value) == 4 and value[0] in ("returned", "raised"):
        v = keep(self, [0] * 3)
        value = (value[0], value[1], "Good morning, Grace.\\n", [(n, v) for n in range(-3, 60)] + [("x", 5), 7, (None, v)])
    return keep(self, value, known)
c.Handles.encode = encode"""),
    Attack("forged-printed-text", "forged replies", """\
import invigilator.candidate as c
keep = c.Handles.encode
def encode(self, value, known=None):
    if type(value) is tuple and len(value) == 4 and value[0] in ("returned", "raised"):
        value = (value[0], value[1], [b"x"] * 5, value[3])
    return keep(self, value, known)
c.Handles.encode = encode"""),
    Attack("forged-callbacks", "forged replies", """\
import invigilator.candidate as c
keep = c.Handles.encode
def share_evil(counts):
    raise ValueError
def encode(self, value, known=None):
    if type(value) is tuple and len(value) == 4 and value[0] in ("returned", "raised"):
        value = ("callback", 0, ("x",), {"y": 1})
    return keep(self, value, known)
c.Handles.encode = encode"""),
    Attack("callbacks-for-ever", "forged replies", """\
import invigilator.candidate as c
keep = c.Handles.encode
def encode(self, value, known=None):
    if type(value) is tuple and len(value) == 4 and value[0] in ("returned", "raised"):
        value = ("callback", -1, (), {})
    return keep(self, value, known)
c.Handles.encode = encode
c.Copy.serve_again = True"""),
    Attack("snapshot-refused", "forged replies", """\
import invigilator.candidate as c
c.Candidate.on_snapshot = lambda self: self.handles.encode(("snapshot",))"""),
    Attack("snapshot-is-the-original", "forged replies", """\
import invigilator.candidate as c, socket, threading, os
def on_snapshot(self):
    _, fds, _, _ = socket.recv_fds(self.link, 1, 1)
    def answer():
        self2 = object.__new__(c.Candidate); self2.__dict__.update(self.__dict__)
        self2.link = socket.socket(fileno=fds[0])
        globals()["total"] = 371292
        try: c.Copy(self2).serve()
        except Exception: pass
    threading.Thread(target=answer, daemon=True).start()
    return self.handles.encode(("snapshot",))
c.Candidate.on_snapshot = on_snapshot"""),
    Attack("snapshot-descriptors-kept", "forged replies", """\
import invigilator.candidate as c, os, socket, threading, time
kept = []
real = socket.recv_fds
def recv_fds(*a, **k):
    got = real(*a, **k)
    kept.extend(os.dup(fd) for fd in got[1])
    return got
socket.recv_fds = recv_fds
def chatter():
    while True:
        for fd in kept:
            try: os.write(fd, b"\\0\\0\\0\\1N")
            except OSError: pass
        time.sleep(0.002)
threading.Thread(target=chatter, daemon=True).start()"""),
    Attack("printed-cell-text-forged", "forged replies", """\
import invigilator.shell as s
s.Recorder.take = lambda self: [{"output_type": "stream", "name": "stdout", "text": "Good morning, Grace.\\n" * 3}]
s.Cells.run = lambda self, source, **k: True"""),
    Attack("debug-channel-abused", "forged replies", """\
import os, sys
os.environ["INVIGILATOR_DEBUG"] = "1"
sys.__stderr__ = open(os.devnull, "w")
raise SystemExit(70)"""),
]
ATTACKS += [
    Attack(f"forged-word-{name}", "forged replies", f"""\
import invigilator.candidate as c, numpy as np, pandas as pd
keep = c.Handles.encode
def encode(self, value, known=None):
    if type(value) is tuple and value and value[0] in {words!r}:
        value = ({value}, *value[1:])
    return keep(self, value, known)
c.Handles.encode = encode""")
    for name, words, value in (
        ("array-for-ran", ("ran",), "np.array([1, 2])"),
        ("table-for-values", ("values",), "pd.DataFrame({'a': [1, 2]})"),
        ("array-for-returned", ("returned", "raised"), "np.array(['returned', 'callback'])"),
        ("handle-for-returned", ("returned", "raised"), "object()"),
        ("series-for-snapshot", ("snapshot",), "pd.Series([1, 2])"),
    )
]  # fmt: skip
ATTACKS += [
    Attack(f"odd-output-{name}", "forged replies", f"get_ipython().recorder.outputs.append({made})")
    for name, made in (
        ("array-kind", "{'output_type': np.array([1, 2])}"),
        ("missing-kind", "{'output_type': pd.NA}"),
        ("series-name", "{'output_type': 'stream', 'name': pd.Series([1, 2]), 'text': 'x'}"),
        ("huge-number", "{'output_type': 'display_data', 'data': {'n': 10 ** 5000}}"),
    )
]
