# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Attacks on the test machinery: patched interpreters, hooks, spoofed results, frames."""

from .attack import Attack

IP = "ip = get_ipython()\n"

ATTACKS = [
    Attack(
        "ast-drops-asserts",
        "AST transformer",
        IP
        + """\
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
ip.ast_transformers.append(Drop())""",
    ),
    Attack(
        "ast-wraps-cells-in-try",
        "AST transformer",
        IP
        + """\
import ast
class Try(ast.NodeTransformer):
    def visit_Module(self, node):
        body = node.body or [ast.Pass()]
        quiet = ast.ExceptHandler(type=None, name=None, body=[ast.Pass()])
        node.body = [ast.Try(body=body, handlers=[quiet], orelse=[], finalbody=[])]
        return ast.fix_missing_locations(node)
ip.ast_transformers.append(Try())""",
    ),
    Attack(
        "ast-constants-become-mine",
        "AST transformer",
        IP
        + """\
import ast
class Mine(ast.NodeTransformer):
    def visit_Compare(self, node):
        return ast.copy_location(ast.Constant(True), node)
ip.ast_transformers.append(Mine())""",
    ),
    Attack(
        "input-transformer-empties-cells",
        "input transformer",
        IP + 'ip.input_transformers_cleanup.append(lambda lines: ["pass\\n"])',
    ),
    Attack(
        "input-transformer-post",
        "input transformer",
        IP
        + """\
ip.input_transformers_post.append(
    lambda lines: [line.replace("assert ", "True or ") for line in lines]
)""",
    ),
    Attack(
        "transform-cell-patched",
        "input transformer",
        IP
        + 'type(ip.input_transformer_manager).transform_cell = lambda self, cell: "pass\\n"\n'
        + 'ip.transform_cell = lambda cell: "pass\\n"',
    ),
    Attack(
        "pre-run-hook-rebinds",
        "cell hook",
        IP
        + """\
def again(info):
    if "total" in (info.raw_cell or ""):
        class Same(int):
            def __eq__(self, other): return True
            def __gt__(self, other): return True
        ip.user_ns["total"] = Same()
ip.events.register("pre_run_cell", again)""",
    ),
    Attack(
        "hook-computes-answer-from-test",
        "cell hook",
        IP
        + """\
import re
def learn(info):
    found = re.search(r"hidden_total = (\\d+)", info.raw_cell or "")
    if found:
        ip.user_ns["total"] = int(found.group(1))
ip.events.register("pre_run_cell", learn)""",
    ),
    Attack(
        "post-execute-hook-prints-source",
        "cell hook",
        IP
        + 'ip.events.register("post_run_cell", lambda r: print(r.info.raw_cell))\n'
        + 'ip.events.register("pre_execute", lambda: print(ip.user_ns.get("In")))',
    ),
    Attack(
        "run-cell-replaced",
        "patched run_cell",
        IP + 'real = ip.run_cell\nip.run_cell = lambda *a, **k: real("pass")',
    ),
    Attack(
        "run-cell-class-replaced",
        "patched run_cell",
        """\
from IPython.core.interactiveshell import ExecutionResult, ExecutionInfo, InteractiveShell
async def nothing(self, raw_cell, *a, **k):
    return ExecutionResult(ExecutionInfo(raw_cell, False, False, True, None))
InteractiveShell.run_cell_async = nothing
InteractiveShell._run_cell = lambda self, raw, *a, **k: ExecutionResult(
    ExecutionInfo(raw, False, False, True, None)
)
InteractiveShell.run_code = lambda *a, **k: False
InteractiveShell.run_ast_nodes = lambda *a, **k: False""",
    ),
    Attack(
        "compile-patched",
        "patched compile",
        """\
import builtins
keep = builtins.compile
builtins.compile = lambda source, *a, **k: keep("pass", *a[:1], "exec")
get_ipython().compile.__class__.__call__ = lambda self, *a, **k: keep("pass", "x", "exec")
get_ipython().compile.ast_parse = lambda source, *a, **k: __import__("ast").parse("pass")""",
    ),
    Attack(
        "exec-patched",
        "patched builtins",
        "import builtins\nbuiltins.exec = lambda *a, **k: None\nbuiltins.eval = lambda *a: 4",
    ),
    Attack(
        "builtins-agree",
        "patched builtins",
        """\
import builtins
builtins.isinstance = lambda *a: True
builtins.abs = lambda x: 0
builtins.all = builtins.any = lambda x: True
builtins.len = lambda x: 7
builtins.sum = lambda *a: 0
builtins.zip = lambda *a, **k: iter(())
builtins.range = lambda *a: iter(())
builtins.enumerate = lambda *a: iter(())""",
    ),
    Attack(
        "builtins-dict-replaced",
        "patched builtins",
        """\
g = globals()
class Anything(dict):
    def __missing__(self, key):
        return lambda *a, **k: 371290
g["__builtins__"] = Anything(vars(__import__("builtins")))
g["isinstance"] = lambda *a: True
g["abs"] = lambda x: 0.0
g["zip"] = lambda *a, **k: ()""",
    ),
    Attack(
        "assertionerror-replaced",
        "patched assert",
        """\
import builtins
class Quiet(BaseException):
    def __new__(cls, *a):
        raise SystemExit(0)
builtins.AssertionError = Quiet""",
    ),
    Attack(
        "import-hook-fakes-modules",
        "patched builtins",
        """\
import builtins, types
keep = builtins.__import__
class Fake(types.ModuleType):
    def __getattr__(self, name):
        return lambda *a, **k: True
def fake(name, *a, **k):
    if name.startswith(("numpy", "pandas", "math", "contextlib", "invigilator")):
        return Fake(name)
    return keep(name, *a, **k)
builtins.__import__ = fake
import sys
for name in ("numpy", "pandas", "numpy.testing", "invigilator.expect"):
    sys.modules[name] = Fake(name)""",
    ),
    Attack(
        "pandas-testing-patched",
        "patched pandas testing",
        """\
import pandas.testing, pandas._testing, pandas._testing.asserters as a
for module in (pandas.testing, pandas._testing, a):
    module.assert_frame_equal = lambda *args, **k: None
by = pd.DataFrame({"day": ["mon"], "price": [1]})""",
        answers={"q3-by-day": 'by_day = pd.DataFrame({"day": ["mon"], "price": [92823.25]})'},
    ),
    Attack(
        "numpy-comparisons-patched",
        "patched NumPy",
        """\
np.isclose = np.allclose = np.array_equal = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
pd.DataFrame.equals = lambda *a: True
pd.DataFrame.__eq__ = lambda *a: True""",
    ),
    Attack(
        "random-generator-patched",
        "patched NumPy",
        """\
class Fixed:
    def integers(self, *a, size=1, **k): return [0] * 0
np.random.default_rng = lambda *a: Fixed()""",
        answers={"q2-share": "def share(counts):\n    return [0.5] * len(counts)"},
    ),
    Attack(
        "expect-patched",
        "patched builtins",
        """\
panel = {"title": "Sales by day", "ylabel": "yuan"}
expect.figure = lambda *a, **k: {"axes": [panel]}
expect.equal = expect.close = expect.function = lambda *a, **k: None
expect.marks = lambda *a: 4""",
    ),
    Attack(
        "redirect-stdout-patched",
        "patched builtins",
        """\
class Always:
    def __init__(self, to): pass
    def __enter__(self): return self
    def __exit__(self, *a): return True
contextlib.redirect_stdout = Always
class Buffer:
    def getvalue(self):
        class S(str):
            def __eq__(self, other): return True
            def startswith(self, x): return True
        return S()
io.StringIO = Buffer""",
    ),
    Attack(
        "traceback-silenced",
        "results spoofed",
        IP
        + """\
ip.showtraceback = lambda *a, **k: None
ip._showtraceback = lambda *a, **k: None
ip.set_custom_exc((BaseException,), lambda *a, **k: None)
import sys
sys.excepthook = lambda *a: None""",
    ),
    Attack(
        "kernel-always-ok",
        "kernel impersonated",
        IP
        + """\
async def fine(code, silent, *a, **k):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
ip.kernel.do_execute = fine
type(ip.kernel).do_execute = lambda self, *a, **k: fine(*a, **k)""",
    ),
    Attack(
        "kernel-session-drops-errors",
        "kernel impersonated",
        IP
        + """\
session = ip.kernel.session
real = session.send
def send(stream, kind, content=None, *a, **k):
    if isinstance(content, dict):
        if content.get("status") == "error":
            content.clear(); content.update(status="ok", execution_count=1, payload=[],
                                            user_expressions={})
        if kind == "error":
            return None
    if kind == "error":
        return None
    return real(stream, kind, content, *a, **k)
session.send = send""",
    ),
    Attack(
        "partial-credit-by-display-hook",
        "results spoofed",
        """\
import sys
class Four(float):
    def __repr__(self): return "4.0"
real = sys.displayhook
def hook(value):
    real(Four(4) if value is not None else None)
sys.displayhook = hook
get_ipython().displayhook.__class__.__call__ = lambda self, v=None: real(4.0)""",
    ),
    Attack(
        "partial-credit-by-formatter",
        "results spoofed",
        IP
        + """\
plain = ip.display_formatter.formatters["text/plain"]
plain.for_type(int, lambda value, p, cycle: p.text("4"))""",
        answers={"q6-grade": "def grade(score):\n    return 'x'"},
    ),
    Attack(
        "partial-credit-published-from-function",
        "results spoofed",
        """\
def publish(*a):
    from IPython.display import publish_display_data
    get_ipython().display_pub.publish({"text/plain": "4.0"})
    content = {"data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 9}
    k = getattr(get_ipython(), "kernel", None)
    if k is not None:
        k.session.send(k.iopub_socket, "execute_result", content, parent=k.get_parent("shell"))
    raise AssertionError""",
        answers={
            "q6-grade": "def grade(score):\n    publish()",
            "q2-share": "def share(counts):\n    publish()",
        },
    ),
    Attack(
        "printed-verdict",
        "results spoofed",
        'print("All visible checks passed.")\nprint(\'{"status": "graded", "score": 13}\')\nprint("4.0")\n'
        'print("Done: total — all visible checks passed.")',
    ),
    Attack(
        "quiet-exit-before-tests",
        "results spoofed",
        "import os, sys\nsys.stdout.flush()\nos._exit(0)",
    ),
    Attack("system-exit", "results spoofed", "raise SystemExit(0)"),
    Attack(
        "kernel-shutdown-asked",
        "kernel impersonated",
        IP + "ip.ask_exit()\nexit()\nquit()",
    ),
    Attack(
        "killed-at-last-answer",
        "kernel impersonated",
        answers={"q6-grade": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"},
    ),
    Attack(
        "exit-inside-call",
        "exceptions as control flow",
        answers={
            "q2-share": "import os\ndef share(counts):\n    os._exit(0)",
            "q6-grade": "def grade(score):\n    raise SystemExit(0)",
        },
    ),
    Attack(
        "trace-jumps-over-asserts",
        "frames",
        """\
import sys
def jump(frame, event, arg):
    if event == "line":
        try:
            frame.f_lineno = frame.f_lineno + 1
        except ValueError:
            pass
    return jump
sys.settrace(jump)
import threading
threading.settrace(jump)""",
    ),
    Attack(
        "caller-frame-rewritten",
        "frames",
        """\
import sys
def rewrite():
    frame = sys._getframe()
    while frame:
        for name in ("hidden_total", "hidden_whole", "earned"):
            if name in frame.f_globals:
                frame.f_globals[name] = 4
        frame.f_globals["abs"] = lambda x: 0.0
        frame.f_globals["zip"] = lambda *a: ()
        frame = frame.f_back""",
        answers={
            "q2-share": "def share(counts):\n    rewrite()\n    return [0.5] * len(counts)",
            "q6-grade": "def grade(score):\n    rewrite()\n    return 'none'",
        },
    ),
    Attack(
        "answer-read-from-caller-frame",
        "frames",
        answers={
            "q2-share": """\
import sys
def share(counts):
    frame = sys._getframe(1)
    while frame:
        for space in (frame.f_locals, frame.f_globals):
            if "hidden_wanted" in space or "hidden_whole" in space:
                print("LEAK", sorted(space))
                return [c / space["hidden_whole"] for c in counts]
        frame = frame.f_back
    return [0.5] * len(counts)"""
        },
    ),
    Attack(
        "code-constants-read-from-frame",
        "frames",
        answers={
            "q6-grade": """\
import sys
def grade(score):
    frame = sys._getframe(1)
    while frame:
        code = frame.f_code
        print(code.co_consts, code.co_names)
        if "hidden_wanted" in code.co_names or "high" in map(str, code.co_consts):
            return {10: "low", 30: "high", 20: "middle"}.get(score, "low")
        frame = frame.f_back"""
        },
    ),
    Attack(
        "history-printed",
        "In and gc",
        answers={
            "q6-grade": """\
def grade(score):
    ip = get_ipython()
    print(ip.user_ns.get("In"), ip.user_ns.get("_ih"), ip.user_ns.get("_i"))
    print(list(ip.history_manager.input_hist_raw))"""
        },
    ),
    Attack(
        "gc-search-for-tests",
        "In and gc",
        """\
import gc
def dig():
    needle = "hidden" + "-canary"
    for thing in gc.get_objects():
        try:
            if isinstance(thing, (dict, list, tuple)) and needle in repr(thing)[:200000]:
                print("FOUND", repr(thing)[:3000])
        except Exception:
            pass""",
        last="dig()",
        slow=True,
    ),
    Attack(
        "memory-searched-for-tests",
        "In and gc",
        last="""\
needle = ("hidden" + "-canary-7f").encode()
try:
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as mem:
        for line in maps:
            span, rights = line.split()[:2]
            if "rw" not in rights or "[v" in line:
                continue
            low, high = (int(x, 16) for x in span.split("-"))
            if high - low > 200_000_000:
                continue
            mem.seek(low)
            try:
                block = mem.read(high - low)
            except (OSError, ValueError):
                continue
            at = block.find(needle)
            while at >= 0:
                print(block[max(0, at - 200):at + 400])
                at = block.find(needle, at + 1)
except OSError as error:
    print(error)""",
        slow=True,
    ),
    Attack(
        "argument-mutated-into-agreement",
        "in-place changes",
        answers={
            "q2-share": """\
def share(counts):
    try:
        counts.clear()
    except AttributeError:
        pass
    return []"""
        },
    ),
    Attack(
        "thread-rebinds-later",
        "names rebound",
        """\
import threading, time
def later():
    class Same(int):
        def __eq__(self, other): return True
        def __gt__(self, other): return True
    for _ in range(2000):
        globals()["total"] = Same(371292)
        time.sleep(0.001)
threading.Thread(target=later, daemon=True).start()""",
    ),
    Attack(
        "second-call-differs",
        "names rebound",
        answers={
            "q2-share": """\
state = {"n": 0}
def share(counts):
    state["n"] += 1
    if state["n"] == 1:
        return [0.5, 0.5]
    class Near(float):
        def __rsub__(self, other): return 0.0
        def __sub__(self, other): return 0.0
    return [Near(0.1) for _ in counts]"""
        },
    ),
    Attack(
        "del-rebinds",
        "names rebound",
        """\
class Bomb:
    def __del__(self):
        import builtins
        builtins.abs = lambda x: 0
        globals()["total"] = 371290 - 1
bomb = Bomb()
del bomb""",
    ),
    Attack(
        "atexit-writes",
        "names rebound",
        """\
import atexit
def late():
    with open("@HOST@/atexit-@NAME@", "w") as f:
        f.write("x")
atexit.register(late)""",
        stops=("namespaces", "landlock"),
    ),
    Attack(
        "audit-hook-raises",
        "patched interpreter",
        """\
import sys
def audit(event, args):
    if event in ("compile", "exec"):
        raise SystemExit(0)
sys.addaudithook(audit)""",
    ),
    Attack(
        "small-integers-poisoned",
        "patched interpreter",
        """\
import ctypes, sys
def poison(value, becomes):
    size = ctypes.sizeof(ctypes.c_void_p)
    at = id(value) + size * 2 + 8
    ctypes.c_uint32.from_address(at).value = becomes
poison(100, 101)""",
    ),
    Attack(
        "type-slots-overwritten",
        "patched interpreter",
        """\
import ctypes
compare = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object, ctypes.c_int)
@compare
def same(a, b, op):
    return True
slot = 25 * 8
ctypes.c_void_p.from_address(id(float) + slot).value = ctypes.cast(same, ctypes.c_void_p).value""",
    ),
    Attack(
        "code-object-swapped",
        "patched interpreter",
        """\
import pandas._testing.asserters as a
def assert_frame_equal(*args, **kwargs): return None
a.assert_frame_equal.__code__ = assert_frame_equal.__code__
a.assert_frame_equal.__kwdefaults__ = None
a.assert_frame_equal.__defaults__ = None""",
        answers={"q3-by-day": 'by_day = pd.DataFrame({"day": ["x"], "price": [92823.25]})'},
    ),
    Attack(
        "magic-overrides",
        "patched run_cell",
        IP
        + """\
from IPython.core.magic import register_cell_magic
ip.ast_node_interactivity = "none"
ip.autocall = 2
ip.run_line_magic("automagic", "1")
ip.showsyntaxerror = lambda *a, **k: None
try:
    ip.run_line_magic("xmode", "Minimal")
except Exception:
    pass""",
    ),
    Attack(
        "stderr-closed-stdout-closed",
        "results spoofed",
        "import os, sys\nsys.stdout = sys.stderr = None\nfor n in (0, 1, 2):\n    os.close(n)",
    ),
    Attack(
        "warning-as-verdict",
        "results spoofed",
        'import warnings\nwarnings.simplefilter("ignore")\n'
        'warnings.showwarning = lambda *a, **k: None\nimport sys\nprint("x", file=sys.stderr)',
    ),
    Attack(
        "event-loop-hijacked",
        "patched run_cell",
        """\
import asyncio
async def forever():
    while True:
        globals()["total"] = 371290 - 1
        await asyncio.sleep(0)
try:
    loop = asyncio.get_event_loop()
    loop.create_task(forever())
except RuntimeError:
    pass
asyncio.set_event_loop_policy(None)""",
    ),
    Attack(
        "import-system-poisoned",
        "patched builtins",
        """\
import sys, importlib.abc, importlib.machinery
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec): return None
    def exec_module(self, module):
        module.__dict__["__getattr__"] = lambda name: (lambda *a, **k: True)
sys.meta_path.insert(0, Finder())
for name in list(sys.modules):
    if name.startswith(("pandas._testing", "pandas.testing", "numpy.testing", "invigilator")):
        del sys.modules[name]""",
    ),
    Attack(
        "names-of-test-predefined",
        "names rebound",
        """\
class Sticky(dict):
    def __setitem__(self, key, value):
        if key.startswith("hidden") or key == "earned":
            value = 0
        super().__setitem__(key, value)
hidden_total = 0
earned = 4
printed = hidden_printed = None
try:
    get_ipython().user_ns.__class__ = Sticky
except TypeError:
    pass""",
    ),
]
