"""The soak's arithmetic: what grows is told from what is flat and from what goes with the games held."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.bench import soak
from sportsai.cli.bench import command
from sportsai.errors import SportsaiError


def games(count: int, season: int, leak: float = 0.0) -> list[dict[str, Any]]:
    """Games of which memory gains `leak` MB a game and a query 0.2 ms a game held, and nothing else changes."""
    rng = np.random.default_rng(1)
    found = []
    for n in range(1, count + 1):
        place = (n - 1) % season + 1
        cpu = dict.fromkeys(("simulate", "read, analyse, sum up", "report", "query"), 0.3)
        wall = {"query": 10 + 0.2 * place + rng.normal(0, 0.1), "list of games": 5 + rng.normal(0, 0.1)}
        found.append({"game": n, "season": (n - 1) // season + 1, "place": place, "cpu": cpu, "wall_ms": wall,
                      "failed": [], "MB": 500 + leak * n + rng.normal(0, 1), "open files": 11, "threads": 20,
                      "desk MB": 235.0, "temporary files": 0, "temporary KB": 0.0})  # fmt: skip
    return found


def row(rows: list[dict[str, Any]], case: str) -> dict[str, Any]:
    return next(r for r in rows if r["case"] == case)


def test_a_leak_is_told_from_what_goes_with_the_games_held() -> None:
    rows = soak.rows_of(games(1000, 200, leak=0.5))
    memory, query = row(rows, "MB"), row(rows, "wall, query")
    assert memory["slope"] == pytest.approx(50, abs=1) and memory["low"] > 45
    assert soak.said(memory).startswith("grows, +6")
    assert query["held"] == pytest.approx(20, abs=0.5) and abs(query["slope"]) < 0.5
    assert row(rows, "open files")["slope"] == pytest.approx(0, abs=1e-6)


def test_without_a_leak_it_is_flat_and_one_season_alone_says_less() -> None:
    assert soak.said(row(soak.rows_of(games(1000, 200)), "MB")) == "is flat"
    one = row(soak.rows_of(games(200, 400)), "wall, query")
    assert one["slope"] == pytest.approx(20, abs=0.5) and "held" not in one
    assert soak.rows_of(games(soak.WARM + 2 * soak.BLOCK, 400)) == soak.rows_of(games(80, 400))
    assert [r["case"] for r in soak.rows_of(games(80, 400))] == ["games"]


def test_the_page_names_simulated_games_and_what_failed(tmp_path: Path) -> None:
    played = games(500, 200)
    played[7]["failed"] = ["no report at the desk"]
    rows = soak.rows_of(played)
    page = "\n".join(soak.page(rows))
    assert "SIMULATED" in (soak.__doc__ or "") and "simulated: nobody played them" in page
    assert "game 8: no report at the desk" in page and "500 games, 3 seasons begun" in page
    (drawn,) = soak.pictures(rows, tmp_path)
    assert drawn.name in page
    paths = [e for e in ET.parse(drawn).iter() if e.tag.endswith("path")]
    assert len(paths) == 6 and paths[0].attrib["d"].count("M") == 500


def test_two_seasons_of_two_games_are_played_and_the_library_is_emptied(tmp_path: Path) -> None:
    from sportsai.bench import _soak_games

    asked = _soak_games._game
    seen: list[list[str]] = []

    def watched(folder: Path, number: int, summaries: Any, desk: Any) -> dict[str, Any]:
        seen.append(sorted(p.name for p in (folder / "library" / "games").iterdir()))
        return asked(folder, number, summaries, desk)

    clock = iter([0.0] * 6 + [1e9] * 9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_soak_games, "_game", watched)
        patch.setattr(_soak_games, "RALLIES", 1)
        patch.setattr(_soak_games, "ASKED", 1)
        patch.setattr(_soak_games.tempfile, "tempdir", None)
        patch.setenv("TMPDIR", str(tmp_path))
        patch.setattr(_soak_games, "time", _Clock(clock))
        _soak_games.soak(tmp_path / "soak", 1, season=2)
    lines = [json.loads(x) for x in (tmp_path / "soak" / "games.jsonl").read_text().splitlines()]
    assert [(g["season"], g["place"]) for g in lines] == [(1, 1), (1, 2), (2, 1)]
    assert seen == [[], ["simulated-1"], []]
    assert "season page" in lines[1]["cpu"] and not any(g["failed"] for g in lines)


class _Clock:
    """Time whose minutes end after three games."""

    def __init__(self, ticks: Any) -> None:
        self._ticks = ticks

    def monotonic(self) -> float:
        return next(self._ticks)

    def __getattr__(self, name: str) -> Any:
        import time

        return getattr(time, name)


def test_minutes_are_refused_where_nothing_takes_them() -> None:
    with pytest.raises(SportsaiError, match="takes as long as it takes"):
        command.main(["start", "--minutes", "1"], standalone_mode=False)
