"""Stacked Trajectory Network's exact properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from sportsai.errors import ModelError
from sportsai.layers.answer import LOW
from sportsai.layers.entities import Entities, entities
from sportsai.models.stacked import Config, Model, example

SMALL = Config(classes=4, players=4, widths=(8, 8, 8, 8, 8), hidden=16, n_layers=3)


def made(config: Config) -> tuple[Model, dict[str, Tensor]]:
    torch.manual_seed(0)
    batch = example(config, torch.Generator().manual_seed(1))
    return Model(config).eval(), {k: v for k, v in batch.items() if k not in ("label", "choices")}


def read(batch: dict[str, Tensor], frames: int) -> Entities:
    return entities(*(batch.get(k) for k in ("xy", "present", "key", "side", "ball", "ball_present")), frames)  # type: ignore[arg-type]


def test_200_samples_of_5_players_and_the_ball_as_published() -> None:
    model = Model(Config(classes=30, frames=200, players=5, team=False))
    assert model.read.blocks[0].in_channels == 12
    assert model.read(torch.zeros(2, 12, 200)).shape == (2, 512, 6)
    convolutions = 12 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 512
    by_hand = 3 * convolutions + (64 + 128 + 256 + 512 + 512) + (512 * 6 + 1) * 1024 + (1024 + 1) * 30
    assert sum(p.numel() for p in model.parameters()) == by_hand == 4_483_806


@pytest.mark.parametrize(("frames", "layers", "left"), [(200, 2, 50), (16, 5, 1), (16, 3, 2), (4, 5, 1), (4, 2, 1)])
def test_pools_stop_before_nothing_is_left(frames: int, layers: int, left: int) -> None:
    model, batch = made(replace(SMALL, frames=frames, n_layers=layers))
    assert model.read(model.stacked(read(batch, frames), *model.ordered(read(batch, frames)))).shape == (3, 8, left)


def test_two_tracks_change_places_only_if_the_first_layers_columns_do() -> None:
    model, batch = made(replace(SMALL, order="given", velocity=True))
    model, batch = model.double(), {k: v.double() if v.is_floating_point() else v for k, v in batch.items()}
    own = model(**batch)
    order = torch.tensor([0, 2, 1, 3, 4])
    swapped = batch | {k: batch[k][:, order] for k in ("xy", "present", "side")}
    assert not torch.allclose(model(**swapped), own, atol=1e-4)
    columns = torch.arange(5 * 5).reshape(5, 5)[[0, 1, 3, 2, 4]].flatten()  # ball, then players 0 2 1 3
    first = model.read.blocks[0]
    first.weight.data = first.weight.data[:, columns]
    assert torch.allclose(model(**swapped), own, rtol=0, atol=1e-14)


def test_orders() -> None:
    xy = torch.zeros(1, 4, 16, 2)
    xy[0, :, 0, 0] = torch.tensor([0.5, -0.2, 0.1, 0.9])
    xy[0, :, 1:, 0] = 0.3  # only the first sample counts
    batch = {"xy": xy, "ball": torch.zeros(1, 16, 2), "key": torch.tensor([0])}
    for order, want in (("ball", [2, 1, 0, 3]), ("goal", [3, 0, 2, 1]), ("given", [0, 1, 2, 3])):
        model = Model(replace(SMALL, order=order, key_first=False))
        assert model.ordered(read(batch, 16))[0].tolist() == [want]
        model = Model(replace(SMALL, order=order))
        assert model.ordered(read(batch, 16))[0].tolist() == [[0, *[p for p in want if p]]]


def test_a_random_order_is_drawn_anew_in_training_and_by_contents_and_seed_afterwards() -> None:
    model, _ = made(replace(SMALL, order="random", players=6))
    batch = {"xy": torch.rand(64, 6, 16, 2, generator=torch.Generator().manual_seed(0)), "key": torch.zeros(64).long()}
    e = read(batch, 16)
    once, twice = model.ordered(e)[0], model.ordered(e)[0]
    assert torch.equal(once, twice)
    assert (once[:, 0] == 0).all()  # the key stays first
    counts = torch.stack([(once == p).sum(0) for p in range(1, 6)])[:, 1:]
    assert counts.min() >= 4  # everybody comes everywhere
    alone = read({k: v[5:6] for k, v in batch.items()}, 16)
    assert torch.equal(model.ordered(alone)[0], once[5:6])
    other = Model(replace(SMALL, order="random", players=6, seed=1)).eval()
    assert not torch.equal(other.ordered(e)[0], once)
    model.train()
    torch.manual_seed(0)
    drawn = model.ordered(e)[0]
    assert not torch.equal(model.ordered(e)[0], drawn)
    torch.manual_seed(0)
    assert torch.equal(model.ordered(e)[0], drawn)


def test_the_balls_track_comes_first_and_says_whether_it_is_seen() -> None:
    model, batch = made(SMALL)
    batch["ball_present"][:, 4] = False
    e = read(batch, 16)
    x = model.stacked(e, *model.ordered(e)).unflatten(1, (5, 3))
    assert torch.equal(x[:, 0, :2].transpose(1, 2), e.xy[:, -1])
    assert torch.equal(x[:, 0, 2], batch["ball_present"].float())
    assert torch.equal(x[:, 1, 2], torch.ones(3, 16))  # the key's own side


def test_who_is_not_among_the_tracks_read_is_not_chosen() -> None:
    model, batch = made(replace(SMALL, choose=True))
    scores = model(**batch)  # 6 places, 4 tracks
    assert ((scores == LOW).sum(1)).tolist() == [2, 2, 2]
    assert scores[2, 5] == LOW  # the absent one


def test_normalised_tracks_do_not_depend_on_their_units() -> None:
    model = made(replace(SMALL, norm=True))[0].train()
    x = torch.randn(3, 15, 16)
    scale, shift = torch.rand(15, 1) * 50 + 1, torch.randn(15, 1)
    assert torch.allclose(model.read(x), model.read(x * scale + shift), atol=1e-3)
    plain = made(SMALL)[0].train()
    assert not torch.allclose(plain.read(x), plain.read(x * scale + shift), atol=1e-1)


def test_normalised_a_window_answers_alone_as_in_a_batch() -> None:
    model, batch = made(replace(SMALL, norm=True))
    alone = torch.cat([model(**{k: v[i : i + 1] for k, v in batch.items()}) for i in range(3)])
    assert torch.allclose(model(**batch), alone, atol=1e-6)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ModelError, match='order = "size"; expected one of ball, goal, random, given'):
        Config(order="size")
    with pytest.raises(ModelError, match="n_layers = 6; expected 2 to 5"):
        Config(n_layers=6)
