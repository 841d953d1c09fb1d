"""What `make bench` runs: speed, the hostile matrix, kills; prints a table and keeps it.

    python tests/bench/run.py             speed, memory and growth of the engine, then of the
                                          working model (minutes)
    python tests/bench/run.py --full      also the hostile corpus on stock nbgrader and as root and
                                          user with and without namespaces, nbgrader's own tests,
                                          200 kills (hours)
    … --write                             put the tables into assignments/invigilator/README.md
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent)]

import matrix  # noqa: E402
import speed  # noqa: E402

README = ROOT / "assignments" / "invigilator" / "README.md"


def speed_table(sizes: tuple[int, ...]) -> list[str]:
    """Stock and engine side by side."""
    lines = [
        f"Measured in one run on {speed.cores()} cores ({platform.machine()}, Python "
        f"{platform.python_version()}, Linux {platform.release().split('-')[0]}); processor time "
        "of all processes; marks in the gradebook. The class includes the start of the command, "
        "each further submission does not.", "",
        "| | stock nbgrader 0.9.6 | engine | ratio |", "|---|---|---|---|",
    ]  # fmt: skip
    for case in (speed.quick_start(), speed.own_course()):
        if case is not None:
            lines += speed.compare(case)
    case = speed.own_course() or speed.hostile_base()
    lines += ["", f"Private memory of one candidate: {speed.memory(case):.0f} MB.", "",
              "| class | clock | processor a submission | two workers | processors busy |",
              "|---|---|---|---|---|",
              *speed.growth(case, sizes)]  # fmt: skip
    return lines


def write(name: str, lines: list[str]) -> None:
    """Replace what stands between the markers of this name."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text = README.read_text(encoding="utf-8")
    if start not in text or end not in text:
        raise SystemExit(f"{README}: put {start} and {end} where the table belongs")
    head, rest = text.split(start, 1)
    tail = rest.split(end, 1)[1]
    README.write_text(f"{head}{start}\n" + "\n".join(lines) + f"\n{end}{tail}", encoding="utf-8")


def main() -> None:
    """Parse, measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--stock", type=Path, help="result of stock.py, to be completed")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100])
    options = parser.parse_args()
    lines = speed_table(tuple(options.sizes))
    print("\n".join(lines))
    if options.write:
        write("bench", lines)
    if options.full:
        result = options.stock or Path(tempfile.mkdtemp()) / "stock.json"
        subprocess.run([sys.executable, str(HERE / "stock.py"), str(result)], check=True)
        hostile = [*matrix.stock_table(result), "", *matrix.engine_table(), "", *matrix.kills(200)]
        print("\n".join(hostile))
        if options.write:
            write("hostile", hostile)
        for more in ("fairness.py", "nbgrader_own.py"):
            subprocess.run([sys.executable, str(HERE / more)], check=True)
    for model in ("checks.py", "world.py", "linkage.py"):
        subprocess.run([sys.executable, str(HERE / model)], check=True)


if __name__ == "__main__":
    main()
