"""First quarters of 435 NBA games (SportVU 2015-16) in one NumPy archive, with possessions and play-by-play.

Files, one folder: `nba_q1.npz` (positions in 1/100 ft, one sample per 0.52 s of running clock, possessions),
`players.csv`, `teams.csv` and, where there is one, `pbp_q1.csv`. Origin at a corner of the 94 x 50 ft court; the game
clock counts down. Source: positions as public in 2015-16 (see `sportvu`), thinned to 0.52 s; possessions by
ball-handler and front-court share. The offence label is doubtful in the last 2-3 s of a possession.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import League, load_league
from sportsai.court.clock import Clock
from sportsai.data import AWAY, HOME, Game, Period, Player, Slot, Team, Tracks, empty_tracks, events_frame, game_id
from sportsai.errors import DataError
from sportsai.readers import _tables, source
from sportsai.units import METRES_PER

TITLE = "NBA first quarters 2015-16 with possessions, compact NumPy archive (nba_q1.npz)"
SPORTS = frozenset({"basketball"})
RATE_HZ = Fraction(25, 13)  # one sample per 0.52 s
COURT_FT = (94.0, 50.0)
LATE_S = 6.0  # the log's clock is whole seconds, and up to 5 s late
TERMS = "NBA SportVU 2015-16: no licence is stated; research use, do not redistribute"
MAIN = "nba_q1.npz"
LOG = "pbp_q1.csv"
AXES = {
    "xy": 3,
    "ball_z": 1,
    "player_index": 2,
    "game_clock": 1,
    "shot_clock": 1,
    "game_ptr": 1,
    "game_id": 1,
    "home": 1,
    "visitor": 1,
    "home_attacks_right": 1,
    "poss": 2,
    "poss_cols": 1,
    "poss_frac": 2,
}
# play-by-play message type -> event name. Source: NBA play-by-play v2, EVENTMSGTYPE
PLAYS = {
    1: "made_shot",
    2: "missed_shot",
    3: "free_throw",
    4: "rebound",
    5: "turnover",
    6: "foul",
    7: "violation",
    8: "substitution",
    9: "timeout",
    10: "jump_ball",
}
PERIOD_MARKS = (12, 13)  # start and end of the period: not events of the game


def sniff(path: Path) -> bool:
    """Whether `path` is the archive or the folder that holds it."""
    return {"player_index", "game_ptr", "poss"} <= _tables.npz_names(path / MAIN if path.is_dir() else path)


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield the first quarter of each game, lazily; `players.csv`, `teams.csv`, `pbp_q1.csv` lie beside the archive.

    Each is a Game of kind "clip": a quarter is a cut of a game.
    """
    held = _held(_main(paths))
    for g in range(len(held.data["game_id"])):
        yield held.game(g, league)


def index(paths: tuple[Path, ...]) -> tuple[list[str], list[Path]]:
    """Return the ids of the games of an archive in order, and the files a game is made of: only the ids are read."""
    path = _main(paths)
    log = path.with_name(LOG)
    ids = _tables.read_npz(path, {"game_id": 1})["game_id"]
    return [game_id(str(i)) for i in ids], [path, *([log] if log.is_file() else [])]


def pick(paths: tuple[Path, ...], league: League, place: int) -> Game:
    """Return one game of an archive, by its place in `index`; the archive is kept, as long as no other is asked for."""
    path = _main(paths)
    stat = path.stat()
    return _kept(path, stat.st_mtime_ns, stat.st_size).game(place, league)


def _main(paths: tuple[Path, ...]) -> Path:
    return source.check_file(paths[0] / MAIN if paths[0].is_dir() else paths[0])


@dataclass(frozen=True)
class _Held:
    """An archive and its companions, checked."""

    data: dict[str, NDArray[Any]]
    players: pd.DataFrame
    teams: pd.DataFrame
    plays: pd.DataFrame | None
    marks: dict[str, str]

    def game(self, g: int, league: League) -> Game:
        return _game(g, self.data, self.players, self.teams, self.plays, league, self.marks)


@lru_cache(maxsize=1)
def _kept(path: Path, changed: int, size: int) -> _Held:
    return _held(path)


def _held(path: Path) -> _Held:
    data = _tables.read_npz(path, AXES)
    _check(path, data)
    teams = _teams(path, data)
    players = _tables.read_csv(
        path.with_name("players.csv"), ["player_index", "player_id"], ["name"], needed=["player_index", "player_id"]
    )
    _counts_up(path.with_name("players.csv"), players, "player_index")
    if data["player_index"].max(initial=0) >= len(players):
        raise DataError("an index is not in players.csv", path=path, expected="files of one download")
    plays_path = path.with_name(LOG)
    plays = _plays(plays_path) if plays_path.is_file() else None
    marks = source.fingerprints(path, plays_path if plays is not None else None)
    return _Held(data, players, teams, plays, marks)


@dataclass(frozen=True)
class Possessions:
    """All possessions of an archive, and the samples they are made of, without a Game object.

    Shapes
    ------
    xy (N, 11, 2) float32 metres from the court's centre, as recorded: the ball, five of the home team, five visitors.
    ball_z (N,) float32 metres above the floor. person (N, 10) the rows of `players.csv` of the ten players.
    frame (N,) the frame of its game, as `read` counts them. clock_s, shot_clock_s (N,) seconds left, NaN unknown.
    game, start, front, end (P,): the game, the first sample, the first in the front court, one past the last sample.
    offence, defence (P,): indices into `teams`. is_home, attacks_right, substitution (P,) bool: of the offence.
    game_id, home, visitor (G,): the game's number, and its teams. team_ids: the league's numbers of `teams`.
    """

    xy: NDArray[np.float32]
    ball_z: NDArray[np.float32]
    person: NDArray[np.int64]
    frame: NDArray[np.int64]
    clock_s: NDArray[np.float64]
    shot_clock_s: NDArray[np.float64]
    game: NDArray[np.int64]
    start: NDArray[np.int64]
    front: NDArray[np.int64]
    end: NDArray[np.int64]
    offence: NDArray[np.int64]
    defence: NDArray[np.int64]
    is_home: NDArray[np.bool_]
    attacks_right: NDArray[np.bool_]
    substitution: NDArray[np.bool_]
    game_id: NDArray[np.str_]
    home: NDArray[np.int64]
    visitor: NDArray[np.int64]
    teams: tuple[str, ...]
    team_ids: tuple[int, ...]


def possessions(path: Path) -> Possessions:
    """Return the possessions of an archive (or of the folder that holds it); `teams.csv` lies beside it."""
    path = path / MAIN if path.is_dir() else path
    data = _tables.read_npz(path, AXES)
    _check(path, data)
    teams = _teams(path, data)
    names = [str(c) for c in data["poss_cols"]]
    wanted = ("game", "start", "front", "end", "off_team", "def_team", "off_is_home", "attack_right", "substitution")
    for name in wanted:
        if name not in names or data["poss"].shape[1] != len(names):
            raise DataError(f'possessions have no column "{name}"', path=path, key="poss_cols", expected=str(wanted))
    table = {name: data["poss"][:, names.index(name)].astype(np.int64) for name in wanted}
    game, first, last = table["game"], table["start"], table["end"]
    G, pointer = len(data["game_id"]), data["game_ptr"].astype(np.int64)
    inside = (game >= 0) & (game < G)
    at = np.clip(game, 0, G - 1)
    inside &= (first >= pointer[at]) & (first <= last) & (last <= pointer[at + 1])
    inside &= (table["off_team"] >= 0) & (table["off_team"] < len(teams))
    inside &= (table["def_team"] >= 0) & (table["def_team"] < len(teams))
    if not inside.all():
        raise DataError(f"possession {int(np.argmin(inside))} is not inside its game", path=path, key="poss")
    return Possessions(
        xy=((data["xy"] / np.float32(100) - np.array(COURT_FT, np.float32) / 2) * METRES_PER["ft"]).astype(np.float32),
        ball_z=(data["ball_z"] * METRES_PER["1/100ft"]).astype(np.float32),
        person=data["player_index"].astype(np.int64),
        frame=np.concatenate([_frames(data["game_clock"][a:b]) for a, b in itertools.pairwise(pointer)]),
        clock_s=data["game_clock"] / 100.0,
        shot_clock_s=np.where(data["shot_clock"] < 0, np.nan, data["shot_clock"] / 100.0),
        game=game,
        start=first,
        front=table["front"],
        end=last,
        offence=table["off_team"],
        defence=table["def_team"],
        is_home=table["off_is_home"].astype(bool),
        attacks_right=table["attack_right"].astype(bool),
        substitution=table["substitution"].astype(bool),
        game_id=data["game_id"].astype(str),
        home=data["home"].astype(np.int64),
        visitor=data["visitor"].astype(np.int64),
        teams=tuple(str(a) for a in teams["abbr"]),
        team_ids=tuple(int(i) for i in teams["team_id"]),
    )


def plays(path: Path) -> pd.DataFrame:
    """Return the play-by-play `pbp_q1.csv` beside an archive (or in its folder), in the order it was logged.

    Columns: game_id, eventnum, msgtype (see PLAYS), actiontype, clock_s (whole seconds left), team (abbreviation or
    none), p1, p2, p3 (the league's numbers of people; 0 nobody).
    """
    return _plays((path if path.is_dir() else path.parent) / LOG)


def player_ids(path: Path) -> NDArray[np.int64]:
    """Return the league's number of each row of `players.csv` beside an archive (or in its folder)."""
    path = (path if path.is_dir() else path.parent) / "players.csv"
    table = _tables.read_csv(path, ["player_index", "player_id"], [], needed=["player_index", "player_id"])
    _counts_up(path, table, "player_index")
    return table["player_id"].to_numpy(np.int64)


def _teams(path: Path, data: dict[str, NDArray[Any]]) -> pd.DataFrame:
    teams = _tables.read_csv(
        path.with_name("teams.csv"), ["team_index", "team_id"], ["abbr"], needed=["team_index", "team_id"]
    )
    _counts_up(path.with_name("teams.csv"), teams, "team_index")
    if max(data["home"].max(initial=0), data["visitor"].max(initial=0)) >= len(teams):
        raise DataError("an index is not in teams.csv", path=path, expected="files of one download")
    return teams


def _counts_up(path: Path, table: pd.DataFrame, key: str) -> None:
    if not (table[key] == np.arange(len(table))).all():
        raise DataError(f"{key} does not count 0, 1, 2, ...", path=path, key=key)


def _check(path: Path, data: dict[str, NDArray[Any]]) -> None:
    N, G = len(data["xy"]), len(data["game_id"])
    if data["xy"].shape[1:] != (11, 2) or data["player_index"].shape[1:] != (10,):
        raise DataError(f"xy has shape {data['xy'].shape}", path=path, key="xy", expected="(N, 11, 2)")
    for name in ("ball_z", "player_index", "game_clock", "shot_clock"):
        if len(data[name]) != N:
            raise DataError(f"{name} has {len(data[name])} rows", path=path, key=name, expected=f"{N}, as many as xy")
    _tables.check_pointers(path, "game_ptr", data["game_ptr"], N)
    if not (len(data["game_ptr"]) - 1 == G == len(data["home"]) == len(data["visitor"])):
        raise DataError("its games do not all have teams and samples", path=path, key="game_ptr", expected=f"{G} games")
    if data["xy"].dtype.kind == "f":
        _tables.finite(path, "xy", data["xy"])
    clock = data["game_clock"]
    step = np.diff(clock)
    step[data["game_ptr"][1:-1] - 1] = -1
    if (step >= 0).any():
        row = int(np.argmax(step >= 0)) + 1
        what = "stands twice" if step[row - 1] == 0 else "runs backwards"
        raise DataError(
            f"the clock {what} at row {row} ({clock[row] / 100:.2f} s left)",
            path=path,
            key="game_clock",
            expected="a clock that counts down in each game",
        )


def _plays(path: Path) -> pd.DataFrame:
    numbers = ["game_id", "eventnum", "msgtype", "actiontype", "clock_s", "p1", "p2", "p3"]
    return _tables.read_csv(path, numbers, ["team"], needed=numbers[:5])


def _game(
    g: int,
    data: dict[str, NDArray[Any]],
    players: pd.DataFrame,
    teams: pd.DataFrame,
    plays: pd.DataFrame | None,
    league: League,
    marks: dict[str, str],
) -> Game:
    rows = slice(int(data["game_ptr"][g]), int(data["game_ptr"][g + 1]))
    index = data["player_index"][rows].astype(np.int64)
    pair = (int(data["home"][g]), int(data["visitor"][g]))
    ids = players["player_id"].astype(np.int64).astype(str).to_numpy()
    names = players["name"].to_numpy()
    roster = []
    for side in (HOME, AWAY):
        block = index[:, 5 * side : 5 * side + 5]
        starters = set(block[0].tolist()) if len(block) else set()
        roster += [Player(ids[i], names[i], side, starter=i in starters) for i in np.unique(block)]
    tracks = _tracks(g, rows, index, roster, data, ids, league)
    home_right = HOME if data["home_attacks_right"][g] else AWAY
    period = Period(1, int(tracks.frame[0]), int(tracks.frame[-1]) + 1, home_right)
    raw_id = str(data["game_id"][g])
    mine = None if plays is None else plays[plays["game_id"] == int(raw_id)]
    other = 0 if mine is None else int((~mine["msgtype"].isin([*PLAYS, *PERIOD_MARKS])).sum())
    return Game(
        id=game_id(raw_id),
        league=league.name,
        teams=(_team(teams, pair[0], league), _team(teams, pair[1], league)),
        roster=tuple(roster),
        court_length_m=league.court.length_m,
        court_width_m=league.court.width_m,
        periods=(period,),
        tracks=tracks,
        events=_events(g, rows, tracks, roster, teams, pair, data, mine, league),
        competition="NBA 2015-16",
        provider="nba_quarters",
        source=marks,
        terms=TERMS,
        repairs={"log entries that are no event set aside (replays, ejections)": other} if other else {},
        kind="clip",
        extra={"of_game": game_id(raw_id), "covers": "first quarter only"},
    )


def _team(teams: pd.DataFrame, index: int, league: League) -> Team:
    abbreviation = str(teams["abbr"].iloc[index])
    known = league.team(abbreviation)
    name, colour = (known.name, known.colours[0] if known.colours else None) if known else (abbreviation, None)
    return Team(str(int(teams["team_id"].iloc[index])), name, abbreviation=abbreviation, color=colour)


def _tracks(
    g: int,
    rows: slice,
    index: NDArray[np.int64],
    roster: list[Player],
    data: dict[str, NDArray[Any]],
    ids: NDArray[Any],
    league: League,
) -> Tracks:
    slots = tuple(Slot(p.id, p.side) for p in roster)
    clock = data["game_clock"][rows] / 100.0
    T = len(clock)
    if T == 0:
        raise DataError(f"game {data['game_id'][g]} has no samples", key="game_ptr", expected="at least one")
    arrays = empty_tracks(T, slots, RATE_HZ)
    arrays["frame"] = _frames(data["game_clock"][rows]).astype(np.int32)
    arrays["period"][:] = 1
    arrays["t_s"] = nba_clock().to_elapsed(1, clock)
    xy = (data["xy"][rows] / 100.0 - np.array(COURT_FT) / 2) * METRES_PER["ft"]
    column = np.full(len(ids), -1, np.int64)
    by_id = {s.player_id: i for i, s in enumerate(slots)}
    for i in np.unique(index):
        column[i] = by_id[ids[i]]
    at = np.arange(T)[:, None]
    arrays["xy"][at, column[index]] = xy[:, 1:]
    arrays["present"][at, column[index]] = True
    arrays["ball_xy"] = xy[:, 0].astype(np.float32)
    arrays["ball_z"] = (data["ball_z"][rows] * METRES_PER["1/100ft"]).astype(np.float32)
    arrays["ball_present"][:] = True
    for p in _possessions(g, data):
        arrays["possession"][p["start"] - rows.start : p["end"] - rows.start] = HOME if p["off_is_home"] else AWAY
    return Tracks(**arrays)


def nba_clock() -> Clock:
    """Return the NBA's clock, 12 minutes down: these are its quarters, as whichever league's they are read."""
    return load_league("nba").clock


def _frames(clock: NDArray[Any]) -> NDArray[np.int64]:
    """Return the frames of a game's samples: dead balls are not sampled, the clock (1/100 s) says how long a gap is."""
    steps = np.maximum(1, np.rint(-np.diff(clock / 100.0) * float(RATE_HZ))).astype(np.int64)
    return np.concatenate([np.zeros(min(len(clock), 1), np.int64), np.cumsum(steps)])


def _possessions(g: int, data: dict[str, NDArray[Any]]) -> list[dict[str, int]]:
    names = [str(c) for c in data["poss_cols"]]
    mine = np.flatnonzero(data["poss"][:, names.index("game")] == g)
    return [dict(zip(names, data["poss"][i].tolist(), strict=True)) | {"row": int(i)} for i in mine]


def _events(
    g: int,
    rows: slice,
    tracks: Tracks,
    roster: list[Player],
    teams: pd.DataFrame,
    pair: tuple[int, int],
    data: dict[str, NDArray[Any]],
    plays: pd.DataFrame | None,
    league: League,
) -> pd.DataFrame:
    found: list[dict[str, Any]] = []
    for n, p in enumerate(_possessions(g, data)):
        a, b = p["start"] - rows.start, p["end"] - rows.start
        last = min(b, tracks.T) - 1
        found.append(
            {
                "event_id": f"possession-{n}",
                "type": "possession",
                "t_s": tracks.t_s[a],
                "frame": int(tracks.frame[a]),
                "side": HOME if p["off_is_home"] else AWAY,
                "player_id": None,
                "start_frame": int(tracks.frame[a]),
                "end_frame": int(tracks.frame[last]) + 1,
                "attributes": {
                    "attacks_right": bool(p["attack_right"]),
                    "samples": b - a,
                    "substitution": bool(p["substitution"]),
                    "front_court_frame": int(tracks.frame[min(p["front"] - rows.start, tracks.T - 1)]),
                    "handler_share": round(float(data["poss_frac"][p["row"], 0]), 4),
                    "frontcourt_share": round(float(data["poss_frac"][p["row"], 1]), 4),
                },
            }
        )
    if plays is not None:
        found += _logged(plays, tracks, roster, teams, pair, league)
    return events_frame({k: [f[k] for f in found] for k in found[0]} if found else {}, len(found))


def _logged(
    plays: pd.DataFrame,
    tracks: Tracks,
    roster: list[Player],
    teams: pd.DataFrame,
    pair: tuple[int, int],
    league: League,
) -> Iterator[dict[str, Any]]:
    """Yield the play-by-play's events; the log's clock is whole seconds and 0-5 s late, evidence reaches back 6 s."""
    abbreviations = teams["abbr"].to_numpy()
    side_of = {abbreviations[pair[0]]: HOME, abbreviations[pair[1]]: AWAY}
    here = {p.id for p in roster}
    for p in plays.to_dict("records"):
        kind = int(p["msgtype"])
        if kind not in PLAYS:
            continue
        t = float(nba_clock().to_elapsed(1, p["clock_s"]))
        row = min(int(np.searchsorted(tracks.t_s, t)), tracks.T - 1)
        first = min(int(np.searchsorted(tracks.t_s, t - LATE_S)), row)
        people = [str(int(v)) for v in (p["p1"], p["p2"], p["p3"]) if v > 0]
        yield {
            "event_id": f"log-{int(p['eventnum'])}",
            "type": PLAYS[kind],
            "t_s": t,
            "frame": int(tracks.frame[row]),
            "side": side_of.get(p["team"], -1),
            "player_id": people[0] if people and people[0] in here else None,
            "start_frame": int(tracks.frame[first]),
            "end_frame": int(tracks.frame[row]) + 1,
            "attributes": {"msgtype": kind, "actiontype": int(p["actiontype"]), "people": people},
        }
