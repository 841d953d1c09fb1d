"""`exec` the code cells of notebooks in a warm process, N times; prints processor seconds each.

Usage: bare.py N NOTEBOOK…
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time

import matplotlib

matplotlib.use("agg")


def main() -> None:
    """One round to warm up, then N that count."""
    number, paths = int(sys.argv[1]), sys.argv[2:]
    sources = []
    for path in paths:
        with open(path) as file:
            cells = json.load(file)["cells"]
        sources.append(["".join(c["source"]) for c in cells if c["cell_type"] == "code"])
    started = 0.0
    for turn in range(number + 1):
        if turn == 1:
            started = time.process_time()
        for cells in sources:
            names: dict[str, object] = {"__name__": "__main__"}
            for source in cells:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
                    exec(compile(source, "cell", "exec"), names)
    print((time.process_time() - started) / number)


if __name__ == "__main__":
    main()
