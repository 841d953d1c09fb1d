"""Faces that are no one: small grey portraits drawn from parameters, to run a matcher on.

A face is 24 traits (numbers around 0) and how they drift with age; a shot is pose, expression,
light and camera. ``render`` turns both into pictures of 48 x 48 grey levels. Two invented kinds
of people, *a* and *b*, differ in which traits vary much and in skin tone. No error rate is
attached to either: what a matcher does to them comes out of its training, its light and its
camera.

What happens here shows how something can happen. **Its size proves nothing about real people,**
real matchers or real light.

Pictures use basic arithmetic only and end as whole grey levels, so that they are the same
everywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname.world import draws
from realname.world.drawing import SIZE, Canvas
from realname.world.parameters import ParameterError

TRAITS = (
    "head_width", "head_height", "jaw", "hairline", "hair_tone", "brow_height", "brow_thickness",
    "brow_slope", "brow_length", "eye_spacing", "eye_height", "eye_width",
    "eye_size", "iris_tone", "nose_length", "nose_width", "nose_ridge", "mouth_height",
    "mouth_width", "lip_upper", "lip_lower", "lip_tone", "chin", "cheek",
)
KINDS = ("a", "b")
# People of kind a differ from one another mostly in the first twelve traits, b in the others.
_WIDE, _NARROW = 1.6, 0.8
_SPREAD = np.array([[_WIDE] * 12 + [_NARROW] * 12, [_NARROW] * 12 + [_WIDE] * 12])
_TONE = np.array([0.72, 0.50])
_DRIFT = 0.03  # change of a trait in a year, as a share of its spread between people
_CHUNK = 128
Pictures = NDArray[np.uint8]


@dataclasses.dataclass(frozen=True)
class Faces:
    """People to be drawn, one entry a person.

    ``kind`` (n,) indexes KINDS; ``traits`` and ``drift`` (n, 24): value today and change per year;
    ``tone`` (n,) skin from 0 (dark) to 1 (light); ``age`` (n,) years.
    """

    kind: NDArray[np.int8]
    traits: NDArray[np.float64]
    drift: NDArray[np.float64]
    tone: NDArray[np.float64]
    age: NDArray[np.float64]

    def __len__(self) -> int:
        return self.kind.size

    def take(self, index: NDArray[np.int64]) -> Faces:
        """The faces at these positions, in this order; repeats allowed."""
        return Faces(*(getattr(self, f.name)[index] for f in dataclasses.fields(self)))

    def table(self) -> pd.DataFrame:
        """One row a person: kind, age, tone and the 24 traits."""
        first = {"kind": np.array(KINDS)[self.kind], "age": self.age.round(1), "tone": self.tone}
        return pd.DataFrame(first | dict(zip(TRAITS, self.traits.T, strict=True)))


def faces(n: int, rng: np.random.Generator, mix: Mapping[str, float] | None = None) -> Faces:
    """Draw ``n`` people; ``mix`` gives the shares of the kinds (default: half and half).

    Raises ParameterError for an unknown kind.

    >>> faces(4, np.random.default_rng(1), {"b": 1}).table()["kind"].tolist()
    ['b', 'b', 'b', 'b']
    """
    mix = {kind: 0.5 for kind in KINDS} if mix is None else mix
    if set(mix) - set(KINDS):
        raise ParameterError(f"Unknown kind in {sorted(mix)}: use {' and '.join(KINDS)}.")
    kind = draws.pick(rng, [mix.get(k, 0.0) for k in KINDS], n).astype(np.int8)
    traits = draws.normal(rng, n * len(TRAITS)).reshape(n, -1) * _SPREAD[kind]
    drift = draws.normal(rng, n * len(TRAITS)).reshape(n, -1) * _SPREAD[kind] * _DRIFT
    tone = _TONE[kind] + 0.04 * draws.normal(rng, n)
    age = 20 + 50 * rng.random(n)
    return Faces(kind, traits, drift, np.clip(tone, 0.2, 0.9), age)


@dataclasses.dataclass(frozen=True)
class Shots:
    """How each picture is taken, one entry a picture.

    ``years_ago`` of the picture; ``smile`` -1 to 1; ``eyes`` 0 closed to 1 open; ``yaw``
    (positive: the face turns to its own left, the viewer's right) and ``pitch`` in radians;
    ``right``, ``down`` and ``scale`` place the head (half picture widths); light from ``azimuth``
    and ``elevation`` (radians) with a share ``ambient`` and a strength ``light`` (1: day); camera
    ``noise`` and ``blur`` (0 to 1) and ``exposure``, the gain after the sensor, which brightens
    noise with the picture.
    """

    years_ago: NDArray[np.float64]
    smile: NDArray[np.float64]
    eyes: NDArray[np.float64]
    yaw: NDArray[np.float64]
    pitch: NDArray[np.float64]
    right: NDArray[np.float64]
    down: NDArray[np.float64]
    scale: NDArray[np.float64]
    azimuth: NDArray[np.float64]
    elevation: NDArray[np.float64]
    ambient: NDArray[np.float64]
    light: NDArray[np.float64]
    exposure: NDArray[np.float64]
    noise: NDArray[np.float64]
    blur: NDArray[np.float64]

    def __len__(self) -> int:
        return self.yaw.size

    def take(self, index: NDArray[np.int64]) -> Shots:
        """The shots at these positions, in this order; repeats allowed."""
        return Shots(*(getattr(self, f.name)[index] for f in dataclasses.fields(self)))

    def changed(self, **columns: float | NDArray[np.float64]) -> Shots:
        """A copy with other values in some columns."""
        wide = {k: np.broadcast_to(np.asarray(v, float), (len(self),)) for k, v in columns.items()}
        return dataclasses.replace(self, **wide)


def id_photos(n: int, rng: np.random.Generator, years: float = 10.0) -> Shots:
    """Shots as for a document: frontal, even light, neutral, 0 to ``years`` years ago."""
    level = np.ones(n)
    return Shots(
        years_ago=years * rng.random(n), smile=0 * level, eyes=level, yaw=0 * level,
        pitch=0 * level, right=0 * level, down=0 * level, scale=level, azimuth=0 * level,
        elevation=0.2 * level, ambient=0.6 * level, light=level, exposure=level, noise=0.01 * level,
        blur=0.15 * level,
    )


def live(
    n: int, rng: np.random.Generator, *, light: float = 1.0, exposure: float = 1.0,
    still: float = 1.0,
) -> Shots:
    """Shots as in a shop: small turns, some expression, light from one side, a cheap camera.

    ``light`` is the light in the room (1: day, 0.3: dim). ``exposure`` is the gain somebody set:
    too little loses dark faces in noise, too much burns light ones out. ``still`` scales how much
    people move (0: not at all).
    """
    def about(middle: float, spread: float) -> NDArray[np.float64]:
        return middle + spread * draws.normal(rng, n)

    return Shots(
        years_ago=np.zeros(n), smile=about(0.1, 0.25 * still),
        eyes=np.clip(about(0.95, 0.08 * still), 0.5, 1.1), yaw=about(0, 0.06 * still),
        pitch=about(0, 0.04 * still), right=about(0, 0.015 * still), down=about(0, 0.015 * still),
        scale=1 + about(0, 0.02 * still), azimuth=about(0, 0.35), elevation=about(0.3, 0.2),
        ambient=np.clip(about(0.45, 0.1), 0.2, 0.8),
        light=light * np.clip(about(1, 0.08), 0.6, 1.4), exposure=np.full(n, float(exposure)),
        noise=np.full(n, 0.03), blur=np.clip(about(0.3, 0.1), 0, 0.6),
    )


def render(
    people: Faces, shots: Shots, rng: np.random.Generator | None = None, *, flat: float = 0.0
) -> Pictures:
    """Draw each person as each shot says: uint8 pictures of shape (n, 48, 48).

    ``rng`` gives the camera's noise; without it there is none. ``flat`` from 0 to 1 takes relief
    and detail away, as in a mask. Raises ParameterError unless there is one shot a person.

    >>> rng = np.random.default_rng(1)
    >>> render(faces(2, rng), id_photos(2, rng)).shape
    (2, 48, 48)
    """
    if len(people) != len(shots):
        raise ParameterError(
            f"{len(people)} faces and {len(shots)} shots: repeat with .take() until they agree."
        )
    out = np.empty((len(people), SIZE, SIZE), np.uint8)
    for start in range(0, len(people), _CHUNK):
        part = np.arange(start, min(start + _CHUNK, len(people)))
        out[part] = _draw(people.take(part), shots.take(part), rng, flat)
    return out


def sheet(pictures: Pictures, columns: int = 8) -> Pictures:
    """Pictures (n, 48, 48) side by side in rows, as one picture to show; the last row is filled up.

    >>> sheet(np.zeros((5, 48, 48), np.uint8), columns=3).shape
    (96, 144)
    """
    missing = -len(pictures) % columns
    blank = np.full((missing, *pictures.shape[1:]), 255, np.uint8)
    rows = np.concatenate([pictures, blank]).reshape(-1, columns, *pictures.shape[1:])
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows])


def _draw(
    people: Faces, shots: Shots, rng: np.random.Generator | None, flat: float
) -> Pictures:
    t = (people.traits - people.drift * shots.years_ago[:, None]).T
    trait = dict(zip(TRAITS, np.clip(t, -3.0, 3.0), strict=True))
    age = people.age - shots.years_ago
    old = np.clip((age - 30) / 50, 0, 1)
    skin = people.tone
    canvas = Canvas(shots, trait["head_width"] * 0.035 + 0.60, trait["head_height"] * 0.03 + 0.78)
    hair = np.clip(0.18 + 0.10 * trait["hair_tone"], 0.04, 0.5) + 0.45 * old**2
    canvas.ellipse(0, -0.12, 1.16, 1.06, hair, hard=4.0, shaded=False)
    canvas.head(skin, 0.16 + 0.05 * trait["jaw"], 0.04 * trait["chin"])
    canvas.band(-0.62 + 0.07 * trait["hairline"] - 0.10 * old, hair)
    canvas.pair(0.52, 0.32, 0.24, 0.16, skin * (1 + 0.05 * trait["cheek"]), 0.6)
    depth = 1.0 - flat
    _brows(canvas, trait, hair, skin, old)
    _eyes(canvas, trait, shots.eyes, skin, depth)
    _nose(canvas, trait, skin, depth)
    _mouth(canvas, trait, shots.smile, skin, depth)
    lines = 0.5 * old * depth
    canvas.pair(0.30, 0.34, 0.045, 0.20, skin * 0.78, lines)
    canvas.ellipse(0, -0.46, 0.5, 0.03, skin * 0.8, strength=lines, hard=1.0)
    return canvas.photograph(rng, relief=depth)


def _brows(
    canvas: Canvas, trait: Mapping[str, NDArray], hair: NDArray, skin: NDArray, old: NDArray
) -> None:
    canvas.pair(
        0.36 + 0.03 * trait["eye_spacing"], -0.30 + 0.035 * trait["brow_height"] + 0.03 * old,
        0.23 + 0.03 * trait["brow_length"], 0.055 + 0.014 * trait["brow_thickness"],
        0.5 * hair + 0.2 * skin, 0.95, slope=0.12 * trait["brow_slope"],
    )


def _eyes(
    canvas: Canvas, trait: Mapping[str, NDArray], opened: NDArray, skin: NDArray, depth: float
) -> None:
    x = 0.36 + 0.035 * trait["eye_spacing"]
    y = -0.10 + 0.025 * trait["eye_height"]
    wide = 0.17 + 0.018 * trait["eye_width"]
    high = 0.095 + 0.016 * trait["eye_size"]
    canvas.pair(x, y - 0.01, wide * 1.25, high * 1.6, skin * 0.86, 0.5 * depth)  # the socket
    lid = 0.02 + np.clip(opened, 0, 1.2) * high
    canvas.pair(x, y, wide, lid, np.minimum(0.95, skin + 0.25), np.clip(opened * 3, 0, 1))
    iris = np.clip(0.14 + 0.06 * trait["iris_tone"], 0.02, 0.35)
    canvas.pair(x, y, 0.09, np.minimum(0.10, lid), iris, np.clip(opened * 3, 0, 1))
    canvas.pair(x, y + 0.02, wide, 0.022, skin * 0.45, np.clip(1 - opened * 2, 0, 1))  # closed lid


def _nose(canvas: Canvas, trait: Mapping[str, NDArray], skin: NDArray, depth: float) -> None:
    tip = 0.26 + 0.04 * trait["nose_length"]
    canvas.ellipse(
        0, 0.06, 0.07 + 0.01 * trait["nose_ridge"], 0.30, np.minimum(0.97, skin * 1.14),
        strength=(0.5 + 0.1 * trait["nose_ridge"]) * depth, raised=0.12,
    )
    canvas.ellipse(
        0, tip, 0.15 + 0.025 * trait["nose_width"], 0.07, skin * 0.80, strength=0.7, raised=0.15
    )
    canvas.pair(
        0.075 + 0.018 * trait["nose_width"], tip + 0.02, 0.045, 0.032, skin * 0.4, 0.8, raised=0.12
    )


def _mouth(
    canvas: Canvas, trait: Mapping[str, NDArray], smile: NDArray, skin: NDArray, depth: float
) -> None:
    y = 0.52 + 0.03 * trait["mouth_height"]
    wide = 0.27 + 0.035 * trait["mouth_width"] + 0.05 * smile
    lips = skin * np.clip(0.66 + 0.07 * trait["lip_tone"], 0.4, 0.95)
    bend = -0.35 * smile
    canvas.ellipse(
        0, y - 0.035, wide, 0.05 + 0.012 * trait["lip_upper"], lips, strength=0.9, bend=bend
    )
    canvas.ellipse(
        0, y + 0.045, wide * 0.85, 0.065 + 0.015 * trait["lip_lower"], lips * 1.08,
        strength=0.9, bend=bend,
    )
    canvas.ellipse(0, y, wide * 0.95, 0.02, lips * 0.5, strength=0.9, bend=bend, hard=1.5)
    chin = 0.74 + 0.02 * trait["chin"]
    canvas.ellipse(0, chin, 0.2, 0.03, skin * 0.82, strength=0.4 * depth, hard=1.0)
