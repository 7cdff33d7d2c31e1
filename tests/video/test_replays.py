"""Replays: told where all people stand again where they stood, and go on so; not where they merely stand still."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sportsai.video.follow import Boxes
from sportsai.video.replays import _onward, parted, replayed

SIZE, RATE = (1280, 720), 12.5


def walks(rows: int, people: int, seed: int, still: bool = False) -> np.ndarray:
    """Return where people's feet are, (rows, people, 2) pixels."""
    rng = np.random.default_rng(seed)
    begins = rng.uniform((100, 250), (1180, 650), (people, 2))
    step = (
        np.zeros((rows, people, 2)) if still else rng.normal(0, 6, (1, people, 2)) + rng.normal(0, 1, (rows, people, 2))
    )
    return np.clip(begins + np.cumsum(step, 0), (20, 120), (1260, 710))


def boxes_of(feet: list[np.ndarray], missed: float = 0.0, seed: int = 9) -> Boxes:
    """Return boxes 40 x 90 over feet, a little shaken, some missed."""
    rng = np.random.default_rng(seed)
    frame = np.repeat(np.arange(len(feet)), [len(f) for f in feet])
    at = np.concatenate([*feet, np.zeros((0, 2))]) + rng.normal(0, 1.5, (len(frame), 2))
    feet_of, head = np.array([20.0, 0.0]), np.array([-20.0, -90.0])
    xyxy = np.hstack((at + head, at + feet_of))
    keep = rng.random(len(frame)) >= missed
    return Boxes.of(frame[keep], xyxy[keep], np.full(keep.sum(), 0.8))


def cuts(*lengths: int) -> np.ndarray:
    out = np.zeros(sum(lengths), bool)
    out[np.cumsum([0, *lengths[:-1]])] = True
    return out


@pytest.mark.parametrize("speed", [0.5, 1.0])
def test_a_replay_is_told_at_any_speed(speed: float) -> None:
    live, later = walks(125, 14, 1), walks(100, 14, 2)
    slow = live[(40 + np.arange(round(50 / speed)) * speed).astype(int)]
    close = [np.zeros((0, 2))] * 12
    feet = [*live, *close, *slow, *close, *later]
    cut = cuts(125, 12, len(slow), 12, 100)
    told = replayed(boxes_of(feet, missed=0.06), np.arange(len(feet)) / RATE, cut, SIZE)
    true = np.zeros(len(feet), bool)
    true[137 : 137 + len(slow)] = True
    assert told[~true].sum() == 0 and told[true].mean() == 1.0


def test_people_who_stand_still_are_no_replay() -> None:
    still = walks(1, 14, 3, still=True)
    feet = [*np.repeat(still, 100, 0), *[np.zeros((0, 2))] * 12, *np.repeat(still, 100, 0)]
    assert not replayed(boxes_of(feet), np.arange(len(feet)) / RATE, cuts(100, 12, 100), SIZE).any()
    other = [*walks(100, 14, 4), *[np.zeros((0, 2))] * 12, *walks(100, 14, 5)]
    assert not replayed(boxes_of(other), np.arange(len(other)) / RATE, cuts(100, 12, 100), SIZE).any()
    few = walks(60, 3, 6)  # three people tell nothing
    assert not replayed(boxes_of([*few, *few]), np.arange(120) / RATE, cuts(60, 60), SIZE).any()
    none: Any = Boxes.of(np.zeros(0, np.int64), np.zeros((0, 4)))
    assert not replayed(none, np.zeros(0), np.zeros(0, bool), SIZE).any()


def test_what_goes_on_is_one_stretch_over_a_single_miss() -> None:
    assert _onward(np.array([-1, 3, 4, -1, 5, 2, 3, -1, -1, 4])) == [(1, 4), (5, 6), (9, 9)]
    assert _onward(np.array([-1, -1])) == []


def test_nobody_is_followed_into_a_replay_or_out_of_it() -> None:
    from sportsai.video.watch import Seen

    n = 6
    lines: Any = SimpleNamespace()
    seen = Seen(
        np.arange(n), np.arange(n) / RATE, np.tile(np.eye(3), (n, 1, 1)), np.array([False] + [True] * 5),
        np.array([True] + [False] * 5), boxes_of([]), np.zeros((0, 3)), np.zeros((0, 2)), 0, 1, lines, np.zeros((0, 4)),
        np.zeros(0, np.int64),
    )  # fmt: skip
    own = parted(seen, np.array([False, False, True, True, False, False]))
    assert own.shot.tolist() == [0, 0, 1, 1, 2, 2] and own.follows.tolist() == [False, True, False, True, False, True]
