"""Lessons and problem sets in real JupyterLab, in headless Chromium, as a reader sees them."""

import json
import os
import shutil
from pathlib import Path

import pytest
from support.lab import CHROMIUM, Notebook, serving
from support.notebooks import cells, lessons, modules, problem_sets, without

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser")
pytestmark = pytest.mark.browser
STUB = "# Your answer here."
PICTURES = os.environ.get("COURSE_SCREENSHOTS")  # a folder: keep what was seen

every_lesson = pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
every_set = pytest.mark.parametrize("path", problem_sets(), ids=lambda path: path.stem)


def release(path: Path, target: Path) -> None:
    """The notebook as a student gets it."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    for cell in raw["cells"]:
        source = without("".join(cell["source"]), "SOLUTION", STUB)
        for region in ("HIDDEN TESTS", "MARK SCHEME"):
            source = without(source, region)
        cell["source"] = source
    target.write_text(json.dumps(raw), encoding="utf-8")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    for path in lessons():
        shutil.copy(path, folder / path.name)
    for path in problem_sets():
        release(path, folder / path.name)
    with serving(folder, JUPYTERHUB_USER="ada") as address:
        yield address


@pytest.fixture(scope="module")
def opened(lab):
    """Each notebook opened in a tab of its own and run from top to bottom, once."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tabs = {}

        def notebook(name):
            if name not in tabs:
                page = browser.new_page(viewport={"width": 1280, "height": 1400})
                tabs[name] = Notebook(page, lab, name)
                tabs[name].run_all()
            return tabs[name]

        yield notebook
        browser.close()


def picture(notebook, name, cell=None):
    if PICTURES:
        target = notebook.cell(cell) if cell else notebook.page
        target.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def errors(notebook):
    """Text of every error output, by cell id."""
    found = {}
    for output in notebook.page.locator(
        ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"
    ).all():
        cell = output.locator("xpath=ancestor::*[@data-test-cell]").first
        found[cell.get_attribute("data-test-cell")] = output.inner_text().strip()
    return found


@every_lesson
def test_a_lesson_runs_top_to_bottom(opened, path):
    notebook = opened(path.name)
    for cell in cells(path):
        if cell.kind == "code":
            picture(notebook, f"{path.stem}-{cell.id}", cell.id)
    said = errors(notebook)
    allowed = {c.id for c in cells(path) if "raises-exception" in c.metadata.get("tags", [])}
    assert all(text.startswith("Not tried:") for text in said.values()), said
    assert set(said) <= allowed


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_figures_are_drawn_and_carry_alt_text(opened, path):
    notebook = opened(path.name)
    images = notebook.page.locator(".jp-OutputArea-output img")
    assert images.count() >= 2
    for image in images.all():
        assert len(image.get_attribute("alt") or "") >= 20
        assert image.evaluate("node => node.naturalWidth") > 300


def test_a_check_goes_through_its_three_outcomes_in_start_here(opened):
    notebook = opened("start-here.ipynb")
    check = "my-threshold-check"
    assert notebook.output(check).startswith("Not tried: my_threshold")
    notebook.write("my-threshold", "my_threshold = 0.5")
    notebook.run(check)
    assert notebook.output(check).startswith("Not yet: the number of others who pass is 1")
    picture(notebook, "start-here-not-yet", check)
    notebook.write("my-threshold", "my_threshold = 0.65")
    notebook.run(check)
    assert notebook.output(check).startswith("Done: your threshold")


@every_set
def test_an_untouched_problem_set_says_not_tried(opened, path):
    notebook = opened(path.name)
    checks = {cell.id for cell in cells(path) if cell.id.endswith("-test")}
    said = errors(notebook)
    assert set(said) == checks, f"error output elsewhere: {set(said) ^ checks}"
    for name, text in said.items():
        assert text.startswith("Not tried:") and "\n" not in text, f"{name}: {text}"
        picture(notebook, f"{path.stem}-{name}", name)
    for cell in cells(path):
        if cell.id.startswith("my-"):
            picture(notebook, f"{path.stem}-{cell.id}", cell.id)


def test_a_check_goes_through_its_three_outcomes_in_problem_set_01(opened):
    notebook = opened("ps01-one-rule-five-reports.ipynb")
    check, head = "q6-price-test", "def price_per_face(price, quantity, unit):\n"
    assert notebook.output(check).startswith("Not tried: price_per_face")
    notebook.write("q6-price", head + "    return price")
    notebook.run(check)
    assert "ten yuan bought the whole lot" in notebook.output(check)
    picture(notebook, "ps01-not-yet", check)
    notebook.write("q6-price", head + "    return price if unit == 'each' else price / quantity")
    notebook.run(check)
    assert notebook.output(check) == ("Done: the price of one picture — all visible checks passed.")
    picture(notebook, "ps01-done", check)
