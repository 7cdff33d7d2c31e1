"""A second opinion on each recognised pass and turnover: another model is told the moment and the player.

It changes nothing in which events are kept or what they are called; it is written beside them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sportsai.analysis._found import Found, Progress, asked, score_of, slots_of, trained_on, with_attributes
from sportsai.data.game import Game
from sportsai.learn.weights import Weights
from sportsai.tasks.handovers import cutter

TITLE = "a second opinion on passes and turnovers"
SPORT = "soccer"
RECIPE = "handovers"
ON_EVENTS = True
ASKED = ("pass", "turnover")


def analyse(game: Game, events: pd.DataFrame, weights: Weights, progress: Progress | None = None) -> Found:
    """Return the events, each pass and turnover with what the second model makes of it."""
    tracks, recipe = game.tracks, weights.recipe
    rows = np.flatnonzero(events["type"].isin(ASKED).to_numpy())
    if tracks is None or not len(rows):
        return Found(events)
    moments = events.iloc[rows]
    windows = cutter(game, recipe.data, recipe.frames).cut(moments["frame"], slots_of(tracks, moments))
    names = recipe.data.names
    p = np.exp(weights.model.scores(asked(windows, names))) if len(windows) else np.zeros((0, len(names)))
    seen = trained_on(game, weights)
    told: dict[int, dict[str, Any]] = {}
    agree = 0
    for k, i in enumerate(rows[windows.request]):
        says = names[int(p[k].argmax())]
        agree += says == events["type"].iloc[i]
        told[int(i)] = {
            "second_opinion": {n: round(float(v), 3) for n, v in zip(names, p[k], strict=True)},
            "second_opinion_trained_on": seen,
        }
    part = {
        "asked": len(rows),
        "told": len(told),
        "agree": int(agree),
        "trained_on": seen,
        "scores": score_of(weights),
    }
    notes = []
    if len(told) < len(rows):
        notes.append(
            f"No second opinion on {len(rows) - len(told)} of {len(rows)} passes and turnovers: their "
            f"{recipe.frames / 10:g} s reach over the end of a period or a gap."
        )
    if seen and told:
        notes.append("The second opinion was trained on this very game: that it agrees proves little here.")
    said = (f"The second opinion agrees with {agree} of {len(told)} passes and turnovers.",) if told else ()
    return Found(with_attributes(events, told), part, said, tuple(notes), len(windows))
