"""Possessions, shots by place, the four factors: small games with the numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.report.basketball.factors import factors
from sportsai.report.basketball.lineups import line_ups
from sportsai.report.basketball.offence import beyond_three, offence
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.sections import basketball_factors, basketball_lineups, basketball_possessions, basketball_shots
from tests.report.sections.hand_games import RIM_X, log_of, material, standing, tracks_of

RATE = 5
HOME_FIVE = [(6.0, 0.0), (9.0, 6.0), (9.0, -6.0), (4.0, 5.0), (4.0, -5.0)]
AWAY_FIVE = [(10.0, 1.0), (10.0, 3.0), (10.0, -3.0), (8.0, 3.0), (8.0, -3.0)]


def shot_game(tmp_path: Path, made: bool = True, **changes: Any) -> Material:
    """Home's player 0 holds the ball at (6, 0) until row 50; it is at the rim, 3 m high, in rows 54 and 55."""
    xy = standing([*HOME_FIVE, *AWAY_FIVE], 120)
    ball = np.repeat(np.array([[6.2, 0.0]]), 120, axis=0)
    z = np.full(120, 1.2)
    ball[51:54] = [(8, 0), (10, 0), (11, 0)]
    z[51:54] = 4.0
    ball[54:56], z[54:56] = (RIM_X, 0.2), 3.0
    ball[56:], z[56:] = (10.1, 1.0), 1.0
    log = [
        {"type": "possession", "t_s": 0.0, "side": 0, "start_frame": 0, "end_frame": 56},
        {"type": "made_shot" if made else "missed_shot", "t_s": 14.0, "side": 0, "player_id": "p0"},
        {"type": "possession", "t_s": 11.4, "side": 1, "start_frame": 57, "end_frame": 120},
    ]
    return material(tmp_path, tracks_of(xy, ball, RATE, ball_z=z), log_of(log, RATE), **changes)


def test_a_shot_stands_where_the_ball_left_the_hand(tmp_path: Path) -> None:
    (shot,) = offence(shot_game(tmp_path)).shots
    assert shot.row == 50
    assert shot.at == pytest.approx((6.0, 0.0))
    assert shot.rim_m == pytest.approx(RIM_X - 6, abs=1e-3)
    assert shot.beyond_m == pytest.approx(RIM_X - 6 - 23.75 * 0.3048, abs=1e-3)
    assert shot.possession == 0
    assert offence(shot_game(tmp_path / "b")).ends == ((shot.index,), ())


def test_the_place_does_not_depend_on_which_way_the_file_stores_the_game(tmp_path: Path) -> None:
    m = shot_game(tmp_path)
    t = m.tracks
    assert t is not None
    turned = tracks_of(-t.xy, -t.ball_xy, RATE, ball_z=t.ball_z)
    other = material(tmp_path / "b", turned, m.events, attacks_right=1)
    assert offence(other).shots[0].at == pytest.approx((6.0, 0.0))


def test_a_ball_that_never_comes_to_the_rim_places_no_shot(tmp_path: Path) -> None:
    xy = standing([*HOME_FIVE, *AWAY_FIVE], 60)
    ball = np.repeat(np.array([[6.2, 0.0]]), 60, axis=0)
    log = [{"type": "missed_shot", "t_s": 8.0, "side": 0, "player_id": "p0"}]
    m = material(tmp_path, tracks_of(xy, ball, RATE, ball_z=np.full(60, 1.0)), log_of(log, RATE))
    assert offence(m).shots[0].at is None
    assert basketball_shots.section(m, Evidence()) is None


@pytest.mark.parametrize(
    ("x", "y", "beyond"),
    [(RIM_X - 8, 0.0, 8 - 7.239), (13.0, 7.0, 7 - 6.7056), (13.0, -6.0, 6 - 6.7056), (RIM_X, 0.0, -6.7056)],
)
def test_the_three_point_line_is_straight_in_the_corners(x: float, y: float, beyond: float) -> None:
    assert beyond_three(load_league("nba").court, x, y) == pytest.approx(beyond, abs=1e-3)


def test_on_a_court_without_the_line_nothing_is_beyond_it() -> None:
    assert beyond_three(load_league("olympics_hockey").court, 0, 0) is None


def test_spells_of_control_become_possessions_where_nobody_marks_them(tmp_path: Path) -> None:
    xy = standing([*HOME_FIVE, *AWAY_FIVE], 100)
    ball = np.where(np.arange(100)[:, None] < 60, [6.2, 0.0], [8.0, 3.0])
    found = offence(material(tmp_path, tracks_of(xy, ball, RATE))).possessions
    assert [(p.side, p.start, p.end, p.index) for p in found] == [(0, 0, 60, None), (1, 60, 100, None)]
    assert [p.front for p in found] == [0, None]  # (8, 3) lies in the half that away defends


def factors_game(tmp_path: Path) -> Material:
    """Home: 5 tried, 2 made, 2 turnovers in 4 possessions, 1 of 3 rebounds, 2 free throws. Away: 5 tried, 1 made."""
    xy = standing([*HOME_FIVE, *AWAY_FIVE], 500)
    rows: list[dict[str, Any]] = [
        {"type": "possession", "t_s": 10.0 * k, "side": k % 2, "start_frame": 50 * k, "end_frame": 50 * k + 50}
        for k in range(8)
    ]
    told = [
        ("missed_shot", 5, 0, "p0"), ("rebound", 6, 0, "p1"), ("made_shot", 8, 0, "p1"),
        ("missed_shot", 15, 1, "p5"), ("rebound", 16, 0, "p2"),
        ("turnover", 25, 0, "p0"), ("missed_shot", 35, 1, "p5"), ("rebound", 36, 1, None),
        ("missed_shot", 45, 0, "p0"), ("rebound", 46, 1, "p6"), ("made_shot", 55, 1, "p6"), ("rebound", 56, 0, "p0"),
        ("missed_shot", 65, 0, "p3"), ("rebound", 66, 1, "p7"), ("free_throw", 67, 0, "p3"),
        ("free_throw", 68, 0, "p3"), ("made_shot", 69, 0, "p4"), ("turnover", 69.5, 0, None),
        ("missed_shot", 75, 1, "p5"), ("missed_shot", 76, 1, "p5"),
    ]  # fmt: skip
    rows += [{"type": k, "t_s": float(t), "side": s, "player_id": p} for k, t, s, p in told]
    return material(tmp_path, tracks_of(xy, np.zeros((500, 2)), RATE), log_of(rows, RATE))


def test_the_four_factors_are_those_counted_by_hand(tmp_path: Path) -> None:
    m = factors_game(tmp_path)
    home, away = factors(m, 0), factors(m, 1)
    assert (len(home.made), len(home.tried), len(away.made), len(away.tried)) == (2, 5, 1, 5)
    assert home.turnovers == pytest.approx(100 * 2 / 4)
    assert home.rebounding == pytest.approx(1 / 3)  # p1; p6 and p7 are away's; that after a made shot counts for nobody
    assert away.rebounding == pytest.approx(0 / 1)  # p2 took the one; a team's own rebound has no player
    assert home.free_throw_rate == pytest.approx(2 / 5)
    assert home.effective == pytest.approx((2 / 5, 3 / 5))  # nobody was placed: each made shot may be a three


def test_bars_link_to_what_they_count(tmp_path: Path) -> None:
    m, evidence = factors_game(tmp_path), Evidence()
    told = basketball_factors.section(m, evidence)
    assert told is not None
    assert [b.what for b in told.bars] == [
        "Field goals made",
        "Turnovers per 100 possessions",
        "Offensive rebounds, of own misses",
        "Free throws tried per shot",
    ]
    assert m.events["type"].iloc[evidence.lists["factors-to-0"]].tolist() == ["turnover"] * 2
    assert "2 of 5" in told.text[0]
    assert len(evidence.lists["factors-boards-0"]) == 1
    assert {x.name for x in basketball_factors.measures(m)} >= {"field_goals"}


def test_possessions_are_told_with_how_they_ended(tmp_path: Path) -> None:
    m, evidence = factors_game(tmp_path), Evidence()
    told = basketball_possessions.section(m, evidence)
    assert told is not None
    (table,) = told.tables
    ended = [str(row[-1].text) for row in table.rows]
    assert ended[0] == "made shot, Player 1"
    assert ended[2] == "turnover, Player 0"
    assert table.rows[0][2].text == "10.0"
    assert "8 possessions, 2 with a made shot" in table.title
    assert len(evidence.shown) == 8


def test_a_made_shot_with_its_free_throw_ends_as_made(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"type": "possession", "t_s": 8.0 * k, "side": k % 2, "start_frame": 40 * k, "end_frame": 40 * k + 40}
        for k in range(4)
    ]
    rows += [{"type": k, "t_s": 6.0, "side": 0, "player_id": "p0"} for k in ("made_shot", "free_throw")]
    xy = standing([*HOME_FIVE, *AWAY_FIVE], 160)
    m = material(tmp_path, tracks_of(xy, np.zeros((160, 2)), RATE), log_of(rows, RATE))
    told = basketball_possessions.section(m, Evidence())
    assert told is not None
    assert str(told.tables[0].rows[0][-1].text) == "made shot, Player 0"


def test_line_ups_have_their_minutes_and_possessions(tmp_path: Path) -> None:
    xy = standing([*HOME_FIVE, (0, 7), *AWAY_FIVE, (0, -7)], 700)
    xy[300:, 0] = np.nan  # player 0 goes off for player 5 after a minute
    xy[:300, 5] = np.nan
    xy[:, 11] = np.nan
    rows: list[dict[str, Any]] = [
        {"type": "possession", "t_s": 20.0 * k, "side": k % 2, "start_frame": 100 * k, "end_frame": 100 * k + 100}
        for k in range(7)
    ]
    rows += [{"type": "made_shot", "t_s": t, "side": 0, "player_id": "p1"} for t in (10.0, 90.0)]
    m = material(tmp_path, tracks_of(xy, np.zeros((700, 2)), RATE), log_of(rows, RATE))
    late, early = line_ups(m, 0)
    assert (late.seconds, early.seconds) == (80.0, 60.0)
    assert (early.slots, late.slots) == ((0, 1, 2, 3, 4), (1, 2, 3, 4, 5))
    assert (len(early.ours), len(early.theirs)) == (2, 1)
    assert (len(early.made), len(late.made)) == (1, 1)
    told = basketball_lineups.section(m, Evidence())
    assert told is not None
    assert [str(c.text) for c in told.tables[0].rows[0][1:2]] == ["1:20"]
