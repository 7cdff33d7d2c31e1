"""`track --budget` on rendered footage of matches its scout never saw: what a run over all frames has that it loses."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._footage import data
from sportsai.bench._scores import progress

LENGTH_S, BEFORE_S = 240.0, 30.0
SHARE, RATE_HZ = 0.05, 12
COUNTS = ("shots", "tracked", "frames", "glances", "court found", "frames tracked")


def budget(quick: bool) -> list[dict[str, Any]]:
    """Return how many shots lie in what is tracked of films, how much was watched for it, and what that saved."""
    from sportsai.analysis.scouting import RECIPE, TRACKED
    from sportsai.learn.recipe import load_recipe
    from sportsai.whole.parts import parts, whole_games
    from sportsai.whole.trials import taught_model

    recipe, keep = load_recipe("soccer", RECIPE), Path("runs") / "whole"
    games = whole_games(recipe, data("soccer"))
    task = "Rendered minutes of whole matches with --budget"
    rows: list[dict[str, Any]] = []
    for part in parts(games, recipe):
        model = taught_model(recipe, games, part, "scout", 0, keep)
        if model is None:
            return [{"task": task, "say": "Not measured: run `sportsai bench track --part glimpses` first."}]
        for game in part.test[: 1 if quick else None]:
            rows.append({"task": task} | _filmed(games.lines[game], model, seed=game))
        if quick:
            break
    whole = {k: sum(r[k] for r in rows) for k in COUNTS}
    whole |= {k: f"{sum(float(r[k]) for r in rows):.1f}" for k in ("CPU-minutes of glances", "CPU-minutes saved")}
    say = (
        f"Up to {LENGTH_S / 60:g} minutes of each match, those with the most shots, drawn as a broadcast: no picture "
        f"here was filmed. Each by weights that did not see the match, one seed. A run over all would watch {RATE_HZ} "
        f"frames a second and hold every shot; {SHARE:.0%} of these frames are glanced at, and at most {TRACKED:.0%} "
        "of the time tracked: shots not in it are lost. Saved: what MoveNet in tiles takes for the frames not "
        "watched, less the glances; few people are drawn, for few are in the data, and one tile is looked at: with "
        "the players in sight a frame takes about ten times as much (see the frames a second). Minutes with several "
        "shots are the hardest: eight seconds around each fill the fifth. Of whole matches, see the part above."
    )
    return [*rows, {"task": task, "film": "all"} | whole, {"task": task, "say": say}]


def _filmed(line: Any, model: Any, seed: int) -> dict[str, Any]:
    """Return the row of one match: its minutes drawn, scouted, and what of its shots is in the stretches found."""
    from sportsai.analysis.scouting import RECIPE, scouted
    from sportsai.court import load_league
    from sportsai.learn.blend import Blend
    from sportsai.learn.weights import find_weights, load_weights
    from sportsai.simulate.broadcast import HIGH_PX, WIDE_PX, film
    from sportsai.video.film import Writer
    from sportsai.video.watch import Asked

    league, game = load_league("soccer"), line.frames.game
    path = Path("runs") / "rendered" / f"{game.title}, {LENGTH_S:g} s.mp4".replace("/", "-")
    at = np.sort(line.at_s[(line.period == 1) & (line.label == 0)])
    first = float(game.tracks.t_s[game.tracks.period == 1][0])
    begun = max(at, key=lambda t: int(((at >= t) & (at < t + LENGTH_S - BEFORE_S)).sum())) - BEFORE_S
    begun = max(begun, first)
    if not path.exists():
        with Writer(path, (WIDE_PX, HIGH_PX), Fraction(RATE_HZ), quality=26) as writer:
            film(game, league, writer.write, begun - first, LENGTH_S, fps=RATE_HZ, seed=seed)
    shipped = load_weights(find_weights("soccer", RECIPE), "soccer", RECIPE)
    own = replace(shipped, model=Blend((replace(shipped.model.members[0], model=model),)))
    with tempfile.TemporaryDirectory() as runs:
        found = scouted(path, league, SHARE, Asked(rate_hz=RATE_HZ), weights=own, runs=Path(runs),
                        progress=progress(game.title))  # fmt: skip
        each = _watching(path, Path(runs))
    at = at[(at >= begun) & (at < begun + LENGTH_S)] - begun
    spans = np.array(found.stretches).reshape(-1, 2)
    inside = ((at[:, None] >= spans[:, 0]) & (at[:, None] < spans[:, 1])).any(1)
    tracked = round(float((spans[:, 1] - spans[:, 0]).sum()) * RATE_HZ)
    return {
        "film": game.title, "shots": len(at), "tracked": int(inside.sum()), "frames": found.of,
        "glances": found.glances, "court found": found.known, "frames tracked": tracked,
        "CPU-minutes of glances": f"{found.cpu_s / 60:.1f}",
        "CPU-minutes saved": f"{(each * (found.of - tracked) - found.cpu_s) / 60:.1f}",
    }  # fmt: skip


def _watching(path: Path, runs: Path) -> float:
    """Return the CPU-seconds that watching one frame of a film takes: MoveNet in tiles, two seconds of it, tiles laid
    before."""
    from sportsai.video.decode import look
    from sportsai.video.detectors import open_detector
    from sportsai.video.watch import Asked, watch

    footage, asked, folder = look(path), Asked(rate_hz=RATE_HZ, last_s=2.0), runs / "watched"
    detector = open_detector("movenet", threads=1)
    watch(footage, asked, detector, folder)
    for part in folder.glob("0*.npz"):
        part.unlink()
    begun = time.process_time()
    seen = watch(footage, asked, detector, folder)
    return (time.process_time() - begun) / len(seen.frame)
