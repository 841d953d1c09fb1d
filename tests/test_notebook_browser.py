"""What JupyterLab really shows, its HTML sanitiser included: an untrusted notebook with results."""

import matplotlib

matplotlib.use("agg")
import nbformat
import pytest
from invigilator import expect
from matplotlib.figure import Figure
from realname.law.argument import Argument
from realname.notebook import accessible
from support.lab import CHROMIUM, serving

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser")
ALT = 'Two bars: "copies" stands at 4 & own reporting at 1.'

pytestmark = pytest.mark.browser


def results():
    """Outputs as a kernel saves them: a figure, a form, an outcome."""
    axes = Figure().subplots()
    axes.bar(["copies", "own"], [4, 1])
    axes.set(xlabel="kind", ylabel="texts")
    shown = accessible(axes, "Four of five texts are copies", ALT, {"kind": ["a<b>"], "texts": [4]})
    outcome = expect.NotYet("the price is 10.0; expected 0.002")
    form = Argument(issue="<img src=x onerror=alert(1)>", rule="002, p, 2019-12-04")
    return {
        "figure": nbformat.v4.new_output("display_data", shown._repr_mimebundle_()),
        "form": nbformat.v4.new_output("display_data", {"text/html": form._repr_html_()}),
        "control": nbformat.v4.new_output(
            "display_data", {"text/html": '<p id="c" onclick="alert(1)">control of this test</p>'}
        ),
        "outcome": nbformat.v4.new_output(
            "error", ename="NotYet", evalue=str(outcome), traceback=outcome._render_traceback_()
        ),
    }


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own on a free port; its address."""
    home = tmp_path_factory.mktemp("lab")
    cells = [
        nbformat.v4.new_code_cell(f"# {name}", id=name, outputs=[output], execution_count=1)
        for name, output in results().items()
    ]
    notebook = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    nbformat.write(notebook, home / "shown.ipynb")
    with serving(home) as address:
        yield address


@pytest.fixture(scope="module")
def page(lab):
    """The notebook, opened untrusted: JupyterLab sanitises its saved HTML."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1200, "height": 1600})
        tab.goto(f"{lab}/lab/tree/shown.ipynb?reset")
        tab.wait_for_selector(".jp-Notebook .jp-OutputArea-output img", timeout=90_000)
        yield tab
        browser.close()


def test_the_sanitiser_is_at_work(page):
    control = page.get_by_text("control of this test")
    assert control.count() == 1
    assert control.get_attribute("onclick") is None and control.get_attribute("id") is None


def test_the_image_keeps_its_alt_text_and_is_drawn(page):
    image = page.locator(".jp-OutputArea-output img").first
    assert image.get_attribute("alt") == ALT
    assert page.get_by_role("img", name=ALT).count() == 1  # as a screen reader finds it
    page.wait_for_function(
        "() => document.querySelector('.jp-OutputArea-output img').naturalWidth > 300"
    )


def test_the_table_opens(page):
    details = page.locator(".jp-OutputArea-output details").first
    cell = details.locator("td", has_text="a<b>")
    assert not cell.is_visible()
    details.locator("summary").click()
    assert cell.is_visible()
    assert details.locator("th").all_inner_texts() == ["kind", "texts"]
    assert "Four of five texts" in details.locator("caption").inner_text()


def test_an_outcome_is_one_line_and_no_student_text_becomes_a_tag(page):
    output = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")
    assert output.inner_text().strip() == "Not yet: the price is 10.0; expected 0.002."
    assert page.locator("img[src='x']").count() == 0
    assert page.get_by_text("<img src=x onerror=alert(1)>").count() == 1
