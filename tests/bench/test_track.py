"""The benchmark of footage: how boxes are spoilt, and its page."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.bench import _footage, _sportsmot, track
from sportsai.video.score import counted
from tests.video.test_follow import walkers


def test_boxes_are_spoilt_as_is_said() -> None:
    true, who = walkers([(100 + 150 * k, 200 + 60 * k) for k in range(6)], [(1, 0)] * 6, 500)
    true.track = who
    boxes, whose = _sportsmot.degraded(true, 0.4, np.random.default_rng(0))
    real = whose >= 0
    left = 1 - 0.4 - 0.6 * 2 * _sportsmot.GAP / 500  # two gaps in twenty seconds
    assert real.sum() / len(true) == pytest.approx(left, abs=0.02)
    assert (~real).sum() / real.sum() == pytest.approx(_sportsmot.FALSE, abs=0.01)
    index = {(f, k): n for n, (f, k) in enumerate(zip(true.frame.tolist(), true.track.tolist(), strict=True))}
    rows = [index[f, k] for f, k in zip(boxes.frame[real].tolist(), whose[real].tolist(), strict=True)]
    off = (boxes.xyxy[real, :2] - true.xyxy[rows, :2]) / [40, 100]
    assert np.abs(off.std(0) - _sportsmot.JITTER).max() < 0.005
    known = boxes.take(real)
    known.track = whose[real]
    assert counted(true, known).precision > 0.99


def test_missing_data_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_footage, "data_folder", lambda: None)
    rows = track.run(quick=True)
    assert [r["task"] for r in rows] == list(track.PARTS) and all("Not measured" in r["say"] for r in rows)
    assert "Not measured" in "\n".join(track.page(rows))
