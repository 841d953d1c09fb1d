"""A matcher fitted on portraits: pictures to numbers, numbers to a score.

Three steps, all standard: main directions of variation (PCA), the directions that tell people
apart (linear discriminants), and a calibration that turns likeness into a score between 0 and 1.
**Match when score >= threshold.** Nothing in it knows the kind of a person. Its error rates are
those of invented faces; they show how errors arise, never how large they are for people.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

from realname.world import draws, portraits
from realname.world.parameters import ParameterError
from realname.world.portraits import Faces, Pictures

Floats = NDArray[np.float64]
_CHUNK = 512  # pictures in work at a time: memory stays small
_HALF = (np.arange(24) - 11.5) / 12
_FACE = (_HALF[None, :] / 0.62) ** 2 + ((_HALF[:, None] - 0.08) / 0.74) ** 2 <= 1
_DIRECTIONS, _DISCRIMINANTS, _SHRINKAGE = 120, 24, 0.3


@dataclasses.dataclass(frozen=True)
class Matcher:
    """Fitted by ``fitted``. ``template`` and ``compare`` are what a counter would call."""

    pca: PCA
    lda: LinearDiscriminantAnalysis
    slope: float
    middle: float

    def template(self, pictures: Pictures) -> Floats:
        """Pictures (n, 48, 48) to templates (n, d) of length one: all that need be kept.

        Raises ParameterError for pictures of another shape.
        """
        vectors = self.lda.transform(self.pca.transform(_flat(pictures)))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def compare(self, one: Floats, other: Floats) -> Floats:
        """Scores in (0, 1) of templates compared row by row; arrays broadcast.

        One template (1, d) against many (n, d) gives n scores.
        """
        likeness = np.sum(one * other, axis=-1)
        return 1 / (1 + np.exp(-self.slope * (likeness - self.middle)))


def _flat(pictures: Pictures) -> Floats:
    """Quarter the pixels, divide by the light around each, take away mean and contrast: (n, d).

    Only the oval of the face is read, not hair or wall.
    """
    if pictures.ndim != 3 or pictures.shape[1:] != (portraits.SIZE, portraits.SIZE):
        raise ParameterError(
            f"Pictures have shape {pictures.shape}; a matcher reads (n, {portraits.SIZE}, "
            f"{portraits.SIZE}): put one picture in a list of one."
        )
    return np.concatenate(
        [_features(pictures[start:start + _CHUNK]) for start in range(0, len(pictures), _CHUNK)]
    )


def _features(pictures: Pictures) -> Floats:
    p = pictures.astype(np.float64)
    small = (p[:, ::2, ::2] + p[:, 1::2, ::2] + p[:, ::2, 1::2] + p[:, 1::2, 1::2]) / 4
    around = small
    for _ in range(6):
        for axis in (1, 2):
            near = np.roll(around, 1, axis) + np.roll(around, -1, axis)
            around = (near + around) / 3
    rows = (small / (around + 8) - 1)[:, _FACE]
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(rows.std(axis=1, keepdims=True), 1e-3)


def album(
    people: Faces, rng: np.random.Generator, *, lives: int = 8, light: float = 1.0,
    exposure: float = 1.0,
) -> tuple[Pictures, NDArray[np.int64]]:
    """One document picture and ``lives`` live ones of each person: pictures and who is on them.

    >>> people = portraits.faces(3, np.random.default_rng(1))
    >>> album(people, np.random.default_rng(2), lives=2)[1].tolist()
    [0, 1, 2, 0, 0, 1, 1, 2, 2]
    """
    n = len(people)
    documents = portraits.render(people, portraits.id_photos(n, rng), rng)
    who = np.repeat(np.arange(n), lives)
    shots = portraits.live(who.size, rng, light=light, exposure=exposure)
    return (
        np.concatenate([documents, portraits.render(people.take(who), shots, rng)]),
        np.concatenate([np.arange(n), who]),
    )


def fitted(pictures: Pictures, who: NDArray[np.int64]) -> Matcher:
    """Fit a matcher to pictures and the number of the person on each.

    Four people in five shape the directions; the fifth, unseen, calibrates the score to one half
    where a mated and a non-mated pair are equally likely. The fit has no random part. Raises
    ParameterError for fewer than 50 people.
    """
    names = np.unique(who)
    if names.size < 50:
        raise ParameterError(f"{names.size} people are too few to fit a matcher: use 50 or more.")
    held = names[::5]
    shaping = ~np.isin(who, held)
    rows = _flat(pictures)
    pca = PCA(_DIRECTIONS, svd_solver="covariance_eigh", whiten=True).fit(rows[shaping])
    lda = LinearDiscriminantAnalysis(
        solver="eigen", shrinkage=_SHRINKAGE, n_components=_DISCRIMINANTS
    ).fit(pca.transform(rows[shaping]), who[shaping])
    raw = Matcher(pca, lda, 1.0, 0.0)
    templates, people = raw.template(pictures[~shaping]), who[~shaping]
    one, other = np.triu_indices(people.size, 1)
    likeness = np.sum(templates[one] * templates[other], axis=1)
    same = people[one] == people[other]
    return dataclasses.replace(raw, **_calibration(likeness[same], likeness[~same]))


def _calibration(mated: Floats, non_mated: Floats) -> dict[str, float]:
    """Slope and middle of a logistic curve; both kinds of pair weigh the same."""
    likeness = np.concatenate([mated, non_mated])[:, None]
    same = np.repeat([1, 0], [mated.size, non_mated.size])
    curve = LogisticRegression(
        C=1e6, class_weight="balanced", solver="newton-cholesky", tol=1e-10
    ).fit(likeness, same)
    slope = float(curve.coef_[0, 0])
    return {"slope": slope, "middle": float(-curve.intercept_[0]) / slope}


def trained(
    mix: Mapping[str, float], rng: np.random.Generator, *, people: int = 300, light: float = 1.0,
    exposure: float = 1.0,
) -> Matcher:
    """A matcher trained on ``people`` new faces of the given mix of kinds.

    ``trained({"a": 0.9, "b": 0.1}, rng)`` has seen nine people of kind a for one of kind b.
    """
    pictures, who = album(portraits.faces(people, rng, mix), rng, light=light, exposure=exposure)
    return fitted(pictures, who)


def trial(
    matcher: Matcher, people: Faces, rng: np.random.Generator, *, lives: int = 2,
    strangers: int = 20, light: float = 1.0, exposure: float = 1.0,
) -> pd.DataFrame:
    """Compare documents with live pictures: each person's own, and ``strangers`` of the same kind.

    One row a comparison: holder, visitor, kind, mated, score. Comparisons of one person hang
    together: people, not rows, are the unit of any interval.

    >>> rng = np.random.default_rng(5)
    >>> table = trial(trained({"a": 1}, rng, people=60), portraits.faces(20, rng), rng, lives=1)
    >>> int(table["mated"].sum())
    20
    """
    documents = matcher.template(
        portraits.render(people, portraits.id_photos(len(people), rng), rng)
    )
    who = np.repeat(np.arange(len(people)), lives)
    shots = portraits.live(who.size, rng, light=light, exposure=exposure)
    probes = matcher.template(portraits.render(people.take(who), shots, rng))
    parts = [_compared(matcher, documents, probes, who, np.arange(who.size), who)]
    for kind in np.unique(people.kind):
        members = np.flatnonzero(people.kind[who] == kind)
        owners = np.flatnonzero(people.kind == kind)
        probe = np.repeat(members, strangers)
        owner = owners[draws.pick_evenly(rng, owners.size, probe.size)]
        other = owner != who[probe]
        parts.append(_compared(matcher, documents, probes, owner[other], probe[other], who))
    table = pd.concat(parts, ignore_index=True)
    kinds = np.array(portraits.KINDS)[people.kind]
    table.insert(2, "kind", kinds[table["holder"]])
    return table


def _compared(
    matcher: Matcher, documents: Floats, probes: Floats, holder: NDArray, probe: NDArray,
    who: NDArray,
) -> pd.DataFrame:
    score = matcher.compare(documents[holder], probes[probe])
    visitor = who[probe]
    return pd.DataFrame(
        {"holder": holder, "visitor": visitor, "mated": holder == visitor, "score": score}
    )
