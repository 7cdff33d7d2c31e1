"""Twelve people who run: bounded speed and acceleration, each on the way to a place, at a time, by a plan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sportsai.simulate._flight import RATE_HZ

Float = NDArray[np.float64]
DT = 1 / RATE_HZ
TOP_MPS = 6.5  # nobody is faster; made up, near what elite players reach on nine metres
PUSH_MPS2 = 9.0  # nor changes velocity faster
BRAKE_MPS2 = 6.0  # what a runner counts on when he stops
NET_X = -0.3  # feet are kept so far from the net's plane (Rule 11.2 lets part of a foot over; here nobody uses it)


class People:
    """Twelve places (2 teams of 6), each in his own team's view: the net at x = 0, his court at x < 0.

    Shapes: xy (12, 2) to begin with, top (12,) metres a second. Inside, a place is one complex number: x + iy.
    """

    def __init__(self, xy: Float, top: Float) -> None:
        self._at: NDArray[np.complex128] = xy[:, 0] + 1j * xy[:, 1]
        self._v = np.zeros(12, complex)
        self.top = np.minimum(top, TOP_MPS)
        self._goal, self._due, self._cap = self._at.copy(), np.zeros(12), self.top.copy()
        self.plan: list[tuple[int, int, complex, int, float]] = []
        self.now = 0
        self._path = [self._at]

    def send(self, who: int, where: tuple[float, float] | Float, at: int, due: int, cap: float = TOP_MPS) -> None:
        """Let one go to a place from frame `at` on, to be there at frame `due`; what he was told for later is off."""
        self.plan = [p for p in self.plan if not (p[1] == who and p[0] >= at)]
        self.plan.append((at, who, complex(where[0], where[1]), due, cap))
        self.plan.sort(key=lambda p: (p[0], p[1]))

    def then(self, who: int, where: tuple[float, float] | Float, at: int, due: int, cap: float = TOP_MPS) -> None:
        """Let one go on to another place from frame `at`, after what he was told before."""
        self.plan.append((at, who, complex(where[0], where[1]), due, cap))
        self.plan.sort(key=lambda p: (p[0], p[1]))

    def until(self, frame: int) -> None:
        """Step everybody to a frame."""
        while self.now < frame:
            while self.plan and self.plan[0][0] <= self.now:
                _, who, where, due, cap = self.plan.pop(0)
                self._goal[who], self._due[who], self._cap[who] = where, due, min(cap, self.top[who])
            self._step()

    def _step(self) -> None:
        gap = self._goal - self._at
        away = np.abs(gap)
        left = np.maximum((self._due - self.now) * DT, DT)
        pace = np.minimum(np.minimum(self._cap, np.sqrt(2 * BRAKE_MPS2 * away)), np.maximum(0.6, 1.5 * away / left))
        want = gap * (np.minimum(pace, away / DT) / np.maximum(away, 1e-9))
        want.real = np.minimum(want.real, np.sqrt(2 * BRAKE_MPS2 * np.maximum(NET_X - 0.1 - self._at.real, 0)))
        change = want - self._v
        self._v = self._v + change * np.minimum(1, PUSH_MPS2 * DT / np.maximum(np.abs(change), 1e-9))
        self._at = self._at + self._v * DT
        self.now += 1
        self._path.append(self._at)

    @property
    def xy(self) -> Float:
        """Return where everybody is, (12, 2)."""
        return self._at.view(np.float64).reshape(12, 2)

    @property
    def v(self) -> Float:
        """Return everybody's velocity, metres a second, (12, 2)."""
        return self._v.view(np.float64).reshape(12, 2)

    @property
    def path(self) -> Float:
        """Return where everybody was at each frame so far, (F, 12, 2)."""
        return np.array(self._path).view(np.float64).reshape(-1, 12, 2)

    def reach_s(self, who: NDArray[np.int64], where: Float, ready_s: float) -> Float:
        """Return about how many seconds these need to a place: reaction, then a run from standing. Shape: (n,)."""
        away = np.hypot(*(self.xy[who] + self.v[who] * 0.15 - where).T)
        top = self.top[who]
        short = away < top * top / PUSH_MPS2
        run = np.where(short, 1.4 * np.sqrt(away / PUSH_MPS2), away / top + 0.45 * top / PUSH_MPS2)
        return np.asarray(ready_s + run)
