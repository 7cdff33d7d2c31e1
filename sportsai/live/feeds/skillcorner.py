"""SkillCorner, one JSON object a line: the 2024 JSON lines, and the objects of the 2020 array written a line each.

Beside it the match file. A 2020 person without a name is told by the number of his track, for as long as it lasts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from sportsai.court import League
from sportsai.data import AWAY, HOME, game_id
from sportsai.errors import DataError
from sportsai.live.feeds import Head, Sample, finite, whole
from sportsai.readers import skillcorner

TITLE = "SkillCorner broadcast tracking as JSON lines, 10 Hz"
SPORTS = frozenset({"soccer"})
_GROUPS = {"home team": HOME, "away team": AWAY}


def sniff(start: bytes) -> bool:
    """Whether these are the first bytes of SkillCorner frames, a line each."""
    line = start.lstrip(b"\xef\xbb\xbf \r\n\t").split(b"\n")[0]
    return line[:1] == b"{" and b'"possession"' in line and (b'"player_data"' in line or b'"data"' in line)


def head(first: Path | None, companions: tuple[Path, ...], league: League, line: bytes) -> Head:
    """Return what the match file says of the game; it is named, or lies beside a file of frames."""
    if companions:
        match = companions[0]
    elif first is not None:
        match = skillcorner._pair((first,))[1]
    else:
        raise DataError("a feed of SkillCorner frames says no line-ups", expected="the match file after the feed",
                        todo="Name it: sportsai live tcp://127.0.0.1:9000 match.json")  # fmt: skip
    info = skillcorner._match_info(match)
    roster, by_track = skillcorner._roster(info)
    length, width = (float(info.get(k) or d) for k, d in (("pitch_length", 105), ("pitch_width", 68)))
    name = info.get("id", first.stem if first is not None else "live")
    teams = skillcorner._team(info, "home"), skillcorner._team(info, "away")
    extra = {"by_track": by_track, "ball": (info.get("ball") or {}).get("trackable_object")}
    return Head(game_id(name), league.name, teams, tuple(roster), length, width, skillcorner.RATE_HZ, "skillcorner",
                extra)  # fmt: skip


def ends(line: bytes) -> bool:
    """The format has no word for the end."""
    return False


def parser(head: Head, league: League) -> Callable[[bytes], Sample | None]:
    """Return what reads a line; ValueError says why one cannot be read."""
    side_of = {p.id: p.side for p in head.roster}
    by_track, ball_id = head.extra["by_track"], head.extra["ball"]

    def parse(line: bytes) -> Sample | None:
        said = orjson.loads(line)
        if not isinstance(said, dict):
            raise ValueError("a line is no object")
        period = whole(said.get("period") or 0)
        seen: dict[str, tuple[int, bool, float, float]] = {}
        ball, z = None, float("nan")
        new = "player_data" in said
        people = said["player_data" if new else "data"]
        for p in people if isinstance(people, list) else ():
            if p.get("x") is None or p.get("y") is None:
                continue
            x, y = finite(p["x"]), finite(p["y"])
            key = p.get("player_id" if new else "trackable_object")
            if not new and key is not None and key == ball_id:
                ball, z = (x, y), float("nan") if p.get("z") is None else finite(p["z"])
                continue
            who = None if key is None else by_track.get(-int(key) - 1 if new else int(key))
            if who is not None:
                seen[who] = (side_of[who], True, x, y)
            elif not new and p.get("group_name") in _GROUPS:
                side = _GROUPS[p["group_name"]]
                seen[f"track {side} {p.get('track_id')}"] = (side, False, x, y)
        told = said.get("ball_data") if new else None
        if told and told.get("x") is not None and told.get("y") is not None:
            ball, z = (finite(told["x"]), finite(told["y"])), finite(told["z"]) if told.get("z") is not None else z
        return Sample(
            whole(said.get("frame")), period, _seconds(said, period, league), tuple(seen),
            tuple(s[0] for s in seen.values()), tuple(s[1] for s in seen.values()),
            np.array([s[2:] for s in seen.values()], np.float32).reshape(-1, 2),
            None if ball is None else np.array(ball, np.float32), z,
        )  # fmt: skip

    return parse


def _seconds(said: dict[str, Any], period: int, league: League) -> float:
    """Return seconds since the period began from "12:34.50" or "1:02:03.4"; NaN outside periods."""
    if not period:
        return float("nan")
    clock = str(said.get("time") or said.get("timestamp"))
    parts = clock.split(":")
    if len(parts) not in (2, 3):
        raise ValueError(f"the time is {clock[:40]!r}")
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + float(part)
    return finite(float(league.clock.to_elapsed(period, seconds)))
