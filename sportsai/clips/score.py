"""How good models of clips are: what chooses on validation, what is said of the test, a baseline beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from sportsai.clips.plain import numbers, regression
from sportsai.clips.shelf import Shelf
from sportsai.clips.table import Clips
from sportsai.clips.trained import Trained, probabilities
from sportsai.data.splits import Split
from sportsai.learn.metrics import (
    accuracy,
    balanced_accuracy,
    bootstrap,
    confusion,
    macro_f1,
    mean_ap_of,
)
from sportsai.learn.steps import choose_temperature

Float = NDArray[np.float64]
Int = NDArray[np.int64]
LEAST_GAMES = 3  # that an interval is drawn over
PLAIN, SHARES = "colours and flow, logistic regression", "shares of the labels"


def worth(clips: Clips, index: Int, p: Float) -> float:
    """Return the geometric mean of the probabilities (n, A) of what is true of some clips, at the best temperature.

    What is chosen is chosen by this: of few clips mAP is soon 1, whatever the likeliest label is.
    """
    y, p = clips.y[index], np.clip(p, 1e-6, 1 - 1e-6)
    if clips.many:
        return float(np.exp(np.log(np.where(y, p, 1 - p)).mean()))
    z, label = torch.from_numpy(np.log(p)), torch.from_numpy(clips.label[index])
    return float(torch.exp(-F.cross_entropy(z / choose_temperature(z, label), label)))


def figures(clips: Clips, index: Int, p: Float) -> dict[str, float]:
    """Return how good probabilities (n, A) of some clips are: mAP, of one class of several also accuracies."""
    y = clips.y[index]
    found = {"mAP": mean_ap_of(y, p)}
    if not clips.many:
        table = confusion(clips.label[index], p.argmax(1), len(clips.names))
        found |= {
            "accuracy": accuracy(table), "balanced accuracy": balanced_accuracy(table), "macro-F1": macro_f1(table),
        }  # fmt: skip
    return found


def weighed(clips: Clips, shelf: Shelf, split: Split, trained: Sequence[Trained]) -> list[dict[str, Any]]:
    """Return a row for each model, the classical baseline and the labels' shares: figures on `split.test`, once.

    "interval": of mAP, drawn by game, where there are LEAST_GAMES that test.
    """
    said = {m.name: (probabilities(m, shelf, split.test), m.validation) for m in trained}
    plain = regression(numbers(shelf), clips.y, clips.many, split.train, split.validation)
    shares = np.tile(clips.y[split.train].mean(0), (len(clips), 1))
    said |= {
        name: (p[split.test], mean_ap_of(clips.y[split.validation], p[split.validation]))
        for name, p in ((PLAIN, plain), (SHARES, shares))
    }
    game = np.array(clips.game)[split.test]
    rows = []
    for name, (p, validation) in said.items():
        row: dict[str, Any] = {"model": name, **figures(clips, split.test, p), "validation mAP": validation}

        def figure(i: Int, p: Float = p) -> float:
            return mean_ap_of(clips.y[split.test][i], p[i])

        row["interval"] = bootstrap(game, figure, draws=300) if len(set(game)) >= LEAST_GAMES else None
        rows.append(row)
    return rows
