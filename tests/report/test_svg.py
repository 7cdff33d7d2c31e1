"""A court's shapes as paths: what lies too far out for a drawing is left out, nothing else is."""

from __future__ import annotations

import re

import pytest

from sportsai.court import load_league
from sportsai.report.svg import PAD, court_paths


def across(d: str) -> float:
    """Return how far across the court a path reaches from its middle, metres."""
    return max(abs(float(y)) for y in re.findall(r"[ML]-?[\d.]+ (-?[\d.]+)", d))


def test_volleyballs_dashes_beside_the_court_are_left_out() -> None:
    court = load_league("volleyball").court
    drawn = court_paths(court)
    room = court.half_width_m + PAD * court.length_m
    assert len(drawn) == 17 and max(across(p["d"]) for p in drawn if "A" not in p["d"]) <= room
    assert sum(abs(s.points(6.0)[:, 1]).max() > room for s in court.shapes) == 16  # four dashed lines, four dashes each


@pytest.mark.parametrize(("sport", "shapes"), [("soccer", 18), ("basketball", 45), ("american_football", 436)])
def test_every_shape_of_other_courts_stays(sport: str, shapes: int) -> None:
    assert len(court_paths(load_league(sport).court)) == shapes
