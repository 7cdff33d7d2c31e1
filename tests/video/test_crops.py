"""Pictures of people: what lies in a box and nothing else, boxes beyond the picture, frames that are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.errors import DataError
from sportsai.video.crops import crops
from sportsai.video.decode import Counter, look
from sportsai.video.follow import Boxes
from tests.video.films import greys, write


def boxes(rows: list[int], xyxy: list[list[float]]) -> Boxes:
    return Boxes.of(np.array(rows), np.array(xyxy, np.float64), None, np.arange(len(rows)))


def test_a_crop_is_what_lies_in_its_box(tmp_path: Path) -> None:
    """A white man of 8 x 16 pixels walks over black; the box around him is white, the one beside him black."""
    films = np.zeros((4, 48, 64, 3), np.uint8)
    for n, image in enumerate(films):
        image[16:32, 8 + 8 * n : 16 + 8 * n] = 255
    footage = look(write(tmp_path / "a.mp4", list(films)))
    asked = boxes([0, 1, 1], [[9, 17, 15, 31], [25, 17, 31, 31], [48, 17, 56, 31]])
    counter = Counter()
    got = list(crops(footage, np.array([0, 2]), asked, 12, 6, counter))
    assert [g[0].tolist() for g in got] == [[0], [1, 2]] and counter.read == 2
    assert got[0][1].shape == (1, 12, 6, 3) and got[1][1].shape == (2, 12, 6, 3)
    assert got[0][1].min() > 200 and got[1][1][0].min() > 200 and got[1][1][1].max() < 50


def test_what_shows_of_a_box_beyond_the_picture_is_cut(tmp_path: Path) -> None:
    footage = look(write(tmp_path / "a.mp4", greys(3)))
    asked = boxes([0, 0, 0, 1], [[-20, 10, 10, 40], [-20, 10, 2, 40], [70, 0, 90, 9], [50, 40, 80, 90]])
    got = list(crops(footage, np.array([0, 1]), asked, 8, 8))
    assert [g[0].tolist() for g in got] == [[0], [3]]


def test_a_box_in_a_row_that_is_not_there(tmp_path: Path) -> None:
    footage = look(write(tmp_path / "a.mp4", greys(3)))
    with pytest.raises(DataError, match="a box in row 2; expected a row from 0 to 1"):
        list(crops(footage, np.array([0, 1]), boxes([2], [[0, 0, 9, 9]])))
    assert list(crops(footage, np.array([0, 1]), boxes([], np.zeros((0, 4)).tolist()))) == []
