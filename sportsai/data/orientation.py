"""Which way each side attacks, and the one transform that turns a game so that a side attacks right.

Orientation is found, never assumed: goalkeepers stand in front of their own goal, so the side whose keeper is further
left attacks right. Without named keepers each side's mean position is used where it leaves no doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sportsai.data.game import Game, Player
from sportsai.data.tracks import AWAY, HOME, Tracks

_KEEPERS = {"gk", "goalkeeper", "goalie", "g", "torwart", "tw"}


@dataclass(frozen=True)
class Orientation:
    """How a period's direction was found.

    attacks_right: 0 or 1, None where it stays unknown. gap_m: how far apart the two sides' keepers (or mean positions)
    were along x. by: "goalkeepers", "mean positions" or "nothing".
    """

    period: int
    attacks_right: int | None
    gap_m: float
    by: str


def is_keeper(player: Player | None) -> bool:
    """Whether the roster says this player keeps goal."""
    return bool(player and player.position and player.position.strip().lower() in _KEEPERS)


def find_orientation(tracks: Tracks, roster: Sequence[Player]) -> tuple[Orientation, ...]:
    """Return, for each period, the side that attacks towards +x and how that was found."""
    by_id = {p.id: p for p in roster}
    keeper = np.array([is_keeper(by_id.get(s.player_id or "")) for s in tracks.slots], bool)
    found = []
    for period in sorted({int(p) for p in np.unique(tracks.period)} - {0}):
        rows = np.flatnonzero(tracks.period == period)
        rows = rows[:: max(1, len(rows) // 3000)]
        x, seen = tracks.xy[rows, :, 0], tracks.present[rows]
        found.append(_one_period(period, x, seen, tracks.side, keeper))
    return tuple(found)


def _one_period(
    period: int,
    x: NDArray[np.float32],
    seen: NDArray[np.bool_],
    side: NDArray[np.int8],
    keeper: NDArray[np.bool_],
) -> Orientation:
    for by, mask, least_m in (("goalkeepers", keeper, 20.0), ("mean positions", np.ones_like(keeper), 4.0)):
        mean = []
        for s in (HOME, AWAY):
            chosen = seen & (mask & (side == s))[None, :]
            mean.append(float(x[chosen].mean()) if chosen.sum() >= 20 else np.nan)
        gap = mean[AWAY] - mean[HOME]
        if np.isfinite(gap) and abs(gap) >= least_m:
            return Orientation(period, HOME if gap > 0 else AWAY, abs(gap), by)
        if by == "goalkeepers" and np.isfinite(mean).any() and abs(np.nanmax(np.abs(mean))) > 25:
            # one keeper on camera is enough: he is at his own end
            s = HOME if np.isfinite(mean[HOME]) else AWAY
            return Orientation(period, s if mean[s] < 0 else 1 - s, abs(mean[s]), "one goalkeeper")
    return Orientation(period, None, 0.0, "nothing")


def turn(tracks: Tracks, rows: NDArray[np.bool_]) -> Tracks:
    """Return `tracks` with every position of `rows` (T,) turned by 180 degrees about the court's centre."""
    sign = np.where(rows, -1.0, 1.0).astype(np.float32)
    return replace(tracks, xy=tracks.xy * sign[:, None, None], ball_xy=tracks.ball_xy * sign[:, None])


def attacking_right(game: Game, side: int) -> Game:
    """Return the game turned so that `side` attacks towards +x in every period.

    Periods whose direction is not known are left as they are; `Period.attacks_right` says which.
    """
    if game.tracks is None:
        return game
    rows = np.zeros(game.tracks.T, bool)
    periods = []
    for p in game.periods:
        if p.attacks_right is not None and p.attacks_right != side:
            rows |= game.tracks.period == p.number
        periods.append(replace(p, attacks_right=None if p.attacks_right is None else side))
    events = game.events
    if events is not None and len(events):
        wrong = {p.number for p in game.periods if p.attacks_right is not None and p.attacks_right != side}
        sign = np.where(events["period"].isin(wrong), -1.0, 1.0).astype(np.float32)
        events = events.assign(x=events["x"] * sign, y=events["y"] * sign)
    return replace(game, tracks=turn(game.tracks, rows), periods=tuple(periods), events=events)
