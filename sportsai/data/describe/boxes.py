"""What is said of people's boxes in one picture: who stands where in line, how tall for his place, and each half's."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from sportsai.data.describe.scene import Array, Float32, finite
from sportsai.data.windows import Windows

LINE = 12  # people in the order of x who are told one by one
OF_EACH = ("x", "y", "width", "height", "taller", "top")
OF_HALF = (
    "count",
    "x",
    "y",
    "spread_x",
    "spread_y",
    "low",
    "high",
    "tallest",
    "tallest_x",
    "widest",
    "widest_x",
    "net",
)


def describe_boxes(windows: Windows, size: Float32) -> tuple[Float32, list[str]]:
    """Return the features of each picture and their names, (n, F) float32, F names; NaN where there is nobody.

    Places and sizes are in mean heights of the picture's people from their middle; "taller" is a height over what is
    usual that far down the picture. size (n, P, T, 2): widths and heights; the sample is the reference.
    """
    at = windows.reference
    there = windows.present[:, :, at]
    xy = np.where(there[..., None], windows.xy[:, :, at], np.nan).astype(np.float64)
    box = np.where(there[..., None], size[:, :, at], np.nan).astype(np.float64)
    order = np.argsort(np.where(there, xy[..., 0], np.inf), axis=1, kind="stable")
    xy, box = (np.take_along_axis(a, order[..., None], 1) for a in (xy, box))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of nobody seen: NaN is what is meant
        out = _said(xy, box)
    return np.column_stack(list(out.values())).astype(np.float32), list(out)


def _said(xy: Array, box: Array) -> dict[str, NDArray[np.float64]]:
    unit = np.nanmean(box[..., 1], 1)[:, None]
    middle = np.nanmean(xy, 1)[:, None]
    x, y = (xy[..., 0] - middle[..., 0]) / unit, (xy[..., 1] - middle[..., 1]) / unit
    wide, high = box[..., 0] / unit, box[..., 1] / unit
    slope = np.nansum(y * (high - 1), 1) / np.maximum(np.nansum(y**2, 1), 1e-6)
    taller = high - 1 - slope[:, None] * y
    each = dict(zip(OF_EACH, (x, y, wide, high, taller, y - high), strict=True))
    out = {"people": np.isfinite(x).sum(1).astype(float), "unit": unit[:, 0], "middle": middle[:, 0, 0]}
    n = np.arange(len(x))
    for k in range(LINE):
        for name, value in each.items():
            out[f"{name}@{k}"] = value[:, k] if k < value.shape[1] else np.full(len(x), np.nan)
    rank = np.cumsum(np.isfinite(x), 1) - 1
    half = (out["people"] / 2)[:, None]
    for side, mine in (("left", rank < half), ("right", rank >= half)):
        mine = mine & np.isfinite(x)
        part = {name: np.where(mine, value, np.nan) for name, value in each.items()}
        tall = np.where(mine, taller, -np.inf).argmax(1)
        broad = np.where(mine, wide / high, -np.inf).argmax(1)
        inner = np.nanmax(part["x"], 1) if side == "left" else np.nanmin(part["x"], 1)
        found = (
            mine.sum(1), np.nanmean(part["x"], 1), np.nanmean(part["y"], 1), np.nanstd(part["x"], 1),
            np.nanstd(part["y"], 1), np.nanmin(part["height"], 1), np.nanmin(part["top"], 1), part["taller"][n, tall],
            part["x"][n, tall], (wide / high)[n, broad], part["x"][n, broad], inner,
        )  # fmt: skip
        out |= {f"{name}@{side}": finite(np.asarray(v, float)) for name, v in zip(OF_HALF, found, strict=True)}
    out["gap"] = out["net@right"] - out["net@left"]
    return out
