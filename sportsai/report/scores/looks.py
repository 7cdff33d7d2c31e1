"""Where a model looks for each label of one real moment: over players on the court, and over players and time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.report.scores.sheet import (
    ACCENT,
    INK,
    MUTED,
    PALE,
    SECOND,
    SMALL_PT,
    Sheet,
    called,
    measured,
    percent,
    ramp,
)

COURT, ROW, GAP = 320.0, 15.0, 26.0
LOOKED = 0.5  # of the highest: regions above it are boxed


def draw_looks(table: Mapping[str, Any]) -> Sheet | None:
    """Return a row a label: the court with each player's share of the look, and the map over players and time, boxed.

    table["looks"]: what, entities (V names, players first), xy (P, T, 2) and present (P, T), relation (P,), half (2,)
    of the court in the units of xy, seconds (T',) of the map's columns about the moment, labels with name, p, true and
    map (V, T').
    """
    about = table.get("looks")
    if not about or not about["labels"]:
        return None
    entities, labels = [str(e) for e in about["entities"]], about["labels"]
    seconds = about["seconds"]
    left = max(measured(e, SMALL_PT) for e in entities) + 8
    tall = max(len(entities) * ROW, COURT * about["half"][1] / about["half"][0]) + 20
    cells = 30.0 * len(seconds)
    top_label = max(labels, key=lambda d: d["p"])
    where = np.array(top_label["map"]).sum(1)
    title = f"For {called(top_label['name'])} the model looks at {entities[int(where.argmax())]} most"
    note = (
        f"{about['what']}. Each label's look, its highest 1; boxed where above {LOOKED}. On the court the moment "
        "itself, discs as dark as what the model looks at; tails are the second before, orange the other team."
    )
    sheet = Sheet(COURT + GAP + left + cells + 10, len(labels) * (tall + 34), title, note)
    for k, label in enumerate(labels):
        top = k * (tall + 34)
        said = f"{called(label['name'])}: {percent(label['p'])}, {'true' if label['true'] else 'not true'}"
        sheet.text(0, top + 12, said, weight="bold", color=ACCENT if label["true"] else SECOND)
        grid = np.array(label["map"], float)
        grid = grid / max(grid.max(), 1e-12)
        _court(sheet, top + 20, about, grid)
        ax = sheet.axes(COURT + GAP + left, top + 20, cells, len(entities) * ROW)
        ax.pcolormesh(grid, cmap=ramp(), vmin=0, vmax=1, edgecolors="white", linewidth=0.5)
        ax.set_xlim(0, grid.shape[1])
        ax.set_ylim(grid.shape[0], 0)
        ax.set_axis_off()
        for x0, y0, x1, y1 in boxes(grid >= LOOKED):
            ax.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=INK, lw=1.4)
        for r, name in enumerate(entities):
            sheet.text(
                COURT + GAP + left - 6, top + 20 + (r + 0.72) * ROW, name, size=SMALL_PT, ha="right", color=MUTED
            )
        for c, s in enumerate(seconds):
            if c % 2 == 0:
                x = COURT + GAP + left + (c + 0.5) * 30
                y = top + 32 + len(entities) * ROW
                sheet.text(x, y, f"{s:+.1f} s".replace("-", "−"), size=SMALL_PT - 1, ha="center", color=MUTED)
    return sheet


def boxes(high: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Return the smallest boxes (x0, y0, x1, y1) about each run of neighbouring true cells of (V, T')."""
    left = high.copy()
    found = []
    for start in zip(*np.nonzero(high), strict=True):
        if not left[start]:
            continue
        todo, cells = [start], []
        left[start] = False
        while todo:
            r, c = todo.pop()
            cells.append((int(r), int(c)))
            for n in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if 0 <= n[0] < high.shape[0] and 0 <= n[1] < high.shape[1] and left[n]:
                    left[n] = False
                    todo.append(n)
        rows, columns = [r for r, _ in cells], [c for _, c in cells]
        found.append((min(columns), min(rows), max(columns) + 1, max(rows) + 1))
    return found


def _court(sheet: Sheet, top: float, about: Mapping[str, Any], grid: NDArray[np.float64]) -> None:
    wide, deep = about["half"]
    ax = sheet.axes(0, top, COURT, COURT * deep / wide)
    ax.set_xlim(-wide, wide)
    ax.set_ylim(-deep, deep)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=PALE)
    xy, present, relation = (np.array(about[k]) for k in ("xy", "present", "relation"))
    r = int(about["reference"])
    xy = np.where(present[..., None], xy, np.nan)
    share = grid[: len(xy)].sum(1)
    share = share / max(share.max(), 1e-12)
    for p in range(len(xy)):
        if not present[p, r]:
            continue
        color = ACCENT if relation[p] > 0 else SECOND
        before = slice(max(r - about["second"], 0), r + 1)
        ax.plot(xy[p, before, 0], xy[p, before, 1], color=color, lw=1, alpha=0.5)
        ax.plot([xy[p, r, 0]], [xy[p, r, 1]], marker="o", ms=9, color=color, alpha=0.12 + 0.88 * float(share[p]), mew=0)
        ax.plot([xy[p, r, 0]], [xy[p, r, 1]], marker="o", ms=9, mfc="none", mec=color, mew=0.8)
        if p == int(about["key"]):
            ax.annotate("key", (xy[p, r, 0], xy[p, r, 1]), (0, 8), textcoords="offset points", ha="center", size=8)
