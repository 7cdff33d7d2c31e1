"""What went out: an event as one line of JSON, kept in a file that a later run goes on with, nothing twice."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from sportsai.data import AWAY, HOME
from sportsai.errors import DataError, StoreError
from sportsai.library.atomic import store_errors
from sportsai.live.feeds import Head

Key = tuple[Any, ...]
KEY = ("period", "frame", "type", "side", "player_id")  # by which an event is the same


def records(events: pd.DataFrame, head: Head, model: str, frame: int) -> list[dict[str, Any]]:
    """Return events as what a line of JSON says: the columns of the events table, names in words, and how late.

    frame: the last that had come in. delay_s counts from the event, of one with an extent from its end.
    """
    names = {p.id: p.display for p in head.roster}
    teams = {HOME: head.teams[0].name, AWAY: head.teams[1].name}
    rate = float(head.rate_hz)
    out = []
    for e in events.to_dict("records"):
        who = e["player_id"] if isinstance(e["player_id"], str) else None
        others = [o if isinstance(o, str) else None for o in e["other_ids"]]
        lasts = e["type"] == "carry" or "seconds" in e["attributes"]
        at = int(e["end_frame"]) - 1 if lasts else int(e["frame"])
        number = {k: _number(e[k]) for k in ("x", "y", "score")}
        out.append({
            "game": head.id, "model": model, "event_id": e["event_id"], "type": e["type"], "period": int(e["period"]),
            "t_s": round(float(e["t_s"]), 3), "frame": int(e["frame"]), "side": int(e["side"]),
            "team": teams.get(int(e["side"])), "player_id": who, "player": names.get(who or ""),
            "other_ids": others, "others": [names.get(o or "") for o in others], **number,
            "start_frame": int(e["start_frame"]), "end_frame": int(e["end_frame"]), "attributes": e["attributes"],
            "told_at_frame": frame, "delay_s": round(max(0, frame - at) / rate, 3),
        })  # fmt: skip
    return out


def _number(value: Any) -> float | None:
    return round(float(value), 5) if np.isfinite(value) else None


def key_of(record: dict[str, Any]) -> Key:
    """Return what makes an event the same as another."""
    return tuple(record[k] for k in KEY)


class Log:
    """A file of events, a line each; each is on the disk before `write` returns.

    known: those of an earlier run. A last line that was cut short is taken away. Raises DataError for a file that holds
    something else, StoreError where it cannot be written or another run is writing it.
    """

    def __init__(self, path: Path, game: str, model: str) -> None:
        self.path = path
        self.known: set[Key] = set()
        with store_errors(path, "opening the file of events", "-o"):
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._lock()
            self._take_up(game, model)
        except BaseException:
            self.close()
            raise

    def _lock(self) -> None:
        with store_errors(self.path, "locking the file of events", "-o"):
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreError("another run is writing it", where=self.path,
                                 todo="Give this one a file of its own.") from None  # fmt: skip

    def _take_up(self, game: str, model: str) -> None:
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        for number, line in enumerate(content[:whole].splitlines(), 1):
            try:
                told = orjson.loads(line)
                self.known.add(key_of(told))
                other = (told["game"], told["model"])
            except (ValueError, KeyError, TypeError):
                raise DataError("this line is no event", path=self.path, line=number, expected="a file of live events",
                                todo="Give another file with -o.") from None  # fmt: skip
            if other != (game, model):
                raise DataError(f"it holds events of game {other[0]} by {other[1]}", path=self.path, line=number,
                                expected=f"game {game} by {model}", todo="Give another file with -o.")  # fmt: skip
        if whole < len(content):
            if content[whole:].lstrip()[:1] not in (b"{", b""):
                raise DataError("its last line is no event", path=self.path, expected="a file of live events",
                                todo="Give another file with -o.")  # fmt: skip
            os.ftruncate(self._fd, whole)

    def write(self, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Write the events that are not in it yet, and return them."""
        new = []
        for record in told:
            if key_of(record) not in self.known:
                self.known.add(key_of(record))
                new.append(record)
        if new:
            with store_errors(self.path, "writing events", "-o"):
                rest = b"".join(line_of(record) for record in new)
                while rest:
                    rest = rest[os.write(self._fd, rest) :]
                os.fsync(self._fd)
        return new

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)


def line_of(record: dict[str, Any]) -> bytes:
    """Return a record as its line, with the newline."""
    return orjson.dumps(record, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n"
