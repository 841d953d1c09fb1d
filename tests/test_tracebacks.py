"""Errors look exactly as IPython shows them, and cost no search through all modules."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CELLS = [
    "def f(x):\n    return g(x) + 1\ndef g(x):\n    if x:\n        raise ValueError('ä\\n')\nf(1)",
    "total = [1 / n for n in (2, 1, 0)]",
    "try:\n    {}['key']\nexcept KeyError as error:\n    raise RuntimeError('later') from error",
    "import json\njson.loads('{\"a\": }')",
    "def deep(n):\n    return deep(n + 1)\ndeep(0)",
    "max(1,\n    2,\n    len(\n        None))  # " + "long " * 40,
    "def f(:",
    "if True:\nx = 1",
    "raise NotImplementedError()",
    "def f():\n    exec('1/0')\nf()",
    "assert [1, 2] == [1, 3], 'they differ'",
]
RUN = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

shown = []
if sys.argv[1] == "ours":
    from invigilator.limits import Limits
    from invigilator.shell import make_shell
    shell = make_shell(Limits())
else:
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
shell._showtraceback = lambda kind, value, lines: shown[-1].append([kind.__name__, *lines])
for cell in json.load(sys.stdin):
    shown.append([])
    shell.run_cell(cell, store_history=True)
import inspect
def here(): pass
shell.run_cell("def there(): pass\\nclass Kind: pass")
found = [inspect.getmodule(each) for each in (here, json, json.loads, json.loads.__code__)]
found += [inspect.getmodule(shell.user_ns[name]) for name in ("there", "Kind")]
found.append(inspect.getmodule(shell.user_ns["there"].__code__))
print(json.dumps([shown, [getattr(each, "__name__", None) for each in found]]))
"""


@pytest.fixture(scope="module")
def both() -> tuple[list, list]:
    """What plain IPython shows of the cells, and what our shell shows."""
    made = []
    for whose in ("plain", "ours"):
        done = subprocess.run(
            [sys.executable, "-c", RUN, whose],
            input=json.dumps(CELLS),
            capture_output=True,
            text=True,
            check=True,
        )
        made.append(json.loads(done.stdout.splitlines()[-1]))
    return made[0], made[1]


@pytest.mark.parametrize("n", range(len(CELLS)))
def test_a_traceback_is_ipythons_to_the_letter(both, n):
    (plain, _), (ours, _) = both
    (shown,) = plain[n]
    assert "\x1b[" in "".join(shown)
    assert ours[n] == plain[n]


def test_inspect_finds_the_same_modules(both):
    (_, plain), (_, ours) = both
    assert ours == plain
    assert "json" in ours and None in ours
