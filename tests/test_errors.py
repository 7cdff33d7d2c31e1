"""Errors are one line that teaches, whatever stands in the values they carry."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sportsai.errors import DataError, ShapeError, SportsaiError, check_shape, nearest, one_line


def test_what_where_expected_next() -> None:
    bad = DataError(
        "the frame rate is 0", path="a.xml", line=3, key="rate", expected="a rate above 0", todo="Correct it."
    )
    assert str(bad) == 'a.xml, line 3, "rate": the frame rate is 0; expected a rate above 0. Correct it.'
    assert str(DataError("x", key="k")) == '"k": x'
    assert str(DataError("x").at(Path("f.json"))) == "f.json: x"
    assert str(DataError("x", path="a").at("b")) == "a: x"


@given(st.text())
def test_any_text_is_one_printable_line(text: str) -> None:
    line = str(SportsaiError(text or "x", where=text, expected=text, todo=text))
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) <= 600
    assert all(c.isprintable() or c == " " for c in one_line(text) if ord(c) < 0x300)


def test_the_nearest_name() -> None:
    assert nearest("bundesligga", ["nba", "bundesliga"]) == 'Did you mean "bundesliga"?'
    assert nearest("zzz", ["nba", "nhl"]) == "Known: nba, nhl."
    assert nearest("x", []) == "None is known."


def test_shapes_name_the_argument() -> None:
    assert check_shape(torch.zeros(2, 3, 2), "B T 2", "xy") == (2, 3, 2)
    with pytest.raises(ShapeError, match=r"xy has shape \(2, 3\); expected \(B, T, 2\)"):
        check_shape(torch.zeros(2, 3), "B T 2", "xy")
    with pytest.raises(ShapeError, match=r"xy has shape"):
        check_shape(torch.zeros(2, 3, 3), "B T 2", "xy")


def test_an_extra_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sportsai.cli import main
    from sportsai.graphs import PlayerGraphs
    from tests.conftest import make_game

    batch = next(PlayerGraphs(make_game()).batches(2))
    monkeypatch.setitem(sys.modules, "torch_geometric", None)
    monkeypatch.setitem(sys.modules, "torch_geometric.data", None)
    with pytest.raises(SportsaiError, match=r"torch-geometric is not installed.*sportsai\[graphs\]"):
        batch.to_pyg()
    monkeypatch.setitem(sys.modules, "mplsoccer", None)
    monkeypatch.setattr(sys, "argv", ["sportsai", "leagues", "nba", "--draw", str(tmp_path / "court.png")])
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == 1
    assert not list(tmp_path.iterdir())
