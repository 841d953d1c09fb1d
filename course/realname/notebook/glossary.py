"""Terms of the course, each defined once, for lawyers and for engineers.

``course/glossary.yml`` is a list:

    - name: threshold
      forms: [thresholds]          # other ways to write it (optional)
      plain: one sentence in plain words
      law: how a lawyer would say it, or what it corresponds to
      computing: how an engineer would say it
      defined_in: 01-one-rule-five-reports
      see_also: [false match]      # names of other terms (optional)
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml

_PACKAGE = Path(__file__).resolve().parent.parent
PLACES = (_PACKAGE / "_course" / "glossary.yml", _PACKAGE.parent / "glossary.yml")
REQUIRED = ("name", "plain", "law", "computing", "defined_in")
OPTIONAL = ("forms", "see_also")


class GlossaryError(LookupError):
    """A term that is not there, or an entry that lacks something; str() is one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class Term:
    """One term; a notebook shows it as a short definition list."""

    name: str
    plain: str
    law: str
    computing: str
    defined_in: str
    forms: tuple[str, ...] = ()
    see_also: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.plain}", f"In law: {self.law}"]
        lines.append(f"In computing: {self.computing}")
        if self.see_also:
            lines.append(f"See also: {', '.join(self.see_also)}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [("In law", self.law), ("In computing", self.computing)]
        if self.see_also:
            rows.append(("See also", ", ".join(self.see_also)))
        listed = "".join(f"<dt>{head}</dt><dd>{escape(text)}</dd>" for head, text in rows)
        return f"<p><strong>{escape(self.name)}</strong>: {escape(self.plain)}</p><dl>{listed}</dl>"


def read(text: str) -> dict[str, Term]:
    """Terms by name, from the text of a glossary file. Raises GlossaryError for a bad entry.

    >>> read("- {name: a, plain: p, law: l, computing: c, defined_in: 01-x}")["a"].law
    'l'
    """
    entries = yaml.safe_load(text) or []
    if not isinstance(entries, list):
        raise GlossaryError("glossary.yml must be a list of terms, each starting with `- name:`.")
    terms: dict[str, Term] = {}
    for entry in entries:
        name = str(entry.get("name", "?")) if isinstance(entry, dict) else str(entry)
        if not isinstance(entry, dict):
            raise GlossaryError(f"glossary.yml: the entry {name!r} must have `name:` and `plain:`.")
        lacking = [field for field in REQUIRED if not str(entry.get(field) or "").strip()]
        unknown = sorted(set(entry) - {*REQUIRED, *OPTIONAL})
        if lacking or unknown:
            what = (
                f"lacks {', '.join(lacking)}" if lacking else f"has {', '.join(unknown)} too many"
            )
            raise GlossaryError(f"glossary.yml: the term {name!r} {what}; correct the entry.")
        if name in terms:
            raise GlossaryError(f"glossary.yml: the term {name!r} stands twice; keep one entry.")
        texts: dict[str, Any] = {field: " ".join(str(entry[field]).split()) for field in REQUIRED}
        lists: dict[str, Any] = {
            field: tuple(map(str, entry.get(field) or ())) for field in OPTIONAL
        }
        terms[name] = Term(**texts, **lists)
    for each in terms.values():
        lost = [name for name in each.see_also if name not in terms]
        if lost:
            raise GlossaryError(
                f"glossary.yml: {each.name!r} points to {lost[0]!r}, which is no term; correct it."
            )
    return terms


def terms() -> dict[str, Term]:
    """All terms by name, from the glossary of the course."""
    place = next((place for place in PLACES if place.is_file()), None)
    if place is None:
        raise GlossaryError("The glossary of the course was not found: install the course again.")
    return read(place.read_text(encoding="utf-8"))


def term(name: str) -> Term:
    """One term, whatever its capital letters; shown with both registers.

    Raises GlossaryError, with near names, for a term that is not there.
    """
    known = terms()
    by_form = {
        form.casefold(): each for each in known.values() for form in (each.name, *each.forms)
    }
    wanted = " ".join(str(name).split()).casefold()
    if wanted not in by_form:
        near = difflib.get_close_matches(wanted, by_form, n=3, cutoff=0.5) or sorted(by_form)[:6]
        tail = f" Near: {', '.join(near)}." if near else ""
        raise GlossaryError(f"The glossary has no term {name!r}.{tail}")
    return by_form[wanted]
