"""How is a possession likely to end, from the picture at its start: where all 22 are and how fast, and the ball?

A possession starts where the provider says so, else where a side's player takes the ball over from the other side or
from nobody (the provider's holder, else `data.possessions.control`). Only starts with all 22 players and the ball in
the data are told; positions a provider estimated for players its cameras did not see count, as in the set the model
learned from. Speeds are those of the moment: from the sample before, or none where a frame stands alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.analysis._found import Found, Int, Progress, asked, score_of, trained_on
from sportsai.data.game import Game
from sportsai.data.possessions import control
from sportsai.data.tracks import Tracks
from sportsai.data.windows import WindowCutter, Windows
from sportsai.learn.weights import Weights
from sportsai.tasks.outcomes import CLASSES, HALF_PITCH_M, PLACES

TITLE = "how possessions are likely to end, with all 22 players tracked"
SPORT = "soccer"
RECIPE = "outcomes"
ON_EVENTS = True
SHOWN = 10  # of the possessions likeliest to end in a shot
FASTEST_M_S = 7.0  # the set the model learned from cuts off velocities there, along each axis


def analyse(game: Game, events: pd.DataFrame, weights: Weights, progress: Progress | None = None) -> Found:
    """Return, in the run's part, what each possession looks like as it starts; the events stay as they are."""
    tracks = game.tracks
    if tracks is None:
        return Found(events)
    row, slot = starts(game)
    row, slot = row[tracks.ball_present[row]], slot[tracks.ball_present[row]]
    whole = all_there(tracks, row)
    if not whole.any():
        note = "How possessions end is not told: at no start of one are all 22 players and the ball in the data."
        return Found(events, notes=(note,))
    windows, moving = cut(game, row[whole], slot[whole], weights.recipe.data.step_s, weights.recipe.frames)
    if not moving.any():
        note = "How possessions end is not told: nobody's speed is known where they start (frames stand alone)."
        return Found(events, notes=(note,))
    windows = windows.take(moving)
    p = np.exp(weights.model.scores(asked(windows, CLASSES)))
    at = tracks.rows(windows.frame)
    side = tracks.side[windows.slot[np.arange(len(windows)), windows.key]].astype(int)
    shot = CLASSES.index("shot")
    order = np.argsort(-p[:, shot], kind="stable")[:SHOWN]
    part: dict[str, Any] = {
        "starts": len(row),
        "told": len(windows),
        "left_out": {"without all 22 players": int((~whole).sum()), "without speeds": int((~moving).sum())},
        "by_side": [_side(p, side == s) for s in (0, 1)],
        "likeliest_shots": [
            {
                "frame": int(windows.frame[k]),
                "period": int(windows.period[k]),
                "t_s": float(tracks.t_s[at[k]]),
                "side": int(side[k]),
                "player": tracks.slots[int(windows.slot[k, windows.key[k]])].player_id,
                "p": round(float(p[k, shot]), 4),
                "classes": {c: round(float(v), 4) for c, v in zip(CLASSES, p[k], strict=True)},
            }
            for k in order.tolist()
        ],
        "trained_on": trained_on(game, weights),
        "scores": score_of(weights),
    }
    said = [
        f"{game.teams[s].display}: {d['n']} possessions, shots expected {d['expected']['shot']:.1f}."
        for s, d in enumerate(part["by_side"])
        if d["n"]
    ]
    left = Counter(part["left_out"])
    notes = [f"How possessions end is told of {len(windows)} of {len(row)} starts; {_list(left)}."]
    return Found(events, part, tuple(said), tuple(notes), len(windows))


def _side(p: NDArray[np.float64], mine: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "n": int(mine.sum()),
        "expected": {c: round(float(p[mine, k].sum()), 2) for k, c in enumerate(CLASSES)},
    }


def starts(game: Game) -> tuple[Int, Int]:
    """Return the row and the slot at which each possession of a player starts, (n,) and (n,)."""
    tracks = game.tracks
    assert tracks is not None
    by_id = {s.player_id: i for i, s in enumerate(tracks.slots) if s.player_id is not None}
    e = game.events
    logged = e[(e["type"] == "possession") & e["player_id"].isin(list(by_id))] if e is not None else None
    if logged is not None and len(logged):
        row = tracks.rows(logged["start_frame"].to_numpy(np.int64))
        slot = np.array([by_id[i] for i in logged["player_id"]], np.int64)
    else:
        who = tracks.holder if (tracks.holder >= 0).any() else control(tracks)
        held = np.flatnonzero((who >= 0) & (tracks.period > 0))
        new = np.ones(len(held), bool)
        new[1:] = who[held[1:]] != who[held[:-1]]
        row, slot = held[new].astype(np.int64), who[held[new]].astype(np.int64)
    good = (row >= 0) & tracks.present[row, slot]
    return row[good], slot[good]


def all_there(tracks: Tracks, row: Int) -> NDArray[np.bool_]:
    """Return at which rows eleven players of each team, and no more, are in the data, (n,)."""
    here = tracks.present[row]
    return np.asarray((here[:, tracks.side == 0].sum(1) == 11) & (here[:, tracks.side == 1].sum(1) == 11), bool)


def cut(game: Game, row: Int, slot: Int, step_s: float, frames: int) -> tuple[Windows, NDArray[np.bool_]]:
    """Return windows as `tasks.outcomes` makes them, and which of them know how fast everybody and the ball move.

    Place 0 is the holder, then his team, then the opponents; every sample lies on the straight line of the velocity.
    """
    tracks = game.tracks
    assert tracks is not None
    rate = float(tracks.rate_hz)
    lag = max(round(0.2 * rate), 1)
    pair = WindowCutter(game, length=2, stride=lag, players=None, reference=1).cut(
        tracks.frame[row], slot, outside="mask"
    )
    metres, ball = pair.xy * np.float32(pair.scale_m), pair.ball * np.float32(pair.scale_m)
    here = pair.present[:, :, 1]
    there = pair.present[:, :, 0] & here
    moving = (there.sum(1) == PLACES) & pair.ball_present.all(1)
    own = pair.relation > 0
    n = np.arange(len(pair))
    rank = np.where(own, 1, 2)
    rank[n, pair.key] = 0
    rank = np.where(here, rank, 3)
    order = np.argsort(rank, axis=1, kind="stable")[:, :PLACES]
    at = n[:, None]
    limit = FASTEST_M_S
    speed = np.clip((metres[:, :, 1] - metres[:, :, 0]) / (lag / rate), -limit, limit)[at, order]
    fly = np.clip((ball[:, 1] - ball[:, 0]) / (lag / rate), -35.0, 35.0)
    ago = ((np.arange(frames) - (frames - 1)) * step_s).astype(np.float32)
    seen = here[at, order]
    present = np.repeat(seen[:, :, None], frames, 2)
    path = (metres[:, :, 1][at, order][:, :, None] + speed[:, :, None] * ago[:, None]) / HALF_PITCH_M
    flight = (ball[:, 1][:, None] + fly[:, None] * ago[:, None]) / HALF_PITCH_M
    found = replace(
        pair,
        xy=np.where(present[..., None], path, 0).astype(np.float32),
        present=present,
        relation=np.where(seen, pair.relation[at, order], 0).astype(np.int8),
        slot=np.where(seen, pair.slot[at, order], -1),
        key=np.zeros(len(pair), np.int64),
        ball=flight.astype(np.float32),
        ball_present=np.repeat(pair.ball_present[:, 1:], frames, 1),
        scale_m=HALF_PITCH_M,
        reference=frames - 1,
    )
    return found, np.asarray(moving, bool)


def _list(left: Counter[str]) -> str:
    return ", ".join(f"{v} {k}" for k, v in left.items() if v) or "none left out"
