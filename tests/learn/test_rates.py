"""Speed-invariant tuning: windows at each rate by hand; a head that was tuned at all rates reads them; bad asks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.errors import DataError
from sportsai.learn.rates import UNTUNED, rates, sampled
from sportsai.learn.recipe import load_recipe
from sportsai.tasks import Examples
from tests.learn.made_up import made_up


def long_ones() -> Examples:
    found = made_up(contests=4, each=18, T=16)
    label = found.windows.label
    return replace(found, also=np.column_stack([label == 0, label == 1, label == 2]))


def test_windows_at_a_rate_by_hand() -> None:
    windows = long_ones().windows
    at = sampled(windows, 2, 8)
    assert at.T == 8 and at.reference == 4
    np.testing.assert_array_equal(at.xy, windows.xy[:, :, 0::2])  # 8 + 2 * (-4 .. 3) = 0, 2, .., 14
    far = sampled(windows, 4, 8)  # 8 + 4 * (-4 .. 3) = -8 .. 20
    assert far.present[0, 0].tolist() == [False, False, True, True, True, True, False, False]
    np.testing.assert_array_equal(far.xy[:, :, 2:6], windows.xy[:, :, [0, 4, 8, 12]])
    np.testing.assert_array_equal(sampled(windows, 1, 16).xy, windows.xy)


def test_a_row_for_each_set_of_rates() -> None:
    recipe = load_recipe("hockey", "plays")
    train = recipe.train.model_copy(
        update={"epochs": 6, "windows_per_epoch": None, "moved": False, "mirror": False, "batch": 16}
    )
    split = recipe.split.model_copy(update={"folds": 4})
    recipe = recipe.model_copy(update={"train": train, "split": split})
    seen: list[int] = []
    rows = rates(
        recipe, long_ones(), frames=8, sets=((2,), (1, 2)), seeds=(0,), progress=lambda i, n, _: seen.append((i, n))
    )
    assert [r["rates"] for r in rows] == [UNTUNED, "2", "1, 2"]
    assert seen == [(i, 4) for i in range(4)]
    for r in rows:
        low, high = r["interval"]
        assert 0.4 < r["mAP"] <= 1 and low <= high and r["seeds"] == 1  # chance .33


def test_what_cannot_be_compared_is_said() -> None:
    recipe = load_recipe("hockey", "plays")
    with pytest.raises(DataError, match="one class each"):
        rates(recipe, replace(long_ones(), also=None), frames=8)
    with pytest.raises(DataError, match="expected 2, the first"):
        rates(recipe, long_ones(), frames=8, sets=((1, 4),))
