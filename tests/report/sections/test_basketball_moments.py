"""Basketball's key moments, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sportsai.library import Library
from sportsai.report import build_report
from sportsai.report.basketball import moments
from sportsai.report.basketball.offence import Offence, Possession, Shot
from sportsai.report.material import gather


def test_baskets_from_afar_and_early_come_first(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    m = gather(library, "small")
    half = moments.FAR_M / 2
    shots = (
        Shot(0, 0, "p1", True, (0.0, 0.0), 170, moments.FAR_M, 0.0, 0),  # 7 s into its possession
        Shot(1, 0, "p1", True, (0.0, 0.0), 600, half, 0.0, None),
        Shot(2, 1, "p7", False, (0.0, 0.0), 1200, moments.FAR_M * 2, 0.0, None),
        Shot(3, 1, "p7", True, (0.0, 0.0), 175, half, 0.0, None),  # too near to the first in time
        Shot(4, 1, "p7", True),  # its place is not known
    )
    every = Offence((Possession(None, 0, 1, 100, 300, None),), shots, ((),), None)  # type: ignore[arg-type]
    monkeypatch.setattr(moments, "offence", lambda _: every)
    found = moments.key_moments(m)
    assert [k.index for k in found] == [0, 1, 2]
    assert [k.rank for k in found] == pytest.approx([0.5 + 0.3 + 0.2 * 0.5, 0.5 + 0.15, 0.3])
    assert found[0].title == "Basket from 7.3 m by <script>window.hacked=1;alert(1)</script>, 7 s into the possession"
    assert found[0].frame == 170
    assert found[0].start_frame == 100
    assert found[2].title.startswith("Missed from 14.6 m by Player 7")


def test_a_game_without_shots_has_none(library: Library) -> None:
    library.add(replace(library.load("small"), id="nba", league="nba"))
    assert moments.key_moments(gather(library, "nba")) == []
    assert "No key moments" in build_report(library, "nba")
