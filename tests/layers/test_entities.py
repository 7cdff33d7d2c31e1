"""Windows as entities."""

from __future__ import annotations

import pytest
import torch

from sportsai.errors import ModelError
from sportsai.layers.entities import FAR, NEAR, SPEED, entities, gap, marks, of, velocity

XY = torch.tensor([[[[0.0, 0], [0.1, 0]], [[0.4, 0.2], [9, 9]]]])  # one window, two players, two samples
SEEN = torch.tensor([[[True, True], [True, False]]])


def test_players_then_the_ball_and_nothing_of_what_is_not_seen() -> None:
    e = entities(XY, SEEN, torch.tensor([0]), torch.tensor([[1, -1]]), torch.ones(1, 2, 2), None, 2)
    assert e.xy.shape == (1, 3, 2, 2)
    assert (e.xy[0, 1, 1] == 0).all()
    assert e.team.tolist() == [[1, -1, 0]]
    assert e.key.tolist() == [[1, 0, 0]]
    assert marks(e)[0, 1].tolist() == [[0, 1, 0, 0, 1], [0, 0, 0, 0, 0]]
    assert marks(e)[0, 2, 0].tolist() == [0, 0, 0, 1, 1]
    assert velocity(e.xy, e.seen)[0, :, 1].tolist() == [[pytest.approx(0.1 * SPEED), 0], [0, 0], [0, 0]]


def test_a_key_of_the_other_side_turns_the_window() -> None:
    e = entities(XY, SEEN, torch.tensor([1]), torch.tensor([[1, -1]]), torch.ones(1, 2, 2), None, 2)
    assert e.team.tolist() == [[-1, 1, 0]]
    assert e.xy[0, 2, 0].tolist() == [-1, -1]
    assert e.xy[0, 1, 0].tolist() == [pytest.approx(-0.4), pytest.approx(-0.2)]


def test_ways_to_somebody_and_to_nobody() -> None:
    e = entities(XY, SEEN, torch.tensor([0]), None, None, None, 2)
    way, away = gap(e, of(e.xy, e.key), of(e.seen, e.key))
    assert way[0, 1, 0].tolist() == [pytest.approx(0.4 / NEAR), pytest.approx(0.2 / NEAR)]
    assert away[0, 1, 0, 0] == pytest.approx((0.4**2 + 0.2**2) ** 0.5 / NEAR)
    assert away[0, 1, 1, 0] == FAR and away[0, 2, 0, 0] == FAR
    nobody = entities(XY, SEEN, None, None, None, None, 2)
    way, away = gap(nobody, of(nobody.xy, nobody.key), of(nobody.seen, nobody.key))
    assert (way == 0).all() and (away == FAR).all()


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ModelError, match="windows of 2 samples; expected 8"):
        entities(XY, None, None, None, None, None, 8)
