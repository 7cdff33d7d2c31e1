"""What a volleyball team does, moment by moment, told from where its footage shows people: boxes in the picture.

The weights learned from pictures in which one of the eight activities happens (`tasks.activities`); here every
STEP_S is asked about. Activities last: what neighbours say is pooled, and a run of one answer is one event. Between
activities something is answered, too, mostly less surely.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.analysis._found import Found, Progress, score_of
from sportsai.data import View
from sportsai.data.events import events_frame
from sportsai.data.game import Game
from sportsai.data.windows import NEITHER, Windows
from sportsai.learn.weights import Weights
from sportsai.tasks import EVENT, Examples
from sportsai.tasks.activities import ACTIVITIES

TITLE = "what a team does at each moment of footage, from people's boxes"
SPORT = "volleyball"
RECIPE = "activities"
ON_EVENTS = False
STEP_S = 0.2  # between moments that are asked about
POOLED = 5  # of them tell one together: a second
SURE = 0.5  # an activity less likely is not listed
LEAST = 6  # people who must be seen

Float = NDArray[np.float64]
Int = NDArray[np.int64]


def analyse(game: Game, events: pd.DataFrame, weights: Weights, progress: Progress | None = None) -> Found:
    """Return an event for each stretch in which one activity is likelier than not, with every activity's share."""
    view, tracks = game.view, game.tracks
    if view is None or tracks is None or not tracks.T:
        return Found(events, notes=("Activities are told from footage: this game was not made from any.",))
    rows = _asked(view, tracks.T, float(tracks.rate_hz))
    if not len(rows):
        return Found(events, notes=(f"No frame shows {LEAST} players or more: no activity is told.",))
    p = _pooled(np.exp(weights.model.scores(examples(view, rows))), rows, float(tracks.rate_hz))
    runs = _runs(p, rows, float(tracks.rate_hz))
    left = sum(p[a:b].mean(0).max() < SURE for a, b in runs)
    kept = [(a, b) for a, b in runs if p[a:b].mean(0).max() >= SURE]
    each = [p[a:b].mean(0) for a, b in kept]
    best = np.array([e.argmax() for e in each], np.int64)
    peak = rows[[a + int(p[a:b, k].argmax()) for (a, b), k in zip(kept, best, strict=True)]] if kept else rows[:0]
    frame = tracks.frame[peak].astype(np.int64)
    names = np.array(ACTIVITIES, object)[best] if kept else np.zeros(0, object)
    told = events_frame(
        {
            "event_id": [f"{n}-{f}" for n, f in zip(names, frame, strict=True)], "period": tracks.period[peak],
            "t_s": tracks.t_s[peak], "frame": frame, "type": names,
            "side": [0 if str(n).startswith("l_") else 1 for n in names],
            "score": [float(e.max()) for e in each],
            "start_frame": tracks.frame[rows[[a for a, _ in kept]]] if kept else [],
            "end_frame": tracks.frame[rows[[b - 1 for _, b in kept]]] + 1 if kept else [],
            "attributes": [
                {"classes": {c: round(float(v), 3) for c, v in zip(ACTIVITIES, e, strict=True)}, "moments": b - a}
                for e, (a, b) in zip(each, kept, strict=True)
            ],
        },
        len(kept),
    )  # fmt: skip
    part: dict[str, Any] = {
        "moments": len(rows), "told": len(told), "unsure": int(left), "by_class": dict(Counter(map(str, names))),
        "scores": score_of(weights),
    }  # fmt: skip
    notes = (
        "Activities are told from people's boxes alone, at every moment: the weights learned from pictures in which "
        "one happens, and between activities something is answered, too. Left and right are sides of the picture.",
    )
    said = f"{len(told)} stretches look like an activity; {left} more are too unsure to list."
    return Found(told, part, (said,), notes, len(rows))


def examples(view: View, rows: Int) -> Examples:
    """Return the pictures of some rows as `tasks.activities` makes them: people in order of x, in half widths."""
    order = np.lexsort((view.xyxy[:, 0] + view.xyxy[:, 2], view.row))
    row, box = view.row[order], view.xyxy[order].astype(np.float64)
    first, end = np.searchsorted(row, rows), np.searchsorted(row, rows, "right")
    n, P = len(rows), max(int((end - first).max(initial=1)), 1)
    xy, size = np.zeros((n, P, 1, 2), np.float32), np.zeros((n, P, 1, 2), np.float32)
    present = np.zeros((n, P, 1), bool)
    half = view.width / 2
    for i, (a, b) in enumerate(zip(first, end, strict=True)):
        mine = box[a:b]
        xy[i, : b - a, 0, 0] = ((mine[:, 0] + mine[:, 2]) / 2 - half) / half
        xy[i, : b - a, 0, 1] = (mine[:, 3] - view.height / 2) / half
        size[i, : b - a, 0] = (mine[:, 2:] - mine[:, :2]) / half
        present[i, : b - a] = True
    frame = np.asarray(rows, np.int64)
    windows = Windows(
        xy=xy, present=present, relation=np.full((n, P), NEITHER, np.int8),
        slot=np.where(present[:, :, 0], np.arange(P), -1), key=np.zeros(n, np.int64),
        ball=np.zeros((n, 1, 2), np.float32), ball_present=np.zeros((n, 1), bool), label=np.zeros(n, np.int64),
        game=np.zeros(n, np.int64), period=np.zeros(n, np.int8), frame=frame, first_frame=frame, last_frame=frame,
        request=np.arange(n), games=("footage",), scale_m=1.0, reference=0,
    )  # fmt: skip
    return Examples(windows, ACTIVITIES, np.full(n, EVENT, np.int64), more={"size": size})


def _asked(view: View, frames: int, rate_hz: float) -> Int:
    """Return the rows asked about: every STEP_S, where enough people are seen."""
    seen = np.bincount(view.row, minlength=frames)[:frames]
    rows = np.arange(0, frames, max(round(STEP_S * rate_hz), 1))
    return rows[seen[rows] >= LEAST]


def _pooled(p: Float, rows: Int, rate_hz: float) -> Float:
    """Return each moment's shares, the mean over those up to half a second before and after it."""
    reach = STEP_S * rate_hz * (POOLED // 2) + 1
    first, end = np.searchsorted(rows, rows - reach), np.searchsorted(rows, rows + reach, "right")
    total = np.concatenate([np.zeros((1, p.shape[1])), p.cumsum(0)])
    return np.asarray((total[end] - total[first]) / (end - first)[:, None])


def _runs(p: Float, rows: Int, rate_hz: float) -> list[tuple[int, int]]:
    """Return stretches [a, b) of moments with one likeliest answer, none across a gap of a second."""
    best = p.argmax(1)
    new = np.flatnonzero((np.diff(best) != 0) | (np.diff(rows) > rate_hz)) + 1
    edges = [0, *new.tolist(), len(rows)]
    return [(a, b) for a, b in itertools.pairwise(edges) if b > a]
