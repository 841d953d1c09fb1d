"""Feedback pages: nbgrader's layout, nothing in them that runs, nothing in them that leaks.

Hidden tests, expected values and tracebacks of test cells never reach a page. HTML from
outputs and text cells goes through a maintained sanitiser; the page forbids scripts,
addresses and forms by its content policy; pictures are embedded.

`FeedbackExporter` serves stock ``nbgrader generate_feedback``; `page` serves the engine.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Mapping
from functools import lru_cache
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
TAGS = nh3.ALLOWED_TAGS - {"area", "map", "nav", "header", "footer"}
ATTRIBUTES = {**{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
              "img": {"src", "alt", "width", "height"}, "details": {"open"}}
PICTURE = re.compile(r"data:image/(png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=\s]+\Z")
PILCROW = re.compile(r'<a class="anchor-link"[^>]*>[^<]*</a>')
MOST_TEXT = 100_000


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
    return nh3.clean(markup, tags=TAGS, attributes=ATTRIBUTES, attribute_filter=_attribute,
                     url_schemes={"http", "https", "mailto", "data"},
                     allowed_classes={"table": {"dataframe"}},
                     link_rel="noopener noreferrer nofollow")


@lru_cache(maxsize=4096)
def code(source: str) -> str:
    """Python source with colours."""
    return highlight(source, PYTHON, CODE)


@lru_cache(maxsize=4096)
def text(source: str) -> str:
    """Markdown as clean HTML. Formulas stay as they were typed: a page runs no script."""
    from nbconvert.filters.markdown import markdown2html

    try:
        made = markdown2html(source.replace("attachment:", "missing-picture:"))
        return clean(PILCROW.sub("", made))
    except Exception:  # noqa: BLE001 - a student's text may break any converter; show it as typed
        return f"<pre>{html.escape(source)}</pre>"


def plain(given: Any) -> str:
    """Terminal text as HTML, long text cut with a word about it."""
    joined = "".join(given) if isinstance(given, list) else str(given)
    if len(joined) > MOST_TEXT:
        joined = joined[:MOST_TEXT] + "\n... Output truncated ..."
    return ansi2html(joined) if "\x1b" in joined else html.escape(joined)


def picture(mime: str, data: Any, alt: str = "Picture made by this cell") -> str:
    """An embedded picture; an SVG drawn as a picture cannot run the script inside it."""
    raw = "".join(data) if isinstance(data, list) else str(data)
    if mime == "image/svg+xml":
        encoded = base64.b64encode(raw.encode()).decode()
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
        markup = data["text/html"]
        return clean("".join(markup) if isinstance(markup, list) else str(markup))
    for mime in ("image/svg+xml", "image/png", "image/jpeg"):
        if mime in data:
            alt = data.get("text/plain", "")
            alt = "".join(alt) if isinstance(alt, list) else str(alt)
            return picture(mime, data[mime], alt[:200] or "Picture made by this cell")
    for mime in ("text/markdown", "text/latex", "text/plain"):
        if mime in data:
            raw = data[mime]
            raw = "".join(raw) if isinstance(raw, list) else str(raw)
            return text(raw) if mime == "text/markdown" else f"<pre>{plain(raw)}</pre>"
    return "<pre>(this output cannot be shown on a page)</pre>"


def _area(label: str, kind: str, body: str) -> str:
    return (f'<div class="output_area"><div class="prompt output_prompt">{label}</div>'
            f'<div class="output_subarea {kind}">{body}</div></div>')


def cell(given: Mapping[str, Any]) -> str:
    """One cell of the page."""
    meta = given["metadata"].get("nbgrader") or {}
    if not (meta.get("solution") or meta.get("grade") or meta.get("task")):
        meta = {}
    if given["cell_type"] != "code":
        shown = text(_attached(given)) if given["cell_type"] == "markdown" else (
            f"<pre>{html.escape(given['source'])}</pre>")
        body = f'<div class="text_cell_render rendered_html">{shown}</div>'
        inner = _panel(given, meta, body) if meta else body
        return (f'<div class="cell border-box-sizing text_cell rendered"><div class="prompt"></div>'
                f'<div class="inner_cell">{inner}</div></div>')
    is_test = bool(meta.get("grade") and not meta.get("solution"))
    source = visible(given["source"]) if is_test else given["source"]
    body = f'<div class="input_area">{code(source)}</div>'
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


def _attached(given: Mapping[str, Any]) -> str:
    source = visible(given["source"])
    for name, bundle in (given.get("attachments") or {}).items():
        for mime, data in bundle.items():
            source = source.replace(f"attachment:{name}", f"data:{mime};base64,{data}")
    return source


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
        footer = f"<b>{word}.</b> {html.escape(found.reason)}"
    foot = f'<div class="panel-footer"><div>{footer}</div></div>' if footer else ""
    return (f'<div class="panel panel-primary nbgrader_cell{outcome}">{anchors}'
            f'<div class="panel-heading"><span class="nbgrader-label">{label}</span> '
            f'<span class="pull-right">{right}</span></div>'
            f'<div class="panel-body">{body}</div>{foot}</div>')


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
                         f"{html.escape(why)}")
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
                  f'{html.escape(str(about.get("sentence", "")))}</div>')
    name = html.escape(title)
    body = "\n".join(cell(one) for one in cells)
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{HEAD}<title>{name}</title>\n'
            f"<style>{SHEET}</style>\n</head>\n<body>\n"
            f'<a name="top"></a><div class="container"><div class="panel panel-default">'
            f'<div class="panel-heading"><h4>{name} (Score: {score:.2f} / {points:.2f})</h4>'
            f"{contents(cells, late)}</div>{status}"
            f'<div class="panel-body"><div id="notebook" class="border-box-sizing">'
            f'<div class="container" id="notebook-container">\n{body}\n</div></div></div>'
            "</div></div>\n</body>\n</html>\n")


class FeedbackExporter(Exporter):
    """The page as an nbconvert exporter, for ``GenerateFeedback.exporter_class``."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        about = resources["nbgrader"]
        return page(notebook, about["notebook"], float(about["score"]), float(about["max_score"]),
                    float(about["late_penalty"])), resources


__all__ = ["FeedbackExporter", "clean", "page", "strip_ansi"]
