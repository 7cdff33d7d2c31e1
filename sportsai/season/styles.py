"""Whom teams move like: each game keeps the sums of what a style recipe says of its possessions; a season adds them up.

The numbers of `sportsai style`, without holding any game: a fingerprint is a mean, and a mean a sum. Possessions are
those that `sportsai analyse` asks the weights about: the same but for the few in which no five attackers are seen
throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.analysis import styles
from sportsai.analysis._found import asked, trained_on
from sportsai.analysis._weights import collect
from sportsai.analysis.season import Season, season_of
from sportsai.court import load_league
from sportsai.data import Game
from sportsai.data.styles import Fingerprints
from sportsai.tasks.styles import team_names

LEAST_TEAMS = 3


def style_sums(game: Game, weights: Path | None = None) -> dict[str, Any] | None:
    """Return of each team of a game the sums over its possessions of log-probabilities and of probabilities.

    None where the sport has no style recipe, its weights are not here, or no possession is long enough.
    """
    if load_league(game.league).sport != styles.SPORT or game.tracks is None:
        return None
    loaded = collect(game.league, [styles.RECIPE], weights).get(styles.RECIPE)
    names = team_names()
    spells, _ = styles.possessions(game)
    if loaded is None or not len(spells) or not (loaded.recipe.data.players and loaded.recipe.data.ball):
        return None
    windows, _ = styles.cut(game, spells, loaded.recipe.data, loaded.recipe.frames)
    if not len(windows):
        return None
    said = loaded.model.scores(asked(windows, names))
    side = spells.side[windows.request]
    teams = {}
    for s, team in enumerate(game.teams):
        mine = said[side == s]
        if len(mine) and team.abbreviation in names:
            sums = mine.sum(0), np.exp(mine).sum(0)
            teams[team.abbreviation] = {"n": len(mine), "log": _short(sums[0]), "p": _short(sums[1])}
    return {"teams": teams, "trained": trained_on(game, loaded)} if teams else None


def _short(values: Any) -> list[float]:
    return [round(float(v), 5) for v in values]


def season_styles(games: Sequence[dict[str, Any]]) -> Season | None:
    """Return the season of summaries that keep style sums, in their order; None with fewer than LEAST_TEAMS teams."""
    rows = [
        (team, str(g["id"]), n, sums, bool(g["style"]["trained"]))
        for n, g in enumerate(games)
        if g.get("style")
        for team, sums in g["style"]["teams"].items()
    ]
    rows.sort(key=lambda r: (r[0], r[1]))
    teams = sorted({r[0] for r in rows})
    if len(teams) < LEAST_TEAMS:
        return None
    count = np.array([r[3]["n"] for r in rows], np.int64)
    each = Fingerprints(
        np.array([r[3]["log"] for r in rows]) / count[:, None], count, np.array([r[0] for r in rows]),
        np.array([r[1] for r in rows]),
    )  # fmt: skip
    shares = {
        t: np.sum([r[3]["p"] for r in rows if r[0] == t], 0) / sum(r[3]["n"] for r in rows if r[0] == t) for t in teams
    }
    trained = {(r[1], r[0]) for r in rows if r[4]}
    return season_of(each, np.array([r[2] for r in rows], np.float64), shares, list(team_names()), trained)
