"""Part of `bench whole_game`: passes and balls lost of match 2417, by all frames at once and by sliding windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._scores import kept, named, progress

TYPES = ("pass", "turnover")
WITHIN_S = (1.0, 2.5)
TASK = "Passes and balls lost of one match, first half against second half"
QUARTERS = 4  # the first half is cut into: three train, the last one chooses
HZ = 10.0


def one_match(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return how well a dense model and sliding windows of Shared-Compare find what the holder column says."""
    from sportsai.learn.games import recipe_games
    from sportsai.tasks.moments import Games

    recipe = slides()
    (game,) = recipe_games(recipe)

    def rows() -> list[dict[str, Any]]:
        found = [*_dense(game, recipe, seeds), _sliding(game, recipe)]
        say = (
            "Match 2417 (SkillCorner open data, 10 Hz). Labels from the holder column, which no model sees. Trained on "
            "the first half, its last quarter choosing; tested on the second: one game, so nothing is said of others. "
            "All-point interpolated AP, precise spotting; sliding windows: the shipped weights, every peak by its "
            "probability, frames with the ball in view only."
        )
        return [*found, {"task": TASK, "say": say}]

    games = Games((), TYPES, dict(game.source))
    return kept(keep / named("one_match", recipe, games, tuple(seeds), HZ, QUARTERS), rows)


def slides() -> Any:
    """Return the recipe of the sliding windows, which says what counts as an event."""
    from sportsai.learn.recipe import load_recipe

    return load_recipe("soccer", "shared_compare")


def _dense(game: Any, sliding: Any, seeds: Sequence[int]) -> list[dict[str, Any]]:
    from sportsai.learn.recipe import load_recipe
    from sportsai.tasks.moments import Games
    from sportsai.whole.parts import Part
    from sportsai.whole.trials import moments, said_of, seen_of, taught

    base = load_recipe("soccer", "moments")
    data = base.data.model_copy(update={
        "rate_hz": None, "ball_only": False, "gaps": False, "heat_s": 0.3, "shadow_s": 1.0, "chunk": 256,
        "classes": {t: (t,) for t in TYPES}, "worth": {},
    })  # fmt: skip
    train = base.train.model_copy(update={"epochs": 12, "windows_per_epoch": 1200})
    detect = base.detect.model_copy(update={"tolerance_s": WITHIN_S[0], "apart_s": sliding.detect.apart_s})
    recipe = base.model_copy(update={"data": data, "train": train, "detect": detect})
    games = Games(tuple(lines_of(game, sliding)), TYPES)
    part = Part((0, 1, 2), (3,), (4,))
    found = []
    for n, seed in enumerate(seeds):
        progress(TASK)(n, len(seeds), f"spot_conv, seed {seed}")
        seen = {i: seen_of(line, recipe) for i, line in enumerate(games.lines)}
        fitted = taught(recipe, games, seen, part, "spot_conv", recipe.config(), seed)
        found.append(moments(recipe, games.lines[4], said_of([fitted.model], recipe, games.lines[4])))
    return [_row("spot_conv, all frames at once", games.lines[4], found)]


def lines_of(game: Any, sliding: Any) -> list[Any]:
    """Return the timelines of the quarters of the first half and of the second half, with what the holder says."""
    from sportsai.data.frames import Frames
    from sportsai.data.timeline import Timeline
    from sportsai.search.answers import truth

    real = truth(game, sliding)
    real = real[real["type"].isin(TYPES)]
    period, at_s = real["period"].to_numpy(np.int64), real["t_s"].to_numpy(np.float64)
    label = real["type"].map({t: k for k, t in enumerate(TYPES)}).to_numpy(np.int64)
    frames = Frames.of(game, HZ)
    first, second = (np.flatnonzero(frames.period == p) for p in (1, 2))
    lines = []
    for n, rows in enumerate([*np.array_split(first, QUARTERS), second]):
        own = replace(frames, row=frames.row[rows], period=frames.period[rows], t_s=frames.t_s[rows],
                      seen=np.zeros(len(rows), bool))  # fmt: skip
        mine = (period == own.period[0]) & (at_s >= own.t_s[0]) & (at_s <= own.t_s[-1])
        lines.append(Timeline(own, TYPES, period[mine], at_s[mine], label[mine], contest=f"2417-{n}"))
    return lines


def _sliding(game: Any, sliding: Any) -> dict[str, Any]:
    from sportsai.learn.spotting import Found
    from sportsai.learn.weights import find_weights, load_weights
    from sportsai.search.looks import look
    from sportsai.search.peaks import features, find
    from sportsai.search.trust import trust_of

    loaded = load_weights(find_weights("soccer", "shared_compare"), "soccer", "shared_compare")
    found = find(look(game, loaded.model, loaded.recipe), game, loaded.recipe, float(loaded.about["temperature"]))
    label, at, score = [], [], []
    second = game.tracks.period[found["row"].to_numpy(int)] == 2
    for group, t in trust_of(loaded.about).items():
        peaks = found[(found["group"] == group) & second].reset_index(drop=True)
        p = t(features(peaks, loaded.recipe, group))
        for k, name in enumerate(t.types):
            if name in TYPES:
                label += [TYPES.index(name)] * len(peaks)
                at.append(game.tracks.t_s[peaks["row"].to_numpy(int)].astype(np.float64))
                score.append(p[:, k])
    every = Found.of([2] * len(label), label, np.concatenate(at), np.concatenate(score))
    return _row("shared_compare, sliding windows", lines_of(game, sliding)[4], [every])


def _row(model: str, line: Any, found: Sequence[Any]) -> dict[str, Any]:
    from sportsai.whole.score import score

    each = np.stack([score([line], [f], TYPES, WITHIN_S).each for f in found])  # (seeds, tolerances, classes)
    row: dict[str, Any] = {"task": TASK, "model": model}
    for d, within in enumerate(WITHIN_S):
        for k, name in enumerate(TYPES):
            spread = f" ± {each[:, d, k].std():.3f}" if len(found) > 1 else ""
            row[f"AP {name} ±{within:g} s"] = f"{each[:, d, k].mean():.3f}{spread}"
    return row | {"seeds": len(found)}
