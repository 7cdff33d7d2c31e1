"""The curve of accuracy against frames read says what the points say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sportsai.report.scores.curve import draw_curve


def point(how: str, budget: float, figure: float, share: float | None = None) -> dict[str, Any]:
    return {"how": how, "budget": budget, "mAP": [figure, figure], "interval": [figure - 0.02, figure + 0.02],
            "share": share, "seeds": 3}  # fmt: skip


def test_the_title_states_the_finding_and_what_it_is_measured_against(tmp_path: Path) -> None:
    points = [point("dense", 1.0, 0.8), *(point("scout", b, b * 4, b * 5) for b in (0.01, 0.05, 0.1)),
              point("even", 0.05, 0.15, 0.19)]  # fmt: skip
    text = draw_curve("Shots <of> a match", points, tmp_path / "c.svg").read_text()
    assert "Reading 5" in text and "mAP .20" in text and "25" in text
    assert "3 trainings" in text and "every frame, dense" in text and "an even grid" in text
    assert "where undecided" not in text
    assert "<of>" not in text


def test_without_a_dense_model_no_share_is_told(tmp_path: Path) -> None:
    text = draw_curve("a", [point("scout", 0.1, 0.4)], tmp_path / "c.svg").read_text()
    assert "Reading 10" in text and "of what all frames give" not in text
