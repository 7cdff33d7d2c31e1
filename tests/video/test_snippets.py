"""Clips as arrays: which frames they ask for by hand, flow of a known pan, snippets by hand, what cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.errors import DataError
from sportsai.video.decode import Counter, look
from sportsai.video.snippets import Reading, flow_between, picked, plan, read
from tests.video.films import greys, view, write

SMALL = Reading(pictures=4, height=48, width=64, snippets=3, fields=2, longest=2)


def number_of(image: np.ndarray) -> int:
    return round((float(image.mean()) - 20) / 5)


def test_pictures_lie_evenly_in_a_clip_and_fields_about_its_middle(tmp_path: Path) -> None:
    """1 s at 25 Hz from frame 10 on: eighths of 25 frames; 2 x 2 + 2 fields about frame 22."""
    footage = look(write(tmp_path / "a.mp4", greys(40)))
    p = plan(footage, 0.4, 1.4, SMALL)
    assert p.pictures.tolist() == [13, 19, 25, 31]
    assert p.flow.tolist() == [19, 20, 21, 22, 23, 24, 25]
    assert (p.first, p.last) == (13, 31)


def test_a_short_clip_has_the_fields_it_has(tmp_path: Path) -> None:
    footage = look(write(tmp_path / "a.mp4", greys(40)))
    p = plan(footage, 0.4, 0.52, SMALL)
    assert p.flow.tolist() == [10, 11, 12] and p.pictures.tolist() == [10, 11, 11, 12]


def test_fast_footage_is_seen_as_often_as_slow(tmp_path: Path) -> None:
    footage = look(write(tmp_path / "a.mkv", greys(40), [20 * n for n in range(40)]))
    assert np.diff(plan(footage, 0.0, 0.8, SMALL).flow).tolist() == [2] * 6


def test_clips_are_the_frames_asked_for_and_no_others_are_decoded(tmp_path: Path) -> None:
    """Two overlapping clips and one far off: what they share is decoded once, from the key frame (every tenth) on."""
    footage = look(write(tmp_path / "a.mp4", greys(46)))
    plans = [plan(footage, 1.6, 1.84, SMALL), plan(footage, 0.0, 0.4, SMALL), plan(footage, 0.2, 0.6, SMALL)]
    counter = Counter()
    got = dict(read(footage, plans, SMALL, counter))
    assert [[number_of(i) for i in got[k].pictures] for k in (1, 2)] == [[1, 3, 6, 8], [6, 8, 11, 13]]
    assert [number_of(i) for i in got[0].pictures] == plans[0].pictures.tolist()
    assert counter.decoded == 14 + plans[0].last - 40 + 1 and not counter.lost
    assert got[0].flow.shape == (5, 2, 48, 64) and np.abs(got[0].flow).max() < 0.5


def test_flow_of_a_pan_is_the_pan() -> None:
    """The camera pans 3 px to the right: the floor moves 3 to the left, and by as much up as it is tilted."""
    before, after = view(0, 128, 72), view(3, 128, 72)
    flow = flow_between(before, after)[:, 8:-8, 8:-8].astype(np.float32)
    assert np.median(flow[0]) == pytest.approx(-3, abs=0.1) and np.median(flow[1]) == pytest.approx(0, abs=0.1)
    up = flow_between(view(0, 128, 72), view(0, 128, 80)[2:74])[:, 8:-8, 8:-8].astype(np.float32)
    assert np.median(up[1]) == pytest.approx(-2, abs=0.1)


def test_snippets_by_hand() -> None:
    """Six fields: middles 2.5 and an interval of 2 apart, two fields each; at 1 they overlap; far off, the ends repeat.
    u and v of a field lie side by side."""
    flow = np.stack([np.full((2, 2, 3), n) for n in range(6)]).astype(np.float16)
    flow[:, 1] += 100
    assert picked(flow, SMALL, 2)[:, ::2, 0, 0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert picked(flow, SMALL, 1)[:, ::2, 0, 0].tolist() == [[1, 2], [2, 3], [3, 4]]
    assert picked(flow, SMALL, 4)[:, :, 0, 0].tolist() == [[0, 100, 0, 100], [2, 102, 3, 103], [5, 105, 5, 105]]
    assert picked(flow[:1], SMALL, 3).shape == (3, 4, 2, 3)


@pytest.mark.parametrize("span", [(0.4, 0.41), (5.0, 6.0), (1.0, 0.5)])
def test_a_clip_that_holds_no_two_frames(tmp_path: Path, span: tuple[float, float]) -> None:
    footage = look(write(tmp_path / "a.mp4", greys(40)))
    with pytest.raises(DataError, match="expected two or more"):
        plan(footage, *span, SMALL)


@pytest.mark.parametrize("options", [{"height": 16}, {"pictures": 0}, {"fields": 0}])
def test_readings_that_make_no_sense(options: dict[str, int]) -> None:
    with pytest.raises(DataError):
        Reading(**options)
