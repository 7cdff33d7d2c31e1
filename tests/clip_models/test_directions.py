"""Built chunks on which a part of a model of clips is needed: three seeds, and a margin.

1. Fusion: which of two classes is told by whether a picture's code and its motion's agree: side by side, a linear
   answer cannot tell; their products can.
2. Attention: of several objects in the picture the one that moves says the class. Guided by picture and motion the
   network looks there; guided by the picture alone it cannot know, and the mean of all places is no better.
3. Speed: what goes to and fro at every picture, or at every fourth, is told best when views at both rates are asked.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sportsai.bench._built_clips import SEEDS, agreeing, moving, pyramid, told
from sportsai.clip_models.clip_activity import sampled


def mean(make: object, classes: int, **options: object) -> float:
    return float(np.mean([pyramid(make, classes, seed, **options) for seed in range(SEEDS)]))


def test_products_tell_what_side_by_side_cannot() -> None:
    fused = mean(agreeing, 2, attention="none", fusion="compact")
    beside = mean(agreeing, 2, attention="none", fusion="concat")
    assert fused > 0.95 and beside < 0.6


def test_motion_says_where_to_look() -> None:
    motion = mean(moving, 4, attention="motion")
    spatial = mean(moving, 4, attention="spatial")
    none = mean(moving, 4, attention="none")
    assert motion > spatial + 0.2 and motion > none + 0.2
    assert abs(spatial - none) < 0.15


def test_several_rates_tell_more_than_one() -> None:
    one = np.mean([max(told((r,), seed) for r in (1, 4)) for seed in range(SEEDS)])
    both = np.mean([told((1, 4), seed) for seed in range(SEEDS)])
    assert both > one + 0.015


@pytest.mark.parametrize(("rate", "shift", "expected"), [
    (1, 0, [3, 4, 5, 6]), (2, 0, [1, 3, 5, 7]), (4, 0, [0, 1, 5, 9]), (1, 3, [6, 7, 8, 9]),
])  # fmt: skip
def test_pictures_at_a_rate_around_the_middle(rate: int, shift: int, expected: list[int]) -> None:
    clip = torch.arange(10.0)[None, None, :, None, None]
    assert sampled(clip, rate, 4, shift).flatten().tolist() == expected
