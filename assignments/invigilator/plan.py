"""What the examiner knows of an assignment before the first submission comes."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from .testcell import Compiled, compile_cell

# A cell that mentions one of these may give each student something else,
PERSONAL = frozenset(
    {"submission", "owner", "default_id", "require_own", "environ", "getenv", "flag"}
)
# and so may one that asks `expect` for these.
ASKED = frozenset({"seed", "printed", "source", "figures"})
EVERYTHING = frozenset({"globals", "locals", "vars", "eval", "exec", "dir"})


@dataclass(frozen=True)
class Plan:
    """The skeleton, read for examining.

    cells     code cells by id
    compiled  instructor cells by id, compiled once
    reads     id -> names a cell may look up, also by way of helpers of earlier instructor cells
    binds     id -> names a cell binds
    shared    locked cells that are the same for every student, in order
    definitions  id of a test -> its imports, functions and classes, for the tests after it where
              it is itself legacy
    tools     id of a test or given cell -> {name: (module, name there)}: what answer cells import
              and this cell uses for itself, see `own_tools`
    """

    cells: Mapping[str, dict[str, Any]]
    compiled: Mapping[str, Compiled]
    reads: Mapping[str, frozenset[str]]
    binds: Mapping[str, frozenset[str]]
    shared: tuple[dict[str, Any], ...]
    definitions: Mapping[str, tuple[CodeType, ...]]
    tools: Mapping[str, Mapping[str, tuple[str, str]]]
    facts: Mapping[str, Any]
    records: list[str]
    folder: str | None


def load_plan(skeleton: Mapping[str, Any]) -> Plan:
    """Read a skeleton's plain dictionary."""
    code = [cell for cell in skeleton["cells"] if cell["cell_type"] == "code"]
    compiled: dict[str, Compiled] = {}
    reads: dict[str, frozenset[str]] = {}
    binds: dict[str, frozenset[str]] = {}
    shared: list[dict[str, Any]] = []
    personal: set[str] = set()
    helpers: set[str] = set()
    definitions: dict[str, tuple[CodeType, ...]] = {}
    for cell in code:
        binds[cell["id"]] = bound(cell["source"])
        if cell["kind"] == "test":
            definitions[cell["id"]] = defined(cell["source"])
        if cell["kind"] in ("answer", "manual"):
            personal |= set(cell["names"]) or bound(cell["source"])
            continue
        try:
            test = cell["kind"] == "test"
            source = cell["source"] if test else without_magics(cell["source"])
            done = compiled[cell["id"]] = compile_cell(source, cell["id"])
        except (SyntaxError, ValueError):
            reads[cell["id"]] = frozenset()
            continue  # such a locked cell runs in the candidate only, such a test is legacy
        mentioned = done.mentioned
        helpers |= mentioned
        everything = mentioned & EVERYTHING
        reads[cell["id"]] = frozenset(personal) if everything else frozenset(helpers)
        asks = "expect" in mentioned and mentioned & ASKED
        if cell["kind"] != "test" and only_looks(cell["source"]):
            del compiled[cell["id"]]  # shows a value to the student and does nothing else
        elif cell["kind"] == "test" or mentioned & (personal | PERSONAL) or everything or asks:
            personal |= binds[cell["id"]]
        else:
            shared.append(cell)
    return Plan(
        {cell["id"]: cell for cell in code},
        compiled,
        reads,
        binds,
        tuple(shared),
        definitions,
        own_tools(code, {name: one.mentioned for name, one in compiled.items()}),
        skeleton.get("facts") or {},
        list(skeleton.get("records") or ()),
        skeleton.get("folder"),
    )


def parsed(source: str) -> ast.Module:
    """The tree of a source; of one that is not Python, an empty tree."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def defined(source: str) -> tuple[CodeType, ...]:
    """The imports, functions and classes at the top level of a source, each ready to run."""
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    return tuple(compile(ast.Module([node], []), "<test>", "exec")
                 for node in parsed(without_magics(source)).body if isinstance(node, kinds))


def taken(source: str) -> dict[str, tuple[str, str]]:
    """What `from … import …` brings at the top level: name -> (module, name there).

    >>> taken("from math import isclose as near, pi; import os")
    {'near': ('math', 'isclose'), 'pi': ('math', 'pi')}
    """
    return {
        item.asname or item.name: (node.module or "", item.name)
        for node in parsed(without_magics(source)).body
        if isinstance(node, ast.ImportFrom) and not node.level
        for item in node.names
        if item.name != "*"
    }


def own_tools(
    code: Sequence[Mapping[str, Any]], mentioned: Mapping[str, frozenset[str]]
) -> dict[str, dict[str, tuple[str, str]]]:
    """Imports of answer cells that an instructor's cell uses as its own tools, by the cell's id.

    What a released answer cell imports is a tool. What only the reference imports is one beside
    something that the same answer makes; alone it may be the answer itself.
    """
    rebound = frozenset().union(*(made(cell["source"]) for cell in code if _answers(cell)))
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for cell in code:
        used = mentioned.get(cell["id"], frozenset())
        found[cell["id"]] = {
            name: where
            for answer in code if _answers(answer)
            for given, where_from in ((True, "stub"), (False, "source"))
            for name, where in taken(answer.get(where_from) or "").items()
            if name not in rebound and name in used and (given or used & made(answer["source"]))
        }  # fmt: skip
    return found


def _answers(cell: Mapping[str, Any]) -> bool:
    return cell["kind"] in ("answer", "manual")


def made(source: str) -> frozenset[str]:
    """Names bound at the top level other than by an import.

    >>> sorted(made("from math import pi, e\\npi = 3"))
    ['pi']
    """
    kinds = ast.Import | ast.ImportFrom
    rest = [node for node in parsed(without_magics(source)).body if not isinstance(node, kinds)]
    return bound(ast.unparse(ast.Module(rest, [])))


def bound(source: str) -> frozenset[str]:
    """Names that running this source binds at its top level, as far as reading it tells."""
    tree = parsed(without_magics(source))
    found: set[str] = set()
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(item.asname or item.name).split(".")[0] for item in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        pending += list(ast.iter_child_nodes(node))
    return frozenset(found)


def without_magics(source: str) -> str:
    """This source with `pass` for each line that is a magic or a shell command.

    Cell magics stay: what stands under one may be another language. Line numbers stay too.

    >>> without_magics("%matplotlib inline\\nif here:\\n    !ls\\ntext = '%s'")
    "pass\\nif here:\\n    pass\\ntext = '%s'"
    """
    lines = source.split("\n")
    while True:
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as error:
            number = (error.lineno or 0) - 1
            line = lines[number] if 0 <= number < len(lines) else ""
            rest = line.lstrip()
            if rest[:1] not in ("%", "!") or rest.startswith("%%"):
                break
            lines[number] = line[: len(line) - len(rest)] + "pass"
        except ValueError:
            break
        else:
            break
    return "\n".join(lines)


def only_looks(source: str) -> bool:
    """Is this a single look at a value: a name, an attribute, an item?

    >>> only_looks("frame.head"), only_looks("frame.sort_values('a', inplace=True)")
    (True, False)
    """
    try:
        tree = ast.parse(without_magics(source))
    except (SyntaxError, ValueError):
        return False
    looks = ast.Name | ast.Attribute | ast.Subscript
    return all(isinstance(n, ast.Expr) and isinstance(n.value, looks) for n in tree.body)


def imported(source: str) -> frozenset[str]:
    """Modules this source imports by absolute name.

    >>> sorted(imported("import numpy as np; from os import path"))
    ['numpy', 'os']
    """
    tree = parsed(without_magics(source))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {item.name for item in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return frozenset(found)
