"""Score a recipe beside its baselines: several seeds, both ways round, with an interval; the test part is read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.game import Game
from sportsai.data.windows import Windows
from sportsai.learn.batches import tensors
from sportsai.learn.metrics import bootstrap, expected_calibration_error, mean_ap, scores_of
from sportsai.learn.recipe import Recipe
from sportsai.learn.weights import Weights
from sportsai.models import load_model
from sportsai.search.answers import truth
from sportsai.search.detect import detection_scores
from sportsai.search.fit import Fitted, fit, logits
from sportsai.search.lesson import Lesson, cutter, lesson, other_way, unknown_key
from sportsai.search.looks import look
from sportsai.search.peaks import find
from sportsai.search.trust import trust_of
from sportsai.tasks import EVENT, MOVED
from sportsai.tasks.handovers import labelled

Float = NDArray[np.float64]
Progress = Callable[..., None]
GIVEN = (
    "Weights as given, nothing fitted. mAP is the mean of AP-ni (non-interpolated); the 95 % interval draws one-minute "
    "blocks of each game."
)
NOTE = (
    "mAP is the mean of AP-ni (non-interpolated) over the classes, at the event itself. One game: halves of it, and "
    "the 95 % interval draws one-minute blocks instead of games. Known key: the player who had the ball is given. "
    "Unknown key: each of the players nearest to the ball is tried and the probabilities are averaged."
)


def evaluate(
    games: Sequence[Game], recipe: Recipe, *, seeds: Sequence[int] = (0, 1, 2), both_ways: bool = True,
    progress: Progress | None = None, first: Fitted | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the results table of the recipe's model, IDT + SVM, gradient boosting and the majority.

    Parameters
    ----------
    both_ways: also train on the test periods and test on the training periods. first: a network already fitted the
        recipe's way round with the first seed.
    """
    ways = [(recipe, f"periods {_said(recipe.split.train)} train, {_said(recipe.split.test)} test")]
    if both_ways:
        back = other_way(recipe)
        ways.append((back, f"periods {_said(back.split.train)} train, {_said(back.split.test)} test"))
    table: dict[str, Any] = {"recipe": f"{recipe.league}/{recipe.name}", "note": NOTE, "ap": "AP-ni", "ways": []}
    total, done = len(ways) * len(seeds), 0
    for way, title in ways:
        taught = lesson(games, way)
        known, unknown, who = [], [], []
        test = taught.part("test", EVENT)
        for seed in seeds:
            use_first = first is not None and way is recipe and seed == seeds[0]
            fitted = first if use_first and first is not None else fit(games, way, seed=seed, taught=taught)
            known.append(_known(fitted, test))
            pooled, right = _unknown(fitted, games[0], test)
            unknown.append(pooled)
            who.append(right)
            if way is recipe and seed == seeds[0]:
                soft = _softened(fitted, test)
                table["ece"] = expected_calibration_error(soft.argmax(1) == test.label, soft.max(1))
            done += 1
            if progress:
                progress(done, total, text=f"Training {title}")
        names = list(recipe.data.classes)
        each = {
            f"{recipe.model}, known key": known,
            f"{recipe.model}, unknown key": unknown,
            **_baselines(taught, len(names), seeds, way),
        }
        minute = test.period.astype(np.int64) * 1000 + test.frame // 600  # 60 s of the 10 Hz games taught
        rows = [_row(model, scores, test, names, minute) for model, scores in each.items()]
        for row in rows[:2]:
            row["who"] = None if row is rows[0] else float(np.mean(who))
        table["ways"].append(
            {"title": title, "items": len(test), "rows": rows,
             "difference": _difference(known, each["idt_svm"], test.label, minute)}
        )  # fmt: skip
    return table


def _said(periods: Sequence[int]) -> str:
    return " and ".join(map(str, periods))


def _known(fitted: Fitted, test: Windows) -> Float:
    """Class scores with the key player given, background left out, (n, classes)."""
    K = len(fitted.recipe.data.classes)
    return logits(fitted.model, tensors(test))[:, :K].softmax(-1).numpy().astype(np.float64)


def _softened(fitted: Fitted, test: Windows) -> Float:
    K = len(fitted.recipe.data.classes)
    return (logits(fitted.model, tensors(test))[:, :K] / fitted.temperature).softmax(-1).numpy().astype(np.float64)


def _unknown(fitted: Fitted, game: Game, test: Windows) -> tuple[Float, float]:
    """Class scores with the key player unknown, (n, classes), and how often the right candidate scored highest.

    Each candidate's window is read with him as the key; probabilities are averaged over candidates, then the
    background is left out.
    """
    K = len(fitted.recipe.data.classes)
    cut, moment = unknown_key(game, test, fitted.recipe)
    p = logits(fitted.model, tensors(cut)).softmax(-1).numpy().astype(np.float64)
    total = np.zeros((len(test), p.shape[1]))
    np.add.at(total, moment, p)
    scores = total[:, :K] / np.maximum(total[:, :K].sum(1, keepdims=True), 1e-12)
    scores[total.sum(1) == 0] = 1 / K  # no candidate: the ball was not seen
    best, key = np.full(len(test), -1.0), np.full(len(test), -1)
    height = p[:, :K].sum(1)
    slot = cut.slot[np.arange(len(cut)), cut.key]
    for i in np.argsort(height, kind="stable"):
        best[moment[i]], key[moment[i]] = height[i], slot[i]
    true = test.slot[np.arange(len(test)), test.key]
    return scores, float((key == true).mean())


def _baselines(taught: Lesson, K: int, seeds: Sequence[int], recipe: Recipe) -> dict[str, list[Float]]:
    """Scores of the baselines on the test events: known key, same players, order and ball."""
    train, moved = taught.part("train", EVENT), taught.part("train", EVENT, MOVED)
    validation, test = taught.part("validation", EVENT), taught.part("test", EVENT)
    c = recipe.config()
    found: dict[str, list[Float]] = {}
    idt = load_model("idt_svm")
    tried = [
        idt.Model(idt.Config(classes=K, players=c.players, ball=getattr(c, "ball", False))).fit(w, validation)
        for w in (train, _thinned(moved, 2500))
    ]
    best = max(tried, key=lambda m: mean_ap(validation.label, m.scores(validation)))
    found["idt_svm"] = [best.scores(test)]
    boosted = load_model("boosted")
    found["boosted"] = [boosted.Model(boosted.Config(classes=K, seed=s)).fit(moved).scores(test) for s in seeds]
    majority = load_model("majority")
    found["majority"] = [majority.Model(majority.Config(classes=K)).fit(train).scores(test)]
    return found


def _thinned(windows: Windows, most: int) -> Windows:
    if len(windows) <= most:
        return windows
    return windows.take(np.sort(np.random.default_rng(0).choice(len(windows), most, replace=False)))


def _row(model: str, scores: list[Float], test: Windows, names: list[str], minute: NDArray[np.int64]) -> dict[str, Any]:
    each = [scores_of(test.label, s, names) for s in scores]
    mean = {k: float(np.mean([e[k] for e in each])) for k in each[0]}
    sd = {k: float(np.std([e[k] for e in each])) for k in each[0]}
    interval = bootstrap(minute, lambda i: float(np.mean([mean_ap(test.label[i], s[i]) for s in scores])))
    return {"model": model, "seeds": len(scores), "mean": mean, "sd": sd, "interval": list(interval)}


def _difference(ours: list[Float], theirs: list[Float], label: NDArray[np.int64], minute: NDArray[np.int64]) -> str:
    def gap(i: NDArray[np.int64]) -> float:
        mine = np.mean([mean_ap(label[i], s[i]) for s in ours])
        return float(mine - np.mean([mean_ap(label[i], s[i]) for s in theirs]))

    low, high = bootstrap(minute, gap)
    return (
        f"Known key minus IDT + SVM on the same events: mAP {gap(np.arange(len(label))):+.3f}, 95 % interval "
        f"{low:+.3f} to {high:+.3f}."
    )


def score_weights(games: Sequence[Game], loaded: Weights, *, progress: Progress | None = None) -> dict[str, Any]:
    """Return the scores of trained weights on games as they are: which event, and is it found; nothing is fitted.

    A game (or its periods) the weights were trained on is said so in its title.
    """
    recipe, d = loaded.recipe, loaded.recipe.data
    fitted = Fitted(loaded.model, recipe, float(loaded.about["temperature"]), 0, [])
    names = list(d.classes)
    table: dict[str, Any] = {
        "recipe": f"{recipe.league}/{recipe.name}", "note": GIVEN, "ap": "AP-ni", "ways": [], "detection": {},
    }  # fmt: skip
    trust = trust_of(loaded.about)
    for n, game in enumerate(games):
        m = labelled(game, d.classes, d.carry_s)
        windows = cutter(game, recipe).cut(m.frame, m.slot, m.label)
        minute = windows.period.astype(np.int64) * 1000 + windows.frame // round(60 * float(_rate(game)))
        pooled, who = _unknown(fitted, game, windows)
        each = {"known key": [_known(fitted, windows)], "unknown key": [pooled]}
        rows = [_row(f"{recipe.model}, {k}", s, windows, names, minute) for k, s in each.items()]
        rows[1]["who"] = who
        used = sorted({p for x in loaded.about["data"] if x["game"] == game.id for p in x["train_periods"]})
        title = game.title + (f" (TRAINED on period {_said(used)})" if used else "")
        table["ways"].append({"title": title, "items": len(windows), "rows": rows})
        found = find(look(game, loaded.model, recipe), game, recipe, fitted.temperature)
        assert game.tracks is not None
        table["detection"][game.id] = detection_scores(found, truth(game, recipe), trust, recipe, game.tracks)
        if progress:
            progress(n + 1, len(games))
    return table


def _rate(game: Game) -> float:
    assert game.tracks is not None
    return float(game.tracks.rate_hz)
