"""What is in a game: what was seen, where everybody was, what the models tell, answers to questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sportsai.api._given import opened, path_of
from sportsai.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from sportsai.data import Game
    from sportsai.library import Library

Run = dict[str, Any]


def quality(library: Library | str | Path, game: str) -> pd.DataFrame:
    """Return what was seen of a game and what was not, a row a check: level, check, text.

    Example
    -------
    >>> sa.quality("my-library", "2417")
    """
    import pandas as pd

    measured = opened(library).quality(game)
    if measured is None:
        raise DataError(f"game {game} has events but no tracks", expected="tracks to measure")
    return pd.DataFrame(measured["findings"])


def positions(game: Game) -> pd.DataFrame:
    """Return where everybody was, a row a person a frame: frame, period, t_s, player_id, name, side, x and y in metres.

    side: 0 home, 1 away, -1 official; ball_x, ball_y: the ball of the same frame, missing where it was not seen. A
    player who was not seen has no row.

    Example
    -------
    >>> where = sa.positions(library.load("2417"))
    >>> where[where["frame"] == 5000]
    """
    import numpy as np
    import pandas as pd

    tracks = game.tracks
    if tracks is None:
        raise DataError(f"game {game.id} has no tracks", expected="positions", todo="Ingest its tracking data.")
    row, slot = np.nonzero(tracks.present)
    ids = [s.player_id for s in tracks.slots]
    names = {player.id: player.display for player in game.roster}
    ball = np.where(tracks.ball_present[:, None], tracks.ball_xy, np.nan)
    return pd.DataFrame(
        {
            "frame": tracks.frame[row], "period": tracks.period[row], "t_s": tracks.t_s[row],
            "player_id": np.array(ids, object)[slot],
            "name": np.array([names.get(i or "") for i in ids], object)[slot], "side": tracks.side[slot],
            "x": tracks.xy[row, slot, 0], "y": tracks.xy[row, slot, 1], "ball_x": ball[row, 0], "ball_y": ball[row, 1],
        }
    )  # fmt: skip


def analyse(
    library: Library | str | Path, game: str, *, league: str | None = None, weights: str | Path | None = None
) -> tuple[pd.DataFrame, Run]:
    """Recognise a game's events from positions, keep them in the library, and return them with the run that made them.

    The run says which weights, how well they did in games they never saw, which frames were read, what was not told.

    Example
    -------
    >>> events, run = sa.analyse("my-library", "2417")
    """
    from sportsai import analysis

    return analysis.analyse_game(opened(library), game, league=league, weights=path_of(weights))


def detect(
    library: Library | str | Path, game: str, *, budget: float | None = None, types: Sequence[str] = (),
    league: str | None = None, weights: str | Path | None = None,
) -> tuple[pd.DataFrame, Run]:  # fmt: skip
    """Find the moments of a whole game - shots, rebounds, turnovers, fouls - and return them with the run.

    budget: the share of the frames that a scout may read; all are read when None. types: only these.

    Example
    -------
    >>> moments, run = sa.detect("my-library", "0021500492", budget=0.1)
    """
    from sportsai.analysis.detect import BUDGET, detect_game

    how = "dense" if budget is None else "glimpse"
    return detect_game(
        opened(library), game, how=how, budget=BUDGET if budget is None else budget, types=types, league=league,
        weights=path_of(weights),
    )  # fmt: skip


def highlights(
    library: Library | str | Path, game: str, length_s: float = 180.0, *, how: str = "moments",
    league: str | None = None, weights: str | Path | None = None,
) -> tuple[pd.DataFrame, Run]:  # fmt: skip
    """Choose the clips of a game worth seeing, together no longer than `length_s`, and return them with the run.

    how: "moments" found, where an "attention" looked, or the speed of the "ball".

    Example
    -------
    >>> clips, run = sa.highlights("my-library", "2417", length_s=90, how="ball")
    """
    from sportsai.analysis.highlights import highlights_of

    return highlights_of(opened(library), game, length_s, how=how, league=league, weights=path_of(weights))


def phases(
    library: Library | str | Path, game: str, *, league: str | None = None, weights: str | Path | None = None
) -> tuple[pd.DataFrame, Run]:
    """Say at every frame of a soccer match who has the ball and which phase it is; return stretches and the run.

    Example
    -------
    >>> stretches, run = sa.phases("my-library", "2417")
    """
    from sportsai.analysis.phases import phases_of

    return phases_of(opened(library), game, league=league, weights=path_of(weights))


def refine(
    library: Library | str | Path, game: str, given: Sequence[str], *, league: str | None = None,
    weights: str | Path | None = None,
) -> tuple[pd.DataFrame, Run]:  # fmt: skip
    """Say what follows from labels that you know, and return the refined events and their run.

    given: "power_play" of the game, "USA=power_play" of a team, "17=dump_in" of a moment, "P2/3:00-4:00=LABEL".

    Example
    -------
    >>> events, run = sa.refine("my-library", "my-game", ["USA=power_play", "17=dump_in"])
    """
    from sportsai.analysis.refine import refine_game

    return refine_game(opened(library), game, given, league=league, weights=path_of(weights))


def query(
    text: str, library: Library | str | Path, *, source: str | None = None, limit: int | None = None
) -> pd.DataFrame:
    """Return the moments of a library's games that a question asks for; docs/queries.md explains the language.

    source: "recognised", "logged" or "all" events; recognised ones, and the log of games without any, when None.
    limit: rows at most. The table's `attrs` say how the question was read, and what was left out.

    Example
    -------
    >>> sa.query("pass then shot within 5s by same team", "my-library")
    """
    from sportsai import queries

    return queries.query(text, opened(library), source=source, limit=limit)


def sql(text: str, library: Library | str | Path) -> pd.DataFrame:
    """Return the answer to one read-only SQL query over games, players, frames, tracks, events and predictions.

    Example
    -------
    >>> sa.sql("select type, count(*) n from predictions group by type", "my-library")
    """
    from sportsai.library.query import run_sql

    return run_sql(opened(library), text)
