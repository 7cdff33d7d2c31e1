"""What is taken for what: counts and shares, or a heat map where there are many classes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.report.colors import ink_on
from sportsai.report.scores.sheet import (
    INK,
    LINE,
    MANY,
    MUTED,
    PALE,
    SMALL_PT,
    TEXT_PT,
    Sheet,
    about_table,
    called,
    color_bar,
    measured,
    percent,
    ramp,
    spoken,
    square,
)

Float = NDArray[np.float64]
_WAS, _HELD = "what it was ↓", "right when said"


def draw_confusion(table: Mapping[str, Any]) -> Sheet | None:
    """Return what was taken for what: counts and shares of the row, or a heat map of shares for many classes."""
    names = [str(n) for n in table.get("names") or []]
    model, counts, where = str(table.get("best") or ""), square(table.get("confusion"), len(names)), ""
    if counts is None:
        ways = sorted(table.get("ways") or [], key=lambda w: bool(w.get("trained")))
        for way in ways:
            counts = square(way.get("confusion"), len(names))
            if counts is not None:
                model, where = str(way["rows"][0]["model"]) if way.get("rows") else "", str(way.get("title") or "")
                break
    if counts is None:
        return None
    title, note = _confusion_said(table, counts, names, model, where)
    K, few = len(names), len(names) <= MANY
    shown = [called(n, 22 if few else 14) for n in names]
    cell = min(max(520 / K, 46.0), 96.0) if few else min(max(520 / K, 6.0), 18.0)
    size = TEXT_PT if few else min(SMALL_PT, max(cell - 3, 4.0))
    step = 1 if cell >= 8 else math.ceil(8 / cell)
    widest = max(measured(s, size) for s in shown)
    rows_n = [f"n = {int(c):,}" for c in counts.sum(1)]
    beside = max(measured(s, SMALL_PT) for s in rows_n) + 12 if few else 0.0
    left = max(widest + 8 + beside, measured(_WAS, TEXT_PT) + 8, measured(_HELD, TEXT_PT) + 8 if few else 0.0)
    flat = few and widest <= cell - 4
    slant = 0.0 if flat else widest if not few else widest * 0.72 + 8
    top = 26 + (16 if flat else slant + 6)
    foot = 46.0 if few else 8.0
    body = left + K * cell + 84 + (0 if flat or not few else 20)
    sheet = Sheet(max(body, 480.0), top + K * cell + foot, title, note)
    ax = sheet.axes(left, top, K * cell, K * cell)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    colors = ramp()
    edge = 1.5 if few else 0.4
    ax.pcolormesh(share, cmap=colors, vmin=0, vmax=1, edgecolors="white" if few else LINE, linewidth=edge)
    ax.set_xlim(0, K)
    ax.set_ylim(K, 0)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=LINE)
    for k in range(0, K, step):
        y, x = top + (k + 0.5) * cell, left + (k + 0.5) * cell
        sheet.text(left - 8 - beside, y + 0.36 * size, shown[k], size=size, ha="right")
        if few:
            sheet.text(left - 8, y + 0.36 * SMALL_PT, rows_n[k], size=SMALL_PT, ha="right", color=MUTED)
        if flat:
            sheet.text(x, top - 8, shown[k], ha="center")
        elif few:
            sheet.text(x, top - 6, shown[k], rotation=45, rotation_mode="anchor")
        else:
            sheet.text(x + 0.36 * size, top - 6, shown[k], size=size, rotation=90, rotation_mode="anchor")
    if few:
        _cells(sheet, counts, share, colors, left, top, cell)
    sheet.text(left, 10, "what the model said →", color=MUTED)
    sheet.text(0, top - 8, _WAS, color=MUTED)
    color_bar(sheet, left + K * cell + 24, top + 18, min(K * cell - 18, 160), colors, ("0", percent(1), "of the row"))
    return sheet


def draw_pair(names: Sequence[str], pair: Sequence[tuple[str, NDArray[np.int64]]], title: str, note: str) -> Sheet:
    """Return two models' confusion side by side: shares of the row in a heat map, written where over a twentieth.

    pair: of each its words and its counts (K, K), the truth down and the answer across.
    """
    shown = [called(n, 16) for n in names]
    K, cell = len(names), 38.0
    left = max(measured(s, SMALL_PT) for s in shown) + 8
    slant = max(measured(s, SMALL_PT) for s in shown) + 8
    top, wide = 44 + slant, left + K * cell
    sheet = Sheet(2 * wide + 40 + 90, top + K * cell + 8, title, note)
    colors = ramp()
    for at, (words, counts) in enumerate(pair):
        x0 = at * (wide + 40) + left
        share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
        right = percent(float(np.trace(counts) / max(counts.sum(), 1)))
        sheet.text(x0 - left, 14, f"{words}: {right} right", weight="bold")
        ax = sheet.axes(x0, top, K * cell, K * cell)
        ax.pcolormesh(share, cmap=colors, vmin=0, vmax=1, edgecolors="white", linewidth=1.0)
        ax.set_xlim(0, K)
        ax.set_ylim(K, 0)
        ax.set_xticks([])
        ax.set_yticks([])
        for k, name in enumerate(shown):
            y, x = top + (k + 0.5) * cell, x0 + (k + 0.5) * cell
            sheet.text(x0 - 8, y + 0.36 * SMALL_PT, name, size=SMALL_PT, ha="right")
            sheet.text(x + 0.36 * SMALL_PT, top - 6, name, size=SMALL_PT, rotation=90, rotation_mode="anchor")
        _shares(sheet, share, colors, x0, top, cell)
    where = 2 * wide + 40 + 16
    color_bar(sheet, where, top + 18, min(K * cell - 18, 160), colors, ("0", percent(1), "of the row"))
    return sheet


def _shares(sheet: Sheet, share: Float, colors: Any, left: float, top: float, cell: float) -> None:
    """Write each share of a twentieth or more into its cell, bold on the diagonal."""
    from matplotlib.colors import to_hex

    for i, j in np.argwhere(share >= 0.05).tolist():
        ink = ink_on(to_hex(colors(float(share[i, j]))))
        x, y = left + (j + 0.5) * cell, top + (i + 0.5) * cell
        bold = "bold" if i == j else "normal"
        sheet.text(x, y + 4, percent(share[i, j]), color=ink, ha="center", size=SMALL_PT, weight=bold)


def _cells(
    sheet: Sheet, counts: NDArray[np.int64], share: Float, colors: Any, left: float, top: float, cell: float
) -> None:
    """Write count and share into each cell, mark the diagonal, and say below how often each answer is right."""
    from matplotlib.colors import to_hex

    K = len(counts)
    for i, j in itertools.product(range(K), range(K)):
        x, y = left + (j + 0.5) * cell, top + (i + 0.5) * cell
        if not counts[i, j]:
            sheet.text(x, y + 4, "·", color=PALE, ha="center")
            continue
        ink = ink_on(to_hex(colors(float(share[i, j]))))
        bold = "bold" if i == j else "normal"
        sheet.text(x, y - 1, f"{counts[i, j]:,}", color=ink, ha="center", weight=bold)
        few = percent(share[i, j]) if share[i, j] >= 0.005 else "<" + percent(0.01)
        sheet.text(x, y + 13, few, color=ink, ha="center", size=SMALL_PT)
    y = top + K * cell
    for j in range(K):
        said = int(counts[:, j].sum())
        x = left + (j + 0.5) * cell
        right = percent(counts[j, j] / said) if said else "–"
        sheet.text(x, y + 20, right, ha="center", weight="bold", color=INK if said else MUTED)
        sheet.text(x, y + 34, f"of {said:,}", ha="center", size=SMALL_PT, color=MUTED)
    sheet.text(left - 8, y + 20, _HELD, ha="right", color=MUTED)


def _confusion_said(
    table: Mapping[str, Any], counts: NDArray[np.int64], names: Sequence[str], model: str, where: str
) -> tuple[str, str]:
    n, off = int(counts.sum()), counts.copy()
    np.fill_diagonal(off, 0)
    title = f"{percent(np.trace(counts) / n)} of {n:,} moments right"
    if off.any():
        i, j = divmod(int(off.argmax()), len(off))
        of = int(counts[i].sum())
        title += (
            f"; most often wrong: {called(names[i])} taken for {called(names[j])} ({off[i, j]:,}\u00a0of\u00a0{of:,})"
        )
    what = "Count, and share of the row." if len(names) <= MANY else "Share of the row."
    empty = [called(k) for k, c in zip(names, counts.sum(1), strict=True) if not c]
    note = [about_table(table), f"{spoken(model)}." if model else "", f"{where}." if where else "", what]
    if empty:
        note.append(f"Without an example: {', '.join(empty[:6])}{' …' if len(empty) > 6 else ''}.")
    return title, " ".join(s for s in note if s)
