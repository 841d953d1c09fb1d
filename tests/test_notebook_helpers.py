"""Figures everyone can read, predictions that stay, terms in two registers."""

import base64
import re
from html.parser import HTMLParser

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
from invigilator import expect
from nbconvert import HTMLExporter
from realname import data
from realname import notebook as nb
from realname.notebook import glossary
from realname.notebook.predictions import Predictions

ALT = 'Two bars: "copies" has 4 of 5 texts & own reporting < 2.'


def figure():
    drawn, axes = plt.subplots()
    axes.bar(["copies", "own"], [4, 1], color=nb.COLOURS["blue"])
    axes.set(xlabel="kind", ylabel="texts (count)")
    return drawn


def shown(**more):
    given = {"title": "Four of five texts are copies", "alt": ALT, **more}
    return nb.accessible(figure(), **given)


class Tags(HTMLParser):
    """Collects images, and what stands inside details and table cells."""

    def __init__(self, page):
        super().__init__()
        self.images, self.cells, self.inside = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.inside.append(tag)
        if tag == "img":
            self.images.append(dict(attributes))

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, text):
        if {"td", "th"} & set(self.inside) and "details" in self.inside:
            self.cells.append(text)


def test_the_bundle_has_alt_text_and_table():
    bundle = shown(table={"kind": ["copies", "own <b>"], "texts": [4, 1.0]})._repr_mimebundle_()
    page = Tags(bundle["text/html"])
    (image,) = page.images
    assert image["alt"] == ALT
    head, _, data = image["src"].partition(",")
    assert head == "data:image/png;base64" and base64.b64decode(data)[:4] == b"\x89PNG"
    assert page.cells == ["kind", "texts", "copies", "4", "own <b>", "1"]
    assert "<b>" not in bundle["text/html"]
    assert ALT in bundle["text/plain"] and "copies" in bundle["text/plain"]


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_it_survives_nbconvert(template):
    output = nbformat.v4.new_output("display_data", shown()._repr_mimebundle_())
    cell = nbformat.v4.new_code_cell("figure", outputs=[output])
    page, _ = HTMLExporter(template_name=template).from_notebook_node(
        nbformat.v4.new_notebook(cells=[cell])
    )
    parsed = Tags(page)
    images = [image for image in parsed.images if image["src"].startswith("data:image/png")]
    assert [image["alt"] for image in images] == [ALT]
    assert parsed.cells == ["series", "x", "y", "copies", "4", "own", "1"]


def test_a_table_of_its_own_numbers():
    assert shown().table.to_dict("list") == {
        "series": ["", ""], "x": ["copies", "own"], "y": [4, 1],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"alt": None}, "has no alt text"),
        ({"alt": "   "}, "has no alt text"),
        ({"alt": "A figure"}, "has no alt text"),
        ({"alt": "Four of five texts are copies"}, "only repeats its title"),
        ({"title": None}, "has no title"),
        ({"title": " "}, "has no title"),
        ({"table": pd.DataFrame()}, "has no table"),
    ],
)
def test_what_is_missing_is_refused_in_one_line(more, says):
    with pytest.raises(nb.FigureError) as caught:
        shown(**more)
    assert says in str(caught.value) and caught.value._render_traceback_() == [str(caught.value)]
    plt.close("all")


def test_only_a_figure_is_shown():
    with pytest.raises(nb.FigureError, match="shows a matplotlib figure; it was given int"):
        nb.accessible(3, "a title", ALT)


def test_a_figure_is_not_shown_twice_and_can_be_checked():
    result = shown()
    assert plt.get_fignums() == []
    expect.labelled(result)
    expect.drawn(result, "the figure", y=[4, 1], kind="bars")
    assert expect.figure(result)["axes"][0]["title"] == "Four of five texts are copies"


def test_long_tables_say_what_they_leave_out():
    html = shown(table={"n": range(500)}).html()
    assert html.count("<tr>") == 201 and "300 more rows are not shown" in html


def test_colours_meet_their_contrast():
    from realname.notebook.style import LEAST_CONTRAST, contrast

    assert contrast("white") == 1 and round(contrast("black"), 6) == 21
    assert round(contrast("#767676"), 2) == 4.54  # the textbook limit for text on white
    assert all(contrast(colour) >= LEAST_CONTRAST for colour in nb.COLOURS.values())


def styled(series=2, **line):
    with nb.style():
        drawn, axes = plt.subplots()
        for number in range(series):
            axes.plot([1, 2], [number, number + 1], label=f"s{number}", **line)
        axes.set(title="It rises", xlabel="day", ylabel="texts")
    plt.close(drawn)
    return drawn


def test_figures_in_the_style_of_the_course_have_no_problems():
    assert nb.problems(styled(4)) == []
    with nb.style():
        drawn, axes = plt.subplots()
        for shift in (0, 0.4):
            axes.bar([shift, 1 + shift], [1, 2], width=0.4, label=f"{shift}")
        nb.hatch(axes.containers)
        axes.set(title="It rises", xlabel="day", ylabel="texts")
    plt.close(drawn)
    assert nb.problems(drawn) == []


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: styled(5), "has 5 series: show at most 4"),
        (lambda: styled(1, color="yellow"), "has contrast 1.1:1 with its background"),
        (lambda: styled(2, marker="o", linestyle="-"), "differ by colour alone"),
        (lambda: styled(1).axes[0].set_title("", loc="left").figure, "has no title"),
        (lambda: (f := styled(1), f.axes[0].set_xlabel(""))[0], "The x axis has no label"),
    ],
)
def test_problems_of_a_figure_are_named(make, says):
    assert any(says in text for text in nb.problems(make()))


def test_labels_stand_at_the_end_of_their_lines():
    drawn = styled(2)
    nb.label_lines(drawn.axes[0])
    assert [text.get_text() for text in drawn.axes[0].texts] == ["s0", "s1"]


def test_the_first_prediction_stays():
    mine = Predictions()
    assert "No prediction yet" in str(mine.predict("price", ...))
    assert str(mine.predict("price", 5, unit="yuan")) == "price: Your prediction is kept: 5 yuan."
    assert "first prediction stays: 5 yuan. You now wrote 7 yuan" in str(mine.predict("price", 7))
    assert "first prediction stays: 5 yuan" in str(mine.predict("price", ...))
    assert str(mine.compare("price", 10)) == (
        "price: You predicted 5 yuan; the result is 10 yuan, 2 times as much."
    )
    assert [each.value for each in mine] == [5]


def test_choices():
    mine = Predictions()
    offer = {"choices": ["Beijing", "Hangzhou"]}
    assert "Choose one of: Beijing, Hangzhou" in str(mine.predict("where", ..., **offer))
    with pytest.raises(nb.PredictionError, match="must be one of: Beijing, Hangzhou"):
        mine.predict("where", "Shanghai", **offer)
    mine.predict("where", " beijing ", **offer)
    said = str(mine.compare("where", "Hangzhou"))
    assert said == "where: You predicted Beijing; the result is Hangzhou."
    assert "as you predicted" in str(mine.compare("where", "Beijing"))


@pytest.mark.parametrize("value", ["five", True, float("nan"), [5], "5"])
def test_a_number_is_asked_for_in_one_sentence(value):
    with pytest.raises(nb.PredictionError, match="^Your prediction 'price' must be a"):
        Predictions().predict("price", value)


def test_a_lesson_run_without_predictions_shows_results_only():
    mine = Predictions()
    mine.predict("price", ...)
    assert str(mine.compare("price", 0.002, unit="yuan")) == (
        "price: You made no prediction; the result is 0.002 yuan."
    )
    assert "found 0.002 yuan" in str(mine.show())
    assert "You had seen the result before" in str(mine.predict("price", 3))
    assert "No predictions yet" in str(Predictions().show())


def test_predictions_are_plotted_against_what_happened():
    mine = Predictions()
    for name, value, found in (("price", 5, 0.002), ("texts", 4, 5), ("zero", 0, 3)):
        mine.predict(name, value)
        mine.compare(name, found)
    mine.predict("where", "Beijing", choices=["Beijing", "Hangzhou"])
    mine.compare("where", "Hangzhou")
    result = mine.show()
    assert result.title == "1 of 2 predictions came within a factor of two"
    assert nb.problems(result.figure) == []
    (line,) = [each for each in expect.figure(result)["axes"][0]["lines"] if each["label"]]
    assert line["x"] == [2500.0, 0.8]
    assert result.table["prediction"].tolist() == ["price", "texts", "zero", "where"]
    assert result.table["found"].tolist() == ["0.002", "5", "3", "Hangzhou"]


def test_predictions_leave_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mine = Predictions()
    mine.predict("price", 5)
    mine.compare("price", 10)
    mine.show()
    assert list(tmp_path.iterdir()) == []
    mine.clear()
    assert len(mine) == 0


GLOSSARY = """
- name: threshold
  forms: [thresholds]
  plain: the score from which on we act
  law: standard of <proof>
  computing: the value a score is compared with
  defined_in: start-here
  see_also: [false match]
- {name: false match, plain: p, law: l, computing: c, defined_in: 04-is-this-you}
"""


def test_a_term_in_both_registers(tmp_path, monkeypatch):
    file = tmp_path / "glossary.yml"
    file.write_text(GLOSSARY, encoding="utf-8")
    monkeypatch.setattr(glossary, "PLACES", (tmp_path / "nothing", file))
    shown_term = nb.term(" Thresholds")
    assert shown_term.law == "standard of <proof>" and "In computing: the value" in str(shown_term)
    assert "standard of &lt;proof&gt;" in shown_term._repr_html_()
    assert "See also: false match" in repr(shown_term)
    with pytest.raises(nb.GlossaryError, match=r"has no term 'treshold'\. Near: threshold"):
        nb.term("treshold")
    monkeypatch.setattr(glossary, "PLACES", (tmp_path / "nothing",))
    with pytest.raises(nb.GlossaryError, match="was not found"):
        nb.terms()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {name: a, plain: p, law: l, computing: c}", "'a' lacks defined_in"),
        (
            "- {name: a, plain: p, law: l, computing: c, defined_in: x, more: y}",
            "has more too many",
        ),
        ("a: b", "must be a list"),
        ("- a", "must have `name:`"),
        (GLOSSARY + "- {name: threshold, plain: p, law: l, computing: c, defined_in: x}", "twice"),
        (
            GLOSSARY.replace("see_also: [false match]", "see_also: [gone]"),
            "'gone', which is no term",
        ),
    ],
)
def test_a_bad_glossary_entry_is_named(text, says):
    with pytest.raises(nb.GlossaryError) as caught:
        glossary.read(text)
    assert says in str(caught.value)


def test_the_glossary_of_the_course_can_be_read():
    modules = [term.defined_in for term in nb.terms().values()]
    assert all(re.fullmatch(r"start-here|\d\d-[a-z0-9-]+", module) for module in modules)


def test_names_in_backticks_are_shown_as_code():
    note = nb.notes.Note(("Put numbers in place of `...`, a < b.",), heading="`fill`")
    assert "<code>...</code>, a &lt; b" in note._repr_html_()
    assert "<code>fill</code>" in note._repr_html_() and "`fill`" in repr(note)
    assert "rows of <code>conflicts</code>" in data.look("conflicts")._repr_html_()
