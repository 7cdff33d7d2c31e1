"""Footage to a game, end to end: what `sportsai track` does, for notebooks too."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import Game
from sportsai.errors import DataError
from sportsai.video.decode import Footage, look
from sportsai.video.detectors import load_detector, open_detector
from sportsai.video.follow import Boxes, Rules
from sportsai.video.game import Followed, Players, followed, game_of, players
from sportsai.video.place import Places, Points, carried, fitted, moved, read_points
from sportsai.video.watch import Asked, Seen, mark, wanted, watch

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
    folder = (runs or Path("runs") / "track") / mark(footage, asked, weights, known)
    want = wanted(footage, asked)
    rows = {p.frame: int(np.searchsorted(want, p.frame).clip(0, len(want) - 1)) for p in known}
    for p in known:
        if want[rows[p.frame]] != p.frame:
            rows[p.frame] = _nearest(footage, want, p.frame, asked)
    seen = watch(footage, asked, open_detector(asked.detector, weights, threads), folder, court=court, progress=progress)
    told = followed(seen, footage.height, RULES)
    at = {f: int(np.abs(seen.frame - want[r]).argmin()) for f, r in rows.items()}
    places = carried(known, at, seen.camera, seen.follows)
    game = game_of(
        footage, seen, told, places, league, name=name, source={video.name: _sha256(video), points.name: _sha256(points)},
        said={"detector": asked.detector, "tiles": seen.tiles, "notes": list(footage.notes)},
    )  # fmt: skip
    return Tracked(game, footage, seen, told, places, players(told, places, league), folder, time.process_time() - begun)


def corners(points: Points, league: League) -> NDArray[np.float64]:
    """Return where the court's corners lie in the picture of a frame with points, (4, 2) pixels."""
    half = np.array([league.court.length_m, league.court.width_m]) / 2
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    H, _ = fitted(points)
    return moved(signs * half, np.linalg.inv(H))


def _nearest(footage: Footage, want: NDArray[np.int64], frame: int, asked: Asked) -> int:
    """Return the row of the frame looked at that is nearest to one with points: within half a step of it."""
    row = int(np.abs(want - frame).argmin())
    off = abs(float(footage.t_s[want[row]] - footage.t_s[frame]))
    if off > 0.75 / asked.rate_hz:
        raise DataError(
            f"points of frame {frame} ({footage.t_s[frame]:.1f} s) lie outside the stretch that is looked at",
            expected=f"a frame from {want[0]} to {want[-1]}", todo="Give points of a frame in the stretch.",
        )  # fmt: skip
    return row


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
