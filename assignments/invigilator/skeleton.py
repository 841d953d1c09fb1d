"""The skeleton: the instructor's notebook as it stood when the assignment was generated.

Marks are given against this record, never against today's source file and never
against the test cells a student hands in.  It is written by ``RecordSkeleton``
during ``nbgrader generate_assignment`` to
``<course>/.invigilator/<assignment>/<notebook>.skeleton.json``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

FORMAT = 1
KINDS = ("answer", "locked", "test", "given", "manual")


class SkeletonError(Exception):
    """No usable record of the assignment. The text is one line for the teacher."""


@dataclass(frozen=True)
class SkeletonCell:
    """One cell of the instructor's notebook.

    ``source`` is the text with solution and hidden tests, ``stub`` the text before
    the hidden tests are cut out but with the solution removed.  They differ in
    answer and manual cells only.
    """

    id: str
    kind: str
    cell_type: str
    source: str
    stub: str
    grade_id: str | None = None
    points: float = 0.0
    names: tuple[str, ...] = ()
    mode: str = "split"
    why: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    attachments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        """Is this cell executed?

        >>> SkeletonCell("a", "given", "markdown", "x", "x").runs
        False
        """
        return self.cell_type == "code"


@dataclass(frozen=True)
class Skeleton:
    """An ordered, JSON-serialisable record of one notebook of one assignment.

    >>> one = SkeletonCell("q1", "answer", "code", "x = 1", "x = ...", grade_id="q1")
    >>> made = Skeleton("ps01", "ps01", (one,))
    >>> Skeleton.from_json(made.to_json()) == made
    True
    """

    assignment: str
    notebook: str
    cells: tuple[SkeletonCell, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    folder: str | None = None

    def to_json(self) -> str:
        record = {"format": FORMAT, **asdict(self)}
        return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Skeleton:
        """Raises SkeletonError when the text is not a skeleton of this format."""
        try:
            record = json.loads(text)
            if record.pop("format") != FORMAT:
                raise SkeletonError("the recorded skeleton has another format: generate again")
            cells = tuple(
                SkeletonCell(**{**cell, "names": tuple(cell["names"])})
                for cell in record.pop("cells")
            )
            for key in ("records", "readable"):
                record[key] = tuple(record[key])
            return cls(cells=cells, **record)
        except (ValueError, KeyError, TypeError) as error:
            raise SkeletonError(
                f"the recorded skeleton is damaged ({error}): generate again") from None

    @cached_property
    def digest(self) -> str:
        """A short name for this exact version.

        >>> len(Skeleton("a", "b", ()).digest)
        16
        """
        version = replace(self, folder=None, readable=())
        return hashlib.sha256(version.to_json().encode()).hexdigest()[:16]

    def of_kind(self, *kinds: str) -> tuple[SkeletonCell, ...]:
        return tuple(cell for cell in self.cells if cell.kind in kinds)

    @property
    def tests(self) -> tuple[SkeletonCell, ...]:
        return self.of_kind("test")

    @property
    def answers(self) -> tuple[SkeletonCell, ...]:
        return self.of_kind("answer")

    @property
    def max_score(self) -> float:
        return sum(cell.points for cell in self.cells)

    def cell(self, grade_id: str) -> SkeletonCell:
        """Raises KeyError for an unknown grade_id."""
        for cell in self.cells:
            if cell.grade_id == grade_id:
                return cell
        raise KeyError(grade_id)

    def answer_of(self, test: SkeletonCell) -> SkeletonCell | None:
        """The answer cell a test speaks about: the nearest one above it."""
        nearest = None
        for cell in self.cells:
            if cell is test or (cell.grade_id and cell.grade_id == test.grade_id):
                return nearest
            if cell.kind == "answer":
                nearest = cell
        return nearest

    def with_names(self, names: Mapping[str, Iterable[str]]) -> Skeleton:
        """The same skeleton with the measured names written into the answer cells."""
        return replace(self, cells=tuple(
            replace(cell, names=tuple(names[cell.grade_id]))
            if cell.grade_id is not None and cell.grade_id in names else cell
            for cell in self.cells))

    def with_modes(self, reasons: Mapping[str, str]) -> Skeleton:
        """The same skeleton with the named test cells in legacy mode, each with its reason."""
        return replace(self, cells=tuple(
            replace(cell, mode="legacy", why=reasons[cell.grade_id])
            if cell.grade_id is not None and cell.grade_id in reasons else cell
            for cell in self.cells))


def kind_of(cell_type: str, meta: Mapping[str, Any]) -> str:
    """The part a cell plays, from its nbgrader metadata (schema version 3).

    >>> kind_of("code", {"grade": True, "solution": False, "locked": True})
    'test'
    >>> kind_of("markdown", {})
    'given'
    """
    if meta.get("task") or (meta.get("grade") and meta.get("solution")):
        return "manual"
    if meta.get("solution"):
        return "answer"
    if meta.get("grade"):
        return "test"
    return "locked" if meta.get("locked") else "given"


def build(
    assignment: str,
    notebook: str,
    stubbed: Mapping[str, Any],
    sources: list[str],
    **more: Any,
) -> Skeleton:
    """A skeleton from a notebook whose solutions are already cleared.

    ``stubbed`` is the notebook (a mapping in nbformat 4) after ClearSolutions and
    ComputeChecksums, hidden tests still in it; ``sources`` the text of the same cells
    before; ``more`` are further fields of the skeleton.
    """
    cells = []
    taken: set[str] = set()
    for number, (cell, source) in enumerate(zip(stubbed["cells"], sources, strict=True)):
        meta = cell["metadata"].get("nbgrader", {})
        grade_id = meta.get("grade_id") or None
        cell_id = str(cell.get("id") or grade_id or f"cell-{number}")
        while cell_id in taken:
            cell_id = f"{cell_id}-{number}"
        taken.add(cell_id)
        cells.append(SkeletonCell(
            id=cell_id,
            kind=kind_of(cell["cell_type"], meta),
            cell_type=cell["cell_type"],
            source=source,
            stub=cell["source"],
            grade_id=grade_id,
            points=float(meta.get("points") or 0) if meta.get("grade") or meta.get("task") else 0.0,
            metadata=json.loads(json.dumps(cell["metadata"])),
            attachments=json.loads(json.dumps(cell.get("attachments", {}))),
        ))
    kept = {key: stubbed["metadata"][key]
            for key in ("kernelspec", "language_info") if key in stubbed["metadata"]}
    return Skeleton(assignment, notebook, tuple(cells), json.loads(json.dumps(kept)), **more)


def folder(root: str | os.PathLike[str], assignment: str) -> Path:
    """Where the engine keeps what it knows about an assignment."""
    return Path(root) / ".invigilator" / assignment


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(draft, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def record(root: str | os.PathLike[str], skeleton: Skeleton) -> Path:
    """Keep a skeleton as the version that counts. Returns its path."""
    path = folder(root, skeleton.assignment) / f"{skeleton.notebook}.skeleton.json"
    write_whole(path, replace(skeleton, folder=None).to_json())
    return path


def recorded(root: str | os.PathLike[str], assignment: str, notebook: str) -> Skeleton:
    """The version that counts. Raises SkeletonError, one line, when there is none."""
    path = folder(root, assignment) / f"{notebook}.skeleton.json"
    try:
        found = Skeleton.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SkeletonError(
            f"{assignment}/{notebook}: no recorded version to mark against; "
            f"run `nbgrader generate_assignment {assignment} --force` first") from None
    except SkeletonError as error:
        raise SkeletonError(f"{assignment}/{notebook}: {error}") from None
    files = path.parent / "files"
    return replace(found, folder=str(files)) if files.is_dir() else found


def notebooks(root: str | os.PathLike[str], assignment: str) -> list[str]:
    """The notebooks of an assignment that have a recorded skeleton, sorted."""
    ending = ".skeleton.json"
    return sorted(path.name.removesuffix(ending)
                  for path in folder(root, assignment).glob(f"*{ending}")
                  if not path.name.startswith("."))
