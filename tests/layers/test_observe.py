"""Observing a window: rates, tokens, observations and the head of activities."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from sportsai.errors import ModelError, ShapeError
from sportsai.layers.cooccurrence import conditional
from sportsai.layers.entities import entities
from sportsai.layers.observe import (
    STRUCTURES,
    ActivityHead,
    Observations,
    TrackMap,
    as_map,
    at_rate,
    draw_rates,
    highest,
    over_rates,
)


def size(module: torch.nn.Module, kind: str = "") -> int:
    return sum(p.numel() for name, p in module.named_parameters() if name.endswith(kind))


def made(**changes: object) -> tuple[ActivityHead, torch.Tensor]:
    torch.manual_seed(0)
    sizes = {"inputs": 12, "labels": 5, "observations": 6, "inner": 8, "groups": 4, "dropout": 0.0}
    return ActivityHead(**sizes | changes).eval(), torch.randn(3, 12, 7)


@pytest.mark.parametrize(
    ("n", "K", "weights", "whole"),
    [
        (1, 64, 50_331_648, 50_356_224), (8, 64, 6_291_456, 6_316_032), (32, 64, 1_572_864, 1_597_440),
        (64, 64, 786_432, 811_008), (32, 16, 393_216, 399_360), (32, 32, 786_432, 798_720),
        (32, 128, 3_145_728, 3_194_880),
    ],
)  # fmt: skip
def test_the_published_parameters(n: int, K: int, weights: int, whole: int) -> None:
    with torch.device("meta"):
        o = Observations(2048, K, 128, n)
    assert (size(o, "weight"), size(o)) == (weights, whole)


@pytest.mark.parametrize(("labels", "millions"), [(157, 1.6), (1024, 1.7)])
def test_the_published_size_of_the_whole_head(labels: int, millions: float) -> None:
    with torch.device("meta"):
        assert round(size(ActivityHead(2048, labels)) / 1e6, 1) == millions


def test_one_more_activity_is_one_more_vector() -> None:
    with torch.device("meta"):
        two, three, each = (
            ActivityHead(64, n, classifier=c) for n, c in ((2, "shared"), (3, "shared"), (3, "per_class"))
        )
    assert size(three) - size(two) == 128
    assert size(each) - size(three) == 2 * 2 * 129  # two more classifiers, twice


@pytest.mark.parametrize("query", ["last", "mean", "learned"])
@pytest.mark.parametrize("bias", [True, False])
def test_observations_are_their_equations(query: str, bias: bool) -> None:
    torch.manual_seed(0)
    o = Observations(12, 3, 8, 4, query, bias)
    x = torch.randn(2, 12, 7)
    looks, seen = o(x)
    rows = x.transpose(1, 2)[:, :, None]  # (B, P, 1, C)
    alpha, gamma = o.alpha(rows), o.gamma(rows)  # (B, P, K, C')
    asks = (
        o.asked.expand(2, -1, -1)
        if query == "learned"
        else o.beta(rows)[:, -1]
        if query == "last"
        else o.beta(rows).mean(1)
    )
    want = torch.einsum("bkc,bpkc->bkp", asks, gamma).softmax(-1)
    assert torch.allclose(looks, want, atol=1e-6)
    assert torch.allclose(seen, torch.einsum("bkp,bpkc->bkc", want, alpha), atol=1e-5)


@pytest.mark.parametrize("part", ["beta", "gamma"])
def test_without_query_or_keys_each_position_counts_alike(part: str) -> None:
    o = Observations(12, 3, 8, 4)
    with torch.no_grad():
        for p in getattr(o, part).parameters():
            p.zero_()
    x = torch.randn(2, 12, 7, generator=torch.Generator().manual_seed(0))
    looks, seen = o(x)
    assert torch.allclose(looks, torch.full_like(looks, 1 / 7))
    assert torch.allclose(seen, o.alpha(x.transpose(1, 2)[:, :, None]).mean(1), atol=1e-6)


def test_attention_adds_up_to_one() -> None:
    head, x = made()
    a = head(x)
    for part in (a.looks, a.shares, a.links, a.attention):
        assert torch.allclose(part.sum(-1), torch.ones(part.shape[:2]), atol=1e-6)
        assert (part >= 0).all()
    assert a.attention.shape == (3, 5, 7) and a.correlation.shape == (3, 5, 5)


def test_positions_may_change_places_but_the_last() -> None:
    head, x = made()
    order = torch.tensor([3, 0, 4, 2, 1, 5, 6])
    a, b = head(x), head(x[..., order])
    assert torch.allclose(a.own, b.own, atol=1e-6) and torch.allclose(a.joint, b.joint, atol=1e-6)
    assert torch.allclose(a.attention[..., order], b.attention, atol=1e-6)
    assert not torch.allclose(head(x.flip(-1)).own, a.own, atol=1e-4)
    for query in ("mean", "learned"):
        head, x = made(query=query)
        assert torch.allclose(head(x.flip(-1)).own, head(x).own, atol=1e-5)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("query", ["last", "mean", "learned"])
def test_what_is_not_there_is_not_read(structure: str, query: str) -> None:
    head, x = made(structure=structure, query=query)
    there = torch.tensor([[1, 1, 1, 1, 1, 0, 0], [0, 1, 0, 1, 1, 1, 1], [0] * 7]).bool()
    a = head(x, there)
    other = head(x.where(there[:, None], torch.tensor(9.0)), there)
    assert torch.equal(a.own, other.own)
    assert torch.allclose(a.own[:1], head(x[:1, :, :5]).own, atol=1e-5)
    assert torch.allclose(a.attention.sum(-1), there.any(1)[:, None].float().expand(3, 5), atol=1e-6)
    assert (a.attention[~there[:, None].expand(3, 5, 7)] == 0).all()
    assert torch.isfinite(a.own).all()


def test_joint_answers_are_own_features_through_the_map() -> None:
    head, x = made()
    labels = torch.rand(40, 5, generator=torch.Generator().manual_seed(2)) < 0.4
    with torch.no_grad():
        head.joint.load_state_dict(head.own.state_dict())
        bias = head.own.bias
        for mask in (torch.eye(5), conditional(labels)):
            if not torch.equal(head.mask, mask):  # the identity, until labels are counted
                head.set_mask(labels)
            a = head(x)
            assert torch.equal(a.correlation, a.links + mask)
            assert torch.allclose(a.joint - bias, torch.einsum("bjk,bk->bj", a.correlation, a.own - bias), atol=1e-5)
            unmasked = torch.einsum("bjk,bk->bj", a.links, a.own - bias)
            same = torch.allclose(a.joint - unmasked, a.own, atol=1e-5)
            assert same is torch.equal(mask, torch.eye(5))  # Corr = I leaves the features as they are


def test_the_mask_travels_with_the_weights_and_fits_the_labels() -> None:
    head, x = made()
    other, _ = made()
    head.set_mask(torch.tensor([[True, True, False, False, False]] * 3))
    other.load_state_dict(head.state_dict())
    assert torch.equal(other(x).joint, head(x).joint)
    assert not torch.allclose(made()[0](x).joint, head(x).joint, atol=1e-4)
    with pytest.raises(ShapeError, match="labels have 4 columns; expected 5"):
        head.set_mask(torch.zeros(3, 4))


def test_shared_features_and_activities_own() -> None:
    sizes = {s: size(made(structure=s)[0]) for s in STRUCTURES}
    assert sizes["baseline"] == 12 * 5 + 5
    assert sizes["baseline"] < sizes["no_activity"] < sizes["no_correlation"] < sizes["complete"]
    for s in STRUCTURES:
        assert (made(structure=s)[0](made()[1]).joint is None) is (s != "complete")
    head, x = made(classifier="per_class")
    with torch.no_grad():
        head.asked[1] = head.asked[0]
    a = head(x)
    assert torch.equal(a.shares[:, 0], a.shares[:, 1]) and not torch.allclose(a.own[:, 0], a.own[:, 1])


class Largest(TorchDispatchMode):
    """Notes the size of the largest tensor made."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for t in out if isinstance(out, tuple | list) else (out,):
            if isinstance(t, torch.Tensor):
                self.size = max(self.size, t.numel())
        return out


def test_a_thousand_activities_need_one_map_of_pairs() -> None:
    torch.manual_seed(0)
    A, B, inner = 1000, 2, 16
    head = ActivityHead(32, A, observations=8, inner=inner, groups=4)
    kept: set[int] = set()

    def keep(t: torch.Tensor) -> torch.Tensor:
        if t.numel() >= A * A and t.data_ptr() != head.mask.data_ptr():
            kept.add(t.untyped_storage().data_ptr())
        return t

    with Largest() as largest, torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t):
        a = head(torch.randn(B, 32, 10))
        assert a.joint is not None
        (a.own.sum() + a.joint.sum()).backward()
    assert largest.size == B * A * A  # never (B, A, A, C')
    assert len(kept) == 1


@given(st.integers(0, 1000), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_thirty_views(seed: int, q4: float, q8: float, q2: float) -> None:
    rates = {4: torch.tensor([q4]), 8: torch.tensor([q8]), 2: torch.tensor([q2])}
    got = over_rates(lambda q: q, rates, {4: 12, 8: 9, 2: 9})
    assert float(got) == pytest.approx(12 * q4 + 9 * q8 + 9 * q2, rel=1e-5)
    drawn = draw_rates(300, (2, 4, 8), torch.Generator().manual_seed(seed))
    assert set(drawn.tolist()) == {2, 4, 8}


def test_rates_and_weights_go_together() -> None:
    for weights in ({4: 12.0, 2: 9.0}, {}):
        with pytest.raises(ModelError, match="as weighted"):
            over_rates(lambda q: q, {4: torch.zeros(1)}, weights)


def long_windows(T: int = 32) -> dict[str, torch.Tensor]:
    g = torch.Generator().manual_seed(3)
    xy, ball = torch.randn(3, 4, T, 2, generator=g), torch.randn(3, T, 2, generator=g)
    return {"xy": xy, "ball": ball, "present": torch.rand(3, 4, T, generator=g) < 0.8, "key": torch.arange(3)}


def test_every_second_sample_around_the_middle() -> None:
    batch = long_windows()
    got = at_rate(batch, 2, 8)
    index = torch.arange(8, 24, 2)  # sample 16 of 32 is sample 4 of 8
    assert torch.equal(got["xy"], batch["xy"][:, :, index])
    assert torch.equal(got["present"], batch["present"][:, :, index])
    assert torch.equal(got["ball"], batch["ball"][:, index]) and got["ball_present"].all()
    assert torch.equal(got["key"], batch["key"])
    same = at_rate(batch, 1, 32)
    assert torch.equal(same["xy"], batch["xy"]) and torch.equal(same["present"], batch["present"])


def test_what_lies_outside_is_not_seen() -> None:
    batch = long_windows()
    got = at_rate(batch, 4, 16)
    outside = torch.tensor([True] * 4 + [False] * 8 + [True] * 4)  # 16 + 4 (i - 8) from 0 to 31: i from 4 to 11
    assert not got["present"][..., outside].any() and not got["ball_present"][:, outside].any()
    assert torch.equal(got["present"][..., ~outside], batch["present"][..., ::4])
    bare = at_rate({"xy": batch["xy"]}, 4, 16)
    assert torch.equal(bare["present"][0, 0], ~outside) and "ball" not in bare


def test_each_window_may_have_a_rate_of_its_own() -> None:
    batch, rates = long_windows(), torch.tensor([4, 1, 2])
    got = at_rate(batch, rates, 8)
    for b, r in enumerate(rates.tolist()):
        alone = at_rate({k: v[b : b + 1] for k, v in batch.items()}, r, 8)
        for name, value in alone.items():
            assert torch.equal(got[name][b : b + 1], value)


def test_tokens_come_moment_by_moment_the_scene_last() -> None:
    torch.manual_seed(0)
    encoder = TrackMap(frames=7, width=8, layers=1, heads=2, patch=2, dropout=0.0)
    batch = long_windows(7)
    batch["present"][:, 2, :4] = False
    e = entities(**{k: batch.get(k) for k in ("xy", "present", "key", "side", "ball", "ball_present")}, frames=7)
    z, seen = encoder(e)
    assert z.shape == (3, 4, 6, 8) and seen.shape == (3, 4, 6)
    assert seen[..., -1].all() and not seen[:, :2, 2].any()
    tokens, there = as_map(z, seen)
    assert torch.equal(tokens[:, :, 6 * 2 + 5], z[:, 2, 5]) and torch.equal(there[:, 6 * 2 + 5], seen[:, 2, 5])
    top = highest(z, seen)
    assert torch.equal(top[:, 5], z[:, :, 5].amax(1))
    assert torch.equal(highest(z, seen & (torch.arange(6) != 1))[:, 1], torch.zeros(3, 8))


def test_wrong_settings_are_refused() -> None:
    for changes, said in (
        ({"structure": "whole"}, 'structure = "whole"'), ({"classifier": "none"}, 'classifier = "none"'),
        ({"query": "first"}, 'query = "first"'), ({"groups": 5}, "5 groups of 12 and 8"),
        ({"labels": 0}, 'complete, "shared" without labels'),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=said):
            made(**changes)
    with pytest.raises(ShapeError, match="tokens has shape"):
        made()[0](torch.zeros(3, 12))
    with pytest.raises(ModelError, match="3 heads of a width of 8"):
        TrackMap(8, 8, 1, 3, 2, 0.0)
    with pytest.raises(ModelError, match="patch = 9; expected 1 to 8"):
        TrackMap(8, 8, 1, 2, 9, 0.0)
