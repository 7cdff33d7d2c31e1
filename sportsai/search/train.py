"""From a recipe and its games to a recogniser: fit, learn how far to trust it, measure once on the test part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sportsai import __version__
from sportsai.data.game import Game
from sportsai.learn.recipe import Recipe
from sportsai.search.answers import between, truth
from sportsai.search.detect import detection_scores
from sportsai.search.fit import Fitted, Progress, fit
from sportsai.search.lesson import Lesson, lesson
from sportsai.search.looks import look
from sportsai.search.peaks import find
from sportsai.search.trust import Trust, calibrate
from sportsai.tasks._corrected import said_of
from sportsai.tasks.handovers import MODEL_HZ


@dataclass(frozen=True)
class Trained:
    """A fitted network, how far its peaks are to be trusted, and how well it finds events in the test part.

    trust: by group of events. detection: by event type (see `detect.detection_scores`). about: what travels with it.
    """

    fitted: Fitted
    trust: dict[str, Trust]
    detection: dict[str, dict[str, Any]]
    about: dict[str, Any]


def train(
    games: Sequence[Game], recipe: Recipe, *, seed: int | None = None, progress: Progress | None = None,
    taught: Lesson | None = None,
) -> Trained:  # fmt: skip
    """Return the recipe trained on `games`.

    Validation chooses the epoch, temperature and thresholds; the test part is read once.
    """
    taught = taught or lesson(games, recipe)
    fitted = fit(games, recipe, seed=seed, progress=progress, taught=taught)
    trust, detection = trust_and_scores(games, recipe, fitted, taught)
    about = {
        "version": __version__,
        "seed": recipe.train.seed if seed is None else seed,
        "epoch": fitted.epoch,
        "temperature": fitted.temperature,
        "rate_hz": MODEL_HZ,
        "data": [
            {
                "game": g.id, "title": g.title, "date": g.date, "provider": g.provider, "source": dict(g.source),
                "terms": g.terms, "train_periods": list(recipe.split.train), "test_periods": list(recipe.split.test),
                "corrections": len(said_of(g)),
            }
            for g in games
        ],
        "windows": fitted.windows,
        "trust": {k: asdict(t) for k, t in trust.items()},
        "detection": detection,
    }  # fmt: skip
    return Trained(fitted, trust, detection, about)


def trust_and_scores(
    games: Sequence[Game], recipe: Recipe, fitted: Fitted, taught: Lesson
) -> tuple[dict[str, Trust], dict[str, dict[str, Any]]]:
    """Return Trust fitted on the validation frames and detection scores on the test periods of the first game."""
    game, tracks = games[0], games[0].tracks
    assert tracks is not None
    periods = tuple({*recipe.split.train, *recipe.split.test})
    found = find(look(game, fitted.model, recipe, periods=periods), game, recipe, fitted.temperature)
    real = truth(game, recipe)
    held_out = taught.part("validation")
    low_s = float(tracks.t_s[tracks.rows(held_out.first_frame.min())])
    period = int(held_out.period[0])
    trust = calibrate(between(found, tracks, period, low_s), between(real, tracks, period, low_s), recipe, tracks)
    test = recipe.split.test[0]
    scores = detection_scores(between(found, tracks, test), between(real, tracks, test), trust, recipe, tracks)
    return trust, scores
