"""From the bytes a student handed in to cells, without ever raising.

A submission contributes its answer cells (found by ``grade_id``, or by cell id where
the metadata was lost) and its own extra cells. Everything else comes from the
skeleton. Whatever cannot be read becomes a `Submission` with no cells and one sentence
that says why.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from .hidden import BEGIN, BEGIN_SCHEME, END, END_SCHEME
from .skeleton import Skeleton, SkeletonCell

MAX_BYTES = 20_000_000
MAX_CELLS = 1_000
MAX_SOURCE = 500_000
MAX_MARKS_OF_JSON = 4_000_000
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")
MISSING = "# This answer cell was missing from what was handed in."


@dataclass(frozen=True)
class RawCell:
    """A cell as handed in, reduced to what may count."""

    cell_type: str
    source: str
    id: str = ""
    grade_id: str | None = None
    attachments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """What was handed in. ``problem`` is empty, or one sentence for student and teacher."""

    cells: tuple[RawCell, ...]
    sha256: str
    problem: str = ""

    @property
    def readable(self) -> bool:
        return not self.problem


def read_file(path: str | os.PathLike[str]) -> Submission:
    """Read one notebook file. Links, pipes and oversized files are not followed."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
                         | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        if os.path.islink(path):
            return Submission((), "", "The file is a link, not a notebook.")
        return Submission((), "", f"The file cannot be opened ({error.strerror}).")
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        return Submission((), "", "This is not an ordinary file.")
    with os.fdopen(handle, "rb") as stream:
        if about.st_size > MAX_BYTES:
            return Submission((), "", f"The file is larger than {MAX_BYTES // 1_000_000} MB. "
                              "Clear the outputs and hand it in again.")
        try:
            data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            return Submission((), "", f"The file cannot be read ({error.strerror}).")
    return read_bytes(data)


def read_bytes(data: bytes) -> Submission:
    """Read a notebook from memory.

    >>> read_bytes(b"").problem
    'The file is empty.'
    >>> read_bytes(b'{"cells": [], "nbformat": 4, "nbformat_minor": 5}').readable
    True
    """
    digest = hashlib.sha256(data).hexdigest()
    try:
        cells = _cells(_notebook(data))
    except UnreadableError as error:
        return Submission((), digest, str(error))
    except (RecursionError, MemoryError, ValueError, TypeError, KeyError, AttributeError,
            IndexError):
        return Submission((), digest, "The file is not a notebook that can be read.")
    return Submission(cells, digest)


class UnreadableError(Exception):
    """Inside this module: the one sentence that says why a file cannot be read."""


def _text(data: bytes) -> str:
    if not data.strip(b"\0 \t\r\n"):
        raise UnreadableError("The file is empty.")
    encodings = ["utf-8-sig"]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError("The file is not text in UTF-8. "
                          "Open it in JupyterLab, save it and hand it in again.")


def _notebook(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    if sum(data.count(mark) for mark in (b"{", b"[", b",")) > MAX_MARKS_OF_JSON:
        raise UnreadableError("The file holds too many parts to be a notebook.")
    try:
        notebook = json.loads(_text(data))
    except (ValueError, RecursionError):
        raise UnreadableError("The file is damaged: it is not a complete notebook. "
                         "Open it in JupyterLab, save it and hand it in again.") from None
    if not isinstance(notebook, dict):
        raise UnreadableError("The file is not a notebook.")
    major = notebook.get("nbformat", 4)
    if isinstance(major, int) and 1 < major < 4 and isinstance(notebook.get("worksheets"), list):
        try:
            notebook = nbformat.reads(json.dumps(_old(notebook)), as_version=4)
        except UnreadableError:
            raise
        except Exception:  # noqa: BLE001 - nbformat raises whatever an old file provokes
            raise UnreadableError("The file is in an old format that cannot be read.") from None
    if not isinstance(notebook.get("cells"), list):
        raise UnreadableError("The file is not a notebook: it has no cells.")
    return notebook


def _old(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth converting of a notebook in format 2 or 3, no more cells than may be read."""
    cells = [cell for sheet in notebook["worksheets"] for cell in sheet.get("cells", ())]
    _count(cells)
    names = ("cell_type", "level", "language", "input", "source", "metadata")
    kept = [{name: cell[name] for name in names if name in cell} for cell in cells]
    for cell in kept:
        if cell.get("cell_type") == "code":
            cell["outputs"] = []
    return {"nbformat": notebook["nbformat"], "nbformat_minor": 0, "metadata": {},
            "worksheets": [{"cells": kept}]}


def _count(cells: Sequence[Any]) -> None:
    if len(cells) > MAX_CELLS:
        raise UnreadableError(f"The notebook has more than {MAX_CELLS} cells.")


def _cells(notebook: Mapping[str, Any]) -> tuple[RawCell, ...]:
    _count(notebook["cells"])
    return tuple(_cell(cell) for cell in notebook["cells"] if isinstance(cell, dict))


def _cell(cell: Mapping[str, Any]) -> RawCell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        source = ""
    if len(source) > MAX_SOURCE:
        raise UnreadableError(f"A cell holds more than {MAX_SOURCE // 1000} thousand characters.")
    source = source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    metadata = cell.get("metadata")
    meta = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = meta.get("grade_id") if isinstance(meta, dict) else None
    cell_id = cell.get("id")
    kind = cell.get("cell_type")
    return RawCell(
        cell_type=kind if kind in ("code", "markdown", "raw") else "raw",
        source=source,
        id=cell_id if isinstance(cell_id, str) and CELL_ID.match(cell_id) else "",
        grade_id=grade_id if isinstance(grade_id, str) and grade_id else None,
        attachments=_attachments(cell.get("attachments")) if kind == "markdown" else {},
    )


def _attachments(given: Any) -> dict[str, dict[str, str]]:
    """Pictures pasted into a text cell; anything else that hides there is dropped."""
    kept: dict[str, dict[str, str]] = {}
    for name, bundle in given.items() if isinstance(given, dict) else ():
        pictures = {mime: data for mime, data in bundle.items()
                    if mime in PICTURES and isinstance(data, str)
                    } if isinstance(bundle, dict) else {}
        if isinstance(name, str) and pictures:
            kept[name] = pictures
    return kept


def find(place: Path, skeletons: Iterable[Skeleton]) -> dict[str, Path | None]:
    """Which file in a student's folder is which notebook; None where there is none.

    A file with the right name is taken. Else the file that holds the most answer cells of
    the notebook: people rename what they hand in.
    """
    given = sorted(path for path in place.glob("*.ipynb") if not path.name.startswith("."))
    wanted = {skeleton.notebook: skeleton for skeleton in skeletons}
    found = {name: next((path for path in given if path.stem == name), None) for name in wanted}
    spare = [path for path in given if path.stem not in wanted]
    for name, skeleton in wanted.items():
        if found[name] is None and spare:
            answers = {cell.grade_id for cell in skeleton.of_kind("answer", "manual")}
            scores = {path: len(answers & {cell.grade_id for cell in read_file(path).cells})
                      for path in spare}  # noqa: B023 - used at once
            best = max(spare, key=lambda path: (scores[path], path.stem))  # noqa: B023
            if scores[best] or len(spare) == len(wanted) == 1:
                found[name] = best
                spare.remove(best)
    return found


def merge(submission: Submission, skeleton: Skeleton) -> list[dict[str, Any]]:
    """The notebook to be marked: the skeleton's order, the student's answers, extras in place.

    Returns plain dicts ``{"role", "grade_id", "id", "cell_type", "source"}`` with unique
    ids. Role is the skeleton's kind, or "extra" for a cell of the student's own.
    Test, locked and given cells always carry the skeleton's source. Of several copies of
    an answer cell the last one is the answer and the others run before it as extras.
    """
    match = _match(submission, skeleton)
    last = {at: number for number, at in enumerate(match) if at is not None}
    slots: list[list[RawCell]] = [[] for _ in range(len(skeleton.cells) + 1)]
    chosen: dict[int, RawCell] = {}
    here = 0
    for number, (cell, at) in enumerate(zip(submission.cells, match, strict=True)):
        if at is None:
            slots[here].append(cell)
            continue
        wanted = skeleton.cells[at]
        task = wanted.metadata.get("nbgrader", {}).get("task")
        if wanted.kind in ("answer", "manual") and not task:
            if last[at] == number:
                chosen[at] = cell
            elif cell.cell_type == "code" and cell.source.strip():
                slots[here].append(cell)
                continue
        elif wanted.kind == "given" and wanted.runs and cell.source != wanted.stub:
            slots[at + 1].append(cell)
        here = at + 1
    return _ordered(skeleton, chosen, slots)


def _match(submission: Submission, skeleton: Skeleton) -> list[int | None]:
    """For each cell handed in, the index of the skeleton cell it stands for, or None."""
    by_grade = {cell.grade_id: at for at, cell in enumerate(skeleton.cells) if cell.grade_id}
    by_id = {cell.id: at for at, cell in enumerate(skeleton.cells)}
    by_text = {(cell.cell_type, text.strip()): at for at, cell in enumerate(skeleton.cells)
               if cell.kind != "answer" for text in (cell.stub, visible(cell.stub))}
    claimed = {by_grade[cell.grade_id] for cell in submission.cells if cell.grade_id in by_grade}
    found: list[int | None] = []
    for cell in submission.cells:
        at = by_grade.get(cell.grade_id) if cell.grade_id else None
        if at is None and cell.id in by_id and not (
                skeleton.cells[by_id[cell.id]].kind == "answer" and by_id[cell.id] in claimed):
            at = by_id[cell.id]
        if at is None and not cell.grade_id and cell.source.strip():
            at = by_text.get((cell.cell_type, cell.source.strip()))
        found.append(at)
    return found


def visible(source: str) -> str:
    """A test cell as students see it: hidden tests and mark schemes cut out.

    >>> visible("assert a\\n### BEGIN HIDDEN TESTS\\nassert b\\n### END HIDDEN TESTS")
    'assert a'
    """
    kept, hidden = [], False
    for line in source.split("\n"):
        if BEGIN in line or BEGIN_SCHEME in line:
            hidden = True
        elif END in line or END_SCHEME in line:
            hidden = False
        elif not hidden:
            kept.append(line)
    return "\n".join(kept)


def _ordered(
    skeleton: Skeleton, chosen: Mapping[int, RawCell], slots: list[list[RawCell]]
) -> list[dict[str, Any]]:
    taken = {cell.id for cell in skeleton.cells}
    ordered: list[dict[str, Any]] = []

    def extras(cells: list[RawCell]) -> None:
        for cell in cells:
            name, number = cell.id, len(ordered)
            while not name or name in taken:
                name, number = f"extra-{number}", number + 1
            taken.add(name)
            ordered.append({"role": "extra", "grade_id": None, "id": name,
                            "cell_type": cell.cell_type, "source": cell.source,
                            "attachments": dict(cell.attachments)})

    extras(slots[0])
    for at, cell in enumerate(skeleton.cells):
        ordered.append(_placed(cell, chosen.get(at)))
        extras(slots[at + 1])
    return ordered


def _placed(cell: SkeletonCell, given: RawCell | None) -> dict[str, Any]:
    source, attachments = cell.stub, dict(cell.attachments)
    if given is not None:
        source, attachments = given.source, dict(given.attachments)
    elif cell.kind == "answer":
        source = MISSING
    return {"role": cell.kind, "grade_id": cell.grade_id, "id": cell.id,
            "cell_type": cell.cell_type, "source": source, "attachments": attachments}


def assemble(
    merged: list[dict[str, Any]],
    skeleton: Skeleton,
    outputs: Mapping[str, list[dict[str, Any]]] | None = None,
    counts: Mapping[str, int] | None = None,
    notes: Mapping[str, Mapping[str, Any]] | None = None,
    about: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The autograded notebook as a plain nbformat 4.5 mapping.

    ``outputs`` and ``counts`` by cell id; ``notes`` by cell id goes to the cell metadata
    under "invigilator", ``about`` to the notebook metadata under the same name. No
    metadata of the student's survives.
    """
    by_id = {cell.id: cell for cell in skeleton.cells}
    cells = []
    for place in merged:
        known = by_id.get(place["id"]) if place["role"] != "extra" else None
        metadata = {**known.metadata} if known else {}
        if notes and place["id"] in notes:
            metadata["invigilator"] = dict(notes[place["id"]])
        cell: dict[str, Any] = {"cell_type": place["cell_type"], "id": place["id"],
                                "metadata": metadata, "source": place["source"]}
        if place["cell_type"] == "code":
            cell["outputs"] = list((outputs or {}).get(place["id"], []))
            cell["execution_count"] = (counts or {}).get(place["id"])
        elif place.get("attachments"):
            cell["attachments"] = place["attachments"]
        cells.append(cell)
    metadata = {**skeleton.metadata}
    if about:
        metadata["invigilator"] = dict(about)
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
