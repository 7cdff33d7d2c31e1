"""Attention over sets with missing members."""

from __future__ import annotations

import torch

from sportsai.layers.attention import Attention, Block, clock


def made() -> tuple[Attention, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return (
        Attention(8, 2),
        torch.randn(3, 5, 8),
        torch.tensor([[1, 1, 1, 1, 1], [1, 0, 1, 0, 1], [0, 0, 0, 0, 1]]).bool(),
    )


def test_it_is_torchs_attention() -> None:
    own, x, there = made()
    theirs = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    theirs.in_proj_weight.data, theirs.in_proj_bias.data = own.qkv.weight.data, own.qkv.bias.data
    theirs.out_proj.weight.data, theirs.out_proj.bias.data = own.out.weight.data, own.out.bias.data
    bias = torch.randn(3, 2, 5, 5)
    want, _ = theirs(x, x, x, attn_mask=bias.masked_fill(~there[:, None, None], float("-inf")).flatten(0, 1))
    assert torch.allclose(own(x, there, bias), want, atol=1e-6)


def test_who_is_not_there_is_not_heard_and_rows_add_up_to_one() -> None:
    own, x, there = made()
    other = x.where(there[..., None], torch.tensor(9.0))
    assert torch.allclose(own(other, there)[there], own(x, there)[there], atol=1e-6)
    weights, _ = own.weights(x, there)
    assert torch.allclose(weights.sum(-1), torch.ones(3, 2, 5))
    assert (weights[1, :, :, [1, 3]] == 0).all()


def test_nobody_there_is_the_constant_and_not_nan() -> None:
    own, x, _ = made()
    assert torch.allclose(own(x, torch.zeros(3, 5, dtype=torch.bool)), own.out.bias.expand(3, 5, 8))


def test_a_constant_bias_changes_nothing_and_another_does() -> None:
    own, x, there = made()
    assert torch.allclose(own(x, there, torch.full((3, 2, 5, 5), 4.0)), own(x, there), atol=1e-6)
    assert not torch.allclose(own(x, there, torch.randn(3, 2, 5, 5)), own(x, there), atol=1e-3)


def test_training_without_dropout_is_evaluation_and_order_is_nothing() -> None:
    _, x, there = made()
    block = Block(8, 2, 0.0)
    assert torch.equal(block.train()(x, there), block.eval()(x, there))
    order = torch.tensor([3, 0, 4, 1, 2])
    assert torch.allclose(block(x[:, order], there[:, order]), block(x, there)[:, order], atol=1e-6)


def test_the_clock_tells_samples_apart() -> None:
    for samples, width in ((4, 6), (16, 48), (200, 7)):
        c = clock(samples, width)
        assert c.shape == (samples, width)
        assert c.abs().max() <= 1
        assert torch.cdist(c, c).fill_diagonal_(9).min() > 1e-2
