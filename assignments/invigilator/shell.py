"""IPython without a kernel: runs cells and keeps their outputs as a kernel would send them."""

from __future__ import annotations

import ast
import builtins
import contextlib
import getpass
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from . import tracebacks
from .limits import Limits

CUT = "\n[output cut here: a cell may put out {} bytes]\n"
NO_INPUT = "raw_input was called, but this frontend does not support input requests."


class Recorder:
    """The outputs of the cell that runs, in nbformat's form, within the limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.start()

    def start(self) -> None:
        """Forget the last cell."""
        self.outputs: list[dict[str, Any]] = []
        self.size = 0
        self.cut = False
        self._growing: dict[str, Any] | None = None  # the stream output still open
        self._texts: list[str] = []
        self._clear = False
        self._displays: dict[str, list[dict[str, Any]]] = {}

    def stream(self, name: str, text: str) -> None:
        """Text on stdout or stderr; neighbours on the same stream become one output."""
        fitting = text[: max(self.limits.output - self.size, 0)]
        self.size += len(text)
        if fitting:
            self._append(name, fitting)
        if len(fitting) < len(text):
            self._announce_cut()

    def _append(self, name: str, text: str) -> None:
        self._clear_if_asked()
        if self._growing is not None and self._growing["name"] == name:
            self._texts.append(text)
        elif self._room():
            self._close()
            self._growing, self._texts = {"output_type": "stream", "name": name}, [text]
            self.outputs.append(self._growing)

    def add(self, output: dict[str, Any], display: str | None = None) -> None:
        """Anything but a stream; `display` names an output that may be updated later."""
        self.size += sum(len(str(value)) for value in output.get("data", {}).values())
        if self.size > self.limits.output * 8:
            self._announce_cut()
            return
        self._clear_if_asked()
        if self._room():
            self._close()
            self.outputs.append(output)
            if display is not None:
                self._displays.setdefault(display, []).append(output)

    def update(self, display: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Replace what was displayed under that name in this cell."""
        for output in self._displays.get(display, ()):
            output["data"], output["metadata"] = data, metadata

    def clear(self, wait: bool) -> None:
        """`clear_output`: now, or when the next output comes."""
        self._clear = True
        if not wait:
            self._clear_if_asked()

    def take(self) -> list[dict[str, Any]]:
        """The outputs of the cell."""
        self._close()
        return self.outputs

    def _announce_cut(self) -> None:
        if not self.cut:
            self.cut = True
            self._close()
            text = CUT.format(self.limits.output)
            self.outputs.append({"output_type": "stream", "name": "stderr", "text": text})

    def _room(self) -> bool:
        if len(self.outputs) < self.limits.outputs:
            return True
        self._announce_cut()
        return False

    def _close(self) -> None:
        if self._growing is not None:
            self._growing["text"] = "".join(self._texts)
            self._growing = None

    def _clear_if_asked(self) -> None:
        if self._clear:
            self._clear = False
            self._close()
            self.outputs.clear()


class Stream(io.TextIOBase):
    """sys.stdout and sys.stderr of the student's code."""

    encoding = "UTF-8"  # type: ignore[assignment]
    errors = "replace"

    def __init__(self, name: str, recorder: Recorder, descriptor: int) -> None:
        self.name = f"<{name}>"
        self._stream, self._recorder, self._descriptor = name, recorder, descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._recorder.stream(self._stream, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._descriptor


class Publisher(DisplayPublisher):
    """What `display(...)` puts out."""

    recorder: Recorder

    def publish(  # type: ignore[override]
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """One display_data output, or a new text for an earlier one."""
        display = (transient or {}).get("display_id")
        if update and display is not None:
            self.recorder.update(display, data, metadata or {})
            return
        self.recorder.add(
            {"output_type": "display_data", "data": data, "metadata": metadata or {}}, display
        )

    def clear_output(self, wait: bool = False) -> None:
        """IPython.display.clear_output."""
        self.recorder.clear(wait)


class Hook(DisplayHook):
    """What the value of a cell's last expression puts out."""

    recorder: Recorder

    def quiet(self) -> bool:
        """Does the cell end in a semicolon? Looked up the long way only if it holds one."""
        assert self.shell is not None
        entered = self.shell.history_manager.input_hist_parsed[-1:]
        return bool(entered) and ";" in entered[0] and bool(super().quiet())

    def write_output_prompt(self) -> None:
        """A kernel writes none."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """One execute_result output."""
        self.recorder.add(
            {
                "output_type": "execute_result",
                "execution_count": self.prompt_count,
                "data": dict(format_dict),
                "metadata": md_dict or {},
            }
        )

    def finish_displayhook(self) -> None:
        """A kernel writes no line end after a result."""
        self._is_active = False


class Compiler(CachingCompiler):
    """Names cells, and says at once that their files are no module's."""

    def get_code_name(self, *about: Any, **more: Any) -> str:
        """The name IPython gives a cell."""
        name = super().get_code_name(*about, **more)
        tracebacks.belongs_to_no_module(name)
        return name


class Shell(InteractiveShell):
    """The shell of one candidate."""

    compiler_class = Type(Compiler)
    display_pub_class = Type(Publisher)
    displayhook_class = Type(Hook)
    recorder: Recorder
    own_steps: list[int]  # how many input transformers there are before a student adds some

    def init_hooks(self) -> None:
        """Pagers show their text elsewhere than in the notebook."""
        super().init_hooks()
        self.set_hook("show_in_pager", lambda *_, **__: None, 99)

    def transform_cell(self, raw_cell: str) -> str:
        """What IPython makes of a cell; plain Python of several lines it would leave as it is."""
        manager = self.input_transformer_manager
        steps = (manager.cleanup_transforms, manager.line_transforms, manager.token_transformers)
        pasted = "In [" in raw_cell  # prompts of another notebook: IPython takes them away
        untouched = [len(each) for each in steps] == self.own_steps
        if untouched and not pasted and "\n" in raw_cell.strip():
            try:
                ast.parse(raw_cell)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                pass
            else:
                return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
        return super().transform_cell(raw_cell)

    def enable_gui(self, gui: Any = None) -> None:
        """There is no event loop of windows here."""

    def ask_exit(self) -> None:
        """`exit` ends no notebook."""

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> list[str]:
        """A second copy of the traceback, for a history nobody keeps here."""
        return []

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        name = getattr(etype, "__name__", str(etype))
        self.recorder.add(
            {"output_type": "error", "ename": name, "evalue": str(evalue), "traceback": list(stb)}
        )

    def system(self, command: str) -> None:  # type: ignore[override]
        """`!command`: its text comes as output, its exit code as `_exit_code`."""
        done = subprocess.run(
            self.var_expand(command, depth=1),
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.recorder.stream("stdout", done.stdout.decode("utf-8", "replace"))
        self.user_ns["_exit_code"] = done.returncode


def no_input(*_: object, **__: object) -> NoReturn:
    """`input()` and `getpass()` while nobody is there to answer."""
    raise StdinNotImplementedError(NO_INPUT)


def make_shell(limits: Limits) -> Shell:
    """The process's one shell, without history, threads or files of its own."""
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.tqdm = "as in a kernel"
    config.InteractiveShell.banner1 = ""
    tracebacks.hasten()
    Shell.clear_instance()
    shell = Shell.instance(config=config)
    shell.recorder = Recorder(limits)
    for part in (shell.display_pub, shell.displayhook):
        assert isinstance(part, Publisher | Hook)
        part.recorder = shell.recorder
    manager = shell.input_transformer_manager
    steps = (manager.cleanup_transforms, manager.line_transforms, manager.token_transformers)
    shell.own_steps = [len(each) for each in steps]
    builtins.input = no_input
    getpass.getpass = no_input
    return shell


class Cells:
    """Runs cells in a shell and gives their outputs, whatever way the text took."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self._read = {"stdout": 0, "stderr": 0}
        self._files: dict[str, int] = {}

    def catch_descriptors(self, folder: str) -> None:
        """Send what is written to descriptors 1 and 2 into files that are read after each cell."""
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
            file = os.open(f"{folder}/{name}", flags, 0o600)
            os.dup2(file, descriptor)
            self._files[name] = file
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    @contextlib.contextmanager
    def streams(self) -> Iterator[None]:
        """sys.stdout and sys.stderr go to the recorder."""
        before = sys.stdout, sys.stderr
        sys.stdout = Stream("stdout", self.shell.recorder, 1)  # type: ignore[assignment]
        sys.stderr = Stream("stderr", self.shell.recorder, 2)  # type: ignore[assignment]
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before

    def run(self, source: str, *, guard: Callable[[], Any] = contextlib.nullcontext) -> bool:
        """Run one cell; True if it raised nothing. Its outputs are in `recorder.take()`."""
        recorder = self.shell.recorder
        recorder.start()
        success = False
        with self.streams():
            try:
                with guard():
                    result = self.shell.run_cell(source, store_history=True)
                    success = bool(result.success)
            except KeyboardInterrupt:
                self.shell.showtraceback()
        self._collect()
        return success

    def _collect(self) -> None:
        for name, file in self._files.items():
            size = os.fstat(file).st_size
            if size > self._read[name]:
                length = min(size - self._read[name], self.shell.recorder.limits.output + 1)
                text = os.pread(file, length, self._read[name]).decode("utf-8", "replace")
                self._read[name] = size
                self.shell.recorder.stream(name, text)
