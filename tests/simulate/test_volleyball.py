"""Simulated volleyball keeps physics, rules and its own labels: properties over seeds, and the files read back."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import find_reader, read_games
from sportsai.simulate import volleyball
from sportsai.simulate._flight import BALL_M, RATE_HZ, over, throw
from sportsai.simulate._formation import COLUMN, LIBERO, ROLES, SETTER, lineup, receiving, serving
from sportsai.simulate._people import PUSH_MPS2, TOP_MPS
from sportsai.simulate._rally import REACH_M
from sportsai.simulate.volleyball import ABSENT, ACTIONS, Simulated, files, simulate

seeds = st.integers(0, 40)
some = settings(max_examples=12, deadline=None)


@cache
def made(seed: int, rallies: int = 6) -> Simulated:
    return simulate(1, rallies, seed)


def rallies_of(s: Simulated):
    """Each rally's rows, its contacts, and its activities, as records with frames counted from its first."""
    t, e = s.game.tracks, s.game.events
    for n in np.unique(s.rally):
        rows = np.flatnonzero(s.rally == n)
        mine = [x for x in e.to_dict("records") if x["attributes"]["rally"] == n]
        first = int(t.frame[rows[0]])
        mine = [x | {k: int(x[k]) - first for k in ("frame", "start_frame", "end_frame")} for x in mine]
        yield rows, [x for x in mine if isinstance(x["player_id"], str)], [x for x in mine if "_" in x["type"]]


@given(seed=seeds)
@some
def test_the_ball_flies_by_gravity_alone_between_contacts(seed: int) -> None:
    s = made(seed)
    t = s.game.tracks
    for rows, contacts, _ in rallies_of(s):
        xyz = np.column_stack([t.ball_xy[rows], t.ball_z[rows]]).astype(float)
        for a, b in pairwise(contacts):
            bend = np.diff(xyz[a["frame"] : b["frame"] + 1], 2, axis=0) * RATE_HZ**2
            np.testing.assert_allclose(bend, np.tile([0, 0, -9.81], (len(bend), 1)), atol=0.02)
        assert (xyz[:, 2] > BALL_M - 1e-3).all()


@given(seed=seeds)
@some
def test_the_ball_passes_above_the_net_between_the_antennas(seed: int) -> None:
    s = made(seed)
    wide = {a["rally"] for a in s.game.events["attributes"] if a["how"] == "outside the antenna"}
    inside = s.crossings[[int(r) not in wide for r in s.crossings[:, 3]]]
    assert len(inside) and (inside[:, 2] >= s.net_m + BALL_M - 1e-6).all() and (np.abs(inside[:, 1]) <= 4.5).all()


@given(seed=seeds)
@some
def test_nobody_is_too_fast_or_on_the_other_side(seed: int) -> None:
    s = made(seed)
    t = s.game.tracks
    for rows, _, _ in rallies_of(s):
        here = t.present[rows[0]]
        xy = t.xy[rows][:, here].astype(float)
        assert here.sum() == 12 and (t.side[here] == 0).sum() == 6
        v = np.diff(xy, axis=0) * RATE_HZ
        assert np.hypot(v[..., 0], v[..., 1]).max() <= TOP_MPS + 1e-3
        a = np.diff(v, axis=0) * RATE_HZ
        assert np.hypot(a[..., 0], a[..., 1]).max() <= PUSH_MPS2 + 0.02
        left = xy[:, t.side[here] == s.game.attacks_right(int(t.period[rows[0]]))]
        right = xy[:, t.side[here] != s.game.attacks_right(int(t.period[rows[0]]))]
        assert left[..., 0].max() < 0 < right[..., 0].min()


@given(seed=seeds)
@some
def test_a_contact_is_within_its_players_reach_and_by_the_rules(seed: int) -> None:
    s = made(seed)
    t, role = s.game.tracks, {p.id: p.position for p in s.game.roster}
    for rows, contacts, _ in rallies_of(s):
        assert contacts[0]["type"] == "serve" and sum(c["type"] == "serve" for c in contacts) == 1
        count, team = 0, -1
        for before, c in zip([None, *contacts], contacts, strict=False):
            slot, row = t.slot_of(c["player_id"]), rows[c["frame"]]
            assert np.hypot(*(t.ball_xy[row] - t.xy[row, slot])) <= REACH_M + 1e-3 and t.ball_z[row] < 3.6
            np.testing.assert_allclose([c["x"], c["y"]], t.ball_xy[row], atol=1e-4)
            kind, how = c["type"].split("_")[-1], c["attributes"]["how"]
            if kind == "block":  # counts as no contact (Rule 14.4.1); not for a libero
                assert role[c["player_id"]] != LIBERO and before["type"].endswith("spike")
                count, team = 0, -1
                continue
            if kind in ("spike", "tip") and how != "free ball":
                assert role[c["player_id"]] != LIBERO
            count = count + 1 if c["side"] == team else 1
            team = c["side"]
            assert kind == "serve" or {"pass": 1, "set": 2, "spike": 3}[kind] == count
            if before is not None and before["type"] != "block":
                assert before["player_id"] != c["player_id"]  # Rule 9.1.2
            wanted = {"pass": "digging", "set": "setting", "spike": "digging" if how == "free ball" else "spiking"}
            if kind in wanted:
                assert ACTIONS[s.actions[row, slot]] == wanted[kind]
        for c in contacts:
            if c["type"] == "serve":  # from behind the end line (Rule 12.4.3)
                assert abs(t.xy[rows[c["frame"]], t.slot_of(c["player_id"]), 0]) > 9


@given(seed=seeds)
@some
def test_one_activity_at_a_time_inside_its_rally(seed: int) -> None:
    s = made(seed)
    t = s.game.tracks
    for rows, contacts, activities in rallies_of(s):
        assert sum(a["type"].endswith("winpoint") for a in activities) == 1
        assert activities[-1]["type"].endswith("winpoint")
        frames = [a["frame"] for a in activities]
        assert frames == sorted(set(frames)) and all(0 < f < len(rows) for f in frames)
        for a, b in pairwise(activities):
            assert 0 <= a["start_frame"] <= a["frame"] < a["end_frame"] <= b["start_frame"] <= b["frame"]
        right = s.game.attacks_right(int(t.period[rows[0]]))
        for a in activities:
            assert a["type"][0] == ("l" if a["side"] == right else "r")
        here = t.present[rows]
        assert (s.actions[rows][here] >= 0).all() and (s.actions[rows][~here] == ABSENT).all()
        assert {ACTIONS[k] for k in s.actions[rows][: contacts[0]["frame"]][here[: contacts[0]["frame"]]]} <= {
            "waiting", "moving", "jumping"
        }  # fmt: skip


def test_the_same_seed_gives_the_same_bits_and_a_longer_game_begins_alike() -> None:
    a, b, longer = simulate(1, 4, 3), simulate(1, 4, 3), simulate(1, 6, 3)
    for name in ("xy", "ball_xy", "ball_z", "frame"):
        x = getattr(a.game.tracks, name)
        assert (
            x.tobytes()
            == getattr(b.game.tracks, name).tobytes()
            == getattr(longer.game.tracks, name)[: len(x)].tobytes()
        )
    assert a.actions.tobytes() == b.actions.tobytes() and a.posture.tobytes() == b.posture.tobytes()
    assert files(a) == files(b)
    other = [simulate(1, 4, 4).game.tracks, simulate(2, 4, 3).game.tracks]
    assert all(len(t.frame) != len(a.game.tracks.frame) or (t.xy != a.game.tracks.xy).any() for t in other)


@pytest.mark.slow
def test_a_match_is_played_by_points_sets_and_sides() -> None:
    s = simulate(1, 400, 5)
    e = s.game.events
    wins = e[e["type"].str.endswith("winpoint")]
    last = wins.groupby("period").last()
    points = [tuple(int(n) for n in a["points"].split("-")) for a in last["attributes"]]
    assert len(points) in (3, 4, 5)
    for k, (p, q) in enumerate(points, 1):
        assert max(p, q) >= (15 if k == 5 else 25) and abs(p - q) >= 2
    assert max(sum(p > q for p, q in points), sum(q > p for p, q in points)) == 3
    assert [p.attacks_right for p in s.game.periods] == [k % 2 for k in range(len(points))]
    found = set(e["type"])
    assert found == {f"{side}_{a}" for side in "lr" for a in ("pass", "set", "spike", "winpoint")} | {"serve", "block"}
    ends = {a["how"] for a in wins["attributes"]}
    assert {"kill", "out", "ace", "serve into the net", "spike into the net"} <= ends
    hows = {a["how"] for a in e["attributes"]}
    assert {"reception", "dig", "free ball", "tip", "quick", "left", "right", "pipe", "back", "stuff", "touch"} <= hows
    share = np.bincount(s.actions[s.actions >= 0], minlength=9) / (s.actions >= 0).sum()
    assert (share > 0.002).all()
    served = e[e["type"] == "serve"]["side"].to_numpy()
    won = wins["side"].to_numpy()
    same = (wins["period"].to_numpy()[1:] == wins["period"].to_numpy()[:-1]).nonzero()[0]
    np.testing.assert_array_equal(served[1:][same], won[:-1][same])  # who wins a rally serves the next


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("serves", [True, False])
def test_places_at_the_serve_are_in_order(turns: int, serves: bool) -> None:
    team = lineup(turns, serves)
    assert sorted(team.place) == [1, 2, 3, 4, 5, 6] and sum(ROLES[w] == SETTER for w in team.who) == 1
    assert all(not team.front(i) for i in team.find(LIBERO))
    xy = (serving if serves else receiving)(team)
    at = {int(p): xy[i] for i, p in enumerate(team.place)}
    for front, back in ((4, 5), (3, 6), (2, 1)):  # Rule 7.4.3.1
        assert COLUMN[front] == COLUMN[back] and at[front][0] > at[back][0] + 0.4
    for row in ((4, 3, 2), (5, 6, 1)):  # Rule 7.4.3.2
        assert at[row[0]][1] > at[row[1]][1] + 0.4 and at[row[1]][1] > at[row[2]][1] + 0.4
    assert (xy[:, 0] < 0).all() and (np.abs(xy[:, 1]) < 4.5).all()


@given(st.floats(-9, -1), st.floats(1, 9), st.floats(0.3, 3), st.integers(2, 40))
@settings(max_examples=50, deadline=None)
def test_a_throw_arrives_and_clears(x: float, to: float, z: float, frames: int) -> None:
    start, end = np.array([x, 1.0, z]), np.array([to, -2.0, 0.5])
    f = throw(7, start, end, frames)
    np.testing.assert_allclose(f.at(7 + frames), end, atol=1e-9)
    flight, n = over(7, start, end, frames, 2.6)
    assert n >= frames and flight.crosses()[2] >= 2.6
    np.testing.assert_allclose(flight.at(flight.lands())[2], BALL_M, atol=1e-9)
    low = flight.falls_to(0.4)
    assert low is not None and abs(flight.at(low)[2] - 0.4) < 1e-9


def write(folder: Path, s: Simulated) -> Path:
    for name, content in files(s).items():
        (folder / name).write_bytes(content)
    return folder


def test_its_files_are_read_like_any_other(tmp_path: Path) -> None:
    s, league = made(2), load_league("volleyball")
    write(tmp_path, s)
    write(tmp_path, simulate(2, 2, 2))
    one = tmp_path / "simulated-1.parquet"
    assert find_reader(one, "volleyball") == find_reader(tmp_path, "volleyball") == "table"
    games = list(read_games((tmp_path,), league))
    assert [g.title for g in games] == ["Simulated 1 - Simulated 2", "Simulated 3 - Simulated 4"]
    (g,) = read_games((one,), league)
    t, mine = g.tracks, s.game.tracks
    back = [t.slot_of(x.player_id) for x in mine.slots if t.slot_of(x.player_id) >= 0]
    seen = mine.present.any(0)
    assert len(back) == seen.sum()
    np.testing.assert_array_equal(t.xy[:, back], mine.xy[:, seen])
    np.testing.assert_array_equal(t.present[:, back], mine.present[:, seen])
    for name in ("ball_xy", "ball_z", "frame", "period", "t_s"):
        np.testing.assert_array_equal(getattr(t, name), getattr(mine, name))
    assert {p.id: (p.position, p.number) for p in g.roster}.items() <= {
        p.id: (p.position, p.number) for p in s.game.roster
    }.items()
    assert g.competition == g.terms and "SIMULATED" in g.terms and "seed 2" in g.terms
    ours, theirs = s.game.events, g.events
    for name in ("type", "frame", "period", "t_s", "side", "start_frame", "end_frame", "attributes"):
        assert theirs[name].tolist() == ours[name].tolist(), name
    assert theirs["player_id"].fillna("").tolist() == ours["player_id"].fillna("").tolist()
    np.testing.assert_allclose(theirs["x"], ours["x"], atol=1e-4)
    assert g.periods == s.game.periods


def test_what_makes_no_game_is_said() -> None:
    for bad in ({"rallies": 0}, {"seed": -1}, {"number": 0}, {"net": "youth"}):
        with pytest.raises(DataError, match=next(iter(bad))):
            simulate(**bad)
    with pytest.raises(DataError, match="0 games"):
        next(volleyball.games(0, 1, 0))
