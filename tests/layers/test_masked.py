"""Masked pooling against values worked out by hand."""

from __future__ import annotations

import math

import torch

from sportsai.layers.masked import masked_logmeanexp, masked_mean, take


def test_masked_mean_leaves_the_absent_out_and_gives_zero_for_nobody() -> None:
    x = torch.tensor([[[1.0], [3.0], [50.0]], [[9.0], [9.0], [9.0]]])
    mask = torch.tensor([[True, True, False], [False, False, False]])[..., None]
    assert masked_mean(x, mask, 1).tolist() == [[2.0], [0.0]]


def test_masked_logmeanexp_is_the_log_of_the_mean() -> None:
    x = torch.tensor([[0.2, 0.6, 0.9]]).log()
    mask = torch.tensor([[True, True, False]])
    assert math.isclose(float(masked_logmeanexp(x, mask, 1)), math.log(0.4), rel_tol=1e-6)
    far = torch.tensor([[-500.0, -500.0]])
    assert float(masked_logmeanexp(far, torch.ones(1, 2, dtype=torch.bool), 1)) == -500.0


def test_take_gathers_along_the_second_axis() -> None:
    x = torch.arange(12.0).reshape(2, 3, 2)
    got = take(x, torch.tensor([[2, 0], [1, 1]]))
    assert got.tolist() == [[[4, 5], [0, 1]], [[8, 9], [8, 9]]]
