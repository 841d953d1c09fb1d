"""The reports as evidence: tables that agree with each other and with the texts, and no copying."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import networkx
import pandas as pd
import pytest
from realname import data, reports
from support import sources
from support.datapackage import refresh

REPORTS = ["000", "001", "002", "003", "004"]
MOST = 12  # quoted words in a row; no longer stretch of a report stands in the repository
TEXTS_HERE = sources.FOLDER.is_dir()
needs_texts = pytest.mark.skipif(not TEXTS_HERE, reason="the five texts are not on this machine")


# ---- the tables ---------------------------------------------------------------------------------
def test_all_claims_and_conflicts_are_there():
    assert data.load("claims")["claim"].tolist() == [f"q{n:02d}" for n in range(1, 29)]
    assert data.load("conflicts")["conflict"].tolist() == [f"k{n}" for n in range(1, 10)]
    assert data.load("reports")["report"].tolist() == REPORTS


def test_the_claim_on_xinjiang_is_made_by_advocates_in_one_report_and_stays_open():
    row = reports.claims().set_index("claim").loc["q28"]
    assert (row["reports"], row["status"]) == ("002", "not settled")
    assert "advocates" in row["said_by"]


def test_every_claim_is_made_somewhere_and_passages_list_the_same_claims():
    places = data.load("claim_reports")
    assert set(places["claim"]) == set(data.load("claims")["claim"])
    assert (places["passage"].str[:3] == places["report"]).all()
    listed = {
        (row.passage, claim)
        for row in reports.passages().itertuples()
        if not pd.isna(row.claims)
        for claim in row.claims.split("; ")
    }
    assert listed == set(zip(places["passage"], places["claim"], strict=True))


def test_every_record_that_a_finding_rests_on_can_be_looked_up():
    known = set(data.load("instruments")["id"]) | set(data.load("events")["event"])
    for name in ("claims", "conflicts"):
        for listed in data.load(name)["record"].dropna():
            assert set(listed.split("; ")) <= known, listed


def test_passages_are_numbered_without_a_gap():
    sizes = data.load("reports").set_index("report")["paragraphs"]
    for report, group in reports.passages().groupby("report"):
        assert group["paragraph"].tolist() == list(range(1, sizes[report] + 1))
        assert (group["passage"] == [f"{report}-{n:02d}" for n in group["paragraph"]]).all()


def test_every_report_answers_every_conflict_or_is_silent():
    answers = data.load("conflict_answers")
    assert len(answers.groupby(["conflict", "report"])) == len(answers) == 9 * 5
    silent = answers["agreement"] == "silent"
    for column in ("value", "says", "passage"):
        assert (answers[column].isna() == silent).all()
    matrix = reports.conflicts().set_index("conflict")
    assert matrix.loc["k1", "002"] == "Beijing"
    assert matrix.loc["k8", REPORTS].notna().sum() == 1


def test_only_certain_terms_come_from_the_half_of_the_original_that_was_seen():
    terms = data.load("spun_terms")
    paragraph = terms["passage"].str[-2:].astype(int)
    assert (paragraph[terms["certainty"] == "certain"] <= 11).all()
    assert (terms["passage"].str[:3] == "002").all()


def test_the_misprinted_price_is_five_thousand_times_the_reported_one():
    prices = data.load("face_prices").set_index("price")
    each = {
        price: row["yuan"] if row["per"] == "each" else row["yuan"] / row["quantity"]
        for price, row in prices.iterrows()
    }
    assert each["p1"] / each["p2"] == 5000


@pytest.mark.skipif(
    not (sources.REPOSITORY.parent / "shared" / "facts" / "law.yaml").is_file(),
    reason="the dossier is not on this machine",
)
def test_claims_follow_the_dossier():
    import yaml

    dossier = sources.REPOSITORY.parent / "shared" / "facts" / "law.yaml"
    facts = yaml.safe_load(dossier.read_text(encoding="utf-8"))
    table = reports.claims().set_index("claim")
    for claim in facts["seed_claims"]:
        row = table.loc[claim["id"]]
        assert row["verdict"].startswith(claim["verdict"].split(" S")[0].replace("S3 ", "")) or (
            claim["id"] == "q17"  # the dossier names the report by another number
        )
        assert {"00" + seed[1:] for seed in claim["seeds"]} <= set(row["reports"].split("; "))
        assert row["confidence"].startswith(claim["confidence"])


# ---- functions ----------------------------------------------------------------------------------
def test_claims_of_one_report_say_who_and_how_firmly():
    table = reports.claims("003").set_index("claim")
    assert table.loc["q27", "role"] == "company staff"
    assert table.loc["q27", "hedge"] == "may"
    assert set(table["report"]) == {"003"}


@pytest.mark.parametrize("function", [reports.passages, reports.claims])
def test_an_unknown_report_is_said(function):
    with pytest.raises(data.DataError, match="'005'.*000, 001, 002, 003, 004"):
        function("005")


def test_upstream_is_what_networkx_finds():
    for carries in ("whole text", "the rule", "the lawsuit", "the price of faces"):
        edges = reports.derivation(carries)
        graph = networkx.from_pandas_edgelist(
            edges, "text", "derived_from", create_using=networkx.DiGraph
        )
        assert networkx.is_directed_acyclic_graph(graph)
        for report in REPORTS:
            assert set(reports.upstream(report, carries)) == networkx.descendants(graph, report)


def test_each_report_is_one_whole_text_of_one_newsroom():
    edges = reports.derivation()
    assert sorted(edges["text"]) == REPORTS
    layers = data.load("texts").set_index("text")["layer"]
    assert (layers[edges["derived_from"]] == "newsroom").all()


def test_unknown_texts_and_contents_are_said():
    with pytest.raises(data.DataError, match="'reuters'"):
        reports.upstream("reuters")
    with pytest.raises(data.DataError, match="the rule"):
        reports.derivation("everything")


# ---- recognising full texts ---------------------------------------------------------------------
def words(report: int, count: int) -> list[str]:
    return [f"{'abcde'[report]}{i}" for i in range(count)]


@pytest.fixture
def invented(tmp_path, monkeypatch):
    """The data folder with the fingerprints of five invented reports of 107 words, 100 runs."""
    folder = tmp_path / "tables"
    shutil.copytree(data.folder(), folder, ignore=shutil.ignore_patterns("fulltext"))
    lines = ["report,paragraph,kind,run"]
    for n, report in enumerate(REPORTS):
        lines += [f"{report},1,run,{run}" for run in reports.runs(" ".join(words(n, 107)))]
    (folder / "reports" / "runs.csv").write_text("\n".join(lines) + "\n")
    refresh(folder)
    monkeypatch.setenv(data.VARIABLE, str(folder))
    return folder


def test_eighty_of_a_hundred_runs_are_enough_and_seventy_nine_are_not(invented):
    assert reports.recognise(" ".join(words(3, 87))) == "003"
    assert reports.recognise(" ".join(words(3, 86))) is None
    assert reports.shares(" ".join(words(3, 86)))["003"] == 0.79


def test_case_punctuation_lines_and_what_stands_around_do_not_matter(invented):
    body = ",\n".join(words(1, 107)).upper()
    assert reports.recognise(f"MENU | Sport\n\n{body}\n\nSubscribe to our newsletter") == "001"


def test_apostrophes_of_any_kind_are_the_same():
    assert reports.words("people's") == reports.words("people’s") == ["peoples"]


def test_attached_texts_are_read_from_the_default_folder(invented):
    folder = invented / "reports" / "fulltext"
    assert "fulltext" in str(reports.attach())
    folder.mkdir()
    assert reports.attach().texts == {}
    (folder / "one.txt").write_text(" ".join(words(0, 107)), encoding="utf-8")
    (folder / "two.txt").write_text(" ".join(words(2, 107) + words(4, 100)), encoding="utf-8")
    attached = reports.attach()
    assert {report: text.name for report, text in attached.texts.items()} == {
        "000": "one.txt", "002": "two.txt", "004": "two.txt"
    }  # fmt: skip
    assert attached.texts["000"].share == 1.0
    assert "report 004 (93%" in attached.messages[1]


def test_the_fuller_of_two_copies_is_kept(tmp_path, invented):
    (tmp_path / "a.txt").write_text(" ".join(words(0, 90)), encoding="utf-8")
    (tmp_path / "b.txt").write_text(" ".join(words(0, 107)), encoding="utf-8")
    (tmp_path / "c.txt").write_text(" ".join(words(0, 95)), encoding="utf-8")
    assert reports.attach(tmp_path).texts["000"].name == "b.txt"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("half.txt", " ".join(words(2, 57)).encode(), ["report 002", "50%", "80%"]),
        ("other.txt", b"nothing of the kind, but more than eight words long", ["no run"]),
        ("empty.txt", b"", ["no run"]),
        ("page.html", b"<p>", ["plain text"]),
        ("old.txt", "é".encode("latin-1"), ["UTF-8"]),
    ],
)
def test_what_is_not_recognised_is_said_with_the_reason(tmp_path, invented, name, content, said):
    folder = tmp_path / "held"
    folder.mkdir()
    (folder / name).write_bytes(content)
    attached = reports.attach(folder)
    assert attached.texts == {}
    (sentence,) = attached.messages
    assert sentence.startswith(name)
    assert all(part in sentence for part in said), sentence
    assert sentence in str(attached)


def test_a_named_folder_that_is_missing_is_said(tmp_path):
    with pytest.raises(data.DataError, match="nowhere"):
        reports.attach(tmp_path / "nowhere")


def test_a_full_text_stands_beside_its_passages(tmp_path, invented):
    body = " ".join(words(4, 107))
    (tmp_path / "x.txt").write_text(f"Top of page. {body}! Bottom of page.", encoding="utf-8")
    table = reports.beside("004", reports.attach(tmp_path))
    assert table["full_text"].iloc[0] == body + "!"
    assert table["full_text"].iloc[1:].isna().all()
    assert reports.beside("003", reports.attach(tmp_path))["full_text"].isna().all()


# ---- with the texts themselves ------------------------------------------------------------------
@needs_texts
@pytest.mark.parametrize("report", REPORTS)
def test_passages_and_quotations_stand_where_the_tables_say(report):
    paragraphs = sources.paragraphs(report)
    assert len(paragraphs) == data.load("reports").set_index("report").loc[report, "paragraphs"]
    quoted = reports.passages(report).dropna(subset="quoted")
    spun = data.load("spun_terms").rename(columns={"spun": "quoted"}).assign(report="002")
    spun["paragraph"] = spun["passage"].str[-2:].astype(int)
    for row in pd.concat([quoted, spun[spun["report"] == report]]).itertuples():
        paragraph = " ".join(reports.words(paragraphs[row.paragraph - 1]))
        assert f" {' '.join(reports.words(row.quoted))} " in f" {paragraph} ", row.quoted


@needs_texts
def test_fingerprints_are_those_of_the_texts():
    table = data.load("runs")
    assert sources.rows() == list(table.itertuples(index=False, name=None))


@needs_texts
def test_the_texts_as_received_are_recognised_and_shown_beside_the_passages():
    attached = reports.attach(sources.FOLDER)
    assert sorted(attached.texts) == REPORTS
    for report in REPORTS:
        table = reports.beside(report, attached)
        for row, paragraph in zip(table.itertuples(), sources.paragraphs(report), strict=True):
            wanted = reports.words(paragraph)
            if len(wanted) >= reports.RUN and (report, row.paragraph) not in sources.NOT_ARTICLE:
                assert reports.words(row.full_text) == wanted, row.passage


@needs_texts
def test_a_third_of_a_text_is_not_recognised():
    text = "\n".join(sources.paragraphs("003")[:6])
    assert reports.recognise(text) is None


# ---- nothing copied -----------------------------------------------------------------------------
def committed() -> list[Path]:
    """Text files of the repository, tracked or about to be."""
    said = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=sources.REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    kinds = {".cff", ".csv", ".html", ".ipynb", ".json", ".md", ".py", ".txt", ".yaml", ".yml", ""}
    files = (sources.REPOSITORY / name for name in said.stdout.splitlines())
    return [
        file
        for file in files
        if file.suffix in kinds and file.is_file() and not file.name.startswith("requirements")
    ]


def prose(file: Path) -> str:
    """What a file says: a notebook's cells without its JSON; no addresses, as they hold titles."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".ipynb":
        text = "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return re.sub(r"https?://\S+", " ", text)


def copied(text: str) -> list[str]:
    """Stretches of more than twelve words, and whole sentences, of a report in a text."""
    table = data.load("runs")
    known = set(table.loc[table["kind"] == "run", "run"])
    sentences = set(table.loc[table["kind"] == "sentence", "run"])
    here = reports.words(text)
    hits = [run in known for run in reports.runs(text)]
    long = MOST + 1 - reports.RUN + 1  # runs in a stretch of thirteen words
    found = [
        " ".join(here[i : i + MOST + 1])
        for i in range(len(hits) - long + 1)
        if all(hits[i : i + long])
    ]
    for size in sources.SENTENCE:
        for i in range(len(here) - size + 1):
            # the cheap question first: a sentence of eight words or more has its runs in the table
            if size >= reports.RUN and not hits[i]:
                continue
            if reports.digest(here[i : i + size]) in sentences:
                found.append(" ".join(here[i : i + size]))
    return found


def test_no_file_holds_a_sentence_or_thirteen_words_of_a_report():
    found = {
        file.relative_to(sources.REPOSITORY).as_posix(): copies
        for file in committed()
        if (copies := copied(prose(file)))
    }
    assert found == {}, "say it in our own words, with at most 12 quoted words"


def test_quotations_are_short():
    places = [("passages", "quoted"), ("spun_terms", "spun"), ("claim_reports", "hedge")]
    for name, column in places:
        lengths = data.load(name)[column].dropna().map(lambda text: len(reports.words(text)))
        assert (lengths <= MOST).all(), name


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("passages", "paraphrase"),
        ("claims", "statement"),
        ("claims", "finding"),
        ("claim_reports", "says"),
        ("conflict_answers", "says"),
        ("reports", "caution"),
        ("spun_terms", "damage"),
    ],
)
def test_our_own_words_are_our_own(table, column):
    known = set(data.load("runs")["run"])
    for text in data.load(table)[column].dropna():
        assert not known & set(reports.runs(text)), text


def test_thirteen_words_in_a_row_would_be_seen_by_the_fingerprints_alone(invented):
    assert not copied(" ".join(["ours", *words(0, 12), "ours", *words(1, 12)]))
    assert copied(" ".join(["ours", *words(0, 13), "ours"])) == [" ".join(words(0, 13))]


@needs_texts
def test_a_copied_sentence_would_be_seen():
    paragraph = reports.words(sources.paragraphs("000")[2])
    assert copied(" ".join(["we", "read:", *paragraph[:13], "and", "so", "on"]))
    assert not copied(" ".join(["we", "read:", *paragraph[:12], "and", "so", "on"]))
    every = [s for text in sources.paragraphs("002") for s in sources.sentences(text)]
    short = next(s for s in every if len(reports.words(s)) in sources.SENTENCE)
    assert copied(f"He says: {short} So it ends.")


@needs_texts
def test_the_fingerprints_miss_nothing_that_the_texts_show():
    """The same question asked of the texts themselves, page furniture included."""
    stretches = set()
    for report in REPORTS:
        for paragraph in sources.paragraphs(report):
            here = reports.words(paragraph)
            stretches |= {tuple(here[i : i + MOST + 1]) for i in range(len(here) - MOST)}
    for file in committed():
        here = reports.words(prose(file))
        for i in range(len(here) - MOST):
            assert tuple(here[i : i + MOST + 1]) not in stretches, f"{file}: {here[i : i + 13]}"
