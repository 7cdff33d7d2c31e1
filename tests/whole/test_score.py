"""Intervals of whole games' scores: drawing games is drawing them, whatever way it is counted."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.learn.metrics import bootstrap
from sportsai.learn.spotting import Found, spot_ap
from sportsai.whole.score import interval, rights
from sportsai.whole.spots import pooled, true
from tests.whole.test_compare import games, recipe

NAMES = ("shot", "rebound")


def said(lines: list, seed: int) -> list[Found]:
    """Return findings near half of what is true, and as many that are not."""
    rng = np.random.default_rng(seed)
    out = []
    for line in lines:
        keep = rng.random(len(line.at_s)) < 0.5
        at = np.concatenate([line.at_s[keep] + rng.normal(0, 1, keep.sum()), rng.uniform(0, 200, 12)])
        label = np.concatenate([line.label[keep], rng.integers(0, 2, 12)])
        game = np.concatenate([line.period[keep], np.ones(12, np.int64)])
        out.append(Found.of(game, label, at, rng.random(len(at))))
    return out


def test_an_interval_is_that_of_the_games_drawn() -> None:
    lines = games(recipe(), 6).lines
    found = [said(lines, 0), said(lines, 1)]

    def slow(index: np.ndarray) -> float:
        truth = pooled([true(lines[i]) for i in index])
        each = [spot_ap(truth, pooled([f[i] for i in index]), 2, (2.5,)) for f in found]
        return float(np.mean([np.nanmean(e) for e in each]))

    assert interval(lines, found, NAMES, 2.5, draws=40) == pytest.approx(bootstrap(np.arange(6), slow, 40), abs=1e-12)


def test_what_is_right_is_told_game_by_game() -> None:
    lines = games(recipe(), 3).lines
    truth = [true(line) for line in lines]
    for right, game, count in rights(lines, truth, 2, 2.5):
        assert right.all() and np.array_equal(np.bincount(game, minlength=3), count)
