"""The windows a recogniser is taught and tested with: moments, the same moved, moments with none, wrong key players."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sportsai.data.game import Game
from sportsai.data.splits import Split, by_period
from sportsai.data.windows import WindowCutter, Windows
from sportsai.learn.batches import refuse_empty
from sportsai.learn.recipe import Recipe
from sportsai.tasks import EVENT, MOVED, NONE
from sportsai.tasks import handovers as moments

Int = NDArray[np.int64]


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


def cutter(game: Game, recipe: Recipe) -> WindowCutter:
    """Return the cutter that makes this recipe's windows."""
    return moments.cutter(game, recipe.data, recipe.config().frames)


def lesson(games: Sequence[Game], recipe: Recipe) -> Lesson:
    """Return every window of the recipe's task in these games, and its split.

    Raises RecipeError when a class has no example in a part.
    """
    taught = moments.examples_of(games, recipe.data, recipe.config().frames)
    s = recipe.split
    split = by_period(taught.windows, s.train, s.test, s.validation_share)
    refuse_empty(taught, split, len(recipe.data.classes))
    return Lesson(taught.windows, taught.kind, split)


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
