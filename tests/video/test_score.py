"""HOTA, IDF1, MOTA: by hand, and beside an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.video.follow import Boxes, overlap
from sportsai.video.score import counted, total
from tests.video.test_follow import walkers


def two() -> Boxes:
    boxes, who = walkers([(0, 0), (300, 0)], [(1, 0), (1, 0)], 10)
    boxes.track = who
    return boxes


def test_the_truth_scores_one() -> None:
    c = counted(two(), two())
    assert (c.recall, c.precision, c.idf1, c.mota, c.hota_mean) == (1, 1, 1, 1, 1)


def test_a_swap_half_way_by_hand() -> None:
    found = two()
    found.track = np.where(found.frame >= 5, 1 - found.track, found.track)
    c = counted(two(), found)
    assert (c.recall, c.precision, c.switches) == (1, 1, 2)
    assert c.idf1 == pytest.approx(2 * 10 / 40) and c.mota == pytest.approx(1 - 2 / 20)
    assert c.hota_mean == pytest.approx(np.sqrt(5 / 15))  # each match shares 5 of 10 + 10 - 5 frames


def test_half_missed_and_nothing_found() -> None:
    half = two().take(two().track == 0)
    c = counted(two(), half)
    assert (c.recall, c.precision, c.idf1, c.mota) == (0.5, 1, pytest.approx(2 / 3), 0.5)
    assert c.hota_mean == pytest.approx(np.sqrt(0.5))
    none = counted(two(), two().take(np.zeros(0, int)))
    assert (none.recall, none.idf1, none.mota, none.hota_mean) == (0, 0, 0, 0)
    both = total([c, none])
    assert both.true == 40 and both.recall == 0.25


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_idf1_and_mota_are_those_of_another_implementation(seed: int) -> None:
    import motmetrics

    rng = np.random.default_rng(seed)
    true, who = walkers(
        [tuple(p) for p in rng.uniform(0, 300, (4, 2))], [tuple(p) for p in rng.normal(0, 3, (4, 2))], 30
    )
    true.track = who
    found = true.take(rng.random(len(true)) < 0.8)
    found.xyxy = found.xyxy + rng.normal(0, 6, (len(found), 2)).repeat(2, 0).reshape(-1, 4)[: len(found)]
    found.track = np.where(rng.random(len(found)) < 0.1, rng.integers(0, 6, len(found)), found.track)
    _, once = np.unique(found.frame * 100 + found.track, return_index=True)
    found = found.take(once)
    acc = motmetrics.MOTAccumulator(auto_id=True)
    for t in range(30):
        a, b = true.take(true.frame == t), found.take(found.frame == t)

        near = overlap(a.xyxy, b.xyxy)
        acc.update(a.track, b.track, np.where(near >= 0.5, 1 - near, np.nan))
    said = motmetrics.metrics.create().compute(acc, metrics=["idf1", "mota", "recall", "precision"]).iloc[0]
    c = counted(true, found)
    assert c.idf1 == pytest.approx(said["idf1"]) and c.recall == pytest.approx(said["recall"], abs=0.02)
    assert c.mota == pytest.approx(said["mota"], abs=0.03)  # who is matched first in a frame may differ


def spoilt(seed: int) -> tuple[Boxes, Boxes]:
    """Return six people and what a poor tracker makes of them."""
    rng = np.random.default_rng(seed)
    true, who = walkers(
        [tuple(p) for p in rng.uniform(0, 300, (6, 2))], [tuple(p) for p in rng.normal(0, 3, (6, 2))], 60
    )
    true.track = who
    found = true.take(rng.random(len(true)) < 0.8)
    found.xyxy = found.xyxy + rng.normal(0, 6, (len(found), 1))
    found.track = np.where(rng.random(len(found)) < 0.05, rng.integers(0, 9, len(found)), found.track)
    _, once = np.unique(found.frame * 100 + found.track, return_index=True)
    return true, found.take(once)


# what trackeval 1.3.0 (github.com/JonathonLuiten/TrackEval) says of these very boxes: HOTA, IDF1, MOTA. It is not
# installed here: it brings a second OpenCV with it
TRACKEVAL = {
    1: (0.5175261976317923, 0.7465007776049767, 0.5583333333333333),
    2: (0.5488540999116513, 0.8012422360248447, 0.6444444444444445),
}


@pytest.mark.parametrize("seed", TRACKEVAL)
def test_hota_is_that_of_its_authors(seed: int) -> None:
    c = counted(*spoilt(seed))
    assert (c.hota_mean, c.idf1, c.mota) == pytest.approx(TRACKEVAL[seed], abs=1e-12)
