"""Take in submissions from folders and archives.

Who handed something in is told by the outermost name alone: the folder, archive or file
that the teacher's platform wrote. Nothing inside can claim to be someone else, and
nothing inside can say when it was received: the time is the collector's.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from . import archives, skeleton, submission
from .archives import ArchiveError, Member, Refusals, printable
from .course import Course
from .identity import plain
from .skeleton import Skeleton

SAFE_ID = re.compile(r"\w[\w.@+ -]{0,126}(?<![ .])\Z|\w\Z")
STAMP = "%Y-%m-%d %H:%M:%S.%f UTC"
MOST_PER_STUDENT = 60_000_000
MOST_NOTEBOOKS = 50


class CollectError(Exception):
    """The teacher has to put something right first. One line."""


@dataclass(frozen=True)
class Entry:
    """What one student handed in: the bytes of each notebook of the assignment."""

    student: str
    label: str
    notebooks: Mapping[str, bytes]
    left_out: int = 0


@dataclass
class Collected:
    """What a collection did."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people: one line each."""
        made = [f"{student}: {what}" for student, what in self.taken]
        made += [f"REFUSED {what}: {why}" for what, why in self.refused]
        return [*made, f"{len(self.taken)} submissions, {len(self.refused)} refusals."]


class Naming:
    """From the outermost name to a student id, checked against a roster where there is one."""

    def __init__(self, pattern: str | None = None, roster: Iterable[str] | None = None) -> None:
        try:
            self.pattern = re.compile(pattern) if pattern else None
        except re.error as error:
            raise CollectError(f"--pattern: not a regular expression ({error})") from None
        if self.pattern and "student" not in self.pattern.groupindex:
            raise CollectError("--pattern: needs a group (?P<student>...)")
        self.roster = {plain(one): one for one in roster} if roster is not None else None

    def knows(self, name: str, *, unless: bool) -> bool:
        """Is this the name of a student's own archive? Without pattern and roster: not ``unless``.
        """
        if self.pattern:
            return bool(self.pattern.match(name))
        return not unless if self.roster is None else plain(name) in self.roster

    def student(self, name: str, *, loose: bool) -> str:
        """The id in a name. Raises ArchiveError with the reason when there is none.

        ``loose``: a notebook lying about by itself, whose name students choose; it needs
        a pattern or must be exactly an id of the roster.
        """
        if self.pattern:
            match = self.pattern.match(name)
            if not match:
                raise ArchiveError("its name does not fit --pattern")
            name = match["student"]
        elif loose and (self.roster is None or plain(name) not in self.roster):
            raise ArchiveError("a loose notebook does not say whose it is; give --pattern")
        if self.roster is not None:
            if plain(name) not in self.roster:
                raise ArchiveError("its name is no student of the roster")
            return self.roster[plain(name)]
        if not SAFE_ID.match(name) or plain(name) != " ".join(name.casefold().split()):
            raise ArchiveError("its name cannot be a student id")
        return name


def gather(sources: Iterable[Path], naming: Naming, skeletons: Mapping[str, Skeleton],
           refused: Refusals) -> list[Entry]:
    """Every student's notebooks from all sources; two claims to one id are both refused."""
    found: dict[str, list[Entry]] = {}
    given = list(sources)
    for source in given:
        with ExitStack() as keep:
            try:
                listed = list(archives.members(source, refused, keep))
            except ArchiveError as error:
                refused.add(str(source), str(error).removeprefix(f"{source}: "))
                continue
            for empty in _empty(source, listed):
                refused.add(f"{source.name}/{empty}", "holds no notebook")
            for label, name, group, loose in _grouped(source, listed, naming, len(given) == 1):
                try:
                    student = naming.student(name, loose=loose)
                    entry = _entry(student, label, group, skeletons, refused)
                except ArchiveError as error:
                    refused.add(label, str(error))
                else:
                    found.setdefault(plain(student), []).append(entry)
    entries = []
    for _, claims in sorted(found.items()):
        different = {tuple(sorted(claim.notebooks.items())) for claim in claims}
        spelled = {claim.student for claim in claims}
        if len(different) > 1 or len(spelled) > 1:
            for claim in claims:
                others = ", ".join(printable(one.label) for one in claims if one is not claim)
                refused.add(claim.label, f"claims to be {claim.student}, and so does {others}; "
                                         "keep the right one and collect again")
        else:
            entries.append(claims[0])
    return entries


def _empty(source: Path, listed: list[Member]) -> list[str]:
    """Folders right inside a source in which there is no file at all."""
    if not source.is_dir():
        return []
    with os.scandir(source) as entries:
        there = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)
                 and entry.name.lower() not in archives.CLUTTER}
    return sorted(there - {member.parts[0] for member in listed})


def _grouped(source: Path, listed: list[Member], naming: Naming, alone: bool
             ) -> Iterable[tuple[str, str, list[Member], bool]]:
    """(label, name that tells the student, files, loose) for each outermost thing.

    An archive named like a student is that student's, so that folders inside it cannot
    name others; so is each of several archives. One other archive holds a class.
    """
    name = archives.stem(source.name)
    if source.is_file() and naming.knows(name, unless=alone):
        if listed:
            yield source.name, name, listed, False
        return
    while listed and len({member.parts[0] for member in listed}) == 1 and all(
            len(member.parts) > 1 for member in listed) and not _is_student(
            listed[0].parts[0], naming, listed):
        listed = [Member(member.parts[1:], member.size, member.read) for member in listed]
    groups: dict[str, list[Member]] = {}
    for member in listed:
        groups.setdefault(member.parts[0], []).append(member)
    for first, group in sorted(groups.items()):
        label = f"{source.name}/{first}"
        if len(group[0].parts) > 1:
            yield label, first, group, False
        elif archives.is_archive(first):
            yield label, archives.stem(first), group, False
        elif first.lower().endswith(".ipynb"):
            yield label, archives.stem(first), group, True


def _is_student(name: str, naming: Naming, listed: list[Member]) -> bool:
    """Is the one outer folder a student's, rather than a wrapping around the class?"""
    if naming.roster is not None and not naming.pattern:
        return plain(name) in naming.roster
    return any(len(member.parts) == 2 and member.name.lower().endswith(".ipynb")
               for member in listed)


def _entry(student: str, label: str, listed: list[Member], skeletons: Mapping[str, Skeleton],
           refused: Refusals) -> Entry:
    files: dict[tuple[str, ...], bytes] = {}
    left_out, budget = 0, MOST_PER_STUDENT

    def take(member: Member, prefix: tuple[str, ...] = ()) -> None:
        nonlocal left_out, budget
        if not member.name.lower().endswith(".ipynb") or member.name.startswith("._"):
            left_out += 1
            return
        if len(files) >= MOST_NOTEBOOKS:
            raise ArchiveError(f"holds more than {MOST_NOTEBOOKS} notebooks")
        data = member.read(min(archives.MAX_FILE, budget))
        budget -= len(data)
        files[(*prefix, *member.parts)] = data

    for member in listed:
        try:
            if archives.is_archive(member.name):
                data = io.BytesIO(member.read(archives.MAX_NESTED))
                with ExitStack() as keep:
                    for part in archives.inside(data, member.name, refused, keep):
                        take(part, member.parts)
            else:
                take(member)
        except OSError as error:
            raise ArchiveError(f"cannot be read ({error.strerror})") from None
    if not files:
        raise ArchiveError("holds no notebook")
    return Entry(student, label, choose(files, skeletons), left_out)


def choose(files: Mapping[tuple[str, ...], bytes], skeletons: Mapping[str, Skeleton]
           ) -> dict[str, bytes]:
    """Which file is which notebook: by name, else by the answer cells in it."""
    rest, chosen = dict(files), {}
    for name in skeletons:
        exact = sorted((path for path in rest if archives.stem(path[-1]) == name), key=len)
        if exact:
            chosen[name] = rest.pop(exact[0])
    for name, recorded in skeletons.items():
        if name in chosen or not rest:
            continue
        answers = {cell.grade_id for cell in recorded.of_kind("answer", "manual")}
        scores = {path: len(answers & {cell.grade_id for cell in
                                       submission.read_bytes(data).cells})
                  for path, data in rest.items()}
        best = max(sorted(rest), key=lambda path: scores[path])
        if scores[best] or len(files) == len(skeletons) == 1:
            chosen[name] = rest.pop(best)
    if not chosen:
        raise ArchiveError("holds no notebook of this assignment")
    return chosen


class Collector:
    """Writes what was gathered into the course's folder for submissions."""

    def __init__(self, course: Course, assignment: str, *, pattern: str | None = None,
                 roster: Path | None = None, received: str | None = None,
                 times: Path | None = None) -> None:
        self.course, self.assignment = course, assignment
        names = skeleton.notebooks(course.root, assignment)
        if not names:
            skeleton.recorded(course.root, assignment, assignment)
        self.skeletons = {name: skeleton.recorded(course.root, assignment, name)
                          for name in names}
        self.naming = Naming(pattern, read_roster(roster) if roster else None)
        self.received = instant(received, "--received") if received else datetime.now(UTC)
        self.times = read_times(times) if times else {}

    def collect(self, sources: Iterable[Path], *, dry_run: bool = False) -> Collected:
        """Take everything in. A refusal concerns one submission and stops no other."""
        refused, done = Refusals(), Collected()
        for entry in gather(sources, self.naming, self.skeletons, refused):
            received = self.times.get(plain(entry.student), self.received)
            said = self._store(entry, received, dry_run)
            if entry.left_out:
                said += f"; {entry.left_out} other files left out"
            done.taken.append((entry.student, said))
        done.refused = refused.lines
        return done

    def _store(self, entry: Entry, received: datetime, dry_run: bool) -> str:
        target = self.course.folder("submitted", entry.student, self.assignment)
        stamp = received.astimezone(UTC).replace(tzinfo=None)
        when = stamp.strftime("%Y-%m-%d %H:%M UTC")
        before = self.course.timestamp(entry.student, self.assignment)
        if target.exists():
            if _same(target, entry.notebooks):
                return "unchanged"
            if before is not None and before > stamp:
                return f"kept the one received later ({before:%Y-%m-%d %H:%M} UTC)"
        if dry_run:
            return f"would be taken, received {when}"
        draft = target.with_name(f".{target.name}.{os.getpid()}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for name, data in entry.notebooks.items():
            (draft / f"{name}.ipynb").write_bytes(data)
        (draft / "timestamp.txt").write_text(stamp.strftime(STAMP) + "\n", encoding="ascii")
        replaced = target.exists()
        if replaced:
            attic = (skeleton.folder(self.course.root, self.assignment) / "replaced"
                     / entry.student / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f"))
            attic.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(str(target), attic)
        os.rename(draft, target)
        return f"{'replaced' if replaced else 'taken'}, received {when}"


def _same(target: Path, notebooks: Mapping[str, bytes]) -> bool:
    there = {path.stem: path.read_bytes() for path in target.glob("*.ipynb")}
    return there == dict(notebooks)


def instant(text: str, where: str) -> datetime:
    """A time with its zone. Raises CollectError for anything less.

    >>> instant("2026-01-15 12:00 +0100", "here").astimezone(UTC).hour
    11
    """
    for pattern in ("%Y-%m-%d %H:%M %z", "%Y-%m-%d %H:%M:%S %z"):
        try:
            return datetime.strptime(text.strip().replace(" UTC", " +0000"), pattern)
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise CollectError(f"{where}: '{printable(text)}' is no time with a zone; write "
                           "2026-01-15 12:00 +0100")
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CollectError(f"{path}: {error.strerror}") from None
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig",
                       "surrogateescape")
    dialect = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    return list(csv.DictReader(io.StringIO(text), delimiter=dialect))


def read_roster(path: Path) -> list[str]:
    """Student ids from a table: the column 'student' or 'id', else the first."""
    rows = _rows(path)
    if not rows:
        raise CollectError(f"{path}: no student in it; it needs a heading and a line each")
    column = next((name for name in ("student", "student_id", "id") if name in rows[0]),
                  next(iter(rows[0])))
    found = [str(row[column]).strip() for row in rows if str(row[column] or "").strip()]
    bad = next((one for one in found if not SAFE_ID.match(one)), None)
    if bad is not None:
        raise CollectError(f"{path}: '{printable(bad)}' cannot be a student id")
    return found


def read_times(path: Path) -> dict[str, datetime]:
    """When each student's work was received, from the teacher's platform."""
    found = {}
    for row in _rows(path):
        if "student" not in row or "received" not in row:
            raise CollectError(f"{path}: needs the columns student and received")
        found[plain(str(row["student"]))] = instant(str(row["received"]), str(path))
    return found


class SafeExtractor(ExtractorPlugin):
    """For stock `nbgrader zip_collect`: takes notebooks only, one folder a student."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Read what lies in ``archive_path``; nothing else than notebooks is written."""
        assignment = Path(archive_path).parent.name
        root = self.parent.coursedir.root
        recorded = {name: skeleton.recorded(root, assignment, name)
                    for name in skeleton.notebooks(root, assignment)}
        refused = Refusals()
        for entry in gather([Path(archive_path)], Naming(), recorded, refused):
            place = Path(extracted_path) / entry.student
            place.mkdir(parents=True, exist_ok=True)
            for name, data in entry.notebooks.items():
                (place / f"{name}.ipynb").write_bytes(data)
        for what, why in refused.lines:
            self.log.warning("Refused %s: %s", what, why)


class FolderCollector(FileNameCollectorPlugin):
    """For stock `nbgrader zip_collect`: the folder is the student, the time is now."""

    def collect(self, submitted_file: str) -> dict[str, Any] | None:
        """Student and notebook of a file that SafeExtractor wrote."""
        path = Path(submitted_file)
        if path.suffix != ".ipynb":
            return None
        return {"student_id": path.parent.name, "file_id": path.stem,
                "timestamp": datetime.now(UTC).strftime(STAMP)}
