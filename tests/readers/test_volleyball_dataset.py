"""The Volleyball Dataset: both layouts by hand; the real 3,493 clips; broken files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import volleyball_dataset as volleyball

LINES = """38025.jpg r-pass 10 20 30 60 digging 50 20 30 60 standing
38005.jpg l_spike 10 20 30 60 spiking \n"""


def write(folder: Path, text: str | bytes, video: str = "7") -> Path:
    (folder / video).mkdir(exist_ok=True)
    path = folder / video / "annotations.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    boxes = pd.DataFrame(
        [(1, 100, 100, p, 10 * p, 5, 30, 60, "standing", "l_set", "train", 1280, 720) for p in range(3)],
        columns=["video", "clip", "frame", "person", "x", "y", "w", "h", "action", "group", "split", "img_w", "img_h"],
    )
    clips = pd.DataFrame(
        [(1, 100, "l_set", "train", 3, 1280, 720)],
        columns=["video", "clip", "group", "split", "n_boxes", "img_w", "img_h"],
    )
    return boxes, clips


def write_tables(folder: Path, boxes: pd.DataFrame, clips: pd.DataFrame) -> Path:
    boxes.to_parquet(folder / "boxes.parquet")
    clips.to_parquet(folder / "clips.parquet")
    return folder


def read(path: Path):
    return list(volleyball.read((path,), load_league("volleyball_world")))


def test_text_annotations(tmp_path):
    path = write(tmp_path, LINES)
    assert all(volleyball.sniff(p) for p in (path, path.parent, tmp_path))
    for given in (path, path.parent, tmp_path):
        (game,) = read(given)
        assert (game.id, game.tracks, game.extra["of_game"]) == ("volleyball-07", None, "video-7")
        assert game.events["frame"].tolist() == [38005, 38025]
        assert game.events["type"].tolist() == ["l_spike", "r_pass"]
        last = game.events.iloc[1]
        assert (last.start_frame, last.end_frame, last.side) == (38005, 38046, -1)
        assert last.attributes == {
            "boxes_px": [[10, 20, 30, 60], [50, 20, 30, 60]],
            "actions": ["digging", "standing"],
            "screen_side": "right",
        }


def test_the_order_the_authors_page_gives(tmp_path):
    (game,) = read(write(tmp_path, "5.jpg l_set waiting 1 2 3 4\n"))
    assert game.events.iloc[0].attributes["boxes_px"] == [[1, 2, 3, 4]]


def test_videos_come_in_order_of_number(tmp_path):
    for video in ("10", "9"):
        write(tmp_path, LINES, video)
    assert [g.id for g in read(tmp_path)] == ["volleyball-09", "volleyball-10"]


def test_compact_tables(tmp_path):
    folder = write_tables(tmp_path, *tables())
    assert volleyball.sniff(folder)
    (game,) = read(folder)
    facts = game.events.iloc[0].attributes
    assert facts["boxes_px"] == [[0, 5, 30, 60], [10, 5, 30, 60], [20, 5, 30, 60]]
    assert (facts["image_px"], facts["split"], facts["screen_side"]) == ([1280, 720], "train", "left")


def test_a_box_without_an_area_is_set_aside_and_counted(tmp_path):
    (game,) = read(write(tmp_path, "5.jpg l_set 1 2 0 4 waiting 1 2 3 4 moving\n"))
    assert game.repairs == {"boxes without an area set aside": 1}
    assert game.events.iloc[0].attributes["actions"] == ["moving"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\n\n", "no annotations"),
        ("5.jpg l_set 1 2 3 waiting\n", "line 1.*is not a clip"),
        ("{}\n", "is not a clip"),
        ("5.jpg l_set 1 2 3 4 waiting\n5.jpg l_set 1 2 3 4 waiting\n", "line 2: frame 5 stands twice"),
        ("5.jpg l_dance 1 2 3 4 waiting\n", '"l_dance" is no team activity'),
        ("5.jpg l_set 1 2 3 4 dancing\n", '"dancing" is no action'),
        ("5.jpg l_set 1 2 nan 4 waiting\n", "line 1.*is not a person"),
        (LINES.encode("utf-16"), "UTF-8"),
    ],
)
def test_bad_text(tmp_path, text, says):
    with pytest.raises(DataError, match=says):
        read(write(tmp_path, text))


def test_bad_tables(tmp_path):
    boxes, clips = tables()
    with pytest.raises(DataError, match="other boxes than"):
        read(write_tables(tmp_path, boxes.iloc[:2], clips))
    with pytest.raises(DataError, match="stands twice"):
        read(write_tables(tmp_path, boxes, pd.concat([clips, clips])))
    with pytest.raises(DataError, match="row 0 is inf"):
        read(write_tables(tmp_path, boxes.assign(x=float("inf")), clips))
    with pytest.raises(DataError, match='"action" is not in it'):
        read(write_tables(tmp_path, boxes.drop(columns="action"), clips))
    (tmp_path / "boxes.parquet").write_bytes(b"PAR1PAR1")
    with pytest.raises(DataError, match="not a complete Parquet"):
        read(tmp_path)
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="no annotations in this folder"):
        read(tmp_path / "none")


@pytest.mark.real
def test_the_real_clips(real_data):
    league = load_league("volleyball_world")
    games = list(volleyball.read((real_data / "volleyball",), league))
    events = pd.concat([g.events for g in games])
    assert len(games) == 39  # the 24 train and 15 validation videos
    assert len(events) == 3_493
    assert sum(len(a["actions"]) for a in events["attributes"]) == 40_801
    assert not any(g.repairs for g in games)
    assert set(events["type"]) <= set(league.events)
