"""One play of American football: moved by hand, its yards, route and gaps worked out, and plays that lack something."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.data import Game, Period, Player, Slot, Team, Tracks, empty_tracks, events_frame
from sportsai.library import Library
from sportsai.readers import ngs
from sportsai.report import build_report
from sportsai.report.american_football.down import Down, down_of, signed, yard_line
from sportsai.report.american_football.passer import passer
from sportsai.report.american_football.routes import _named, routes
from sportsai.report.american_football.separation import separation
from sportsai.report.figures.gridiron import about
from sportsai.report.material import gather
from sportsai.report.moments import key_moments
from sportsai.report.plays import Evidence
from sportsai.report.sections import american_football_carrier, american_football_play, american_football_routes
from sportsai.units import YARD_M
from tests.report.conftest import EVIL
from tests.report.test_page import Page, told

SNAP, THROW, ARRIVAL, END = 20, 45, 60, 80
ROLES = [("qb", "QB", 0), ("wr", "WR", 0), ("te", "TE", 0), ("guard", "G", 0), ("cb", "CB", 1), ("de", "DE", 1)]
TAGS = [("ball_snap", SNAP), ("pass_forward", THROW), ("pass_arrived", ARRIVAL), ("pass_outcome_caught", ARRIVAL),
        ("tackle", END)]  # fmt: skip


def hand_tracks() -> Tracks:
    """Home snaps at its own 30 and attacks left as stored. Yards, home attacking right, 10 Hz.

    The receiver starts 10 yd to the left of the ball, runs 1 yd a frame upfield for 15 frames and then at right angles
    to his left for 10 until he stands still at frame 45; he catches at 60 and runs 0.5 yd a frame upfield for 20. The
    tight end stays. A cornerback is 2 yd upfield of where the receiver stands from 45 on. An end comes in to 4 yd.
    """
    slots = tuple(Slot(n, s) for n, _, s in ROLES)
    made = empty_tracks(100, slots, 10)
    t = np.arange(100)
    xy = np.zeros((100, 6, 2))
    line = -20.0
    xy[:, 0] = [line - 6, 0]
    up = line + np.clip(t - SNAP, 0, 15) + 0.5 * np.clip(t - ARRIVAL, 0, 20)
    xy[:, 1] = np.stack([up, 10 + np.clip(t - SNAP - 15, 0, 10)], 1)
    xy[:, 2] = [line, -5]
    xy[:, 3] = [line, 1]
    xy[:, 4] = [line + 17, 20]
    xy[:, 5] = np.stack([line - 2 + np.zeros(100), np.zeros(100)], 1)
    ball = np.zeros((100, 2))
    ball[: SNAP + 1] = [line, 0]
    ball[SNAP + 1 : THROW + 1] = [line - 6, 0.5]
    f = np.clip((t - THROW) / (ARRIVAL - THROW), 0, 1)[:, None]
    ball[THROW + 1 :] = ((1 - f) * np.array([line - 6, 0.5]) + f * xy[:, 1])[THROW + 1 :]
    made["xy"][:] = -xy * YARD_M
    made["ball_xy"][:] = -ball * YARD_M
    made["present"][:], made["ball_present"][:] = True, True
    made["period"][:], made["t_s"][:] = 1, t / 10
    made["possession"][:] = 0
    return Tracks(**made)


def hand_game(tags: list[tuple[str, int]] = TAGS, tracks: Tracks | None = None, **changes: Any) -> Game:
    rows = [f for _, f in tags]
    events = events_frame(
        {
            "event_id": [f"tag-{i}" for i in range(len(tags))], "period": [1] * len(tags),
            "t_s": [f / 10 for f in rows], "frame": rows, "type": [n for n, _ in tags], "start_frame": rows,
            "end_frame": [f + 1 for f in rows], "attributes": [{} for _ in tags],
        },
        len(tags),
    )  # fmt: skip
    names = {
        "wr": EVIL,
        "qb": "Quarter Back",
        "te": "Tight End",
        "de": "Def End",
        "cb": "Corner Back",
        "guard": "Guard",
    }
    roster = tuple(Player(i, names[i], side, position=role) for i, role, side in ROLES)
    values: dict[str, Any] = {
        "id": "hand", "league": "nfl", "teams": (Team("h", "Home"), Team("a", "Away")), "roster": roster,
        "court_length_m": 120 * YARD_M, "court_width_m": 160 / 3 * YARD_M, "events": events, "provider": "test",
        "tracks": tracks if tracks is not None else hand_tracks(), "terms": "none", "kind": "clip",
        "periods": (Period(1, 0, 100, 1),), "extra": {"down": 2, "yards_to_go": 8, "play_type": "pass"},
    }  # fmt: skip
    return Game(**(values | changes))


def down(tmp_path: Path, game: Game) -> Down:
    library = Library(tmp_path / "library", create=True)
    library.add(game)
    found = down_of(gather(library, game.id))
    assert found is not None
    return found


def text_of(texts: Any) -> str:
    return re.sub(r"<[^>]+>", "", " ".join(map(str, texts)))


def test_the_play_is_told_by_the_ball(tmp_path: Path) -> None:
    d = down(tmp_path, hand_game())
    assert d.line == pytest.approx(-20, abs=1e-4)
    assert yard_line(d, d.line, ("Home", "Away")) == "the Home 30"
    assert [d.position(s) for s in (d.passer, d.target) if s is not None] == ["QB", "WR"]
    assert d.carrier == (1, ARRIVAL)
    assert d.gained == pytest.approx(15 + 10, abs=1e-3)


def test_the_play_in_words(tmp_path: Path) -> None:
    d = down(tmp_path, hand_game())
    section = american_football_play.section(d.m, Evidence())
    assert section is not None
    said = text_of(section.text)
    assert "Home: 2nd and 8 at the Home 30." in said
    assert "Gained 25 yards: a new first down." in said
    assert (
        "Quarter Back had the ball for 2.5 s; at the throw the nearest defender, Def End, was 4.0 yards away." in said
    )
    assert "He stood 6 yards behind the line, and 1 defender was on his side of it." in said


def test_routes_are_named_by_the_rule(tmp_path: Path) -> None:
    by = {r.slot: r for r in routes(down(tmp_path, hand_game()))}
    assert sorted(by) == [1, 2]  # neither the passer nor the guard
    assert (by[1].label, by[1].named) == ("out", True)  # he turns away from the ball
    assert by[1].depth == pytest.approx(15, abs=1e-3)
    assert by[2].label == "stays"


@pytest.mark.parametrize(("after", "inside", "label"), [
    ((0, 1), 1, "in"), ((0, 1), -1, "out"), ((1, 1), 1, "post"), ((1, 1), -1, "corner"), ((-1, 0.2), 1, "curl"),
    ((1, 0), 1, "go"),
])  # fmt: skip
def test_a_route_is_called_by_how_it_goes_on(after: tuple[float, float], inside: int, label: str) -> None:
    stem = np.stack([np.arange(16.0), np.zeros(16)], 1)
    path = np.concatenate([stem, stem[-1] + np.arange(1, 13)[:, None] * np.array(after)])
    named, turn = _named(path, float(path[:, 0].max()), float(inside), 8)
    assert named == label
    assert turn == (None if label == "go" else 15)


def test_a_break_nearer_than_eight_yards_to_the_inside_is_a_slant() -> None:
    stem = np.stack([np.arange(9) * 0.5, np.zeros(9)], 1)
    path = np.concatenate([stem, stem[-1] + np.arange(1, 13)[:, None] * np.array([0.5, 0.5])])
    assert _named(path, 10.0, 1.0, 8) == ("slant", 8)
    assert _named(path, 10.0, -1.0, 8)[0] == ""  # to the outside the rule has no name


def test_separation_is_the_nearest_defender(tmp_path: Path) -> None:
    made = separation(down(tmp_path, hand_game()), Evidence())
    assert made is not None
    text, figure = made
    assert "was 2.0 yards from the nearest defender at the throw and 2.0 yards as the pass arrived, 1.5 s later" in (
        text_of(text))  # fmt: skip
    assert "throw" in figure.svg


def test_the_carrier_after_the_catch(tmp_path: Path) -> None:
    section = american_football_carrier.section(down(tmp_path, hand_game()).m, Evidence())
    assert section is not None
    said = text_of(section.text)
    assert "carried the ball 10 yards upfield from the catch, 2.0 s and 10 yards of running" in said
    top = re.search(r"top speed with the ball was ([\d.]+) mph", said)
    assert top
    assert float(top[1]) == pytest.approx(5 * 3600 / 1760, abs=0.3)  # 5 yd/s


def test_tags_told_twice_are_read_from_the_set_of_the_snap(tmp_path: Path) -> None:
    early = [(n, f - 15) for n, f in TAGS if f >= 15]
    d = down(tmp_path, hand_game([*TAGS, *early]))
    assert (d.snap, d.throw, d.end, d.again) == (SNAP, THROW, END, 2)


def test_lost_balls_and_incompletions(tmp_path: Path) -> None:
    lost = [*TAGS[:3], ("pass_outcome_interception", ARRIVAL), ("tackle", END)]
    d = down(tmp_path / "a", hand_game(lost))
    assert d.gained is None
    section = american_football_play.section(d.m, Evidence())
    assert section is not None
    assert "no yards are counted" in text_of(section.text)
    d = down(tmp_path / "b", hand_game([*TAGS[:3], ("pass_outcome_incomplete", ARRIVAL)]))
    assert d.gained == 0.0
    assert d.carrier is None


def test_a_sack_has_a_passer_and_no_routes(tmp_path: Path) -> None:
    tracks = hand_tracks()
    ball = tracks.ball_xy.copy()
    ball[SNAP + 1 :] = tracks.xy[SNAP + 1 :, 0]
    d = down(tmp_path, hand_game([("ball_snap", SNAP), ("qb_sack", THROW)], replace(tracks, ball_xy=ball)))
    made = passer(d, Evidence())
    assert made is not None
    assert "at the sack the nearest defender" in text_of(made[0])
    assert american_football_routes.section(d.m, Evidence()) is None
    assert d.gained == pytest.approx(-6, abs=1e-3)


def test_the_play_is_its_own_key_moment(tmp_path: Path) -> None:
    (moment,) = key_moments(down(tmp_path, hand_game()).m)
    assert moment.title == "Snap: 6.1 s from the snap"
    assert moment.side == 0


def test_a_report_of_a_play_is_whole(tmp_path: Path) -> None:
    library = Library(tmp_path / "library", create=True)
    library.add(hand_game())
    html = build_report(library, "hand")
    page = Page(html)
    assert {"play", "play-drawn", "pressure-drawn", "routes-drawn", "separation-drawn", "carrier-way"} <= page.ids
    assert [h for h in page.links if h.startswith("#") and h[1:] not in page.ids] == []
    assert all(page.alts)
    assert EVIL not in html
    assert set(re.findall(r'data-plays="([^"]+)"', html)) <= set(told(html)["lists"])


@pytest.mark.parametrize("changes", [
    {"tracks": None}, {"events": None}, {"tags": []}, {"tags": TAGS[:1]}, {"tags": TAGS[1:]}, {"roster": ()},
    {"extra": {}}, {"tags": [("ball_snap", 99)]},
    {"tags": [("kickoff", SNAP), ("kick_received", THROW), ("tackle", END)]},
])  # fmt: skip
def test_plays_that_lack_something_are_told_all_the_same(tmp_path: Path, changes: dict[str, Any]) -> None:
    tags = changes.get("tags", TAGS)
    game = hand_game(tags)
    game = replace(game, **{k: v for k, v in changes.items() if k != "tags"})
    library = Library(tmp_path / "library", create=True)
    library.add(game)
    page = Page(build_report(library, "hand"))
    assert [h for h in page.links if h.startswith("#") and h[1:] not in page.ids] == []


def test_without_the_ball_there_is_no_play(tmp_path: Path) -> None:
    tracks = replace(hand_tracks(), ball_present=np.zeros(100, bool))
    library = Library(tmp_path / "library", create=True)
    library.add(hand_game(tracks=tracks))
    m = gather(library, "hand")
    assert down_of(m) is None
    assert american_football_play.section(m, Evidence()) is None


def test_signs_and_stretches() -> None:
    assert (signed(2.6), signed(-3.2), signed(1.25, 1)) == ("+3", "−3", "+1.2")
    s = about(np.array([[-59.0, 0.0], [-58.0, 26.0]]))
    assert s.x[0] == -60.0
    assert s.y[1] == pytest.approx(80 / 3)


@pytest.mark.skipif(not os.environ.get("SPORTSAI_DATA"), reason="SPORTSAI_DATA names no folder of games")
def test_a_real_touchdown_pass(tmp_path: Path) -> None:
    """2018-01-14, Keenum to Diggs: 61 yards as the league counts it."""
    game = next(iter(ngs.read((Path(os.environ["SPORTSAI_DATA"]) / "football_nfl",), load_league("nfl"))))
    d = down(tmp_path, game)
    assert d.passer is not None
    assert d.target is not None
    assert (d.name(d.passer), d.name(d.target)) == ("Case Keenum", "Stefon Diggs")
    assert d.gained == pytest.approx(61, abs=1)
    assert len(routes(d)) == 5
