"""An argument as a form: model answers for both sides pass, flawed ones get the right sentence."""

import json
import time
from itertools import product

import pandas as pd
import pytest
from invigilator import expect
from realname import data
from realname.law import argument_checks as checks
from realname.law import argument_numbers as numbers
from realname.law.argument import Argument, ArgumentError, Authority, check, read, read_date

TABLE = checks.sources(
    instruments=pd.DataFrame(
        {
            "id": ["notice-2019", "law-2021", "rule-2013", "draft"],
            "title_en": ["Notice", "Law", "Rule", "Draft"],
            "in_force": ["2019-12-01", "2021-11-01", "2013-09-01", None],
            "repealed": [None, None, "2019-06-30", None],
        }
    ),
    reports=pd.DataFrame(
        {
            "report": ["000", "002", "003"],
            "presents_itself_as": ["a", "b", "c"],
            "published": ["2019-12-01", "2019-12-02", "2020-03-05"],
        }
    ),
    passages=pd.DataFrame(
        {"report": ["000"] * 9 + ["002"] * 12, "paragraph": [*range(1, 10), *range(1, 13)]}
    ),
)
FACTS = ["copy", "swapped words", "court file", "price"]
FIGURES = {"q6-price": 0.002, "q1-witnesses": 3, "q9-shares": [0.6, 0.25]}
GIVEN = {"authorities": TABLE, "day": "2019-12-04", "figures": FIGURES, "facts": FACTS}

ONE_SIDE = {
    "issue": "May the court take the second report as proof of where the park lies?",
    "rule": ["002, paragraph 4, 2019-12-04", "notice-2019, Article 3, 2019-12-04"],
    "facts": ["copy", "swapped words"],
    "in_favour": "The text is close to the day of the event and it was printed by two outlets; a "
    "price of [q6-price] 0.002 yuan shows that its figures can be traced.",
    "against": "A machine exchanged its words for synonyms, so a place name may be damaged, and "
    "only [q1-witnesses] 3 witnesses stand behind all texts.",
    "conclusion": "It should not be taken: the exchanged synonyms touch the very name in dispute, "
    "and being close to the day does not mend that.",
    "would_change": "A first version of the source from the same week that has the same place.",
}
OTHER_SIDE = {
    **ONE_SIDE,
    "conclusion": "It may be taken, with care: that synonyms were exchanged damages adjectives and "
    "titles, while names of cities are rarely exchanged, so the early date prevails.",
    "would_change": "A list of the exchanged words that shows a city among them.",
}
SWAPPED = {
    **OTHER_SIDE,
    "in_favour": ONE_SIDE["against"],
    "against": ONE_SIDE["in_favour"],
    "conclusion": "It should not be taken, although two outlets printed it close to the day of the "
    "event: neither of them looked for itself.",
}


@pytest.mark.parametrize("fields", [ONE_SIDE, OTHER_SIDE, SWAPPED], ids=["no", "yes", "swapped"])
def test_model_answers_of_either_side_pass(fields):
    assert check(Argument(**fields), **GIVEN) == []
    expect.clear(check(read(dict(fields)), **GIVEN), "your argument")


FLAWED = {
    "missing field": ({"would_change": ""}, "Your answer to what would change it is missing"),
    "no rule": ({"rule": []}, "Your rule is missing: write the authorities"),
    "too short": ({"against": "It is a copy."}, "Your points against have 4 words: write at least"),
    "filler": ({"against": "bla " * 14}, "Your points against have filler in place of words"),
    "letters": ({"conclusion": "a b c d e f g h i j k l m"}, "has filler in place of words"),
    "too long": (
        {"issue": " ".join(map("".join, product("abcdefghij", "klmnop", "qrstuvw")))},
        "has 420 words: keep to 400",
    ),
    "unknown authority": ({"rule": ["notice-2018, Article 3, 2019-12-04"]}, "(near: notice-2019"),
    "no pinpoint": ({"rule": ["notice-2019,, 2019-12-04"]}, "has no pinpoint: name the article"),
    "no such paragraph": ({"rule": ["002, paragraph 40, 2019-12-04"]}, "has no 'paragraph 40'"),
    "no date": ({"rule": ["notice-2019, Article 3"]}, "has no date: write the day"),
    "bad date": ({"rule": [("notice-2019", "Article 3", "2019-13-40")]}, "the date '2019-13-40'"),
    "law of a later date": (
        {"rule": ["law-2021, Article 26, 2019-12-04"]},
        "law-2021 was not yet in force on 2019-12-04 (in force from 2021-11-01)",
    ),
    "right law, own date moved": (
        {"rule": ["law-2021, Article 26, 2022-01-01"]},
        "law-2021 was not yet in force on 2019-12-04",
    ),
    "repealed": (
        {"rule": ["rule-2013, Article 6, 2019-12-04"]},
        "rule-2013 was no longer in force on 2019-12-04 (repealed from 2019-06-30)",
    ),
    "draft": ({"rule": ["draft, Article 1, 2019-12-04"]}, "no day of entry into force"),
    "report not out yet": (
        {"rule": ["003, paragraph 1, 2019-12-04"]},
        "The report 003 appeared on 2020-03-05, after 2019-12-04",
    ),
    "number from nowhere": (
        {"in_favour": ONE_SIDE["in_favour"] + " It was printed 17 times."},
        "The number 17 in your points in favour comes from nowhere",
    ),
    "wrong number": (
        {"in_favour": ONE_SIDE["in_favour"].replace("0.002", "0.2")},
        "The number 0.2 in your points in favour is not what [q6-price] gives",
    ),
    "number of another item": (
        {"in_favour": ONE_SIDE["in_favour"].replace("[q6-price]", "[q7-price]")},
        "cites [q7-price], which is no item of yours",
    ),
    "one-sided": (
        {"against": ONE_SIDE["in_favour"]},
        "Your points in favour and your points against say the same",
    ),
    "same but one word": (
        {"against": ONE_SIDE["in_favour"].replace("is close", "is not close")},
        "Your points in favour and your points against say the same",
    ),
    "fact of another case": ({"facts": ["copy", "school gate"]}, "'school gate' is not of this"),
    "one fact": ({"facts": ["copy"]}, "You use 1 of the facts: build on at least 2"),
    "one fact twice": ({"facts": ["copy", "copy"]}, "You use 1 of the facts"),
    "conclusion answers nothing": (
        {"conclusion": "It may be taken because it appeared early, near the day, in two outlets."},
        "Your conclusion answers no point against",
    ),
}


@pytest.mark.parametrize("name", FLAWED)
@pytest.mark.parametrize("base", [ONE_SIDE, OTHER_SIDE], ids=["no", "yes"])
def test_a_flawed_answer_gets_the_right_sentence_on_either_side(name, base):
    change, says = FLAWED[name]
    found = check(Argument(**{**base, **change}), **GIVEN)
    assert any(says in text for text in found), found
    assert len(found) == 1 or name in ("one-sided", "same but one word", "letters"), found
    assert all("\n" not in text and text.endswith(".") and len(text) < 400 for text in found)
    with pytest.raises(expect.NotYet, match="^Not yet: your argument: "):
        expect.clear(found, "your argument")


@pytest.mark.parametrize(
    "text",
    [
        "On 1 December 2019 and December 1, 2019, in 2019-12, since 2013 and 2019-12-01.",
        "Article 16(2), Articles 3 and 4, Art. 5, § 7, paragraph 12, paras 1-3, No. 3.",
        "Reports 2 and 3; 002 and 003 differ from 000; C-205/21 and case 12; the 1st and 22nd; 5G.",
        "notice-2019 applies and the text [q1-witnesses] is cited without a number.",
        "(1) first point, (2) second point",
        "1. first point\n2. second point",
        "The price is [q6-price] 0.002 yuan.",
        "[q6-price] about 0.002",
        "0.002 yuan a face [q6-price] and 3 witnesses [q1-witnesses]",
        "A share of [q9-shares] 60% or 25 per cent [q9-shares], or [q9-shares] 0.25",
        "[q6-price]: 0.2%",
    ],
)
def test_numbers_that_need_no_source_or_have_it(text):
    found = numbers.numbers_cited(Argument(issue=text), FIGURES, [*TABLE, *FACTS])
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "It cost 10 yuan.", "5,000 faces", "a share of 12%", "3.5 times", "800 million people",
        "2000 faces were sold", "[q6-price] 0.003", "[q6-price] 0.0", "[q1-witnesses] 4",
        "[q6-price] 0.002 and then 17", "0.5 [nothing]", "[q9-shares] 61%", "-3 degrees",
        "[q1-witnesses] is far away from all of this 3",
    ],
)  # fmt: skip
def test_numbers_that_lack_it(text):
    assert len(numbers.numbers_cited(Argument(issue=text), FIGURES, [*TABLE, *FACTS])) == 1


@pytest.mark.parametrize(
    ("written", "value", "wanted"),
    [
        ("0.002", 0.002, True), ("0.0020", 0.00198, True), ("0.00", 0.002, False),
        ("0", 0, True), ("33%", 1 / 3, True), ("0.33", 1 / 3, True), ("30%", 1 / 3, False),
        ("5,000", 5000, True), ("800 million", 8e8, True), ("−3", -3, True), ("3", "x", False),
        ("3", float("nan"), False), ("3", None, False), ("1", 1.049, True), ("1", 1.4, False),
        ("12", [3, 12], True),
    ],
)  # fmt: skip
def test_equals_allows_rounding_and_no_more(written, value, wanted):
    assert numbers.equals(written, value) is wanted


def test_the_form_forgives_how_it_is_filled_in():
    form = Argument(
        rule="002, paragraph 4, 4 December 2019; notice-2019, Article 3, December 4, 2019",
        facts="copy, swapped words",
        against=["one point", "another"],
        **{"for": "a point"},
    )
    assert form.rule == (
        Authority("002", "paragraph 4", "4 December 2019"),
        Authority("notice-2019", "Article 3", "December 4, 2019"),
    )
    assert form.facts == ("copy", "swapped words") and form.in_favour == "a point"
    assert form.against == "one point\nanother"
    for rule in (
        ["002", "paragraph 4", "2019-12-04"],
        ("002", "paragraph 4", "2019-12-04"),
        [("002", "paragraph 4", "2019-12-04")],
        {"id": "002", "pinpoint": "paragraph 4", "date": "2019-12-04"},
        [{"id": "002", "pinpoint": "paragraph 4", "date": "2019-12-04"}],
        Authority("002", "paragraph 4", "2019-12-04"),
        "002 | paragraph 4 | 2019-12-04",
    ):
        assert Argument(rule=rule).rule == (Authority("002", "paragraph 4", "2019-12-04"),)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"reasons": "x"}, "The form has no field 'reasons'"),
        ({"isue": "x"}, "did you mean 'issue'?"),
        ({"issue": 5}, "Your issue must be a text in quotes; it is int"),
        ({"rule": [5]}, "An authority is a text such as"),
        ({"rule": [{"article": 5}]}, "not 'article'"),
        ({"facts": [5]}, "Your facts must be a text in quotes"),
    ],
)
def test_a_form_that_does_not_fit_says_so_in_one_sentence(fields, says):
    with pytest.raises(ArgumentError) as caught:
        Argument(**fields)
    assert says in str(caught.value) and caught.value._render_traceback_() == [str(caught.value)]
    with pytest.raises(expect.NotYet, match="^Not yet: your argument: "):
        read(fields)


def test_it_crosses_as_plain_data():
    form = Argument(**ONE_SIDE)
    assert Argument(**json.loads(json.dumps(form.as_dict()))) == form
    assert read(form.as_dict()) == read(form) == form
    assert Argument(**{name: getattr(form, name) for name in form.as_dict()}) == form


@pytest.mark.parametrize("stub", [..., None, {}, Argument(), Argument(issue="..."), {"issue": ...}])
def test_an_empty_form_is_not_tried(stub):
    with pytest.raises(expect.NotTried, match="your argument still holds the placeholder"):
        read(stub)


class Sneaky(Argument):
    """A subclass that could bring its own behaviour."""


@pytest.mark.parametrize("given", [5, "text", [1], Sneaky(**ONE_SIDE), {5: "x"}, object()])
def test_only_the_form_itself_is_read(given):
    with pytest.raises(expect.NotYet):
        read(given)


def test_texts_of_a_lying_type_are_refused():
    class Text(str):
        def __len__(self):
            return 10_000

    with pytest.raises(expect.NotYet, match="must be a text in quotes"):
        read({"issue": Text("x")})


@pytest.mark.parametrize(
    "fields",
    [
        {"issue": "[" * 1_000_000},
        {"issue": "1 " * 500_000},
        {"in_favour": "a" * 5_000_000},
        {"rule": ["x" * 9_000 + ", p, 2019-12-04"] * 5_000},
        {"facts": [f"f{n}" for n in range(100_000)]},
        {"against": "[a] 1 " * 1_600, "issue": "[" * 9_999, "conclusion": "1" * 9_999},
    ],
)
def test_outsized_forms_are_refused_in_time(fields):
    started = time.process_time()
    found = check(read(fields), **GIVEN)
    assert found and all(len(text) < 1000 for text in found)
    assert time.process_time() - started < 3


def test_chinese_answers_count_as_words():
    text = "运营商在实体渠道采取人像比对技术措施是否符合当时有效的规定"
    assert len(checks.words(text)) >= 12
    form = Argument(**{**ONE_SIDE, "issue": text})
    assert check(form, **GIVEN) == []


def test_the_form_is_shown_as_a_table_and_escaped():
    shown = Argument(issue="<script>alert(1)</script>", rule="002, p, 2019-12-04")._repr_html_()
    assert "<script>" not in shown and '<th scope="row">issue</th>' in shown
    assert "002, p, 2019-12-04" in shown


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2019-12-01", "2019-12-01"), ("1 December 2019", "2019-12-01"),
        ("1 Dec 2019", "2019-12-01"),
        ("December 1, 2019", "2019-12-01"), ("31 February 2019", None), ("soon", None),
        ("2019", None), ("December 2019", None), ("1 Decibel 2019", "2019-12-01"),
    ],
)  # fmt: skip
def test_dates(text, wanted):
    assert str(read_date(text)) == str(wanted)


def test_articles_are_those_that_stood_on_the_day():
    known = checks.sources(
        instruments=pd.DataFrame({"id": ["a", "b"], "in_force": ["2010-01-01"] * 2}),
        provisions=pd.DataFrame(
            {
                "instrument": ["a"] * 4,
                "article": ["13", "13(2)", "20", "21(1)"],
                "since": ["2010-01-01", "2010-01-01", "2010-01-01", "2018-06-01"],
                "until": [None, None, "2015-01-01", None],
            }
        ),
    )

    def said(pinpoint, day="2019-12-01", name="a"):
        return checks.authorities_hold(Argument(rule=[(name, pinpoint, day)]), known)

    for right in ("Article 13", "13(2)", "Art. 13(1)(3)", "article 21", "Articles 13 and 21(1)"):
        assert said(right) == []
    assert said("Article 99", name="b") == []  # of which the table has no article
    assert "The tables have no 'Article 99' of a" in said("Article 99")[0]
    assert "The tables have no 'the whole law' of a" in said("the whole law")[0]
    assert "article 20 of a did not stand in this form on 2019-12-01" in said("Article 20")[0]
    assert said("Article 20", "2012-01-01") == []
    assert "article 21 of a did not stand" in said("Article 21", "2012-01-01")[0]


def test_the_tables_of_the_course_are_authorities():
    known = checks.sources(reports=data.load("reports"), passages=data.load("passages"))
    assert set(known) == {"000", "001", "002", "003", "004"}
    assert all(source.start is not None and source.pinpoints for source in known.values())
    form = Argument(rule=["002, paragraph 3, 2020-01-01"])
    assert checks.authorities_hold(form, known) == []
    assert checks.authorities_hold(Argument(rule=["002, paragraph 300, 2020-01-01"]), known)
    laws = checks.sources(data.load("instruments"), provisions=data.load("provisions"))
    form = Argument(rule=["cn-2003-idlaw, Article 13, 2019-12-01"])
    assert checks.authorities_hold(form, laws) == []
