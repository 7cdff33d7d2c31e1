"""Pixels to metres: homographies known by hand, carried with a camera, and points that tell nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.errors import DataError
from sportsai.video import place
from sportsai.video.lines import Laid
from sportsai.video.place import Points, Start, fitted, placed, read_points
from sportsai.video.plane import mapped

SQUARE = np.array([[0.0, 0], [100, 0], [100, 50], [0, 50]])
METRES = np.array([[-10.0, 5], [10, 5], [10, -5], [-10, -5]])  # 0.2 m a pixel, y down turned up
TRUE = np.array([[0.2, 0, -10], [0, -0.2, 5], [0, 0, 1]])


def test_four_points_by_hand() -> None:
    H, off = fitted(Points(0, SQUARE, METRES))
    assert np.allclose(H / H[2, 2], TRUE, atol=1e-9) and off < 1e-9
    assert mapped(np.array([[50.0, 25]]), H)[0] == pytest.approx([0, 0], abs=1e-9)


def test_a_point_that_does_not_agree_is_dropped() -> None:
    px = np.concatenate([SQUARE, [[50, 25], [25, 25]]])
    m = np.concatenate([METRES, [[0, 0], [30, 30]]])
    H, off = fitted(Points(0, px, m))
    assert np.allclose(H / H[2, 2], TRUE, atol=1e-6) and off < 1e-6


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-0.3, 0.3), min_size=8, max_size=8))
def test_a_homography_is_found_again(bend: list[float]) -> None:
    H = TRUE + np.array([*bend, 0.0]).reshape(3, 3) * np.array([[0.1, 0.1, 5], [0.1, 0.1, 5], [1e-3, 1e-3, 0]])
    px = SQUARE + 300
    m = mapped(px, H)
    if not np.isfinite(m).all() or np.abs(m).max() > 1e3:
        return
    again, _ = fitted(Points(0, px, m))
    assert np.allclose(mapped(px + 7, again), mapped(px + 7, H), atol=1e-4)


def test_it_is_carried_with_the_camera_and_no_further() -> None:
    pan = np.array([[1.0, 0, 10], [0, 1, 0], [0, 0, 1]])  # what was at x is at x + 10
    camera, follows = np.tile(pan, (6, 1, 1)), np.array([False, True, True, True, False, True])
    places = placed(place.given([Points(20, SQUARE, METRES)], {20: 1}), camera, follows)
    assert places.known.tolist() == [True, True, True, True, False, False]
    for t in range(4):
        assert mapped(np.array([[50.0 + 10 * (t - 1), 25]]), places.to_court[t])[0] == pytest.approx([0, 0], abs=1e-6)
    assert np.isnan(places.error_px).all() and places.error_m[:4].tolist() == pytest.approx([0] * 4, abs=1e-6)


def test_lines_correct_what_the_camera_brings_and_for_how_long_it_is_trusted_without() -> None:
    """The camera is said to stand still while it pans 1 px a row; lines tell, but for rows 4 and on."""
    still, follows = np.tile(np.eye(3), (20, 1, 1)), np.arange(20) > 0
    asked: list[int] = []

    def lay(row: int, to_court: np.ndarray) -> Laid:
        asked.append(row)
        seen = row < 4
        true = np.array([[1.0, 0, -row], [0, 1, 0], [0, 0, 1]])
        return Laid(true if seen else to_court, 0.9 if seen else 0.1, 0.5, 0.05, 100, 0.9)

    places = placed([Start(0, np.eye(3), 9.0)], still, follows, lay, rate_hz=10.0)
    assert places.known.tolist() == [t < 4 + 10 for t in range(20)]  # a second of ten rows without lines
    assert places.to_court[:6, 0, 2].tolist() == [0, -1, -2, -3, -3, -3]
    assert places.error_px[:4].tolist() == [0.5] * 4 and np.isnan(places.error_px[4:]).all()
    assert places.error_m[3] == 0.05 and places.error_m[5] == 9.0
    assert max(asked) == 14


def test_the_nearest_start_is_taken_and_lines_never_seen_are_not_waited_for() -> None:
    still, follows = np.tile(np.eye(3), (9, 1, 1)), np.arange(9) > 0
    starts = [Start(1, np.diag([1.0, 1, 1]), 0.1), Start(6, np.diag([2.0, 2, 1]), 0.2)]
    places = placed(starts, still, follows, lambda row, H: Laid(H, 0.0, np.inf, np.inf, 100, 0.0), rate_hz=1.0)
    assert places.known.all()
    assert places.to_court[:, 0, 0].tolist() == [1, 1, 1, 1, 2, 2, 2, 2, 2]


HEAD = "frame,x_px,y_px,x_m,y_m\n"
GOOD = [f"3,{x},{y},{a},{b}\n" for (x, y), (a, b) in zip(SQUARE.tolist(), METRES.tolist(), strict=True)]


def test_a_table_of_points(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("# corners\n" + HEAD + "".join(GOOD))
    (points,) = read_points(tmp_path / "p.csv", 10)
    assert points.frame == 3 and np.array_equal(points.px, SQUARE) and np.array_equal(points.m, METRES)


BAD = {
    "header": ("frame,x,y\n1,2,3\n", "no column x_px, y_px, x_m, y_m"),
    "word": (HEAD + "".join(GOOD[:3]) + "3,a,1,2,3\n", r"p\.csv, line 5: not five numbers"),
    "three": (HEAD + "".join(GOOD[:3]), "frame 3 has 3 points"),
    "far": (HEAD + "".join(GOOD).replace("3,", "30,", 1), "frame 30|has"),
    "half": (HEAD + "".join(g.replace("3,", "3.5,", 1) for g in GOOD), "frame 3.5"),
    "line": (HEAD + "".join(f"3,{n * 10},{n * 20},{n},{n * 2}\n" for n in range(4)), "on one line"),
    "three on a line": (HEAD + "".join(GOOD[:2]) + "3,50,0,0,5\n" + GOOD[2], "three of the four points"),
    "empty": ("", "is no table"),
    "none": (HEAD, "no points"),
}


@pytest.mark.parametrize("what", BAD)
def test_points_that_tell_nothing(what: str, tmp_path: Path) -> None:
    text, said = BAD[what]
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        read_points(tmp_path / "p.csv", 10)
    with pytest.raises(DataError, match="no such file"):
        read_points(tmp_path / "q.csv", 10)
