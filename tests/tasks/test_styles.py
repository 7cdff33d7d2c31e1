"""Team style: places, direction, parts, crops and controls by hand on a small archive; all real possessions."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import nba_quarters
from sportsai.tasks import EVENT, MOVED, load_task, styles

N = 80
COLUMNS = ["game", "start", "front", "end", "off_team", "def_team", "off_is_home", "attack_right", "substitution"]


def arrays() -> dict:
    """Two games of 40 samples. Who stands in slot s is s ft right of a line that moves half a foot a sample."""
    t = np.tile(np.arange(40), 2)
    xy = np.zeros((N, 11, 2))
    xy[:, :, 0] = 40 + 0.5 * t[:, None] + np.arange(11)
    xy[:, :, 1] = 25 + np.arange(11)
    xy[:, 0] = xy[:, 3] + (0, 0.1)  # the third of the home team has the ball
    clock = np.concatenate([72000 - 52 * np.arange(40), 72000 - 52 * np.arange(40)])
    clock[60:] -= 104  # two steps are not sampled in the second game
    return {
        "xy": np.round(xy * 100).astype(np.int16),
        "ball_z": np.full(N, 100, np.int16),
        "player_index": np.tile(np.arange(10, dtype=np.uint16), (N, 1)),
        "game_clock": clock.astype(np.int32),
        "shot_clock": np.full(N, -1, np.int16),
        "game_ptr": np.array([0, 40, 80]),
        "game_id": np.array(["0021500009", "0021500002"]),
        "home": np.array([0, 1], np.int8),
        "visitor": np.array([1, 0], np.int8),
        "home_attacks_right": np.array([1, 0], np.int8),
        "poss": np.array(
            [
                [0, 0, 6, 30, 0, 1, 1, 1, 0],  # home, 30 samples, 6 of them in the back court
                [0, 30, 31, 40, 1, 0, 0, 0, 0],  # too short
                [1, 50, 70, 74, 0, 1, 0, 1, 1],  # visitors, 24 samples, across the gap
            ],
            np.int32,
        ),
        "poss_cols": np.array(COLUMNS),
        "poss_frac": np.ones((3, 2), np.float32),
    }


def write(folder: Path, data: dict | None = None, teams: str = "0,1,CHI\n1,2,ATL\n") -> Path:
    folder.mkdir(exist_ok=True)
    np.savez(folder / "nba_q1.npz", **(arrays() if data is None else data))
    (folder / "teams.csv").write_text("team_index,team_id,abbr\n" + teams)
    people = "".join(f"{i},{100 + i},Player {i}\n" for i in range(10))
    (folder / "players.csv").write_text("player_index,player_id,name\n" + people)
    return folder


def made(folder: Path, frames: int = 16, **changes: object):
    return styles.examples(styles.find(folder), styles.Options.model_validate({"task": "styles"} | changes), frames)


def test_files_are_found_beside_and_below(tmp_path):
    assert styles.find(tmp_path) == []
    assert styles.find(tmp_path / "nowhere") == []
    write(tmp_path / "basketball")
    assert styles.find(tmp_path) == [tmp_path / "basketball" / "nba_q1.npz"]
    assert styles.find(tmp_path / "basketball") == styles.find(tmp_path)
    (tmp_path / "basketball" / "teams.csv").unlink()
    assert styles.find(tmp_path) == []
    assert load_task("styles") is styles


def test_windows_by_hand(tmp_path):
    found = made(write(tmp_path))
    w = found.windows
    assert len(found.names) == 30
    assert found.names[:3] == ("ATL", "BKN", "BOS")
    assert w.label.tolist() == [found.names.index("CHI")] * 2
    assert (w.xy.shape, w.ball.shape, w.T, w.P) == ((2, 5, 16, 2), (2, 16, 2), 16, 5)
    assert w.scale_m == pytest.approx(14.3256)
    # the home team attacks right; the third of it is nearest to the ball, then by distance
    assert w.slot[0].tolist() == [2, 3, 1, 4, 0]
    np.testing.assert_allclose(w.xy[0, 0, :2] * 47, [[43 - 47, 28 - 25], [43.5 - 47, 3]], atol=1e-4)
    np.testing.assert_allclose(w.ball[0, 0] * 47, [-4, 3.1], atol=1e-4)
    # the visitors of the second game attack right, too: their nearest is slot 6 (9 ft from slot 3)
    assert w.slot[1].tolist() == [5, 6, 7, 8, 9]
    np.testing.assert_allclose(w.xy[1, 0, 0] * 47, [40 + 5 + 6 - 47, 6], atol=1e-4)
    assert w.key.tolist() == [0, 0]
    assert w.relation.tolist() == [[1] * 5] * 2
    assert w.present.all() and w.ball_present.all()
    assert found.contest.tolist() == ["0021500009", "0021500002"]
    assert (w.frame.tolist(), w.first_frame.tolist(), w.last_frame.tolist()) == ([0, 10], [0, 10], [15, 27])
    assert found.kind.tolist() == [EVENT, EVENT]
    assert found.refused == {"possessions of fewer than 16 samples": 1}
    assert set(found.sources) == {"nba_q1.npz", "teams.csv"}
    f = found.facts
    assert f["order"].tolist() == [1, 0]
    assert f["arena"].tolist() == ["CHI", "ATL"]
    assert f["defence"].tolist() == ["ATL", "ATL"]
    assert f["is_home"].tolist() == [True, False]
    assert f["substitution"].tolist() == [False, True]
    assert f["length"].tolist() == [30, 24]
    assert f["team_quarter"].tolist() == ["0021500009:CHI", "0021500002:CHI"]


def test_attacking_left_is_turned(tmp_path):
    data = arrays()
    data["poss"][0, 7] = 0
    left, right = made(write(tmp_path / "a", data)).windows, made(write(tmp_path / "b")).windows
    np.testing.assert_allclose(left.xy[0], -right.xy[0])
    np.testing.assert_allclose(left.ball[0], -right.ball[0])


def test_frames_are_those_of_the_reader(tmp_path):
    write(tmp_path)
    games = list(nba_quarters.read((tmp_path,), load_league("nba")))
    held = nba_quarters.possessions(tmp_path)
    assert held.frame.tolist() == [*games[0].tracks.frame.tolist(), *games[1].tracks.frame.tolist()]


def test_parts_and_crops(tmp_path):
    write(tmp_path)
    assert made(tmp_path, part="front").facts["start"].tolist() == [6, 8]  # 20 of 24 in: the last 16 stand
    assert made(tmp_path, part="middle").facts["start"].tolist() == [7, 4]
    found = made(tmp_path, crops=4)
    assert found.kind.tolist() == [EVENT, EVENT, MOVED, MOVED]
    # 30 samples, none of the last five: windows from 0, 4 and 8; 24 samples: from 0 only
    assert found.facts["start"].tolist() == [0, 0, 4, 8]
    assert found.facts["possession"].tolist() == [0, 2, 0, 0]
    np.testing.assert_allclose(found.windows.ball[3, 0] * 47, [0, 3.1], atol=1e-4)
    # the order of places is of a window's own first sample
    assert found.windows.slot[3].tolist() == [2, 3, 1, 4, 0]


def test_controls(tmp_path):
    write(tmp_path)
    ball = made(tmp_path, players=False).windows
    assert not ball.present.any() and not ball.xy.any() and (ball.slot == -1).all() and not ball.relation.any()
    assert ball.ball_present.all()
    players = made(tmp_path, ball=False).windows
    assert not players.ball.any() and not players.ball_present.any()
    assert players.slot[0].tolist() == [4, 3, 2, 1, 0]  # by distance to the basket: the ball's place does not show
    assert made(tmp_path, side="home").facts["is_home"].tolist() == [True]
    away = made(tmp_path, side="away")
    assert away.facts["is_home"].tolist() == [False]
    assert away.refused["possessions of the side not asked for"] == 1
    assert away.windows.games == ("0021500002",)


def test_slots_do_not_matter(tmp_path):
    data = arrays()
    data["xy"][:, 1:6] = data["xy"][:, [5, 3, 1, 2, 4]]
    a, b = made(write(tmp_path / "a")).windows, made(write(tmp_path / "b", data)).windows
    np.testing.assert_array_equal(a.xy, b.xy)
    np.testing.assert_array_equal(a.ball, b.ball)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"teams": "0,1,CHI\n1,2,XXX\n"}, 'team "XXX" is none'),
        ({"cols": "start"}, 'no column "start"'),
        ({"end": 90}, "possession 2 is not inside its game"),
        ({"off": 7}, "possession 2 is not inside its game"),
        ({"frames": 60}, "no possession is long enough"),
        ({"frames": 1}, "a window of 1 samples"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, changes, says):
    data = arrays()
    if "cols" in changes:
        data["poss_cols"][1] = "begin"
    data["poss"][2, 3] = changes.get("end", 74)
    data["poss"][2, 4] = changes.get("off", 0)
    write(tmp_path, data, changes.get("teams", "0,1,CHI\n1,2,ATL\n"))
    with pytest.raises(DataError, match=says):
        made(tmp_path, changes.get("frames", 16))


def test_options_and_files_that_make_no_sense(tmp_path):
    write(tmp_path / "a")
    write(tmp_path / "b")
    with pytest.raises(DataError, match="is in two archives"):
        made(tmp_path)
    with pytest.raises(DataError, match="neither players nor ball"):
        made(tmp_path / "a", ball=False, players=False)
    with pytest.raises(DataError, match="no files"):
        made(tmp_path / "c")
    with pytest.raises(ValidationError):
        styles.Options.model_validate({"task": "styles", "part": "end"})


def test_two_archives_are_one_set(tmp_path):
    data = arrays()
    data["game_id"] = np.array(["0021500100", "0021500101"])
    write(tmp_path / "a")
    write(tmp_path / "b", data)
    found = made(tmp_path)
    assert len(found) == 4
    assert found.windows.request.tolist() == [0, 2, 3, 5]
    assert len(found.windows.games) == 4
    assert set(found.sources) == {"1/nba_q1.npz", "1/teams.csv", "2/nba_q1.npz", "2/teams.csv"}


@pytest.mark.real
def test_the_real_possessions(real_data):
    began = time.process_time()
    found = made(real_data)
    assert time.process_time() - began < 10  # 1.8 s on one core
    assert len(found) == 16_477
    assert (len(found.windows.games), len(set(found.facts["team_quarter"]))) == (435, 870)
    assert set(found.windows.label.tolist()) == set(range(30))
    assert (np.array(found.names)[found.windows.label] == found.facts["team"]).all()
    # whoever is at home plays in his arena, nobody else does
    assert ((found.facts["team"] == found.facts["arena"]) == found.facts["is_home"]).all()
    # the offence attacks right: by its last sample it is in the front court, and a handler is near the ball
    assert (found.windows.xy[:, :, -1, 0].mean(1) > 0).mean() > 0.97
    away = np.linalg.norm(found.windows.xy[:, 0, 0] - found.windows.ball[:, 0], axis=-1) * found.windows.scale_m
    assert np.median(away) < 1.5
