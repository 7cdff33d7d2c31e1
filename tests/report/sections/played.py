"""Small games written as a list of spells: who has the ball, how long, and from where to where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sportsai.data import Game, Period, Player, Slot, Tracks, empty_tracks, events_frame
from sportsai.report.material import Material, gather
from tests.report.conftest import small_game

RATE = 10
Spell = tuple[int, float, tuple[float, float], tuple[float, float]]  # side (-1 nobody), seconds, from, to (home right)


def played(spells: Sequence[Spell], players: int = 2, **changes: Any) -> Game:
    """Return one period in which home attacks right; of each side players 0 keep goal, the others stand about."""
    n = [round(s * RATE) for _, s, _, _ in spells]
    T = sum(n)
    slots = tuple(Slot(f"p{side}{k}", side) for side in (0, 1) for k in range(players))
    made = empty_tracks(T, slots, RATE)
    made["period"][:] = 1
    made["t_s"][:] = np.arange(T) / RATE
    made["frame"][:] = np.arange(T)
    at = 0
    for (side, _, a, b), rows in zip(spells, n, strict=True):
        share = np.linspace(0, 1, rows)[:, None]
        made["ball_xy"][at : at + rows] = np.array(a) * (1 - share) + np.array(b) * share
        made["possession"][at : at + rows] = side
        at += rows
    made["ball_present"][:] = True
    made["present"][:] = True
    for k, slot in enumerate(slots):
        own = -1 if slot.side == 0 else 1
        made["xy"][:, k] = (own * 48.0, 0.0) if k % players == 0 else (own * 20.0, 4.0 * (k % players))
    roster = tuple(
        Player(s.player_id or "", f"Player {s.player_id}", s.side, number=k + 1,
               position="GK" if k % players == 0 else "CM")
        for k, s in enumerate(slots)
    )  # fmt: skip
    return small_game(Tracks(**made), roster=roster, periods=(Period(1, 0, T, 0),), **changes)


def logged(game: Game, rows: Sequence[dict[str, Any]]) -> Game:
    """Return the game with these events in its log."""
    every = {k for r in rows for k in r}
    blank = {"side": -1, "player_id": None, "x": np.nan, "y": np.nan, "attributes": {}, "other_ids": []}
    rows = [{"start_frame": r["frame"], "end_frame": r["frame"] + 1} | r for r in rows]
    columns = {k: [r.get(k, blank.get(k)) for r in rows] for k in every | {"start_frame", "end_frame"}}
    columns["t_s"] = [r["frame"] / RATE for r in rows]
    columns["period"] = [1] * len(rows)
    return replace(game, events=events_frame(columns, len(rows)))


def material(library: Any, game: Game) -> Material:
    """Return a game's material, by way of a library."""
    library.add(game)
    return gather(library, game.id)
