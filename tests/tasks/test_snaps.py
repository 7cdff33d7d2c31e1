"""The kind of a play after the snap: when, who and which way by hand, nothing later seen; 432 plays; broken files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from sportsai.errors import DataError
from sportsai.tasks import EVENT, MOVED, load_task, snaps

T, SNAP = 40, 10
HEADER = (
    "play,gameId,playId,season,week,play_type,offense,defense,play_direction,quarter,game_clock,down,yards_to_go,"
    "abs_yardline\n"
)


def options(**changes: object) -> snaps.Options:
    return snaps.Options.model_validate({"task": "snaps"} | changes)


def play(direction: str) -> np.ndarray:
    """Return (T, 23, 2) hundredths of a yard: the ball snapped back 5 yd to slot 1 at frame 10, then carried."""
    sign = 1 if direction == "right" else -1
    yd = np.zeros((T, 23, 2))
    yd[:, 0] = (60, 26)
    yd[SNAP:, 0, 0] -= sign * np.minimum(np.arange(T - SNAP), 5)
    for slot in range(1, 23):
        own = slot < 12
        yd[:, slot] = (60 - sign * (1 if own else -1), 26 + 1.5 * ((slot - 1) % 11 - 5))
    yd[:, 1] = (60 - sign * 5, 26)  # a quarterback
    yd[:, 6] = (60 - sign, 26)  # a centre, nearest to the ball at the snap
    return np.round(yd * 100).astype(np.int16)


def write(
    folder: Path,
    kinds: tuple[str, ...] = ("pass", "rush"),
    direction: str = "right",
    tags: tuple[tuple[str, int], ...] = (("ball_snap", SNAP),),
    xy: np.ndarray | None = None,
) -> Path:
    n = len(kinds)
    one = play(direction) if xy is None else xy
    np.savez(folder / "ngs.npz", xy=np.concatenate([one] * n), play_ptr=np.arange(n + 1) * len(one))
    (folder / "plays.csv").write_text(
        HEADER
        + "".join(
            f"{i},{20180101 + i // 2}00,{i},2018,3,{k},MIN,NO,{direction},1,10:00,3,7,49\n" for i, k in enumerate(kinds)
        )
    )
    lines = ["gameId,playId,play,frame,event"]
    people = ["gameId,playId,slot,nflId,name,team,possession,home,position,jersey"]
    for i in range(n):
        game = f"{20180101 + i // 2}00"
        lines += [f"{game},{i},{i},{frame},{event}" for event, frame in tags]
        for s in range(1, 23):
            own = s < 12
            people.append(f"{game},{i},{s},{s},P{s},{'MIN' if own else 'NO'},{own:d},{own:d},QB,{s}")
    (folder / "events.csv").write_text("\n".join(lines) + "\n")
    (folder / "rosters.csv").write_text("\n".join(people) + "\n")
    return folder / "ngs.npz"


def test_a_play(tmp_path):
    write(tmp_path, ("pass", "rush", "sack"))
    (path,) = snaps.find(tmp_path)
    found = load_task("snaps").examples([path], options(), 11)
    w = found.windows
    assert (found.names, w.label.tolist(), found.kind.tolist()) == (("pass", "rush"), [0, 1, 0], [EVENT] * 3)
    assert found.contest.tolist() == ["2018010100", "2018010100", "2018010200"]
    assert (w.P, w.T, w.reference, w.frame.tolist()) == (22, 11, 10, [SNAP + 20] * 3)
    assert (w.first_frame.tolist(), w.last_frame.tolist()) == ([SNAP] * 3, [SNAP + 20] * 3)
    # every second sample: the ball lies still, then is 2, 4, 5, 5 yd back
    np.testing.assert_allclose(w.ball[0, :5, 0] * 60, [0, -2, -4, -5, -5], atol=0.02)
    assert (w.slot[0, :2].tolist(), w.relation[0].tolist().count(1)) == ([0, 5], 11)  # quarterback, then the centre
    assert found.facts["down"].tolist() == [3, 3, 3]
    assert set(found.sources) == {"ngs.npz", "plays.csv", "events.csv", "rosters.csv"}


def test_the_team_in_possession_attacks_right(tmp_path):
    right = snaps.examples([write(tmp_path)], options(), 11).windows
    left = snaps.examples([write(tmp_path, direction="left")], options(), 11).windows
    np.testing.assert_allclose(left.ball[..., 0], right.ball[..., 0], atol=1e-3)


def test_nothing_later_is_seen(tmp_path):
    here = snaps.examples([write(tmp_path)], options(after_s=1.5), 20).windows
    xy = play("right")
    xy[SNAP + 16 :] += 700
    later = snaps.examples([write(tmp_path, xy=xy)], options(after_s=1.5), 20).windows
    np.testing.assert_array_equal(here.xy, later.xy)
    np.testing.assert_array_equal(here.ball, later.ball)
    xy[SNAP + 15 :] += 700
    assert not np.array_equal(here.xy, snaps.examples([write(tmp_path, xy=xy)], options(after_s=1.5), 20).windows.xy)


def test_before_the_snap_and_moved(tmp_path):
    found = snaps.examples([write(tmp_path, ("pass",))], options(before_s=1.5, moved_s=0.2), 36)
    w = found.windows
    assert found.kind.tolist() == [EVENT, MOVED, MOVED]
    assert (w.frame - SNAP).tolist() == [20, 18, 22]
    assert (w.first_frame - SNAP).tolist() == [-15, -17, -13]
    assert w.request.tolist() == [0, 0, 0]
    assert not w.present[0, :, :5].any()  # the clip begins 1 s before the snap
    assert w.present[0, :, 5:].all()


@pytest.mark.parametrize(
    ("tags", "snap"),
    [
        ((("ball_snap", 2), ("ball_snap", SNAP)), SNAP),
        ((("snap_direct", SNAP), ("kickoff", 3)), SNAP),
        ((("kickoff", SNAP),), SNAP),
    ],
)
def test_which_frame_is_the_snap(tmp_path, tags, snap):
    assert snaps.examples([write(tmp_path, ("pass",), tags=tags)], options(), 11).facts["snap"].tolist() == [snap]


def test_classes(tmp_path):
    kinds = ("pass", "kickoff", "punt", "two_point", "rush")
    three = snaps.examples([write(tmp_path, kinds)], options(kinds="three"), 11)
    assert (three.names, three.windows.label.tolist()) == (("pass", "rush", "kick"), [0, 2, 2, 1])
    assert three.windows.request.tolist() == [0, 1, 2, 4]
    assert three.refused == {"two_point neither thrown nor run": 1}
    for tag, label in (("pass_forward", 0), ("handoff", 1)):
        path = write(tmp_path, kinds, tags=(("ball_snap", SNAP), (tag, 12)))
        two = snaps.examples([path], options(), 11)
        assert two.windows.label.tolist() == [0, label, 1]
        assert two.refused == {"kickoff, no class of these": 1, "punt, no class of these": 1}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tags": (("handoff", 3),)}, "no plays to learn from.*2 no snap tagged"),
        ({"tags": (("ball_snap", 30),)}, "2 key player not seen"),
        ({"xy": np.full((T, 23, 2), -32768, np.int16)}, "2 nobody of the team in possession"),
        ({"kinds": ("punt",)}, "1 punt, no class"),
    ],
)
def test_nothing_to_learn_from(tmp_path, changes, says):
    with pytest.raises(DataError, match=says):
        snaps.examples([write(tmp_path, **changes)], options(), 11)


def test_bad_input(tmp_path):
    assert snaps.find(tmp_path) == snaps.find(tmp_path / "none") == []
    with pytest.raises(DataError, match="no such file"):
        snaps.examples([tmp_path / "ngs.npz"], options(), 11)
    with pytest.raises(DataError, match="no plays"):
        snaps.examples([], options(), 11)
    path = write(tmp_path)
    with pytest.raises(DataError, match="1 samples"):
        snaps.examples([path], options(), 1)
    table = tmp_path / "plays.csv"
    table.write_text(table.read_text().replace("play_type", "kind"))
    with pytest.raises(DataError, match="play_type"):
        snaps.examples([path], options(), 11)
    table.unlink()
    with pytest.raises(DataError, match=r"plays.csv: no such file"):
        snaps.examples([path], options(), 11)
    with pytest.raises(ValidationError):
        options(kinds="four")


@pytest.mark.real
def test_the_real_plays(real_data):
    files = snaps.find(real_data)
    three = snaps.examples(files, options(kinds="three"), 16)
    w = three.windows
    assert (len(three), np.bincount(w.label).tolist(), len(w.games), three.refused) == (432, [331, 85, 16], 263, {})
    assert w.present.all()
    assert w.ball_present.all()
    assert (w.last_frame - three.facts["snap"] == 20).all()
    # a snap goes backwards, a kick-off forwards
    gone = w.ball[:, 8, 0] - w.ball[:, 0, 0]
    assert (gone[three.facts["play_type"] != "kickoff"] < 0.01).mean() > 0.99
    assert (gone[three.facts["play_type"] == "kickoff"] > 0).all()
    two = snaps.examples(files, options(), 16)
    assert np.bincount(two.windows.label).tolist() == [331, 85]
    assert len(two.windows.games) == 255
