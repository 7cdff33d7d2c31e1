"""Volleyball's sections: rallies worked by hand, pictures without positions, and games that lack what is needed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.data import Game, Period, Player, Slot, Team, Tracks, empty_tracks, events_frame
from sportsai.library import Library
from sportsai.readers import volleyball_dataset
from sportsai.report import build_report
from sportsai.report.material import Material, gather
from sportsai.report.moments import key_moments
from sportsai.report.plays import Evidence
from sportsai.report.rallies import BACK, LOST, UNKNOWN, WON, rallies, sides, standings
from sportsai.report.section import sections
from sportsai.report.sections import volleyball_chains, volleyball_people, volleyball_rallies, volleyball_tendencies
from sportsai.simulate.volleyball import simulate
from tests.report.conftest import EVIL
from tests.report.test_page import Page, told

RATE = 25
# (second, type, side, player): home serves and the away side wins it back; a blocked attack comes back; an ace
RALLIES = [
    (2.0, "serve", 0, "h1"), (3.0, "r_pass", 1, "a1"), (4.2, "r_set", 1, "a2"), (5.3, "r_spike", 1, "a1"),
    (7.0, "r_winpoint", 1, None),
    (20.0, "serve", 1, "a1"), (21.0, "l_pass", 0, "h1"), (22.0, "l_spike", 0, "h2"), (22.1, "block", 1, "a2"),
    (22.6, "l_pass", 0, "h1"), (25.0, "r_winpoint", 1, None),
    (40.0, "serve", 1, "a1"), (42.0, "r_winpoint", 1, None),
]  # fmt: skip


def still_tracks(seconds: int = 50) -> Tracks:
    """Return four players who stand, and the ball at the net."""
    slots = tuple(Slot(p, int(p[0] == "a")) for p in ("h1", "h2", "a1", "a2"))
    made = empty_tracks(seconds * RATE, slots, RATE)
    made["period"][:] = 1
    made["t_s"][:] = np.arange(seconds * RATE) / RATE
    made["xy"][:] = np.array([[-5.0, 2.0], [-2.0, -2.0], [5.0, 2.0], [2.0, -2.0]], np.float32)
    made["present"][:], made["ball_present"][:] = True, True
    return Tracks(**made)


def hand_game(rows: list[tuple[float, str, int, str | None]] = RALLIES, **changes: Any) -> Game:
    """Return a game of these contacts; home stands on the left, and its first player is called EVIL."""
    frame = [round(t * RATE) for t, *_ in rows]
    x = [(-3.0 if side == 0 else 3.0) if who else np.nan for _, _, side, who in rows]
    events = events_frame(
        {
            "period": [1] * len(rows), "t_s": [t for t, *_ in rows], "frame": frame, "type": [r[1] for r in rows],
            "side": [r[2] for r in rows], "player_id": [r[3] for r in rows], "x": x, "y": np.full(len(rows), 2.0),
            "start_frame": frame, "end_frame": [f + 5 for f in frame], "attributes": [{} for _ in rows],
        },
        len(rows),
    )  # fmt: skip
    roster = tuple(
        Player(p, EVIL if p == "h1" else p.upper(), int(p[0] == "a")) for p in ("h1", "h2", "a1", "a2")
    )  # fmt: skip
    values: dict[str, Any] = {
        "id": "hand", "league": "volleyball", "teams": (Team("h", "Home"), Team("a", "Away")), "roster": roster,
        "court_length_m": 18.0, "court_width_m": 9.0, "tracks": still_tracks(), "events": events, "provider": "test",
        "terms": "none", "periods": (Period(1, 0, 50 * RATE, 0),),
    }  # fmt: skip
    return Game(**(values | changes))


def material(tmp_path: Path, game: Game) -> Material:
    library = Library(tmp_path / "library", create=True)
    library.add(game)
    return gather(library, game.id)


def pictured(tmp_path: Path) -> Path:
    """Write three clips of a rally, 40 frames apart, and one far away, as the Volleyball Dataset does."""
    people = "10 50 20 40 standing 100 60 20 50 {} 200 40 20 30 blocking"
    clips = [(1000, "l-pass", "digging"), (1040, "l_set", "setting"), (1080, "l-spike", "spiking")]
    clips.append((9000, "r_winpoint", "jumping"))
    lines = [f"{f}.jpg {group} {people.format(act)}" for f, group, act in clips]
    folder = tmp_path / "7"
    folder.mkdir(parents=True)
    (folder / "annotations.txt").write_text("\n".join(lines))
    return folder


def text_of(section: Any) -> str:
    return re.sub(r"<[^>]+>", "", " ".join(map(str, section.text)))


def test_rallies_begin_with_a_serve_and_count_the_score(tmp_path: Path) -> None:
    m = material(tmp_path, hand_game())
    every = rallies(m)
    assert [len(r.touches) for r in every] == [4, 5, 1]
    assert [r.serve.side if r.serve else None for r in every] == [0, 1, 1]
    assert standings(m, every) == {1: (0, 1), 2: (0, 2), 3: (0, 3)}


def test_spells_end_as_they_ended(tmp_path: Path) -> None:
    first, second, third = rallies(material(tmp_path, hand_game()))
    assert [(s.kinds, s.after) for s in first.spells] == [(("pass", "set", "spike"), WON)]
    assert [(s.kinds, s.after) for s in second.spells] == [(("pass", "spike"), BACK), (("pass",), LOST)]
    assert third.spells == ()


def test_a_rally_without_its_point_counts_no_score(tmp_path: Path) -> None:
    m = material(tmp_path, hand_game(RALLIES[:4]))
    (rally,) = rallies(m)
    assert rally.spells[0].after == UNKNOWN
    assert standings(m, [rally]) == {}
    section = volleyball_rallies.section(m, Evidence())
    assert section is not None
    assert "Who won is not told of 1 of 1" in section.how


def test_side_out_and_own_serve(tmp_path: Path) -> None:
    section = volleyball_rallies.section(material(tmp_path, hand_game()), Evidence())
    assert section is not None
    bars = {b.what: b for b in section.bars}
    assert bars["Points won"].value == (0.0, 3.0)
    assert bars["Points won on own serve"].value == (0.0, 1.0)
    assert bars["Points won on own serve"].note == ("0%", "100%")
    assert bars["Points won on the other’s serve (side-out)"].value == (0.0, 1.0)
    assert "3 rallies; the longest has 5 contacts and was won by Away." in text_of(section)


def test_side_outs_are_held_against_other_games(tmp_path: Path) -> None:
    assert volleyball_rallies.measures(material(tmp_path / "a", hand_game())) == []  # too few
    m = material(tmp_path / "b", simulate(1, rallies=60).game)
    by = {(x.name, x.side): x for x in volleyball_rallies.measures(m)}
    assert by["side_out_share", 0].value == pytest.approx(1 - by["break_share", 1].value)
    assert len(by["side_out_share", 0].good) + len(by["side_out_share", 0].bad) == len(by["break_share", 1].plays)


def test_numbers_link_to_their_rallies(tmp_path: Path) -> None:
    evidence = Evidence()
    volleyball_rallies.section(material(tmp_path, hand_game()), evidence)
    (play,) = [evidence.shown[i] for i in evidence.lists["rallies-longest"]]
    assert play.title == "Rally 2, won by Away"
    assert play.evidence == (20 * RATE, 25 * RATE + 5)


def test_chains_are_counted_by_side(tmp_path: Path) -> None:
    section = volleyball_chains.section(material(tmp_path, hand_game()), Evidence())
    assert section is not None
    assert "Away: 1 of 1 passes became a set and an attack; 1 of them won the point." in text_of(section)
    rows = {r[0].text: [c.value for c in r[1:]] for r in section.tables[0].rows}
    assert rows["pass → attack"] == [1, 0, 0, 0, 0, 0]
    assert rows["pass"] == [1, 0, 1, 0, 0, 0]


def test_who_did_what_counts_aces_and_rotations(tmp_path: Path) -> None:
    section = volleyball_people.section(material(tmp_path, hand_game()), Evidence())
    assert section is not None
    people, turns = section.tables
    rows = {str(r[0].text): [c.value for c in r[1:]] for r in people.rows}
    assert rows["A1"][:3] == [2, 1, 0]
    assert rows["A1"][5:8] == [1, 1, 0]
    by = {str(r[0].text): [c.value for c in r[1:]] for r in turns.rows}
    assert by["A1"][:2] == [2, 2]
    assert by[EVIL] == [1, 0, 0.0, 2, 0, 0.0]  # serves once, then receives twice in that rotation
    assert "1 received before the first serve" in turns.note


def test_rallies_are_the_key_moments(tmp_path: Path) -> None:
    moments = key_moments(material(tmp_path, hand_game()))
    assert [k.title for k in moments][:1] == ["Rally of 4 contacts, won by Away, 0–1"]
    best = moments[0]
    assert best.rank == pytest.approx(0.5 * 4 / 15 + 0.3 * 0.8)
    assert (best.start_frame, best.end_frame) == (2 * RATE, 7 * RATE + 5)


def test_a_report_of_rallies_is_whole(tmp_path: Path) -> None:
    library = Library(tmp_path / "library", create=True)
    library.add(hand_game())
    html = build_report(library, "hand")
    page = Page(html)
    assert {"rallies", "activities", "chains", "contacts", "flow-0", "moment-1"} <= page.ids
    assert [h for h in page.links if h.startswith("#") and h[1:] not in page.ids] == []
    assert all(page.alts)
    assert EVIL not in html
    data = told(html)
    assert set(re.findall(r'data-plays="([^"]+)"', html)) <= set(data["lists"])


@pytest.mark.parametrize("changes", [
    {"tracks": None}, {"events": None}, {"rows": []}, {"rows": [r for r in RALLIES if r[2] == 1]}, {"roster": ()},
    {"rows": [(t, k, s, None) for t, k, s, _ in RALLIES]}, {"rows": RALLIES[:1]},
])  # fmt: skip
def test_games_that_lack_something_are_told_all_the_same(tmp_path: Path, changes: dict[str, Any]) -> None:
    rows = changes.pop("rows", RALLIES)
    library = Library(tmp_path / "library", create=True)
    library.add(hand_game(rows, **changes))
    page = Page(build_report(library, "hand"))
    assert [h for h in page.links if h.startswith("#") and h[1:] not in page.ids] == []


def test_pictures_stand_behind_every_number(tmp_path: Path) -> None:
    (game,) = volleyball_dataset.read((pictured(tmp_path),), load_league("volleyball"))
    library = Library(tmp_path / "library", create=True)
    library.add(game)
    m = gather(library, game.id)
    assert sides(m) == ("Left of the picture", "Right of the picture")
    assert [len(r.contacts) for r in rallies(m)] == [3, 1]
    html = build_report(library, game.id)
    page = Page(html)
    assert {"pictures-l_spike", "pictures-r_winpoint", "pictures-rally-1", "pictures-rallies"} <= page.ids
    assert [h for h in page.links if h.startswith("#") and h[1:] not in page.ids] == []
    assert "data-plays" not in html[html.index('id="match"') : html.index('id="team"')]
    assert any("spiking" in alt for alt in page.alts)


def test_attacks_in_the_picture_are_told_by_their_feet(tmp_path: Path) -> None:
    people = "10 50 20 40 standing 100 {} 20 50 spiking 200 160 20 40 blocking"
    lines = [f"{1000 * k}.jpg l-spike {people.format(40 if k < 5 else 140)}" for k in range(1, 7)]
    folder = tmp_path / "8"
    folder.mkdir()
    (folder / "annotations.txt").write_text("\n".join(lines))
    (game,) = volleyball_dataset.read((folder,), load_league("volleyball"))
    section = volleyball_tendencies.section(material(tmp_path, game), Evidence())
    assert section is not None
    assert "4 of 6 attackers stand in the far half" in text_of(section)  # feet at 90 of 90 to 200, the others at 190


def test_a_simulated_game_says_that_nobody_played_it(tmp_path: Path) -> None:
    m = material(tmp_path, simulate(1, rallies=12).game)
    made = [s for page in sections(m, Evidence()).values() for s in page]
    assert (m.possession == -1).all()
    assert {s.name for s in made} >= {"rallies", "activities", "chains", "tendencies", "contacts"}
    assert all("nobody played this" in s.how for s in made)
    every = rallies(m)
    assert len(every) == 12
    told_by_log = [a["points"] for a in m.events["attributes"] if "points" in a]
    assert [f"{a}-{b}" for a, b in standings(m, every).values()] == told_by_log


@pytest.mark.skipif(not os.environ.get("SPORTSAI_DATA"), reason="SPORTSAI_DATA names no folder of games")
def test_a_real_video_is_told(tmp_path: Path) -> None:
    folder = Path(os.environ["SPORTSAI_DATA"]) / "volleyball"
    game = next(iter(volleyball_dataset.read((folder,), load_league("volleyball_world"))))
    m = material(tmp_path, game)
    every = rallies(m)
    gaps = [b.frame - a.frame for r in every for a, b in zip(r.contacts, r.contacts[1:], strict=False)]
    assert max(gaps) <= 100
    section = volleyball_chains.section(m, Evidence())
    assert section is not None
    assert sum(int(c.value) for r in section.tables[0].rows for c in r[1:]) == sum(len(r.spells) for r in every)
