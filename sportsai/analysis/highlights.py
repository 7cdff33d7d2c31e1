"""The minutes of a game worth seeing: clips around what a detector found, where an attention looked, or a fast ball.

moments     what the `moments` recipe's detector says of every frame, each class by what seeing it is worth
attention   where the `highlights` recipe's attention looked, chunk by chunk
ball        how fast the ball moves: needs no weights, and is what the others are measured against
"""

from __future__ import annotations

import time
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
from sportsai.data.frames import Frames
from sportsai.data.game import Game
from sportsai.data.timeline import Timeline
from sportsai.errors import DataError
from sportsai.learn.weights import Weights
from sportsai.library import Library
from sportsai.tasks.moments import timeline
from sportsai.whole.attend import attended
from sportsai.whole.highlights import Clip, ball_speed, clips, length_of, saliency, truths
from sportsai.whole.trials import moments, said_of, seen_of
from sportsai.whole.trust import nearest, probability

TITLE = "the minutes of a game worth seeing"
RECIPES = {"moments": "moments", "attention": "highlights"}
HOWS = (*RECIPES, "ball")
SURE = 0.5  # a moment less likely than this to be real is not named
SHOWN, APART_S = 3, 15.0  # frames that are shown as looked at most, and least; how far apart they lie
CURVE = 600  # points of the saliency that are kept for pictures

Float = NDArray[np.float64]


def highlights(
    game: Game, length_s: float, *, how: str = "moments", league: str | None = None, weights: Path | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the clips of a game worth seeing as an events table of type "highlight", and the run that made them.

    An event's `t_s` and `frame` are its most salient frame, `start_frame` and `end_frame` the clip, `score` how likely
    the clip holds something worth seeing (unknown where nothing says so), and `attributes` say what.

    Parameters
    ----------
    length_s: seconds that all clips together may last. how: one of HOWS. league: whose weights; the game's own when
        None. weights: of your own.

    Raises DataError for a length that is none or a game without frames, ModelError where no weights are of its sport.
    """
    started = time.perf_counter()
    if how not in HOWS:
        raise DataError(f'"{how}"', expected=f"one of {', '.join(HOWS)}")
    if not length_s > 0:
        raise DataError(f"highlights of {length_s:g} s", expected="a length above 0", todo="For example 3min.")
    loaded = weights_for(game, RECIPES[how], league, weights) if how in RECIPES else None
    line = timeline(game, loaded.recipe.data) if loaded else _plain(game)
    if line is None:
        raise DataError(f"game {game.id} has no frame inside a period", expected="tracks", todo="Ingest its tracks.")
    since = time.process_time()
    if loaded is None:
        heat, matters = None, ball_speed(line)
    else:
        heat = said_of([m.model for m in loaded.model.members], loaded.recipe, line)
        matters = saliency(heat, loaded.recipe.names, loaded.recipe.data.worth)
    found = clips(line, matters, length_s)
    cpu = time.process_time() - since
    inside: list[list[dict[str, Any]]] = [[] for _ in found]
    if loaded is not None and heat is not None and how == "moments":
        inside = _named(line, heat, loaded, found)
    events = _events(line, found, inside)
    made = datetime.now(UTC)
    mark = loaded.sha256[:8] if loaded else "rule"
    run = {
        "run_id": f"highlights-{how}-{mark}-{made:%Y%m%dT%H%M%S%f}", "game": game.id, "kind": "highlights", "how": how,
        "model": model_of(loaded) if loaded else "how fast the ball moves", "version": __version__,
        "made_at": made.isoformat(timespec="seconds"), "asked_s": length_s,
        "length_s": round(length_of(found, line), 1), "of_s": round(len(line) * line.step_s, 1),
        "rate_hz": float(line.frames.game.tracks.rate_hz),  # type: ignore[union-attr]
        "frames_total": len(line), "frames_read": len(line), "cpu_s": round(cpu, 3),
        "seconds": round(time.perf_counter() - started, 2), "saliency": _curve(line, matters),
        "logged": _logged(line, found), "metrics": {"types": {}}, "said": [], "notes": _notes(game, loaded, matters),
    }  # fmt: skip
    if loaded:
        run |= {
            "recipe": f"{loaded.recipe.league}/{loaded.recipe.name}", "weights_sha256": loaded.sha256,
            **card_of(loaded), "scores": score_of(loaded), "terms": loaded.about.get("terms"),
            "trained_on": trained_on(game, loaded),
        }  # fmt: skip
    return events, run


def attention(
    game: Game, league: str | None = None, weights: Path | None = None, most: int = SHOWN
) -> list[dict[str, Any]]:  # fmt: skip
    """Return of each member of an attention what it attends to, and the frames it looked at most and least.

    Each frame with how much it was looked at, 1 if all were alike; those of a list lie APART_S apart. Raises as
    `highlights`.
    """
    loaded = weights_for(game, RECIPES["attention"], league, weights)
    line = timeline(game, loaded.recipe.data)
    if line is None:
        raise DataError(f"game {game.id} has no frame inside a period", expected="tracks", todo="Ingest its tracks.")
    tracks = game.tracks
    assert tracks is not None
    seen = seen_of(line, loaded.recipe)
    asked = getattr(loaded.recipe.data, "streams", ()) or ("ball" if loaded.recipe.data.ball_only else "frame",)
    out = []
    for i, member in enumerate(loaded.model.members[: len(asked)]):
        where = attended([member.model], seen.x, seen.names, line.stretches(), loaded.recipe.data.chunk, where=True)
        looked = where.mean(1)
        frame = tracks.frame[line.frames.row]
        each = {}
        for what, order in (("most", np.argsort(-looked, kind="stable")), ("least", np.argsort(looked, kind="stable"))):
            kept: list[int] = []
            for n in order.tolist():
                if len(kept) == most:
                    break
                if all(abs(line.frames.t_s[n] - line.frames.t_s[k]) >= APART_S or line.frames.period[n]
                       != line.frames.period[k] for k in kept):  # fmt: skip
                    kept.append(n)
            each[what] = [(int(frame[n]), float(looked[n])) for n in kept]
        out.append({"name": asked[i], **each})
    return out


def highlights_of(
    library: Library, game_id: str, length_s: float, **asked: Any
) -> tuple[pd.DataFrame, dict[str, Any]]:  # fmt: skip
    """Choose the highlights of a game in the library, keep them and the run beside it, and return both."""
    version = library.version(game_id)
    game = library.load(game_id)
    events, run = highlights(game, length_s, **asked)
    library.write_predictions(game_id, events, run, made_of=version)
    return events, run


def _plain(game: Game) -> Timeline | None:
    """Return a game's frames with nothing said of them; None where it has none."""
    if game.tracks is None or not (game.tracks.period > 0).any():
        return None
    none = np.zeros(0)
    return Timeline(Frames.of(game), (), none.astype(np.int64), none, none.astype(np.int64), contest=game.id)


def _named(line: Timeline, heat: Float, loaded: Weights, found: list[Clip]) -> list[list[dict[str, Any]]]:
    """Return of each clip the moments in it that are worth seeing, likeliest first."""
    recipe = loaded.recipe
    spotted = moments(recipe, line, heat)
    sure = probability(spotted, nearest(loaded.about["trust"], 1.0), recipe.names)
    at = line.row_of(spotted.game, spotted.at)
    worth = [k for k, n in enumerate(recipe.names) if recipe.data.worth.get(n, 0.0 if recipe.data.worth else 1.0) > 0]
    out = []
    for c in found:
        mine = np.flatnonzero((at >= c.first) & (at < c.end) & np.isin(spotted.label, worth))
        mine = mine[np.argsort(-sure[mine], kind="stable")]
        out.append([
            {"type": recipe.names[int(spotted.label[i])], "t_s": round(float(spotted.at[i]), 2),
             "probability": round(float(sure[i]), 4)} for i in mine
        ])  # fmt: skip
    return out


def _events(line: Timeline, found: list[Clip], inside: list[list[dict[str, Any]]]) -> pd.DataFrame:
    tracks = line.frames.game.tracks
    assert tracks is not None
    frame = tracks.frame[line.frames.row]
    peak = np.array([c.peak for c in found], np.int64)
    sure = [1 - np.prod([1 - m["probability"] for m in each]) if each else np.nan for each in inside]
    return events_frame(
        {
            "event_id": [f"highlight-{frame[c.peak]}" for c in found], "period": line.frames.period[peak],
            "t_s": line.frames.t_s[peak], "frame": frame[peak], "type": ["highlight"] * len(found),
            "score": np.array(sure, np.float64), "start_frame": [int(frame[c.first]) for c in found],
            "end_frame": [int(frame[c.end - 1]) + 1 for c in found],
            "attributes": [
                {"saliency": round(c.worth, 4), "shows": [m for m in each if m["probability"] >= SURE]}
                for c, each in zip(found, inside, strict=True)
            ],
        },
        len(found),
    )  # fmt: skip


def _curve(line: Timeline, matters: Float) -> list[list[float]]:
    """Return the saliency for pictures: (period, seconds, the highest near there)."""
    every = max(1, len(line) // CURVE)
    rows = [(a, min(a + every, end)) for first, end in line.stretches() for a in range(first, end, every)]
    return [
        [int(line.frames.period[a]), round(float(line.frames.t_s[a]), 1), round(float(matters[a:b].max()), 4)]
        for a, b in rows
    ]


def _logged(line: Timeline, found: list[Clip]) -> dict[str, list[list[float]]]:
    """Return what the provider's log says was worth seeing, which no model saw: (period, seconds, shown by a clip)."""
    out = {}
    for name, (period, at_s) in truths(line).items():
        at = line.row_of(period, at_s)
        shown = [any(c.first <= i < c.end for c in found) for i in at.tolist()]
        out[name] = [[int(p), float(t), float(s)] for p, t, s in zip(period, at_s, shown, strict=True)]
    return out


def _notes(game: Game, loaded: Weights | None, matters: Float) -> list[str]:
    notes = []
    if loaded and trained_on(game, loaded):
        notes.append("The model was trained on this very game: that its clips are good proves little here.")
    if loaded is None and not (matters > 0).any():
        notes.append("The ball is not seen, so nothing stands out.")
    return notes
