"""How often is a moment real, or does a label hold, that was said with so much heat? Read off games never taught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.timeline import Timeline
from sportsai.learn.spotting import Found, matched
from sportsai.whole.spots import pooled, true

Float = NDArray[np.float64]
MOST = 24  # steps of the curve that is kept


def curves(lines: Sequence[Timeline], found: Sequence[Found], names: Sequence[str], within_s: float) -> dict[str, Any]:
    """Return for each class a rising curve from heat to the share of moments that are real, and what it rests on.

    A moment is real that takes a true one within `within_s`, surest first. The curve is the least-squares rising one
    (isotonic regression, pool adjacent violators). n: moments said; real: true ones there were.
    """
    from sklearn.isotonic import IsotonicRegression

    truth, said = pooled([true(line) for line in lines]), pooled(list(found))
    out: dict[str, Any] = {}
    for k, name in enumerate(names):
        t, s = truth.take(truth.label == k), said.take(said.label == k)
        s = s.take(np.argsort(-s.score, kind="stable"))
        if not len(s):
            out[name] = {"heat": [0.0, 1.0], "p": [0.0, 0.0], "n": 0, "real": len(t)}
            continue
        right = matched(t, s, within_s) >= 0
        rising = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(s.score, right)
        heat = np.unique(np.quantile(s.score, np.linspace(0, 1, MOST)))
        p = rising.predict(heat)
        out[name] = {"heat": heat.round(5).tolist(), "p": p.round(4).tolist(), "n": len(s), "real": len(t)}
    return out


def frame_curves(truth: NDArray[np.bool_], heat: Float, names: Sequence[str]) -> dict[str, Any]:
    """Return for each label a rising curve from what is said of a frame to the share of frames where it holds.

    Shapes: (N, L) each, all frames of games that did not teach. n: frames; real: those where it holds.
    """
    from sklearn.isotonic import IsotonicRegression

    out: dict[str, Any] = {}
    for k, name in enumerate(names):
        rising = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(heat[:, k], truth[:, k])
        at = np.unique(np.quantile(heat[:, k], np.linspace(0, 1, 4 * MOST)))
        out[name] = {"heat": at.round(5).tolist(), "p": rising.predict(at).round(4).tolist(), "n": len(truth),
                     "real": int(truth[:, k].sum())}  # fmt: skip
    return out


def frame_probability(heat: Float, curve_of: Mapping[str, Any], names: Sequence[str]) -> Float:
    """Return how likely each label holds at each frame, (N, L), by the curves of `frame_curves`."""
    return np.column_stack([np.interp(heat[:, k], curve_of[n]["heat"], curve_of[n]["p"]) for k, n in enumerate(names)])


def probability(found: Found, curve_of: Mapping[str, Any], names: Sequence[str]) -> Float:
    """Return how likely each moment found is to be real, (n,), by the curves of its class."""
    out = np.zeros(len(found))
    for k, name in enumerate(names):
        mine = found.label == k
        c = curve_of[name]
        out[mine] = np.interp(found.score[mine], c["heat"], c["p"])
    return out


def nearest(trust: Mapping[str, Any], share: float) -> Mapping[str, Any]:
    """Return the curves measured at the share of frames read that is nearest to `share`, by ratio."""
    return trust[min(trust, key=lambda s: abs(np.log(float(s) / max(share, 1e-6))))]
