"""When each label held in a game: a lane a label, what the model says above what is logged, a strip for each period."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sportsai.data.game import Game
from sportsai.report.scores.sheet import (
    ACCENT,
    LINE,
    MUTED,
    PALE,
    SMALL_PT,
    Sheet,
    called,
    percent,
    style,
    write_picture,
)

WIDE, LANE, LEFT = 900.0, 24.0, 150.0


def draw_stretches(game: Game, events: pd.DataFrame, run: Mapping[str, Any], path: Path) -> Path:
    """Write the picture of a `phases` run as SVG and return its path."""
    with style():
        content = stretches(game, events, run).svg()
    return write_picture(path, content)


def stretches(game: Game, events: pd.DataFrame, run: Mapping[str, Any]) -> Sheet:
    """Return the picture."""
    tracks = game.tracks
    assert tracks is not None
    names = list(run["types"])
    periods = [int(p) for p in np.unique(tracks.period) if p > 0]
    most = max(names, key=lambda n: run["types"][n]["share"])
    logged = run.get("logged") or {}
    title = f"{called(most)} holds in {percent(run['types'][most]['share'])} of the frames, more than any other label"
    note = (
        f"{game.title}, {run['frames_total']:,} frames. Violet: where the model holds a label likelier than not, the "
    )
    note += "darker the surer" + ("; grey below: where the log has it." if logged else ".")
    high = LANE * len(names) + 34
    sheet = Sheet(LEFT + WIDE, high * len(periods), title, note)
    for n, period in enumerate(periods):
        t = tracks.t_s[tracks.period == period]
        ax = sheet.axes(LEFT, n * high, WIDE, LANE * len(names))
        ax.set_xlim(float(t.min()) / 60, float(t.max()) / 60)
        ax.set_ylim(-0.5, len(names) - 0.5)
        ax.set_yticks(range(len(names)), [called(k) for k in names[::-1]], size=SMALL_PT + 1)
        ax.tick_params(length=0)
        for k, name in enumerate(names[::-1]):
            ax.axhline(k - 0.5, color=LINE, lw=0.8, zorder=0)
            mine = events[(events["type"] == name) & (events["period"] == period)]
            begun = mine["t_s"].to_numpy(float) / 60
            for a, e in zip(begun, mine.to_dict("records"), strict=True):
                wide = e["attributes"]["seconds"] / 60
                ax.broken_barh([(a, wide)], (k - 0.05, 0.42), color=ACCENT, alpha=min(max(e["score"], 0.3), 1), lw=0)
            true = [(s / 60, (e - s) / 60) for p, s, e in logged.get(name, ()) if p == period]
            if true:
                ax.broken_barh(true, (k - 0.38, 0.24), color=PALE, lw=0)
        ax.spines["left"].set_visible(False)
        if n == len(periods) - 1:
            ax.set_xlabel("minutes since the period began", size=SMALL_PT + 1, color=MUTED)
        if len(periods) > 1:
            sheet.text(0, n * high + 12, f"period {period}", color=MUTED, size=SMALL_PT + 1)
    return sheet
