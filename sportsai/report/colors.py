"""Which two colours stand for the teams, so that everybody can tell them apart on paper and on a dark screen?

The kits give the hues. Each is moved as little as possible until both stand out from the background and from each
other, as seen with ordinary sight, deuteranopia and protanopia.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

LIGHT, DARK = "#ffffff", "#14171c"  # the two page backgrounds; the style sheet says the same
LEAST_CONTRAST = 3.0  # WCAG 2.2, success criterion 1.4.11: graphics against what lies beside them
LEAST_APART = 0.16  # distance in OKLab, 0.02 being just noticeable

# Full dichromacy on linear RGB. Source: Machado, Oliveira & Fernandes, IEEE TVCG 15 (2009) 1291, severity 1.0.
SIGHT: dict[str, Float] = {
    "ordinary": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FALLBACK = ("#2a62c9", "#d9730d")


@dataclass(frozen=True)
class TeamColors:
    """Home's and away's colour as #rrggbb on the light and on the dark page."""

    light: tuple[str, str]
    dark: tuple[str, str]


def to_linear(color: str) -> Float:
    """Return #rrggbb as linear RGB in [0, 1], (3,)."""
    v = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def to_hex(linear: Float) -> str:
    """Return linear RGB (3,) as #rrggbb, clipped to the screen's gamut."""
    v = np.clip(linear, 0, 1)
    v = np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(c) * 255):02x}" for c in v)


def oklab(linear: Float) -> Float:
    """Return OKLab of linear RGB (..., 3). Source: Ottosson, "A perceptual color space for image processing", 2020."""
    return np.cbrt(np.clip(linear, 0, None) @ _TO_LMS.T) @ _TO_LAB.T


def _from_oklab(lab: Float) -> Float:
    return (lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T


def luminance(linear: Float) -> Float:
    """Return WCAG relative luminance of linear RGB (..., 3)."""
    return np.clip(linear, 0, 1) @ np.array([0.2126, 0.7152, 0.0722])


def contrast(a: str, b: str) -> float:
    """Return the WCAG contrast ratio of two colours, 1 to 21."""
    low, high = sorted(float(luminance(to_linear(c))) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def apart(a: str, b: str) -> float:
    """Return the OKLab distance of two colours as the sight that tells them apart worst sees them."""
    la, lb = to_linear(a), to_linear(b)
    return min(
        float(np.linalg.norm(oklab(np.clip(m @ la, 0, 1)) - oklab(np.clip(m @ lb, 0, 1)))) for m in SIGHT.values()
    )


def ink_on(color: str) -> str:
    """Return the text colour, near black or white, that reads better on `color`."""
    return max(("#ffffff", "#14171c"), key=lambda ink: contrast(ink, color))


def team_colors(home: str | None, away: str | None) -> TeamColors:
    """Return colours for two teams from their kits (#rrggbb; None or anything else: a blue and an orange)."""
    kits = tuple(c.lower() if c and _is_color(c) else _FALLBACK[i] for i, c in enumerate((home, away)))
    return TeamColors(_pair(kits[0], kits[1], LIGHT), _pair(kits[0], kits[1], DARK))


def _is_color(text: str | None) -> bool:
    return isinstance(text, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", text) is not None


@lru_cache(maxsize=64)
def _pair(home: str, away: str, background: str) -> tuple[str, str]:
    """Return the two colours nearest to the kits that satisfy the least contrast and the least distance."""
    choices = [_candidates(kit, background) for kit in (home, away)]
    (rgb_a, cost_a), (rgb_b, cost_b) = choices
    apart_m = np.full((len(rgb_a), len(rgb_b)), np.inf)
    for m in SIGHT.values():
        a, b = oklab(np.clip(rgb_a @ m.T, 0, 1)), oklab(np.clip(rgb_b @ m.T, 0, 1))
        apart_m = np.minimum(apart_m, np.linalg.norm(a[:, None] - b[None], axis=-1))
    cost = cost_a[:, None] + cost_b[None] + 20 * np.maximum(LEAST_APART + 0.02 - apart_m, 0)
    i, j = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return to_hex(rgb_a[i]), to_hex(rgb_b[j])


def _candidates(kit: str, background: str) -> tuple[Float, Float]:
    """Return colours about a kit's that stand out from the background, linear RGB (N, 3), and how far each moved."""
    lab = oklab(to_linear(kit))
    chroma, hue = float(np.hypot(lab[1], lab[2])), float(np.arctan2(lab[2], lab[1]))
    lights = np.append(np.linspace(0.30, 0.90, 25), lab[0])
    chromas = np.unique([chroma, chroma * 0.8, min(chroma * 1.15, 0.3)])
    turns = np.radians([0, -8, 8, -16, 16, -28, 28])
    L, C, H = (v.ravel() for v in np.meshgrid(lights, chromas, hue + turns, indexing="ij"))
    rgb = np.clip(_from_oklab(np.stack([L, C * np.cos(H), C * np.sin(H)], 1)), 0, 1)
    behind = float(luminance(to_linear(background)))
    seen = luminance(rgb)
    ratio = (np.maximum(seen, behind) + 0.05) / (np.minimum(seen, behind) + 0.05)
    kept = ratio >= LEAST_CONTRAST + 0.1
    rgb = rgb[kept]
    return rgb, np.linalg.norm(oklab(rgb) - lab, axis=-1)
