"""Which windows train, which validate and which test: by game, or by period where there is one game.

Never by window: two windows of different parts may not share a game, or (one game) a single frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.data.windows import Windows
from sportsai.errors import DataError

Int = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Indices of the windows of each part, (n,) int64 each; `dropped` windows straddle two parts and are in none."""

    train: Int
    validation: Int
    test: Int
    dropped: Int

    def parts(self) -> dict[str, Int]:
        """Return the three parts by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def by_game(windows: Windows, validation: Sequence[str], test: Sequence[str]) -> Split:
    """Return the split whose validation and test games are the named ones; all other games train."""
    if len(windows.games) < 2:
        raise DataError(
            f"only one game ({', '.join(windows.games)})",
            expected="at least two for a split by game",
            todo="Split by period, and say so beside the scores.",
        )
    for name in (*validation, *test):
        if name not in windows.games:
            raise DataError(f'no windows of game "{name}"', expected=f"one of {', '.join(windows.games)}")
    both = set(validation) & set(test)
    if both:
        raise DataError(f'game "{min(both)}" both validates and tests', expected="each game in one part")
    name_of = np.array(windows.games)[windows.game]
    v, t = np.isin(name_of, list(validation)), np.isin(name_of, list(test))
    split = Split(np.flatnonzero(~v & ~t), np.flatnonzero(v), np.flatnonzero(t), np.zeros(0, np.int64))
    refuse_leak(windows, split)
    return split


def by_period(
    windows: Windows, train: Sequence[int], test: Sequence[int], validation_share: float = 0.25, last: bool = True
) -> Split:
    """Return the split by periods of a single game.

    The last (`last` False: the first) `validation_share` of each training period's frames validates. Windows that
    reach over that border are dropped.
    """
    both = set(train) & set(test)
    if both:
        raise DataError(f"period {min(both)} both trains and tests", expected="each period in one part")
    trains = np.isin(windows.period, list(train))
    tests = np.isin(windows.period, list(test))
    validates, straddles = np.zeros(len(windows), bool), np.zeros(len(windows), bool)
    for game in np.unique(windows.game):
        for period in train:
            mine = trains & (windows.game == game) & (windows.period == period)
            if not mine.any():
                continue
            low, high = windows.first_frame[mine].min(), windows.last_frame[mine].max()
            share = 1 - validation_share if last else validation_share
            border = int(low + (high - low) * share)
            after = windows.first_frame >= border
            before = windows.last_frame < border
            validates |= mine & (after if last else before)
            straddles |= mine & ~after & ~before
    split = Split(
        np.flatnonzero(trains & ~validates & ~straddles), np.flatnonzero(validates), np.flatnonzero(tests),
        np.flatnonzero(straddles),
    )  # fmt: skip
    refuse_leak(windows, split)
    return split


def refuse_leak(windows: Windows, split: Split) -> None:
    """Raise DataError when windows of two parts share a frame of the same period of the same game."""
    parts = {k: v for k, v in split.parts().items() if len(v)}
    names = list(parts)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            _refuse_overlap(windows, parts[a], parts[b], a, b)


def _refuse_overlap(windows: Windows, a: Int, b: Int, name_a: str, name_b: str) -> None:
    group = windows.game * 1000 + windows.period
    for g in np.intersect1d(group[a], group[b]):
        mine, other = a[group[a] == g], b[group[b] == g]
        order = other[np.argsort(windows.first_frame[other], kind="stable")]
        start = windows.first_frame[order]
        end = np.maximum.accumulate(windows.last_frame[order])
        k = np.searchsorted(start, windows.last_frame[mine], side="right") - 1  # last that starts before mine ends
        leak = (k >= 0) & (end[np.maximum(k, 0)] >= windows.first_frame[mine])
        if leak.any():
            frame = int(windows.frame[mine[np.argmax(leak)]])
            raise DataError(
                f"the window about frame {frame} of game {windows.games[int(g) // 1000]} shares frames between "
                f"{name_a} and {name_b}",
                expected="parts that share no frame",
                todo="Split by game, or leave out the windows at the border.",
            )
