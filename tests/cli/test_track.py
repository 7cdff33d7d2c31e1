"""`sportsai track`: footage in, a game in the library out; wrong input is told in a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sportsai.analysis import scouting
from sportsai.analysis.scouting import Scouted
from sportsai.cli._films import file_names
from sportsai.library import Library
from sportsai.video import find, pipeline
from sportsai.video.decode import look
from sportsai.video.place import Start
from tests.simulate.test_broadcast import game
from tests.video.films import greys, write
from tests.video.test_watch import Squares, clip

POINTS = "frame,x_px,y_px,x_m,y_m\n0,0,0,-12,6\n0,320,0,12,6\n0,320,180,12,-6\n0,0,180,-12,-6\n"

CORNERED = [[24 / 320, 0, -12], [0, -12 / 180, 6], [0, 0, 1]]  # what those points tell


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    monkeypatch.setattr(pipeline, "open_detector", lambda *_: Squares())
    monkeypatch.chdir(tmp_path)
    clip(tmp_path / "it's a game.mp4")
    (tmp_path / "p.csv").write_text(POINTS)
    return ("track", "it's a game.mp4", "--league", "basketball", "--points", "p.csv", "--whole", "--rate", "25")


def test_a_game_its_film_and_its_boxes(type_, asked: tuple[str, ...], tmp_path: Path) -> None:
    said = type_(*asked, "--film", "f.mp4", "--boxes", "b.txt")
    assert "30 of 30 frames looked at are on the court" in said and "Light shirts" in said
    assert Library(tmp_path / "sportsai-library").ids() == ["it-s-a-game"]
    film = look(tmp_path / "f.mp4")
    assert (len(film), film.width, film.height) == (30, 320, 180)
    first = (tmp_path / "b.txt").read_text().splitlines()[0].split(",")
    assert first[0] == "1" and len(first) == 10
    told = json.loads(type_(*asked, "--name", "again", "--json"))
    assert told["game"] == "again" and told["people"] == 6 and told["frames_on_court"] == 30
    assert len(list((tmp_path / "runs" / "track").iterdir())) == 1  # what was watched was not watched again
    assert "Players were seen in 100%" in type_("quality", "again")
    type_("report", "again", "-o", "r.html")
    assert (tmp_path / "r.html").stat().st_size > 10_000


def test_films_of_events_have_names_of_their_own() -> None:
    assert file_names(["shot-1", "../x y", ""]) == ["shot-1", "x_y", "event"]
    assert file_names(["a/1", "a 1", "A.1"]) == ["1-a_1", "2-a_1", "3-A.1"]
    assert file_names(["B", "b"]) == ["1-B", "2-b"]


def test_any_stretch_of_a_tracked_game_is_filmed(type_, asked: tuple[str, ...], tmp_path: Path) -> None:
    type_(*asked, "--rate", "12.5")
    game = Library(tmp_path / "sportsai-library").load("it-s-a-game")
    assert game.view is not None and game.tracks is not None and game.view.frame.tolist() == list(range(0, 30, 2))
    assert game.tracks.frame.tolist() == list(range(15)) and np.isfinite(game.view.to_court).all()
    assert game.view.error_px.shape == (15,)
    foot = np.stack([game.view.xyxy[:, [0, 2]].mean(1), game.view.xyxy[:, 3], np.ones(len(game.view.row))], -1)
    at = np.einsum("nij,nj->ni", game.view.to_court[game.view.row], foot)
    placed = game.tracks.xy[game.view.row, game.view.slot]
    assert np.abs(at[:, :2] / at[:, 2:] - placed).max() < 0.01  # boxes, homographies and places tell the same
    (path,) = type_("film", "it-s-a-game", "--at", "0:00.6", "--length", "0.5s").split()
    film = look(path)
    assert (len(film), film.width, film.height) == (6, 320, 180)  # 0.40 to 0.80 s, 12.5 a second
    assert "has no events" in type_("film", "it-s-a-game", code=1)
    assert "nothing of game it-s-a-game" in type_("film", "it-s-a-game", "--at", "9:00", code=1)
    (tmp_path / "it's a game.mp4").rename(tmp_path / "moved.mp4")
    assert "--video" in type_("film", "it-s-a-game", "--at", "0:00.6", code=1)
    type_("film", "it-s-a-game", "--at", "0:00.6", "--video", "moved.mp4")
    write(tmp_path / "other.mp4", greys(9))
    assert "another video" in type_("film", "it-s-a-game", "--at", "0:00.6", "--video", "other.mp4", code=1)


def test_wrong_input_is_told_in_a_line_and_nothing_is_kept(type_, asked: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("\n".join(POINTS.splitlines()[:3]))
    write(tmp_path / "one.mp4", greys(1))
    for wrong, told in (
        ((*asked[:1], "p.csv", *asked[2:]), "is not a video"),
        ((*asked[:1], "one.mp4", *asked[2:]), "one still image"),
        ((*asked, "--points", "few.csv"), "frame 0 has 2 points"),
        ((*asked, "--detector", "yolo"), 'no detector named "yolo"'),
        ((*asked, "--rate", "0"), "0 frames a second"),
        ((*asked, "--from", "9"), "no frame from 9 s"),
        ((*asked, "--from", "0.5"), "frame 0 (0.0 s) lies outside"),
        ((*asked, "--league", "basketbal"), 'Did you mean "basketball"'),
    ):
        said = type_(*wrong, code=1)
        assert told in said and said.strip().count("\n") == 0
    assert not (tmp_path / "sportsai-library").exists()


class Known:
    """Finds people where they were drawn: given whole pictures in order, the boxes of each."""

    def __init__(self, boxes: pd.DataFrame) -> None:
        self.boxes = [
            np.c_[mine[["x0", "y0", "x1", "y1"]].to_numpy(np.float64), np.full(len(mine), 0.9)]
            for _, mine in boxes.groupby("frame")
        ]

    def people(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [self.boxes.pop(0) for _ in images]


def test_drawn_footage_is_tracked_without_a_click(type_, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(find, "ALL_OVER", (40_000, 600, 20))
    Library(tmp_path / "sportsai-library", create=True).add(game())
    said = type_("simulate", "broadcast", "drawn", "-o", "drawn film.mp4", "--from", "0.4", "--length", "0.6")
    assert "15 frames of Home - Away, drawn and not filmed" in said
    boxes = pd.read_csv(tmp_path / "drawn film.boxes.csv")
    assert json.loads((tmp_path / "drawn film.camera.json").read_text())["rendered"] is True
    monkeypatch.setattr(pipeline, "open_detector", lambda *_: Known(boxes))
    asked = ("track", "drawn film.mp4", "--league", "basketball", "--whole", "--rate", "25", "--film", "f.mp4")
    assert "its lines found in 1 shot; lines seen in 15 of 15 frames, off by" in type_(*asked)
    tracks = Library(tmp_path / "sportsai-library").load("drawn-film").tracks
    seen = boxes[(boxes["x0"] > 0) & (boxes["x1"] < 1280) & (boxes["hidden"] < 0.3)]
    for row in seen[seen["frame"] == 7].itertuples():
        off = np.linalg.norm(tracks.xy[7, tracks.present[7]] - [row.x_m, row.y_m], axis=1)
        assert off.min() < 0.6
    said = type_("simulate", "broadcast", "drawn", "-o", "x.mp4", "--from", "99", code=1)
    assert "no play from 99 s on" in said and not (tmp_path / "x.mp4").exists()


def test_a_court_that_is_not_found_is_told_before_anything_is_watched(type_, asked: tuple[str, ...]) -> None:
    said = type_(*asked[:4], "--whole", code=1)
    assert "the court was not found by its lines" in said and "--points" in said and said.strip().count("\n") == 0
    assert not list(Path("runs/track").glob("*/0*.npz"))
    said = type_(*asked[:3], "nfl", "--whole", code=1)
    assert "not found without points" in said and said.strip().count("\n") == 0


def test_footage_that_nobody_is_seen_in_says_so(type_, asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = SimpleNamespace(people=lambda images: [np.zeros((0, 5)) for _ in images])
    monkeypatch.setattr(pipeline, "open_detector", lambda *_: nobody)
    monkeypatch.setattr(pipeline, "glanced", lambda *_: (np.array(CORNERED), np.zeros(7)))
    said = type_(*(w for w in asked if w not in ("--points", "p.csv")), code=1)
    assert "no shot shows the game from afar" in said and "--points" in said and said.strip().count("\n") == 0
    assert "0 of 30 frames looked at are on the court" in type_(*asked, "--name", "nobody")


def test_another_game_of_that_name_is_not_written_over(type_, asked: tuple[str, ...], tmp_path: Path) -> None:
    type_(*asked)
    type_(*asked)  # the same footage again is the same game
    clip(tmp_path / "other.mp4", 20)
    said = type_(*asked[:1], "other.mp4", *asked[2:], "--name", "it-s-a-game", code=1)
    assert '"it-s-a-game" is another game' in said and "--name" in said
    assert Library(tmp_path / "sportsai-library").load("it-s-a-game").tracks.T == 30


def test_a_budget_tracks_only_around_the_moments_found(type_, asked, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    weights = SimpleNamespace(
        sha256="ab" * 32, about={}, path=tmp_path / "w.safetensors", model=None,
        recipe=SimpleNamespace(names=("shot", "turnover"), league="soccer", name="footage_scout", model="scout",
                               data=SimpleNamespace(worth={})),
    )  # fmt: skip
    given: list[float] = []

    def scouted(video, league, budget, asked, **_):
        given.append(budget)
        t = np.array([0.6]) if budget < 0.5 else np.zeros(0)
        return Scouted(t, ("shot",) * len(t), np.full(len(t), 0.7), ((0.4, 0.8),), 3, 2, 30, 12, budget, 0.1, weights)

    monkeypatch.setattr(scouting, "scouted", scouted)
    monkeypatch.setattr(pipeline, "glanced", lambda *_: (np.diag([24 / 320, -12 / 180, 1.0]), np.zeros(7)))
    monkeypatch.setattr(pipeline, "starts", lambda *_: [Start(0, np.array(CORNERED), 0.0)])
    asked = tuple(w for w in asked if w not in ("--points", "p.csv"))
    said = type_(*asked, "--budget", "0.1")
    assert "Glances: 3 of 30 frames (10.0%)" in said and "1 moment in 1 stretch; 10 frames tracked" in said
    game = Library(tmp_path / "sportsai-library").load("it-s-a-game")
    assert game.view is not None and game.view.frame.tolist() == list(range(10, 20))
    assert "CPU time saved: about" in said
    assert "saved: not known, an earlier run did some of it" in type_(*asked, "--budget", "0.1")
    given.pop()
    events, run = Library(tmp_path / "sportsai-library").predictions("it-s-a-game", kind="detect")
    assert events["type"].tolist() == ["shot"] and events["frame"].tolist() == [5] and run["frames_read"] == 3
    assert "3 glances found no moment" in type_(*asked, "--budget", "0.6", "--name", "none", code=1)
    assert "leave out --points" in type_(*asked, "--points", "p.csv", "--budget", "0.1", code=2)
    assert "add --budget" in type_(*asked, "--tracked", "0.1", code=2)
    assert given == [0.1, 0.6] and Library(tmp_path / "sportsai-library").ids() == ["it-s-a-game"]


def test_a_budget_is_for_sports_whose_scout_reads_the_camera(type_, asked: tuple[str, ...]) -> None:
    words = tuple(w for w in asked if w not in ("--points", "p.csv"))
    assert "no weights find moments of basketball" in type_(*words, "--budget", "0.1", code=1)
