"""TRACAB `.dat`, a line a frame, beside it metadata that says when the periods begin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from sportsai.court import League
from sportsai.data import AWAY, HOME, NO_SIDE, game_id
from sportsai.errors import DataError
from sportsai.live.feeds import Head, Sample, finite, whole
from sportsai.readers import tracab
from sportsai.units import CM_M

TITLE = "TRACAB .dat, a line a frame, with XML or JSON metadata"
SPORTS = frozenset({"soccer"})
_SIDES = {1: HOME, 0: AWAY, 3: NO_SIDE}
_CM = np.float32(CM_M)


def sniff(start: bytes) -> bool:
    """Whether these are the first bytes of a .dat."""
    number, _, rest = start.lstrip().partition(b":")
    first = rest.split(b";")[0].split(b",")
    return number.isdigit() and len(first) == 6 and first[0].lstrip(b"-").isdigit()


def head(first: Path | None, companions: tuple[Path, ...], league: League, line: bytes) -> Head:
    """Return what the metadata says of the game; the periods' first and last frames must stand in it."""
    if companions:
        metadata = companions[0]
    elif first is not None:
        metadata = tracab._pair((first,))[1]
    else:
        raise DataError("a feed of TRACAB lines says no periods", expected="the metadata after the feed")
    meta = tracab._read_meta(metadata)
    name = meta.id or (first.name.split(".")[0] if first is not None else "live")
    return Head(game_id(name), league.name, meta.teams, tuple(meta.shirts.values()), meta.length_m, meta.width_m,
                meta.rate_hz, "tracab", {"periods": meta.periods, "shirts": meta.shirts})  # fmt: skip


def ends(line: bytes) -> bool:
    """The format has no word for the end."""
    return False


def parser(head: Head, league: League) -> Callable[[bytes], Sample | None]:
    """Return what reads a line; ValueError says why one cannot be read."""
    shirts, periods, rate = head.extra["shirts"], head.extra["periods"], float(head.rate_hz)

    def parse(line: bytes) -> Sample | None:
        parts = line.decode("ascii").strip().split(":")
        if len(parts) != 4:
            raise ValueError(f"the line has {len(parts) - 1} colons, not 3")
        frame = whole(int(parts[0]))
        period = next((n for n, (start, end) in periods.items() if start <= frame <= end), 0)
        t_s = (frame - periods[period][0]) / rate if period else float("nan")
        seen: dict[str, tuple[int, float, float]] = {}
        for text in parts[1].split(";"):
            if not text:
                continue
            team, _, shirt, x, y, _ = text.split(",")
            if int(team) not in _SIDES:
                continue
            side = _SIDES[int(team)]
            player = shirts.get((side, int(shirt)))
            word = {HOME: "home", AWAY: "away"}.get(side, "referee")
            who = player.id if player else f"{word}_{int(shirt)}"
            seen[who] = (side, finite(float(x)), finite(float(y)))
        values = parts[2].split(";")[0].split(",")
        ball = None
        if len(values) >= 3 and all(values[:2]):
            ball = np.array([finite(float(v)) for v in values[:2]], np.float32) * _CM
        z = finite(float(values[2])) * float(_CM) if ball is not None and values[2] else float("nan")
        xy = np.array([s[1:] for s in seen.values()], np.float32).reshape(-1, 2) * _CM
        return Sample(frame, period, t_s, tuple(seen), tuple(s[0] for s in seen.values()), (True,) * len(seen), xy,
                      ball, z)  # fmt: skip

    return parse
