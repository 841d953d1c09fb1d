"""Keep data/datapackage.json, the datasheets and the index in step with the tables.

An author edits a table, then types `python tests/support/datapackage.py`. It rewrites only what is
worked out from the files: bytes, rows and hash of every table, the marked block in each datasheet
section (title, licence, source, date checked, checksum, columns), and the index in data/README.md.
Everything else in these files is written by hand. A test fails while anything is out of step.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "data"
BEGIN = "<!-- from datapackage.json: python tests/support/datapackage.py -->"
END = "<!-- end -->"


def refreshed(folder: Path) -> dict[Path, str]:
    """Each file that carries worked-out parts, with the text it ought to have."""
    file = folder / "datapackage.json"
    package = json.loads(file.read_text(encoding="utf-8"))
    package["resources"].sort(key=lambda resource: resource["name"])
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        resource["bytes"] = len(content)
        resource["hash"] = "sha256:" + hashlib.sha256(content).hexdigest()
        resource["rows"] = _rows(content)
    wanted = {file: json.dumps(package, ensure_ascii=False, indent=2) + "\n"}
    topics = {(folder / resource["path"]).parent for resource in package["resources"]}
    for sheet in sorted(topic / "datasheet.md" for topic in topics):
        text = sheet.read_text(encoding="utf-8")
        for resource in package["resources"]:
            if (folder / resource["path"]).parent == sheet.parent:
                text = _with_block(text, f"## {resource['name']}", _block(resource, package), sheet)
        wanted[sheet] = text
    index = folder / "README.md"
    wanted[index] = _with_block(
        index.read_text(encoding="utf-8"), "## Tables", _index(package), index
    )
    return wanted


def _rows(content: bytes) -> int:
    return sum(1 for _ in csv.reader(io.StringIO(content.decode("utf-8"), newline=""))) - 1


def stale(folder: Path) -> list[str]:
    """Names of the files that are out of step with the tables."""
    return [
        file.relative_to(folder).as_posix()
        for file, text in refreshed(folder).items()
        if file.read_text(encoding="utf-8") != text
    ]


def refresh(folder: Path) -> list[str]:
    """Write what is out of step; returns the names of the files written."""
    names = stale(folder)
    for file, text in refreshed(folder).items():
        if file.relative_to(folder).as_posix() in names:
            file.write_text(text, encoding="utf-8", newline="\n")
    return names


def _with_block(text: str, heading: str, block: str, file: Path) -> str:
    """Replace the marked block under a heading, or put it there if there is none."""
    lines = text.split("\n")
    if heading not in lines:
        raise SystemExit(f"{file} has no section {heading!r}: write it first.")
    start = lines.index(heading) + 1
    stop = next((i for i in range(start, len(lines)) if lines[i].startswith("## ")), len(lines))
    section = "\n".join(lines[start:stop])
    marked = f"{BEGIN}\n{block}\n{END}"
    if BEGIN in section:
        before, rest = section.split(BEGIN, 1)
        section = before + marked + rest.split(END, 1)[1]
    else:
        section = f"\n{marked}\n" + section
    return "\n".join([*lines[:start], *section.split("\n"), *lines[stop:]])


def _block(resource: dict[str, Any], package: dict[str, Any]) -> str:
    sources = "; ".join(
        f"[{s['title']}]({s['path']})" if s.get("path", "").startswith("http") else s["title"]
        for s in resource["sources"]
    )
    file = Path(resource["path"]).name
    rows = [
        f"*{resource['title']}.* {resource['description']}",
        "",
        f"- File: `{file}`, {resource['rows']} rows, {resource['bytes']} bytes",
        f"- Licence: {'; '.join(part['title'] for part in resource['licenses'])}",
        f"- Source: {sources}",
        f"- Checked: {resource['checked']}",
        f"- Checksum: `{resource['hash']}`",
        "",
        "| column | type | unit | what it says |",
        "|---|---|---|---|",
    ]
    for field in resource["schema"]["fields"]:
        values = field.get("constraints", {}).get("enum")
        listed = f" One of: {', '.join(values)}." if values else ""
        said = (field["description"] + listed).replace("|", "\\|")
        rows.append(f"| {field['name']} | {field['type']} | {field.get('unit', '')} | {said} |")
    return "\n".join(rows)


def _index(package: dict[str, Any]) -> str:
    rows = ["| table | rows | what it holds | datasheet |", "|---|---|---|---|"]
    for resource in package["resources"]:
        topic = Path(resource["path"]).parent.as_posix()
        rows.append(
            f"| [{resource['name']}]({resource['path']}) | {resource['rows']} "
            f"| {resource['title']} | [{topic}]({topic}/datasheet.md#{resource['name']}) |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    written = refresh(DATA)
    sys.stdout.write(f"Written: {', '.join(written)}\n" if written else "Everything is in step.\n")
