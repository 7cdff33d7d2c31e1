"""Hidden ends of windows, and learning to tell them."""

from __future__ import annotations

from types import ModuleType

import pytest
import torch

from sportsai.layers.entities import SPEED
from sportsai.layers.pretext import TrajectoryHead, hidden_samples, hide_the_end, pretext_loss
from sportsai.models import pair_former, track_set


def straight(n: int, seed: int) -> dict[str, torch.Tensor]:
    """Windows in which everybody keeps his own velocity."""
    g = torch.Generator().manual_seed(seed)
    t = torch.arange(8.0)[:, None]
    xy = torch.rand(n, 5, 1, 2, generator=g) - 0.5 + t * torch.randn(n, 5, 1, 2, generator=g) * 0.02
    return {"xy": xy[:, :4], "present": torch.ones(n, 4, 8, dtype=torch.bool), "ball": xy[:, 4]}


def test_displacements_are_from_the_last_sample_seen() -> None:
    xy = torch.arange(8.0)[None, None, :, None] * torch.tensor([0.1, 0.0])
    batch = {"xy": xy.repeat(1, 3, 1, 1), "present": torch.ones(1, 3, 8, dtype=torch.bool)}
    batch["present"][0, 1, 5] = False  # last seen at 4
    batch["present"][0, 2, :6] = False  # not seen before the end
    batch["present"][0, 0, 7] = False  # not seen at the very end
    inputs, target, known = hide_the_end(batch)
    assert not inputs["present"][..., 6:].any()
    assert (inputs["xy"][:, :, 6:] == 0).all()
    assert known[0].tolist() == [[True, False], [True, True], [False, False], [False, False]]
    assert target[0, 0, 0].tolist() == [pytest.approx(0.1 * SPEED), 0]
    assert target[0, 1, :, 0].tolist() == [pytest.approx(0.2 * SPEED), pytest.approx(0.3 * SPEED)]
    assert (target[~known] == 0).all()
    assert float(pretext_loss(torch.zeros(1, 4, 2, 2), hide_the_end(batch))) > 0
    batch["present"][:] = False
    assert float(pretext_loss(torch.zeros(1, 4, 2, 2), hide_the_end(batch))) == 0


def test_some_are_hidden_and_some_are_not() -> None:
    assert [hidden_samples(t) for t in (2, 4, 8, 16, 200)] == [1, 1, 2, 4, 50]


@pytest.mark.parametrize("module", [pair_former, track_set], ids=["pair_former", "track_set"])
def test_every_encoder_learns_where_everybody_goes(module: ModuleType) -> None:
    torch.manual_seed(0)
    model = module.Model(module.Config(frames=8, width=32, dropout=0.0))
    head = TrajectoryHead(32, hidden_samples(8))
    optimiser = torch.optim.Adam([*model.parameters(), *head.parameters()], 5e-3)
    train, test = hide_the_end(straight(256, 0)), hide_the_end(straight(128, 1))

    def lost(pretext) -> torch.Tensor:
        return pretext_loss(head(model.encode(**pretext.inputs)), pretext)

    with torch.no_grad():
        before = float(lost(test))
        still = float(pretext_loss(torch.zeros_like(test.target), test))
    for _ in range(60):
        optimiser.zero_grad()
        lost(train).backward()
        optimiser.step()
    with torch.no_grad():
        after = float(lost(test))
    assert after < 0.3 * min(before, still)
