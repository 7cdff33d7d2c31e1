"""Footage to a game, end to end: what `sportsai track` does, for notebooks too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import Game
from sportsai.errors import DataError
from sportsai.resources import sha256
from sportsai.video.ball import Ball, paths
from sportsai.video.decode import Footage, look
from sportsai.video.detectors import load_detector, open_detector
from sportsai.video.find import glanced, starts
from sportsai.video.follow import Boxes, Rules
from sportsai.video.game import Followed, Players, followed, game_of, players
from sportsai.video.lines import Laid, laid, plan
from sportsai.video.place import Places, fitted, given, placed, read_points
from sportsai.video.plane import mapped
from sportsai.video.replays import parted, replayed
from sportsai.video.rigs import RIGS
from sportsai.video.watch import PART, Asked, Seen, mark, watch

Progress = Callable[[int, int], None]
DARK = ("hockey",)  # its lines are darker than the ice
CLOSE = (8, 5, 4, 3)  # pixels looked along a line's normal, of a homography that the camera brought
RULES = Rules(high=0.2)  # a detector's scores are lower than an annotator's


@dataclass(frozen=True)
class Tracked:
    """A game made from footage, and what it was made of. boxes: of players only. cpu_s: of this run; frame_cpu_s: that
    watching one frame took, NaN where an earlier run had watched all."""

    game: Game
    footage: Footage
    seen: Seen
    told: Followed
    places: Places
    players: Players
    ball: Ball
    folder: Path
    cpu_s: float
    frame_cpu_s: float

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
    video: Path, league: League, points: Path | None = None, *, asked: Asked | None = None,
    weights: Path | None = None, name: str | None = None, runs: Path | None = None, threads: int = 2,
    ball: bool = False, progress: Progress | None = None, looks: Progress | None = None,
) -> Tracked:  # fmt: skip
    """Return the game in a video.

    points: a table of points of the court known in some frames, see `place`; shots without any are searched for the
    court's lines, see `find`. runs: folder in which finished parts are kept, `runs/track` when not given; the same
    question asked again goes on there. ball: it is placed on the court, too, in sports where it mostly rolls; it is
    wrong often enough that it must be asked for. progress, looks: told (done, total) frames watched, shots searched.
    Raises DataError for what is not a video, points that tell nothing, or a court that is not found; ModelError for
    weights.
    """
    begun = time.process_time()
    asked = replace(asked or Asked(), dark=league.sport in DARK)
    footage = look(video)
    known = [] if points is None else read_points(points, len(footage))
    load_detector(asked.detector)
    at = [p.frame for p in known]
    told_of = [[p.frame, p.px.tolist(), p.m.tolist()] for p in known] or league.name
    folder = (runs or Path("runs") / "track") / mark(footage, asked, weights, at, told_of)
    detector = open_detector(asked.detector, weights, threads)
    if not known and league.sport not in RIGS:
        raise DataError(
            f"the court of {league.name} is not found without points", path=video,
            expected="--points: its lines look alike every few metres",
            todo="Give four points of the court in a frame of each shot.",
        )  # fmt: skip
    known_at = (fitted(known[0])[0],) if known else glanced(footage, asked, league, folder, looks)
    if known_at is None:
        raise _not_found(video)
    court = outline(known_at[0], league, footage.width, footage.height)
    had, before = len(list(folder.glob("[0-9]*.npz"))) * PART, time.process_time()
    seen = watch(footage, asked, detector, folder, court=court, also=at, progress=progress)
    fresh = len(seen.frame) - had  # frames watched in this run: what an earlier one kept is not watched again
    each = (time.process_time() - before) / fresh if fresh > 0 else float("nan")
    del detector  # what it held while it looked, a few hundred megabytes, is not held beside what comes
    again = replayed(seen.boxes, seen.t_s, ~seen.follows, (footage.width, footage.height))
    seen = parted(seen, again)
    row_of = {int(f): n for n, f in enumerate(seen.frame)}
    marked = given([p for p in known if p.frame in row_of], row_of)  # but for frames that would not decode
    told = followed(seen, footage.height, RULES, replay=again, shown=[start.row for start in marked])
    if not told.afar.any():
        raise DataError(
            "no shot shows the game from afar", path=video, expected="three people or more, none of them large",
            todo="Try --detector centernet; or give four points of the court with --points.",
        )  # fmt: skip
    begins = starts(seen, told.afar, footage.height, league, marked, looks)
    if not begins:
        raise _not_found(video)
    drawn = plan(league.court)

    def lay(row: int, to_court: NDArray[np.float64]) -> Laid:
        boxes = seen.boxes.xyxy[edges[row] : edges[row + 1]]
        return laid(drawn, seen.lines(row), to_court, footage.height, boxes, CLOSE)

    edges = np.searchsorted(seen.boxes.frame, np.arange(len(seen.frame) + 1))
    rate = seen.rate_hz
    places = placed(begins, seen.camera, seen.follows, lay, rate)
    source = {path.name: sha256(path) for path in (video, points) if path is not None}
    found = players(told, places, league)
    parts = np.split(seen.spots, np.searchsorted(seen.spot_row, np.arange(1, len(seen.frame))))
    path = paths(parts, seen.camera, seen.follows, rate, footage.height)
    game = game_of(
        footage, seen, told, places, found, league, path, name=name, source=source,
        ball_placed=ball, said={"detector": asked.detector, "tiles": seen.tiles, "notes": list(footage.notes),
              "court": _how(len(marked), len(begins) - len(marked))},
    )  # fmt: skip
    return Tracked(game, footage, seen, told, places, found, path, folder, time.process_time() - begun, each)


def _not_found(video: Path) -> DataError:
    return DataError(
        "the court was not found by its lines", path=video, expected="a view from the side, its lines in sight",
        todo="Give four points of the court with --points.",
    )  # fmt: skip


def _how(marked: int, found: int) -> str:
    """Return how the court was placed, in words."""
    ways = [
        f"points given by hand in {marked} frame{'s' * (marked != 1)}" if marked else "",
        f"its lines found in {found} shot{'s' * (found != 1)}" if found else "",
    ]
    return " and ".join(w for w in ways if w)


def outline(to_court: NDArray[np.float64], league: League, width: int, height: int) -> NDArray[np.float64]:
    """Return the corners of the rectangle of a picture that the court fills, (2, 2) pixels; all of it where none is."""
    half = np.array([league.court.length_m, league.court.width_m]) / 2
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 60), np.linspace(-1, 1, 60)), -1).reshape(-1, 2) * half
    h = np.c_[grid, np.ones(len(grid))] @ np.linalg.inv(to_court).T
    seen = mapped(grid, np.asarray(np.linalg.inv(to_court)))[h[:, 2] * np.median(h[:, 2]) > 0]
    seen = seen[((seen >= 0) & (seen <= [width, height])).all(1)]
    return np.array([seen.min(0), seen.max(0)]) if len(seen) else np.array([[0.0, 0.0], [width, height]])
