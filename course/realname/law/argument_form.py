"""The form of a judgement exercise: boxes to fill in, and its twin, a sheet of text in the cell.

A set makes one with its case, ``fill_in = ArgumentForm(AUTHORITIES, FACTS, DAY)``; the answer cell
calls it with the sheet. The cell is what is saved, handed in and marked. In a notebook the call
also shows boxes; running the cell again moves what was typed there into the cell.
"""

from __future__ import annotations

import ast
import html
import itertools
from collections.abc import Collection, Mapping
from typing import Any

from realname.law.argument import FIELDS, TEXTS, Argument, ArgumentError
from realname.law.argument_checks import Source, check
from realname.law.argument_sheet import EMPTY, LABELS, lines, merged, read_sheet, write_sheet

_KEPT = "In the cell: everything that stands in the boxes also stands in the cell above."
_LOOSE = (
    "Not yet in the cell. Click the cell above and run it once more: what you typed moves there."
)
_BY_HAND = (
    "Not in the cell, and it cannot be put there, because the cell computes its text: copy it."
)
_MOST_FOUND = 6


class ArgumentForm:
    """A form for one case. Called with a sheet of text it returns the Argument of that sheet.

    authorities: what may be cited, from ``argument_checks.sources``. facts: names of the facts of
    the case, or a mapping from name to what it says. day: the date the case turns on, if one.
    Raises ArgumentError for a sheet that cannot be read.

    >>> fill_in = ArgumentForm({}, ["card"])
    >>> fill_in("Issue: Is it lawful?").issue
    'Is it lawful?'
    """

    def __init__(
        self,
        authorities: Mapping[str, Source],
        facts: Collection[str] | Mapping[str, str] = (),
        day: str | None = None,
    ) -> None:
        self._authorities = dict(authorities)
        self._facts = dict(facts) if isinstance(facts, Mapping) else {name: "" for name in facts}
        self._day = day
        self._shown: Argument | None = None
        self._boxes: Any = None

    def __call__(self, sheet: str = EMPTY) -> Argument:
        """The Argument of a sheet; in a notebook also shows the boxes under the cell."""
        if sheet is ... or sheet is None:
            sheet = EMPTY
        cell = read_sheet(sheet, self._facts)
        shell = _shell_with_a_page()
        if shell is None:
            return cell
        form, kept = cell, True
        if self._boxes is not None and self._shown is not None:
            form = merged(cell, self._shown, self._boxes.typed())
            source = shell.history_manager.input_hist_raw[-1]
            replaced = with_sheet(source, write_sheet(form)) if form != cell else source
            kept = replaced is not None
            if replaced is not None and replaced != source:
                shell.set_next_input(replaced, replace=True)
        self._show(form, kept)
        return form

    def _show(self, form: Argument, kept: bool) -> None:
        from IPython.display import display

        self._shown = form
        self._boxes = _Boxes(form, self._authorities, self._facts, self._day, kept)
        display(self._boxes.panel)


def _shell_with_a_page() -> Any:
    """The shell if a person sits before it, so that boxes make sense; else None."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()  # type: ignore[no-untyped-call]
    return shell if getattr(shell, "kernel", None) is not None else None


def with_sheet(source: str, sheet: str) -> str | None:
    """A cell's source with another sheet in its call ``name(\"\"\"…\"\"\")``; None if it has none.

    The call is the first whose only argument is one text or nothing, assigned to `argument`.

    >>> print(with_sheet('side = 1\\nargument = fill_in("")', "Issue: Why?"))
    side = 1
    argument = fill_in(\"\"\"Issue: Why?\"\"\")
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    written = sheet.replace("\\", "\\\\").replace('"""', '""\\"')
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        call = node.value
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        texts = all(isinstance(each, ast.Constant) for each in call.args)
        if "argument" in names and len(call.args) <= 1 and not call.keywords and texts:
            new = f'{ast.unparse(call.func)}("""{written}""")'
            whole = source.encode()
            rows = [0, *itertools.accumulate(map(len, whole.splitlines(keepends=True)))]
            start = rows[call.lineno - 1] + call.col_offset
            end = rows[(call.end_lineno or 1) - 1] + (call.end_col_offset or 0)
            return (whole[:start] + new.encode() + whole[end:]).decode()
    return None


def _problems(
    form: Argument, authorities: Mapping[str, Source], facts: Mapping[str, str], day: str | None
) -> list[str]:
    return check(form, authorities=authorities, day=day, facts=list(facts) or None, numbers=False)


class _Boxes:
    """The boxes under the cell, and the sentences of the machine beside them."""

    def __init__(
        self, form: Argument, authorities: Mapping[str, Source], facts: Mapping[str, str],
        day: str | None, kept: bool,
    ) -> None:  # fmt: skip
        import ipywidgets as widgets

        self._known = authorities, facts, day
        self._start = form
        self._texts = {
            name: _area(LABELS[name], FIELDS[name], "\n".join(lines(form, name)),
                        3 if name in TEXTS[1:4] else 2)
            for name in FIELDS if name != "facts" or not facts
        }  # fmt: skip
        self._ticks = {
            name: widgets.Checkbox(
                value=name in form.facts, indent=False, layout={"width": "auto"},
                description=f"{name}: {words}" if words else name,
            )
            for name, words in facts.items()
        }  # fmt: skip
        self._others = [fact for fact in form.facts if fact not in facts]
        self._status = widgets.HTML()
        self._sentences = widgets.HTML()
        rows: list[Any] = []
        for name in FIELDS:
            if name in self._texts:
                rows.append(self._texts[name])
            else:
                side = {"width": "11em", "display": "flex", "justify_content": "flex-end"}
                label = widgets.Label(LABELS[name], layout=side)
                rows.append(widgets.HBox([label, widgets.VBox(list(self._ticks.values()))]))
            if name == "rule" and authorities:
                rows.append(self._finder())
        for box in (*self._texts.values(), *self._ticks.values()):
            box.observe(self._changed, names="value")
        self.panel = widgets.VBox([*rows, self._status, self._sentences])
        self._tell(_KEPT if kept else _BY_HAND)

    def typed(self) -> Argument:
        """What stands in the boxes."""
        form = {name: box.value for name, box in self._texts.items() if name != "rule"}
        facts = [name for name, tick in self._ticks.items() if tick.value] + self._others
        if not self._ticks:
            facts = [part for part in form.pop("facts").splitlines() if part.strip()]
        rules = [line for line in self._texts["rule"].value.splitlines() if line.strip()]
        return Argument(**form | {"rule": rules, "facts": facts})  # type: ignore[arg-type]

    def _finder(self) -> Any:
        """A box that finds authorities by a word of their name, each a button to be pressed."""
        import ipywidgets as widgets

        search = widgets.Text(
            description="Find a rule", placeholder="a word of its name, such as cybersecurity",
            style={"description_width": "11em"}, layout={"width": "46em"},
        )  # fmt: skip
        found = widgets.VBox(layout={"margin": "0 0 0 11em"})

        def look(_change: Any) -> None:
            sought = search.value.casefold().split()
            hits = [
                source for source in self._known[0].values()
                if sought and all(w in f"{source.id} {source.title}".casefold() for w in sought)
            ]  # fmt: skip
            found.children = tuple(self._choice(source) for source in hits[:_MOST_FOUND])

        search.observe(look, names="value")
        return widgets.VBox([search, found])

    def _choice(self, source: Source) -> Any:
        import ipywidgets as widgets

        button = widgets.Button(
            description=f"Add {source.id}: {source.title}", layout={"width": "46em"},
            tooltip="Writes it under Rule; you add the article or paragraph",
        )  # fmt: skip
        button.on_click(lambda _button: self._add(source))
        return button

    def _add(self, source: Source) -> None:
        place = "paragraph " if source.kind == "report" else "article "
        line = f"{source.id}, {place}, {self._known[2] or ''}".rstrip(", ")
        box = self._texts["rule"]
        box.value = "\n".join(filter(None, (box.value.rstrip(), line)))

    def _changed(self, _change: Any) -> None:
        self._tell(_LOOSE)

    def _tell(self, status: str) -> None:
        try:
            form = self.typed()
            found = [] if form == Argument() else _problems(form, *self._known)
        except ArgumentError as error:
            form, found = self._start, [str(error)]
        if form == self._start and status == _LOOSE:
            status = _KEPT
        self._status.value = f'<p role="status" aria-live="polite"><b>{html.escape(status)}</b></p>'
        items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in found)
        self._sentences.value = (
            f"<p>A machine would still say:</p><ul>{items}</ul>"
            if items
            else ("" if form == Argument() else "<p>A machine finds nothing to mend here.</p>")
        )


def _area(label: str, purpose: str, value: str, rows: int) -> Any:
    import ipywidgets as widgets

    return widgets.Textarea(
        value=value, description=label, placeholder=purpose[0].upper() + purpose[1:], rows=rows,
        style={"description_width": "11em"}, layout={"width": "46em"},
    )  # fmt: skip
