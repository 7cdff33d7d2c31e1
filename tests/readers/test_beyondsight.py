"""BeyondSight cuts: columns, keepers and camera by hand; the four real cuts; broken files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import beyondsight


def values() -> np.ndarray:
    """Return 30 frames: ball, away 1 and goalkeeper (at +50), home 2 and goalkeeper (at -50), the view's corners."""
    v = np.full((30, 62), np.nan)
    for pair, xy in ((0, (1, 2)), (1, (3, 4)), (12, (50, 0)), (14, (-3, -4)), (26, (-50, 0))):
        v[:, 2 * pair : 2 * pair + 2] = xy
    v[5, 0:2] = np.nan
    v[:, 54:] = np.arange(8)
    return v


def write(folder: Path, v: np.ndarray) -> Path:
    path = folder / "subset1.parquet"
    pd.DataFrame(v, columns=[f"c{i}" for i in range(v.shape[1])]).to_parquet(path)
    return path


def read(path: Path):
    return list(beyondsight.read((path,), load_league("soccer")))


def test_a_cut(tmp_path):
    path = write(tmp_path, values())
    assert beyondsight.sniff(path)
    assert beyondsight.sniff(tmp_path)
    (game,) = read(tmp_path)
    tracks = game.tracks
    assert (tracks.T, tracks.rate_hz, game.kind) == (30, 25, "clip")
    assert [s.player_id for s in tracks.slots] == ["away-1", "away-12", "home-2", "home-14"]
    np.testing.assert_allclose(tracks.xy[0, 2], [-3, -4])
    assert not tracks.ball_present[5]
    assert game.attacks_right(1) == 0  # the home keeper stands at the left goal
    assert game.player("home-14").position == "GK"
    assert beyondsight.camera(path).shape == (30, 4, 2)
    assert beyondsight.camera(path)[0, 3].tolist() == [6, 7]


def test_half_a_position_is_counted(tmp_path):
    v = values()
    v[3, 3] = np.nan
    (game,) = read(write(tmp_path, v))
    assert game.repairs == {"positions with only one coordinate set aside": 1}


def test_bad_input(tmp_path):
    v = values()
    v[4, 2] = np.inf
    with pytest.raises(DataError, match=r'"c2": row 4 is inf'):
        read(write(tmp_path, v))
    v = values()
    v[:, 26:54] = np.nan
    with pytest.raises(DataError, match='team "home" has no players'):
        read(write(tmp_path, v))
    with pytest.raises(DataError, match='"c60" is not in it'):
        read(write(tmp_path, values()[:, :60]))
    with pytest.raises(DataError, match="no rows"):
        read(write(tmp_path, values()[:0]))
    path = tmp_path / "subset1.parquet"
    pd.DataFrame({f"c{i}": ["a"] for i in range(62)}).to_parquet(path)
    with pytest.raises(DataError, match="does not hold numbers"):
        read(path)
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(DataError, match="not a complete Parquet"):
        read(path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no BeyondSight cut"):
        read(tmp_path / "empty")


@pytest.mark.real
def test_the_real_cuts(real_data):
    games = list(beyondsight.read((real_data / "soccer" / "beyondsight",), load_league("soccer")))
    assert [g.tracks.T for g in games] == [10_000] * 4
    for g in games:
        assert g.tracks.P == 22
        assert 10 <= np.median(g.tracks.present.sum(1)) <= 11
        assert 0.22 <= 1 - g.tracks.ball_present.mean() <= 0.38
        assert g.attacks_right(1) is not None
