"""A small library for faults: one made-up game with a log, a run and corrections."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from sportsai.library import Library

TYPES = ("pass", "turnover", "pass", "carry")


def filled(folder: Path) -> Library:
    """Return a library made in `folder` that holds game "1": tracks, a log, a run and two corrections."""
    from dataclasses import replace

    from sportsai.library.desk import Desk

    library = Library(folder, create=True)
    game = made_up()
    library.add(replace(game, events=events(game, "log")))
    library.write_predictions("1", events(game, "e"), {"run_id": "r1", "made_at": "2026-01-01T00:00:00+00:00",
                                                       "model": "m", "recipe": "r"})  # fmt: skip
    desk = Desk(library, "1")
    rows = desk.rows
    library.correct("1", [desk.confirm(str(rows["event_id"].iloc[0]), "Ada")])
    library.correct("1", [desk.reject(str(rows["event_id"].iloc[1]), "Ada")])
    return library


def made_up() -> Any:
    """Return the made-up game of the bad-input cases."""
    from sportsai.bench.bad_input import _write
    from sportsai.court import load_league
    from sportsai.readers import read_games

    with tempfile.TemporaryDirectory() as made:
        return next(read_games((_write(Path(made)),), load_league("soccer"), "skillcorner"))


def events(game: Any, mark: str) -> Any:
    """Return four events of a game's first seconds."""
    from sportsai.data import events_frame

    t = [0.2, 1.0, 1.8, 2.6]
    return events_frame(
        {"event_id": [f"{mark}{i}" for i in range(4)], "t_s": t, "frame": [int(s * 10) for s in t],
         "type": list(TYPES), "side": [0, 1, 0, 0], "player_id": [game.roster[i].id for i in (1, 4, 2, 1)],
         "score": [0.9, 0.45, 0.7, 0.52]}
    )  # fmt: skip


def played(folder: Path, shift: float = 0.0, frames: int = 120, game_id: int = 1) -> Path:
    """Write the made-up match `shift` metres further right, with three passes in it; return its tracking file."""
    import json

    from sportsai.bench.bad_input import made_up_match

    rows, match = made_up_match(frames)
    match["id"] = game_id
    for i, row in enumerate(rows):
        row["possession"]["trackable_object"] = (12, 13, 12, 22)[min(4 * i // frames, 3)]
        row["possession"]["group"] = "home team" if 4 * i < 3 * frames else "away team"
        for one in row["data"]:
            one["x"] = one["x"] * 0.2 + shift
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "structured_data.json").write_text(json.dumps(rows))
    (folder / "match_data.json").write_text(json.dumps(match))
    return folder / "structured_data.json"
