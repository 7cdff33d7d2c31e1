"""What a recogniser is taught from a provider's holder column: passes, turnovers, carries, and moments with none.

The holder column makes the labels and never enters a window: a model sees positions only.
    pass, turnover   the release, the last frame of a holder's spell that a team-mate (an opponent) ends
    carry            a spell of at least `carry_s`; its middle stands for it
    none             the ball with nobody, or the wrong player taken for the key player of one of the above
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.data.game import Game
from sportsai.data.possessions import handovers, spells
from sportsai.data.tracks import Tracks
from sportsai.errors import DataError

Int = NDArray[np.int64]
CLASSES = ("pass", "turnover", "carry")
CLEAR_S = 0.5  # nothing within this of the end of any spell is taught as "none"


@dataclass(frozen=True)
class Moments:
    """Moments of a game. Shapes: frame (n,), slot (n,) the key player's, label (n,) index into the classes taught."""

    frame: Int
    slot: Int
    label: Int

    def __len__(self) -> int:
        return len(self.frame)


def join(*parts: Moments) -> Moments:
    """Return moments one after the other."""
    return Moments(*(np.concatenate([getattr(p, f) for p in parts]) for f in ("frame", "slot", "label")))


def labelled(game: Game, classes: tuple[str, ...], carry_s: float) -> Moments:
    """Return every pass, turnover and carry of the game, in time order; what is not in `classes` is left out.

    Raises DataError when the game has no holder column to learn from.
    """
    tracks = _tracks(game)
    if not (tracks.holder >= 0).any():
        raise DataError(
            f"game {game.id} does not say who held the ball", expected="a provider that logs the holder",
            todo="Train on another game; recognising events in this one needs no holder.",
        )  # fmt: skip
    events = handovers(tracks)
    frame = events["frame"].to_numpy(np.int64)
    kind = events["type"].to_numpy(object)
    held = _long(tracks, carry_s)
    middle = (held["start_frame"].to_numpy(np.int64) + held["end_frame"].to_numpy(np.int64)) // 2
    frame = np.concatenate([frame, middle])
    slot = np.concatenate([tracks.holder[tracks.rows(frame[: len(events)])], held["slot"].to_numpy()]).astype(np.int64)
    kind = np.concatenate([kind, np.full(len(held), "carry", object)])
    known = np.isin(kind, classes)
    label = np.array([classes.index(k) if k in classes else -1 for k in kind], np.int64)
    order = np.flatnonzero(known)[np.argsort(frame[known], kind="stable")]
    return Moments(frame[order], slot[order], label[order])


def near_ball(tracks: Tracks, rows: Int, count: int) -> tuple[Int, NDArray[np.float32]]:
    """Return the `count` players nearest to the ball, nearest first, and their distance in metres.

    Shapes: rows (n,) -> slots (n, count) int64, -1 where there are fewer (or no ball), distance (n, count), inf there.
    """
    slots = np.flatnonzero(tracks.side >= 0)
    away = np.linalg.norm(tracks.xy[rows][:, slots] - tracks.ball_xy[rows][:, None], axis=-1)
    away[~tracks.present[rows][:, slots] | ~tracks.ball_present[rows][:, None]] = np.inf
    order = np.argsort(away, axis=1, kind="stable")[:, :count]
    distance = np.take_along_axis(away, order, 1)
    return np.where(np.isinf(distance), -1, slots[order]), distance.astype(np.float32)


def around(game: Game, classes: tuple[str, ...], carry_s: float, jitter: int) -> Moments:
    """Return more moments of the same events: a release `jitter` frames early or late, a carry's whole middle."""
    tracks, base = _tracks(game), labelled(game, classes, carry_s)
    carry = classes.index("carry") if "carry" in classes else -1
    point = base.label != carry
    steps = [s for s in range(-jitter, jitter + 1) if s]
    frame = np.concatenate([base.frame[point] + s for s in steps] or [base.frame[:0]])
    slot, label = np.tile(base.slot[point], len(steps)), np.tile(base.label[point], len(steps))
    parts = [Moments(frame, slot, label)]
    if carry >= 0:
        inside = round(CLEAR_S * float(tracks.rate_hz))
        held = _long(tracks, carry_s)[["start_frame", "end_frame", "slot"]].to_numpy(np.int64)
        for start, end, who in held:
            frames = np.arange(start + inside, end - inside)
            parts.append(Moments(frames, np.full(len(frames), who), np.full(len(frames), carry)))
    return join(*parts)


def background(game: Game, classes: tuple[str, ...], carry_s: float, none: int, candidates: int) -> Moments:
    """Return moments that are no event: the ball free with its nearest players, and wrong key players of the events."""
    tracks = _tracks(game)
    s = spells(tracks)
    clear = round(CLEAR_S * float(tracks.rate_hz))
    busy = np.zeros(tracks.T, bool)
    first, last = tracks.rows(s["start_frame"].to_numpy()), tracks.rows(s["end_frame"].to_numpy() - 1)
    for a, b in zip(first, last, strict=True):
        busy[max(a, 0) : b + clear + 1] = True
    free = np.flatnonzero(tracks.observed & tracks.ball_present & ~busy)
    near, _ = near_ball(tracks, free, candidates)
    wild = Moments(np.repeat(tracks.frame[free], candidates).astype(np.int64), near.ravel(), np.full(near.size, none))
    events = labelled(game, classes, carry_s)
    near, _ = near_ball(tracks, tracks.rows(events.frame), candidates)
    wrong = (near != events.slot[:, None]) & (near >= 0)
    frame = np.repeat(events.frame, candidates)[wrong.ravel()]
    mistaken = Moments(frame, near[wrong], np.full(len(frame), none))
    there = wild.slot >= 0
    return join(Moments(wild.frame[there], wild.slot[there], wild.label[there]), mistaken)


def _long(tracks: Tracks, carry_s: float) -> pd.DataFrame:
    s = spells(tracks)
    return s[s["end_frame"] - s["start_frame"] >= carry_s * float(tracks.rate_hz)]


def _tracks(game: Game) -> Tracks:
    if game.tracks is None:
        raise DataError(f"game {game.id} has no tracks", expected="positions to learn from")
    return game.tracks
