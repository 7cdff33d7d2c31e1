"""Which events happened in a game, who did each, and how sure is that? One pass of a trained recogniser over it all.

The events come from positions alone: a provider's holder or event columns are never read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.analysis._found import Found, Progress
from sportsai.data.events import empty_events, events_frame
from sportsai.data.game import Game
from sportsai.data.tracks import Tracks
from sportsai.learn.weights import Weights
from sportsai.search.looks import look
from sportsai.search.peaks import find
from sportsai.search.trust import decide, trust_of
from sportsai.tasks.handovers import MODEL_HZ

TITLE = "passes, turnovers and carries, found in the whole game"
SPORT = "soccer"
RECIPE = "shared_compare"
ON_EVENTS = False
BEFORE_S, AFTER_S = 1.0, 1.0
Int = NDArray[np.int64]


def analyse(game: Game, events: pd.DataFrame, weights: Weights, progress: Progress | None = None) -> Found:
    """Return the events found in a game.

    Parameters
    ----------
    progress: called as progress(done, total) with frames.

    A game whose ball or players were never seen gives an empty table and the reason.
    """
    notes = _obstacles(game)
    found, read = empty_events(), 0
    if not notes:
        looks = look(game, weights.model, weights.recipe, progress=progress)
        read = len(looks.row)
        peaks = find(looks, game, weights.recipe, float(weights.about["temperature"]))
        decided = decide(peaks, trust_of(weights.about), weights.recipe)
        found = events_of(decided[decided["kept"]].reset_index(drop=True), game, weights)
        notes = _notes(game, len(found))
    return Found(found, _part(weights), notes=tuple(notes), read=read)


def _obstacles(game: Game) -> list[str]:
    tracks = game.tracks
    assert tracks is not None
    people = tracks.present[:, tracks.side >= 0]
    if not tracks.ball_present.any():
        return ["The ball was never seen: events on the ball cannot be recognised."]
    if not (tracks.ball_present & people.any(1) & (tracks.period > 0)).any():
        return ["The ball and a player were never seen at once: events on the ball cannot be recognised."]
    return []


def _notes(game: Game, found: int) -> list[str]:
    assert game.tracks is not None
    notes = []
    seen = (game.tracks.ball_present & game.tracks.observed).sum() / max(int((game.tracks.period > 0).sum()), 1)
    notes.append(f"Events can only be found where the ball is seen: in {seen:.0%} of the frames of play.")
    rate = float(game.tracks.rate_hz)
    if abs(rate - MODEL_HZ) > 1e-6:
        notes.append(f"The model learned at {MODEL_HZ:g} Hz; this game's {rate:g} Hz were read at that rate.")
    unknown = [p.number for p in game.periods if p.attacks_right is None]
    if unknown:
        notes.append(
            f"The direction of play is not known in period {', '.join(map(str, unknown))}: scores may be worse."
        )
    if not found:
        notes.append("No event was found above its threshold.")
    return notes


def events_of(kept: pd.DataFrame, game: Game, loaded: Weights) -> pd.DataFrame:
    """Return kept peaks (of `decide`) as an events table."""
    tracks = game.tracks
    assert tracks is not None
    if not len(kept):
        return empty_events()
    row, slot = kept["row"].to_numpy(np.int64), kept["slot"].to_numpy(np.int64)
    kind = kept["type"].to_numpy(object)
    ids = [s.player_id for s in tracks.slots]
    then, then_row = kept["next_slot"].to_numpy(np.int64), kept["next_row"].to_numpy(np.int64)
    meant = kept["next_side"].to_numpy(int) == np.where(kind == "pass", 1, -1)  # a pass's team-mate, a loss's opponent
    then = np.where(meant & (kind != "carry"), then, -1)
    rate = float(tracks.rate_hz)
    carry = kind == "carry"
    start = np.where(carry, kept["start_row"].to_numpy(int), np.maximum(row - round(BEFORE_S * rate), 0))
    end = np.where(then >= 0, then_row + 1, row + round(AFTER_S * rate) + 1)
    end = np.minimum(np.where(carry, kept["end_row"].to_numpy(int), end), tracks.T)
    start = _inside(tracks, row, start)
    end = _inside(tracks, row, end - 1) + 1
    trained = _trained_on(game, loaded)
    classes = loaded.recipe.data.classes
    period = tracks.period[row]
    return events_frame(
        {
            "event_id": [f"{k}-{f}" for k, f in zip(kind, tracks.frame[row], strict=True)],
            "period": period,
            "t_s": tracks.t_s[row],
            "frame": tracks.frame[row],
            "type": kind,
            "side": tracks.side[slot],
            "player_id": [ids[s] for s in slot],
            "other_ids": [[ids[o]] if o >= 0 and ids[o] else [] for o in then],
            "x": tracks.xy[row, slot, 0],
            "y": tracks.xy[row, slot, 1],
            "score": kept["score"].to_numpy(),
            "start_frame": tracks.frame[start],
            "end_frame": tracks.frame[end - 1] + 1,
            "attributes": [
                {
                    "key_player_p": round(float(k), 3),
                    "class_p": round(float(c[classes.index(t)]), 3),
                    "trained_on": int(p) in trained,
                }
                for k, c, t, p in zip(kept["key_p"], kept["class_p"], kind, period, strict=True)
            ],
        },
        len(kept),
    )


def _inside(tracks: Tracks, row: Int, to: Int) -> Int:
    """Move each row `to` as near to its value as the period of `row` allows."""
    out = np.clip(to, 0, tracks.T - 1)
    for p in np.unique(tracks.period[row]):
        rows = np.flatnonzero(tracks.period == p)
        mine = tracks.period[row] == p
        out[mine] = np.clip(out[mine], rows[0], rows[-1])
    return out


def _trained_on(game: Game, loaded: Weights) -> set[int]:
    """Periods of this very game (same source file) the weights were trained or validated on."""
    own = set(game.source.values())
    return {
        int(p)
        for d in loaded.about["data"]
        if d["game"] == game.id or own & set(d["source"].values())
        for p in d["train_periods"]
    }


def _part(loaded: Weights) -> dict[str, Any]:
    about, recipe = loaded.about, loaded.recipe
    trust = trust_of(about)
    types = {
        k: {"precision": d["precision"], "recall": d["recall"], "AP": d["AP"], "n": d["real"], "found": d["found"],
            "count_ratio": d["count_ratio"], "key_right": d["key_right"]}
        for k, d in about["detection"].items()
    }  # fmt: skip
    return {
        "trained_on": about["data"],
        "thresholds": {k: round(v, 3) for t in trust.values() for k, v in zip(t.types, t.thresholds, strict=True)},
        "metrics": {
            "types": types,
            "tolerance": f"within {recipe.detect.tolerance_s:g} s of the release; a carry inside its spell",
            "scores": about.get("scores"),
        },
    }


def expected_counts(run: dict[str, Any], found: dict[str, int]) -> dict[str, tuple[float, float, float]]:
    """Return how many events of each type there probably were, (count, low, high) at 95 %, from the test's errors."""
    counts = {}
    for name, n in found.items():
        ratio, low, high = run["metrics"]["types"][name]["count_ratio"]
        counts[name] = (n * ratio, n * low, n * high)
    return counts
