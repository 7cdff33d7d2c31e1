"""EPTS: the XML says how the text is cut; positions agree with kloppy, and broken pairs give one line."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sportsai.readers import find_reader

XML, TXT = "epts_metrica_metadata.xml", "epts_metrica_tracking.txt"


@pytest.fixture
def pair(files, tmp_path) -> tuple[Path, Path]:
    return tuple(Path(shutil.copy(files / n, tmp_path / n)) for n in (XML, TXT))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("xml", "txt"),
    [
        (XML, TXT),
        ("epts_metrica_metadata_unused_sensor.xml", "epts_metrica_tracking_with_empty_values.txt"),
        ("epts_metrica_metadata_without_score.xml", TXT),
    ],
)
def test_the_real_files_agree_with_kloppy(files, read, same_as, quiet, xml, txt) -> None:
    from kloppy import metrica

    game = read(files / xml, files / txt)
    theirs = metrica.load_tracking_epts(meta_data=str(files / xml), raw_data=str(files / txt), coordinates="metrica")
    place = lambda p: [(p.x - 0.5) * 105, (0.5 - p.y) * 68]  # y down, as kloppy says of EPTS too
    assert same_as(game, theirs.records, place) > 1800
    assert game.tracks.rate_hz == Fraction(25)
    assert game.tracks.frame[[0, -1]].tolist() == [450, 699]
    assert game.tracks.t_s[[0, 1, 50]].tolist() == [0.0, 0.04, 0.0]
    # the clip leaves the direction open; the metadata says home attacks left to right in the first half
    assert [(p.number, p.attacks_right) for p in game.periods] == [(1, 0), (2, 1)]


def test_either_file_finds_the_other(pair, read) -> None:
    xml, txt = pair
    assert read(xml).tracks.T == read(txt).tracks.T == read(txt.parent).tracks.T == 100
    assert find_reader(xml, "soccer") == find_reader(txt, "soccer") == "epts"


def test_a_broken_pair_says_what_is_wrong(pair, problem, files) -> None:
    xml, txt = pair
    whole, said = txt.read_bytes(), xml.read_text()
    txt.write_bytes(whole[:-40])
    assert "cut short" in problem(xml, txt)
    txt.write_bytes(b"")
    assert "empty" in problem(xml, txt)
    txt.write_bytes(whole.replace(b"0.48496", b"inf", 1))
    assert "infinite" in problem(xml, txt)
    txt.write_bytes(whole.replace(b"0.48496", b"0.4a", 1))
    assert '"0.4a" is not a number' in problem(xml, txt)
    txt.write_bytes(whole.replace(b"451:", b"450:", 1))
    assert "frame 450 appears twice" in problem(xml, txt)
    txt.write_bytes(whole.replace(b"452:", b"449:", 1))
    assert "comes after frame 451" in problem(xml, txt)
    txt.write_bytes(whole.decode().encode("utf-16"))
    assert "UTF-16" in problem(xml, txt)
    txt.write_bytes(whole)
    for old, new, says in (
        ("<FrameRate>25.0<", "<FrameRate>0<", "the frame rate is 0"),
        ("<FrameRate>25.0<", "<FrameRate>many<", "the frame rate is many"),
        ('teamId="TEAM_A"', 'teamId="TEAM_B"', "has no players"),
        ("normalized", "parsec", 'positions are in "parsec"'),
        ("</main>", "", "cut short"),
        ("<FieldSize>", "<Field>", "XML"),
    ):
        xml.write_text(said.replace(old, new))
        assert says in problem(xml, txt, provider="epts"), says
    xml.unlink()
    assert "metadata XML is not beside it" in problem(txt)
    assert "EPTS" in problem(files / "tracab_meta.xml", txt, provider="epts")


def test_absent_values_are_absent_players(files, read) -> None:
    t = read(
        files / "epts_metrica_metadata_unused_sensor.xml", files / "epts_metrica_tracking_with_empty_values.txt"
    ).tracks
    assert not t.present[0, 0]
    assert t.present[3, 0]
    assert np.isfinite(t.xy).all()
