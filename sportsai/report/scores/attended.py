"""The frames of a game that an attention looked at most and least, stream by stream, side by side on the court."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.court import load_league
from sportsai.data.game import Game
from sportsai.data.tracks import AWAY, HOME
from sportsai.report.scores.sheet import ACCENT, INK, MUTED, PALE, SECOND, SMALL_PT, Sheet, style, write_picture

WIDE, GAP, LEFT, HEAD = 168.0, 12.0, 92.0, 26.0


def draw_attended(game: Game, streams: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """Write the picture as SVG and return its path.

    streams: of each `name`, `most` and `least`: (frame, how much it was looked at) each, see
    `analysis.highlights.attention`.
    """
    with style():
        content = attended(game, streams).svg()
    return write_picture(path, content)


def attended(game: Game, streams: Sequence[Mapping[str, Any]]) -> Sheet:
    """Return the picture: a row a stream, its most attended frames, then its least attended ones."""
    tracks = game.tracks
    assert tracks is not None
    length, width = float(game.court_length_m), float(game.court_width_m)
    high = WIDE * width / length
    count = max((len(s["most"]) for s in streams), default=1)
    wide = LEFT + 2 * count * WIDE + (2 * count - 1) * GAP + 24
    goal = max((s["most"][0][1] for s in streams if s["most"]), default=0.0)
    what = "each stream" if len(streams) > 1 else f"the {streams[0]['name']}"
    title = f"Where {what} was looked at: up to {goal:.1f} times as much as if all frames were alike"
    note = (
        f"{game.title}. Left: the frames looked at most, right: least, at least 15 s apart; below "
        "each its time and how much it was looked at, 1 if all were alike. Violet: home, orange: away, black: the ball."
    )
    sheet = Sheet(wide, len(streams) * (high + HEAD + 22), title, note)
    court = load_league(game.league).court
    lines = [s.points(step_deg=6.0) for s in court.shapes if type(s).__name__ != "Text"]
    for row, stream in enumerate(streams):
        top = row * (high + HEAD + 22)
        sheet.text(0, top + high / 2, stream["name"], weight="bold")
        for n, (frame, looked) in enumerate([*stream["most"], *stream["least"]]):
            left = LEFT + n * (WIDE + GAP) + (24 if n >= len(stream["most"]) else 0)
            ax = sheet.axes(left, top, WIDE, high)
            ax.set_xlim(-length / 2 - 0.5, length / 2 + 0.5)
            ax.set_ylim(-width / 2 - 0.5, width / 2 + 0.5)
            ax.set_axis_off()
            for points in lines:
                if len(points) > 1:
                    ax.plot(*np.asarray(points, float).T, color=PALE, lw=0.8)
            i = int(tracks.rows(np.array([frame]))[0])
            for side, color in ((HOME, ACCENT), (AWAY, SECOND)):
                mine = tracks.present[i] & (tracks.side == side)
                ax.plot(*tracks.xy[i, mine].T, "o", ms=4.5, color=color, mew=0)
            if tracks.ball_present[i]:
                ax.plot(*tracks.ball_xy[i], "o", ms=3.8, color=INK)
            t = float(tracks.t_s[i])
            said = f"P{int(tracks.period[i])} {int(t // 60)}:{int(t % 60):02d}, {looked:.2f}"
            sheet.text(left, top + high + 12, said, size=SMALL_PT, color=MUTED)
    return sheet
