"""What kloppy read into games: its records into arrays, its events into rows, positions in the provider's direction."""

from __future__ import annotations

import gc
import warnings
from collections import Counter
from collections.abc import Iterable
from itertools import chain
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
from sportsai.readers import _frames, source
from sportsai.readers._kloppy_feed import Feed, Files

_SIDES = {"home": HOME, "away": AWAY}
# kloppy's event types -> this project's; those not here keep kloppy's name in lower case
_TYPES = {"FOUL_COMMITTED": "foul", "MISCONTROL": "turnover", "GOALKEEPER": "save", "generic": "other"}


def game(feed: Feed, files: Files, league: League) -> Game:
    """Read a feed's files with kloppy and return the game: tracks, events or both."""
    main = next(files[r][0] for r in ("positions", "events") if r in files)
    read = {role: _read(feed, role, files, league) for role in ("positions", "events") if role in files}
    facts = next(iter(read.values())).metadata
    teams = {_SIDES[str(t.ground)]: t for t in facts.teams if str(t.ground) in _SIDES}
    if set(teams) != {HOME, AWAY}:
        raise DataError("a home and an away team are not both named", path=main, expected="two teams")
    roster = _roster(teams)
    length, width = _size(facts, league)
    repairs: dict[str, int] = {}
    tracks, events = None, None
    periods: tuple[Period, ...] = ()
    with _frames.at(main):
        if "positions" in read:
            tracks = _tracks(read["positions"], roster, length, width, repairs)
            periods = _frames.periods_of(tracks, roster)
        if "events" in read:
            said = read["events"].metadata
            events, right = _events(read["events"], league, length, width, repairs)
            if tracks is None:
                periods = tuple(Period(p.id, 0, 0, right.get(p.id)) for p in said.periods)
            else:
                events = _turned_to(events, right, periods)
        score = facts.score
        made = Game(
            id=game_id(facts.game_id or main.name.split(".")[0]),
            league=league.name,
            teams=(_team(teams[HOME]), _team(teams[AWAY])),
            roster=tuple(roster),
            court_length_m=length,
            court_width_m=width,
            periods=periods,
            tracks=tracks,
            events=events,
            date=str(facts.date.date()) if facts.date else None,
            score=_frames.score(score.home, score.away) if score else None,
            provider=feed.name,
            source=source.fingerprints(*dict.fromkeys(chain(*files.values()))),
            terms=feed.terms,
            repairs={k: n for k, n in repairs.items() if n},
        )
    return made


def _read(feed: Feed, role: str, files: Files, league: League) -> Any:
    main: Path = files[role][0]
    read, failure = None, ""
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("ignore")  # on directions, which are found from the positions here
        try:
            read = feed.load(role, files, league)
        except DataError:
            raise
        except ImportError as bad:
            raise DataError(f"kloppy is not installed ({bad})", path=main, todo="pip install kloppy==3.19.1") from None
        except Exception as bad:  # kloppy raises whatever its parsers meet
            failure = f"{type(bad).__name__}: {one_line(bad, 120)}"
        if failure:
            gc.collect(1)  # the files that kloppy leaves open when it fails
    if read is None:
        raise DataError(
            f"kloppy cannot read this as {feed.name} ({failure})",
            path=main,
            expected=feed.TITLE,
            todo="Check that the files are complete and of one game, or that --provider is right.",
        )
    if not read.records:
        raise DataError(
            f"there are no {'frames' if role == 'positions' else 'events'} in it", path=main, expected="one or more"
        )
    return read


def _size(facts: Any, league: League) -> tuple[float, float]:
    pitch = facts.pitch_dimensions
    length, width = (getattr(pitch, k, None) for k in ("pitch_length", "pitch_width"))
    return float(length or league.court.length_m), float(width or league.court.width_m)


def _team(team: Any) -> Team:
    return Team(str(team.team_id), str(team.name or team.ground))


def _roster(teams: dict[int, Any]) -> list[Player]:
    roster: dict[str, Player] = {}
    for side, team in teams.items():
        for p in team.players:
            role = getattr(p.starting_position, "code", None)
            roster[str(p.player_id)] = Player(
                id=str(p.player_id),
                name=str(p.full_name or p.name or p.player_id),
                side=side,
                number=_frames.whole(p.jersey_no),
                position=None if role in (None, "UNK") else role,
                starter=p.starting,
            )
    return list(roster.values())


def _seconds(records: Iterable[Any]) -> NDArray[np.float64]:
    return np.array([r.timestamp.total_seconds() for r in records], np.float64)


def _tracks(read: Any, roster: list[Player], length: float, width: float, repairs: dict[str, int]) -> Tracks:
    records, facts = read.records, read.metadata
    seen = dict.fromkeys(str(p.player_id) for r in records for p in r.players_data)
    known = {p.id: p for p in roster}
    for r in records if not seen.keys() <= known.keys() else []:  # people kloppy met only in the positions
        for p in r.players_data:
            if str(p.player_id) not in known:
                side = _SIDES.get(str(p.team.ground), NO_SIDE) if p.team else NO_SIDE
                known[str(p.player_id)] = Player(str(p.player_id), str(p.name or p.player_id), side)
                roster.append(known[str(p.player_id)])
    slots = tuple(Slot(i, known[i].side) for i in seen)
    column_of = {i: k for k, i in enumerate(seen)}
    rate = _frames.rate_hz(facts.frame_rate, Path(str(facts.provider)), "frame rate")
    arrays = empty_tracks(len(records), slots, rate)
    arrays["frame"] = _frame_numbers(records, float(rate))
    arrays["period"] = np.array([r.period.id if r.period else 0 for r in records], np.int8)
    arrays["t_s"] = _seconds(records)
    triples = [
        (row, column_of[str(p.player_id)], d.coordinates.x, d.coordinates.y)
        for row, r in enumerate(records)
        for p, d in r.players_data.items()
        if d.coordinates is not None
    ]
    flat = np.array(triples, np.float64).reshape(-1, 4)
    xy = _metres(flat[:, 2:], facts, length, width)
    where = flat[:, :2].astype(np.int64)
    repairs["second positions of a player in one frame left out"] = _frames.fill(
        arrays, where[:, 0], where[:, 1], xy[:, 0], xy[:, 1]
    )
    guessed = np.array([d.other_data.get("visibility") == "ESTIMATED" for r in records for d in r.players_data.values()
                        if d.coordinates is not None], bool)  # fmt: skip
    arrays["estimated"][where[guessed, 0], where[guessed, 1]] = True
    balls = [(row, r.ball_coordinates) for row, r in enumerate(records) if r.ball_coordinates is not None]
    ball = np.array(
        [(row, _or_nan(b.x), _or_nan(b.y), _or_nan(getattr(b, "z", None))) for row, b in balls], np.float64
    ).reshape(-1, 4)
    ball = ball[~np.isnan(ball[:, 1:3]).any(1)]  # kloppy's own "no ball"; a NaN in the file itself was refused before
    row = ball[:, 0].astype(np.int64)
    arrays["ball_xy"][row] = _metres(ball[:, 1:3], facts, length, width)
    with np.errstate(over="ignore"):
        arrays["ball_z"][row] = ball[:, 3]
    arrays["ball_present"][row] = True
    arrays["possession"] = np.array(
        [_SIDES.get(str(r.ball_owning_team.ground), NO_SIDE) if r.ball_owning_team else NO_SIDE for r in records],
        np.int8,
    )
    return Tracks(**arrays)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _frame_numbers(records: list[Any], rate_hz: float) -> NDArray[np.int32]:
    """The provider's frame numbers; where it stamps frames with milliseconds, frames since the first."""
    number = np.array([r.frame_id for r in records], np.int64)
    if number.max() > np.iinfo(np.int32).max:
        number = np.rint((number - number[0]) * rate_hz / 1000).astype(np.int64)
    return number.astype(np.int32)


def _metres(xy: NDArray[np.float64], facts: Any, length: float, width: float) -> NDArray[np.float32]:
    """Coordinates of a provider's rectangle of a pitch into metres about its centre, y up: (N, 2) -> (N, 2)."""
    pitch, system = facts.pitch_dimensions, facts.coordinate_system
    out = np.empty_like(xy, dtype=np.float32)
    for i, (dim, size) in enumerate(((pitch.x_dim, length), (pitch.y_dim, width))):
        low = 0.0 if dim.min is None else float(dim.min)
        high = low + size if dim.max is None else float(dim.max)
        with np.errstate(over="ignore"):  # what is too large for a number is refused by Tracks
            out[:, i] = ((xy[:, i] - low) / (high - low) - 0.5) * size
    if str(system.vertical_orientation.value) == "top-to-bottom":
        out[:, 1] *= -1
    return out


def _events(
    read: Any, league: League, length: float, width: float, repairs: dict[str, int]
) -> tuple[pd.DataFrame, dict[int, int]]:
    """Return the events, each where it happened on the pitch, and the side that attacks right in each period.

    Feeds that turn every event to its own team's direction are turned back: there home attacks right in every period.
    """
    from kloppy.domain.models.common import SecondSpectrumCoordinateSystem

    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("ignore")
        system = SecondSpectrumCoordinateSystem(pitch_length=length, pitch_width=width)  # metres, centre, y up
        turned = str(read.metadata.orientation.value) in ("action-executing-team", "ball-owning-team")
        records = read.transform(to_coordinate_system=system).records
    records = sorted(records, key=lambda e: (e.period.id, e.timestamp))
    side = np.array([_SIDES.get(str(e.team.ground), NO_SIDE) if e.team else NO_SIDE for e in records], np.int8)
    xy = np.array([_point(e.coordinates) for e in records], np.float64).reshape(-1, 2)
    period = np.array([e.period.id for e in records], np.int8)
    attributes = [_attributes(e) for e in records]
    if turned:
        unknown = (side == NO_SIDE) & np.isfinite(xy).all(1)
        repairs["events of no team, whose direction is not known, left without a place"] = int(unknown.sum())
        xy[unknown] = np.nan
        xy[side == AWAY] *= -1
        for own, said in zip(side, attributes, strict=True):
            if own == AWAY:
                _turn(said)
    kinds = [_kind(e) for e in records]
    repairs["events of a type the league does not name"] = sum(k not in league.events for k in kinds)
    table = events_frame(
        {
            "event_id": _once(str(e.event_id) for e in records),
            "period": period,
            "t_s": _seconds(records),
            "frame": np.full(len(records), -1, np.int32),
            "start_frame": np.full(len(records), -1, np.int32),
            "end_frame": np.full(len(records), -1, np.int32),
            "type": kinds,
            "side": side,
            "player_id": [str(e.player.player_id) if e.player else pd.NA for e in records],
            "other_ids": [_others(e) for e in records],
            "x": xy[:, 0],
            "y": xy[:, 1],
            "attributes": attributes,
        },
        len(records),
    )
    if turned:
        return table, dict.fromkeys(np.unique(period).tolist(), HOME)
    return table, _right_by_shots(table)


def _once(ids: Iterable[str]) -> list[str]:
    """Return the ids, each made unique: kloppy makes two events of some ("1f2e", then "1f2e-2")."""
    seen: Counter[str] = Counter()
    unique = []
    for said in ids:
        seen[said] += 1
        unique.append(said if seen[said] == 1 else f"{said}-{seen[said]}")
    return unique


def _right_by_shots(table: pd.DataFrame) -> dict[int, int]:
    """The side whose shots were further right, in each period that has shots."""
    right = {}
    shots = table[(table["type"] == "shot") & table["x"].notna() & (table["side"] >= 0)]
    for period, some in shots.groupby("period"):
        lean = float((some["x"] * np.where(some["side"] == HOME, 1, -1)).mean())
        if abs(lean) > 10:
            right[int(str(period))] = HOME if lean > 0 else AWAY
    return right


def _turned_to(events: pd.DataFrame, right: dict[int, int], periods: tuple[Period, ...]) -> pd.DataFrame:
    """Turn events by 180 degrees in the periods where the positions say that the sides attack the other way."""
    other = {
        p.number for p in periods if p.attacks_right is not None and right.get(p.number) not in (None, p.attacks_right)
    }
    rows = events["period"].isin(other).to_numpy()
    sign = np.where(rows, -1.0, 1.0).astype(np.float32)
    for said in events["attributes"][rows]:
        _turn(said)
    return events.assign(x=events["x"] * sign, y=events["y"] * sign)


def _point(at: Any) -> tuple[float, float]:
    return (np.nan, np.nan) if at is None or at.x is None else (float(at.x), float(at.y))


def _kind(event: Any) -> str:
    kind = str(event.event_type.value)
    if kind == "PASS" and any(str(q.value).endswith("CROSS") for q in event.qualifiers or []):
        return "cross"
    if kind == "DUEL" and any("TACKLE" in str(q.value) for q in event.qualifiers or []):
        return "tackle"
    return _TYPES.get(kind, kind.lower())


def _others(event: Any) -> list[str]:
    receiver = getattr(event, "receiver_player", None)
    return [str(receiver.player_id)] if receiver else []


def _attributes(event: Any) -> dict[str, Any]:
    """Outcome, qualifiers, where the ball went and StatsBomb's freeze frame, as far as the feed says."""
    said: dict[str, Any] = {}
    if event.event_type.value == "generic":
        said["name"] = str(event.event_name)
    if getattr(event, "result", None) is not None:
        said["outcome"] = str(event.result.value).lower()
    for q in event.qualifiers or []:
        said[str(q.name)] = getattr(q.value, "value", q.value)
    end = getattr(event, "receiver_coordinates", None) or getattr(event, "end_coordinates", None)
    end = end or getattr(event, "result_coordinates", None)
    if end is not None and end.x is not None:
        said["end_x"], said["end_y"] = round(float(end.x), 2), round(float(end.y), 2)
    if event.freeze_frame:
        said["freeze_frame"] = [
            {"side": _SIDES.get(str(p.team.ground), NO_SIDE), "x": round(float(d.coordinates.x), 2),
             "y": round(float(d.coordinates.y), 2)}
            for p, d in event.freeze_frame.players_data.items() if d.coordinates is not None
        ]  # fmt: skip
    return said


def _turn(said: dict[str, Any]) -> None:
    """Turn the places in an event's attributes by 180 degrees."""
    for key in ("end_x", "end_y"):
        if key in said:
            said[key] = -said[key]
    for place in said.get("freeze_frame", ()):
        place["x"], place["y"] = -place["x"], -place["y"]
