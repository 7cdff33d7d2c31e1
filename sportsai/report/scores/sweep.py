"""What a sweep of a recipe's values found: every trial's figure in turn, and over each key that was swept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.report.scores.sheet import ACCENT, MUTED, PALE, TEXT_PT, Sheet, clean, decimal, style, write_picture

MOST = 6  # keys that are drawn


def draw_sweep(
    title: str, headline: str, found: Sequence[Mapping[str, Any]], keys: Mapping[str, bool], path: Path
) -> Path:
    """Write the picture as SVG and return its path.

    found: rows of `learn.sweep`. keys: each key that was swept, and whether by its logarithm.
    """
    with style():
        content = _sheet(title, headline, found, keys).svg()
    return write_picture(path, content)


def _sheet(title: str, headline: str, found: Sequence[Mapping[str, Any]], keys: Mapping[str, bool]) -> Sheet:
    done = [r for r in found if r["ended"] == "done"]
    cut = [r for r in found if r["ended"] == "pruned" and r["figure"] is not None]
    top = max(done, key=lambda r: r["figure"])
    head = f"Trial {top['trial']} validates best, {clean(headline)} {decimal(top['figure'], 3)}"
    note = f"{clean(title, 80)}: {len(done)} trials to their end, {len(cut)} cut off early. "
    note += "Judged by what validates; what tests was not read."
    key = [("to its end", ACCENT, False), ("cut off", PALE, False), ("best so far", MUTED, True)]
    drawn = list(keys)[:MOST]
    lines = -(-len(drawn) // 3)
    sheet = Sheet(640, 210 + 190 * lines, head, note, key)
    values = [r["figure"] for r in (*done, *cut)]
    room = 0.06 * (max(values) - min(values) or 0.1)
    low, high = min(values) - room, max(values) + room
    ax = sheet.axes(44, 8, 590, 160)
    _dots(ax, done, cut, "trial")
    best = np.maximum.accumulate([r["figure"] for r in done])
    ax.step([r["trial"] for r in done], best, where="post", color=MUTED, lw=1.2, ls=(0, (3, 2)))
    _frame(ax, "trial", low, high)
    ax.set_ylabel(clean(headline))
    ax.xaxis.get_major_locator().set_params(integer=True)
    for i, name in enumerate(drawn):
        ax = sheet.axes(44 + 203 * (i % 3), 222 + 190 * (i // 3), 180, 130)
        words = not all(isinstance(r[name], (int, float)) and not isinstance(r[name], bool) for r in (*done, *cut))
        order = {v: n for n, v in enumerate(sorted({str(r[name]) for r in (*done, *cut)}))} if words else None
        _dots(ax, done, cut, name, order)
        if order is not None:
            ax.set_xticks(list(order.values()), [clean(v, 10) for v in order])
        elif keys[name]:
            ax.set_xscale("log")
        _frame(ax, clean(name, 24), low, high)
        if i % 3:
            ax.set_yticklabels([])
        ax.tick_params(labelsize=TEXT_PT - 2)
    return sheet


def _dots(ax: Any, done: Sequence[Any], cut: Sequence[Any], key: str, order: Mapping[str, int] | None = None) -> None:
    for each, color in ((cut, PALE), (done, ACCENT)):
        x = [r[key] if order is None else order[str(r[key])] for r in each]
        ax.plot(x, [r["figure"] for r in each], ls="", marker="o", ms=5, color=color)


def _frame(ax: Any, below: str, low: float, high: float) -> None:
    ax.set_ylim(low, high)
    ax.set_xlabel(below)
    ax.grid(axis="y")
    ax.spines["left"].set_color(PALE)
