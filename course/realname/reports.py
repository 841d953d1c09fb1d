"""The five reports as evidence: passages, claims, conflicts, where each text comes from.

The texts themselves are not in the course. What is here are paraphrases with a few quoted words,
and hashes of the texts' eight-word runs, by which a full text that a reader holds is recognised.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from realname import data

RUN = 8  # words in a run
ENOUGH = 0.8  # share of a report's runs that must be found in a text
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


# ---- tables -------------------------------------------------------------------------------------
def passages(report: str | None = None) -> pd.DataFrame:
    """Our paraphrase of every paragraph, of one report or of all, in reading order.

    Columns: passage, report, paragraph, part, paraphrase, quoted, claims.
    Raises DataError for an unknown report.

    >>> passages("004")["quoted"].iloc[5]
    'since 2018'
    """
    table = data.load("passages")
    return table if report is None else _only(table, report)


def claims(report: str | None = None) -> pd.DataFrame:
    """The 28 claims with their verdicts and, for each, which reports make it and where.

    With a report: only its claims, one row for each place where it makes one (who says it, in
    what role, how firmly). Raises DataError for an unknown report.

    >>> claims().set_index("claim").loc["q17", "reports"]
    '002; 003'
    """
    table, places = data.load("claims"), data.load("claim_reports")
    if report is not None:
        merged = _only(places, report).merge(table, on="claim")
        merged.attrs = table.attrs
        return merged
    groups = places.groupby("claim")
    for column, source in (("reports", "report"), ("passages", "passage"), ("said_by", "speaker")):
        table[column] = table["claim"].map(groups[source].agg(_joined))
    return table


def conflicts() -> pd.DataFrame:
    """The nine points on which the reports differ: one row each, one column a report.

    A report that says nothing on a point has a missing value there.

    >>> conflicts().set_index("conflict").loc["k1", "003"]
    'Hangzhou'
    """
    table, answers = data.load("conflicts"), data.load("conflict_answers")
    wide = answers.pivot(index="conflict", columns="report", values="value")
    merged = table.merge(wide, left_on="conflict", right_index=True)
    merged.attrs = table.attrs
    return merged


def derivation(carries: str | None = "whole text") -> pd.DataFrame:
    """Edges of the derivation graph: `text` comes from `derived_from`.

    By default the edges along which a whole text was taken over; "the rule", "the lawsuit" or
    "the price of faces" add the edges along which that content travelled; None gives all edges.

    >>> derivation().shape[0], derivation("the rule").shape[0]
    (5, 10)
    """
    edges = data.load("derivation")
    if carries is None:
        return edges
    known = edges["carries"].unique()
    if carries not in known:
        raise data.DataError(f"Nothing carries {carries!r}. Known: {', '.join(known)}.")
    return edges[edges["carries"].isin(["whole text", carries])].reset_index(drop=True)


def upstream(text: str, carries: str = "whole text") -> list[str]:
    """Every text that one of the course's texts goes back to, nearest first.

    >>> upstream("000"), upstream("000", "the rule")
    (['scmp'], ['scmp', 'notice'])
    """
    edges = derivation(carries)
    if text not in set(data.load("texts")["text"]):
        raise data.DataError(f"There is no text {text!r}: see realname.data.load('texts').")
    found: list[str] = []
    open_ends = [text]
    while open_ends:
        here = open_ends.pop(0)
        for source in edges.loc[edges["text"] == here, "derived_from"]:
            if source not in found:
                found.append(source)
                open_ends.append(source)
    return found


def _only(table: pd.DataFrame, report: str) -> pd.DataFrame:
    chosen = table[table["report"] == report].reset_index(drop=True)
    if chosen.empty:
        known = ", ".join(data.load("reports")["report"])
        raise data.DataError(f"There is no report {report!r}. The reports are {known}.")
    return chosen


def _joined(values: pd.Series) -> str:
    return "; ".join(dict.fromkeys(values))


# ---- full texts ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class FullText:
    """A text recognised as one of the reports; `share` of the report's runs was found in it."""

    report: str
    share: float
    name: str
    text: str


@dataclass(frozen=True)
class Attached:
    """What a folder of full texts gave: the recognised texts, and one sentence for each file."""

    texts: dict[str, FullText]
    messages: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.messages)

    def _repr_markdown_(self) -> str:
        return "\n".join(f"- {message}" for message in self.messages)


def words(text: str) -> list[str]:
    """The words of a text as they are compared: no case, no punctuation, no apostrophes.

    >>> words("People’s Daily, Dec. 1")
    ['peoples', 'daily', 'dec', '1']
    """
    return [_normal(match.group()) for match in _WORD.finditer(text)]


def digest(run: list[str]) -> str:
    """The 48-bit hash by which a run of words is kept: SHA-256 of the words, cut to 12 digits.

    >>> len(digest(["one", "two"]))
    12
    """
    return hashlib.sha256(("realname|" + " ".join(run)).encode("utf-8")).hexdigest()[:12]


def runs(text: str) -> list[str]:
    """The hash of every run of eight words, in the order of the text.

    >>> len(runs("a b c d e f g h i j"))
    3
    """
    found = words(text)
    return [digest(found[i : i + RUN]) for i in range(len(found) - RUN + 1)]


def shares(text: str) -> dict[str, float]:
    """For each report, the share of its runs (0 to 1) that is found in a text.

    >>> max(shares("a text of our own about something else, with more words").values())
    0.0
    """
    here = set(runs(text))
    return {
        report: len(here & wanted) / len(wanted) for report, wanted in _runs_of_reports().items()
    }


def recognise(text: str) -> str | None:
    """The report that a text is, or None: at least 80% of the report's runs must be in it.

    >>> recognise("something else") is None
    True
    """
    report, share = max(shares(text).items(), key=lambda item: item[1])
    return report if share >= ENOUGH else None


def attach(folder: str | Path | None = None) -> Attached:
    """Read the full texts (files *.txt, UTF-8) a reader holds, and say what each of them is.

    Without a folder: `reports/fulltext` in the data folder. A file may hold several reports.
    Raises DataError if a folder was named that is not there.

    >>> import tempfile
    >>> attach(tempfile.mkdtemp()).texts
    {}
    """
    place = data.folder() / "reports" / "fulltext" if folder is None else Path(folder)
    if not place.is_dir():
        if folder is not None:
            raise data.DataError(f"There is no folder {str(folder)!r}: give one with *.txt files.")
        where = f"put *.txt files into {place}, or name your folder: attach(folder)"
        return Attached({}, (f"No full texts: {where}.",))
    texts: dict[str, FullText] = {}
    messages: list[str] = []
    for file in sorted(path for path in place.iterdir() if path.is_file()):
        found, message = _read(file)
        messages.append(message)
        for item in found:
            if item.report not in texts or item.share > texts[item.report].share:
                texts[item.report] = item
    return Attached(texts, tuple(messages) or (f"No full texts: {place} has no *.txt file.",))


def _read(file: Path) -> tuple[list[FullText], str]:
    if file.suffix.lower() != ".txt":
        return [], f"{file.name}: left out, only plain text is read. Save it as a .txt file."
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return [], f"{file.name}: left out, it is not UTF-8. Save it again with encoding UTF-8."
    found = shares(text)
    fits = [
        FullText(report, share, file.name, text)
        for report, share in found.items()
        if share >= ENOUGH
    ]
    if fits:
        said = ", ".join(f"report {item.report} ({item.share:.0%} of its runs)" for item in fits)
        return fits, f"{file.name}: recognised as {said}."
    nearest, share = max(found.items(), key=lambda item: item[1])
    if share == 0:
        return [], (
            f"{file.name}: not one of the five reports, no run of {RUN} words matches. "
            "Put in the text of a report, headline to last line."
        )
    return [], (
        f"{file.name}: not recognised. Nearest is report {nearest}: {share:.0%} of its runs of "
        f"{RUN} words are there, {ENOUGH:.0%} are needed. Put in the whole article, unshortened."
    )


def beside(report: str, attached: Attached) -> pd.DataFrame:
    """The passages of a report, with the paragraph of the full text beside each paraphrase.

    `full_text` is missing where no full text is attached, or where a paragraph has fewer than
    eight words or is not in the attached text.

    >>> bool(beside("004", Attached({}, ()))["full_text"].isna().all())
    True
    """
    table = passages(report)
    full: list[str | None] = [None] * len(table)
    if report in attached.texts:
        text = attached.texts[report].text
        spans = [match.span() for match in _WORD.finditer(text)]
        here = runs(text)
        known = _runs()
        wanted = known[known["report"] == report].groupby("paragraph")["run"].agg(set)
        full = [_cut(text, spans, here, wanted.get(n, set())) for n in table["paragraph"]]
    table["full_text"] = pd.Series(full, dtype="object")
    return table


def _cut(text: str, spans: list[tuple[int, int]], here: list[str], wanted: set[str]) -> str | None:
    """The stretch of text that the wanted runs cover, without repetitions far away or next door."""
    found = [i for i, run in enumerate(here) if run in wanted]
    if not found:
        return None
    middle = found[len(found) // 2]
    near = [i for i in found if abs(i - middle) <= len(found) + RUN]
    once = list({here[i]: i for i in reversed(near)}.values())
    start, stop = spans[min(once)][0], spans[max(once) + RUN - 1][1]
    closing = re.match(r"[^\w\s]*", text[stop:])
    return " ".join(text[start : stop + (closing.end() if closing else 0)].split())


def _normal(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace("'", "").replace("\u2019", "")


def _runs() -> pd.DataFrame:
    table = data.load("runs")
    return table[table["kind"] == "run"]


def _runs_of_reports() -> dict[str, set[str]]:
    return {str(report): set(group) for report, group in _runs().groupby("report")["run"]}
