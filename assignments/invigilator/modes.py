"""What runs at generate time tell: names of answers, and which tests cannot be split."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import beside
from .limits import Limits
from .marks import TIMED_OUT, CellMark, Marked
from .plan import bound, own_tools, parsed, taken, without_magics
from .sandbox import Sandbox
from .session import Session
from .testcell import compile_cell
from .warmth import interrupted

if TYPE_CHECKING:
    from .marking import Marker

REFERENCE = "the reference"
STUDENT = "reference"  # who hands the reference in: tests may ask for an id


@dataclass(frozen=True)
class Measured:
    """What running the reference tells about an assignment.

    names    grade_id of an answer cell -> names it binds or changes, imports included
    facts    JSON-serialisable; keep it in the skeleton as `facts`
    endless  first line of a cell that did not come to its end in time, "" if all did
    """

    names: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Any]
    endless: str = ""


@dataclass(frozen=True)
class Mode:
    """How a test cell is graded, and why it is legacy if it is.

    missed  what the reference earns of its points, and why; "" if it earns all of them
    """

    mode: str
    why: str = ""
    missed: str = ""


def submission_of(
    skeleton: Mapping[str, Any], key: str = "source", answers: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The skeleton's own cells as a submission: the reference, or `key="stub"` for the release."""
    found = []
    for cell in skeleton["cells"]:
        own = cell["kind"] in ("answer", "manual")
        source = cell.get(key, cell["source"]) if own else cell["source"]
        if answers and cell["grade_id"] in answers:
            source = answers[cell["grade_id"]]
        found.append(
            {
                "role": cell["kind"],
                "grade_id": cell["grade_id"],
                "id": cell["id"],
                "cell_type": cell["cell_type"],
                "source": source,
            }
        )
    return found


def measure(
    skeleton: Any, *, sandbox: Sandbox | None = None, limits: Limits | None = None
) -> Measured:
    """Run the reference in the sandbox; which names does each answer cell bind or change?"""
    from .marking import Marker, plain_skeleton

    plain = plain_skeleton(skeleton) | {"facts": {}}
    with Marker(plain, sandbox=sandbox, limits=limits) as marker:
        session = Session(marker, submission_of(plain), "", {"survey": True})
        marked = session.run()
    sources = {cell["grade_id"]: cell["source"] for cell in plain["cells"]}
    names: dict[str, tuple[str, ...]] = {}
    facts: dict[str, dict[str, str]] = {}
    for survey in session.surveys:
        before, after = survey["before"], survey["after"]
        source = sources[survey["survey"]]
        touched = {name for name in after if after[name] != before.get(name)}
        touched |= (bound(source) | stored_into(source)) & set(after)
        names[survey["survey"]] = tuple(sorted(touched))
        for name in touched:
            kind, _, module, qualname = after[name]
            if module:
                facts[name] = {"kind": kind, "module": module, "qualname": qualname}
    return Measured(
        with_missing(plain["cells"], names), {"names": facts}, endless(plain["cells"], marked)
    )


def endless(cells: Sequence[Mapping[str, Any]], marked: Marked) -> str:
    """First line of the first cell that was interrupted, or that ended the run by not ending."""
    for cell in cells:
        if cell["cell_type"] != "code" or cell["kind"] == "test":
            continue
        there = marked.outputs.get(cell["id"])
        if interrupted(there or ()) or (there is None and marked.status == TIMED_OUT):
            return str(cell["source"].strip().partition("\n")[0])
    return ""


def with_missing(
    cells: Sequence[Mapping[str, Any]], names: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """`names`, and what tests ask for that the reference left out and no instructor cell binds.

    Only a reference without a solution leaves anything out: a student's answer must bind it then.

    >>> answer = {"kind": "answer", "cell_type": "code", "grade_id": "q", "source": "..."}
    >>> test = {"kind": "test", "cell_type": "code", "grade_id": "t", "source": "assert abs(a)"}
    >>> with_missing([answer, test], {"q": ()})
    {'q': ('a',)}
    """
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    there = {name for found in names.values() for name in found}
    there |= {*dir(builtins), "display", "get_ipython"}
    for cell in code:
        if cell["kind"] not in ("answer", "manual"):
            there |= bound(cell["source"])
    found, answer = dict(names), ""
    for cell in code:
        if cell["kind"] in ("answer", "manual") and cell["grade_id"]:
            answer = cell["grade_id"]
        elif cell["kind"] == "test" and answer:
            more = {name for name in asked(cell["source"]) - there if name[0] != "_"}
            found[answer] = tuple(sorted({*found.get(answer, ()), *more}))
    return found


def asked(source: str) -> frozenset[str]:
    """Global names this source looks up, in functions too, and does not bind at its top level.

    >>> sorted(asked("def twice(x): return factor * x\\nassert twice(3) == want"))
    ['factor', 'want']
    """
    try:
        top = symtable.symtable(source, "", "exec")
    except (SyntaxError, ValueError):
        return frozenset()
    found, inner = set(), list(top.get_children())
    while inner:
        table = inner.pop()
        found |= {one.get_name() for one in table.get_symbols() if one.is_global()}
        inner += table.get_children()
    found |= {one.get_name() for one in top.get_symbols() if one.is_referenced()}
    return frozenset(found) - bound(source)


def replaceable(skeleton: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """grade_id of a test -> names it uses that the reference imports and a student may replace."""
    code = [cell for cell in skeleton["cells"] if cell["cell_type"] == "code"]
    used = {cell["id"]: asked(cell["source"]) for cell in code}
    tools = own_tools(code, used)
    own: set[str] = set()
    found = {}
    for cell in code:
        if cell["kind"] in ("answer", "manual"):
            own |= set(taken(cell["source"]))
        elif cell["kind"] != "test":
            own -= bound(cell["source"])
        elif cell.get("mode") != "legacy" and (left := (used[cell["id"]] & own)
                                               - tools[cell["id"]].keys()):  # fmt: skip
            found[str(cell["grade_id"])] = tuple(sorted(left))
    return found


def stored_into(source: str) -> frozenset[str]:
    """Names of which this source changes a part: `x.a = …`, `x[0] = …`, `del x[0]`.

    >>> sorted(stored_into("frame['b'] = 1; point.x += 2; y = 3"))
    ['frame', 'point']
    """
    found = set()
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            inner: ast.AST = node
            while isinstance(inner, ast.Attribute | ast.Subscript):
                inner = inner.value
            if isinstance(inner, ast.Name):
                found.add(inner.id)
    return frozenset(found)


def decide_modes(
    skeleton: Any,
    wrong_answers: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    *,
    sandbox: Sandbox | None = None,
    limits: Limits | None = None,
    seed: int | str = "",
) -> dict[str, Mode]:
    """grade_id of each test -> Mode: marks compared in one process and split.

    The reference, the stub and submissions with one wrong answer to every question each
    (`wrong_answers`: grade_id of the answer -> [(name, source)]) are marked both ways; a test whose
    marks differ, or that must run beside the answers (`beside`), becomes legacy. `skeleton` must
    carry the names and facts of `measure`, and `stub` on its answer cells.
    """
    from .marking import Marker, plain_skeleton

    plain = plain_skeleton(skeleton)
    plain["cells"] = [cell | {"mode": "split", "why": ""} for cell in plain["cells"]]
    code = [cell for cell in plain["cells"] if cell["cell_type"] == "code"]
    given = [cell["source"] for cell in code if cell["kind"] in ("locked", "given", "test")]
    modules = frozenset().union(*map(beside.imports, map(without_magics, given)))
    own = frozenset().union(*(cell["names"] for cell in code))
    tests = [cell for cell in plain["cells"] if cell["kind"] == "test"]
    modes = {cell["grade_id"]: Mode("split") for cell in tests}
    for cell in tests:
        if why := not_apart(cell["source"], modules, own):
            modes[cell["grade_id"]] = Mode("legacy", why)
            cell["mode"] = "legacy"
    with Marker(plain, sandbox=sandbox, limits=limits, seed=seed) as marker:
        for name, cells in variants(plain, wrong_answers or {}):
            split = _mark(marker, cells, {})
            together = _mark(marker, cells, {"one_process": True})
            for grade_id, mode in modes.items():
                if mode.mode == "split":
                    modes[grade_id] = compared(grade_id, name, split, together)
            if name == REFERENCE:
                earned, stock = split, together
    while any(modes[cell["grade_id"]].mode != cell["mode"] for cell in tests):
        for cell in tests:
            cell["mode"] = modes[cell["grade_id"]].mode
        with Marker(plain, sandbox=sandbox, limits=limits, seed=seed) as marker:
            earned = _mark(marker, submission_of(plain), {})
        for grade_id, mode in modes.items():  # one may miss what a legacy test left before
            if mode.mode == "split":
                modes[grade_id] = compared(grade_id, REFERENCE, earned, stock)
    return {
        name: replace(mode, missed=shortfall(earned.cells[name])) for name, mode in modes.items()
    }


def variants(
    plain: Mapping[str, Any], wrong_answers: Mapping[str, Sequence[tuple[str, str]]]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The submissions to compare, each with its name."""
    yield REFERENCE, submission_of(plain)
    yield "the stub", submission_of(plain, "stub")
    rounds = max(map(len, wrong_answers.values()), default=0)
    for number in range(rounds):  # one wrong answer to every question at a time
        chosen = {
            grade_id: answers[number]
            for grade_id, answers in wrong_answers.items()
            if number < len(answers)
        }
        names = ", ".join(f"{name!r}" for name, _ in chosen.values())
        sources = {grade_id: source for grade_id, (_, source) in chosen.items()}
        yield f"a submission with the answers {names}", submission_of(plain, answers=sources)


def _mark(marker: Marker, cells: list[dict[str, Any]], options: Mapping[str, Any]) -> Marked:
    return Session(marker, cells, STUDENT, options).run()


def shortfall(mark: CellMark) -> str:
    """What a mark is short of its points, "" if it is not."""
    if mark.score >= mark.max:
        return ""
    return f"{mark.score:g} of {mark.max:g} points{': ' + mark.message if mark.message else ''}"


def compared(grade_id: str, name: str, split: Marked, together: Marked) -> Mode:
    """Split while both ways agree; otherwise legacy, with the reason.

    Where the reference earns less in one process (an earlier test spoils it there), split is the
    better of the two. A test of the reference that needed to look into what cannot be looked into
    is legacy even if it caught the refusal.
    """
    ours, theirs = split.cells[grade_id], together.cells[grade_id]
    if name == REFERENCE and ours.unread and ours.score <= theirs.score:
        return Mode("legacy", f"it asks something of {ours.unread}, which stays with the answer")
    if ours.score == theirs.score or (name == REFERENCE and ours.score > theirs.score):
        return Mode("split")
    reason = ours.message or theirs.message or "its marks differ"
    return Mode(
        "legacy",
        f"{reason.rstrip('.')} ({name} earns {theirs.score:g} of {theirs.max:g} in one process, "
        f"{ours.score:g} with the test in a process of its own)",
    )


def not_apart(source: str, modules: Iterable[str] = (), own: Iterable[str] = ()) -> str:
    """Why reading a test tells that it must run beside the answers, "" if it does not tell."""
    try:
        compile_cell(source)
    except (SyntaxError, ValueError):
        return "it is not plain Python (a magic, a shell command or another language)"
    return beside.why(source, modules, own)
