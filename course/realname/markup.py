"""Text with names of code in backticks, as HTML."""

from __future__ import annotations

import re
from html import escape


def marked_up(text: str) -> str:
    """The text, safe inside HTML; what stands between backticks becomes code.

    >>> marked_up("2 of 9 rows of `conflicts`, a < b")
    '2 of 9 rows of <code>conflicts</code>, a &lt; b'
    """
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))
