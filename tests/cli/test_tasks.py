"""A task's recipe from end to end as a researcher types it: train, score beside others, score games never seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sportsai.bench.bad_input import made_up_match

RECIPE = """title = "Made up"
model = "boosted"
joined = ["majority"]
[data]
task = "handovers"
games = ["1", "2", "3", "4"]
background = ""
players = 6
[split]
by = "game"
folds = 4
[model_config]
frames = 8
rounds = 5
[train]
epochs = 1
members = 2
"""
HOLDERS = (12,) * 15 + (13,) * 6 + (22,) * 14 + (23,) * 5 + (11,) * 4


def write_games(folder: Path, *ids: int) -> Path:
    """Write made-up games in which a pass, a turnover and carries follow one another."""
    for i in ids:
        rows, match = made_up_match(440)
        for n, row in enumerate(rows):
            holder = HOLDERS[n % len(HOLDERS)]
            row["possession"] = {"trackable_object": holder, "group": "home team" if holder < 20 else "away team"}
            for d in row["data"]:
                d["x"] = min(d["x"], 50) if d["track_id"] != -1 else 0.1 * holder + 0.01 * ((n * i) % 7)
        match["id"] = i
        (folder / str(i)).mkdir(parents=True)
        (folder / str(i) / "structured_data.json").write_text(json.dumps(rows))
        (folder / str(i) / "match_data.json").write_text(json.dumps(match))
    return folder


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    own = tmp_path / "leagues" / "soccer" / "recipes"
    own.mkdir(parents=True)
    (own / "mine.toml").write_text(RECIPE)
    monkeypatch.setenv("SPORTSAI_LEAGUES", str(tmp_path / "leagues"))
    return own / "mine.toml"


def test_a_task_is_trained_scored_and_scored_on_games_never_seen(type_, tmp_path: Path, recipe: Path) -> None:
    games = write_games(tmp_path / "games", 1, 2, 3, 4)
    said = json.loads(type_("train", "soccer", "mine", "--data", str(games), "--out", "w", "--quick", "--json"))
    assert (tmp_path / "w" / "card.md").read_text().startswith("# Made up")
    assert said["about"]["contests"] == ["1", "2", "3", "4"]
    new = write_games(tmp_path / "new", 3, 5, 6)
    table = json.loads(
        type_("evaluate", "soccer", "mine", "--data", str(new), "--weights", "w", "--plots", "figures", "--json")
    )
    assert [(w["title"], w["contests"]) for w in table["ways"]] == [
        ("2 games never seen", ["5", "6"]), ("1 game TRAINED ON", ["3"]),
    ]  # fmt: skip
    assert 0 < table["ways"][0]["rows"][0]["mean"]["mAP"] <= 1
    assert list((tmp_path / "figures").glob("*.svg"))
    text = type_("evaluate", "soccer", "mine", "--data", str(new), "--weights", "w")
    assert "2 games never seen" in text and "chance" in text


def test_every_model_is_set_beside_it_and_what_was_trained_is_kept(type_, tmp_path: Path, recipe: Path) -> None:
    for source in sorted(write_games(tmp_path / "games", 1, 2, 3, 4).iterdir()):
        type_("ingest", str(source / "structured_data.json"), "--league", "soccer", "--library", "lib")
    words = ("evaluate", "soccer", "mine", "--library", "lib", "--models", "majority,boosted", "--seeds", "1")
    table = json.loads(type_(*words, "--keep", "kept", "--json"))
    assert [r["model"] for r in table["rows"]] == ["majority", "boosted", "boosted + majority"]
    assert len(list((tmp_path / "kept").iterdir())) == 2
    assert "Best on validation" in type_(*words, "--keep", "kept")
