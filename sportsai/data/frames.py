"""A game frame by frame: what one frame shows, told as numbers, read through a counter.

    frames = Frames.of(game)                    # every frame of play, nothing read yet
    x = frames.read(np.array([120, 480]))       # (2, D): what these two show
    frames.share                                # of the frames of play, how many were read: 2 / len(frames)

A frame's numbers come from that frame alone: positions there, nothing before or after it. Whoever wants to know how
things move reads two frames, and both are counted. `seen` is what a camera would have had to film.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sportsai.court import load_league
from sportsai.data.game import Game
from sportsai.data.tracks import AWAY, HOME, NO_SIDE
from sportsai.errors import DataError

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]

NEAREST = 5  # players of each side told one by one, nearest to the ball first
FAR = 2.0  # of half the court's length: further counts as so far
HEIGHT_M = 4.0  # of the ball: one unit
CHUNK = 8192


@dataclass(frozen=True)
class Frames:
    """The frames of play of a game, in order, and which of them were read.

    game: it. row (N,): rows of `game.tracks`; period (N,), t_s (N,) seconds since it began.
    length_m: half the court's length, the unit. goals: places of both, in units, None where there are none.
    show: what these rows of the tracks show, (n, D), as `told` tells it, where it is found out only when they are read:
    in footage; else the tracks tell it.
    """

    game: Game
    row: Int
    period: NDArray[np.int8]
    t_s: NDArray[np.float64]
    length_m: float
    goals: tuple[tuple[float, float], tuple[float, float]] | None
    seen: Bool = field(repr=False)
    show: Callable[[Int], Float32] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, game: Game, rate_hz: float | None = None) -> Frames:
        """Return a game's frames of play, thinned to about `rate_hz` where it has more a second.

        DataError where it has no tracks, or none inside a period.
        """
        if game.tracks is None:
            raise DataError(f"game {game.id} has no tracks", expected="positions", todo="Ingest its tracking data.")
        every = 1 if rate_hz is None else max(1, round(float(game.tracks.rate_hz) / rate_hz))
        row = np.flatnonzero((game.tracks.period > 0) & (game.tracks.frame % every == 0))
        if not len(row):
            raise DataError(f"no frame of game {game.id} lies inside a period", expected="frames of play")
        court = load_league(game.league).court
        half = float(game.court_length_m) / 2
        from_end = None if court.goal_right is None else court.half_length_m - court.goal_right[0]
        goals = None if from_end is None else (((from_end - half) / half, 0.0), ((half - from_end) / half, 0.0))
        t = game.tracks
        return cls(game, row, t.period[row], t.t_s[row], half, goals, np.zeros(len(row), bool))

    def __len__(self) -> int:
        return len(self.row)

    @property
    def step_s(self) -> float:
        """The usual time between two frames, seconds."""
        step = np.diff(self.t_s)
        step = step[step > 0]
        return float(np.median(step)) if len(step) else 1 / float(self._rate)

    @property
    def _rate(self) -> float:
        assert self.game.tracks is not None
        return float(self.game.tracks.rate_hz)

    @property
    def names(self) -> tuple[str, ...]:
        """What each number of a frame is."""
        return NAMES

    @property
    def share(self) -> float:
        """Of the frames of play, how many were read."""
        return float(self.seen.mean())

    def read(self, index: Int) -> Float32:
        """Return what these frames show, (n, D), and count them; a frame read twice counts once.

        index (n,): places among the frames of play.
        """
        index = np.asarray(index, np.int64)
        if len(index) and not (index.min() >= 0 and index.max() < len(self)):
            raise DataError(f"frame {int(index.max())} of {len(self)}", expected="a place among the frames of play")
        self.seen[index] = True
        parts = [self._shown(index[i : i + CHUNK]) for i in range(0, len(index), CHUNK)]
        return np.concatenate(parts) if parts else np.zeros((0, len(NAMES)), np.float32)

    def _shown(self, index: Int) -> Float32:
        t = self.game.tracks
        assert t is not None
        row = self.row[index]
        if self.show is not None:
            return self.show(row)
        right = {p: self.game.attacks_right(p) for p in np.unique(self.period[index]).tolist()}
        turn = np.array([-1.0 if right[p] == AWAY else 1.0 for p in self.period[index].tolist()], np.float32)
        unit = (turn / np.float32(self.length_m))[:, None]
        return told(
            t.xy[row] * unit[:, None], t.present[row], t.side, t.ball_xy[row] * unit, t.ball_z[row] / HEIGHT_M,
            t.ball_present[row], self.goals,
        )  # fmt: skip


def told(
    xy: Float32, present: Bool, side: NDArray[np.int8], ball: Float32, ball_z: Float32, ball_present: Bool,
    goals: tuple[tuple[float, float], tuple[float, float]] | None,
) -> Float32:  # fmt: skip
    """Return each frame's numbers, (n, D), all about 1 or below: see NAMES; zeros for what is not seen.

    Shapes: xy (n, P, 2), present (n, P), side (P,) HOME, AWAY or neither, ball (n, 2), ball_z (n,) NaN unknown,
    ball_present (n,). The home team attacks +x. Where no ball is seen, the middle of the players stands for it.
    """
    n = len(xy)
    there = present & (side != NO_SIDE)
    count = there.sum(1, keepdims=True)
    middle = np.where(there[..., None], xy, 0).sum(1) / np.maximum(count, 1)
    seen = ball_present[:, None]
    at = np.where(seen, ball, middle)
    height = np.where(np.isfinite(ball_z) & ball_present, ball_z, 0)
    out = [at, np.abs(at[:, 1:]), seen, height[:, None], np.isfinite(ball_z)[:, None] & seen, middle - at]
    for goal in goals or ((-1.0, 0.0), (1.0, 0.0)):
        out.append(np.linalg.norm(at - np.array(goal), axis=1, keepdims=True))
    away = np.linalg.norm(xy - at[:, None], axis=-1)
    for team in (HOME, AWAY):
        mine = there & (side == team)
        none = ~mine.any(1)
        near = np.where(mine, away, np.inf)
        order = np.argsort(near, axis=1, kind="stable")[:, :NEAREST]
        some = np.take_along_axis(mine, order, 1)
        way = np.take_along_axis(xy, order[..., None], 1) - at[:, None]
        far = np.where(some, np.minimum(np.take_along_axis(near, order, 1), FAR), FAR)
        way = np.where(some[..., None], np.clip(way, -FAR, FAR), 0)
        if some.shape[1] < NEAREST:  # a side of two
            more = NEAREST - some.shape[1]
            way, far = np.pad(way, ((0, 0), (0, more), (0, 0))), np.pad(far, ((0, 0), (0, more)), constant_values=FAR)
        total = np.maximum(mine.sum(1), 1)[:, None]
        centre = np.where(mine[..., None], xy, 0).sum(1) / total
        apart = np.sqrt(np.where(mine[..., None], (xy - centre[:, None]) ** 2, 0).sum(1) / total)
        out += [way.reshape(n, -1), far, np.where(none[:, None], 0, centre - at), apart, mine.sum(1)[:, None] / 11]
        ahead = (xy[..., 0] > at[:, :1]) & mine
        out.append(ahead.sum(1)[:, None] / total)
    return np.concatenate([np.asarray(o, np.float32).reshape(n, -1) for o in out], 1)


def _names() -> tuple[str, ...]:
    names = ["ball x", "ball y", "ball off the middle line", "ball seen", "ball height", "height known", "middle x",
             "middle y", "to the left goal", "to the right goal"]  # fmt: skip
    for team in ("home", "away"):
        names += [f"{team} {k + 1} {axis}" for k in range(NEAREST) for axis in ("x", "y")]
        names += [f"{team} {k + 1} away" for k in range(NEAREST)]
        names += [f"{team} {what}" for what in ("centre x", "centre y", "spread x", "spread y", "seen", "ahead")]
    return tuple(names)


NAMES = _names()
