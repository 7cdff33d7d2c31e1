"""Whole matches by glimpses: how many shots lie in what is tracked after a scout glanced at a few frames."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._footage import data


def glimpses(quick: bool) -> list[dict[str, Any]]:
    """Return how many shots lie in what is tracked once a scout glanced at a few frames: matches it did not see."""
    from sportsai.analysis.scouting import RECIPE, TRACKED, chosen, stretches
    from sportsai.learn.recipe import load_recipe
    from sportsai.whole.parts import parts, whole_games
    from sportsai.whole.trials import Way, moments, read_trial, seen_all, with_teacher

    recipe, keep = load_recipe("soccer", RECIPE), Path("runs") / "whole"
    games = whole_games(recipe, data("soccer"))
    seen = dict(enumerate(seen_all(games, recipe, range(len(games)))))
    ways = [Way("scout", share) for share in (0.05, 0.1, 0.2)]
    inside: dict[Way, dict[int, list[list[bool]]]] = {w: {k: [] for k in range(len(recipe.names))} for w in ways}
    for part in parts(games, recipe):
        own, _ = with_teacher(recipe, games, seen, part, 0, keep)
        told = read_trial(recipe, games, own, part, "scout", 0, ways, keep=keep, taught_by=recipe.data.teacher)
        for way, game in itertools.product(ways, part.test):
            line = games.lines[game]
            found = moments(recipe, line, told[way].heat[game])
            for period in np.unique(line.frames.period).tolist():
                mine = found.take((found.game == period) & (found.label == 0))
                t = line.frames.t_s[line.frames.period == period]
                first, last = float(t[0]), float(t[-1])
                some = mine.at[chosen(mine.at, mine.score, TRACKED * (last - first), first, last)]
                spans = np.array(stretches(some, first, last)).reshape(-1, 2)
                for k, each in inside[way].items():
                    at = line.at_s[(line.period == period) & (line.label == k)]
                    each.append(((at[:, None] >= spans[:, 0]) & (at[:, None] < spans[:, 1])).any(1).tolist())
    task = "Whole soccer matches by glimpses: what lies in the fifth that is tracked"
    rows: list[dict[str, Any]] = []
    rate = float(recipe.data.rate_hz or 5.0)
    for way in ways:
        figures = {
            f"{recipe.names[k]}s inside": f"{np.mean(list(itertools.chain.from_iterable(each))):.0%}"
            for k, each in inside[way].items()
        }
        rows.append({"task": task, "glanced at": f"{way.budget * rate / 12.5:.0%}"} | figures)
    rows.append({"task": task, "glanced at": "by chance"} | {f"{n}s inside": f"{TRACKED:.0%}" for n in recipe.names})
    count = sum(len(e) for e in inside[ways[0]][0])
    say = (
        f"{len(games)} matches, {count} shots, each match scouted by weights that did not see it, one seed. Cameras "
        "are drawn: they follow the real ball as a broadcast's does, no picture is seen. Share of the 12.5 frames "
        "a second that a run over all would watch. A pass or a loss matters nothing to what is tracked: shots do."
    )
    return [*rows, {"task": task, "say": say}]
