"""Which team has the ball and which phase a match is in, at every frame, as stretches with how sure the model is.

Recipe `frame_labels`: labels may hold together, each frame has a probability of each.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai import __version__
from sportsai.analysis._found import score_of, trained_on
from sportsai.analysis._weights import card_of, model_of, weights_for
from sportsai.data.events import events_frame
from sportsai.data.game import Game
from sportsai.data.timeline import Timeline
from sportsai.data.tracks import NO_SIDE
from sportsai.errors import DataError
from sportsai.library import Library
from sportsai.tasks.frame_labels import SIDES, timeline
from sportsai.whole.trials import said_of
from sportsai.whole.trust import frame_probability

TITLE = "who has the ball and which phase it is, at every frame"
RECIPE = "frame_labels"
SURE = 0.5  # a label holds where it is likelier than not
LEAST_S = 1.0  # shorter stretches are not listed

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]


def phases(
    game: Game, *, league: str | None = None, weights: Path | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:  # fmt: skip
    """Return the stretches in which each label holds as an events table, and the run that says how sure it is.

    league: whose weights; the game's own when None. weights: of your own. An event's score is the mean probability of
    its frames. Raises DataError for a game without frames, ModelError where no weights are of its sport.
    """
    started = time.perf_counter()
    loaded = weights_for(game, RECIPE, league, weights)
    recipe = loaded.recipe
    line = timeline(game, recipe.data)
    if line is None:
        raise DataError(f"game {game.id} has no frame inside a period", expected="tracks", todo="Ingest its tracks.")
    since = time.process_time()
    heat = said_of([m.model for m in loaded.model.members], recipe, line)
    heat = frame_probability(heat, loaded.about["trust"]["1"], recipe.names)
    cpu = time.process_time() - since
    made = datetime.now(UTC)
    logged = line.labels if line.labels is not None and line.labels.any() else None
    score = (score_of(loaded) or {}).get("mean") or {}
    run = {
        "run_id": f"phases-{loaded.sha256[:8]}-{made:%Y%m%dT%H%M%S%f}", "game": game.id, "kind": "phases",
        "model": model_of(loaded), "recipe": f"{recipe.league}/{recipe.name}", "weights_sha256": loaded.sha256,
        **card_of(loaded), "version": __version__, "made_at": made.isoformat(timespec="seconds"),
        "frames_total": len(line), "frames_read": len(line), "cpu_s": round(cpu, 3),
        "seconds": round(time.perf_counter() - started, 2), "scores": score_of(loaded),
        "terms": loaded.about.get("terms"), "trained_on": trained_on(game, loaded),
        "types": {
            name: {
                "share": round(float(heat[:, k].mean()), 4), "AP": score.get(f"AP {name}"),
                "logged": None if logged is None else round(float(logged[:, k].mean()), 4),
            }
            for k, name in enumerate(recipe.names)
        },
        "notes": ["The model was trained on this very game: how sure it is proves little here."]
        if trained_on(game, loaded) else [],
        "logged": {} if logged is None else {
            name: [[int(line.frames.period[a]), float(line.frames.t_s[a]), float(line.frames.t_s[b - 1])]
                   for a, b in runs_of(logged[:, k], line, 0.0)] for k, name in enumerate(recipe.names)
        },
        "metrics": {"types": {}}, "said": [],
    }  # fmt: skip
    return events_of(line, heat, recipe.names), run


def phases_of(library: Library, game_id: str, **asked: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Label every frame of a game in the library, keep the stretches and the run beside it, and return both."""
    version = library.version(game_id)
    events, run = phases(library.load(game_id), **asked)
    library.write_predictions(game_id, events, run, made_of=version)
    return events, run


def runs_of(holds: Bool, line: Timeline, least_s: float = LEAST_S) -> list[tuple[int, int]]:
    """Return [first, end) of the stretches in which a label holds for `least_s`; none crosses a stop of play."""
    out = []
    for first, end in line.unbroken():
        edge = np.diff(np.concatenate([[0], holds[first:end].astype(np.int8), [0]]))
        for a, b in zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1), strict=True):
            if line.frames.t_s[first + b - 1] - line.frames.t_s[first + a] + line.step_s >= least_s - 1e-6:
                out.append((first + int(a), first + int(b)))
    return out


def events_of(line: Timeline, heat: Float, names: Sequence[str]) -> pd.DataFrame:
    """Return a row for each stretch, in the order of play."""
    tracks = line.frames.game.tracks
    assert tracks is not None
    found = [(a, b, k) for k in range(len(names)) for a, b in runs_of(heat[:, k] >= SURE, line)]
    found.sort()
    first, end, label = (np.array([f[n] for f in found], np.int64) for n in range(3))
    frame = tracks.frame[line.frames.row].astype(np.int64)
    step = round(float(tracks.rate_hz) * line.step_s)
    kind = np.array(names, object)[label]
    return events_frame(
        {
            "event_id": [f"{k}-{f}" for k, f in zip(kind, frame[first], strict=True)],
            "period": line.frames.period[first].astype(np.int64), "t_s": line.frames.t_s[first], "frame": frame[first],
            "type": kind, "side": np.array([SIDES.index(k) if k in SIDES else NO_SIDE for k in kind], np.int8),
            "score": np.array([heat[a:b, k].mean() for a, b, k in found]),
            "start_frame": frame[first], "end_frame": frame[end - 1] + step,
            "attributes": [{"seconds": round(float(line.frames.t_s[b - 1] - line.frames.t_s[a] + line.step_s), 1)}
                           for a, b, _ in found],
        },
        len(found),
    )  # fmt: skip
