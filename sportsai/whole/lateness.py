"""How late is a log? A basketball shot's flight can be seen: when the ball was highest, when it left the hands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sportsai.data.frames import HEIGHT_M, NAMES
from sportsai.data.timeline import Timeline, shown

Float = NDArray[np.float64]
BEFORE_S = 8.0  # a flight further before the log's second is another one
TOP_M = 3.05  # a ball that was higher than the ring
HANDS_M = 2.3  # and so high in the hands at most
NEAR = 0.55  # of half the court's length from a ring: further away nobody shoots


def late_shots(lines: Sequence[Timeline], name: str = "shot") -> tuple[Float, Float, float]:
    """Return by how many seconds the log of each shot is behind the ball's highest point, and behind its leaving the
    hands, where such a flight is seen; and of what share of the shots one is."""
    top, release, count = [], [], 0
    for line in lines:
        x, _ = shown(line)
        z = x[:, NAMES.index("ball height")] * HEIGHT_M
        goal = np.minimum(x[:, NAMES.index("to the left goal")], x[:, NAMES.index("to the right goal")])
        k = line.names.index(name)
        for period, at in zip(line.period[line.label == k], line.at_s[line.label == k], strict=True):
            count += 1
            t = line.frames.t_s
            rows = np.flatnonzero((line.frames.period == period) & (t >= at - BEFORE_S) & (t <= at + line.step_s))
            high = rows[(z[rows] > TOP_M) & (goal[rows] < NEAR)]
            if not len(high):
                continue
            last = high[-1]  # the flight nearest to the log's second
            first = last
            while first > rows[0] and z[first - 1] > HANDS_M and t[first] - t[first - 1] < 2 * line.step_s:
                first -= 1
            end = last
            while end < rows[-1] and z[end + 1] > HANDS_M:
                end += 1
            best = first + int(z[first : end + 1].argmax())
            top.append(at - t[best])
            release.append(at - t[max(first - 1, rows[0])])
    return np.array(top), np.array(release), len(top) / max(count, 1)
