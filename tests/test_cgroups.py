"""Control groups: found, used and emptied; on files that imitate them, and where there are some."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from invigilator import cgroups
from invigilator.limits import Limits
from invigilator.marking import OUT_OF_MEMORY, Marker
from support.books import Book

PARENT, WHY = cgroups.delegated()


@pytest.fixture
def machine(tmp_path):
    """A folder like /proc/self, and the group of this program below a mount of version 2."""
    proc, own = tmp_path / "proc", tmp_path / "fs" / "user.slice" / "our.scope"
    proc.mkdir()
    own.mkdir(parents=True)
    (proc / "cgroup").write_text("4:memory:/elsewhere\n0::/user.slice/our.scope\n")
    (proc / "mountinfo").write_text(
        f"22 1 8:1 / / rw - ext4 /dev/root rw\n31 23 0:27 / {tmp_path}/fs rw - cgroup2 none rw\n"
    )
    for name, text in (("type", "domain"), ("controllers", "cpu memory pids"),
                       ("subtree_control", ""), ("procs", f"{os.getpid()}\n")):  # fmt: skip
        (own / f"cgroup.{name}").write_text(text)
    return proc, own


def test_a_delegated_group_is_found_and_opened_for_children(machine):
    proc, own = machine
    assert cgroups.delegated(proc) == (own, "")
    assert (own / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert (own / cgroups.ASIDE / "cgroup.procs").read_text() == str(os.getpid())
    (proc / "cgroup").write_text(f"0::/user.slice/our.scope/{cgroups.ASIDE}\n")
    (own / "cgroup.subtree_control").write_text("memory pids")
    assert cgroups.delegated(proc) == (own, "")  # asked again from where it moved to


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda proc, own: (proc / "mountinfo").write_text(""), "no control group of version 2"),
        (lambda proc, own: (proc / "cgroup").unlink(), "cannot be looked up"),
        (lambda proc, own: (own / "cgroup.type").unlink(), "outermost"),
        (lambda proc, own: (own / "cgroup.procs").unlink(), "not delegated"),
        (lambda proc, own: (own / "cgroup.controllers").write_text("memory"), "not offer: pids"),
        (lambda proc, own: ((own / "cgroup.subtree_control").unlink(),
                            (own / "cgroup.subtree_control").symlink_to(own / "none" / "none")),
         "cannot be looked up|holds other programs"),
    ],
)  # fmt: skip
def test_what_is_not_delegated_is_left_alone_with_the_reason(machine, spoil, reason):
    proc, own = machine
    spoil(proc, own)
    found, why = cgroups.delegated(proc)
    assert found is None
    assert any(part in why for part in reason.split("|"))
    assert not (own / cgroups.ASIDE).exists() or "holds other" in why


def test_a_group_has_ceilings_a_door_and_an_end(tmp_path):
    limits = Limits(tree_memory=123 << 20, processes=7)
    group = cgroups.Group(tmp_path, limits)
    assert int((group.path / "memory.max").read_text()) == 123 << 20
    assert (group.path / "pids.max").read_text() == "7"
    assert (group.path / "memory.oom.group").read_text() == "1"
    os.write(group.door, b"0")
    assert (group.path / "cgroup.procs").read_text() == "0"
    (group.path / "memory.events").write_text("oom 3\noom_kill 2\n")
    assert group.overdrawn() and not group.overdrawn()
    (group.path / "cgroup.events").write_text("populated 1\nfrozen 0\n")

    def empty() -> None:
        time.sleep(0.05)
        (group.path / "cgroup.events").write_text("populated 0\nfrozen 0\n")

    thread = threading.Thread(target=empty)
    thread.start()
    assert group.kill() and not group.populated()
    thread.join()
    assert (group.path / "cgroup.kill").read_text() == "1"
    group.remove()
    group.remove()


def test_a_group_that_cannot_be_emptied_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(cgroups, "PATIENCE", 0.02)
    group = cgroups.Group(tmp_path, Limits())
    (group.path / "cgroup.events").write_text("populated 1\n")
    assert not group.kill()


def test_groups_of_dead_programs_are_removed_and_no_others(tmp_path):
    done = subprocess.Popen(["true"])
    done.wait()
    (tmp_path / f"{cgroups.PREFIX}{done.pid}-1").mkdir()
    (tmp_path / f"{cgroups.PREFIX}{os.getpid()}-1").mkdir()
    group = cgroups.Group(tmp_path, Limits())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [f"{cgroups.PREFIX}{os.getpid()}-1", group.path.name]
    )


def test_a_door_that_does_not_open_is_no_layer():
    book = Book().answer("x", "x = 1", names=("x",)).test("one", "assert x == 1")
    with Marker(book.skeleton) as marker:
        assert (cgroups.LAYER in marker.mark(book.submission()).layers) == (PARENT is not None)


@pytest.mark.skipif(PARENT is None, reason=f"no delegated control group: {WHY}")
def test_the_kernel_limits_what_all_processes_use_together():
    book = Book().answer("x", "x = 1", names=("x",)).test("one", "assert x == 1")
    bomb = (
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n"
        "        b = bytearray(os.urandom(1 << 20) * 60)\n        time.sleep(20)\n"
        "time.sleep(20)"
    )
    with Marker(book.skeleton, limits=Limits(tree_memory=150 << 20)) as marker:
        marked = marker.mark(book.submission(x=bomb))
        assert marked.status == OUT_OF_MEMORY and cgroups.LAYER in marked.layers
        assert marker.group is not None and not marker.group.populated()
        path = Path(marker.group.path)
        assert marker.mark(book.submission()).cells["one"].score == 1
    assert not path.exists()
