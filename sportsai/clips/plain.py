"""The classical baseline of clips: colours of parts of the picture, histograms of flow, and logistic regression.

Histograms of flow's direction weighted by its size: Dalal, Triggs and Schmid, "Human detection using oriented
histograms of flow and appearance", ECCV 2006, coarse. Nothing is learned but the weights of the sums.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sportsai.clips.shelf import Shelf
from sportsai.video.snippets import Clip

Float = NDArray[np.float64]
GRID, CELLS, TURNS, THIRDS = 4, 2, 8, 3
PENALTIES = (0.001, 0.01, 0.1, 1.0)  # C of the regression


def told(clip: Clip) -> Float:
    """Return the numbers of a clip: of each third, of each of 4 x 4 cells, mean and spread of each colour; of each
    third of its fields, of each of 2 x 2 cells, a histogram of eight directions and the mean flow, pixels."""
    numbers = []
    for part in np.array_split(clip.pictures.astype(np.float64) / 255, THIRDS):
        for cell in _cells(part, GRID, 1):
            numbers += [cell.mean((0, 1, 2)), cell.std((0, 1, 2))]
    for part in np.array_split(clip.flow.astype(np.float64).transpose(0, 2, 3, 1), THIRDS):
        for cell in _cells(part, CELLS, 1):
            uv = cell.reshape(-1, 2)
            if not len(uv):
                numbers.append(np.zeros(TURNS + 2))
                continue
            turn = np.floor((np.arctan2(uv[:, 1], uv[:, 0]) + np.pi) / (2 * np.pi) * TURNS).astype(int) % TURNS
            numbers += [np.bincount(turn, np.linalg.norm(uv, axis=1), TURNS) / len(uv), uv.mean(0)]
    return np.concatenate(numbers)


def _cells(x: Float, n: int, axis: int) -> list[Float]:
    return [cell for row in np.array_split(x, n, axis) for cell in np.array_split(row, n, axis + 1)]


def numbers(shelf: Shelf) -> Float:
    """Return the numbers of every clip, (n, D)."""
    return np.stack([told(shelf.clip(i)) for i in range(len(shelf))])


def regression(
    x: Float, y: NDArray[np.bool_], many: bool, train: Sequence[int] | NDArray[np.int64],
    validation: Sequence[int] | NDArray[np.int64],
) -> Float:  # fmt: skip
    """Return every clip's probabilities by logistic regression on `train`, its penalty by likelihood on `validation`.

    Shapes: x (n, D), y (n, A) -> (n, A). many: a regression for each label; a label that always or never holds among
    those that train keeps that share.
    """
    from sklearn.linear_model import LogisticRegression

    spread = x[train].std(0)
    z = (x - x[train].mean(0)) / np.where(spread > 1e-9, spread, 1.0)
    best, kept = -np.inf, np.zeros(y.shape)
    for penalty in PENALTIES:
        said = np.tile(y[train].mean(0), (len(x), 1))
        if many:
            for k in np.flatnonzero(y[train].any(0) & ~y[train].all(0)):
                fitted = LogisticRegression(C=penalty, max_iter=2000).fit(z[train], y[train, k])
                said[:, k] = fitted.predict_proba(z)[:, 1]
        else:
            fitted = LogisticRegression(C=penalty, max_iter=2000).fit(z[train], y[train].argmax(1))
            said[:, fitted.classes_] = fitted.predict_proba(z)
        sure = np.where(y[validation], said[validation], 1 - said[validation] if many else 1.0)
        figure = float(np.log(np.maximum(sure, 1e-6)).sum())
        if figure > best:
            best, kept = figure, said
    return kept
