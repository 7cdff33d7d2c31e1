"""Team style: which of the 30 teams moves like this, from five attackers and the ball in one possession.

Only the attackers and the ball are in a window, never who they are: a provider sorts players by their number, which
gives line-ups away, so the places are ordered by distance to the ball at the first sample. The defence is left out.
What still gives a team away without being style is in `facts`, so that a score can be set beside its controls: the
arena (each has its own calibration), home or away, the order of the games (styles drift over a season), who defends.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from sportsai.court import load_league
from sportsai.data.game import game_id
from sportsai.data.windows import NEITHER, OWN, Windows
from sportsai.errors import DataError
from sportsai.readers import nba_quarters, source
from sportsai.tasks import EVENT, MOVED, Examples, TaskOptions, of_all
from sportsai.units import METRES_PER

TITLE = "which team moves like this (NBA possessions, five attackers and the ball)"
KEY = False  # no player is the key: place 0 is the one nearest to the ball as it begins
POOLED = {"team-quarter": "team_quarter"}  # all possessions of a team in a game, decided together
FAILS = (
    "First quarters of 2015-16: line-ups, coaches and rules have changed; drift within a season costs much already.",
    "A team's opponents and score are not taken out of its style.",
    "The offence is doubtful in a possession's last two to three seconds.",
)
EXPECTED = f"{nba_quarters.MAIN} with teams.csv beside it"
SCALE_M = nba_quarters.COURT_FT[0] / 2 * METRES_PER["ft"]  # half the court's length: one unit
BASKET = (1 - 5.25 / 47, 0.0)  # the attacked basket, in units from the centre
DOUBTFUL = 5  # samples (2.6 s) at a possession's end in which the offence is doubtful

Float32 = NDArray[np.float32]
Int = NDArray[np.int64]


class Options(TaskOptions):
    """Keys of the task's [data] table.

    part: which samples stand for a possession: its first ("start"), those from the front court on ("front", the last
    ones where fewer are left) or the middle ones. crops: samples between further windows of the same possession, for
    training only (0: none). ball, players: left out when False, as controls. side: whose possessions are kept.
    """

    part: Literal["start", "front", "middle"] = "start"
    crops: int = Field(default=0, ge=0)
    ball: bool = True
    players: bool = True
    side: Literal["both", "home", "away"] = "both"

    @property
    def names(self) -> tuple[str, ...]:
        """The classes in order."""
        return team_names()


def team_names() -> tuple[str, ...]:
    """Return the abbreviations of the 30 teams in alphabetical order."""
    return tuple(sorted(t.abbreviation for t in load_league("nba").teams))


def find(folder: Path) -> list[Path]:
    """Return the archives in `folder`, its folder basketball where it has one, and all below; [] if none."""
    folder = Path(folder)
    base = folder / "basketball" if (folder / "basketball").is_dir() else folder
    found = sorted(base.rglob(nba_quarters.MAIN)) if base.is_dir() else []
    return [p for p in found if nba_quarters.sniff(p) and p.with_name("teams.csv").is_file()]


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return a window of `frames` samples for each possession long enough, then the crops; contests are games."""
    if not files:
        raise DataError("no files", expected=EXPECTED)
    if frames < 2:
        raise DataError(f"a window of {frames} samples", expected="at least 2")
    if not (options.ball or options.players):
        raise DataError("neither players nor ball", expected="ball = true or players = true")
    found = of_all([_read(Path(p), options, frames) for p in files])
    if not len(found):
        raise DataError("no possession is long enough", path=files[0], expected=f"some of {frames} samples or more",
                        todo=f"Left out: {sum(found.refused.values())}.")  # fmt: skip
    return found


def _read(path: Path, options: Options, frames: int) -> Examples:
    path = path / nba_quarters.MAIN if path.is_dir() else path
    held = nba_quarters.possessions(path)
    names = options.names
    for team in held.teams:
        if team not in names:
            raise DataError(f'team "{team}" is none of the league\'s', path=path.with_name("teams.csv"), key="abbr",
                            expected=", ".join(names))  # fmt: skip
    label_of = np.array([names.index(t) for t in held.teams], np.int64)
    length = held.end - held.start
    long = length >= frames
    asked = long & {"both": np.ones_like(long), "home": held.is_home, "away": ~held.is_home}[options.side]
    row = np.flatnonzero(asked)
    offset = _offset(held, options.part, frames)[row]
    kind = np.full(len(row), EVENT, np.int64)
    if options.crops:
        more, at = _crops(row, length[row], offset, frames, options.crops)
        row, offset = np.concatenate([row, more]), np.concatenate([offset, at])
        kind = np.concatenate([kind, np.full(len(more), MOVED, np.int64)])
    windows = _cut(held, row, offset, label_of, options, frames)
    game = held.game[row]
    abbreviation = np.array(held.teams)
    facts = pd.DataFrame(
        {
            "game_id": held.game_id[game],
            "order": np.argsort(np.argsort(held.game_id))[game],  # the league numbers its games by date
            "team": abbreviation[held.offence[row]],
            "defence": abbreviation[held.defence[row]],
            "arena": abbreviation[held.home[game]],
            "is_home": held.is_home[row],
            "period": 1,
            "possession": row,
            "start": offset,
            "length": length[row],
            "substitution": held.substitution[row],
            "team_quarter": np.char.add(np.char.add(held.game_id[game], ":"), abbreviation[held.offence[row]]),
        }
    )
    return Examples(
        windows=windows,
        names=names,
        kind=kind,
        facts=facts,
        sources=source.fingerprints(path, path.with_name("teams.csv")),
        terms=nba_quarters.TERMS,
        refused={
            k: v
            for k, v in {
                f"possessions of fewer than {frames} samples": int((~long).sum()),
                "possessions of the side not asked for": int((long & ~asked).sum()),
            }.items()
            if v
        },
    )


def _offset(held: nba_quarters.Possessions, part: str, frames: int) -> Int:
    """Return the sample of its possession at which each window begins, (P,)."""
    last = np.maximum(held.end - held.start - frames, 0)
    if part == "front":
        return np.clip(held.front - held.start, 0, last)
    return last // 2 if part == "middle" else np.zeros_like(last)


def _crops(row: Int, length: Int, offset: Int, frames: int, step: int) -> tuple[Int, Int]:
    """Return the possessions and beginnings of further windows, one every `step` samples, none in a doubtful end."""
    latest = length - DOUBTFUL - frames
    count = np.where(latest >= 0, latest // step + 1, 0)
    of = np.repeat(np.arange(len(row)), count)
    at = (np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)) * step
    new = at != offset[of]
    return row[of[new]], at[new]


def _cut(
    held: nba_quarters.Possessions, row: Int, offset: Int, label_of: Int, options: Options, frames: int
) -> Windows:
    """Return the windows: the offence attacks +x, the place nearest to the ball first."""
    n = len(row)
    at = (held.start[row] + offset)[:, None] + np.arange(frames)  # (n, T)
    turn = np.where(held.attacks_right[row], 1.0, -1.0).astype(np.float32) / np.float32(SCALE_M)
    first = np.where(held.is_home[row], 1, 6)
    xy = held.xy[at[:, None], (first[:, None] + np.arange(5))[:, :, None]] * turn[:, None, None, None]  # (n, 5, T, 2)
    ball = held.xy[at, 0] * turn[:, None, None]  # (n, T, 2)
    # without the ball its place may not show in the order either
    near = ball[:, :1] if options.ball else np.array(BASKET, np.float32)
    order = np.argsort(((xy[:, :, 0] - near) ** 2).sum(-1), axis=1, kind="stable")
    xy = np.take_along_axis(xy, order[:, :, None, None], 1)
    if not options.players:
        xy = np.zeros_like(xy)
    frame = held.frame
    game, index = np.unique(held.game[row], return_inverse=True)
    return Windows(
        xy=xy,
        present=np.full((n, 5, frames), options.players),
        relation=np.full((n, 5), OWN if options.players else NEITHER, np.int8),
        slot=(order + first[:, None] - 1) if options.players else np.full((n, 5), -1),
        key=np.zeros(n, np.int64),
        ball=ball if options.ball else np.zeros_like(ball),
        ball_present=np.full((n, frames), options.ball),
        label=label_of[held.offence[row]],
        game=index.astype(np.int64),
        period=np.ones(n, np.int8),
        frame=frame[at[:, 0]],
        first_frame=frame[at[:, 0]],
        last_frame=frame[at[:, -1]],
        request=row,
        games=tuple(game_id(held.game_id[g]) for g in game),
        scale_m=float(SCALE_M),
        reference=0,
    )
