"""Small games worked out by hand: ten players who stand where they are put, a ball, and a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.court import load_league
from sportsai.data import Game, Period, Player, Slot, Team, Tracks, empty_tracks, events_frame
from sportsai.library import Library
from sportsai.report.material import Material, gather

EVIL = "<script>window.hacked=1;alert(1)</script>"
RIM_X = 12.7254  # NBA: 63 in from the end line to the middle of the rim, half of 94 ft less that


def tracks_of(
    xy: NDArray[Any],
    ball: NDArray[Any],
    rate: int,
    *,
    named: bool = True,
    ball_z: NDArray[Any] | None = None,
    possession: NDArray[Any] | None = None,
    puck: bool = True,
) -> Tracks:
    """Return tracks of xy (T, P, 2), the first half of P home, the second away; NaN: not seen."""
    T, P = xy.shape[:2]
    slots = tuple(Slot(f"p{i}" if named else None, int(i >= P // 2)) for i in range(P))
    made = empty_tracks(T, slots, rate)
    made["period"][:], made["t_s"][:] = 1, np.arange(T) / rate
    made["present"][:] = np.isfinite(xy).all(-1)
    made["xy"][:] = np.nan_to_num(xy)
    made["ball_xy"][:], made["ball_present"][:] = ball, puck
    if ball_z is not None:
        made["ball_z"][:] = ball_z
    if possession is not None:
        made["possession"][:] = possession
    return Tracks(**made)


def log_of(rows: Sequence[Mapping[str, Any]], rate: int) -> Any:
    """Return a log: of each row type, t_s, side and what else is known; frames follow from t_s."""
    keys = ("type", "t_s", "side", "player_id", "other_ids", "x", "y", "attributes", "start_frame", "end_frame")
    unknown: dict[str, Any] = {"player_id": None, "other_ids": [], "x": np.nan, "y": np.nan, "attributes": {}}
    columns: dict[str, list[Any]] = {k: [] for k in (*keys, "frame")}
    for row in rows:
        frame = round(row["t_s"] * rate)
        whole = {**unknown, "start_frame": frame, "end_frame": frame + 1, **row}
        for k in keys:
            columns[k].append(whole[k])
        columns["frame"].append(frame)
    return events_frame(columns, len(rows))


def material(folder: Path, tracks: Tracks, events: Any = None, league: str = "nba", **changes: Any) -> Material:
    """Return the material of a game in a library of its own; home attacks right unless told otherwise."""
    library = Library(folder / "library", create=True)
    court = load_league(league).court
    P = tracks.P
    names = changes.pop("names", {})
    positions = changes.pop("positions", {})
    roster = tuple(
        Player(f"p{i}", names.get(i, f"Player {i}"), int(i >= P // 2), number=i, position=positions.get(i))
        for i in range(P)
    )
    values: dict[str, Any] = {
        "id": "hand",
        "league": league,
        "teams": (Team("h", "Home"), Team("a", "Away")),
        "roster": roster,
        "court_length_m": court.length_m,
        "court_width_m": court.width_m,
        "tracks": tracks,
        "events": events,
        "periods": (Period(1, 0, int(tracks.frame[-1]) + 1, changes.pop("attacks_right", 0)),),
        "provider": "test",
        "kind": "clip",
    }
    library.add(Game(**(values | changes)))
    return gather(library, "hand")


def standing(places: Sequence[tuple[float, float]], rows: int) -> NDArray[np.float64]:
    """Return players who stand where they are put, (rows, P, 2)."""
    return np.repeat(np.array(places, float)[None], rows, axis=0)
