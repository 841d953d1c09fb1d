"""A student id makes the same data everywhere, and is compared with the folder it came from."""

import os
import subprocess
import sys

import pytest
from invigilator import expect
from realname import identity


@pytest.fixture
def grading():
    """Sets the submission under check, and takes it away again."""
    yield lambda **fields: expect.begin(fields)
    expect.begin(None)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("ada", "ada"), ("  Ada ", "ada"), ("ADA\tLovelace", "ada lovelace"), ("ａｄａ", "ada"),
        ("Straße", "strasse"), ("ada\u200b", "ada"), ("ﬁona", "fiona"), ("李雷", "李雷"),
        ("e\u0301va", "\u00e9va"), (20231234, "20231234"), ("ada\u00a0l", "ada l"),
        ("12345678", "12345678"), ("İpek", "i\u0307pek"),
    ],
)  # fmt: skip
def test_ids_have_one_form(typed, wanted):
    assert identity.normalise(typed) == wanted
    assert identity.normalise(wanted) == wanted


@pytest.mark.parametrize(
    "typed",
    ["", "   ", ..., None, "...", "your student id", "Your-Student-ID", "<student id>", "[id]",
     "TODO", "\u200b", "'student_id'"],
)  # fmt: skip
def test_a_placeholder_is_no_id(typed):
    with pytest.raises(expect.NotTried, match="^Not tried: your student id still is missing"):
        identity.normalise(typed)


@pytest.mark.parametrize("typed", [1.5, True, -3, ["ada"], {"a": 1}, b"ada", "x" * 5000])
def test_something_else_is_refused_in_one_sentence(typed):
    with pytest.raises(expect.NotYet, match="^Not yet: your student id [^\n]*$"):
        identity.normalise(typed)


def test_a_lying_text_is_refused():
    with pytest.raises(expect.NotYet):
        identity.normalise(16**5000)
    class Text(str):
        def __eq__(self, other):
            return True

        __hash__ = str.__hash__

    with pytest.raises(expect.NotYet):
        identity.normalise(Text("bob"))


def numbers(assignment="ps01", term="practice", student="ada"):
    return identity.rng(assignment, term, student).integers(0, 2**32, 4).tolist()


def test_same_id_same_data_other_id_other_data():
    assert numbers() == numbers() == numbers(student=" ADA ")
    others = [
        numbers(student="bob"), numbers(term="2027-1"), numbers("ps02"), numbers("ps0", "1practice")
    ]  # fmt: skip
    assert all(other != numbers() for other in others)
    many = {tuple(numbers(student=f"s{n}")) for n in range(300)}
    assert len(many) == 300


def test_the_data_of_an_id_is_pinned():
    """These numbers were written down once: if they change, every student's data changes."""
    assert numbers() == PINNED


PINNED = [2384267109, 2792081150, 3019097902, 336633046]


def test_another_process_with_another_hash_seed_makes_the_same_data():
    code = (
        "from realname import identity;"
        "print(identity.rng('ps01', 'practice', 'ada').integers(0, 2**32, 4).tolist())"
    )
    for seed in ("0", "1"):
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "INVIGILATOR_SUBMISSION": '{"seed": 99}'},
        )  # fmt: skip
        assert ran.stdout.strip() == str(numbers())


def test_no_secret_enters_a_variant(grading):
    before = numbers()
    grading(student="ada", roster=["ada"], seed=123456)
    assert numbers() == before


def test_default_id(monkeypatch):
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    assert identity.default_id() == ""
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert identity.default_id() == "ada"


def test_owner(grading):
    assert identity.owner("ada") == identity.require_own("ada") == "not grading"
    grading(student="Ada ", roster=["ada", "BOB"])
    assert identity.owner(" ADA") == "own"
    assert identity.owner("bob") == "other"
    assert identity.owner("eve") == identity.require_own("eve") == "unknown"
    with pytest.raises(expect.NotYet, match="is that of another student of this class"):
        identity.require_own("Bob")
    with pytest.raises(expect.NotTried):
        identity.require_own("")
    assert [text.split(" typed")[0] for text in expect.flags()] == [
        "For the person who marks: the student id 'eve'",
        "For the person who marks: the student id 'bob'",
    ]
    grading(student="ada", roster=None)
    assert expect.flags() == []
    assert identity.owner("ada") == "own"
    assert identity.owner("bob") == "unknown"
