"""How well are the events of a whole game found?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.data.tracks import Tracks
from sportsai.learn.metrics import ap_ni, bootstrap, expected_calibration_error
from sportsai.learn.recipe import Recipe
from sportsai.search.answers import match
from sportsai.search.peaks import features
from sportsai.search.trust import Trust, decide

Int = NDArray[np.int64]


def detection_scores(
    found: pd.DataFrame, real: pd.DataFrame, trust: Mapping[str, Trust], recipe: Recipe, tracks: Tracks
) -> dict[str, dict[str, Any]]:
    """Return, for each type, how well it is found.

    AP: AP-ni over all peaks of its group ranked by its probability. precision, recall: of the events kept.
    count_ratio: real over found, with the 95 % interval over one-minute blocks: n found stand for about n * ratio.
    key_right: share of the rightly found whose key player is the real one. ece: expected calibration error of score.
    """
    decided = decide(found, trust, recipe)
    table: dict[str, dict[str, Any]] = {}
    for group, t in trust.items():
        peaks = found[found["group"] == group].reset_index(drop=True)
        p = t(features(peaks, recipe, group))
        for k, name in enumerate(t.types):
            of = real[real["type"] == name].reset_index(drop=True)
            n = len(of)
            right = match(peaks, p[:, k], of, tracks) >= 0
            mine = decided[(decided["type"] == name) & decided["kept"]].reset_index(drop=True)
            hit = match(mine, mine["score"].to_numpy(), of, tracks)
            key = mine["slot"].to_numpy(int)[hit >= 0] == of["slot"].to_numpy(int)[hit[hit >= 0]]
            typed = decided[decided["type"] == name].reset_index(drop=True)
            all_hit = match(typed, typed["score"].to_numpy(), of, tracks) >= 0
            row = mine["row"].to_numpy(int)
            blocks = np.concatenate([_minute(tracks.period[row], tracks.t_s[row]), _minute(of["period"], of["t_s"])])
            is_real = np.arange(len(blocks)) >= len(mine)
            low, high = bootstrap(blocks, lambda i, r=is_real: r[i].sum() / max((~r[i]).sum(), 1))  # type: ignore[misc]
            table[name] = {
                "AP": ap_ni(right, p[:, k]) * float(right.sum()) / max(n, 1) if right.any() else 0.0,
                "precision": float((hit >= 0).mean()) if len(mine) else 0.0,
                "recall": float((hit >= 0).sum() / max(n, 1)),
                "real": n,
                "found": len(mine),
                "count_ratio": [n / max(len(mine), 1), low, high],
                "key_right": float(key.mean()) if len(key) else None,
                "ece": expected_calibration_error(all_hit, typed["score"].to_numpy()) if len(typed) else None,
            }
    return table


def _minute(period: Any, t_s: Any) -> Int:
    return np.asarray(period, np.int64) * 1000 + (np.asarray(t_s, float) // 60).astype(np.int64)
