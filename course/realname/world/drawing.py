"""The drawing board of ``portraits``: soft shapes on a round head, light, and a cheap camera.

Plain float32 additions, multiplications and comparisons, which give the same bits on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from realname.world.portraits import Shots

SIZE = 48
_AXIS = ((np.arange(SIZE) + 0.5) / SIZE * 2.0 - 1.0).astype(np.float32)
_BACKGROUND = np.float32(0.88)
Layer = NDArray[np.float32]


def _column(value: ArrayLike, n: int) -> Layer:
    """One number a picture, as (n, 1, 1)."""
    wide = np.broadcast_to(np.asarray(value, dtype=np.float64), (n,))
    return wide.astype(np.float32)[:, None, None]


class Canvas:
    """``n`` pictures in work; coordinates of shapes are in head radii, seen from the front."""

    def __init__(self, shots: Shots, radius_x: NDArray, radius_y: NDArray) -> None:
        self.n = n = len(shots)
        self.shots = shots
        scale = shots.scale
        x = (_AXIS[None, None, :] - _column(shots.right, n)) / _column(scale * radius_x, n)
        y = (_AXIS[None, :, None] - _column(shots.down, n)) / _column(scale * radius_y, n)
        self.x, self.y = x, y
        self.sin_yaw, self.cos_yaw = np.sin(shots.yaw), np.cos(shots.yaw)
        self.sin_pitch = np.sin(shots.pitch)
        # light falls on the skull, before features: n . l for a round head
        square = x * x + y * y
        depth = np.sqrt(np.maximum(np.float32(0.02), 1 - np.minimum(square, np.float32(0.98))))
        side = _column(np.sin(shots.azimuth) * np.cos(shots.elevation), n)
        top = _column(-np.sin(shots.elevation), n)
        front = _column(np.cos(shots.azimuth) * np.cos(shots.elevation), n)
        ambient = _column(shots.ambient, n)
        lit = np.maximum(np.float32(0), x * side + y * top + depth * front)
        self.light = ambient + (1 - ambient) * lit
        self.inside = square
        self.paint = np.full((n, SIZE, SIZE), _BACKGROUND, np.float32)
        self.on_head = np.zeros((n, SIZE, SIZE), np.float32)

    def _place(
        self, x: ArrayLike, y: ArrayLike, raised: float
    ) -> tuple[NDArray, NDArray, NDArray]:
        """Where a point of the face lands after turning, and how much narrower it looks."""
        x, y = np.broadcast_to(x, (self.n,)), np.broadcast_to(y, (self.n,))
        depth = np.sqrt(np.maximum(0.05, 1 - x * x - 0.5 * y * y)) + raised
        moved = x * self.cos_yaw + depth * self.sin_yaw
        narrow = np.clip(self.cos_yaw - x / depth * self.sin_yaw, 0.25, 1.2)
        return moved, y + depth * self.sin_pitch, narrow

    def _blend(self, cover: Layer, tone: ArrayLike) -> None:
        self.paint += cover * (_column(tone, self.n) - self.paint)

    def ellipse(
        self, x: ArrayLike, y: ArrayLike, wide: ArrayLike, high: ArrayLike, tone: ArrayLike, *,
        strength: ArrayLike = 1.0, bend: ArrayLike = 0.0, slope: ArrayLike = 0.0,
        raised: float = 0.0, hard: float = 2.0, shaded: bool = True,
    ) -> None:
        """One soft ellipse; ``bend`` lifts its ends, ``slope`` tilts it, ``raised`` is relief."""
        at_x, at_y, narrow = self._place(x, y, raised)
        if not shaded:
            at_x, at_y, narrow = 0.4 * at_x, at_y, np.ones(self.n)
        dx = self.x - _column(at_x, self.n)
        dy = self.y - _column(at_y, self.n)
        if np.any(bend):
            dy = dy - _column(bend, self.n) * dx * dx * 4
        if np.any(slope):
            dy = dy - _column(slope, self.n) * dx
        dx = dx / _column(np.broadcast_to(wide, (self.n,)) * narrow, self.n)
        dy = dy / _column(high, self.n)
        cover = np.float32(hard) * (1 - dx * dx - dy * dy) + np.float32(0.5)
        np.clip(cover, 0, 1, out=cover)
        if np.any(np.asarray(strength) != 1.0):
            cover *= _column(strength, self.n)
        self._blend(cover, tone)
        if not shaded:
            np.maximum(self.on_head, cover, out=self.on_head)

    def pair(
        self, x: ArrayLike, y: ArrayLike, wide: ArrayLike, high: ArrayLike, tone: ArrayLike,
        strength: ArrayLike, *, slope: ArrayLike = 0.0, raised: float = 0.0,
    ) -> None:
        """Two soft ellipses, left and right of the middle."""
        for sign in (-1.0, 1.0):
            self.ellipse(
                sign * np.asarray(x), y, wide, high, tone, strength=strength,
                slope=sign * np.asarray(slope), raised=raised,
            )

    def head(self, skin: ArrayLike, jaw: ArrayLike, chin: ArrayLike) -> None:
        """The skull: an ellipse that narrows towards the chin."""
        down = np.maximum(np.float32(0), self.y)
        wider = self.x * (1 + _column(jaw, self.n) * down * 1.6)
        longer = self.y - _column(chin, self.n) * down
        cover = np.clip(6 * (1 - wider * wider - longer * longer) + np.float32(0.5), 0, 1)
        self._blend(cover, skin)
        np.maximum(self.on_head, cover, out=self.on_head)
        self.skull = cover

    def band(self, y: ArrayLike, tone: ArrayLike) -> None:
        """Hair on the forehead, down to the line ``y``."""
        line = _column(self._place(0.0, y, 0.0)[1], self.n)
        cover = np.clip(8 * (line + self.x * self.x * np.float32(0.25) - self.y), 0, 1)
        self._blend(cover * self.skull, tone)

    def photograph(self, rng: np.random.Generator | None, *, relief: float = 1.0) -> NDArray:
        """Light, blur, the sensor's noise, gain, eight bits: uint8 (n, SIZE, SIZE)."""
        shots, n = self.shots, self.n
        light = 1 + np.float32(relief) * (self.light - 1) if relief != 1.0 else self.light
        picture = self.paint * (1 + self.on_head * (light - 1))
        picture *= _column(shots.light, n)
        blur = _column(shots.blur, n) * np.float32(0.5)
        for axis in (1, 2):
            near = np.roll(picture, 1, axis) + np.roll(picture, -1, axis)
            picture += blur * (near * np.float32(0.5) - picture)
        if rng is not None:
            grain = rng.random(picture.shape, dtype=np.float32) * 2 - 1
            shot = np.sqrt(np.maximum(picture, 0) * np.float32(0.6) + np.float32(0.15))
            picture += _column(shots.noise * 1.7, n) * shot * grain
        picture *= _column(shots.exposure, n)
        np.clip(picture, 0, 1, out=picture)
        return (picture * 255 + np.float32(0.5)).astype(np.uint8)
