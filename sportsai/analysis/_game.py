"""A whole game through every capability whose weights are there, and the run that says what did what."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from sportsai import __version__, plugins
from sportsai.analysis._found import Found, Progress, controls_of, score_of, trained_on
from sportsai.analysis._weights import card_of, collect, model_of, same_sport
from sportsai.court import League, load_league
from sportsai.data.events import empty_events
from sportsai.data.game import Game
from sportsai.errors import SportsaiError
from sportsai.learn.weights import Weights, find_weights


def capabilities(sport: str) -> dict[str, ModuleType]:
    """Return what can be told of a sport's games, by name: those that find events before those that add to them."""
    package = "sportsai.analysis"
    modules = {n: plugins.load(package, n, "capability") for n in plugins.names(package)}
    found = {n: c for n, c in modules.items() if hasattr(c, "ON_EVENTS")}  # the others are of many games
    order = sorted(found, key=lambda n: (found[n].ON_EVENTS, n))
    return {n: found[n] for n in order if sport == found[n].SPORT}


def analyse(
    game: Game, *, league: str | League | None = None, progress: Progress | None = None,
    weights: Path | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:  # fmt: skip
    """Return the events recognised in a game, and the run that found them and all else that was told of the game.

    Parameters
    ----------
    league: whose weights to use; the game's own when None. progress: called as progress(done, total) with frames.
    weights: weights of your own instead of the shipped ones: a file, or a folder of <league or sport>/<recipe>/.

    run["models"] names each model that took part; run[capability] holds what it found. What has no weights is left out
    and named in run["notes"], as is everything that a game lacks. ModelError when there are no weights for its sport.
    """
    started = time.perf_counter()
    name = league.name if isinstance(league, League) else league or game.league
    sport = load_league(name).sport
    same_sport(game, name, sport)
    able = capabilities(sport)
    loaded = collect(name, [c.RECIPE for c in able.values()], weights)
    if not loaded:
        find_weights(name, next((c.RECIPE for c in able.values()), "shared_compare"))  # says what ships, for whom
    events, parts, seconds = empty_events(), dict[str, Found](), dict[str, float]()
    notes = _obstacles(game)
    for what, c in able.items() if not notes else ():
        if c.RECIPE not in loaded:
            continue
        since = time.perf_counter()
        try:
            found = c.analyse(game, events, loaded[c.RECIPE], progress=progress)
        except SportsaiError as bad:
            found = Found(events, notes=(f"Not told, {c.TITLE}: {bad}",))
        events, parts[what] = found.events, found
        seconds[what] = round(time.perf_counter() - since, 2)
    notes += [n for p in parts.values() for n in p.notes]
    missing = [c for c in able.values() if c.RECIPE not in loaded]
    if missing:
        said = "; ".join(f"{c.TITLE} ({sport}/{c.RECIPE})" for c in missing)
        notes.append(f"Not told, because no weights are here: {said}.")
    return events, _run(game, able, loaded, parts, seconds, notes, time.perf_counter() - started)


def _obstacles(game: Game) -> list[str]:
    if game.tracks is None:
        return ["The game has no tracks: nothing to recognise events from."]
    if not (game.tracks.period > 0).any():
        return ["No frame lies inside a period: nothing to recognise events from."]
    if not game.tracks.present[:, game.tracks.side >= 0].any():
        return ["No player of either team was seen: nothing to recognise events from."]
    return []


def _run(
    game: Game, able: dict[str, ModuleType], loaded: dict[str, Weights], parts: dict[str, Found],
    seconds: dict[str, float], notes: list[str], total_s: float,
) -> dict[str, Any]:  # fmt: skip
    models = [
        {**_model(game, n, c, loaded[c.RECIPE]), "told": n in parts and bool(parts[n].part)}
        for n, c in able.items()
        if c.RECIPE in loaded
    ]
    first = models[0]
    made = datetime.now(UTC)
    read = [p.read for p in parts.values()]
    found = {n: p.part for n, p in parts.items()}
    events = found.pop("recognise", None) or {"metrics": {"types": {}}}
    return {
        "run_id": f"{first['recipe'].partition('/')[2]}-{first['weights_sha256'][:8]}-{made:%Y%m%dT%H%M%S%f}",
        "game": game.id,
        **{k: first[k] for k in ("model", "recipe", "weights_sha256", "card")},
        "version": __version__,
        "made_at": made.isoformat(timespec="seconds"),
        "frames_total": game.tracks.T if game.tracks is not None else 0,
        "frames_read": parts["recognise"].read if "recognise" in parts else max(read, default=0),
        "seconds": round(total_s, 2),
        "seconds_by_part": seconds,
        "models": models,
        "said": [s for p in parts.values() for s in p.said],
        "notes": notes,
        **events,
        **{n: p for n, p in found.items() if p},
    }


def _model(game: Game, name: str, capability: ModuleType, weights: Weights) -> dict[str, Any]:
    about, recipe = weights.about, weights.recipe
    return {
        "capability": name,
        "tells": capability.TITLE,
        "title": recipe.title,
        "recipe": f"{recipe.league}/{recipe.name}",
        "model": model_of(weights),
        "weights_sha256": weights.sha256,
        **card_of(weights),
        "scores": score_of(weights),
        "controls": controls_of(weights),
        "terms": about.get("terms"),
        "games": len(about.get("contests") or about.get("data") or ()),
        "trained_on": trained_on(game, weights),
    }
