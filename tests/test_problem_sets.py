"""Every problem set: its form, its reference, its stub, and the wrong answers we expect."""

import re
from collections import Counter

import pytest
import yaml
from invigilator import expect
from support.exercises import Desk, wrong_answers
from support.notebooks import cells, course_file, lesson_of, problem_sets, rubric_file, without

KINDS = ("Reading", "Function", "Finding", "Judgement")
SEEDS = 200
DESKS = 20
IDS = 200

every_set = pytest.mark.parametrize("path", problem_sets(), ids=lambda path: path.stem)
every_wrong = pytest.mark.parametrize(
    ("path", "wrong"),
    [(path, wrong) for path in problem_sets() for wrong in wrong_answers(path)],
    ids=lambda value: getattr(value, "name", getattr(value, "stem", "")),
)


@pytest.fixture(autouse=True)
def no_submission():
    yield
    expect.begin(None)


@pytest.fixture(scope="module")
def desks():
    """Runs of the reference by student id, made once."""
    made = {}

    def desk(path, student):
        if (path, student) not in made:
            made[path, student] = Desk(path, student)
        return made[path, student]

    return desk


def checks_of(path):
    return [cell for cell in cells(path) if cell.grading.get("grade") and cell.kind == "code"]


def items(path):
    """(number, kind, points in the heading) of every question."""
    heads = re.findall(
        r"^## Question (\d+)\. .+ \((\w+), (.+)\)$",
        "\n".join(cell.source for cell in cells(path) if cell.kind == "markdown"),
        re.M,
    )
    return [
        (int(n), kind, sum(int(p) for p in re.findall(r"\d+", said))) for n, kind, said in heads
    ]


def points(path):
    """Points of every question, from its cells: automatic and by a person."""
    automatic, person = Counter(), Counter()
    for cell in cells(path):
        number = re.match(r"q(\d+)-", cell.id)
        meta = cell.grading
        if number and (meta.get("grade") or meta.get("task")):
            by_machine = meta.get("grade") and cell.kind == "code" and not meta.get("solution")
            (automatic if by_machine else person)[int(number[1])] += meta["points"]
    return automatic, person


# ---- form -------------------------------------------------------------------------------------
@every_set
def test_metadata_is_nbgraders_third_version(path):
    for cell in cells(path):
        meta = cell.grading
        if meta:
            assert meta["schema_version"] == 3, f"{cell.id}: schema_version 3"
            assert meta["grade_id"] == cell.id, f"{cell.id}: its grade_id must be its id"
            assert meta.get("locked") or meta["solution"], f"{cell.id}: lock what is no answer"


@every_set
def test_it_starts_with_setup_identity_and_own_data(path):
    named = [cell.id for cell in cells(path) if cell.grading][:3]
    assert named == ["setup", "student-id", "my-data"], f"first cells of code: {named}"


@every_set
def test_six_to_ten_items_of_all_kinds(path):
    found = items(path)
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1)), found
    assert 6 <= len(found) <= 10, f"{len(found)} items; a problem set has 6 to 10"
    assert {kind for _, kind, _ in found} == set(KINDS), "one item of each kind at least"


@every_set
def test_points_in_headings_are_those_of_the_cells(path):
    automatic, person = points(path)
    for number, _, said in items(path):
        have = automatic[number] + person[number]
        assert said == have, f"question {number}: the heading says {said}, its cells have {have}"
    total = sum(automatic.values()) + sum(person.values())
    assert 20 <= total <= 30, f"{total} points; a problem set has 20 to 30"


@every_set
def test_half_of_the_automatic_points_need_no_function(path):
    automatic, _ = points(path)
    functions = sum(automatic[number] for number, kind, _ in items(path) if kind == "Function")
    assert 2 * functions <= sum(automatic.values()), (
        f"{functions} of {sum(automatic.values())} automatic points need a function"
    )


@every_set
def test_text_cells_for_students_have_150_words_at_most(path):
    texts = {c.id: without(c.source, "MARK SCHEME") for c in cells(path) if c.kind == "markdown"}
    long = {name: len(text.split()) for name, text in texts.items() if len(text.split()) > 150}
    assert not long, f"shorten or split these text cells: {long}"


@every_set
def test_test_cells_can_run_apart_from_the_answers(path):
    for cell in checks_of(path):
        for word in (
            "get_ipython",
            "globals(",
            "monkeypatch",
            "inspect.",
            "__code__",
            "hypothesis",
        ):
            assert word not in cell.source, f"{cell.id}: leave out {word!r}"
        hidden = re.findall(r"### BEGIN HIDDEN TESTS\n(.*?)### END", cell.source, re.S)
        for part in hidden:
            assert "show=True" not in part, f"{cell.id}: a hidden test shows an expected value"
        kind = next(k for n, k, _ in items(path) if cell.id.startswith(f"q{n}-"))
        assert hidden or kind == "Judgement", f"{cell.id}: add hidden tests"


@every_set
def test_a_release_holds_no_solution(path):
    """The release as nbgrader makes it with the course's stub: no line of what was hidden."""
    released = "\n".join(
        without(without(without(c.source, "SOLUTION"), "HIDDEN TESTS"), "MARK SCHEME")
        for c in cells(path)
    )
    assert "BEGIN" not in released, "a region is not closed, or closed with another word"
    hidden = [
        line.strip()
        for cell in cells(path)
        for part in re.findall(r"### BEGIN [A-Z ]+\n(.*?)### END", cell.source, re.S)
        for line in part.splitlines()
    ]
    leaked = [line for line in hidden if len(line) > 30 and line in released]
    assert not leaked, f"stands in the release too: {leaked[0]}"


# ---- reference and stub -----------------------------------------------------------------------
@every_set
def test_the_reference_passes_for_200_students(path):
    full = {cell.id: cell.grading["points"] for cell in checks_of(path)}
    for number in range(IDS):
        desk = Desk(path, f"student {number}")
        for name, mark in desk.marks().items():
            assert mark.score == full[name], f"{name} for id 'student {number}': {mark.message}"
            assert "Done: " in mark.message and "all visible checks passed" in mark.message


@every_set
def test_the_reference_passes_in_a_students_kernel(path):
    desk = Desk(path, "ada")
    expect.begin(None)
    assert {mark.outcome for mark in desk.marks(hidden=False).values()} == {"done"}


@every_set
def test_the_untouched_release_is_not_tried(path):
    desk = Desk(path, "ada", stub=True)
    for name, mark in desk.marks().items():
        assert (mark.outcome, mark.score) == ("not tried", 0), f"{name}: {mark.message}"


@every_set
def test_same_id_same_data_other_id_other_data(path):
    def shown(student):
        names = Desk(path, student).names
        return [repr(value) for key, value in sorted(names.items()) if key in ("mine", "my")]

    assert shown("Ada") == shown(" ada ") != shown("bob")


@every_set
def test_anothers_id_earns_nothing_on_own_data(path):
    """The answers of ada, typed with ada's id, in the folder of bob."""
    desk = Desk(path, "ada")
    expect.begin(expect.Submission("bob", ("ada", "bob"), 0))
    marks = desk.marks()
    findings = [n for n, kind, _ in items(path) if kind == "Finding"]
    assert findings
    for number in findings:
        for name, mark in marks.items():
            if name.startswith(f"q{number}-"):
                assert mark.score == 0 and "another student" in mark.message


# ---- wrong answers ----------------------------------------------------------------------------
@every_set
def test_three_wrong_answers_an_exercise_each_with_its_message(path):
    listed = wrong_answers(path)
    answers = {cell.id.removesuffix("-test") for cell in checks_of(path)}
    counts = Counter(wrong.cell for wrong in listed)
    few = {cell: counts[cell] for cell in answers if counts[cell] < 3}
    assert not few, f"list at least three wrong answers in {rubric_file(path, '-answers')}: {few}"
    assert set(counts) <= answers, f"no such answer cell: {set(counts) - answers}"
    for cell in answers:
        says = [wrong.says for wrong in listed if wrong.cell == cell]
        assert len(set(says)) == len(says), f"{cell}: two wrong answers share a message"


@every_wrong
def test_wrong_answers_get_their_message_and_the_same_mark(path, wrong, desks):
    """200 seeds of hidden inputs, over 20 students' own data."""
    for seed in range(SEEDS):
        marks = desks(path, f"student {seed % DESKS}").with_answer(wrong, seed)
        assert marks, f"no test cell for {wrong.cell}"
        message = " ".join(mark.message for mark in marks.values())
        assert wrong.says in message, f"seed {seed}: it said: {message}"
        for name, mark in marks.items():
            assert mark.score == wrong.marks.get(name, 0), f"seed {seed}, {name}: {mark.message}"


# ---- what people mark -------------------------------------------------------------------------
@every_set
def test_the_rubric_has_criteria_and_three_graded_samples(path):
    _, person = points(path)
    tasks = {cell.id for cell in cells(path) if cell.grading.get("task")}
    tasks |= {c.id for c in cells(path) if c.grading.get("grade") and c.grading.get("solution")}
    rubric = yaml.safe_load(rubric_file(path).read_text(encoding="utf-8"))
    assert set(rubric) == tasks, f"the rubric is for {set(rubric)}, the notebook has {tasks}"
    for name, part in rubric.items():
        cell = next(c for c in cells(path) if c.id == name)
        worth = {c["name"]: c["points"] for c in part["criteria"]}
        assert sum(worth.values()) == cell.grading["points"], f"{name}: points of the criteria"
        assert len(part["samples"]) == 3, f"{name}: three graded samples"
        for sample in part["samples"]:
            given = sample["marks"]
            assert set(given) == set(worth), f"{name}: a mark for each criterion"
            assert all(0 <= given[c] <= worth[c] for c in worth), sample["label"]
            assert sample["text"] and sample["why"]
        totals = [sum(sample["marks"].values()) for sample in part["samples"]]
        assert len(set(totals)) > 1, f"{name}: samples of different quality"
        for criterion in worth:
            assert f"**{criterion.capitalize()}.**" in cell.source, (
                f"{name}: the mark scheme lacks {criterion!r}"
            )


@every_set
def test_outcomes_name_criteria_of_the_rubric(path):
    rubric = yaml.safe_load(rubric_file(path).read_text(encoding="utf-8"))
    known = {c["name"] for part in rubric.values() for c in part["criteria"]}
    named = {
        name
        for outcome in course_file("outcomes.yml")
        if outcome["module"] == lesson_of(path).stem
        for name in outcome.get("rubric", [])
    }
    assert named == known, f"outcomes.yml and the rubric differ: {named ^ known}"
