"""A stretch of a game as a moving picture (GIF): court, players in their teams' colours, the ball and its path."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.court import load_league
from sportsai.data.game import Game
from sportsai.data.tracks import AWAY, HOME
from sportsai.errors import DataError, missing_extra
from sportsai.library.atomic import store_errors, write_bytes
from sportsai.report.colors import team_colors

WIDE_PX, PAD_PX, HEAD_PX, FOOT_PX = 560, 14, 26, 16
FPS = 8.0  # pictures a second; sparser tracks are filled in along straight lines
TRAIL_S = 1.5
GROUND, PAINT, INK, BALL = "#ffffff", "#b4bbc3", "#16191d", "#111111"
MOST_S = 120.0  # a longer film is refused: it would be tens of megabytes


def film(game: Game, start_frame: int, end_frame: int, path: Path, title: str = "") -> Path:
    """Write frames [start_frame, end_frame) of a game as a looping GIF and return its path.

    Players who are not seen are not drawn; nothing is drawn between frames further apart than a second. Raises
    DataError for a stretch without frames or longer than two minutes, SportsaiError when Pillow is not installed.
    """
    try:
        from PIL import Image, ImageDraw
    except ImportError:
        raise missing_extra("Pillow", "plots") from None
    tracks = game.tracks
    if tracks is None:
        raise DataError(f"game {game.id} has no tracks", expected="positions", todo="Ingest its tracking data.")
    rate = float(tracks.rate_hz)
    inside = (tracks.frame >= start_frame) & (tracks.frame < end_frame) & (tracks.period > 0)
    rows = np.flatnonzero(inside)
    if len(rows) < 2:
        raise DataError(f"frames {start_frame} to {end_frame} of game {game.id} show nothing",
                        expected="two frames of play or more")  # fmt: skip
    t = (tracks.frame[rows] - tracks.frame[rows[0]]) / rate
    if t[-1] > MOST_S:
        raise DataError(f"a film of {t[-1]:.0f} s", expected=f"at most {MOST_S:g} s", todo="Ask for shorter clips.")
    court = load_league(game.league).court
    length, width = float(game.court_length_m), float(game.court_width_m)
    scale = (WIDE_PX - 2 * PAD_PX) / length
    high = round(width * scale) + 2 * PAD_PX + HEAD_PX + FOOT_PX

    def place(xy: NDArray[Any]) -> list[tuple[float, float]]:
        x = PAD_PX + (np.asarray(xy)[..., 0] + length / 2) * scale
        y = HEAD_PX + PAD_PX + (width / 2 - np.asarray(xy)[..., 1]) * scale
        return [(float(a), float(b)) for a, b in zip(np.atleast_1d(x), np.atleast_1d(y), strict=True)]

    ground = Image.new("RGB", (WIDE_PX, high), GROUND)
    pen = ImageDraw.Draw(ground)
    for shape in court.shapes:
        if shape.role in ("boundary", "marking", "goal", "net"):
            outline = place(shape.points(4.0))
            if len(outline) > 1:
                pen.line([*outline, outline[0]] if shape.closed else outline, fill=shape.colour or PAINT, width=1)
    pen.text((PAD_PX, 7), title[:90], fill=INK)
    light = team_colors(game.teams[HOME].color, game.teams[AWAY].color).light
    ink = {HOME: light[HOME], AWAY: light[AWAY]}
    at = float(PAD_PX)
    for side in (HOME, AWAY):
        name = game.teams[side].display[:36]
        pen.ellipse((at, high - 20, at + 9, high - 11), fill=ink[side])
        pen.text((at + 14, high - 22), name, fill=INK)
        at += 14 + pen.textlength(name) + 24
    radius = max(4.0, 0.011 * WIDE_PX)
    pictures = []
    for now in np.arange(0, t[-1] + 1e-9, 1 / FPS):
        picture = ground.copy()
        pen = ImageDraw.Draw(picture)
        after = int(np.clip(np.searchsorted(t, now), 1, len(t) - 1))
        before = after - 1
        share = (now - t[before]) / max(t[after] - t[before], 1e-9)
        gap = t[after] - t[before] > 1.0
        a, b = rows[before], rows[after]
        if gap:
            share, b = 0.0, a
        for slot in range(tracks.P):
            side = int(tracks.side[slot])
            if side in ink and tracks.present[a, slot] and tracks.present[b, slot]:
                ((x, y),) = place(tracks.xy[a, slot] * (1 - share) + tracks.xy[b, slot] * share)
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink[side], outline=GROUND)
        trail = rows[(t <= now) & (t >= now - TRAIL_S)]
        trail = trail[tracks.ball_present[trail]]
        if len(trail) > 1:
            pen.line(place(tracks.ball_xy[trail]), fill=PAINT, width=2)
        if tracks.ball_present[a] and tracks.ball_present[b]:
            ((x, y),) = place(tracks.ball_xy[a] * (1 - share) + tracks.ball_xy[b] * share)
            size = 3.0 + (0.8 * float(np.nan_to_num(tracks.ball_z[a])) if np.isfinite(tracks.ball_z[a]) else 0.0)
            pen.ellipse((x - size, y - size, x + size, y + size), fill=BALL, outline=GROUND)
        pictures.append(picture.quantize(48))
    out = io.BytesIO()
    pictures[0].save(out, format="GIF", save_all=True, append_images=pictures[1:], duration=round(1000 / FPS), loop=0)
    with store_errors(path, "writing the film", "-o"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, out.getvalue())
    return path
