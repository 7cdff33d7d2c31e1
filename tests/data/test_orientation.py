"""Direction of play is found from goalkeepers, stated, and turned by one transform."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.data import AWAY, HOME, Player
from sportsai.data.orientation import attacking_right, find_orientation
from tests.conftest import make_game, make_tracks


def with_keepers(home_x: float, away_x: float):
    tracks = make_tracks(T=60)
    xy = tracks.xy.copy()
    xy[:, 0, 0], xy[:, 3, 0] = home_x, away_x
    return replace(tracks, xy=xy)


def test_the_keeper_on_the_left_attacks_right() -> None:
    for home_x, away_x, side in ((-45, 44, HOME), (45, -44, AWAY)):
        game = make_game(with_keepers(home_x, away_x))
        found = find_orientation(game.tracks, game.roster)
        assert [(o.attacks_right, o.by) for o in found] == [(side, "goalkeepers")]
        assert found[0].gap_m == pytest.approx(89)


def test_no_keepers_and_no_doubt_left_unknown() -> None:
    tracks = make_tracks(T=60)
    xy = np.zeros_like(tracks.xy)
    roster = [Player(s.player_id, "x", s.side) for s in tracks.slots]
    assert find_orientation(replace(tracks, xy=xy), roster)[0].attacks_right is None


def test_turning_twice_is_the_identity_and_once_is_a_half_turn() -> None:
    game = make_game(with_keepers(-45, 44))
    game = replace(game, periods=tuple(replace(p, attacks_right=HOME) for p in game.periods))
    turned = attacking_right(game, AWAY)
    assert turned.attacks_right(1) == AWAY
    assert np.array_equal(turned.tracks.xy, -game.tracks.xy)
    assert np.array_equal(turned.tracks.ball_xy, -game.tracks.ball_xy)
    assert np.array_equal(attacking_right(turned, HOME).tracks.xy, game.tracks.xy)
    assert attacking_right(game, HOME).tracks.xy is not turned.tracks.xy


def test_the_real_match_swaps_ends(demo_game) -> None:
    found = find_orientation(demo_game.tracks, demo_game.roster)
    assert [o.attacks_right for o in found] == [AWAY, HOME]
    assert all(o.by == "goalkeepers" and 85 < o.gap_m < 100 for o in found)
    for side in (HOME, AWAY):
        game = attacking_right(demo_game, side)
        x, seen = game.tracks.xy[..., 0], game.tracks.present
        keeper = next(
            i for i, s in enumerate(game.tracks.slots) if s.side == side and (game.player(s.player_id).position == "GK")
        )
        for period in (1, 2):
            rows = (game.tracks.period == period) & seen[:, keeper]
            assert x[rows, keeper].mean() < -30  # in front of his own goal, on the left, in both halves
