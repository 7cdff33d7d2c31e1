"""Cameras as broadcasts use them: beside the court's length and above it, level, looking somewhere on the court.

A camera is seven numbers, each mostly within 0 to 1: where it stands along the court, how far back, how high; where it
looks, along the court and across; how it is tilted; and how much it sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.video.lines import MASK_PX
from sportsai.video.plane import mapped

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
ALONG, TILT = 0.24, 0.05  # of the court's length that a rig's place varies by; radians that it is tilted by
DOWN = 0.09  # what it looks at lies so much lower than it is far, at least
OFF_PX, FAR = 2.0, 1e3  # pixels that a map's points may lie off; off by more is as bad
HELD = np.array([2.0, 0.3, 0.3, 0.1, 0.1, 6.0, 0.1])  # how much a camera's numbers are held to a half
SLACK = np.array([1.0, 0.7, 0.7, 0.7, 0.7, 0.8, 0.7])  # off a half that each number may be, roughly told
SETTLED = np.array([0.7, 0.6, 0.6, 0.6, 0.6, 0.6, 0.65])  # the same once it is settled


@dataclass(frozen=True)
class Rig:
    """Where a sport's main camera stands, from and to. back_m: behind the near line. high_m: above the ground. view_m:
    how much it sees across where it looks. across: where it looks, in widths of the court beyond its middle."""

    back_m: tuple[float, float]
    high_m: tuple[float, float]
    view_m: tuple[float, float]
    across: tuple[float, float] = (-0.3, 0.45)


RIGS = {  # not American football: its lines repeat every five yards, and a view of a part of them may be of any
    "soccer": Rig((8.0, 60.0), (6.0, 32.0), (22.0, 75.0)),
    "basketball": Rig((4.0, 40.0), (3.0, 20.0), (11.0, 32.0), (-0.3, 0.8)),
    "hockey": Rig((5.0, 32.0), (4.0, 18.0), (15.0, 55.0)),
    "volleyball": Rig((5.0, 70.0), (3.0, 26.0), (12.0, 34.0), (-0.3, 1.3)),
}


def projections(unit: Float, league: League, wide: int) -> Float:
    """Return the projections to the pixels of a mask `wide` wide of cameras told by seven numbers each, (n, 3, 4).

    unit (n, 7), mostly within 0 to 1: along the court, back, high; looking at (along, across); tilted; how much it
    sees.
    """
    rig, court = RIGS[league.sport], league.court

    def spread(share: Float, span: tuple[float, float]) -> Float:
        return np.asarray(span[0] * (span[1] / span[0]) ** share)

    x, back, high, tx, ty, roll, view = unit.T
    low, top = rig.across
    centre = np.stack([(x - 0.5) * ALONG * court.length_m, -court.width_m / 2 - spread(back, rig.back_m),
                       spread(high, rig.high_m)], -1)  # fmt: skip
    target = np.stack([(tx - 0.5) * court.length_m, (low + (top - low) * ty) * court.width_m, 0 * tx], -1)
    w = target - centre
    far = np.linalg.norm(w, axis=1)
    w /= far[:, None]
    u = np.cross(w, [0.0, 0.0, 1.0])
    u /= np.linalg.norm(u, axis=1)[:, None]
    v = np.cross(w, u)
    tilt = ((roll - 0.5) * TILT)[:, None]
    u, v = u * np.cos(tilt) + v * np.sin(tilt), v * np.cos(tilt) - u * np.sin(tilt)
    R = np.stack([u, v, w], 1)
    K = np.zeros((len(unit), 3, 3))
    K[:, 0, 0] = K[:, 1, 1] = wide * far / spread(view, rig.view_m)
    K[:, 0, 2], K[:, 1, 2], K[:, 2, 2] = wide / 2, MASK_PX / 2, 1.0
    shift = -np.einsum("nij,nj->ni", R, centre)
    return np.asarray(K @ np.concatenate([R, shift[:, :, None]], 2))


def grounds(unit: Float, league: League, wide: int) -> Float:
    """Return those cameras' maps from the ground, in metres, to pixels of a mask, (n, 3, 3)."""
    return projections(unit, league, wide)[:, :, [0, 1, 3]]


def cameras(centre: Float, turned: Float, focal: Float, league: League, wide: int) -> Float:
    """Return the seven numbers of cameras, (n, 7), NaN for none: what `projections` undoes.

    centre (n, 3): metres. turned (n, 3, 3): the picture's right, down and forward as rows. focal (n,): pixels of a mask
    `wide` wide.
    """
    rig, court = RIGS[league.sport], league.court

    def share(value: Float, span: tuple[float, float]) -> Float:
        return np.asarray(np.log(value / span[0]) / np.log(span[1] / span[0]))

    low, top = rig.across
    with np.errstate(all="ignore"):
        w = turned[:, 2]
        far = -centre[:, 2] / w[:, 2]
        target = centre + w * far[:, None]
        level = np.cross(w, [0.0, 0.0, 1.0])
        level /= np.linalg.norm(level, axis=1)[:, None]
        tilt = np.arctan2((turned[:, 0] * np.cross(w, level)).sum(1), (turned[:, 0] * level).sum(1))
        return np.stack(
            [centre[:, 0] / (ALONG * court.length_m) + 0.5, share(-centre[:, 1] - court.width_m / 2, rig.back_m),
             share(centre[:, 2], rig.high_m), target[:, 0] / court.length_m + 0.5,
             (target[:, 1] / court.width_m - low) / (top - low), tilt / TILT + 0.5,
             share(wide * far / focal, rig.view_m)], 1
        )  # fmt: skip


def likely(unit: Float, off: Float = SLACK) -> Bool:
    """Return which cameras (n, 7) a broadcast may have. off: see SLACK and SETTLED."""
    return np.asarray((np.abs(np.nan_to_num(unit, nan=np.inf) - 0.5) <= off).all(1))


def looks_down(unit: Float, league: League) -> Bool:
    """Return which cameras (n, 7) look down on the court, and not along it."""
    rig, court = RIGS[league.sport], league.court
    low, top = rig.across
    high = rig.high_m[0] * (rig.high_m[1] / rig.high_m[0]) ** unit[:, 2]
    back = rig.back_m[0] * (rig.back_m[1] / rig.back_m[0]) ** unit[:, 1]
    return np.asarray(high > DOWN * (back + court.width_m * (0.5 + low + (top - low) * unit[:, 4])))


def settled(unit: Float, ground: Float, xy: Float, league: League, wide: int) -> tuple[Float, float]:
    """Return the camera near `unit` (7,) that best does what a map (3, 3) from the ground to pixels of a mask does with
    points xy (n, 2), and how far off these then lie, root mean square in pixels.

    Where a camera stands along the court, and its tilt, are all but the same from far away: the likely is taken.
    """
    from scipy.optimize import least_squares

    there = mapped(xy, ground)
    flat = np.concatenate([xy, np.ones((len(xy), 1))], 1)

    def off(u: Float) -> Float:
        h = flat @ grounds(u[None], league, wide)[0].T
        with np.errstate(all="ignore"):
            apart = (h[:, :2] / h[:, 2:] - there) / OFF_PX
        return np.concatenate([np.nan_to_num(apart, nan=FAR, posinf=FAR, neginf=-FAR).ravel(), (u - 0.5) * HELD])

    out = least_squares(off, unit, method="trf", x_scale=0.1, loss="linear", max_nfev=30).x
    return np.asarray(out), float(np.sqrt((off(out)[: 2 * len(xy)] ** 2).sum() / len(xy)) * OFF_PX)
