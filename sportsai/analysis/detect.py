"""Find the moments of a whole game: by all its frames, or by a few of them that a scout chooses and that are counted.

dense      every frame is read; recipe `moments`
glimpse    a share of the frames is read, those the scout asks for; recipe `moments_scout`
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
from sportsai.analysis._found import Progress, score_of, trained_on
from sportsai.analysis._weights import card_of, model_of, weights_for
from sportsai.data.events import events_frame
from sportsai.data.game import Game
from sportsai.data.timeline import Timeline
from sportsai.errors import DataError
from sportsai.errors import nearest as nearest_name
from sportsai.learn.spotting import Found
from sportsai.learn.weights import Weights
from sportsai.library import Library
from sportsai.tasks.moments import timeline
from sportsai.whole.heat import heat
from sportsai.whole.reading import BUDGET, Read, count_of, scout
from sportsai.whole.trials import moments, seen_of
from sportsai.whole.trust import nearest, probability

TITLE = "moments of the whole game, and which frames were read for them"
RECIPES = {"dense": "moments", "glimpse": "moments_scout"}
SURE = 0.5  # a moment less likely than this to be real is counted among what there probably was, and not listed
BEFORE_S, AFTER_S = 4.0, 2.0  # evidence: a log is written after the fact
NEAR_S = 1.0  # a frame that was read so near shows who was near the ball

Float = NDArray[np.float64]


def detect(
    game: Game, *, how: str = "glimpse", budget: float = BUDGET, league: str | None = None,
    weights: Path | None = None, types: Sequence[str] = (), progress: Progress | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:  # fmt: skip
    """Return the moments found in a game as an events table, and the run that says what was read and how sure it is.

    Parameters
    ----------
    how: "dense" or "glimpse". budget: share of the frames of play that may be read; "dense" reads all. league: whose
        weights; the game's own when None. weights: of your own. types: the only ones listed, and all a scout asks
        about; every type when none.

    Raises DataError for a budget that is none, a type there is not or a game without frames, ModelError where no
    weights are of its sport.
    """
    started = time.perf_counter()
    if how not in RECIPES:
        raise DataError(f'"{how}"', expected=f"one of {', '.join(RECIPES)}")
    loaded = weights_for(game, RECIPES[how], league, weights)
    only = _only(types, loaded.recipe.names)
    line = timeline(game, loaded.recipe.data)
    if line is None:
        raise DataError(f"game {game.id} has no frame inside a period", expected="tracks", todo="Ingest its tracks.")
    if how == "glimpse":
        count_of(len(line), budget)
    if progress:
        progress(0, len(line))
    since = time.process_time()
    read = _read(line, loaded, how, budget, only)
    cpu = time.process_time() - since
    if progress:
        progress(len(line), len(line))
    found = moments(loaded.recipe, line, read.heat)
    found = found.take(np.isin(found.label, only))
    curves = nearest(loaded.about["trust"], read.share)
    sure = probability(found, curves, loaded.recipe.names)
    events = _events(line, found, sure, loaded, read)
    made = datetime.now(UTC)
    run = {
        "run_id": f"{how}-{loaded.sha256[:8]}-{made:%Y%m%dT%H%M%S%f}", "game": game.id, "kind": "detect", "how": how,
        "model": model_of(loaded), "recipe": f"{loaded.recipe.league}/{loaded.recipe.name}",
        "weights_sha256": loaded.sha256, **card_of(loaded), "version": __version__,
        "made_at": made.isoformat(timespec="seconds"), "budget": budget if how == "glimpse" else 1.0,
        "frames_total": len(line), "frames_read": len(read.frame), "share_read": round(read.share, 5),
        "read_at": line.frames.game.tracks.frame[line.frames.row[read.frame]].tolist(),  # type: ignore[union-attr]
        "round": read.round.tolist(), "seconds": round(time.perf_counter() - started, 2), "cpu_s": round(cpu, 3),
        "scores": score_of(loaded, read.share), "terms": loaded.about.get("terms"),
        "trained_on": trained_on(game, loaded), "worth": loaded.recipe.data.worth,
        "types": _types(found, sure, loaded, line, read.share, only),
        "notes": _notes(game, line, loaded, how, read),
        "logged": {n: at for n, at in _logged(line).items() if not types or n in types},
        "metrics": {"types": {}}, "said": [],
    }  # fmt: skip
    return events, run


def detect_game(library: Library, game_id: str, **asked: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Find the moments of a game in the library, keep them and the run beside it, and return both."""
    version = library.version(game_id)
    game = library.load(game_id)
    events, run = detect(game, **asked)
    library.write_predictions(game_id, events, run, made_of=version)
    return events, run


def _only(types: Sequence[str], names: Sequence[str]) -> list[int]:
    """Return the places of the types asked for among what the weights know; all when none is."""
    for name in types:
        if name not in names:
            raise DataError(f'type "{name}"', expected=f"one of {', '.join(names)}", todo=nearest_name(name, names))
    return [k for k, name in enumerate(names) if not types or name in types]


def _read(line: Timeline, loaded: Weights, how: str, budget: float, only: Sequence[int]) -> Read:
    models, recipe = [m.model for m in loaded.model.members], loaded.recipe
    if how == "glimpse":
        return scout(models, line, budget, gaps=recipe.data.gaps, ball_only=recipe.data.ball_only, only=only)
    seen = seen_of(line, recipe)
    every = np.arange(len(line))
    return Read(heat(models, seen.x, seen.names, line.stretches()), every, np.zeros(len(line), np.int64))


def _events(line: Timeline, found: Found, sure: Float, loaded: Weights, read: Read) -> pd.DataFrame:
    """Return the moments likelier than not to be real.

    Whose they were and where is not said: a log is written after the fact, and by then the ball is elsewhere, after a
    shot mostly with the other team. `near_ball` is who was nearest to it in the frame `frame_read`.
    """
    kept = np.flatnonzero(sure >= SURE)
    found, sure = found.take(kept), sure[kept]
    tracks = line.frames.game.tracks
    assert tracks is not None
    at = line.row_of(found.game, found.at)
    rate = float(tracks.rate_hz)
    names = np.array(loaded.recipe.names, object)
    frame = tracks.frame[line.frames.row[at]].astype(np.int64)
    seen = np.sort(read.frame)
    near = [_near(line, int(i), seen) for i in at.tolist()]
    first, last = _ends(line, found.game)
    return events_frame(
        {
            "event_id": [f"{names[k]}-{f}" for k, f in zip(found.label, frame, strict=True)],
            "period": found.game, "t_s": found.at, "frame": frame, "type": names[found.label], "score": sure,
            "start_frame": np.maximum(frame - round(BEFORE_S * rate), first),
            "end_frame": np.minimum(frame + round(AFTER_S * rate), last) + 1,
            "attributes": [
                {"heat": round(float(h), 4), "frame_read": seen_at, "near_ball": who}
                for h, (seen_at, who) in zip(found.score, near, strict=True)
            ],
        },
        len(found),
    )  # fmt: skip


def _ends(line: Timeline, period: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and last frame of each one's period, (n,) twice: evidence never reaches into another."""
    tracks = line.frames.game.tracks
    assert tracks is not None
    frames = {int(p): tracks.frame[tracks.period == p] for p in np.unique(period)}
    ends = np.array([[frames[int(p)][0], frames[int(p)][-1]] for p in period], np.int64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def _near(line: Timeline, at: int, seen: NDArray[np.int64]) -> tuple[int | None, str | None]:
    """Return the frame read nearest to a moment, if it is near enough, and who was nearest to the ball in it."""
    i = int(np.searchsorted(seen, at))
    close = [int(s) for s in seen[max(0, i - 1) : i + 1] if abs(line.frames.t_s[s] - line.frames.t_s[at]) <= NEAR_S]
    tracks = line.frames.game.tracks
    assert tracks is not None
    if not close:
        return None, None
    row = int(line.frames.row[min(close, key=lambda s: abs(s - at))])
    there = tracks.present[row] & (tracks.side >= 0)
    if not tracks.ball_present[row] or not there.any():
        return int(tracks.frame[row]), None
    away = np.where(there, np.linalg.norm(tracks.xy[row] - tracks.ball_xy[row], axis=-1), np.inf)
    return int(tracks.frame[row]), tracks.slots[int(away.argmin())].player_id


def _types(
    found: Found, sure: Float, loaded: Weights, line: Timeline, share: float, only: Sequence[int]
) -> dict[str, Any]:
    """Return of each class how many are listed, how many there probably were, and how good the model is at it."""
    out: dict[str, Any] = {}
    score = (score_of(loaded, share) or {}).get("mean") or {}
    for k in only:
        name = loaded.recipe.names[k]
        mine = found.label == k
        out[name] = {
            "found": int((sure[mine] >= SURE).sum()), "expected": round(float(sure[mine].sum()), 1),
            "AP": score.get(f"AP {name}"), "logged": int((line.label == k).sum()) if len(line.label) else None,
        }  # fmt: skip
    return out


def _logged(line: Timeline) -> dict[str, list[list[float]]]:
    """Return what the provider's log says of each class, (period, seconds) each, for pictures; no model sees it."""
    return {
        name: [
            [int(p), float(t)] for p, t in zip(line.period[line.label == k], line.at_s[line.label == k], strict=True)
        ]
        for k, name in enumerate(line.names)
    }


def _notes(game: Game, line: Timeline, loaded: Weights, how: str, read: Read) -> list[str]:
    notes = []
    recipe = loaded.recipe
    step = line.step_s
    taught = 1 / recipe.data.rate_hz if recipe.data.rate_hz else loaded.about.get("step_s")
    if taught and not 0.8 < step / taught < 1.25:
        notes.append(f"The model learned from frames {taught:.2f} s apart; this game's are {step:.2f} s apart: "
                     "what it says is less sure than it thinks.")  # fmt: skip
    seen = line.frames.game.tracks.ball_present[line.frames.row]  # type: ignore[union-attr]
    if how == "dense" and seen.mean() < 0.95:
        notes.append(f"The ball is seen in {seen.mean():.0%} of the frames of play: where it is not, little is found, "
                     "and how many moments there probably were is not to be trusted.")  # fmt: skip
    unknown = [p.number for p in game.periods if p.attacks_right is None]
    if unknown:
        notes.append(f"The direction of play is not known in period {', '.join(map(str, unknown))}.")
    jump = np.diff(line.frames.t_s)[np.diff(line.frames.period) == 0]
    longest = float(jump.max()) if len(jump) else 0.0
    if longest > 10 * step:
        notes.append(f"Frames are missing: the longest gap within a period is {longest:.0f} s.")
    if trained_on(game, loaded):
        notes.append("The model was trained on this very game: how sure it is proves little here.")
    return notes
