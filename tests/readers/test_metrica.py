"""Metrica's CSV pair: positions as its README describes them, and every way a pair can be broken."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sportsai.readers import find_reader

HEADER = ",,,{t},,{t},,,\n,,,{a},,{b},,,\nPeriod,Frame,Time [s],Player{a},,Player{b},,Ball,\n"


def write(folder: Path, side: str, rows: list[str] | None = None) -> Path:
    a, b = ("1", "2") if side == "Home" else ("11", "12")
    path = folder / f"Game_{side}_Team.csv"
    rows = ["1,1,0.04,0.5,0.5,0.25,0.25,0.5,0.5", "1,2,0.08,0.5,0.5,NaN,NaN,NaN,NaN"] if rows is None else rows
    path.write_text(HEADER.format(t=side, a=a, b=b) + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path, "Home"), write(tmp_path, "Away")


def test_the_real_files_agree_with_kloppy(files, read, same_as, quiet) -> None:
    from kloppy import metrica

    home, away = files / "metrica_home.csv", files / "metrica_away.csv"
    game = read(home)
    theirs = metrica.load_tracking_csv(home_data=str(home), away_data=str(away), coordinates="metrica")
    # kloppy turns y over against Metrica's README ((0, 0) top left), so its y grows upwards already
    place = lambda p: [(p.x - 0.5) * 105, (p.y - 0.5) * 68]
    assert same_as(game, theirs.records, place) == 6 * 22
    assert game.tracks.rate_hz == Fraction(25)
    np.testing.assert_allclose(game.tracks.t_s, [0.04, 0.08, 0.12] * 2, atol=1e-9)
    assert [(p.number, p.attacks_right) for p in game.periods] == [(1, 0), (2, 1)]  # ends change at half-time
    assert not game.repairs


def test_positions_are_metres_about_the_centre_with_y_up(pair, read) -> None:
    t = read(*pair).tracks
    # (0.25, 0.25) of 105 x 68 from the top left: a quarter of each from the centre, left and up
    np.testing.assert_allclose(t.xy[0, :2], [[0, 0], [-26.25, 17]], atol=1e-5)
    assert t.present.tolist() == [[True] * 4, [True, False, True, False]]  # NaN is a player who is not there
    assert t.ball_present.tolist() == [True, False]


def test_order_folder_and_single_file_give_the_same_game(pair, read) -> None:
    home, away = pair
    games = [read(home, away), read(away, home), read(home), read(away), read(home.parent)]
    for game in games:
        assert [p.id for p in game.roster] == ["home_1", "home_2", "away_11", "away_12"]
    assert find_reader(home, "soccer") == "metrica"


def test_29_97_is_the_broadcast_fraction(tmp_path, read) -> None:
    step = 1001 / 30000
    rows = [f"1,{i},{i * step:.5f},0.5,0.5,0.2,0.2,0.5,0.5" for i in range(1, 50)]
    write(tmp_path, "Away", rows)
    assert read(write(tmp_path, "Home", rows)).tracks.rate_hz == Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,2,0.08,0.5,0.5,0.2", "cut short"),
        ("1,2,0.08,0.5,0.5,inf,0.5,0.5,0.5", "infinite"),
        ("1,2,0.08,0.5,0.5,NaN,0.5,0.5,0.5", "half missing"),
        ("1,2,0.08,0.5,0.5,abc,0.5,0.5,0.5", '"abc" is not a number'),
        ("1,1,0.04,0.5,0.5,0.2,0.2,0.5,0.5", "frame 1 appears twice"),
        ("1,2,-0.50,0.5,0.5,0.2,0.2,0.5,0.5", "time"),
        ("1,2,0.04,0.5,0.5,0.2,0.2,0.5,0.5", "time does not move on"),
        ("1,2,0.08,0.5,0.5,0.2,0.2,0.5,0.5,0.1", "more values"),
    ],
)
def test_a_bad_line_is_named(tmp_path, problem, row, says) -> None:
    rows = ["1,1,0.04,0.5,0.5,0.25,0.25,0.5,0.5", row]
    write(tmp_path, "Away", rows)
    assert says in problem(write(tmp_path, "Home", rows), provider="metrica")


def test_the_line_number_is_the_files(tmp_path, problem) -> None:
    rows = ["1,1,0.04,0.5,0.5,0.25,0.25,0.5,0.5", "1,2,0.08,0.5,0.5,?,0.5,0.5,0.5", "1,3,0.12,0,0,0,0,0,0"]
    write(tmp_path, "Away", rows)
    assert "line 5" in problem(write(tmp_path, "Home", rows))


def test_a_pair_of_two_games_is_refused(pair, tmp_path, problem) -> None:
    home, _ = pair
    other = write(tmp_path, "Away", ["1,1,0.04,0.5,0.5,0.25,0.25,0.9,0.5", "1,2,0.08,0.5,0.5,NaN,NaN,NaN,NaN"])
    assert "the ball's position differs" in problem(home, other)
    other = write(tmp_path, "Away", ["1,1,0.04,0.5,0.5,0.25,0.25,0.5,0.5"])
    assert "1 frames, but" in problem(home, other)


def test_companion_missing_empty_and_wrong_files(pair, tmp_path, problem, files) -> None:
    home, away = pair
    away.unlink()
    assert "other team's file is not beside it" in problem(home)
    away.write_text("")
    assert "empty" in problem(home, away)
    assert "no such file" in problem(tmp_path / "no.csv")
    copy = shutil.copy(home, tmp_path / "second_home.csv")
    assert "one Home and one Away" in problem(home, Path(copy))
    assert "not a Metrica tracking CSV" in problem(files / "tracab_raw.dat", home, provider="metrica")


def test_other_encodings_and_no_players(pair, problem) -> None:
    home, away = pair
    text = home.read_text()
    home.write_bytes(text.encode("utf-16"))
    assert "UTF-16" in problem(home, away, provider="metrica")
    home.write_bytes(text.replace("Player1", "M\xfcller").encode("latin-1"))
    assert "byte 0xfc is not UTF-8" in problem(home, away, provider="metrica")
    home.write_text(",,,Home,\n,,,,\nPeriod,Frame,Time [s],Ball,\n1,1,0.04,0.5,0.5\n")
    assert "no players" in problem(home, away)
