"""The counter one can click, in real JupyterLab: the keyboard alone tells the text's story."""

from __future__ import annotations

import pytest
from realname.notebook import counter
from realname.world import eras
from support.lab import showing

pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser")
pytestmark = pytest.mark.browser
START = "from realname.notebook import counter\ncounter.panel()"
LONG = """
import numpy as np
from realname.notebook import counter
from realname.world import counter as desk, people, visits
rng = np.random.default_rng(1)
many = visits.drawn(people.population(1000, rng), 200_000, rng)
log = desk.Counter("none").run(many, rng, progress=counter.progress_bar())
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counter")
    with showing(folder, {"panel": START, "long": LONG}) as opened:
        opened.run_all()
        opened.page.wait_for_selector("[role=status] li", timeout=60_000)
        yield opened


def told(notebook) -> str:
    """The story in the page, as numbered lines."""
    status = notebook.page.locator("[role=status]")
    lines = status.locator("li").all_inner_texts()
    numbered = [f"{i}. {line}" for i, line in enumerate(lines, 1)]
    often = status.locator("p").last.inner_text()
    return "\n".join([*numbered, often] if often else numbered)


def choose(notebook, words: str) -> None:
    """Move to a button with Tab and press it with Space."""
    page = notebook.page
    for _ in range(40):
        if page.evaluate("() => document.activeElement.textContent.trim()") == words:
            page.keyboard.press("Space")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached the button {words!r}")


def arrives(notebook, story: str) -> None:
    """Wait for the page to tell this story."""
    for _ in range(100):
        if told(notebook) == story:
            return
        notebook.page.wait_for_timeout(100)
    assert told(notebook) == story


def first_button(notebook) -> None:
    notebook.page.locator(".widget-toggle-buttons button").first.focus()


def test_it_starts_with_an_honest_customer(notebook):
    assert told(notebook) == str(counter.story())


def test_the_keyboard_alone_tells_the_story_of_the_text_twin(notebook):
    first_button(notebook)
    for name, key in (("document", "borrowed"), ("holder", "unaware"), ("face", "lookalike")):
        choose(notebook, counter.CHOICES[name][key])
    case = {"document": "borrowed", "holder": "unaware", "face": "lookalike"}
    arrives(notebook, str(counter.story(**case)))
    for era in eras.ERAS:
        first_button(notebook)
        choose(notebook, counter.CHOICES["era"][era])
        arrives(notebook, str(counter.story(era, **case)))
    choose(notebook, "Next customer")
    arrives(notebook, str(counter.story(**case, customer=2)))


def test_a_case_that_cannot_be_says_why(notebook):
    first_button(notebook)
    choose(notebook, counter.CHOICES["document"]["own"])
    notebook.page.wait_for_function(
        "() => document.querySelector('[role=status]').textContent.includes('This cannot be')"
    )


def test_every_control_has_a_name_and_the_story_is_announced(notebook):
    page = notebook.page
    names = page.locator(".widget-toggle-buttons button").all_inner_texts()
    wanted = [words for choices in counter.CHOICES.values() for words in choices.values()]
    assert [name.strip() for name in names] == wanted
    assert page.get_by_label("Customer").count() == 1
    assert page.locator("[role=status][aria-live=polite]").count() == 1


def test_tab_and_space_leave_the_cells_around_alone(notebook):
    """JupyterLab takes letters and arrows from lists; the keys the panel needs must be its own."""
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    first_button(notebook)
    notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Space")
    assert notebook.page.locator(".jp-Notebook .jp-Cell").count() == cells == 2


def test_a_long_run_shows_its_progress_in_words(notebook):
    notebook.page.wait_for_function(
        "() => document.body.textContent.includes('200,000 of 200,000')", timeout=60_000
    )
