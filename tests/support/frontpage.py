"""Draw the figures of the front page again: python tests/support/frontpage.py

They are the lessons' own figures, written to course/images/ so that the page shows them without
a kernel. A test compares what is drawn today with what lies there.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from realname import evidence  # noqa: E402
from realname.notebook import AccessibleFigure, accessible  # noqa: E402
from realname.world import portraits  # noqa: E402

IMAGES = Path(__file__).resolve().parents[2] / "course" / "images"


def people_who_are_no_one(n: int = 8) -> AccessibleFigure:
    """Synthetic people twice: as on an identity card, and live at the counter."""
    rng = np.random.default_rng(2019)
    people = portraits.faces(n, rng)
    rows = {
        "on the card,\nsome years ago": portraits.render(people, portraits.id_photos(n, rng), rng),
        "at the counter,\ntoday": portraits.render(people, portraits.live(n, rng), rng),
    }
    figure, panels = plt.subplots(2, 1, figsize=(9, 2.7))
    for panel, (label, pictures) in zip(panels, rows.items(), strict=True):
        panel.imshow(portraits.sheet(pictures, columns=n), cmap="gray", vmin=0, vmax=255)
        panel.set_ylabel(label, rotation=0, ha="right", va="center")
        panel.set(xticks=[], yticks=[])
    return accessible(
        figure,
        "Eight people who are no one: does the camera see the person of the card?",
        f"Two rows of {n} small grey drawings of faces made by a program. The upper row shows "
        "each invented person as on an identity card, the lower row the same person at a counter, "
        "older, slightly turned and in other light.",
        pd.DataFrame({"person": range(1, n + 1), "age": people.age.round().astype(int)}),
    )


def figures() -> dict[str, AccessibleFigure]:
    """File name of each figure, and the figure."""
    return {
        "derivation.png": evidence.draw_derivation("the rule"),
        "claim-matrix.png": evidence.draw_matrix(),
        "portraits.png": people_who_are_no_one(),
    }


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for name, shown in figures().items():
        (IMAGES / name).write_bytes(shown.png())
        print(f"course/images/{name}: {shown.alt}")
