"""Teams by the colour of shirts: what a track's person wears, and which two colours most wear.

A shirt is the middle of a box's upper half. Its colour is the median in CIE Lab (kornia.color), in which distances are
about as the eye sees them. Tracks are grouped by it: the two groups most are of are the teams, the rest neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
ACROSS, DOWN = (0.3, 0.7), (0.18, 0.5)  # of a box: where the shirt is
PATCH = 12  # pixels a side that a shirt is looked at with
ALIKE = 18.0  # Lab units: shirts nearer than that are one colour
OTHER = 2.6  # times a team's spread beyond which a shirt is neither team's
SCALE = np.array([0.8, 1.0, 1.0])  # of Lab's axes: a player walks into the shade
MOST = 1500  # tracks that shirts are grouped of


@dataclass(frozen=True)
class Teams:
    """side: of each track, 0, 1, or -1 where neither; off: how far its shirt is from its team's, in its team's spreads.

    colour (2, 3): the teams' shirts in RGB 0..255. apart: how far they are from each other, in Lab.
    """

    tracks: Int
    side: Int
    off: Float
    colour: UInt8
    apart: float


def shirts(image: UInt8, xyxy: Float) -> Float:
    """Return the colour of each person's shirt in Lab, (n, 3); NaN where the box shows none of it."""
    import cv2
    import torch
    from kornia.color import rgb_to_lab

    if not len(xyxy):
        return np.zeros((0, 3))
    high, wide = image.shape[:2]
    size = xyxy[:, 2:4] - xyxy[:, :2]
    low = np.floor(xyxy[:, :2] + size * np.array([ACROSS[0], DOWN[0]])).astype(int)
    top = np.ceil(xyxy[:, :2] + size * np.array([ACROSS[1], DOWN[1]])).astype(int)
    low, top = np.clip(low, 0, [wide, high]), np.clip(top, 0, [wide, high])
    seen = (top - low).min(1) >= 2
    patches = np.zeros((len(xyxy), PATCH, PATCH, 3), np.float32)
    for n in np.flatnonzero(seen):
        cut = image[low[n, 1] : top[n, 1], low[n, 0] : top[n, 0]]
        patches[n] = cv2.resize(cut, (PATCH, PATCH), interpolation=cv2.INTER_AREA)
    lab = rgb_to_lab(torch.from_numpy(patches.transpose(0, 3, 1, 2) / 255)).numpy()
    out = np.median(lab.reshape(len(xyxy), 3, -1), axis=2).astype(np.float64)
    out[~seen] = np.nan
    return out


def worn(track: Int, lab: Float) -> tuple[Int, Float, Int]:
    """Return the tracks, each one's shirt (the median over its boxes), (K, 3), and how many boxes say so, (K,)."""
    ids, index = np.unique(track, return_inverse=True)
    seen = np.isfinite(lab).all(1)
    order = np.argsort(index[seen], kind="stable")
    values, rows = lab[seen][order], index[seen][order]
    edges = np.searchsorted(rows, np.arange(len(ids) + 1))
    out = np.full((len(ids), 3), np.nan)
    for n in range(len(ids)):
        if edges[n] < edges[n + 1]:
            out[n] = np.median(values[edges[n] : edges[n + 1]], axis=0)
    return ids, out, np.diff(edges)


def teams(track: Int, lab: Float, of: NDArray[np.bool_] | None = None) -> Teams:
    """Return which track is of which team. track (n,), lab (n, 3): of every box. Team 0 is the lighter shirt.

    of (n,): boxes whose tracks tell the two colours; all when not given. Shirts are grouped (average linkage in Lab,
    groups ALIKE apart); the two groups most boxes are of are the teams, so that an official or a keeper does not make
    one. Of hours of footage the MOST tracks with most boxes tell: pairs of all would fill the memory. Fewer than four
    tracks, or one group: no one is called of a team.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    ids, colour, count = worn(track, lab)
    side = np.full(len(ids), -1)
    telling = np.ones(len(ids), bool) if of is None else np.isin(ids, track[of])
    known = np.isfinite(colour).all(1) & (count > 0)
    nothing = Teams(ids, side, np.full(len(ids), np.inf), np.zeros((2, 3), np.uint8), 0.0)
    fit = np.flatnonzero(known & telling)
    fit = np.sort(fit[np.argsort(-count[fit], kind="stable")[:MOST]])
    if len(fit) < 4:
        return nothing
    x = np.nan_to_num(colour) * SCALE
    group = fcluster(linkage(x[fit], "average"), ALIKE, "distance")
    size = np.bincount(group, count[fit])
    two = np.argsort(-size, kind="stable")[:2]
    if size[two[1]] == 0:
        return nothing
    middle = np.stack([np.median(x[fit][group == k], axis=0) for k in two])
    if middle[0, 0] < middle[1, 0]:
        middle = middle[::-1]
    apart = float(np.linalg.norm(middle[0] - middle[1]))
    far = np.linalg.norm(x[:, None] - middle[None], axis=-1)
    mine, near = far.argmin(1), far.min(1)
    spread = np.array([max(float(np.median(near[fit][mine[fit] == k])), 2.0) if (mine[fit] == k).any() else 2.0
                       for k in range(2)])  # fmt: skip
    own = known & (near < np.minimum(OTHER * spread[mine], apart / 2))
    side[own] = mine[own]
    off = np.where(own, near / spread[mine], np.inf)
    return Teams(ids, side, off, _rgb(middle / SCALE), apart)


def _rgb(lab: Float) -> UInt8:
    import torch
    from kornia.color import lab_to_rgb

    rgb = lab_to_rgb(torch.from_numpy(lab[:, :, None, None].astype(np.float32))).numpy()
    return (np.clip(rgb.reshape(-1, 3), 0, 1) * 255).round().astype(np.uint8)
