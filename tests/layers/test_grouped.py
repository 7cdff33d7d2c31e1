"""Grouped linear maps against the dense map they are."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.errors import ModelError
from sportsai.layers.grouped import GroupedLinear


def dense(m: GroupedLinear) -> torch.Tensor:
    """Each map's whole weight, (K, C', C)."""
    return torch.stack([torch.block_diag(*w) for w in m.weight.detach()])


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_it_is_the_dense_map_with_a_block_diagonal_weight(n: int, each_in: int, each_out: int, copies: int) -> None:
    torch.manual_seed(n)
    m = GroupedLinear(n * each_in, n * each_out, n, copies)
    x = torch.randn(5, copies, n * each_in)
    want = torch.einsum("bkc,koc->bko", x, dense(m)) + m.bias
    assert torch.allclose(m(x), want, atol=1e-5)
    one = x[:, :1]
    assert torch.allclose(m(one), torch.einsum("bkc,koc->bko", one.expand_as(x), dense(m)) + m.bias, atol=1e-5)
    y = torch.randn(5, copies, n * each_out)
    assert torch.allclose(m.back(y), torch.einsum("bko,koc->bkc", y, dense(m)), atol=1e-5)


def test_n_groups_have_n_times_fewer_weights() -> None:
    one, eight = (GroupedLinear(64, 32, n, 3, bias=False) for n in (1, 8))
    assert one.weight.numel() == 3 * 64 * 32 == 8 * eight.weight.numel()
    assert eight.bias is None


def test_groups_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ModelError, match="3 groups of 6 and 4 channels; expected a number that divides both"):
        GroupedLinear(6, 4, 3)
