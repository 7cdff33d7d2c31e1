"""A set of labelled clips that exists: short stretches of real NBA quarters drawn as a broadcast, nobody filmed them.

Of each game as many clips of each kind: play goes to the left or to the right end of the picture, or stays before the
left or the right basket. The kind follows from where the ball was; the picture shows it by what lies in view and how
the camera turns. At this size the ball itself is a pixel: whether somebody shoots cannot be seen, and is not asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = ("goes left", "goes right", "stays left", "stays right")
GAMES, EACH = 10, 3
LENGTH_S, FPS, SIZE = 2.0, 12, (224, 126)
GOES_M, STAYS_M, AWAY_M = 6.0, 3.0, 5.0
APART_S = 4.0


def drawn(
    folder: Path, source: Path, games: int = GAMES, each: int = EACH,
    progress: Callable[[int, int], None] | None = None,
) -> Path:  # fmt: skip
    """Draw the clips that are not in `folder` yet, write its clips.csv (file, game, label), and return the folder.

    source: nba_q1.npz. A game with fewer moments of a kind than `each` gives what it has.
    """
    import cv2

    from sportsai.court import load_league
    from sportsai.library.atomic import write_bytes
    from sportsai.readers import read_games
    from sportsai.simulate.broadcast import film
    from sportsai.video.film import Writer

    league = load_league("nba")
    lines = ["file,game,label"]
    for n, game in enumerate(itertools.islice(read_games((source,), league), games)):
        for k, (first_s, kind) in enumerate(moments(game, each)):
            path = folder / f"{game.id}-{k:02d}.mp4"
            lines.append(f"{path.name},{game.id},{KINDS[kind]}")
            if not path.is_file():
                with Writer(path, SIZE, Fraction(FPS), quality=20) as writer:

                    def write(picture: Any, writer: Any = writer) -> None:
                        writer.write(np.asarray(cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA), np.uint8))

                    film(game, league, write, first_s, LENGTH_S, fps=FPS, seed=n)
            if progress:
                progress(n * each * len(KINDS) + k + 1, games * each * len(KINDS))
    write_bytes(folder / "clips.csv", ("\n".join(lines) + "\n").encode())
    return folder


def moments(game: Any, each: int) -> list[tuple[float, int]]:
    """Return (seconds after the game's first frame, kind) of at most `each` moments of each kind, spread over it."""
    tracks = game.tracks
    first = tracks.period == tracks.period[0]
    t = (tracks.t_s[first] - tracks.t_s[0]).astype(np.float64)
    x = np.where(tracks.ball_present[first], tracks.ball_xy[first, 0], np.nan).astype(np.float64)
    found: list[list[float]] = [[] for _ in KINDS]
    last = -APART_S
    for start in t:
        inside = (t >= start - 0.6) & (t <= start + LENGTH_S + 0.6)
        kind = kind_of(t[inside], x[inside], start)
        if kind is not None and start - last >= APART_S:
            found[kind].append(float(start))
            last = start
    picks = [(s, k) for k, mine in enumerate(found) for s in _spread(mine, each)]
    return sorted(picks)


def kind_of(t: NDArray[np.float64], x: NDArray[np.float64], start: float) -> int | None:
    """Return which of KINDS a stretch of LENGTH_S is, by the ball along the court; None for neither, or with gaps."""
    mine = (t >= start) & (t <= start + LENGTH_S)
    if mine.sum() < 3 or t[-1] < start + LENGTH_S or np.diff(t).max() > 0.8 or not np.isfinite(x).all():
        return None
    went = float(x[mine][-1] - x[mine][0])
    if abs(went) >= GOES_M:
        return int(went > 0)
    if np.ptp(x[mine]) <= STAYS_M and abs(x[mine].mean()) >= AWAY_M:
        return 2 + int(x[mine].mean() > 0)
    return None


def _spread(values: list[float], count: int) -> list[float]:
    if len(values) <= count:
        return values
    return [values[round(i)] for i in np.linspace(0, len(values) - 1, count)]
