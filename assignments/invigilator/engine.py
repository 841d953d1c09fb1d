"""The engine as the rest of the course sees it: prepared assignments and ready markers."""

from __future__ import annotations

import atexit
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from traitlets.config import Application

from . import records, sampleclass, seeds, skeleton
from .course import CourseError
from .skeleton import Skeleton, SkeletonError
from .switches import Invigilator

ELSEWHERE = ("grading a class needs Linux; use WSL2 or a container (`invigilator mark` works "
             "here for your own notebook)")


def warn(text: str) -> None:
    """Tell the teacher: in the log of the nbgrader command that runs, else on stderr.

    The logger named "traitlets" alone would keep it to itself.
    """
    if Application.initialized():
        Application.instance().log.warning("%s", text)
    else:
        sys.stderr.write(f"{text}\n")


def available() -> bool:
    """Can submissions be marked apart from their tests on this system?"""
    return sys.platform.startswith("linux")


def budgets(given: Mapping[str, Any]) -> Any:
    """Limits from names and numbers. Raises CourseError for a name that is none."""
    from .limits import Limits
    try:
        return Limits.from_json(dict(given))
    except (ValueError, TypeError) as error:
        raise CourseError(f"Invigilator.limits: {error}; the names stand in "
                          "invigilator/limits.py") from None


def factory(switches: Invigilator, layers: str | None = None,
            limits: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """A function (skeleton, seed=, roster=) -> Marker with the course's sandbox and budgets."""
    if not available():
        raise CourseError(ELSEWHERE)
    from .marking import Marker
    from .sandbox import Sandbox
    sandbox = Sandbox(layers=layers or switches.layers)
    ceiling = budgets({**switches.limits, **(limits or {})})

    def make(made: Skeleton, **more: Any) -> Any:
        return Marker(made, sandbox=sandbox, limits=ceiling, **more)
    make.ceiling = ceiling  # type: ignore[attr-defined]
    return make


def measured(made: Skeleton, sandbox: Any = None) -> Skeleton:
    """The skeleton with the names its reference answers bind. Needs the engine."""
    from .marking import measure
    found = measure(made, sandbox=sandbox)
    if found.endless:
        raise SkeletonError(f"{made.notebook}: the cell that begins '{found.endless}' does not "
                            "come to its end; shorten it, and generate again")
    missing = [str(cell.grade_id) for cell in made.answers
               if cell.runs and cell.grade_id not in found.names]
    if missing:
        raise SkeletonError(f"{made.notebook}: the reference stops before '{missing[0]}'; run the "
                            "instructor's notebook from the top and repair it")
    return replace(made.with_names(found.names), facts=found.facts)


def settled(made: Skeleton, wrong: Mapping[str, Sequence[tuple[str, str]]], seed: int
            ) -> tuple[Skeleton, dict[str, str]]:
    """Decide for each test cell whether it is marked apart; tell the author what to look at."""
    from .marking import decide_modes
    modes = decide_modes(made, wrong, seed=seed)
    made = made.with_modes({name: mode.why for name, mode in modes.items()
                            if mode.mode == "legacy"})
    missed = {name: mode.missed for name, mode in modes.items() if mode.missed}
    advise(made, missed)
    return made, missed


def advise(made: Skeleton, missed: Mapping[str, str]) -> None:
    """Name the tests that are not marked apart, and those the reference does not pass."""
    for cell in made.tests:
        if cell.mode == "legacy":
            warn(f"{made.notebook}, {cell.grade_id}: marked in one process with the answers, so "
                 f"not tamper-proof: {cell.why}")
    from .marking import plain_skeleton
    from .modes import replaceable
    for name, tools in replaceable(plain_skeleton(made)).items():
        warn(f"{made.notebook}, {name}: uses {', '.join(tools)} as an answer imports it, so a "
             "student can put something else in its place; import it in the test or in a given "
             "cell, unless it is what this test asks for")
    for name, what in missed.items():
        warn(f"{made.notebook}, {name}: the reference itself earns {what}; look at this test "
             "before you trust its marks")


def settle(root: Any, made: Skeleton, rubrics: str = "rubrics") -> Skeleton:
    """Names measured and modes decided; kept beside the record while nothing has changed."""
    wrong = sampleclass.wrong_answers(
        sampleclass.answers_file(Path(root) / rubrics, made.assignment))
    listed = {cell: [(one.name, one.answer) for one in answers] for cell, answers in wrong.items()}
    place = skeleton.folder(root, made.assignment)
    parts = {"skeleton": made.digest, "wrong": listed}
    if (place / "files").is_dir():
        parts["files"] = contents(place / "files")
    key = records.key_of(parts)
    path = place / f"{made.notebook}.settled.json"
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
        if known["key"] == key:
            kept = Skeleton.from_json(json.dumps(known["skeleton"]))
            advise(kept, known.get("missed", {}))
            return replace(kept, readable=made.readable, folder=made.folder)
    if (place / "files").is_dir():
        made = replace(made, folder=str(place / "files"))
    done, missed = settled(measured(made), listed, seeds.collection_seed(root, made.assignment))
    kept = replace(done, folder=None)
    skeleton.write_whole(path, json.dumps(
        {"key": key, "skeleton": json.loads(kept.to_json()), "missed": missed}))
    return done


def contents(place: Path) -> dict[str, str]:
    """Digests of the files in a folder, by name."""
    return {path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(place.rglob("*")) if path.is_file()}


def ready(root: Any, made: Skeleton) -> Skeleton:
    """A recorded skeleton that the engine can use: settled now if that was left for later."""
    if made.facts or not any(cell.runs for cell in made.answers):
        return made
    warn(f"{made.notebook}: running the reference and the listed wrong answers once …")
    made = settle(root, made)
    skeleton.record(root, made)
    return made


class Shared:
    """One warm marker for many calls in a row, as nbgrader makes its Execute anew each time."""

    def __init__(self) -> None:
        self.key: tuple[Any, ...] = ()
        self.marker: Any = None
        atexit.register(self.close)

    def mark(self, make: Callable[..., Any], made: Skeleton, merged: list[dict[str, Any]],
             student: str, seed: str, roster: list[str]) -> Any:
        """Mark with the marker of this assignment; a marker that breaks is replaced once."""
        key = (made.digest, seed, tuple(roster), vars(make).get("ceiling"))
        for attempt in (1, 2):
            try:
                if self.key != key or self.marker is None:
                    self.close()
                    self.marker = make(made, seed=seed, roster=roster)
                    self.marker.__enter__()
                    self.key = key
                return self.marker.mark(merged, student)
            except Exception:
                self.close()
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """End the marker's processes."""
        marker, self.marker, self.key = self.marker, None, ()
        if marker is not None:
            marker.close()


shared = Shared()
