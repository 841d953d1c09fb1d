"""The source, printed text and figures of answer cells, by grade_id.

While a submission is graded a provider answers (see `provide`). In a student's kernel the cells
that run are remembered: JupyterLab says the id of each cell it runs. Where a notebook program
does not say it, an answer cell can be found by a first line `# grade_id`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from .outcomes import NotTried
from .pictures import digest, live_figures

LONGEST_PRINT = 1_000_000


class Provider(Protocol):
    """What a grader sets: texts and figures of the submission it holds."""

    def source(self, grade_id: str) -> str | None:
        """The text of the answer cell, None if there is no such cell."""

    def printed(self, grade_id: str) -> str | None:
        """What the answer cell printed, None if there is no such cell."""

    def figures(self, grade_id: str | None = None) -> list[dict]:
        """Digests of the figures of a cell, or of all cells so far."""


@dataclass
class Ran:
    """A cell that ran in this kernel."""

    source: str
    printed: str
    figures: list[dict]


class _Tee:
    """Passes text on and keeps a copy; in all else it is the stream."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._kept: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        if type(text) is str and self._size < LONGEST_PRINT:
            self._kept.append(text[: LONGEST_PRINT - self._size])
            self._size += len(text)
        return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def kept(self) -> str:
        return "".join(self._kept)


class Kernel:
    """Remembers the cells that ran in an IPython kernel, as a provider."""

    def __init__(self) -> None:
        self.cells: dict[str, Ran] = {}
        self._name: str | None = None
        self._tee: _Tee | None = None
        self._figures: list[dict] = []

    def listen(self, shell: Any) -> None:
        """Follow what the shell runs. Figures are read before the inline backend closes them."""
        shell.events.register("pre_run_cell", self._before)
        shell.events.register("post_run_cell", self._after)
        shell.events.callbacks["post_execute"].insert(0, self._look)

    def _before(self, info: Any) -> None:
        self._name = info.cell_id or _first_comment(info.raw_cell)
        self._figures = []
        while isinstance(sys.stdout, _Tee):  # kept by an earlier cell
            sys.stdout = sys.stdout._stream
        if self._name is not None:
            self._tee = sys.stdout = _Tee(sys.stdout)  # type: ignore[assignment]

    def _look(self) -> None:
        if self._name is not None:
            self._figures = [each for each in map(_read, live_figures()) if each is not None]

    def _after(self, result: Any) -> None:
        tee, self._tee = self._tee, None
        if tee is not None and sys.stdout is tee:
            sys.stdout = tee._stream
        if self._name is None or result.info is None:
            return
        source = result.info.raw_cell
        ran = Ran(source, tee.kept if tee else "", self._figures)
        for name in {self._name, _first_comment(source)} - {None}:
            self.cells[str(name)] = ran

    def source(self, grade_id: str) -> str | None:
        ran = self.cells.get(grade_id)
        return ran.source if ran else None

    def printed(self, grade_id: str) -> str | None:
        ran = self.cells.get(grade_id)
        return ran.printed if ran else None

    def figures(self, grade_id: str | None = None) -> list[dict]:
        if grade_id is None:
            kept = [figure for ran in self.cells.values() for figure in ran.figures]
            return kept + [digest(figure) for figure in live_figures()]
        ran = self.cells.get(grade_id)
        return ran.figures if ran else []


def _read(figure: Any) -> dict | None:
    """The digest, or None: a figure nobody can read must not break the student's own cell."""
    try:
        return digest(figure)
    except Exception:  # noqa: BLE001 - artists may be the student's own
        return None


def _first_comment(source: str) -> str | None:
    first = source.lstrip().partition("\n")[0].strip()
    return first.lstrip("# ").strip() or None if first.startswith("#") else None


class _Here:
    provider: Provider | None = None


def provide(provider: Provider | None) -> None:
    """Set who answers `source`, `printed` and `figures`. For graders."""
    _Here.provider = provider


def listen_here() -> None:
    """In an IPython kernel, follow the cells that run. Elsewhere do nothing."""
    interactive = sys.modules.get("IPython")
    current = getattr(interactive, "get_ipython", None)
    shell = current() if current else None
    if shell is None or getattr(shell, "kernel", None) is None:
        return
    kernel = Kernel()
    kernel.listen(shell)
    provide(kernel)


def _unknown(grade_id: str) -> NotTried:
    return NotTried(f"run the cell {grade_id} again, then this one; what it holds is not known yet")


def source(grade_id: str) -> str:
    """The text of an answer cell as it last ran. Raises NotTried if it did not run."""
    text = _Here.provider.source(grade_id) if _Here.provider else None
    if text is None:
        raise _unknown(grade_id)
    return text


def printed(grade_id: str) -> str:
    """What an answer cell printed when it last ran. Raises NotTried if it did not run."""
    text = _Here.provider.printed(grade_id) if _Here.provider else None
    if text is None:
        raise _unknown(grade_id)
    return text


def figures(grade_id: str | None = None) -> list[dict]:
    """Digests of the figures an answer cell made, or of all figures so far."""
    if _Here.provider is None:
        return [digest(figure) for figure in live_figures()]
    provider = _Here.provider
    return list(provider.figures() if grade_id is None else provider.figures(grade_id))
