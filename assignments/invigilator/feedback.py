"""Feedback pages: nbgrader's layout, nothing in them that runs, nothing in them that leaks.

Hidden tests, expected values and tracebacks of test cells never reach a page. HTML from
outputs and text cells goes through a maintained sanitiser; the page forbids scripts,
addresses and forms by its content policy; pictures are embedded. What is too large, or
built to make a parser work for minutes, is shown as it was typed.

`FeedbackExporter` serves stock ``nbgrader generate_feedback``; `page` serves the engine,
which calls it in a process of its own (see `renderer`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import nh3
from nbconvert.exporters.exporter import Exporter
from nbconvert.filters.ansi import ansi2html, strip_ansi
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets import default

from . import statuses, verdicts
from .submission import visible

STYLE = Path(__file__).with_name("pages.css").read_text(encoding="utf-8")
PYTHON, CODE = PythonLexer(), HtmlFormatter(cssclass="highlight", style="default")
SHEET = STYLE + CODE.get_style_defs(".highlight")
POLICY = ("default-src 'none'; img-src data:; style-src 'sha256-"
          + base64.b64encode(hashlib.sha256(SHEET.encode()).digest()).decode()
          + "'; base-uri 'none'; form-action 'none'")
HEAD = ('<meta charset="utf-8" />\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />\n'
        '<meta name="referrer" content="no-referrer" />\n'
        '<meta name="viewport" content="width=device-width" />\n')
# A program for formulas reads over a <wbr> inside a command, so that no filter would see it
TAGS = nh3.ALLOWED_TAGS - {"area", "map", "nav", "header", "footer", "wbr"}
ATTRIBUTES = {**{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
              "img": {"src", "alt", "width", "height"}, "details": {"open"}}
PICTURE = re.compile(r"data:image/(png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=\s]+\Z")
PILCROW = re.compile(r'<a class="anchor-link"[^>]*>[^<]*</a>')
MOST_TEXT = 100_000
MOST_TYPED = 20_000  # characters of a cell: ten pages of text; colouring them takes 0.1 s
MOST_READ = 400_000  # characters of all cells of a page: beyond, nothing is coloured or formatted
MOST_BLANK = 500  # blanks in a row: some parsers try each of them as a beginning
MOST_MARKUP = 1_000_000  # characters of HTML, pictures not counted: a table of 5,000 rows
MOST_REBUILT = 12_000_000  # characters of formatting tags that a parser may have to repeat
MOST_NESTED = 300  # elements left open: a parser looks through all of them again and again
MOST_KEPT = 2_000_000  # characters that a cache holds
MOST_PICTURES = 16_000_000  # characters of pictures pasted into one cell
BLANK = re.compile(rf"\s{{{MOST_BLANK + 1}}}")
EMBEDDED = re.compile(r"data:image/[a-z+]{1,20};base64,[A-Za-z0-9+/=]*")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
FORMATTING = "a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u"
BEGUN = re.compile(rf"<(?:{FORMATTING})(?=[\s/>])", re.I)
WHOLE = re.compile(rf"<(?:{FORMATTING})(?:\s+[\w:.@-]+(?:\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'"
                   r"|[^\s\"'<>=`]+))?)*\s*/?>", re.I)
NESTED = re.compile(r"<(/?)(?!(?:p|li|d[dt]|t[dhr]|tbody|thead|tfoot|caption|colgroup|col"
                    r"|option|br|hr|img|wbr|input|link|meta|path|rect|circle|ellipse|line|poly\w+"
                    r"|use|stop)\b)[a-z]", re.I)
RISKY = re.compile(r"\\(?=href|url|require|style|class|cssId|html|data|mmlToken|bbox"
                   r"|includegraphics|unicode|texttip|toggle|enclose)")
PASTED = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if PICTURE.match(value) else None
    if name in ("href", "cite") and not re.match(r"(https?:|mailto:|#)", value.strip(), re.I):
        return None
    return value


def clean(markup: str) -> str:
    """HTML that shows the same and does nothing.

    >>> clean('<b onclick="x()">a</b><script>y()</script><img src="https://a/b.png">')
    '<b>a</b><img>'
    """
    sound = markup.encode(errors="replace").decode()  # half a character cannot be written
    return nh3.clean(sound, tags=TAGS, attributes=ATTRIBUTES, attribute_filter=_attribute,
                     url_schemes={"http", "https", "mailto", "data"},
                     allowed_classes={"table": {"dataframe"}},
                     link_rel="noopener noreferrer nofollow")


def kept(make: Callable[[str], str]) -> Callable[[str], str]:
    """Remember what was made of the texts that all students have, within bounds."""
    found: dict[str, str] = {}
    size = 0

    @wraps(make)
    def look_up(source: str) -> str:
        nonlocal size
        if source not in found:
            made = make(source)
            more = len(source) + len(made)
            if more > MOST_KEPT // 8:
                return made
            if size + more > MOST_KEPT:
                found.clear()
                size = 0
            found[source], size = made, size + more
        return found[source]

    return look_up


def heavy(source: str) -> bool:
    """Is a cell too long, or too blank, to be coloured or read as Markdown?"""
    words = EMBEDDED.sub("", source)
    return len(words) > MOST_TYPED or BLANK.search(words) is not None


def tangled(markup: str) -> bool:
    """Would a parser of HTML make much more of this than it is?

    A formatting element that is left open is opened again after every tag that follows.

    >>> tangled("<b><i>x</i></b>" * 100), tangled("<b title=1>" * 1000 + "<p>x</p>" * 1000)
    (False, True)
    """
    tags = [found.end() - found.start() for found in WHOLE.finditer(markup)]
    if (len(EMBEDDED.sub("", markup)) > MOST_MARKUP or len(BEGUN.findall(markup)) > len(tags)
            or sum(tags) * markup.count("<") > MOST_REBUILT):
        return True
    depth = 0
    for found in NESTED.finditer(markup):
        depth = max(0, depth + (-1 if found[1] else 1))
        if depth > MOST_NESTED:
            return True
    return False


def typed(source: str) -> str:
    """A cell as it was typed."""
    return f"<pre>{html.escape(source)}</pre>"


@kept
def code(source: str) -> str:
    """Python source with colours."""
    return typed(source) if heavy(source) else highlight(source, PYTHON, CODE)


@kept
def text(source: str) -> str:
    """Markdown as clean HTML. Formulas stay as they were typed: a page runs no script."""
    from nbconvert.filters.markdown import markdown2html

    if heavy(source):
        return typed(source)
    try:
        made = PILCROW.sub("", markdown2html(source.replace("attachment:", "missing-picture:")))
        return typed(source) if tangled(made) else clean(made)
    except Exception:  # noqa: BLE001 - a student's text may break any converter; show it as typed
        return typed(source)


def shorten(given: str) -> str:
    """Long text cut, with a word about it."""
    return given if len(given) <= MOST_TEXT else given[:MOST_TEXT] + "\n... Output truncated ..."


def plain(given: Any) -> str:
    """Terminal text as HTML, long text cut with a word about it."""
    whole = shorten(verdicts.joined(given))
    return ansi2html(whole) if "\x1b" in whole else html.escape(whole)


def picture(mime: str, data: Any, alt: str = "Picture made by this cell") -> str:
    """An embedded picture; an SVG drawn as a picture cannot run the script inside it."""
    raw = verdicts.joined(data)
    if mime == "image/svg+xml":
        encoded = base64.b64encode(raw.encode(errors="replace")).decode()
    else:
        try:
            encoded = base64.b64encode(base64.b64decode(raw, validate=False)).decode()
        except (binascii.Error, ValueError):
            return "<pre>(a picture that cannot be shown)</pre>"
    return f'<img src="data:{mime};base64,{encoded}" alt="{html.escape(alt, quote=True)}" />'


def output(given: Mapping[str, Any]) -> str:
    """One output of a code cell."""
    kind = given.get("output_type")
    if kind == "stream":
        name = "stderr" if given.get("name") == "stderr" else "stdout"
        return _area("", f"output_stream output_{name} output_text",
                     f"<pre>{plain(given.get('text', ''))}</pre>")
    if kind == "error":
        lines = given.get("traceback") or [f"{given.get('ename')}: {given.get('evalue')}"]
        body = plain("\n".join(str(line) for line in lines))
        return _area("", "output_text output_error", f"<pre>{body}</pre>")
    data = given.get("data")
    if kind not in ("execute_result", "display_data") or not isinstance(data, Mapping):
        return ""
    count = given.get("execution_count")
    label = f"Out[{int(count)}]:" if kind == "execute_result" and isinstance(count, int) else ""
    return _area(label, "output_" + kind, bundle(data))


def bundle(data: Mapping[str, Any]) -> str:
    """The richest form of an output that is safe to show."""
    if "text/html" in data:
        markup = verdicts.joined(data["text/html"])
        return f"<pre>{plain(markup)}</pre>" if tangled(markup) else clean(markup)
    for mime in ("image/svg+xml", "image/png", "image/jpeg"):
        if mime in data:
            alt = verdicts.joined(data.get("text/plain", ""))
            return picture(mime, data[mime], alt[:200] or "Picture made by this cell")
    for mime in ("text/markdown", "text/latex", "text/plain"):
        if mime in data:
            raw = verdicts.joined(data[mime])
            return text(raw) if mime == "text/markdown" else f"<pre>{plain(raw)}</pre>"
    return "<pre>(this output cannot be shown on a page)</pre>"


def _area(label: str, kind: str, body: str) -> str:
    return (f'<div class="output_area"><div class="prompt output_prompt">{label}</div>'
            f'<div class="output_subarea {kind}">{body}</div></div>')


def cell(given: Mapping[str, Any], as_it_is: bool = False) -> str:
    """One cell of the page; with `as_it_is` no colours, and text as it was typed."""
    meta = given["metadata"].get("nbgrader") or {}
    if not (meta.get("solution") or meta.get("grade") or meta.get("task")):
        meta = {}
    if given["cell_type"] != "code":
        shown = (text(_attached(given, visible(given["source"])))
                 if given["cell_type"] == "markdown" and not as_it_is
                 else typed(visible(given["source"])))
        body = f'<div class="text_cell_render rendered_html">{shown}</div>'
        inner = _panel(given, meta, body) if meta else body
        return (f'<div class="cell border-box-sizing text_cell rendered"><div class="prompt"></div>'
                f'<div class="inner_cell">{inner}</div></div>')
    is_test = bool(meta.get("grade") and not meta.get("solution"))
    source = visible(given["source"]) if is_test else given["source"]
    body = f'<div class="input_area">{(typed if as_it_is else code)(source)}</div>'
    if is_test and source != given["source"]:
        body += '<p class="hidden-note">This cell also ran checks that are not shown.</p>'
    inner = _panel(given, meta, body) if meta else body
    outputs = (verdicts.shown_outputs(given) if is_test else given.get("outputs", []))
    shown = "".join(output(one) for one in outputs)
    count = given.get("execution_count")
    number = int(count) if isinstance(count, int) else " "
    return ('<div class="cell border-box-sizing code_cell rendered"><div class="input">'
            f'<div class="prompt input_prompt">In&nbsp;[{number}]:</div>'
            f'<div class="inner_cell">{inner}</div></div>'
            + (f'<div class="output_wrapper"><div class="output">{shown}</div></div></div>'
               if shown else "</div>"))


def _attached(given: Mapping[str, Any], source: str) -> str:
    """The text of a cell with its pasted pictures, each put in once and never searched again."""
    pictures: dict[str, str] = {}
    for name, forms in (given.get("attachments") or {}).items():
        for mime, data in forms.items():
            raw = verdicts.joined(data)
            if mime in PASTED and BASE64.fullmatch(raw):
                pictures.setdefault(name, f"data:{mime};base64,{''.join(raw.split())}")
    room = MOST_PICTURES

    def put_in(found: re.Match[str]) -> str:
        nonlocal room
        room -= len(pictures[found[1]])
        return pictures[found[1]] if room >= 0 else found[0]

    names = "|".join(re.escape(name) for name in sorted(pictures, key=len, reverse=True))
    return re.sub(f"attachment:({names})", put_in, source) if pictures else source


def _score(meta: Mapping[str, Any]) -> str:
    if meta.get("waiting"):
        return f"not yet marked by a person, {float(meta.get('points') or 0):.2f} points"
    return f"Score: {float(meta.get('score') or 0):.2f} / {float(meta.get('points') or 0):.2f}"


def _panel(given: Mapping[str, Any], meta: Mapping[str, Any], body: str) -> str:
    name = html.escape(str(meta.get("grade_id", "")), quote=True)
    anchors = (f'<a name="comment-{name}"></a>' if meta.get("solution") or meta.get("task") else "")
    anchors += f'<a name="{name}"></a>' if meta.get("grade") else ""
    scored = meta.get("grade") or meta.get("task")
    right = f'{_score(meta)} <a href="#top">(Top)</a>' if scored else '<a href="#top">(Top)</a>'
    label = ("Student's answer" if meta.get("solution") else "Student's task" if meta.get("task")
             else f"Grade cell: <code>{name}</code>")
    footer, outcome = "", ""
    if meta.get("comment"):
        footer = f"<b>Comments:</b> {text(str(meta['comment']))}"
    elif meta.get("grade") and not meta.get("solution"):
        found = verdicts.of(given)
        outcome = " " + found.outcome.replace(" ", "-")
        word = statuses.OUTCOMES[found.outcome].capitalize()
        footer = f"<b>{word}.</b> {said(found.reason)}"
    foot = f'<div class="panel-footer"><div>{footer}</div></div>' if footer else ""
    return (f'<div class="panel panel-primary nbgrader_cell{outcome}">{anchors}'
            f'<div class="panel-heading"><span class="nbgrader-label">{label}</span> '
            f'<span class="pull-right">{right}</span></div>'
            f'<div class="panel-body">{body}</div>{foot}</div>')


def said(sentence: str) -> str:
    """A sentence as HTML, what stands between backticks as code.

    >>> said("replace `...` by a < b")
    'replace <code>...</code> by a &lt; b'
    """
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(sentence))


def contents(cells: list[Mapping[str, Any]], late: float) -> str:
    """The list at the top: every mark with its reason."""
    lines = []
    for one in cells:
        meta = one["metadata"].get("nbgrader") or {}
        name = html.escape(str(meta.get("grade_id", "")), quote=True)
        if meta.get("grade") and not meta.get("solution"):
            found = verdicts.of(one)
            why = f"{statuses.OUTCOMES[found.outcome]}. {found.reason}"
            lines.append(f'<a href="#{name}">Test cell</a> <code>{name}</code> ({_score(meta)}): '
                         f"{said(why)}")
        elif meta.get("grade"):
            kind = "Coding free-response" if one["cell_type"] == "code" else "Written response"
            lines.append(f'<a href="#{name}">{kind}</a> ({_score(meta)})')
        elif meta.get("task"):
            lines.append(f'<a href="#comment-{name}">Task</a> ({_score(meta)})')
        if meta.get("comment"):
            lines.append(f'<a href="#comment-{name}">Comment</a>')
    made = "".join(f"<li>{line}</li>" for line in lines)
    if late > 0:
        made += f'<li class="late-penalty">Late submission penalty (Score: -{late:.2f})</li>'
    return f'<div id="toc"><ol>{made}</ol></div>'


def page(notebook: Mapping[str, Any], title: str, score: float, points: float,
         late: float = 0.0) -> str:
    """The whole feedback page of an autograded notebook.

    ``notebook`` is a mapping in nbformat 4 whose graded cells carry ``score``, ``points``
    and ``comment`` in their nbgrader metadata, as GetGrades writes them.
    """
    cells = notebook["cells"]
    about = notebook["metadata"].get("invigilator") or {}
    status = ""
    if about.get("status", statuses.GRADED) != statuses.GRADED:
        status = (f'<div class="status"><b>{html.escape(str(about["status"]).capitalize())}.</b> '
                  f'{said(str(about.get("sentence", "")))}</div>')
    name = html.escape(title)
    words = sum(len(EMBEDDED.sub("", one["source"])) for one in cells)
    body = "\n".join(cell(one, words > MOST_READ) for one in cells)
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{HEAD}<title>{name}</title>\n'
            f"<style>{SHEET}</style>\n</head>\n<body>\n"
            f'<a name="top"></a><div class="container"><div class="panel panel-default">'
            f'<div class="panel-heading"><h4>{name} (Score: {score:.2f} / {points:.2f})</h4>'
            f"{contents(cells, late)}</div>{status}"
            f'<div class="panel-body"><div id="notebook" class="border-box-sizing">'
            f'<div class="container" id="notebook-container">\n{body}\n</div></div></div>'
            "</div></div>\n</body>\n</html>\n")


def bare(title: str, marks: Iterable[tuple[str, float, float]], score: float, points: float,
         late: float = 0.0) -> str:
    """A page with the marks alone, in words of ours: name, score and points of each cell."""
    lines = "\n".join(f"{name}: {got:g} of {most:g}" for name, got, most in marks)
    cells = [{"cell_type": "raw", "id": "marks", "metadata": {}, "source": lines}]
    return page({"cells": cells, "metadata": {}}, title, score, points, late)


def for_reading(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cells for a page that nbconvert makes and a signed-in marker reads: nothing in them runs."""
    return [_for_reading(one) for one in cells]


def _for_reading(given: dict[str, Any]) -> dict[str, Any]:
    source = verdicts.joined(given["source"])
    if given["cell_type"] != "code":
        shown = (text(_attached(given, source)) if given["cell_type"] == "markdown"
                 else typed(source))
        return {**given, "cell_type": "markdown", "source": _once(shown), "attachments": {}}
    meta = {key: value for key, value in given["metadata"].items() if key != "magics_language"}
    if heavy(source):
        meta["magics_language"] = "text"
    outputs = []
    for one in given.get("outputs", []):
        data = one.get("data")
        if isinstance(data, Mapping):
            forms = {mime: shorten(verdicts.joined(data[mime])) for mime in data
                     if mime in ("text/plain", "text/latex")}
            if "text/latex" in forms:
                forms["text/latex"] = RISKY.sub("\\\\\u200b", forms["text/latex"])
            if set(data) - set(forms):
                forms["text/html"] = RISKY.sub("\\\\\u200b", bundle(data))
            one = {**one, "data": forms, "metadata": {}}
        outputs.append(one)
    return {**given, "metadata": meta, "outputs": outputs}


def as_typed(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cells for reading when `for_reading` fails: the words alone, and no output."""
    return [{**one, "cell_type": "markdown", "attachments": {}, "outputs": [],
             "source": _once(typed(verdicts.joined(one["source"])))}
            if one["cell_type"] != "code" else
            {**one, "metadata": {**one["metadata"], "magics_language": "text"}, "outputs": []}
            for one in cells]


def _once(shown: str) -> str:
    """Clean HTML that a converter of Markdown passes on as it is: one block, one line."""
    flat = RISKY.sub("\\\\\u200b", shown)
    for sign in "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029$":
        flat = flat.replace(sign, f"&#{ord(sign)};")
    return f"<div>{flat}</div>"


class FeedbackExporter(Exporter):
    """The page as an nbconvert exporter, for ``GenerateFeedback.exporter_class``."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        from . import renderer

        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        about = resources["nbgrader"]
        title, *figures = about["notebook"], *(
            float(about[name]) for name in ("score", "max_score", "late_penalty"))
        try:
            return renderer.shared().page(notebook, title, *figures), resources
        except renderer.PageError as error:
            self.log.warning("%s shows the marks alone: the page %s", title, error)
        marked = [meta for meta in (one["metadata"].get("nbgrader", {}) for one in notebook.cells)
                  if meta.get("grade") or meta.get("task")]
        marks = [(str(meta.get("grade_id")), float(meta.get("score") or 0),
                  float(meta.get("points") or 0)) for meta in marked]
        return bare(title, marks, *figures), resources


__all__ = ["FeedbackExporter", "clean", "page", "strip_ansi"]
