"""Trust: from a peak's features to a probability, a type, and whether it is kept."""

from __future__ import annotations

import numpy as np

from sportsai.search.trust import Trust, trust_of


def test_trust_is_a_logistic_map_with_a_tilt_and_thresholds() -> None:
    trust = Trust(("pass", "turnover"), ((0.0,), (1.0,), (0.5,)), (0.0, 0.0, 0.0), (0.3, 0.2), 0.5)
    p = trust(np.array([[0.0], [2.0]]))
    np.testing.assert_allclose(p[0], [1 / 3, 1 / 3])
    e = np.exp([0, 2, 1])
    np.testing.assert_allclose(p[1], (e / e.sum())[1:])
    kind, kept = trust.choose(p)
    assert kind.tolist() == [1, 0]  # the tilt halves passes: 1/6 < 1/3; .33 > .24
    assert kept.tolist() == [True, True]
    assert trust_of({"trust": {"release": {
        "types": ["pass", "turnover"], "weight": [[0.0], [1.0], [0.5]], "offset": [0, 0, 0], "thresholds": [0.3, 0.2],
        "tilt": 0.5}}})["release"] == trust  # fmt: skip
