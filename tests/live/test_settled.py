"""What is called certain of a series of peaks stays so, whatever comes after."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.live.settled import BEATEN, KEPT, UNSURE, settle


def whole(height: np.ndarray, key: np.ndarray, apart_s: float, floor: float) -> set[int]:
    """Greedy suppression, written out."""
    kept: list[int] = []
    for i in sorted(range(len(height)), key=lambda i: (-height[i], i)):
        if height[i] >= floor and all(abs(key[i] - key[k]) > apart_s - 1e-6 for k in kept):
            kept.append(i)
    return set(kept)


def test_by_hand() -> None:
    height, key = np.array([0.5, 0.9, 0.4, 0.01, 0.3]), np.array([0.0, 0.5, 1.0, 2.0, 3.0])
    state = settle(height, key, np.ones(5, bool), np.zeros(5, np.int8), 3.2, 0.8, 0.02)
    assert state.tolist() == [BEATEN, KEPT, BEATEN, BEATEN, UNSURE]  # a higher one may come 0.2 s after the last
    assert settle(height, key, np.ones(5, bool), state, np.inf, 0.8, 0.02).tolist()[-1] == KEPT


def test_a_height_that_may_change_makes_its_neighbours_unsure() -> None:
    height, key = np.array([0.5, 0.2]), np.array([0.0, 0.5])
    state = settle(height, key, np.array([True, False]), np.zeros(2, np.int8), 10.0, 0.8, 0.02)
    assert state.tolist() == [UNSURE, UNSURE]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0.01, 0.1, 0.2, 0.3, 0.5, 0.8])), min_size=1, max_size=60),
    st.data(),
)
def test_prefixes_never_say_what_the_whole_denies(series: list[tuple[int, float]], data: st.DataObject) -> None:
    key = np.cumsum([d for d, _ in series]) / 10
    height = np.array([h for _, h in series])
    truth = whole(height, key, 0.8, 0.02)
    state, n = np.zeros(0, np.int8), 0
    while n < len(height):
        n = data.draw(st.integers(n + 1, len(height)))
        state = np.concatenate([state, np.zeros(n - len(state), np.int8)])
        final = np.ones(n, bool)
        final[-1] = False
        state = settle(height[:n], key[:n], final, state, float(key[n - 1]), 0.8, 0.02)
        assert {i for i in range(n) if state[i] == KEPT} <= truth
        assert not {i for i in range(n) if state[i] == BEATEN} & truth
    state = settle(height, key, np.ones(n, bool), state, np.inf, 0.8, 0.02)
    assert {i for i in range(n) if state[i] == KEPT} == truth
