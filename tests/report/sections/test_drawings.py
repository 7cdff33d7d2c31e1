"""The drawings that sections share: spots on a court, dots in rows, zones in a grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.report.figures.intervals import Dot, Row, apart, dot_rows, mean_range
from sportsai.report.figures.shot_map import Part, Spot, spot_map
from sportsai.report.figures.zone_matrix import zone_matrix
from sportsai.report.plays import Evidence
from tests.report.sections.hand_games import EVIL, material, standing, tracks_of


def test_a_part_of_a_court_begins_where_it_is_told(tmp_path: Path) -> None:
    m = material(tmp_path, tracks_of(standing([(0, 0)] * 10, 5), np.zeros((5, 2)), 5))
    f = Part(m.court, 510.0, 0.0)
    assert float(f.x(0.0)) == 0.0
    assert float(f.x(m.court.half_length_m + f.pad_m)) == pytest.approx(510.0)
    assert float(f.y(0.0)) == pytest.approx(f.height / 2)


def test_each_spot_opens_its_play_and_its_label_is_text(tmp_path: Path) -> None:
    m = material(tmp_path, tracks_of(standing([(0, 0)] * 10, 5), np.zeros((5, 2)), 5))
    evidence = Evidence()
    spots = [Spot(5, 1, EVIL, (7,)), Spot(6, 1, "two", (8,), filled=False, start=(1.0, 1.0), dashed=True)]
    drawn = spot_map(m, evidence, spots, "some", "Two spots", "n = 2", side=0, from_m=0.0, key=("made", "missed"))
    assert evidence.lists == {"some-0": [7], "some-1": [8]}
    assert EVIL not in drawn.svg
    assert drawn.svg.count('class="spot"') == 2
    assert 'role="group"' in drawn.svg
    assert "clip-some" in drawn.svg
    assert "stroke-dasharray" in drawn.svg


def test_a_mean_has_a_range_only_where_there_is_enough(tmp_path: Path) -> None:
    assert mean_range([2.0, 4.0]) == (3.0, 3.0, 3.0)
    mean, low, high = mean_range([1.0, 2.0, 3.0, 4.0])
    assert mean == 2.5
    assert 1.0 <= low < 2.5 < high <= 4.0
    assert mean_range([5.0] * 9) == (5.0, 5.0, 5.0)


def test_means_are_apart_only_where_their_difference_leaves_nothing_out() -> None:
    assert apart([1.0, 1.1, 1.2, 1.0], [3.0, 3.1, 3.2])
    assert not apart([1.0, 5.0, 2.0, 4.0], [1.0, 4.0, 3.0, 5.0])
    assert not apart([1.0], [9.0, 9.0, 9.0])


@pytest.mark.parametrize("values", [[3.0], [2.0, 2.0, 2.0], [0.1, 0.2, 950.0]])
def test_dots_in_rows_stay_in_the_drawing(values: list[float]) -> None:
    rows = [Row("Home", "home", tuple(Dot(v, EVIL, k) for k, v in enumerate(values)))]
    drawn = dot_rows(Evidence(), rows, "dots", "Dots", "n", "m")
    assert EVIL not in drawn.svg
    places = [float(p.split('"')[0]) for p in drawn.svg.split('cx="')[1:]]
    assert len(places) == len(values)
    assert all(0 <= x <= 510 for x in places)


def test_a_grid_shows_how_many_and_opens_them() -> None:
    evidence = Evidence()
    drawn = zone_matrix(evidence, ["slot", "points"], {("points", "slot"): (3, "three", [1, 2, 4])}, "grid", "T", "s")
    assert evidence.lists == {"grid-1-0": [1, 2, 4]}
    assert drawn.svg.count('class="spot"') == 1
    assert ">3<" in drawn.svg
