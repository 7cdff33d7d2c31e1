"""Cleveland clips: cut at the stops, named where the archive names, and every kind of broken file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import cle

US = "LeBron James,Kevin Love,Timofey Mozgov,J.R. Smith,Kyrie Irving"


def arrays() -> dict:
    xy = np.full((9, 11, 2), 4700, np.int16)
    xy[:, :, 1] = 2500
    xy[:, 1] = (4800, 2500)
    return {
        "xy": xy,
        "ball_z": np.full(9, 100, np.int16),
        "example_stop": np.array([-1, 3, 5, 9], np.int32),
        "plays": np.array([[0, 2], [2, 4], [4, 9]], np.int32),
        "names": np.array([f"{US},A,B,C,D,E", f"{US},F,G,H,I,J"]),
    }


def write(folder: Path, data: dict | None = None) -> Path:
    np.savez(folder / "cle_5hz_x.npz", **(arrays() if data is None else data))
    return folder / "cle_5hz_x.npz"


def read(path: Path):
    return list(cle.read((path,), load_league("nba")))


def test_clips(tmp_path):
    path = write(tmp_path)
    assert cle.sniff(path)
    assert cle.sniff(tmp_path)
    games = read(tmp_path)
    assert [g.tracks.T for g in games] == [4, 2, 3]
    assert [g.extra["of_game"] for g in games] == ["cle_5hz_x-g0", "cle_5hz_x-g1", "cle_5hz_x-g1"]
    first = games[0].tracks
    np.testing.assert_allclose(first.xy[0, 0], [0.3048, 0], atol=1e-6)  # one foot right of the centre
    np.testing.assert_allclose(first.t_s, [0, 0.2, 0.4, 0.6])
    assert first.slots[0].player_id == "LeBron-James"
    assert games[0].attacks_right(1) == 1  # Cleveland attacks left
    assert games[0].extra["plays"] == [[0, 2], [2, 4]]
    assert games[2].repairs == {"players without names": 10}
    assert {s.player_id for s in games[2].tracks.slots} == {None}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("example_stop", np.array([-1, 3, 3, 9]), "tile"),
        ("example_stop", np.array([-1, 5, 3, 9]), "tile"),
        ("example_stop", np.array([-1, 3, 5]), "tile"),
        ("names", np.array(["A,B,C"]), "clip 0 names 3 players"),
        ("xy", np.zeros((9, 5, 2)), r"\(N, 11, 2\)"),
        ("xy", np.full((9, 11, 2), np.inf), "row 0 is inf"),
        ("ball_z", np.zeros((9, 2)), "1 axes"),
    ],
)
def test_bad_arrays(tmp_path, name, value, says):
    with pytest.raises(DataError, match=says):
        read(write(tmp_path, arrays() | {name: value}))


def test_bad_files(tmp_path):
    path = write(tmp_path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match="not a complete NumPy"):
        read(path)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="empty"):
        read(path)
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path / "none.npz")
    (tmp_path / "other").mkdir()
    with pytest.raises(DataError, match="no Cleveland archive"):
        read(tmp_path / "other")


@pytest.mark.real
def test_the_real_clips(real_data):
    games = list(cle.read((real_data / "basketball",), load_league("nba")))
    assert len({g.extra["of_game"] for g in games}) == 9
    assert sum(g.tracks.T for g in games) == 22_016 + 10_602
    assert sum(bool(g.repairs) for g in games) == 2  # the last clip of each archive
    # nobody leaps inside a clip: fewer than 1 in 1000 of the steps are over 12 m/s
    steps = np.concatenate([np.linalg.norm(np.diff(g.tracks.xy, axis=0), axis=-1).ravel() for g in games])
    assert (steps * 5 > 12).mean() < 1e-3
