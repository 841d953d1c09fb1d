# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Resubmissions: an honest first hand-in, then one that fails in order to keep the old marks."""

from . import base
from .attack import Attack
from .documents import is_test, set_all, without

CRASHES = {
    "exit": "import os\nos._exit(1)",
    "kill": "import os, signal\nos.kill(0, signal.SIGKILL) if False else os.kill(os.getpid(), 9)",
    "endless": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "memory": "x = [bytearray(b'x') * 200_000_000 for _ in range(30)]",
    "syntax": "def (",
    "wrong": "",
    "flood": "while True: print('x' * 100_000)",
}
KEEP = "resubmission that keeps an old mark"

ATTACKS = [
    Attack(
        f"again-{name}", KEEP, code, first=base.right(),
        stops=("coordinator",), slow=name in ("endless", "memory", "flood"),
    )
    for name, code in CRASHES.items()
]  # fmt: skip
ATTACKS += [
    Attack("again-tests-deleted", KEEP, first=base.right(), stops=("coordinator",),
           edit=without(lambda c: not is_test(c))),
    Attack("again-everything-deleted", KEEP, first=base.right(), stops=("coordinator",),
           edit=without(lambda c: False)),
    Attack("again-schema-too-new", KEEP, first=base.right(), stops=("coordinator",),
           edit=lambda nb: set_all(schema_version=99)(nb)),
    Attack("again-broken-json", KEEP, first=base.right(), stops=("coordinator",),
           data=lambda raw: raw[:-40]),
    Attack("again-empty-file", KEEP, first=base.right(), stops=("coordinator",),
           data=lambda raw: b""),
    Attack("again-deep-json", KEEP, first=base.right(), stops=("coordinator",),
           data=lambda raw: b"[" * 100_000),
    Attack("again-no-notebook", KEEP, first=base.right(), stops=("coordinator",),
           files={"hs1.ipynb": "nothing"}),
    Attack("again-pipe", KEEP, first=base.right(), stops=("coordinator",),
           files={"hs1.ipynb": "pipe"}, slow=True),
    Attack("again-link-to-own-autograded", KEEP, first=base.right(), stops=("coordinator",),
           files={"hs1.ipynb": "-> @COURSE@/autograded/@NAME@/hs1/hs1.ipynb"}),
    Attack("again-essay-only", KEEP, first=base.right(), stops=("coordinator",),
           edit=lambda nb: nb.update(cells=nb["cells"][-1:])),
    Attack("again-older-timestamp", KEEP, first=base.right(), stops=("coordinator",),
           files={"timestamp.txt": "2001-01-01 00:00:00 UTC"}),
]  # fmt: skip
