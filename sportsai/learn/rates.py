"""Speed-invariant tuning: what a head of many labels gains from windows that run at several rates.

  1. the whole network at one rate;  2. the encoder stands still, the head goes on with rates drawn for each window;
  3. p = sum_r w_r p_r / sum_r w_r over the rates tuned on, w = 12 at the first rate and 9 at each other.

Source: Zhang, Li and Marsic, "Multi-Label Activity Recognition using Activity-specific Features and Activity
Correlations" (their 30 views: 12 at the rate of 1., 9 at each other). Differs: a rate is the step, in native samples of
a track, between two samples of a window; whoever tunes on one rate goes on for as many steps as who tunes on three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sportsai.data.windows import Windows
from sportsai.errors import DataError
from sportsai.layers.observe import at_rate, over_rates
from sportsai.learn.lessons import folds
from sportsai.learn.metrics import bootstrap, mean_ap_of
from sportsai.learn.networks import Taught, teach
from sportsai.learn.recipe import Recipe
from sportsai.learn.standard import standard
from sportsai.tasks import EVENT, Examples, together

Float = NDArray[np.float64]
MODEL = "activity_heads"
FIRST, SETS = 2, ((2,), (1, 2), (1, 2, 4))
UNTUNED = "one rate, not tuned"
VIEWS = (12, 9)  # of the first rate, of each other
TUNING = 0.3  # of the epochs of the whole network


def rates(
    recipe: Recipe, taught: Examples, *, frames: int, first: int = FIRST, sets: Sequence[tuple[int, ...]] = SETS,
    seeds: Sequence[int] = (0, 1, 2), progress: Callable[[int, int, str], None] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return a row for each set of rates: mAP of all labels, of games not seen, over seeds; the first untuned.

    taught: examples of long windows, sample by sample. frames: samples of a window at any rate.
    """
    if taught.also is None:
        raise DataError("these examples have one class each", expected="many labels")
    if any(first not in s for s in sets):
        raise DataError(f"rates {sets}", expected=f"{first}, the first, in each")
    at = {r: replace(taught, windows=sampled(taught.windows, r, frames)) for r in sorted({r for s in sets for r in s})}
    splits = folds(taught, recipe)
    said: dict[tuple[tuple[int, ...], int], Float] = {}
    short = recipe.train.model_copy(update={"epochs": max(1, round(recipe.train.epochs * TUNING))})
    for seed in seeds:
        for j, split in enumerate(splits):
            if progress:
                progress(seeds.index(seed) * len(splits) + j, len(seeds) * len(splits), f"seed {seed}, part {j + 1}")
            test = split.test[taught.kind[split.test] == EVENT]
            config = standard(MODEL, at[first])
            whole = teach(MODEL, config, at[first].take(split.train), at[first].take(split.validation), recipe.train,
                          seed=seed)  # fmt: skip
            _into(said, ((), seed), test, whole, {first: at[first].take(test)}, len(taught), first)
            for among in sets:
                train, validation = (
                    reduce(together, [at[r].take(part) for r in among]) for part in (split.train, split.validation)
                )
                per_epoch = int((taught.kind[split.train] == EVENT).sum())
                t = short.model_copy(update={"windows_per_epoch": per_epoch})
                tuned = teach(MODEL, config, train, validation, t, seed=seed, start=whole.model.state_dict(),
                              head_only=True)  # fmt: skip
                _into(said, (among, seed), test, tuned, {r: at[r].take(test) for r in among}, len(taught), first)
    events = np.flatnonzero(np.isfinite(next(iter(said.values()))).all(1))
    also, game = taught.also[events], taught.windows.game[events]
    rows = []
    for among in ((), *sets):
        scores = [said[among, s][events] for s in seeds]
        each = [mean_ap_of(also, z) for z in scores]

        def figure(i: NDArray[np.int64], scores: list[Float] = scores) -> float:
            return float(np.mean([mean_ap_of(also[i], z[i]) for z in scores]))

        low, high = bootstrap(game, figure, draws=200)
        name = ", ".join(map(str, among)) if among else UNTUNED
        rows.append({"rates": name, "mAP": float(np.mean(each)), "sd": float(np.std(each)), "interval": [low, high],
                     "seeds": len(seeds)})  # fmt: skip
    return rows


def sampled(windows: Windows, rate: int, frames: int) -> Windows:
    """Return every `rate`-th sample about the middle of longer windows; what lies outside them is not present."""
    names = ("xy", "present", "ball", "ball_present")
    told = at_rate({n: torch.from_numpy(getattr(windows, n)) for n in names}, rate, frames)
    xy, present, ball, ball_present = (told[n].numpy() for n in names)
    return replace(windows, xy=xy, present=present, ball=ball, ball_present=ball_present, reference=frames // 2)


def _into(
    said: dict[tuple[tuple[int, ...], int], Float], key: tuple[tuple[int, ...], int], test: NDArray[np.int64],
    model: Taught, windows: dict[int, Examples], n: int, first: int,
) -> None:  # fmt: skip
    weights = {r: float(VIEWS[r != first]) for r in windows}
    p = over_rates(lambda e: torch.from_numpy(np.exp(model.scores(e))), windows, weights) / sum(weights.values())
    said.setdefault(key, np.full((n, p.shape[1]), np.nan))[test] = p.numpy()
