"""A ball in the air: gravity only, from one point to another in whole frames, over the net where it crosses it.

No air resistance and no spin (made up: a real top-spin serve or spike dips more and may be faster).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
RATE_HZ = 25
G = np.array([0.0, 0.0, -9.81])
BALL_M = 0.105  # radius: FIVB Rule 3.1, 65 to 67 cm around
NET_M = {"men": 2.43, "women": 2.24}  # FIVB Rule 2.1


@dataclass(frozen=True)
class Flight:
    """A ball that leaves `start` (3,) at `frame` with `velocity` (3,), metres a second."""

    frame: int
    start: Float
    velocity: Float

    def at(self, frame: float | Float) -> Float:
        """Return where the ball is at a frame or frames: (..., 3)."""
        t = (np.asarray(frame, float)[..., None] - self.frame) / RATE_HZ
        return np.asarray(self.start + self.velocity * t + G / 2 * t * t)

    def lands(self) -> float:
        """Return the frame, between two whole ones, at which the ball touches the floor."""
        z, v = self.start[2] - BALL_M, self.velocity[2]
        return self.frame + (v + np.sqrt(v * v + 2 * 9.81 * max(z, 0.0))) / 9.81 * RATE_HZ

    def falls_to(self, height: float) -> float | None:
        """Return the frame at which the ball falls through a height; None where it never is as high."""
        v = self.velocity[2]
        under = v * v + 2 * 9.81 * (self.start[2] - height)
        if under < 0 or (v + np.sqrt(under)) < 0:
            return None
        return self.frame + (v + np.sqrt(under)) / 9.81 * RATE_HZ

    def crosses(self) -> Float | None:
        """Return where the ball is above the centre line, None where it stays on its side."""
        if not self.velocity[0]:
            return None
        t = -self.start[0] / self.velocity[0]
        return self.at(self.frame + t * RATE_HZ) if t > 0 else None


def throw(frame: int, start: Float, end: Float, frames: int) -> Flight:
    """Return the flight that is at `end` after so many frames. Shapes: start, end (3,)."""
    t = frames / RATE_HZ
    return Flight(frame, start, (end - start) / t - G / 2 * t)


def over(frame: int, start: Float, end: Float, frames: int, height: float) -> tuple[Flight, int]:
    """Return the flattest flight of at least `frames` frames to `end` whose middle passes the net at `height`, and its
    frames."""
    while True:
        flight = throw(frame, start, end, frames)
        at_net = flight.crosses()
        if at_net is None or at_net[2] >= height:
            return flight, frames
        frames += 1
