"""Files that are the old ones or the new ones, never a part: written beside, then moved in."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .course import Course, CourseError


@dataclass(frozen=True)
class Shelf:
    """The folders of one assignment, step by step and student by student."""

    course: Course
    assignment: str

    def sweep(self) -> None:
        """Remove what a killed run left beside its place."""
        for step in ("autograded", "feedback"):
            base = self.course.folder(step, "@", self.assignment)
            for path in Path(str(base).split("@")[0]).glob(f"*/.{self.assignment}.*"):
                shutil.rmtree(path, ignore_errors=True)

    def draft(self, step: str, student: str, files: Mapping[str, bytes], mode: int) -> Path:
        """Write files beside their place, so that a full disk shows before anything changes."""
        target = self.course.folder(step, student, self.assignment)
        draft = target.with_name(f".{target.name}.{os.getpid()}.new")
        shutil.rmtree(draft, ignore_errors=True)
        try:
            draft.mkdir(parents=True)
            for name, data in files.items():
                path = draft / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with open(path, "wb") as stream:
                    stream.write(data)
                path.chmod(mode)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise CourseError(f"{target}: cannot write ({error.strerror}); make room or give "
                              "access, then run this again: it goes on where it stopped") from None
        return draft

    def place(self, draft: Path, step: str, student: str, names: list[str]) -> dict[str, str]:
        """Move a draft into its place. Returns path (below the course) and digest of the names."""
        target = self.course.folder(step, student, self.assignment)
        old = target.with_name(f".{target.name}.{os.getpid()}.old")
        digests = {name: hashlib.sha256((draft / name).read_bytes()).hexdigest()
                   for name in names}
        try:
            if target.exists():
                os.rename(target, old)
            os.rename(draft, target)
        except OSError as error:
            raise CourseError(f"{target}: cannot replace it ({error.strerror}); give access, then "
                              "run this again") from None
        shutil.rmtree(old, ignore_errors=True)
        root = self.course.root
        below = target.relative_to(root) if target.is_relative_to(root) else target
        return {str(below / name): digest for name, digest in digests.items()}
