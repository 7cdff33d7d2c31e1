"""BINN and SINN: values worked out by hand, where they begin, what masks forbid."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from sportsai.errors import ModelError, ShapeError
from sportsai.layers.label_graph import EPSILON, LabelNet, Signed, reverse_sigmoid, unobserved_loss

SIZES = (2, 3, 4)
L = sum(SIZES)


def signs(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    r = torch.rand(L, L, generator=torch.Generator().manual_seed(seed))
    r = (r + r.T) / 2
    return r > 0.55, r < 0.45


def made(kind: str, shake: float = 0.0, **more: object) -> LabelNet:
    torch.manual_seed(1)
    net = LabelNet(SIZES, kind, *signs(), **more)
    with torch.no_grad():
        for p in net.parameters():
            p += shake * torch.randn_like(p)
    return net


def test_the_reverse_sigmoid() -> None:
    a = reverse_sigmoid(torch.tensor([1.0, 0.0], dtype=torch.float64))
    assert a.tolist() == pytest.approx([5.293304824724491, -5.293304824724492], abs=1e-12)
    assert a.sigmoid().tolist() == pytest.approx([1 - EPSILON, EPSILON], abs=1e-12)
    assert float(a[0]) == pytest.approx(-float(a[1]), abs=1e-12)


def test_going_down_worked_out_by_hand() -> None:
    both = torch.ones(4, 4, dtype=torch.bool)
    net = LabelNet((2, 2), "sinn", both, both)
    with torch.no_grad():
        net.down.vertical[0].plus.copy_(torch.eye(2))
        net.down.vertical[0].minus.copy_(torch.tensor([[0, 0.5], [0.5, 0]]))
    down, _ = net.directions([torch.tensor([[2.0, -1.0]]), torch.tensor([[0.5, -0.5]])])
    # g(V+ a) = (2, 0); x = (.5, -.5); g(V- a) = g(-.5, 1) = (0, 1)
    assert down[0].tolist() == [[2.0, -1.0]]
    assert down[1].tolist() == [[2.5, -1.5]]


@pytest.mark.parametrize("kind", ["logistic", "binn", "sinn"])
def test_it_begins_as_logistic_regression(kind: str) -> None:
    x = torch.randn(5, L, generator=torch.Generator().manual_seed(2))
    assert torch.equal(made(kind)(x), x)


@pytest.mark.parametrize("kind", ["binn", "sinn"])
def test_the_start_is_not_the_end(kind: str) -> None:
    net = made(kind)
    x = torch.randn(20, L, generator=torch.Generator().manual_seed(2))
    net(x).square().sum().backward()
    masks = dict(net.named_buffers())
    for name, p in net.named_parameters():
        where, _, sign = name.rpartition(".")
        may = masks.get(f"{where}.may_{sign}", torch.ones(1))
        assert p.grad is not None
        assert (p.grad != 0).any() or not may.any(), name


def test_binn_is_its_equations() -> None:
    net = made("binn", 0.3)
    x = torch.randn(4, L, generator=torch.Generator().manual_seed(3)).split(SIZES, 1)
    down, up, d, u = net.directions(x)[0], net.directions(x)[1], net.down, net.up
    a = [x[0] @ d.horizontal[0].weight.T + d.bias[0]]
    for t in (1, 2):
        a.append(a[-1] @ d.vertical[t - 1].weight.T + x[t] @ d.horizontal[t].weight.T + d.bias[t])
    b = [x[2] @ u.horizontal[0].weight.T + u.bias[0]]
    for k, t in enumerate((1, 0), start=1):
        b.append(b[-1] @ u.vertical[k - 1].weight.T + x[t] @ u.horizontal[k].weight.T + u.bias[k])
    b = b[::-1]
    for t in range(3):
        assert torch.allclose(down[t], a[t], atol=1e-5) and torch.allclose(up[t], b[t], atol=1e-5)
        whole = a[t] @ net.after_down[t].weight.T + b[t] @ net.after_up[t].weight.T + net.bias[t]
        assert torch.allclose(net(torch.cat(x, 1)).split(SIZES, 1)[t], whole, atol=1e-5)


def test_sinn_is_its_equations() -> None:
    net = made("sinn", 0.3)
    x = torch.randn(4, L, generator=torch.Generator().manual_seed(3)).split(SIZES, 1)

    def signed(m: Signed, v: torch.Tensor) -> torch.Tensor:
        return F.relu(v @ (m.plus * m.may_plus).T) - F.relu(v @ (m.minus * m.may_minus).T)

    d = net.down
    a = signed(d.horizontal[0], x[0]) + d.bias[0]
    for t in (1, 2):
        a = signed(d.vertical[t - 1], a) + signed(d.horizontal[t], x[t]) + d.bias[t]
    u = net.up
    last = signed(u.horizontal[0], x[2]) + u.bias[0]
    whole = signed(net.after_down[2], a) + signed(net.after_up[2], last) + net.bias[2]
    assert torch.allclose(net(torch.cat(x, 1))[:, -4:], whole, atol=1e-5)


@pytest.mark.parametrize("make", [lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.1),
                                  lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.1)])  # fmt: skip
def test_what_is_masked_has_no_gradient_and_never_moves(make) -> None:
    net = made("sinn")
    optimiser = make(net.parameters())
    x = torch.randn(16, L, generator=torch.Generator().manual_seed(4))
    for _ in range(3):
        optimiser.zero_grad()
        net(x).square().sum().backward()
        optimiser.step()
    moved = 0
    for m in net.modules():
        if isinstance(m, Signed):
            for p, may in ((m.plus, m.may_plus), (m.minus, m.may_minus)):
                assert p.grad is not None
                assert (p.grad[~may] == 0).all() and (p[~may] == 0).all()
                moved += int((p.grad[may] != 0).sum())
    assert moved > 0


def test_masked_entries_are_masked_on_every_call() -> None:
    net, other = made("sinn", 0.2), made("sinn", 0.2)
    with torch.no_grad():
        for m in other.modules():
            if isinstance(m, Signed):
                m.plus[~m.may_plus] = 9.0
                m.minus[~m.may_minus] = -9.0
    x = torch.randn(5, L, generator=torch.Generator().manual_seed(4))
    assert torch.equal(net(x), other(x))


def test_without_paths_that_speak_against_nothing_falls_below_a_half() -> None:
    net = made("sinn", 1.0)
    with torch.no_grad():
        for name, p in net.named_parameters():
            if "bias" in name or name.endswith("minus"):
                p.zero_()
    x = 3 * torch.randn(50, L, generator=torch.Generator().manual_seed(5))
    assert (net(x).sigmoid() >= 0.5).all()


@given(st.floats(0.1, 2.0), st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_a_parent_turned_on_raises_the_child_it_speaks_for_and_lowers_the_other(weight: float, seed: int) -> None:
    plus, minus = torch.zeros(3, 3, dtype=torch.bool), torch.zeros(3, 3, dtype=torch.bool)
    plus[1, 0] = minus[2, 0] = True
    net = LabelNet((1, 2), "sinn", plus | plus.T, minus | minus.T)
    with torch.no_grad():
        for v in (net.down.vertical[0], net.up.vertical[0]):
            v.plus.fill_(weight)
            v.minus.fill_(weight)
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(seed))
    on, off = torch.full((4, 3), torch.nan), torch.full((4, 3), torch.nan)
    on[:, 0], off[:, 0] = 1, 0
    risen = net(x, on) - net(x, off)
    assert (risen[:, 1] > 0).all() and (risen[:, 2] < 0).all()


def test_what_is_given_stands_for_what_was_seen_and_is_not_scored() -> None:
    for kind in ("logistic", "binn", "sinn"):
        net = made(kind, 0.2)
        x = torch.randn(5, L, generator=torch.Generator().manual_seed(6))
        given_ = torch.full((5, L), torch.nan)
        given_[:, 0], given_[:, 1] = 1, 0
        other = x.clone()
        other[:, :2] = reverse_sigmoid(torch.tensor([1.0, 0.0]))
        assert torch.equal(net(x, given_), net(other))
        x[:, :2] = 99
        logits = net(x, given_)
        assert torch.equal(logits, net(other))
        also = torch.rand(5, L, generator=torch.Generator().manual_seed(7)) < 0.5
        want = F.binary_cross_entropy_with_logits(logits[:, 2:], also[:, 2:].float(), reduction="none").sum(1).mean()
        assert torch.allclose(unobserved_loss(logits, also, given_), want)
        assert unobserved_loss(logits, also) > want


def test_labels_may_come_in_any_order_or_level_by_level() -> None:
    net = made("sinn", 0.3)
    x = torch.randn(4, L, generator=torch.Generator().manual_seed(8))
    assert torch.equal(net(x.split(SIZES, 1)), net(x))
    order = torch.randperm(L, generator=torch.Generator().manual_seed(9))
    level = torch.arange(3).repeat_interleave(torch.tensor(SIZES))[order]
    plus, minus = (m[order][:, order] for m in signs())
    other = LabelNet(kind="sinn", plus=plus, minus=minus, level=level.tolist())
    assert other.sizes == list(SIZES)
    place = order[other.order]  # labels as `other` keeps them, in the numbers of `net`
    with torch.no_grad():
        state = other.state_dict()
        starts = [0, *torch.tensor(SIZES).cumsum(0).tolist()]
        own = [place[a:b] - a for a, b in pairwise(starts)]
        for name, value in net.state_dict().items():
            if name == "order":
                continue
            value = value[own[SIZES.index(len(value))]]
            value = value[:, own[SIZES.index(value.shape[1])]] if value.dim() == 2 else value
            assert "may_" not in name or torch.equal(state[name], value)
            state[name].copy_(value)
    assert torch.allclose(other(x[:, order]), net(x)[:, order], atol=1e-5)


def test_masks_travel_with_the_weights() -> None:
    net = made("sinn", 0.3)
    other = LabelNet(SIZES, "sinn", torch.zeros(L, L), torch.zeros(L, L))
    x = torch.randn(4, L, generator=torch.Generator().manual_seed(8))
    assert not torch.allclose(other(x), net(x))
    other.load_state_dict(net.state_dict())
    assert torch.equal(other(x), net(x))


def test_one_level_alone() -> None:
    net = LabelNet((3,), "binn")
    assert torch.equal(net(torch.ones(2, 3)), torch.ones(2, 3))


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ModelError, match='kind = "rnn"; expected one of logistic, binn, sinn'):
        LabelNet((2,), "rnn")
    with pytest.raises(ModelError, match="a SINN without plus and minus"):
        LabelNet((2,), "sinn")
    with pytest.raises(ModelError, match="labels without levels"):
        LabelNet()
    with pytest.raises(ModelError, match="none of them empty"):
        LabelNet(kind="binn", level=[0, 2, 2])
    with pytest.raises(ModelError, match=r"links of shape \(2, 2\); expected \(3, 3\)"):
        LabelNet((1, 2), "sinn", torch.zeros(2, 2), torch.zeros(2, 2))
    with pytest.raises(ShapeError, match="x has shape"):
        LabelNet((1, 2), "binn")(torch.zeros(2, 4))
