"""sportsai's own lines: one JSON object a line, the game first, then a frame each. What a feed on loopback speaks.

    {"game": "derby", "rate_hz": 10, "court_m": [105, 68], "home": {"name": "Reds", "players": [{"id": "7", "name":
        "Ada", "number": 7, "position": "GK"}, ...]}, "away": {...}}
    {"frame": 0, "period": 1, "t_s": 0.0, "ball": [x, y] or [x, y, z] or null, "players": [["7", x, y], ...]}
    {"end": true}
Metres from the court's centre, x along it; seconds since the period began; period 0 is outside play. A player who is
not seen is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from sportsai.court import League
from sportsai.data import AWAY, HOME, Game, Player, Team, game_id
from sportsai.errors import DataError, one_line
from sportsai.live.feeds import Head, Sample, finite, whole

TITLE = "sportsai's own JSON lines: the game, then a frame a line"
SPORTS = frozenset({"soccer", "basketball", "hockey", "volleyball", "american_football"})


def sniff(start: bytes) -> bool:
    """Whether these are the first bytes of such lines."""
    line = start.lstrip(b"\xef\xbb\xbf \r\n\t").split(b"\n")[0]
    return line[:1] == b"{" and b'"rate_hz"' in line and b'"game"' in line


def head(first: Path | None, companions: tuple[Path, ...], league: League, line: bytes) -> Head:
    """Return the game that the first line says; DataError with what is missing in it."""
    try:
        said = orjson.loads(line)
        sides = [said["home"], said["away"]]
        roster = [
            Player(
                str(p["id"]), one_line(p.get("name") or p["id"], 60), side, _number(p.get("number")),
                p.get("position") and one_line(p["position"], 20),
            )
            for side, team in zip((HOME, AWAY), sides, strict=True) for p in team["players"]
        ]  # fmt: skip
        home, away = (Team(str(t.get("id") or w), one_line(t.get("name") or w, 60))
                      for t, w in zip(sides, ("home", "away"), strict=True))  # fmt: skip
        length, width = (finite(v) for v in said["court_m"])
        rate = Fraction(str(said["rate_hz"])).limit_denominator(1001)
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as bad:
        raise DataError(
            f"the first line does not say the game ({one_line(bad, 80)})", path=first, line=1,
            expected='{"game", "rate_hz", "court_m": [length, width], "home": {"name", "players"}, "away": {...}}',
        ) from None  # fmt: skip
    if not (length > 0 and width > 0 and 1 <= rate <= 1000):
        raise DataError(f"a court of {length:g} x {width:g} m at {float(rate):g} Hz", path=first, line=1,
                        expected="metres above 0, 1 to 1000 frames a second")  # fmt: skip
    if len({p.id for p in roster}) < len(roster):
        raise DataError("a player stands twice on the line-ups", path=first, line=1, expected="one entry a player")
    return Head(game_id(said["game"]), league.name, (home, away), tuple(roster), length, width, rate, "lines")


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def ends(line: bytes) -> bool:
    """Whether the line says that the game is over."""
    return line.lstrip()[:6] == b'{"end"'


def parser(head: Head, league: League) -> Callable[[bytes], Sample | None]:
    """Return what reads a line; ValueError says why one cannot be read."""
    side_of = {p.id: p.side for p in head.roster}

    def parse(line: bytes) -> Sample | None:
        said = orjson.loads(line)
        if not isinstance(said, dict):
            raise ValueError("a line is no object")
        if "game" in said:
            if str(said["game"]) != head.id:
                raise ValueError(f"the feed now says game {one_line(said['game'], 40)}")
            return None
        period = whole(said.get("period") or 0)
        t_s = finite(said.get("t_s")) if period else float("nan")
        seen = {str(who): (finite(x), finite(y)) for who, x, y in said.get("players") or ()}
        unknown = next((w for w in seen if w not in side_of), None)
        if unknown is not None:
            raise ValueError(f"player {one_line(unknown, 40)} is on no line-up")
        at = said.get("ball")
        ball = None if at is None else np.array([finite(v) for v in at[:2]], np.float32)
        if ball is not None and ball.shape != (2,):
            raise ValueError("the ball has no x and y")
        z = finite(at[2]) if at is not None and len(at) > 2 and at[2] is not None else float("nan")
        return Sample(
            whole(said.get("frame")), period, t_s, tuple(seen), tuple(side_of[w] for w in seen), (True,) * len(seen),
            np.array(list(seen.values()), np.float32).reshape(-1, 2), ball, z,
        )  # fmt: skip

    return parse


def lines_of(game: Game) -> Iterator[bytes]:
    """Yield a game as such lines, each with its newline. People without a name are left out."""
    tracks = game.tracks
    if tracks is None:
        raise DataError(f"game {game.id} has no tracks", expected="positions to send")
    teams = {
        word: {
            "id": game.teams[side].id, "name": game.teams[side].name,
            "players": [{"id": p.id, "name": p.name, "number": p.number, "position": p.position}
                        for p in game.roster if p.side == side],
        } for word, side in (("home", HOME), ("away", AWAY))
    }  # fmt: skip
    court = [game.court_length_m, game.court_width_m]
    yield orjson.dumps({"game": game.id, "rate_hz": float(tracks.rate_hz), "court_m": court, **teams}) + b"\n"
    slots = [(i, s.player_id) for i, s in enumerate(tracks.slots) if s.player_id is not None and s.side >= 0]
    for r in range(tracks.T):
        z = float(tracks.ball_z[r])
        ball = [float(v) for v in tracks.ball_xy[r]] + ([z] if np.isfinite(z) else [])
        yield orjson.dumps({
            "frame": int(tracks.frame[r]), "period": int(tracks.period[r]),
            "t_s": float(tracks.t_s[r]) if tracks.period[r] else None, "ball": ball if tracks.ball_present[r] else None,
            "players": [[who, *map(float, tracks.xy[r, i])] for i, who in slots if tracks.present[r, i]],
        }) + b"\n"  # fmt: skip
