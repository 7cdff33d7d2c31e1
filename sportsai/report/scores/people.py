"""A picture of a play as the model reads it: each person's box with what he does, said and true, and the group's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sportsai.report.scores.sheet import ACCENT, MUTED, PALE, SECOND, SMALL_PT, Sheet, called, measured, percent

WIDE, TALL = 560.0, 250.0


def draw_people(table: Mapping[str, Any]) -> Sheet | None:
    """Return clips of games never seen, one under the other: right answers violet, wrong ones orange with the truth.

    table["clips"]: each with `what`, `said`, `p`, `true` of the group, and `people`: rows of x, y of the foot, width
    and height (in one unit, y down), `said`, `p`, `true`.
    """
    clips = table.get("clips") or []
    if not clips:
        return None
    people = [p for c in clips for p in c["people"]]
    right = np.mean([p["said"] == p["true"] for p in people])
    title = f"{percent(float(right))} of the {len(people)} people in these {len(clips)} plays are read rightly"
    note = (
        f"{table.get('title', '')}: boxes are all the model sees. Over each what it says he does; orange is wrong, the "
        "truth in brackets. Standing is written only where it is wrong."
    )
    sheet = Sheet(WIDE, len(clips) * (TALL + 40), title, note, [("right", ACCENT, False), ("wrong", SECOND, False)])
    for k, clip in enumerate(clips):
        top = k * (TALL + 40)
        sheet.text(0, top + 14, str(clip["what"]), color=MUTED)
        good = clip["said"] == clip["true"]
        said = f"{called(clip['said'])}, {percent(clip['p'])}" + ("" if good else f" (was {called(clip['true'])})")
        sheet.text(WIDE, top + 14, said, ha="right", weight="bold", color=ACCENT if good else SECOND)
        _court(sheet, top + 22, clip["people"])
    return sheet


def _court(sheet: Sheet, top: float, people: Any) -> None:
    from matplotlib.patches import Rectangle

    x, y, w, h = (np.array([p[k] for p in people], float) for k in ("x", "y", "w", "h"))
    low, high = (x - w / 2).min(), (x + w / 2).max()
    up, down = (y - h).min(), y.max()
    scale = min((WIDE - 20) / max(high - low, 1e-6), (TALL - 60) / max(down - up, 1e-6))
    ax = sheet.axes(0, top, WIDE, TALL)
    ax.set_xlim(0, WIDE)
    ax.set_ylim(TALL, 0)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=PALE)
    left, above = (WIDE - scale * (high - low)) / 2, max(40.0, (TALL - scale * (down - up)) / 2 + 14)
    taken: list[tuple[float, float, float]] = []
    for i in np.argsort(x).tolist():
        p = people[i]
        good = p["said"] == p["true"]
        color = ACCENT if good else SECOND
        a, b = left + (x[i] - w[i] / 2 - low) * scale, above + (y[i] - h[i] - up) * scale
        still = good and p["said"] == "standing"
        ax.add_patch(Rectangle((a, b), w[i] * scale, h[i] * scale, fill=False, ec=MUTED if still else color, lw=1.2))
        if still:
            continue
        text = called(p["said"]) + ("" if good else f" ({called(p['true'])})")
        width, at = measured(text, SMALL_PT - 1) + 6, b - 4
        centre = min(max(a + w[i] * scale / 2, width / 2 + 2), WIDE - width / 2 - 2)
        while any(abs(centre - c) < (width + v) / 2 and abs(at - r) < 11 for c, v, r in taken):
            at -= 11
        taken.append((centre, width, at))
        ax.text(centre, at, text, ha="center", va="bottom", size=SMALL_PT - 1, color=color)
