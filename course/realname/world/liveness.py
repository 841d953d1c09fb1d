"""Is somebody there? A challenge, a film of the answer, attacks, and the check that reads it.

The counter asks for three actions in a random order. ``performed`` films a person who does them,
``attacked`` films an artefact. ``signals`` measures eyes and turning in every frame, ``check``
decides. Everything is read from the pictures: no species has an error rate written anywhere.
Rates found here are those of this check on these drawings, nothing else.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from realname.world import draws, portraits
from realname.world.parameters import ParameterError
from realname.world.portraits import Faces, Pictures, Shots

ACTIONS = ("blink", "left", "right")
SPECIES = ("print", "replay", "wrong_order", "mask")
LENGTH = 3  # actions in a challenge
BEAT = 8  # frames an action may take; a film has a beat of rest before and after
FRAMES = (LENGTH + 2) * BEAT
_TURN = 0.42  # radians, how far people turn when asked
# Rows and columns of a 48 x 48 picture: the strip with the eyes, and the inner face.
_EYES = (slice(20, 24), slice(10, 38))
_FACE = (slice(12, 40), slice(6, 42))
_EYE_DROP, _TURN_REACH, _TURN_SURE = 0.30, 1.2, 2.5
Challenges = NDArray[np.int8]


def challenges(n: int, rng: np.random.Generator) -> Challenges:
    """``n`` random challenges: (n, 3) positions in ACTIONS; all 24 in which not all are equal.

    >>> challenges(2, np.random.default_rng(1)).shape
    (2, 3)
    """
    every = np.array(list(itertools.product(range(len(ACTIONS)), repeat=LENGTH)), np.int8)
    mixed = every[(every != every[:, :1]).any(axis=1)]
    return mixed[draws.pick_evenly(rng, len(mixed), n)]


def words(challenge: NDArray[np.int8]) -> list[str]:
    """One challenge in words.

    >>> words(np.array([0, 2, 1]))
    ['blink', 'right', 'left']
    """
    return [ACTIONS[action] for action in challenge]


@dataclasses.dataclass(frozen=True)
class _Motion:
    """Yaw and openness of the eyes, (n, FRAMES)."""

    yaw: NDArray[np.float64]
    eyes: NDArray[np.float64]


def _motion(asked: Challenges, rng: np.random.Generator, habit: float = 1.0) -> _Motion:
    """Do the actions one a beat, each in one's own size and with one's own delay."""
    n = len(asked)
    yaw = 0.03 * draws.normal(rng, n * FRAMES).reshape(n, FRAMES) * habit
    eyes = np.clip(0.95 + 0.04 * draws.normal(rng, n * FRAMES).reshape(n, FRAMES) * habit, 0, 1.1)
    rows = np.arange(n)
    for place in range(LENGTH):
        action = asked[:, place]
        delay = draws.pick_evenly(rng, 3, n)
        reach = _TURN * np.clip(1 + 0.25 * draws.normal(rng, n), 0.35, 1.6)
        shut = np.clip(0.15 * np.abs(draws.normal(rng, n)), 0, 0.7)
        sign = np.select([action == 1, action == 2], [1.0, -1.0], 0.0)
        begin = (place + 1) * BEAT + delay
        for step, part in enumerate((0.6, 1.0, 1.0, 0.6)):
            yaw[rows, begin + step] += sign * reach * part
        for step in (1, 2):
            eyes[rows, begin + step] = np.where(action == 0, shut, eyes[rows, begin + step])
    return _Motion(yaw, eyes)


def _film(people: Faces, shots: Shots, motion: _Motion, rng: np.random.Generator,
          flat: float = 0.0) -> Pictures:
    n = len(people)
    each = np.repeat(np.arange(n), FRAMES)
    moving = shots.take(each)
    moving = moving.changed(
        yaw=moving.yaw + motion.yaw.reshape(-1), eyes=motion.eyes.reshape(-1)
    )
    pictures = portraits.render(people.take(each), moving, rng, flat=flat)
    return pictures.reshape(n, FRAMES, portraits.SIZE, portraits.SIZE)


def performed(
    people: Faces, asked: Challenges, rng: np.random.Generator, *, light: float = 1.0,
    exposure: float = 1.0,
) -> Pictures:
    """Films of people doing what is asked: uint8 (n, 40, 48, 48), about five seconds each.

    Raises ParameterError unless there is one challenge a person.
    """
    if len(people) != len(asked):
        raise ParameterError(f"{len(people)} people and {len(asked)} challenges: give one each.")
    shots = portraits.live(len(people), rng, light=light, exposure=exposure, still=0.6)
    return _film(people, shots, _motion(asked, rng), rng)


def attacked(
    species: str, holders: Faces, asked: Challenges, rng: np.random.Generator
) -> Pictures:
    """Films of an artefact of each holder's face, shown while a challenge is asked.

    ``print``: a photograph, moved by hand. ``replay``: a film of the holder answering another
    challenge, drawn at random, on a screen. ``wrong_order``: a live person who does the asked
    actions, the first of them last. ``mask``: the holder's face without relief, worn by somebody
    who turns and blinks behind it; the eye holes show the wearer's eyes. Raises ParameterError
    for an unknown species.
    """
    if species not in SPECIES:
        raise ParameterError(f"Unknown species {species!r}: use {', '.join(SPECIES)}.")
    n = len(holders)
    shots = portraits.live(n, rng, still=0.6)
    if species == "wrong_order":
        return _film(holders, shots, _motion(np.roll(asked, 1, axis=1), rng), rng)
    if species == "replay":
        film = _film(holders, shots, _motion(challenges(n, rng), rng), rng)
        return _on_screen(film)
    if species == "mask":
        motion = _motion(asked, rng)
        # the wearer's lids lie deep in the holes: a blink shows in part
        hidden = 0.35 + 0.25 * rng.random((n, 1))
        eyes = 1 - (1 - motion.eyes) * hidden
        return _film(holders, shots, _Motion(motion.yaw, eyes), rng, flat=0.6)
    still = _film(holders, shots, _Motion(np.zeros((n, FRAMES)), np.full((n, FRAMES), 0.95)), rng)
    return _moved_by_hand(still, rng)


def frontal(films: Pictures) -> Pictures:
    """One frame of each film before anything is asked, for the matcher: (n, 48, 48)."""
    return films[:, BEAT // 2]


def _on_screen(film: Pictures) -> Pictures:
    """Less contrast and the lines of a screen."""
    out = film.astype(np.float32) * np.float32(0.8) + np.float32(30)
    out[..., ::2, :] *= np.float32(0.94)
    return np.clip(out, 0, 255).astype(np.uint8)


def _moved_by_hand(film: Pictures, rng: np.random.Generator) -> Pictures:
    """Shift every frame of a flat print by up to two pixels along a slow path."""
    out = np.empty_like(film)
    for i, frames in enumerate(film):
        path = np.cumsum(draws.pick_evenly(rng, 3, 2 * FRAMES).reshape(2, FRAMES) - 1, axis=1)
        path = np.clip(path, -2, 2)
        for j, frame in enumerate(frames):
            out[i, j] = np.roll(frame, (path[0, j], path[1, j]), (0, 1))
    return out


def signals(film: Pictures) -> pd.DataFrame:
    """What can be read from one film (frames, 48, 48): columns frame, eyes, turn.

    ``eyes`` is 1 at the start and falls as they close: how strongly white and iris alternate
    along the strip of the eyes, against the light on the face. ``turn`` is how far the dark
    features moved towards the viewer's right since the start, in pixels; positive when the face
    turns to its own left. Raises ParameterError for another shape.
    """
    if film.ndim != 3:
        raise ParameterError(f"A film has shape (frames, 48, 48), not {film.shape}: give one film.")
    eyes, turn = _measured(film[None])
    return pd.DataFrame({"frame": np.arange(len(film)), "eyes": eyes[0], "turn": turn[0]})


def _measured(films: Pictures) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eyes and turn of many films: two arrays (n, frames), relative to the first beat."""
    strip = films[..., _EYES[0], _EYES[1]].astype(np.float64)
    edges = np.sqrt(np.mean(np.diff(strip, axis=-1) ** 2, axis=(-1, -2)))
    inner = films[..., 16:40, 10:38].reshape(*films.shape[:2], -1)
    eyes = edges / np.maximum(np.median(inner, axis=-1), 1)
    face = films[..., _FACE[0], _FACE[1]].astype(np.float64)
    level = np.median(face, axis=-1, keepdims=True)
    weight = np.maximum(level - face - 0.10 * level, 0)
    # the shadowed rim of the head is no feature: count the middle, where eyes, nose and mouth are
    columns = np.arange(face.shape[-1]) - (face.shape[-1] - 1) / 2
    weight = weight * (np.abs(columns) < 13)
    total = np.maximum(weight.sum(axis=(-1, -2)), 1)
    turn = (weight * columns).sum(axis=(-1, -2)) / total
    eyes = eyes / np.maximum(np.median(eyes[:, :BEAT], axis=1, keepdims=True), 1e-3)
    return eyes, turn - np.median(turn[:, :BEAT], axis=1, keepdims=True)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a check found in one film. ``passed`` is live and as asked; ``reason`` is a sentence."""

    passed: bool
    asked: tuple[str, ...]
    seen: tuple[str, ...]
    reason: str


def check(film: Pictures, asked: NDArray[np.int8]) -> Verdict:
    """Decide on one film and one challenge; the reason is in words."""
    passed, seen = _decided(film[None], asked[None])
    wanted, found = tuple(words(asked)), tuple(seen[0])
    reason = (
        f"Asked for {', '.join(wanted)}; saw {', '.join(found)}: "
        + ("as asked." if passed[0] else "not as asked.")
    )
    return Verdict(bool(passed[0]), wanted, found, reason)


def checked(films: Pictures, asked: Challenges) -> NDArray[np.bool_]:
    """Decide on many films (n, frames, 48, 48): True where the check says live and as asked."""
    return _decided(films, asked)[0]


def _decided(films: Pictures, asked: Challenges) -> tuple[NDArray[np.bool_], list[list[str]]]:
    """In each beat: closed eyes without a clear turn are a blink; else the farthest turn counts."""
    eyes, turn = _measured(films)
    seen = []
    passed = np.ones(len(films), bool)
    for place in range(LENGTH):
        beat = slice((place + 1) * BEAT, (place + 2) * BEAT)
        far = turn[:, beat]
        reach = np.take_along_axis(far, np.abs(far).argmax(axis=1)[:, None], axis=1)[:, 0]
        drop = 1 - np.partition(eyes[:, beat], 1, axis=1)[:, 1]  # two frames, not one
        found = np.select(
            [(drop > _EYE_DROP) & (np.abs(reach) < _TURN_SURE), reach > _TURN_REACH,
             reach < -_TURN_REACH], [0, 1, 2], -1,
        )
        passed &= found == asked[:, place]
        seen.append(["nothing" if f < 0 else ACTIONS[f] for f in found])
    return passed, [list(row) for row in zip(*seen, strict=True)]
