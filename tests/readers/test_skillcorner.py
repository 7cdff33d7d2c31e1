"""SkillCorner: the 2020 JSON, its `_timestamp` variant and the 2024 JSON lines agree with kloppy; breaks say where."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

FILES = {
    "skillcorner_v3_raw_data.jsonl": "skillcorner_meta_data.json",
    "skillcorner_structured_data_timestamp.json": "skillcorner_match_data.json",
}


@pytest.mark.parametrize("raw", FILES)
def test_the_real_files_agree_with_kloppy(files, read, same_as, quiet, raw) -> None:
    from kloppy import skillcorner

    game = read(files / raw)
    assert list(game.source) == [raw, FILES[raw]]  # the match file is found by the tracking file's name
    theirs = skillcorner.load(
        meta_data=str(files / FILES[raw]),
        raw_data=str(files / raw),
        coordinates="skillcorner",
        include_empty_frames=True,
        limit=700,
    )
    named = [r for r in theirs.records if r.players_data]
    for record in named:  # kloppy names the people whom nobody identified by their side; here they fill unnamed slots
        known = {p: d for p, d in record.players_data.items() if game.player(str(p.player_id))}
        record.players_data = known
    assert same_as(game, named, lambda p: [p.x, p.y], limit=500) > 100
    for record in named[:50]:
        row = int(game.tracks.rows(np.array([record.frame_id]))[0])
        assert game.tracks.t_s[row] == pytest.approx(record.timestamp.total_seconds(), abs=0.11)
    assert game.tracks.rate_hz == Fraction(10)
    assert [(p.number, p.attacks_right) for p in game.periods] == [(1, 1), (2, 0)]


def test_estimated_positions_are_marked(files, read) -> None:
    t = read(files / "skillcorner_v3_raw_data.jsonl").tracks
    assert (t.estimated.sum(), t.present.sum(), t.ball_present.sum()) == (78, 132, 6)
    assert not (t.estimated & ~t.present).any()


@pytest.fixture
def small(files, tmp_path) -> tuple[Path, Path]:
    """The first play of 2417 in the 2020 layout, 40 frames, beside its match file."""
    shutil.copy(files / "skillcorner_match_data.json", tmp_path / "match_data.json")
    text = (files / "skillcorner_structured_data_timestamp.json").read_text()
    frames = json.loads(text[: text.index('{"possession"', 3_000_000)].rstrip(", \n") + "]")
    frames = [f for f in frames if f["period"] and len(f["data"]) > 10][:40]
    path = tmp_path / "structured_data.json"
    path.write_text(json.dumps(frames))
    return path, tmp_path / "match_data.json"


def test_order_and_folder(small, read) -> None:
    path, match = small
    assert read(path).tracks.T == read(match, path).tracks.T == read(path.parent).tracks.T == 40


def change(path: Path, n: int, **values: object) -> None:
    frames = json.loads(path.read_text())
    for key, value in values.items():
        if key in ("x", "y"):
            next(d for d in frames[n]["data"] if "z" not in d)[key] = value  # only the ball has a height
        else:
            frames[n][key] = value
    path.write_text(json.dumps(frames))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinite_positions_are_refused(small, problem, value) -> None:
    change(small[0], 5, x=value)
    assert any(word in problem(*small) for word in ("nan", "inf", "NaN", "Inf"))


def test_a_null_position_is_counted_and_set_aside(small, read) -> None:
    before = read(*small)
    change(small[0], 5, x=None)
    after = read(*small)
    assert sum(after.repairs.values()) == sum(before.repairs.values()) + 1


def test_broken_files_say_where(small, problem, tmp_path, files) -> None:
    path, match = small
    whole = path.read_text()
    frames = json.loads(whole)
    change(path, 6, frame=frames[5]["frame"])
    assert "appears twice" in problem(*small)
    path.write_text(whole)
    change(path, 6, timestamp="00:00:00.00")
    assert "time runs backwards" in problem(*small)
    path.write_text(whole)
    change(path, 6, timestamp="soon")
    assert '"soon"' in problem(*small)
    path.write_text(whole[: len(whole) // 2])
    assert "cut short" in problem(*small)
    path.write_text("")
    assert "empty" in problem(*small)
    path.write_bytes(whole.encode("utf-16"))
    assert "UTF-8" in problem(*small, provider="skillcorner")
    path.write_text(whole)
    said = json.loads(match.read_text())
    match.write_text(json.dumps({**said, "players": []}))
    assert "players is missing or empty" in problem(*small)
    home = said["home_team"]["id"]
    match.write_text(json.dumps({**said, "players": [p for p in said["players"] if p["team_id"] != home]}))
    path.write_text(whole.replace('"group_name"', '"nobody"'))
    assert "has no players" in problem(*small)
    match.unlink()
    assert "match file (teams and line-ups) is not beside it" in problem(path)
    assert "no such file" in problem(path.with_name("no.json"), match)
    assert problem(files / "metrica_home.csv", files / "skillcorner_match_data.json", provider="skillcorner")
