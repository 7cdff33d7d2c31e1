"""The exact properties of compact bilinear fusion (methods 9.7)."""

from __future__ import annotations

import io

import pytest
import torch

from sportsai.layers.compact_bilinear import CompactBilinear


def double(*sizes: int, d: int = 16, seed: int = 0) -> tuple[CompactBilinear, list[torch.Tensor]]:
    draw = torch.Generator().manual_seed(7)
    return CompactBilinear(sizes, d, signed=False, seed=seed), [
        torch.randn(5, p, generator=draw, dtype=torch.float64) for p in sizes
    ]


def test_the_transform_is_the_sketch_of_the_outer_product() -> None:
    fuse, (x, y) = double(6, 9)
    first, second = fuse.bins[:6], fuse.bins[6:]
    direct = torch.zeros(5, 16, dtype=torch.float64)
    for j in range(6):
        for k in range(9):
            bin_ = int(first[j] + second[k]) % 16
            direct[:, bin_] += fuse.signs[j] * fuse.signs[6 + k] * x[:, j] * y[:, k]
    assert (fuse(x, y) - direct).abs().max() < 1e-14


def test_inner_products_are_kept_in_expectation_with_the_variance_said() -> None:
    _, (x, y) = double(8, 8)
    a, b = x[0] / x[0].norm(), y[0] / y[0].norm()
    got = []
    for seed in range(4000):
        s = CompactBilinear((8,), 16, signed=False, seed=seed)
        got.append(float(s.sketch(a, 0) @ s.sketch(b, 0)))
    told = torch.tensor(got)
    dot = float(a @ b)
    variance = (1 + dot**2 - 2 * float((a**2 * b**2).sum())) / 16
    assert float(told.mean()) == pytest.approx(dot, abs=4 * (variance / 4000) ** 0.5)
    assert float(told.var()) == pytest.approx(variance, rel=0.12)


def test_it_is_linear_in_each_input_and_zero_stays_zero() -> None:
    fuse, (x, y, z) = double(4, 5, 6)
    assert torch.allclose(fuse(3 * x, y, z), 3 * fuse(x, y, z))
    assert torch.allclose(fuse(x + x.flip(0), y, z), fuse(x, y, z) + fuse(x.flip(0), y, z))
    assert fuse(x, 0 * y, z).abs().max() == 0
    assert CompactBilinear((4, 5), 16)(x.float(), 0 * y.float()).abs().max() < 1e-3


def test_one_input_is_a_signed_permutation_where_bins_do_not_meet() -> None:
    fuse, (x,) = double(3, d=1000)
    assert len(set(fuse.bins.tolist())) == 3
    assert torch.allclose(fuse(x).norm(dim=1), x.norm(dim=1))
    assert torch.equal(fuse(x), fuse.sketch(x, 0))


def test_hashes_travel_and_inputs_have_their_own() -> None:
    fuse, (x, y) = double(8, 8)
    file = io.BytesIO()
    torch.save(fuse.state_dict(), file)
    file.seek(0)
    other = CompactBilinear((8, 8), 16, signed=False, seed=5)
    assert not torch.allclose(other(x, y), fuse(x, y))
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(other(x, y), fuse(x, y))
    assert torch.equal(CompactBilinear((8, 8), 16, signed=False)(x, y), fuse(x, y))
    assert not torch.equal(fuse.bins[:8], fuse.bins[8:])


def test_gradients_and_length() -> None:
    fuse, (x, y) = double(3, 4, d=8)
    assert torch.autograd.gradcheck(fuse, (x[:2].requires_grad_(), y[:2].requires_grad_()))
    unit = CompactBilinear((3, 4), 8)(x, y)
    assert torch.allclose(unit.norm(dim=1), torch.ones(5, dtype=torch.float64))
    half = CompactBilinear((3, 4), 8)(x.bfloat16(), y.bfloat16())
    assert half.dtype == torch.bfloat16
    with pytest.raises(ValueError, match="1 inputs, expected 2"):
        fuse(x)
