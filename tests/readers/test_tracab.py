"""TRACAB: .dat and JSON agree with kloppy under every metadata layout, and a broken line is named by its number."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sportsai.readers import find_reader

META = ["tracab_meta.xml", "tracab_meta_2.xml", "tracab_meta_3.xml", "tracab_meta_4.xml", "tracab_meta.json"]
XML = (
    '<TracabMetaData><match iId="7" dtDate="2024-01-01 20:00:00" iFrameRateFps="{rate}" fPitchXSizeMeters="105" '
    'fPitchYSizeMeters="68"><period iId="1" iStartFrame="100" iEndFrame="200"/></match></TracabMetaData>'
)
LINE = "{n}:1,1,7,-1000,500,1.0;0,2,9,{x},-500,1.0;3,3,1,0,3500,0.5;4,4,-1,5550,4400,0;:{ball}:"
BALL = "10,-20,30,1.5,H,Alive,SetHome;"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    dat, xml = tmp_path / "g.dat", tmp_path / "g.xml"
    dat.write_text("".join(LINE.format(n=100 + i, x=2000 + i, ball=BALL) + "\n" for i in range(30)))
    xml.write_text(XML.format(rate=25))
    return dat, xml


@pytest.mark.parametrize("meta", META)
def test_the_real_dat_agrees_with_kloppy(files, read, same_as, quiet, meta) -> None:
    from kloppy import tracab

    game = read(files / "tracab_raw.dat", files / meta)
    theirs = tracab.load(meta_data=str(files / meta), raw_data=str(files / "tracab_raw.dat"), coordinates="tracab")
    assert same_as(game, theirs.records, lambda p: [p.x / 100, p.y / 100]) == 154  # centimetres about the centre, y up
    assert game.tracks.T == 19  # kloppy passes over the 12 frames outside the periods
    assert (game.tracks.period > 0).sum() == len(theirs.records) == 7
    assert (game.court_length_m, game.court_width_m, game.tracks.rate_hz) == (105, 68, Fraction(25))
    assert [(p.number, p.attacks_right) for p in game.periods] == [(1, 1), (2, 0)]
    assert game.repairs == {"objects nobody identified left out": 30}
    assert game.tracks.possession.tolist() == [0] * 16 + [1, 1, 0]


def test_the_real_json_agrees_with_kloppy(files, read, same_as, quiet) -> None:
    from kloppy import tracab

    raw, meta = files / "tracab_raw.json", files / "tracab_meta.json"
    theirs = tracab.load(meta_data=str(meta), raw_data=str(raw), coordinates="tracab")
    assert same_as(read(raw, meta), theirs.records, lambda p: [p.x / 100, p.y / 100]) == 154
    assert find_reader(raw, "soccer") == find_reader(files / "tracab_raw.dat", "soccer") == "tracab"


def test_a_line_becomes_metres_sides_and_owner(pair, read) -> None:
    game = read(*pair)
    t = game.tracks
    order = {s.player_id: i for i, s in enumerate(t.slots)}
    assert {s.player_id: s.side for s in t.slots} == {"home_7": 0, "away_9": 1, "referee_1": -1}
    np.testing.assert_allclose(t.xy[3, order["away_9"]], [20.03, -5.0], atol=1e-5)
    np.testing.assert_allclose(t.ball_xy[0], [0.1, -0.2], atol=1e-6)
    np.testing.assert_allclose([t.ball_z[0], t.t_s[29]], [0.3, 1.16], atol=1e-6)
    assert set(t.possession.tolist()) == {0}
    assert game.periods[0].attacks_right == 0  # home's man stands left of away's


def test_pieces_of_any_size_give_the_same(pair, read, monkeypatch) -> None:
    from sportsai.readers import tracab

    whole = read(*pair).tracks
    monkeypatch.setattr(tracab, "_CHUNK", 150)
    pieces = read(*pair).tracks
    for name in ("frame", "xy", "present", "ball_xy", "t_s"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(pieces, name))


def test_lines_of_different_lengths_blank_lines_and_crlf(pair, read) -> None:
    dat, xml = pair
    dat.write_bytes(
        b"100:1,1,7,0,0,1.0;0,2,9,5,5,1;:1,2,3,4,H,Dead;:\r\n\r\n101:1,1,7,1,1,1.0;0,2,9,5,5,1;0,3,8,7,7,1;:;:\r\n"
        b"102:1,1,7,1,1,1.0;:1,2,3,4,A,Alive;:"
    )
    t = read(dat, xml).tracks
    assert t.present.sum(1).tolist() == [2, 3, 1]
    assert t.ball_present.tolist() == [True, False, True]
    assert t.possession.tolist() == [0, -1, 1]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("105:1,1,7,-1000", "105:1,1,7,NaN", "line 6: a player's x is not a finite number"),
        ("105:1,1,7,-1000", "105:1,1,7,inf", "line 6"),
        ("105:1,1,7,-1000", "105:1,1,7,a", 'line 6, "x": "a" is not a number'),
        ("105:", "104:", "frame 104 appears twice"),
        ("105:", "90:", "comes after frame 104"),
        ("105:", "1o5:", '"1o5" is not a number'),
        ("105:1,1,7,-1000,500,1.0;", "105:1,1,7;", "line 6"),
        ("105:1,1,7,-1000,500,1.0;", "105:6,1,7,-1000,500,1.0;1,1,7,5,5,1;", "objects nobody"),
    ],
)
def test_a_bad_value_is_named_by_its_line(pair, problem, read, old, new, says) -> None:
    dat, xml = pair
    dat.write_text(dat.read_text().replace(old, new))
    if says.startswith("objects"):
        assert read(dat, xml).repairs == {"objects nobody identified left out": 1}
    else:
        assert says in problem(dat, xml, provider="tracab")


@pytest.mark.parametrize("cut", [3, 12, 40, 90])
def test_a_truncated_file_is_refused(pair, problem, cut) -> None:
    dat, xml = pair
    dat.write_bytes(dat.read_bytes()[:-cut])
    assert "line 30: the line is cut short" in problem(dat, xml, provider="tracab")


def test_files_missing_empty_wrong_or_of_another_game(pair, problem, files) -> None:
    dat, xml = pair
    text = dat.read_bytes()
    for rate in ("0", "-5", "x"):
        xml.write_text(XML.format(rate=rate))
        assert f"the frame rate is {rate}" in problem(dat, xml)
    xml.write_text(XML.format(rate=25).replace('"100"', '"900"').replace('"200"', '"990"'))
    assert "no frame lies in a period" in problem(dat, xml)
    xml.write_text(XML.format(rate=25)[:-30])
    assert "cut short" in problem(dat, xml)
    xml.write_text("<root/>")
    assert "FrameRate is missing" in problem(dat, xml)
    xml.unlink()
    assert "metadata file (periods and line-ups) is not beside it" in problem(dat)
    xml.write_text(XML.format(rate=25))
    dat.write_bytes(text.replace(b":0,2,9", b":1,2,9").replace(b";0,2,9", b";1,2,9"))
    assert "has no players" in problem(dat, xml)
    dat.write_bytes(text.decode().encode("utf-16"))
    assert problem(dat, xml, provider="tracab")
    dat.write_bytes(b"")
    assert "empty" in problem(dat, xml)
    assert problem(files / "metrica_home.csv", xml, provider="tracab")


def test_a_team_without_players_in_the_lineup(files, tmp_path, problem) -> None:
    import re

    said = re.sub(r"(?s)(<AwayTeam>.*?<Players>).*?(</Players>)", r"\1\2", (files / "tracab_meta.xml").read_text())
    (tmp_path / "m.xml").write_text(said)
    dat = Path(shutil.copy(files / "tracab_raw.dat", tmp_path))
    assert "has no players" in problem(dat, tmp_path / "m.xml")


def test_truncated_json_is_refused(files, tmp_path, problem) -> None:
    raw = (files / "tracab_raw.json").read_bytes()
    shutil.copy(files / "tracab_meta.json", tmp_path / "tracab_meta.json")
    (tmp_path / "tracab_raw.json").write_bytes(raw[: len(raw) // 2])
    assert "cut short" in problem(tmp_path / "tracab_raw.json")
