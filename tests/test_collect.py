"""Collecting folders and archives safely."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import tarfile
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from invigilator import course as courses
from invigilator import skeleton
from invigilator.collect import CollectError, Collector, Naming
from support import coursework

NAME = coursework.ASSIGNMENT


@pytest.fixture
def course(tmp_path):
    """A course with a recorded assignment, made without running nbgrader."""
    folder = coursework.course(tmp_path / "course")
    given = coursework.notebook()
    sources = [cell["source"] for cell in given["cells"]]
    for cell in given["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = "..."
    skeleton.record(folder, skeleton.build(NAME, NAME, given, sources))
    return courses.find(folder)


def work(mark: str = "0.002") -> bytes:
    given = coursework.notebook()
    for cell in given["cells"]:
        if cell["id"] == "q1-price":
            cell["source"] = f"price = {mark}"
    return json.dumps(given).encode()


def archive(path: Path, files: dict[str, bytes], *, date=(2001, 1, 1, 0, 0, 0)) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name, date), data)
    return path


def collect(course, *sources, **options):
    return Collector(course, NAME, **options).collect(sources)


def submitted(course) -> dict[str, bytes]:
    base = course.root / "submitted"
    return {str(path.relative_to(base)): path.read_bytes()
            for path in sorted(base.rglob("*")) if path.is_file()} if base.exists() else {}


def notebooks(course) -> dict[str, bytes]:
    return {name.split("/")[0]: data for name, data in submitted(course).items()
            if name.endswith(f"{NAME}/{NAME}.ipynb")}


def test_a_folder_of_folders_and_archives(course, tmp_path):
    incoming = tmp_path / "in"
    (incoming / "s01").mkdir(parents=True)
    (incoming / "s01" / f"{NAME}.ipynb").write_bytes(work("1"))
    archive(incoming / "s02.zip", {f"{NAME}.ipynb": work("2")})
    with tarfile.open(incoming / "s03.tar.gz", "w:gz") as made:
        info = tarfile.TarInfo("deep/my work.ipynb")
        info.size = len(work("3"))
        made.addfile(info, io.BytesIO(work("3")))
    done = collect(course, incoming)
    assert not done.refused
    assert notebooks(course) == {"s01": work("1"), "s02": work("2"), "s03": work("3")}


def test_one_archive_for_a_class_with_a_wrapping_folder(course, tmp_path):
    source = archive(tmp_path / "download.zip", {
        f"class/s01/{NAME}.ipynb": work("1"), f"class/s02/{NAME} (1).ipynb": work("2"),
        "class/s02/picture.png": b"x"})
    done = collect(course, source)
    assert notebooks(course) == {"s01": work("1"), "s02": work("2")}
    assert "1 other files left out" in dict(done.taken)["s02"]


@pytest.mark.parametrize("name", [
    f"../s01/{NAME}.ipynb", f"/etc/{NAME}.ipynb", f"..\\s01\\{NAME}.ipynb",
    f"s02/../../s01/{NAME}.ipynb", f"C:\\{NAME}.ipynb", f"C:/{NAME}.ipynb",
])
def test_names_that_climb_write_nothing(course, tmp_path, name):
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    done = collect(course, archive(tmp_path / "bulk.zip", {name: work()}))
    after = sorted(str(path) for path in tmp_path.rglob("*") if path.name != "bulk.zip")
    assert after == before and not done.taken and done.refused


def test_links_in_folders_and_archives_are_refused(course, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(work("7"))
    incoming = tmp_path / "in"
    for student in ("s01", "s02"):
        (incoming / student).mkdir(parents=True)
    (incoming / "s01" / f"{NAME}.ipynb").symlink_to(secret)
    os.mkfifo(incoming / "s02" / f"{NAME}.ipynb")
    (incoming / "s03").symlink_to(tmp_path)
    link = zipfile.ZipInfo(f"{NAME}.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(incoming / "s04.zip", "w") as made:
        made.writestr(link, str(secret))
    with tarfile.open(incoming / "s05.tar", "w") as made:
        info = tarfile.TarInfo(f"{NAME}.ipynb")
        info.type, info.linkname = tarfile.SYMTYPE, str(secret)
        made.addfile(info)
    done = collect(course, incoming)
    assert not done.taken and not submitted(course)
    assert len(done.refused) >= 5


def test_bombs_are_refused_and_stop_nobody(course, tmp_path):
    incoming = tmp_path / "in"
    incoming.mkdir()
    archive(incoming / "s01.zip", {f"{NAME}.ipynb": b"0" * 60_000_000})
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("big.ipynb", b" " * 30_000_000)
    archive(incoming / "s02.zip", {f"{n}.zip": inner.getvalue() for n in range(5)})
    archive(incoming / "s03.zip", {f"{n}.ipynb": b"{}" for n in range(200)})
    archive(incoming / "s04.zip", {f"{NAME}.ipynb": work("4")})
    done = collect(course, incoming)
    assert notebooks(course) == {"s04": work("4")}
    assert {what.split("/")[1] for what, _ in done.refused} == {"s01.zip", "s02.zip", "s03.zip"}


def test_what_is_inside_cannot_name_somebody_else(course, tmp_path):
    incoming = tmp_path / "in"
    incoming.mkdir()
    archive(incoming / "s01.zip", {f"s02/{NAME}.ipynb": work("1"), f"s02.zip/{NAME}.ipynb": b"x"})
    archive(incoming / "s02.zip", {f"{NAME}.ipynb": work("2")})
    collect(course, incoming)
    assert notebooks(course) == {"s01": work("1"), "s02": work("2")}


def test_one_students_archive_given_alone_is_not_a_class(course, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("student\ns01\ns02\n")
    source = archive(tmp_path / "s01.zip", {f"s02/{NAME}.ipynb": work("1")})
    collect(course, source, roster=roster)
    assert notebooks(course) == {"s01": work("1")}


def test_two_claims_to_one_id_are_both_refused(course, tmp_path):
    incoming = tmp_path / "in"
    (incoming / "s01").mkdir(parents=True)
    (incoming / "s01" / f"{NAME}.ipynb").write_bytes(work("1"))
    archive(incoming / "S01.zip", {f"{NAME}.ipynb": work("2")})
    done = collect(course, incoming)
    assert not done.taken and len(done.refused) == 2


@pytest.mark.parametrize("name", ["s\u043001", "s01\u200b", ".hidden", "a\x1b[31m", "-rf"])
def test_names_that_deceive_are_no_student(course, tmp_path, name):
    roster = tmp_path / "roster.csv"
    roster.write_text("student\nsa01\ns02\n")
    incoming = tmp_path / "in"
    (incoming / name).mkdir(parents=True)
    (incoming / name / f"{NAME}.ipynb").write_bytes(work())
    done = collect(course, incoming, roster=roster)
    assert not done.taken
    assert all("\x1b" not in line for line in done.lines())


def test_the_roster_gives_the_spelling(course, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_bytes("\ufeffname;student\r\nx;S01\r\n".encode())
    source = archive(tmp_path / "bulk.zip", {f"s01/{NAME}.ipynb": work()})
    assert dict(collect(course, source, roster=roster).taken).keys() == {"S01"}


def test_a_loose_notebook_needs_a_pattern(course, tmp_path):
    incoming = tmp_path / "in"
    incoming.mkdir()
    (incoming / "s01_attempt_2020-01-01_x.ipynb").write_bytes(work())
    assert not collect(course, incoming).taken
    done = collect(course, incoming, pattern=r"(?P<student>\w+?)_attempt")
    assert [student for student, _ in done.taken] == ["s01"]


def test_time_comes_from_the_collector_alone(course, tmp_path):
    source = archive(tmp_path / "bulk.zip", {
        f"s01/{NAME}.ipynb": work(), "s01/timestamp.txt": b"1999-01-01 00:00:00 UTC"},
        date=(1999, 1, 1, 0, 0, 0))
    collect(course, source, received="2026-01-15 12:00 +0100")
    assert course.timestamp("s01", NAME) == datetime(2026, 1, 15, 11, 0)
    assert submitted(course)[f"s01/{NAME}/timestamp.txt"] == b"2026-01-15 11:00:00.000000 UTC\n"


def test_times_of_each_student_and_zones(course, tmp_path):
    source = archive(tmp_path / "bulk.zip", {f"s0{n}/{NAME}.ipynb": work() for n in (1, 2)})
    times = tmp_path / "times.csv"
    times.write_text("student,received\ns01,2026-01-15T23:30:00-08:00\n")
    collect(course, source, received="2026-01-15 12:00 +0545", times=times)
    assert course.timestamp("s01", NAME) == datetime(2026, 1, 16, 7, 30)
    assert course.timestamp("s02", NAME) == datetime(2026, 1, 15, 6, 15)


def test_a_time_without_zone_is_refused(course):
    with pytest.raises(CollectError, match="zone"):
        Collector(course, NAME, received="2026-01-15 12:00")


def test_a_resubmission_keeps_the_old_one_and_the_same_file_changes_nothing(course, tmp_path):
    first = archive(tmp_path / "a.zip", {f"s01/{NAME}.ipynb": work("1")})
    second = archive(tmp_path / "b.zip", {f"s01/{NAME}.ipynb": work("2")})
    collect(course, first, received="2026-01-15 12:00 +0000")
    assert dict(collect(course, first, received="2026-01-16 12:00 +0000").taken
                )["s01"] == "unchanged"
    assert course.timestamp("s01", NAME) == datetime(2026, 1, 15, 12, 0)
    assert "kept" in dict(collect(course, second, received="2026-01-14 12:00 +0000").taken)["s01"]
    collect(course, second, received="2026-01-17 12:00 +0000")
    assert notebooks(course) == {"s01": work("2")}
    attic = list((course.root / ".invigilator").rglob(f"replaced/s01/*/{NAME}.ipynb"))
    assert [path.read_bytes() for path in attic] == [work("1")]


def test_odd_encodings_of_archives_and_broken_files(course, tmp_path):
    incoming = tmp_path / "in"
    incoming.mkdir()
    archive(incoming / "s01.zip", {"\u00fcbung \u4f5c\u4e1a.ipynb": work("1")})
    (incoming / "s02.zip").write_bytes(b"PK\x03\x04 not an archive")
    (incoming / "s03").mkdir()
    (incoming / "s03" / f"{NAME}.ipynb").write_bytes(b"\xff\xfe broken")
    os.makedirs(os.fsencode(str(incoming)) + b"/s\xe9")
    with open(os.fsencode(str(incoming)) + b"/s\xe9/x.ipynb", "wb") as stream:
        stream.write(work())
    done = collect(course, incoming)
    assert set(notebooks(course)) == {"s01", "s03"}
    assert len(done.refused) == 2


def test_the_right_notebook_is_found_by_name_or_by_its_cells(course, tmp_path):
    other = json.dumps({"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}).encode()
    source = archive(tmp_path / "bulk.zip", {
        "s01/aaa.ipynb": other, "s01/homework final.ipynb": work("1"),
        f"s02/{NAME}.ipynb": work("2"), "s02/zzz.ipynb": work("3")})
    collect(course, source)
    assert notebooks(course) == {"s01": work("1"), "s02": work("2")}


def test_a_pattern_without_student_is_refused():
    with pytest.raises(CollectError, match="student"):
        Naming(r"(\w+)")
    with pytest.raises(CollectError, match="regular expression"):
        Naming("(")


def test_stock_zip_collect_uses_the_same_care(tmp_path, tmp_path_factory):
    folder = tmp_path / "course"
    shutil.copytree(coursework.generated(tmp_path_factory), folder)
    incoming = folder / "downloaded" / NAME / "archive"
    incoming.mkdir(parents=True)
    archive(incoming / "s01.zip", {f"../../s09/{NAME}.ipynb": work("9"),
                                   "my work.ipynb": work("1"), "pandas.py": b"x"})
    (incoming / "s02").mkdir()
    (incoming / "s02" / f"{NAME}.ipynb").write_bytes(work("2"))
    coursework.run(folder, "nbgrader", "zip_collect", NAME)
    found = courses.find(folder)
    assert notebooks(found) == {"s01": work("1"), "s02": work("2")}
    assert found.timestamp("s01", NAME) is not None
    assert not list(folder.rglob("pandas.py"))
