"""Rendered footage: a camera that projects as it says, boxes where people are drawn, and a court found by its lines."""

from __future__ import annotations

import dataclasses
import io
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.court import load_league
from sportsai.data import AWAY, HOME, Game, Period, Slot, Team, Tracks, empty_tracks
from sportsai.errors import DataError
from sportsai.simulate.broadcast import FPS, HIGH_PX, WIDE_PX, Camera, Filmed, camera_over, files, film
from sportsai.video.decode import frames, look
from sportsai.video.film import Writer
from sportsai.video.find import find_court
from sportsai.video.lines import laid, packed, plan, stripes, unpacked
from sportsai.video.plane import mapped

LEAGUE = load_league("basketball")
T = 40


def game(there: bool = True) -> Game:
    """Return six people at 10 Hz: two walk, four stand; the ball lies in the middle."""
    slots = tuple(Slot(f"p{k}", HOME if k < 3 else AWAY) for k in range(6))
    arrays = empty_tracks(T, slots, 10)
    arrays["frame"] = np.arange(T, dtype=np.int32)
    arrays["period"][:] = 1
    arrays["t_s"] = np.arange(T) / 10
    at = np.array([[-8.0, 2], [-4, -3], [0, 4], [3, -4], [6, 1], [9, 5]])
    arrays["xy"][:] = at[None]
    arrays["xy"][:, :2, 0] += np.arange(T)[:, None] * 0.2
    arrays["present"][:] = there
    arrays["ball_xy"][:] = 0.0
    arrays["ball_present"][:] = there
    return Game(
        id="drawn", league="basketball", teams=(Team("h", "Home"), Team("a", "Away")), roster=(),
        court_length_m=28.0, court_width_m=15.0, periods=(Period(1, 0, T, None),), tracks=Tracks(**arrays),
        provider="none", source={}, repairs={}, kind="clip", extra={},
    )  # fmt: skip


def written(path: Path) -> tuple[Path, Filmed]:
    with Writer(path, (WIDE_PX, HIGH_PX), Fraction(FPS), quality=26) as writer:
        return path, film(game(), LEAGUE, writer.write, 0.4, 1.2, seed=3)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Filmed]:
    return written(tmp_path_factory.mktemp("film") / "a film.mp4")


@pytest.fixture(scope="module")
def filmed(made: tuple[Path, Filmed]) -> Filmed:
    return made[1]


def test_a_camera_projects_as_pinholes_do() -> None:
    """At (0, -10, 0), looking along y with 1,000 pixels: (1, 0, -1) is 100 px to the right of the middle, 100 below."""
    axes = np.array([[[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]])
    camera = Camera(np.array([[0.0, -10, 0]]), axes, np.array([1000.0]))
    x, y, w = camera.matrix(0) @ [1, 0, -1, 1]
    assert (x / w, y / w) == pytest.approx((640 + 100, 360 + 100))


def test_the_ground_maps_there_and_back() -> None:
    camera = camera_over(np.linspace([-5.0, 0], [5, 2], 50), LEAGUE)
    at = np.array([[-3.0, 2.0], [0, 0], [4, -3]])
    for t in (0, 25, 49):
        h = np.c_[at, np.zeros(3), np.ones(3)] @ camera.matrix(t).T
        assert np.allclose(mapped(h[:, :2] / h[:, 2:], camera.to_court(t)), at)
        assert np.allclose(camera.axes[t] @ camera.axes[t].T, np.eye(3)) and np.linalg.det(camera.axes[t]) > 0


def test_boxes_stand_where_people_are(made: tuple[Path, Filmed]) -> None:
    filmed = made[1]
    footage, boxes = look(made[0]), filmed.boxes
    assert len(footage) == 30 and (footage.width, footage.height) == (1280, 720)
    whole = boxes[(boxes["x0"] > 0) & (boxes["x1"] < 1280) & (boxes["y1"] < 720)]
    assert len(whole) > 60 and boxes["hidden"].between(0, 1).all()
    for t, mine in whole.groupby("frame"):
        foot = np.c_[(mine["x0"] + mine["x1"]) / 2, mine["y1"]]
        off = mapped(foot, filmed.camera.to_court(int(t))) - mine[["x_m", "y_m"]].to_numpy()
        assert np.abs(off).max() < 0.8  # a stride's reach
    red = blue = 0
    for t, image in frames(footage, np.array([0, 20])):
        mine = whole[whole["frame"] == t]
        for row in mine[mine["hidden"] < 0.2].itertuples():
            x, y = (row.x0 + row.x1) // 2, row.y0 + int(0.3 * (row.y1 - row.y0))
            r, _, b = image[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].reshape(-1, 3).mean(0)
            red += row.track < 3 and r > b
            blue += row.track >= 3 and b > r
    assert red >= 3 and blue >= 3


def test_the_same_seed_films_the_same(made: tuple[Path, Filmed], tmp_path: Path) -> None:
    path, again = written(tmp_path / "b.mp4")
    assert again.boxes.equals(made[1].boxes) and path.read_bytes() == made[0].read_bytes()


def test_what_is_true_is_written_beside(filmed: Filmed) -> None:
    beside = files(filmed)
    assert len(pd.read_csv(io.BytesIO(beside[".boxes.csv"]))) == len(filmed.boxes)
    said = json.loads(beside[".camera.json"])
    assert said["rendered"] is True and np.allclose(said["to_court"][7], filmed.camera.to_court(7))


@pytest.mark.parametrize("case", ["no one", "no play", "no tracks"])
def test_a_stretch_with_nothing_to_film(case: str) -> None:
    one = game(there=case != "no one")
    if case == "no tracks":
        one = dataclasses.replace(one, tracks=None)
    told = {"no one": "no one is on court", "no play": "no play from 99 s on", "no tracks": "has no tracks"}[case]
    with pytest.raises(DataError, match=told):
        film(one, LEAGUE, lambda picture: None, 99.0 if case == "no play" else 0.0, 1.0)


def test_a_homography_that_is_off_is_laid_over_the_lines(made: tuple[Path, Filmed]) -> None:
    path, filmed = made
    ((at, image),) = frames(look(path), np.array([15]))
    true = filmed.camera.to_court(at)
    off = true @ np.array([[1.004, 0.002, 9.0], [0.0, 1.0, -6.0], [0, 0, 1]])
    one = laid(plan(LEAGUE.court), stripes(image), off, 720)
    px = np.array([[300.0, 400], [640, 500], [1000, 350]])
    assert np.linalg.norm(mapped(px, off) - mapped(px, true), axis=1).max() > 0.1
    assert np.linalg.norm(mapped(px, one.to_court) - mapped(px, true), axis=1).max() < 0.03
    assert one.on > 0.5 and one.off_px < 1.5 and one.off_m < 0.1


def test_a_court_is_found_by_its_lines_alone_and_again_where_the_camera_stands(made: tuple[Path, Filmed]) -> None:
    path, filmed = made
    ((at, image),) = frames(look(path), np.array([15]))
    true, mask = filmed.camera.to_court(at), stripes(image)
    px = np.array([[300.0, 400], [640, 500], [1000, 350]])
    boxes = filmed.boxes[filmed.boxes["frame"] == at][["x0", "y0", "x1", "y1"]].to_numpy(float)
    found = find_court(mask, 720, LEAGUE, boxes)
    assert found is not None
    assert np.linalg.norm(mapped(px, found.laid.to_court) - mapped(px, true), axis=1).max() < 0.05
    again = find_court(mask, 720, LEAGUE, boxes, near=found.camera, seed=1)
    assert again is not None
    assert np.linalg.norm(mapped(px, again.laid.to_court) - mapped(px, true), axis=1).max() < 0.05
    giants = boxes + np.array([0, -300.0, 0, 0])
    assert find_court(mask, 720, LEAGUE, giants, near=found.camera) is None


def test_nothing_is_found_where_there_are_no_lines() -> None:
    blank, noise = np.zeros((720, 1280), bool), np.random.default_rng(0).random((720, 1280)) < 0.1
    for mask in (blank, noise):
        assert find_court(mask, 720, LEAGUE, near=np.full(7, 0.5)) is None


def test_stripes_are_thin_and_brighter_or_darker_and_kept_small() -> None:
    image = np.full((720, 1280, 3), 90, np.uint8)
    image[300:304] = 200
    image[500:504] = 20
    image[100:200] = 220  # a board, not a line
    assert np.flatnonzero(stripes(image)[:, 600]).tolist() == list(range(299, 305))  # softened by a pixel
    assert np.flatnonzero(stripes(image, dark=True)[:, 600]).tolist() == list(range(499, 505))
    mask = stripes(image[:, :1001])
    assert np.array_equal(unpacked(packed(mask)), mask) and len(packed(mask)) < 1000
    with pytest.raises(DataError, match="lines are damaged"):
        unpacked(packed(mask)[:-5])


def test_frames_before_the_first_period_are_not_filmed() -> None:
    before = game()
    assert before.tracks is not None
    before.tracks.period[:4], before.tracks.t_s[:4] = 0, np.nan  # no period: no time
    pictures: list[np.ndarray] = []
    shown = film(before, LEAGUE, pictures.append, 0.0, 0.2, seed=3)
    assert len(pictures) == 5 and shown.boxes["frame"].nunique() == 5
    first = shown.boxes[(shown.boxes["frame"] == 0) & (shown.boxes["track"] == 1)]
    assert abs(float(first["x_m"].iloc[0]) - (-4.0 + 4 * 0.2)) < 1e-6  # where he was when it began


def test_a_ball_alone_is_filmed() -> None:
    alone = game()
    assert alone.tracks is not None
    alone.tracks.present[:] = False
    shown = film(alone, LEAGUE, lambda _: None, 0.0, 0.2, seed=3)
    assert not len(shown.boxes) and np.isfinite(shown.ball).all()
