"""A whole game through the models: events with who, where, how sure, and in which frames it can be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sportsai.analysis._found import Progress
from sportsai.analysis._game import analyse, capabilities
from sportsai.library import Library


def analyse_game(
    library: Library,
    game_id: str,
    *,
    league: str | None = None,
    progress: Progress | None = None,
    weights: Path | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Recognise the events of a game in the library, write them beside it, and return them with the run."""
    version = library.version(game_id)
    game = library.load(game_id)
    events, run = analyse(game, league=league, progress=progress, weights=weights)
    library.write_predictions(game_id, events, run, made_of=version)
    return events, run


__all__ = ["analyse", "analyse_game", "capabilities"]
