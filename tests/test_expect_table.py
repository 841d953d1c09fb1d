"""expect.table and figures: columns, kinds, rows, and what is drawn, in plain words."""

import copy

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from invigilator import expect

WANTED = pd.DataFrame(
    {
        "report": ["000", "001", "002"],
        "price": [10.0, 0.002, np.nan],
        "faces": [1, 5000, 5000],
        "date": pd.to_datetime(["2019-12-01", "2019-12-02", "2019-12-03"]),
        "copy": [True, False, True],
    }
)


def said(given, wanted=WANTED, **more):
    with pytest.raises(AssertionError) as caught:
        expect.table(given, wanted, "the table", **more)
    return str(caught.value)


@pytest.mark.parametrize("key", [None, "report", ["report", "copy"]])
def test_right_tables_pass(key):
    expect.table(WANTED, WANTED, "the table", key=key, ordered=True)
    shuffled = WANTED.iloc[[2, 0, 1], [1, 0, 2, 4, 3]]
    expect.table(shuffled, WANTED, "the table", key=key)
    expect.table(WANTED.astype({"faces": float}), WANTED, "the table", key=key)
    expect.table(WANTED.astype({"faces": "Int64"}), WANTED, "the table", key=key)
    expect.table(WANTED.astype({"report": object}), WANTED, "the table", key=key)
    close = WANTED.assign(price=WANTED["price"] + 1e-12)
    expect.table(close, WANTED, "the table", key=key)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.drop(columns="faces"), "lacks the column 'faces'; it has 'report'"),
        (lambda t: t.assign(extra=1), "has the column 'extra', which was not asked for"),
        (lambda t: t.set_index("report"), "as row label, not as column; add .reset_index()"),
        (lambda t: t.astype({"faces": str}), "holds text in the column 'faces' where numbers"),
        (lambda t: t.assign(date=t["date"].astype(str)), "change it with pd.to_datetime"),
        (lambda t: t.assign(copy=["True", "False", "True"]), "True and False without quotes"),
        (lambda t: t.iloc[:2], "lacks the row for report '002'"),
        (lambda t: pd.concat([t, t.iloc[:1]]), "more than one row for report '000'"),
        (lambda t: t.replace({"report": {"002": "009"}}), "lacks the row for report '002'"),
        (
            lambda t: t.replace({"faces": {1: 2}}),
            "value in column 'faces' of the row for report '000': it is 2; expected 1",
        ),
        (lambda t: t.assign(price=[10.0, 0.002, 3]), "it is 3.0 where the cell stays empty"),
        (lambda t: pd.concat([t, t["copy"]], axis=1), "has the column 'copy' twice"),
        (lambda t: t.to_dict(), "is a dictionary"),
        (lambda t: t["faces"], "is a column (pandas Series) where a table"),
    ],
)
def test_wrong_tables_are_explained(change, says):
    assert says in said(change(WANTED.copy()), key="report")


def test_without_a_key_and_in_order():
    assert "has 2 rows; expected 3" in said(WANTED.iloc[:2])
    assert "has a row that does not belong there: {'report': '000'" in said(
        WANTED.replace({"faces": {1: 2}})
    )
    assert "in row 1, column 'report': it is '002'" in said(WANTED.iloc[::-1], ordered=True)
    assert "columns in another order" in said(WANTED[WANTED.columns[::-1]], ordered=True)
    assert "rows in another order" in said(WANTED.iloc[::-1], ordered=True, key="report")


def test_hidden_table_checks_say_nothing_of_what_was_wanted():
    secret = pd.DataFrame({"k": ["s731", "a"], "v": [731, 2]})
    for given in (
        pd.DataFrame({"k": ["x", "a"], "v": [1, 2]}),
        pd.DataFrame({"k": ["a"], "v": [2]}),
        pd.DataFrame({"k": ["a", "a"], "v": [2, 2]}),
        pd.DataFrame({"k": ["a", "s"]}),
    ):
        for key in (None, "k"):
            assert "731" not in said(given, secret, key=key, show=False)
    assert "lacks a column; it has 'k'" in said(
        pd.DataFrame({"k": ["a"]}), secret.rename(columns={"v": "v731"}), show=False
    )


def test_table_hints():
    hints = [
        (WANTED.replace({"faces": {5000: 1}}), "the bundle holds 5,000 faces"),
        (lambda rows: any(row["faces"] < 0 for row in rows), "a count cannot be negative"),
    ]
    assert "the bundle holds" in said(WANTED.replace({"faces": {5000: 1}}), hints=hints)
    assert "cannot be negative" in said(WANTED.replace({"faces": {1: -1}}), hints=hints)


def drawn():
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], [2.0, 4.0, 6.0], label="reports")
    axes.bar([1, 2], [5, 7], label="faces")
    axes.scatter([0, 1], [1, 0], label="points")
    axes.set(title="Five texts", xlabel="day", ylabel="texts (count)")
    axes.legend()
    plt.close(figure)
    return figure


def test_the_digest_of_a_figure_is_plain_and_is_read_back():
    figure = drawn()
    digest = expect.figure(figure)
    assert digest == expect.figure(digest) == expect.figure(figure.axes[0])
    panel = digest["axes"][0]
    assert panel["title"] == "Five texts"
    assert (panel["xlabel"], panel["ylabel"]) == ("day", "texts (count)")
    assert sorted(panel["legend"]) == ["faces", "points", "reports"]
    assert panel["lines"] == [{"label": "reports", "x": [1, 2, 3], "y": [2.0, 4.0, 6.0]}]
    assert panel["bars"][0]["heights"] == [5.0, 7.0]
    assert panel["points"][0]["x"] == [0.0, 1.0]

    def kinds(value):
        inside = value.values() if isinstance(value, dict) else value
        parts = set().union(*map(kinds, inside)) if isinstance(value, dict | list) else set()
        return {type(value)} | parts

    assert kinds(digest) <= {dict, list, str, int, float, bool, type(None)}


def test_checks_of_a_figure():
    for figure in (drawn(), expect.figure(drawn())):
        expect.labelled(figure, "the figure")
        expect.drawn(figure, "the figure", y=[2, 4, 6], x=[1, 2, 3])
        expect.drawn(figure, "the figure", y=[5, 7], kind="bars")
        expect.drawn(figure, "the figure", y=[1, 0], kind="points")
        with pytest.raises(expect.NotYet, match="the list is 2.0 in entry 1; expected 1"):
            expect.drawn(figure, "the figure", y=[1, 4, 6])
        with pytest.raises(expect.NotYet, match="cumulative"):
            expect.drawn(
                figure, "the figure", y=[1, 2, 2], hints=[([2, 4, 6], "draw it not cumulative")]
            )


def test_what_a_figure_lacks():
    empty, axes = plt.subplots()
    plt.close(empty)
    with pytest.raises(expect.NotYet, match="has no title"):
        expect.labelled(empty, "the figure")
    axes.set_title("a title")
    with pytest.raises(expect.NotYet, match="has no label on its x axis"):
        expect.labelled(empty, "the figure")
    with pytest.raises(expect.NotTried, match="no lines yet"):
        expect.drawn(empty, "the figure", y=[1])
    with pytest.raises(expect.NotTried, match="still holds the placeholder"):
        expect.figure(...)
    with pytest.raises(expect.NotYet, match="is a whole number where a figure is expected"):
        expect.figure(3)


def test_a_forged_digest_is_refused_not_believed():
    good = expect.figure(drawn())
    for path, junk in (
        (("title",), 3),
        (("axes",), {}),
        (("axes", 0), []),
        (("axes", 0, "title"), None),
        (("axes", 0, "lines"), "abc"),
        (("axes", 0, "lines", 0), {"label": "x"}),
        (("axes", 0, "legend", 0), 5),
        (("axes", 0, "bars", 0, "heights"), None),
    ):
        forged = copy.deepcopy(good)
        place = forged
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = junk
        with pytest.raises(expect.NotYet, match="where a figure is expected"):
            expect.figure(forged)


class Hostile:
    """Its `figure` raises what no check expects."""

    @property
    def figure(self):
        raise RuntimeError


def test_an_object_whose_figure_raises_is_no_figure():
    with pytest.raises(expect.NotYet, match="where a figure is expected"):
        expect.figure(Hostile())
