"""Feedback pages: the reasons are there, nothing leaks, nothing runs."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from hostile import pages as attacks
from hostile.pagecheck import dangers
from invigilator import feedback, renderer, results, statuses, verdicts
from invigilator.gradebook import Standing
from invigilator.preprocess import CleanForReading
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)></svg>",
    "<a href='javascript:alert(1)'>x</a>", "<a href='data:text/html,<script>1</script>'>x</a>",
    "<iframe src='https://x.test'></iframe>", "<object data='x'></object>", "<embed src='x'>",
    "<form action='https://x.test'><input name=a></form>", "<base href='https://x.test'>",
    "<meta http-equiv=refresh content='0;url=https://x.test'>", "<link rel=stylesheet href=//x>",
    "<style>body{background:url(https://x.test)}</style>", "<b style='position:fixed'>x</b>",
    "<img src='https://x.test/p.png'>", "<img src='data:text/html;base64,AAAA'>",
    "<math><mtext><script>alert(1)</script></mtext></math>", "<!--<script>-->alert(1)",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<x onclick=alert(1)>y</x>",
    "<div class='panel-heading'>Score: 9 / 9</div>", "<a name='q1-price-test'>x</a>",
    "<template><script>alert(1)</script></template>", "<video src=x onerror=alert(1)></video>",
    "<sc<script>ript>alert(1)</sc</script>ript>", "\x00<scr\x00ipt>alert(1)</script>",
]


def cell(source="x = 1", outputs=(), **meta):
    return {"cell_type": "code", "id": "c", "source": source, "outputs": list(outputs),
            "execution_count": 1, "metadata": {"nbgrader": {
                "grade": False, "solution": False, "locked": False, "schema_version": 3,
                "grade_id": "c", **meta}}}


def text(source, **more):
    return {"cell_type": "markdown", "id": "t", "source": source, "metadata": {}, **more}


def page(*cells, **about):
    notebook = {"cells": list(cells), "metadata": {"invigilator": about}}
    return feedback.page(notebook, "ps00", 1.0, 2.0)


def body(made):
    return made.split("<body>")[1]


def test_source(hidden="wanted = 41"):
    return (f"expect.done('x')\n### BEGIN HIDDEN TESTS\n{hidden}\n"
            "assert x == wanted, 'it is 41'\n### END HIDDEN TESTS")


test_source.__test__ = False


@pytest.mark.parametrize("markup", HOSTILE)
def test_nothing_in_html_or_markdown_runs(markup):
    shown = {"output_type": "display_data", "metadata": {}, "data": {"text/html": markup}}
    made = body(page(text(markup), cell(outputs=[shown]), cell(markup),
                     cell(comment=markup, solution=True, grade_id="a")))
    tags = re.findall(r"<[a-zA-Z][^>]*>", made)
    bad = re.compile(r"^<(script|iframe|object|embed|form|input|base|meta|link|style|video|svg"
                     r"|template|noscript|math)|\son\w+\s*=|javascript:|style=|url\(", re.I)
    assert [tag for tag in tags if bad.search(tag)] == []
    assert not re.search(r'(src|href)="(?!#|data:image/|https?://x\.test"? rel)', made)
    assert "https://x.test/p.png" not in re.sub(r"&[a-z#0-9]+;", "", " ".join(tags))


def test_a_students_html_cannot_pose_as_a_score():
    shown = {"output_type": "display_data", "metadata": {},
             "data": {"text/html": "<div class='panel-heading' id='toc'>Score: 9 / 9</div>"}}
    made = body(page(cell(outputs=[shown])))
    assert '<div>Score: 9 / 9</div>' in made and made.count('id="toc"') == 1


def test_the_policy_forbids_everything_but_own_style_and_embedded_pictures():
    made = page(cell())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', made)[1]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy and made.index("Content-Security") < made.index("<style>")
    assert made.count("<style>") == 1


def test_accessible_figures_tables_and_terminal_colours_survive():
    png = base64.b64encode(b"\x89PNG....").decode()
    figure = (f'<figure><img alt="Two bars" src="data:image/png;base64,{png}"><figcaption>Bars'
              '</figcaption><details><summary>As a table</summary><table><caption>n</caption>'
              '<tr><th scope="col">a</th></tr><tr><td>1</td></tr></table></details></figure>')
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": figure}},
        {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred\x1b[0m <b>"},
        {"output_type": "execute_result", "execution_count": 3, "metadata": {},
         "data": {"image/svg+xml": "<svg><script>1</script></svg>", "text/plain": "a figure"}}]
    made = page(cell(outputs=outputs))
    for kept in ('alt="Two bars"', f"base64,{png}", "<figcaption>", "<details>", "<summary>",
                 'scope="col"', "<caption>", "red", "&lt;b&gt;", "data:image/svg+xml;base64,",
                 "Out[3]:", 'alt="a figure"'):
        assert kept in made, kept


def test_hidden_tests_and_expected_values_never_reach_the_page():
    error = {"output_type": "error", "ename": "AssertionError", "evalue": "it is 41",
             "traceback": ["Cell In[5], line 4", "----> 4 assert x == wanted", "it is 41"]}
    printed = {"output_type": "stream", "name": "stdout", "text": "Done: x.\nwanted is 41\n"}
    shown = {"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "41"}}
    made = page(cell(test_source(), [printed, shown, error], grade=True, points=2, score=0))
    assert "41" not in body(made) and "wanted" not in made and "HIDDEN" not in made
    assert verdicts.HIDDEN in made and "Done: x." in made
    assert "checks that are not shown" in made


def test_a_visible_check_that_fails_is_told_in_full():
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no such unit",
             "traceback": ["Cell \x1b[32mIn[5]\x1b[39m, line 1", "..."]}
    made = page(cell(test_source(), [error], grade=True, points=2, score=0))
    assert "ValueError: no such unit" in made


def test_the_three_outcomes_and_partial_credit_have_their_sentences():
    def outcome(name, sentence, outputs=(), score=0.0):
        error = {"output_type": "error", "ename": name, "evalue": sentence, "traceback": []}
        return body(page(cell(test_source(), [error] if name else outputs, grade=True, points=2,
                              score=score)))

    assert "<b>Not tried.</b> still a placeholder." in outcome(
        "NotTried", "Not tried: still a placeholder.")
    assert "<b>Not yet.</b> ten yuan." in outcome("NotYet", "Not yet: ten yuan.")
    said = {"output_type": "stream", "name": "stdout", "text": "Done: a.\nNot yet: the edge.\n"}
    assert "<b>Partly done.</b> 1 of 2 points: Not yet: the edge." in outcome(
        "", "", [said], score=1.0)
    assert "<b>Done.</b>" in outcome("", "", [{**said, "text": "Done: a.\n"}], score=2.0)


def test_what_stands_between_backticks_is_code_and_nothing_else_is():
    sentence = "Not tried: replace `raise NotImplementedError`; <b>`<i>x</i>`</b>."
    error = {"output_type": "error", "ename": "NotTried", "evalue": sentence, "traceback": []}
    made = body(page(cell(test_source(), [error], grade=True, points=2, score=0)))
    told = ("replace <code>raise NotImplementedError</code>; "
            "&lt;b&gt;<code>&lt;i&gt;x&lt;/i&gt;</code>&lt;/b&gt;.")
    assert made.count(told) >= 2, "at the cell and in the list at the top"


@pytest.mark.parametrize("status", [s for s in statuses.PLAIN if s != statuses.GRADED])
def test_every_status_is_explained_in_plain_words(status):
    made = page(cell(), status=status, sentence=statuses.sentence(status, "The file is empty."))
    assert f"<b>{status.capitalize()}.</b>" in made
    assert "The file is empty." in made and len(statuses.PLAIN[status]) > 60


def test_pasted_pictures_are_shown_and_mark_schemes_are_not():
    made = page(text("![x](attachment:a.png)\n\n### BEGIN MARK SCHEME\n4 points for\n"
                     "### END MARK SCHEME", attachments={"a.png": {"image/png": "iVBORw0KGgo="}}))
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in made and "4 points for" not in made


def test_manual_marks_comments_and_late_penalty_are_shown():
    notebook = {"cells": [
        {**text("My answer"), "metadata": {"nbgrader": {
            "grade": True, "solution": True, "locked": False, "grade_id": "q3", "points": 4,
            "schema_version": 3}}}], "metadata": {}}
    made = results.render(notebook, "ps00", Standing(
        {"q3": 3.5}, {"q3": None}, {"q3": 4.0}, {"q3": "Good, **but** late"}, late=1.0))
    assert "(Score: 2.50 / 4.00)" in made and "Written response" in made
    assert "<strong>but</strong>" in made and "Late submission penalty (Score: -1.00)" in made


def test_what_a_person_has_still_to_mark_is_said():
    notebook = {"cells": [
        {**text("My answer"), "metadata": {"nbgrader": {
            "grade": True, "solution": True, "locked": False, "grade_id": "q3", "points": 4,
            "schema_version": 3}}}], "metadata": {}}
    made = results.render(notebook, "ps00", Standing(
        {"q3": 0.0}, {"q3": None}, {"q3": 4.0}, {}, waiting=frozenset({"q3"})))
    assert "not yet marked by a person, 4.00 points" in made


def test_odd_outputs_do_not_break_a_page():
    odd = [{"output_type": "display_data", "data": {"image/png": "!!!"}},
           {"output_type": "display_data", "data": {"application/x": {}}},
           {"output_type": "display_data"}, {"output_type": "nonsense"}, {},
           {"output_type": "stream", "text": ["a", "b"]}, {"output_type": "error"},
           {"output_type": "stream", "text": "y" * 3_000_000}]
    made = page(cell(outputs=odd))
    assert "Output truncated" in made and len(made) < 1_000_000


@pytest.mark.parametrize("mime", ["text/html", "text/markdown", "text/latex", "text/plain",
                                  "image/png", "image/jpeg", "image/svg+xml"])
@pytest.mark.parametrize("value", [5, None, [1], [None, "x"], {"a": 1}, True, "\ud800", []])
def test_a_value_of_another_kind_costs_its_own_output_at_most(mime, value):
    odd = {"output_type": "display_data", "data": {mime: value}, "metadata": {mime: value}}
    made = page(cell(outputs=[odd, {"output_type": "stream", "text": "after it"}]))
    assert "after it" in made


# --- what is small to send and large to show


def shown_html(markup):
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": markup}}


@pytest.mark.parametrize("name", attacks.BLOWN)
def test_a_text_that_would_keep_a_parser_busy_is_shown_as_it_was_typed(name):
    made = page(text(attacks.BLOWN[name]))
    assert "<pre>" in body(made) and len(made) < 4 * len(attacks.BLOWN[name]) + 100_000


def test_html_that_would_grow_is_shown_as_it_was_typed():
    for markup in (attacks.TREE, "<div>" * 50_000 + "<p>" * 50_000, "<b title='" * 1_000,
                   "<b title='>'>" * 40 + "<p>x</p>" * 20_000):
        made = feedback.bundle({"text/html": markup})
        assert made.startswith("<pre>&lt;") and len(made) < 1_000_000


def test_large_honest_tables_are_tables():
    row = "<tr><th>{0}</th><td>{0}</td><td><a href='https://example.org/{0}'>{0}</a></td></tr>"
    for rows, cells in ((5_000, row.split("<td><a")[0] + "</tr>"), (100, row)):
        table = "<table class='dataframe'>" + "".join(map(cells.format, range(rows))) + "</table>"
        assert feedback.bundle({"text/html": table}).count("</tr>") == rows


@pytest.mark.parametrize("source", ["x = 1" + "\n " * 25_000 + "y", "1+" * 20_000 + "1"])
def test_code_that_is_hard_to_colour_is_shown_without_colours(source):
    made = page(cell(source))
    assert f"<pre>{source}</pre>" in made


def test_a_notebook_of_many_long_cells_is_shown_without_colours():
    few, many = [page(*[cell(f"x = {n}\n" + "y = 'a'\n" * 1000) for n in range(count)])
                 for count in (10, 100)]
    assert '<span class="' in few and '<span class="' not in body(many).split("x = 1\n")[1]
    assert "x = 99" in many and "y = &#x27;a&#x27;" in many


def test_pictures_count_as_pictures_and_not_as_text():
    picture = "iVBO" * 50_000
    made = page(text("**look** ![x](attachment:a.png)",
                     attachments={"a.png": {"image/png": picture}}))
    assert f'src="data:image/png;base64,{picture}"' in made and "<strong>look</strong>" in made


def test_attachments_are_put_in_once_and_hold_nothing_but_a_picture():
    laugh = {chr(97 + n): {"image/png": f"attachment:{chr(98 + n)} " * 100} for n in range(10)}
    laugh |= {"p": {"image/png": "AAAA"}, "p.png": {"image/png": "BBBB"},
              "t": {"text/html": "AAAA"}, "q": {"image/png": 'AAAA" onerror="x'}}
    made = feedback._attached({"attachments": laugh}, " ".join(f"attachment:{n}" for n in laugh))
    assert made.startswith("attachment:a attachment:b ")
    assert made.endswith("data:image/png;base64,AAAA data:image/png;base64,BBBB "
                         "attachment:t attachment:q")
    many = feedback._attached({"attachments": {"a": {"image/png": "AAAA" * 500_000}}},
                              "attachment:a " * 1_000)
    assert len(many) < 2 * feedback.MOST_PICTURES


def test_what_is_kept_for_the_next_page_is_bounded():
    made = []
    look_up = feedback.kept(lambda source: made.append(source) or source * 10)
    for number in range(1_000):
        assert look_up(f"{number:10}" * 1_000) == f"{number:10}" * 10_000
    assert look_up("short") == look_up("short") == "short" * 10
    held = next(one.cell_contents for one in look_up.__closure__
                if isinstance(one.cell_contents, dict))
    assert sum(len(key) + len(value) for key, value in held.items()) <= feedback.MOST_KEPT
    assert made.count("short") == 1


# --- the process that makes pages

NOTEBOOK = {"cells": [text("# Hi $x$ \ud800"), cell("x = 'é'\n", [shown_html("<b>1</b>")])],
            "metadata": {}}
MARKS = Standing({"q1": 1.0}, {"q1": 1.0}, {"q1": 2.0}, {})
needs_posix = pytest.mark.skipif(os.name != "posix", reason="pages are made in the same process")


def running(pid):
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def test_a_page_from_the_other_process_is_the_same():
    with renderer.Renderer() as made:
        for _ in range(2):
            assert made.page(NOTEBOOK, "ps00", 1.0, 2.0) == feedback.page(NOTEBOOK, "ps00", 1.0,
                                                                          2.0)


@needs_posix
def test_a_child_that_is_late_dies_or_fails_costs_one_page():
    hasty = renderer.Renderer(seconds=1e-6)
    notes = []
    made = results.shown(NOTEBOOK, "ps00", MARKS, hasty, notes)
    assert "q1: 1 of 2" in made and "(Score: 1.00 / 2.00)" in made and "Hi" not in made
    assert notes == ["ps00.html shows the marks alone: the page took more than 1e-06 s"]
    with renderer.Renderer() as patient:
        with pytest.raises(renderer.PageError, match="could not be made"):
            patient.page(7)
        first = patient._process.pid
        os.kill(first, signal.SIGSTOP)
        patient.seconds = 0.1
        with pytest.raises(renderer.PageError, match="took more than"):
            patient.page(NOTEBOOK, "ps00", 1.0, 2.0)
        patient.seconds = renderer.SECONDS
        assert "Hi" in patient.page(NOTEBOOK, "ps00", 1.0, 2.0)
        assert patient._process.pid != first


@needs_posix
def test_a_child_that_something_else_ended_costs_no_page(monkeypatch):
    killed, send = [], renderer.send
    with renderer.Renderer() as made:
        def kill_and_send(*given):
            if not killed:
                killed.append(made._process.pid)
                os.kill(killed[0], signal.SIGKILL)
                made._process.wait()
            send(*given)

        monkeypatch.setattr(renderer, "send", kill_and_send)
        assert "Hi" in made.page(NOTEBOOK, "ps00", 1.0, 2.0) and killed


@pytest.mark.skipif(sys.platform != "linux", reason="no limit on memory")
def test_a_page_that_fills_the_memory_ends_the_child_and_not_the_run():
    large = {"cells": [text("x" * (60 << 20))], "metadata": {}}
    with renderer.Renderer(memory=200 << 20) as made:
        with pytest.raises(renderer.PageError):
            made.page(large, "ps00", 1.0, 2.0)
        assert "Hi" in made.page(NOTEBOOK, "ps00", 1.0, 2.0)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("how", ["close", "kill", "kill while it works"])
def test_no_child_is_left_behind(how):
    script = ("import time\nfrom invigilator.renderer import Renderer\nmade = Renderer()\n"
              "made.page({'cells': [], 'metadata': {}}, 'x', 1.0, 1.0)\n"
              "print(made._process.pid, flush=True)\n"
              + ("made.close()\nprint(0, flush=True)\n" if how == "close" else "")
              + "time.sleep(60)\n")
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        if how == "close":
            parent.stdout.readline()
            assert not running(child)
        if "works" in how:
            os.kill(child, signal.SIGSTOP)  # it will not see that nobody asks any more
        parent.kill()
        deadline = time.monotonic() + 20
        while running(child) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not running(child)


@needs_posix
def test_stocks_exporter_shows_the_marks_alone_when_a_page_breaks(monkeypatch):
    graded = nbformat.from_dict({"cells": [
        cell("x", grade=True, solution=True, locked=False, grade_id="q1", points=2, score=1.5)],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    about = {"nbgrader": {"notebook": "ps00", "score": 1.5, "max_score": 2, "late_penalty": 0}}
    made, _ = feedback.FeedbackExporter().from_notebook_node(graded, about)
    assert "Score: 1.50 / 2.00" in made and 'class="input_area"' in made
    hasty = renderer.Renderer(seconds=1e-6)
    monkeypatch.setattr(renderer, "shared", lambda: hasty)
    made, _ = feedback.FeedbackExporter().from_notebook_node(graded, about)
    assert "q1: 1.5 of 2" in made and 'class="input_area"' not in made


# --- formgrader, where nbconvert reads what it is given as Markdown once more


def for_reading(*cells):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.from_dict({**one, "id": f"c{n}"}) for n, one in enumerate(cells)],
        metadata={"language_info": {"name": "python", "pygments_lexer": "ipython3"},
                  "widgets": {"application/vnd.jupyter.widget-state+json": {
                      "state": {"x": {"model_name": attacks.BREAKOUT}}}}})
    exporter = HTMLExporter(config=Config({"HTMLExporter": {"template_name": "classic"}}))
    exporter.register_preprocessor(CleanForReading, enabled=True)
    made, _ = exporter.from_notebook_node(notebook)
    return made.split("<body")[1]


@pytest.mark.parametrize("name", attacks.TWICE)
def test_clean_text_is_not_read_as_markdown_again(name):
    made = for_reading(text(attacks.TWICE[name]))
    assert list(dangers(made, "@RUN@")) == []
    assert not re.search("<img[^>]*src=", made) and "href=\"javascript" not in made


def test_nothing_runs_in_formgrader():
    cells = [text(markup) for markup in (attacks.BREAKOUT, *attacks.PAYLOADS.values(), *HOSTILE)]
    cells += [{"cell_type": "raw", "id": "r", "source": attacks.BREAKOUT,
               "metadata": {"raw_mimetype": kind}} for kind in ("text/html", "text/markdown", "")]
    bundles = [{kind: attacks.BREAKOUT} for kind in (
        "text/html", "text/latex", "text/markdown", "text/plain", "image/png", "image/svg+xml",
        "application/javascript", "application/vnd.jupyter.widget-view+json")]
    cells.append(cell(attacks.BREAKOUT, [
        {"output_type": "display_data", "data": data, "metadata": {"image/png": {
            "width": attacks.BREAKOUT}}} for data in bundles]
        + [{"output_type": "stream", "name": "stderr", "text": attacks.BREAKOUT}]))
    made = for_reading(*cells)
    assert list(dangers(made, "@RUN@")) == [] and "x.test/p.png" not in "".join(
        re.findall(r"<\w[^>]*>", made))


def test_formulas_make_no_links():
    made = for_reading(
        text(r"$\href{javascript:1}{x}$ $$\style{a}{b}$$ and $\frac{1}{2}$"),
        text(r"<p>\\(\\<wbr>href{javascript:1}{x}\\) $\hre<wbr>f{javascript:1}{x}$</p>"),
        cell(outputs=[shown_html(r"$\url{javascript:1}$ \(\<wbr>href{javascript:1}{x}\)"), {
            "output_type": "display_data", "metadata": {},
            "data": {"text/latex": r"$\class{a}{b} \alpha$"}}]))
    read = re.sub(r"<(wbr|!--.*?--)[^>]*>", "", made)  # what MathJax reads over
    assert not re.search(r"\\(href|style|url|class)\b", made) and read == made
    assert r"$\frac{1}{2}$" in made and r"\alpha" in made


def test_honest_text_looks_right_in_formgrader():
    made = for_reading(
        text("# Head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n\n```python\nx = 1\n\n"
             "y = 2\n```\n\nIt is $x^2 < 3$, **bold**, `code`, 5$."),
        text("![a](attachment:a.png)", attachments={"a.png": {"image/png": "iVBORw0KGgo="}}),
        cell("print(1)", [shown_html("<table class='dataframe'><tr><td>7</td></tr></table>"),
                          {"output_type": "stream", "name": "stdout", "text": "seven"}]))
    for part in ("<h1>Head</h1>", "<td>2</td>", "<li>two</li>", "$x^2 &lt; 3$", "5$.",
                 "<strong>bold</strong>", "<code>code</code>", "<td>7</td>", "seven",
                 'src="data:image/png;base64,iVBORw0KGgo="'):
        assert part in made, part
    assert re.search(r"<span>1</span>\n\n<span>y</span>", made)


def test_what_cannot_be_made_readable_is_shown_as_words(monkeypatch):
    monkeypatch.setattr(renderer, "shared", lambda: renderer.Renderer(seconds=1e-6))
    made = for_reading(text("**bold** <script>1</script>"), cell("z = 1", [shown_html("<b>1</b>")]))
    assert "**bold** &lt;script&gt;" in made and "<b>1</b>" not in made and "z = 1" in made
