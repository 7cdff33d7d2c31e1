"""One game's work where storage or a model does not behave: what is new lands, what fails is named, nothing hangs."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from sportsai.errors import StoreError
from sportsai.library import Library
from sportsai.season import limit
from sportsai.season.limit import OverTime
from sportsai.season.pool import Here
from sportsai.season.run import Season, run_season
from sportsai.season.sources import Item
from sportsai.season.store import Folder, fetch_library, store_of
from sportsai.season.work import Job, Laps, Outcome, _guarded
from tests.season.conftest import LEAGUE, write_game


def season(games: Path, library: str, pages: Path, **more: Any) -> Season:
    store_of.cache_clear()
    return run_season((games,), LEAGUE, Job(LEAGUE, library, **more), str(pages), Here())


def test_a_file_that_changed_replaces_its_game_in_object_storage(games: Path, tmp_path: Path, quick: list[str]) -> None:
    pytest.importorskip("fsspec")
    address = f"memory://club-{uuid.uuid4().hex[:8]}/library"
    season(games, address, tmp_path / "pages")
    write_game(games, 3, seconds=50)
    assert season(games, address, tmp_path / "pages").made["games"] == 1
    assert fetch_library(address, tmp_path / "copy") == [f"game{n}" for n in range(4)]
    assert Library(tmp_path / "copy").load("game3").tracks.T == 50 * 5
    assert season(games, address, tmp_path / "pages").made["games"] == 0
    assert season(games, address, tmp_path / "pages", force=True).made["games"] == 4


def test_what_was_read_cannot_be_noted_and_the_season_goes_on(
    games: Path, tmp_path: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Folder.note

    def note(self: Folder, name: str, content: bytes | None = None) -> bytes | None:
        if content is not None and b"game2" in content:
            raise StoreError("the disk is full while keeping what was read")
        return real(self, name, content)

    monkeypatch.setattr(Folder, "note", note)
    done = season(games, str(tmp_path / "library"), tmp_path / "pages", retries=0)
    assert sorted(done.games) == sorted(done.reports) == [f"game{n}" for n in range(4)]
    assert [(Path(o.source).name, o.why) for o in done.failed] == [
        ("game2.csv", "the disk is full while keeping what was read")
    ]


def test_a_game_that_keeps_the_exception_of_its_limit_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "ARRIVES_S", 0.1)
    ended: list[Outcome] = []

    def stubborn(laps: Laps) -> tuple[str, bool, None]:
        with contextlib.suppress(OverTime):  # as what Python runs while it throws an object away does
            for _ in range(5000):
                time.sleep(0.001)
        return "1", True, None

    def work() -> None:
        ended.append(_guarded(Job(LEAGUE, "nowhere", limit_s=0.05), Item("1"), "1", stubborn))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(10)
    assert [o.status for o in ended] == ["done"]
