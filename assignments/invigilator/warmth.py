"""Everything that costs time once: libraries, fonts, a first cell, figure and traceback."""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import sys
import threading
from typing import Any

from . import codec

LIBRARIES = ("numpy", "pandas", "matplotlib")


class NotAlone(RuntimeError):
    """A thread runs in a process that is going to fork."""


def libraries() -> tuple[str, ...]:
    """Import what nearly every notebook imports; the names that are installed."""
    found = tuple(name for name in LIBRARIES if importlib.util.find_spec(name) is not None)
    for name in found:
        importlib.import_module(name)
    if "matplotlib" in found:
        importlib.import_module("matplotlib.pyplot")  # finds its fonts now
    codec.use_libraries()
    return found


def inline_figures(shell: Any) -> None:
    """Choose the backend notebooks use, and let it show figures at the end of a cell."""
    if importlib.util.find_spec("matplotlib_inline") is None:
        return
    import matplotlib
    from matplotlib_inline import backend_inline

    matplotlib.use("module://matplotlib_inline.backend_inline")
    backend_inline.configure_inline_support(shell, "module://matplotlib_inline.backend_inline")


def modules(names: list[str]) -> None:
    """Import what the notebook will import; what is missing is missing for the notebook too."""
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def rehearse(cells: Any, locked: list[str]) -> None:
    """One cell of each kind and the locked ones, so that what they load is loaded before the fork.

    The names they bind are forgotten again.
    """
    for source in (
        "1 + 1\n",
        "import numpy as np, pandas as pd\nfrom IPython.display import display\n"
        "display(pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']}).groupby('b').sum())\n"
        "pd.DataFrame({'a': [1.5]})",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\n"
        "ax.bar([1], [1])\nax.set_title('a')\nplt.show()",
        "def f():\n    raise ValueError('x')\nf()",
        "def f(:",
        "!true",
        *locked,
    ):
        cells.run(source)
        cells.shell.recorder.take()
    cells.shell.reset(new_session=True)
    cells.shell.execution_count = 1
    cells.shell.user_ns.pop("_exit_code", None)


def settle() -> None:
    """Last step before forking: one thread, and no object that the collector would touch again."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    if threading.active_count() != 1:
        names = ", ".join(thread.name for thread in threading.enumerate()[1:])
        raise NotAlone(f"threads run in the zygote: {names}")
    gc.collect()
    gc.freeze()
