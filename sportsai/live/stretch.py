"""The last frames of a game that is being played: as many as a model still needs, and never more than a set time."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.data import Game, Period, Slot, Tracks, empty_tracks
from sportsai.live.direction import Directions
from sportsai.live.feeds import Head, Sample

Int = NDArray[np.int64]
KEPT_S = 180.0  # of frames at most, whatever a model still waits for


@dataclass(frozen=True)
class Window:
    """A part of the game as a game of its own. first: number of its first frame among all received.

    uid (P,): a number for each slot that stays the same while the person is in the buffer.
    """

    game: Game
    first: int
    uid: Int

    @property
    def tracks(self) -> Tracks:
        """Its positions."""
        assert self.game.tracks is not None
        return self.game.tracks


class Stretch:
    """Takes frames, keeps the last ones.

    counts: what was wrong with the frames and was left out, each with how often. first, end: of all frames taken,
    the numbers of those kept, [first, end).
    """

    def __init__(self, head: Head, directions: Directions, kept_s: float = KEPT_S) -> None:
        self.head, self.directions = head, directions
        self.counts: Counter[str] = Counter()
        self.first = 0
        self.most = max(2, round(kept_s * float(head.rate_hz)))
        self._rows: deque[tuple[Sample, NDArray[np.int64]]] = deque()
        self._uid = {p.id: i for i, p in enumerate(head.roster)}
        self._slot = {i: Slot(p.id, p.side) for i, p in enumerate(head.roster)}
        self._roster, self._next = len(head.roster), len(head.roster)
        self._last: tuple[int, int, float] = (-1, 0, 0.0)  # frame, the last period, its last second

    @property
    def end(self) -> int:
        """Number of frames taken."""
        return self.first + len(self._rows)

    @property
    def last(self) -> tuple[int, int, float]:
        """The last frame's number, the last period and its last second."""
        return self._last

    def add(self, sample: Sample) -> bool:
        """Take a frame; False where it is left out: it came twice, or too late, or its clock runs backwards."""
        frame, period, t_s = self._last
        if sample.frame <= frame:
            self.counts["frames that came twice" if sample.frame == frame else "frames out of order"] += 1
            return False
        if sample.period:
            if sample.period < period or not np.isfinite(sample.t_s):
                self.counts["frames of a period that was over"] += 1
                return False
            if sample.period == period and sample.t_s < t_s:
                self.counts["frames whose clock ran backwards"] += 1
                return False
            if sample.period == period and sample.frame > frame + 1:
                self.counts["gaps"] += 1
                self.counts["frames missing in gaps"] += sample.frame - frame - 1
            period, t_s = sample.period, sample.t_s
        self._last = (sample.frame, period, t_s)
        self._rows.append((sample, self._uids(sample)))
        self.directions.add(self, sample)
        return True

    def _uids(self, sample: Sample) -> Int:
        out = np.empty(len(sample.who), np.int64)
        for i, who in enumerate(sample.who):
            uid = self._uid.get(who)
            if uid is None:
                uid = self._uid[who] = self._next
                self._slot[uid] = Slot(who if sample.named[i] else None, sample.side[i])
                self._next += 1
            out[i] = uid
        return out

    def drop(self, before: int) -> bool:
        """Forget frames before `before`, and whatever is too much; return whether some were forgotten too early."""
        early = False
        while self._rows and (self.first < before or len(self._rows) > self.most):
            early |= self.first >= before
            self._rows.popleft()
            self.first += 1
        if len(self._uid) > 4 * self._roster + 400:  # names that are not on the roster come and go
            still = {int(u) for _, uids in self._rows for u in uids}
            gone = [w for w, u in self._uid.items() if u >= self._roster and u not in still]
            for who in gone:
                del self._slot[self._uid.pop(who)]
        return early

    def window(self, first: int, end: int | None = None) -> Window:
        """Return frames [first, end) as a game: its slots are those of the people seen in it."""
        end = self.end if end is None else end
        a = max(first, self.first)
        rows = [self._rows[i] for i in range(a - self.first, end - self.first)]
        count = np.array([len(u) for _, u in rows], np.int64)
        uids = np.concatenate([u for _, u in rows] or [np.zeros(0, np.int64)])
        uid, column = np.unique(uids, return_inverse=True)
        slots = tuple(self._slot[int(u)] for u in uid)
        arrays = empty_tracks(len(rows), slots, self.head.rate_hz)
        at = np.repeat(np.arange(len(rows)), count)
        if len(at):
            arrays["xy"][at, column] = np.concatenate([s.xy for s, _ in rows])
            arrays["present"][at, column] = True
        for i, (s, _) in enumerate(rows):
            arrays["frame"][i], arrays["period"][i], arrays["t_s"][i] = s.frame, s.period, s.t_s
            if s.ball is not None:
                arrays["ball_xy"][i], arrays["ball_z"][i], arrays["ball_present"][i] = s.ball, s.ball_z, True
        arrays["t_s"][arrays["period"] == 0] = np.nan
        return Window(self._game(Tracks(**arrays)), a, uid)

    def _game(self, tracks: Tracks) -> Game:
        periods = []
        for number in sorted({int(p) for p in np.unique(tracks.period)} - {0}):
            rows = np.flatnonzero(tracks.period == number)
            right = self.directions.attacks_right(number)
            periods.append(Period(number, int(tracks.frame[rows[0]]), int(tracks.frame[rows[-1]]) + 1, right))
        h = self.head
        return Game(
            id=h.id, league=h.league, teams=h.teams, roster=h.roster, court_length_m=h.court_length_m,
            court_width_m=h.court_width_m, periods=tuple(periods), tracks=tracks, provider=h.provider, kind="clip",
        )  # fmt: skip
