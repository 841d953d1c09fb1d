"""Everything that costs time once: libraries, fonts, a first cell, figure and traceback."""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

OFTEN = 16  # after so many runs Python has settled on how to run what every cell goes through


class NotAloneError(RuntimeError):
    """A thread runs in a process that is going to fork."""


def modules(names: list[str]) -> None:
    """Import what the notebook will import; what is missing is missing for the notebook too.

    Until the end of this the process collected no garbage: importing makes hardly any.
    """
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if "pandas" in sys.modules:  # as in a notebook; without a kernel it would think of a terminal
        sys.modules["pandas"].set_option("display.max_columns", 20)
    gc.enable()


def figures(shell: Any) -> None:
    """If the notebook draws: find the fonts, and show figures after a cell as a kernel does.

    A notebook that imports matplotlib later gets the same from its inline backend.
    """
    if "matplotlib" not in sys.modules:
        return
    from matplotlib_inline import backend_inline

    importlib.import_module("matplotlib.pyplot")
    backend_inline.configure_inline_support(shell, "module://matplotlib_inline.backend_inline")


def rehearse(
    cells: Any, locked: list[str], guard: Callable[[str], Any] = contextlib.nullcontext
) -> None:
    """One cell of each kind and the locked ones, so that what they load is loaded before the fork.

    The names they bind are forgotten again. `guard`, given its text, ends a cell that takes too
    long; the rest is then left to the marking itself.
    """
    error = "def f():\n    raise ValueError('x')\nf()"
    often = ["1 + 1\n"] * OFTEN
    sources = [*often, error, "def f(:", "!true", *locked]
    if "pandas" in sys.modules:
        sources.append(
            "import pandas as pd\nfrom IPython.display import display\n"
            "display(pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']}).groupby('b').sum())\n"
            "pd.DataFrame({'a': [1.5]})"
        )
    if "matplotlib.pyplot" in sys.modules:
        sources.append(
            "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\n"
            "ax.bar([1], [1])\nax.set_title('a')\nplt.show()"
        )
    for source in sources:
        cells.run(source, guard=partial(guard, source))
        if interrupted(cells.shell.recorder.take()):
            break
    cells.shell.reset(new_session=True)
    cells.shell.execution_count = 1
    cells.shell.user_ns.pop("_exit_code", None)


def interrupted(outputs: Iterable[Mapping[str, Any]]) -> bool:
    """Did this cell run longer than it may?"""
    return any(output.get("ename") == "KeyboardInterrupt" for output in outputs)


def settle() -> None:
    """Last step before forking: one thread, and no object that the collector would touch again."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    if threading.active_count() != 1:
        names = ", ".join(thread.name for thread in threading.enumerate()[1:])
        raise NotAloneError(f"threads run in the zygote: {names}")
    gc.collect()
    gc.freeze()
