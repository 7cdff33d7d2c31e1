"""What is kept of a game while it is played, what is left out of it, and who attacks where."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from sportsai.data import AWAY, HOME, Player, Team
from sportsai.live.direction import Directions
from sportsai.live.feeds import Head, Sample
from sportsai.live.stretch import Stretch

ROSTER = tuple(
    Player(f"{'ha'[s]}{i}", f"{'ha'[s]}{i}", s, position="GK" if i == 0 else "CM") for s in (0, 1) for i in range(3)
)
HEAD = Head("g", "soccer", (Team("1", "A"), Team("2", "B")), ROSTER, 105.0, 68.0, Fraction(10), "lines")


def sample(frame: int, period: int = 1, t_s: float | None = None, x: dict[str, float] | None = None) -> Sample:
    x = {"h0": -40.0, "a0": 40.0, "h1": 0.0} if x is None else x
    t_s = frame / 10 if t_s is None else t_s
    side = tuple("ha".index(w[0]) if w[0] in "ha" else HOME for w in x)
    xy = np.array([[v, 0] for v in x.values()], np.float32).reshape(-1, 2)
    return Sample(frame, period, t_s, tuple(x), side, tuple(w[0] in "ha" for w in x), xy, np.zeros(2, np.float32))


def stretch(given: str | None = "right", kept_s: float = 180) -> Stretch:
    return Stretch(HEAD, Directions(given), kept_s)


def test_frames_that_do_not_fit_are_left_out_and_counted() -> None:
    s = stretch()
    taken = [
        s.add(f)
        for f in (
            *(sample(10), sample(11), sample(11), sample(9), sample(12, t_s=0.5), sample(15), sample(16, 0, np.nan)),
            *(sample(17, 2, 0.0), sample(18, 1, 9.0), sample(19, 2, float("nan")), sample(20, 2, 0.3)),
        )
    ]
    assert taken == [True, True, False, False, False, True, True, True, False, False, True]
    assert s.counts == {
        "frames that came twice": 1, "frames out of order": 1, "frames whose clock ran backwards": 1, "gaps": 2,
        "frames missing in gaps": 5, "frames of a period that was over": 2,
    }  # fmt: skip
    tracks = s.window(0).tracks
    assert tracks.frame.tolist() == [10, 11, 15, 16, 17, 20]
    assert tracks.period.tolist() == [1, 1, 1, 0, 2, 2]
    assert np.isnan(tracks.t_s[3])


def test_a_window_has_the_people_seen_in_it() -> None:
    s = stretch()
    s.add(sample(0, x={"h0": -40, "track 0 5": 3}))
    s.add(sample(1, x={"a1": 7, "track 0 9": 4}))
    whole, last = s.window(0), s.window(1)
    assert [slot.player_id for slot in whole.tracks.slots] == ["h0", "a1", None, None]
    assert [slot.player_id for slot in last.tracks.slots] == ["a1", None]
    assert whole.uid[[1, 3]].tolist() == last.uid.tolist()
    assert last.tracks.xy[0, :, 0].tolist() == [7, 4] and last.first == 1
    assert s.window(0).game.periods[0].attacks_right == HOME


def test_memory_does_not_grow_with_the_match() -> None:
    s = stretch(kept_s=20)
    for f in range(6000):
        s.add(sample(f, x={"h0": -40, "a0": 40, f"track 0 {f}": 1.0}))
        early = s.drop(f - 50)
        assert not early and s.end - s.first <= 52
    assert len(s._uid) == len(s._slot) < 500
    for f in range(6000, 6400):
        s.add(sample(f))
    assert s.drop(0)  # nobody let go: the oldest frames go too early, and it is said
    assert s.end - s.first == 200


def test_keepers_settle_the_direction_and_nobody_else_at_once() -> None:
    s = stretch(None)
    for f in range(49):
        s.add(sample(f))
    assert not s.directions.settled(1)
    s.add(sample(49))
    assert s.directions.attacks_right(1) == HOME and s.directions.after_s == {1: 5.0}
    assert s.directions.found[1].by == "goalkeepers"
    s = stretch(None)
    for f in range(700):
        s.add(sample(f, x={"h1": 12.0, "h2": 3.0, "a1": -5.0, "a2": -1.0}))
    assert s.directions.attacks_right(1) == AWAY and s.directions.after_s == {1: 60.0}
    assert s.directions.found[1].by == "mean positions"


def test_what_positions_do_not_show_is_the_first_half_turned_or_unknown() -> None:
    s = stretch(None)
    for f in range(100):
        s.add(sample(f))
    for f in range(100, 1400):
        s.add(sample(f, 2, (f - 100) / 10, {"h1": 0.0, "a1": 0.0}))
    assert s.directions.attacks_right(2) == AWAY
    assert (s.directions.found[2].by, s.directions.after_s[2]) == ("the first period", 120.0)
    s = stretch(None)
    for f in range(300):
        s.add(sample(f, x={"h1": 0.0, "a1": 0.0}))
    s.add(sample(300, 2, 0.0))  # the first period is over: by all there was
    assert s.directions.settled(1) and s.directions.attacks_right(1) is None
    assert s.directions.found[1].by == "nothing"


@pytest.mark.parametrize(("given", "sides"), [("right", [HOME, AWAY]), ("left", [AWAY, HOME])])
def test_what_was_said_turns_with_each_period(given: str, sides: list[int]) -> None:
    s = stretch(given)
    s.add(sample(0))
    s.add(sample(1, 2, 0.0))
    assert [s.directions.attacks_right(n) for n in (1, 2)] == sides
    assert [p.attacks_right for p in s.window(0).game.periods] == sides
    assert replace(s.directions.found[1], attacks_right=None).by == "what was said"
