"""The convolution-and-pooling block."""

from __future__ import annotations

import pytest
import torch

from sportsai.errors import ModelError
from sportsai.layers.temporal import ConvPool, pools_that_fit, samples_left


def test_each_block_halves_time() -> None:
    assert ConvPool(2, (4, 8))(torch.zeros(3, 2, 16)).shape == (3, 8, 4)


def test_a_known_convolution() -> None:
    block = ConvPool(1, (1,))
    with torch.no_grad():
        block.blocks[0].weight[:] = torch.tensor([[[1.0, 2.0, -1.0]]])
        block.blocks[0].bias[:] = 0.5
    # samples 1 2 3 4: x[t-1] + 2 x[t] - x[t+1] + .5 = .5, 2.5, 4.5, 11.5; pairs' maxima 2.5, 11.5
    assert block(torch.tensor([[[1.0, 2, 3, 4]]])).tolist() == [[[2.5, 11.5]]]


def test_too_many_blocks_are_refused() -> None:
    assert samples_left(16, 4) == 1
    with pytest.raises(ModelError, match="5 poolings of 2 leave nothing of 16 samples"):
        samples_left(16, 5)


def test_blocks_may_stop_pooling() -> None:
    assert ConvPool(2, (4, 8, 8), pools=1)(torch.zeros(3, 2, 4)).shape == (3, 8, 2)
    assert list(ConvPool(2, (4, 8), pools=0).state_dict()) == list(ConvPool(2, (4, 8)).state_dict())
    assert [pools_that_fit(t) for t in (1, 2, 4, 15, 16, 200)] == [0, 1, 2, 3, 4, 7]
