"""Passes, turnovers and carries, moment by moment: what `analysis.recognise` says of the whole game, while it goes on.

The same code looks, finds peaks and decides, on the last frames only. Here is said which of its answers are certain:
    a look       the frames its window reaches are there
    a peak       `settled`: nothing that may still come is higher and near enough to beat it
    handed       who controlled the ball next is known, or it is too late for anyone to
    a carry      has ended, and would not go on after a dip
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.analysis.recognise import AFTER_S, BEFORE_S, RECIPE, events_of
from sportsai.data.events import empty_events
from sportsai.data.possessions import CONTROL_S as RULE_S
from sportsai.data.possessions import HANDOVER_S, control, spells
from sportsai.data.tracks import Tracks
from sportsai.errors import ModelError
from sportsai.learn.weights import Weights
from sportsai.live.models import Part
from sportsai.live.settled import BEATEN, UNSURE, settle
from sportsai.live.stretch import Stretch, Window
from sportsai.search.looks import Looks, look
from sportsai.search.peaks import (
    BREAK,
    BRIDGE_S,
    CONTROL_S,
    FLOOR,
    NEXT_S,
    SAME_S,
    find,
    heights,
)
from sportsai.search.trust import decide, trust_of
from sportsai.tasks.handovers import MODEL_HZ

TITLE = "passes, turnovers and carries"
SPORTS = frozenset({"soccer"})
__all__ = ["RECIPE", "SPORTS", "TITLE", "Live", "latency"]
WAITS_S = 45.0  # for an event at most, of frames; what is open then is given up, and counted
BACK_S = 4.0  # of frames and looks kept before the first that may still be an event
_YEAR_S = 1e6  # a period's seconds on the axis that peaks lie on

Int = NDArray[np.int64]
Bool = NDArray[np.bool_]


def latency(weights: Weights | None, rate_hz: Fraction) -> list[Part]:
    """Return what an event waits for; a carry's seconds count from its end."""
    assert weights is not None
    recipe = weights.recipe
    window = _reach(recipe.config().frames, float(rate_hz)) / float(rate_hz)
    step = recipe.detect.stride / MODEL_HZ
    looked = window + step
    peak = 2 * SAME_S + recipe.detect.apart_s
    most = max(SAME_S + HANDOVER_S + RULE_S, NEXT_S)
    return [
        Part(f"the half of the window of {recipe.config().frames} samples that lies after the moment", window, window),
        Part("the look after it, for the mean of three", step, step),
        Part(f"peaks within {recipe.detect.apart_s:g} s of those within {2 * SAME_S:g} s: one higher beats it",
             peak, peak),
        Part("who has the ball next", 0.0, max(0.0, most - looked - peak)),
    ]  # fmt: skip


def _reach(frames: int, rate_hz: float) -> int:
    """Return how many rows after the moment a window's last sample lies."""
    return int(np.ceil((frames - 1 - frames // 2) * rate_hz / MODEL_HZ - 1e-9))


class Live:
    """The recogniser at work on a stretch. See `sportsai.live.models`."""

    def __init__(self, stretch: Stretch, weights: Weights | None) -> None:
        if weights is None:
            raise ModelError("no weights were given", expected=f"those of {RECIPE}")
        self.stretch, self.weights = stretch, weights
        self.low = self.lost = 0
        self.rate = float(stretch.head.rate_hz)
        self.trust = trust_of(weights.about)
        self._reach = _reach(weights.recipe.config().frames, self.rate)
        self._seen_to = 0  # looks of rows before this are done
        self._open = 0  # no event before this row is still to come
        self._said: dict[tuple[str, int, int], None] = {}
        C, K = weights.recipe.data.candidates, len(weights.recipe.names)
        self._row, self._uid = np.zeros(0, np.int64), np.zeros((0, C), np.int64)
        self._logit, self._state = np.zeros((0, C, K), np.float32), np.zeros(0, np.int8)
        self._step = 1

    def tick(self, over: bool = False) -> pd.DataFrame:
        """Return the events that have become certain since the last time."""
        if self.stretch.end == self.stretch.first:
            return empty_events()
        window = self.stretch.window(self.low)
        self._look(window, over)
        looks = self._looks(window)
        if not len(looks.row):
            self._forget(self._seen_to)
            return empty_events()
        settled_to = self._settle(window, looks, over)
        found = find(looks, window.game, self.weights.recipe, float(self.weights.about["temperature"]),
                     beaten=self._state == BEATEN)  # fmt: skip
        sure, still = self._certain(found, window, settled_to, over)
        late = self._seen_to - round(WAITS_S * self.rate)
        if still < late and not over:
            self.lost += int((found["start_row"].to_numpy()[~sure] + window.first < late).sum())
            still = late
        events = self._say(found[sure], window) if sure.any() else empty_events()
        self._open = max(self._open, still)
        self._forget(still)
        return events

    def _look(self, window: Window, over: bool) -> None:
        """Ask the model of the rows whose windows are whole by now, and whose period's direction is known."""
        tracks = window.tracks
        end = tracks.T if over else tracks.T - self._reach
        unknown = [n for n in np.unique(tracks.period[: max(end, 0)]).tolist()
                   if n and not self.stretch.directions.settled(n)]  # fmt: skip
        if unknown:
            end = min(end, int(np.argmax(tracks.period == unknown[0])))
        first = self._seen_to - window.first
        if end <= first:
            return
        only = np.zeros(tracks.T, bool)
        only[first:end] = True
        new = look(window.game, self.weights.model, self.weights.recipe, only=only)
        self._step = new.step
        self._seen_to = window.first + end
        self._row = np.concatenate([self._row, new.row + window.first])
        self._uid = np.concatenate([self._uid, np.where(new.slot >= 0, window.uid[new.slot], -1)])
        self._logit = np.concatenate([self._logit, new.logit])
        self._state = np.concatenate([self._state, np.full(len(new.row), UNSURE, np.int8)])

    def _looks(self, window: Window) -> Looks:
        place = np.searchsorted(window.uid, np.maximum(self._uid, 0))
        return Looks(self._row - window.first, np.where(self._uid >= 0, place, -1), self._logit, self._step)

    def _settle(self, window: Window, looks: Looks, over: bool) -> int:
        """Bring the state of all looks up to date; return the row before which none may change."""
        tracks, recipe = window.tracks, self.weights.recipe
        height = heights(looks, tracks, recipe)
        key = tracks.period[looks.row].astype(np.float64) * _YEAR_S + tracks.t_s[looks.row]
        seen = self._seen_to - window.first - 1
        final = np.ones(len(height), bool)
        playing = np.flatnonzero(tracks.period[: seen + 1] > 0)
        at = playing[-1] if len(playing) else 0
        seen_to = np.inf if over else float(tracks.period[at] * _YEAR_S + tracks.t_s[at])
        same_run = tracks.frame[seen] - tracks.frame[looks.row[-1]] <= BREAK * looks.step
        final[-1] = over or not same_run
        self._state = settle(height, key, final, self._state, seen_to, recipe.detect.apart_s, FLOOR)
        unsure = np.flatnonzero(self._state == UNSURE)
        return int(looks.row[unsure[0]]) if len(unsure) else seen + 1

    def _certain(self, found: pd.DataFrame, window: Window, settled_to: int, over: bool) -> tuple[Bool, int]:
        """Return which peaks no later frame can change, and the row before which no other will come."""
        row, T = found["row"].to_numpy(np.int64), window.tracks.T
        if over:
            return np.ones(len(found), bool), window.first + T
        rate, near = self.rate, round(SAME_S * self.rate)
        to = min(settled_to - 2 * near, handed_to(window.tracks) - near)
        then, when = found["next_slot"].to_numpy(np.int64), found["next_row"].to_numpy(np.int64)
        next_known = (row + round(NEXT_S * rate) < T) | ((then >= 0) & (when + max(1, round(CONTROL_S * rate)) <= T))
        release = (found["group"] == "release").to_numpy()
        sure = release & (row < to) & next_known & (row + round(AFTER_S * rate) + 1 < T)
        seen = window.tracks.frame[min(self._seen_to - window.first, T) - 1]
        end = found["end_row"].to_numpy(np.int64)
        sure |= ~release & (seen - window.tracks.frame[np.maximum(end - 1, 0)] > BRIDGE_S * rate + 1)
        start = found["start_row"].to_numpy(np.int64)[~sure]
        still = min([to, self._seen_to - window.first, *start.tolist()])
        return sure, window.first + max(still, 0)

    def _say(self, sure: pd.DataFrame, window: Window) -> pd.DataFrame:
        """Return the events among certain peaks that were not said before."""
        new = []
        for at, (group, row, slot) in enumerate(zip(sure["group"], sure["row"], sure["slot"], strict=True)):
            key = (str(group), window.first + int(row), int(window.uid[int(slot)]))
            if key[1] >= self._open and key not in self._said:
                self._said[key] = None
                new.append(at)
        if not new:
            return empty_events()
        decided = decide(sure.iloc[new].reset_index(drop=True), self.trust, self.weights.recipe)
        return events_of(decided[decided["kept"]].reset_index(drop=True), window.game, self.weights)

    def _forget(self, still: int) -> None:
        """Let go of the looks and frames that no event to come, from row `still` on, can need."""
        back = round((BACK_S + BEFORE_S) * self.rate)
        keep = self._row >= still - back
        self._row, self._uid, self._logit, self._state = (
            self._row[keep], self._uid[keep], self._logit[keep], self._state[keep]
        )  # fmt: skip
        self._said = {k: None for k in self._said if k[1] >= still - back}
        self.low = max(self.low, min(still, self._seen_to) - back - 2 * self._reach)


def handed_to(tracks: Tracks) -> int:
    """Return the row up to which each spell that has ended is followed by one, or by none soon enough."""
    rate = float(tracks.rate_hz)
    hold = max(1, round(RULE_S * rate))
    told = spells(replace(tracks, holder=control(tracks)))
    known = int(tracks.frame[max(tracks.T - 1 - hold, 0)])  # who controls the ball from here or earlier on is known
    none = int(np.searchsorted(tracks.frame, known - HANDOVER_S * rate - 1))
    if not len(told):
        return none
    end = int(told["end_frame"].iloc[-1]) - 1
    return max(none, int(tracks.rows(np.array([end]))[0]))
