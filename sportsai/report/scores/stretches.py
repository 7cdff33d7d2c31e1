"""When each label held in a game: a lane a label, what the model says above what is logged, a strip for each period."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sportsai.data.game import Game
from sportsai.report.scores.sheet import ACCENT, LINE, PALE, Sheet, called, percent, style, write_picture
from sportsai.report.scores.strips import GAP, periods_of, strips

WIDE, LANE, LEFT = 900.0, 24.0, 180.0


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
    most = max(names, key=lambda n: run["types"][n]["share"])
    logged = run.get("logged") or {}
    title = f"“{called(most)}” holds in {percent(run['types'][most]['share'])} of the frames, more than any other label"
    note = (
        f"{game.title}, {run['frames_total']:,} frames. Violet: where the model holds a label likelier than not, the "
    )
    note += "darker the surer" + ("; grey below: where the log has it." if logged else ".")
    high = LANE * len(names)
    sheet = Sheet(LEFT + WIDE, (high + GAP) * len(periods_of(tracks)), title, note)
    for period, ax in strips(sheet, tracks, [called(k) for k in names], left=LEFT, wide=WIDE, high=high):
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
    return sheet
