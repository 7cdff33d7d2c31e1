"""Long straight stripes: which are seen, and that four of them tell the camera they were drawn under."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.court import load_league
from sportsai.video.find import find_court
from sportsai.video.lines import MASK_PX, plan
from sportsai.video.plane import mapped
from sportsai.video.rigs import RIGS, cameras, grounds, likely, looks_down, settled
from sportsai.video.straight import crossings, homographies, posed, straight

WIDE = 1280
USUAL = np.array([0.5, 0.6, 0.6, 0.5, 0.6, 0.5, 0.8])


def drawn(unit: np.ndarray, league: str) -> np.ndarray:
    """Return the mask of a court's lines under a camera, each point a dot."""
    court = load_league(league)
    at = mapped(plan(court.court, 0.02).xy, grounds(unit[None], court, WIDE)[0])
    at = np.round(at[((at >= 2) & (at < [WIDE - 2, MASK_PX - 2])).all(1)]).astype(int)
    mask = np.zeros((MASK_PX, WIDE), np.uint8)
    mask[at[:, 1], at[:, 0]] = 255
    return cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0


def test_a_court_has_lines_along_it_and_across_it() -> None:
    along, across = crossings(load_league("volleyball").court)
    assert along.tolist() == [-4.5, 4.5] and across.tolist() == [-9, -3, 0, 3, 9]
    along, across = crossings(load_league("soccer").court)
    assert along.tolist() == pytest.approx([-34, -20.16, -9.16, 9.16, 20.16, 34])
    assert across.tolist() == pytest.approx([-52.5, -47, -36, 0, 36, 47, 52.5])


def test_a_long_stripe_is_told_from_a_crowd() -> None:
    mask = np.zeros((MASK_PX, WIDE), np.uint8)
    cv2.line(mask, (100, 500), (900, 580), 255, 6)
    cv2.line(mask, (300, 300), (200, 650), 255, 6)
    crowd = np.random.default_rng(0).random((200, WIDE)) < np.linspace(0.4, 0, 200)[:, None]
    mask[:200] = 255 * crowd
    lines = straight(mask > 0)
    assert len(lines) == 2 and lines[:, 4].tolist() == sorted(lines[:, 4].tolist(), reverse=True)
    assert lines[:, 3].tolist() == pytest.approx(
        [np.degrees(np.arctan2(80, 800)), -np.degrees(np.arctan2(350, 100))], abs=0.5
    )
    for (a, b, c, *_), point in zip(lines, ((500, 540), (250, 475)), strict=True):
        assert abs(a * point[0] + b * point[1] + c) < 1.5
    assert len(straight(np.zeros((MASK_PX, WIDE), bool))) == 0


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(RIGS)), st.lists(st.floats(0.1, 0.9), min_size=7, max_size=7))
def test_a_camera_is_told_by_the_map_it_makes(sport: str, numbers: list[float]) -> None:
    league, unit = load_league(sport), np.array([numbers])
    back = cameras(*posed(grounds(unit, league, WIDE) * -3.0, WIDE, MASK_PX), league, WIDE)
    assert back == pytest.approx(unit, abs=1e-5)
    assert likely(back)[0]


@pytest.mark.parametrize("sport", ["volleyball", "soccer", "basketball"])
def test_four_lines_tell_the_camera_that_they_were_drawn_under(sport: str) -> None:
    league = load_league(sport)
    unit = USUAL if sport == "volleyball" else np.array([0.5, 0.6, 0.6, 0.2, 0.45, 0.5, 0.6])
    maps = homographies(drawn(unit, sport), league.court)
    half = np.array([league.court.length_m, league.court.width_m]) / 2
    points = np.array([(-0.6, -0.3), (-0.6, 0.6), (-0.2, 0.5), (-0.3, -0.2)]) * half
    true = mapped(points, grounds(unit[None], league, WIDE)[0])
    off = np.array([np.abs(mapped(points, m) - true).max() for m in maps])
    assert off.min() < 6
    assert len(homographies(np.zeros((MASK_PX, WIDE), bool), league.court)) == 0


def test_a_court_is_found_whatever_is_drawn_at_random() -> None:
    league, mask = load_league("volleyball"), drawn(USUAL, "volleyball")
    found = [find_court(mask, MASK_PX, league, seed=seed) for seed in (0, 1)]
    for one in found:
        assert one is not None
        assert one.camera == pytest.approx(USUAL, abs=0.1)
        assert one.laid.to_court == pytest.approx(found[0].laid.to_court)  # its straight stripes told it
    assert find_court(np.zeros((MASK_PX, WIDE), bool), MASK_PX, league) is None


def test_a_camera_is_settled_where_its_lines_lie() -> None:
    league = load_league("volleyball")
    ground = grounds(USUAL[None], league, WIDE)[0]
    xy = plan(league.court, 1.0).xy
    camera, off = settled(USUAL + 0.05, ground, xy, league, WIDE)
    assert off < 0.2 and camera == pytest.approx(USUAL, abs=0.02)
    assert looks_down(USUAL[None], league)[0]
    assert not looks_down((USUAL - [0, 0, 0.9, 0, 0, 0, 0])[None], league)[0]
