"""How good are moments found in whole games? Average precision at tolerances, by class, with intervals by game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.data.timeline import Timeline
from sportsai.learn.metrics import bootstrap
from sportsai.learn.spotting import Found, matched, spot_ap, voc
from sportsai.whole.spots import pooled, true

Float = NDArray[np.float64]
WITHIN_S = (2.5, 5.0)


@dataclass(frozen=True)
class Scored:
    """mean: mAP at each tolerance, (D,). each (D, K): of each class, NaN of one that never occurs."""

    mean: Float
    each: Float


def score(
    lines: Sequence[Timeline], found: Sequence[Found], names: Sequence[str], within_s: Sequence[float] = WITHIN_S
) -> Scored:
    """Return the AP of each class at each tolerance, all games' findings ranked together (`spot_ap`)."""
    each = spot_ap(pooled([true(line) for line in lines]), pooled(list(found)), len(names), within_s)
    with np.errstate(all="ignore"):
        mean = np.array([np.nanmean(e) if np.isfinite(e).any() else np.nan for e in each])
    return Scored(mean, each)


def interval(
    lines: Sequence[Timeline], found: Sequence[Sequence[Found]], names: Sequence[str], within_s: float,
    draws: int = 200,
) -> tuple[float, float]:  # fmt: skip
    """Return the 95 % interval of the mAP, the mean over seeds, drawing games. found: of each seed, of each game."""
    ranked = [rights(lines, f, len(names), within_s) for f in found]

    def mean(index: NDArray[np.int64]) -> float:
        drawn = np.bincount(index, minlength=len(lines))
        each = [[voc(np.repeat(r, drawn[g]), int(n @ drawn)) for r, g, n in by if n @ drawn] for by in ranked]
        return float(np.mean([np.mean(e) for e in each])) if all(each) else float("nan")

    return bootstrap(np.arange(len(lines)), mean, draws)


def rights(
    lines: Sequence[Timeline], found: Sequence[Found], classes: int, within_s: float
) -> list[tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]]:  # fmt: skip
    """Return of each class its findings, surest first: which are right (n,) and of which game (n,); and how many true
    moments each game has (G,). A game's findings are matched with its own truth, whichever games are drawn with it."""
    out = []
    truth, said = pooled([true(line) for line in lines]), pooled(list(found))
    for k in range(classes):
        mine, own = truth.take(truth.label == k), said.take(said.label == k)
        own = own.take(np.argsort(-own.score, kind="stable"))
        count = np.bincount(mine.game // 100, minlength=len(lines))  # `pooled`: 100 x its place + period
        out.append((matched(mine, own, within_s) >= 0, own.game // 100, count))
    return out


def guessed(line: Timeline, rng: np.random.Generator, per_class: Sequence[int]) -> Found:
    """Return as many moments of each class as there usually are, at any frames, any surer than the others: chance."""
    game, label, at = [], [], []
    for k, count in enumerate(per_class):
        rows = rng.integers(len(line), size=count)
        game += line.frames.period[rows].tolist()
        at += line.frames.t_s[rows].tolist()
        label += [k] * count
    return Found.of(game, label, np.array(at, np.float64), rng.random(len(at)))
