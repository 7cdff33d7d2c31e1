"""The public functions, as `import sportsai as sa` shows them: doors to the rooms beneath, with no logic of their own.

Nothing heavy is imported before the function that needs it is called. A game in a library is named by its id; a library
is a `Library` or the path of its folder. Whatever cannot be done raises a `SportsaiError` that says what is wrong,
where, what was expected and what to do, in one line.
"""

from typing import Any

from sportsai.api.games import (
    data_folder,
    demo,
    demo_match,
    ingest,
    league_names,
    load_league,
    read,
    read_games,
    simulate_volleyball,
    track,
)
from sportsai.api.shown import Film, draw_court, film, play, simulate_broadcast, write_report
from sportsai.api.taught import evaluate, scores, style, train
from sportsai.api.told import analyse, detect, highlights, phases, positions, quality, query, refine, sql
from sportsai.errors import SportsaiError

_CLASSES = {"Game": "sportsai.data", "Library": "sportsai.library"}


def __getattr__(name: str) -> Any:
    if name in _CLASSES:
        from importlib import import_module

        return getattr(import_module(_CLASSES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Film", "Game", "Library", "SportsaiError", "analyse", "data_folder", "demo", "demo_match", "detect", "draw_court",
    "evaluate", "film", "highlights", "ingest", "league_names", "load_league", "phases", "play", "positions", "quality",
    "query", "read", "read_games", "refine", "scores", "simulate_broadcast", "simulate_volleyball", "sql", "style",
    "track", "train", "write_report",
]  # fmt: skip
