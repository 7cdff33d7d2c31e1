"""Drives, spacing and pick-and-roll candidates: players moved by hand, and games that lack what is needed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sportsai.library import Library
from sportsai.report.basketball.drives import drives
from sportsai.report.basketball.screens import screens
from sportsai.report.basketball.spacing import apart, areas, spreads
from sportsai.report.material import Material
from sportsai.report.page import build_report
from sportsai.report.plays import Evidence
from sportsai.report.section import sections
from sportsai.report.sections import basketball_drives, basketball_screens, basketball_spacing
from tests.report.sections.hand_games import EVIL, RIM_X, log_of, material, standing, tracks_of

RATE = 5
MATES = [(9.0, 6.0), (9.0, -6.0), (2.0, 5.0), (2.0, -5.0)]
WALL = [(11.0, 3.0), (11.0, -3.0), (12.0, 2.0), (12.0, -2.0), (11.0, 1.5)]


def drive_game(tmp_path: Path, defenders: list[tuple[float, float]], stop_x: float = RIM_X - 2) -> Material:
    """Home's player 0 stands 8 m from the rim for 4 s, then brings the ball in at 3 m/s."""
    xy = standing([(RIM_X - 8, 0.0), *MATES, *defenders], 60)
    xy[:, 0, 0] = np.clip(RIM_X - 8 + 0.6 * (np.arange(60) - 20), RIM_X - 8, stop_x)
    return material(tmp_path, tracks_of(xy, xy[:, 0] + [0.3, 0], RATE))


def test_a_drive_goes_from_twenty_feet_to_ten(tmp_path: Path) -> None:
    (d,) = drives(drive_game(tmp_path, WALL))
    away = RIM_X - d.way[:, 0]
    assert away[0] == pytest.approx(6.2)  # the last sample at 6.1 m or more, 20 rows of rest and 3 steps of 0.6 m
    assert away[-1] == pytest.approx(2.0)
    assert d.speed_mps == pytest.approx(3.0)
    assert d.start == 23
    assert (d.side, d.slot, d.after) == (0, 0, "")


def test_who_stops_short_or_runs_alone_does_not_drive(tmp_path: Path) -> None:
    assert drives(drive_game(tmp_path / "a", WALL, stop_x=RIM_X - 3.2)) == []
    assert drives(drive_game(tmp_path / "b", [(-2.0, y) for y in (-4.0, -2.0, 0.0, 2.0, 4.0)])) == []


def test_a_drive_is_a_link_to_its_frames(tmp_path: Path) -> None:
    evidence = Evidence()
    told = basketball_drives.section(drive_game(tmp_path, WALL), evidence)
    assert told is not None
    assert told.figures == ()  # one drive is a sentence
    (play,) = evidence.shown
    assert play.evidence[0] == 23
    assert play.key == "p0"
    assert "drove" in told.text[0]


def test_the_spread_of_a_square_and_its_middle() -> None:
    five = np.array([[(0, 0), (4, 0), (4, 4), (0, 4), (2, 2)]], float)
    assert apart(five)[0] == pytest.approx((4 * 4 + 2 * 4 * 2**0.5 + 4 * 2 * 2**0.5) / 10)
    assert areas(five)[0] == pytest.approx(16)
    assert areas(np.array([[(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)]], float))[0] == 0


def test_spacing_needs_all_five_in_the_front_court(tmp_path: Path) -> None:
    square = [(4.0, -4.0), (8.0, -4.0), (8.0, 0.0), (4.0, 0.0), (6.0, -2.0)]
    xy = standing([*square, *WALL], 60)
    ball = np.repeat(np.array([[4.2, -4.0]]), 60, axis=0)
    m = material(tmp_path / "a", tracks_of(xy, ball, RATE))
    (s,) = spreads(m)
    assert s.area_m2 == pytest.approx(16, abs=1e-3)
    assert basketball_spacing.section(m, Evidence()) is not None
    xy[:, 4] = (-1, 0)
    assert spreads(material(tmp_path / "b", tracks_of(xy, ball, RATE))) == []


def screen_game(tmp_path: Path, rate: int = RATE, roll: float = 3.0) -> Material:
    """Player 1 stands a metre beside the defender of player 0 for 2 s; 0 leaves him behind, 1 goes to the rim."""
    T = 8 * rate
    t = np.arange(T) / rate
    xy = standing([(5.0, 0.0), (6.0, 1.2), (9.0, 6.5), (9.0, -6.5), (2.0, 6.0), (6.0, 0.2), *WALL[:4]], T)
    moved = np.clip(t - 2, 0, 2)
    xy[:, 0] += np.stack([0 * moved, -2.0 * moved], 1)
    xy[:, 1] += np.stack([roll / 2 * moved, 0 * moved], 1)
    return material(tmp_path, tracks_of(xy, xy[:, 0] + [0.2, 0], rate))


def test_a_screen_and_a_roll_make_a_candidate(tmp_path: Path) -> None:
    m = screen_game(tmp_path)
    found = screens(m)
    assert [(s.handler, s.screener, s.defender, s.then) for s in found] == [(0, 1, 5, "roll")]
    told = basketball_screens.section(m, Evidence())
    assert told is not None
    assert "candidate" in told.text[0]


def test_who_stays_does_not_roll_and_who_never_parts_is_no_candidate(tmp_path: Path) -> None:
    assert [s.then for s in screens(screen_game(tmp_path, roll=0.0))] == ["stay"]
    xy = standing([(5.0, 0.0), (6.0, 1.2), *MATES[:3], (6.0, 0.2), *WALL[:4]], 40)
    assert screens(material(tmp_path / "b", tracks_of(xy, xy[:, 0] + [0.2, 0], RATE))) == []


def test_two_samples_a_second_are_too_few_for_screens_and_that_is_said(tmp_path: Path) -> None:
    m = screen_game(tmp_path, rate=2)
    assert screens(m) == []
    told = basketball_screens.section(m, Evidence())
    assert told is not None
    assert "2.0 samples a second" in told.how


def names_of(m: Material) -> set[str]:
    return {s.name for page in sections(m, Evidence()).values() for s in page}


def test_games_that_lack_something_still_have_a_report(tmp_path: Path) -> None:
    xy = standing([(RIM_X - 8, 0.0), *MATES, *WALL], 400)
    no_ball = material(tmp_path / "a", tracks_of(xy, np.zeros((400, 2)), RATE, puck=False))
    assert names_of(no_ball) == set()
    away_gone = xy.copy()
    away_gone[:, 5:] = np.nan
    one_team = material(tmp_path / "b", tracks_of(away_gone, xy[:, 0], RATE))
    assert names_of(one_team) <= {"spacing", "possessions"}
    unnamed = material(tmp_path / "c", tracks_of(xy, xy[:, 0], RATE, named=False))
    assert "line-ups" not in names_of(unnamed)
    none = replace(no_ball, game=replace(no_ball.game, tracks=None))
    assert names_of(none) == set()


def test_names_are_text(tmp_path: Path) -> None:
    xy = standing([(RIM_X - 8, 0.0), *MATES, *WALL], 400)
    xy[:, 0, 0] = np.clip(RIM_X - 8 + 0.6 * (np.arange(400) % 100 - 20), RIM_X - 8, RIM_X - 2)
    log = [{"type": "made_shot", "t_s": 10.0 + k, "side": k % 2, "player_id": "p0" if k % 2 == 0 else "p5"}
           for k in range(12)]  # fmt: skip
    log += [{"type": "possession", "t_s": 20.0 * k, "side": 0, "start_frame": 100 * k, "end_frame": 100 * k + 99}
            for k in range(4)]  # fmt: skip
    tracks = tracks_of(xy, xy[:, 0] + [0.3, 0], RATE)
    m = material(tmp_path, tracks, log_of(log, RATE), names={0: EVIL, 5: EVIL})
    page = build_report(Library(Path(m.folder)), "hand")
    assert EVIL not in page
    assert "Drives" in page


DATA = os.environ.get("SPORTSAI_DATA")


@pytest.mark.skipif(not DATA or not Path(DATA, "basketball").is_dir(), reason="SPORTSAI_DATA is not set")
def test_a_real_quarter_places_its_shots_where_the_log_says_they_were(tmp_path: Path) -> None:
    from sportsai.court import load_league
    from sportsai.readers import nba_quarters
    from sportsai.report.basketball.offence import offence
    from sportsai.report.material import gather

    library = Library(tmp_path / "library", create=True)
    game = next(iter(nba_quarters.read((Path(str(DATA), "basketball"),), load_league("nba"))))
    library.add(game)
    m = gather(library, game.id)
    shots = offence(m).shots
    placed = [s for s in shots if s.at is not None]
    assert len(placed) >= 0.8 * len(shots)
    near = [s for s in placed if m.events["attributes"].iloc[s.index]["actiontype"] in (5, 6, 7, 41, 42, 44, 72)]
    assert near
    assert np.mean([(s.rim_m or 9) <= 2.44 for s in near]) >= 0.9
    assert {"factors", "possessions", "shots", "drives", "spacing", "screens", "line-ups"} <= names_of(m)
