"""A few examples of games never seen, with what a model says of the group and of each person: to be looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sportsai.learn.predict import ALL, inputs, log_probabilities
from sportsai.tasks import Examples

Float = NDArray[np.float64]
SURE, MOST = 0.3, 3  # labels drawn: true ones, and those thought likelier than this; how many


def clips_of(events: Examples, scores: Float, people: Float, most: int = 3) -> list[dict[str, Any]]:
    """Return a sure right example, an unsure one and a wrong one, with each person's box, said and true action.

    Shapes: scores (n, K), people (n, P, A) log-probabilities; positions and boxes in the units of the windows.
    """
    if events.people is None or "size" not in events.more or not len(events):
        return []
    p = np.exp(scores - scores.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    best, label = p.argmax(1), events.windows.label
    sure, good = p.max(1), best == label
    order = np.argsort(-sure, kind="stable")
    picks = [order[good[order]][len(order) // 20], order[good[order]][-(len(order) // 10)]]
    wrong = order[~good[order]]
    picks += [int(wrong[len(wrong) // 2])] if len(wrong) else []
    found = []
    size, names = events.more["size"], events.people_names
    for i in [int(k) for k in picks[:most]]:
        there = np.flatnonzero(events.people[i] >= 0)
        chance = np.exp(people[i, there])
        rows = [
            {"x": float(events.windows.xy[i, q, 0, 0]), "y": float(events.windows.xy[i, q, 0, 1]),
             "w": float(size[i, q, 0, 0]), "h": float(size[i, q, 0, 1]), "said": names[int(c.argmax())],
             "p": float(c.max()), "true": names[int(events.people[i, q])]}
            for q, c in zip(there.tolist(), chance, strict=True)
        ]  # fmt: skip
        what = f"{events.windows.games[int(events.windows.game[i])]}, frame {int(events.windows.frame[i]):,}"
        found.append(
            {"what": what, "said": events.names[int(best[i])], "p": float(sure[i]), "true": events.names[int(label[i])],
             "people": rows}
        )  # fmt: skip
    return found


def looks_of(model: Any, events: Examples, index: int, half: tuple[float, float], second: int) -> dict[str, Any]:
    """Return where `activity_heads` looks for the labels of one moment, as `draw_looks` takes it.

    half: of the court, in the units of the windows. second: samples of a second.
    """
    one = events.take(np.array([index]))
    w = one.windows
    with torch.inference_mode():
        batch = {k: v for k, v in inputs(one).items() if k in ALL}
        said = model.explain(**batch)
    V = w.P + 2
    maps = said.attention[0].unflatten(-1, (-1, V)).transpose(1, 2).double().numpy()  # (A, V, T')
    p = np.exp(log_probabilities(model, one))[0]
    assert one.also is not None
    true = one.also[0]
    order = [int(k) for k in np.argsort(-(p + true)) if true[k] or p[k] > SURE][:MOST]
    there = np.flatnonzero(w.present[0].any(-1))
    ours = [int(k) for k in there if w.relation[0, k] > 0 and k != w.key[0]]
    theirs = [int(k) for k in there if w.relation[0, k] < 0]
    rows = [int(w.key[0]), *ours, *theirs, V - 2, V - 1]
    names = ["key player", *(f"team-mate {i + 1}" for i in range(len(ours)))]
    names += [*(f"opponent {i + 1}" for i in range(len(theirs))), "ball", "scene"]
    kept = [r for r, n in zip(rows, names, strict=True) if n != "ball" or w.ball_present.any()]
    names = [n for n in names if n != "ball" or w.ball_present.any()]
    players = [r for r in kept if r < w.P]
    steps = maps.shape[2]
    at = (np.arange(steps) + 0.5) * w.T / steps - 0.5 - w.reference
    return {
        "what": f"{w.games[int(w.game[0])]}, frame {int(w.frame[0]):,}",
        "entities": names,
        "xy": w.xy[0, players].tolist(),
        "present": w.present[0, players].tolist(),
        "relation": w.relation[0, players].tolist(),
        "key": 0,
        "half": list(half),
        "reference": int(w.reference),
        "second": second,
        "seconds": (at / second).tolist(),
        "labels": [
            {"name": one.names[k], "p": float(p[k]), "true": bool(true[k]), "map": maps[k][kept].tolist()}
            for k in order
        ],
    }
