"""Who in one frame is who in the next, and broken tracks joined: people made up, walking straight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.video.follow import Boxes, Rules, follow, overlap, pairs, supported
from sportsai.video.join import Links, filled, join, restored, stilled

RATE = 25.0


def walkers(
    starts: list[tuple[float, float]], paces: list[tuple[float, float]], frames: int = 100
) -> tuple[Boxes, np.ndarray]:
    """Return the boxes, 40 x 100 pixels, of people who walk straight, and whose each is."""
    n = np.arange(frames)
    each = []
    for (x, y), (vx, vy) in zip(starts, paces, strict=True):
        at = np.stack([x + vx * n, y + vy * n], -1)
        each.append(np.concatenate([at, at + np.array([40, 100])], 1))
    who = np.repeat(np.arange(len(starts)), frames)
    return Boxes.of(np.tile(n, len(starts)), np.concatenate(each)), who


def purity(track: np.ndarray, who: np.ndarray) -> float:
    """Return the share of boxes whose track is of one person and whose person is of one track."""
    return float(np.mean([len(set(who[track == k])) == 1 and len(set(track[who == w])) == 1
                          for k, w in zip(track, who, strict=True)]))  # fmt: skip


def test_overlap_by_hand() -> None:
    a = np.array([[0.0, 0, 10, 10]])
    b = np.array([[5.0, 0, 15, 10], [20, 0, 30, 10], [0, 0, 10, 10]])
    assert overlap(a, b)[0].tolist() == pytest.approx([50 / 150, 0, 1])
    assert overlap(a, b[1:2], grown=0.5)[0, 0] == 0  # 20 wide each now: they touch, no more
    assert overlap(a, b[1:2], grown=1.0)[0, 0] == pytest.approx(10 * 30 / (2 * 900 - 300))


def test_pairs_are_the_best_together_not_one_by_one() -> None:
    assert pairs(np.array([[0.9, 0.8], [0.8, 0.1]]), 0.2) == [(0, 1), (1, 0)]
    assert pairs(np.array([[0.9, 0.1], [0.1, 0.1]]), 0.2) == [(0, 0)]
    assert pairs(np.zeros((0, 3)), 0.2) == []


def test_people_who_cross_keep_their_tracks() -> None:
    boxes, who = walkers([(100, 200), (500, 205), (300, 600)], [(4, 0), (-4, 0), (0, -1)])
    told, rows = follow(boxes, RATE)
    assert len(told) == len(boxes) and purity(told.track, who[rows]) == 1.0
    assert np.array_equal(boxes.xyxy[rows], told.xyxy)


def test_the_camera_pans_and_people_stay_who_they_are() -> None:
    boxes, who = walkers(
        [(100, 200), (160, 200), (220, 200)], [(30, 0)] * 3, 40
    )  # 30 pixels a frame: near a box's width
    cameras = {t: np.array([[1.0, 0, 30], [0, 1, 0], [0, 0, 1]]) for t in range(1, 40)}
    told, rows = follow(boxes, RATE, cameras=cameras)
    assert purity(told.track, who[rows]) == 1.0
    lost, rows = follow(boxes, RATE)
    assert purity(lost.track, who[rows]) < 1.0  # not told, each is taken for the next


def test_a_weak_box_goes_on_a_track_and_begins_none() -> None:
    boxes, _ = walkers([(100, 200)], [(2, 0)], 20)
    boxes.score[10:] = 0.15
    told, _ = follow(boxes, RATE, Rules(high=0.3, low=0.1))
    assert len(told) == 20 and len(set(told.track)) == 1
    boxes.score[:] = 0.15
    assert len(follow(boxes, RATE)[0]) == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 0.4))
def test_a_frame_has_a_track_once_whatever_is_dropped(seed: int, drop: float) -> None:
    rng = np.random.default_rng(seed)
    boxes, _ = walkers(
        [tuple(p) for p in rng.uniform(0, 600, (5, 2))], [tuple(p) for p in rng.normal(0, 4, (5, 2))], 40
    )
    boxes = boxes.take(rng.random(len(boxes)) >= drop)
    told, rows = follow(boxes, RATE)
    assert len(set(zip(told.frame.tolist(), told.track.tolist(), strict=True))) == len(told) == len(set(rows.tolist()))
    joined, kept = join(told, RATE, Links(least_s=0.0))
    assert len(joined) == len(told) == len(kept)
    assert len(set(zip(joined.frame.tolist(), joined.track.tolist(), strict=True))) == len(joined)


def test_a_second_away_is_bridged_and_filled() -> None:
    boxes, who = walkers([(100, 200), (700, 500), (100, 800)], [(3, 0), (-3, 0), (2, -2)], 100)
    hidden = (who == 0) & (boxes.frame >= 40) & (boxes.frame < 65)
    boxes, who = boxes.take(~hidden), who[~hidden]
    told, rows = follow(boxes, RATE)
    assert len(set(told.track[who[rows] == 0])) == 2
    joined, kept = join(told, RATE)
    assert purity(joined.track, who[rows][kept]) == 1.0
    whole = filled(joined, RATE)
    assert whole.filled.sum() == 25 and len(whole) == 300
    gap = whole.take(whole.filled)
    assert np.allclose(np.sort(gap.xyxy[:, 0]), 100 + 3 * np.arange(40, 65), atol=6)


def test_two_who_wear_different_shirts_are_not_joined() -> None:
    a, _ = walkers([(100, 200)], [(0, 0)], 30)
    b, _ = walkers([(100, 200)], [(0, 0)], 30)
    b.frame += 45
    other, _ = walkers([(500, 200)], [(0, 0)], 75)
    boxes = Boxes.of(
        np.concatenate([a.frame, b.frame, other.frame]), np.concatenate([a.xyxy, b.xyxy, other.xyxy]), None,
        np.repeat([0, 1, 2], [30, 30, 75]),
    )  # fmt: skip
    red, blue = np.array([50.0, 60, 40]), np.array([40.0, 10, -60])
    assert len(set(join(boxes, RATE, looks={0: red, 1: red})[0].track)) == 2
    assert len(set(join(boxes, RATE, looks={0: red, 1: blue})[0].track)) == 3


def test_what_all_do_together_is_the_camera() -> None:
    boxes, who = walkers([(100, 200), (300, 200), (500, 300)], [(5, 1), (5, 1), (9, 1)], 50)
    boxes.track = who
    moved = stilled(boxes)
    assert np.allclose(np.diff(moved, axis=0)[2:-2], [5, 1])


def test_who_is_seen_once_is_nobody() -> None:
    boxes, _ = walkers([(100, 200)], [(2, 0)], 20)
    lone = Boxes.of(np.array([7]), np.array([[500.0, 500, 540, 600]]))
    both = Boxes.of(np.append(boxes.frame, lone.frame), np.concatenate([boxes.xyxy, lone.xyxy]))
    assert len(supported(both, RATE)) == 20
    whole = restored(both.take(np.r_[0:8, 12:21]), RATE, links=Links(least_s=0.2))
    assert len(whole) == 20 and whole.filled.sum() == 4 and len(set(whole.track)) == 1
    assert len(restored(lone, RATE)) == 0


def test_nobody_is_nobody() -> None:
    none = Boxes.of(np.zeros(0, np.int64), np.zeros((0, 4)))
    assert len(follow(none, RATE)[0]) == len(join(none, RATE)[0]) == len(filled(none, RATE)) == 0
