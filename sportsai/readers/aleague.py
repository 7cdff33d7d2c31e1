"""SkillCorner A-League 2024/25 open data without player tracking: the ball at 10 Hz, possessions and phases of play.

Source: github.com/SkillCorner/opendata (MIT; README and "Dynamic Events" glossary). Files, one folder a match:
`match.json`, `ball.csv.gz` (frame, timestamp, period, x, y, z, is_detected; live play only),
`possession_events.csv.gz` (player possessions), `phases_of_play.csv` and, for some, `dynamic_events.csv` (all four
kinds of event). Metres, origin at the pitch's centre. Tracking is as broadcast; event x, y are turned to the
attacking direction and are turned back here (times -1 where `attacking_side` is right_to_left). Where
`possession_snapshots.parquet` lies beside the match folders, all 22 players are known at the first frame of each
possession and only there: the other frames have no players present.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import (
    AWAY,
    HOME,
    NO_SIDE,
    Game,
    Period,
    Player,
    Slot,
    Team,
    Tracks,
    empty_tracks,
    events_frame,
    game_id,
)
from sportsai.errors import DataError, one_line
from sportsai.readers import _tables, source

TITLE = "SkillCorner A-League open data: ball, possessions, phases (github.com/SkillCorner/opendata)"
SPORTS = frozenset({"soccer"})
RATE_HZ = Fraction(10)
TERMS = "SkillCorner open data, MIT"
MATCH, BALL, POSSESSIONS, PHASES, DYNAMIC = (
    "match.json",
    "ball.csv.gz",
    "possession_events.csv.gz",
    "phases_of_play.csv",
    "dynamic_events.csv",
)
SNAPSHOTS = "possession_snapshots.parquet"
BALL_ID = -1
# how a possession ended -> the event that ended it; the rest end in nothing the league names
ENDS = {"pass": "pass", "possession_loss": "turnover", "shot": "shot", "clearance": "clearance"}
# a phase of the team in possession -> the league's phase; chaotic play belongs to neither team and has none
PHASE = {
    "build_up": "build_up",
    "create": "create",
    "finish": "finish",
    "direct": "transition",
    "quick_break": "transition",
    "transition": "transition",
    "set_play": "set_play",
}
NUMBERS = (
    "frame_start",
    "frame_end",
    "period",
    "player_id",
    "team_id",
    "x_start",
    "y_start",
    "x_end",
    "y_end",
    "player_targeted_id",
    "lead_to_shot",
    "lead_to_goal",
)
TEXTS = (
    "event_id",
    "event_type",
    "event_subtype",
    "attacking_side",
    "start_type",
    "end_type",
    "pass_outcome",
    "team_in_possession_phase_type",
    "team_out_of_possession_phase_type",
    "game_interruption_after",
)
SNAPSHOT_COLUMNS = (
    "match_id",
    "frame",
    "period",
    "player_id",
    "x",
    "y",
    "vx_mps",
    "vy_mps",
    "team_id",
    "player_role",
    "event_id",
    "end_type",
    "pass_outcome",
    "team_in_possession",
    "player_in_possession_id",
    "team_in_possession_phase_type",
    "attacking_side",
    "lead_to_shot",
    "lead_to_goal",
    "is_detected",
)


@dataclass(frozen=True)
class Snapshots:
    """Where all 22 players and the ball were, and how fast, at the first frame of each possession, for recipes.

    Shapes
    ------
    xy, velocity (N, 23, 2) float32 metres and m/s, turned so that the team in possession attacks +x, slot 0 the ball,
    then the holder, his team, the opponents; meaningful where `present` (N, 23). own (N, 23) bool, the team in
    possession. player_id (N, 23) int64, -1 the ball or nobody. table (N rows): match_id, frame, period, event_id,
    end_type, pass_outcome, phase, lead_to_shot, lead_to_goal. Split by match_id. set_aside: possessions with fewer
    than two teams, no ball or no holder.
    """

    xy: NDArray[np.float32]
    velocity: NDArray[np.float32]
    present: NDArray[np.bool_]
    own: NDArray[np.bool_]
    player_id: NDArray[np.int64]
    table: pd.DataFrame
    set_aside: int


def snapshots(path: Path, slots: int = 23) -> Snapshots:
    """Return `possession_snapshots.parquet` (or the one in the folder `path`) as arrays, one row a possession."""
    path = path / SNAPSHOTS if path.is_dir() else path
    rows = _snapshot_rows(path)
    rows = rows.assign(
        order=np.select(
            [
                rows["player_id"] == BALL_ID,
                rows["player_id"] == rows["player_in_possession_id"],
                rows["team_id"] == rows["team_in_possession"],
            ],
            [0, 1, 2],
            3,
        )
    ).sort_values(["match_id", "frame", "event_id", "order", "player_id"], kind="stable")
    key = rows.groupby(["match_id", "frame", "event_id"], sort=False).ngroup().to_numpy()
    kinds = np.zeros((int(key.max()) + 1, 4), bool)
    kinds[key, rows["order"].to_numpy()] = True
    whole = np.asarray(kinds[:, [0, 1, 3]].all(1))
    rows, key = rows[whole[key]], key[whole[key]]
    _, key = np.unique(key, return_inverse=True)
    N = int(key.max(initial=-1)) + 1
    first = np.searchsorted(key, np.arange(N))
    place = np.arange(len(rows)) - first[key]
    if (place >= slots).any():
        event = rows["event_id"].to_numpy()[int(np.argmax(place >= slots))]
        raise DataError(f"possession {event} has over {slots} people", path=path, expected="22 players and the ball")
    sign = np.where(rows["attacking_side"] == "right_to_left", -1.0, 1.0)[:, None]
    out = [np.zeros((N, slots, 2), np.float32) for _ in range(2)]
    out[0][key, place] = rows[["x", "y"]].to_numpy() * sign
    out[1][key, place] = np.nan_to_num(rows[["vx_mps", "vy_mps"]].to_numpy() * sign)
    present, own = np.zeros((N, slots), bool), np.zeros((N, slots), bool)
    present[key, place] = True
    own[key, place] = rows["order"].isin([1, 2]).to_numpy()
    player = np.full((N, slots), -1, np.int64)
    player[key, place] = rows["player_id"].to_numpy()
    names = ["match_id", "frame", "period", "event_id", "end_type", "pass_outcome", "lead_to_shot", "lead_to_goal"]
    table = rows.iloc[first][names].reset_index(drop=True)
    table["phase"] = rows.iloc[first]["team_in_possession_phase_type"].to_numpy()
    return Snapshots(out[0], out[1], present, own, player, table, int((~whole).sum()))


def _snapshot_rows(path: Path) -> pd.DataFrame:
    rows = _tables.read_parquet(path, SNAPSHOT_COLUMNS)
    for name in ("x", "y"):
        _tables.finite(path, name, rows[name].to_numpy(np.float64))
    again = rows.duplicated(["match_id", "frame", "event_id", "player_id"])
    if again.any():
        row = rows[again].iloc[0]
        raise DataError(f"player {row['player_id']} stands twice in frame {row['frame']}", path=path, key="player_id")
    return rows


def sniff(path: Path) -> bool:
    """Whether `path` is a match folder, the folder of matches, or a match's ball file."""
    if path.is_dir():
        return ((path / BALL).is_file() and (path / MATCH).is_file()) or any(path.glob(f"*/{BALL}"))
    return path.name == BALL


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a game for each match folder; a folder of match folders stands for all of them."""
    for path in paths:
        folder = path.parent if path.is_file() else path
        folders = [folder] if (folder / BALL).is_file() else sorted(p.parent for p in folder.glob(f"*/{BALL}"))
        if not folders:
            source.check_file(folder / BALL)
        for one in folders:
            yield _match(one, league)


def _match(folder: Path, league: League) -> Game:
    path = folder / MATCH
    info = source.read_json(path)
    if not isinstance(info, dict) or not all(info.get(k) for k in ("id", "home_team", "away_team", "players")):
        raise DataError("this is not a SkillCorner match file", path=path, expected="home_team, away_team and players")
    with _tables.as_described(path, "teams, players or periods are"):
        match = int(info["id"])
        sides = {int(info["home_team"]["id"]): HOME, int(info["away_team"]["id"]): AWAY}
        teams = (_team(info, "home"), _team(info, "away"))
        roster = _roster(info, sides, path)
        begins = {int(p["period"]): int(p["start_frame"]) for p in info.get("match_periods") or []}
        size = tuple(float(info.get(f"pitch_{k}") or getattr(league.court, f"{k}_m")) for k in ("length", "width"))
        competition = (info.get("competition_edition") or {}).get("name")
        venue = (info.get("stadium") or {}).get("name")
        score = tuple(None if (v := info.get(f"{k}_team_score")) is None else int(v) for k in ("home", "away"))
    snaps_path = folder.parent / SNAPSHOTS
    snaps = None
    if snaps_path.is_file():
        snaps = _snapshot_rows(snaps_path)
        snaps = snaps[snaps["match_id"] == match]
    repairs: dict[str, int] = {}
    tracks = _tracks(folder / BALL, roster, snaps, begins, league, repairs)
    events_path = folder / POSSESSIONS
    logged = _tables.read_csv(events_path, NUMBERS, TEXTS, needed=NUMBERS[:3])
    periods = _periods(logged, tracks, sides, events_path)
    tables = [_possessions(logged, tracks, sides, {p.id for p in roster}, begins)]
    used = [path, folder / BALL, events_path]
    if (folder / PHASES).is_file():
        tables.append(_phases(folder / PHASES, sides, begins, tracks, repairs))
        used.append(folder / PHASES)
    events = pd.concat([t for t in tables if len(t)] or tables[:1])
    return Game(
        id=game_id(match),
        league=league.name,
        teams=teams,
        roster=tuple(roster),
        court_length_m=size[0],
        court_width_m=size[1],
        periods=periods,
        tracks=tracks,
        events=events.sort_values(["period", "t_s", "frame"], kind="stable").reset_index(drop=True),
        date=str(info.get("date_time") or "")[:10] or None,
        competition=competition,
        venue=venue,
        score=None if score[0] is None or score[1] is None else (score[0], score[1]),
        provider="aleague",
        source=source.fingerprints(*used),
        terms=TERMS,
        repairs={k: n for k, n in repairs.items() if n},
        extra={
            "players": "at the first frame of each possession" if snaps is not None else "not tracked in these files"
        },
    )


def dynamic_events(folder: Path) -> pd.DataFrame:
    """Return a match's `dynamic_events.csv` as it is: possessions, passing options, runs and engagements, for
    recipes."""
    return _tables.read_csv(folder / DYNAMIC, NUMBERS, TEXTS)


def _team(info: dict[str, Any], which: str) -> Team:
    team, kit = info[f"{which}_team"], info.get(f"{which}_team_kit") or {}
    return Team(
        str(team["id"]),
        str(team.get("name")),
        team.get("short_name"),
        team.get("acronym"),
        kit.get("jersey_color"),
        kit.get("number_color"),
    )


def _roster(info: dict[str, Any], sides: dict[int, int], path: Path) -> list[Player]:
    roster = []
    for p in info["players"]:
        name = f"{p.get('first_name') or ''} {p.get('last_name') or ''}".strip() or str(p["id"])
        role = (p.get("player_role") or {}).get("acronym")
        side = sides.get(p.get("team_id"), NO_SIDE)
        roster.append(
            Player(
                str(p["id"]),
                name,
                side,
                p.get("number"),
                role,
                p.get("start_time") == "00:00:00",
                p.get("short_name") or p.get("last_name"),
            )
        )
    for which, side in (("home_team", HOME), ("away_team", AWAY)):
        if not any(p.side == side for p in roster):
            raise DataError(
                f'team "{one_line(info[which].get("name"), 40)}" has no players',
                path=path,
                key="players",
                expected="a line-up for each team",
            )
    return roster


def _tracks(
    path: Path,
    roster: list[Player],
    snaps: pd.DataFrame | None,
    begins: dict[int, int],
    league: League,
    repairs: dict[str, int],
) -> Tracks:
    ball = _tables.read_csv(path, ["frame", "period", "x", "y", "z"], ["timestamp"])
    for name in ("frame", "period", "x", "y"):
        _tables.finite(path, name, ball[name].to_numpy(), 2)
    frame, period = ball["frame"].to_numpy(np.int64), ball["period"].to_numpy(np.int8)
    clock = _seconds(ball["timestamp"], path)
    rows = np.arange(len(ball))
    if snaps is not None:
        new = snaps[~snaps["frame"].isin(frame)].drop_duplicates("frame")
        repairs["possessions that begin in a frame without the ball, added"] = len(new)
        frame = np.concatenate([frame, new["frame"].to_numpy(np.int64)])
        period = np.concatenate([period, new["period"].to_numpy(np.int8)])
        order = np.argsort(frame, kind="stable")
        rows = np.argsort(order, kind="stable")[: len(ball)]
        frame, period = frame[order], period[order]
    arrays = empty_tracks(len(frame), tuple(Slot(p.id, p.side) for p in roster), RATE_HZ)
    arrays["frame"], arrays["period"] = frame.astype(np.int32), period
    arrays["t_s"] = _t_s(frame, period, frame[rows], ball["period"].to_numpy(np.int8), clock, begins, league)
    arrays["ball_xy"][rows] = ball[["x", "y"]].to_numpy()
    arrays["ball_z"][rows] = ball["z"].to_numpy()
    arrays["ball_present"][rows] = True
    if snaps is not None:
        slot_of = {p.id: i for i, p in enumerate(roster)}
        people = snaps[snaps["player_id"] != BALL_ID]
        column = people["player_id"].astype(str).map(slot_of).fillna(-1).to_numpy(np.int64)
        at = np.searchsorted(frame, people["frame"].to_numpy(np.int64))
        good = column >= 0
        repairs["snapshot positions of people not on the roster set aside"] = int((~good).sum())
        arrays["xy"][at[good], column[good]] = people[["x", "y"]].to_numpy()[good]
        arrays["present"][at[good], column[good]] = True
        arrays["estimated"][at[good], column[good]] = ~people["is_detected"].to_numpy(bool)[good]
    return Tracks(**arrays)


def _seconds(stamp: pd.Series, path: Path) -> NDArray[np.float64]:
    """Return the match clock of each row, seconds; the date before it is the day of the export and means nothing."""
    parts = stamp.str.split(" ").str[-1].str.split(":", expand=True)
    value = parts.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64) if parts.shape[1] == 3 else None
    if value is None or not np.isfinite(value).all():
        row = 0 if value is None else int(np.argmax(~np.isfinite(value).all(1)))
        raise DataError(
            f'"{one_line(stamp.iloc[row], 40)}" is no match clock',
            path=path,
            line=row + 2,
            key="timestamp",
            expected="2025-12-24 00:12:34.500",
        )
    return value @ np.array([3600.0, 60.0, 1.0])


def _t_s(
    frame: NDArray[np.int64],
    period: NDArray[np.int8],
    ball_frame: NDArray[np.int64],
    ball_period: NDArray[np.int8],
    clock: NDArray[np.float64],
    begins: dict[int, int],
    league: League,
) -> NDArray[np.float64]:
    """Return seconds since the period began: by the ball's clock where a frame has it, else by counting frames."""
    elapsed = league.clock.to_elapsed(ball_period, clock)
    t_s = np.full(len(frame), np.nan)
    for p in np.unique(period):
        mine = ball_period == p
        start = ball_frame[mine][0] - elapsed[mine][0] * float(RATE_HZ) if mine.any() else begins.get(int(p), frame[0])
        t_s[period == p] = (frame[period == p] - start) / float(RATE_HZ)
    t_s[np.searchsorted(frame, ball_frame)] = elapsed
    return t_s


def _frame_t(frame: NDArray[np.int64], period: NDArray[np.int64], tracks: Tracks) -> NDArray[np.float64]:
    """Return the seconds of frames that may not be stored, from the nearest stored frame of their period."""
    t_s = np.zeros(len(frame))
    for p in np.unique(period):
        rows = np.flatnonzero(tracks.period == p)
        mine = period == p
        if not len(rows):
            t_s[mine] = np.nan
            continue
        near = rows[np.clip(np.searchsorted(tracks.frame[rows], frame[mine]), 0, len(rows) - 1)]
        t_s[mine] = tracks.t_s[near] + (frame[mine] - tracks.frame[near]) / float(RATE_HZ)
    return t_s


def _periods(logged: pd.DataFrame, tracks: Tracks, sides: dict[int, int], path: Path) -> tuple[Period, ...]:
    """Return the periods with the direction that `attacking_side` says, which must be one a period."""
    side = logged["team_id"].map(sides)
    right = np.where(logged["attacking_side"] == "left_to_right", side, 1 - side)
    found = []
    for number in sorted({int(p) for p in np.unique(tracks.period)} - {0}):
        said = {int(v) for v in right[(logged["period"] == number).to_numpy() & side.notna().to_numpy()]}
        if len(said) > 1:
            raise DataError(
                f"both teams attack left to right in period {number}",
                path=path,
                key="attacking_side",
                expected="one direction a period",
            )
        rows = np.flatnonzero(tracks.period == number)
        found.append(
            Period(number, int(tracks.frame[rows[0]]), int(tracks.frame[rows[-1]]) + 1, said.pop() if said else None)
        )
    return tuple(found)


def _possessions(
    logged: pd.DataFrame, tracks: Tracks, sides: dict[int, int], known: set[str], begins: dict[int, int]
) -> pd.DataFrame:
    """Return each player possession, and what ended it as an event of its own at its last frame."""
    sign = np.where(logged["attacking_side"] == "right_to_left", -1.0, 1.0)
    start, end = logged["frame_start"].to_numpy(np.int64), logged["frame_end"].to_numpy(np.int64)
    period = logged["period"].to_numpy(np.int64)
    side = logged["team_id"].map(sides).fillna(NO_SIDE).to_numpy(np.int64)
    player = [str(int(p)) if np.isfinite(p) and str(int(p)) in known else None for p in logged["player_id"]]
    target = [str(int(p)) if np.isfinite(p) and str(int(p)) in known else None for p in logged["player_targeted_id"]]
    facts = [
        {
            "start_type": r["start_type"],
            "end_type": r["end_type"],
            "phase": r["team_in_possession_phase_type"],
            "lead_to_shot": r["lead_to_shot"] == 1,
            "lead_to_goal": r["lead_to_goal"] == 1,
        }
        for r in logged.to_dict("records")
    ]
    out_of = {k: np.concatenate([v, v]) for k, v in {"period": period, "side": side}.items()}
    ends = logged["end_type"].map(ENDS)
    n = len(logged)
    keep = np.concatenate([np.ones(n, bool), ends.notna().to_numpy()])
    outcome = [
        {k: v for k, v in (("outcome", o), ("goal", g)) if v}
        for o, g in zip(logged["pass_outcome"], (logged["game_interruption_after"] == "goal_for"), strict=True)
    ]
    columns: dict[str, Any] = {
        "event_id": np.array([*logged["event_id"], *(f"{i}-end" for i in logged["event_id"])], object),
        "frame": np.concatenate([start, end]),
        "t_s": np.concatenate([_frame_t(start, period, tracks), _frame_t(end, period, tracks)]),
        "type": np.array([*["possession"] * n, *ends.fillna("possession")], object),
        "player_id": np.array([*player, *player], object),
        "x": np.concatenate([logged["x_start"] * sign, logged["x_end"] * sign]),
        "y": np.concatenate([logged["y_start"] * sign, logged["y_end"] * sign]),
        "start_frame": np.concatenate([start, end]),
        "end_frame": np.concatenate([end, end]) + 1,
        **out_of,
    }
    table = {k: v[keep] for k, v in columns.items()}
    lists: dict[str, list[Any]] = {
        "other_ids": [[] for _ in range(n)] + [[t] if t else [] for t in target],
        "attributes": [*facts, *outcome],
    }
    table |= {k: [v for v, good in zip(values, keep, strict=True) if good] for k, values in lists.items()}
    return events_frame(table, int(keep.sum()))


def _phases(
    path: Path, sides: dict[int, int], begins: dict[int, int], tracks: Tracks, repairs: dict[str, int]
) -> pd.DataFrame:
    numbers = ["index", "frame_start", "frame_end", "period", "team_in_possession_id", "x_start", "y_start"]
    texts = ["attacking_side", "team_in_possession_phase_type", "team_out_of_possession_phase_type"]
    phases = _tables.read_csv(path, numbers, texts, needed=numbers[:4])
    kind = phases["team_in_possession_phase_type"].map(PHASE)
    repairs["phases of neither team (chaotic play) set aside"] = int(kind.isna().sum())
    phases, kind = phases[kind.notna()], kind.dropna()
    sign = np.where(phases["attacking_side"] == "right_to_left", -1.0, 1.0)
    frame, period = phases["frame_start"].to_numpy(np.int64), phases["period"].to_numpy(np.int64)
    return events_frame(
        {
            "event_id": [f"phase-{int(i)}" for i in phases["index"]],
            "period": period,
            "t_s": _frame_t(frame, period, tracks),
            "frame": frame,
            "type": kind.to_numpy(object),
            "side": phases["team_in_possession_id"].map(sides).fillna(NO_SIDE).to_numpy(np.int64),
            "x": phases["x_start"].to_numpy() * sign,
            "y": phases["y_start"].to_numpy() * sign,
            "start_frame": frame,
            "end_frame": phases["frame_end"].to_numpy(np.int64),
            "attributes": [
                {"phase": a, "opponent_phase": b}
                for a, b in zip(
                    phases["team_in_possession_phase_type"], phases["team_out_of_possession_phase_type"], strict=True
                )
            ],
        },
        len(phases),
    )
