"""Footage watched in parts: cuts, the camera, shirts, and a run that was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.video import watch as module
from sportsai.video.decode import look
from sportsai.video.follow import Boxes
from sportsai.video.game import followed, game_of, players
from sportsai.video.motion import moved, small
from sportsai.video.place import Points, given, placed
from sportsai.video.shirts import shirts, teams
from sportsai.video.shots import colours, from_afar, is_cut
from sportsai.video.tiles import laid, measured, once, people
from sportsai.video.watch import Asked, mark, wanted, watch
from tests.video.films import view, write

RED, BLUE = (220, 30, 30), (30, 30, 220)


class Squares:
    """A detector of what is pure red or blue; it counts the pictures it is shown."""

    def __init__(self) -> None:
        self.asked = 0

    def people(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        import cv2

        out = []
        for image in images:
            self.asked += 1
            wide = image.astype(int)
            pure = ((wide.max(-1) > 180) & (wide.min(-1) < 70)).astype(np.uint8)
            _, _, stats, _ = cv2.connectedComponentsWithStats(pure)
            found = [(x, y, x + w, y + h, 0.9) for x, y, w, h, area in stats[1:].tolist() if area > 60]
            out.append(np.array(found, np.float64).reshape(-1, 5))
        return out


def drawn(image: np.ndarray, x: int, y: int, colour: tuple[int, int, int]) -> None:
    image[y : y + 24, x : x + 10] = colour


def clip(path: Path, frames: int = 30, cut_at: int | None = None) -> Path:
    """Write people who walk, three red and three blue, on a floor over which the camera pans by 2 pixels a frame."""
    images = []
    for n in range(frames):
        image = view(2 * n)
        if cut_at is not None and n >= cut_at:
            image = np.full_like(image, (20, 120, 40))
        for k in range(6):
            drawn(image, 40 + 40 * k - 2 * n + (n if k % 2 else 0), 40 + 18 * k, RED if k < 3 else BLUE)
        images.append(image)
    return write(path, images)


def test_frames_are_looked_at_by_their_times(tmp_path: Path) -> None:
    footage = look(clip(tmp_path / "a.mp4"))
    assert wanted(footage, Asked(rate_hz=25)).tolist() == list(range(30))
    assert wanted(footage, Asked(rate_hz=12.5)).tolist() == list(range(0, 30, 2))
    assert wanted(footage, Asked(rate_hz=5, first_s=0.4, last_s=0.8), also=[12]).tolist() == [10, 12, 15]
    with pytest.raises(DataError, match="outside the stretch"):
        wanted(footage, Asked(first_s=0.4), also=[3])
    with pytest.raises(DataError, match="no frame from 50 s"):
        wanted(footage, Asked(first_s=50))
    with pytest.raises(DataError, match=r"one frame from 0 s to 0\.04 s"):
        wanted(footage, Asked(last_s=0.04))
    for wrong in ({"rate_hz": 0.0}, {"first_s": 3.0, "last_s": 2.0}):
        with pytest.raises(DataError):
            Asked(**wrong)


def test_a_stopped_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART", 10)
    footage, asked = look(clip(tmp_path / "a.mp4")), Asked(rate_hz=25, tiled=False)
    whole = watch(footage, asked, Squares(), tmp_path / "whole")
    detector = Squares()

    def stop(done: int, total: int) -> None:
        if done == 14:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(footage, asked, detector, tmp_path / "run", progress=stop)
    assert detector.asked == 14
    again = Squares()
    seen = watch(footage, asked, again, tmp_path / "run")
    assert again.asked == 20  # the first ten are kept
    for name in ("frame", "camera", "follows", "cut", "shirt"):
        assert np.allclose(getattr(seen, name), getattr(whole, name), equal_nan=True)
    assert np.allclose(seen.boxes.xyxy, whole.boxes.xyxy)
    watch(footage, asked, last := Squares(), tmp_path / "run")
    assert last.asked == 0
    (tmp_path / "run" / "00001.npz").write_bytes(b"nonsense")
    with pytest.raises(DataError, match=r"00001\.npz: is damaged.*Delete it"):
        watch(footage, asked, Squares(), tmp_path / "run")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="while keeping what was watched"):
        watch(footage, asked, Squares(), tmp_path / "file")


def test_a_run_is_named_by_all_that_is_asked(tmp_path: Path) -> None:
    footage, asked = look(clip(tmp_path / "a.mp4")), Asked()
    weights = tmp_path / "w"
    weights.write_bytes(b"1")
    names = [mark(footage, asked), mark(footage, Asked(rate_hz=5)), mark(footage, asked, also=[3]),
             mark(footage, asked, weights), mark(footage, asked, court="volleyball")]  # fmt: skip
    weights.write_bytes(b"2")  # the same path, other weights
    names.append(mark(footage, asked, weights))
    assert len(set(names)) == len(names) and mark(footage, asked) == names[0]


def test_the_camera_is_followed_and_a_cut_is_seen(tmp_path: Path) -> None:
    footage = look(clip(tmp_path / "a.mp4", 20, cut_at=12))
    seen = watch(footage, Asked(rate_hz=25, tiled=False), Squares(), tmp_path / "run")
    assert np.flatnonzero(seen.cut).tolist() == [0, 12] and seen.shot.tolist() == [0] * 12 + [1] * 8
    assert seen.follows[1:12].all() and not seen.follows[[0, 12]].any()
    pan = np.array([m @ np.array([160.0, 90, 1]) for m in seen.camera[1:12]])
    assert np.allclose(pan[:, :2] / pan[:, 2:] - [160, 90], [-2, 0], atol=0.3)


def test_a_blank_picture_follows_nothing() -> None:
    blank = np.zeros((180, 320, 3), np.uint8)
    assert moved(small(blank), small(blank)) == (None, 0.0)
    assert not is_cut(colours(view()), colours(view(4)), 0.9)
    assert is_cut(colours(view()), colours(blank), 0.0)


def test_close_ups_are_told_by_how_large_people_are() -> None:
    few = np.array([[0, 0, 40, 100.0]])
    near = Boxes.of(np.array([0, 0, 0, 1, 1, 1]), np.concatenate([few] * 3 + [few * 5] * 3))
    assert from_afar(near, np.array([0, 1]), 720).tolist() == [True, False]
    assert from_afar(near.take(near.frame == 0), np.array([0, 1]), 720).tolist() == [True, False]


def test_shirts_and_teams() -> None:
    image = np.full((100, 200, 3), 90, np.uint8)
    boxes = np.array([[10.0 + 30 * k, 20, 20 + 30 * k, 44] for k in range(6)])
    for k, (x, y, *_) in enumerate(boxes.astype(int).tolist()):
        drawn(image, x, y, RED if k < 3 else BLUE)
    lab = shirts(image, boxes)
    assert lab[:3, 1].min() > 40 and lab[3:, 2].max() < -60  # Lab: red has a high a, blue a low b
    referee = np.array([[85.0, 0, 0]])
    told = teams(np.repeat(np.arange(7), 5), np.repeat(np.concatenate([lab, referee]), 5, axis=0))
    assert told.side.tolist() == [0, 0, 0, 1, 1, 1, -1] and told.apart > 50
    assert np.abs(told.colour.astype(int) - [RED, BLUE]).max() < 30
    assert set(teams(np.arange(6), np.repeat(lab[:1], 6, axis=0)).side) == {-1}  # all alike: nobody is of a team
    assert np.isnan(shirts(image, np.array([[500.0, 500, 520, 540]]))).all()
    assert shirts(image, np.zeros((0, 4))).shape == (0, 3)


def test_tiles_cover_and_find_everyone_once() -> None:
    image = view()
    for k in range(6):
        drawn(image, 5 + 50 * k, 40 + 20 * k, RED)
    tiles = laid(320, 180, 60, 30, 170)
    covered = np.zeros((180, 320), bool)
    for x0, y0, x1, y1 in tiles.rects.tolist():
        covered[y0:y1, x0:x1] = True
    assert covered[30:170].all() and tiles.rects.min() >= 0
    found = people(Squares(), image, tiles)
    assert sorted(found[:, 0].tolist()) == [5 + 50 * k for k in range(6)]
    fitted = measured(Squares(), [image], 2.6)
    assert fitted.person == 24 and len(people(Squares(), image, fitted)) == 6
    assert len(measured(Squares(), [view()], 2.6)) == 1  # nobody there: all of the picture


def test_the_surest_of_two_boxes_stays() -> None:
    boxes = np.array([[0, 0, 10, 10, 0.5], [1, 0, 11, 10, 0.9], [30, 0, 40, 10, 0.2]])
    assert once(boxes)[:, 4].tolist() == [0.9, 0.2]


def test_footage_becomes_a_game_in_metres(tmp_path: Path) -> None:
    league = load_league("basketball")
    footage = look(clip(tmp_path / "game one.mp4"))
    asked = Asked(rate_hz=25, tiled=False)
    seen = watch(footage, asked, Squares(), tmp_path / "run")
    told = followed(seen, footage.height)
    px = np.array([[0.0, 0], [320, 0], [320, 180], [0, 180]])
    metres = np.array([[-12.0, 6], [12, 6], [12, -6], [-12, -6]])
    places = placed(given([Points(0, px, metres)], {0: 0}), seen.camera, seen.follows)
    game = game_of(footage, seen, told, places, players(told, places, league), league, source={"a": "b"})
    tracks = game.tracks
    assert tracks is not None and game.id == "game-one" and tracks.T == 30
    assert sorted(tracks.side.tolist()) == [0, 0, 0, 1, 1, 1]
    assert tracks.present.mean() > 0.9
    standing = [p for p in range(6) if tracks.present[:, p].all() and np.ptp(tracks.xy[:, p, 0]) < 0.5]
    assert len(standing) == 2  # the camera pans and they do not walk; a third is soon out of the picture
    paces = sorted(
        round(float(np.polyfit(tracks.t_s[m], tracks.xy[m, p, 0], 1)[0]), 1) for p, m in enumerate(tracks.present.T)
    )
    assert paces == pytest.approx([0, 0, 0, *[25 * 24 / 320] * 3], abs=0.3)  # every other walks a pixel a frame
    assert players(told, places, league).aside == 0


def test_a_frame_without_a_homography_is_unobserved(tmp_path: Path) -> None:
    footage = look(clip(tmp_path / "a.mp4", 20, cut_at=12))
    seen = watch(footage, Asked(rate_hz=25, tiled=False), Squares(), tmp_path / "run")
    px = np.array([[0.0, 0], [320, 0], [320, 180], [0, 180]])
    places = placed(given([Points(0, px, px / 40)], {0: 0}), seen.camera, seen.follows)
    told, league = followed(seen, 180), load_league("basketball")
    game = game_of(footage, seen, told, places, players(told, places, league), league)
    assert game.tracks is not None and not game.tracks.observed[12:].any()
    assert sum(n for what, n in game.repairs.items() if "unobserved" in what) == 8


def test_points_say_that_a_shot_shows_the_court_whoever_is_in_it(tmp_path: Path) -> None:
    footage, league = look(clip(tmp_path / "a.mp4", 20)), load_league("basketball")
    seen = watch(footage, Asked(rate_hz=25, tiled=False), Squares(), tmp_path / "run")
    one = seen.boxes.take(np.flatnonzero(seen.boxes.xyxy[:, 0] == seen.boxes.xyxy[:, 0].min()))
    px = np.array([[0.0, 0], [320, 0], [320, 180], [0, 180]])
    places = placed(given([Points(0, px, px / 40)], {0: 0}), seen.camera, seen.follows)
    for boxes in (one, seen.boxes.take(np.zeros(0, np.int64))):  # one person, or nobody
        few = replace(seen, boxes=boxes, shirt=seen.shirt[: len(boxes)], number=seen.number[: len(boxes)])
        assert not followed(few, 180).afar.any()
        told = followed(few, 180, shown=[0])
        assert told.afar.all()
        game = game_of(footage, few, told, places, players(told, places, league), league)
        assert game.tracks is not None and len(game.tracks.side) == 0 and not game.tracks.observed.any()


def test_the_rate_of_uneven_steps_is_their_mean(tmp_path: Path) -> None:
    seen = watch(look(clip(tmp_path / "a.mp4", 20)), Asked(rate_hz=25, tiled=False), Squares(), tmp_path / "run")
    assert seen.rate_hz == pytest.approx(25)
    for file_hz, asked_hz, rate in ((30.0, 12.5, 12.5), (30000 / 1001, 100.0, 30000 / 1001), (25.0, 10.0, 10.0)):
        t = np.arange(round(8 * file_hz)) / file_hz
        t = t[np.diff(np.floor(t * asked_hz + 1e-6), prepend=-1) > 0]
        some = replace(seen, t_s=np.concatenate([t, t + 20]))  # ten seconds and more are left out
        assert some.rate_hz == pytest.approx(rate, abs=1e-6)
