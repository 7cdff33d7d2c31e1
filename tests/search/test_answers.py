"""What really happened: each moment is found by one peak at most, within the tolerance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sportsai.search.answers import match
from tests.conftest import make_tracks


def real(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"type": k, "period": 1, "t_s": t, "slot": 0, "low_s": t - tol, "high_s": t + tol} for k, t, tol in rows]
    )


def peaks(*rows: tuple[int, float]) -> pd.DataFrame:
    return pd.DataFrame({"row": [r for r, _ in rows], "slot": 0, "height": [h for _, h in rows]})


def test_matching_is_one_to_one_within_the_tolerance() -> None:
    tracks = make_tracks(T=100)
    events = real(("pass", 2.0, 1.0), ("pass", 3.5, 1.0))
    found = peaks((21, 0.5), (19, 0.9), (36, 0.7), (46, 0.8))  # 2.1, 1.9, 3.6, 4.6 s
    assert match(found, found["height"].to_numpy(), events, tracks).tolist() == [-1, 0, 1, -1]
    edge = peaks((45, 0.5))
    assert match(edge, np.ones(1), events, tracks).tolist() == [1]  # exactly one second
