"""Mark a class: workers mark, the coordinator alone writes.

For each submission, in this order: the autograded notebook and the feedback page are
written beside their places; the gradebook takes all marks in one transaction; the files
move into place; the record is written. Killed at any moment, the next run finishes what
has no record and reaches the same state.
"""

from __future__ import annotations

import hashlib
import queue
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from . import records, reference, results, seeds, skeleton, statuses, submission
from .course import Course, CourseError, read_stamp
from .gradebook import Book, NotebookMarks, Standing
from .identity import whose
from .preprocess import beside
from .records import Record
from .renderer import Renderer
from .shelf import Shelf
from .skeleton import Skeleton

ENGINE = "1"
"""Part of every record's key: raised when marks may come out otherwise."""

NAMES = {"other": "the notebook names another student",
         "unknown": "the notebook names a student id that is in no list"}
Progress = Callable[[Record, int, int, bool], None]


@dataclass(frozen=True)
class Job:
    """One submission, read and merged, ready to be marked."""

    student: str
    key: str
    given: Mapping[str, submission.Submission]
    merged: Mapping[str, list[dict[str, Any]]]
    owners: Mapping[str, str]  # whose each notebook says it is


@dataclass
class Results:
    """Everything that is to be written about one submission."""

    status: str = statuses.GRADED
    sentence: str = ""
    marks: dict[str, NotebookMarks] = field(default_factory=dict)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    notebooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Outcome:
    """What a run did."""

    records: list[Record] = field(default_factory=list)
    marked: int = 0
    kept: int = 0


class Bench:
    """One worker: a Marker for each notebook of the assignment, made when first needed."""

    def __init__(self, skeletons: Mapping[str, Skeleton], make: Callable[[Skeleton], Any]) -> None:
        self.skeletons, self.make = skeletons, make
        self.markers: dict[str, Any] = {}
        self.closed = False

    def mark(self, notebook: str, merged: list[dict[str, Any]], student: str) -> Any:
        """Mark one notebook; a marker that breaks is replaced once. Raises what breaks twice."""
        for attempt in (1, 2):
            try:
                if notebook not in self.markers:
                    self.markers[notebook] = self.make(self.skeletons[notebook])
                    self.markers[notebook].__enter__()
                return self.markers[notebook].mark(merged, student)
            except Exception:
                self.drop(notebook)
                if attempt == 2 or self.closed:
                    raise
        raise AssertionError("unreachable")

    def drop(self, notebook: str) -> None:
        marker = self.markers.pop(notebook, None)
        if marker is not None:
            marker.close()

    def close(self) -> None:
        self.closed = True
        for notebook in list(self.markers):
            self.drop(notebook)


class Coordinator:
    """Marks one assignment of a course. Raises CourseError, GradebookError, SkeletonError."""

    def __init__(self, course: Course, assignment: str, make: Callable[..., Any], *,
                 workers: int = 1, pages: bool = True, new_seed: bool = False,
                 late_plugin: Any = None, stderr_is_failure: bool = False,
                 prepare: Callable[[Any, Skeleton], Skeleton] = lambda _, made: made) -> None:
        self.course, self.assignment, self.workers, self.pages = course, assignment, workers, pages
        root = course.root
        names = skeleton.notebooks(root, assignment)
        if not names:
            skeleton.recorded(root, assignment, assignment)
        self.skeletons = {name: prepare(root, skeleton.recorded(root, assignment, name))
                          for name in names}
        self.beside = beside(str(root), assignment)
        self.seed = seeds.collection_seed(root, assignment, new=new_seed)
        self.late_plugin = late_plugin
        self.shelf = Shelf(course, assignment)
        self.make, self.stderr_is_failure = make, stderr_is_failure
        self.renderer = Renderer()

    def run(self, students: list[str] | None = None, *, force: bool = False,
            progress: Progress = lambda *_: None) -> Outcome:
        """Mark everybody, or the named students; skip what is finished unless forced."""
        with self._alone(), self.renderer, Book(self.course.db_url, self.course.course_id,
                                                self.assignment, self.late_plugin) as book:
            missing = sorted(set(self.skeletons) ^ set(book.cells))
            if missing:
                raise CourseError(f"{self.assignment}: the gradebook and the recorded version "
                                  f"disagree about '{missing[0]}'; run `nbgrader "
                                  f"generate_assignment {self.assignment} --force`")
            book.check_writable()
            self.roster = sorted(book.roster() | set(self.course.students(self.assignment)))
            self.shelf.sweep()
            todo = self._chosen(students)
            outcome, standings = Outcome(), book.standings()

            def unfinished() -> Iterator[Job]:
                """One submission after the other is read, as the workers ask for them."""
                for student in todo:
                    job = self._read(student)
                    old = None if force else self._finished(job, standings.get(student, {}))
                    if old is None:
                        yield job
                    else:
                        outcome.records.append(old)
                        outcome.kept += 1
                        progress(old, outcome.kept + outcome.marked, len(todo), False)

            for job, marked in self._marked(unfinished(), min(self.workers, len(todo))):
                record = self._write(book, job, marked)
                outcome.records.append(record)
                outcome.marked += 1
                progress(record, outcome.kept + outcome.marked, len(todo), True)
        outcome.records.sort(key=lambda record: record.student)
        return outcome

    def _chosen(self, students: list[str] | None) -> list[str]:
        there = self.course.students(self.assignment)
        unknown = sorted(set(students or ()) - set(there))
        if unknown:
            raise CourseError(f"{self.assignment}: {unknown[0]} has handed in nothing; look into "
                              f"{self.course.folder('submitted', unknown[0], self.assignment)}")
        if not there:
            raise CourseError(f"{self.assignment}: nobody has handed in anything; collect first "
                              f"(`invigilator collect {self.assignment} FOLDER-OR-ZIP`)")
        return sorted(students) if students else there

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two runs over one assignment would write over each other."""
        path = skeleton.folder(self.course.root, self.assignment) / "lock"
        try:
            import fcntl
        except ImportError:
            yield
            return
        with open(path, "w", encoding="utf-8") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CourseError(f"{self.assignment}: another run is marking it now; "
                                  "wait for it, or end it, and run this again") from None
            yield

    def _read(self, student: str) -> Job:
        """The job of a student, whatever lies in the folder."""
        try:
            return self._job(student)
        except Exception as error:  # noqa: BLE001 - no content may stop the batch
            broken = submission.Submission((), "", "What was handed in cannot be read "
                                           f"({type(error).__name__}).")
            given = dict.fromkeys(self.skeletons, broken)
            return Job(student, f"unreadable {type(error).__name__}", given,
                       {name: submission.merge(broken, made)
                        for name, made in self.skeletons.items()}, {})

    def _job(self, student: str) -> Job:
        place = self.course.folder("submitted", student, self.assignment)
        files = submission.find(place, self.skeletons.values())
        given = {name: submission.read_file(path) if path else submission.Submission(
                     (), "", f"No notebook called {name}.ipynb was handed in.")
                 for name, path in files.items()}
        merged = {name: submission.merge(given[name], self.skeletons[name]) for name in given}
        owners = {name: whose(cells, student, self.roster) for name, cells in merged.items()}
        key = records.key_of({
            "engine": ENGINE, "seed": self.seed, "pages": self.pages,
            "stderr": self.stderr_is_failure,
            "skeletons": {name: made.digest for name, made in self.skeletons.items()},
            "beside": {name: hashlib.sha256(data).hexdigest()
                       for name, data in self.beside.items()},
            "given": {name: (one.sha256, one.problem) for name, one in given.items()},
            "time": self.course.timestamp(student, self.assignment),
            # whether the roster matters to this submission, not the roster itself
            "roster": ",".join(owners.values())})
        return Job(student, key, given, merged, owners)

    def _finished(self, job: Job, standing: Mapping[str, Standing]) -> Record | None:
        """The record of a submission that is finished and still stands as recorded."""
        record = records.read(self.course.root, self.assignment, job.student)
        if record is None or record.key != job.key or record.status == statuses.INTERNAL:
            return None
        for name, book in record.notebooks.items():
            if name not in standing or dict(standing[name].automatic) != dict(book["automatic"]):
                return None
        for path, digest in record.files.items():
            try:
                data = (self.course.root / path).read_bytes()
            except OSError:
                return None
            if path.endswith(".ipynb") and hashlib.sha256(data).hexdigest() != digest:
                return None
        return record

    def _marked(self, jobs: Iterator[Job], workers: int) -> Iterator[tuple[Job, dict[str, Any]]]:
        """Every job with its marks, in the order in which they are done; a few at a time are read.
        """
        first = next(jobs, None)
        if first is None:
            return
        benches: queue.SimpleQueue[Bench] = queue.SimpleQueue()
        made = [Bench(self.skeletons, self._make) for _ in range(workers)]
        for bench in made:
            benches.put(bench)

        def work(job: Job) -> dict[str, Any]:
            bench = benches.get()
            try:
                return {name: bench.mark(name, job.merged[name], job.student)
                        for name, given in job.given.items() if given.readable}
            finally:
                benches.put(bench)

        pool = ThreadPoolExecutor(len(made))
        waiting: dict[Future[dict[str, Any]], Job] = {}
        rest = chain([first], jobs)
        try:
            reference.check(self.course.root, self.skeletons, made[0].mark)
            while True:
                while len(waiting) < 2 * len(made) and (job := next(rest, None)) is not None:
                    waiting[pool.submit(work, job)] = job
                if not waiting:
                    return
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    job = waiting.pop(future)
                    error = future.exception()
                    if error is not None and not isinstance(error, Exception):
                        raise error
                    if error is not None and type(error).__name__ == "SandboxUnavailable":
                        raise CourseError(str(error))
                    yield job, ({"": error} if error is not None else future.result())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for bench in made:
                bench.close()
            pool.shutdown(wait=True)

    def _make(self, made: Skeleton) -> Any:
        return self.make(made, seed=str(self.seed), roster=self.roster)

    def _write(self, book: Book, job: Job, marked: Mapping[str, Any]) -> Record:
        """Everything of one submission: drafts, the gradebook, files in place, the record."""
        found = self._results(job, marked)
        notes = found.notes
        files = found.files | self._beside(job.student)
        graded = self.shelf.draft("autograded", job.student, files, 0o444)
        try:
            standing = book.write(job.student, self.course.timestamp(job.student, self.assignment),
                                  found.marks)
        except BaseException:
            shutil.rmtree(graded, ignore_errors=True)
            raise
        kept = self.shelf.place(graded, "autograded", job.student, list(found.files))
        if self.pages:
            pages = {f"{name}.html": results.shown(draft, name, standing[name], self.renderer,
                                                   notes).encode("utf-8", "replace")
                     for name, draft in found.drafts.items()}
            draft = self.shelf.draft("feedback", job.student, pages, 0o644)
            kept |= self.shelf.place(draft, "feedback", job.student, list(pages))
        record = Record(job.student, job.key, found.status, found.sentence, found.notebooks, kept,
                        found.layers, tuple(notes), round(found.seconds, 3))
        records.write(self.course.root, self.assignment, record)
        return record

    def _beside(self, student: str) -> dict[str, bytes]:
        """What lies beside an autograded notebook: released files and the collector's time."""
        stamp = read_stamp(self.course.folder("submitted", student, self.assignment))
        return dict(self.beside) if stamp is None else {**self.beside, "timestamp.txt": stamp}

    def _results(self, job: Job, marked: Mapping[str, Any]) -> Results:
        """Marks, comments, notebooks and notes of one submission, whatever its status."""
        found, broken = Results(), marked.get("")
        if broken is not None:
            found.notes.append(f"marking broke: {type(broken).__name__}: {broken}")
        for name, given in job.given.items():
            recorded, result, merged = self.skeletons[name], marked.get(name), job.merged[name]
            status = (result.status if result is not None else
                      statuses.UNREADABLE if not given.readable else statuses.INTERNAL)
            sentence = statuses.sentence(status, given.problem)
            if status != statuses.GRADED:
                found.status, found.sentence = status, sentence
            cells = results.cell_marks(recorded, result, status, self.stderr_is_failure)
            if result is not None:
                found.layers = tuple(result.layers)
                found.seconds += result.seconds
                found.notes += result.notes
            owner = job.owners.get(name)
            if owner in NAMES:
                found.notes.append(NAMES[owner])
            scores, comments = results.automatic(recorded, merged, cells)
            found.marks[name] = NotebookMarks(scores, comments, True if owner in NAMES else None,
                                              status == statuses.INTERNAL)
            about = {"status": status, "sentence": sentence, "sha256": given.sha256}
            found.drafts[name] = results.whatever_happens(
                partial(results.notebook, recorded, merged, result, cells, about),
                partial(results.notebook, recorded, merged, None, cells, about), found.notes)
            found.files[f"{name}.ipynb"] = results.to_bytes(found.drafts[name])
            found.notebooks[name] = {"status": status, "sha256": given.sha256, "cells": cells,
                                     "automatic": scores}
        return found
