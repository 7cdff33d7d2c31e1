"""Which weights a capability gets: the user's own before the shipped, a league's before its sport's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sportsai.court import load_league
from sportsai.data.game import Game
from sportsai.errors import LeagueError, ModelError
from sportsai.learn.blend import Blend
from sportsai.learn.weights import FILE, Weights, find_weights, load_weights


def collect(league: str, recipes: list[str], own: Path | None) -> dict[str, Weights]:
    """Return the weights of those recipes that have some, by recipe.

    Parameters
    ----------
    own: a file of weights, the folder that holds it, or a folder laid out as the shipped one,
        <league or sport>/<recipe>/weights.safetensors. It goes before what ships.

    Raises ModelError when `own` holds none, or weights of a recipe nothing here asks for.
    """
    found: dict[str, Weights] = {}
    if own is not None:
        found = _own(league, recipes, Path(own))
    for recipe in recipes:
        if recipe in found:
            continue
        try:
            path = find_weights(league, recipe)
        except ModelError:
            continue
        found[recipe] = load_weights(path, league, recipe)
    return found


def _own(league: str, recipes: list[str], own: Path) -> dict[str, Weights]:
    if own.is_dir() and not (own / FILE).is_file():
        names = dict.fromkeys((league, load_league(league).sport))
        paths = {r: own / n / r for n in reversed(names) for r in recipes if (own / n / r / FILE).is_file()}
        if paths or any(own.glob(f"*/*/{FILE}")):
            return {r: load_weights(p, league, r) for r, p in paths.items()}
    loaded = load_weights(own)
    name = loaded.recipe.name
    if name not in recipes:
        raise ModelError(
            f"weights of {loaded.recipe.league}/{name}", where=loaded.path,
            expected=f'recipe {" or ".join(f"{chr(34)}{r}{chr(34)}" for r in recipes)}',
            todo=f"Train them: sportsai train {league} {recipes[0]}" if recipes else None,
        )  # fmt: skip
    return {name: loaded}


def same_sport(game: Game, name: str, sport: str) -> None:
    """Refuse a league of another sport than the game's."""
    try:
        own = load_league(game.league).sport
    except LeagueError:
        return
    if own != sport:
        raise LeagueError(
            f"game {game.id} is of {own}, {name} plays {sport}", expected=f"a league of {own}",
            todo="Leave out the league: the game's own is taken.",
        )  # fmt: skip


def weights_for(game: Game, recipe: str, league: str | None = None, own: Path | None = None) -> Weights:
    """Return the weights of one recipe for a game: its own league's or sport's, or those of `league`.

    Raises ModelError where there are none, or they are of another sport.
    """
    name = league or game.league
    same_sport(game, name, load_league(name).sport)
    loaded = collect(name, [recipe], own).get(recipe)
    if loaded is None:
        find_weights(name, recipe)  # says what ships, for whom
        raise ModelError(f'no weights of "{recipe}"', expected="some for its sport")
    return loaded


def model_of(weights: Weights) -> str:
    """Return the name of the model, or of all that answer together."""
    return " + ".join(weights.model.names) if isinstance(weights.model, Blend) else weights.recipe.model


def card_of(weights: Weights) -> dict[str, Any]:
    """Return where the model's card lies, as a path in the sources where it ships, and its text."""
    recipe = weights.recipe
    card = weights.path.with_name("card.md")
    try:
        text = card.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = None
    return {"card": f"sportsai/weights/{recipe.league}/{recipe.name}/card.md", "card_text": text}
