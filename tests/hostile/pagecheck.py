"""What in an HTML page could run or phone home. An independent parser, not the sanitiser's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

ACTIVE = {"iframe", "object", "embed", "applet", "form", "base", "frame", "frameset", "portal"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "background", "srcdoc",
             "xlink:href", "srcset", "ping", "cite"}  # fmt: skip
STYLE = re.compile(r"url\(|expression|position:(fixed|absolute)", re.I)
CALLS = re.compile(r"^\s*(javascript|vbscript|data:text/html|data:image/svg)", re.I)


class _Finder(HTMLParser):
    def __init__(self, token: str) -> None:
        super().__init__(convert_charrefs=True)
        self.token = token
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        if tag in ACTIVE:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            value = re.sub(r"[\x00-\x20]", "", value or "")
            if name.startswith("on"):
                self.found.append(f"<{tag} {name}=>")
            drawn = tag == "img" and name == "src" and value.startswith("data:image/svg+xml;")
            if name in ADDRESSES and CALLS.match(value) and not drawn:  # an <img> runs no script
                self.found.append(f"<{tag} {name}={value[:30]}>")
            if name in ADDRESSES - {"href"} and self.token in value:
                self.found.append(f"<{tag} {name}> loads the attacker's address")
            if name == "href" and tag not in ("a", "area") and self.token in value:
                self.found.append(f"<{tag} {name}> loads the attacker's address")
            if name == "style" and STYLE.search(value):
                self.found.append(f"<{tag} style={value[:40]}>")
            if tag == "meta" and name == "http-equiv" and value.lower() == "refresh":
                self.found.append("<meta refresh>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, text: str) -> None:
        if self.token in text and self.inside in ("script", "style"):
            self.found.append(f"attacker's text in <{self.inside}>")


def dangers(html: str, token: str) -> Iterator[str]:
    """Each thing in the page that could run the attacker's code or contact the attacker.

    >>> list(dangers('<img src=x onerror="a()">', "tok"))
    ['<img onerror=>']
    """
    finder = _Finder(token)
    finder.feed(html)
    finder.close()
    yield from dict.fromkeys(finder.found)
