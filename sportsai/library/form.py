"""A game as Parquet tables and JSON, and back: the same game, to the last bit.

game.json        everything but arrays: teams, roster, periods, slots, rate, provenance
frames.parquet   one row a frame: frame, period, t_s, ball_x, ball_y, ball_z, possession, holder
tracks.parquet   one row a position: frame, slot, x, y, estimated, player_id, side
boxes.parquet    of footage, one row a player seen in a frame: row, slot, track, x0, y0, x1, y1, filled
views.parquet    of footage, one row a frame: its number in the file; its pixels to the court and how far its lines lie
                 off, null where not known
events.parquet   the provider's events (sportsai.data.events.COLUMNS)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sportsai.data import Game, Period, Player, Slot, Team, Tracks, View
from sportsai.data.events import COLUMNS, events_frame
from sportsai.errors import NOT_AS_DESCRIBED, DataError, StoreError, one_line

CORNERS = ("x0", "y0", "x1", "y1")
FORM = 1  # raised when the layout changes; older libraries are then read by an upgrade, never guessed at


def game_to_dict(game: Game) -> dict[str, Any]:
    """Return everything of a game that is not an array, ready for JSON."""
    tracks = game.tracks
    return {
        "form": FORM,
        "id": game.id,
        "league": game.league,
        "kind": game.kind,
        "title": game.title,
        "date": game.date,
        "competition": game.competition,
        "venue": game.venue,
        "score": game.score,
        "teams": [asdict(t) for t in game.teams],
        "roster": [asdict(p) for p in game.roster],
        "court_length_m": game.court_length_m,
        "court_width_m": game.court_width_m,
        "periods": [asdict(p) for p in game.periods],
        "provider": game.provider,
        "source": dict(game.source),
        "terms": game.terms,
        "repairs": dict(game.repairs),
        "extra": dict(game.extra),
        "view": None
        if game.view is None
        else {k: getattr(game.view, k) for k in ("path", "width", "height", "frames")},
        "tracks": None
        if tracks is None
        else {
            "rate_hz": [tracks.rate_hz.numerator, tracks.rate_hz.denominator],
            "slots": [asdict(s) for s in tracks.slots],
            "frames": tracks.T,
        },
    }


def game_from_dict(
    facts: dict[str, Any], tracks: Tracks | None, events: pd.DataFrame | None, view: View | None = None
) -> Game:
    """Return the game that `game_to_dict` described."""
    home, away = (Team(**t) for t in facts["teams"])
    return Game(
        id=facts["id"],
        league=facts["league"],
        kind=facts["kind"],
        teams=(home, away),
        roster=tuple(Player(**p) for p in facts["roster"]),
        court_length_m=facts["court_length_m"],
        court_width_m=facts["court_width_m"],
        periods=tuple(Period(**p) for p in facts["periods"]),
        tracks=tracks,
        events=events,
        date=facts["date"],
        competition=facts["competition"],
        venue=facts["venue"],
        score=None if facts["score"] is None else (facts["score"][0], facts["score"][1]),
        provider=facts["provider"],
        source=facts["source"],
        terms=facts["terms"],
        repairs=facts["repairs"],
        extra=facts["extra"],
        view=view,
    )


def dump_json(value: Any) -> bytes:
    """Return `value` as indented JSON; numpy numbers and NaN (as null) included. DataError for a text that is none."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    except TypeError as bad:
        if "surrogates" not in str(bad):
            raise
        raise DataError("a text of it holds half a character (a lone surrogate)", expected="Unicode text") from None


def frames_table(tracks: Tracks, game_id: str) -> pa.Table:
    """Return the per-frame columns of `tracks`; the ball's position is null where it was not seen."""
    T = tracks.T
    unseen = ~tracks.ball_present
    return pa.table(
        {
            "game_id": pa.array([game_id] * T).dictionary_encode()
            if T
            else pa.array([], pa.string()).dictionary_encode(),
            "frame": tracks.frame,
            "period": tracks.period,
            "t_s": tracks.t_s,
            "ball_x": pa.array(tracks.ball_xy[:, 0], mask=unseen),
            "ball_y": pa.array(tracks.ball_xy[:, 1], mask=unseen),
            "ball_z": pa.array(tracks.ball_z, mask=unseen | np.isnan(tracks.ball_z)),
            "possession": tracks.possession,
            "holder": tracks.holder,
        }
    )


POSITIONS = ("frame", "slot", "x", "y", "estimated")  # the columns that `tracks_from_tables` reads


def positions_table(tracks: Tracks, game_id: str) -> pa.Table:
    """Return one row for each position seen, in order of frame and slot."""
    at = np.flatnonzero(tracks.present)
    n, row = len(at), np.repeat(np.arange(tracks.T), np.count_nonzero(tracks.present, axis=1))
    slot, xy = at - row * tracks.P, tracks.xy.reshape(-1, 2)[at]
    unnamed = np.array([s.player_id is None for s in tracks.slots], bool)
    ids = pa.array([s.player_id or "" for s in tracks.slots], pa.string())
    who = pa.DictionaryArray.from_arrays(pa.array(slot.astype(np.int32), mask=unnamed[slot]), ids)
    return pa.table(
        {
            "game_id": pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([game_id])),
            "frame": tracks.frame[row],
            "slot": slot.astype(np.int16),
            "player_id": who,
            "side": tracks.side[slot],
            "x": xy[:, 0],
            "y": xy[:, 1],
            "estimated": tracks.estimated.reshape(-1)[at],
        }
    )


def tracks_from_tables(frames: pa.Table, positions: pa.Table, about: dict[str, Any]) -> Tracks:
    """Return the tracks that `frames_table`, `positions_table` and game.json's "tracks" hold."""
    slots = tuple(Slot(**s) for s in about["slots"])
    T, P = frames.num_rows, len(slots)
    frame = frames["frame"].to_numpy()
    slot = positions["slot"].to_numpy()
    if len(slot) and not 0 <= int(slot.min()) <= int(slot.max()) < P:
        raise IndexError(f"slot {slot.min()} or {slot.max()} of {P}")
    at = _rows(frame, positions["frame"].to_numpy()) * P + slot
    xy, present, estimated = np.zeros(T * P, np.complex64), np.zeros(T * P, bool), np.zeros(T * P, bool)
    pairs = np.empty(len(at), np.complex64)  # x and y as one number: moved to their places at once
    pairs.real, pairs.imag = positions["x"].to_numpy(), positions["y"].to_numpy()
    xy[at] = pairs
    present[at] = True
    estimated[at] = positions["estimated"].to_numpy(zero_copy_only=False)
    ball = [frames[c].to_numpy(zero_copy_only=False).astype(np.float32) for c in ("ball_x", "ball_y", "ball_z")]
    ball_present = ~np.isnan(ball[0])
    return Tracks(
        rate_hz=Fraction(*about["rate_hz"]),
        frame=np.array(frame, np.int32),
        period=np.array(frames["period"].to_numpy(), np.int8),
        t_s=np.array(frames["t_s"].to_numpy(), np.float64),
        xy=xy.view(np.float32).reshape(T, P, 2),
        present=present.reshape(T, P),
        estimated=estimated.reshape(T, P),
        slots=slots,
        ball_xy=np.where(ball_present[:, None], np.stack(ball[:2], 1), 0).astype(np.float32),
        ball_present=ball_present,
        ball_z=ball[2],
        possession=np.array(frames["possession"].to_numpy(), np.int8),
        holder=np.array(frames["holder"].to_numpy(), np.int16),
    )


def _rows(frame: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the row of each wanted frame number, as np.searchsorted; by a table where they lie close together."""
    if len(frame) == 0 or len(wanted) == 0 or int(frame[-1]) - int(frame[0]) > 8 * len(frame):
        return np.searchsorted(frame, wanted)
    first, last = int(frame[0]), int(frame[-1])
    if wanted.min() < first or wanted.max() > last:
        return np.searchsorted(frame, wanted)
    table = np.searchsorted(frame, np.arange(first, last + 1))
    return table[wanted - first]


def view_tables(view: View) -> dict[str, pa.Table]:
    """Return how footage shows a game as tables: "boxes" and "views"."""
    flat = view.to_court.reshape(-1, 9)
    unknown = ~np.isfinite(flat).all(1)
    return {
        "boxes": pa.table(
            {"row": view.row, "slot": view.slot, "track": view.track}
            | {name: view.xyxy[:, n] for n, name in enumerate(CORNERS)} | {"filled": view.filled}
        ),
        "views": pa.table(
            {"frame": view.frame, "error_px": pa.array(view.error_px, mask=~np.isfinite(view.error_px))}
            | {f"h{n}": pa.array(flat[:, n], mask=unknown) for n in range(9)}
        ),
    }  # fmt: skip


def view_from_tables(boxes: pa.Table, views: pa.Table, about: dict[str, Any]) -> View:
    """Return what `view_tables` and game.json's "view" hold."""
    flat = np.stack([views[f"h{n}"].to_numpy(zero_copy_only=False).astype(np.float64) for n in range(9)], 1)
    error = (  # games kept before it was have none
        views["error_px"].to_numpy(zero_copy_only=False).astype(np.float32)
        if "error_px" in views.column_names else np.full(len(flat), np.nan, np.float32)
    )  # fmt: skip
    return View(
        **about, to_court=flat.reshape(-1, 3, 3), error_px=error,
        row=boxes["row"].to_numpy(), slot=boxes["slot"].to_numpy(),
        track=boxes["track"].to_numpy(), frame=views["frame"].to_numpy(),
        xyxy=np.stack([boxes[c].to_numpy() for c in CORNERS], 1),
        filled=boxes["filled"].to_numpy(zero_copy_only=False),
    )  # fmt: skip


def events_table(events: pd.DataFrame, game_id: str, run_id: str | None = None) -> pa.Table:
    """Return events as Arrow: `attributes` as JSON text, `other_ids` as a list, with the game (and the run) beside."""
    table: dict[str, Any] = {"game_id": pa.array([game_id] * len(events), pa.string())}
    if run_id is not None:
        table["run_id"] = pa.array([run_id] * len(events), pa.string())
    for name in COLUMNS:
        if name == "other_ids":
            table[name] = pa.array([[str(v) for v in ids] for ids in events[name]], pa.list_(pa.string()))
        elif name == "attributes":
            text = [json.dumps(a, default=_plain, sort_keys=True) for a in events[name]]
            table[name] = pa.array(text, pa.string())
        elif COLUMNS[name][0] == "string":
            table[name] = pa.array([None if pd.isna(v) else str(v) for v in events[name]], pa.string())
        else:
            table[name] = pa.array(events[name].to_numpy(COLUMNS[name][0]))
    return pa.table(table)


def events_from_table(table: pa.Table) -> pd.DataFrame:
    """Return the events table that `events_table` wrote."""
    columns: dict[str, Any] = {}
    for name, (dtype, _) in COLUMNS.items():
        values = table[name].to_pylist() if dtype in ("object", "string") else table[name].to_numpy()
        columns[name] = [json.loads(v) for v in values] if name == "attributes" else values
    return events_frame(columns, table.num_rows)


def _plain(value: Any) -> Any:
    return (
        value.item()
        if isinstance(value, np.generic)
        else value.tolist()
        if isinstance(value, np.ndarray)
        else str(value)
    )


@contextmanager
def as_kept(path: Path) -> Iterator[None]:
    """Turn what goes wrong inside, where the library's own file is not as it was written, into one StoreError."""
    try:
        with np.errstate(invalid="raise", over="raise"):
            yield
    except FileNotFoundError:
        raise StoreError("this file is missing", where=path, todo="Ingest the game again.") from None
    except (OSError, pa.ArrowException, FloatingPointError, *NOT_AS_DESCRIBED) as bad:
        what = f"{type(bad).__name__}: {one_line(bad, 160)}"
        raise StoreError(f"this file is damaged ({what})", where=path, todo="Ingest the game again.") from None


def read_parquet(path: Path, columns: Sequence[str] | None = None, where: Sequence[Any] | None = None) -> pa.Table:
    """Return the table in a file, or these columns of the rows where a condition holds, as ("period", "==", 1).

    StoreError where the file is missing or damaged.
    """
    with as_kept(path):
        return pq.read_table(path, columns=columns and list(columns), filters=where and [where], use_threads=False)


_TEXT, _FACT, _NUMBER = (str,), (str, type(None)), (int, float)
_FACTS: dict[str, tuple[type, ...]] = {
    "id": _TEXT, "league": _TEXT, "kind": _TEXT, "title": _TEXT, "date": _FACT, "competition": _FACT, "venue": _FACT,
    "score": (list, type(None)), "teams": (list,), "roster": (list,), "court_length_m": _NUMBER,
    "court_width_m": _NUMBER, "periods": (list,), "provider": _TEXT, "source": (dict,), "terms": _FACT,
    "repairs": (dict,), "extra": (dict,), "tracks": (dict, type(None)),
}  # fmt: skip


def _is_count(value: object) -> bool:
    return type(value) is int and abs(value) < 2**31


def _check_entry(one: dict[str, Any]) -> None:
    """Raise TypeError where a team or a player has anything but texts, a number and what is true or not."""
    for key, value in one.items():
        right = {"number": _is_count, "side": _is_count, "starter": lambda v: type(v) is bool}.get(key)
        if value is not None and not (right(value) if right else isinstance(value, str)):
            raise TypeError(f'"{key}" is {one_line(repr(value), 40)}')


def check_facts(facts: Any) -> dict[str, Any]:
    """Return a game's game.json; raise one of `NOT_AS_DESCRIBED` where it is not one."""
    for key, kinds in _FACTS.items():
        if not isinstance(facts[key], kinds) or isinstance(facts[key], bool):
            raise TypeError(f'"{key}" is {one_line(repr(facts[key]), 40)}')
    for one in (*facts["teams"], *facts["roster"]):
        _check_entry(one)
    Team(**facts["teams"][0]), Team(**facts["teams"][1])
    for p in facts["roster"]:
        if not (isinstance(p["id"], str) and isinstance(p["name"], str) and p["side"] in (-1, 0, 1)):
            raise TypeError(f"a player is {one_line(p, 40)}")
        Player(**p)
    for one in facts["periods"]:
        right = all(_is_count(one[k]) for k in ("number", "start_frame", "end_frame"))
        if not right or one.get("attacks_right") not in (None, 0, 1):
            raise TypeError(f"a period is {one_line(one, 40)}")
        Period(**one)
    if facts["score"] is not None and not (len(facts["score"]) == 2 and all(map(_is_count, facts["score"]))):
        raise TypeError(f"the score is {one_line(facts['score'], 40)}")
    if facts["tracks"] is not None:
        Fraction(*facts["tracks"]["rate_hz"])
    return facts


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table, small and quick to read: zstd, differences of frame numbers, positions and times split by byte,
    a dictionary for the rest."""
    encoded = {f.name: "BYTE_STREAM_SPLIT" for f in table.schema if pa.types.is_floating(f.type)}
    encoded |= {f.name: "DELTA_BINARY_PACKED" for f in table.schema if f.name == "frame"}
    pq.write_table(
        table,
        path,
        compression="zstd",
        use_dictionary=[f.name for f in table.schema if f.name not in encoded],
        column_encoding=encoded,
        write_statistics=[f.name for f in table.schema if f.name in ("frame", "row")],
        row_group_size=1 << 20,
    )
