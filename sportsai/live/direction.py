"""Who attacks where, before the period is over: from its first frames, or as it is said.

A finished game's direction is found from the whole period. A live one's is looked for every LOOK_S of play: keepers
settle it at once, mean positions after MEANS_S; after LAST_S the second period is the first one's other way round, and
anything else stays unknown. Until it is settled no event of the period goes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sportsai.data import AWAY, HOME
from sportsai.data.orientation import Orientation, find_orientation
from sportsai.live.feeds import Sample

if TYPE_CHECKING:
    from sportsai.live.stretch import Stretch

LOOK_S, MEANS_S, LAST_S = 5.0, 60.0, 120.0


class Directions:
    """Which side attacks towards +x in each period.

    home_attacks: "right" or "left", the home team's way in the first period; it turns with every period after it. None:
    it is found. found: period -> how; after_s: period -> after how many seconds of its frames.
    """

    def __init__(self, home_attacks: str | None = None) -> None:
        self.given = home_attacks
        self.found: dict[int, Orientation] = {}
        self.after_s: dict[int, float] = {}
        self._period = 0
        self._first = self._count = 0

    def settled(self, period: int) -> bool:
        """Whether the direction of a period will not change any more."""
        return period in self.found

    def attacks_right(self, period: int) -> int | None:
        """Return the side that attacks towards +x, None not known."""
        return self.found[period].attacks_right if period in self.found else None

    def add(self, stretch: Stretch, sample: Sample) -> None:
        """Take note of the frame that `stretch` has just taken."""
        period = sample.period
        if not period:
            return
        if period != self._period:
            self.over(stretch)
            self._period, self._first, self._count = period, stretch.end - 1, 0
        if period in self.found:
            return
        if self.given is not None:
            side = HOME if (self.given == "right") == (period % 2 == 1) else AWAY
            self._settle(Orientation(period, side, 0.0, "what was said"), 0.0)
            return
        self._count += 1
        rate = float(stretch.head.rate_hz)
        if self._count % max(1, round(LOOK_S * rate)):
            return
        seconds = self._count / rate
        told = self._look(stretch, period)
        if told.attacks_right is not None and ("goalkeeper" in told.by or seconds >= MEANS_S - 1e-9):
            self._settle(told, seconds)
        elif seconds >= LAST_S - 1e-9:
            self._settle(self._other_way(period), seconds)

    def over(self, stretch: Stretch) -> None:
        """Settle the last period, of which no more frames come, by all there were."""
        period = self._period
        if period and period not in self.found:
            told = self._look(stretch, period)
            told = told if told.attacks_right is not None else self._other_way(period)
            self._settle(told, self._count / float(stretch.head.rate_hz))

    def _look(self, stretch: Stretch, period: int) -> Orientation:
        tracks = stretch.window(self._first).tracks
        return next(o for o in find_orientation(tracks, stretch.head.roster) if o.period == period)

    def _other_way(self, period: int) -> Orientation:
        before = self.attacks_right(1) if period == 2 else None
        other = None if before is None else 1 - before
        return Orientation(period, other, 0.0, "nothing" if other is None else "the first period")

    def _settle(self, told: Orientation, after_s: float) -> None:
        self.found[told.period], self.after_s[told.period] = told, after_s
