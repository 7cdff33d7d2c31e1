"""The soccer sections on games written by hand: every number below was worked out on paper."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from sportsai.data import Game, Tracks
from sportsai.library import Library
from sportsai.report import build_report
from sportsai.report.plays import Evidence
from sportsai.report.section import Section, parts_of
from sportsai.report.sections import (
    soccer_chances,
    soccer_control,
    soccer_momentum,
    soccer_patterns,
    soccer_phases,
    soccer_pressing,
    soccer_runs,
    soccer_stats,
)
from sportsai.report.soccer import allowed, box_entries, lost, won_high
from tests.report.conftest import EVIL
from tests.report.sections.played import logged, material, played

OWN = (-1, 30, (0, 0), (0, 0))  # half a minute of nothing, so that the game is no clip of one play
HIGH = [  # away loses the ball 30 m from its goal, home is in the box 2 s later; then the same, and home goes back
    (1, 4, (10, 0), (22.5, 0)), (0, 4, (22.5, 0), (46, 0)),
    OWN,
    (1, 4, (10, 0), (22.5, 0)), (0, 4, (22.5, 0), (0, 0)),
    OWN,
    (1, 4, (10, 0), (-20, 0)), (0, 4, (-20, 0), (-30, 0)),  # won in the own half: not high
]  # fmt: skip


def plain(text: object) -> str:
    return re.sub(r"<[^>]*>", "", str(text))


def told(section: Section | None) -> Section:
    assert section is not None
    return section


def test_balls_won_high(library: Library) -> None:
    m = material(library, played(HIGH, id="high"))
    won = won_high(m, 0)
    assert [(round(w.away_m, 1), w.box, w.shot) for w in won] == [(30.0, True, False), (30.0, False, False)]
    assert won_high(m, 1) == ()
    evidence = Evidence()
    s = told(soccer_pressing.section(m, evidence))
    assert "won 2 balls high; 1 led to a shot or into the box" in plain(s.figures[0].title)
    assert "dangerous: 50% (95 %: 9%–91%)" in s.figures[0].sub  # Wilson for 1 of 2
    assert [c.title.split(": ")[1] for c in s.clips] == ["pressing that worked", "pressing that came to nothing"]
    assert len(evidence.lists["high-0"]) == 2
    assert "won no ball within 40 m" in plain(s.text[0])


def test_a_shot_makes_a_ball_won_high_dangerous(library: Library) -> None:
    game = logged(played(HIGH, id="shot"), [{"type": "shot", "frame": 500, "side": 0, "x": 20.0, "y": 0.0}])
    assert [w.shot for w in won_high(material(library, game), 0)] == [False, True]  # the second begins at frame 420


def test_ppda_and_lost_balls(library: Library) -> None:
    passes = [{"type": "pass", "frame": 10 * i, "side": 1, "x": x, "y": 0.0,
               "attributes": {"outcome": "unsuccessful" if i == 1 else "successful"}}
              for i, x in enumerate((50.0, 0.0, -10.0, -11.0))]  # fmt: skip
    m = material(library, logged(played(HIGH, id="ppda"), passes))
    rows, won = allowed(m, 0)
    # home presses in the 60 % nearest to the right goal: from x = 52.5 (1 - 1.2) = -10.5 on
    assert len(rows) == 3
    assert won == 2
    assert lost(m, 1) == [1]
    assert lost(m, 0) == []


def test_stats_count_what_was_logged(library: Library) -> None:
    log = [{"type": "shot", "frame": 60, "side": 0, "x": 41.5, "y": 0.0, "attributes": {"lead_to_goal": True}},
           {"type": "shot", "frame": 70, "side": 0, "x": 20.0, "y": 0.0},
           {"type": "turnover", "frame": 80, "side": 1, "x": 0.0, "y": 0.0},
           {"type": "pass", "frame": 90, "side": 1, "x": 0.0, "y": 0.0, "attributes": {"outcome": "unsuccessful"}},
           ]  # fmt: skip
    m = material(library, logged(played(HIGH, id="stats"), log))
    bars = {b.what: b for b in told(soccer_stats.section(m, Evidence())).bars}
    assert bars["Shots"].value == (2, 0)
    assert bars["Balls lost"].value == (0, 2)  # of a log the passes that did not arrive, too
    assert bars["Balls won high"].value == (2, 0)
    assert bars["Times into the box"].value == (1, 0)
    assert bars["Possession"].value == (0.5, 0.5)
    assert bars["Possession"].widths == ("100.0", "100.0")
    s = told(soccer_chances.section(m, Evidence()))
    assert "2 shots, 1 of them within 16.5 m" in plain(s.figures[0].title)
    assert "led to a goal" in s.figures[0].svg
    assert "no expected goals" in s.how


def test_ways_into_the_box(library: Library) -> None:
    m = material(library, played([(0, 2, (30, 0), (46, 0)), OWN, (0, 2, (30, 15), (46, 15)), OWN,
                                  (0, 2, (30, -15), (46, -15)), OWN, (0, 2, (30, 16), (46, 16)), OWN],
                                 id="box"))  # fmt: skip
    assert len(box_entries(m, 0)) == 4
    s = told(soccer_chances.section(m, Evidence()))
    assert "4 times, most from the left: 2" in plain(s.figures[0].title)  # y upwards is left of who attacks right
    assert "No shot is logged" in s.how


def test_momentum_names_the_five_minutes(library: Library) -> None:
    quiet = (0, 60, (0.0, 0.0), (0.0, 0.0))
    hot = (1, 60, (-40.0, 25.0), (-40.0, 25.0))  # away in its final third all minute long, beside the box
    m = material(library, played([*[quiet] * 10, *[hot] * 5, *[quiet] * 5], id="momentum"))
    s = told(soccer_momentum.section(m, Evidence()))
    assert "Away were strongest in minutes 10 to 15: 300 s on the ball in the final third" in plain(s.text[0])
    assert s.figures[0].wide
    assert soccer_momentum.section(material(library, played([quiet] * 10, id="brief")), Evidence()) is None


def test_phases(library: Library) -> None:
    log = [{"type": "build_up", "frame": 0, "start_frame": 0, "end_frame": 600, "side": 0},
           {"type": "finish", "frame": 600, "start_frame": 600, "end_frame": 660, "side": 1},
           {"type": "shot", "frame": 700, "side": 1, "x": 0.0, "y": 0.0}]  # fmt: skip
    m = material(library, logged(played([OWN, OWN, OWN], id="phases"), log))
    s = told(soccer_phases.section(m, Evidence()))
    assert [(b.what, b.value) for b in s.bars] == [("Build-up", (1.0, 0.0)), ("Finishing", (0.0, 0.1))]
    assert s.tables[0].rows[1][4].value == 1  # the shot comes 4 s after the phase's end
    assert soccer_phases.section(material(library, played([OWN] * 3, id="none")), Evidence()) is None


def ran(slot: int, x0: float, mps: float, frames: int, game: Game, **more: float) -> Game:
    """Return the game with one player running along x from frame 50 on."""
    t = game.tracks
    assert t is not None
    xy = t.xy.copy()
    step = np.clip(np.arange(t.T) - 50, 0, frames) * mps / 10
    xy[:, slot, 0] = x0 + step
    xy[:, slot, 1] = more.get("y", 20.0)
    return replace(game, tracks=replace(t, xy=xy))


def test_runs_and_who_gets_in_behind(library: Library) -> None:
    game = played([(0, 60, (-20, 0), (-20, 0)), (1, 30, (0, 0), (0, 0))], players=5, id="runs")
    t = game.tracks
    assert t is not None
    xy = t.xy.copy()
    xy[:, 6:9, 0], xy[:, 9, 0] = 15.0, 20.0  # away's line: its last outfield player stands at 20
    game = replace(game, tracks=replace(t, xy=xy))
    m = material(library, ran(2, 10.0, 8.0, 30, game))
    (run,) = soccer_runs.runs(m)
    assert (run.side, run.slot, run.behind) == (0, 2, True)
    assert run.top_mps == pytest.approx(8.0, abs=0.1)
    s = told(soccer_runs.section(m, Evidence()))
    assert "made most runs: 1" in plain(s.tables[0].title)
    assert soccer_runs.runs(material(library, ran(2, 10.0, 5.0, 30, replace(game, id="slow")))) == ()
    assert soccer_runs.runs(material(library, ran(2, 10.0, -8.0, 30, replace(game, id="back")))) == ()
    (short,) = soccer_runs.runs(material(library, ran(2, -10.0, 8.0, 20, replace(game, id="front"))))
    assert not short.behind
    ball = ran(2, -20.0, 8.0, 30, replace(game, id="ball"), y=1.0)
    assert soccer_runs.runs(material(library, ball)) == ()  # he begins beside the ball: he runs with it


def test_control_belongs_to_who_is_nearer(library: Library) -> None:
    game = played([(0, 300, (0, 0), (0, 0))], players=11, id="control")
    t: Tracks | None = game.tracks
    assert t is not None
    xy = t.xy.copy()
    xy[:, :11, 0], xy[:, 11:, 0] = -20.0, 20.0
    xy[:, :, 1] = np.tile(np.linspace(-30, 30, 11), 2)
    m = material(library, replace(game, tracks=replace(t, xy=xy)))
    rows = soccer_control.pictures(m, 0)
    assert len(rows) == 150  # one each two seconds
    share = soccer_control.control(m, 0, rows[:1])[0]
    assert share[:, 0].min() > 0.99
    assert share[:, -1].max() < 0.01
    assert share[:, 10] == pytest.approx(0.5, abs=0.01)  # the middle column lies between the two lines
    s = told(soccer_control.section(m, Evidence()))
    assert "control 0% of the final third" in plain(s.figures[0].title)
    few = replace(game, id="few", tracks=replace(t, present=t.present & (np.arange(22) < 19)))
    assert soccer_control.section(material(library, few), Evidence()) is None


def test_patterns_compare_the_sides(library: Library) -> None:
    out = [(1, 3, (-40, 0), (-40, 0)), (0, 6, (-40, 0), (30, 0)), OWN]  # home plays out of its own third
    kept = [(1, 3, (-40, 0), (-40, 0)), (0, 6, (-40, 0), (-20, 0)), (1, 3, (-20, 0), (-20, 0)), OWN]  # home loses it
    m = material(library, played([*out * 6, *kept * 4], id="patterns"))
    evidence = Evidence()
    s = told(soccer_patterns.section(m, evidence))
    first = plain(s.text[0])
    assert "from their own third to the final third in 6 of 10 spells" in first
    assert "60% (31%–83%)" in first  # Wilson for 6 of 10
    assert "tried it too rarely to compare" in first
    assert [c.title.split(": ")[-1] for c in s.clips[:2]] == ["played out", "lost in the own half"]
    assert len(evidence.lists["pattern-0-right"]) == 6
    assert soccer_patterns.section(material(library, played(out, id="once")), Evidence()) is None


def test_every_section_stands_in_the_report_and_names_are_text(library: Library) -> None:
    game = logged(played([*HIGH * 4, *[(0, 60, (40, 0), (30, 0))] * 16], id="whole"), [
        {"type": "shot", "frame": 60, "side": 0, "x": 41.5, "y": 0.0, "player_id": "p01"},
        {"type": "build_up", "frame": 100, "start_frame": 100, "end_frame": 400, "side": 0},
    ])  # fmt: skip
    library.add(game)
    html = build_report(library, "whole")
    for name in ("momentum", "stats", "chances", "pressing", "phases", "patterns"):
        assert html.count(f'id="{name}"') == 1
    assert EVIL not in html
    assert len(parts_of("soccer")) >= 8
    assert not [p for p in parts_of("volleyball") if p.__name__.rpartition(".")[2].startswith("soccer")]


def test_a_game_with_nothing_has_no_such_section(library: Library) -> None:
    bare = played([OWN, OWN, OWN], id="bare")
    m = material(library, bare)
    for part in (soccer_chances, soccer_control, soccer_momentum, soccer_patterns, soccer_phases, soccer_pressing,
                 soccer_runs, soccer_stats):  # fmt: skip
        assert part.section(m, Evidence()) is None, part.__name__
