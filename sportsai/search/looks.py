"""What does the model say, at every moment of a whole game and of each player near the ball?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from sportsai.data.game import Game
from sportsai.data.windows import WindowCutter
from sportsai.learn.batches import tensors
from sportsai.learn.recipe import Recipe
from sportsai.search.fit import logits
from sportsai.tasks.handovers import MODEL_HZ, near_ball

Int = NDArray[np.int64]
Progress = Callable[[int, int], None]
REACH_M = 8.0  # nobody further from the ball than this is taken for the key player
_BATCH = 4096


@dataclass(frozen=True)
class Looks:
    """What the model said at each frame looked at.

    Shapes: row (n,) of the tracks; slot (n, C) candidates, -1 none; logit (n, C, K) float32, 0 where none.
    step: frames between two looks.
    """

    row: Int
    slot: Int
    logit: NDArray[np.float32]
    step: int


def look(
    game: Game, model: nn.Module, recipe: Recipe, *, periods: tuple[int, ...] | None = None,
    progress: Progress | None = None, only: NDArray[np.bool_] | None = None,
) -> Looks:  # fmt: skip
    """Return the model's logits wherever the ball and a player near it are seen.

    only (T,): rows of the tracks that may be looked at; all when None. How fast the machine is changes nothing.
    """
    tracks = game.tracks
    assert tracks is not None
    ratio = float(tracks.rate_hz) / MODEL_HZ
    cut = WindowCutter(game, length=recipe.config().frames, players=recipe.config().players, stride=ratio)
    step = max(1, round(ratio * recipe.detect.stride))
    seen = tracks.observed & tracks.ball_present
    if periods is not None:
        seen &= np.isin(tracks.period, periods)
    if only is not None:
        seen &= only
    rows = np.flatnonzero(seen)
    rows = rows[tracks.frame[rows] % step == 0]
    C, K = recipe.data.candidates, len(recipe.names)
    slot = np.full((len(rows), C), -1)
    for i in range(0, len(rows), 16384):
        near, away = near_ball(tracks, rows[i : i + 16384], C)
        slot[i : i + 16384, : near.shape[1]] = np.where(away <= REACH_M, near, -1)
    logit = np.zeros((len(rows), C, K), np.float32)
    size = max(1, _BATCH // C)
    for i in range(0, len(rows), size):
        mine = np.arange(i, min(i + size, len(rows)))
        b, c = np.nonzero(slot[mine] >= 0)
        windows = cut.cut(tracks.frame[rows[mine[b]]], slot[mine[b], c])
        kept = windows.request
        lost = np.ones(len(b), bool)
        lost[kept] = False
        slot[mine[b[lost]], c[lost]] = -1
        if len(windows):
            logit[mine[b[kept]], c[kept]] = logits(model, tensors(windows), _BATCH).numpy()
        if progress:
            progress(min(i + size, len(rows)), len(rows))
    good = (slot >= 0).any(1)
    return Looks(rows[good], slot[good], logit[good], step)
