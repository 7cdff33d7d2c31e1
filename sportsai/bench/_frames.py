"""Parts of `bench whole_game`: agents that glimpse, labels of every frame, highlights, and what is attended to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._scores import kept, named, progress, rows_of
from sportsai.errors import DataError

GLIMPSES = {"5%": (40, 2), "10%": (40, 4), "20%": (40, 8)}  # share -> frames of a chunk, glimpses
BETTER: dict[str, Any] = {
    "spaced": True, "scaled": True, "before": True, "entropy": 0.01, "nothing": -1.0, "matched": True, "near": True,
    "indicator": False,
}  # fmt: skip
ABLATED: dict[str, dict[str, Any]] = {
    "as published": {},
    "choices judged before, from an even spread": {"spaced": True, "scaled": True, "before": True, "nothing": -1.0},
    "and sure only of what is right": {**BETTER, "near": False, "indicator": True},
    "and segments told from the frame": {**BETTER, "indicator": True},
    "no indicator": BETTER,
    "no location": {**BETTER, "indicator": True, "location": False},
    "neither": {**BETTER, "location": False},
    "neither, no regression": {**BETTER, "location": False, "regression": False},
}
SCOUTED: dict[str, dict[str, Any]] = {
    "as it ships": {},
    "frames between are zeros": {"filled": False, "moving": False},
    "told what lies between, not how fast it changes": {"moving": False},
    "taught by the log alone, no teacher": {"taught": 0.0},
    "never asks while learning": {"asks": 0.0},
    "not told how long the clock stood": {"gaps": False},  # of the recipe: its teacher is not told either
}
SHORT = {"epochs": 4}  # of the trainings beside each other
MINUTES = (3, 5, 10)
WHAT = ("goals", "shots", "chances")
LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "attention_lstm, every step (a)": ("attention_lstm", {}),
}
CHUNK = 24  # frames of an NBA quarter told as one: 12.5 s


def measured(task: str, of: tuple[str, str], build: Callable[[Any, Any], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the rows that `build` makes of a recipe and its games; where the data are not here, that is said."""
    from sportsai.learn.recipe import load_recipe
    from sportsai.whole.parts import whole_games

    recipe = load_recipe(*of)
    try:
        games = whole_games(recipe)
    except DataError as missing:
        return [{"task": task, "say": f"not measured: {missing}"}]
    return build(recipe, games)


def agents(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return how well agents that glimpse do on NBA quarters, and what each of their parts is worth."""
    from sportsai.whole.compare import headline
    from sportsai.whole.parts import parts
    from sportsai.whole.score import WITHIN_S, score
    from sportsai.whole.trials import Way, moments, read_trial, seen_all

    task = "Glimpses of each chunk: an agent that chooses where to look"

    def build(recipe: Any, games: Any) -> list[dict[str, Any]]:
        recipe = recipe.model_copy(update={
            "data": recipe.data.model_copy(update={"teacher": "", "gaps": False})})  # fmt: skip
        (part,) = parts(games, recipe)[:1]
        lines = [games.lines[i] for i in part.test]
        ways = {f"{share} of the frames": (size, BETTER) for share, size in GLIMPSES.items()}
        ways |= {f"10%, {name}": (GLIMPSES["10%"], changes) for name, changes in ABLATED.items()}

        def rows() -> list[dict[str, Any]]:
            seen, found = dict(enumerate(seen_all(games, recipe, range(len(games))))), []
            for n, (name, (size, changes)) in enumerate(ways.items()):
                scored = []
                for seed in seeds:
                    progress(task)(n, len(ways), f"{name}, seed {seed}")
                    told = read_trial(recipe, games, seen, part, "glimpse", seed, [Way("glimpses")], keep=keep,
                                      frames=size[0], glimpses=size[1], **changes)[Way("glimpses")]  # fmt: skip
                    found_in = [moments(recipe, games.lines[i], told.heat[i]) for i in part.test]
                    scored.append(score(lines, found_in, recipe.names))
                mean = np.mean([s.mean for s in scored], axis=0)
                each = np.nanmean([s.each[0] for s in scored], axis=0)
                found.append({
                    "task": task, "way": name, headline(WITHIN_S[0]): f"{mean[0]:.3f}"
                    + (f" ± {np.std([s.mean[0] for s in scored]):.3f}" if len(scored) > 1 else ""),
                    headline(WITHIN_S[1]): f"{mean[1]:.3f}",
                    **{f"AP {n}": f"{v:.3f}" for n, v in zip(recipe.names, each, strict=True)}, "seeds": len(scored),
                })  # fmt: skip
            return found

        return kept(keep / named("agents", recipe, games, tuple(seeds), repr(ways)), rows)

    return measured(task, ("basketball", "moments_scout"), build)


def scouts(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return what each part of a scout is worth on NBA quarters at 10 % of the frames, in short trainings."""
    from sportsai.whole.compare import headline
    from sportsai.whole.parts import parts
    from sportsai.whole.score import WITHIN_S, score
    from sportsai.whole.trials import Way, moments, read_trial, seen_all, with_teacher

    task = "A scout at 10 % of the frames: what its parts are worth"

    def build(recipe: Any, games: Any) -> list[dict[str, Any]]:
        (part,) = parts(games, recipe)[:1]
        lines = [games.lines[i] for i in part.test]
        brief = recipe.model_copy(update={"train": recipe.train.model_copy(update=SHORT)})
        ways = [Way("scout", 0.1), Way("undecided", 0.1), Way("even", 0.1)]
        said = dict(zip(ways, ("", ", reading where undecided", ", reading an even grid"), strict=True))

        def rows() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = []
            for n, (name, changes) in enumerate(SCOUTED.items()):
                each: dict[Way, list[Any]] = {way: [] for way in (ways if not changes else ways[:1])}
                told_of = {k: v for k, v in changes.items() if k == "gaps"}
                changes = {k: v for k, v in changes.items() if k != "gaps"}
                data = recipe.data.model_copy(update=told_of)
                own, short = recipe.model_copy(update={"data": data}), brief.model_copy(update={"data": data})
                seen = dict(enumerate(seen_all(games, own, range(len(games)))))
                for seed in seeds:
                    progress(task)(n, len(SCOUTED), f"{name}, seed {seed}")
                    told = read_trial(
                        short, games, with_teacher(own, games, seen, part, seed, keep)[0], part, "scout", seed,
                        list(each), keep=keep, taught_by=recipe.data.teacher, **changes,
                    )  # fmt: skip
                    for way in each:
                        spotted = [moments(recipe, games.lines[i], told[way].heat[i]) for i in part.test]
                        each[way].append(score(lines, spotted, recipe.names))
                for way, scored in each.items():
                    mean = np.mean([s.mean for s in scored], axis=0)
                    found.append({
                        "task": task, "way": name + said[way], headline(WITHIN_S[0]): f"{mean[0]:.3f}",
                        headline(WITHIN_S[1]): f"{mean[1]:.3f}",
                        **{f"AP {k}": f"{v:.3f}" for k, v in zip(
                            recipe.names, np.nanmean([s.each[0] for s in scored], axis=0), strict=True)},
                        "seeds": len(scored),
                    })  # fmt: skip
            say = f"Trainings of {SHORT['epochs']} epochs beside each other; the curve's have {recipe.train.epochs}."
            return [*found, {"task": task, "say": say}]

        return kept(keep / named("scouts", brief, games, tuple(seeds), repr(SCOUTED)), rows)

    return measured(task, ("basketball", "moments_scout"), build)


def labels(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return how well every frame of soccer matches is labelled."""
    from sportsai.tasks.frame_labels import MODELS
    from sportsai.whole.labels import compare

    def build(recipe: Any, games: Any) -> list[dict[str, Any]]:
        table = compare(recipe, games, MODELS, seeds=seeds, keep=keep, progress=progress(recipe.title))
        say = f"{table['note']} Best on validation: {table['best']}."
        return [*rows_of(table), {"task": recipe.title, "say": say}]

    return measured("Every frame of a match", ("soccer", "frame_labels"), build)


def highlights(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return the share of goals, shots and chances that minutes of clips show, by what the clips were chosen."""
    from sportsai.learn.recipe import load_recipe
    from sportsai.whole.compare import heard
    from sportsai.whole.highlights import ball_speed, uniform
    from sportsai.whole.parts import parts, whole_games
    from sportsai.whole.trials import seen_all, trial

    task = "Highlights of a match, clips around what stands out"

    def build(recipe: Any, games: Any) -> list[dict[str, Any]]:
        dense = load_recipe("soccer", "moments")
        entries: dict[str, tuple[Any, Any, str, dict[str, Any]]] = {
            name: (recipe, games, model, changes) for name, (model, changes) in LOOKS.items()
        }
        entries["spot_conv, its heat for shots"] = (dense, whole_games(dense), "spot_conv", {})
        plain = {"an even spread": uniform, "the ball's speed": ball_speed}
        found = [_shown(task, k, [games.lines], [[of(line) for line in games.lines]]) for k, of in plain.items()]
        for n, (name, (of, own, model, changes)) in enumerate(entries.items()):
            every, seen = parts(own, of), dict(enumerate(seen_all(own, of, range(len(own)))))
            k = of.names.index("shot")
            lines, matters = [], []
            for seed in seeds:
                progress(task)(n, len(entries), f"{name}, seed {seed}")
                told = heard(every, [trial(of, own, seen, p, model, seed, keep=keep, **changes) for p in every])
                lines.append([own.lines[i] for i in told.test])
                matters.append([heat[:, k] for heat in told.test.values()])
            found.append(_shown(task, name, lines, matters))
        say = (
            f"{len(games)} matches, none shown by a model it taught; of about 75 minutes of live play. A clip is 6 s "
            "before and 4 s after its most salient frame. Shares of what the provider logs that lies in the clips, the "
            'mean over matches; chances: attacks of its phase "finish".'
        )
        return [*found, {"task": task, "say": say}]

    return measured(task, ("soccer", "highlights"), build)


def baskets(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return the share of an NBA quarter's baskets and shots that two minutes of clips show, by what they show."""
    from sportsai.whole.highlights import ball_speed, saliency, shares, uniform
    from sportsai.whole.parts import parts
    from sportsai.whole.trials import seen_all, trial

    task = "Highlights of a quarter: two minutes of clips"

    def build(recipe: Any, games: Any) -> list[dict[str, Any]]:
        (part,) = parts(games, recipe)[:1]
        lines = [games.lines[i] for i in part.test]
        seen = dict(enumerate(seen_all(games, recipe, range(len(games)))))
        told = [trial(recipe, games, seen, part, recipe.model, s, keep=keep) for s in seeds]
        ways = {"all moments alike": {}, "shots alone": {"shot": 1.0}, "the recipe's worth": recipe.data.worth}
        each = {"an even spread": [[uniform(line) for line in lines]],
                "the ball's speed": [[ball_speed(line) for line in lines]]}  # fmt: skip
        for name, worth in ways.items():
            each[name] = [[saliency(t.heat[i], recipe.names, worth) for i in part.test] for t in told]
        rows = []
        for name, matters in each.items():
            shown = [shares(lines, m, 120.0) for m in matters]
            figures = {k: f"{np.mean([s[k] for s in shown]):.0%}" for k in shown[0]}
            rows.append({"task": task, "by": name, **figures, "seeds": len(matters)})
        said = ", ".join(f"{k} {v:g}" for k, v in recipe.data.worth.items())
        return [*rows, {"task": task, "say": f"{len(lines)} games never seen. The recipe's worth: {said}."}]

    return measured(task, ("basketball", "moments"), build)


def _shown(task: str, name: str, lines: Sequence[Any], matters: Sequence[Any]) -> dict[str, Any]:
    """Return a row of highlights: of each seed's saliencies the shares shown at each length, the mean."""
    from sportsai.whole.highlights import shares

    row: dict[str, Any] = {"task": task, "by": name}
    for minutes in MINUTES:
        each = [shares(own, m, 60.0 * minutes) for own, m in zip(lines, matters, strict=True)]
        for what in WHAT:
            row[f"{what}, {minutes} min"] = f"{np.mean([e[what] for e in each]):.0%}"
    return row | {"seeds": len(matters)}


def streams(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return what attending to one stream while reading another is worth, on what chunks of NBA quarters hold."""
    from sportsai.data.timeline import streams as streams_of
    from sportsai.learn.metrics import mean_ap_of
    from sportsai.whole.attend import chunks
    from sportsai.whole.parts import parts
    from sportsai.whole.trials import seen_all, taught

    task = "What 12.5 s of a quarter hold: attending to one stream, reading the ball"

    def build(recipe: Any, games: Any) -> list[dict[str, Any]]:
        recipe = recipe.model_copy(update={
            "data": recipe.data.model_copy(update={"gaps": False, "attack": True, "chunk": CHUNK}),
            "train": recipe.train.model_copy(update={"epochs": 8, "batch": 64, "windows_per_epoch": 9600, "lr": 3e-3}),
        })  # fmt: skip
        (part,) = parts(games, recipe)[:1]

        def rows() -> list[dict[str, Any]]:
            seen = dict(enumerate(seen_all(games, recipe, range(len(games)))))
            each = streams_of(seen[0].names)
            ball = {"reads": each["ball"]}
            ways: dict[str, Mapping[str, Any] | None] = {"reads only": {**ball, "context": "none"}}
            ways |= {f"attends to {k} (a)": {**ball, "attends": v} for k, v in each.items()}
            ways |= {f"attends to {k} (b)": {**ball, "attends": each[k], "last": True} for k in ("ball", "defenders")}
            ways |= {"the mean of defenders": {**ball, "attends": each["defenders"], "context": "mean"},
                     "attention_pool, all streams": None}  # fmt: skip
            said: dict[str, list[Any]] = {k: [] for k in ways}
            truth: Any = None
            for n, (name, changes) in enumerate(ways.items()):
                model = "attention_pool" if changes is None else "attention_lstm"
                for seed in seeds:
                    progress(task)(n, len(ways), f"{name}, seed {seed}")
                    config = recipe.instead(model).config(**(changes or {}))
                    fitted = taught(recipe, games, seen, part, model, config, seed)
                    told = [chunks(fitted.model, seen[i].x, seen[i].heat, games.lines[i].stretches(), CHUNK)
                            for i in part.test]  # fmt: skip
                    truth = np.concatenate([t for t, _ in told])
                    said[name].append(np.concatenate([s for _, s in told]))
            joined = [k for k in ways if k.startswith("attends") and k.endswith("(a)")]
            said["the four streams (a), their mean"] = [
                np.mean([said[k][n] for k in joined], axis=0) for n in range(len(seeds))
            ]
            out = []
            for name, some in said.items():
                score = [mean_ap_of(truth, s) for s in some]
                spread = f" ± {np.std(score):.3f}" if len(score) > 1 else ""
                out.append({"task": task, "way": name, "mAP": f"{np.mean(score):.3f}{spread}", "seeds": len(score)})
            return [*out, {"task": task, "way": "chance", "mAP": f"{truth.mean(0).mean():.3f}"}]

        return kept(keep / named("streams", recipe, games, tuple(seeds)), rows)

    return measured(task, ("basketball", "moments"), build)
