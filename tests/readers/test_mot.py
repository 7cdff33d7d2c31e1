"""MOT text: boxes, feet on the court by a homography, sequences; real SportsMOT; broken files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import mot

BOXES = "1,1,100,200,40,100,1,-1,-1,-1\n1,2,300,200,40,100,1,-1,-1,-1\n3,1,110,200,40,100,1,-1,-1,-1\n"
INFO = "[Sequence]\nname=v_abc_c001\nframeRate=25\nseqLength=3\nimWidth=1280\nimHeight=720\n"


def write(folder: Path, text: str | bytes = BOXES, info: str | None = INFO, H: object = None) -> Path:
    (folder / "gt").mkdir(exist_ok=True)
    path = folder / "gt" / "gt.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if info is not None:
        (folder / "seqinfo.ini").write_text(info)
    if H is not None:
        (folder / "homography.json").write_text(json.dumps(H))
    return path


def read(path: Path):
    return list(mot.read((path,), load_league("basketball")))


SCALE = [[0.01, 0, -5], [0, 0.01, -3], [0, 0, 1]]  # 100 px a metre, the centre at (500, 300) px


def test_boxes(tmp_path):
    path = write(tmp_path)
    assert mot.sniff(path)
    assert mot.sniff(tmp_path)
    table = mot.boxes(path)
    assert table.columns.tolist() == ["frame", "track", "x", "y", "w", "h", "conf"]
    assert len(table) == 3


def test_without_a_homography_boxes_stay_pixels_and_are_counted(tmp_path):
    write(tmp_path)
    (game,) = read(tmp_path)
    assert game.tracks is None
    assert game.repairs == {mot.PIXELS: 3}
    assert (game.id, game.extra["of_game"], game.extra["image_px"]) == ("v_abc_c001", "v_abc", [1280, 720])


def test_feet_on_the_court(tmp_path):
    (game,) = read(write(tmp_path, H=SCALE))
    tracks = game.tracks
    # the middle of the lower edge (120, 300) px -> (-3.8, 0) m
    np.testing.assert_allclose(tracks.xy[0, 0], [-3.8, 0.0], atol=1e-5)
    assert tracks.frame.tolist() == [1, 3]
    np.testing.assert_allclose(tracks.t_s, [0, 0.08])
    assert tracks.present.tolist() == [[True, True], [True, False]]
    assert {s.side for s in tracks.slots} == {-1}


def test_a_foot_in_the_sky_is_set_aside_and_counted(tmp_path):
    far = [[1, 0, -5], [0, 0.01, -3], [0, 0, 1]]
    (game,) = read(write(tmp_path, H=far))
    assert game.repairs == {"boxes whose foot is beyond twice the court set aside": 3}


def test_a_text_homography_and_six_columns(tmp_path):
    write(tmp_path, "1,1,100,200,40,100\n")
    (tmp_path / "gt" / "homography.txt").write_text("0.01 0 -5\n0 0.01 -3\n0 0 1\n")
    assert read(tmp_path)[0].tracks.T == 1


def test_to_court_at_the_horizon_is_nan():
    H = np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, -100]])
    assert np.isnan(mot.to_court(H, np.array([[5.0, 100.0]]))).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"text": ""}, "empty"),
        ({"text": "\n \n"}, "no boxes"),
        ({"text": "1,2\n"}, "not MOTChallenge"),
        ({"text": BOXES + "4,1,100"}, "line 4|finite|not a box"),
        ({"text": BOXES.replace("300", "abc")}, "line 2.*is not a box"),
        ({"text": BOXES.replace("300", "nan")}, "line 2.*no finite number"),
        ({"text": BOXES.replace("300", "inf")}, "line 2.*no finite number"),
        ({"text": BOXES.replace("300,200,40", "300,200,0")}, "line 2.*no area"),
        ({"text": BOXES.replace("1,2,300", "1,1,300")}, "line 2: track 1 has two boxes in frame 1"),
        ({"text": BOXES.encode("utf-16")}, "UTF-8"),
        ({"info": INFO.replace("=25", "=0")}, 'frame rate is "0"'),
        ({"info": INFO.replace("=25", "=fast")}, 'frame rate is "fast"'),
        ({"info": "hello"}, "not a seqinfo"),
        ({"info": None, "H": SCALE}, "frame rate is not known"),
        ({"H": [[1, 2], [3, 4]]}, "not a homography"),
        ({"H": [[0, 0, 0], [0, 0, 0], [0, 0, 0]]}, "not a homography"),
    ],
)
def test_bad_input(tmp_path, change, says):
    with pytest.raises(DataError, match=says) as bad:
        read(write(tmp_path, **change))
    assert "\n" not in str(bad.value)


def test_bad_table(tmp_path):
    table = pd.DataFrame({"seq": ["s"], "frame": [1], "track": [1], "x": [1], "y": [1], "w": [1], "h": [1]})
    table.to_parquet(tmp_path / mot.SPORTSMOT)
    sequences = pd.DataFrame({"seq": ["s"], "fps": [0.0], "w": [1280], "h": [720], "seqlen": [1]})
    sequences.to_parquet(tmp_path / mot.SEQUENCES)
    with pytest.raises(DataError, match="frame rate"):
        read(tmp_path)
    sequences.assign(seq="other").to_parquet(tmp_path / mot.SEQUENCES)
    with pytest.raises(DataError, match="not listed"):
        read(tmp_path)


@pytest.mark.real
def test_real_sportsmot(real_data):
    games = list(mot.read((real_data / "multisport",), load_league("volleyball")))
    assert len(games) == 90
    assert sum(g.extra["boxes"] for g in games) == 608_152
    assert sum(g.extra["people"] for g in games) == 1_280
    assert {g.extra["rate_hz"] for g in games} == {25.0}
