"""Precision over recall, a panel a class: the best model, and Shared-Compare with and without the key player."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.report.scores.sheet import (
    ACCENT,
    INK,
    MANY,
    MUTED,
    SECOND,
    SMALL_PT,
    TEXT_PT,
    THIRD,
    Sheet,
    about_table,
    called,
    decimal,
    measured,
    number,
    panel_words,
    percent,
    spoken,
    square,
)

Float = NDArray[np.float64]


def draw_precision_recall(table: Mapping[str, Any]) -> Sheet | None:
    """Return a panel a class: precision over recall of the chosen model and of Shared-Compare, its key known or not."""
    names = [str(n) for n in table.get("names") or []]
    curves = _curves(table, names)
    drawn = [n for n in names if any(n in c for c in curves.values())]
    if not drawn or len(drawn) > MANY:
        return None
    n = _prevalence(table, names)
    looks = _lines(list(curves), table)
    rows = math.ceil(len(drawn) / 4)
    columns = math.ceil(len(drawn) / rows)
    wide, tall, gap, foot, side = {1: 420.0, 2: 300.0}.get(columns, 168.0), 132.0, 26.0, 22.0, 44.0
    stacked = any(_wide(name) + measured(_many(n, name), SMALL_PT) + 10 > wide for name in drawn)
    head = 58.0 if stacked else 44.0
    title, note = _curves_said(table, curves, names, drawn)
    spots = _direct(curves, drawn, n, looks, wide, tall) if len(curves) > 1 else None
    key = list(looks.values()) if len(curves) > 1 and not spots else []
    if spots:
        note += " Key known, key unknown: Shared-Compare told who the key player is, or not."
    body = max(side + columns * wide + (columns - 1) * gap, 440.0, sum(measured(k[0], TEXT_PT) + 50 for k in key) - 24)
    sheet = Sheet(body, rows * (head + tall) + (rows - 1) * foot + 34, title, note, key)
    for i, name in enumerate(drawn):
        at_row, at_column = divmod(i, columns)
        ax = sheet.axes(side + at_column * (wide + gap), at_row * (head + tall + foot) + head, wide, tall)
        panel_words(ax, 0, head - 20, called(name, 22), weight="bold")
        at = {"x": 0, "y": 24} if stacked else {"x": wide, "y": 24, "ha": "right"}
        panel_words(ax, text=_many(n, name), color=MUTED, size=SMALL_PT, **at)
        _panel(ax, table, curves, name, looks, n)
        if spots and spots[0] == name:
            for (label, color, _), (px, py) in zip(looks.values(), spots[1], strict=True):
                for k, line in enumerate(reversed(_broken(label))):
                    panel_words(ax, px, py - tall + 3 + 12 * k, line, color=color, size=SMALL_PT)
        if at_column == 0:
            ax.set_ylabel("precision")
        if i + columns >= len(drawn):
            ax.set_xlabel("recall")
    return sheet


def _panel(
    ax: Any, table: Mapping[str, Any], curves: Mapping[str, Mapping[str, tuple[Float, Float]]], name: str,
    looks: Mapping[str, tuple[str, str, bool]], n: Mapping[str, tuple[int, float]],
) -> None:  # fmt: skip
    """Draw one class: its lines, its prevalence, and the average precision of each model above."""
    ax.set(xlim=(0, 1), ylim=(0, 1.03))
    ax.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    ax.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
    ax.grid()
    ax.tick_params(length=0)
    if name in n:
        ax.axhline(n[name][1], color=MUTED, lw=1, ls=(0, (1, 2)))
    for model, each in reversed(list(curves.items())):
        if name in each:
            _, color, dashed = looks[model]
            ax.plot(*each[name], color=color, lw=1.8, ls=(0, (3, 1.5)) if dashed else "-", clip_on=False)
    panel_words(ax, 0, 8, "AP", color=MUTED)
    x = measured("AP ", TEXT_PT)
    for model, each in curves.items():
        ap = _ap(table, model, name, each.get(name))
        if ap is not None:
            said = decimal(ap)
            panel_words(ax, x, 8, said, color=looks[model][1], weight="bold")
            x += measured(said, TEXT_PT, bold=True) + 8


def _wide(name: str) -> float:
    return measured(called(name, 22), TEXT_PT, bold=True)


def _many(n: Mapping[str, tuple[int, float]], name: str) -> str:
    return f"n = {n[name][0]:,} ({percent(n[name][1])})" if name in n else ""


def _broken(label: str) -> list[str]:
    """Return a line's own label: in two lines where it has a place to break, only the key where there is one."""
    name, comma, more = label.partition(", ")
    if comma:
        return [more.replace("key player", "key")]
    name, plus, more = label.partition(" + ")
    return [name + " +", more] if plus else [name]


def _curves(table: Mapping[str, Any], names: Sequence[str]) -> dict[str, dict[str, tuple[Float, Float]]]:
    """Return (recall, precision) of each model and class that has any; a model drawn twice only once."""
    found: dict[str, dict[str, tuple[Float, Float]]] = {}
    for model, each in (table.get("curves") or {}).items():
        if f"{model}, known key" in table["curves"]:
            continue
        for name, pair in each.items():
            recall, precision = (np.array([number(v, math.nan) for v in side], float) for side in pair)
            keep = np.isfinite(recall) & np.isfinite(precision)
            if name in names and keep.any() and recall[keep].max() > 0:
                found.setdefault(str(model), {})[name] = (recall[keep], precision[keep])
    return found


def _lines(models: Sequence[str], table: Mapping[str, Any]) -> dict[str, tuple[str, str, bool]]:
    """Return label, colour and whether dashed of each model's line."""
    spare = iter([SECOND, THIRD, INK, *[MUTED] * len(models)])
    looks = {}
    for model in models:
        chosen = model.removesuffix(", known key") == table.get("best") and not model.endswith("unknown key")
        looks[model] = (spoken(model), ACCENT if chosen else next(spare), model.endswith("unknown key"))
    return looks


def _prevalence(table: Mapping[str, Any], names: Sequence[str]) -> dict[str, tuple[int, float]]:
    """Return how many moments of each class were tested and their share."""
    counts = square(table.get("confusion"), len(names))
    if counts is None:
        return {}
    return {k: (int(c), float(c / counts.sum())) for k, c in zip(names, counts.sum(1), strict=True)}


def _ap(table: Mapping[str, Any], model: str, name: str, curve: tuple[Float, Float] | None) -> float | None:
    """Return the table's average precision of a class, or the area under the drawn curve."""
    for row in table.get("rows") or []:
        if row.get("model") in (model, model.removesuffix(", known key") if "unknown" not in model else model):
            value = number((row.get("mean") or {}).get(f"AP {name}"))
            if value is not None:
                return value
    if curve is None:
        return None
    return float((curve[1] * np.diff(curve[0], prepend=0.0)).sum())


def _curves_said(
    table: Mapping[str, Any], curves: Mapping[str, Any], names: Sequence[str], drawn: Sequence[str]
) -> tuple[str, str]:
    first = next(iter(curves))
    model, comma, key = spoken(first).partition(", ")
    who = f"{model} ({key})" if comma else model
    each = {n: _ap(table, first, n, curves[first].get(n)) for n in drawn}
    ranked = sorted(((a, n) for n, a in each.items() if a is not None), reverse=True)
    title = f"{who}: precision over recall"
    if len(ranked) > 1:
        (top, easy), (low, hard) = ranked[0], ranked[-1]
        title = f"{who} finds {called(easy)} best (AP {decimal(top)}), {called(hard)} worst ({decimal(low)})"
    elif ranked:
        title = f"{who} finds {called(ranked[0][1])} with AP {decimal(ranked[0][0])}"
    note = [about_table(table), "Precision: share of what it says that is right. Recall: share of the class it finds."]
    if _prevalence(table, names):
        note.append("Dotted: the class’s share of all moments, what guessing gives.")
    if len(drawn) < len(names):
        note.append(f"Without an example: {', '.join(called(n) for n in names if n not in drawn)}.")
    return title, " ".join(note)


def _direct(
    curves: Mapping[str, Mapping[str, tuple[Float, Float]]], drawn: Sequence[str], n: Mapping[str, Any],
    looks: Mapping[str, tuple[str, str, bool]], wide: float, tall: float,
) -> tuple[str, list[tuple[float, float]]] | None:  # fmt: skip
    """Return the first panel in which every line can carry its own label, and where (points from its bottom left)."""
    broken = [_broken(label) for label, _, _ in looks.values()]
    sizes = [(max(measured(line, SMALL_PT) for line in lines), 12.0 * len(lines)) for lines in broken]
    scale = np.array([wide, tall / 1.03])
    for name in drawn:
        if not all(name in each for each in curves.values()):
            continue
        paths = [_dense(np.stack(each[name], 1) * scale) for each in curves.values()]
        base = n[name][1] * scale[1] if name in n else 0.0
        for order in itertools.permutations(range(len(paths))):
            spots = _spots(paths, sizes, order, base, wide, tall)
            if spots:
                return name, spots
    return None


def _spots(
    paths: list[Float], sizes: list[tuple[float, float]], order: Sequence[int], base: float, wide: float, tall: float
) -> list[tuple[float, float]] | None:
    """Return a place for each label beside its own line and off every other, None where one has none."""
    placed: dict[int, tuple[float, float]] = {}
    for k in order:
        w, h = sizes[k]
        best, cost = None, 14.0
        for x in np.arange(3, wide - w - 2, 6):
            for y in np.arange(3, tall - h - 2, 4):
                away = [_from_box(p, x, y, w, h) for p in paths]
                clear = all(
                    x + w + 3 < px or px + sizes[j][0] + 3 < x or y + h + 2 < py or py + sizes[j][1] + 2 < y
                    for j, (px, py) in placed.items()
                )
                others = min((a for j, a in enumerate(away) if j != k), default=math.inf)
                if not clear or away[k] < 2 or others < away[k] + 4 or abs(base - (y + h / 2)) < h / 2 + 1:
                    continue
                if away[k] - 0.1 * others < cost:
                    best, cost = (float(x), float(y)), away[k] - 0.1 * min(others, 40)
        if best is None:
            return None
        placed[k] = best
    return [placed[k] for k in range(len(paths))]


def _from_box(points: Float, x: float, y: float, w: float, h: float) -> float:
    """Return how far the nearest point lies from a box, 0 inside."""
    dx = np.maximum(np.maximum(x - points[:, 0], points[:, 0] - x - w), 0)
    dy = np.maximum(np.maximum(y - points[:, 1], points[:, 1] - y - h), 0)
    return float(np.hypot(dx, dy).min())


def _dense(path: Float) -> Float:
    """Return points about every 2 pt along a path."""
    if len(path) < 2:
        return path
    parts = []
    for a, b in itertools.pairwise(path):
        many = max(int(np.hypot(*(b - a)) / 2), 1)
        parts.append(a + (b - a) * np.linspace(0, 1, many, endpoint=False)[:, None])
    return np.concatenate([*parts, path[-1:]])
