"""Nine games of the Cleveland Cavaliers at 5 Hz, cut into clips: five starters, five opponents and the ball.

Files `cle_5hz_a.npz` and `cle_5hz_b.npz` (NBA SportVU 2015-16, thinned): `xy` (N, 11, 2) in 1/100 ft with the ball in
slot 0, Cleveland's starters in 1-5, their opponents in 6-10, `ball_z`, `example_stop` (last row of each unbroken
clip, -1 first), `names` (the ten players of each clip, comma-separated), `plays` (start and end row of each labelled
stretch). Cleveland attacks left in every clip. What the archive does not say is not made up: no clock (`t_s` counts
from the clip's start), no score, no home team (side 0 is Cleveland); the last clip has no names, so its players have
no ids.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, Game, Period, Player, Slot, Team, Tracks, empty_tracks, game_id
from sportsai.errors import DataError
from sportsai.readers import _tables, source
from sportsai.units import FOOT_M

TITLE = "Cleveland 2015-16 clips at 5 Hz, compact NumPy archive (cle_5hz_*.npz)"
SPORTS = frozenset({"basketball"})
RATE_HZ = Fraction(5)
COURT_FT = (94.0, 50.0)
TERMS = "NBA SportVU 2015-16: no licence is stated; research use, do not redistribute"
AXES = {"xy": 3, "ball_z": 1, "example_stop": 1, "plays": 2, "names": 1}


def sniff(path: Path) -> bool:
    """Whether `path` is such an archive, or a folder that holds some."""
    if path.is_dir():
        return any(sniff(p) for p in sorted(path.glob("cle_*.npz")))
    return set(AXES) <= _tables.npz_names(path)


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield the clips of each archive, lazily; a folder stands for all of its `cle_*.npz`.

    `extra["of_game"]` is the same for all clips of one game: split by it.
    """
    for path in paths:
        files = [p for p in sorted(path.glob("cle_*.npz")) if sniff(p)] if path.is_dir() else [path]
        if not files:
            raise DataError("no Cleveland archive in this folder", path=path, expected="cle_5hz_a.npz")
        for file in files:
            yield from _clips(file, league)


def _clips(path: Path, league: League) -> Iterator[Game]:
    data = _tables.read_npz(path, AXES)
    N = len(data["xy"])
    if data["xy"].shape[1:] != (11, 2) or len(data["ball_z"]) != N:
        raise DataError(
            f"xy has shape {data['xy'].shape}", path=path, key="xy", expected="(N, 11, 2) and N ball heights"
        )
    if data["xy"].dtype.kind == "f":
        _tables.finite(path, "xy", data["xy"])
    stop = data["example_stop"].astype(np.int64)
    if len(stop) < 2 or stop[0] != -1 or (np.diff(stop) <= 0).any() or stop[-1] not in (N - 1, N):
        raise DataError(
            "the clips do not tile the samples", path=path, key="example_stop", expected=f"-1, ..., {N}, increasing"
        )
    bounds = np.minimum(stop + 1, N)
    line_ups = [tuple(n.strip() for n in str(names).split(",")) for names in data["names"]]
    if any(len(n) != 10 or "" in n for n in line_ups):
        k = next(k for k, n in enumerate(line_ups) if len(n) != 10 or "" in n)
        raise DataError(
            f"clip {k} names {len(line_ups[k])} players", path=path, key="names", expected="ten names a clip"
        )
    marks = source.fingerprints(path)
    game, opponents = 0, set[str]()
    for k, (a, b) in enumerate(itertools.pairwise(bounds)):
        names = line_ups[k] if k < len(line_ups) else None
        if names is not None:
            theirs = set(names[5:])
            if opponents and not opponents & theirs:
                game, opponents = game + 1, set()
            opponents |= theirs
        if b > a:
            yield _clip(path, data, k, int(a), int(b), names, f"{path.stem}-g{game}", league, marks)


def _clip(
    path: Path,
    data: dict[str, NDArray[Any]],
    k: int,
    a: int,
    b: int,
    names: tuple[str, ...] | None,
    of_game: str,
    league: League,
    marks: dict[str, str],
) -> Game:
    sides = [HOME] * 5 + [AWAY] * 5
    ids = [game_id(n) for n in names] if names else [None] * 10
    slots = tuple(Slot(i, s) for i, s in zip(ids, sides, strict=True))
    arrays = empty_tracks(b - a, slots, RATE_HZ)
    arrays["period"][:] = 1
    arrays["t_s"] = np.arange(b - a) / float(RATE_HZ)
    xy = ((data["xy"][a:b] / 100.0 - np.array(COURT_FT) / 2) * FOOT_M).astype(np.float32)
    arrays["ball_xy"], arrays["xy"] = xy[:, 0], np.ascontiguousarray(xy[:, 1:])
    arrays["ball_z"] = (data["ball_z"][a:b] / 100.0 * FOOT_M).astype(np.float32)
    arrays["present"][:], arrays["ball_present"][:] = True, True
    cleveland = league.team("CLE")
    plays = data["plays"]
    mine = plays[(plays[:, 0] < b) & (plays[:, 1] > a)]
    return Game(
        id=game_id(f"{path.stem}-{k:03d}"),
        league=league.name,
        teams=(
            Team("CLE", cleveland.name if cleveland else "Cleveland Cavaliers", abbreviation="CLE"),
            Team("opponent", "Opponent"),
        ),
        roster=tuple(
            Player(i, n, s) for i, n, s in zip(ids, names or (), sides if names else [], strict=False) if i is not None
        ),
        court_length_m=league.court.length_m,
        court_width_m=league.court.width_m,
        periods=(Period(1, 0, b - a, AWAY),),
        tracks=Tracks(**arrays),
        competition="NBA 2015-16",
        provider="cle",
        source=marks,
        terms=TERMS,
        repairs={} if names else {"players without names": 10},
        kind="clip",
        extra={
            "of_game": of_game,
            "clock": "unknown: seconds count from the clip's start",
            "home": "unknown: side 0 is Cleveland",
            "plays": [[max(0, int(s) - a), min(b, int(e)) - a] for s, e in mine],
        },
    )
