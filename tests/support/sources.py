"""The five texts, where a developer holds them in `../shared/sources` beside the repository.

They are not part of the repository. What counts as the article is given by line ranges, so that
menus, sidebars, adverts and forms stay out. `python tests/support/sources.py` writes the table
`runs` anew, by which full texts are recognised.
"""

import csv
import re
from pathlib import Path

from realname import reports

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY.parent / "shared" / "sources"

# line ranges (first, last) of the article in each file, counted from 1
ARTICLE = {
    "000": [(6, 41)],
    "001": [(16, 48)],
    "002": [(3, 41)],
    "003": [(89, 89), (93, 93), (98, 122)],
    "004": [(1, 24)],
}


def file_of(report: str) -> Path | None:
    """The file that holds a report, or None where the texts are not present."""
    return next(iter(sorted(FOLDER.glob(f"{report}_*.txt"))), None)


def paragraphs(report: str) -> list[str]:
    """The article's paragraphs, headline first; paragraph n is item n - 1."""
    file = file_of(report)
    if file is None:
        raise FileNotFoundError(f"no file for report {report} in {FOLDER}")
    lines = file.read_text(encoding="utf-8").splitlines()
    wanted = [line for first, last in ARTICLE[report] for line in lines[first - 1 : last]]
    return [line.strip() for line in wanted if line.strip()]


# paragraphs that stand on the page but are no part of the article
NOT_ARTICLE = {("000", 20)}
SENTENCE = range(6, 13)  # words; a longer sentence shows by its runs, a shorter one is a phrase


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, by their closing marks."""
    return [part for part in re.split(r"(?<=[.!?])[\"'”’)]*\s+", text) if part.strip()]


def rows() -> list[tuple[str, int, str, str]]:
    """Rows of the table `runs`, sorted by hash so that no text can be put together from them."""
    found: set[tuple[str, int, str, str]] = set()
    for report in ARTICLE:
        for number, paragraph in enumerate(paragraphs(report), 1):
            if (report, number) in NOT_ARTICLE:
                continue
            found.update((report, number, "run", run) for run in reports.runs(paragraph))
            for sentence in map(reports.words, sentences(paragraph)):
                if len(sentence) in SENTENCE:
                    found.add((report, number, "sentence", reports.digest(sentence)))
    return sorted(found)


if __name__ == "__main__":
    table = REPOSITORY / "data" / "reports" / "runs.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["report", "paragraph", "kind", "run"])
        writer.writerows(rows())
