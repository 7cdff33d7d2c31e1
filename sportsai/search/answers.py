"""What really happened, and which of the peaks finds it? The provider's holder column is read by `truth` alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.data.game import Game
from sportsai.data.tracks import Tracks
from sportsai.learn.recipe import Recipe
from sportsai.tasks.handovers import labelled

Int = NDArray[np.int64]


def truth(game: Game, recipe: Recipe) -> pd.DataFrame:
    """Return what the holder column says happened: type, period, t_s, slot, low_s, high_s (a carry's spell)."""
    tracks = game.tracks
    assert tracks is not None
    m = labelled(game, recipe.data.classes, recipe.data.carry_s)
    row = tracks.rows(m.frame)
    kind = np.array(recipe.data.classes, object)[m.label]
    t = tracks.t_s[row]
    table = pd.DataFrame({"type": kind, "period": tracks.period[row].astype(int), "t_s": t, "slot": m.slot})
    tol = recipe.detect.tolerance_s
    half = np.zeros(len(m))
    held = kind == "carry"
    if held.any():  # labelled() gives the middle: the spell's length follows from the holder column
        half[held] = [_half_spell(tracks, int(r)) for r in row[held]]
    table["low_s"] = t - np.where(held, half, tol)
    table["high_s"] = t + np.where(held, half, tol)
    return table


def _half_spell(tracks: Tracks, row: int) -> float:
    """Half of the spell whose middle is `row`, seconds."""
    h, gap = tracks.holder, round(0.6 * float(tracks.rate_hz))
    who = h[row] if h[row] >= 0 else h[row - gap : row + 1].max()
    a = row
    while a > 0 and (h[max(a - gap, 0) : a] == who).any() and set(h[max(a - gap, 0) : a]) <= {who, -1}:
        a -= 1
    return float(row - a) / float(tracks.rate_hz)


def match(found: pd.DataFrame, score: NDArray[Any], real: pd.DataFrame, tracks: Tracks) -> Int:
    """Return, for each found peak, the row of `real` it finds, -1 for none.

    Highest score first; each takes the nearest free moment within the tolerance. A moment is found once. Types are not
    compared: hand in the peaks and moments of one kind.
    """
    row = found["row"].to_numpy(int)
    t, period = tracks.t_s[row], tracks.period[row]
    hit, free = np.full(len(found), -1), np.ones(len(real), bool)
    low, high, at = (real[c].to_numpy(float) for c in ("low_s", "high_s", "t_s"))
    per = real["period"].to_numpy(int)
    for i in np.argsort(-np.asarray(score, float), kind="stable"):
        can = free & (per == period[i]) & (low <= t[i] + 1e-9) & (high >= t[i] - 1e-9)
        if can.any():
            j = int(np.flatnonzero(can)[np.argmin(np.abs(at[can] - t[i]))])
            hit[i], free[j] = j, False
    return hit


def between(
    table: pd.DataFrame, tracks: Tracks, period: int, low_s: float = -np.inf, high_s: float = np.inf
) -> pd.DataFrame:
    """Return the peaks or moments of a table within [low_s, high_s) of a period."""
    if "row" in table:
        row = table["row"].to_numpy(int)
        p, t = tracks.period[row], tracks.t_s[row]
    else:
        p, t = table["period"].to_numpy(int), table["t_s"].to_numpy(float)
    return table[(p == period) & (t >= low_s) & (t < high_s)].reset_index(drop=True)
