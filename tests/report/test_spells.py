"""Spells of possession, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.library import Library
from sportsai.report.spells import entries, moment_play, spell_play, spells
from tests.report.conftest import small_game
from tests.report.sections.played import logged, material, played


def test_spells_join_over_short_gaps_and_end_where_the_other_side_has_the_ball(library: Library) -> None:
    m = material(library, played([
        (0, 3, (0, 0), (10, 0)),
        (-1, 1.0, (10, 0), (12, 0)),  # a pass in the air: the spell goes on
        (0, 2, (12, 0), (20, 0)),
        (1, 0.5, (20, 0), (20, 0)),  # a touch: no spell
        (0, 3, (20, 0), (30, 5)),
        (1, 4, (30, 5), (0, 5)),  # won 30 m from the halfway line, in away's own half
        (-1, 5, (0, 5), (0, 5)),
        (0, 2, (0, 5), (5, 5)),  # nobody saw how it was won
    ], id="spells"))  # fmt: skip
    found = spells(m)
    assert [(s.side, s.won, s.lost) for s in found] == [(0, False, False), (0, False, True), (1, True, False),
                                                         (0, False, False)]  # fmt: skip
    assert [(s.first, s.last) for s in found] == [(0, 59), (65, 94), (95, 134), (185, 204)]
    assert found[2].start_x == pytest.approx(-30)  # seen by away, who attack left: it is at -30 of their right
    assert found[2].start_y == pytest.approx(-5)
    play = spell_play(m, found[0], "A spell")
    assert (play.evidence, play.shown, play.side) == ((0, 60), (-20, 70), 0)


def test_an_entry_counts_anew_only_after_the_ball_was_out_for_a_while(library: Library) -> None:
    m = material(library, played([
        (0, 2, (30, 0), (46, 0)), (0, 1, (46, 0), (30, 0)), (0, 1, (30, 0), (46, 0)),  # in, out for a moment, in: once
        (0, 8, (20, 0), (20, 0)), (0, 1, (44, 0), (46, 0)),  # a second time
        (1, 1, (46, 0), (46, 0)),  # the other side's ball there is nobody's entry
    ], id="entries"))  # fmt: skip
    inside = m.ball[0][:, 0] > 36
    rows = entries(m, 0, inside)
    assert len(rows) == 2
    assert m.ball[0][rows[0], 0] > 36 >= m.ball[0][rows[0] - 1, 0]
    assert rows[1] == 120
    assert entries(m, 1, inside).tolist() == [130]
    assert moment_play(m, 120, 0, "In").shown == (70, 150)


def test_without_tracks_there_are_no_spells(library: Library) -> None:
    m = material(library, replace(small_game(), id="none", tracks=None, periods=()))
    assert spells(m) == ()


def test_a_log_of_possessions_says_who_has_the_ball(library: Library) -> None:
    game = logged(played([(-1, 10, (0, 0), (10, 0))], id="log"), [
        {"type": "possession", "frame": 10, "start_frame": 10, "end_frame": 40, "side": 1},
        {"type": "build_up", "frame": 60, "start_frame": 60, "end_frame": 80, "side": 0},
    ])  # fmt: skip
    m = material(library, game)
    assert np.flatnonzero(m.possession == 1).tolist() == list(range(10, 40))
    assert np.flatnonzero(m.possession == 0).tolist() == list(range(60, 80))
    assert m.possession_by == "as the provider says"
