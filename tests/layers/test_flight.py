"""The ball's flight as networks read it agrees with the one described for trees; nothing where it is not seen."""

from __future__ import annotations

import pytest
import torch

from sportsai.layers.flight import HEIGHT, MOST, NEAR, RING_M, flight
from sportsai.models import load_model
from tests.data.test_flight import M, shot, whole


def test_it_says_where_the_ball_comes_to_the_ring() -> None:
    w, z = shot((0.3, 0.0))
    told = flight(torch.from_numpy(w.ball), torch.from_numpy(w.ball_present), torch.from_numpy(z))
    assert told.shape == (1, 16, HEIGHT)
    assert told[0, :, 0] * RING_M == pytest.approx(z[0, :, 0], abs=1e-5)
    x, y = (told[0, 14, 2:] * NEAR * M).tolist()
    assert x == pytest.approx(whole(w, z)["aim@1"], abs=0.03)
    assert y == pytest.approx(0, abs=0.03)
    assert told[..., 2:].abs().max() <= MOST


def test_unseen_and_unknown_are_zeros() -> None:
    w, z = shot()
    ball, seen = torch.from_numpy(w.ball), torch.from_numpy(w.ball_present).clone()
    assert not flight(ball, seen, None).any()
    seen[:, 5] = False
    told = flight(ball, seen, torch.from_numpy(z))
    assert not told[:, 5].any()
    assert not told[:, 6, 1:].any()  # no step without both its ends
    assert told[:, 6, 0].all()


@pytest.mark.parametrize("name", ["pair_former", "path_pool"])
def test_networks_read_it_only_when_asked(name: str) -> None:
    module = load_model(name)
    generator = torch.Generator().manual_seed(1)
    for height in (False, True):
        torch.manual_seed(0)
        config = module.Config(height=height)
        model = module.Model(config).eval()
        batch = {k: v for k, v in module.example(config, generator).items() if k not in ("label", "choices")}
        low = model(**batch, ball_z=torch.full((3, 16, 1), 1.0))
        high = model(**batch, ball_z=torch.full((3, 16, 1), 4.0))
        assert torch.allclose(low, high, atol=1e-6) is not height
        assert torch.isfinite(model(**batch)).all()
