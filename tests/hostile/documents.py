# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Attacks by file: edited metadata, broken notebooks, odd files beside them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from . import base
from .attack import Attack, Notebook, by_id, meta

SKELETON = ("skeleton",)
READER = ("reader",)


def edit(name: str, threat: str, change: Callable[[Notebook], Any], **more: Any) -> Attack:
    """An attack that edits the notebook in place (or returns another)."""

    def apply(nb: Notebook) -> Notebook | None:
        changed = change(nb)
        return changed if isinstance(changed, dict) and "cells" in changed else None

    return Attack(name, threat, edit=apply, **{"stops": SKELETON, **more})


def data(name: str, threat: str, change: Callable[[bytes], bytes], **more: Any) -> Attack:
    """An attack that changes the bytes of the file."""
    return Attack(name, threat, data=change, **{"stops": READER, **more})


def beside(name: str, threat: str, files: dict[str, str], **more: Any) -> Attack:
    """An attack by files in the submission's folder."""
    return Attack(name, threat, files=files, **{"stops": ("split", "reader"), **more})


def tests(nb: Notebook) -> list[dict[str, Any]]:
    """The test cells of a notebook."""
    return [c for c in nb["cells"] if meta(c).get("grade") and c["cell_type"] == "code"]


def set_meta(**changes: Any) -> Callable[[Notebook], None]:
    """Change nbgrader metadata in every test cell."""

    def change(nb: Notebook) -> None:
        for cell in tests(nb):
            meta(cell).update(changes)

    return change


def set_all(**changes: Any) -> Callable[[Notebook], None]:
    """Change nbgrader metadata in every cell that has some."""

    def change(nb: Notebook) -> None:
        for cell in nb["cells"]:
            if meta(cell):
                meta(cell).update(changes)

    return change


def sources(text: Any) -> Callable[[Notebook], None]:
    """Give every test cell this source."""

    def change(nb: Notebook) -> None:
        for cell in tests(nb):
            cell["source"] = text

    return change


def resigned(nb: Notebook) -> None:
    """Empty tests whose checksums are right."""
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    for cell in tests(nb):
        cell["source"] = "pass"
        meta(cell)["checksum"] = compute_checksum(from_dict(cell))


def without(keep: Callable[[dict[str, Any]], bool]) -> Callable[[Notebook], None]:
    """Drop cells."""

    def change(nb: Notebook) -> None:
        nb["cells"] = [c for c in nb["cells"] if keep(c)]

    return change


def doubled(before: bool, source: str) -> Callable[[Notebook], None]:
    """Each test cell twice, the copy with another source."""

    def change(nb: Notebook) -> None:
        for cell in tests(nb):
            twin = {**copy.deepcopy(cell), "source": source, "id": cell["id"] + "-twin"}
            nb["cells"].insert(nb["cells"].index(cell) + (0 if before else 1), twin)

    return change


def retyped(kind: str, which: Callable[[dict[str, Any]], bool]) -> Callable[[Notebook], None]:
    """Change the type of cells."""

    def change(nb: Notebook) -> None:
        for cell in nb["cells"]:
            if which(cell):
                cell["cell_type"] = kind
                if kind != "code":
                    cell.pop("outputs", None)
                    cell.pop("execution_count", None)

    return change


def is_test(cell: dict[str, Any]) -> bool:
    """Is it a test cell?"""
    return bool(meta(cell).get("grade")) and cell["cell_type"] == "code"


def reordered(nb: Notebook) -> None:
    """Tests first, then the rest backwards."""
    nb["cells"] = tests(nb) + [c for c in nb["cells"][::-1] if not is_test(c)]


def swapped_ids(nb: Notebook) -> None:
    """The easy test's id on the dear cell and the other way round."""
    a, b = by_id(nb, "q5-greet-test"), by_id(nb, "q6-grade-test")
    meta(a)["grade_id"], meta(b)["grade_id"] = "q6-grade-test", "q5-greet-test"


def answer_as_test(nb: Notebook) -> None:
    """The answer cell pretends to be the test cell, too."""
    for answer, test in zip(base.ANSWERS, base.TESTS, strict=True):
        cell, other = by_id(nb, answer), by_id(nb, test)
        meta(cell).update(grade_id=test, grade=True, points=base.MAX[test])
        meta(other).update(grade_id=answer, grade=False)


def own_grade_cell(nb: Notebook) -> None:
    """A test cell that the instructor never wrote."""
    nb["cells"].append(
        base.code("1000", "bonus", grade=True, locked=True, points=1000, solution=False)
    )


def prefilled(nb: Notebook) -> None:
    """Outputs that claim full marks."""
    for cell in tests(nb):
        points = str(meta(cell)["points"])
        cell["execution_count"] = 1
        cell["outputs"] = [
            {"output_type": "execute_result", "execution_count": 1, "metadata": {},
             "data": {"text/plain": points}},
        ]  # fmt: skip
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove_cell"]
        cell["metadata"]["jupyter"] = {"outputs_hidden": True}


def patched_setup(nb: Notebook) -> None:
    """The locked setup cell brings its own tools."""
    by_id(nb, "setup")["source"] += (
        "\nimport pandas.testing\npd.testing.assert_frame_equal = lambda *a, **k: None\n"
        "isinstance = lambda *a: True\nabs = lambda x: 0\n"
        "class sales: pass\n"
    )


def shadow_setup(nb: Notebook) -> None:
    """A code cell with the setup's id that runs before it."""
    nb["cells"].insert(0, base.code("import sys\nsys.modules['pandas'] = sys", "setup2"))
    nb["cells"][0]["metadata"]["nbgrader"]["grade_id"] = "setup"
    nb["cells"][0]["metadata"]["nbgrader"]["locked"] = True


def essay_as_code(nb: Notebook) -> None:
    """The manually marked essay becomes a test cell that passes."""
    cell = by_id(nb, "essay")
    cell.update(cell_type="code", source="5", outputs=[], execution_count=None)
    meta(cell).update(solution=False, locked=True, points=5)


def old_format(nb: Notebook) -> Notebook:
    """Format 3 with worksheets, but with empty tests."""
    cells = []
    for cell in nb["cells"]:
        old = {k: v for k, v in cell.items() if k not in ("source", "id", "execution_count")}
        if cell["cell_type"] == "code":
            old.update(input="pass", language="python", collapsed=False, outputs=[])
        else:
            old["source"] = cell["source"]
        cells.append(old)
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "cells": None,
            "worksheets": [{"cells": cells, "metadata": {}}]}  # fmt: skip


def put(**changes: Any) -> Callable[[Notebook], None]:
    """Change keys of the notebook itself."""
    return lambda nb: nb.update(changes)


def every_cell(**changes: Any) -> Callable[[Notebook], None]:
    """Change keys of every cell."""

    def change(nb: Notebook) -> None:
        for cell in nb["cells"]:
            cell.update(changes)

    return change


def many_cells(number: int, source: str) -> Callable[[Notebook], None]:
    """Append many small cells."""

    def change(nb: Notebook) -> None:
        nb["cells"] += [{**base.code(source), "id": f"m{n}"} for n in range(number)]

    return change


def mutated(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    """Change the parsed JSON in ways `dict` edits cannot say."""
    return lambda raw: json.dumps(change(json.loads(raw))).encode()


def first_cell(key: str, value: Any) -> Callable[[bytes], bytes]:
    """Put a value of a wrong type into the first answer cell."""

    def change(nb: Any) -> Any:
        by_id(nb, "q1-total")[key] = value
        return nb

    return mutated(change)


LIBRARY = """\
import os
try:
    open("@HOST@/library-@NAME@", "w").write("x")
except OSError:
    pass
def __getattr__(name):
    return lambda *a, **k: True
"""
EDITED = "edited metadata"
CELLS = "cells deleted, duplicated, retyped, reordered"
BROKEN = "broken notebook"
NAMED = "files named like libraries"

ATTACKS = [
    edit("tests-emptied", EDITED, sources("pass")),
    edit("tests-emptied-and-signed", EDITED, resigned),
    edit("tests-return-points", EDITED, sources("4")),
    edit("points-raised", EDITED, set_meta(points=1000)),
    edit("points-negative", EDITED, set_meta(points=-5)),
    edit("points-text", EDITED, set_meta(points="many")),
    data("points-nan", EDITED, lambda raw: raw.replace(b'"points": 2', b'"points": NaN')),
    data("points-infinite", EDITED, lambda raw: raw.replace(b'"points": 2', b'"points": 1e999')),
    edit("points-missing", EDITED, lambda nb: [meta(c).pop("points") for c in tests(nb)]),
    edit("grade-flag-off", EDITED, set_meta(grade=False)),
    edit("solution-flag-on", EDITED, set_meta(solution=True)),
    edit("locked-flag-off", EDITED, set_meta(locked=False)),
    edit("task-flag-on", EDITED, set_meta(task=True)),
    edit("flags-of-wrong-type", EDITED, set_meta(grade="yes", solution=[], locked=None)),
    edit("checksums-wrong", EDITED, set_all(checksum="0" * 32)),
    edit("checksums-wrong-type", EDITED, set_all(checksum=[1])),
    edit("ids-renamed", EDITED, lambda nb: [
        meta(c).update(grade_id=meta(c)["grade_id"] + "-x") for c in tests(nb)]),
    edit("ids-swapped", EDITED, swapped_ids),
    edit("ids-empty", EDITED, set_meta(grade_id="")),
    edit("ids-path", EDITED, set_meta(grade_id="../../../@HOST@/id")),
    edit("ids-of-wrong-type", EDITED, set_meta(grade_id=["q1-total-test"])),
    edit("ids-html", EDITED, set_all(grade_id="<img src=x onerror=alert(1)>")),
    edit("answer-cell-claims-test-id", EDITED, answer_as_test),
    edit("own-test-cell", EDITED, own_grade_cell),
    edit("schema-too-new", "schema versions", set_all(schema_version=99)),
    edit("schema-too-old", "schema versions", set_all(schema_version=1)),
    edit("schema-zero", "schema versions", set_all(schema_version=0)),
    edit("schema-text", "schema versions", set_all(schema_version="3")),
    edit("schema-missing", "schema versions", lambda nb: [
        meta(c).pop("schema_version", None) for c in nb["cells"]]),
    edit("schema-extra-keys", "schema versions", set_all(__proto__={"x": 1}, score=100)),
    edit("metadata-list", EDITED, lambda nb: [
        c["metadata"].update(nbgrader=[1, 2]) for c in nb["cells"]]),
    edit("metadata-none", EDITED, every_cell(metadata=None)),
    edit("metadata-missing", EDITED, lambda nb: [c.pop("metadata") for c in nb["cells"]]),
    edit("tests-deleted", CELLS, without(lambda c: not is_test(c))),
    edit("all-cells-deleted", CELLS, without(lambda c: False)),
    edit("answers-deleted", CELLS, without(lambda c: not meta(c).get("solution"))),
    edit("setup-deleted", CELLS, without(lambda c: meta(c).get("grade_id") != "setup")),
    edit("tests-duplicated-after", CELLS, doubled(False, "pass")),
    edit("tests-duplicated-before", CELLS, doubled(True, "assert True")),
    edit("duplicated-by-accident", CELLS, lambda nb: nb["cells"].append(
        copy.deepcopy(by_id(nb, "q1-total-test")))),
    edit("answers-duplicated", CELLS, lambda nb: nb["cells"].extend(
        copy.deepcopy([c for c in nb["cells"] if meta(c).get("solution")]))),
    edit("tests-to-markdown", CELLS, retyped("markdown", is_test)),
    edit("tests-to-raw", CELLS, retyped("raw", is_test)),
    edit("all-to-markdown", CELLS, retyped("markdown", lambda c: True)),
    edit("unknown-cell-type", CELLS, retyped("heading", is_test)),
    edit("cell-type-number", CELLS, every_cell(cell_type=7)),
    edit("tests-first", CELLS, reordered),
    edit("essay-becomes-test", CELLS, essay_as_code),
    edit("outputs-prefilled", "results spoofed", prefilled),
    edit("setup-patched", EDITED, patched_setup),
    edit("setup-shadowed", EDITED, shadow_setup),
    edit("cell-ids-all-equal", EDITED, every_cell(id="q1-total-test")),
    edit("cell-ids-odd", EDITED, every_cell(id="../" * 30 + "\u202e\x00")),
    edit("cell-ids-number", EDITED, every_cell(id=5)),
    edit("kernel-of-another-language", BROKEN, lambda nb: nb["metadata"].update(
        kernelspec={"name": "bash", "display_name": "x", "language": "bash"})),
    edit("kernel-named-like-path", BROKEN, lambda nb: nb["metadata"].update(
        kernelspec={"name": "../../@HOST@/kernel", "display_name": "$(touch @HOST@/kernel)"})),
    edit("kernel-missing", BROKEN, put(metadata={})),
    edit("metadata-of-notebook-list", BROKEN, put(metadata=[])),
    edit("language-info-odd", BROKEN, lambda nb: nb["metadata"].update(
        language_info={"name": ["x"], "pygments_lexer": "../../x", "codemirror_mode": 5})),
    edit("format-3-empty-tests", "wrong nbformat", old_format),
    edit("format-99", "wrong nbformat", put(nbformat=99)),
    edit("format-2", "wrong nbformat", put(nbformat=2)),
    edit("format-text", "wrong nbformat", put(nbformat="4")),
    edit("format-missing", "wrong nbformat", lambda nb: nb.pop("nbformat") and None),
    edit("format-minor-huge", "wrong nbformat", put(nbformat_minor=10**9)),
    edit("format-minor-negative", "wrong nbformat", put(nbformat_minor=-4)),
    data("cells-not-a-list", BROKEN, mutated(lambda nb: {**nb, "cells": {"0": nb["cells"][0]}})),
    data("cells-missing", BROKEN, mutated(lambda nb: {k: v for k, v in nb.items() if k != "cells"})),
    data("cells-of-numbers", BROKEN, mutated(lambda nb: {**nb, "cells": [1, None, "x", []]})),
    data("top-level-list", BROKEN, lambda raw: b"[" + raw + b"]"),
    data("source-number", BROKEN, first_cell("source", 5)),
    data("source-none", BROKEN, first_cell("source", None)),
    data("source-list-of-numbers", BROKEN, first_cell("source", [1, 2, 3])),
    data("source-nested-list", BROKEN, first_cell("source", [["x"], ["y"]])),
    data("outputs-text", BROKEN, first_cell("outputs", "all right")),
    data("execution-count-text", BROKEN, first_cell("execution_count", {"x": []})),
    data("attachments-odd", "attachments", first_cell(
        "attachments", {"../x.png": {"image/png": 5}, "x": []})),
    data("json-cut", "broken JSON", lambda raw: raw[: len(raw) // 2]),
    data("json-empty", "broken JSON", lambda raw: b""),
    data("json-not-at-all", "broken JSON", lambda raw: b"PK\x03\x04" + bytes(range(256)) * 40),
    data("json-trailing", "broken JSON", lambda raw: raw + b"\n" + raw),
    data("json-deep-list", "deep JSON", lambda raw: b"[" * 200_000 + b"]" * 200_000),
    data("json-deep-metadata", "deep JSON", lambda raw: raw.replace(
        b'"metadata": {', b'"metadata": {"x": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b",", 1)),
    data("json-deep-in-cell", "deep JSON", lambda raw: raw.replace(
        b'"outputs": []', b'"outputs": ' + b"[" * 3000 + b"]" * 3000, 1)),
    data("json-huge-number", "broken JSON", lambda raw: raw.replace(
        b'"nbformat_minor": 5', b'"nbformat_minor": ' + b"9" * 5000)),
    data("json-duplicate-keys", "broken JSON", lambda raw: raw.replace(
        b'"grade": true', b'"grade": true, "grade": false')),
    data("json-constants", "broken JSON", lambda raw: raw.replace(
        b'"execution_count": null', b'"execution_count": -Infinity')),
    data("utf-16", "invalid utf-8", lambda raw: raw.decode().encode("utf-16")),
    data("byte-order-mark", "invalid utf-8", lambda raw: b"\xef\xbb\xbf" + raw),
    data("latin-1", "invalid utf-8", lambda raw: raw.replace(b"# Sales", b"# Sales \xe9\xff")),
    data("lone-surrogates", "invalid utf-8", lambda raw: raw.replace(b"# Sales", b"\\ud800 \\udfff")),
    data("nul-bytes", "invalid utf-8", lambda raw: raw.replace(b"total = 0", b"total\\u0000 = 0\x00")),
    data("huge-file", "huge notebook", lambda raw: raw.replace(b"# Sales", b"#" * 60_000_000), slow=True),
    edit("huge-cell", "huge notebook", lambda nb: by_id(nb, "q1-total").update(
        source="total = [" + "1," * 3_000_000 + "]"), slow=True, stops=("limits",)),
    edit("many-cells", "cell-count bomb", many_cells(20_000, "1"), slow=True, stops=("limits",)),
    edit("many-outputs", "huge notebook", lambda nb: by_id(nb, "q1-total").update(
        outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}] * 50_000), stops=("limits",)),
    beside("named-numpy", NAMED, {"numpy.py": LIBRARY, "pandas/__init__.py": LIBRARY,
                                  "matplotlib/__init__.py": LIBRARY}),
    beside("named-sitecustomize", NAMED, {"sitecustomize.py": LIBRARY, "usercustomize.py": LIBRARY,
                                          "hostile.pth": "import os; os.system('touch @HOST@/pth')"}),
    beside("named-ipython", NAMED, {
        "IPython/__init__.py": LIBRARY, "ipykernel/__init__.py": LIBRARY,
        "ipykernel_launcher.py": LIBRARY, "ipykernel/__main__.py": LIBRARY,
        "jupyter_client.py": LIBRARY, "zmq.py": LIBRARY, "traitlets.py": LIBRARY}),
    beside("named-standard-library", NAMED, {
        f"{n}.py": LIBRARY for n in ("json", "os", "re", "socket", "struct", "random", "io",
                                     "contextlib", "ast", "types", "typing", "signal")}),
    beside("named-invigilator", NAMED, {
        "invigilator/__init__.py": "", "invigilator/expect.py": LIBRARY,
        "invigilator/codec.py": LIBRARY, "invigilator/examiner.py": LIBRARY,
        "realname.py": LIBRARY, "nbgrader.py": LIBRARY, "nbgrader/__init__.py": LIBRARY}),
    beside("named-config", NAMED, {
        "nbgrader_config.py": "open('@HOST@/config-@NAME@', 'w')",
        "jupyter_config.py": "open('@HOST@/config-@NAME@', 'w')",
        "ipython_config.py": "open('@HOST@/config-@NAME@', 'w')",
        "jupyter_nbconvert_config.py": "open('@HOST@/config-@NAME@', 'w')",
        ".ipython/profile_default/startup/00.py": "open('@HOST@/startup-@NAME@', 'w')",
        "matplotlibrc": "backend: module://evil", "evil.py": LIBRARY, "conftest.py": LIBRARY,
        "pyvenv.cfg": "home = /nowhere", "python3": "#!/bin/sh\ntouch @HOST@/python-@NAME@"}),
    beside("symlinked-notebook-to-source", "symlinks", {"hs1.ipynb": "-> @SOURCE@"}),
    beside("symlinked-notebook-to-other", "symlinks", {"hs1.ipynb": "-> @OTHER@"}),
    beside("symlinked-notebook-relative", "symlinks", {
        "hs1.ipynb": "-> ../../aaa-honest/hs1/hs1.ipynb"}),
    beside("symlinked-notebook-to-device", "symlinks", {"hs1.ipynb": "-> /dev/zero"}, slow=True),
    beside("symlinked-notebook-loop", "symlinks", {"hs1.ipynb": "-> hs1.ipynb"}),
    beside("symlinked-data", "symlinks", {
        "data.txt": "-> @SECRETFILE@", "book.db": "-> @GRADEBOOK@", "all": "-> @COURSE@",
        "root": "-> /", "loop": "-> loop"},
        code="for n in ('data.txt', 'book.db', 'all/source/hs1/hs1.ipynb', 'root@SECRETFILE@'):\n"
             "    try: print(open(n, 'rb').read())\n"
             "    except OSError as error: print(error)", stops=("namespaces", "landlock", "reader")),
    beside("notebook-is-a-folder", BROKEN, {"hs1.ipynb": "folder"}),
    beside("notebook-is-a-pipe", BROKEN, {"hs1.ipynb": "pipe"}, slow=True),
    beside("notebook-is-a-socket", BROKEN, {"hs1.ipynb": "socket"}),
    beside("notebook-missing", BROKEN, {"hs1.ipynb": "nothing"}),
    beside("notebook-sparse", "huge notebook", {"hs1.ipynb": "sparse 20000000000"}, slow=True),
    beside("timestamp-odd", "forged timestamps", {"timestamp.txt": "2015-02-02 14:58:23 +0100 +0900 x"}),
    beside("timestamp-past", "forged timestamps", {"timestamp.txt": "0001-01-01 00:00:00 +2359"}),
    beside("timestamp-binary", "forged timestamps", {"timestamp.txt": "\x00\ud800".encode(
        "utf-8", "surrogatepass").decode("latin-1") * 1000}),
    beside("timestamp-huge-zone", "forged timestamps", {"timestamp.txt": "2030-01-01 00:00:00 999999999999999999"}),
    beside("timestamp-symlink", "forged timestamps", {"timestamp.txt": "-> @SECRETFILE@"}),
    beside("timestamp-sparse", "forged timestamps", {"timestamp.txt": "sparse 30000000000"}, slow=True),
    beside("timestamp-device", "forged timestamps", {"timestamp.txt": "-> /dev/zero"}, slow=True),
    beside("timestamp-folder", "forged timestamps", {"timestamp.txt": "folder"}),
    beside("timestamp-year-huge", "forged timestamps", {"timestamp.txt": "99999999999999-01-01 00:00:00 UTC"}),
    beside("timestamp-words", "forged timestamps", {"timestamp.txt": "1e999 noon now 10h 10h [UTC] 0"}),
    edit("typed-id-huge", "impersonation", lambda nb: nb["cells"].append(
        base.code("STUDENT_ID = 0x" + "f" * 9000) | {"id": "typed"})),
    edit("typed-id-deep", "impersonation", lambda nb: nb["cells"].append(
        base.code("STUDENT_ID = " + "1+" * 90_000 + "1") | {"id": "typed"})),
    edit("typed-id-signs", "impersonation", lambda nb: nb["cells"].append(
        base.code("STUDENT_ID = " + "-" * 90_000 + "1") | {"id": "typed"})),
    edit("typed-id-expands", "impersonation", lambda nb: nb["cells"].append(
        base.code("STUDENT_ID = '" + "\ufdfa" * 90_000 + "'") | {"id": "typed"})),
    edit("typed-id-of-another", "impersonation", lambda nb: nb["cells"].append(
        base.code("STUDENT_ID = 'aaa-honest'") | {"id": "typed"})),
    edit("typed-id-surrogate", "impersonation", lambda nb: nb["cells"].append(
        base.code(r"STUDENT_ID = '\ud800\x00'") | {"id": "typed"})),
    edit("answer-cell-ids-reused", CELLS, lambda nb: nb["cells"].insert(
        0, base.code("def grade(score):\n    return 'low'") | {"id": "q6-grade-test"})),
    edit("test-source-in-extra-cell", CELLS, lambda nb: nb["cells"].insert(
        0, base.code(by_id(nb, "q1-total-test")["source"]) | {"id": "copied"})),
    beside("notebooks-many-spare", NAMED, {
        "hs1.ipynb": "nothing", **{f"v{n}.ipynb": "sparse 19000000" for n in range(60)}}, slow=True),
    beside("timestamp-pipe", "forged timestamps", {"timestamp.txt": "pipe"}, slow=True),
    beside("files-with-odd-names", NAMED, {
        "-rf": "x", "--help": "x", "$(touch @RUN@)": "x", "a\nb": "x", "\u202egnp.x": "x",
        "%s%n": "x", "hs1.ipynb ": "x", "HS1.ipynb": "{}", "x" * 240: "x"}),
    beside("files-many-and-deep", "disk bomb", {"many": "many 5000", "deep": "deep 300"}, slow=True),
    beside("files-sparse", "disk bomb", {"big.bin": "sparse 50000000000"}, slow=True),
]  # fmt: skip
