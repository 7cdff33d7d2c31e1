"""What a TOML says of a table of positions: its keys checked, lengths in metres. `readers.table` describes the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, NO_SIDE
from sportsai.errors import DataError, nearest, one_line
from sportsai.readers import _frames
from sportsai.units import METRES_PER

_TABLES = {"": {"layout", "rate_hz", "title", "source", "terms", "competition", "columns", "court", "clock", "names",
                "events"},
           "columns": {"frame", "time", "period", "player", "team", "role", "x", "y", "z", "ball_x", "ball_y",
                       "ball_z"},
           "events": {"file"},
           "court": {"units", "origin", "y", "length", "width"}, "clock": {"counts", "starts"},
           "names": {"home", "away", "ball", "officials"}}  # fmt: skip
_CHOICES = {"layout": ("long", "wide"), "court.origin": ("centre", "corner"), "court.y": ("up", "down"),
            "clock.counts": ("up", "down"), "clock.starts": ("period", "game"),
            "court.units": (*METRES_PER, "share")}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What the TOML says, checked; lengths in metres. `scale` turns x, y into metres, (2,)."""

    path: Path
    layout: str
    rate_hz: Fraction | None
    columns: Mapping[str, str]
    scale: tuple[float, float]
    corner: bool
    y_down: bool
    length_m: float
    width_m: float
    counts_down: bool
    runs_on: bool
    home: str
    away: str
    ball: str
    officials: tuple[str, ...]
    terms: str | None
    competition: str | None
    events: str | None

    @classmethod
    def read(cls, said: Mapping[str, Any], path: Path, league: League) -> Facts:
        """Check what a TOML says; raise DataError naming the key that is unknown, missing or of no meaning."""
        for where, known in _TABLES.items():
            part = said.get(where, {}) if where else said
            if not isinstance(part, Mapping):
                raise DataError("this is no table", path=path, key=where, expected=f"[{where}]")
            for key in part:
                if key not in known:
                    name = f"{where}.{key}" if where else key
                    raise DataError("no such key", path=path, key=name, todo=nearest(key, known))

        def one_of(key: str, default: str) -> str:
            where, _, last = key.rpartition(".")
            value = (said.get(where, {}) if where else said).get(last, default)
            if value not in _CHOICES[key]:
                raise DataError(f'"{one_line(value, 40)}" is not known', path=path, key=key,
                                expected=" or ".join(_CHOICES[key]))  # fmt: skip
            return str(value)

        layout, units = one_of("layout", "long"), one_of("court.units", "m")
        columns = {k: str(v) for k, v in said.get("columns", {}).items()}
        for key in ("x", "y") if layout == "wide" else ("x", "y", "player", "team"):
            if key not in columns:
                raise DataError("it is missing", path=path, key=f"columns.{key}", expected="the name of the column")
        if layout == "wide" and not all("{player}" in columns[k] and "{team}" in columns[k] for k in "xy"):
            raise DataError("it does not say where player and team stand in the name", path=path, key="columns.x",
                            expected='a pattern like "{team}_{player}_x"')  # fmt: skip
        if "frame" not in columns and "time" not in columns:
            raise DataError("neither frame nor time is named", path=path, key="columns.frame", expected="one of them")
        if "time" not in columns and "rate_hz" not in said:
            raise DataError("it is missing", path=path, key="rate_hz", expected="frames a second, as there is no time")
        court, per_unit = said.get("court", {}), METRES_PER.get(units, 1.0)
        size = []
        for key, own in (("length", league.court.length_m), ("width", league.court.width_m)):
            given = court.get(key)
            size.append(own if given is None else _frames.number(given, path, f"court.{key}", least=0) * per_unit)
        names, events = said.get("names", {}), said.get("events", {}).get("file")
        if "events" in said and (not isinstance(events, str) or not Path(events).name):
            raise DataError("it is no file's name", path=path, key="events.file", expected="a table beside this one")
        return cls(
            path=path,
            layout=layout,
            rate_hz=_frames.rate_hz(said["rate_hz"], path, "rate_hz") if "rate_hz" in said else None,
            columns=columns,
            scale=(size[0], size[1]) if units == "share" else (per_unit, per_unit),
            corner=one_of("court.origin", "centre") == "corner",
            y_down=one_of("court.y", "up") == "down",
            length_m=size[0],
            width_m=size[1],
            counts_down=one_of("clock.counts", "up") == "down",
            runs_on=one_of("clock.starts", "period") == "game",
            home=str(names.get("home", "home")),
            away=str(names.get("away", "away")),
            ball=str(names.get("ball", "ball")),
            officials=tuple(str(n) for n in names.get("officials", ())),
            terms=said.get("terms"),
            competition=str(said["competition"]) if "competition" in said else None,
            events=events,
        )

    def metres(self, xy: NDArray[np.float64]) -> NDArray[np.float32]:
        """Turn the table's positions into metres about the centre, y up: (..., 2) -> (..., 2)."""
        out = xy * np.array(self.scale)
        if self.corner:
            out = out - np.array([self.length_m, self.width_m]) / 2
        return (out * np.array([1.0, -1.0 if self.y_down else 1.0])).astype(np.float32)

    def side(self, said: str) -> int | None:
        """Return the side of a team's name in the table, None when the TOML does not know it."""
        sides = {self.home: HOME, self.away: AWAY, self.ball: NO_SIDE} | dict.fromkeys(self.officials, NO_SIDE)
        return sides.get(said)
