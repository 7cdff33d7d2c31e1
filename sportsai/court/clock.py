"""A sport's clock: how many periods, how long, does it count up or down, and how is a moment read out?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Clock:
    """The clock of a league.

    Parameters
    ----------
    period_name: the sport's word for a period: half, quarter, period, set.
    periods, period_s: regular periods and their length in seconds; period_s None where nothing is timed (volleyball).
    overtime_periods, overtime_s: those after regulation, 0 and None where there is none.
    counts: "up" or "down", what the arena's clock shows.
    continues: the clock goes on from the period before (soccer's second half starts at 45:00).
    """

    period_name: str
    periods: int
    period_s: float | None
    counts: str
    overtime_periods: int = 0
    overtime_s: float | None = None
    continues: bool = False
    source: str = ""

    def length_s(self, period: int) -> float | None:
        """Return the length of a 1-based period in seconds, None where it is not timed."""
        return self.period_s if period <= self.periods else self.overtime_s

    def starts_at_s(self, period: int) -> float:
        """Return what the clock shows when the period starts, seconds."""
        if self.counts == "down":
            return self.length_s(period) or 0.0
        if not self.continues:
            return 0.0
        return sum(self.length_s(p) or 0.0 for p in range(1, period))

    def to_elapsed(self, period: ArrayLike, clock_s: ArrayLike) -> NDArray[np.float64]:
        """Return seconds since the period began from what the clock showed.

        Soccer's 46:30 in period 2 is 90 s; basketball's 11:48 in period 1 (of 12:00) is 12 s.
        Shapes: period (...), clock_s (...) -> (...).
        """
        period, clock_s = np.broadcast_arrays(np.asarray(period, dtype=int), np.asarray(clock_s, dtype=np.float64))
        start = np.zeros(clock_s.shape)
        for p in np.unique(period):
            start[period == p] = self.starts_at_s(int(p))
        return start - clock_s if self.counts == "down" else clock_s - start

    def to_clock(self, period: int, t_s: float) -> float:
        """Return what the clock shows `t_s` seconds into a period: the way back from `to_elapsed`."""
        start = self.starts_at_s(period)
        return start - t_s if self.counts == "down" else start + t_s

    def text(self, period: int, t_s: float) -> str:
        """Return the moment as a clock shows it, "67:12"; a clock that counts down stops at 0:00."""
        shown = max(0.0, self.to_clock(period, t_s))
        whole = int(np.ceil(shown - 1e-6)) if self.counts == "down" else int(shown + 1e-6)
        return f"{whole // 60}:{whole % 60:02d}"

    def period_text(self, period: int) -> str:
        """Return a period's name in words: "half 2", "quarter 4", "overtime 1"."""
        if period <= self.periods:
            return f"{self.period_name} {period}"
        return "overtime" if self.overtime_periods <= 1 else f"overtime {period - self.periods}"
