"""Tracks refuse what cannot be, in one line that says where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.data import Tracks, events_frame, game_id
from sportsai.errors import DataError, ShapeError
from tests.conftest import make_game, make_tracks


def broken(**changes: object) -> DataError:
    with pytest.raises(DataError) as caught:
        replace(make_tracks(T=10), **changes)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return caught.value


def changed(name: str, index: object, value: object) -> np.ndarray:
    array = getattr(make_tracks(T=10), name).copy()
    array[index] = value
    return array


def test_time_and_frames() -> None:
    assert "the frame rate is 0" in str(broken(rate_hz=0))
    assert "the frame rate is 10000000000" in str(broken(rate_hz=10**10))
    assert "frame 3 appears twice" in str(broken(frame=changed("frame", 4, 3)))
    assert "frame 1 comes after frame 4" in str(broken(frame=changed("frame", 5, 1)))
    assert "time runs backwards at frame 5 (0.40 s, then 0.10 s, period 1)" in str(broken(t_s=changed("t_s", 5, 0.1)))
    assert "frame 5 has no time" in str(broken(t_s=changed("t_s", 5, np.nan)))


def test_positions() -> None:
    assert "a player position at frame 2 is not a finite number" in str(broken(xy=changed("xy", (2, 1, 0), np.nan)))
    assert "a ball position at frame 2 is not a finite number" in str(
        broken(ball_xy=changed("ball_xy", (2, 0), np.inf))
    )
    absent = changed("present", (2, 1), False)
    replace(make_tracks(T=10), present=absent, xy=changed("xy", (2, 1, 0), np.nan))  # absent: whatever stands there


def test_shapes() -> None:
    with pytest.raises(ShapeError, match=r"tracks.present has shape \(9, 6\); expected \(10, 6\)"):
        replace(make_tracks(T=10), present=np.ones((9, 6), bool))


def test_rows_and_cut() -> None:
    tracks = make_tracks(T=10)
    tracks = replace(tracks, frame=(np.arange(10) * 2 + 100).astype(np.int32))
    assert tracks.rows(np.array([100, 101, 118, 5, 500])).tolist() == [0, -1, 9, -1, -1]
    assert tracks.cut(2, 5).frame.tolist() == [104, 106, 108]
    assert tracks.slot_of("a1") == 4
    assert tracks.slot_of("nobody") == -1


def test_a_team_without_players_is_refused() -> None:
    tracks = make_tracks()
    home_only = Tracks(
        **{
            **{n: getattr(tracks, n) for n in ("rate_hz", "frame", "period", "t_s", "ball_xy", "ball_present")},
            "xy": tracks.xy[:, :3],
            "present": tracks.present[:, :3],
            "slots": tracks.slots[:3],
        }
    )
    with pytest.raises(DataError, match='team "Away City" of game made-up has no players'):
        make_game(home_only)


def test_ids_are_folder_names() -> None:
    assert game_id("DFL-MAT-J03WMX") == "DFL-MAT-J03WMX"
    assert game_id("../../etc/passwd") == "etc-passwd"
    with pytest.raises(DataError, match="cannot be a game id"):
        game_id("///")
    for name in ("../x", "x\n", "a/b", ""):
        with pytest.raises(DataError, match="is not usable"):
            make_game(game_id=name)


def test_events_have_every_column_in_order_of_time() -> None:
    events = events_frame({"frame": [9, 5], "t_s": [0.9, 0.5], "type": ["b", "a"]})
    assert events["type"].tolist() == ["a", "b"]
    assert events["end_frame"].tolist() == [6, 10]
    with pytest.raises(DataError, match="events have a column 'colour'"):
        events_frame({"colour": [1]})
    with pytest.raises(DataError, match="cannot be read as int8"):
        events_frame({"period": ["first"], "frame": [1]})


@pytest.mark.parametrize("height", [2e6, np.inf, -np.inf])
def test_a_ball_in_space_is_refused(height: float) -> None:
    arrays = {k: getattr(make_tracks(), k) for k in make_tracks().__dataclass_fields__}
    arrays["ball_z"] = arrays["ball_z"].copy()
    arrays["ball_z"][3] = height
    with pytest.raises(DataError, match="m high at frame 3"):
        Tracks(**arrays)


@pytest.mark.parametrize("size", [1e306, 10_500.0, -1.0, np.nan])
def test_a_court_of_no_possible_size_is_refused(size: float) -> None:
    with pytest.raises(DataError, match="the court of game made-up measures"):
        make_game(court_width_m=size)
