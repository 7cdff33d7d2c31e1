"""From pixels to the court: a homography from points known in some frames, carried to the others by the camera's moves.

Points are read from a table: `frame,x_px,y_px,x_m,y_m`, four or more in a frame, metres from the court's centre as in
`sportsai leagues` (x along it). In a frame with points the homography is fitted to them (kornia's direct linear
transform, points that do not agree dropped); from there it is carried forwards and backwards within the shot, and laid
anew over the court's painted lines in every frame. Where the camera could not be followed, or lines that were seen are
seen no more, nothing is known, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.errors import DataError
from sportsai.resources import plain
from sportsai.video.lines import Laid
from sportsai.video.plane import mapped

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
COLUMNS = ("frame", "x_px", "y_px", "x_m", "y_m")
MOST_SIGNS = 40  # of a number in a table of points
FLAT = 1e-3  # points whose spread across their line is below this share of the spread along it lie on one line
OFF_M = 1.0  # metres that a point may lie off and still agree
ON, LEAST_SEEN = 0.35, 40  # of the lines in view that lie on stripes, of points in view: least
BLIND_S = 1.0  # how long the camera alone is trusted once lines have been seen


@dataclass(frozen=True)
class Points:
    """Points of the court known in one frame: px (n, 2) pixels, m (n, 2) metres."""

    frame: int
    px: Float
    m: Float


@dataclass(frozen=True)
class Places:
    """to_court (T, 3, 3): from pixels of each frame to metres; known (T,) bool.

    error_m, error_px (T,): how far painted lines lie off, root mean square; where they were not seen error_px is NaN
    and error_m how far the start's own points lie off (0 for four points, which always fit). on (T,): the share of the
    lines in view that were seen, NaN likewise.
    """

    to_court: Float
    known: Bool
    error_m: Float
    error_px: Float
    on: Float


@dataclass(frozen=True)
class Start:
    """A row whose homography is known, from pixels to metres (3, 3), and how far off it is, in metres."""

    row: int
    to_court: Float
    error_m: float


def read_points(path: Path, frames: int) -> list[Points]:
    """Return the points of a table, frame by frame. Raises DataError for what is not such a table, a frame that the
    video does not have, fewer than four points in a frame, or points on one line."""
    try:
        table = pd.read_csv(plain(path), skipinitialspace=True, comment="#", dtype=str)
    except FileNotFoundError:
        raise DataError("no such file", path=path, expected=",".join(COLUMNS)) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError):
        raise DataError("is no table", path=path, expected=",".join(COLUMNS)) from None
    lacks = [c for c in COLUMNS if c not in table]
    if lacks:
        raise DataError(f"no column {', '.join(lacks)}", path=path, line=1, expected=",".join(COLUMNS))
    if any(len(str(cell)) > MOST_SIGNS for c in COLUMNS for cell in table[c]):  # minutes, as a number
        raise DataError("a number cannot be used", path=path, expected=",".join(COLUMNS))
    try:
        values = table[list(COLUMNS)].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    except (OverflowError, ValueError):  # a whole number of hundreds of digits
        raise DataError("a number cannot be used", path=path, expected=",".join(COLUMNS)) from None
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
    return H, np.nan_to_num(np.linalg.norm(mapped(px, H) - m, axis=1), nan=np.inf)


def placed(
    starts: Sequence[Start], camera: Float, follows: Bool, lay: Callable[[int, Float], Laid] | None = None,
    rate_hz: float = 25.0,
) -> Places:  # fmt: skip
    """Return where every frame lies on the court.

    starts: rows whose homography is known. camera (T, 3, 3): of each row the map from the row before's pixels to its
    own; follows (T,) bool: where it is known. lay: lays a homography over a row's painted lines. Each row takes the
    nearest start it is linked to. Once a start has been laid over lines, rows whose lines cannot be seen are known for
    BLIND_S; where lines are never seen, the camera alone is trusted.
    """
    T = len(camera)
    out, known = np.tile(np.eye(3), (T, 1, 1)), np.zeros(T, bool)
    error_m, error_px, on = np.full(T, np.nan), np.full(T, np.nan), np.full(T, np.nan)
    far = np.full(T, np.inf)
    blind_most = BLIND_S * rate_hz
    for start in starts:
        first = None if lay is None else lay(start.row, start.to_court)
        lined = first is not None and trusted(first)
        for step in (1, -1):
            map_, t, blind = start.to_court / start.to_court[2, 2], start.row, 0
            while True:
                off = abs(t - start.row)
                if off >= far[t] and off:
                    break
                one = lay(t, map_) if lay is not None and lined else None
                seen = one is not None and trusted(one)
                if seen and one is not None:
                    map_, blind = one.to_court, 0
                else:
                    blind += 1
                if lined and blind > blind_most:
                    break
                far[t], out[t], known[t] = off, map_, True
                error_m[t] = one.off_m if seen and one is not None else start.error_m
                error_px[t], on[t] = (one.off_px, one.on) if seen and one is not None else (np.nan, np.nan)
                ahead = t + step
                link = ahead if step > 0 else t
                if not 0 <= ahead < T or not follows[link]:
                    break
                map_ = map_ @ (np.linalg.inv(camera[link]) if step > 0 else camera[link])
                map_, t = map_ / map_[2, 2], ahead
    return Places(out, known, error_m, error_px, on)


def given(points: Sequence[Points], rows: dict[int, int]) -> list[Start]:
    """Return the homographies that points tell, in the rows of their frames."""
    return [Start(rows[p.frame], *fitted(p)) for p in points]


def trusted(one: Laid) -> bool:
    """Return whether a court's lines were seen well enough to say where it lies."""
    return one.on >= ON and one.seen >= LEAST_SEEN
