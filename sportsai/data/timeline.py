"""A whole game on one time axis: frames that can be read, what happened when, and what holds at each frame.

    line = Timeline(frames, ("shot", "rebound"), period, at_s, label)
    x, names = shown(line, pace=True)           # what all its frames show
    line.heat(1.0)                              # what is taught: how near a shot, a rebound is to each frame
A timeline knows what is true only to teach and to score: nothing of it enters `shown`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sportsai.data.frames import NAMES, Frames
from sportsai.errors import DataError

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]

LONG_S = 5.0  # a gap in the clock beyond the usual step counts as at most so long
PACED = ("ball x", "ball y", "ball height", "middle x", "middle y")  # whose change since the frame before is told
FAST = 2.0  # units a second: faster counts as so fast


@dataclass(frozen=True)
class Timeline:
    """One game.

    frames: N of them, in order. names: K classes of moments. period (M,), at_s (M,) seconds since the period began,
    label (M,) class of each moment. labels (N, L) bool, and what they are called: what holds at each frame; None.
    contest: the unit of splits and intervals. unfilmed: the frames as they are, where `frames` show of the ball only
    where a camera looks that follows it.
    """

    frames: Frames
    names: tuple[str, ...]
    period: Int
    at_s: Float
    label: Int
    labels: Bool | None = None
    label_names: tuple[str, ...] = ()
    contest: str = field(default="")
    unfilmed: Frames | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not (len(self.period) == len(self.at_s) == len(self.label)):
            raise DataError(f"{len(self.period)} periods, {len(self.at_s)} times, {len(self.label)} labels",
                            expected="as many each")  # fmt: skip
        if self.labels is not None and self.labels.shape != (len(self.frames), len(self.label_names)):
            raise DataError(f"labels of shape {self.labels.shape}",
                            expected=f"({len(self.frames)}, {len(self.label_names)})")  # fmt: skip

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def step_s(self) -> float:
        """The usual time between two frames."""
        return self.frames.step_s

    def stretches(self) -> list[tuple[int, int]]:
        """Return [first, end) of the frames of each period."""
        edge = np.flatnonzero(np.diff(self.frames.period)) + 1
        return list(zip([0, *edge.tolist()], [*edge.tolist(), len(self)], strict=True))

    def unbroken(self) -> list[tuple[int, int]]:
        """Return [first, end) of the frames of each stretch that no stop of the clock, no missing frame breaks."""
        t, out = self.frames.t_s, []
        for first, end in self.stretches():
            cut = first + 1 + np.flatnonzero(np.diff(t[first:end]) > 1.5 * self.step_s)
            out += list(zip([first, *cut.tolist()], [*cut.tolist(), end], strict=True))
        return out

    def row_of(self, period: Int, t_s: Float) -> Int:
        """Return the frame nearest to each time of its period, (n,), -1 where the period has no frame."""
        out = np.full(len(period), -1, np.int64)
        for first, end in self.stretches():
            mine = period == self.frames.period[first]
            times = self.frames.t_s[first:end]
            after = np.clip(np.searchsorted(times, t_s[mine]), 1, max(end - first - 1, 1))
            after = np.minimum(after, end - first - 1)
            before = np.maximum(after - 1, 0)
            nearer = t_s[mine] - times[before] <= times[after] - t_s[mine]
            out[mine] = first + np.where(nearer, before, after)
        return out

    def heat(self, spread_s: float) -> Float32:
        """Return how near a moment of each class is to each frame, (N, K): 1 at it, falling off as a bell does."""
        out = np.zeros((len(self), len(self.names)), np.float32)
        for first, end in self.stretches():
            here = self.period == self.frames.period[first]
            t = self.frames.t_s[first:end]
            for k in range(len(self.names)):
                at = np.sort(self.at_s[here & (self.label == k)])
                if len(at):
                    out[first:end, k] = np.exp(-(_nearest(t, at) ** 2) / (2 * spread_s**2))
        return out

    def near(self, within_s: float) -> Bool:
        """Return at which frames a moment of each class is within so many seconds, (N, K)."""
        out = np.zeros((len(self), len(self.names)), bool)
        for first, end in self.stretches():
            here = self.period == self.frames.period[first]
            for k in range(len(self.names)):
                at = np.sort(self.at_s[here & (self.label == k)])
                if len(at):
                    out[first:end, k] = _nearest(self.frames.t_s[first:end], at) <= within_s + 1e-9
        return out


def _nearest(t: Float, at: Float) -> Float:
    """Return how far the nearest of the sorted times `at` is from each of `t`, in seconds."""
    after = np.clip(np.searchsorted(at, t), 0, len(at) - 1)
    before = np.maximum(after - 1, 0)
    return np.minimum(np.abs(t - at[before]), np.abs(at[after] - t))


BALL = ("ball x", "ball y", "ball off the middle line", "ball seen", "ball height", "height known",
        "to the left goal", "to the right goal")  # fmt: skip  # what a frame shows of the ball alone
GAPS = ("gap before", "gap after", "a gap before", "a gap after")


def named(*, ball_only: bool = False, pace: bool = False, gaps: bool = False) -> tuple[str, ...]:
    """Return what each number of a frame is, as `shown` gives them."""
    own = BALL if ball_only else NAMES
    return own + tuple(f"pace of {n}" for n in PACED if pace and n in own) + (GAPS if gaps else ())


def own(x: Float32, ball_only: bool) -> Float32:
    """Return of what frames show, (n, D), that of the ball alone, or all."""
    return x[:, [NAMES.index(n) for n in BALL]] if ball_only else x


def clock_gaps(frames: Frames, index: Int) -> Float32:
    """Return how long the clock stood around each of these frames, (n, 4), see GAPS: seconds missing before it and
    after it, in units of LONG_S, and whether any are. The times alone say so; nothing is read."""
    d = np.diff(frames.t_s, prepend=frames.t_s[:1])
    d[np.diff(frames.period, prepend=frames.period[:1]) != 0] = frames.step_s
    d[0] = frames.step_s
    before = np.clip(d - frames.step_s, 0, LONG_S)
    after = np.append(before[1:], 0.0)
    some = frames.step_s * 0.2
    told = np.stack([before / LONG_S, after / LONG_S, before > some, after > some], 1)
    return told[index].astype(np.float32)


def paces(x: Float32, names: tuple[str, ...], frames: Frames, index: Int) -> Float32:
    """Return how fast what PACED names changed since the frame before, (n, 5), units a second; 0 after a gap.

    x (n, F): what neighbouring frames show, `names` of each number, `index` their places in order.
    """
    column = [names.index(n) for n in PACED if n in names]
    t, step = frames.t_s[index], frames.step_s
    d = np.diff(t, prepend=t[:1])
    v = np.diff(x[:, column], axis=0, prepend=x[:1, column])
    near = (d > 0) & (d < 1.2 * step)
    return np.where(near[:, None], np.clip(v / np.where(near, d, 1)[:, None], -FAST, FAST), 0).astype(np.float32)


def streams(names: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Return the places of what frames tell of the ball, of each team and of the scene: both teams' shapes.

    Of frames turned to the attack (see `shown`) the teams are those that attack and defend.
    """
    at = {n: i for i, n in enumerate(names)}
    shape = [n for n in names if n.split(" ")[-1] in ("seen", "ahead") or " centre " in n or " spread " in n]
    shape += [n for n in names if n.removeprefix("pace of ").startswith("middle")]
    ball = [n for n in names if n.removeprefix("pace of ") in BALL]
    told = {
        "ball": ball, "attackers": [n for n in names if n.startswith("home") and n not in shape],
        "defenders": [n for n in names if n.startswith("away") and n not in shape],
        "scene": [n for n in shape if n not in ball],
    }  # fmt: skip
    return {k: tuple(at[n] for n in v) for k, v in told.items() if v}


def shown(
    line: Timeline, *, ball_only: bool = False, pace: bool = False, gaps: bool = False, attack: bool = False
) -> tuple[Float32, tuple[str, ...]]:
    """Return what all frames of a game show, (N, F), and what each number is: reads, and counts, every frame.

    attack: each frame is turned so that the ball lies in the right half; who is home there attacks it.
    """
    every = np.arange(len(line))
    x = own(line.frames.read(every), ball_only)
    parts = [x]
    if pace:
        parts.append(paces(x, named(ball_only=ball_only), line.frames, every))
    if gaps:
        parts.append(clock_gaps(line.frames, every))
    told, names = np.concatenate(parts, 1), named(ball_only=ball_only, pace=pace, gaps=gaps)
    if attack:
        left = told[:, names.index("ball x")] < 0
        told[left] = mirrored(told[left], names, "x")
    return told, names


@cache
def mirror(names: tuple[str, ...], axis: str) -> tuple[Int, Float32]:
    """Return, for the court in a mirror, which number of a frame becomes which, and its sign.

    axis: "x" exchanges the ends, and the teams with them; "y" left and right.
    """
    which, sign = np.arange(len(names)), np.ones(len(names), np.float32)
    swap = {"to the left goal": "to the right goal", "to the right goal": "to the left goal"}
    for i, name in enumerate(names):
        sign[i] = -1 if name.endswith(f" {axis}") and "spread" not in name else 1
        if axis == "x":
            other = {"home": "away", "away": "home"}.get(name.split(" ", 1)[0])
            name = swap.get(name, name if other is None else f"{other} {name.split(' ', 1)[1]}")
        which[i] = names.index(name)
    return which, sign


def mirrored(x: Float32, names: tuple[str, ...], axis: str) -> Float32:
    """Return what frames would show in a mirror. Shapes: (..., F) -> the same."""
    which, sign = mirror(names, axis)
    out = x[..., which] * sign
    if axis == "x":
        for team in (
            ("home", "away") if "home ahead" in names else ()
        ):  # of a team's players, the share ahead of the ball is now the share behind it
            ahead, seen = names.index(f"{team} ahead"), names.index(f"{team} seen")
            out[..., ahead] = np.where(out[..., seen] > 0, 1 - out[..., ahead], out[..., ahead])
    return out.astype(np.float32)
