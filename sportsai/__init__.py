"""sportsai: from tracking data or footage to a report whose every statement links to evidence.

    import sportsai as sa

    library = sa.demo("my-library")                          # a real match, read and analysed
    sa.write_report(library, "2417", "report.html")

`dir(sa)` lists the public functions; each has an example in its docstring. Importing sportsai imports nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sportsai.api import (
        Film,
        SportsaiError,
        analyse,
        data_folder,
        demo,
        demo_match,
        detect,
        draw_court,
        evaluate,
        film,
        highlights,
        ingest,
        league_names,
        load_league,
        phases,
        play,
        positions,
        quality,
        query,
        read,
        read_games,
        refine,
        scores,
        simulate_broadcast,
        simulate_volleyball,
        sql,
        style,
        track,
        train,
        write_report,
    )
    from sportsai.data import Game
    from sportsai.library import Library

__version__ = "0.1.0"
__all__ = [
    "Film", "Game", "Library", "SportsaiError", "analyse", "data_folder", "demo", "demo_match", "detect", "draw_court",
    "evaluate", "film", "highlights", "ingest", "league_names", "load_league", "phases", "play", "positions", "quality",
    "query", "read", "read_games", "refine", "scores", "simulate_broadcast", "simulate_volleyball", "sql", "style",
    "track", "train", "write_report",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in __all__:
        from sportsai import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING", "Any", "annotations"})
