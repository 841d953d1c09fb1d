"""House rules for every lesson in course/. A message says what its author has to change."""

import json
import re
import statistics
from html.parser import HTMLParser

import pytest
from realname import data
from support.notebooks import (
    COURSE,
    REPOSITORY,
    RUBRICS,
    SOURCE,
    cells,
    course_file,
    lesson_of,
    lessons,
    modules,
    problem_sets,
    reached_out,
    run,
)

every_lesson = pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
every_module = pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
every_set = pytest.mark.parametrize("path", problem_sets(), ids=lambda path: path.stem)
# cells, words of text: least and most
LIMITS = {"start-here": ((15, 30), (400, 900))}
MODULE_LIMITS = ((25, 45), (900, 1800))
RUN_SHEETS = ("50 minutes", "90 minutes", "120 minutes", "Wrong turns", "Discussion")
TEACHING = (*RUN_SHEETS, "Sample answers", "Oral check")


def texts(path):
    return [cell for cell in cells(path) if cell.kind == "markdown"]


def codes(path):
    return [cell for cell in cells(path) if cell.kind == "code"]


# ---- the file ---------------------------------------------------------------------------------
@pytest.mark.parametrize("path", lessons() + problem_sets(), ids=lambda path: path.stem)
def test_the_file_has_no_outputs_and_readable_ids(path):
    raw = json.loads(path.read_text(encoding="utf-8"))
    assert raw["metadata"]["kernelspec"]["name"] == "python3", "set the kernelspec to python3"
    for cell in raw["cells"]:
        assert not cell.get("outputs"), f"clear the output of cell {cell['id']!r}"
        assert cell.get("execution_count") is None, f"clear the count of cell {cell['id']!r}"
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", cell["id"]), (
            f"give cell {cell['id']!r} a readable id in small letters, such as 'price-run'"
        )
        assert not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", cell["id"]), (
            f"cell {cell['id']!r} has a machine-made id; give it a readable one"
        )
    ids = [cell["id"] for cell in raw["cells"]]
    assert len(set(ids)) == len(ids), "two cells share an id"


# ---- style ------------------------------------------------------------------------------------
@every_lesson
def test_length(path):
    (fewest, most), (least, words_most) = LIMITS.get(path.stem, MODULE_LIMITS)
    number, words = len(cells(path)), sum(cell.words for cell in texts(path))
    assert fewest <= number <= most, f"{number} cells; keep to {fewest} to {most}, or split"
    assert least <= words <= words_most, f"{words} words; keep to {least} to {words_most}"


@every_lesson
def test_text_cells_are_short(path):
    long = {cell.id: cell.words for cell in texts(path) if cell.words > 150}
    assert not long, f"shorten these text cells to 150 words: {long}"
    median = statistics.median(cell.words for cell in texts(path))
    assert median <= 50, f"the median text cell has {median} words; bring it to 50"


@every_lesson
def test_code_cells_are_short(path):
    for cell in codes(path):
        assert len(cell.lines) <= 15, f"cell {cell.id}: move lines over 15 into the library"
        wide = [line for line in cell.lines if len(line) > 88]
        assert not wide, f"cell {cell.id}: break this line at 88 characters: {wide[0]}"
    median = statistics.median(len(cell.lines) for cell in codes(path))
    assert median <= 4, f"the median code cell has {median} lines; bring it to 4"


@every_lesson
def test_code_cells_neither_define_helpers_nor_install(path):
    for cell in codes(path):
        body = re.search(r"^def (\w+).*?(?=^\S|\Z)", cell.source, re.S | re.M)
        assert not body or len(body[0].splitlines()) <= 6, (
            f"cell {cell.id}: move {body[1]} into realname"
        )
        assert not re.search(r"^[!%]", cell.source, re.M), f"cell {cell.id}: no magics, no !pip"


@every_lesson
def test_prose_is_calm(path):
    for cell in texts(path):
        prose = re.sub(r"```.*?```|`[^`]*`|!\[|<!--.*?-->", "", cell.source, flags=re.S)
        assert "!" not in prose, f"cell {cell.id}: no exclamation marks"
        emoji = re.search(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]", prose)
        assert not emoji, f"cell {cell.id}: say {emoji[0]!r} in words"


# ---- order ------------------------------------------------------------------------------------
@every_lesson
def test_title_is_the_only_first_heading_and_asks_one_question(path):
    found = [cell.id for cell in texts(path) if re.search(r"^# ", cell.source, re.M)]
    assert found == [cells(path)[0].id], f"one '# ' heading, in the first cell; found in {found}"
    assert "?" in cells(path)[0].source, "ask one question from practice under the title"


@every_lesson
def test_card_and_setup(path):
    card = cells(path)[1]
    assert card.id == "card", "the second cell is the card, with id 'card'"
    for word in ("You can", "**Needs:**", "**Minutes:**", "**Data:**"):
        assert word in card.source, f"the card lacks {word}"
    imports = [cell.id for cell in codes(path) if re.search(r"^(from|import) ", cell.source, re.M)]
    assert imports == ["setup"], f"import in one cell with id 'setup'; imports stand in {imports}"


@every_module
def test_sections_stand_in_the_fixed_order(path):
    assert "Law as checked on" in cells(path)[1].source, "the card lacks 'Law as checked on'"
    heads = [line for cell in texts(path) for line in cell.lines if line.startswith("## ")]
    numbered = [head for head in heads if re.match(r"## \d\. ", head)]
    assert 3 <= len(numbered) <= 5, f"3 to 5 numbered sections; found {len(numbered)}"
    after = heads[len(numbered) :]
    assert heads[: len(numbered)] == numbered, "numbered sections come first"
    assert after == ["## What a lawyer asks, what an engineer asks", "## Recap", "## Sources"], (
        f"after the sections: lawyer and engineer, recap, sources; found {after}"
    )
    asks = next(cell.source for cell in texts(path) if "What a lawyer asks" in cell.source)
    for who in ("A lawyer asks", "An engineer asks"):
        part = next((p for p in asks.split("\n\n") if who in p), "")
        assert part.count("?") == 3, f"'{who}' holds three questions; found {part.count('?')}"


@every_module
def test_there_is_one_pair_task(path):
    pairs = [cell for cell in texts(path) if "**Pair task" in cell.source]
    assert len(pairs) == 1, "one cell with '**Pair task.**'"
    assert pairs[0].source.count("<details>") == 2, "each of the pair holds one half, in <details>"


@every_module
def test_every_prediction_is_compared_and_plotted(path):
    source = "\n".join(cell.source for cell in codes(path))
    asked = re.findall(r'\bpredict\(\s*"([^"]+)"', source)
    shown = re.findall(r'\bcompare\(\s*"([^"]+)"', source)
    assert len(asked) >= 2, "a lesson asks for at least two predictions"
    assert sorted(asked) == sorted(shown), f"predict and compare differ: {asked} and {shown}"
    for name in asked:
        assert source.index(f'predict("{name}"') < source.index(f'compare("{name}"'), name
    assert "predictions.show()" in source, "the recap plots the predictions"


@every_module
def test_no_passage_is_shared_with_the_problem_set(path):
    mine = running_words(path)
    theirs = {
        run_
        for other in problem_sets()
        if lesson_of(other) == path
        for run_ in runs_of(running_words(other), 40)
    }
    shared = theirs & runs_of(mine, 40)
    assert not shared, f"40 words shared with the problem set: {next(iter(shared), '')}"


def running_words(path):
    return re.findall(r"\w+", " ".join(cell.source for cell in cells(path)).casefold())


def runs_of(words, length):
    return {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}


# ---- run --------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Each lesson run once, in a kernel without network."""
    done = {}

    def result(path):
        if path not in done:
            folder = tmp_path_factory.mktemp(path.stem)
            done[path] = (run(path, folder), reached_out(folder))
        return done[path]

    return result


@every_lesson
def test_runs_clean_without_network(results, path):
    notebook, reached = results(path)
    assert not reached, f"a lesson uses no network; it tried {reached}"
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("evalue") or output.get("text")
            assert output.get("name") != "stderr", f"cell {cell.id} warns: {text}"
            untried = "raises-exception" in cell.metadata.get("tags", [])
            allowed = untried and output.get("ename") == "NotTried"
            assert output.output_type != "error" or allowed, f"cell {cell.id} fails: {text}"


@every_lesson
def test_one_visible_result_a_cell(results, path):
    for cell in results(path)[0].cells:
        shown = [o for o in cell.get("outputs", []) if o.output_type != "error"]
        assert len(shown) <= 1, f"cell {cell.id} shows {len(shown)} results; split it"


class Images(HTMLParser):
    def __init__(self):
        super().__init__()
        self.alts = []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.alts.append(dict(attrs).get("alt", ""))


def images(notebook):
    """(cell id, alt text or None for a bare picture) of every figure of a run notebook."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            bundle = output.get("data", {})
            parser = Images()
            parser.feed("".join(bundle.get("text/html", "")))
            yield from ((cell.id, alt) for alt in parser.alts)
            if "image/png" in bundle or "image/svg+xml" in bundle:
                yield cell.id, None


@every_lesson
def test_every_figure_has_alt_text(results, path):
    for name, alt in images(results(path)[0]):
        assert alt and len(alt) >= 20, (
            f"cell {name}: show the figure with realname.notebook.accessible and alt text"
        )


@every_module
def test_a_module_has_two_figures(results, path):
    found = list(images(results(path)[0]))
    assert len(found) >= 2, f"{len(found)} figures; a module shows at least two"


def test_the_network_really_is_refused(tmp_path):
    import nbformat

    for number, line in enumerate(["socket.create_connection(('192.0.2.1', 80), 2)",
                                   "socket.gethostbyname('example.org')"]):  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(f"import socket\n{line}", id="out")]
        )
        nbformat.write(notebook, folder / "out.ipynb")
        output = run(folder / "out.ipynb", folder).cells[0].outputs[0]
        assert "runs without network" in output.evalue
        assert reached_out(folder)


# ---- outcomes, glossary, authorities ----------------------------------------------------------
def graded_items(path):
    """Points by answer cell: each test cell is named after the answer it checks."""
    found = {}
    for cell in cells(path):
        if cell.grading.get("grade") and cell.id.endswith("-test"):
            found[cell.id.removesuffix("-test")] = cell.grading["points"]
    return found


def test_each_outcome_stands_once_and_names_a_notebook():
    outcomes = course_file("outcomes.yml")
    for field in ("id", "text"):
        values = [outcome[field] for outcome in outcomes]
        assert len(set(values)) == len(values), f"an outcome's {field} stands twice"
    names = {path.stem for path in lessons()}
    lost = [o["id"] for o in outcomes if o["module"] not in names]
    assert not lost, f"these outcomes name no notebook of the course: {lost}"


@every_lesson
def test_outcomes_trace_to_card_and_sections(path):
    mine = [o for o in course_file("outcomes.yml") if o["module"] == path.stem]
    fewest = 2 if path in modules() else 1
    assert fewest <= len(mine) <= 4, f"{path.stem} has {len(mine)} outcomes in outcomes.yml"
    card = " ".join(cells(path)[1].source.split())
    ids = {cell.id for cell in texts(path)}
    for outcome in mine:
        assert outcome["text"] in card, f"the card does not hold the outcome {outcome['id']}"
        lost = set(outcome["sections"]) - ids
        assert outcome["sections"] and not lost, f"{outcome['id']}: no text cell {lost}"


@every_set
def test_outcomes_trace_to_exercises_and_back(path):
    items = graded_items(path)
    mine = [o for o in course_file("outcomes.yml") if o["module"] == lesson_of(path).stem]
    named = {item for o in mine for f in ("reading", "function", "also") for item in o.get(f, [])}
    assert named == set(items), f"outcomes.yml and the problem set differ: {named ^ set(items)}"
    for outcome in mine:
        points = [sum(items[i] for i in outcome[f]) for f in ("reading", "function")]
        assert points[0] == points[1] > 0, (
            f"{outcome['id']}: the Reading path earns {points[0]}, the Function path {points[1]}"
        )


def course_text():
    """(notebook, cell) in the order in which a student reads."""
    return [(path.stem, cell) for path in lessons() for cell in cells(path)]


@pytest.mark.parametrize("entry", course_file("glossary.yml"), ids=lambda entry: entry["name"])
def test_terms_are_explained_where_they_are_first_used(entry):
    """The card announces a term before the lesson explains it; it does not count as use."""
    forms = [entry["name"], *entry.get("forms", [])]
    plain = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, forms))})(?![\w-])", re.I)
    use = [
        (stem, cell)
        for stem, cell in course_text()
        if cell.kind == "markdown" and cell.id != "card" and plain.search(_prose(cell.source))
    ]
    assert use, f"no notebook uses the term {entry['name']!r}"
    assert use[0][0] == entry["defined_in"], (
        f"{entry['name']!r} is first used in {use[0][0]}; glossary.yml says {entry['defined_in']}"
    )
    order = [cell for stem, cell in course_text() if stem == entry["defined_in"]]
    explained = [
        number
        for number, cell in enumerate(order)
        if any(f"**{f}**" in cell.source or f'term("{f}")' in cell.source for f in forms)
    ]
    first = order.index(use[0][1])
    assert explained and explained[0] <= first + 1, (
        f"set {entry['name']!r} in bold, or show it with term(…), in cell {use[0][1].id!r}"
    )


def _prose(source):
    return re.sub(r"`[^`]*`|^# .*$", "", source, flags=re.M)


@every_module
def test_terms_shown_are_in_the_glossary(path):
    known = {f for e in course_file("glossary.yml") for f in (e["name"], *e.get("forms", []))}
    asked = set(re.findall(r'\bterm\("([^"]+)"', " ".join(c.source for c in codes(path))))
    assert asked <= known, f"add to glossary.yml: {asked - known}"


@pytest.mark.parametrize("path", lessons() + problem_sets(), ids=lambda path: path.stem)
def test_every_authority_cited_exists(path):
    known = set(data.load("instruments")["id"])
    heads = "|".join(sorted({name.split("-")[0] for name in known}))
    cited = {
        (cell.id, name)
        for cell in cells(path)
        for name in re.findall(rf"(?<![\w-])(?:{heads})-(?:\d{{4}}-)?[a-z0-9-]+", cell.source)
        if re.search(r"-\d{4}-", name)
    }
    lost = sorted(pair for pair in cited if pair[1] not in known)
    assert not lost, f"not in data/law/instruments.csv: {lost}"


# ---- what stands around a lesson --------------------------------------------------------------
def test_the_map_lists_what_exists_and_nothing_else():
    text = (COURSE / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)#]+)\)", text))
    lost = [link for link in linked if "://" not in link and not (COURSE / link).exists()]
    assert not lost, f"course/README.md links to files that are not there: {lost}"
    missing = [path.name for path in lessons() if path.name not in linked]
    assert not missing, f"list in course/README.md: {missing}"
    for path in modules():
        number = path.stem[:2]
        question = cells(path)[0].source.split("**")[1]
        assert f"| {number} " in text, f"course/README.md: a row for module {number}"
        assert question.split("?")[0].split(".")[-1].strip()[:20], "the title asks a question"


@every_module
def test_teaching_notes_are_complete(path):
    notes = COURSE / "teaching" / f"{path.stem}.md"
    assert notes.is_file(), f"write {notes.relative_to(REPOSITORY)}"
    heads = re.findall(r"^## (.+)$", notes.read_text(encoding="utf-8"), re.M)
    for part in TEACHING:
        assert any(part in head for head in heads), f"{notes.name} lacks a section '{part}'"


@every_module
def test_run_sheets_add_up(path):
    text = (COURSE / "teaching" / f"{path.stem}.md").read_text(encoding="utf-8")
    for minutes in (50, 90, 120):
        part = re.search(rf"^## [^\n]*{minutes} minutes.*?(?=^## |\Z)", text, re.S | re.M)[0]
        rows = [int(n) for n in re.findall(r"^\| (\d+) \|", part, re.M)]
        assert sum(rows) == minutes, f"the run sheet for {minutes} minutes adds up to {sum(rows)}"


@every_module
def test_a_module_has_its_problem_set_and_rubric(path):
    name = f"ps{path.stem}"
    assert (SOURCE / name / f"{name}.ipynb").is_file(), f"write assignments/source/{name}"
    for tail in ("", "-answers"):
        file = RUBRICS / f"ps{path.stem[:2]}{tail}.yml"
        assert file.is_file(), f"write {file.relative_to(REPOSITORY)}"
