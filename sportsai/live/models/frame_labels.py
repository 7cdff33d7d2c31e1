"""Who has the ball and which phase it is: what `analysis.phases` says of the whole game, a stretch when it has ended.

A model of whole games is asked of the same pieces as in the whole game, as far as they are there. An answer is certain
when the frames it depends on are: SpotConv `reach` frames after, MultiLSTM `latency` = N - 1 frames after (causal).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.analysis.phases import RECIPE, SURE, events_of
from sportsai.data.events import empty_events
from sportsai.data.frames import Frames
from sportsai.data.game import Game
from sportsai.data.timeline import Timeline, shown
from sportsai.data.tracks import Tracks, empty_tracks
from sportsai.errors import ModelError
from sportsai.learn.weights import Weights
from sportsai.live.compiled import Asked
from sportsai.live.models import Part
from sportsai.live.stretch import Stretch
from sportsai.tasks.frame_labels import timeline
from sportsai.whole.heat import EDGE, PIECE
from sportsai.whole.trust import frame_probability

TITLE = "who has the ball and which phase it is"
SPORTS = frozenset({"soccer"})
COMPILED = True  # by onnxruntime, where it can be
BACK_S = 8.0  # of frames kept before those that are new: how far apart frames usually are is read off them
BREAK_S = 60.0  # without play, after which frames before it are let go

Float = NDArray[np.float64]


class Seen(NamedTuple):
    """A frame that was read: all that is kept of it until its stretches have ended."""

    row: int
    frame: int
    period: int
    t_s: float


def frames_late(config: Any) -> int:
    """Return how many frames after a frame its answer is final; ModelError for a model that reads to the end."""
    for name in ("latency", "reach"):
        if hasattr(config, name):
            return int(getattr(config, name))
    raise ModelError("this model reads the whole game before it speaks", expected="one that says how far it looks",
                     todo="Train spot_conv or multi_lstm: sportsai train <league> frame_labels")  # fmt: skip


def latency(weights: Weights | None, rate_hz: Fraction) -> list[Part]:
    """Return what a stretch waits for after its last frame."""
    assert weights is not None
    d = weights.recipe.data
    step = _every(d.rate_hz, float(rate_hz)) / float(rate_hz)
    late = max(frames_late(m.model.config) for m in weights.model.members) + d.gaps
    return [Part(f"{late} frames, {step:g} s apart, that an answer depends on", late * step, late * step),
            Part("the frame that ends the stretch", step, step)]  # fmt: skip


def _every(rate_hz: float | None, given_hz: float) -> int:
    return 1 if rate_hz is None else max(1, round(given_hz / rate_hz))


class Live:
    """The labels at work on a stretch. See `sportsai.live.models`."""

    def __init__(self, stretch: Stretch, weights: Weights | None) -> None:
        if weights is None:
            raise ModelError("no weights were given", expected=f"those of {RECIPE}")
        self.stretch, self.weights = stretch, weights
        self.low = self.lost = 0
        self.models = [m.model for m in weights.model.members]
        self.ask = Asked(self.models, weights.recipe.data.inputs, COMPILED)
        self.late = max(frames_late(m.config) for m in self.models)
        self.rate = float(stretch.head.rate_hz)
        self._taken = 0  # frames before this row were read
        self._period, self._base = 0, 0  # of the stretch at work, and the place in it of the first of `_x`
        self._x = np.zeros((0, weights.recipe.data.inputs), np.float32)
        self._waiting: list[Seen] = []  # frames read that wait for their answer
        self._told: list[tuple[Seen, Float]] = []  # how likely each label holds there, (L,)
        self._until: dict[str, int] = {}  # label -> the frame that its last stretch said ended before
        self._game: Game | None = None

    def tick(self, over: bool = False) -> pd.DataFrame:
        """Return the stretches that have ended, and are certain, since the last time."""
        self._read(over)
        if over:
            self._answer(over=True)
        return self._say(over)

    def _read(self, over: bool) -> None:
        window, d = self.stretch.window(self.low), self.weights.recipe.data
        every = _every(d.rate_hz, self.rate)
        read = (window.tracks.period > 0) & (window.tracks.frame % every == 0)
        if not read[max(self._taken - window.first, 0) :].any() and not d.gaps:  # a break: nothing before it is needed
            self.low = max(self.low, self.stretch.end - round(BREAK_S * self.rate))
        line = timeline(window.game, d) if read.any() else None
        if line is None or (len(line) < BACK_S / 2 * self.rate / every and not over):
            return
        self._game = window.game
        x, _ = shown(line, ball_only=d.ball_only, pace=d.pace, gaps=d.gaps, attack=d.attack)
        row, frame = line.frames.row + window.first, window.tracks.frame[line.frames.row]
        there = len(line) - int(d.gaps and not over)  # the gap after the last frame is not known yet
        for first, end in line.stretches():
            period = int(line.frames.period[first])
            if not self.stretch.directions.settled(period):
                break
            new = np.arange(first, min(end, there))[row[first : min(end, there)] >= self._taken]
            if not len(new):
                continue
            if period != self._period:
                self._answer(over=True)
                self._period, self._base, self._x = period, 0, self._x[:0]
            self._x = np.concatenate([self._x, x[new]])
            self._waiting += [Seen(int(row[i]), int(frame[i]), period, float(line.frames.t_s[i])) for i in new]
            self._taken = int(row[new[-1]]) + 1
            self._answer()
        self.low = max(self.low, self._taken - round(BACK_S * self.rate))

    def _answer(self, over: bool = False) -> None:
        """Answer the frames that wait, as far as what their answers depend on is there."""
        known = self._base + len(self._x)
        first = known - len(self._waiting)
        end = known if over else known - self.late
        while first < end:
            a = first // PIECE * PIECE
            start, stop = max(0, a - EDGE), min(known, a + PIECE + EDGE)
            if all(hasattr(m.config, "reach") for m in self.models):
                start = max(start, first - self.late)
            last = min(end, a + PIECE)
            self._keep(
                first, last, self.ask(self._x[start - self._base : stop - self._base])[first - start : last - start]
            )
            first = last
        keep = max(0, end // PIECE * PIECE - EDGE)
        if keep > self._base:
            self._x, self._base = self._x[keep - self._base :], keep

    def _keep(self, first: int, last: int, heat: Float) -> None:
        recipe = self.weights.recipe
        sure = frame_probability(heat, self.weights.about["trust"]["1"], recipe.names)
        self._told += list(zip(self._waiting[: last - first], sure, strict=True))
        del self._waiting[: last - first]

    def _say(self, over: bool) -> pd.DataFrame:
        if not self._told or self._game is None:
            return empty_events()
        line, heat = self._line(), np.array([p for _, p in self._told])
        events = events_of(line, heat, self.weights.recipe.names)
        step = round(self.rate * line.step_s)
        open_ = (events["end_frame"] - step >= self._told[-1][0].frame).to_numpy() & (not over)
        until = np.array([self._until.get(t, -1) for t in events["type"]], np.int64)
        seen = events["frame"].to_numpy(np.int64) < until
        new = events[~open_ & ~seen].reset_index(drop=True)
        for kind, end in zip(new["type"], new["end_frame"], strict=True):
            self._until[kind] = max(self._until.get(kind, -1), int(end))
        self._forget(heat)
        return new

    def _line(self) -> Timeline:
        """Return the frames told as a timeline without positions: when they were is all that stretches ask."""
        assert self._game is not None
        seen = [s for s, _ in self._told]
        arrays = empty_tracks(len(seen), (), self.stretch.head.rate_hz)
        arrays["frame"][:] = [s.frame for s in seen]
        arrays["period"][:] = [s.period for s in seen]
        arrays["t_s"][:] = [s.t_s for s in seen]
        game = replace(self._game, tracks=Tracks(**arrays))
        none = np.zeros(0, np.int64)
        return Timeline(Frames.of(game), (), none, none.astype(np.float64), none)

    def _forget(self, heat: Float) -> None:
        """Let go of what no stretch to come can begin in: a label that holds now has held since some frame.

        Those of the last BACK_S are kept: how far apart frames usually are is read off them.
        """
        holds = heat >= SURE
        begin = len(holds) - 1
        for k in np.flatnonzero(holds[-1]):
            off = np.flatnonzero(~holds[:, k])
            begin = min(begin, int(off[-1]) + 1 if len(off) else 0)
        back = self._told[-1][0].row - round(BACK_S * self.rate)
        self._told = [t for i, t in enumerate(self._told) if i >= begin or t[0].row >= back]
