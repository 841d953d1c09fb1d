"""One submission from the caller's side: start both processes, listen, end them, keep the marks."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import socket
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import memory, removal
from .marks import (
    DIED,
    GRADED,
    INTERNAL_ERROR,
    OUT_OF_MEMORY,
    STATUSES,
    TIMED_OUT,
    CellMark,
    Marked,
    clamp,
)
from .protocol import Late, ProtocolError, receive_json, wait
from .workers import Worker, WorkerGone

if TYPE_CHECKING:
    from .marking import Marker

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
        self.notes: list[str] = []
        self.surveys: list[Any] = []
        self.memory = 0
        self.reset()

    def reset(self) -> None:
        """Forget what an attempt brought."""
        self.outputs: dict[str, tuple[dict[str, Any], ...]] = {}
        self.counts: dict[str, int] = {}
        self.tests: dict[str, CellMark] = {}
        self.at = ""
        self.at_end = self.end
        self.out_of_memory = False

    def run(self) -> Marked:
        """Mark it; tests that hang or kill the examiner are failed and the rest runs again."""
        status = INTERNAL_ERROR
        layers: tuple[str, ...] = ()
        gone = 0
        for _ in range(self.limits.replays + 2):
            self.reset()
            try:
                zygote, examiner = self.marker.workers()
                layers = zygote.layers
                status = self.attempt(zygote, examiner)
            except WorkerGone as error:
                gone += 1
                status = INTERNAL_ERROR
                if gone > 1:
                    self.notes.append(str(error))
                    break
                continue
            if status != "again" or time.monotonic() > self.end:
                break
        if status == "again":
            status = TIMED_OUT
        cells = {name: self.tests.get(name) or self.missing(name, status) for name in self.marker.tests}
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
        """One run of the whole notebook; a status, or "again"."""
        number = hashlib.sha256(f"{self.marker.seed}:{self.student}".encode()).digest()
        request = {
            "student": self.student,
            "roster": self.marker.roster,
            "seed": self.marker.seed,
            "cells": self.cells,
            "failed": self.failed,
            **self.options,
        }
        ours, report = socket.socketpair()
        link, candidate = socket.socketpair()
        with ours:
            try:
                with report, link, candidate:
                    seed = int.from_bytes(number[:8], "big")
                    zygote.spawn({"student": self.student, "seed": seed}, (candidate,))
                    examiner.spawn(request, (report, link))
                status = self.listen(ours, zygote)
            finally:
                ended = self.finish(zygote, examiner)
        if self.out_of_memory:
            return OUT_OF_MEMORY
        if status == DIED and ended is not None:
            return self.cause(ended)
        return status

    def finish(self, zygote: Worker, examiner: Worker) -> dict[str, Any] | None:
        """End both children, whatever happened."""
        ended = None
        with contextlib.suppress(WorkerGone):
            ended = zygote.end()
        with contextlib.suppress(WorkerGone):
            examiner.end()
        return ended

    def cause(self, ended: dict[str, Any]) -> str:
        """Why a candidate died, from how it ended."""
        if float(ended.get("cpu") or 0) >= self.limits.cpu_seconds:
            return TIMED_OUT
        return OUT_OF_MEMORY if ended.get("status") == -9 else DIED

    def listen(self, sock: socket.socket, zygote: Worker) -> str:
        """Take the examiner's frames until it is done."""
        while True:
            try:
                frame = self.next_frame(sock, zygote)
            except Late:
                return self.stuck("The test did not come to an end.")
            except ProtocolError:
                return self.stuck("The test ended its own process.")
            if "done" in frame:
                self.notes += [str(note) for note in frame.get("notes", ())]
                return frame["done"] if frame["done"] in STATUSES else INTERNAL_ERROR
            self.take(frame)

    def next_frame(self, sock: socket.socket, zygote: Worker) -> dict[str, Any]:
        """One frame; while waiting, look at the memory in use."""
        while True:
            now = time.monotonic()
            deadline = min(self.end, self.at_end)
            if now > deadline:
                raise Late("stuck")
            if not wait(sock, min(deadline, now + WATCH_EVERY)):
                self.watch(zygote)
                continue
            frame, _ = receive_json(sock, FRAME, now + FRAME_SECONDS)
            if type(frame) is not dict:
                raise ProtocolError("a frame that is no dictionary")
            return frame

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
            zygote.end()

    def take(self, frame: dict[str, Any]) -> None:
        """Keep what a frame reports."""
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
        self.tests[grade_id] = CellMark(
            clamp(score if math.isfinite(score) else 0.0, points),
            points,
            str(mark["outcome"]),
            str(mark["message"]),
            outputs,
            str(mark["mode"]),
            float(mark["seconds"]),
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
                return "again"
        return TIMED_OUT if time.monotonic() > self.at_end else INTERNAL_ERROR


__all__ = ["GRADED", "Session"]
