"""Invented dossiers: six short texts about one event, some of which copy one another.

Everything here is synthetic. There is no Ostrey, no ferry gate and no such newspaper. A dossier
imitates how the five real reports came about: reporting of one's own, agency copy, excerpt,
machine rewrite, copy with swapped words, blog copy. The texts carry all the evidence; the object
holds no answer key.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LETTERS = "ABCDEF"
AGENCY = "Norrin Agency"
KINDS = (
    "own reporting",
    "agency copy",
    "excerpt",
    "machine rewrite",
    "spun copy",
    "blog copy",
)
ANSWERS = {
    "start": ("1 March", "1 April"),
    "place": ("Lindmar", "Port Ansel"),
    "who": ("new season tickets", "every passenger"),
    "before": ("card", "card and photograph"),
    "price": ("lot", "each"),
}

# (question, answer) -> the same fact in plain words, as a machine rewrites it, with words swapped
_PLAIN, _REWRITTEN, _SPUN = 0, 1, 2
_SENTENCES = {
    ("start", "1 March"): (
        "The face check at the ferry gate begins on 1 March.",
        "The gate compares faces as of 1 March.",
        "The visage examination at the boat gate commences on 1 March.",
    ),
    ("start", "1 April"): (
        "The face check at the ferry gate begins on 1 April.",
        "The gate compares faces as of 1 April.",
        "The visage examination at the boat gate commences on 1 April.",
    ),
    ("place", "Lindmar"): (
        "The gate stands in the harbour of Lindmar.",
        "The place is the harbour of Lindmar.",
        "The gate is positioned in the dock of Lindmar.",
    ),
    ("place", "Port Ansel"): (
        "The gate stands in the harbour of Port Ansel.",
        "The place is the harbour of Port Ansel.",
        "The gate is positioned in the dock of Port Ansel.",
    ),
    ("who", "new season tickets"): (
        "It concerns only people who buy a new season ticket.",
        "Only buyers of a new season ticket are affected.",
        "It touches merely folks who purchase a fresh season ticket.",
    ),
    ("who", "every passenger"): (
        "It concerns every passenger.",
        "All passengers are affected.",
        "It touches each and all travellers.",
    ),
    ("before", "card"): (
        "Until now a paper card was enough.",
        "Earlier, a paper card was all one needed.",
        "Up to now a paper card was ample.",
    ),
    ("before", "card and photograph"): (
        "Until now passengers showed a card and had a photograph taken.",
        "Earlier, a card was shown and a photograph was taken.",
        "Up to now travellers displayed a card and had a snapshot captured.",
    ),
    ("price", "lot"): (
        "A list of {n} gate pictures was later sold for {p} crowns in all.",
        "Later, {n} gate pictures went for {p} crowns each.",  # the rewrite damages the number
        "An inventory of {n} gate images was afterwards vended for {p} crowns in total.",
    ),
    ("price", "each"): (
        "A list of {n} gate pictures was later sold for {p} crowns each.",
        "Later, {n} gate pictures went for {p} crowns each.",
        "An inventory of {n} gate images was afterwards vended for {p} crowns apiece.",
    ),
}
_DETAILS = (
    ("A queue of forty people stood at the gate.", "A line-up of forty folks stood at the gate."),
    (
        "A clerk had taped a paper arrow to the camera.",
        "A salesperson had glued a paper arrow to the camera.",
    ),
    ("One man turned back with his dog.", "One gentleman turned back with his hound."),
    (
        "Two children held their drawings up to the lens.",
        "Two kids held their sketches up to the lens.",
    ),
)
_OUTLETS = (
    "Ostrey Courier",
    "Evening Ferryman",
    "Island Daily",
    "Harbour World",
    "Travellers' Aid",
    "Living by the Pier",
)
_LEADS = (
    "Our reporter stood at the gate for an hour.",
    "This paper rang the ferry company, and the company answered.",
    "Our editor asked three people who had been to the gate.",
)


@dataclass(frozen=True)
class Text:
    """One text of a dossier: a letter, the outlet's name, and the words on its page."""

    letter: str
    outlet: str
    words: str


@dataclass(frozen=True)
class Dossier:
    """Six invented texts, shown one under the other in a notebook."""

    texts: tuple[Text, ...]

    def __iter__(self):
        return iter(self.texts)

    def __getitem__(self, letter: str) -> Text:
        for text in self.texts:
            if text.letter == letter:
                return text
        raise KeyError(f"this dossier has no text {letter!r}; its texts are {LETTERS}")

    def _repr_markdown_(self) -> str:
        lines = ["*Synthetic: six invented texts. No such place, ferry or newspaper exists.*"]
        for text in self.texts:
            lines.append(f"**Text {text.letter}. {text.outlet}**  \n{text.words}")
        return "\n\n".join(lines)

    def __repr__(self) -> str:
        return "\n\n".join(f"Text {t.letter}. {t.outlet}\n{t.words}" for t in self.texts)


@dataclass(frozen=True)
class _Story:
    """What a text says: answers by question, its telling detail, list size and price."""

    says: dict[str, str]
    detail: int
    size: int
    price: int

    def sentences(self, wording: int) -> list[str]:
        told = [
            _SENTENCES[question, answer][wording].format(n=f"{self.size:,}", p=self.price)
            for question, answer in self.says.items()
        ]
        return [*told, _DETAILS[self.detail][wording == _SPUN]]

    def without(self, question: str) -> _Story:
        says = {q: a for q, a in self.says.items() if q != question}
        return _Story(says, self.detail, self.size, self.price)

    def rewritten(self) -> _Story:
        says = {q: "each" if q == "price" else a for q, a in self.says.items()}
        return _Story(says, self.detail, self.size, self.price)


def invent(rng: np.random.Generator) -> Dossier:
    """Draw a dossier of six texts, A to F.

    One to three texts are reporting of the outlet's own; one is the copy of an agency's story that
    is not in the dossier itself; the others derive from these.

    >>> invent(np.random.default_rng(1))["A"].letter
    'A'
    """
    size, price = int(rng.integers(2, 9)) * 1000, int(rng.integers(5, 20))
    details = [int(d) for d in rng.permutation(len(_DETAILS))]
    outlets = [_OUTLETS[i] for i in rng.permutation(len(_OUTLETS))]
    letters = [LETTERS[i] for i in rng.permutation(len(LETTERS))]
    stories = _stories(rng, details, size, price)
    own_count = int(rng.integers(1, 4))
    others = [("excerpt", "spun copy", "blog copy")[i] for i in rng.permutation(3)]
    kinds = ["machine rewrite", *others[: 4 - own_count]]

    made: list[tuple[str, str, _Story]] = []  # outlet, words, story
    for number in range(own_count):
        outlet, story = outlets[len(made)], stories[number]
        made.append((outlet, " ".join([_LEADS[number], *story.sentences(_PLAIN)]), story))
    agency = stories[3]
    credited = [(outlet, story, _PLAIN) for outlet, _, story in made]
    words = " ".join([f"By {AGENCY}.", *agency.sentences(_PLAIN), "Sent to all subscribers."])
    made.append((outlets[len(made)], words, agency))
    credited += [(made[-1][0], agency, _PLAIN), (AGENCY, agency, _PLAIN)]
    for kind in kinds:
        outlet = outlets[len(made)]
        origins = credited[:own_count] if kind == "spun copy" else credited
        source, story, wording = origins[int(rng.integers(len(origins)))]
        words, story = _derive(kind, source, story, wording, rng)
        made.append((outlet, words, story))
        if kind == "machine rewrite":
            credited = [*credited, (outlet, story, _REWRITTEN)]

    texts = [
        Text(letter, outlet, words)
        for letter, (outlet, words, _) in zip(letters, made, strict=True)
    ]
    return Dossier(tuple(sorted(texts, key=lambda text: text.letter)))


def _stories(rng: np.random.Generator, details: list[int], size: int, price: int) -> list[_Story]:
    """Four stories (three papers, the agency): each leaves one fact out and prices the lot.

    The first paper and the agency, which every dossier holds, are silent on place and on what was
    needed before, in either order: so each dossier has silence to be noticed.
    """
    first, agency = (str(q) for q in rng.permutation(["place", "before"]))
    second, third = (str(q) for q in rng.permutation(["start", "who"]))
    stories = []
    for detail, left_out in zip(details, (first, second, third, agency), strict=True):
        says = {q: pair[int(rng.integers(2))] for q, pair in ANSWERS.items() if q != left_out}
        says["price"] = "lot"
        stories.append(_Story(says, detail, size, price))
    return stories


def _derive(
    kind: str, source: str, story: _Story, wording: int, rng: np.random.Generator
) -> tuple[str, _Story]:
    """The words of a text that takes ``story``, told in ``wording``, from ``source``."""
    if kind == "machine rewrite":
        told = story.sentences(_REWRITTEN)
        note = f"Note: software wrote this page from a text of {source}."
        return " ".join([*told, note]), story.rewritten()
    if kind == "spun copy":
        return " ".join(story.sentences(_SPUN)), story
    if kind == "excerpt":
        dropped = [q for q in story.says if q != "price"]
        story = story.without(dropped[int(rng.integers(len(dropped)))])
        told = [f"Author: {source}.", " … ".join(story.sentences(wording)), "Read the rest there."]
        return " ".join(told), story
    told = [*story.sentences(wording), f"Source: {source}.", "Buy our island calendar."]
    return " ".join(told), story
