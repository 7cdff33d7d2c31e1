"""Lengths and speeds in metres and seconds; every conversion factor of the project, once."""

from __future__ import annotations

FOOT_M = 0.3048  # international foot, exact
YARD_M = 0.9144  # international yard, exact
INCH_M = 0.0254  # international inch, exact
CM_M = 0.01

METRES_PER = {
    "m": 1.0,
    "ft": FOOT_M,
    "yd": YARD_M,
    "in": INCH_M,
    "cm": CM_M,
    "mm": 0.001,
    "1/100ft": FOOT_M / 100,
    "1/100yd": YARD_M / 100,
}

KMH_PER_MPS = 3.6

# Running speed bands of soccer, km/h, the lower edge of each band.
# Source: FIFA, "Physical analysis of the FIFA World Cup Qatar 2022", zones 1-5.
SPEED_BANDS_KMH: tuple[tuple[str, float], ...] = (
    ("walk", 0.0),
    ("jog", 7.0),
    ("run", 15.0),
    ("high-speed run", 20.0),
    ("sprint", 25.0),
)
