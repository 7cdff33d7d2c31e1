"""Our figures are those of others' programs: golden/spotting.json holds moments and segments and what these said.

soccernet    SoccerNet 0.2.0 (PyPI), SoccerNet.Evaluation.ActionSpotting.average_mAP, every target visible
activitynet  mmaction2 1.2.0 (PyPI), average_precision_at_temporal_iou, in single precision
The moments are random numbers; the file was written once, by calling both on them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.learn.spotting import ACTIVITYNET, LOOSE, TIGHT, Found, average_map, segment_ap, soccernet_ap


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "spotting.json").read_text())
    return found


@pytest.mark.parametrize(("name", "windows"), [("tight", TIGHT), ("loose", LOOSE)])
@pytest.mark.parametrize("rate", [2, 25])
def test_action_spotting_is_counted_as_soccernet_counts_it(
    golden: dict[str, Any], name: str, windows: tuple[float, ...], rate: int
) -> None:  # fmt: skip
    t, f = golden["truth"], golden["found"]
    truth, found = Found.of(t["game"], t["label"], t["at"]), Found.of(f["game"], f["label"], f["at"], f["score"])
    ours = average_map(soccernet_ap(truth, found, 3, windows, rate), windows)
    assert ours == pytest.approx(golden["soccernet"][f"{name}@{rate}"], abs=1e-9)


def test_segments_are_counted_as_activitynet_counts_them(golden: dict[str, Any]) -> None:
    t, f = golden["truth"], golden["found"]
    truth = Found.of(t["game"], np.zeros(len(t["game"])), np.column_stack([t["at"], golden["ends"]]))
    found = Found.of(f["game"], np.zeros(len(f["game"])), np.array(golden["found_segments"]), f["score"])
    np.testing.assert_allclose(segment_ap(truth, found, 1, ACTIVITYNET)[:, 0], golden["activitynet"], atol=2e-6)
