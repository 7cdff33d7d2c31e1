"""NFL Next Gen Stats highlight plays 2017-19: 22 players and the ball at 10 Hz, one clip a play.

Source: github.com/asonty/ngs_highlights (positions behind the league's public highlight pages; no licence file).
Files, one folder: `ngs.npz` (`xy` (F, 23, 2) in 1/100 yard, -32768 missing, slot 0 the ball, 1-11 the team in
possession, 12-22 the other; `play_ptr`), `plays.csv`, `events.csv` (frame tags), `rosters.csv`. Yards, origin at the
back corner of an end zone: x 0..120, y 0..53 1/3. The feed has no running clock: `t_s` is what the quarter's clock
showed when the play was called, plus the seconds since the clip's first frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, Game, Period, Player, Slot, Team, Tracks, empty_tracks, events_frame, game_id
from sportsai.errors import DataError, one_line
from sportsai.readers import _tables, source
from sportsai.units import YARD_M

TITLE = "NFL Next Gen Stats highlight plays, compact archive (github.com/asonty/ngs_highlights)"
SPORTS = frozenset({"american_football"})
RATE_HZ = Fraction(10)
FIELD_YD = (120.0, 160 / 3)
MISSING = -32768
TERMS = "NFL Next Gen Stats highlights: no licence file; research use, do not redistribute"
MAIN = "ngs.npz"
SET_ASIDE = "frame tags that are not events of the league set aside"


def sniff(path: Path) -> bool:
    """Whether `path` is the archive or the folder that holds it."""
    return {"xy", "play_ptr"} == _tables.npz_names(path / MAIN if path.is_dir() else path)


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a clip for each play, lazily; `plays.csv`, `events.csv` and `rosters.csv` lie beside the archive.

    `extra["of_game"]` names the game of a play: split by it.
    """
    path = paths[0] / MAIN if paths[0].is_dir() else paths[0]
    data = _tables.read_npz(path, {"xy": 3, "play_ptr": 1})
    xy, pointers = data["xy"], data["play_ptr"].astype(np.int64)
    if xy.shape[1:] != (23, 2):
        raise DataError(f"xy has shape {xy.shape}", path=path, key="xy", expected="(F, 23, 2)")
    if xy.dtype.kind == "f":
        _tables.finite(path, "xy", xy)
    _tables.check_pointers(path, "play_ptr", pointers, len(xy))
    names = [path.with_name(n) for n in ("plays.csv", "events.csv", "rosters.csv")]
    whole = ["play", "gameId", "playId", "season", "week", "quarter", "down", "yards_to_go", "abs_yardline"]
    words = ["play_type", "offense", "defense", "play_direction", "game_clock"]
    plays = _tables.read_csv(names[0], whole, words, needed=whole)
    if len(plays) != len(pointers) - 1:
        raise DataError(f"{len(plays)} plays", path=names[0], expected=f"{len(pointers) - 1}, as in {path.name}")
    events = _tables.read_csv(names[1], ["play", "frame"], ["event"], needed=["play", "frame"])
    people = ["gameId", "playId", "slot", "nflId", "possession", "home", "jersey"]
    rosters = _tables.read_csv(names[2], people, ["name", "team", "position"], needed=people[:4])
    marks = source.fingerprints(path, *names)
    by_play = dict(iter(events.groupby("play")))
    by_roster = dict(iter(rosters.groupby(["gameId", "playId"])))
    for i, play in enumerate(plays.to_dict("records")):
        roster = by_roster.get((play["gameId"], play["playId"]))
        tags = by_play.get(play["play"], events.iloc[:0])
        yield _play(play, xy[pointers[i] : pointers[i + 1]], roster, tags, league, marks, names)


def _play(
    play: dict[Any, Any],
    xy: NDArray[Any],
    roster: pd.DataFrame | None,
    tags: pd.DataFrame,
    league: League,
    marks: dict[str, str],
    names: list[Path],
) -> Game:
    title = f"play {int(play['playId'])} of game {int(play['gameId'])}"
    if not len(xy):
        raise DataError(f"{title} has no frames", path=names[0], expected="at least one")
    slots, players, sides = _people(play, roster, title, names[2])
    offence = sides[play["offense"]]
    clock = _clock_s(play["game_clock"], title, names[0])
    quarter = int(play["quarter"])
    arrays = empty_tracks(len(xy), slots, RATE_HZ)
    arrays["period"][:] = quarter
    begin = float(league.clock.to_elapsed(quarter, clock))
    arrays["t_s"] = begin + np.arange(len(xy)) / float(RATE_HZ)
    seen = (xy != MISSING).all(-1)
    metres = ((xy / 100.0 - np.array(FIELD_YD) / 2) * YARD_M).astype(np.float32)
    metres[~seen] = 0.0
    arrays["ball_xy"], arrays["ball_present"] = metres[:, 0], seen[:, 0]
    arrays["xy"], arrays["present"] = np.ascontiguousarray(metres[:, 1:]), np.ascontiguousarray(seen[:, 1:])
    arrays["possession"][:] = offence
    if play["play_direction"] not in ("left", "right"):
        raise DataError(
            f'"{one_line(play["play_direction"], 20)}" is no direction',
            path=names[0],
            key="play_direction",
            expected="left or right",
        )
    right = offence if play["play_direction"] == "right" else 1 - offence
    tracks = Tracks(**arrays)
    table, other = _events(play, tags, tracks, offence, league, title, names[1])
    teams = {side: name for name, side in sides.items()}
    return Game(
        id=game_id(f"{int(play['gameId'])}-{int(play['playId'])}"),
        league=league.name,
        teams=(_team(teams[HOME], league), _team(teams[AWAY], league)),
        roster=players,
        court_length_m=league.court.length_m,
        court_width_m=league.court.width_m,
        periods=(Period(quarter, 0, len(xy), right),),
        tracks=tracks,
        events=table,
        date=f"{int(play['gameId'])}"[:4] + "-" + f"{int(play['gameId'])}"[4:6] + "-" + f"{int(play['gameId'])}"[6:8],
        competition=f"NFL {int(play['season'])}, week {int(play['week'])}",
        provider="ngs",
        source=marks,
        terms=TERMS,
        repairs={SET_ASIDE: other} if other else {},
        kind="clip",
        extra={
            "of_game": f"{int(play['gameId'])}",
            "play_type": play["play_type"],
            "down": int(play["down"]),
            "yards_to_go": int(play["yards_to_go"]),
            "clock": "the quarter's clock at the call, then seconds of the clip",
        },
    )


def _people(
    play: dict[Any, Any], roster: pd.DataFrame | None, title: str, path: Path
) -> tuple[tuple[Slot, ...], tuple[Player, ...], dict[str, int]]:
    """Return the 22 slots in order, the roster, and the side of each team."""
    if roster is None or sorted(roster["slot"]) != list(range(1, 23)):
        raise DataError(
            f"{title} has {0 if roster is None else len(roster)} players",
            path=path,
            expected="slots 1 to 22",
            todo="Take all files from one download.",
        )
    people = roster.sort_values("slot").to_dict("records")
    sides = {p["team"]: HOME if p["home"] == 1 else AWAY for p in people}
    for which in ("offense", "defense"):
        if play[which] not in sides:
            raise DataError(
                f'team "{one_line(play[which], 20)}" of {title} has no players', path=path, expected=" or ".join(sides)
            )
    if sorted(sides.values()) != [HOME, AWAY]:
        raise DataError(f"{title} has {len(sides)} teams", path=path, key="home", expected="one home and one away team")
    if any((p["team"] == play["offense"]) != (p["slot"] <= 11) for p in people):
        raise DataError(
            f"slots 1-11 of {title} are not {play['offense']}",
            path=path,
            key="slot",
            expected="the team in possession first",
        )
    players = tuple(
        Player(
            str(int(p["nflId"])),
            p["name"],
            sides[p["team"]],
            int(p["jersey"]) if np.isfinite(p["jersey"]) else None,
            p["position"] or None,
        )
        for p in people
    )
    return tuple(Slot(p.id, p.side) for p in players), players, sides


def _team(abbreviation: str, league: League) -> Team:
    known = league.team(abbreviation)
    if known is None:
        return Team(game_id(abbreviation), abbreviation, abbreviation=abbreviation)
    colour = known.colours[0] if known.colours else None
    return Team(game_id(abbreviation), known.name, known.short_name, abbreviation, colour)


def _clock_s(text: str, title: str, path: Path) -> float:
    minutes, _, seconds = str(text).partition(":")
    if not (minutes.isdigit() and seconds[:2].isdigit()):
        raise DataError(
            f'the clock of {title} is "{one_line(text, 20)}"', path=path, key="game_clock", expected="mm:ss"
        )
    return 60.0 * int(minutes) + int(seconds[:2])


def _events(
    play: dict[Any, Any], tags: pd.DataFrame, tracks: Tracks, offence: int, league: League, title: str, path: Path
) -> tuple[pd.DataFrame, int]:
    """Return the play itself and its frame tags as events, and how many tags the league has no event for."""
    known = tags[tags["event"].isin(league.events)]
    frame = known["frame"].to_numpy(np.int64)
    if ((frame < 0) | (frame >= tracks.T)).any():
        bad = int(frame[(frame < 0) | (frame >= tracks.T)][0])
        raise DataError(f"a tag of {title} is at frame {bad}", path=path, key="frame", expected=f"0 to {tracks.T - 1}")
    own = play["play_type"] in league.events
    facts = {k: int(play[k]) for k in ("down", "yards_to_go", "abs_yardline")}
    snap = int(frame[(known["event"] == "ball_snap").to_numpy()][0]) if (known["event"] == "ball_snap").any() else 0
    n = len(frame) + own
    start = np.concatenate([[snap] if own else [], frame]).astype(np.int64)
    end = np.concatenate([[tracks.T] if own else [], frame + 1]).astype(np.int64)
    table = events_frame(
        {
            "event_id": [*(["play"] if own else []), *(f"tag-{i}" for i in range(len(frame)))],
            "period": np.full(n, int(play["quarter"])),
            "t_s": tracks.t_s[start],
            "frame": start,
            "type": [*([play["play_type"]] if own else []), *known["event"]],
            "side": [*([offence] if own else []), *[-1] * len(frame)],
            "start_frame": start,
            "end_frame": end,
            "attributes": [*([facts] if own else []), *({} for _ in frame)],
        },
        n,
    )
    return table, len(tags) - len(known)
