"""Hockey's sections: entries and what followed, shots, passes by zone, pressure, time on camera, worked out by hand."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.library import Library
from sportsai.report.hockey.log import log_of as told_log
from sportsai.report.hockey.log import power_play
from sportsai.report.hockey.places import BEHIND, LEFT, NEUTRAL, OWN, POINTS, RIGHT, SLOT, place
from sportsai.report.material import Material, gather
from sportsai.report.page import build_report
from sportsai.report.plays import Evidence
from sportsai.report.section import sections
from sportsai.report.sections import (
    hockey_entries,
    hockey_formation,
    hockey_passes,
    hockey_pressure,
    hockey_shifts,
    hockey_shots,
)
from tests.report.conftest import RUN
from tests.report.sections.hand_games import EVIL, log_of, material, standing, tracks_of

RATE = 10
KEEPERS = {0: "Goalie", 6: "Goalie"}
HOME = [(-27.0, 0.0), (12.0, 0.0), (14.0, 6.0), (14.0, -6.0), (24.0, 4.0), (24.0, -4.0)]
AWAY = [(27.0, 0.0), (15.0, 0.0), (16.0, 5.0), (22.0, 3.0), (22.0, -3.0), (20.0, 0.0)]
SAID = {"situation_type": "5 on 4", "successful": True}


def events() -> list[dict[str, Any]]:
    """Home: a carried entry with a shot 4 s later, one dumped in and lost 3 s later, five passes; away clears once."""
    rows: list[dict[str, Any]] = [
        {"type": "entry_carried", "t_s": 2.0, "side": 0, "player_id": "p1", "x": 7.6, "y": 3.0},
        {"type": "shot", "t_s": 6.0, "side": 0, "player_id": "p2", "x": 24.127, "y": 4.0,
         "attributes": SAID | {"event_detail_1": "On Net", "event_detail_2": "t", "event_detail_3": "t",
                               "event_type": "Snapshot"}},
        {"type": "dump_out", "t_s": 8.0, "side": 1, "player_id": "p7", "x": 20.0, "y": 0.0,
         "attributes": {"situation_type": "4 on 5", "successful": True}},
        {"type": "entry_dumped", "t_s": 20.0, "side": 0, "player_id": "p3", "x": 7.6, "y": -3.0,
         "attributes": SAID | {"successful": False}},
        {"type": "puck_recovery", "t_s": 23.0, "side": 1, "player_id": "p8", "x": 22.0, "y": 3.0,
         "attributes": {"situation_type": "4 on 5", "successful": True}},
    ]  # fmt: skip
    ends = [((12.0, 0.0), (24.0, 8.0)), ((12.0, 2.0), (24.0, 9.0)), ((24.0, 8.0), (22.0, 0.0))]
    ends += [((24.0, 9.0), (24.0, -9.0)), ((0.0, 0.0), (12.0, 0.0))]
    for k, ((x, y), end) in enumerate(ends):
        about = SAID | {"end_xy_m": list(end), "event_type": "Indirect" if k == 0 else "Direct", "successful": k != 3}
        rows.append(
            {"type": "pass", "t_s": 10.0 + k, "side": 0, "player_id": "p1", "x": x, "y": y, "attributes": about}
        )
    return sorted(rows, key=lambda r: r["t_s"])


def game(tmp_path: Path, turned: bool = False, **changes: Any) -> Material:
    """Return the hand-made clip of 30 s; turned: stored with away attacking right."""
    xy = standing([*HOME, *AWAY], 300)
    rows = events()
    if turned:
        xy = -xy
        for r in rows:
            r["x"], r["y"] = -r["x"], -r["y"]
            if "end_xy_m" in r.get("attributes", {}):
                r["attributes"]["end_xy_m"] = [-v for v in r["attributes"]["end_xy_m"]]
    tracks = tracks_of(xy, np.zeros((300, 2)), RATE, puck=False)
    values = {"league": "olympics_hockey", "positions": KEEPERS, "attacks_right": int(turned)} | changes
    return material(tmp_path, tracks, log_of(rows, RATE), **values)


def text(parts: Any) -> str:
    from markupsafe import Markup

    return " ".join(Markup(p).striptags() for p in parts)


def test_an_entry_is_told_with_what_followed_in_ten_seconds(tmp_path: Path) -> None:
    m = game(tmp_path)
    log = told_log(m)
    assert log is not None
    first, second = hockey_entries.entries(log, 0)
    assert (first.how, first.shot_s, first.lost_s) == ("carried", pytest.approx(4.0), pytest.approx(6.0))
    assert first.then == "shot after 4 s"
    assert (second.how, second.kept, second.shot_s, second.then) == ("dumped", False, None, "puck lost after 3 s")
    told = hockey_entries.section(m, Evidence())
    assert told is not None
    assert "Home entered the zone 2 times: 1 carried, 1 dumped; 1 led to a shot within 10 s." in text(told.text)
    assert "Away dumped the puck out 1 time while short-handed" in text(told.text)
    assert [len(c.lines) for c in told.clips] == [1, 1]


@pytest.mark.parametrize(
    ("x", "y", "where"),
    [(-20, 0, OWN), (0, 5, NEUTRAL), (12, 5, POINTS), (24, 8, LEFT), (24, -8, RIGHT), (22, 0, SLOT), (29, 1, BEHIND)],
)
def test_the_rink_is_cut_into_places(tmp_path: Path, x: float, y: float, where: str) -> None:
    assert place(game(tmp_path), x, y) == where


@pytest.mark.parametrize("turned", [False, True])
def test_passes_go_from_zone_to_zone_whichever_way_the_file_stores_them(tmp_path: Path, turned: bool) -> None:
    m = game(tmp_path, turned)
    log = told_log(m)
    assert log is not None
    rows = hockey_passes.known(log, 0)
    ways = [hockey_passes.ends(m, log, i) for i in rows]
    assert ways == [(POINTS, LEFT), (POINTS, LEFT), (LEFT, SLOT), (LEFT, RIGHT), (NEUTRAL, POINTS)]
    told = hockey_passes.section(m, Evidence())
    assert told is not None
    assert "Home: 4 of 5 passes arrived (80%" in text(told.text)
    assert "1 into the slot, 1 of them arrived; 1 across the middle of the zone, 0 of them arrived" in text(told.text)
    assert "1 off the boards" in text(told.text)
    assert told.figures[0].title == "Home pass most from the points to the left side: 2 of 5"


def test_a_shot_has_its_distance_and_what_the_log_says(tmp_path: Path) -> None:
    m, evidence = game(tmp_path), Evidence()
    told = hockey_shots.section(m, evidence)
    assert told is not None
    assert "Home took 1 shot from 5 m: 1 on net, 0 blocked; 1 one-timer." in text(told.text)
    assert told.figures == ()  # one shot, 3 m before the goal line and 4 m off the axis: a sentence
    assert m.events["type"].iloc[evidence.lists["shots-0"]].tolist() == ["shot"]


def test_pressure_is_the_nearest_skater_and_never_the_goalkeeper(tmp_path: Path) -> None:
    m = game(tmp_path)
    log = told_log(m)
    assert log is not None
    gaps = {log.events["type"].iloc[p.i]: p.gap_m for p in hockey_pressure.pressed(m, log)}
    assert gaps["pass"] == pytest.approx(3.0)  # player 1 at (12, 0), player 7 at (15, 0)
    assert gaps["shot"] == pytest.approx(5**0.5, abs=1e-5)  # player 2 at (14, 6), player 8 at (16, 5)
    assert gaps["puck_recovery"] == pytest.approx(5**0.5, abs=1e-5)  # player 8 at (16, 5), player 2 at (14, 6)
    told = hockey_pressure.section(m, Evidence())
    assert told is not None
    assert "n = 7" in text(told.text)


def test_time_on_camera_is_in_bars_and_short_gaps_are_closed(tmp_path: Path) -> None:
    xy = standing([*HOME, *AWAY], 300)
    xy[100:120, 1] = np.nan  # 2 s: closed
    xy[100:200, 2] = np.nan  # 10 s: a gap
    m = material(tmp_path, tracks_of(xy, np.zeros((300, 2)), RATE, puck=False), None, "olympics_hockey",
                 positions=KEEPERS)  # fmt: skip
    found = {v.slot: v for v in hockey_shifts.stays(m, 0)}
    assert found[1].bars == ((0, 300),)
    assert found[1].seen_s == pytest.approx(28.0)
    assert found[2].bars == ((0, 100), (200, 300))
    assert list(found)[-1] == 0  # the goalkeeper stands last


def test_the_unit_in_the_zone_spans_what_it_spans(tmp_path: Path) -> None:
    m = game(tmp_path)
    log = told_log(m)
    assert log is not None
    assert power_play(log) == 0
    told = hockey_formation.section(m, Evidence())
    assert told is not None
    # (12, 0), (14, 6), (14, -6), (24, 4), (24, -4): a triangle of 12 and a trapezium of (12 + 8) / 2 * 10
    assert "Home had 5 skaters on camera in the zone for 30 s; together they spanned 112 m²" in text(told.text)
    assert told.figures[0].title == "Home’s mean places reach 12 m deep and 12 m wide"


def test_the_log_is_told_and_not_what_a_model_reads_into_it(tmp_path: Path) -> None:
    m = game(tmp_path, turned=True)
    library = Library(Path(m.folder))
    read = log_of(events(), RATE)
    read["type"], read["score"] = "shot", np.float32(0.6)
    library.write_predictions("hand", read, RUN)
    again = gather(library, "hand")
    assert again.recognised
    log = told_log(again)
    assert log is not None
    assert (log.logged, log.own) == (True, False)
    assert len(log.of("pass")) == 5
    at = log.at(log.of("shot")[0])
    assert at == pytest.approx((24.127, 4.0), abs=1e-3)
    evidence = Evidence()
    assert hockey_shots.section(again, evidence) is not None
    (number,) = evidence.lists["shots-0"]
    assert evidence.shown[number].type == "shot"
    assert evidence.shown[number].probability is None


def names_of(m: Material) -> set[str]:
    return {s.name for page in sections(m, Evidence()).values() for s in page}


def test_clips_that_lack_something_still_have_a_report(tmp_path: Path) -> None:
    m = game(tmp_path)
    assert {"entries", "shots", "passes", "pressure", "shifts", "formation"} <= names_of(m)
    none = replace(m, events=m.events.iloc[:0])
    assert names_of(none) <= {"shifts"}
    assert names_of(replace(m, game=replace(m.game, tracks=None))) == set()
    xy = standing([*HOME, *AWAY], 100)
    unnamed = material(tmp_path / "b", tracks_of(xy, np.zeros((100, 2)), RATE, named=False, puck=False),
                       log_of([{"type": "shot", "t_s": 2.0, "side": 0}], RATE), "olympics_hockey")  # fmt: skip
    assert names_of(unnamed) == set()
    xy[:, 6:] = np.nan
    alone = material(tmp_path / "c", tracks_of(xy, np.zeros((100, 2)), RATE, puck=False), log_of(events()[:3], RATE),
                     "olympics_hockey", positions=KEEPERS)  # fmt: skip
    assert "pressure" not in names_of(alone)


def test_names_are_text(tmp_path: Path) -> None:
    m = game(tmp_path, names={1: EVIL, 2: EVIL, 7: EVIL})
    page = build_report(Library(Path(m.folder)), "hand")
    assert EVIL not in page
    assert "Passes by zone" in page


DATA = os.environ.get("SPORTSAI_DATA")


@pytest.mark.skipif(not DATA or not Path(DATA, "hockey").is_dir(), reason="SPORTSAI_DATA is not set")
def test_real_entries_lie_on_the_blue_line_and_passes_end_near_their_receiver(tmp_path: Path) -> None:
    from sportsai.court import load_league
    from sportsai.readers import bigdatacup

    library = Library(tmp_path / "library", create=True)
    games = {g.id: g for g in bigdatacup.read((Path(str(DATA), "hockey"),), load_league("olympics_hockey"))}
    for name in ("2022-02-08-Canada-at-USA-P1-PP2", "2022-02-08-ROC-at-Finland-P2-PP5"):
        library.add(games[name])
        m = gather(library, name)
        log = told_log(m)
        assert log is not None
        t = m.tracks
        assert t is not None
        lines = [at[0] for i in log.of("entry_carried") if (at := log.at(i))]
        assert lines
        assert all(7.0 <= x <= 8.5 for x in lines)
        gaps = []
        for i in log.of("pass"):
            e, end = log.events.iloc[i], log.to(i)
            slot = t.slot_of(str(e["other_ids"][0])) if len(e["other_ids"]) else -1
            row = int(t.rows(np.array([int(e["end_frame"]) - 1]))[0])
            if end is not None and slot >= 0 and row >= 0 and t.present[row, slot]:
                gaps.append(float(np.hypot(*(t.xy[row, slot] * m.facing(int(e["side"])) - np.array(end)))))
        assert len(gaps) >= 10
        assert np.median(gaps) < 4.0
