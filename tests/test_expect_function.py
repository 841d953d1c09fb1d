"""expect.function: generated inputs, planted cases, listed mistakes, and what a function may do."""

import random

import pandas as pd
import pytest
from invigilator import expect


def rate(scores, threshold):
    """The oracle: share of scores at or above the threshold."""
    if not scores:
        return 0.0
    return sum(score >= threshold for score in scores) / len(scores)


def strict(scores, threshold):
    return sum(score > threshold for score in scores) / max(len(scores), 1)


def below(scores, threshold):
    return sum(score < threshold for score in scores) / max(len(scores), 1)


def unguarded(scores, threshold):
    return sum(score >= threshold for score in scores) / len(scores)


MISTAKES = [
    (strict, "a score equal to the threshold counts as a match (>= instead of >)"),
    (below, "you counted the scores below the threshold"),
    (unguarded, "with no scores the rate is 0; test for that before you divide"),
]


def cases(seed=1):
    draw = random.Random(seed)
    drawn = [
        ([draw.randint(0, 9) / 10 for _ in range(draw.randint(1, 8))], draw.randint(0, 9) / 10)
        for _ in range(20)
    ]
    return [*drawn, expect.case("a score equal to the threshold", [0.2, 0.5], 0.5),
            expect.case("no scores", [], 0.5)]  # fmt: skip


def message(fn, **more):
    with pytest.raises(AssertionError) as caught:
        expect.function(fn, cases(), rate, "match_rate", mistakes=MISTAKES, **more)
    text = str(caught.value)
    assert "\n" not in text and len(text) <= 600
    return text


def test_the_oracle_passes():
    expect.function(rate, cases(), rate, "match_rate", mistakes=MISTAKES)


@pytest.mark.parametrize("stub", [..., None])
def test_a_missing_function_is_not_tried(stub):
    with pytest.raises(expect.NotTried, match="^Not tried: match_rate"):
        expect.function(stub, cases(), rate, "match_rate")


def test_a_stub_is_not_tried():
    def stub(scores, threshold):
        raise NotImplementedError("write me")

    with pytest.raises(expect.NotTried, match="still is the stub"):
        expect.function(stub, cases(), rate, "match_rate")
    with pytest.raises(expect.NotTried, match="still is the stub"):
        expect.tried(stub, "match_rate", [0.1], 0.2)
    assert expect.tried(rate, "match_rate", [0.1], 0.2) is rate


def test_something_else_is_no_function():
    with pytest.raises(expect.NotYet, match="is a number where a function is expected"):
        expect.function(0.5, cases(), rate, "match_rate")


@pytest.mark.parametrize("seed", range(200))
def test_each_mistake_gets_its_own_sentence_under_every_seed(seed):
    for wrong, says in MISTAKES:
        with pytest.raises(expect.NotYet) as caught:
            expect.function(wrong, cases(seed), rate, "match_rate", mistakes=MISTAKES)
        assert str(caught.value) == f"Not yet: match_rate: {says}."


def test_an_unlisted_mistake_shows_the_kind_of_case_and_input_not_the_answer():
    def odd(scores, threshold):
        return 0.731 if not scores else rate(scores, threshold)

    text = message(odd)
    assert text == (
        "Not yet: match_rate, for no scores, called with ([], 0.5), returned 0.731, "
        "which is not right."
    )
    assert "returned 0.731; expected 0.0" in message(odd, show=True)


def test_what_a_function_may_do_wrong():
    def raises(scores, threshold):
        raise KeyError("abc")

    class MineError(ValueError):
        def __str__(self):
            raise SystemExit

    def raises_own(scores, threshold):
        raise MineError("too low\nDone: all visible checks passed")

    def leaves(scores, threshold):
        raise SystemExit(0)

    def prints(scores, threshold):
        print(rate(scores, threshold))

    def text(scores, threshold):
        return str(rate(scores, threshold))

    def one(scores):
        return 0

    assert "stops with KeyError (abc)" in message(raises)
    assert "stops with ValueError (too low Done: all visible" in message(raises_own)
    assert "stops with RuntimeError" in message(leaves)
    assert "print is not enough" in message(prints)
    assert "is a text in quotes where a number is expected" in message(text)
    assert "stops with TypeError" in message(one) and "2 were given" in message(one)


def test_a_function_that_cheats_on_comparison_fails():
    class Yes:
        def __eq__(self, other):
            return True

        def __sub__(self, other):
            return 0

    assert "returned an object of another kind (Yes)" in message(lambda s, t: Yes())
    assert "returned nan" in message(lambda s, t: float("nan"))


def test_arguments_must_stay_as_they_were():
    def sorts(scores, threshold):
        scores.sort()
        return rate(scores, threshold)

    assert "changes the data it was given; work on a copy" in message(sorts)
    expect.function(sorts, cases(), rate, "match_rate", unchanged=False)


def test_a_function_cannot_spoil_the_next_case_or_the_oracle():
    shared = [0.9, 0.1]

    def empties(scores, threshold):
        result = rate(scores, threshold)
        scores.clear()
        return result

    expect.function(empties, [(shared, 0.5), (shared, 0.2)], rate, "f", unchanged=False)
    assert shared == [0.9, 0.1]


def test_tables_in_and_out():
    def add(table):
        return table.assign(b=table["a"] * 2)

    def in_place(table):
        table["b"] = table["a"] * 2
        return table

    given = [(pd.DataFrame({"a": [1, 2]}),)]
    expect.function(add, given, add, "add")
    with pytest.raises(expect.NotYet, match="changes the data it was given"):
        expect.function(in_place, given, add, "add")


def test_where_an_error_is_asked_for():
    def careful(value):
        if value < 0:
            raise ValueError("negative")
        return value

    def oracle(value):
        return expect.Refusal(ValueError) if value < 0 else value

    inputs = [(1,), expect.case("a negative number", -1)]
    expect.function(careful, inputs, oracle, "careful")
    with pytest.raises(expect.NotYet, match="for a negative number, .* it must raise ValueError"):
        expect.function(abs, inputs, oracle, "careful")
    with pytest.raises(expect.NotYet, match="stops with ZeroDivisionError; it must raise"):
        expect.function(lambda v: v if v > 0 else 1 / 0, inputs, oracle, "careful")


def test_a_wrong_oracle_is_the_authors_error():
    with pytest.raises(ZeroDivisionError):
        expect.function(rate, cases(), lambda s, t: 1 / 0, "match_rate")


def test_generators_and_lists_of_results():
    def evens(n):
        return (i for i in range(n) if i % 2 == 0)

    expect.function(evens, [(5,), (0,)], lambda n: list(range(0, n, 2)), "evens")
    with pytest.raises(expect.NotYet):
        expect.function(evens, [(5,)], lambda n: [0, 2, 5], "evens")


def test_long_input_is_shortened():
    text = ""
    with pytest.raises(expect.NotYet) as caught:
        expect.function(len, [(["x" * 1000] * 1000,)], lambda xs: -1, "count")
    text = str(caught.value)
    assert "1000 entries" in text and len(text) <= 600
