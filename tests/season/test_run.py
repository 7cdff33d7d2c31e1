"""A season of small games: all of it, nothing twice, what fails is named and the others go on."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from sportsai.errors import DataError, StoreError
from sportsai.library import Library
from sportsai.season import work
from sportsai.season.pool import Here
from sportsai.season.run import Season, Step, run_season
from sportsai.season.work import Job
from tests.season.conftest import LEAGUE, write_game


def season(folder: Path, *sources: Path, said: list[Step] | None = None, **changes: Any) -> Season:
    job = Job(LEAGUE, str(folder / "library"), **{"retries": 0, **changes})
    return run_season(
        sources, LEAGUE, job, str(folder / "pages"), Here(), say=said.append if said is not None else None
    )


def test_every_game_is_read_analysed_and_reported(games: Path, tmp_path: Path, quick: list[str]) -> None:
    said: list[Step] = []
    done = season(tmp_path, games, said=said)
    assert list(done.games) == sorted(quick) == ["game0", "game1", "game2", "game3"]
    assert not done.failed and not done.passed
    assert Library(tmp_path / "library").ids() == list(done.games)
    for game in done.games:
        assert f"{game}" in (tmp_path / "pages" / "games" / f"{game}.html").read_text()
    page = (tmp_path / "pages" / "season.html").read_text()
    assert "4 games, 5 teams" in page and 'href="games/game2.html"' in page
    assert [(s.what, s.done, s.total) for s in said] == [
        *(("games", n, 4) for n in range(1, 5)), *(("reports", n, 4) for n in range(1, 5)),
    ]  # fmt: skip
    assert said[3].new == 4 and said[3].an_hour > 0
    record = json.loads((tmp_path / "pages" / "season.json").read_text())
    assert [g["report"] for g in record["games"]] == [f"games/game{n}.html" for n in range(4)]
    assert record["failed"] == [] and record["stopped"] is False


def test_what_is_done_is_not_done_again(games: Path, tmp_path: Path, quick: list[str]) -> None:
    season(tmp_path, games)
    pages = {p: p.stat().st_mtime_ns for p in (tmp_path / "pages" / "games").iterdir()}
    again = season(tmp_path, games)
    assert len(quick) == 4 and again.made == {"games": 0, "reports": 0}
    assert {o.status for o in again.games.values()} == {"unchanged"}
    assert {p: p.stat().st_mtime_ns for p in pages} == pages
    write_game(games, 1, seconds=50)  # one changed: it is read again; all reports tell what is usual anew
    changed = season(tmp_path, games)
    assert changed.made == {"games": 1, "reports": 4} and quick[4:] == ["game1"]
    assert season(tmp_path, games, force=True).made == {"games": 4, "reports": 4}


def test_games_of_the_library_are_a_season_without_sources(games: Path, tmp_path: Path, quick: list[str]) -> None:
    season(tmp_path, games)
    assert list(season(tmp_path).games) == [f"game{n}" for n in range(4)]
    assert quick == [f"game{n}" for n in range(4)]


def test_broken_files_are_named_and_the_others_go_on(games: Path, tmp_path: Path, quick: list[str]) -> None:
    (games / "game1.csv").write_text("n,who,team,x_m,y_m\n0,r1,reds,oops,1\n")
    (games / "game2.csv").write_text("")
    (tmp_path / "letter.txt").write_text("dear coach")
    done = season(tmp_path, games, tmp_path / "letter.txt")
    assert list(done.games) == ["game0", "game3"] and sorted(quick) == ["game0", "game3"]
    why = {Path(o.source).name: o.why for o in done.failed}
    assert set(why) == {"game1.csv", "game2.csv", "letter.txt"}
    assert "oops" in why["game1.csv"] and "empty" in why["game2.csv"] and "not recognised" in why["letter.txt"]
    page = (tmp_path / "pages" / "season.html").read_text()
    assert "3 failed" in page and "game1.csv" in page
    assert len(json.loads((tmp_path / "pages" / "season.json").read_text())["failed"]) == 3
    write_game(games, 1)
    write_game(games, 2)
    mended = season(tmp_path, games)
    assert list(mended.games) == [f"game{n}" for n in range(4)] and not mended.failed


def test_files_no_reader_knows_are_passed_over_and_said(games: Path, tmp_path: Path, quick: list[str]) -> None:
    folder = tmp_path / "season"
    folder.mkdir()
    games.rename(folder / "january")
    (folder / "notes.txt").write_text("rain")
    done = season(tmp_path, folder)
    assert len(done.games) == 4
    assert done.passed == [str(folder / "notes.txt")]
    assert "passed over" in (tmp_path / "pages" / "season.html").read_text()


def test_a_season_of_no_game_is_not_called_done(tmp_path: Path) -> None:
    folder = tmp_path / "season"
    folder.mkdir()
    with pytest.raises(DataError, match=r"season: no game of .* was found; expected a provider's files"):
        season(tmp_path, folder)
    (folder / "notes.txt").write_text("rain")
    with pytest.raises(DataError, match=r"was found \(1 file there that no reader knows\)"):
        season(tmp_path, folder)
    with pytest.raises(DataError, match="is in this library"):
        season(tmp_path)
    assert not (tmp_path / "pages").exists()


def test_a_source_that_is_not_there_stops_before_anything_is_done(games: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing was read yet"):
        season(tmp_path, games, tmp_path / "gone")
    assert not (tmp_path / "pages").exists() and not (tmp_path / "library").exists()


def test_a_game_that_takes_too_long_is_ended(
    games: Path, tmp_path: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def summed(job: Job, library: Library, game_id: str) -> dict[str, Any]:
        while game_id == "game1":
            time.sleep(0.01)
        return real(job, library, game_id)

    real = work._sum_up
    monkeypatch.setattr(work, "_sum_up", summed)
    done = season(tmp_path, games, limit_s=3.0)
    assert [(o.game, o.stage, o.why) for o in done.failed] == [("game1", "sum up", "took longer than 3 s")]
    assert list(done.games) == ["game0", "game2", "game3"]


def test_what_may_pass_is_tried_again_and_a_fault_is_named(
    games: Path, tmp_path: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    tries: list[str] = []

    def summed(job: Job, library: Library, game_id: str) -> dict[str, Any]:
        tries.append(game_id)
        if game_id == "game1" and tries.count("game1") < 3:
            raise StoreError("the line is cut")
        if game_id == "game2":
            raise KeyError("what nobody thought of")
        return real(job, library, game_id)

    real = work._sum_up
    monkeypatch.setattr(work, "_sum_up", summed)
    monkeypatch.setattr(work, "WAIT_S", 0.001)
    done = season(tmp_path, games, retries=2)
    assert [tries.count(f"game{n}") for n in range(4)] == [1, 3, 3, 1]
    assert [(o.game, o.why) for o in done.failed] == [("game2", "KeyError: 'what nobody thought of'")]
    assert list(done.games) == ["game0", "game1", "game3"]


def test_a_stopped_season_says_so_and_goes_on(
    games: Path, tmp_path: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def stop(step: Step) -> None:
        if step.done == 2:
            raise KeyboardInterrupt

    job = Job(LEAGUE, str(tmp_path / "library"))
    with pytest.raises(KeyboardInterrupt):
        run_season((games,), LEAGUE, job, str(tmp_path / "pages"), Here(), say=stop)
    record = json.loads((tmp_path / "pages" / "season.json").read_text())
    assert record["stopped"] is True and [g["game"] for g in record["games"]] == ["game0", "game1"]
    assert season(tmp_path, games).made == {"games": 2, "reports": 4}


def test_a_source_of_many_games_without_an_index_is_read_once(
    tmp_path: Path, games: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    from sportsai.readers import table

    monkeypatch.delattr(table, "ONE_FILE_A_GAME")
    assert list(season(tmp_path, games).games) == [f"game{n}" for n in range(4)]
    read: list[Path] = []
    real = table._game
    monkeypatch.setattr(table, "_game", lambda path, *a, **k: read.append(path) or real(path, *a, **k))
    again = season(tmp_path, games)
    assert again.made["games"] == 0 and len(again.games) == 4
    assert read == []  # what it held is known by the SHA-256 of its files
    write_game(games, 2, seconds=50)
    assert season(tmp_path, games).made["games"] == 1
    assert len(read) == 4
