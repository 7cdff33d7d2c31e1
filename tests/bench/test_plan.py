"""The plan's arithmetic by hand, its page, and what it measures of copies of a game."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sportsai.bench import _plan_units, plan
from sportsai.library import Library
from tests.report.conftest import RUN, predicted, small_game

UNIT = {"case": "a game", "work_s": 8.0, "report_s": 2.0, "start_s": 36.0, "library_mb": 3.0, "report_mb": 1.0,
        "source_mb": 60.0, "most_mb": 1024.0, "minutes": 90.0, "games": 1}  # fmt: skip
FREE = plan.Assumed(core_hour=0.1, gb_month=0.02, night_h=10, spare=2, again=3)


def test_a_thousand_games_by_hand() -> None:
    n = plan.needed(UNIT, 36_000, FREE)  # 100 hours of work, bought twice, in a night of 10
    assert n["cores"] == 20 and n["memory_gb"] == pytest.approx(20)
    assert n["cpu_h"] == pytest.approx(100 + 20 * 0.01)
    assert n["kept_gb"] == pytest.approx(36_000 * 4 / 1024) and n["raw_gb"] == pytest.approx(36_000 * 60 / 1024)
    assert n["once"] == pytest.approx(100.2 * 2 * 0.1)
    assert n["year"] == pytest.approx(3 * n["once"] + 12 * 0.02 * (n["kept_gb"] + n["raw_gb"]))
    assert plan.needed(UNIT, 1, FREE)["cores"] == 1


def test_feeds_by_hand() -> None:
    one = plan.live(UNIT, 1, FREE)
    assert one == {"share": pytest.approx(8 / 5400), "cores": 1, "memory_gb": 1, "hour": pytest.approx(0.1)}
    assert plan.live(UNIT | {"minutes": 0.5}, 10, FREE)["cores"] == 6  # .267 of a core each, ten of them, twice
    assert plan.live(UNIT, 80, FREE)["hour"] == pytest.approx(2)  # 80 GB, four a core


def test_a_game_more_is_the_difference_of_two_libraries() -> None:
    rows = [{"games_held": 100, "mb": 60.0}, {"games_held": 300, "mb": 160.0}]
    assert plan.a_game_more(rows, "mb") == 0.5 and plan.a_game_more(rows[:1], "mb") == 0.6


def test_the_page_says_what_is_measured_and_what_is_assumed() -> None:
    rows: list[dict[str, Any]] = [
        UNIT,
        {"case": "pages", "games_held": 100, "cpu_s": 1.0, "mb": 5.0, "page_mb": 0.5, "held_kb": 2.0},
        {"case": "library", "games_held": 100, "list": 0.1, "first question": 0.6, "next question": 0.01, "mb": 10.0},
    ]
    page = "\n".join(plan.page(rows))
    assert "| a game | 90.0 | 8.00 | 2.00 | 36.0 | 1024 | 60.00 | 3.00 | 1.00 |" in page
    assert "| 100 leagues of 380: a game |" in page
    assert "Nothing in this table is measured" in page
    assert "6.0 ms of CPU and 102 KB a game more, so 3.8 CPU-minutes and 3.7 GB for 38,000 games" in page


def test_a_game_is_copied_without_its_positions_and_can_be_listed_and_asked(tmp_path: Path) -> None:
    library, game = Library(tmp_path / "one", create=True), small_game()
    library.add(game)
    library.write_predictions(game.id, predicted(game), RUN)
    _plan_units.multiply(tmp_path / "one", tmp_path / "many", game.id, 3)
    assert Library(tmp_path / "many").ids() == ["g0", "g1", "g2"]
    cost = _plan_units.library_cost(tmp_path / "many", "pass")
    assert {"list", "first question", "next question", "mb"} <= set(cost)
    assert not list((tmp_path / "many").rglob("tracks.parquet"))
