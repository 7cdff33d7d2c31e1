"""From pixels to the court: a homography from points known in some frames, carried to the others by the camera's moves.

Points are read from a table: `frame,x_px,y_px,x_m,y_m`, four or more in a frame, metres from the court's centre as in
`sportsai leagues` (x along it). In a frame with points the homography is fitted to them (kornia's direct linear
transform, points that do not agree dropped); from there it is carried forwards and backwards within the shot. Where the
camera could not be followed nothing is known, and nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.errors import DataError

Float = NDArray[np.float64]
COLUMNS = ("frame", "x_px", "y_px", "x_m", "y_m")
FLAT = 1e-3  # points whose spread across their line is below this share of the spread along it lie on one line
OFF_M = 1.0  # metres that a point may lie off and still agree


@dataclass(frozen=True)
class Points:
    """Points of the court known in one frame: px (n, 2) pixels, m (n, 2) metres."""

    frame: int
    px: Float
    m: Float


@dataclass(frozen=True)
class Places:
    """to_court (T, 3, 3): from pixels of each frame to metres; known (T,) bool; error_m (T,): how far the points of the
    nearest frame with points lie off, in metres (root mean square; 0 for four points, which always fit)."""

    to_court: Float
    known: NDArray[np.bool_]
    error_m: Float


def read_points(path: Path, frames: int) -> list[Points]:
    """Return the points of a table, frame by frame. Raises DataError for what is not such a table, a frame that the
    video does not have, fewer than four points in a frame, or points on one line."""
    try:
        table = pd.read_csv(path, skipinitialspace=True, comment="#")
    except FileNotFoundError:
        raise DataError("no such file", path=path, expected=",".join(COLUMNS)) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError):
        raise DataError("is no table", path=path, expected=",".join(COLUMNS)) from None
    lacks = [c for c in COLUMNS if c not in table]
    if lacks:
        raise DataError(f"no column {', '.join(lacks)}", path=path, line=1, expected=",".join(COLUMNS))
    values = table[list(COLUMNS)].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    bad = np.flatnonzero(~np.isfinite(values).all(1))
    if len(bad):
        raise DataError("not five numbers", path=path, line=int(bad[0]) + 2, expected=",".join(COLUMNS))
    out = []
    for frame in np.unique(values[:, 0]):
        mine = values[values[:, 0] == frame]
        if not (0 <= frame < frames and frame == int(frame)):
            raise DataError(f"frame {frame:g}", path=path, expected=f"a whole number from 0 to {frames - 1}")
        points = Points(int(frame), mine[:, 1:3], mine[:, 3:5])
        check(points, path)
        out.append(points)
    if not out:
        raise DataError("no points", path=path, expected="at least four in a frame")
    return out


def check(points: Points, path: Path | None = None) -> None:
    """Raise DataError where points cannot give a homography."""
    at = f"frame {points.frame}"
    if len(points.px) < 4:
        raise DataError(f"{at} has {len(points.px)} points", path=path, expected="at least 4",
                        todo="Add more points of the court, not on one line.")  # fmt: skip
    for what, xy in (("pixels", points.px), ("metres", points.m)):
        spread = np.linalg.svd(xy - xy.mean(0), compute_uv=False)
        if spread[1] <= FLAT * spread[0]:
            raise DataError(
                f"the points of {at} lie on one line ({what})", path=path, expected="points across the court"
            )
        if len(points.px) == 4 and min(_bent(np.delete(xy, k, 0)) for k in range(4)) < FLAT:
            raise DataError(f"three of the four points of {at} lie on one line ({what})", path=path,
                            expected="no three on a line, or more points")  # fmt: skip


def _bent(xy: Float) -> float:
    """Return how far three points are from lying on a line, 0 to 1."""
    a, b = xy[1] - xy[0], xy[2] - xy[0]
    return float(abs(a[0] * b[1] - a[1] * b[0]) / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12))


def fitted(points: Points) -> tuple[Float, float]:
    """Return the homography from pixels to metres, (3, 3), and how far the points lie off it, in metres (root mean
    square). While one lies more than OFF_M off and more than four are left, the one that agrees least is dropped."""
    keep = np.arange(len(points.px))
    while True:
        H, off = _least_squares(points.px[keep], points.m[keep])
        if len(keep) <= 4 or off.max() <= OFF_M:
            return H, float(np.sqrt((off**2).mean()))
        without = [np.delete(keep, n) for n in range(len(keep))]
        keep = min(without, key=lambda rows: float((_least_squares(points.px[rows], points.m[rows])[1] ** 2).sum()))


def _least_squares(px: Float, m: Float) -> tuple[Float, Float]:
    """Return the homography that fits points best, and how far each lies off it, in metres."""
    import torch
    from kornia.geometry.homography import find_homography_dlt

    H = find_homography_dlt(torch.from_numpy(px[None]), torch.from_numpy(m[None]))[0].numpy().astype(np.float64)
    return H, np.nan_to_num(np.linalg.norm(moved(px, H) - m, axis=1), nan=np.inf)


def moved(xy: Float, map_: Float) -> Float:
    """Return points (n, 2) through a homography; NaN where they lie beyond its horizon."""
    h = np.concatenate([xy, np.ones((len(xy), 1))], 1) @ map_.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(h[:, :2] / h[:, 2:])


def carried(points: list[Points], rows: dict[int, int], camera: Float, follows: NDArray[np.bool_]) -> Places:
    """Return where every frame lies on the court.

    rows: of each frame with points, its row. camera (T, 3, 3): of each row the map from the row before's pixels to its
    own; follows (T,) bool: where it is known. Each row takes the nearest frame with points it is linked to.
    """
    T = len(camera)
    out, known, error = np.tile(np.eye(3), (T, 1, 1)), np.zeros(T, bool), np.full(T, np.nan)
    far = np.full(T, np.inf)
    for p in points:
        home = rows[p.frame]
        H, off = fitted(p)
        for step in (1, -1):
            map_, t = H.copy(), home
            while True:
                if abs(t - home) < far[t]:
                    far[t], out[t], known[t], error[t] = abs(t - home), map_ / map_[2, 2], True, off
                ahead = t + step
                link = ahead if step > 0 else t
                if not 0 <= ahead < T or not follows[link]:
                    break
                map_ = map_ @ (np.linalg.inv(camera[link]) if step > 0 else camera[link])
                t = ahead
    return Places(out, known, error)
