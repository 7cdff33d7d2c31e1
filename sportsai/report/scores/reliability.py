"""Whether stated probabilities hold: said against right, with how often each was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sportsai.report.counts import wilson
from sportsai.report.scores.sheet import (
    ACCENT,
    MUTED,
    SMALL_PT,
    Sheet,
    about_table,
    decimal,
    finite,
    number,
    panel_words,
    percent,
    spoken,
)


def draw_reliability(table: Mapping[str, Any]) -> Sheet | None:
    """Return stated probability against share right, with a histogram of what was stated."""
    told = table.get("reliability") or {}
    bins = [[float(v) for v in b] for b in told.get("bins") or [] if len(b) == 3 and finite(*b) and b[2] > 0]
    if not bins:
        return None
    said, right, n = np.array(bins).T
    total = int(n.sum())
    stated, held = float((said * n).sum() / total), float((right * n).sum() / total)
    ece = number(told.get("ece"))
    ece = float((n * abs(said - right)).sum() / total) if ece is None else ece
    title = f"Stated {percent(stated)}, right {percent(held)}: ECE {decimal(ece)}"
    who = spoken(str(told["model"])) + "." if told.get("model") else ""
    note = (
        f"{about_table(table)} {who} How often the model’s answer is right against the probability it gives it, "
        f"n = {total:,} moments in ten bins. Larger points: more moments. Bars: 95 % Wilson intervals, as if moments "
        "were independent."
    )
    side, wide, tall = 56.0, 424.0, 300.0
    sheet = Sheet(side + wide + 10, tall + 132, title, note)
    ax = sheet.axes(side, 4, wide, tall)
    ends = np.array([wilson(float(r), float(k)) for r, k in zip(right, n, strict=True)])
    ax.plot([0, 1], [0, 1], color=MUTED, lw=1.2, ls=(0, (4, 3)))
    ax.vlines(said, ends[:, 0], ends[:, 1], color=ACCENT, lw=2, zorder=3)
    ax.scatter(said, right, s=20 + 180 * n / n.max(), color=ACCENT, edgecolor="white", lw=1, zorder=4, clip_on=False)
    ax.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="right")
    ax.set_yticks(np.linspace(0, 1, 6), [percent(v) for v in np.linspace(0, 1, 6)])
    if not ((said < 0.34) & (ends[:, 1] > 0.85)).any():
        panel_words(ax, 10, -18, "↑ right more often than stated", color=MUTED)
    if not ((said > 0.62) & (ends[:, 0] < 0.15)).any():
        panel_words(ax, wide - 6, 12 - tall, "↓ right less often", color=MUTED, ha="right")
    below = sheet.axes(side, tall + 28, wide, 70)
    bars = np.minimum((said * 10).astype(int), 9)
    below.bar(bars / 10 + 0.05, n, width=0.096, color=ACCENT, alpha=0.35, lw=0)
    for b, k in zip(bars, n, strict=True):
        below.annotate(
            f"{int(k):,}", (b / 10 + 0.05, k), xytext=(0, 3), textcoords="offset points", ha="center", size=SMALL_PT,
            color=MUTED, annotation_clip=False,
        )  # fmt: skip
    below.set(xlim=(0, 1), ylim=(0, float(n.max())), xlabel="stated", ylabel="moments")
    below.set_yticks([])
    for each in (ax, below):
        each.set_xticks(np.linspace(0, 1, 6), [percent(v) for v in np.linspace(0, 1, 6)])
        each.tick_params(length=0)
    ax.grid()
    ax.set_xticklabels([])
    below.spines["left"].set_visible(False)
    return sheet
