"""Windows as the tensors a model's `forward` takes, and the windows a recipe asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.data.game import Game
from sportsai.data.splits import Split, by_period
from sportsai.data.windows import WindowCutter, Windows, join
from sportsai.errors import RecipeError
from sportsai.learn import moments
from sportsai.learn.recipe import Recipe

Int = NDArray[np.int64]
MODEL_HZ = 10.0  # samples a second of every window; games at another rate are interpolated
EVENT, MOVED, NONE = 0, 1, 2  # the event itself; the same event seen early or late; no event


@dataclass(frozen=True)
class Lesson:
    """All windows a recipe teaches and tests from. Shapes: kind (n,) int64 in {EVENT, MOVED, NONE}, for each window."""

    windows: Windows
    kind: Int
    split: Split

    def part(self, name: str, *kinds: int) -> Windows:
        """Return the windows of "train", "validation" or "test" of these kinds (all when none is named)."""
        index = self.split.parts()[name]
        return self.windows.take(index[np.isin(self.kind[index], kinds or (EVENT, MOVED, NONE))])


def tensors(windows: Windows) -> dict[str, Tensor]:
    """Return the keyword arguments of a trajectory model's `forward`, and `label`."""
    names = {"xy": "xy", "present": "present", "key": "key", "side": "relation", "ball": "ball",
             "ball_present": "ball_present", "label": "label"}  # fmt: skip
    return {k: torch.from_numpy(np.ascontiguousarray(getattr(windows, v))) for k, v in names.items()}


def cutter(game: Game, recipe: Recipe) -> WindowCutter:
    """Return the cutter that makes this recipe's windows."""
    assert game.tracks is not None
    stride = float(game.tracks.rate_hz) / MODEL_HZ
    return WindowCutter(game, length=recipe.config().frames, players=recipe.data.players, stride=stride)


def lesson(games: Sequence[Game], recipe: Recipe) -> Lesson:
    """Return every window of the recipe's task in these games, and its split.

    Raises RecipeError when a class has no example in a part.
    """
    parts, kinds = [], []
    d = recipe.data
    for game in games:
        cut = cutter(game, recipe)
        for k, m in (
            (EVENT, moments.labelled(game, d.classes, d.carry_s)),
            (MOVED, moments.around(game, d.classes, d.carry_s, d.jitter)),
            (NONE, moments.background(game, d.classes, d.carry_s, len(d.classes), d.candidates)),
        ):
            windows = cut.cut(m.frame, m.slot, m.label)
            parts.append(windows)
            kinds.append(np.full(len(windows), k))
    windows, kind = join(parts), np.concatenate(kinds)
    s = recipe.split
    split = by_period(windows, s.train, s.test, s.validation_share)
    for name, index in split.parts().items():
        here = windows.label[index[kind[index] == EVENT]]
        for c, label in enumerate(d.classes):
            if not (here == c).any():
                raise RecipeError(
                    f'class "{label}" has no example in the {name} part of {", ".join(windows.games)}',
                    expected="at least one", todo="Give more games, or leave the class out of data.classes.",
                )  # fmt: skip
    return Lesson(windows, kind, split)


def other_way(recipe: Recipe) -> Recipe:
    """Return the recipe with training and test periods exchanged: half against half the other way."""
    return recipe.model_copy(
        update={"split": recipe.split.model_copy(update={"train": recipe.split.test, "test": recipe.split.train})}
    )


def unknown_key(game: Game, windows: Windows, recipe: Recipe) -> tuple[Windows, Int]:
    """Return the windows of the same moments for each candidate key player, and which moment each belongs to.

    Candidates are the recipe's count of players nearest to the ball at the reference frame (nearest to nobody where
    the ball is not seen: then the moment has no candidate and is missing).
    """
    tracks = game.tracks
    assert tracks is not None
    near, _ = moments.near_ball(tracks, tracks.rows(windows.frame), recipe.data.candidates)
    b, k = np.nonzero(near >= 0)
    cut = cutter(game, recipe).cut(windows.frame[b], near[b, k], windows.label[b])
    return replace(cut, refused=0), b[cut.request]
