"""The clips of a game worth seeing, over how much each of its frames matters: a strip for each period."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sportsai.data.game import Game
from sportsai.report.scores.sheet import ACCENT, INK, PALE, SMALL_PT, Sheet, style, write_picture
from sportsai.report.scores.strips import periods_of, strips

WIDE, HIGH, LEFT, GAP = 940.0, 92.0, 84.0, 64.0
GAP_S = 30.0  # between two points of the line: no play
SOFT = "#e6e0fb"  # behind a clip
_BY = {
    "moments": "how surely something worth seeing happens", "attention": "where the model looked",
    "ball": "how fast the ball moves",
}  # fmt: skip


def draw_best(game: Game, events: pd.DataFrame, run: Mapping[str, Any], path: Path) -> Path:
    """Write the picture of a `highlights` run as SVG and return its path.

    The line is how much each moment matters, bands are the clips, rings what the log says: full where a clip shows it.
    """
    with style():
        content = best(game, events, run).svg()
    return write_picture(path, content)


def best(game: Game, events: pd.DataFrame, run: Mapping[str, Any]) -> Sheet:
    """Return the picture."""
    tracks = game.tracks
    assert tracks is not None
    logged = run["logged"]
    names = [n for n in ("goals", "baskets", "shots", "chances") if n in logged]
    names = [n for n in names if not (n == "shots" and "baskets" in names)]
    said = [f"{int(sum(s for *_, s in logged[n]))} of {len(logged[n])} {n}" for n in names]
    share = run["length_s"] / max(run["of_s"], 1e-9)
    title = f"{_minutes(run['length_s'])} of clips, {share:.0%} of play" + (f", show {_and(said)}" if said else "")
    rings = f" Rings: the log's {', '.join(names)}; full where a clip shows it." if names else ""
    note = f"{game.title}. Line: {_BY.get(run['how'], 'how much it matters')}. Bands: the {len(events)} clips.{rings}"
    lanes = len(names)
    high = HIGH + 20 * lanes
    sheet = Sheet(LEFT + WIDE, (high + GAP) * len(periods_of(tracks)) - 20, title, note)
    curve = np.array(run["saliency"], np.float64).reshape(-1, 3)
    top = max(float(curve[:, 2].max()) if len(curve) else 1.0, 1e-9)
    rate = float(tracks.rate_hz)
    for period, ax in strips(sheet, tracks, (), left=LEFT, wide=WIDE, high=high, gap=GAP, head=18.0):
        unit = 20 / HIGH
        ax.set_ylim(-unit * lanes, 1.05)
        mine = events[events["period"] == period]
        first = tracks.t_s[tracks.rows(mine["start_frame"].to_numpy(np.int64))] if len(mine) else np.zeros(0)
        for a, frames in zip(first, mine["end_frame"] - mine["start_frame"], strict=True):
            ax.axvspan(a / 60, (a + frames / rate) / 60, color=SOFT, lw=0, zorder=0)
        here = curve[curve[:, 0] == period]
        parts = np.split(here, np.flatnonzero(np.diff(here[:, 1]) > GAP_S) + 1)  # no line where nothing is played
        for part in parts:
            ax.plot(part[:, 1] / 60, part[:, 2] / top, color=ACCENT, lw=1.1, zorder=2)
        for k, name in enumerate(names):
            level = -unit * (k + 0.5)
            ax.axhline(level, color=PALE, lw=0.6, zorder=1)
            for p, at, shown in logged[name]:
                if p == period:
                    ax.plot([at / 60], [level], "o", ms=6.5, mfc=INK if shown else "white", mec=INK, mew=1.0, zorder=3)
        ax.set_yticks([-unit * (k + 0.5) for k in range(lanes)], names, size=SMALL_PT + 1)
    return sheet


def _and(words: list[str]) -> str:
    return " and ".join(w for w in (", ".join(words[:-1]), *words[-1:]) if w)


def _minutes(seconds: float) -> str:
    whole, rest = divmod(round(seconds), 60)
    return f"{whole} min {rest} s" if whole else f"{rest} s"
