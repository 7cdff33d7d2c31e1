"""Who has the ball and which phase it is: what `analysis.phases` says of the whole game, a stretch when it has ended.

A model of whole games is asked of the same pieces as in the whole game, as far as they are there. An answer is certain
when the frames it depends on are: SpotConv `reach` frames after, MultiLSTM `latency` = N - 1 frames after (causal).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from sportsai.analysis.phases import RECIPE, SURE, events_of
from sportsai.data.events import empty_events
from sportsai.data.timeline import Timeline, shown
from sportsai.errors import ModelError
from sportsai.learn.steps import one_thread
from sportsai.learn.weights import Weights
from sportsai.live.models import Part
from sportsai.live.stretch import Stretch
from sportsai.tasks.frame_labels import timeline
from sportsai.whole.heat import EDGE, PIECE, each_frame
from sportsai.whole.trust import frame_probability

TITLE = "who has the ball and which phase it is"
SPORTS = frozenset({"soccer"})
BACK_S = 8.0  # of frames kept before those that are new: how far apart frames usually are is read off them

Float = NDArray[np.float64]


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
        self.models = [m.model.eval() for m in weights.model.members]
        self.late = max(frames_late(m.config) for m in self.models) + weights.recipe.data.gaps
        self.rate = float(stretch.head.rate_hz)
        self._taken = 0  # frames before this row were read
        self._period, self._base = 0, 0  # of the stretch at work, and the place in it of the first of `_x`
        self._x = np.zeros((0, weights.recipe.data.inputs), np.float32)
        self._row: list[int] = []  # of the frames read that wait for their answer
        self._told: dict[int, Float] = {}  # row -> (L,) how likely each label holds there
        self._until: dict[str, int] = {}  # label -> the frame that its last stretch said ended before

    def tick(self, over: bool = False) -> pd.DataFrame:
        """Return the stretches that have ended, and are certain, since the last time."""
        self._read(over)
        if over:
            self._answer(over=True)
        return self._say(over)

    def _read(self, over: bool) -> None:
        window = self.stretch.window(min(self.low, self._taken))
        line = timeline(window.game, self.weights.recipe.data) if window.tracks.T else None
        if line is None or (len(line) < BACK_S * self.rate / 4 and not over and window.first == 0):
            return
        d = self.weights.recipe.data
        x, _ = shown(line, ball_only=d.ball_only, pace=d.pace, gaps=d.gaps, attack=d.attack)
        row = line.frames.row + window.first
        for first, end in line.stretches():
            period = int(line.frames.period[first])
            if not self.stretch.directions.settled(period):
                return
            new = np.arange(first, end)[row[first:end] >= self._taken]
            if not len(new):
                continue
            if period != self._period:
                self._answer(over=True)
                self._period, self._base, self._x = period, 0, self._x[:0]
            self._x = np.concatenate([self._x, x[new]])
            self._row += row[new].tolist()
            self._taken = int(row[new[-1]]) + 1
            self._answer()

    def _answer(self, over: bool = False) -> None:
        """Answer the frames that wait, as far as what their answers depend on is there."""
        known = self._base + len(self._x)
        first = known - len(self._row)
        end = known if over else known - self.late
        while first < end:
            a = first // PIECE * PIECE
            start, stop = max(0, a - EDGE), min(known, a + PIECE + EDGE)
            if all(hasattr(m.config, "reach") for m in self.models):
                start = max(start, first - self.late)
            last = min(end, a + PIECE)
            self._keep(first, last, self._ask(start, stop)[first - start : last - start])
            first = last
        keep = max(0, end // PIECE * PIECE - EDGE)
        if keep > self._base:
            self._x, self._base = self._x[keep - self._base :], keep

    def _ask(self, start: int, stop: int) -> Float:
        x = torch.from_numpy(np.ascontiguousarray(self._x[start - self._base : stop - self._base]))[None]
        with torch.inference_mode(), one_thread():
            told = [each_frame(m(x), stop - start)[0].numpy() for m in self.models]
        return np.asarray(np.sum(told, axis=0, dtype=np.float64) / len(told))

    def _keep(self, first: int, last: int, heat: Float) -> None:
        recipe = self.weights.recipe
        sure = frame_probability(heat, self.weights.about["trust"]["1"], recipe.names)
        for k in range(last - first):
            self._told[self._row[k]] = sure[k]
        del self._row[: last - first]

    def _say(self, over: bool) -> pd.DataFrame:
        if not self._told:
            return empty_events()
        last = max(self._told)
        window = self.stretch.window(self.low, last + 1)
        line = timeline(window.game, self.weights.recipe.data)
        assert line is not None
        rows = (line.frames.row + window.first).tolist()
        none = np.zeros(len(self.weights.recipe.names))
        heat = np.array([self._told.get(r, none) for r in rows])
        events = events_of(line, heat, self.weights.recipe.names)
        step = round(self.rate * line.step_s)
        open_ = (events["end_frame"] - step >= self.stretch.frame(last)).to_numpy() & (not over)
        until = np.array([self._until.get(t, -1) for t in events["type"]], np.int64)
        seen = events["frame"].to_numpy(np.int64) < until
        new = events[~open_ & ~seen].reset_index(drop=True)
        for kind, end in zip(new["type"], new["end_frame"], strict=True):
            self._until[kind] = max(self._until.get(kind, -1), int(end))
        self._forget(line, heat, window.first, last)
        return new

    def _forget(self, line: Timeline, heat: Float, first: int, last: int) -> None:
        """Let go of what no stretch to come can begin in: a label that holds now has held since some frame."""
        holds = heat >= SURE
        begin = last
        for k in range(holds.shape[1]):
            off = np.flatnonzero(~holds[:, k])
            start = int(off[-1]) + 1 if len(off) else 0
            if start < len(holds):
                begin = min(begin, int(line.frames.row[start]) + first)
        waits = min([begin, self._taken, *self._row[:1]])
        self.low = max(self.low, waits - round(BACK_S * self.rate))
        self._told = {r: p for r, p in self._told.items() if r >= waits}
