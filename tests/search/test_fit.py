"""Fitting: the same seed gives the same weights, and the holder column is not needed to look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sportsai.data import Game, events_frame
from sportsai.errors import DataError, RecipeError
from sportsai.learn.recipe import Recipe, load_recipe
from sportsai.learn.steps import choose_temperature
from sportsai.search.fit import fit
from sportsai.search.lesson import lesson, other_way, unknown_key
from sportsai.tasks import EVENT, MOVED, NONE
from sportsai.tasks import handovers as moments
from tests.conftest import make_game, make_tracks


@pytest.fixture
def recipe() -> Recipe:
    r = load_recipe("soccer", "shared_compare")
    small = {**r.model_config_, "shared": [4, 4], "compare": [4, 4], "hidden": 8}
    train = r.train.model_copy(update={"epochs": 2, "windows_per_epoch": 64, "batch": 16})
    return r.model_copy(update={"model_config_": small, "train": train})


def passing_game(T: int = 1200) -> Game:
    """Two periods in which the ball goes round: home's 0 and 1 pass, then away's 3 takes it."""
    tracks = make_tracks(T=T)
    xy, ball, holder = tracks.xy.copy(), tracks.ball_xy.copy(), np.full(T, -1, np.int16)
    xy[:] = [[0, 0], [10, 0], [0, 15], [5, 8], [-10, 0], [20, 20]]
    turn = [0, 1, 3]
    for start in range(0, T - 30, 30):
        who = turn[(start // 30) % 3]
        then = turn[(start // 30 + 1) % 3]
        holder[start : start + 20] = who
        ball[start : start + 20] = xy[0, who] + 0.5
        way = np.linspace(0, 1, 10)[:, None]
        ball[start + 20 : start + 30] = xy[0, who] + way * (xy[0, then] - xy[0, who])
    period = np.where(np.arange(T) < T // 2, 1, 2).astype(np.int8)
    t_s = (np.arange(T) % (T // 2)) / 10
    return make_game(replace(tracks, xy=xy, ball_xy=ball, holder=holder, period=period, t_s=t_s))


def test_moments_by_hand() -> None:
    game = passing_game()
    m = moments.labelled(game, moments.CLASSES, 1.2)
    first = [(int(f), int(s), moments.CLASSES[k]) for f, s, k in zip(m.frame, m.slot, m.label, strict=True)][:6]
    assert first == [
        (10, 0, "carry"), (19, 0, "pass"), (40, 1, "carry"), (49, 1, "turnover"), (70, 3, "carry"), (79, 3, "turnover"),
    ]  # fmt: skip
    moved = moments.around(game, moments.CLASSES, 1.2, 1)
    assert {17, 18, 20}.isdisjoint(set(moved.frame[moved.label == 0].tolist())) is False
    assert 19 not in moved.frame[moved.label < 2]
    assert set(moved.frame[(moved.label == 2) & (moved.frame < 30)].tolist()) == set(range(5, 15))
    none = moments.background(game, moments.CLASSES, 1.2, 3, 2)
    wrong = none.slot[none.frame == 19]
    assert 0 not in wrong


def test_the_holder_column_labels_and_is_never_seen(recipe: Recipe) -> None:
    game = passing_game()
    windows = lesson([game], recipe).windows
    blind = replace(
        game.tracks, holder=np.full(game.tracks.T, -1, np.int16), possession=np.full(game.tracks.T, -1, np.int8)
    )
    from sportsai.search.lesson import cutter

    again = cutter(replace(game, tracks=blind), recipe).cut(
        windows.frame, windows.slot[np.arange(len(windows)), windows.key]
    )
    for name in ("xy", "present", "relation", "ball", "ball_present"):
        assert np.array_equal(getattr(again, name), getattr(windows, name))
    with pytest.raises(DataError, match="does not say who held the ball"):
        moments.labelled(replace(game, tracks=blind), moments.CLASSES, 1.2)


def test_parts_of_a_lesson_share_no_frame(recipe: Recipe) -> None:
    taught = lesson([passing_game()], recipe)
    train, held, test = (taught.part(p) for p in ("train", "validation", "test"))
    assert train.last_frame.max() < held.first_frame.min()
    assert set(test.period) == {2}
    assert {EVENT, MOVED, NONE} == set(taught.kind)
    back = lesson([passing_game()], other_way(recipe))
    assert set(back.part("test").period) == {1}


def test_a_class_without_examples_is_refused(recipe: Recipe) -> None:
    game = passing_game()
    holder = np.where(game.tracks.holder == 3, -1, game.tracks.holder).astype(np.int16)
    with pytest.raises(RecipeError, match='class "turnover" has no example in the train part'):
        lesson([replace(game, tracks=replace(game.tracks, holder=holder))], recipe)


def test_one_seed_one_network(recipe: Recipe) -> None:
    games = [passing_game()]
    torch.set_num_threads(1)
    before = torch.random.get_rng_state()
    a, b, c = (fit(games, recipe, seed=s) for s in (0, 0, 1))
    assert torch.equal(before, torch.random.get_rng_state())
    state = [f.model.state_dict() for f in (a, b, c)]
    assert all(torch.equal(state[0][k], state[1][k]) for k in state[0])
    assert not all(torch.equal(state[0][k], state[2][k]) for k in state[0])
    assert 0.25 <= a.temperature <= 8
    assert a.windows["train"]["pass"] > 0


def test_unknown_key_windows_belong_to_their_moment(recipe: Recipe) -> None:
    game = passing_game()
    test = lesson([game], recipe).part("test", EVENT)
    cut, moment = unknown_key(game, test, recipe)
    assert (cut.frame == test.frame[moment]).all()
    keys = cut.slot[np.arange(len(cut)), cut.key]
    true = test.slot[np.arange(len(test)), test.key]
    for i in range(len(test)):
        assert true[i] in keys[moment == i]


def test_the_temperature_with_the_least_loss_is_chosen() -> None:
    g = torch.Generator().manual_seed(0)
    scores = torch.randn(4000, 3, generator=g)
    label = torch.multinomial(scores.softmax(-1), 1, generator=g)[:, 0]
    assert choose_temperature(scores * 2, label) == pytest.approx(2, abs=0.15)
    assert len(events_frame({}, 0)) == 0
