"""Hockey events as examples: what a window holds, which way it is turned, what is said of shared moments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.data.splits import by_game
from sportsai.errors import DataError
from sportsai.readers import bigdatacup
from sportsai.tasks import EVENT, MOVED, load_task, plays

GAME = "2022-02-08 Canada at USA"
KINDS = ("pass", "puck_recovery", "shot", "faceoff")


def made_up(folder: Path, game: str = GAME, kinds: tuple[str, ...] = KINDS, **columns: object) -> Path:
    """Two USA events in one frame of one player, then one of each team; the USA's keeper is in the left crease."""
    n, T, P = 4, 64, 12
    xy, mask = np.zeros((n, T, P, 2)), np.zeros((n, T, P), bool)
    xy[:, :, 0] = np.stack([120 + np.arange(T) * 0.5, np.full(T, 30.0)], -1)  # the key player skates right
    xy[3, :, 0, 1] = 60.0
    xy[2, :, 0, 0] = 140.0
    xy[:, :, 1] = [13.0, 42.5]  # in the left crease
    mask[:, :, :2] = True
    mask[3, 60:, 0] = False
    same = np.full((n, P), -1, np.int8)
    same[:, 0] = 1
    same[:, 1] = [1, 1, 1, 0]  # the last is Canada's event: the keeper is the other team's
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / bigdatacup.WINDOWS,
        xy=np.round(xy * 100).astype(np.int16),
        mask=mask,
        same_team=same,
        jersey=np.where(same < 0, -1, 7).astype(np.int16),
        y=np.array([KINDS.index(k) if k in KINDS else len(KINDS) for k in kinds], np.int8),
        classes=np.array([*KINDS, "fight"]),
        frame_offset=np.arange(-32, 32, dtype=np.int16),
    )
    table = {
        "game": game,
        "clip": f"{game} P1 PP1",
        "period": 1,
        "frame_id_1": [500, 500, 900, 1300],
        "team": ["USA", "USA", "USA", "Canada"],
        "player_name": ["A", "A", "B", "C"],
        "x_coord": [136.0, 136.0, 140.0, 64.0],
        "y_coord": [55.0, 55.0, 55.0, 60.0],
        "flip": [2.0, 2.0, 2.0, 3.0],
        "cls": list(kinds),
    } | columns
    pd.DataFrame(table).to_csv(folder / bigdatacup.EVENTS, index=False)
    return folder / bigdatacup.WINDOWS


def taught(path: Path, frames: int = 16, **options: object):
    return plays.examples([path], plays.Options.model_validate({"task": "plays", **options}), frames)


def test_windows_are_about_the_event_and_turned_to_the_right(tmp_path):
    found = taught(made_up(tmp_path), moved=())
    windows = found.windows
    assert windows.xy.shape == (4, 12, 16, 2)
    assert windows.scale_m == pytest.approx(30.48)
    assert windows.reference == 8
    assert [found.names[k] for k in windows.label] == ["pass", "recovery", "shot", "faceoff"]
    # the key player at 136 ft, 30 ft: (36, -12.5) from the centre, of 100
    assert windows.xy[0, 0, 8] == pytest.approx([0.36, -0.125], abs=1e-5)
    assert windows.xy[0, 0, 9, 0] - windows.xy[0, 0, 8, 0] == pytest.approx(0.02, abs=1e-5)
    # Canada attacks left: turned, so it skates left on the rink and right in the other half here
    assert windows.xy[3, 0, 8] == pytest.approx([-0.36, -0.175], abs=1e-5)
    assert windows.relation[:, :3].tolist() == [[1, 1, 0]] * 3 + [[1, -1, 0]]
    assert windows.first_frame[0] == 500 - 32
    assert windows.last_frame[0] == 500 + 28
    assert not windows.present[3, 0, 15]
    assert not windows.xy[3, 0, 15].any()
    assert not windows.ball_present.any()
    assert not windows.ball.any()
    assert found.facts["key_gap_m"].to_numpy() == pytest.approx(0, abs=0.01)
    assert found.facts["zone"].tolist() == ["attacking", "attacking", "attacking", "defending"]
    assert len(found.sources) == 2
    assert "not for profit" in found.terms


def test_events_of_one_moment_know_of_each_other(tmp_path):
    found = taught(made_up(tmp_path), moved=())
    assert found.also is not None
    true = [[found.names[k] for k in np.flatnonzero(row)] for row in found.also]
    assert true == [["pass", "recovery"], ["pass", "recovery"], ["shot"], ["faceoff"]]


def test_moved_moments_only_train(tmp_path):
    found = taught(made_up(tmp_path), moved=(-8, 4, 0, 4, 29))
    # the last event's key player is gone from frame 28 on
    assert np.bincount(found.kind, minlength=2).tolist() == [4, 11]
    assert found.refused == {"moved moments whose key player is not seen": 1}
    assert found.kind.tolist() == [EVENT] * 4 + [MOVED] * 11
    early, late = found.take(found.facts["moved"] == -8), found.take(found.facts["moved"] == 4)
    assert early.windows.frame[0] == 492
    assert early.windows.xy[0, 0, 8, 0] == pytest.approx(0.32, abs=1e-5)
    assert not early.windows.present[:, :, :2].any()
    assert early.windows.present[:, 0, 2].all()
    assert early.windows.first_frame[0] == 500 - 32
    assert not late.windows.present[:, :, 15].any()
    assert late.windows.last_frame[0] == 500 + 28
    assert (early.windows.label == late.windows.label).all()


def test_the_tracks_say_which_way_without_flip(tmp_path):
    wrong = made_up(tmp_path, flip=[3.0, 3.0, 3.0, 2.0])
    given, seen = taught(wrong, moved=()), taught(wrong, moved=(), direction="tracks")
    right = taught(made_up(tmp_path / "right"), moved=())
    assert np.array_equal(given.windows.xy, -right.windows.xy)
    assert np.array_equal(seen.windows.xy, right.windows.xy)
    assert not given.facts["direction_agrees"].any()
    assert seen.facts["direction"].unique().tolist() == ["tracks"]
    blank = made_up(tmp_path / "blank", flip=[np.nan] * 4)
    assert np.array_equal(taught(blank, moved=(), direction="tracks").windows.xy, right.windows.xy)
    with pytest.raises(DataError, match=r"flip is nan; expected 2 or 3"):
        taught(blank)


def test_an_unsure_clip_is_turned_as_given(tmp_path):
    path = made_up(tmp_path)
    with np.load(path) as held:
        arrays = dict(held)
    arrays["xy"][:, :, 1] = [10_000, 4_250]
    np.savez(path, **arrays)
    found = taught(path, moved=(), direction="tracks")
    assert found.facts["direction"].unique().tolist() == ["given"]
    assert found.facts["direction_agrees"].isna().all()
    assert found.windows.xy[0, 0, 8, 0] > 0


def test_events_of_no_class_are_counted(tmp_path):
    found = taught(made_up(tmp_path, kinds=("pass", "fight", "shot", "faceoff")), moved=())
    assert len(found) == 3
    assert found.refused == {"events of kind fight, which is none of the classes": 1}
    assert found.also is not None
    assert found.also.sum(1).tolist() == [1, 1, 1]


def test_fewer_places_and_samples(tmp_path):
    found = taught(made_up(tmp_path), frames=4, players=3, stride=10, moved=())
    assert found.windows.xy.shape == (4, 3, 4, 2)
    assert (found.windows.last_frame - found.windows.first_frame == 30).all()


def test_games_of_several_folders(tmp_path):
    made_up(tmp_path / "a" / "hockey")
    made_up(tmp_path / "b", game="2022-02-09 Canada at USA")
    files = plays.find(tmp_path)
    assert [f.parent.name for f in files] == ["hockey", "b"]
    found = plays.examples(files, plays.Options(task="plays"), 16)
    assert set(found.contest) == {GAME, "2022-02-09 Canada at USA"}
    assert len(found.sources) == 4
    assert len(np.unique(found.windows.request)) == 8
    assert len(by_game(found.windows, [], [GAME]).test) == (found.contest == GAME).sum()
    made_up(tmp_path / "c")
    with pytest.raises(DataError, match=r"is in .* too; expected each game once"):
        plays.examples(plays.find(tmp_path), plays.Options(task="plays"), 16)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"stride": 5}, "16 samples, 5 frames apart, reach over the 64 frames"),
        ({"columns": {"team": "Norway"}}, 'team "Norway" is not in 2022-02-08 Canada at USA'),
        ({"columns": {"game": "final"}}, 'team "USA" is not in final'),
        ({"columns": {"flip": 4.0}}, "flip is 4; expected 2 or 3"),
        ({"columns": {"frame_id_1": "soon"}}, '"soon" is not a number'),
        ({"columns": {"cls": "pass"}}, "its windows are not the events beside it"),
        ({"kinds": ("fight",) * 4}, "no event of a known kind; expected pass"),
    ],
)
def test_bad_input(tmp_path, options, says):
    path = made_up(tmp_path, kinds=options.pop("kinds", KINDS), **options.pop("columns", {}))
    with pytest.raises(DataError, match=says):
        taught(path, **options)


def test_missing_files(tmp_path):
    assert plays.find(tmp_path) == []
    with pytest.raises(DataError, match="no files"):
        plays.examples([], plays.Options(task="plays"), 16)
    path = made_up(tmp_path)
    (tmp_path / bigdatacup.EVENTS).unlink()
    with pytest.raises(DataError, match=bigdatacup.EVENTS):
        taught(path)
    made_up(tmp_path / "x")
    table = pd.read_csv(tmp_path / "x" / bigdatacup.EVENTS)
    table.drop(columns="x_coord").to_csv(tmp_path / "x" / bigdatacup.EVENTS, index=False)
    with pytest.raises(DataError, match='column "x_coord" is not in it'):
        taught(tmp_path / "x")


def test_tracking_without_windows(tmp_path):
    (tmp_path / bigdatacup.TRACKING).write_bytes(b"")
    (tmp_path / bigdatacup.EVENTS).write_text("game\n")
    with pytest.raises(DataError, match=rf"there is no {bigdatacup.WINDOWS} beside the tracking"):
        plays.examples(plays.find(tmp_path), plays.Options(task="plays"), 16)


def test_the_five_games(real_data):
    task = load_task("plays")
    files = task.find(real_data)
    found = task.examples(files, task.Options(task="plays"), 16)
    events = found.take(found.kind == EVENT)
    assert len(events) == 1056
    assert dict(zip(events.names, np.bincount(events.windows.label).tolist(), strict=True)) == {
        "pass": 469, "recovery": 316, "shot": 83, "dump_in": 57, "dump_out": 66, "entry": 47, "faceoff": 18,
    }  # fmt: skip
    assert len(events.windows.games) == 5
    assert (events.also.sum(1) > 1).sum() == 157
    assert events.also[np.arange(1056), events.windows.label].all()
    assert events.windows.present[:, 0, 8].all()
    agrees = events.facts.groupby("game")["direction_agrees"].sum()
    assert agrees.sum() == 1036
    assert np.abs(events.windows.xy).max() < 1.1
    seen = task.examples(files, task.Options(task="plays", direction="tracks", moved=()), 16)
    assert (seen.facts["direction"] == "tracks").all()
    assert seen.facts["key_gap_m"].max() < 23 < 58 < events.facts["key_gap_m"].max()
    # shots are taken where the team attacks, and the file's order is kept
    assert (seen.windows.xy[seen.windows.label == 2, 0, 8, 0] > 0).mean() > 0.95
    assert len(by_game(found.windows, [], [found.windows.games[0]]).test)
