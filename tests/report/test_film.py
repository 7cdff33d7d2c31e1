"""A film shows what is there, frame after frame, and nothing of what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sportsai.errors import DataError
from sportsai.report.film import film
from tests.whole.made_up import game

Image = pytest.importorskip("PIL.Image")


def pictures(path: Path) -> list[np.ndarray]:
    with Image.open(path) as picture:
        out = []
        for n in range(picture.n_frames):
            picture.seek(n)
            out.append(np.array(picture.convert("RGB")).astype(int))
    return out


def dark(picture: np.ndarray) -> int:
    return int((picture[30:-20].sum(-1) < 120).sum())


def test_a_film_of_ten_seconds_has_eight_pictures_a_second(tmp_path: Path) -> None:
    path = film(game(0), 10, 31, tmp_path / "sub" / "a.gif", "a shot, 82 %")
    drawn = pictures(path)
    assert len(drawn) == 81  # 2 Hz: 21 frames are 10 s
    assert all(dark(p) > 20 for p in drawn)  # the ball is on each
    assert path.stat().st_size < 400_000


def test_what_is_not_seen_is_not_drawn(tmp_path: Path) -> None:
    made = game(0)
    tracks = made.tracks
    assert tracks is not None
    hidden = replace(made, tracks=replace(tracks, ball_present=np.zeros(400, bool)))
    assert dark(pictures(film(hidden, 10, 20, tmp_path / "a.gif"))[0]) < 20


def test_what_cannot_be_filmed_is_said(tmp_path: Path) -> None:
    made = game(0)
    with pytest.raises(DataError, match="frames 900 to 910 of game game-0 show nothing"):
        film(made, 900, 910, tmp_path / "a.gif")
    with pytest.raises(DataError, match="a film of 200 s; expected at most 120 s"):
        film(made, 0, 400, tmp_path / "a.gif")
    with pytest.raises(DataError, match="has no tracks"):
        film(replace(made, tracks=None), 0, 10, tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())
