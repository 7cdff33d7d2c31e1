"""People as a camera draws them: jointed figures in kit, running, standing, seen from any side. Made up.

A figure is drawn tall, once for each look, side, gait and phase, and shrunk to where it stands. Proportions are those
of an adult in heads (7.5 to a body); the swing of arms and legs is that of a runner, at a length of stride.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
TALL = 320  # pixels of a drawn figure, head to sole
WIDE = 224
PHASES = 10
VIEWS = ("side", "front", "back")
SKIN = ((224, 172, 140), (198, 140, 105), (141, 92, 62), (92, 60, 42))
HAIR = ((40, 28, 20), (84, 58, 36), (150, 116, 70), (20, 18, 18))


@dataclass(frozen=True)
class Kit:
    """Colours, RGB, of shirt, shorts and socks."""

    shirt: tuple[int, int, int]
    shorts: tuple[int, int, int]
    socks: tuple[int, int, int]


@lru_cache(maxsize=4096)
def figure(kit: Kit, look: int, view: str, phase: int, running: bool) -> UInt8:
    """Return a figure in RGBA, (TALL, WIDE, 4), its soles at the lower edge, facing right in a side view.

    look: which skin and hair. phase: of a stride, 0 to PHASES - 1.
    """
    import cv2

    up = 2  # drawn larger, then shrunk: smooth edges
    canvas = np.zeros((TALL * up, WIDE * up, 4), np.uint8)
    h = (TALL - 6) * up
    at = 2 * np.pi * phase / PHASES
    swing = 0.62 if running else 0.10
    lean = 0.10 if running and view == "side" else 0.0
    skin, hair = SKIN[look % len(SKIN)], HAIR[look // len(SKIN) % len(HAIR)]
    wide = 1.0 if view != "side" else 0.62
    hip = np.array([WIDE * up / 2, TALL * up - 2 * up - 0.50 * h])
    neck = hip + _by(lean * h * 0.33, -0.335 * h)

    def drawn(points: Float, thick: float, colour: tuple[int, int, int], shade: float = 1.0) -> None:
        rgb = [int(min(255, v * shade)) for v in colour]
        flat = np.round(points).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(canvas, [flat], False, (*rgb, 255), max(int(thick * h), 1), cv2.LINE_AA)

    def limb(root: Float, angle: float, bend: float, upper: float, lower: float) -> Float:
        """Return root, joint and end; angles from straight down, along the way faced (its sideways part from ahead)."""
        first = root + h * upper * np.array([np.sin(angle), np.cos(angle)])
        return np.array([root, first, first + h * lower * np.array([np.sin(angle + bend), np.cos(angle + bend)])])

    def leg(side: int) -> None:
        turn = np.sin(at + (np.pi if side > 0 else 0.0))
        lift = max(0.0, np.cos(at + (np.pi if side > 0 else 0.0))) * (1.5 if running else 0.2)
        root = hip + _by(side * 0.055 * h * wide, 0.0)
        if view == "side":
            bones = limb(root, swing * turn, -lift, 0.245, 0.235)
        else:
            bones = limb(root, side * 0.07, 0.0, 0.245, 0.235 * (1.0 - 0.28 * lift / 1.5))
            bones[:, 1] -= np.array([0.0, 0.03, 0.0]) * h * lift
        shade = 0.82 if side < 0 and view == "side" else 1.0
        drawn(bones[:2], 0.088, skin, shade)
        drawn(bones[1:], 0.064, kit.socks, shade)
        mid = bones[0] + 0.62 * (bones[1] - bones[0])
        drawn(np.array([bones[0], mid]), 0.115, kit.shorts, shade * 0.95)
        toe = np.array([0.05 * h, 0.0]) if view == "side" else np.array([side * 0.012 * h, 0.008 * h])
        drawn(np.array([bones[2], bones[2] + toe]), 0.042, (36, 36, 40))

    def arm(side: int) -> None:
        turn = np.sin(at + (0.0 if side > 0 else np.pi))
        root = neck + _by(side * 0.105 * h * wide, 0.035 * h)
        bend = (1.35 if running else 0.15) * (1.0 if view == "side" else 0.55 * -side)
        bones = limb(root, 0.75 * swing * turn if view == "side" else side * (0.25 if running else 0.12), bend,
                     0.165, 0.15)  # fmt: skip
        shade = 0.82 if side < 0 and view == "side" else 1.0
        drawn(bones, 0.046, skin, shade)
        mid = bones[0] + 0.7 * (bones[1] - bones[0])
        drawn(np.array([bones[0], mid]), 0.066, kit.shirt, 0.9 * shade)

    far, close = (-1, 1)
    if view == "side":
        arm(far)
    leg(far)
    leg(close)
    shoulder, waist = 0.118 * h * wide + 0.012 * h, 0.088 * h * wide + 0.012 * h
    body = np.array([
        neck + _by(-shoulder, 0.012 * h), neck + _by(shoulder, 0.012 * h),
        hip + _by(waist, 0.02 * h), hip + _by(-waist, 0.02 * h),
    ])  # fmt: skip
    cv2.fillPoly(canvas, [np.round(body).astype(np.int32)], (*kit.shirt, 255), cv2.LINE_AA)
    drawn(body[:2] + np.array([_by(0.02 * h, 0.012 * h), _by(-0.02 * h, 0.012 * h)]), 0.05, kit.shirt)
    left = body.copy()
    left[1:3] = (body[1:3] + body[[0, 3]]) / 2
    cv2.fillPoly(canvas, [np.round(left).astype(np.int32)], (*[int(v * 0.86) for v in kit.shirt], 255), cv2.LINE_AA)
    if view == "back":
        trim = (250, 250, 250) if sum(kit.shirt) < 380 else (24, 24, 28)
        where = tuple(np.round(neck + _by(-0.055 * h, 0.19 * h)).astype(int).tolist())
        cv2.putText(canvas, str(look % 10), where, cv2.FONT_HERSHEY_DUPLEX, h / 210, (*trim, 255), int(h / 60))
    if view != "side":
        arm(far)
    arm(close)
    drawn(np.array([neck, neck - _by(0.0, 0.03 * h)]), 0.055, skin)
    head = neck + _by(0.012 * h if view == "side" else 0.0, -0.088 * h)
    for colour, off, size in ((skin, (0.0, 0.0), (0.052, 0.068)), (hair, (0.0, -0.022), (0.055, 0.050))):
        centre = np.round(head + np.array(off) * h).astype(int)
        axes = np.round(np.array(size) * h * [0.92, 1]).astype(int)
        whole = colour is hair and view == "back"
        span = (0, 360) if colour is skin or whole else (170, 372) if view == "front" else (120, 340)
        if whole:
            axes = np.round(np.array([0.052, 0.064]) * h).astype(int)
        shape = (centre.tolist(), axes.tolist())
        cv2.ellipse(canvas, *shape, 0, *span, (*colour, 255), -1, cv2.LINE_AA)
    small = cv2.resize(canvas, (WIDE, TALL), interpolation=cv2.INTER_AREA)
    light = np.linspace(1.08, 0.86, TALL)[:, None, None]  # from above
    small[..., :3] = np.clip(small[..., :3] * light, 0, 255).astype(np.uint8)
    return np.asarray(small)


def _by(x: float, y: float) -> Float:
    return np.array([x, y])
