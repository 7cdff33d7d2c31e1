"""Courts: values from the rule books worked out by hand, symmetry, size, zones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportsai.court import Court, league_names, load_league
from sportsai.court.shapes import Arc, Circle, Line, Polygon, Rect, Text
from sportsai.errors import LeagueError

LEAGUES = league_names()
metres = st.floats(-80, 80, allow_nan=False)


def court(name: str) -> Court:
    return load_league(name).court


def test_penalty_arc_meets_the_penalty_area() -> None:
    # centre 11 m from the line, radius 9.15 m, the area 16.5 m deep: acos(5.5 / 9.15) = 53.05 degrees either side of
    # straight out, which is 180 degrees at the right end; its ends lie at y = sqrt(9.15^2 - 5.5^2) = 7.312 m
    arc = court("soccer").shape("penalty_arc", "right")
    assert isinstance(arc, Arc)
    assert arc.start_deg == pytest.approx(126.948, abs=1e-3)
    ends = arc.points()[[0, -1]]
    np.testing.assert_allclose(ends, [(36.0, 7.3123), (36.0, -7.3123)], atol=1e-3)
    far = arc.points()[:, 0].min()
    assert far == pytest.approx(52.5 - 11 - 9.15, abs=1e-3)


def test_soccer_areas_keep_their_size_on_a_smaller_pitch() -> None:
    small = court("soccer").resized(100, 60)
    area = small.shape("penalty_area", "right")
    assert isinstance(area, Rect)
    assert (area.x_min, area.x_max, area.y_max) == pytest.approx((33.5, 50.0, 20.16))
    assert small.goal_right == (50.0, 0.0)
    assert small.goal_left == (-50.0, 0.0)
    assert small.shape("corner_arc", "left").points()[:, 0].min() == pytest.approx(-50.0)


def test_three_point_lines_meet_their_arcs() -> None:
    # FIBA: 1.575 + sqrt(6.75^2 - 6.60^2) = 2.990 m; NBA: 5.25 + sqrt(23.75^2 - 22^2) = 14.198 ft = 4.3277 m
    for name, reach, y in (("basketball", 2.9901, 6.60), ("nba", 4.3277, 22 * 0.3048)):
        c = court(name)
        corner = c.shape("three_point_corner", "right")
        assert isinstance(corner, Line)
        assert corner.stop == pytest.approx((c.half_length_m - reach, y), abs=1e-3)
        arc = c.shape("three_point_arc", "right").points()
        np.testing.assert_allclose(arc[0], corner.stop, atol=1e-3)


def test_nba_court_is_ninety_four_by_fifty_feet() -> None:
    c = court("nba")
    assert (c.length_m, c.width_m) == pytest.approx((28.6512, 15.24))
    # the ring's middle is 5 ft 3 in from the baseline
    assert c.goal_right == pytest.approx((14.3256 - 1.6002, 0.0))
    assert all(s.name != "throw_in_line" for s in c.shapes)  # FIBA's, dropped


def test_nhl_rink() -> None:
    c = court("nhl")
    assert (c.length_m, c.width_m, c.corner_radius_m) == pytest.approx((60.96, 25.908, 8.5344))
    assert c.goal_right == pytest.approx((30.48 - 3.3528, 0.0))
    spots = sorted(s.centre for s in c.shapes if s.name == "end_spot" and isinstance(s, Circle))
    # 31 ft from the boards, 22 ft off the axis
    assert spots == [pytest.approx((sx * 21.0312, sy * 6.7056)) for sx in (-1, 1) for sy in (-1, 1)]
    # the goal line ends at the rounded boards: 17 ft past the corner's centre, sqrt(28^2 - 17^2) = 22.249 ft
    line = c.shape("goal_line", "right")
    assert line.points()[1, 1] == pytest.approx((42.5 - 28 + 22.2486) * 0.3048, abs=1e-3)
    # the crease is 8 ft wide where it starts and 6 ft deep in the middle
    crease = c.shape("goal_crease", "right").points() / 0.3048
    assert np.ptp(crease[:, 0]) == pytest.approx(6.0, abs=1e-6)
    assert np.ptp(crease[:, 1]) == pytest.approx(8.0, abs=1e-6)


def test_wider_rink_of_the_iihf() -> None:
    c = court("iihf")
    assert (c.length_m, c.width_m, c.goal_right) == (60.0, 30.0, (26.0, 0.0))
    blue = c.shape("blue_line", "right")
    assert isinstance(blue, Rect)
    assert (blue.x_min + blue.x_max) / 2 == pytest.approx(30 - 22.86)


def test_football_field() -> None:
    c = court("nfl")
    yard = 0.9144
    assert (c.length_m, c.width_m) == pytest.approx((120 * yard, 160 * 0.3048))
    lines = sorted(s.points()[0, 0] / yard for s in c.shapes if s.name in ("yard_line", "midfield_line", "goal_line"))
    np.testing.assert_allclose(lines, np.arange(-50, 51, 5), atol=1e-9)
    # inbounds lines 70 ft 9 in from each side of a field 160 ft wide: 9 ft 3 in off the axis
    hashes = {round(abs(s.points()[0, 1]) / 0.3048, 6) for s in c.shapes if s.name == "hash_mark"}
    assert hashes == {9.25}
    numbers = [s for s in c.shapes if isinstance(s, Text)]
    assert sorted(n.text for n in numbers) == sorted(["5 0"] * 2 + ["1 0", "2 0", "3 0", "4 0"] * 4)
    assert c.goal is not None
    assert c.goal.width == pytest.approx(18.5 * 0.3048)


def test_volleyball_court_has_a_net_and_no_goal() -> None:
    c = court("volleyball")
    assert c.goal_right is None
    assert c.goal_left is None
    assert c.net is not None
    assert (c.net.height_men, c.net.height_women) == (2.43, 2.24)
    # the last of the five strokes ends 1.75 m beyond the sideline
    ends = [np.abs(s.points()[:, 1]).max() for s in c.shapes if s.name == "attack_line_extension"]
    assert max(ends) == pytest.approx(4.5 + 1.75)


@pytest.mark.parametrize("name", LEAGUES)
def test_every_shape_has_its_mirror_image(name: str) -> None:
    """A shape that says which end it is at has a copy at the other, the same points turned about."""

    def key(points: np.ndarray) -> tuple:
        return tuple(sorted((round(float(x), 4) + 0.0, round(float(y), 4) + 0.0) for x, y in points))

    shapes = court(name).shapes
    seen = {(s.name, s.end, key(s.points())) for s in shapes}
    other = {"left": "right", "right": "left"}
    for s in shapes:
        if s.end:
            assert (s.name, other[s.end], key(s.points() * (-1, 1))) in seen, s.name
            assert s.mirrored("x").mirrored("x").points() == pytest.approx(s.points())


@pytest.mark.parametrize("name", LEAGUES)
def test_markings_lie_on_the_court_or_its_surround(name: str) -> None:
    c = court(name)
    for s in c.shapes:
        # a goal may stand behind its line, volleyball's strokes and FIBA's throw-in line lie outside
        margin = max(c.surround_m, 2.1 if s.role == "goal" else 0.01)
        assert c.contains(s.points(), margin_m=margin).all(), s.name


@pytest.mark.parametrize("name", LEAGUES)
def test_every_shape_and_court_says_its_source(name: str) -> None:
    c = court(name)
    assert c.source
    assert all(s.source for s in c.shapes)


@given(metres, metres, st.floats(40, 130), st.floats(20, 100))
def test_contains_follows_the_size(x: float, y: float, length: float, width: float) -> None:
    c = court("soccer").resized(length, width)
    assert bool(c.contains((x, y))) == (abs(x) <= length / 2 and abs(y) <= width / 2)


@given(metres, metres, st.floats(0, 5))
def test_a_margin_only_lets_more_in(x: float, y: float, margin: float) -> None:
    for name in ("nhl", "soccer"):
        c = court(name)
        assert not c.contains((x, y)) or c.contains((x, y), margin_m=margin)
        assert c.contains((x, y)) == c.contains((-x, -y))


def test_rounded_corners_are_outside() -> None:
    c = court("nhl")
    assert not c.contains((c.half_length_m - 0.5, c.half_width_m - 0.5))
    assert c.contains((c.half_length_m - 0.5, 0.0))
    # just inside and outside of the arc, 45 degrees from the corner's centre
    centre = np.array([c.half_length_m, c.half_width_m]) - c.corner_radius_m
    out = np.array([math.cos(math.pi / 4)] * 2)
    assert c.contains(centre + out * (c.corner_radius_m - 0.01))
    assert not c.contains(centre + out * (c.corner_radius_m + 0.01))
    assert c.contains(centre + out * (c.corner_radius_m + 0.99), margin_m=1.0)


def test_contains_keeps_the_shape_and_refuses_nan() -> None:
    xy = np.zeros((3, 4, 2), dtype=np.float32)
    xy[0, 0] = np.nan
    inside = court("soccer").contains(xy)
    assert inside.shape == (3, 4)
    assert not inside[0, 0]
    assert inside.sum() == 11


def test_zones_are_named_for_a_team_attacking_right() -> None:
    soccer = court("soccer")
    xy = [(45, 0), (-45, 0), (0, 0), (30, 30), (0, 15), (60, 0), (np.nan, 0)]
    thirds = ["attacking_third", "defensive_third", "middle_third", "attacking_third", "middle_third", "", ""]
    assert soccer.zone(xy, "thirds").tolist() == thirds
    assert soccer.zone(xy[:5], "channels").tolist() == ["centre", "centre", "centre", "wide_left", "half_space_left"]
    assert soccer.zone((45, 0)) == "penalty_area"
    assert soccer.zone_groups == ("boxes", "thirds", "channels")
    nba = court("nba")
    # the left corner is beside the straight line; from the top the basket is 23 ft 9 in away
    assert nba.zone([(13, 7.2), (12, 0), (8.0, 0), (5.0, 0), (-12, 0)], "areas").tolist() == [
        "corner_three_left", "paint", "mid_range", "above_the_break", "own_paint",
    ]  # fmt: skip
    nhl = court("nhl")
    assert nhl.zone([(8, 0), (7, 0), (-20, 5)], "zones").tolist() == [
        "offensive_zone",
        "neutral_zone",
        "defensive_zone",
    ]
    assert nhl.zone([(20, 0), (29, 0)], "areas").tolist() == ["slot", "behind_the_net"]


@given(st.floats(-52.5, 52.5), st.floats(-34, 34))
def test_thirds_and_channels_cover_the_pitch(x: float, y: float) -> None:
    soccer = court("soccer")
    assert soccer.zone((x, y), "thirds") != ""
    assert soccer.zone((x, y), "channels") != ""


@pytest.mark.parametrize(("length", "width"), [(0, 68), (-1, 68), (105, math.nan), (math.inf, 68)])
def test_impossible_sizes_are_refused(length: float, width: float) -> None:
    with pytest.raises(LeagueError, match="pitch cannot have a"):
        court("soccer").resized(length, width)


def test_zone_of_no_positions_and_unknown_shape() -> None:
    assert court("soccer").zone(np.zeros((0, 2))).shape == (0,)
    with pytest.raises(KeyError):
        court("soccer").shape("crease")


def test_a_court_can_be_made_without_a_file() -> None:
    c = Court("yard", 10.0, 5.0)
    assert c.contains((5, 2.5))
    assert [s.name for s in c.shapes] == ["boundary"]
    assert isinstance(court("nhl").boundary, Polygon)
