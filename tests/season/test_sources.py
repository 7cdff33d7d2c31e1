"""A source with many games is split without being read; each is then read once a process, whichever game is asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import nba_quarters, read_games
from sportsai.season.sources import find_items, games_of, same_files
from sportsai.season.styles import season_styles, style_sums

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first six NBA quarters."""
    from sportsai.bench.season import _cut
    from sportsai.resources import data_folder

    folder = data_folder()
    if folder is None:
        pytest.skip("real games are not here: set SPORTSAI_DATA to their folder")
    return _cut(folder / "basketball" / "nba_q1.npz", 6, tmp_path_factory.mktemp("nba") / "games")


def test_an_archive_is_split_without_its_positions_being_read(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    league = load_league("nba")
    monkeypatch.setattr(nba_quarters, "_held", lambda path: pytest.fail("the archive was read"))
    found = find_items((archive,), league)
    assert [i.place for i in found.items] == list(range(6))
    assert found.items[0].game == "0021500002" and set(found.items[0].files) == {"nba_q1.npz", "pbp_q1.csv"}
    assert same_files(found.items[0], found.items[0].files)
    assert not same_files(found.items[0], {**found.items[0].files, "nba_q1.npz": "0" * 64})


def test_one_game_is_that_of_reading_all_and_the_file_is_opened_once(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    league = load_league("nba")
    every = list(read_games((archive,), league))
    opened: list[Path] = []
    real = nba_quarters._held
    monkeypatch.setattr(nba_quarters, "_held", lambda path: opened.append(path) or real(path))
    nba_quarters._kept.cache_clear()
    for item in reversed(find_items((archive,), league).items):
        (one,) = games_of(item, league)
        same = every[item.place or 0]
        assert one.id == same.id == item.game and dict(one.source) == item.files
        assert np.array_equal(one.tracks.xy, same.tracks.xy) and one.events.equals(same.events)
    assert len(opened) == 1


def test_a_companion_that_is_gone_is_named(archive: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "lone"
    shutil.copytree(archive, folder)
    (folder / "players.csv").unlink()
    item = find_items((folder,), load_league("nba")).items[3]
    with pytest.raises(DataError, match=r"players\.csv"):
        list(games_of(item, load_league("nba")))


def test_styles_from_sums_are_those_of_all_possessions_at_once(archive: Path) -> None:
    from sportsai.analysis.season import season
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.weights import find_weights, load_weights

    loaded = load_weights(find_weights("nba", "styles"), "nba", "styles")
    whole = season(loaded, task_examples(loaded.recipe, archive))
    kept = [{"id": g.id, "style": style_sums(g)} for g in read_games((archive,), load_league("nba"))]
    added = season_styles(kept)
    assert added is not None
    assert list(added.teams.team) == list(whole.teams.team)
    left = whole.teams.count - added.teams.count  # possessions with a substitution: no five are seen throughout
    assert (left >= 0).all() and left.sum() <= 0.02 * whole.teams.count.sum()
    same = left == 0
    assert same.sum() >= 9
    assert np.allclose(added.teams.mean[same], whole.teams.mean[same], atol=1e-4)
    assert (added.games, added.trained) == (whole.games, whole.trained)
    for mine, theirs in zip(added.rows, whole.rows, strict=True):
        if mine["possessions"] == theirs["possessions"]:
            assert [t for t, _ in mine["like"]] == [t for t, _ in theirs["like"]]
            assert mine["like"][0][1] == pytest.approx(theirs["like"][0][1], abs=1e-4)
        assert mine["trained"] == theirs["trained"]
