"""The form of a judgement exercise: its sheet of text, its boxes, and the way from one to other."""

from __future__ import annotations

import os
import random

import pytest
from realname.law.argument import FIELDS, TEXTS, Argument, ArgumentError
from realname.law.argument_form import ArgumentForm, with_sheet
from realname.law.argument_sheet import EMPTY, LABELS, merged, read_sheet, write_sheet
from support.lab import showing

WORDS = ["card", "Ausweis", "身份证", 'so "called"', "back\\slash", "a: b", "12 %", "face—", "it's"]


def random_form(rng: random.Random, facts: list[str]) -> Argument:
    def text() -> str:
        lines = [
            " ".join(rng.choices(WORDS, k=rng.randint(1, 9))) for _ in range(rng.randint(0, 3))
        ]
        return "\n".join(lines)

    rules = [f"cn-{n}, article {n}, 2019-12-01" for n in rng.sample(range(9), rng.randint(0, 3))]
    return Argument(
        **{name: text() for name in TEXTS} | {"rule": rules}, facts=rng.sample(facts, 2)
    )


@pytest.mark.parametrize("seed", range(40))
def test_a_sheet_written_and_read_is_the_same_argument(seed):
    rng = random.Random(seed)
    facts = ["no match, no number", "card", "100,000 people", "f1"]
    form = random_form(rng, facts)
    assert read_sheet(write_sheet(form), facts) == form


@pytest.mark.parametrize("seed", range(40))
def test_a_sheet_put_into_a_cell_comes_out_when_the_cell_runs(seed):
    rng = random.Random(seed)
    form = random_form(rng, ["card", "sign"])
    cell = f"side = 'naïve'  # 身\nargument = fill_in({EMPTY!r})\nother = 1\n"
    names: dict = {"fill_in": lambda sheet: read_sheet(sheet, ["card", "sign"])}
    exec(with_sheet(cell, write_sheet(form)), names)
    assert (names["argument"], names["side"], names["other"]) == (form, "naïve", 1)


def test_an_empty_sheet_is_an_argument_nobody_has_tried():
    assert read_sheet(EMPTY) == Argument() == ArgumentForm({})(EMPTY) == ArgumentForm({})(...)


def test_every_field_has_a_label():
    assert set(LABELS) == set(FIELDS)


@pytest.mark.parametrize(
    ("sheet", "says"),
    [
        ("Issue: a\nIssue: b", "stands twice"),
        ("Is it lawful?", "begin with a label"),
        ("Isue: Is it lawful?", "did you mean 'Issue'"),
        (12, "must be a text"),
    ],
)
def test_a_sheet_that_cannot_be_read_says_so_in_one_line(sheet, says):
    with pytest.raises(ArgumentError, match=says) as raised:
        read_sheet(sheet)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("For", "in_favour"),
        ("in favor", "in_favour"),
        ("RULES", "rule"),
        ("Would change", "would_change"),
    ],
)
def test_labels_as_people_write_them(label, field):
    assert getattr(read_sheet(f"{label}: 002, paragraph 3, 2019-12-04"), field)


def test_a_line_with_a_colon_stays_where_it_is():
    form = read_sheet("Against: Two things.\nFirst: the card.\nhttps://example.org says so")
    assert form.against == "Two things.\nFirst: the card.\nhttps://example.org says so"


def test_names_of_facts_may_have_commas():
    known = ["no match, no number", "100,000 people", "card"]
    assert read_sheet("Facts: card, no match, no number, 100,000 people", known).facts == (
        "card", "no match, no number", "100,000 people",
    )  # fmt: skip


def test_what_was_typed_in_two_places_is_kept_from_both():
    shown = Argument(issue="Old?", against="It costs.", facts=["card"])
    cell = Argument(issue="New here?", against="It costs.", facts=["card", "sign"])
    typed = Argument(issue="New there?", against="It costs much.", facts=["card", "f1"])
    form = merged(cell, shown, typed)
    assert form.issue == "New here?\nNew there?"
    assert form.against == "It costs much."
    assert form.facts == ("card", "sign", "f1")
    assert merged(shown, shown, shown) == shown


def test_a_cell_that_computes_its_text_is_left_alone():
    assert with_sheet("argument = fill_in(f'Issue: {x}')", "Issue: b") is None
    assert with_sheet("argument = fill_in(", "Issue: b") is None
    assert with_sheet("sheet = fill_in('Issue: a')", "Issue: b") is None


CASE = """
from realname import data
from realname.law.argument_checks import sources
from realname.law.argument_form import ArgumentForm
AUTHORITIES = sources(data.load("instruments"), data.load("reports"), data.load("passages"))
FACTS = {"card": "She showed her card.", "no match, no number": "Without a match, no line."}
fill_in = ArgumentForm(AUTHORITIES, FACTS, "2019-12-16")
"""
STUB = f'side = ...\nargument = fill_in("""{EMPTY}""")'


@pytest.mark.browser
def test_a_form_filled_in_with_the_keyboard_moves_into_the_cell(tmp_path):
    pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser")
    sources = {"case": CASE, "answer": STUB, "look": "print(repr(argument.as_dict()))"}
    with showing(tmp_path, sources, height=1600) as opened:
        page = opened.page
        opened.run_all()
        page.get_by_label("Issue").click(timeout=60_000)
        page.keyboard.type('May a shop add "a face"? dd\nIt did.')
        page.get_by_label("Find a rule").fill("cybersecurity")
        page.get_by_role("button", name="cn-2016-csl").press("Space")
        page.get_by_label("no match, no number").press("Space")
        status = opened.cell("answer").locator("[role=status]")
        assert "Not yet in the cell" in status.inner_text()
        assert "points against are missing" in opened.output("answer")
        opened.run("answer")
        page.wait_for_function(
            "() => document.querySelector(\"[data-test-cell='answer'] [role=status]\")"
            "?.textContent.includes('also stands in the cell')"
        )
        source = page.evaluate(
            "() => jupyterapp.shell.currentWidget.content.model.cells.get(1)"
            ".sharedModel.getSource()"
        )
        opened.run("look")
        printed = opened.output("look")
        if shot := os.environ.get("SCREENSHOT"):
            page.screenshot(path=shot)
    names: dict = {"fill_in": lambda sheet: read_sheet(sheet, ["no match, no number"])}
    exec(source, names)
    form = names["argument"]
    assert names["side"] is ...
    assert form.issue == 'May a shop add "a face"? dd\nIt did.'
    assert (form.rule[0].id, form.facts) == ("cn-2016-csl", ("no match, no number",))
    assert repr(form.as_dict()) == printed
