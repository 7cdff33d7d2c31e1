"""The plain rule: who is nearest to the ball for long enough controls it, and hands it on. No weights.

What `data.possessions.handovers` says of the whole game: passes to a team-mate, turnovers to an opponent.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pandas as pd

from sportsai.data.events import empty_events
from sportsai.data.possessions import CONTROL_S, HANDOVER_S, MERGE_GAP_S, control, handovers
from sportsai.learn.weights import Weights
from sportsai.live.models import Part
from sportsai.live.models.recognise import handed_to
from sportsai.live.stretch import Stretch

TITLE = "passes and turnovers by the plain rule of control"
SPORTS = frozenset({"soccer", "basketball", "hockey"})
RECIPE = None
BACK_S = 2.0  # of frames kept before the first release that is still open


def latency(weights: Weights | None, rate_hz: Fraction) -> list[Part]:
    """Return what a handover waits for."""
    return [Part("the next to have the ball has it for long enough", CONTROL_S, HANDOVER_S + CONTROL_S)]


class Live:
    """The rule at work on a stretch. See `sportsai.live.models`."""

    def __init__(self, stretch: Stretch, weights: Weights | None) -> None:
        self.stretch = stretch
        self.low = self.lost = self._open = 0

    def tick(self, over: bool = False) -> pd.DataFrame:
        """Return the handovers that have become certain since the last time."""
        if self.stretch.end == self.stretch.first:
            return empty_events()
        window = self.stretch.window(self.low)
        tracks = window.tracks
        back = round((BACK_S + MERGE_GAP_S) * float(tracks.rate_hz))
        told = handovers(replace(tracks, holder=control(tracks)))
        row = tracks.rows(told["frame"].to_numpy()) + window.first
        to = window.first + (tracks.T if over else handed_to(tracks))
        new = told[(row >= self._open) & (row < to)].reset_index(drop=True)
        self._open = max(self._open, to)
        self.low = max(self.low, to - back - round(float(tracks.rate_hz)))
        return new
