"""What every capability is given and gives back.

A capability tells something of one game. It is a file of this folder, found by listing it, with
    TITLE      what it tells, in a phrase
    SPORT      whose games it is for
    RECIPE     whose weights it asks for
    ON_EVENTS  whether it says more about the events found before it (it runs after those that find them)
    analyse(game, events, weights, progress=None) -> Found
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.data.game import Game, game_id
from sportsai.data.tracks import Tracks
from sportsai.data.windows import Windows
from sportsai.errors import DataError
from sportsai.learn.weights import Weights
from sportsai.tasks import EVENT, Examples, load_task

Progress = Callable[..., None]
Int = NDArray[np.int64]
SAME_M = 0.05  # an event lies where its key player stands


@dataclass(frozen=True)
class Found:
    """events: the table, longer or with more attributes. part: what the run keeps. said: the result in sentences.

    notes: what was left out and why. read: frames read.
    """

    events: pd.DataFrame
    part: dict[str, Any] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    read: int = 0


def slots_of(tracks: Tracks, events: pd.DataFrame) -> Int:
    """Return the slot of each event's key player, (n,), -1 where he is not seen: who stands where it happened."""
    found = np.full(len(events), -1, np.int64)
    if not len(events) or not tracks.P:
        return found
    row = tracks.rows(events["frame"].to_numpy(np.int64))
    there = tracks.present[row] & (row >= 0)[:, None] & (tracks.side == events["side"].to_numpy()[:, None])
    at = events[["x", "y"]].to_numpy(np.float64)
    away = np.where(there, np.linalg.norm(tracks.xy[row] - at[:, None], axis=-1), np.inf)
    away[np.isnan(away)] = np.inf
    near = away.argmin(1)
    close = away[np.arange(len(near)), near] <= SAME_M
    found[close] = near[close]
    by_id = slots_by_id(tracks)
    for i in np.flatnonzero(~close):
        who = events["player_id"].iloc[i]
        if isinstance(who, str):
            found[i] = next((s for s in by_id.get(who, ()) if there[i, s]), -1)
    return found


def slots_by_id(tracks: Tracks) -> dict[str, list[int]]:
    """Return the slots of each named player."""
    by_id: dict[str, list[int]] = {}
    for i, s in enumerate(tracks.slots):
        if s.player_id is not None:
            by_id.setdefault(s.player_id, []).append(i)
    return by_id


def asked(windows: Windows, names: tuple[str, ...], choices: NDArray[np.bool_] | None = None) -> Examples:
    """Return windows as the examples a blend answers."""
    return Examples(windows, names, np.full(len(windows), EVENT, np.int64), choices=choices)


def with_attributes(events: pd.DataFrame, more: Mapping[int, Mapping[str, Any]]) -> pd.DataFrame:
    """Return the events with further attributes, row number -> facts; nothing else of them changes."""
    told = [{**a, **more.get(i, {})} for i, a in enumerate(events["attributes"])]
    return events.assign(attributes=pd.Series(told, index=events.index, dtype=object))


def contests_of(game: Game) -> set[str]:
    """Return the names under which training may have met a game: its own, and the contest it is a cut of."""
    return {game.id, str(game.extra.get("of_game") or game.id)}


def trained_on(game: Game, weights: Weights) -> bool:
    """Whether the weights were trained on this very game.

    By its name, or that of the contest it is a cut of; by its file where that holds one contest, or contests without
    names of their own.
    """
    about = weights.about
    own = contests_of(game)
    for d in about.get("data", ()):
        if d["game"] in own or set(game.source.values()) & set(d["source"].values()):
            return True
    for contest in about.get("contests", ()):
        try:
            if game_id(contest) in own:
                return True
        except DataError:
            continue
    contests = about.get("contests", ())
    nameless = not getattr(load_task(weights.recipe.data.task), "OWN_IDS", True)
    same_file = bool(set(game.source.values()) & set((about.get("sources") or {}).values()))
    return same_file and (nameless or len(contests) <= 1)


def score_of(weights: Weights, share: float = 1.0) -> dict[str, Any] | None:
    """Return what the weights scored on games they did not see, None where nothing was measured.

    share: of the frames that was read; of those measured the nearest by ratio counts, the lower of two as near.
    """
    scores = weights.about.get("scores")
    if not isinstance(scores, Mapping) or not isinstance(scores.get("row"), Mapping):
        return None
    row, read = scores["row"], scores.get("shares")
    if isinstance(read, Mapping) and read:
        row = read[min(sorted(read, key=float), key=lambda s: abs(math.log(float(s) / max(share, 1e-6))))]
    kept = {k: scores.get(k) for k in ("headline", "items", "contests", "chance", "note")}
    return {**kept, "model": row.get("model"), "mean": row.get("mean") or {}, "interval": row.get("interval")}


def measured(weights: Weights) -> dict[str, Any]:
    """Return the measures kept beside the weights (metrics.json), {} where there are none that can be read."""
    try:
        found = json.loads(weights.path.with_name("metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def controls_of(weights: Weights) -> list[dict[str, Any]]:
    """Return the controls measured beside the score: the same task with what could give the answer away left out."""
    found = measured(weights).get("controls", ())
    return [dict(c) for c in found if isinstance(c, Mapping) and c.get("name")] if isinstance(found, list) else []
