"""What is drawn over footage: trails that follow the camera, and none where nobody is or the camera is not known."""

from __future__ import annotations

import numpy as np

from sportsai.video.film import _trails, drawn
from sportsai.video.follow import Boxes


def boxes(frame: list[int], x: list[float], track: list[int]) -> Boxes:
    left = np.array(x)
    return Boxes.of(np.array(frame), np.stack([left - 5, left * 0, left + 5, left * 0 + 20], -1), None, np.array(track))


def test_a_trail_is_moved_with_the_camera() -> None:
    pan = np.tile(np.eye(3), (3, 1, 1))
    pan[1:, 0, 2] = -4.0  # what stood at 50 in one frame stands at 46 in the next
    trail = _trails(boxes([0, 1, 2], [50.0, 46.0, 42.0], [7, 7, 7]), 2, pan)
    assert list(trail) == [7] and np.allclose(trail[7], [[42, 20]] * 3)


def test_no_trail_across_frames_whose_camera_is_not_known() -> None:
    lost = np.tile(np.eye(3), (3, 1, 1))
    lost[2] = np.nan
    trail = _trails(boxes([0, 1, 2], [50.0, 51.0, 52.0], [7, 7, 7]), 2, lost)
    assert np.allclose(trail[7], [[52, 20]])


def test_a_picture_without_anybody_stays_as_it_is() -> None:
    assert _trails(boxes([], [], []), 0, None) == {}
    image = np.full((40, 60, 3), 9, np.uint8)
    drawn(image, boxes([], [], []), {}, 1.0, {})
    assert (image == 9).all()
    drawn(image, boxes([0], [30.0], [1]), {}, 1.0, {1: 0}, key=(1,))
    assert (image == 255).all(-1).any()  # the key player's frame
