"""A game drawn as one strip for each of its periods, minutes along, lanes above each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sportsai.data.tracks import Tracks
from sportsai.report.scores.sheet import MUTED, SMALL_PT, Sheet

GAP = 34.0  # below a strip, for its minutes


def periods_of(tracks: Tracks) -> list[int]:
    """Return the periods that are played, in order."""
    return [int(p) for p in np.unique(tracks.period) if p > 0]


def strips(
    sheet: Sheet, tracks: Tracks, lanes: Sequence[str], *, left: float, wide: float, high: float, gap: float = GAP,
    head: float = 0.0,
) -> Iterator[tuple[int, Any]]:  # fmt: skip
    """Yield each period and the axes of its strip, x in minutes since the period began, a lane at each whole y.

    The first of `lanes` is the highest. left, wide, high, gap: in points. head: of a period's name above its strip;
    at 0 the name stands beside it.
    """
    periods = periods_of(tracks)
    for n, period in enumerate(periods):
        t = tracks.t_s[tracks.period == period]
        y = n * (high + gap) + head
        ax = sheet.axes(left, y, wide, high)
        ax.set_xlim(float(t.min()) / 60, float(t.max()) / 60)
        if lanes:
            ax.set_ylim(-0.5, len(lanes) - 0.5)
            ax.set_yticks(range(len(lanes)), list(lanes)[::-1], size=SMALL_PT + 1)
        ax.tick_params(length=0)
        ax.spines["left"].set_visible(False)
        if n == len(periods) - 1:
            ax.set_xlabel("minutes since the period began", size=SMALL_PT + 1, color=MUTED)
        if head or len(periods) > 1:
            sheet.text(0, y - 4 if head else y + 12, f"period {period}", color=MUTED, size=SMALL_PT + 1)
        yield period, ax
