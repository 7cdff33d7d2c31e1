"""How much is found by reading few frames: accuracy against the share of frames read, a line a way of reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.report.scores.sheet import ACCENT, INK, MUTED, PALE, SECOND, Sheet, decimal, percent, style, write_picture

WAYS = {
    "scout": ("a scout", ACCENT, False), "even": ("an even grid", SECOND, False),
    "undecided": ("where undecided", MUTED, True),
}  # fmt: skip


def draw_curve(title: str, points: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """Write the curve as SVG and return its path.

    points: rows of `whole.curve.points`: how frames were chosen, "budget", "mAP" at two tolerances, "interval",
    "share" of the dense model's; a "dense" one is the line above all others.
    """
    with style():
        content = curve(title, points).svg()
    return write_picture(path, content)


def curve(title: str, points: Sequence[Mapping[str, Any]]) -> Sheet:
    """Return the picture."""
    dense = next((p for p in points if p["how"] == "dense"), None)
    scout = {p["budget"]: p for p in points if p["how"] == "scout"}
    at = 0.05 if 0.05 in scout else min(scout)
    share = scout[at].get("share")
    head = f"Reading {percent(at)} of the frames finds moments with mAP {decimal(scout[at]['mAP'][0])}"
    head += f", {percent(share)} of what all frames give" if share else ""
    seeds = max(p["seeds"] for p in points)
    note = f"{title}. mAP within 2.5 s on games never seen, {seeds} training{'s' * (seeds > 1)}; bars: 95 % by game."
    key = [WAYS[k] for k in WAYS if any(p["how"] == k for p in points)]
    key += [("every frame, dense", INK, True)] if dense else []
    sheet = Sheet(640, 380, head, note, key)
    ax = sheet.axes(52, 10, 570, 320)
    ax.set_xscale("log")
    for n, (how, (_, color, dashed)) in enumerate(WAYS.items()):
        mine = sorted((p for p in points if p["how"] == how), key=lambda p: p["budget"])
        if not mine:
            continue
        x = 100 * np.array([p["budget"] for p in mine]) * 1.02 ** (n - 1)
        ax.plot(x, [p["mAP"][0] for p in mine], color=color, lw=1.6 if dashed else 2.2, ls="--" if dashed else "-",
                marker="o", ms=4 if dashed else 5.5)  # fmt: skip
        if not dashed:
            for a, p in zip(x, mine, strict=True):
                ax.plot([a, a], p["interval"], color=color, lw=1)
    if dense:
        ax.axhline(dense["mAP"][0], color=INK, lw=1.2, ls=(0, (5, 3)))
    ticks = [1, 2, 5, 10, 20, 100]
    ax.set_xticks(ticks, [f"{t} %" for t in ticks])
    ax.minorticks_off()
    ax.set_xlim(0.85, 118)
    ax.set_ylim(0, 1)
    ax.set_xlabel("frames of play read")
    ax.set_ylabel("mAP within 2.5 s")
    ax.grid(axis="y")
    ax.spines["left"].set_color(PALE)
    return sheet
