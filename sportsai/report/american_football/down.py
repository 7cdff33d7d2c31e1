"""One play from its snap to its end, the offence attacking right: who threw, to whom, who carried, how far.

The tags (snap, throw, arrival, ...) are the provider's; who did it is not said, so it is told by who is nearest to the
ball. Yards run from the line of scrimmage, the ball's place at the snap, towards the defence's goal line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.report.material import Material
from sportsai.report.plays import Play
from sportsai.units import YARD_M

SPORT = "american_football"
SNAPS = ("ball_snap", "snap_direct", "kickoff", "kickoff_play")
THROWS = ("pass_forward", "pass_shovel")
CATCHES = ("pass_outcome_caught", "pass_outcome_touchdown")
OUTCOMES = (*CATCHES, "pass_outcome_incomplete", "pass_outcome_interception")
LOST = ("pass_outcome_interception", "fumble_defense_recovered", "fumble", "qb_strip_sack")
ENDS = ("tackle", "out_of_bounds", "touchdown", "qb_sack", "pass_outcome_touchdown", "pass_outcome_incomplete",
        "touchback", "fumble")  # fmt: skip
KICKS = ("punt", "kickoff")
RECEIVED = ("punt_received", "kick_received")
ELIGIBLE = ("WR", "TE", "RB", "FB", "HB")
LINE = ("C", "G", "T", "OG", "OT", "LS")  # may not catch a forward pass
GOAL_YD = 50.0  # from the field's middle
HELD_YD = 3.0  # a player farther from the ball than this has it not
MOVED_YD = 1.0  # the ball has left the snap's place

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Down:
    """A play. Rows are those of the tracks.

    side: the offence, of a kick the kicking team. snap, end: rows. tags: the log's tags from the snap on, the first of
    each -> row. xy (T, P, 2), ball (T, 2): yards from the field's middle, the offence attacking right. again: how often
    the log tells the play's tags.
    """

    m: Material
    side: int
    snap: int
    end: int
    tags: dict[str, int]
    xy: Float
    ball: Float
    again: int

    @property
    def line(self) -> float:
        """The line of scrimmage, yards from the field's middle."""
        return float(self.ball[self.snap, 0])

    @property
    def kick(self) -> bool:
        return any(k in self.tags for k in KICKS)

    @property
    def rate(self) -> float:
        assert self.m.tracks is not None
        return float(self.m.tracks.rate_hz)

    def since(self, row: int) -> float:
        """Return seconds since the snap."""
        return (row - self.snap) / self.rate

    def first(self, names: tuple[str, ...]) -> int | None:
        """Return the first row with one of these tags, None where there is none."""
        return min((self.tags[n] for n in names if n in self.tags), default=None)

    @cached_property
    def throw(self) -> int | None:
        return self.first(THROWS)

    @cached_property
    def arrival(self) -> int | None:
        """When the pass arrived, else when its outcome is told."""
        if self.throw is None:
            return None
        return self.tags.get("pass_arrived", self.first(OUTCOMES))

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        assert self.m.tracks is not None
        return self.m.tracks.present

    def slots(self, offence: bool) -> NDArray[np.int64]:
        """Return the columns of the offence's players, or of the defence's."""
        assert self.m.tracks is not None
        want = self.side if offence else 1 - self.side
        return np.flatnonzero(self.m.tracks.side == want)

    def nearest(self, row: int, place: Float, slots: NDArray[np.int64]) -> tuple[int, float] | None:
        """Return which of these players is nearest to a place, and yards to him; None where none is seen."""
        mine = slots[self.seen[row, slots]]
        if not len(mine):
            return None
        away = np.hypot(*(self.xy[row, mine] - place).T)
        return int(mine[away.argmin()]), float(away.min())

    def gap(self, slot: int, rows: NDArray[np.int64]) -> Float:
        """Return yards from a player to the nearest of the other side at rows, (N,); NaN where it is not known."""
        assert self.m.tracks is not None
        other = np.flatnonzero(self.m.tracks.side == 1 - self.m.tracks.side[slot])
        away = np.linalg.norm(self.xy[rows][:, other] - self.xy[rows, slot][:, None], axis=-1)
        away = np.where(self.seen[rows][:, other], away, np.inf)
        near = away.min(1, initial=np.inf)
        return np.where(self.seen[rows, slot] & np.isfinite(near), near, np.nan)

    def _holder(self, rows: range, slots: NDArray[np.int64]) -> int | None:
        """Return who is nearest to the ball in most of some rows, within HELD_YD."""
        found = [n[0] for r in rows if 0 <= r < len(self.ball) and np.isfinite(self.ball[r]).all()
                 and (n := self.nearest(r, self.ball[r], slots)) and n[1] <= HELD_YD]  # fmt: skip
        return int(np.bincount(found).argmax()) if found else None

    @cached_property
    def passer(self) -> int | None:
        """Who has the ball in the half second before the throw, of a sack before its end."""
        until = self.throw if self.throw is not None else self.first(("qb_sack", "qb_strip_sack"))
        if until is None:
            return None
        return self._holder(range(max(self.snap + 1, until - round(0.5 * self.rate)), until), self.slots(True))

    @cached_property
    def target(self) -> int | None:
        """The offence's player nearest to the ball as the pass arrives, but the passer and the line."""
        if self.arrival is None:
            return None
        slots = [int(s) for s in self.slots(True) if s != self.passer and self.position(int(s)) not in LINE]
        found = self.nearest(self.arrival, self.ball[self.arrival], np.array(slots, np.int64))
        return found[0] if found else None

    @cached_property
    def caught(self) -> int | None:
        return self.first(CATCHES)

    @cached_property
    def carrier(self) -> tuple[int, int] | None:
        """Who carries the ball, and from which row: the catcher, who took the hand-off, who returned a kick."""
        if self.caught is not None:
            from_, slots = self.caught, self.slots(True)
        elif "handoff" in self.tags:
            from_, slots = self.tags["handoff"], self.slots(True)
        elif (got := self.first(RECEIVED)) is not None:
            from_, slots = got, self.slots(False)
        elif "run" in self.tags:
            from_, slots = self.tags["run"], self.slots(True)
        elif self.throw is None and not self.kick:
            from_, slots = self.snap + round(0.5 * self.rate), self.slots(True)
        else:
            return None
        if self.caught is None and "handoff" in self.tags and self.passer is None:
            from_ += round(0.5 * self.rate)  # both hold it as it is handed over
        if self.end <= from_:
            return None
        who = self._holder(range(from_, self.end), slots)
        return None if who is None else (who, from_)

    @cached_property
    def gained(self) -> float | None:
        """Yards from the line of scrimmage to where the play ended; None of kicks, lost balls, no told end."""
        if self.kick or any(t in self.tags for t in LOST):
            return None
        if "pass_outcome_incomplete" in self.tags:
            return 0.0
        if any(t in self.tags for t in ("touchdown", "pass_outcome_touchdown")):
            return GOAL_YD - self.line
        if self.first(ENDS) is None or not np.isfinite(self.ball[self.end, 0]):
            return None
        who = self.carrier[0] if self.carrier else None
        x = self.xy[self.end, who, 0] if who is not None and self.seen[self.end, who] else self.ball[self.end, 0]
        return float(x) - self.line

    def name(self, slot: int) -> str:
        assert self.m.tracks is not None
        return self.m.player_name(self.m.tracks.slots[slot].player_id)

    def position(self, slot: int) -> str:
        assert self.m.tracks is not None
        player = self.m.game.player(self.m.tracks.slots[slot].player_id or "")
        return (player.position or "") if player else ""

    def speed(self, slot: int, rows: NDArray[np.int64]) -> Float:
        """Return a player's speed at rows, m/s, NaN where it is not known."""
        moved = self.m.moved
        assert moved is not None
        return np.where(moved.known[rows, slot], moved.speed[rows, slot], np.nan).astype(float)

    def play(self, title: str, row: int, key: int | None = None, until: int | None = None, note: str = "") -> Play:
        """Return a play about a row: two seconds before it, and two after it or after `until`."""
        t = self.m.tracks
        assert t is not None
        last = row if until is None else until
        around = round(2 * self.rate)
        frame = int(t.frame[row])
        evidence = (frame, int(t.frame[last]) + 1)
        period = int(t.period[row])
        who = None if key is None else t.slots[key].player_id
        return Play(title, period, self.m.clock(period, float(t.t_s[row])), frame, evidence,
                    (evidence[0] - around, evidence[1] + around), self.side, "play", who, note=note)  # fmt: skip


def down_of(m: Material) -> Down | None:
    """Return a game's play, None where it is no single play, its snap is not told or the ball was not seen at it."""
    t = m.tracks
    if t is None or m.game.kind != "clip" or not len(m.events):
        return None
    side = int(t.possession[0]) if len(t.possession) else -1
    if side not in (0, 1):
        return None
    turn = m.facing(side) / YARD_M
    xy, ball = t.xy.astype(float) * turn, t.ball_xy.astype(float) * turn
    ball[~t.ball_present] = np.nan
    sets = _sets(m)
    snaps = [(s, r) for s in sets for n in SNAPS if (r := s.get(n)) is not None]
    if not snaps:
        return None
    mine, snap = min(snaps, key=lambda v: (_still_s(ball, v[1]), v[1]))
    if not np.isfinite(ball[snap]).all():
        return None
    tags = {n: r for n, r in mine.items() if r >= snap}
    ends = [tags[n] for n in ENDS if n in tags]
    last = [r for n, r in tags.items() if n not in ("timeout_booth_review", "penalty_flag", "penalty_declined")]
    return Down(m, side, snap, min(ends) if ends else max([*last, snap]), tags, xy, ball, len(sets))


def _sets(m: Material) -> list[dict[str, int]]:
    """Return the log's tags as it tells them: the first row of each name; a new set where time goes back."""
    t = m.tracks
    assert t is not None
    e = m.events[m.events["event_id"].astype(str).str.startswith("tag-")]
    order = e["event_id"].astype(str).str.slice(4)
    e = e.assign(nth=pd.to_numeric(order, errors="coerce").fillna(0)).sort_values("nth", kind="stable")
    sets: list[dict[str, int]] = [{}]
    before = -1
    for name, frame in zip(e["type"], e["frame"].astype(int), strict=True):
        if frame < before:
            sets.append({})
        before = frame
        row = int(np.searchsorted(t.frame, frame))
        if row < t.T:
            sets[-1].setdefault(str(name), row)
    return [s for s in sets if s]


def _still_s(ball: Float, snap: int) -> int:
    """Return how many rows after a snap the ball has left its place."""
    gone = np.hypot(*(ball[snap:] - ball[snap]).T) > MOVED_YD
    return int(gone.argmax()) if gone.any() else len(gone)


def yard_line(d: Down, x_yd: float, names: tuple[str, str]) -> str:
    """Return a place along the field as people say it: "the Vikings’ 39", "midfield"."""
    own = round(x_yd + GOAL_YD)
    if own == 50:
        return "midfield"
    who = names[d.side] if own < 50 else names[1 - d.side]
    n = own if own < 50 else 100 - own
    return f"the {who} end zone" if n <= 0 else f"the {who} {n}"


def signed(yards: float, digits: int = 0) -> str:
    """Return "+12", "−3"."""
    return f"{yards:+.{digits}f}".replace("-", "−")
