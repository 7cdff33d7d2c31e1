"""A few examples of games never seen, with what a model says of the group and of each person: to be looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.tasks import Examples

Float = NDArray[np.float64]


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
