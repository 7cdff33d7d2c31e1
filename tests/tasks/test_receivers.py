"""Who receives the pass: places, choices, direction and labels by hand; the real passes; broken files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from sportsai.data import AWAY, Period
from sportsai.errors import DataError
from sportsai.readers import lastrow
from sportsai.tasks import load_task, receivers
from tests.conftest import make_game, make_tracks

HOME_SHIRTS, AWAY_SHIRTS = range(1, 12), range(15, 26)


def options(**changes: object) -> receivers.Options:
    return receivers.Options.model_validate({"task": "receivers"} | changes)


def passes(n: int = 4, seed: int = 0, **fixed: int) -> pd.DataFrame:
    """Return n passes from player 2, players 1-11 defending the left goal in even rows, 1 and 15 keeping goal."""
    rng = np.random.default_rng(seed)
    out = []
    for r in range(n):
        sign = 1 if r % 2 == 0 else -1
        row: dict[str, float] = {"time_start": 1000 * r, "time_end": 1000 * r + 500, "sender_id": 2, "receiver_id": 3}
        for i in range(1, 29):
            on = i in HOME_SHIRTS or i in AWAY_SHIRTS
            x, y = rng.uniform(-1500, 1500), rng.uniform(-3000, 3000)
            if i in (1, 15):
                x = sign * (-5000 if i == 1 else 5000)
            row |= {f"x_{i}": x if on else np.nan, f"y_{i}": y if on else np.nan}
        out.append(row | fixed)
    return pd.DataFrame(out)


def write(folder: Path, table: pd.DataFrame | str) -> Path:
    path = folder / "belgium_passes.csv"
    path.write_text(table if isinstance(table, str) else table.to_csv(index=False))
    return path


def test_a_pass(tmp_path):
    table = passes()
    (path,) = receivers.find(write(tmp_path, table).parent)
    found = load_task("receivers").examples([path], options(), 3)
    w = found.windows
    assert (w.P, w.T, len(found), found.names, found.contest.tolist()) == (22, 3, 4, (), ["belgium-00"] * 4)
    assert (w.slot[np.arange(4), w.label] == 2).all()
    assert (w.slot[:, 0] == 1).all()
    np.testing.assert_array_equal(w.xy[:, :, 0], w.xy[:, :, 2])  # one moment, no velocity
    assert not w.ball_present.any()
    # row 1: the team of the sender attacks left there, so both axes are turned
    assert w.slot[1, w.label[1]] == 2
    np.testing.assert_allclose(
        w.xy[1, w.label[1], 0], [-table.x_3[1] / 5250, -table.y_3[1] / 5250], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(w.xy[0, 0, 0], [table.x_2[0] / 5250, table.y_2[0] / 5250], rtol=1e-5)
    assert set(found.sources) == {"belgium_passes.csv"}


def test_places_and_choices_know_nothing_of_the_receiver(tmp_path):
    here = receivers.examples([write(tmp_path, passes())], options(), 1)
    other = receivers.examples([write(tmp_path, passes(receiver_id=9))], options(), 1)
    for name in ("xy", "present", "relation", "slot", "key"):
        np.testing.assert_array_equal(getattr(here.windows, name), getattr(other.windows, name))
    assert here.choices is not None
    np.testing.assert_array_equal(here.choices, other.choices)
    away = np.linalg.norm(here.windows.xy[:, :, 0] - here.windows.xy[:, :1, 0], axis=-1)
    assert (np.diff(away, axis=1) >= 0).all()
    assert (here.choices.sum(1) == 10).all()
    assert not here.choices[:, 0].any()


def test_passes_to_opponents(tmp_path):
    table = passes()
    table.loc[1, "receiver_id"] = 20
    table.loc[2, "receiver_id"] = 2
    path = write(tmp_path, table)
    own = receivers.examples([path], options(), 1)
    assert (len(own), own.refused) == (2, {"from a player to himself": 1, "received by an opponent": 1})
    everyone = receivers.examples([path], options(intercepted=True), 1)
    assert everyone.choices is not None
    assert (everyone.choices.sum(1) == 21).all()
    assert everyone.facts["intercepted"].tolist() == [False, True, False]
    assert everyone.windows.relation[1, everyone.windows.label[1]] == -1
    assert everyone.windows.request.tolist() == [0, 1, 3]


def test_fewer_places(tmp_path):
    path = write(tmp_path, passes(40))
    found = receivers.examples([path], options(players=6), 1)
    assert found.windows.P == 6
    assert found.choices is not None
    assert found.choices[np.arange(len(found)), found.windows.label].all()
    assert len(found) + found.refused["receiver not among 6 players"] == 40


def test_direction_does_not_depend_on_the_pass():
    xy = np.zeros((2, 28, 2), np.float32)
    present = np.zeros((2, 28), bool)
    present[:, [0, 1, 2, 3, 14, 15, 16, 17]] = True
    xy[:, :, 0] = [
        [-40, 1, 2, 3] + [0] * 10 + [40, 5, 5, 5] + [0] * 10,
        [40, 1, 2, 3] + [0] * 10 + [-40, 5, 5, 5] + [0] * 10,
    ]
    assert receivers.attacks_right(xy, present, np.zeros(2, int)).tolist() == [True, False]


def test_any_game():
    tracks = make_tracks(T=20, players=4)
    tracks.present[7, 2] = False
    game = make_game(tracks, periods=(Period(1, 0, 20, AWAY),))
    windows, choices = receivers.windows_at(game, [7, 7, 19], [0, 2, 5], length=2)
    assert windows.request.tolist() == [0, 2]  # slot 2 is not seen at frame 7
    assert windows.xy.shape == (2, 22, 2, 2)
    np.testing.assert_allclose(windows.xy[0, 0, 0], -tracks.xy[7, 0] / 52.5, rtol=1e-5)  # the home team attacks left
    np.testing.assert_allclose(windows.xy[1, 0, 1], tracks.xy[19, 5] / 52.5, rtol=1e-5)
    assert [sorted(windows.slot[i, choices[i]].tolist()) for i in range(2)] == [[1, 3], [4, 6, 7]]
    assert windows.first_frame.tolist() == windows.last_frame.tolist() == [7, 19]
    _, everyone = receivers.windows_at(game, [7], [0], intercepted=True)
    assert everyone.sum() == 6
    later = make_tracks(T=20, players=4)
    later.present[7, 2] = False
    later.xy[8:] += 9
    same, _ = receivers.windows_at(make_game(later, periods=game.periods), [7], [0])
    np.testing.assert_array_equal(same.xy[0, :, 0], windows.xy[0, :, 0])


def test_how_everybody_moves(tmp_path):
    table = passes(2, seed=3)
    move = table.filter(regex="^[xy]_").iloc[0] + 200  # everybody 2 m further on both axes after 1 s
    table.loc[1, move.index] = move
    path = write(tmp_path, table)
    w = receivers.examples([path], options(earlier_s=6), 3).windows
    np.testing.assert_allclose(w.xy[1, :, 2] - w.xy[1, :, 1], 0.2 * 2 / 52.5, rtol=1e-3)
    np.testing.assert_allclose(w.xy[1, :, 2] - w.xy[1, :, 0], 0.4 * 2 / 52.5, rtol=1e-3)
    assert w.present[1].all()
    assert w.reference == 2
    assert w.present[0].any(0).tolist() == [False, False, True]  # there is no pass before
    assert (w.frame - w.first_frame).tolist() == [0, 10]
    once = receivers.examples([path], options(), 3).windows
    np.testing.assert_array_equal(once.xy[:, :, 2], w.xy[:, :, 2])
    np.testing.assert_array_equal(once.slot, w.slot)
    too_long_ago = receivers.examples([path], options(earlier_s=0.9), 3).windows
    assert not too_long_ago.present[:, :, 0].any()
    # who received the pass before is not seen
    table.loc[0, "receiver_id"] = 7
    np.testing.assert_array_equal(
        receivers.examples([write(tmp_path, table)], options(earlier_s=6), 3).windows.xy, w.xy
    )


def test_how_everybody_moves_in_tracks():
    tracks = make_tracks(T=40, players=4)
    game = make_game(tracks, periods=(Period(1, 0, 40, AWAY),))
    w, _ = receivers.windows_at(game, [30, 10], [5, 5], length=2, earlier_s=6)
    drift = (tracks.xy[30, 5] - tracks.xy[10, 5]) / 2 * 0.2 / 52.5
    np.testing.assert_allclose(w.xy[0, 0, 1] - w.xy[0, 0, 0], drift, atol=1e-5)
    assert (w.first_frame.tolist(), w.last_frame.tolist()) == ([10, 10], [30, 10])
    assert not w.present[1, :, 0].any()  # the period is younger than 2 s
    once, _ = receivers.windows_at(game, [30, 10], [5, 5], length=2)
    np.testing.assert_array_equal(once.xy[:, :, 1], w.xy[:, :, 1])


def last_row(folder: Path, to: int = 10) -> Path:
    rows = []
    for frame in range(30):
        for shirt in (1, 7, 10, 11):
            rows.append(("Liverpool [1] - 0 Made", "Liverpool_red", frame, str(shirt), shirt - 50.0 + frame, shirt))
            rows.append(("Liverpool [1] - 0 Made", "Made_blue", frame, str(shirt), 50.0 - shirt, 5.0 + shirt))
        rows.append(("Liverpool [1] - 0 Made", "Liverpool_red", frame, "ball", 30.0 + frame * 0.7, 0.0))
    table = pd.DataFrame(rows, columns=list(lastrow.COLUMNS))
    table["y"] = table["y"].astype(float)
    table.to_parquet(folder / lastrow.MAIN)
    (folder / lastrow.PASSES).write_text(
        "Team,Start Frame,End Frame,Start X,Start Y,End X,End Y,From,To,goal\n"
        f"attack,4,14,0,0,0,0,7,{to},Liverpool [1] - 0 Made\n"
    )
    return folder / lastrow.MAIN


def test_last_row(tmp_path):
    path = last_row(tmp_path)
    write(tmp_path, passes())
    files = receivers.find(tmp_path)
    found = receivers.examples(files, options(source="lastrow"), 2)
    w = found.windows
    assert (len(found), w.P, w.T, found.contest.tolist()) == (1, 22, 2, ["Liverpool-Made"])
    np.testing.assert_allclose(w.xy[0, w.label[0], 0] * 52.5, [-36.0, 10.0], rtol=1e-5)  # shirt 10 at frame 4
    assert found.choices is not None
    assert found.choices[0].sum() == 3
    assert found.facts["duration_s"].tolist() == [0.5]
    both = receivers.examples(files, options(), 2)
    assert both.contest.tolist() == ["belgium-00"] * 4 + ["Liverpool-Made"]
    with pytest.raises(DataError, match="no pass can be used"):
        receivers.examples([last_row(tmp_path, to=99)], options(), 2)
    path.with_name(lastrow.PASSES).unlink()
    with pytest.raises(DataError, match="not beside it"):
        receivers.examples([path], options(), 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no table of passes"),
        (passes().drop(columns="time_end"), "time_end"),
        (passes(time_end=-5), "backwards"),
        (passes(receiver_id=2), "no pass can be used.*4 from a player to himself"),
    ],
)
def test_bad_input(tmp_path, content, says):
    with pytest.raises(DataError, match=says):
        receivers.examples([write(tmp_path, content)], options(), 1)


def test_nothing_to_read(tmp_path):
    assert receivers.find(tmp_path) == receivers.find(tmp_path / "none") == []
    with pytest.raises(DataError, match="no such file"):
        receivers.examples([tmp_path / "belgium_passes.csv"], options(), 1)
    with pytest.raises(DataError, match="no passes of lastrow"):
        receivers.examples([write(tmp_path, passes())], options(source="lastrow"), 1)
    with pytest.raises(DataError, match="0 samples"):
        receivers.examples([write(tmp_path, passes())], options(), 0)
    with pytest.raises(ValidationError):
        options(intercept=True)


@pytest.mark.real
def test_the_real_passes(real_data):
    files = receivers.find(real_data)
    found = receivers.examples(files, options(source="belgium"), 2)
    assert (len(found), len(found.windows.games), sum(found.refused.values())) == (10_039, 14, 2_085)
    assert found.choices is not None
    w, n = found.windows, np.arange(len(found))
    away = np.linalg.norm(w.xy[:, :, 0] - w.xy[:, :1, 0], axis=-1)
    away[~found.choices] = np.inf
    rank = (away < away[n, w.label][:, None]).sum(1)
    # how often the nearest team-mate gets it, first and among three
    assert (round((rank < 1).mean(), 2), round((rank < 3).mean(), 2)) == (0.33, 0.70)
    # the deepest of the sender's team is near his own goal on the left, the deepest opponent near his on the right
    x = np.where(w.present[:, :, 0], w.xy[..., 0, 0], np.nan)
    own = np.nanmin(np.where(w.relation == 1, x, np.nan), axis=1)
    other = np.nanmax(np.where(w.relation == -1, x, np.nan), axis=1)
    assert (own < other).all()
    assert np.median(own) < -0.6
    assert np.median(other) > 0.6
    moving = receivers.examples(files, options(source="belgium", earlier_s=6.0), 2).windows
    np.testing.assert_array_equal(moving.xy[:, :, 1], w.xy[:, :, 1])
    assert 0.74 < moving.present[:, :, 0].mean() < 0.78  # those a pass before is known of, at most 6 s ago
    everyone = receivers.examples(files, options(source="belgium", intercepted=True), 1)
    assert (len(everyone), int(everyone.facts["intercepted"].sum())) == (12_116, 2_077)
    liverpool = receivers.examples(files, options(source="lastrow"), 2)
    assert (len(liverpool), len(liverpool.windows.games), sum(liverpool.refused.values())) == (43, 18, 2)
    assert set(liverpool.facts["set"]) == {"lastrow"}
