"""How labels stand to each other: which come together (the correlation map), and the hierarchy a graph rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sportsai.report.colors import ink_on
from sportsai.report.scores.sheet import (
    ACCENT,
    INK,
    LINE,
    MUTED,
    PALE,
    SECOND,
    SMALL_PT,
    TEXT_PT,
    Sheet,
    about_table,
    called,
    clean,
    color_bar,
    decimal,
    measured,
)

SHOWN_PHI = 0.25  # a correlation no edge of the hierarchy says, drawn from here on
CELL = 26.0


def draw_correlation(table: Mapping[str, Any]) -> Sheet | None:
    """Return the map of which labels come together, phi from -1 to +1; lines part the levels."""
    about = table.get("labels")
    if not about:
        return None
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    names, level, phi = [called(n) for n in about["names"]], list(about["level"]), np.array(about["phi"])
    L = len(names)
    off = np.where(np.eye(L, dtype=bool), 0, phi)
    i, j = divmod(int(off.argmax()), L)
    a, b = divmod(int(off.argmin()), L)
    title = (
        f"{names[i]} comes with {names[j]} ({decimal(off[i, j])}); {names[a]} rules out {names[b]} "
        f"({decimal(off[a, b])})"
    )
    note = f"{_of(table)} Correlation phi of each pair of labels; grey lines part the levels, coarse first."
    left, slant = max(measured(n, TEXT_PT) for n in names) + 12, max(measured(n, TEXT_PT) for n in names) * 0.72 + 10
    sheet = Sheet(left + L * CELL + 84, slant + L * CELL + 8, title, note)
    ax = sheet.axes(left, slant, L * CELL, L * CELL)
    colors = LinearSegmentedColormap.from_list("phi", [SECOND, "#ffffff", ACCENT], N=256)
    ax.pcolormesh(phi, cmap=colors, vmin=-1, vmax=1, edgecolors="white", linewidth=1)
    ax.set_xlim(0, L)
    ax.set_ylim(L, 0)
    ax.set_axis_off()
    for k in range(L):
        sheet.text(left - 8, slant + (k + 0.5) * CELL + 4, names[k], ha="right")
        sheet.text(left + (k + 0.5) * CELL, slant - 6, names[k], rotation=45, rotation_mode="anchor")
        for m in range(L):
            if k != m and abs(phi[k, m]) >= 0.1:
                ink = ink_on(to_hex(colors((phi[k, m] + 1) / 2)))
                x, y = left + (m + 0.5) * CELL, slant + (k + 0.5) * CELL
                sheet.text(x, y + 3, decimal(phi[k, m], 1), size=8, ha="center", color=ink)
        if k and level[k] != level[k - 1]:
            for xs, ys in (([0, L], [k, k]), ([k, k], [0, L])):
                ax.plot(xs, ys, color=MUTED, lw=1)
    color_bar(sheet, left + L * CELL + 20, slant + 18, 160, colors, ("−1", "+1", "phi"))
    return sheet


def draw_links(table: Mapping[str, Any]) -> Sheet | None:
    """Return the hierarchy: a column a level, what implies what, what excludes what, and strong correlations beside."""
    about = table.get("labels")
    if not about:
        return None
    names, level, phi = list(about["names"]), np.array(about["level"]), np.array(about["phi"])
    count = list(about["count"])
    columns = [np.flatnonzero(level == t) for t in np.unique(level)]
    tall = max(len(c) for c in columns)
    wide = max(measured(called(n), TEXT_PT) for n in names) + 44
    gap, row = 120.0, 34.0
    implies = {tuple(p) for p in [*about["implies"], *about["part_of"]]}
    excludes = {tuple(sorted(p)) for p in about["excludes"]}
    title = (
        f"{len(names)} labels on {len(columns)} levels: {len(implies)} impl{'ies' if len(implies) == 1 else 'y'} "
        f"another, {len(excludes)} pairs exclude each other"
    )
    note = (
        f"{_of(table)} How often each holds; thin lines are correlations on training labels of {SHOWN_PHI:.2f} "
        "or more between neighbouring levels, in either direction, which no rule says."
    )
    key = [("implies or lies in", INK, False), ("come together", ACCENT, False), ("seldom together", SECOND, True)]
    sheet = Sheet(len(columns) * wide + (len(columns) - 1) * gap, tall * row + 26, title, note, key)
    place = {}
    for t, column in enumerate(columns):
        x = t * (wide + gap)
        sheet.text(x, 12, f"level {t + 1}", color=MUTED)
        start = 26 + (tall - len(column)) * row / 2
        for r, k in enumerate(column.tolist()):
            place[k] = (x, start + r * row + row / 2)
    for a in range(len(names)):
        for b in range(len(names)):
            if level[b] != level[a] - 1:
                continue
            rule = (a, b) in implies
            if not rule and abs(phi[a, b]) < SHOWN_PHI:
                continue
            (xa, ya), (xb, yb) = place[a], place[b]
            color = INK if rule else ACCENT if phi[a, b] > 0 else SECOND
            look = {"color": color, "lw": 1.6 if rule else 0.6 + 1.6 * abs(phi[a, b])}
            if not rule and phi[a, b] < 0:
                look["ls"] = (0, (3, 2))
            sheet.line([xb + wide - 6, xa - 6], [yb, ya], **look)
    for k, (x, y) in place.items():
        sheet.line([x - 4, x + wide - 8], [y + 11, y + 11], color=LINE, lw=1)
        sheet.text(x, y + 4, called(names[k]))
        sheet.text(x + wide - 12, y + 4, f"{count[k]:,}", size=SMALL_PT, color=MUTED, ha="right")
    return sheet


def _of(table: Mapping[str, Any]) -> str:
    """Return what the labels are of; they are counted on all games, tested or not."""
    items, contests = table.get("items"), table.get("contests")
    many = f"{items:,} moments of {contests} games" if isinstance(items, int) else ""
    return f"{clean(table.get('title') or '', 120).rstrip('.')}: {many}."


def draw_given(table: Mapping[str, Any]) -> Sheet | None:
    """Return how the score of the other labels rises with the share of labels given, a line a kind of network."""
    rows = [r for r in table.get("partial") or [] if not isinstance(r["given"], str)]
    if not rows:
        return None
    kinds = list(dict.fromkeys(r["kind"] for r in rows))
    colors = dict(zip(kinds, (MUTED, SECOND, ACCENT), strict=False))
    best = max(rows, key=lambda r: (r["given"], r["mAP"]))
    none = next(r for r in rows if r["kind"] == best["kind"] and not r["given"])
    title = (
        f"With {best['given']:.0%} of the labels given, the others are found with mAP {decimal(best['mAP'])}, without "
        f"{decimal(none['mAP'])}"
    )
    note = f"{about_table(table)} mAP of the labels not given, games never seen; bars are 95 % by game."
    called_as = {"logistic": "each label alone", "binn": "BINN", "sinn": "SINN"}
    sheet = Sheet(560, 330, title, note, [(called_as.get(k, k), colors[k], False) for k in kinds])
    ax = sheet.axes(44, 10, 500, 280)
    for n, kind in enumerate(kinds):
        mine = sorted((r for r in rows if r["kind"] == kind), key=lambda r: r["given"])
        x = np.array([100 * r["given"] for r in mine]) + (n - 1) * 0.25
        y = np.array([r["mAP"] for r in mine])
        ax.plot(x, y, color=colors[kind], lw=2, marker="o", ms=5)
        for at, r in zip(x, mine, strict=True):
            ax.plot([at, at], r["interval"], color=colors[kind], lw=1)
    ax.set_xlabel("labels given, %")
    ax.set_ylabel("mAP of the others")
    ax.set_xticks(sorted({100 * r["given"] for r in rows}))
    ax.grid(axis="y")
    ax.spines["left"].set_color(PALE)
    return sheet
