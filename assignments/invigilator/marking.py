"""Mark one submission: the trusted side's front door.

    with Marker(skeleton, seed=7) as marker:
        marked = marker.mark(cells, student="ada")

What `Marker` consumes
----------------------
`skeleton`: anything with the attributes below (`invigilator.skeleton.Skeleton`), or the plain
dictionary its `to_json()` yields. Only these keys are read:

    assignment, notebook   names, used in messages and to derive seeds
    cells                  in order, each with
        id                 unique text
        grade_id           text or None
        kind               "answer" | "manual" | "locked" | "given" | "test"
        cell_type          "code" | "markdown" | "raw"
        source             the instructor's text, with solution and hidden tests
        points             float, for kind "test"
        names              names that the reference's answer cell binds or changes, () elsewhere
        mode               "split" | "legacy", for kind "test"
    facts                  what `measure` returned beside the names; stored and handed back as is
    records                dataclasses that cross by value: ["package.module:Name", ...]
    readable               folders student code and tests may read (a course's data), absolute paths
    folder                 files that lie beside the notebook, copied to the working folder; or None

`submission_cells`: the merged list in running order, plain dictionaries
    {"role": "answer"|"manual"|"locked"|"given"|"test"|"extra", "grade_id", "id", "cell_type",
     "source"}. For the roles locked, given and test the skeleton's own source is used, whatever the
    dictionary holds; cells of those roles that the skeleton does not know are not run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import cgroups, folders
from .limits import FILES_BESIDE, Limits
from .marks import (
    DIED,
    GRADED,
    INTERNAL_ERROR,
    OUT_OF_MEMORY,
    STATUSES,
    TIMED_OUT,
    UNREADABLE,
    CellMark,
    Marked,
    clamp,
)
from .modes import Measured, Mode, decide_modes, measure
from .plan import imported, load_plan, without_magics
from .sandbox import Sandbox, SandboxUnavailable
from .session import Session
from .workers import Worker

__all__ = [
    "DIED",
    "GRADED",
    "INTERNAL_ERROR",
    "OUT_OF_MEMORY",
    "STATUSES",
    "TIMED_OUT",
    "UNREADABLE",
    "CellMark",
    "Limits",
    "Marked",
    "Marker",
    "Measured",
    "Mode",
    "Sandbox",
    "SandboxUnavailable",
    "clamp",
    "decide_modes",
    "measure",
]


class Marker:
    """One worker: a zygote and a warm examiner parent, both started by exec.

    Use as a context manager; `mark` blocks and returns a `Marked` for every submission. `close` may
    be called twice, also after the children were killed. Raises `SandboxUnavailable` on entering
    when this machine cannot confine student code.
    """

    def __init__(
        self,
        skeleton: Any,
        *,
        sandbox: Sandbox | None = None,
        limits: Limits | None = None,
        seed: int | str = "",
        roster: Sequence[str] | None = None,
    ) -> None:
        self.skeleton = plain_skeleton(skeleton)
        self.limits = limits or Limits()
        self.seed = seed
        self.roster = None if roster is None else list(roster)
        sandbox = sandbox or Sandbox()
        readable = [*sandbox.readable, *(self.skeleton.get("readable") or ())]
        if self.skeleton.get("folder"):
            readable.append(self.skeleton["folder"])
        self.sandbox = replace(sandbox, readable=tuple(readable))
        self.tests = {
            cell["grade_id"]: cell for cell in self.skeleton["cells"] if cell["kind"] == "test"
        }
        self.group: cgroups.Group | None = None
        self._zygote: Worker | None = None
        self._examiner: Worker | None = None

    def __enter__(self) -> Marker:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> tuple[Worker, Worker]:
        if self._zygote is None or self._examiner is None:
            folders.sweep()
            settings = {
                "sandbox": self.sandbox.to_json(),
                "limits": self.limits.to_json(),
                "records": list(self.skeleton.get("records") or ()),
                "files": files_of(self.skeleton.get("folder")),
                **warm_up_of(self.skeleton),
            }
            trusted = {"skeleton": self.skeleton}
            self.group = cgroups.group(self.limits) if self.sandbox.layers != "none" else None
            door = self.group.door if self.group else None
            key = f"{self.seed}:{self.skeleton.get('assignment')}"
            self._zygote = Worker("invigilator.zygote", settings, key, door)
            self._examiner = Worker("invigilator.examiner", {**settings, **trusted}, key)
            try:
                for worker in (self._zygote, self._examiner):
                    worker.await_ready()
            except BaseException:
                self.close()
                raise
        return self._zygote, self._examiner

    def close(self) -> None:
        """End both processes and everything below them."""
        for worker in (self._zygote, self._examiner):
            if worker is not None:
                worker.close()
        if self.group is not None:
            self.group.remove()
        self._zygote = self._examiner = self.group = None

    def mark(self, submission_cells: Sequence[Mapping[str, Any]], student: str = "") -> Marked:
        """Mark one merged submission. Never raises for anything the student did."""
        return Session(self, [dict(cell) for cell in submission_cells], student).run()

    def workers(self) -> tuple[Worker, Worker]:
        """Zygote and examiner, started again if one of them is gone."""
        if any(w is not None and not w.alive() for w in (self._zygote, self._examiner)):
            self.close()
        return self._start()


def plain_skeleton(skeleton: Any) -> dict[str, Any]:
    """The dictionary a skeleton stands for: its own, or that of its `to_json()`."""
    if isinstance(skeleton, Mapping):
        plain: Any = dict(skeleton)
    else:
        plain = skeleton.to_json()
    if isinstance(plain, str):
        plain = json.loads(plain)
    plain["cells"] = [
        {"names": (), "mode": "split", "points": 0.0, "grade_id": None, **cell}
        for cell in plain["cells"]
    ]
    return plain


def warm_up_of(skeleton: Mapping[str, Any]) -> dict[str, list[str]]:
    """What both processes may do before the first submission, tests and solutions left out.

    The zygote imports what the notebook imports and runs once, for their caches, the locked cells
    that are the same for everybody.
    """
    modules: set[str] = set()
    for cell in skeleton["cells"]:
        if cell["kind"] in ("locked", "given", "answer") and cell["cell_type"] == "code":
            modules |= imported(cell["source"])
    shared = load_plan(skeleton).shared
    rehearsal = [without_magics(cell["source"]) for cell in shared]
    return {"imports": sorted(modules), "rehearsal": rehearsal}


def files_of(folder: str | None) -> dict[str, str]:
    """Files beside the notebook, as hexadecimal text by relative name; notebooks are left out."""
    found: dict[str, str] = {}
    size = 0
    for base, _, names in os.walk(folder or os.devnull):
        for name in sorted(names):
            path = os.path.join(base, name)
            if name.endswith(".ipynb") or os.path.islink(path) or not os.path.isfile(path):
                continue
            size += os.path.getsize(path)
            if size > FILES_BESIDE:
                raise SandboxUnavailable(f"{folder}: more than {FILES_BESIDE} bytes of files")
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read().hex()
    return found
