"""What people said of a game's events, worked into the moments a task teaches.

A game carries it in `extra["corrected"]` (`with_corrections`). A confirmed or added event is taught where the provider
logged none; a relabelled one is taught as what it is; a rejected one is taught no more, but as a moment with no event.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sportsai.data.game import Game
from sportsai.data.tracks import Tracks
from sportsai.library import Library
from sportsai.library.corrections import LOG, Marked, Standing, standing

NEAR_S = 1.0  # a provider's event this near to a corrected one, of its type, is that event
KEY = "corrected"
Int = NDArray[np.int64]


def with_corrections(game: Game, library: Library, periods: Collection[int] | None = None) -> Game:
    """Return the game with what people said of it in a library; only of `periods`, where they are named.

    Raises StoreError where the library does not hold the game.
    """
    said = [s for s in standing(library.corrections(game.id)) if s.event.stream in ("", LOG)]
    kept = tuple(s for s in said if periods is None or s.event.period in periods)
    return replace(game, extra={**game.extra, KEY: kept})


def said_of(game: Game) -> Sequence[Standing]:
    """Return what people said of a game's events, () where it carries nothing."""
    return tuple(game.extra.get(KEY, ()))


def worked_in(game: Game, classes: tuple[str, ...], frame: Int, slot: Int, label: Int) -> tuple[Int, Int, Int]:
    """Return a task's moments (n,) with the corrections of its classes worked in, in order of time."""
    said, tracks = said_of(game), game.tracks
    if not said or tracks is None:
        return frame, slot, label
    label, slot, keep = label.copy(), slot.copy(), np.ones(len(frame), bool)
    more: list[tuple[int, int, int]] = []
    for one in said:
        now, was = one.event, one.latest.was
        is_now = classes.index(now.type) if now.type in classes and one.action != "reject" else -1
        types = {classes.index(e.type) for e in (was, now) if e is not None and e.type in classes}
        at = _nearest(tracks, was or now, frame, np.isin(label, list(types)) & keep)
        who = slot_of(tracks, now)
        if at is None:
            if is_now >= 0 and who >= 0:
                more.append((now.frame, who, is_now))
        elif is_now < 0:
            keep[at] = False
        else:
            label[at] = is_now
            slot[at] = who if who >= 0 else slot[at]
    table = np.concatenate([np.stack([frame, slot, label], 1)[keep], np.array(more, np.int64).reshape(-1, 3)])
    table = table[np.argsort(table[:, 0], kind="stable")]
    return table[:, 0], table[:, 1], table[:, 2]


def rejected(game: Game, classes: tuple[str, ...]) -> tuple[Int, Int]:
    """Return the frame and the key player's slot, (n,) each, of events of the classes that did not happen."""
    tracks = game.tracks
    at = [
        (s.event.frame, slot_of(tracks, s.event))
        for s in said_of(game)
        if tracks is not None and s.action == "reject" and s.event.type in classes
    ]
    table = np.array([a for a in at if a[1] >= 0], np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def slot_of(tracks: Tracks, event: Marked) -> int:
    """Return the slot of an event's key player where he is seen in its frame, else -1."""
    row = int(tracks.rows(np.array([event.frame]))[0])
    if row < 0 or event.player_id is None:
        return -1
    mine = (i for i, s in enumerate(tracks.slots) if s.player_id == event.player_id and tracks.present[row, i])
    return next(mine, -1)


def _nearest(tracks: Tracks, event: Marked, frame: Int, among: NDArray[np.bool_]) -> int | None:
    rows = tracks.rows(frame)
    gap = np.abs(tracks.t_s[rows] - event.t_s)
    near = among & (tracks.period[rows] == event.period) & (gap <= NEAR_S)
    return int(np.where(near, gap, np.inf).argmin()) if near.any() else None
