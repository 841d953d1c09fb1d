"""nbgrader's own tests, with and without the engine configured: what passes, what cannot, why.

The tests come from the installed nbgrader package; nothing of them is copied. Usage:
python tests/bench/nbgrader_own.py [RESULT.json] [MODULE…]

With NBGRADER_OWN=engine only the run with the engine is made again, over an earlier result; with
NBGRADER_TESTS="one or another" only the tests of these names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from hostile.stage import environment  # noqa: E402

MODULES = ("autograde", "validate", "generate_feedback", "generate_assignment", "export", "db")
# tests that cannot pass, by the part of their name, with the reason
REASONS = {
    "test_side_effects": "a file that a notebook writes stays in the sandbox and goes with it",
    "test_handle_failure": "a notebook that does not fit its assignment is marked, not left out",
    "source_kernelspec": "a notebook is run as Python, whatever kernel it names",
    "test_no_execute": "outputs that a student saved are not kept",
    "test_infinite_loop": "its source never ends; generate_assignment refuses that",
}


def run(module: str, engine: bool) -> dict[str, str]:
    """test → "passed", "failed: …" or "skipped", for one module of nbgrader's tests."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        more = ["-p", "with_engine"] if engine else []
        more += ["-k", os.environ["NBGRADER_TESTS"]] if os.environ.get("NBGRADER_TESTS") else []
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}",
             "-o", "addopts=", "--rootdir", folder, *more, "--pyargs",
             f"nbgrader.tests.apps.test_nbgrader_{module}"],
            cwd=folder, capture_output=True, check=False, timeout=3000,
            env=environment(PYTHONPATH=str(HERE), JUPYTER_PLATFORM_DIRS="1"),
        )  # fmt: skip
        found = {}
        for case in ET.parse(report).getroot().iter("testcase"):
            bad = next((c for c in case if c.tag in ("failure", "error")), None)
            skipped = case.find("skipped") is not None
            found[f"{module}: {case.get('name')}"] = (
                "skipped" if skipped else "passed" if bad is None
                else "failed: " + (bad.get("message") or "").split("\n")[0][:160]
            )  # fmt: skip
        return found


def table(stock: dict[str, str], engine: dict[str, str]) -> str:
    """A Markdown list of what differs."""
    both = [name for name in stock if stock[name] == "passed"]
    kept = [name for name in both if engine.get(name) == "passed"]
    lines = [
        f"{len(kept)} of the {len(both)} tests that pass with stock nbgrader here pass with the "
        "engine configured.", "",
    ]  # fmt: skip
    for name in both:
        if engine.get(name) != "passed":
            why = next((r for part, r in REASONS.items() if part in name), engine.get(name, "?"))
            lines.append(f"- `{name}`: {why}")
    return "\n".join(lines)


def main() -> None:
    """Both runs and the difference."""
    stock: dict[str, str] = {}
    engine: dict[str, str] = {}
    result = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if result and result.exists():
        earlier = json.loads(result.read_text())
        stock, engine = earlier["stock"], earlier["engine"]
    for module in sys.argv[2:] or MODULES:
        if os.environ.get("NBGRADER_OWN") != "engine":
            stock |= run(module, engine=False)
        engine |= run(module, engine=True)
        if result:
            result.write_text(json.dumps({"stock": stock, "engine": engine}, indent=1))
    print(table(stock, engine))


if __name__ == "__main__":
    main()
