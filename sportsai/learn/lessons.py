"""A recipe's examples from wherever its games lie, and how their contests are dealt into parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from sportsai.data.splits import Split, by_period, refuse_leak
from sportsai.errors import DataError, RecipeError
from sportsai.learn.games import recipe_games
from sportsai.learn.recipe import Recipe
from sportsai.resources import data_folder
from sportsai.tasks import Examples, handovers, load_task


def task_examples(
    recipe: Recipe, folder: Path | None = None, library_folder: str | Path | None = None,
    corrections: Path | None = None,
) -> Examples:  # fmt: skip
    """Return the examples of a recipe's task.

    Parameters
    ----------
    folder: a folder laid out like the public sets (or any above it); SPORTSAI_DATA when None. A recipe that names its
        games takes them from the library or the match that travels with a reader; a task that simulates its games makes
        them where no folder is named.
    corrections: a library whose corrections stand before the labels of the games a recipe names.

    Raises DataError when the folder is none, or nothing the task reads lies there.
    """
    task = load_task(recipe.data.task)
    named = folder is None and getattr(recipe.data, "games", None)
    if named:
        games = recipe_games(recipe, library_folder=library_folder, corrections=corrections)
        return handovers.examples_of(games, recipe.data, recipe.frames)
    if folder is None and getattr(task, "MAKES", False):
        return task.examples([], recipe.data, recipe.frames)
    files = files_of(
        folder, task.find, f'the task "{recipe.data.task}"', f'the task "{recipe.data.task}" reads ({task.TITLE})',
        getattr(task, "EXPECTED", "its files"),
    )  # fmt: skip
    return task.examples(files, recipe.data, recipe.frames)


def check_corrections(recipe: Recipe, folder: Path | None, quick: bool) -> None:
    """Raise the DataError that says which recipes learn from corrections, and that none is tested by them.

    People answer what a model found: labels chosen so are good to learn from and no fair test of any model.
    """
    if folder is not None or not getattr(recipe.data, "games", None):
        raise DataError(
            f'"{recipe.league} {recipe.name}" reads its games and labels from a public set, not from a library',
            key="--corrections", expected="a recipe that names its games (data.games), and no --data",
        )  # fmt: skip
    if not quick:
        raise DataError(
            "models are set beside each other by the provider's own labels, not by corrected ones",
            key="--corrections", expected="--quick, which trains without the table",
        )  # fmt: skip


def files_of(
    folder: Path | None, find: Callable[[Path], list[Path]], who: str, what: str, expected: str
) -> list[Path]:  # fmt: skip
    """Return the files that `find` finds in a folder, SPORTSAI_DATA when None.

    who, what, expected: for the DataError where there is no folder, or nothing in it: who needs them, what they are.
    """
    where = folder if folder is not None else data_folder()
    if where is None:
        raise DataError(
            f"{who} needs its public data set", expected="a folder with it",
            todo="Name it: --data FOLDER, or set SPORTSAI_DATA. `sportsai data` lists the sets and where to get them.",
        )  # fmt: skip
    if not where.is_dir():
        raise DataError("this is no folder", path=where, expected="a folder laid out like the public sets")
    files = find(where)
    if not files:
        raise DataError(f"nothing here that {what}", path=where, expected=expected,
                        todo="`sportsai data` lists the sets and where to get them.")  # fmt: skip
    return files


def folds(taught: Examples, recipe: Recipe) -> list[Split]:
    """Return the splits a recipe is scored over.

    By game: the contests, shuffled by the recipe's seed, are dealt into parts; part i tests, part i + 1 validates, the
    rest train. By period (one game): half against half, both ways. Raises DataError with fewer than three contests:
    no honest split by game is left.
    """
    s = recipe.split
    if s.by == "period":
        return [
            by_period(taught.windows, train, test, s.validation_share)
            for train, test in ((s.train, s.test), (s.test, s.train))
        ]
    if s.by == "part":
        return _by_part(taught, recipe)
    contests = sorted(set(taught.contest.tolist()))
    if len(contests) < 3:
        raise DataError(
            f"only {len(contests)} game{'s' * (len(contests) != 1)} ({', '.join(contests)})",
            expected="at least 3: one to train on, one to choose by, one to test",
            todo="Give more games; a score on the game that trained would mean nothing.",
        )
    part_of = deal(contests, s.folds, s.seed)
    part = np.array([part_of[c] for c in taught.windows.games])[taught.windows.game]
    parts = max(part_of.values()) + 1
    splits = []
    for i in range(parts if s.tests is None else min(s.tests, parts)):
        test, validation = part == i, part == (i + 1) % parts
        none = np.zeros(0, np.int64)
        split = Split(np.flatnonzero(~test & ~validation), np.flatnonzero(validation), np.flatnonzero(test), none)
        refuse_leak(taught.windows, split)
        splits.append(split)
    return splits


def _by_part(taught: Examples, recipe: Recipe) -> list[Split]:
    """Return the split a data set's authors made, once for each hand of their training contests that validates."""
    s, column = recipe.split, getattr(load_task(recipe.data.task), "PART", None)
    if column is None:
        raise RecipeError('split by = "part"', expected='"game" or "period"', todo="This task's data are not parted.")
    part = taught.facts[column].astype(str).to_numpy()
    train, test = part == s.train_part, part == s.test_part
    for name, rows in (("train_part", train), ("test_part", test)):
        if not rows.any():
            raise DataError(
                f'no example of split.{name} = "{getattr(s, name)}"', expected=f"one of {', '.join(sorted(set(part)))}"
            )
    part_of = deal(sorted(set(taught.contest[train].tolist())), s.folds, s.seed)
    hand = np.array([part_of.get(c, -1) for c in taught.windows.games])[taught.windows.game]
    none, splits = np.zeros(0, np.int64), []
    for i in range(max(part_of.values()) + 1):
        held = train & (hand == i)
        split = Split(np.flatnonzero(train & ~held), np.flatnonzero(held), np.flatnonzero(test), none)
        refuse_leak(taught.windows, split)
        splits.append(split)
    return splits


def deal(contests: list[str], parts: int, seed: int) -> dict[str, int]:
    """Return the part of each contest: shuffled, then dealt one to each part in turn (at most one part a contest)."""
    order = np.random.default_rng(seed).permutation(len(contests))
    parts = min(parts, len(contests))
    return {contests[int(c)]: i % parts for i, c in enumerate(order)}
