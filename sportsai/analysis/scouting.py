"""Which moments of footage are worth tracking: found by a scout that glances at few of its frames.

The scout (recipe `footage_scout`) learned from where a drawn camera looks that follows the ball of real matches; here
it reads where the footage's own camera looks. Which frames are decoded and searched is the scout's choice, glance by
glance, until its budget is spent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai import __version__
from sportsai.analysis._found import score_of
from sportsai.analysis._weights import card_of, collect, model_of
from sportsai.court import League
from sportsai.data import Game, Period, Team, Tracks, empty_tracks
from sportsai.data.events import events_frame
from sportsai.data.frames import Frames, told
from sportsai.data.timeline import Timeline
from sportsai.errors import DataError, ModelError
from sportsai.learn.weights import Weights
from sportsai.whole.reading import count_of, scout
from sportsai.whole.trials import moments
from sportsai.whole.trust import nearest, probability

if TYPE_CHECKING:
    from sportsai.video.watch import Asked

RECIPE = "footage_scout"
BEFORE_S, AFTER_S = 5.0, 3.0  # of a moment, tracked densely
TRACKED = 0.2  # of the footage, at most
NOTE = (
    "Found in footage by where the camera looks: the scout learned from drawn cameras that follow the ball of real "
    "matches, and may be less sure of a real camera than it thinks. Only the footage around these moments was tracked."
)

Float = NDArray[np.float64]
Int = NDArray[np.int64]


@dataclass(frozen=True)
class Scouted:
    """What a scout found in footage. t_s (n,): seconds into the file, type: of each its name, sure: its probability.

    stretches: (from, to) seconds to be tracked. glances: frames read; known: those in which the court was found; of:
    frames that a run over all would watch; frames: that the scout might choose from. asked: the budget, a share of
    `of`. cpu_s: that it took; resumed: an earlier run had made some of the glances, which cost nothing now.
    """

    t_s: Float
    type: tuple[str, ...]
    sure: Float
    stretches: tuple[tuple[float, float], ...]
    glances: int
    known: int
    of: int
    frames: int
    asked: float
    cpu_s: float
    weights: Weights
    resumed: bool = False


def scouted(
    video: Path, league: League, budget: float, asked: Asked, *, weights: Path | Weights | None = None,
    runs: Path | None = None, progress: Callable[[int, int], None] | None = None, tracked: float = TRACKED,
) -> Scouted:  # fmt: skip
    """Return the moments that a scout finds in a video, and the stretches around them.

    budget: share of the frames that a run over all of `asked` would watch. weights: a scout's of your own. tracked:
    share of the footage that the stretches fill at most, the surest moments of what matters most first.

    Raises DataError for a budget that is none, what is not a video, or a court that is not found; ModelError for a
    sport whose moments no weights find by where a camera looks.
    """
    from sportsai.video.decode import look  # whoever asks what can be told of a game loads this module, without footage
    from sportsai.video.find import glanced
    from sportsai.video.glances import Glances
    from sportsai.video.watch import mark, wanted

    begun = time.process_time()
    loaded = weights if isinstance(weights, Weights) else _weights(league, weights)
    footage = look(video)
    every = wanted(footage, asked)
    count = count_of(len(every), budget)
    rate = min(loaded.recipe.data.rate_hz or asked.rate_hz, asked.rate_hz)
    row = wanted(footage, replace(asked, rate_hz=rate))
    folder = (runs or Path("runs") / "track") / mark(footage, asked, court=["glances", league.name])
    first = glanced(footage, asked, league, folder, progress)
    if first is None:
        raise DataError(
            "the court was not found by its lines", path=video, expected="a view from the side, its lines in sight",
            todo="Track it without --budget, with four points of the court.",
        )  # fmt: skip
    count = min(count, len(row))
    seen = Glances(footage, league, first[1], folder, dark=asked.dark,
                   progress=(lambda n: progress(min(n, count), count)) if progress else None)  # fmt: skip
    resumed = len(seen) > 0
    line = timeline_of(league, footage.t_s[row], rate, loaded, lambda index: seen.looks_at(row[index]))
    data = loaded.recipe.data
    read = scout([m.model for m in loaded.model.members], line, count / len(row), gaps=data.gaps, ball_only=True)
    found = moments(loaded.recipe, line, read.heat)
    sure = probability(found, nearest(loaded.about["trust"], read.share), loaded.recipe.names)
    first_s, last_s = float(footage.t_s[row[0]]), float(footage.t_s[row[-1]])
    matters = np.array([loaded.recipe.data.worth.get(n, 0.0) for n in loaded.recipe.names])[found.label]
    if not (sure * matters > 0).any():  # nothing that matters most: whatever else is likely
        matters = np.ones(len(found))
    mine = chosen(first_s + found.at, sure * matters, tracked * (last_s - first_s), first_s, last_s)
    found, sure = found.take(mine), sure[mine]
    t = first_s + found.at
    looked_at = seen.looks_at(row[read.frame])
    return Scouted(
        t, tuple(loaded.recipe.names[k] for k in found.label), sure, stretches(t, first_s, last_s),
        len(read.frame), int(np.isfinite(looked_at[:, 0]).sum()), len(every), len(row), budget,
        time.process_time() - begun, loaded, resumed,
    )  # fmt: skip


def kept(found: Scouted, game: Game, first_s: float) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the moments as an events table of the game that was tracked around them, and the run that found them.

    first_s: when the game's first frame is shown in the footage.
    """
    tracks, loaded = game.tracks, found.weights
    assert tracks is not None
    rate = float(tracks.rate_hz)
    t = np.clip(found.t_s - first_s, 0, float(tracks.t_s[-1]))
    frame = np.rint(t * rate).astype(np.int64)
    last = int(tracks.frame[-1])
    events = events_frame(
        {
            "event_id": [f"{k}-{f}" for k, f in zip(found.type, frame, strict=True)], "period": 1, "t_s": t,
            "frame": frame, "type": list(found.type), "score": found.sure,
            "start_frame": np.maximum(frame - round(BEFORE_S * rate), 0),
            "end_frame": np.minimum(frame + round(AFTER_S * rate), last) + 1,
        },
        len(t),
    )  # fmt: skip
    made, share = datetime.now(UTC), found.glances / found.frames
    names = loaded.recipe.names
    types = {
        n: {"found": found.type.count(n), "AP": None, "logged": None,
            "expected": round(float(sum(s for s, k in zip(found.sure, found.type, strict=True) if k == n)), 1)}
        for n in names
    }  # fmt: skip
    run = {
        "run_id": f"footage-{loaded.sha256[:8]}-{made:%Y%m%dT%H%M%S%f}", "game": game.id, "kind": "detect",
        "how": "glimpse", "model": model_of(loaded), "recipe": f"{loaded.recipe.league}/{loaded.recipe.name}",
        "weights_sha256": loaded.sha256, **card_of(loaded), "version": __version__,
        "made_at": made.isoformat(timespec="seconds"), "budget": found.asked, "frames_total": found.of,
        "frames_read": found.glances, "share_read": round(found.glances / found.of, 5), "read_at": [], "round": [],
        "seconds": round(found.cpu_s, 2), "cpu_s": round(found.cpu_s, 2), "scores": score_of(loaded, share),
        "terms": loaded.about.get("terms"), "trained_on": False, "worth": loaded.recipe.data.worth, "types": types,
        "notes": [NOTE], "logged": {}, "metrics": {"types": {}}, "said": [],
    }  # fmt: skip
    return events, run


def chosen(t_s: Float, worth: Float, most_s: float, first_s: float, last_s: float) -> Int:
    """Return which moments are tracked: worth most first, as long as the stretches around them last at most so long;
    those that lie in one anyway with them. At least one, where any is worth something; in order of time."""
    kept: list[int] = []
    for k in np.argsort(-worth, kind="stable").tolist():
        if worth[k] <= 0:
            break
        each = stretches(t_s[[*kept, k]], first_s, last_s)
        if sum(b - a for a, b in each) <= most_s or not kept:
            kept.append(k)
    return np.array(sorted(kept, key=lambda k: t_s[k]), np.int64)


def stretches(t_s: Float, first_s: float, last_s: float) -> tuple[tuple[float, float], ...]:
    """Return the stretches [from, to) around moments, those that touch made one, within the footage."""
    out: list[tuple[float, float]] = []
    for t in np.sort(t_s).tolist():
        a, b = max(t - BEFORE_S, first_s), min(t + AFTER_S, last_s)
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(b, out[-1][1]))
        else:
            out.append((a, b))
    return tuple((round(a, 3), round(b, 3)) for a, b in out)


def timeline_of(
    league: League, t_s: Float, rate_hz: float, loaded: Weights, looks_at: Callable[[Int], Float]
) -> Timeline:
    """Return footage as a timeline whose frames say where the camera looks, each found out when it is read.

    t_s (N,): of each frame. looks_at: of places among them, (n, 2) metres, NaN where not known.
    """
    arrays = empty_tracks(len(t_s), (), Fraction(rate_hz).limit_denominator(1001))
    arrays["t_s"], arrays["period"][:] = t_s - t_s[0], 1
    arrays["frame"] = np.arange(len(t_s), dtype=np.int32)
    court = league.court
    game = Game(
        id="footage", league=league.name, teams=(Team("a", "A"), Team("b", "B")), roster=(), kind="clip",
        court_length_m=court.length_m, court_width_m=court.width_m, periods=(Period(1, 0, len(t_s), None),),
        tracks=Tracks(**arrays),
    )  # fmt: skip
    frames = Frames.of(game)

    def show(index: Int) -> NDArray[np.float32]:
        at = looks_at(index) / frames.length_m
        there = np.asarray(np.isfinite(at).all(1), bool)
        n = len(index)
        return told(
            np.zeros((n, 0, 2), np.float32), np.zeros((n, 0), bool), np.zeros(0, np.int8),
            np.where(there[:, None], at, 0).astype(np.float32), np.full(n, np.nan, np.float32), there, frames.goals,
        )  # fmt: skip

    none: Any = np.zeros(0, np.int64)
    return Timeline(replace(frames, show=show), tuple(loaded.recipe.names), none, none.astype(np.float64), none,
                    contest=game.id)  # fmt: skip


def _weights(league: League, own: Path | None) -> Weights:
    from sportsai.video.rigs import RIGS

    loaded = collect(league.name, [RECIPE], own).get(RECIPE)
    if loaded is None or not getattr(loaded.recipe.data, "camera", False) or league.sport not in RIGS:
        raise ModelError(
            f"no weights find moments of {league.sport} by where a camera looks", expected="soccer, as it ships",
            todo="Track it without --budget.",
        )  # fmt: skip
    return loaded
