"""Parts of `bench whole_game`: where a scout looked in games never seen, and what is found with stops kept hidden."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.bench._frames import measured

BUDGETS = {"basketball": 0.05, "soccer": 0.02}
SURE = 0.5
STOP_S = 3.0  # a shot that the clock's stop follows sooner is told by it, perhaps


def policies(keep: Path) -> list[dict[str, Any]]:
    """Return rows that hold a picture each: the test game of which a scout found as much as it usually does.

    Needs the scouts' first trainings in `keep`; those that are not there, or were kept without weights, are left out.
    """
    task = "Where a scout looked, in games never seen"

    def build(recipe: Any, games: Any) -> list[dict[str, Any]]:
        from sportsai.whole.parts import parts
        from sportsai.whole.reading import scout
        from sportsai.whole.score import score
        from sportsai.whole.trials import moments, taught_model
        from sportsai.whole.trust import curves, probability

        part, budget, d = parts(games, recipe)[0], BUDGETS[recipe.league], recipe.data
        model = next((m for s in (0, 1, 2) if (m := taught_model(recipe, games, part, "scout", s, keep))), None)
        if model is None:
            return []

        def read(i: int) -> Any:
            return scout([model], games.lines[i], budget, gaps=d.gaps, ball_only=d.ball_only)

        def found(i: int, heat: Any) -> Any:
            return moments(recipe, games.lines[i], heat)

        held = [games.lines[i] for i in part.validation]
        within = recipe.detect.tolerance_s
        curve_of = curves(held, [found(i, read(i).heat) for i in part.validation], recipe.names, within)
        reads = {i: read(i) for i in part.test}
        each = {i: score([games.lines[i]], [found(i, r.heat)], recipe.names, (within,)).mean[0]
                for i, r in reads.items()}  # fmt: skip
        usual = sorted(each, key=lambda i: each[i])[len(each) // 2]
        said, line = found(usual, reads[usual].heat), games.lines[usual]
        sure = probability(said, curve_of, recipe.names)
        content = drawn(line, reads[usual], said.take(np.flatnonzero(sure >= SURE)), sure[sure >= SURE], recipe.names)
        shown = f"whole_game_policy_{recipe.league}.svg"
        alt = f"Frames a scout read of {line.frames.game.title}"
        return [{"task": task, "picture": shown, "alt": alt, "drawn": content}]

    return [
        *measured(task, ("basketball", "moments_scout"), build), *measured(task, ("soccer", "moments_scout"), build)
    ]  # fmt: skip


def drawn(line: Any, read: Any, found: Any, sure: NDArray[np.float64], names: Sequence[str]) -> str:
    """Return the SVG of a reading: the moments found and how sure, what is logged, and the frames read."""
    from sportsai.report.scores.reading import reading
    from sportsai.report.scores.sheet import style

    events = pd.DataFrame({
        "type": np.array(names, object)[found.label], "period": found.game, "t_s": found.at, "score": sure,
    })  # fmt: skip
    tracks = line.frames.game.tracks
    run = {
        "types": list(names), "share_read": read.share, "frames_read": len(read.frame), "frames_total": len(line),
        "read_at": tracks.frame[line.frames.row[read.frame]].tolist(), "round": read.round.tolist(),
        "logged": {n: [[int(p), float(t)] for p, t in zip(line.period[line.label == k], line.at_s[line.label == k],
                                                          strict=True)] for k, n in enumerate(names)},
    }  # fmt: skip
    with style():
        return reading(line.frames.game, events, run).svg().decode()


def shots_alone(keep: Path) -> list[dict[str, Any]]:
    """Return how many shots a scout finds at 5 % of the frames that asks about shots alone. Needs trainings in `keep`;
    those kept without weights are left out."""
    task = "Shots alone, at 5 % of the frames"

    def build(recipe: Any, games: Any) -> list[dict[str, Any]]:
        from sportsai.whole.parts import parts
        from sportsai.whole.reading import scout
        from sportsai.whole.score import WITHIN_S, score
        from sportsai.whole.trials import kept_trial, moments, taught_model, teacher_of

        (part,), d, k = parts(games, recipe)[:1], recipe.data, recipe.names.index("shot")
        lines, own = [games.lines[i] for i in part.test], teacher_of(recipe)
        ways: dict[str, dict[str, Any]] = {
            "asks about shots alone": {"only": (k,)}, "asks about all": {}, "an even grid": {"start": 1.0},
        }  # fmt: skip
        found: dict[str, list[float]] = {name: [] for name in ways}
        whole = []
        for seed in (0, 1, 2):
            model = taught_model(recipe, games, part, "scout", seed, keep)
            teacher = kept_trial(own, games, part, own.model, seed, keep)
            if model is None or teacher is None:
                continue
            dense = score(lines, [moments(own, games.lines[i], teacher.heat[i]) for i in part.test], recipe.names)
            whole.append(dense.each[0][k])
            for name, how in ways.items():
                said = [scout([model], line, 0.05, gaps=d.gaps, ball_only=d.ball_only, **how).heat for line in lines]
                spotted = [moments(recipe, line, h) for line, h in zip(lines, said, strict=True)]
                found[name].append(score(lines, spotted, recipe.names, WITHIN_S[:1]).each[0][k])
        return [
            {"task": task, "way": name, "AP shot": f"{np.mean(ap):.3f}", "seeds": len(ap),
             "of dense": f"{np.mean(ap) / np.mean(whole):.1%}"} for name, ap in found.items() if ap
        ]  # fmt: skip

    return measured(task, ("basketball", "moments_scout"), build)


def masked(keep: Path) -> list[dict[str, Any]]:
    """Return what a dense model finds where nothing beyond a stop of the clock is shown to it.

    A wide receptive field reads the stoppage after a shot. Here each stretch of play between stops is told alone, to a
    model that is not told of stops: it sees no frame from beyond one, nor how long it was. Needs the first training of
    the recipe's model, not told of gaps, in `keep`.
    """
    task = "With all that lies beyond a stop of the clock hidden"

    def build(recipe: Any, games: Any) -> list[dict[str, Any]]:
        from sportsai.whole.compare import headline
        from sportsai.whole.heat import heat
        from sportsai.whole.parts import parts
        from sportsai.whole.score import WITHIN_S, score
        from sportsai.whole.trials import moments, seen_of, taught_model

        recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"gaps": False})})
        lines: list[Any] = []
        said: dict[str, list[Any]] = {"all frames shown": [], "beyond stops hidden": []}
        for part in parts(games, recipe):
            model = taught_model(recipe, games, part, recipe.model, 0, keep)
            if model is None:
                return []
            for i in part.test:
                line = games.lines[i]
                seen = seen_of(line, recipe)
                lines.append(line)
                for name, stretches in zip(said, (line.stretches(), line.unbroken()), strict=True):
                    told = heat([model], seen.x, seen.names, stretches)
                    said[name].append(moments(recipe, line, told))
        rows = []
        for name, found in said.items():
            s = score(lines, found, recipe.names)
            near, far = shots_by_stop(lines, found, recipe.names.index("shot"))
            rows.append({
                "task": task, "of": recipe.title, "shown": name, headline(WITHIN_S[0]): f"{s.mean[0]:.3f}",
                **{f"AP {k}": f"{v:.3f}" for k, v in zip(recipe.names, s.each[0], strict=True)},
                f"shots found, a stop within {STOP_S:g} s": "" if np.isnan(near) else f"{near:.0%}",
                "shots found, none": "" if np.isnan(far) else f"{far:.0%}",
            })  # fmt: skip
        return rows

    say = (
        "The same first training, not told how long the clock stood. Shots found: among as many findings a game, the "
        "surest, as it has shots."
    )
    rows = [*measured(task, ("basketball", "moments"), build), *measured(task, ("soccer", "moments"), build)]
    return [*rows, {"task": task, "say": say}] if rows else []


def shots_by_stop(lines: Sequence[Any], found: Sequence[Any], k: int, within_s: float = 2.5) -> tuple[float, float]:
    """Return the share of shots (class k) found that a stop follows within STOP_S, and of those none does."""
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for line, said in zip(lines, found, strict=True):
        stops = np.array([e - 1 for _, e in line.unbroken()])
        when, period = line.frames.t_s[stops], line.frames.period[stops]
        said = said.take(said.label == k)
        said = said.take(np.argsort(-said.score, kind="stable")[: int((line.label == k).sum())])
        for p, at in zip(line.period[line.label == k], line.at_s[line.label == k], strict=True):
            ahead = when[period == p] - at
            soon = bool(((ahead >= -line.step_s) & (ahead <= STOP_S)).any())
            hits[soon].append(bool((np.abs(said.at[said.game == p] - at) <= within_s).any()))
    near, far = (float(np.mean(hits[b])) if hits[b] else float("nan") for b in (True, False))
    return near, far


__all__ = ["masked", "policies", "shots_alone"]
