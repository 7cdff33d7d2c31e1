"""Losses of several labels at once."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.many import WAYS, asymmetric_terms, binary_terms, combined, mean_known

numbers = st.floats(-30, 30, width=32)


def test_the_asymmetric_loss_worked_out_by_hand() -> None:
    p = torch.tensor([[0.6, 0.3, 0.04]], dtype=torch.float64)
    got = asymmetric_terms(p.logit(), torch.tensor([[True, False, False]]))[0]
    # -log .6; -(.25 ** 4) log .75; below the margin
    assert got[:2].tolist() == pytest.approx([0.510826, 0.001123758], rel=1e-6)
    assert got[2] == 0


@given(numbers, st.booleans(), st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([0.0, 1.0, 4.0]))
@settings(max_examples=100, deadline=None)
def test_the_asymmetric_loss_of_any_logit(x: float, y: bool, up: float, down: float) -> None:
    logit, also = torch.tensor([[x]], dtype=torch.float64, requires_grad=True), torch.tensor([[y]])
    got = asymmetric_terms(logit, also, up, down, 0.05)
    p = logit.detach().sigmoid()
    less = (p - 0.05).clamp(min=0)
    want = -((1 - p) ** up) * F.logsigmoid(logit.detach()) if y else -(less**down) * (1 - less).log()
    assert torch.allclose(got, want, atol=1e-12)
    got.sum().backward()
    assert torch.isfinite(logit.grad).all()
    plain = asymmetric_terms(logit, also, 0, 0, 0)
    assert torch.allclose(plain, binary_terms(logit, also), atol=1e-9)


def test_extremes_are_finite_and_so_are_their_gradients() -> None:
    for margin in (0.0, 0.05):
        logits = torch.tensor([[-200.0, 200.0, 0.0]] * 2, requires_grad=True)
        also = torch.tensor([[True] * 3, [False] * 3])
        asymmetric_terms(logits, also, margin=margin).sum().backward()
        assert torch.isfinite(logits.grad).all()


def test_labels_not_known_do_not_count() -> None:
    logits = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    also = torch.tensor([[1.0, float("nan"), 0.0], [float("nan"), 1.0, 1.0]])
    for terms in (binary_terms, asymmetric_terms):
        logits.grad = None
        known = [terms(logits[:1, [0, 2]], also[:1, [0, 2]]), terms(logits[1:, 1:], also[1:, 1:])]
        loss = mean_known(terms(logits, also), also)
        assert torch.allclose(loss, torch.cat(known).mean())
        loss.backward()
        assert torch.equal(logits.grad != 0, ~also.isnan())
    assert mean_known(binary_terms(logits, also * torch.nan), also * torch.nan) == 0
    weight = torch.tensor([2.0, 0.0, 0.0])
    assert torch.allclose(mean_known(binary_terms(logits, also > 0), also > 0, weight),
                          binary_terms(logits, also > 0)[:, 0].mean() * 2 / 3)  # fmt: skip


@given(numbers, numbers)
@settings(max_examples=60, deadline=None)
def test_two_answers_made_one(a: float, b: float) -> None:
    own, joint = (torch.tensor([[v]], dtype=torch.float64) for v in (a, b))
    p = {way: combined(own, joint, way).sigmoid() for way in WAYS}
    assert torch.allclose(p["mean"], (own.sigmoid() + joint.sigmoid()) / 2, atol=1e-12)
    assert torch.equal(p["max"], torch.maximum(p["own"], p["joint"]))
    assert torch.equal(p["own"], own.sigmoid()) and torch.equal(p["joint"], joint.sigmoid())
    assert torch.allclose(combined(own, own, "mean"), own)


def test_another_way_is_refused() -> None:
    with pytest.raises(ModelError, match='joined by "least"; expected one of mean, own, joint, max'):
        combined(torch.zeros(1, 1), torch.zeros(1, 1), "least")
