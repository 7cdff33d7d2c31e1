"""Path pool: what plays no part, and what does; it learns a way of moving that positions at one moment do not show."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.models import path_pool
from sportsai.models.path_pool import Config, Model, masked_max


def made(**changes):
    torch.manual_seed(0)
    config = Config(**changes)
    return Model(config).eval(), path_pool.example(config, torch.Generator().manual_seed(1))


def run(model, batch):
    return model(**{k: v for k, v in batch.items() if k not in ("label", "choices")})


def test_opponents_play_no_part_unless_asked_for():
    for others in (False, True):
        model, batch = made(others=others)
        changed = dict(batch, xy=torch.where((batch["side"] < 0)[..., None, None], batch["xy"] + 0.1, batch["xy"]))
        assert torch.allclose(run(model, changed), run(model, batch), atol=1e-6) is not others


def test_the_window_is_turned_so_that_the_keys_team_attacks_right():
    model, batch = made()
    other = dict(batch, xy=-batch["xy"], ball=-batch["ball"], side=-batch["side"])
    assert torch.allclose(run(model, other), run(model, batch), atol=1e-6)


def test_where_and_which_way_both_count():
    model, batch = made()
    plain = run(model, batch)
    assert not torch.allclose(run(model, dict(batch, xy=batch["xy"] * 0.9)), plain, atol=1e-4)
    back = dict(batch, xy=batch["xy"].flip(2), ball=batch["ball"].flip(1))
    assert not torch.allclose(run(model, back), plain, atol=1e-4)


def test_the_ball_may_be_left_out():
    model, batch = made(ball=False)
    assert torch.equal(run(model, dict(batch, ball=batch["ball"] + 1)), run(model, batch))


def test_size_is_as_said():
    n = sum(p.numel() for p in Model(Config(classes=30)).parameters())
    assert f"{round(n, -3):,}" in (Config.__doc__ or "")
    assert 2 * n < 2_000_000  # as float16 under 2 MB


@pytest.mark.parametrize("changes", [{"frames": 1}, {"stride": 0}])
def test_sizes_that_make_no_sense(changes):
    with pytest.raises(ModelError):
        Config(**changes)


def test_a_maximum_of_nothing_is_zero():
    x = torch.tensor([[-3.0, -1.0], [5.0, 7.0]])
    mask = torch.tensor([[True, False], [False, False]])
    assert masked_max(x, mask, 1).tolist() == [-3.0, 0.0]


def test_it_learns_which_team_cuts_to_the_basket():
    """Both teams stand alike on average; one's third player runs in, the other's runs out, whoever he is."""
    torch.manual_seed(0)
    n, T = 128, 16
    label = torch.arange(n) % 2
    xy = torch.rand(n, 5, 1, 2).expand(-1, -1, T, -1).clone()
    way = torch.linspace(-0.3, 0.3, T)
    who = torch.randint(5, (n,))
    xy[torch.arange(n), who, :, 0] += torch.where(label[:, None] == 1, way, -way)
    model = Model(Config(classes=2, width=16, wide=16, hidden=16, dropout=0.0, others=False))
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(60):
        optimiser.zero_grad()
        F.cross_entropy(model(xy[:96]), label[:96]).backward()
        optimiser.step()
    assert (model(xy[96:]).argmax(1) == label[96:]).float().mean() > 0.85
