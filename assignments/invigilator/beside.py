"""Tests that say something only where they run beside the student's code.

A test that asks for the *absence* of something (no `sum` in the text, no warning, no such name)
holds for everybody when it runs elsewhere, and no comparison of right answers tells. Such tests are
found by reading them: by names, attributes and calls, never by words in texts or comments.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from .plan import parsed

CODE = "it looks at the code of an answer"
PATCHED = "it replaces a part of the process that answers use"
ASKED = "it watches what a call does to its process, such as warnings"
NAMES = "it asks which names there are"
IPYTHON = "it asks for the running IPython"

WORDS = {
    "get_ipython": IPYTHON,
    **dict.fromkeys(("getsource", "getsourcelines", "findsource", "getclosurevars"), CODE),
    **dict.fromkeys(("__code__", "co_names", "co_consts", "co_code", "co_varnames"), CODE),
    **dict.fromkeys(("co_argcount", "co_flags"), CODE),
    **dict.fromkeys(("isgeneratorfunction", "iscoroutinefunction", "isasyncgenfunction"), CODE),
    **dict.fromkeys(("GeneratorType", "isgenerator", "get_instructions"), CODE),
    **dict.fromkeys(("monkeypatch", "MonkeyPatch"), PATCHED),
    **dict.fromkeys(("redirect_stderr", "warns", "deprecated_call", "assertWarns"), ASKED),
    **dict.fromkeys(("assert_warns", "assert_no_warnings", "recwarn"), ASKED),
}
WATCHES = frozenset({"simplefilter", "filterwarnings", "catch_warnings", "errstate", "seterr"})
QUIET = ("ignore", "default", "once", "warn", False)
LISTS = frozenset({"globals", "locals", "vars", "dir"})
STDOUT = "sys.stdout"  # what is printed across the border arrives at the test's own


def why(source: str, modules: Iterable[str] = (), own: Iterable[str] = ()) -> str:
    """Why this test must run beside the answers, "" if it need not.

    modules  names that stand for imported modules
    own      names that answers bind: a function of the student's may be called `patch`

    >>> why("assert 'for' not in inspect.getsource(f)")
    'it looks at the code of an answer'
    >>> why("text = 'getsource'  # globals()")
    ''
    """
    tree = parsed(source)
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    found = Finder({*modules, *imports(source)}, {*own, *bound})
    found.visit(tree)
    return found.reason or rebound(tree)


def imports(source: str) -> frozenset[str]:
    """Names that `import …` binds to modules in this source.

    >>> sorted(imports("import numpy as np, os.path"))
    ['np', 'os']
    """
    return frozenset(
        (item.asname or item.name).split(".")[0]
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.Import)
        for item in node.names
    )


class Finder(ast.NodeVisitor):
    """Looks for the first reason."""

    def __init__(self, modules: set[str], own: set[str]) -> None:
        self.modules, self.own = modules, own
        self.reason = ""

    def found(self, reason: str) -> None:
        """The first reason is kept."""
        self.reason = self.reason or reason

    def word(self, word: str) -> None:
        """A name or an attribute."""
        if word in WORDS and word not in self.own:
            self.found(WORDS[word])

    def visit_Name(self, node: ast.Name) -> None:
        self.word(node.id)
        if isinstance(node.ctx, ast.Load) and node.id not in self.own:
            if node.id == "patch":
                self.found(PATCHED)
            elif node.id in WATCHES:
                self.found(ASKED)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.word(node.attr)
        base = dotted(node.value)
        if node.attr == "patch" and base.split(".")[-1] == "mock":
            self.found(PATCHED)
        elif node.attr in WATCHES:
            self.found(ASKED)
        elif base == "dis":
            self.found(CODE)
        elif base in self.modules and self.replaces(node):
            self.found(PATCHED)
        self.generic_visit(node)

    def replaces(self, node: ast.Attribute) -> bool:
        """Is this attribute set or deleted? (What is printed arrives at any `sys.stdout`.)"""
        return isinstance(node.ctx, ast.Store | ast.Del) and dotted(node) != STDOUT

    def visit_Call(self, node: ast.Call) -> None:
        called = dotted(node.func)
        last = called.split(".")[-1]
        first = node.args[0] if node.args else None
        if (
            (last == "patch" and isinstance(first, ast.Constant) and first.value == STDOUT)
            or (last in WATCHES and only_quiets(node))
        ):  # fmt: skip
            for argument in (*node.args, *(each.value for each in node.keywords)):
                self.visit(argument)
            return
        if called in LISTS and not node.args and not node.keywords:
            self.found(NAMES)
        elif called in ("setattr", "delattr") and first is not None:
            if dotted(first) in self.modules:
                self.found(PATCHED)
        elif last in ("raises", "assertRaises") and first is not None:
            self.caught(first, fails=False)
        self.generic_visit(node)

    def caught(self, kind: ast.AST, *, fails: bool) -> None:
        """A test that expects a NameError asks for an absence."""
        if dotted(kind) == "NameError" and not fails:
            self.found(NAMES)

    def visit_Assert(self, node: ast.Assert) -> None:
        """`assert "name" in globals()` asks for a presence: that holds on both sides."""
        parts = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
        either = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or)
        for part in parts:
            if either or not asks_for_presence(part):
                self.visit(part)
        if node.msg is not None:
            self.visit(node.msg)

    def visit_Try(self, node: ast.Try) -> None:
        """`except NameError: pass` after which the test goes on to fail asks for an absence."""
        for handler in node.handlers:
            if handler.type is not None and (fails(node.body) or fails(node.orelse)):
                self.caught(handler.type, fails=fails(handler.body))
        self.generic_visit(node)


def dotted(node: ast.AST) -> str:
    """`a.b.c` as text, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def only_quiets(call: ast.Call) -> bool:
    """Does this call about warnings only silence them? Then no answer can fail by it.

    >>> only_quiets(ast.parse("simplefilter('ignore')", mode="eval").body)
    True
    """
    about = {"category", "message", "module", "lineno", "append"}
    said = [*call.args[:1], *(each.value for each in call.keywords if each.arg not in about)]
    return all(isinstance(value, ast.Constant) and value.value in QUIET for value in said)


def asks_for_presence(node: ast.AST) -> bool:
    """Is this `"name" in globals()`, or in one of its like?"""
    return (
        isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Constant)
        and len(node.ops) == 1
        and isinstance(node.ops[0], ast.In)
        and isinstance(node.comparators[0], ast.Call)
        and not node.comparators[0].args
        and dotted(node.comparators[0].func) in LISTS
    )


def fails(body: list[ast.stmt]) -> bool:
    """Does one of these statements raise, or assert what is false?"""
    return any(
        isinstance(each, ast.Raise)
        or (isinstance(each, ast.Assert) and isinstance(each.test, ast.Constant))
        for each in body
    )


def rebound(tree: ast.Module) -> str:
    """Does the test put a function in the place of a built-in, or take a name away?

    >>> rebound(ast.parse("def sum(*_): raise AssertionError"))
    'it replaces a part of the process that answers use'
    """
    there: set[str] = set()
    for node in tree.body:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Del):
                if inner.id not in there:
                    return NAMES
            elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                there.add(inner.id)
        taken: list[str] = []
        if isinstance(node, ast.FunctionDef):
            there.add(node.name)
            taken = [node.name]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            there |= {(item.asname or item.name).split(".")[0] for item in node.names}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda | ast.Name):
            taken = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.ClassDef | ast.AsyncFunctionDef):
            there.add(node.name)
        if any(callable(getattr(builtins, name, None)) for name in taken):
            return PATCHED
    return ""
