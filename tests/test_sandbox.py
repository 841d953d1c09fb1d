"""What a confined process can and cannot do; really entered, as root and as a user."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from invigilator import folders, removal, seccomp, syscalls, view
from invigilator.limits import Limits
from invigilator.marking import Marker, SandboxUnavailable
from invigilator.sandbox import Sandbox
from support.books import Book, printed

SECRET = "the gradebook says five points"
PROBE = """
import ctypes, json, os, signal, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def does(action):
    try:
        action()
        return True
    except OSError:
        return False
def call(number, *rest):
    ctypes.set_errno(0)
    result = libc.syscall(number, *rest)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
def write(path):
    open(path, "w").write("x")
def linked():
    os.symlink(OUTSIDE + "/gradebook.db", "link")
    open("link").read()
found = {
    "reads the gradebook": does(lambda: open(OUTSIDE + "/gradebook.db").read()),
    "reads it through a link": does(linked),
    "lists its folder": does(lambda: os.listdir(OUTSIDE)),
    "reads /etc/shadow": does(lambda: open("/etc/shadow").read()),
    "reads its parent's memory": does(lambda: open(f"/proc/{os.getppid()}/mem", "rb").read(1)),
    "reads its parent's environment": does(lambda: open(f"/proc/{os.getppid()}/environ").read()),
    "writes beside the gradebook": does(lambda: write(OUTSIDE + "/planted")),
    "writes to /tmp of the machine": does(lambda: write("/var/tmp/planted")),
    "writes into the interpreter": does(lambda: write(sys.prefix + "/planted")),
    "opens a TCP socket": does(lambda: socket.socket()),
    "opens a UDP socket": does(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
    "opens a Unix socket": does(lambda: socket.socket(socket.AF_UNIX)),
    "has a datagram pair": does(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)),
    "opens a netlink socket": does(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
    "traces its parent": does(lambda: call(101, 16, os.getppid(), 0, 0)),
    "makes a user namespace": does(lambda: call(272, 0x10000000)),
    "clones into a namespace": does(lambda: call(56, 0x10000000 | 17, 0, 0, 0, 0)),
    "mounts": does(lambda: call(165, b"none", b".", b"tmpfs", 0, 0)),
    "loads a program into the kernel": does(lambda: call(321, 0, 0, 0)),
    "makes a device": does(lambda: os.mknod("disk", 0o600 | 0o060000, os.makedev(8, 0))),
    "signals its parent": does(lambda: os.kill(os.getppid(), 15)),
    "signals the caller": does(lambda: os.kill(CALLER, 15)),
    "limits the caller": does(lambda: __import__("resource").prlimit(CALLER, 7, (0, 0))),
    "makes io_uring": does(lambda: call(425, 8, 0)),
    "makes memory without limit": does(lambda: os.memfd_create("m")),
    "becomes root": does(lambda: os.setuid(0)) and os.getuid() != UID,
    "changes rights of the gradebook": does(lambda: os.chmod(OUTSIDE + "/gradebook.db", 0o600))
        and os.stat(OUTSIDE + "/gradebook.db").st_mode & 0o777 == 0o600,
    "changes dates of the gradebook": does(lambda: os.utime(OUTSIDE + "/gradebook.db", (1, 1)))
        and os.stat(OUTSIDE + "/gradebook.db").st_mtime == 1,
    "gives the data extra attributes": does(
        lambda: os.setxattr(DATA + "/table.csv", "user.x", b"1")),
    "owns signals of a descriptor": does(
        lambda: __import__("fcntl").fcntl(0, 8, CALLER)),
}
good = {
    "reads its course data": does(lambda: open(DATA + "/table.csv").read()),
    "writes its work folder": does(lambda: write("own.txt")),
    "has a pair of sockets": does(lambda: socket.socketpair()),
    "starts a program": subprocess.run(["/bin/sh", "-c", "exit 3"]).returncode == 3,
    "imports something new": __import__("sqlite3").sqlite_version > "",
    "knows time zones": str(__import__("zoneinfo").ZoneInfo("Asia/Shanghai")) == "Asia/Shanghai",
    "runs an event loop": __import__("asyncio").new_event_loop().close() is None,
    "runs a thread":
        __import__("concurrent.futures").futures.ThreadPoolExecutor(2).submit(int).result() == 0,
    "runs a process pool": does(
        lambda: __import__("multiprocessing").get_context("fork").Pool(1).map(abs, [-1])),
}
print(json.dumps({"bad": sorted(k for k, v in found.items() if v),
                  "missing": sorted(k for k, v in good.items() if not v),
                  "uid": os.getuid(), "environment": sorted(os.environ)}))
"""


# Without namespaces /dev/shm is the machine's; process pools need it and go without.
MISSING = {"best": [], "landlock": ["runs a process pool"]}


@pytest.fixture
def outside():
    """A course folder, open to all users, with a gradebook, and open data."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "data" / "table.csv").write_text("a\n1\n")
        (folder / "gradebook.db").write_text(SECRET)
        os.chmod(folder, 0o777)
        if os.getuid() == 0:  # in the test of an ordinary user the files are that user's own
            for path in (folder, *folder.rglob("*")):
                os.chown(path, 1001, 1001)
        yield folder


@pytest.mark.parametrize("layers", ["best", "landlock"])
def test_student_code_reaches_nothing_but_its_own(outside, layers):
    head = (f"OUTSIDE = {str(outside)!r}\nDATA = OUTSIDE + '/data'\nCALLER = {os.getpid()}\n"
            f"UID = {os.getuid()}\n")  # fmt: skip
    book = Book(readable=[str(outside / "data")]).answer("a", "x = 1", names=("x",)).test("t", "x")
    with Marker(book.skeleton, sandbox=Sandbox(layers)) as marker:
        marked = marker.mark(book.submission(a=head + PROBE), "ada")
    told = json.loads(printed(marked.outputs["a"]))
    assert (told["bad"], told["missing"]) == ([], MISSING[layers])
    assert told["uid"] != 0
    assert not {"HOME", "USER", "PYTHONPATH", "VIRTUAL_ENV"} & set(told["environment"])
    assert sorted(os.listdir(outside)) == ["data", "gradebook.db"]
    assert "seccomp" in marked.layers and any("Landlock" in layer for layer in marked.layers)
    assert any("namespace" in layer for layer in marked.layers) == (layers == "best")


# In a mount namespace of its own, show the interpreter even if it lies in root's closed home.
AS_USER = """
top=/$(echo "$0" | cut -d/ -f2)
if [ "$(stat -c %a "$top")" = 700 ]; then
    mount --bind "$0" /mnt && mount -t tmpfs -o mode=755 none "$top" && mkdir -p "$0" &&
    mount --bind /mnt "$0" && umount /mnt
fi
cd / && exec setpriv --reuid 1001 --regid 1001 --clear-groups env -i PATH=/usr/bin:/bin "$1" -c "$2"
"""


@pytest.mark.parametrize("layers", ["best", "landlock"])
def test_an_ordinary_user_is_protected_as_well(outside, layers):
    """The same probe, started by a user who is not root (by root's dropping to one, if need be)."""
    if os.getuid() != 0:
        pytest.skip("the tests already run as an ordinary user")
    script = textwrap.dedent(f"""
        import json, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from invigilator.marking import Marker, Sandbox
        from support.books import Book, printed
        import test_sandbox, os
        head = (f"OUTSIDE = {str(outside)!r}\\nDATA = OUTSIDE + '/data'\\n"
                f"CALLER = {{os.getpid()}}\\nUID = {{os.getuid()}}\\n")
        book = Book(readable=[{str(outside / "data")!r}])
        book.answer("a", "x = 1", names=("x",)).test("t", "x")
        with Marker(book.skeleton, sandbox=Sandbox({layers!r})) as marker:
            marked = marker.mark(book.submission(a=head + test_sandbox.PROBE), "ada")
        print(printed(marked.outputs["a"]))
    """)
    command = ["unshare", "--mount", "sh", "-c", AS_USER, sys.base_prefix, sys.executable, script]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    told = json.loads(done.stdout or "{}")
    assert told, done.stderr
    assert (told["bad"], told["missing"], told["uid"]) == ([], MISSING[layers], 1001)


def test_tests_cannot_start_programs_either():
    """A flaw in decoding must not get further than the examiner."""
    book = (
        Book()
        .answer("a", "x = 1", names=("x",))
        .test(
            "t",
            "import os, socket\nrefused = 0\n"
            "for action in (os.fork, socket.socket, lambda: os.execv('/bin/true', ['true']),\n"
            "               lambda: open('planted', 'w'), lambda: os.kill(os.getppid(), 15)):\n"
            "    try:\n        action()\n    except OSError:\n        refused += 1\nrefused",
            points=9,
        )
    )
    with Marker(book.skeleton) as marker:
        assert marker.mark(book.submission()).cells["t"].score == 5


def test_without_any_layer_grading_is_refused(monkeypatch, tmp_path):
    from invigilator import worlds

    monkeypatch.setattr(syscalls, "landlock_version", lambda: 0)
    with pytest.raises(SandboxUnavailable, match="doctor"):
        worlds.enter(Sandbox("landlock"), str(tmp_path))
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailable, match="WSL2"):
        worlds.enter(Sandbox(), str(tmp_path))


def test_the_view_holds_no_submissions():
    seen = view.readable([])
    repository = Path(__file__).parents[1]
    for hidden in ("assignments/source", "assignments", "tests", "assignments/gradebook.db"):
        assert not view.is_below(str(repository / hidden), seen), hidden
    assert view.is_below(str(repository / "assignments/invigilator"), seen)
    assert not view.is_below(os.path.expanduser("~/.ssh"), seen)


def test_filters_are_compiled_for_both_roles():
    for signals, programs, attributes in itertools.product((True, False), repeat=3):
        compiled = seccomp.program(signals=signals, programs=programs, attributes=attributes)
        assert compiled and len(compiled) % 8 == 0


def test_a_deep_and_linked_folder_is_removed_without_leaving_it(tmp_path):
    keep = tmp_path / "keep"
    keep.mkdir()
    (keep / "file").write_text("stays")
    top = tmp_path / "top"
    top.mkdir()
    here = os.getcwd()
    os.chdir(top)
    for number in range(1500):
        os.mkdir("d")
        if number % 500 == 0:
            os.symlink(keep, "link")
            Path("f").write_text("x")
            os.mkdir("closed", 0o000)
        os.chdir("d")
    os.chdir(here)
    removal.remove_tree(str(top))
    assert not top.exists() and (keep / "file").read_text() == "stays"


def test_a_growing_folder_is_measured_until_it_is_too_large(tmp_path):
    for number in range(20):
        (tmp_path / f"f{number}").write_bytes(os.urandom(10_000))
    assert removal.fits(str(tmp_path), 1 << 20, 100)
    assert not removal.fits(str(tmp_path), 100_000, 100)
    assert not removal.fits(str(tmp_path), 1 << 20, 10)


def test_limits_go_through_json_and_back():
    limits = Limits(cell_seconds=5)
    assert Limits.from_json(json.loads(json.dumps(limits.to_json()))) == limits
    with pytest.raises(ValueError, match="cell_second"):
        Limits.from_json({"cell_second": 5})


def test_folders_of_killed_programs_are_removed_and_no_others(tmp_path, monkeypatch):
    place, outside = tmp_path / "temporary", tmp_path / "outside"
    (outside / "kept").mkdir(parents=True)
    place.mkdir()
    script = (
        "import os, signal, subprocess\nfrom invigilator.folders import Folder\n"
        "folder = Folder()\nos.makedirs(folder.path + '/box/room')\n"
        "{}print(folder.path, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    heir = "subprocess.Popen(['sleep', '2'], pass_fds=[folder.holding], stdout=-3, stderr=-3)\n"
    env = os.environ | {"TMPDIR": str(place)}

    def killed(more: str) -> Path:
        command = [sys.executable, "-c", script.format(more)]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        assert done.returncode == -9, done.stderr
        return Path(done.stdout.strip())

    dead = killed("")
    (place / "invigilator-link").symlink_to(outside)
    (place / "invigilator-file").write_text("x")
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    own = folders.Folder()
    (place / "invigilator-open").mkdir()
    (place / "invigilator-open").chmod(0o777)
    assert dead.is_dir() and folders.sweep() == 1 and not dead.exists()
    assert Path(own.path).is_dir() and (outside / "kept").is_dir()
    assert sorted(path.name[:17] for path in place.iterdir()) == sorted(
        ["invigilator-file", "invigilator-link", "invigilator-open", Path(own.path).name[:17]]
    )
    own.remove()
    own.remove()
    assert not Path(own.path).exists()
    worker_lives = killed(heir)
    assert folders.sweep() == 0 and worker_lives.is_dir()


def test_without_layers_a_notebook_is_marked_all_the_same():
    book = Book().question(
        "x", "open('kept', 'w').write('1')\nx = len(open('kept').read())", "assert x == 1", ("x",)
    )
    with Marker(book.skeleton, sandbox=Sandbox(layers="none")) as marker:
        for answer, score in (("x = 2", 0.0), (book.cells[0]["source"], 1.0), ("x = ", 0.0)):
            marked = marker.mark(book.submission(x=answer))
            assert marked.status == "graded" and marked.cells["x-test"].score == score
            assert marked.layers == ("none",)
        ended = marker.mark(book.submission(x="x = 1\nimport os\nos._exit(0)"))
        assert ended.status == "died" and ended.cells["x-test"].score == 0
        base = Path(marker.workers()[0].base)
        assert base.is_dir() and not (base / "box" / "room").exists()
    assert not base.exists()
