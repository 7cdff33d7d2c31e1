"""Commands as an analyst types them, on a tiny made-up match."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sportsai.bench.bad_input import _write


def test_ingest_games_quality(type_, tmp_path: Path) -> None:
    source = _write(tmp_path)
    row = json.loads(type_("ingest", str(source), "--league", "soccer", "--json"))[0]
    assert row["game"] == "1"
    assert row["title"] == "Home 0-0 Away"
    assert row["frames"] == 40
    assert row["status"] == "read"
    assert json.loads(type_("ingest", str(source), "-l", "soccer", "--json"))[0]["status"] == "unchanged"
    assert json.loads(type_("ingest", str(source), "-l", "soccer", "--json", "--force"))[0]["status"] == "read"
    games = json.loads(type_("games", "--json"))
    assert [g["game"] for g in games] == ["1"]
    assert "Home 0-0 Away" in type_("games")
    assert json.loads(type_("games", "--league", "nba", "--json")) == []
    quality = json.loads(type_("quality", "1", "--json"))
    assert quality["frames"] == 40
    assert quality["periods"][0]["direction"] == "home attacks right"
    assert "Players on camera" in type_("quality", "1")
    assert json.loads(type_("query", "--sql", "select count(*) n from tracks", "--json")) == [{"n": 240}]


def test_the_library_is_where_it_is_said_to_be(type_, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _write(tmp_path)
    type_("ingest", str(source), "-l", "soccer", "--library", "one")
    monkeypatch.setenv("SPORTSAI_LIBRARY", str(tmp_path / "two"))
    type_("ingest", str(source), "-l", "soccer")
    assert (tmp_path / "one" / "sportsai.json").exists()
    assert (tmp_path / "two" / "sportsai.json").exists()
    assert not (tmp_path / "sportsai-library").exists()


def test_reading_makes_no_library(type_, tmp_path: Path) -> None:
    assert "there is no library here" in type_("games", code=1)
    assert not (tmp_path / "sportsai-library").exists()


def test_wrong_options_say_so(type_) -> None:
    assert "No such option" in type_("games", "--colour", code=2)
    assert "Missing option" in type_("ingest", "x", code=2)
