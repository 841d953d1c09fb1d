"""A class made by code: right, wrong, untouched, half done, broken and honestly odd notebooks.

Made from the recorded skeleton of any problem set and its listed wrong answers
(``rubrics/psNN-answers.yml``). Every sample carries the marks it must get, so that the
same class serves the tests, `make grade` and the measured error rate of the grader.
Student ids are tokens, not names.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import yaml

from . import statuses
from .skeleton import Skeleton, SkeletonCell
from .submission import visible

MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
IDENTITY = "student-id"


class AnswersError(Exception):
    """The list of wrong answers cannot be used. One line."""


@dataclass(frozen=True)
class Wrong:
    """One wrong answer that is expected, with the message and the marks it must get."""

    name: str
    answer: str
    says: str = ""
    marks: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One submission of the sample class.

    ``marks`` maps test cells to the automatic mark they must get; a cell that is not
    listed may get any. ``says`` maps test cells to words their sentence must hold.
    """

    student: str
    about: str
    data: bytes
    marks: Mapping[str, float]
    says: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    status: str = statuses.GRADED


def wrong_answers(path: Path) -> dict[str, list[Wrong]]:
    """The listed wrong answers by grade_id of the answer cell; empty without a file.

    Raises AnswersError with file and place when the list is malformed.
    """
    if not path.exists():
        return {}
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return {str(cell): [Wrong(name=str(one["name"]), answer=str(one["answer"]).rstrip("\n"),
                                  says=str(one.get("says", "")),
                                  marks={str(k): float(v)
                                         for k, v in (one.get("marks") or {}).items()})
                            for one in listed] for cell, listed in given.items()}
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise AnswersError(f"{path.name}: not a list of wrong answers ({error!r}); "
                           "each needs a name and an answer") from None


def answers_file(rubrics: Path, assignment: str) -> Path:
    """Where the wrong answers of an assignment stand.

    >>> answers_file(Path("rubrics"), "ps01-one-rule-five-reports").name
    'ps01-answers.yml'
    """
    return rubrics / f"{assignment.split('-', 1)[0]}-answers.yml"


def solved(cell: SkeletonCell, student: str) -> str:
    """The reference answer as a student would have typed it."""
    if cell.grade_id == IDENTITY:
        return f"STUDENT_ID = {student!r}"
    return MARKER.sub("", cell.source)


def build(skeleton: Skeleton, wrong: Mapping[str, list[Wrong]]) -> list[Sample]:
    """The whole class, at least 16 submissions, in a fixed order."""
    unknown = sorted(set(wrong) - {cell.grade_id for cell in skeleton.answers})
    if unknown:
        raise AnswersError(f"{skeleton.notebook}: wrong answers are listed for "
                           f"'{unknown[0]}', which is no answer cell")
    made: list[Sample] = []

    def add(about: str, notebook: dict[str, Any], marks: Mapping[str, float], *,
            file: str = "", **more: Any) -> None:
        student = f"s{len(made) + 1:02d}-{about}"
        text = json.dumps(notebook, ensure_ascii=False).replace("@STUDENT@", student)
        made.append(Sample(student, about, more.pop("data", None) or text.encode(), marks,
                           file=file or f"{skeleton.notebook}.ipynb", **more))

    full = {str(cell.grade_id): cell.points for cell in skeleton.tests}
    none = dict.fromkeys(full, 0.0)
    right = notebook_of(skeleton)
    add("correct", right, full)
    add("untouched", notebook_of(skeleton, lambda cell: cell.stub), none)
    add("half-done", *_half(skeleton, full))
    add("broken-file", {}, none, status=statuses.UNREADABLE,
        data=json.dumps(right).encode()[: len(json.dumps(right)) // 2])
    add("empty-file", {}, none, status=statuses.UNREADABLE, data=b"\n")
    add("renamed", right, full, file="my homework (1).ipynb")
    for about, change in ODDITIES.items():
        changed = copy.deepcopy(right)
        add(about, change(changed) or changed, full)
    cheat = notebook_of(skeleton, lambda cell: cell.stub)
    for cell in _tests(cheat):
        cell["source"] = "print('Done: everything.')"
    add("edited-tests", cheat, none)
    add("other-id", json.loads(json.dumps(right).replace("@STUDENT@", made[0].student)), {})
    add("unknown-id", json.loads(json.dumps(right).replace("@STUDENT@", "not-in-this-class")), full)
    for number in range(max((len(listed) for listed in wrong.values()), default=0)):
        add(f"wrong-{number + 1}", *_wrong(skeleton, wrong, number, full)[:2],
            says=_wrong(skeleton, wrong, number, full)[2])
    return made


def notebook_of(skeleton: Skeleton, answer: Callable[[SkeletonCell], str] | None = None
                ) -> dict[str, Any]:
    """The notebook as handed in by someone whose id is the placeholder ``@STUDENT@``."""
    cells = []
    for cell in skeleton.cells:
        source = visible(cell.stub)
        if cell.kind in ("answer", "manual"):
            keep = answer is not None and cell.grade_id != IDENTITY
            source = answer(cell) if answer and keep else solved(cell, "@STUDENT@")
        made: dict[str, Any] = {"cell_type": cell.cell_type, "id": cell.id, "source": source,
                                "metadata": copy.deepcopy(dict(cell.metadata))}
        if cell.cell_type == "code":
            made |= {"outputs": [], "execution_count": None}
        cells.append(made)
    return {"cells": cells, "metadata": dict(skeleton.metadata), "nbformat": 4,
            "nbformat_minor": 5}


def _tests(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"]
            if _flag(cell, "grade") and not _flag(cell, "solution")]


def _answers(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"
            and _flag(cell, "solution") and cell["id"] != IDENTITY]


def _flag(cell: Mapping[str, Any], name: str) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get(name))


def _half(skeleton: Skeleton, full: Mapping[str, float]) -> tuple[dict[str, Any], dict[str, float]]:
    answers = [cell.grade_id for cell in skeleton.answers if cell.grade_id != IDENTITY]
    first = set(answers[: len(answers) // 2]) | {IDENTITY}
    made = notebook_of(skeleton, lambda cell: solved(cell, "@STUDENT@")
                       if cell.grade_id in first else cell.stub)
    reached = {str(test.grade_id) for test in skeleton.tests if _about(skeleton, test) in first}
    return made, {name: points if name in reached else 0.0 for name, points in full.items()}


def _about(skeleton: Skeleton, test: SkeletonCell) -> str | None:
    answer = skeleton.answer_of(test)
    return answer.grade_id if answer else None


def _wrong(skeleton: Skeleton, wrong: Mapping[str, list[Wrong]], number: int,
           full: Mapping[str, float]) -> tuple[dict[str, Any], dict[str, float], dict[str, str]]:
    chosen = {cell: listed[number] for cell, listed in wrong.items() if number < len(listed)}
    made = notebook_of(skeleton, lambda cell: chosen[cell.grade_id].answer
                       if cell.grade_id in chosen else solved(cell, "@STUDENT@"))
    marks, says = dict(full), {}
    for test in skeleton.tests:
        found = chosen.get(_about(skeleton, test) or "")
        if found:
            name = str(test.grade_id)
            marks[name] = found.marks.get(name, 0.0)
            if found.says and marks[name] < full[name]:
                says[name] = found.says
    return made, marks, says


def _warnings(notebook: dict[str, Any]) -> None:
    for cell in _answers(notebook):
        cell["source"] += "\nimport sys, warnings\nwarnings.warn('only a warning')\n" \
                          "print('to stderr', file=sys.stderr)"


def _insert(notebook: dict[str, Any], at: int, source: str, kind: str = "code") -> None:
    cell: dict[str, Any] = {"cell_type": kind, "id": f"mine-{len(notebook['cells'])}",
                            "metadata": {}, "source": source}
    notebook["cells"].insert(at, cell | ({"outputs": [], "execution_count": None}
                                         if kind == "code" else {}))


def _input(notebook: dict[str, Any]) -> None:
    _insert(notebook, len(notebook["cells"]), 'input("Are you sure? ")')


def _extra_cells(notebook: dict[str, Any]) -> None:
    for place in range(len(notebook["cells"]), 0, -3):
        _insert(notebook, place, "scratch = [n * n for n in range(5)]\nscratch")
        _insert(notebook, place, "My notes: *check this again*.", "markdown")


def _older(notebook: dict[str, Any]) -> dict[str, Any]:
    for cell in notebook["cells"]:
        cell["metadata"] = dict(cell["metadata"])
    return json.loads(nbformat.writes(nbformat.convert(nbformat.from_dict(notebook), 3), version=3))


def _missing_ids(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        del cell["id"]


def _lost_metadata(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def _retyped(notebook: dict[str, Any]) -> None:
    for cell in _answers(notebook)[:1]:
        cell["cell_type"] = "markdown"
        del cell["outputs"], cell["execution_count"]


def _double_test(notebook: dict[str, Any]) -> None:
    for test in _tests(notebook):
        at = notebook["cells"].index(test)
        notebook["cells"].insert(at, copy.deepcopy(test) | {"id": f"copy-{at}"})


def _deleted_test(notebook: dict[str, Any]) -> None:
    for test in _tests(notebook):
        notebook["cells"].remove(test)


def _old_outputs(notebook: dict[str, Any]) -> None:
    for cell in _tests(notebook):
        cell["outputs"] = [{"output_type": "stream", "name": "stderr", "text": "an old warning"},
                           {"output_type": "error", "ename": "OldError", "evalue": "x",
                            "traceback": []}]


ODDITIES: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
    "warnings": _warnings,
    "input": _input,
    "older-format": _older,
    "missing-ids": _missing_ids,
    "lost-metadata": _lost_metadata,
    "retyped-answer": _retyped,
    "extra-cells": _extra_cells,
    "double-test": _double_test,
    "deleted-test": _deleted_test,
    "old-outputs": _old_outputs,
}
"""Honest oddities: each must get the marks of the correct notebook."""


def hand_in(samples: list[Sample], submitted: Path, assignment: str) -> None:
    """Put the class into a ``submitted`` folder, one folder a student."""
    for sample in samples:
        place = submitted / sample.student / assignment
        place.mkdir(parents=True, exist_ok=True)
        (place / sample.file).write_bytes(sample.data)
