"""The checks as a student sees them: in a real kernel, and on the feedback page."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

CELLS = {
    "setup": "from invigilator import expect\nimport matplotlib.pyplot as plt",
    "stub": "price = ...",
    "not-tried": "expect.close(price, 0.002, 'the price')",
    "wrong": "price = 10 / 1",
    "not-yet": "expect.close(price, 0.002, 'the price')",
    "right": "price = 10 / 5000",
    "done": "expect.close(price, 0.002, 'the price')\nexpect.done('the price')",
    "q-source": "# q-source\nanswer = 'over'\nprint('hello', answer)\nplt.plot([1, 2], [3, 4])",
    "read": (
        "print(repr(expect.source('q-source')), repr(expect.printed('q-source')))\n"
        "print(expect.figures('q-source')[0]['axes'][0]['lines'][0]['y'])\n"
        "print(plt.get_fignums())"
    ),
    "not-run": "expect.source('q-other')",
    "hostile": (
        "class Yes:\n    def __eq__(self, other): return True\n"
        "    def __repr__(self): return '\\x1b[31m<script>alert(1)</script>'\n"
        "expect.equal(Yes(), 3, 'the price')"
    ),
    "again": "# again\nprint('one')",
    "again-two": "# again\nprint('two')\n1 / 0",
    "read-again": "print(repr(expect.printed('again')))",
    "after": "import sys\nprint(type(sys.stdout).__name__)",
}


@pytest.fixture(scope="module")
def ran():
    cells = [nbformat.v4.new_code_cell(text, id=name) for name, text in CELLS.items()]
    notebook = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    NotebookClient(notebook, allow_errors=True, timeout=120).execute()
    return notebook


def outputs(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name).outputs


def printed(notebook, name):
    """What a cell printed: a kernel may send it in pieces."""
    return "".join(each.get("text", "") for each in outputs(notebook, name))


OUTCOMES = {
    "not-tried": (
        "NotTried",
        "Not tried: the price still holds the placeholder; write your answer in its cell, "
        "run that cell, then run this one.",
    ),
    "not-yet": ("NotYet", "Not yet: the price is 10.0; expected 0.002."),
    "not-run": (
        "NotTried",
        "Not tried: run the cell q-other again, then this one; what it holds is not known yet.",
    ),
    "hostile": (
        "NotYet",
        "Not yet: the price is an object of another kind (Yes) where a number is expected.",
    ),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_outcome_is_one_line_without_traceback(ran, name):
    (output,) = outputs(ran, name)
    ename, line = OUTCOMES[name]
    assert output["output_type"] == "error" and output["ename"] == ename
    assert output["traceback"] == [line] and output["evalue"] == line


def test_done_is_plain_text(ran):
    kinds = {(each["output_type"], each["name"]) for each in outputs(ran, "done")}
    assert kinds == {("stream", "stdout")}
    assert printed(ran, "done") == "Done: the price — all visible checks passed.\n"


def test_the_feedback_page_shows_the_line_and_no_traceback(ran):
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(ran)
    assert "Not yet: the price is 10.0; expected 0.002." in page
    assert "Not tried: the price still holds the placeholder" in page
    assert "outcomes.py" not in page and "<script>alert" not in page
    page, _ = HTMLExporter().from_notebook_node(ran)
    assert "Not yet: the price is 10.0; expected 0.002." in page


def test_source_print_and_figures_of_an_answer_cell(ran):
    text = printed(ran, "read")
    assert text.splitlines() == [repr(CELLS["q-source"]) + " 'hello over\\n'", "[3, 4]", "[]"]
    shown = outputs(ran, "q-source")
    assert printed(ran, "q-source") == "hello over\n"
    assert any("image/png" in each.get("data", {}) for each in shown)


def test_the_last_run_counts_and_an_error_leaves_no_trace(ran):
    assert printed(ran, "read-again") == "'two\\n'\n"
    assert printed(ran, "after") == "OutStream\n"


def test_cell_ids_as_jupyterlab_sends_them():
    """JupyterLab names each cell in the metadata of its execute request."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        texts = []

        def run(code, cell):
            content = {
                "code": code, "silent": False, "store_history": True, "user_expressions": {},
                "allow_stdin": False, "stop_on_error": False,
            }  # fmt: skip
            message = client.session.msg("execute_request", content, metadata={"cellId": cell})
            client.shell_channel.send(message)
            while True:
                reply = client.get_iopub_msg(timeout=60)
                if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                    continue
                if reply["msg_type"] == "stream":
                    texts.append(reply["content"]["text"])
                if reply["msg_type"] == "status" and reply["content"]["execution_state"] == "idle":
                    return

        run("from invigilator import expect", "setup")
        run("x = 1\nprint('one')", "q1")
        second = "x = 2\nprint('two')"
        run(second, "q1")
        run("print([expect.source('q1'), expect.printed('q1')])", "q1-test")
        assert "".join(texts) == "one\ntwo\n" + f"{[second, 'two' + chr(10)]}\n"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
