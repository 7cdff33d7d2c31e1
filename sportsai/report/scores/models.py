"""Where models lie: the headline figure of each with its interval, chance and gradient boosting beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from sportsai.errors import one_line
from sportsai.report.scores.sheet import (
    ACCENT,
    INK,
    MUTED,
    SECOND,
    TEXT_PT,
    Sheet,
    about_table,
    clean,
    decimal,
    finite,
    lower,
    measured,
    number,
    spoken,
    xml,
)

_BOOSTED = ("boosted", "boosted_simple")


def draw_models(table: Mapping[str, Any]) -> Sheet | None:
    """Return every model's headline figure with its interval, sorted, chance dashed."""
    name = str(table.get("headline") or "mAP")
    groups = _groups(table, name)
    if not groups:
        return None
    gaps = {m: g for m, g in (table.get("differences") or {}).items() if len(g) == 3 and finite(*g)}
    labels = [_label(r, table) for g in groups for r in g["rows"]]
    left = max(measured(s, TEXT_PT, bold=True) for s in labels) + 16
    plot, row, head = 330.0, 26.0, 34.0
    right = [150.0] + ([190.0] if gaps else [])
    heights = [head + row * len(g["rows"]) + 12 for g in groups]
    title, note = _models_said(table, groups, name, gaps)
    sheet = Sheet(left + plot + sum(right), sum(heights) + 24, title, note)
    ends = [v for g in groups for r in g["rows"] for v in (r["value"], *(r["interval"] or ()))]
    ends += [g["chance"] for g in groups if g["chance"] is not None]
    low, high = _limits(min(ends), max(ends))
    top = 0.0
    for g, height in zip(groups, heights, strict=True):
        ax = sheet.axes(left, top + head, plot, height - head - 12)
        _dots(sheet, ax, g, table, top + head, row)
        ax.set_xlim(low, high)
        ax.set_ylim(len(g["rows"]) - 0.5, -0.5)
        ax.set_yticks([])
        ax.xaxis.set_major_formatter(lambda v, _: decimal(v))
        ax.grid(axis="x")
        ax.tick_params(length=0)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        if g is not groups[-1]:
            ax.set_xticklabels([])
        if g["title"]:
            sheet.text(0, top + 16, clean(g["title"], 80), weight="bold")
        if g["chance"] is not None:
            ax.axvline(g["chance"], color=MUTED, lw=1.2, ls=(0, (4, 3)), zorder=1)
            at = left + plot * (g["chance"] - low) / (high - low)
            said = f"chance {decimal(g['chance'])}"
            wide = measured(said, TEXT_PT)
            sheet.text(min(max(at - wide / 2, left), left + plot - wide), top + head - 6, said, color=MUTED)
        x = left + plot + 16
        sheet.text(x, top + head - 6, f"{clean(name)}, 95 %", color=MUTED)
        if gaps:
            sheet.text(x + right[0], top + head - 6, "minus gradient boosting", color=MUTED)
        for i, r in enumerate(g["rows"]):
            y = top + head + row * (i + 0.5) + 4
            _figures(sheet, x, y, r, gaps, right[0])
        top += height
    what = "mean of the classes’ average precision (AP-ni)" if name == "mAP" else "share of moments"
    sheet.text(left + plot / 2, top + 20, f"{clean(name)}: {what}, 0 to 1", color=MUTED, ha="center")
    return sheet


def _groups(table: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the rows to draw, sorted, of the table or of each of its ways."""
    ways = [w for w in table.get("ways") or [] if w.get("rows")]
    groups = []
    for way in ways or [table]:
        rows, chance = [], number((table.get("chance") or {}).get(name)) if not ways else None
        for r in way.get("rows") or []:
            value = number((r.get("mean") or {}).get(name))
            if value is None:
                continue
            if r["model"] == "chance":
                chance = value
                continue
            ends = r.get("interval") or ()
            interval = [float(v) for v in ends] if len(ends) == 2 and finite(*ends) else None
            rows.append({"model": str(r["model"]), "value": value, "interval": interval, "seeds": r.get("seeds", 1)})
        rows.sort(key=lambda r: (-r["value"], r["model"]))
        if rows:
            title = f"{way['title']} ({way.get('items', 0):,} moments)" if ways and way.get("title") else ""
            groups.append({"rows": rows, "chance": chance, "title": title})
    return groups


def _label(row: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    return spoken(row["model"]) + (" (chosen)" if row["model"] == table.get("best") else "")


def _look(row: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """Return colour and marker: the chosen model, gradient boosting, one that is not told the key player, the rest."""
    model = row["model"]
    color = ACCENT if model == table.get("best") else SECOND if model in _BOOSTED else MUTED
    return {
        "color": color, "marker": "D" if model in _BOOSTED else "o", "ms": 7 if model in _BOOSTED else 8,
        "mfc": "white" if model.endswith("unknown key") else color, "mew": 1.6,
    }  # fmt: skip


def _dots(sheet: Sheet, ax: Any, group: Mapping[str, Any], table: Mapping[str, Any], top: float, row: float) -> None:
    for i, r in enumerate(group["rows"]):
        look = _look(r, table)
        if r["interval"]:
            ax.plot(r["interval"], [i, i], color=look["color"], lw=2, solid_capstyle="round", zorder=3)
        ax.plot([r["value"]], [i], ls="none", zorder=4, clip_on=False, **look)
        marked = r["model"] == table.get("best") or r["model"] in _BOOSTED
        color = look["color"] if marked else INK
        sheet.text(0, top + row * (i + 0.5) + 4, _label(r, table), color=color, weight="bold" if marked else "normal")


def _figures(sheet: Sheet, x: float, y: float, row: Mapping[str, Any], gaps: Mapping[str, Any], wide: float) -> None:
    """Write a model's figure, its interval, and how far it lies from gradient boosting."""
    sheet.text(x, y, decimal(row["value"]), weight="bold")
    if row["interval"]:
        sheet.text(x + 40, y, " to ".join(map(decimal, row["interval"])), color=MUTED)
    if row["model"] in gaps:
        gap, low, high = (float(v) for v in gaps[row["model"]])
        sure = low > 0 or high < 0
        said = f"{_signed(gap)} ({_signed(low)} to {_signed(high)})"
        sheet.text(x + wide, y, said, color=INK if sure else MUTED, weight="bold" if sure else "normal")


def _models_said(
    table: Mapping[str, Any], groups: list[dict[str, Any]], name: str, gaps: Mapping[str, Any]
) -> tuple[str, str]:
    rows = groups[0]["rows"]
    best = next((r for r in rows if r["model"] == table.get("best")), rows[0])
    chance = groups[0]["chance"]
    title = f"{spoken(best['model'])} reaches {name} {decimal(best['value'])}"
    others = [r for r in rows if r["model"] in _BOOSTED and r is not best]
    if best["model"] in gaps:
        gap, low, high = (float(v) for v in gaps[best["model"]])
        verdict = "ahead of" if low > 0 else "behind" if high < 0 else "not clearly apart from"
        title += f", {verdict} gradient boosting ({_signed(gap)}, 95 % {_signed(low)} to {_signed(high)})"
    elif others:
        title += f"; {lower(spoken(others[0]['model']))} {decimal(others[0]['value'])}"
    elif chance is not None:
        title += f"; chance gives {decimal(chance)}"
    chosen = ["Chosen: best on validation games."] if table.get("best") else []
    many = [r["seeds"] for g in groups for r in g["rows"]]
    seeds = [f"Dot: mean of {max(many)} trainings; bar: 95 % interval." if max(many) > 1 else "Bar: 95 % interval."]
    return title, " ".join([about_table(table), *seeds, *chosen, *_sentence(table.get("note"))])


def _sentence(text: object) -> list[str]:
    """Return what a table's note says beyond its first numbers, which stand in the title already."""
    said = one_line(xml(str(text or "")), 400)
    known = r"^\d+ moments of \d+ games? in \d+ parts?; no game trains and tests; "
    said = re.sub(known, "No game trains and tests; ", said)
    return [said] if said else []


def _limits(low: float, high: float) -> tuple[float, float]:
    """Return axis ends in steps of .1 around values in [0, 1]."""
    a, b = math.floor(low * 10 - 0.2) / 10, math.ceil(high * 10 + 0.2) / 10
    return max(min(a, b - 0.2), -0.02), min(max(b, a + 0.2), 1.02)


def _signed(v: float) -> str:
    return ("−" if v < 0 else "+") + decimal(abs(v))
