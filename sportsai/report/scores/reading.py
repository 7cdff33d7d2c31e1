"""Where a scout looked in a game, what it found, and what the log says happened: a strip for each period."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sportsai.data.game import Game
from sportsai.report.scores.sheet import ACCENT, INK, LINE, PALE, SECOND, Sheet, called, percent, style, write_picture
from sportsai.report.scores.strips import GAP, periods_of, strips

WIDE, LANE, LEFT = 940.0, 26.0, 84.0
NEAR_S = 2.5  # a moment found so near a logged one is that one


def draw_reading(game: Game, events: pd.DataFrame, run: Mapping[str, Any], path: Path) -> Path:
    """Write the picture of a `detect` run as SVG and return its path.

    Of each kind of moment a lane: rings are what the log says, dots what was found, the darker the surer. Below them a
    tick for each frame that was read, the first grid pale, what was asked for later in colour.
    """
    with style():
        content = reading(game, events, run).svg()
    return write_picture(path, content)


def reading(game: Game, events: pd.DataFrame, run: Mapping[str, Any]) -> Sheet:
    """Return the picture."""
    tracks = game.tracks
    assert tracks is not None
    names = list(run["types"])
    logged = run.get("logged") or {}
    found, hits = _hits(events, logged, names)
    total = sum(len(v) for v in logged.values())
    share = percent(run["share_read"])
    title = f"{hits} of {total} logged moments found in {share} of the frames" if total else (
        f"{found} moments found in {share} of the frames")  # fmt: skip
    note = (
        f"{game.title}, {run['frames_read']:,} of {run['frames_total']:,} frames of play read. Rings: logged. Dots: "
        f"found, the darker the surer; right if within {NEAR_S:g} s. Ticks: frames read, the first grid grey, later "
        "ones violet."
    )
    lanes = [*(called(k) for k in names), "frames read"]
    high = LANE * len(lanes)
    sheet = Sheet(LEFT + WIDE, (high + GAP) * len(periods_of(tracks)), title, note)
    rows = tracks.rows(np.asarray(run["read_at"], np.int64))
    for period, ax in strips(sheet, tracks, lanes, left=LEFT, wide=WIDE, high=high):
        for k, name in enumerate(names[::-1], start=1):
            ax.axhline(k, color=LINE, lw=0.8, zorder=0)
            true = [at for p, at in logged.get(name, ()) if p == period]
            ax.plot(np.array(true) / 60, [k] * len(true), "o", ms=9, mfc="none", mec=INK, mew=1.1, zorder=3)
            mine = events[(events["type"] == name) & (events["period"] == period)]
            if len(mine):
                dark = mine["score"].clip(0.25, 1).tolist()
                ax.scatter(mine["t_s"] / 60, [k] * len(mine), s=26, c=SECOND, alpha=dark, linewidths=0, zorder=2)
        here = tracks.period[rows] == period
        later = np.asarray(run["round"]) > 0
        for which, color, lw in ((here & ~later, PALE, 0.8), (here & later, ACCENT, 1.0)):
            ax.vlines(tracks.t_s[rows[which]] / 60, -0.35, 0.35, color=color, lw=lw)
    return sheet


def _hits(events: pd.DataFrame, logged: Mapping[str, Any], names: list[str]) -> tuple[int, int]:
    """Return how many moments were found, and how many logged ones have a found one of their own near them."""
    hits = 0
    for name in names:
        left = sorted((p, at) for p, at in logged.get(name, ()))
        mine = events[events["type"] == name].sort_values("score", ascending=False)
        for period, at in zip(mine["period"], mine["t_s"], strict=True):
            near = [x for x in left if x[0] == period and abs(x[1] - at) <= NEAR_S]
            if near:
                left.remove(min(near, key=lambda x: abs(x[1] - at)))
                hits += 1
    return len(events), hits
