"""A course on a scratch disk with a canary for every harm, and the look afterwards.

`Stage` makes the course, the services an attack might reach (files, sockets, processes), the
class of hostile and honest submissions, and reports every harm that happened, by attack.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from . import base, pagecheck
from .attack import Attack

WITNESSES = ("aaa-honest", "mmm-honest", "zzz-honest")
OTHER_SECRET = "other-canary-19c4"
HOST_SECRET = "host-canary-52e8"
BOOK_SECRET = "book-canary-8b07"
VICTIM = (
    "import signal, sys, time\n"
    "signal.signal(signal.SIGCONT, lambda *a: open(sys.argv[1] + '/continued', 'w'))\n"
    "time.sleep(3000)\n"
)
CONFIG = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "hostile"
c.CourseDirectory.db_url = "sqlite:///{root}/gradebook.db"
c.Exchange.root = {root!r} + "/exchange"
"""


def environment(**more: str) -> dict[str, str]:
    """The environment for a command line tool: this Python's scripts come first."""
    scripts = str(Path(sys.executable).parent)
    made = {**os.environ, "PATH": f"{scripts}:{os.environ.get('PATH', '')}", **more}
    made.pop("PYTEST_CURRENT_TEST", None)  # a kernel under pytest does not catch raw output
    return made


class Stage:
    """A scratch course. Use as a context manager."""

    def __init__(self, attacks: Iterable[Attack], *, limits: dict[str, float] | None = None):
        """`limits`: seconds a "cell" and a "call" of an attack may take."""
        self.attacks = list(attacks)
        self.run = uuid.uuid4().hex[:10]
        self.token = "token-" + uuid.uuid4().hex
        self.limits = {"cell": 5.0, "call": 5.0, **(limits or {})}
        self.top = Path(tempfile.mkdtemp(prefix=f"hs-{self.run}-"))
        self.course = self.top / "course"
        self.host = self.top / "host"
        self.contacts: list[bytes] = []
        self.victims: dict[str, subprocess.Popen[bytes]] = {}
        self.sockets: list[socket.socket] = []
        self.released: dict[str, Any] = {}

    def __enter__(self) -> Stage:
        os.chmod(self.top, 0o755)
        self._files()
        self._services()
        self._course()
        return self

    def __exit__(self, *_: object) -> None:
        for victim in self.victims.values():
            victim.kill()
            victim.wait()
        for one in self.sockets:
            one.close()
        for path in self._strays():
            with contextlib.suppress(OSError):
                path.unlink()
        shutil.rmtree(self.top, ignore_errors=True)

    # --- setting up -------------------------------------------------------------------------

    def _files(self) -> None:
        self.host.mkdir()
        os.chmod(self.host, 0o777)
        (self.host / "secret.txt").write_text(HOST_SECRET + "\n")

    def _original(self, name: str) -> Path:
        path = self.host / f"original-{name}.txt"
        if not path.exists():
            path.write_text("original\n")
            os.chmod(path, 0o666)
        return path

    def _look_at_host(self) -> dict[str, tuple[Any, ...]]:
        seen: dict[str, tuple[Any, ...]] = {".": (oct(self.host.stat().st_mode),)}
        for path in sorted(self.host.rglob("*")):
            about = path.lstat()
            text = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            seen[str(path.relative_to(self.host))] = (
                oct(about.st_mode), int(about.st_mtime), about.st_uid, text,
            )  # fmt: skip
        seen.pop("box", None)
        return seen

    def _services(self) -> None:
        tcp = socket.socket()
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(64)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        unix = socket.socket(socket.AF_UNIX)
        self.unix = str(self.top / "box.sock")
        unix.bind(self.unix)
        os.chmod(self.unix, 0o777)
        unix.listen(64)
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind(f"\0hs-{self.run}")
        abstract.listen(64)
        datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        datagram.bind(f"\0hs-{self.run}-dgram")
        self.letterbox = str(self.top / "letters.sock")
        letters = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        letters.bind(self.letterbox)
        os.chmod(self.letterbox, 0o777)
        self.port, self.udp = tcp.getsockname()[1], udp.getsockname()[1]
        self.sockets = [tcp, udp, unix, abstract, datagram, letters]
        for one in (tcp, unix, abstract):
            threading.Thread(target=self._accept, args=(one,), daemon=True).start()
        for one in (udp, datagram, letters):
            threading.Thread(target=self._hear, args=(one,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                contact, _ = listener.accept()
                contact.settimeout(1)
                try:
                    self.contacts.append(contact.recv(300))
                except OSError:
                    self.contacts.append(b"?")
                contact.close()

    def _hear(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.contacts.append(listener.recv(300))

    def victim(self, name: str) -> int:
        """The pid of a bystander process that only this attack knows."""
        if name not in self.victims:
            box = self.host.parent / f"victim-{name}"
            box.mkdir()
            shutil.copy(self.host / "secret.txt", box / "secret.txt")
            self.victims[name] = subprocess.Popen(
                [sys.executable, "-S", "-c", VICTIM, str(box)], cwd=box, start_new_session=True
            )
        return self.victims[name].pid

    def _course(self) -> None:
        self.course.mkdir()
        (self.course / "nbgrader_config.py").write_text(CONFIG.format(root=str(self.course)))
        folder = self.course / "source" / base.ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / f"{base.NOTEBOOK}.ipynb").write_bytes(base.dump(base.source()))

    def generate(self, command: list[str], keep: Path | None = None) -> None:
        """Run the release step (or copy an earlier one from `keep`), read what was released, put
        secrets into the gradebook."""
        if keep and (keep / "gradebook.db").exists():
            shutil.copytree(keep, self.course, dirs_exist_ok=True)
        else:
            done = subprocess.run(
                command, cwd=self.course, capture_output=True, text=True, env=environment()
            )
            if done.returncode:
                raise RuntimeError(done.stdout[-3000:] + done.stderr[-3000:])
            if keep:
                skip = shutil.ignore_patterns("nbgrader_config.py", "source")
                shutil.copytree(self.course, keep, ignore=skip, dirs_exist_ok=True)
        path = self.course / "release" / base.ASSIGNMENT / f"{base.NOTEBOOK}.ipynb"
        self.released = json.loads(path.read_text())
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.course}/gradebook.db", "hostile") as book:
            for name in WITNESSES:
                book.update_or_create_student(name, first_name=BOOK_SECRET, last_name=name)
        self._guarded = self._hashes("source", "release")

    # --- submissions ------------------------------------------------------------------------

    def fill(self, attack: Attack) -> Any:
        """A function that replaces `@HOST@` and the like for one attack."""
        words: dict[str, Any] = {
            "NAME": attack.name, "HOST": self.host, "COURSE": self.course, "RUN": self.run,
            "SECRETFILE": self.host / "secret.txt", "TOKEN": self.token,
            "GRADEBOOK": self.course / "gradebook.db",
            "SOURCE": self.course / "source" / base.ASSIGNMENT / f"{base.NOTEBOOK}.ipynb",
            "OTHER": self.notebook(WITNESSES[0]), "MINE": self.notebook(attack.name),
            "PORT": self.port, "UDP": self.udp, "UNIX": self.unix, "LETTERS": self.letterbox,
            "ABSTRACT": f"hs-{self.run}",
            "UNDERCALL": self.limits["call"] * 0.9, "UNDERCELL": self.limits["cell"] * 0.8,
        }  # fmt: skip

        def apply(text: str) -> str:
            if "@ORIGINAL@" in text:
                text = text.replace("@ORIGINAL@", str(self._original(attack.name)))
            if "@VICTIM@" in text:
                text = text.replace("@VICTIM@", str(self.victim(attack.name)))
            for word, value in words.items():
                text = text.replace(f"@{word}@", str(value))
            return text

        return apply

    def notebook(self, student: str) -> Path:
        """Where a student's notebook is handed in."""
        return self.course / "submitted" / student / base.ASSIGNMENT / f"{base.NOTEBOOK}.ipynb"

    def hand_in_witnesses(self, names: Iterable[str] = WITNESSES) -> None:
        """Honest submissions before, between and after the hostile ones."""
        for name in names:
            nb = base.answered(self.released, base.right())
            nb["cells"][0]["source"] += f"\n{OTHER_SECRET}"
            self._write(name, base.dump(nb), {}, "2024-05-01 10:00:00 UTC")

    def hand_in_first(self) -> list[Attack]:
        """The honest earlier submissions of those attacks that have one."""
        early = [attack for attack in self.attacks if attack.first is not None]
        for attack in early:
            raw = attack.build_first(self.released) or b""
            self._write(attack.name, raw, {}, "2024-05-01 10:00:00 UTC")
        return early

    def hand_in(self, attacks: Iterable[Attack] | None = None) -> None:
        """The hostile submissions."""
        for attack in self.attacks if attacks is None else attacks:
            fill = self.fill(attack)
            raw = fill(attack.build(self.released, fill).decode("utf-8", "surrogateescape"))
            files = {fill(k): fill(v) for k, v in attack.files.items()}
            self._write(
                attack.name, raw.encode("utf-8", "surrogateescape"), files,
                "2024-05-02 10:00:00 UTC",
            )  # fmt: skip
        self._handed_in = self._hashes("submitted")
        self._before = self._look_at_host()

    def _write(self, student: str, raw: bytes, files: dict[str, str], when: str) -> None:
        path = self.notebook(student)
        folder = path.parent
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text(when)
        path.write_bytes(raw)
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_symlink() or target.exists():
                target.unlink()
            _make(target, content)

    # --- harms ------------------------------------------------------------------------------

    def _hashes(self, *folders: str) -> dict[str, str]:
        found = {}
        for folder in folders:
            for path in sorted((self.course / folder).rglob("*")):
                if path.is_symlink() or not path.is_file() or path.stat().st_size > 10**9:
                    found[str(path)] = str(path.lstat().st_mode)
                else:
                    found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def _strays(self) -> Iterator[Path]:
        import site

        places = ["/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), "."]
        places += [*site.getsitepackages(), str(Path(sys.prefix))]
        for place in places:
            with contextlib.suppress(OSError):
                for path in Path(place).iterdir():
                    if self.run in path.name and path != self.top:
                        yield path

    def _attribute(self, text: str) -> str:
        names = [a.name for a in self.attacks if a.name in text]
        return max(names, key=len, default="?")

    def harms(self, leftovers: Iterable[str] = (), log: str = "") -> dict[str, list[str]]:
        """Every harm, by attack ("?" where nothing says whose it is)."""
        found: dict[str, list[str]] = defaultdict(list)
        after = self._look_at_host()
        for name in sorted(set(after) | set(self._before)):
            if after.get(name) != self._before.get(name):
                found[self._attribute(name)].append(f"host file written: {name}")
        for path in self._strays():
            found[self._attribute(path.name)].append(f"host file written: {path.parent}")
        for folder, old in (("source", self._guarded), ("submitted", self._handed_in)):
            new = self._hashes("source", "release") if folder == "source" else self._hashes(folder)
            for name in sorted(set(new) | set(old)):
                if new.get(name) != old.get(name):
                    found[self._attribute(name)].append(f"{folder} changed: {Path(name).name}")
        for said in self.contacts:
            found[self._attribute(said.decode("latin-1"))].append("network contact")
        for name, victim in self.victims.items():
            if victim.poll() is not None:
                found[name].append("bystander killed")
            if (self.host.parent / f"victim-{name}" / "continued").exists():
                found[name].append("bystander signalled")
        for line in leftovers:
            found[self._attribute(line)].append(f"leftover process: {line}")
        self._leaks(found, log)
        return dict(found)

    def _leaks(self, found: dict[str, list[str]], log: str) -> None:
        for attack in self.attacks:
            for line in self._outputs(attack.name):
                for what in _secrets(line):
                    found[attack.name].append(what)
                if f"BREACH-{attack.name}" in line:
                    found[attack.name].append("breach: " + line.split("BREACH-")[1][:80])
            for page in (self.course / "feedback" / attack.name).rglob("*.html"):
                html = page.read_text(errors="replace")
                for what in _secrets(html):
                    found[attack.name].append(what + " (feedback)")
                for what in pagecheck.dangers(html, self.run):
                    found[attack.name].append("script in feedback: " + what)
        for what in _secrets(log):
            found["?"].append(what + " (log)")

    def _outputs(self, student: str) -> Iterator[str]:
        folder = self.course / "autograded" / student
        for path in folder.rglob("*") if folder.exists() else ():
            if path.suffix != ".ipynb":
                if path.is_file() and path.stat().st_size < 10_000_000:
                    yield path.read_text(errors="replace")
                continue
            if not path.is_file():
                continue
            try:
                nb = json.loads(path.read_text(errors="replace"))
            except (ValueError, RecursionError):
                continue
            for cell in nb.get("cells", []):
                yield json.dumps(cell.get("outputs", []))

    # --- marks ------------------------------------------------------------------------------

    def marks(self) -> dict[str, dict[str, float | None]]:
        """student → test cell → automatic score, as the gradebook holds it."""
        import sqlite3

        db = sqlite3.connect(f"file:{self.course}/gradebook.db?mode=ro", uri=True)
        rows = db.execute(
            "select s.student_id, b.name, g.auto_score from grade g"
            " join submitted_notebook n on g.notebook_id = n.id"
            " join submitted_assignment s on n.assignment_id = s.id"
            " join base_cell b on g.cell_id = b.id"
        ).fetchall()
        db.close()
        result: dict[str, dict[str, float | None]] = defaultdict(dict)
        for student, cell, score in rows:
            if cell in base.MAX:
                result[student][cell] = score
        return dict(result)

    def gains(self) -> dict[str, str]:
        """Marks above the fair mark, and other tampering with the gradebook."""
        marks, found = self.marks(), {}
        for attack in self.attacks:
            mine, fair = marks.get(attack.name, {}), attack.fair_marks()
            over = {c: s for c, s in mine.items() if s is not None and s > fair[c] + 1e-9}
            if over:
                found[attack.name] = ", ".join(f"{c}={s:g}" for c, s in over.items())
        return found

    def unmarked(self) -> list[str]:
        """Attacks whose test cells have no automatic score at all."""
        marks = self.marks()
        return [
            a.name for a in self.attacks
            if len(marks.get(a.name, {})) < len(base.MAX) or None in marks[a.name].values()
        ]  # fmt: skip

    def unfair(self) -> dict[str, str]:
        """Fair marks that were not given."""
        marks, found = self.marks(), {}
        for attack in self.attacks:
            mine = marks.get(attack.name, {})
            under = [c for c, s in attack.fair_marks().items() if (mine.get(c) or 0) < s]
            if under:
                found[attack.name] = ", ".join(under)
        return found

    def witnesses_hurt(self) -> list[str]:
        """Honest submissions that did not get full marks."""
        marks = self.marks()
        return [name for name in WITNESSES if marks.get(name) != base.FULL]


def _secrets(text: str) -> Iterator[str]:
    for what, secret in (
        ("hidden test leaked", base.SECRET), ("expected value leaked", str(base.WANTED_TOTAL)),
        ("expected value leaked", "918273645"), ("expected value leaked", "32124.5"),
        ("expected value leaked", "64249, 101010"),
        ("other submission leaked", OTHER_SECRET),
        ("host file leaked", HOST_SECRET), ("gradebook leaked", BOOK_SECRET),
        ("instructor source leaked", "BEGIN HIDDEN TESTS"),
    ):  # fmt: skip
        if secret in text:
            yield what


def _make(target: Path, content: str) -> None:
    kind, _, number = content.partition(" ")
    if content.startswith("-> "):
        target.symlink_to(content[3:])
    elif content == "pipe":
        os.mkfifo(target)
    elif content == "socket":
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as one:
            here = os.getcwd()
            os.chdir(target.parent)
            try:
                one.bind(target.name)
            finally:
                os.chdir(here)
    elif content == "folder":
        target.mkdir()
    elif content == "nothing":
        pass
    elif kind == "sparse" and number.isdigit():
        with open(target, "wb") as f:
            f.truncate(int(number))
    elif kind == "many" and number.isdigit():
        target.mkdir()
        for n in range(int(number)):
            (target / f"f{n}").touch()
    elif kind == "deep" and number.isdigit():
        here = os.getcwd()
        os.chdir(target.parent)
        try:
            for _ in range(int(number)):
                os.mkdir("d")
                os.chdir("d")
        finally:
            os.chdir(here)
    else:
        target.write_text(content, encoding="utf-8", errors="surrogateescape")


def run(command: list[str], cwd: Path, timeout: float, env: dict[str, str] | None = None) -> dict:
    """Run a command under `reaper.py`: its exit code, output and the processes it left."""
    reaper = Path(__file__).with_name("reaper.py")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        with open(Path(folder) / "out", "w+", errors="replace") as out:
            started = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "-S", str(reaper), str(report), *command], cwd=cwd,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env=env, start_new_session=True,
            )  # fmt: skip
            late = False
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                late = True
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            out.flush()
            text = Path(folder, "out").read_bytes()[-2_000_000:].decode(errors="replace")
        told = json.loads(report.read_text()) if report.exists() else {"code": None, "left": []}
        return {**told, "late": late, "log": text, "seconds": time.monotonic() - started}
