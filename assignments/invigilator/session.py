"""One submission from the caller's side: start both processes, listen, end them, keep the marks."""

from __future__ import annotations

import hashlib
import math
import os
import signal
import socket
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import memory, removal
from .marks import (
    DIED,
    INTERNAL_ERROR,
    OUT_OF_MEMORY,
    STATUSES,
    TIMED_OUT,
    CellMark,
    Marked,
    clamp,
)
from .protocol import Inbox, LateError, ProtocolError
from .workers import Worker, WorkerGoneError

if TYPE_CHECKING:
    from .marking import Marker

AGAIN = "again"
WATCH_EVERY = 0.2
SLACK = 3.0  # beyond its own limits, before the examiner itself counts as stuck
FRAME = 256 << 20
FRAME_SECONDS = 30.0
SENTENCES = {
    TIMED_OUT: "The notebook used up its time before this test was reached.",
    OUT_OF_MEMORY: "The notebook used up its memory before this test was reached.",
    DIED: "The notebook's process ended before this test was reached.",
    INTERNAL_ERROR: "Grading failed before this test was reached; this is not the student's fault.",
}

UNREAD = ("the test could not look into a value that stays with the answer's code; "
          "look at this mark")
EARLIER = "This check had already been run, and did not pass, when the notebook was ended."


class Session:
    """Marks one submission."""

    def __init__(
        self,
        marker: Marker,
        cells: list[dict[str, Any]],
        student: str,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.marker, self.cells, self.student = marker, cells, student
        self.options = dict(options or {})
        self.limits = marker.limits
        self.started = time.monotonic()
        self.end = self.started + self.limits.submission_seconds
        self.failed: dict[str, str] = {}
        self.least: dict[str, float] = {}  # what a test earned in any attempt, run to its end
        self.notes: list[str] = []
        self.surveys: list[Any] = []
        self.memory = 0
        self.calmer = False
        self.ended_at: set[str] = set()
        self.reset()

    def reset(self) -> None:
        """Forget what an attempt brought."""
        self.outputs: dict[str, tuple[dict[str, Any], ...]] = {}
        self.counts: dict[str, int] = {}
        self.tests: dict[str, CellMark] = {}
        self.at = ""
        self.at_end = self.end
        self.out_of_memory = self.over_full = self.killed = False

    def run(self) -> Marked:
        """Mark it. It runs again without a test that hung the examiner, and once more whenever
        something was killed that no limit of ours killed."""
        status = INTERNAL_ERROR
        layers: tuple[str, ...] = ()
        gone = 0
        for _ in range(self.limits.replays + 4):
            self.reset()
            try:
                zygote, examiner = self.marker.workers()
                layers = zygote.layers
                status = self.attempt(zygote, examiner)
            except WorkerGoneError as error:
                gone += 1
                status = INTERNAL_ERROR
                if gone > 2:
                    self.notes.append(str(error))
                    break
                continue
            if status != AGAIN or time.monotonic() > self.end:
                break
        if status == AGAIN:
            status = TIMED_OUT
        cells = {
            name: self.tests.get(name) or self.missing(name, status) for name in self.marker.tests
        }
        return Marked(
            status,
            cells,
            self.outputs,
            self.counts,
            layers,
            time.monotonic() - self.started,
            tuple(dict.fromkeys(self.notes)),
            self.memory,
        )

    def missing(self, grade_id: str, status: str) -> CellMark:
        """The mark of a test that was not reached."""
        cell = self.marker.tests[grade_id]
        sentence = SENTENCES.get(status, "The test was not reached.")
        return CellMark(0.0, float(cell["points"]), "not reached", sentence, (), cell["mode"])

    def attempt(self, zygote: Worker, examiner: Worker) -> str:
        """One run of the whole notebook; a status, or AGAIN."""
        number = hashlib.sha256(f"{self.marker.seed}:{self.student}".encode()).digest()
        request = {
            "student": self.student,
            "roster": self.marker.roster,
            "seed": self.marker.seed,
            "cells": self.cells,
            "failed": self.failed,
            **self.options,
        }
        status = INTERNAL_ERROR
        ours, report = socket.socketpair()
        link, candidate = socket.socketpair()
        with ours:
            try:
                with report, link, candidate:
                    seed = int.from_bytes(number[:8], "big")
                    zygote.spawn({"student": self.student, "seed": seed}, (candidate,))
                    examiner.spawn(request, (report, link))
                status = self.listen(Inbox(ours, FRAME), zygote)
            finally:
                ended = zygote.end(patience=0.1 if status == DIED else 0.0)
                examiner.end()
                self.empty_group()
        if self.out_of_memory:
            return OUT_OF_MEMORY
        if status == DIED and ended["status"] is not None and not self.over_full:
            status = self.cause(ended)
        if self.killed and not self.calmer:
            self.calmer = True  # once more; what happens twice is the submission's own doing
            return AGAIN
        return status

    def empty_group(self) -> None:
        """Where there is a control group: nothing stays in it, and it tells about memory."""
        group = self.marker.group
        if group is not None:
            if not group.kill():
                raise WorkerGoneError("some of the student's processes could not be ended")
            self.out_of_memory = group.overdrawn() or self.out_of_memory

    def cause(self, ended: dict[str, Any]) -> str:
        """Why a candidate died, from how it ended."""
        if ended["status"] != -signal.SIGKILL:
            return DIED
        if float(ended["cpu"]) >= self.limits.cpu_seconds:
            return TIMED_OUT
        self.killed = True
        return OUT_OF_MEMORY

    def listen(self, inbox: Inbox, zygote: Worker) -> str:
        """Take the examiner's frames until it is done."""
        while True:
            try:
                frames = self.next_frames(inbox, zygote)
            except LateError:
                return self.stuck("The test did not come to an end.")
            except ProtocolError:
                if self.at not in self.ended_at:  # killed from outside, perhaps
                    self.ended_at.add(self.at)
                    return AGAIN
                return self.stuck("The test ended its own process.")
            for frame in frames:
                if "done" in frame:
                    self.notes += [str(note) for note in frame.get("notes", ())]
                    self.killed = frame.get("killed") is True
                    return frame["done"] if frame["done"] in STATUSES else INTERNAL_ERROR
                self.take(frame)

    def next_frames(self, inbox: Inbox, zygote: Worker) -> list[dict[str, Any]]:
        """What the examiner says next; while waiting, look at the memory in use."""
        while True:
            now = time.monotonic()
            deadline = min(self.end, self.at_end)
            if now > deadline:
                raise LateError("stuck")
            if not inbox.waits(min(deadline, now + WATCH_EVERY)):
                self.watch(zygote)
                continue
            frames = inbox.receive_json(now + FRAME_SECONDS)
            if type(frames) is not list or not all(type(frame) is dict for frame in frames):
                raise ProtocolError("a frame that is no list of reports")
            return frames

    def watch(self, zygote: Worker) -> None:
        """End the candidate when all its processes together hold too much."""
        held = memory.held_below(zygote.pid)
        self.memory = max(self.memory, held)
        if held > self.limits.tree_memory and not self.out_of_memory:
            self.out_of_memory = True
            zygote.end()
        room = f"{zygote.base}/box/room"
        if os.path.isdir(room) and not removal.fits(room, self.limits.disk, self.limits.files):
            self.notes.append("The notebook filled its working folder and was ended.")
            self.over_full = True
            zygote.end()

    def take(self, frame: dict[str, Any]) -> None:
        """Keep what a report says. While no cell runs in the examiner, only the end counts."""
        self.at_end = self.end
        if "at" in frame:
            self.at = str(frame["at"])
            self.at_end = time.monotonic() + float(frame["seconds"]) + SLACK
        elif "ran" in frame:
            cell = str(frame["ran"])
            self.outputs[cell] = tuple(frame["outputs"])
            self.counts[cell] = int(frame["count"])
        elif "test" in frame:
            self.keep(str(frame["test"]), frame["mark"])
        elif "survey" in frame:
            self.surveys.append(frame)

    def keep(self, grade_id: str, mark: Mapping[str, Any]) -> None:
        """Keep a mark, within the points of its cell, once."""
        cell = self.marker.tests.get(grade_id)
        if cell is None or grade_id in self.tests:
            return
        points = float(cell["points"])
        score = float(mark["score"])
        outputs = tuple(mark["outputs"])
        score = clamp(score if math.isfinite(score) else 0.0, points)
        outcome, message = str(mark["outcome"]), str(mark["message"])
        least = min(score, self.least.get(grade_id, score))
        if mark["settled"] is True:
            self.least[grade_id] = least
        if least < score:  # or a notebook that ends itself could try again until it is lucky
            score, outcome, message = least, "not yet", EARLIER
        if mark["unread"] and score < points:
            self.notes.append(f"{grade_id}: {UNREAD}")
        self.tests[grade_id] = CellMark(
            score,
            points,
            outcome,
            message,
            outputs,
            str(mark["mode"]),
            float(mark["seconds"]),
            str(mark["unread"]),
        )
        self.outputs[cell["id"]] = outputs

    def stuck(self, sentence: str) -> str:
        """The examiner hangs or is gone: at a test, fail that one and start again."""
        if time.monotonic() >= self.end:
            self.notes.append("The submission used up its time.")
            return TIMED_OUT
        for grade_id, cell in self.marker.tests.items():
            if cell["id"] == self.at and grade_id not in self.failed:
                self.failed[grade_id] = sentence
                self.notes.append(f"{grade_id}: {sentence} It was failed and the rest run again.")
                return AGAIN
        return TIMED_OUT if time.monotonic() > self.at_end else INTERNAL_ERROR

