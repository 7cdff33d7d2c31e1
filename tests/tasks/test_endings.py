"""Endings: which entry of the log ends which possession, worked by hand; windows, choices, and all real possessions."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from sportsai.errors import DataError
from sportsai.models import last_holder
from sportsai.tasks import EVENT, endings, load_task
from tests.tasks.test_styles import arrays, write

LOG = ["game_id", "eventnum", "msgtype", "actiontype", "clock_s", "team", "p1", "p2", "p3"]
MADE, MISSED, TURNOVER, FOUL = 1, 2, 5, 6
# possessions: CHI at home until 704.92 left; ATL until 699.72 (10 samples); in the second game CHI until 701.80
USUAL = ((21500009, MADE, 1, 703, "CHI", 102), (21500002, TURNOVER, 2, 701, "CHI", 107))


def archive(folder: Path, log=USUAL, data: dict | None = None) -> Path:
    write(folder, data)
    rows = [(g, i, kind, action, clock, team, p1, 0, 0) for i, (g, kind, action, clock, team, p1) in enumerate(log)]
    pd.DataFrame(rows, columns=LOG).to_csv(folder / "pbp_q1.csv", index=False)
    return folder


def made(folder: Path, frames: int = 16, **changes: object):
    options = endings.Options.model_validate({"task": "endings"} | changes)
    return endings.examples(endings.find(folder), options, frames)


def log(*rows: tuple[int, int, int, str]) -> pd.DataFrame:
    """Entries (kind, action, clock, team) of a game of CHI at home against ATL."""
    table = pd.DataFrame(
        [(21500009, i, k, a, c, t, 102, 0, 0) for i, (k, a, c, t) in enumerate(rows)], columns=LOG
    ).astype({"team": str})
    return endings.entries(table, "CHI", "ATL", {7: "CHI"})


def test_files_are_found_with_all_that_lies_beside(tmp_path):
    assert endings.find(tmp_path) == []
    archive(tmp_path / "basketball")
    assert endings.find(tmp_path) == [tmp_path / "basketball" / "nba_q1.npz"]
    (tmp_path / "basketball" / "pbp_q1.csv").unlink()
    assert endings.find(tmp_path) == []
    assert load_task("endings") is endings


def test_whose_possession_an_entry_ends():
    told = log(
        (MADE, 1, 700, "CHI"), (FOUL, 2, 690, "ATL"), (FOUL, 26, 680, "ATL"), (FOUL, 11, 670, "CHI"),
        (4, 0, 660, "CHI"), (MISSED, 1, 650, "BOS"),
    )  # fmt: skip
    # a foul is by the defence unless it is offensive; a technical, a rebound and another game's team end nothing
    assert told["msgtype"].tolist() == [MADE, FOUL, FOUL]
    assert told["offence"].tolist() == ["CHI", "CHI", "ATL"]
    team = pd.DataFrame([(1, 0, TURNOVER, 11, 650, "", 7, 0, 0)], columns=LOG)
    assert endings.entries(team, "CHI", "ATL", {7: "CHI"})["offence"].tolist() == ["CHI"]  # a team's own turnover


@pytest.mark.parametrize(
    ("clock", "team", "of"),
    [
        (703, "CHI", 0),  # 1.92 s late
        (699, "CHI", 0),  # 5.92 s: five, and the rest of a second
        (698, "CHI", -1),  # 6.92 s: too late
        (705, "CHI", 0),  # 0.08 s before the last sample: the whistle had gone
        (706, "CHI", -1),  # 1.08 s before it
        (699, "ATL", 1),
        (703, "ATL", -1),  # the other team's ball, and theirs had not begun to end
        (690, "CHI", 2),
    ],
)
def test_an_entry_goes_to_the_nearest_end_of_its_offence(clock, team, of):
    ends, offence = np.array([704.92, 699.72, 692.0]), np.array(["CHI", "ATL", "CHI"])
    assert endings.assign(log((MADE, 1, clock, team)), ends, offence).tolist() == [of]


def test_of_two_possessions_of_a_team_the_nearer_has_it():
    ends, offence = np.array([704.0, 702.0]), np.array(["CHI", "CHI"])
    told = log((MISSED, 1, 703, "CHI"), (MADE, 1, 701, "CHI"))
    # at 703 the first ended a second before, the second was to go on for a second
    assert endings.assign(told, ends, offence).tolist() == [0, 1]
    assert endings.assign(told, ends[1:], offence[1:]).tolist() == [0, 0]
    assert endings.assign(told.iloc[:0], ends, offence).tolist() == []
    assert endings.assign(told, ends[:0], offence[:0]).tolist() == [-1, -1]


def test_a_foul_with_a_free_throw_at_its_second_leads_to_the_line(tmp_path):
    shots = [(21500009, 3, kind, clock, team, 102) for kind, clock, team in
             ((11, 703, "CHI"), (16, 700, "CHI"), (12, 690, "ATL"))]  # fmt: skip
    table = pd.DataFrame([(g, i, *rest[:3], rest[3], rest[4], 0, 0) for i, (g, *rest) in enumerate(shots)], columns=LOG)
    assert endings.to_the_line(table) == {("CHI", 703), ("ATL", 690)}  # 16: anybody's, for a technical foul
    foul = (21500009, FOUL, 2, 703, "ATL", 107)
    for line, ending in ((shots[0], "free_throws"), (shots[1], "foul"), ((*shots[0][:3], 702, "CHI", 102), "foul"),
                         ((*shots[0][:4], "ATL", 102), "foul")):  # fmt: skip
        found = made(archive(tmp_path, [foul, line, USUAL[1]]), frames=8, free_throws=True)
        assert found.names == endings.NAMES
        assert found.facts["ending"].tolist()[:1] == [ending]
        assert found.names[found.windows.label[0]] == ending
        plain = made(tmp_path, frames=8)
        assert plain.names == endings.NAMES[:4] and plain.facts["ending"].iloc[0] == "foul"
        who = made(tmp_path, frames=8, free_throws=True, ask="who")
        assert "fouls: their first name is the man who fouled" in who.refused


def test_agreement_asks_the_clock_alone():
    ends, offence = np.array([704.0, 690.0, 680.0]), np.array(["CHI", "ATL", "CHI"])
    told = log((MADE, 1, 703, "CHI"), (MISSED, 1, 688, "CHI"), (FOUL, 1, 679, "ATL"), (TURNOVER, 1, 679, "CHI"))
    assert endings.agreement(told, ends, offence) == (3, 2)  # fouls are not asked; the miss is not the offence's


@pytest.mark.parametrize(
    ("entries", "which"),
    [
        ([], -1),
        ([(MISSED, 1, 700)], 0),
        ([(MADE, 1, 700), (FOUL, 2, 700)], 0),  # and one
        ([(FOUL, 2, 700), (MADE, 1, 700)], 1),
        ([(MADE, 1, 700), (FOUL, 2, 699)], None),  # a second later it is another moment
        ([(FOUL, 4, 700), (TURNOVER, 5, 700)], 1),  # an offensive foul
        ([(FOUL, 1, 700), (TURNOVER, 5, 700)], None),
        ([(MADE, 1, 700), (FOUL, 4, 700)], None),
        ([(MISSED, 1, 700), (MADE, 72, 699)], None),  # put back
        ([(MISSED, 1, 700), (MISSED, 1, 700), (MADE, 1, 699)], None),
    ],
)
def test_one_moment_or_several(entries, which):
    assert endings.decide(entries) == which


def test_windows_by_hand(tmp_path):
    data = arrays()
    data["ball_z"] = np.arange(80).astype(np.int16) * 10
    found = made(archive(tmp_path, data=data))
    w = found.windows
    assert found.names == ("made", "missed", "turnover", "foul")
    assert w.label.tolist() == [0, 2]
    assert found.kind.tolist() == [EVENT, EVENT]
    assert (w.xy.shape, w.ball.shape, w.reference) == ((2, 10, 16, 2), (2, 16, 2), 15)
    # the last sample is the possession's last: rows 29 of the first game and 73 of the archive, and none later
    np.testing.assert_allclose(w.ball[0, -1] * 47, [40 + 0.5 * 29 + 3 - 47, 3.1], atol=1e-4)
    np.testing.assert_allclose(found.more["ball_z"][0, :, 0], np.arange(14, 30) * 0.1 * 0.3048, rtol=1e-5)
    assert (w.first_frame.tolist(), w.last_frame.tolist()) == ([14, 18], [29, 35])
    # attackers first, each side by distance to the ball at the last sample
    assert w.slot[0].tolist() == [2, 3, 1, 4, 0, 5, 6, 7, 8, 9]
    assert w.slot[1].tolist() == [5, 6, 7, 8, 9, 2, 3, 1, 4, 0]
    assert w.relation[0].tolist() == [1] * 5 + [-1] * 5
    np.testing.assert_allclose(w.xy[1, 0, -1] * 47, [40 + 0.5 * 33 + 6 - 47, 6], atol=1e-4)
    assert found.refused == {"possessions of fewer than 16 samples": 1}
    assert found.facts["logged_late_s"].tolist() == pytest.approx([1.92, 0.80])
    assert found.facts["ending"].tolist() == ["made", "turnover"]
    assert set(found.sources) == {"nba_q1.npz", "teams.csv", "pbp_q1.csv"}


def test_what_lies_after_the_end_changes_nothing(tmp_path):
    data = arrays()
    data["xy"][30:40] += 100
    data["xy"][74:] += 100
    data["ball_z"][30:40] = 999
    data["game_clock"][36:40] -= 400  # the clock stood still: unseen
    a, b = made(archive(tmp_path / "a")), made(archive(tmp_path / "b", data=data))
    np.testing.assert_array_equal(a.windows.xy, b.windows.xy)
    np.testing.assert_array_equal(a.more["ball_z"], b.more["ball_z"])
    assert set(a.more) == {"ball_z"}


def test_stopping_earlier_and_the_other_inputs(tmp_path):
    archive(tmp_path)
    early = made(tmp_path, 12, stop_s=2.0)  # four samples: at least 2 s
    whole = made(tmp_path, 16)
    np.testing.assert_array_equal(early.windows.ball, whole.windows.ball[:, :12])
    assert early.windows.last_frame.tolist() == [25, 31]
    assert early.windows.reference == 11
    assert made(tmp_path, height=False).more == {}
    clock = made(tmp_path, clock=True).more["clock"]
    assert np.isnan(clock[0, 0])
    np.testing.assert_allclose(clock[:, 1], [720 - 0.52 * 14, 720 - 0.52 * 18], rtol=1e-6)  # as the window begins


def test_who_did_it_among_the_five(tmp_path):
    rows = (*USUAL, (21500009, FOUL, 2, 690, "CHI", 103))
    found = made(archive(tmp_path, rows), ask="who")
    assert found.names == ()
    assert found.windows.label.tolist() == [0, 2]  # 102 is in slot 2, the nearest; 107 in slot 7, the third
    assert found.choices is not None
    assert found.choices.tolist() == [[True] * 5 + [False] * 5] * 2
    assert (found.windows.slot[[0, 1], found.windows.label]).tolist() == [2, 7]
    foul = ((21500009, FOUL, 2, 703, "ATL", 106), USUAL[1])
    assert made(archive(tmp_path / "foul", foul)).windows.label.tolist() == [3, 2]
    found = made(archive(tmp_path / "foul", foul), ask="who")
    assert len(found) == 1
    assert found.refused["fouls: their first name is the man who fouled"] == 1
    other = (USUAL[0], (21500002, TURNOVER, 2, 701, "CHI", 101))  # a man of the other side
    found = made(archive(tmp_path / "other", other), ask="who")
    assert found.refused["by none of the five attackers: a team's turnover, or a man not on court"] == 1


def test_the_last_holder_is_a_rule(tmp_path):
    found = made(archive(tmp_path), ask="who")  # slot 2 of the first game has the ball throughout
    z = found.more["ball_z"]
    ranks = last_holder.ranks(found.windows, found.choices, z)
    assert ranks[0, :5].tolist() == [0, 1, 2, 3, 4]
    model = last_holder.Model(last_holder.Config()).fit(found.windows, choices=found.choices, ball_z=z)
    said = model.scores(found.windows, choices=found.choices, ball_z=z)
    assert np.isneginf(said[:, 5:]).all()
    np.testing.assert_allclose(np.exp(said[0, [0, 2]]), 0.5)
    again = last_holder.Model(last_holder.Config())
    again.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(again.scores(found.windows, choices=found.choices, ball_z=z), said)


def test_what_is_left_out_is_counted(tmp_path):
    data = arrays()
    data["player_index"][20:40, 1] = 9  # a player of slot 1 is replaced inside the window
    assert made(archive(tmp_path / "a", data=data)).refused["possessions in which a player was replaced"] == 1
    twice = (*USUAL, (21500009, MISSED, 1, 702, "CHI", 102))
    assert made(archive(tmp_path / "b", twice)).refused["possessions with several moments in the log"] == 1
    assert made(archive(tmp_path / "c", USUAL[:1])).refused["possessions whose end the log does not tell"] == 1
    with pytest.raises(DataError, match="no possession can be used"):
        made(tmp_path / "a", 60)


def test_options_and_files_that_make_no_sense(tmp_path):
    archive(tmp_path / "a")
    archive(tmp_path / "b")
    with pytest.raises(DataError, match="is in two archives"):
        made(tmp_path)
    with pytest.raises(DataError, match="a window of 1 samples"):
        made(tmp_path / "a", 1)
    with pytest.raises(DataError, match="no files"):
        made(tmp_path / "c")
    for wrong in ({"ask": "when"}, {"stop_s": -1}):
        with pytest.raises(ValidationError):
            endings.Options.model_validate({"task": "endings"} | wrong)


@pytest.mark.real
def test_the_real_possessions(real_data):
    began = time.process_time()
    found = made(real_data)
    assert time.process_time() - began < 40  # 9 s on one core
    assert sum(found.refused.values()) + len(found) == 22_217
    assert set(found.refused) >= {"possessions with several moments in the log", "possessions of fewer than 16 samples"}
    assert len(found.windows.games) == 435
    share = np.bincount(found.windows.label) / len(found)
    np.testing.assert_allclose(share, SHARES, atol=0.005)
    f = found.facts
    assert ((f["logged_late_s"] >= -1) & (f["logged_late_s"] < 6)).all()
    checked, agreed = f.attrs["agreement"]
    assert checked > 19_000
    assert agreed / checked > 0.985  # the log names the offence that was tracked
    who = made(real_data, ask="who")
    assert (
        len(who)
        == (f["ending"] != "foul").sum()
        - who.refused["by none of the five attackers: a team's turnover, or a man not on court"]
    )
    z = who.more["ball_z"]
    nearest = (who.windows.label == 0).mean()
    holder = last_holder.ranks(who.windows, who.choices, z)[np.arange(len(who)), who.windows.label]
    assert nearest == pytest.approx(0.325, abs=0.005)  # nearest to the ball at the end
    assert (holder == 0).mean() == pytest.approx(0.92, abs=0.01)


SHARES = (0.371, 0.427, 0.119, 0.083)  # made, missed, turnover, foul
