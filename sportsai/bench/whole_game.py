"""Whole games: how many of their moments are found, by all frames and by a few, and what it costs.

NBA quarters against the play-by-play as logged, soccer matches from the ball alone. The accuracy-against-frames-read
curve is the figure that matters. Trainings are kept in `runs/whole`, so that a run that was stopped goes on.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench import _scores
from sportsai.bench._built import built
from sportsai.bench._frames import agents, baskets, highlights, labels, scouts, streams
from sportsai.bench._one_match import one_match
from sportsai.bench._policies import masked, policies, shots_alone
from sportsai.bench._process import environment
from sportsai.bench._scores import kept, progress, rows_of
from sportsai.errors import DataError

TITLE = "moments of whole games, and the frames read for them"
KEEP = Path("runs/whole")
SEEDS = (0, 1, 2)
DENSE = (("basketball", "moments"), ("soccer", "moments"))
STOPS = DENSE[:1]  # frames with the clock stopped are not in the file: told of these gaps, and not
SCOUTS = (("basketball", "moments_scout"), ("soccer", "moments_scout"))
MODELS = ("spot_conv", "spot_gru", "ball_rule", "chance")
DETECTORS = ("track_action_former",)
PLAIN = ("spot_conv", "ball_rule", "chance")
READ = {"basketball": ("scout", "even", "undecided"), "soccer": ("scout", "even")}
NOTE = (
    "mAP is the mean over classes of all-point interpolated AP (AP-voc) as precise event spotting counts it: each "
    "finding, surest first, takes the nearest free moment of its class within the tolerance. Games that were not seen, "
    "95 % by game, as many seeds as the column says. The budget's denominator is the frames of play in the file. Shots "
    "found: of logged shots those with a finding within 2.5 s, of as many findings a game, the surest, as the budget "
    "would buy windows of 1.6 s (16 frames at 10 Hz)."
)
QUARTER_CPU_S, MATCH_CPU_S = 0.5, 10.0
_SPEED = """
import json, resource, time, sys
import numpy as np, torch
from sportsai.learn.recipe import load_recipe
from sportsai.learn.weights import find_weights, load_weights
from sportsai.whole.heat import heat
from sportsai.whole.parts import whole_games
from sportsai.whole.reading import scout
from sportsai.whole.trials import seen_of
torch.set_num_threads(1)
league, name, how, budget = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
recipe = load_recipe(league, name)
recipe = recipe.instead("scout" if how == "scout" else "spot_conv")
recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"pace": how != "scout", "gaps": False})})
line = whole_games(recipe).lines[0]
model = recipe.module_of(recipe.model).Model(recipe.config()).eval()
times, before = [], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(3):
    start = time.process_time()
    if how == "scout":
        read = scout([model], line, budget, ball_only=recipe.data.ball_only).share
    else:
        seen = seen_of(line, recipe)
        heat([model], seen.x, seen.names, line.stretches())
        read = 1.0
    times.append(time.process_time() - start)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps([sorted(times)[1], read, len(line), grown]))
"""


def run(quick: bool = False, parts: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return a row for each model, each share of frames read, each way of reading, and what a game costs.

    quick: one seed. parts: of PARTS, the only ones measured; all when none. Tasks whose data are not here are said and
    left out.
    """
    seeds = SEEDS[:1] if quick else SEEDS
    return [row for name, part in PARTS.items() if not parts or name in parts for row in part(seeds)]


def dense(seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Return how well models that read every frame do, with and without being told how long the clock stood."""
    from sportsai.learn.recipe import load_recipe
    from sportsai.whole.compare import compare
    from sportsai.whole.parts import whole_games

    found: list[dict[str, Any]] = []
    for of in DENSE:
        recipe = load_recipe(*of)
        try:
            games = whole_games(recipe)
        except DataError as missing:
            found.append({"task": recipe.title, "say": f"not measured: {missing}"})
            continue
        for own in gaps_or_not(recipe) if of in STOPS else [recipe]:
            models = PLAIN if of not in STOPS else MODELS if own is recipe else PLAIN[:1]
            table = compare(own, games, models, seeds=seeds, keep=KEEP, progress=progress(own.title))
            found += [
                *rows_of(table),
                {"task": own.title, "say": f"{table['note']} Best on validation: {table['best']}."},
            ]
    return found


def detector(seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Return how well a detector of segments does on NBA quarters, as ActionFormer detects actions."""
    from sportsai.learn.recipe import load_recipe
    from sportsai.whole.compare import compare
    from sportsai.whole.parts import whole_games

    recipe = load_recipe(*DENSE[0])
    task = f"{recipe.title}, by a detector of segments"
    try:
        games = whole_games(recipe)
    except DataError as missing:
        return [{"task": task, "say": f"not measured: {missing}"}]
    own = recipe.model_copy(update={"title": task})
    table = compare(own, games, DETECTORS, seeds=seeds, keep=KEEP, progress=progress(task))
    return [*rows_of(table), {"task": task, "say": table["note"]}]


def gaps_or_not(recipe: Any) -> list[Any]:
    """Return a recipe as it is and, named so, with it the other way round whether gaps in the clock are told."""
    other = recipe.data.model_copy(update={"gaps": not recipe.data.gaps})
    told = ", told of gaps in the clock" if other.gaps else ", not told of gaps in the clock"
    return [recipe, recipe.model_copy(update={"data": other, "title": recipe.title + told})]


def curves(seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Return accuracy against frames read."""
    from sportsai.learn.recipe import load_recipe
    from sportsai.whole.curve import HOWS, points, scouted
    from sportsai.whole.parts import parts, whole_games
    from sportsai.whole.trials import seen_all

    found: list[dict[str, Any]] = []
    for of in SCOUTS:
        recipe = load_recipe(*of)
        try:
            games = whole_games(recipe)
        except DataError as missing:
            found.append({"task": recipe.title, "say": f"not measured: {missing}"})
            continue

        def rows(own: Any = recipe, games: Any = games) -> list[dict[str, Any]]:
            seen = dict(enumerate(seen_all(games, own, range(len(games)))))
            every, hows = parts(games, own), READ[own.league]
            return points(own, games, *scouted(own, games, seen, every, seeds, KEEP, hows, _epochs(own.title)))

        each = kept(KEEP / _scores.named("curve", recipe, games, tuple(seeds)), rows)
        for r in each:
            how = "every frame, dense" if r["how"] == "dense" else HOWS[r["how"]]
            low, high = r["interval"]
            found.append({
                "task": recipe.title, "read": f"{r['budget']:.0%}", "how": how, "mAP ±2.5 s": f"{r['mAP'][0]:.3f}"
                + (f" ± {r['sd']:.3f}" if r["seeds"] > 1 else ""), "mAP ±5 s": f"{r['mAP'][1]:.3f}",
                "95 %": f"{low:.3f} – {high:.3f}", "of dense": _percent(r["share"]),
                **{f"AP {k}": f"{v:.3f}" for k, v in r["AP"].items()},
                "shots, of dense": _percent(r.get("share, shots")), "shots found": _percent(r.get("shots found")),
                "shots found, dense": _percent(r.get("shots found, dense")), "seeds": r["seeds"],
            })  # fmt: skip
        shown = f"whole_game_{recipe.league}.svg"
        alt = "Accuracy against the share of frames read"
        found.append({"task": recipe.title, "picture": shown, "alt": alt, "points": each})
    return found


def _epochs(title: str) -> Callable[[int, int, str], None]:
    """Return what tells how far a training is, a line an epoch."""

    def said(done: int, total: int, text: str) -> None:
        print(f"{title}: epoch {done} of {total}, {text}", file=sys.stderr, flush=True)

    return said


def pictures(rows: list[dict[str, Any]], folder: Path) -> list[Path]:
    """Draw the curves and the policies the page links, into the folder it lies in."""
    from sportsai.report.scores.curve import draw_curve
    from sportsai.report.scores.sheet import write_picture

    curves = [draw_curve(row["task"], row["points"], folder / row["picture"]) for row in rows if "points" in row]
    return [*curves, *(write_picture(folder / row["picture"], row["drawn"].encode()) for row in rows if "drawn" in row)]


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.1%}"


def lateness() -> list[dict[str, Any]]:
    """Return how late the NBA's log is, against the ball's highest point and against when it left the hands."""
    from sportsai.learn.recipe import load_recipe
    from sportsai.whole.lateness import late_shots
    from sportsai.whole.parts import whole_games

    task = "How late the log is"
    try:
        games = whole_games(load_recipe("basketball", "moments"))
    except DataError as missing:
        return [{"task": task, "say": f"not measured: {missing}"}]
    top, release, share = late_shots(games.lines)
    rows = [
        {"task": task, "against": name, "median_s": round(float(np.median(v)), 2),
         "half between": "{:.2f} – {:.2f}".format(*np.percentile(v, [25, 75])), "shots": len(v)}
        for name, v in (("the ball's highest point", top), ("the ball leaving the hands", release))
    ]  # fmt: skip
    say = (
        f"Of logged shots {share:.1%} have a flight to a ring in the 8 s before the log's second; the rest are "
        "blocked, tipped, or happened where no frame is."
    )
    return [*rows, {"task": task, "say": say}]


def speed() -> list[dict[str, Any]]:
    """Return what a quarter and a match cost after reading the file, in a process of their own, untrained networks."""
    cases = [("basketball", "moments", "scout", 0.05, QUARTER_CPU_S, "an NBA quarter"),
             ("basketball", "moments", "dense", 1.0, None, "an NBA quarter"),
             ("soccer", "moments", "scout", 0.02, MATCH_CPU_S, "a soccer match"),
             ("soccer", "moments", "dense", 1.0, None, "a soccer match")]  # fmt: skip
    rows: list[dict[str, Any]] = []
    for league, name, how, budget, most, what in cases:
        done = subprocess.run([sys.executable, "-c", _SPEED, league, name, how, str(budget)], env=environment(),
                              stdout=subprocess.PIPE, check=False, text=True)  # fmt: skip
        if done.returncode:
            rows.append({"task": "speed", "say": f"not measured: {what}, {how}"})
            continue
        cpu, read, frames, grown = json.loads(done.stdout.strip().splitlines()[-1])
        rows.append({"task": "speed", "case": f"{what}, {how}", "cpu_s": round(cpu, 3), "frames": frames,
                     "read": f"{read:.1%}", "MB more": round(grown), "target": f"<= {most:g}" if most else None,
                     "ok": None if most is None else cpu <= most})  # fmt: skip
    return rows


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows, under how they were made."""
    return ["", NOTE, *_scores.page(rows)]


PARTS: dict[str, Callable[[Sequence[int]], list[dict[str, Any]]]] = {
    "dense": lambda seeds: dense(seeds),
    "detector": lambda seeds: detector(seeds),
    "one_match": lambda seeds: one_match(seeds, KEEP),
    "curves": lambda seeds: curves(seeds),
    "looked": lambda seeds: [*shots_alone(KEEP), *policies(KEEP), *masked(KEEP)],
    "scouts": lambda seeds: scouts(seeds, KEEP),
    "agents": lambda seeds: agents(seeds, KEEP),
    "built": lambda seeds: built(seeds, KEEP, lambda said: print(said, file=sys.stderr, flush=True)),
    "labels": lambda seeds: labels(seeds, KEEP),
    "highlights": lambda seeds: [*highlights(seeds, KEEP), *baskets(seeds, KEEP)],
    "streams": lambda seeds: streams(seeds, KEEP),
    "lateness": lambda seeds: lateness(),
    "speed": lambda seeds: speed(),
}

__all__ = ["PARTS", "TITLE", "curves", "dense", "lateness", "page", "pictures", "run", "speed"]
