"""TrackGIN's exact properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from sportsai.errors import ModelError
from sportsai.layers.entities import Entities, entities
from sportsai.models.track_gin import GIN, Config, Model, example

SMALL = Config(classes=4, hidden=16, layers=2, dropout=0.0)


def made(config: Config) -> tuple[Model, dict[str, Tensor]]:
    torch.manual_seed(0)
    batch = example(config, torch.Generator().manual_seed(1))
    return Model(config).eval(), {k: v for k, v in batch.items() if k not in ("label", "choices")}


def read(batch: dict[str, Tensor]) -> Entities:
    return entities(*(batch[k] for k in ("xy", "present", "key", "side", "ball", "ball_present")), batch["xy"].shape[2])


def test_a_round_of_messages_is_what_a_loop_over_neighbours_gives() -> None:
    torch.manual_seed(0)
    layer, nodes = GIN(8, 0.0), torch.randn(2, 5, 8)
    layer.eps.data.fill_(0.3)
    edges = (torch.rand(2, 5, 5) < 0.5).float()
    got = layer(nodes, edges)
    for n in range(2):
        for i in range(5):
            heard = sum((nodes[n, j] for j in range(5) if edges[n, i, j]), torch.zeros(8))
            assert torch.allclose(
                got[n, i], layer.norm(nodes[n, i] + layer.update(1.3 * nodes[n, i] + heard)), atol=1e-6
            )


def test_nobody_hears_himself_or_somebody_not_seen() -> None:
    for rule in ("complete", "team", "nearest"):
        model, batch = made(replace(SMALL, edges=rule))
        batch["present"][:, 2, :5] = False
        edges = model.edges(read(batch))
        assert (edges.diagonal(dim1=-2, dim2=-1) == 0).all()
        assert torch.equal(edges, edges.transpose(-1, -2))
        assert (edges[:, :5, 2] == 0).all() and (edges[:, 5:, 2].sum(-1) > 0).all()
        assert (edges[2, :, 5] == 0).all()  # the last place of the last window is empty


def test_edge_rules_by_hand() -> None:
    xy = torch.tensor([0.0, 0.1, 0.5, 0.6])[None, :, None, None] * torch.tensor([1.0, 0.0])
    batch = {
        "xy": xy, "present": torch.ones(1, 4, 1, dtype=torch.bool), "key": torch.tensor([0]),
        "side": torch.tensor([[1, -1, 1, -1]]), "ball": torch.full((1, 1, 2), -0.9),
        "ball_present": torch.ones(1, 1, dtype=torch.bool),
    }  # fmt: skip
    want = {
        "complete": ["01111", "10111", "11011", "11101", "11110"],
        "team": ["00101", "00011", "10001", "01001", "11110"],
        "nearest": ["01001", "10000", "00010", "00100", "10000"],
    }
    for rule, rows in want.items():
        model = Model(replace(SMALL, frames=1, edges=rule, nearest=1))
        edges = model.edges(read(batch))[0, 0]
        assert ["".join(str(int(x)) for x in row) for row in edges] == rows, rule


@pytest.mark.parametrize("rule", ["complete", "team", "nearest"])
@pytest.mark.parametrize("pool", ["max", "mean", "attention"])
def test_no_order_of_players_and_a_gradient_everywhere(rule: str, pool: str) -> None:
    model, batch = made(replace(SMALL, edges=rule, pool=pool))
    order = torch.tensor([3, 0, 4, 2, 1, 5])
    other = batch | {k: batch[k][:, order] for k in ("xy", "present", "side")} | {"key": torch.ones(3).long()}
    output = model(**batch)
    assert torch.allclose(model(**other), output, atol=1e-5)
    output.square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_the_moment_counts_and_samples_without_anybody_do_not() -> None:
    model, batch = made(SMALL)
    back = {
        k: v.flip(2) if k in ("xy", "present") else v.flip(1) if k.startswith("ball") else v for k, v in batch.items()
    }
    assert not torch.allclose(model(**back), model(**batch), atol=1e-4)
    for pool in ("max", "mean", "attention"):
        model, batch = made(replace(SMALL, pool=pool))
        z, seen = torch.rand(2, 16, 16), torch.rand(2, 16, 1) < 0.5
        if pool == "attention":
            pooled = model._pooled(z, seen)
            assert torch.allclose(model._pooled(z.where(seen, torch.tensor(5.0)), seen), pooled, atol=1e-6)
        assert (model._pooled(z, torch.zeros_like(seen)) == 0).all()


def test_words_that_are_none_are_refused() -> None:
    with pytest.raises(ModelError, match='edges = "all"; expected one of complete, team, nearest'):
        Config(edges="all")
    with pytest.raises(ModelError, match='pool = "min"'):
        Config(pool="min")
