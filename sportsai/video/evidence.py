"""A stretch of a game as its footage shows it: an mp4 with players' boxes, where they walked, and what is said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from sportsai.data import Game, View
from sportsai.errors import DataError
from sportsai.video.decode import Footage, look
from sportsai.video.film import film
from sportsai.video.follow import Boxes

MOST_S = 120.0  # a longer film is refused, as of the court's


def footage_of(game: Game, video: Path | None = None) -> Footage:
    """Return a game's footage. video: where it lies now; where it was tracked when not given.

    Raises DataError for a game that was not made from footage, a video that is gone, or one that is another.
    """
    view = _view(game)
    path = video or Path(view.path)
    if not path.is_file():
        raise DataError(
            f"the footage of game {game.id} is not there", path=path, expected="the video it was tracked from",
            todo="Say where it lies with --video.",
        )  # fmt: skip
    footage = look(path)
    if (footage.width, footage.height, len(footage)) != (view.width, view.height, view.frames):
        raise DataError(
            f"another video than game {game.id} was tracked from: {len(footage)} frames of {footage.width} x "
            f"{footage.height}", path=path, expected=f"{view.frames} frames of {view.width} x {view.height}",
        )  # fmt: skip
    return footage


def evidence(
    game: Game, start_frame: int, end_frame: int, path: Path, title: str = "", *, key: Collection[str] = (),
    footage: Footage | None = None, notes: Sequence[tuple[int, str]] = (),
) -> Path:  # fmt: skip
    """Write frames [start_frame, end_frame) of a game made from footage as an mp4 and return its path.

    key: ids of the players it is about, drawn with a bright frame. notes: (frame, text) of what happens within; from
    that frame on the text stands beside the title. footage: as `footage_of` gives it, when at hand.

    Raises DataError for a stretch without frames, or longer than MOST_S.
    """
    view, tracks = _view(game), game.tracks
    assert tracks is not None
    rows = np.flatnonzero((tracks.frame >= start_frame) & (tracks.frame < end_frame))
    if len(rows) < 2:
        raise DataError(f"frames {start_frame} to {end_frame} of game {game.id} show nothing",
                        expected="two frames or more")  # fmt: skip
    if np.ptp(tracks.t_s[rows]) > MOST_S:
        raise DataError(f"a film of {np.ptp(tracks.t_s[rows]):.0f} s", expected=f"at most {MOST_S:g} s",
                        todo="Ask for shorter clips.")  # fmt: skip
    mine = np.flatnonzero((view.row >= rows[0]) & (view.row <= rows[-1]))
    who = view.track[mine].astype(np.int64)
    slot_of = dict(zip(who.tolist(), view.slot[mine].tolist(), strict=True))
    boxes = Boxes(
        view.row[mine].astype(np.int64) - rows[0], view.xyxy[mine].astype(np.float64), np.ones(len(mine)), who,
        view.filled[mine],
    )  # fmt: skip
    said = [f"{title}{'   ' if title else ''}{text}" for _, text in notes]
    since = np.searchsorted([f for f, _ in notes], tracks.frame[rows], "right")
    titles = {n: said[k - 1] if k else title for n, k in enumerate(since.tolist())}
    return film(
        footage or footage_of(game), view.frame[rows], boxes, path,
        side={k: int(tracks.side[s]) for k, s in slot_of.items()}, camera=_moves(view, rows), titles=titles,
        key={k for k, s in slot_of.items() if tracks.slots[s].player_id in key},
    )  # fmt: skip


def _moves(view: View, rows: np.ndarray) -> np.ndarray:
    """Return the map from the pixels of the row before to each one's, (T, 3, 3); not a number where not known."""
    to_court = view.to_court[rows]
    known = np.isfinite(to_court).all((1, 2))
    out = np.full((len(rows), 3, 3), np.nan)
    both = np.flatnonzero(known[1:] & known[:-1]) + 1
    out[both] = np.linalg.inv(to_court[both]) @ to_court[both - 1]
    return out


def _view(game: Game) -> View:
    if game.view is None:
        raise DataError(f"game {game.id} was not made from footage", expected="a game that `sportsai track` made")
    return game.view
