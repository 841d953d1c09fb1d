"""The counter one can click, and its twin in text: ``panel()`` and ``story(...)`` tell the same.

A case is five choices (era, document, holder, face, challenge) and a customer number that fixes
every draw, so that a story can be told again.
"""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from realname.world import counter as desk
from realname.world import people, visits
from realname.world.eras import ALTERNATIVES, ERAS
from realname.world.parameters import ParameterError

CHOICES: dict[str, dict[str, str]] = {
    "era": {
        "none": "none: pay and leave",
        "id_copy": "document shown",
        "id_photo": "photograph and clerk",
        "portrait": "portrait matching",
        "chip": "chip read, no face",
    },
    "document": {
        "own": "own card",
        "borrowed": "another person's card",
        "copy": "copy of a card",
        "forged": "forged card",
        "none": "no document",
    },
    "holder": {
        "present": "is the customer",
        "selling": "is the customer, will sell the number",
        "unaware": "knows nothing",
        "insider": "knows nothing; a clerk enters the data",
    },
    "face": {
        "holder": "the holder's own",
        "lookalike": "look-alike",
        "stranger": "somebody else",
        "print": "print of the holder",
        "replay": "film of the holder on a screen",
        "mask": "mask of the holder",
        "deepfake": "deepfake of the holder on a screen",
        "injection": "film fed in behind the camera, from home",
    },
    "challenge": {
        "as asked": "done as asked",
        "wrong": "wrong order, or not done",
    },
}
LABELS = {
    "era": "Procedure", "document": "Document", "holder": "Its holder", "face": "Face shown",
    "challenge": "Blink and turn",
}
_MANY = 10_000
_CROWD = 4_000


@dataclasses.dataclass(frozen=True)
class Story:
    """What happened to one customer: ``steps`` in words, ``issued``, ``often`` for many of them.

    Prints as numbered lines; in a notebook it shows as a list.
    """

    steps: tuple[str, ...]
    issued: bool | None
    often: str = ""

    def __str__(self) -> str:
        lines = [f"{i}. {step}" for i, step in enumerate(self.steps, 1)]
        return "\n".join([*lines, self.often] if self.often else lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{html.escape(step)}</li>" for step in self.steps)
        return f"<ol>{items}</ol><p>{html.escape(self.often)}</p>"


def story(
    era: str = "portrait", document: str = "own", holder: str = "present", face: str = "holder",
    challenge: str = "as asked", *, customer: int = 1, shop: desk.Counter | None = None,
) -> Story:
    """Tell one visit step by step, with the reason of each step.

    The words for each choice are the keys of ``CHOICES``. ``customer`` is any whole number; the
    same number tells the same story. ``shop`` is another counter (matcher, threshold, fallback);
    its era is replaced by ``era``. Raises ParameterError for an unknown choice.

    >>> print(story("none").steps[-1])
    A number is issued. Nobody is registered for it.
    """
    case = {"era": era, "document": document, "holder": holder, "face": face,
            "challenge": challenge}
    for name, given in case.items():
        if given not in CHOICES[name]:
            raise ParameterError(f"Unknown {name} {given!r}: use {', '.join(CHOICES[name])}.")
    problem = _impossible(case)
    if problem:
        return Story((problem,), None)
    shop = dataclasses.replace(shop or desk.Counter(), era=era)
    rng = np.random.default_rng([customer, 2019])
    crowd = people.population(_CROWD, rng)
    kind: dict[str, Any] = {
        "document": document, "face": face, "channel": "remote" if face == "injection" else "shop",
        "insider": holder == "insider", "agreed": holder == "selling",
        "wrong_response": challenge == "wrong",
    }
    log = shop.run(visits.alike(crowd, 1, rng, **kind), rng)
    many = shop.run(visits.alike(crowd, _MANY, np.random.default_rng(2019), **kind),
                    np.random.default_rng(2020))
    steps = [_sentence(event, case, shop, log.threshold) for event in
             log.events().to_dict("records")]
    return Story(
        tuple(step for step in steps if step) + _after(bool(log.issued[0]), case),
        bool(log.issued[0]),
        f"Of {_MANY:,} such visits in the model, {int(many.issued.sum()):,} end with a number.",
    )


def _impossible(case: dict[str, str]) -> str:
    here = case["holder"] in ("present", "selling")
    if case["era"] == "none":
        return ""
    if here and case["face"] != "holder":
        return "This cannot be: the holder is the customer, so the face shown is the holder's own."
    if here and case["document"] == "borrowed":
        return "This cannot be: the holder is the customer, so the card is not another person's."
    if not here and case["face"] == "holder":
        return "This cannot be: a holder who knows nothing of it does not show her own face."
    if not here and case["document"] == "own":
        return "This cannot be: the customer's own card belongs to a holder who knows of it."
    return ""


def _rate(shop: desk.Counter, name: str) -> str:
    """A parameter in words, with its label: 2 in 100 (assumption)."""
    parameter = shop.book[name]
    return f"{100 * parameter.value:g} in 100 ({parameter.label})"


def _sentence(
    event: Mapping[Any, Any], case: dict[str, str], shop: desk.Counter, threshold: float
) -> str:
    state, passed, number = event["state"], event["result"] == "pass", event["attempt"]
    if state == "document":
        return _document(event["result"], case, shop)
    if state == "capture":
        return f"Camera, attempt {number}: " + (
            "a usable picture." if passed else "no usable picture."
        )
    if state == "liveness":
        return _liveness(passed, case, shop)
    if state == "match":
        sign, verdict = (">=", "match") if passed else ("<", "no match")
        return (f"Comparison: score {event['score']:.6f} {sign} threshold {threshold:.6f}, "
                f"{verdict}. Match when score >= threshold.")
    if state == "retry":
        return f"Attempt {number} is allowed." if passed else "No further attempt is allowed."
    if state in ("clerk", "manual"):
        return _person(passed, state, case, shop)
    if state == "limit":
        held = int(shop.book.value("numbers_limit"))
        return "Limit: " + (
            f"fewer than {held} numbers in this name with this operator." if passed
            else f"{held} numbers are already in this name with this operator."
        )
    return ""


def _document(result: str, case: dict[str, str], shop: desk.Counter) -> str:
    if result == "override":
        return "Document: a clerk enters another person's data. Nothing is checked."
    kind = case["document"]
    if kind == "none":
        return "Document: none is shown. The procedure ends."
    if kind == "own":
        return "Document: the card is real and its own holder brings it."
    if kind == "borrowed":
        if case["era"] == "chip":
            known = "is not" if result == "pass" else "is"
            return (f"Document: the card is real and {known} reported lost; "
                    f"{_rate(shop, 'lost_card_blocked')} are.")
        return "Document: the card is real. That it is another person's cannot be read from it."
    name = {"id_copy": "copy_accepted_id_copy", "chip": "chip_copy_accepted"}.get(
        case["era"], "copy_accepted"
    )
    word = {"copy": "copy", "forged": "forgery"}[kind]
    seen = "is not noticed" if result == "pass" else "is noticed"
    return f"Document: the {word} {seen}; {_rate(shop, name)} are not."


def _liveness(passed: bool, case: dict[str, str], shop: desk.Counter) -> str:
    if case["challenge"] == "wrong":
        return "Liveness: the actions are not those asked for. Rejected."
    if case["face"] in visits.LIVE_FACES:
        wrong = _rate(shop, "bpcer")
        return "Liveness: a person is there" + (
            "." if passed else f", and is called a fake. That befalls {wrong} attempts on average."
        )
    rate = _rate(shop, f"apcer_{case['face']}")
    found = "is taken for a person" if passed else "is found out"
    return f"Liveness: the {case['face']} {found}; {rate} pass."


def _person(passed: bool, state: str, case: dict[str, str], shop: desk.Counter) -> str:
    who = "A third person vouches" if state == "manual" and shop.fallback == "vouching" else (
        "A clerk compares face and photograph"
    )
    end = "accepted" if passed else "refused"
    if who.startswith("A third"):
        return f"{who}: {end}."
    if case["face"] == "holder":
        return f"{who}: {end}. Holders are refused {_rate(shop, 'clerk_false_reject')}."
    if case["document"] == "forged" and case["era"] == "id_photo":
        return f"{who}: {end}. The photograph on a forgery is the visitor's."
    if case["face"] in ("lookalike", "stranger"):
        name = {"lookalike": "clerk_false_accept", "stranger": "clerk_stranger_accept"}
        return f"{who}: {end}. Such faces are accepted {_rate(shop, name[case['face']])}."
    return f"{who}: {end}. An artefact is seen in person."


def _after(issued: bool, case: dict[str, str]) -> tuple[str, ...]:
    if not issued:
        return ("No number is issued.",)
    if case["era"] == "none":
        return ("A number is issued. Nobody is registered for it.",)
    ends = {
        "present": "The registered person is the user.",
        "selling": "The registered person is the holder; the user will be somebody else. "
        "Every check was passed honestly.",
        "unaware": "The registered person is the holder, who gets the bill; the user is another.",
        "insider": "The registered person is the holder, who gets the bill; the user is another.",
    }
    return ("A number is issued. " + ends[case["holder"]],)


def table(**case: Any) -> pd.DataFrame:
    """The same visit in every procedure: era, issued, last step. Takes what ``story`` takes."""
    rows = []
    for era in (*ERAS, *ALTERNATIVES):
        told = story(era, **case)
        rows.append({"era": era, "issued": told.issued, "last step": told.steps[-1]})
    return pd.DataFrame(rows)


def panel(shop: desk.Counter | None = None) -> Any:
    """The clickable counter: five rows of buttons, a customer number, and the story below.

    Works with the keyboard alone: Tab to a button, Space to press it. Every change tells the new
    story at once; the text is the one that ``story`` returns for the same choices.
    """
    import ipywidgets as widgets

    # Buttons, because JupyterLab takes letters and arrows away from lists (ipywidgets issue 3912).
    rows = {
        name: widgets.ToggleButtons(
            options=[(words, key) for key, words in choices.items()],
            value="portrait" if name == "era" else next(iter(choices)),
            description=LABELS[name],
            style={"description_width": "8em", "button_width": "auto"},
        )
        for name, choices in CHOICES.items()
    }
    number = widgets.BoundedIntText(
        value=1, min=1, max=1_000_000, description="Customer",
        style={"description_width": "8em"}, layout={"width": "16em"},
    )
    following = widgets.Button(
        description="Next customer", tooltip="The same case, with the next customer"
    )
    shown = widgets.HTML()

    def tell(_change: Any = None) -> None:
        case = {name: row.value for name, row in rows.items()}
        told = story(**case, customer=number.value, shop=shop)
        chosen = "; ".join(
            f"{LABELS[name].lower()}: {CHOICES[name][key]}" for name, key in case.items()
        )
        shown.value = (
            f'<div role="status" aria-live="polite"><p>{html.escape(chosen.capitalize())}.</p>'
            f"{told._repr_html_()}</div>"
        )

    def advance(_button: Any) -> None:
        number.value = number.value + 1 if number.value < number.max else 1

    for row in (*rows.values(), number):
        row.observe(tell, names="value")
    following.on_click(advance)
    tell()
    return widgets.VBox([*rows.values(), widgets.HBox([number, following]), shown])


def progress_bar(what: str = "Visits") -> Callable[[int, int], None]:
    """A bar for long runs, to be passed as ``progress=`` to ``Counter.run``.

    The text beside the bar says the same: 65,536 of 1,000,000.
    """
    import ipywidgets as widgets
    from IPython.display import display

    bar, text = widgets.IntProgress(description=what), widgets.Label()
    shown = False

    def move(done: int, total: int) -> None:
        nonlocal shown
        bar.max, bar.value = total, done
        text.value = f"{done:,} of {total:,}"
        if not shown:
            display(widgets.HBox([bar, text]))
            shown = True

    return move
