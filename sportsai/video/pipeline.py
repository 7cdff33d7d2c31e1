"""Footage to a game, end to end: what `sportsai track` does, for notebooks too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import Game
from sportsai.resources import sha256
from sportsai.video.decode import Footage, look
from sportsai.video.detectors import load_detector, open_detector
from sportsai.video.follow import Boxes, Rules
from sportsai.video.game import Followed, Players, followed, game_of, players
from sportsai.video.place import Places, Points, carried, fitted, moved, read_points
from sportsai.video.watch import Asked, Seen, mark, watch

Progress = Callable[[int, int], None]
RULES = Rules(high=0.2)  # a detector's scores are lower than an annotator's


@dataclass(frozen=True)
class Tracked:
    """A game made from footage, and what it was made of. boxes: of players only. cpu_s: of this run."""

    game: Game
    footage: Footage
    seen: Seen
    told: Followed
    places: Places
    players: Players
    folder: Path
    cpu_s: float

    @property
    def boxes(self) -> Boxes:
        """The players' boxes, with their tracks; rows of `seen` as frames."""
        return self.told.boxes.take(self.players.mine)

    @property
    def side(self) -> dict[int, int]:
        """Of each track its side, 0, 1 or -1."""
        teams = self.players.teams
        return dict(zip(teams.tracks.tolist(), teams.side.tolist(), strict=True))


def track(
    video: Path, league: League, points: Path, *, asked: Asked | None = None, weights: Path | None = None,
    name: str | None = None, runs: Path | None = None, threads: int = 2, progress: Progress | None = None,
) -> Tracked:  # fmt: skip
    """Return the game in a video. points: a table of points of the court known in some frames, see `place`.

    runs: folder in which finished parts are kept, `runs/track` when not given; the same question asked again goes on
    there. Raises DataError for what is not a video or points that tell nothing, ModelError for weights.
    """
    begun = time.process_time()
    asked = asked or Asked()
    footage = look(video)
    known = read_points(points, len(footage))
    court = corners(known[0], league)
    load_detector(asked.detector)
    at = [p.frame for p in known]
    folder = (runs or Path("runs") / "track") / mark(footage, asked, weights, at, court)
    detector = open_detector(asked.detector, weights, threads)
    seen = watch(footage, asked, detector, folder, court=court, also=at, progress=progress)
    told = followed(seen, footage.height, RULES)
    row_of = {int(f): n for n, f in enumerate(seen.frame)}
    known = [p for p in known if p.frame in row_of]  # but for frames that would not decode
    places = carried(known, row_of, seen.camera, seen.follows)
    source = {path.name: sha256(path) for path in (video, points)}
    found = players(told, places, league)
    game = game_of(
        footage, seen, told, places, found, league, name=name, source=source,
        said={"detector": asked.detector, "tiles": seen.tiles, "notes": list(footage.notes)},
    )  # fmt: skip
    return Tracked(game, footage, seen, told, places, found, folder, time.process_time() - begun)


def corners(points: Points, league: League) -> NDArray[np.float64]:
    """Return where the court's corners lie in the picture of a frame with points, (4, 2) pixels."""
    half = np.array([league.court.length_m, league.court.width_m]) / 2
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    H, _ = fitted(points)
    return moved(signs * half, np.asarray(np.linalg.inv(H), np.float64))
