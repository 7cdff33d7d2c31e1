"""The benchmark of whole games: its parts on made-up games, and its page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.bench import _frames, _one_match, _policies, whole_game
from sportsai.bench._scores import rows_of
from sportsai.data.game import Game
from sportsai.learn.recipe import Recipe
from sportsai.learn.spotting import Found
from sportsai.whole.curve import points, scouted
from sportsai.whole.heat import heat
from sportsai.whole.parts import parts
from sportsai.whole.trials import Way, read_trial, seen_all, taught_model, trial, with_teacher
from tests.whole.test_compare import games, recipe


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """Recipes and games of every part are made up, and small."""
    of = recipe(pace=False)
    of = of.model_copy(update={"train": of.train.model_copy(update={"epochs": 1, "windows_per_epoch": 32})})
    monkeypatch.setattr("sportsai.learn.recipe.load_recipe", lambda *_: of)
    monkeypatch.setattr("sportsai.whole.parts.whole_games", lambda *_: games(of, 4))
    return of


def test_agents_are_told_way_by_way(made_up: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_frames, "GLIMPSES", {"10%": (20, 2)})
    few = ("as published", "neither")
    monkeypatch.setattr(_frames, "ABLATED", {k: _frames.ABLATED[k] for k in few})
    rows = _frames.agents((0,), tmp_path)
    assert [r["way"] for r in rows] == ["10% of the frames", "10%, as published", "10%, neither"]
    assert all(0 <= float(r["mAP ±2.5 s"]) <= 1 for r in rows)
    assert _frames.agents((0,), tmp_path) == rows  # kept


def test_parts_of_a_scout_are_told_one_by_one(made_up: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_frames, "SHORT", {"epochs": 1})
    monkeypatch.setattr(_frames, "SCOUTED", {k: _frames.SCOUTED[k] for k in list(_frames.SCOUTED)[:2]})
    rows = _frames.scouts((0,), tmp_path)
    first, second = _frames.SCOUTED
    own = [first, f"{first}, reading where undecided", f"{first}, reading an even grid"]
    assert [r.get("way") for r in rows] == [*own, second, None]
    assert all(0 <= float(r["mAP ±2.5 s"]) <= 1 for r in rows[:4])


def test_highlights_are_shares_of_what_is_logged(
    made_up: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(_frames, "LOOKS", {})
    monkeypatch.setattr(_frames, "MINUTES", (3,))
    monkeypatch.setattr("sportsai.bench._frames.WHAT", ("shots",))
    rows = _frames.highlights((0,), tmp_path)
    assert [r.get("by") for r in rows[:3]] == ["an even spread", "the ball's speed", "spot_conv, its heat for shots"]
    assert all(r["shots, 3 min"].endswith("%") for r in rows[:3])
    assert "none shown by a model it taught" in rows[3]["say"]


def test_a_curve_has_a_picture_and_a_row_for_each_way_of_reading(
    made_up: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    of = made_up.model_copy(update={"data": made_up.data.model_copy(update={"teacher": "spot_conv"})})
    own = games(of, 4)
    seen = dict(enumerate(seen_all(own, of, range(4))))
    monkeypatch.setattr("sportsai.whole.curve.BUDGETS", (0.05, 0.2))
    found = points(of, own, *scouted(of, own, seen, parts(own, of), (0,)))
    assert [(p["how"], p["budget"]) for p in found] == [
        ("dense", 1.0), ("scout", 0.05), ("scout", 0.2), ("even", 0.05), ("even", 0.2), ("undecided", 0.05),
        ("undecided", 0.2), ("even", 1.0),
    ]  # fmt: skip
    row: dict[str, Any] = {"task": "t", "picture": "c.svg", "alt": "a", "points": found}
    (path,) = whole_game.pictures([row, {"task": "t"}], tmp_path)
    assert path.is_file()
    page = "\n".join(whole_game.page([row]))
    assert "![a](c.svg)" in page


def test_recipes_are_measured_with_and_without_gaps(made_up: Recipe) -> None:
    first, other = whole_game.gaps_or_not(made_up)
    assert first is made_up
    assert other.data.gaps and other.title == "made up, told of gaps in the clock"


def test_what_says_nothing_of_a_class_has_no_map() -> None:
    row = {"model": "ball_rule", "mean": {"mAP": float("nan"), "AP shot": 0.5}, "sd": {}, "seeds": 1, "interval": None,
           "validation": None, "parameters": 0, "cpu_s": 0.0}  # fmt: skip
    best = {**row, "model": "best", "mean": {"mAP": 0.7, "AP shot": 0.9}, "interval": [0.6, 0.8]}
    table = {"title": "t", "headline": "mAP", "rows": [row, best], "differences": {}, "chance": {"mAP": 0.1}}
    rows = rows_of(table)
    assert [r["model"] for r in rows] == ["best", "ball_rule", "chance"]
    assert rows[1]["mAP"] is None and rows[1]["mAP 95 %"] is None and rows[1]["AP shot"] == "0.500"


def test_one_match_is_cut_into_pieces_that_share_no_frame(demo_game: Game) -> None:
    slides = _one_match.slides()
    lines = _one_match.lines_of(demo_game, slides)
    assert [line.contest for line in lines] == [f"2417-{n}" for n in range(5)]
    assert {int(p) for line in lines[:4] for p in line.frames.period} == {1}
    assert set(lines[4].frames.period.tolist()) == {2}
    rows = np.concatenate([line.frames.row for line in lines])
    assert len(np.unique(rows)) == len(rows)
    assert sum(len(line.at_s) for line in lines[:4]) > 300
    assert len(lines[4].at_s) == 263 + 74  # the second half's passes and balls lost, as the recogniser's card counts
    row = _one_match._row("truth", lines[4], [Found.of(lines[4].period, lines[4].label, lines[4].at_s)])
    assert row["AP pass ±1 s"] == row["AP turnover ±2.5 s"] == "1.000"


def test_two_minutes_of_a_quarter(made_up: Recipe, tmp_path: Path) -> None:
    rows = _frames.baskets((0, 1), tmp_path)
    assert [(r["by"], r["seeds"]) for r in rows[:5]] == [
        ("an even spread", 1), ("the ball's speed", 1), ("all moments alike", 2), ("shots alone", 2),
        ("the recipe's worth", 2),
    ]  # fmt: skip
    assert all(r["shots"].endswith("%") for r in rows[:5])


def test_policies_are_drawn_of_a_game_never_seen(
    made_up: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = made_up.model_copy(update={"model": "scout", "data": made_up.data.model_copy(update={"teacher": "spot_conv"})})
    monkeypatch.setattr("sportsai.learn.recipe.load_recipe", lambda *_: of)
    monkeypatch.setattr(_policies, "BUDGETS", {of.league: 0.1})
    assert _policies.policies(tmp_path) == []  # no training is kept yet
    own = games(of, 4)
    (part,) = parts(own, of)
    seen, _ = with_teacher(of, own, dict(enumerate(seen_all(own, of, range(4)))), part, 0, tmp_path)
    read_trial(of, own, seen, part, "scout", 0, [Way("even", 0.1)], keep=tmp_path, taught_by="spot_conv")
    alone = _policies.shots_alone(tmp_path)
    assert [(r["way"], r["seeds"]) for r in alone[:3]] == [
        ("asks about shots alone", 1), ("asks about all", 1), ("an even grid", 1),
    ]  # fmt: skip
    row, _ = _policies.policies(tmp_path)
    assert any(own.lines[i].frames.game.title in row["alt"] for i in part.test)
    (path,) = whole_game.pictures([row], tmp_path)
    assert "logged moments" in path.read_text() and "frames read" in path.read_text()


def test_beyond_a_stop_nothing_is_shown(
    made_up: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    own = games(made_up, 4)
    (part,) = parts(own, made_up)
    assert _policies.masked(tmp_path) == []
    told = trial(made_up, own, dict(enumerate(seen_all(own, made_up, range(4)))), part, "spot_conv", 0, keep=tmp_path)
    model = taught_model(made_up, own, part, "spot_conv", 0, tmp_path)
    assert sum(p.numel() for p in model.parameters()) == told.parameters
    line = own.lines[0]
    assert line.unbroken() == line.stretches()  # no stop: nothing is hidden
    line.frames.t_s[200:] += 9.0
    assert line.unbroken() == [(0, 200), (200, len(line))]
    line.frames.t_s[200:] -= 9.0
    rows = _policies.masked(tmp_path)
    assert [r.get("shown") for r in rows[:2]] == ["all frames shown", "beyond stops hidden"]
    assert rows[0]["mAP ±2.5 s"] == rows[1]["mAP ±2.5 s"]

    stopped = games(made_up, 4)
    for line in stopped.lines:
        line.frames.t_s[200:] += 9.0
    said: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def kept(models: Any, x: np.ndarray, names: tuple[str, ...], stretches: Any) -> np.ndarray:
        said.append((heat(models, x, names, stretches), x, heat(models, x[:200], names, [(0, 200)])))
        return said[-1][0]

    monkeypatch.setattr("sportsai.whole.parts.whole_games", lambda *_: stopped)
    monkeypatch.setattr("sportsai.whole.heat.heat", kept)
    assert len(_policies.masked(tmp_path)) == len(rows)
    shown, hidden = said[::2], said[1::2]
    assert len(shown) == len(hidden) > 0
    for (whole, _, alone), (cut, _, _) in zip(shown, hidden, strict=True):
        np.testing.assert_allclose(cut[:200], alone, atol=1e-6)  # as if the game ended there
        assert np.abs(whole[:200] - alone).max() > 1e-4  # and where all is shown, what follows is read
