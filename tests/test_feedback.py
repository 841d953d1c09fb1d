"""Feedback pages: the reasons are there, nothing leaks, nothing runs."""

from __future__ import annotations

import base64
import re

import pytest
from invigilator import feedback, results, statuses, verdicts
from invigilator.gradebook import Standing

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
