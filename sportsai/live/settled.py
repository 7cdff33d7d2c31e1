"""Which peaks can no later frame change? Non-maximum suppression, highest first, on a series that goes on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
UNSURE, KEPT, BEATEN = 0, 1, 2


def settle(
    height: Float, key: Float, final: NDArray[np.bool_], state: NDArray[np.int8], seen_to: float, apart_s: float,
    floor: float,
) -> NDArray[np.int8]:  # fmt: skip
    """Return the state of each moment, (n,) int8: KEPT and BEATEN hold whatever comes, UNSURE may still change.

    The rule is that of `search.peaks.find`: the highest is kept, of two alike the earlier; nothing closer than
    `apart_s` to one that is kept; nothing below `floor`.

    Parameters
    ----------
    height (n,) and key (n,), rising, in seconds. final (n,): this height will not change. state (n,): what is known
    already. seen_to: every moment that may still come lies after it; inf when none will.
    """
    out = state.copy()
    out[final & (out == UNSURE) & (height < floor)] = BEATEN
    low = np.searchsorted(key, key - apart_s + 1e-6)
    high = np.searchsorted(key, key + apart_s - 1e-6)
    open_ended = key + apart_s - 1e-6 > seen_to
    for i in np.argsort(-height, kind="stable"):
        if out[i] != UNSURE:
            continue
        near = np.arange(low[i], high[i])
        above = (height[near] > height[i]) | ((height[near] == height[i]) & (near < i))
        if not final[i]:
            continue
        if (out[near[above]] == KEPT).any():
            out[i] = BEATEN
            continue
        unsure = (out[near] == UNSURE) & (above | ~final[near]) & (near != i)
        if not open_ended[i] and not unsure.any():
            out[i] = KEPT
    return out
