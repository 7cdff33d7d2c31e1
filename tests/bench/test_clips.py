"""The benchmark of models of clips: kinds of play and layouts by hand, its parts, and what is said without data."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sportsai.bench import _footage, clips
from sportsai.bench._clip_features import AT, BOXES, LAYOUT, READS, layout
from sportsai.bench._rendered_clips import KINDS, kind_of, moments


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (np.linspace(10, -10, 7), "goes left"), (np.linspace(-3, 9, 7), "goes right"),
        (np.full(7, -8.0), "stays left"), (np.full(7, 8.0), "stays right"), (np.zeros(7), None),
        (np.linspace(2, 6, 7), None), (np.array([1, 2, np.nan, 4, 5, 6, 7.0]), None),
    ],
)  # fmt: skip
def test_a_kind_is_where_the_ball_went(x: np.ndarray, kind: str | None) -> None:
    """Samples half a second apart from -0.5 to 2.5 s; what counts lies between 0 and 2 s."""
    found = kind_of(np.arange(7) / 2 - 0.5, x, 0.0)
    assert (None if found is None else KINDS[found]) == kind


def test_a_stopped_clock_is_no_clip() -> None:
    t = np.array([-0.5, 0.0, 0.5, 1.5, 2.0, 2.5])
    assert kind_of(t, np.full(6, 8.0), 0.0) is None and kind_of(t[:-2], np.full(4, 8.0), 0.0) is None


def test_moments_lie_apart_and_no_kind_has_more_than_are_asked_for() -> None:
    t = np.arange(400) / 2
    x = np.where((t // 20) % 2 == 0, 9.0, -9.0)
    tracks = SimpleNamespace(
        period=np.ones(400), t_s=t + 3.1, ball_present=np.ones(400, bool), ball_xy=np.stack([x, x * 0], 1)
    )
    found = moments(SimpleNamespace(tracks=tracks), 4)
    kinds = [k for _, k in found]
    assert kinds.count(2) == kinds.count(3) == 4 and kinds.count(0) <= 4
    assert np.diff([s for s, _ in found]).min() >= 4.0
    assert all(x[np.searchsorted(t, s)] == (-9 if k == 2 else 9) for s, k in found if k > 1)


def test_people_stand_from_left_to_right_in_a_layout() -> None:
    """Two boxes in a picture of 200 x 100: middles 150 and 30, feet 80 and 60."""
    said = layout(np.array([[140.0, 40, 20, 40], [20, 20, 20, 40]]), 200.0, 100.0)
    assert said[:8] == pytest.approx([0.15, 0.6, 0.1, 0.4, 0.75, 0.8, 0.1, 0.4])
    assert len(said) == BOXES and not said[8:-1].any() and said[-1] == 1
    assert LAYOUT[0] == 2 * len(READS) and LAYOUT[-1] == 2 * len(READS) + BOXES - 1 and AT == 5


def test_missing_data_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_footage, "data_folder", lambda: None)
    rows = clips.run(quick=True, parts=("features", "rendered", "people"))
    assert [r["task"] for r in rows] == ["features", "rendered", "people"]
    assert all("Not measured" in r["say"] for r in rows) and "Not measured" in "\n".join(clips.page(rows))
    assert set(clips.PARTS) == {"ablation", "features", "rendered", "people"}
