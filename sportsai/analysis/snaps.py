"""Pass or run, so many seconds after the snap? One play, its 22 players and the ball; nothing later is read.

The snap is the provider's tag; kicks are left out by what the provider calls the play. The answer itself comes from
positions alone: the log's pass or run is never an input, and stands beside it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sportsai.analysis._found import Found, Progress, asked, score_of, trained_on
from sportsai.data.events import events_frame
from sportsai.data.game import Game
from sportsai.data.windows import Windows
from sportsai.learn.weights import Weights
from sportsai.tasks import snaps as task

TITLE = "pass or run, seconds after the snap"
SPORT = "american_football"
RECIPE = "snaps"
ON_EVENTS = False
KICKS = ("kickoff", "punt", "field_goal", "extra_point")


def analyse(game: Game, events: pd.DataFrame, weights: Weights, progress: Progress | None = None) -> Found:
    """Return the events with the play as the model sees it: a pass or a run, how sure, at the snap."""
    tracks, recipe = game.tracks, weights.recipe
    options = recipe.data.model_copy(update={"moved_s": 0.0})
    names = options.names
    cut = _cut(game, options, recipe.frames)
    if isinstance(cut, str) or tracks is None:
        return Found(events, notes=(f"Pass or run is not told: {cut}.",))
    windows, snap = cut
    p = np.exp(weights.model.scores(asked(windows, names)))[0]
    best = int(p.argmax())
    until = int(windows.last_frame[0])
    (row,) = tracks.rows(np.array([snap]))
    key = int(windows.slot[0, windows.key[0]])
    seen = trained_on(game, weights)
    logged = _logged(game)
    part: dict[str, Any] = {
        "type": names[best],
        "p": round(float(p[best]), 4),
        "classes": {n: round(float(v), 4) for n, v in zip(names, p, strict=True)},
        "after_s": options.after_s,
        "samples": recipe.frames,
        "frames": [int(windows.first_frame[0]), until + 1],
        "side": int(tracks.side[key]),
        "logged": logged,
        "trained_on": seen,
        "scores": score_of(weights),
    }
    when = f"{options.after_s:g} s after the snap"
    told = events_frame(
        {
            "event_id": [f"snap-{snap}"],
            "period": [int(tracks.period[row])],
            "t_s": [float(tracks.t_s[row])],
            "frame": [snap],
            "type": [names[best]],
            "side": [int(tracks.side[key])],
            "player_id": [tracks.slots[key].player_id],
            "x": [float(tracks.ball_xy[row, 0])],
            "y": [float(tracks.ball_xy[row, 1])],
            "score": [part["p"]],
            "start_frame": [part["frames"][0]],
            "end_frame": [part["frames"][1]],
            "attributes": [
                {"moment": when, "classes": part["classes"], "samples": recipe.frames, "logged": logged,
                 "trained_on": seen}
            ],
        },
        1,
    )  # fmt: skip
    label = {"pass": "Pass", "rush": "Run"}.get(names[best], names[best].capitalize())
    said = f"{label}, {p[best]:.0%}, {when} ({recipe.frames} samples)."
    return Found(told, part, (said,), read=until + 1 - part["frames"][0])


def _cut(game: Game, options: task.Options, frames: int) -> tuple[Windows, int] | str:
    """Return the play's window and the frame of its snap, or why there is none, in words."""
    why = _obstacle(game, options.names)
    if why is not None:
        return why
    # the task wants a label: any will do, it stays out of the window
    extra = {"of_game": game.id, "down": None, "yards_to_go": None, **game.extra, "play_type": options.names[0]}
    cut = task.play_windows(replace(game, extra=extra), options, frames)
    return cut if isinstance(cut, str) else (cut[0], int(str(cut[2]["snap"])))


def _obstacle(game: Game, names: tuple[str, ...]) -> str | None:
    """Return why a play cannot be asked about, in words, None where it can."""
    tracks, events = game.tracks, game.events
    assert tracks is not None
    if events is None or not len(events):
        return "the provider tags no snap"
    called = str(game.extra.get("play_type") or "")
    tags = set(events["type"].dropna())
    kick = next((k for k in KICKS if called.startswith(k) or any(str(t).startswith(k) for t in tags)), None)
    if kick is not None and "kick" not in names:
        return f"the provider calls this play a {kick.replace('_', ' ').replace('kickoff', 'kick-off')}"
    if int(tracks.possession[0]) not in (0, 1):
        return "nobody says which team has the ball"
    if not events["event_id"].str.startswith("tag-").any():
        return "the provider tags no snap"
    return None


def _logged(game: Game) -> str | None:
    """Return what the provider calls the play in the model's words, None where it does not say."""
    said = task.CLASS.get(str(game.extra.get("play_type") or ""))
    if said is None and game.events is not None:
        said = task.two_points(set(game.events["type"].dropna()))
    return said
