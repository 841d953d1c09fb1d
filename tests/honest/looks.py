"""Cells whose outputs must look as from a kernel, and how two lists of outputs are compared."""

from __future__ import annotations

import re
from typing import Any

LOOKS = {
    "text": "print('one')\nprint('two', end='')",
    "stderr": "import sys\nprint('careful', file=sys.stderr)",
    "streams-in-turn": "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')",
    "value": "1 + 1",
    "value-quiet": "1 + 1;",
    "value-none": "None",
    "value-by-name": "_looks_value = {'a': [1, 2]}\n_looks_value",
    "table": "pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})",
    "series": "pd.Series([1.5, 2.5], name='s')",
    "array": "np.arange(12).reshape(3, 4)",
    "figure": "fig9, ax9 = plt.subplots()\nax9.plot([1, 2, 3])",
    "two-figures": "plt.figure(); plt.plot([1, 2])\nplt.figure(); plt.plot([2, 1])\nplt.show()",
    "figure-object": "fig8 = plt.figure()\nplt.close(fig8)\nfig8",
    "error": "def divide(a):\n    return a / 0\ndivide(1)",
    "error-after-text": "print('before')\nraise KeyError('k')",
    "error-chained": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n"
    "    raise ValueError('v') from e",
    "syntax-error": "x = = 2",
    "indentation-error": "if True:\nprint(1)",
    "assertion": "assert 1 == 2, 'numbers differ'",
    "system-exit": "import sys\nsys.exit(3)",
    "interrupt-raised": "raise KeyboardInterrupt('stop')",
    "progress-bar": "for i in range(4):\n    print(f'\\r{i}/3', end='')\nprint()",
    "widget": "import ipywidgets\nipywidgets.IntSlider(value=3)",
    "widget-displayed": "from IPython.display import display\n"
    "display(ipywidgets.HTML('<b>x</b>'), ipywidgets.Text('y'))",
    "display-html": "from IPython.display import HTML, Markdown, Latex\n"
    "display(HTML('<b>b</b>'), Markdown('*m*'), Latex('$l$'))",
    "display-plain": "display('text', 5, [1])",
    "display-update": "h = display('first', display_id=True)\nh.update('second')",
    "clear-output": "from IPython.display import clear_output\nprint('old')\nclear_output()\n"
    "print('new')",
    "clear-output-wait": "print('old')\nclear_output(wait=True)\nprint('new')",
    "image": "from IPython.display import Image\nimport base64\nImage(base64.b64decode("
    "'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='))",
    "json": "from IPython.display import JSON\nJSON({'a': 1})",
    "svg": "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
    "input": "name = input('Name? ')",
    "inline-magic": "%matplotlib inline",
    "shell": "!echo hello",
    "shell-lines": "lines = !echo one; echo two\nlines",
    "shell-fails": "!false\n_exit_code",
    "await": "import asyncio\nawait asyncio.sleep(0, 'slept')",
    "await-gather": "async def one(n):\n    await asyncio.sleep(0)\n    return n\n"
    "await asyncio.gather(one(1), one(2))",
    "custom-html": "class Html:\n    def _repr_html_(self):\n        return '<i>h</i>'\n"
    "    def __repr__(self):\n        return 'H'\nHtml()",
    "custom-bundle": "class Bundle:\n    def _repr_mimebundle_(self, **k):\n"
    "        return {'text/html': '<u>u</u>', 'text/plain': 'B'}\nBundle()",
    "repr-raises": "class Bad:\n    def __repr__(self):\n        raise ValueError('no')\nBad()",
    "warning": "import warnings\nwarnings.warn('old way')",
    "logging": "import logging\nlogging.warning('logged')",
    "subprocess": "import subprocess\nsubprocess.run(['echo', 'child'])\nNone",
    "raw-descriptor": "import os\n_ = os.write(1, b'raw\\n')",
    "capture": "%%capture kept\nprint('hidden')",
    "captured": "kept.stdout",
    "who": "%lsmagic\nNone",
    "help": "len?",
    "out-history": "40 + 2",
    "out-history-used": "_ + Out[max(Out)] - _",
    "print-many": "for n in range(50):\n    print(n)",
    "unicode": "print('Grüße 你好 🎓')\n'Grüße'",
    "ansi": "print('\\x1b[31mred\\x1b[0m')",
    "long-list": "list(range(300))",
    "wide-dict": "{f'key{n}': 'v' * 30 for n in range(20)}",
    "set-order": "{3, 1, 2}",
    "pretty-nested": "[[n] * 12 for n in range(12)]",
    "empty-cell": "",
    "comment-only": "# nothing",
    "magic-unknown": "%no_such_magic",
    "question-syntax-error": "print('a'\n",
    "threads": "import threading\nt = threading.Thread(target=print, args=('from thread',))\n"
    "t.start(); t.join()",
    "style": "pd.DataFrame({'a': [1]}).style.hide(axis='index')",
    "plot-method": "pd.Series([1, 3, 2]).plot(title='Series')",
    "close-figures": "plt.plot([1]); plt.close('all')",
    "matplotlib-object-list": "plt.plot([1, 2])",
}
ANSI = re.compile(r"\x1b\[[0-9;]*m")
PLACES = [
    (re.compile(r"0x[0-9a-f]{6,}"), "0xADDRESS"),
    (re.compile(r"(Cell )?In ?\[\d+\]|<ipython-input-[^>]*>"), "CELL"),
    (re.compile(r"/tmp/ipykernel_\d+/\d+\.py|\d+\.py(?=, line)"), "CELL"),
    (re.compile(r"T_[0-9a-f]{5}"), "T_STYLE"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "HEX"),
    (re.compile(r"\b\d+(\.\d+)?(e-\d+)? ?([mµnu]?s)\b"), "TIME"),
]


def settled(text: Any) -> str:
    """A text without colours, addresses, cell numbers and times."""
    text = "".join(text) if isinstance(text, list) else str(text)
    text = ANSI.sub("", text)
    for pattern, word in PLACES:
        text = pattern.sub(word, text)
    return text.strip()


def shape(outputs: list[dict[str, Any]]) -> list[Any]:
    """What a reader sees of outputs: kinds, texts, MIME types, errors; pictures by being there."""
    seen: list[Any] = []
    streams: dict[str, str] = {}
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":  # a kernel flushes its two streams when it likes
            text = "".join(output["text"])
            streams[output["name"]] = streams.get(output["name"], "") + text
        elif kind == "error":
            body = settled("\n".join(output["traceback"]))
            if output["ename"] in body:  # else: nbgrader's own remark on an error already shown
                seen.append(("error", output["ename"], settled(output["evalue"])))
        else:
            data = output.get("data", {})
            texts = {mime: settled(value) for mime, value in data.items()
                     if mime.startswith("text/")}  # fmt: skip
            seen.append((kind, sorted(data), texts))
    return [*seen, *sorted((name, settled(text)) for name, text in streams.items())]
