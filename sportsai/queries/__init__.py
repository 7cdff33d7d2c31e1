"""Queries: a small language over every event of a library. docs/queries.md says exactly what each part means.

from sportsai.queries import query
query("pass then shot within 5s by 'Kimmich' in period 2", "my-library")
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from sportsai.library import Library

__all__ = ["query"]


def query(
    text: str, library: Library | str | Path | None = None, *, source: str | None = None, limit: int | None = None
) -> pd.DataFrame:
    """Return what a query finds: a row for each match, or counts where the query counts.

    Parameters
    ----------
    text: the query; docs/queries.md has the language.
    library: a Library, its folder, or None for ./sportsai-library.
    source: "recognised", "logged" or "all" events; None: recognised ones, and the log of games that have none.
    limit: rows at most; None for all.

    Returns
    -------
    A table with game, period, clock, t_s (seconds of the period), type, player, team, probability (NaN where logged),
    x_m, y_m (court metres as stored), source, start_frame, end_frame (evidence, half-open), event_id; for each further
    event of a match t_s_2, type_2, player_2, team_2, probability_2, ... `attrs` holds "read_as" (the query with every
    bracket), "notes" (what was left out, and why), "rows" (how many there are) and "empty" (which part left nothing).

    Raises
    ------
    QueryError, with the column, for a query that makes no sense or names what is not there.

    Examples
    --------
    >>> query("turnover by 'Kimmich' with probability >= 0.7", "my-library")
    >>> query("pass then shot within 5s by same team", "my-library")
    >>> query("shot and no guard", "my-library")
    >>> query("turnover in own half then shot within 10s by other team count by player", "my-library")
    """
    from sportsai.queries.answer import table
    from sportsai.queries.ask import ask

    asked = ask(text, library, source=source)
    made, n = table(asked, limit)
    made.attrs = {"read_as": asked.read_as, "notes": list(asked.notes), "rows": n, "empty": asked.empty}
    return made
