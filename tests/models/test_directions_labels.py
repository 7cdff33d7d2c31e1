"""Each part of the models of several labels earns its place on a task built so that it must, with a margin.

Activities: each writes its pattern into one random token among loud noise; half of them come with another in nine of
ten cases and write nothing. Rates: two bumps, one up and one down, whose distance is 11, 22 or 44 samples, so that no
single rate sees all three. Graph: three coarse, nine middle and 27 fine labels, the finer the noisier.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.layers.cooccurrence import links
from sportsai.layers.label_graph import LabelNet, unobserved_loss
from sportsai.layers.many import binary_terms, combined, mean_known
from sportsai.layers.observe import STRUCTURES, ActivityHead, at_rate, draw_rates, over_rates
from sportsai.learn.metrics import ap_ni
from sportsai.models import activity_heads

SEEDS = 3


@pytest.fixture(scope="module", autouse=True)
def _threads():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def mean_ap(also: Tensor, scores: Tensor) -> float:
    return float(np.mean([ap_ni(y.numpy(), s.double().numpy()) for y, s in zip(also.T, scores.T, strict=True)]))


class Steps:
    """Adam for so many steps, its rate rising and falling; draws rows of the training set."""

    def __init__(self, parameters: Sequence[nn.Parameter], steps: int, rate: float, rows: int, seed: int) -> None:
        self.optimiser = torch.optim.Adam(parameters, rate)
        self.rate = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, rate, total_steps=steps)
        self.steps, self.rows, self.random = steps, rows, torch.Generator().manual_seed(seed)

    def batches(self, size: int):
        for _ in range(self.steps):
            yield torch.randint(self.rows, (size,), generator=self.random)

    def down(self, loss: Tensor) -> None:
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.rate.step()


A, C, P = 16, 16, 24


def patterns(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Maps (n, 16, 24) and labels (n, 16); an odd label follows the even one before it and writes nothing."""
    write = F.normalize(torch.randn(A, C, generator=torch.Generator().manual_seed(5)), dim=1)
    g = torch.Generator().manual_seed(seed)
    also = torch.rand(n, A, generator=g) < 0.1
    follows = torch.rand(n, A // 2, generator=g)
    also[:, 1::2] = torch.where(also[:, ::2], follows < 0.9, follows < 0.02)
    tokens = torch.randn(n, P, C, generator=g)
    where = torch.randint(P, (n, A), generator=g)
    loud = 10.0 * also * (torch.arange(A) % 2 == 0)
    tokens.scatter_add_(1, where[..., None].expand(-1, -1, C), loud[..., None] * write)
    return tokens.transpose(1, 2).contiguous(), also


@cache
def sees(structure: str, seed: int) -> float:
    torch.manual_seed(seed)
    head = ActivityHead(C, A, 64, inner=3, groups=1, query="learned", structure=structure, dropout=0.0)
    tokens, also = patterns(300, 100 + seed)
    head.set_mask(also)
    go = Steps(list(head.parameters()), 150, 2e-2, len(also), seed)
    for rows in go.batches(128):
        a = head(tokens[rows])
        both = (a.own,) if a.joint is None else (a.own, a.joint)
        go.down(torch.stack([mean_known(binary_terms(o, also[rows]), also[rows]) for o in both]).sum())
    tokens, also = patterns(1500, 900 + seed)
    with torch.no_grad():
        a = head(tokens)
        return mean_ap(also, a.own if a.joint is None else combined(a.own, a.joint, "mean"))


def test_each_part_of_the_head_adds() -> None:
    got = {s: float(np.mean([sees(s, seed) for seed in range(SEEDS)])) for s in STRUCTURES}
    assert got["no_activity"] > got["baseline"] + 0.05
    assert got["no_correlation"] > got["no_activity"] + 0.05
    assert got["complete"] > got["no_correlation"] + 0.03


RATED = activity_heads.Config(
    classes=2, width=24, layers=1, heads=2, patch=1, observations=8, inner=8, groups=2, query="learned", dropout=0.0,
    reflect="none",
)  # fmt: skip


def bumps(n: int, seed: int, T: int = 64) -> tuple[Tensor, Tensor]:
    """Windows (n, 1, 64, 2) of one track and labels (n, 2): up then down, down then up; a third of them is neither."""
    g = torch.Generator().manual_seed(seed)
    long = 2 ** torch.randint(3, (n, 1), generator=g)
    kind = torch.randint(3, (n, 1), generator=g)
    sign = torch.where(torch.rand(n, 1, generator=g) < 0.5, 1.0, -1.0)
    first = torch.where(kind == 0, 1.0, torch.where(kind == 1, -1.0, sign))
    second = torch.where(kind < 2, -first, first)
    t = torch.arange(T) - T // 2

    def bump(at: Tensor) -> Tensor:
        return ((t >= at) & (t < at + long)).float()

    y = 0.4 * (first * bump(-6 * long) + second * bump(5 * long))
    xy = torch.stack([torch.zeros(n, T), y], -1) + 0.05 * torch.randn(n, T, 2, generator=g)
    return xy[:, None], torch.cat([kind == 0, kind == 1], 1)


def taught(
    model: activity_heads.Model, parameters: Sequence[nn.Parameter], rates: Sequence[int], steps: int, seed: int
):
    xy, also = bumps(2000, seed)
    go = Steps(parameters, steps, 6e-3, len(also), seed)
    model.train()
    for rows in go.batches(64):
        given = at_rate({"xy": xy[rows]}, draw_rates(64, rates, go.random), 16)
        go.down(activity_heads.loss(model(**given), {"also": also[rows]}))
    return model.eval()


def summed_ap(model: activity_heads.Model, rates: Sequence[int], seed: int) -> float:
    """Return mAP of the probabilities summed over these rates."""
    xy, also = bumps(800, 900 + seed)
    views = {r: at_rate({"xy": xy}, r, 16) for r in rates}
    with torch.no_grad():
        summed = over_rates(lambda view: model(**view).sigmoid(), views, {r: 12 if r == 2 else 9 for r in rates})
    return mean_ap(also, summed)


def rated(seed: int) -> tuple[float, float]:
    """Return mAP of one encoder taught at rate 2, its head tuned and tested at rate 2, and at three rates."""
    torch.manual_seed(seed)
    model = activity_heads.Model(RATED)
    taught(model, list(model.parameters()), (2,), 200, seed)
    first = deepcopy(model.state_dict())
    figures = []
    for rates in ((2,), (1, 2, 4)):
        model.load_state_dict(first)
        figures.append(summed_ap(taught(model, model.tune_head(), rates, 60, seed), rates, seed))
    return figures[0], figures[1]


def test_three_rates_see_more_than_one() -> None:
    one, three = np.mean([rated(seed) for seed in range(SEEDS)], axis=0)
    assert three > one + 0.08


SIZES = (3, 9, 27)
L = sum(SIZES)
COARSE_SEEN, MIDDLE_SEEN = (0.6, 0.6, 2.0), (1.4, 0.9, 2.0)  # noise of each level's activations, whose signal is 1


def vocabulary() -> tuple[Tensor, Tensor]:
    """What implies what, and what excludes what: (39, 39) bool each."""
    over = torch.eye(3).repeat_interleave(3, 0), torch.eye(9).repeat_interleave(3, 0)
    implies, excludes = torch.zeros(2, L, L).bool()
    implies[3:12, :3], implies[12:, 3:12] = over[0].bool(), over[1].bool()
    excludes[:3, :3], excludes[3:12, 3:12] = ~torch.eye(3).bool(), ~torch.eye(9).bool()
    excludes[3:12, :3], excludes[12:, 3:12] = ~over[0].bool(), ~over[1].bool()
    return implies, excludes


def levels(n: int, seed: int, noise: tuple[float, ...]) -> tuple[Tensor, Tensor]:
    """Activations and labels (n, 39): one coarse, one middle in it, each of the three fine ones in that by chance."""
    g = torch.Generator().manual_seed(seed)
    coarse = torch.randint(3, (n,), generator=g)
    middle = 3 * coarse + torch.randint(3, (n,), generator=g)
    inside = F.one_hot(middle, 9).repeat_interleave(3, 1).bool()
    fine = inside & (torch.rand(n, 27, generator=g) < 0.5)
    also = torch.cat([F.one_hot(coarse, 3).bool(), F.one_hot(middle, 9).bool(), fine], 1)
    loud = torch.tensor(noise).repeat_interleave(torch.tensor(SIZES))
    return also * 2.0 - 1 + loud * torch.randn(n, L, generator=g), also


class Calibrated(nn.Module):
    """Activations, each with a scale and a shift of its own, and what a network of labels makes of them."""

    def __init__(self, kind: str, also: Tensor) -> None:
        super().__init__()
        implies, excludes = vocabulary()
        self.scale, self.shift = nn.Parameter(torch.ones(L)), nn.Parameter(torch.zeros(L))
        self.net = LabelNet(SIZES, kind, *links(also, 0.15, implies=implies, excludes=excludes))

    def forward(self, x: Tensor, given: Tensor | None) -> Tensor:
        return self.net(x * self.scale + self.shift, given)


@cache
def fine_ap(
    kind: str, rows: int, seed: int, noise: tuple[float, ...] = COARSE_SEEN, told: bool = False, steps: int = 250
) -> float:
    """Train on so many rows and return mAP of the fine labels; `told`: with the coarse labels given."""

    def given(also: Tensor) -> Tensor | None:
        return torch.where(torch.arange(L) < 3, also.float(), torch.nan) if told else None

    x, also = levels(rows, seed, noise)
    torch.manual_seed(seed)
    model = Calibrated(kind, also)
    go = Steps(list(model.parameters()), steps, 1e-2, rows, seed)
    for i in go.batches(64):
        go.down(unobserved_loss(model(x[i], given(also[i])), also[i], given(also[i])))
    x, also = levels(2000, 900 + seed, noise)
    with torch.no_grad():
        return mean_ap(also[:, 12:], model(x, given(also))[:, 12:])


def mean_fine(kind: str, rows: int, seeds: int = SEEDS, **more: object) -> float:
    return float(np.mean([fine_ap(kind, rows, s, **more) for s in range(seeds)]))


def test_a_graph_known_beats_one_to_be_found_on_few_rows_and_not_on_many() -> None:
    few = {kind: mean_fine(kind, 100) for kind in ("logistic", "binn", "sinn")}
    assert few["binn"] > few["logistic"] + 0.03
    assert few["sinn"] > few["binn"] + 0.05
    many = {kind: mean_fine(kind, 8000, 1, steps=600) for kind in ("binn", "sinn")}
    assert min(many.values()) > max(few.values())
    assert abs(many["sinn"] - many["binn"]) < 0.7 * (few["sinn"] - few["binn"])


def test_coarse_labels_given_raise_the_fine_ones() -> None:
    plain, told = (mean_fine("sinn", 150, noise=MIDDLE_SEEN, told=t) for t in (False, True))
    assert told > plain + 0.08
    assert mean_fine("logistic", 150, noise=MIDDLE_SEEN, told=True) == mean_fine("logistic", 150, noise=MIDDLE_SEEN)
