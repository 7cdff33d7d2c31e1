"""Few frames are read: as many as were bought, each counted, and nothing of the others is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sportsai.data.frames import NAMES, Frames
from sportsai.errors import DataError
from sportsai.sequence_models import glimpse as agent
from sportsai.sequence_models import scout as network
from sportsai.sequence_models.scout import chosen
from sportsai.tasks.moments import Options, timeline
from sportsai.whole.reading import count_of, even, glimpses, scout
from tests.whole.made_up import game

OPTIONS = Options(provider="any", classes={"shot": ("shot",), "rebound": ("rebound",)})


def line(seed: int = 0, halves: bool = False):
    made = timeline(game(seed, halves=halves), OPTIONS)
    assert made is not None
    return made


def model(**changes: int) -> network.Model:
    torch.manual_seed(0)
    return network.Model(network.Config(inputs=len(NAMES), classes=2, width=8, dropout=0.0, **changes)).eval()


@pytest.mark.parametrize("budget", [0.01, 0.05, 0.2, 1.0])
def test_no_more_is_read_than_was_bought(budget: float) -> None:
    one = line()
    read = scout([model()], one, budget)
    assert read.share <= budget
    assert read.share == pytest.approx(one.frames.share) == pytest.approx(int(budget * 400) / 400)
    assert len(np.unique(read.frame)) == len(read.frame)
    assert read.heat.shape == (400, 2)


def test_what_was_not_read_changes_nothing() -> None:
    one, other = line(), line()
    read = scout([model()], one, 0.1)
    tracks = other.frames.game.tracks
    hidden = np.setdiff1d(np.arange(400), read.frame)
    tracks.xy[hidden] = 99.0
    tracks.ball_xy[hidden] = -50.0
    again = scout([model()], other, 0.1)
    np.testing.assert_array_equal(again.frame, read.frame)
    np.testing.assert_array_equal(again.heat, read.heat)


def test_long_games_are_asked_in_pieces_and_halves_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    from sportsai.whole import reading

    whole = scout([model()], line(halves=True), 0.1)
    monkeypatch.setattr(reading, "PIECE", 64)
    pieces = scout([model()], line(halves=True), 0.1)
    np.testing.assert_array_equal(pieces.frame, whole.frame)
    np.testing.assert_allclose(pieces.heat, whole.heat, atol=1e-5)


def test_budgets_that_are_none_are_refused_in_one_line() -> None:
    for budget in (0.0, -0.1, 1.2, float("nan")):
        with pytest.raises(DataError, match="expected a share of the frames of play"):
            count_of(400, budget)
    with pytest.raises(DataError, match=r"a budget of 0.001 of 400 frames buys none; .*at least 0.0025"):
        count_of(400, 0.001)


def test_even_is_even_and_chosen_ones_keep_their_distance() -> None:
    assert even(4, 40).tolist() == [5, 15, 25, 35]
    read = np.zeros(12, bool)
    read[5] = True
    worth = np.array([0, 1, 2, 3, 9, 9, 8, 1, 1, 1, 5, 4.0])
    assert chosen(worth, read, 1).tolist() == [10]  # 4 and 6 lie beside a frame that was read: a quarter of their worth
    assert chosen(worth, read, 2).tolist() == [4, 10]
    assert chosen(worth, read, 11).tolist() == [i for i in range(12) if i != 5]  # neighbours, when nothing else is left
    assert chosen(worth, read, 40).tolist() == [i for i in range(12) if i != 5]
    assert chosen(np.ones(12), np.zeros(12, bool), 1).tolist() == [0]  # nothing read yet
    assert len(chosen(worth, read, 0)) == 0


def test_an_agents_glimpses_are_counted_too() -> None:
    torch.manual_seed(0)
    config = agent.Config(inputs=len(NAMES), classes=2, frames=50, glimpses=3, dropout=0.0)
    one = line(halves=True)
    read = glimpses(agent.Model(config), one)
    assert read.share == pytest.approx(one.frames.share)
    assert read.share <= 3 / 50
    assert len(read.frame) == int(one.frames.seen.sum())


def test_frames_are_thinned_to_a_rate() -> None:
    made = game(0)
    assert len(Frames.of(made)) == 400
    assert len(Frames.of(made, 1.0)) == 200
    assert Frames.of(made, 1.0).step_s == 1.0
    assert len(Frames.of(made, 50.0)) == 400
