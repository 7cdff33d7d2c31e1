"""The games of a recipe of whole games, and how they are dealt into those that train, validate and test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.data.timeline import Timeline
from sportsai.errors import DataError
from sportsai.learn.lessons import deal, files_of
from sportsai.learn.recipe import Recipe
from sportsai.tasks import load_task
from sportsai.tasks.moments import Games


@dataclass(frozen=True)
class Part:
    """Who trains, chooses and tests: places among the games."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


def whole_games(recipe: Recipe, folder: Path | None = None) -> Games:
    """Return the timelines a recipe learns from: of a folder laid out like the public sets, SPORTSAI_DATA when None.

    Raises DataError when the folder is none, or holds nothing the recipe's reader knows.
    """
    task = load_task(recipe.data.task)
    files = files_of(
        folder, lambda where: task.find(where, recipe.data, recipe.league), f'the recipe "{recipe.name}"',
        f'the reader "{recipe.data.provider}" knows', task.EXPECTED,
    )  # fmt: skip
    return task.timelines(files, recipe.data, recipe.league)


def parts(games: Games, recipe: Recipe) -> list[Part]:
    """Return the parts a recipe is scored over: part i tests, part i + 1 validates, all others train.

    Raises DataError with fewer than three games: no honest split by game is left.
    """
    contests = sorted(games.contests)
    if len(contests) < 3:
        raise DataError(
            f"only {len(contests)} game{'s' * (len(contests) != 1)} ({', '.join(contests)})",
            expected="at least 3: one to train on, one to choose by, one to test",
            todo="Give more games; a score on the game that trained would mean nothing.",
        )
    s = recipe.split
    part_of = deal(contests, s.folds, s.seed)
    hand = [part_of[c] for c in games.contests]
    count = max(hand) + 1
    each = []
    for i in range(count if s.tests is None else min(s.tests, count)):
        j = (i + 1) % count
        each.append(
            Part(*(tuple(n for n, h in enumerate(hand) if keep(h, i, j)) for keep in (_trains, _chooses, _tests)))
        )
    return each


def _trains(hand: int, test: int, validation: int) -> bool:
    return hand not in (test, validation)


def _chooses(hand: int, _: int, validation: int) -> bool:
    return hand == validation


def _tests(hand: int, test: int, _: int) -> bool:
    return hand == test


def counted(line: Timeline, classes: int) -> NDArray[np.int64]:
    """Return how often each class occurs in a game, (K,): its moments, or where every frame has labels, frames."""
    if line.labels is not None:
        return line.labels.sum(0).astype(np.int64)
    return np.bincount(line.label, minlength=classes)


def missing(lines: Sequence[Timeline], names: Sequence[str], what: str) -> None:
    """Raise DataError naming the first class that never occurs in these games."""
    for k, name in enumerate(names):
        if not any(counted(line, len(names))[k] for line in lines):
            raise DataError(
                f'"{name}" never occurs in the {len(lines)} games that {what}', expected="at least one of each class",
                todo="Give more games, or take the class out of the recipe's [data].",
            )  # fmt: skip
