"""Which hockey event is it, at each moment the provider's log names, seen from the player it names?

Moments and key players are the log's: only the kind of event is recognised, from everybody's positions about it, and
what the log calls it stands beside. Windows are those of `tasks.plays`, cut from the tracks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sportsai.analysis._found import Found, Int, Progress, asked, score_of, slots_by_id, trained_on
from sportsai.data.events import events_frame
from sportsai.data.game import Game
from sportsai.data.windows import WindowCutter, Windows
from sportsai.learn.weights import Weights
from sportsai.readers.bigdatacup import RATE_HZ
from sportsai.tasks.plays import CLASSES, HALF_RINK_M, MERGED

TITLE = "which event happens at each moment of the log"
SPORT = "hockey"
RECIPE = "plays"
ON_EVENTS = False
MOMENT = "from the log"
# the class taught -> the league's event; an entry carried or passed is one class, and the first stands for both
EVENT_OF = {"recovery": "puck_recovery", "entry": "entry_carried"}


def analyse(game: Game, events: pd.DataFrame, weights: Weights, progress: Progress | None = None) -> Found:
    """Return an event for each moment and player the log names: its likeliest kind, how sure, what the log says."""
    tracks, recipe = game.tracks, weights.recipe
    log = game.events
    asked_for = log[log["type"].isin(list(MERGED))].reset_index(drop=True) if log is not None else None
    if tracks is None or asked_for is None or not len(asked_for):
        return Found(events, notes=("The provider logged no events: there is no moment to ask about.",))
    moments = asked_for.drop_duplicates(["frame", "player_id"]).reset_index(drop=True)
    slots = _key_slots(game, moments)
    windows = windows_at(game, moments["frame"].to_numpy(np.int64), slots, recipe.data, recipe.frames)
    left = len(moments) - len(windows)
    notes = [
        "Moments and key players are the provider's log's; only the kind of each event is recognised from positions."
    ]
    if left:
        notes.append(f"{left} of {len(moments)} logged moments are left out: their key player is not seen.")
    if not len(windows):
        return Found(events, notes=tuple(notes))
    unknown = sorted({int(p) for p in windows.period if game.attacks_right(int(p)) is None})
    if unknown:
        notes.append(f"The direction of play is not known in period {', '.join(map(str, unknown))}: it may be worse.")
    p = np.exp(weights.model.scores(asked(windows, CLASSES)))
    best = p.argmax(1)
    seen = trained_on(game, weights)
    mine = moments.iloc[windows.request].reset_index(drop=True)
    words = [_words(asked_for, f, w) for f, w in zip(mine["frame"], mine["player_id"], strict=True)]
    says = [CLASSES[int(k)] for k in best]
    agrees = [s in {MERGED[w] for w in each} for s, each in zip(says, words, strict=True)]
    row = tracks.rows(mine["frame"].to_numpy(np.int64))
    slot = windows.slot[np.arange(len(windows)), windows.key]
    first, last = int(tracks.frame[0]), int(tracks.frame[-1])
    told = events_frame(
        {
            "event_id": [f"{s}-{f}-{k}" for s, f, k in zip(says, mine["frame"], slot, strict=True)],
            "period": tracks.period[row],
            "t_s": tracks.t_s[row],
            "frame": mine["frame"],
            "type": [EVENT_OF.get(s, s) for s in says],
            "side": tracks.side[slot],
            "player_id": mine["player_id"],
            "other_ids": list(mine["other_ids"]),
            "x": tracks.xy[row, slot, 0],
            "y": tracks.xy[row, slot, 1],
            "score": p[np.arange(len(p)), best],
            "start_frame": np.maximum(windows.first_frame, first),
            "end_frame": np.minimum(windows.last_frame, last) + 1,
            "attributes": [
                {"moment": MOMENT, "classes": {c: round(float(v), 3) for c, v in zip(CLASSES, each, strict=True)},
                 "logged": w, "agrees": a, "trained_on": seen}
                for each, w, a in zip(p, words, agrees, strict=True)
            ],
        },
        len(mine),
    )  # fmt: skip
    part: dict[str, Any] = {
        "moments": len(moments),
        "told": len(told),
        "agree": int(sum(agrees)),
        "by_class": dict(Counter(says)),
        "trained_on": seen,
        "scores": score_of(weights),
    }
    if seen:
        notes.append("The model was trained on this very game: that it agrees with the log proves little here.")
    said = f"The model names the log's own event at {part['agree']} of {len(told)} moments of the log."
    spans = zip(windows.first_frame, windows.last_frame, strict=True)
    read = np.intersect1d(np.concatenate([np.arange(a, b + 1) for a, b in spans]), tracks.frame)
    return Found(told, part, (said,), tuple(notes), len(read))


def windows_at(game: Game, frames: Int, slots: Int, options: Any, length: int) -> Windows:
    """Return windows as `tasks.plays` makes them for moments of any game: the key first, then by distance to him."""
    assert game.tracks is not None
    stride = options.stride * float(game.tracks.rate_hz) / float(RATE_HZ)
    cutter = WindowCutter(game, length=length, stride=stride, players=None)
    near = cutter.cut(frames, slots, outside="mask").nearest(options.players)
    return replace(
        near,
        xy=near.xy * np.float32(near.scale_m / HALF_RINK_M),
        ball=np.zeros_like(near.ball),
        ball_present=np.zeros_like(near.ball_present),
        scale_m=HALF_RINK_M,
    )


def _key_slots(game: Game, moments: pd.DataFrame) -> Int:
    """Return the slot of each logged key player at his moment, -1 where he is not seen."""
    tracks = game.tracks
    assert tracks is not None
    by_id = slots_by_id(tracks)
    row = tracks.rows(moments["frame"].to_numpy(np.int64))
    found = [
        next((s for s in by_id.get(str(who), ()) if r >= 0 and tracks.present[r, s]), -1)
        for r, who in zip(row, moments["player_id"], strict=True)
    ]
    return np.array(found, np.int64)


def _words(log: pd.DataFrame, frame: int, who: Any) -> list[str]:
    """Return every kind the log gives a player at a frame."""
    same = log[(log["frame"] == frame) & (log["player_id"] == who)]
    return [str(t) for t in same["type"].drop_duplicates()]
