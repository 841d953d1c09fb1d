"""How an assessment looks in a notebook and in a terminal."""

from __future__ import annotations

from html import escape
from typing import Any

_MODEL = "A model to argue with, for teaching; not legal advice."
_DECIDED = "Not known, and not needed for this result"
_MOST = 6


class Rendered:
    """Gives an assessment a plain-text, a markdown and an HTML form; all say the same."""

    def _sections(self) -> list[tuple[str, list[str]]]:
        own: Any = self
        found = [("Reasons", list(own.reasons)), ("The other side", list(own.counter))]
        if own.ask:
            asked = [f"{each.text} (decides {', '.join(each.rules)})" for each in own.ask[:_MOST]]
            if len(own.ask) > _MOST:
                asked.append(f"And {len(own.ask) - _MOST} more, in the field ask.")
            open_case = own.result == "cannot tell"
            found.append(("What one must still ask" if open_case else _DECIDED, asked))
        if own.result == "cannot tell":
            ends = [f"At best: {own.best}.", f"At worst: {own.worst}."]
            if any(rule.effect == "out_of_scope" for rule in own.open):
                ends.append("Or the regime does not cover the collector at all.")
            found.append(("How far it can go", ends))
        if own.not_yet:
            later = [f"{rule.id} (since {rule.since})" for rule in own.not_yet]
            found.append(("Not yet in force on that day", [", ".join(later)]))
        return [(title, lines) for title, lines in found if lines]

    def _head(self) -> str:
        own: Any = self
        return f"{own.regime.name}, on {own.on}: {own.label}"

    def __str__(self) -> str:
        lines = [self._head()]
        for title, sentences in self._sections():
            lines += [f"{title}:", *(f"  - {sentence}" for sentence in sentences)]
        return "\n".join([*lines, _MODEL])

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        lines = [f"**{self._head()}**", ""]
        for title, sentences in self._sections():
            lines += [f"*{title}*", "", *(f"- {sentence}" for sentence in sentences), ""]
        return "\n".join([*lines, f"*{_MODEL}*"])

    def _repr_html_(self) -> str:
        parts = [f"<p><strong>{escape(self._head())}</strong></p>"]
        for title, sentences in self._sections():
            items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
            parts.append(f"<p>{escape(title)}</p><ul>{items}</ul>")
        parts.append(f"<p><em>{_MODEL}</em></p>")
        return "<div>" + "".join(parts) + "</div>"
