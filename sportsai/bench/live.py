"""Following games live: does it say what the batch run says, how late, and at what cost?

match    a real match as a file: events beside the batch run's, how long each waited, processor time, memory; all of it,
         or --minutes around half-time
others   the same for stretches and games of other providers and sports
pace     a real stretch over loopback at its real 25 frames a second: from a frame's arrival to the line of its event
network  one question to each network that ships, torch beside onnxruntime, and what it means for the whole
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._footage import Part, rows_of
from sportsai.bench._live_games import EVERY_S, Followed, as_set, followed, other_games, said_of_whole, the_match
from sportsai.bench._live_network import network
from sportsai.bench._live_pace import pace

TITLE = "Live: events while a game is played"
NOTE = (
    "One thread. A question every 0.5 s of play. Delays are seconds of play from an event (a carry, a stretch: from "
    "its end) to the frame with which it was said; what is said only because the feed ended is not counted."
)
AT_ONCE = 3  # processes
MINUTES = None
SAME = 2e-5  # float error: the largest difference of a probability that passes
RATES = (10, 25)


def run(quick: bool = False, parts: tuple[str, ...] = (), minutes: float | None = MINUTES) -> list[dict[str, Any]]:
    """Return the rows of every part, or of those asked for. quick: five minutes of the match, short stretches.

    minutes: of the match, those around half-time; all of it when None.
    """
    return rows_of({**PARTS, "match": partial(match, minutes=minutes)}, quick, parts)


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows."""
    from sportsai.bench import _scores

    return ["", NOTE, *_scores.page(rows)]


def match(quick: bool, minutes: float | None = MINUTES) -> list[dict[str, Any]]:
    """Return, of a match followed as a file: events beside the batch run's, delays, and what it took."""
    return [*_ahead(), *_followed(partial(the_match, minutes=minutes), quick, "a match")]


def others(quick: bool) -> list[dict[str, Any]]:
    """Return the same of stretches and games of other providers and sports."""
    say = (
        "Not followed live: volleyball and American football, for which no live model is; hockey's Olympic tracking, "
        "which has no puck; highlights, moments and shots, whose models score whole games. Beside the reader: where "
        "two people stand at the very same place, the order in which a file has them decides who is nearest."
    )
    rows = _followed(other_games, quick, "other games")
    return [*rows, {"task": "Same events as the batch run: other games", "say": say}]


def _followed(make: Callable[[Path, bool], Iterator[Followed]], quick: bool, which: str) -> list[dict[str, Any]]:
    same: list[dict[str, Any]] = []
    late: list[dict[str, Any]] = []
    load: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for game in make(Path(folder), quick):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                each = list(pool.map(partial(followed, game), game.models))
            for model, told in zip(game.models, each, strict=True):
                same += _same(game, model, told)
                late += [_late(game, model, told)] if game.whole else []
                load += [_load(game, model, told)] if game.whole else []
    tables = {"Same events as the batch run": same, "How long events waited": late, "What it takes": load}
    says = {
        "Same events as the batch run": "Live reads a line at a time and never back; the batch run is that of "
        "`sportsai analyse`, `phases` or the plain rule on the finished game. Same: event, frame, player, team, "
        f"others, evidence, and probability within {SAME:g}.",
        "What it takes": f"{AT_ONCE} processes at a time. Feeds a core: 60 over the processor seconds of a minute of "
        "the feed. Memory of the process after 10 minutes, at the end, and at most; models and libraries are in it.",
    }  # fmt: skip
    out = [{"task": f"{task}: {which}", **row} for task, rows in tables.items() for row in rows]
    return [*out, *({"task": f"{task}: {which}", "say": say} for task, say in says.items())]


def _same(game: Followed, model: str, told: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for what, finished in game.finished.items():
        batch, live = said_of_whole(finished(), model), as_set(told["events"])
        theirs = as_set(batch.to_dict("records"))
        both = [(theirs[k], live[k]) for k in set(theirs) & set(live)]
        evidence = sum(a[:3] != b[:3] for a, b in both)
        apart = max((abs(a[3] - b[3]) for a, b in both if a[3] is not None and b[3] is not None), default=0.0)
        missing, more = len(set(theirs) - set(live)), len(set(live) - set(theirs))
        ok = not (missing or more or evidence) and apart <= SAME and len(live) == len(told["events"])
        row = {
            "case": f"{game.title}, {model}", "frames": told["frames"], "beside": what, "batch": len(batch),
            "live": len(live), "missing": missing, "more": more, "other_evidence": evidence,
            "probability_apart": f"{apart:.0e}" if apart else "0", "given_up": told["lost"],
        }  # fmt: skip
        rows.append(row | ({"ok": bool(ok)} if what == "the same frames" else {}))
    return rows


def _late(game: Followed, model: str, told: dict[str, Any]) -> dict[str, Any]:
    from fractions import Fraction

    from sportsai.court import load_league
    from sportsai.live.follow import model_for, weights_of

    rules = load_league(game.league)
    name, module = model_for(rules.sport, model)
    parts = module.latency(weights_of(module, rules, None), Fraction(told["rate_hz"]).limit_denominator(1001))
    most = sum(p.most_s for p in parts) + EVERY_S
    delays = np.array([e["delay_s"] for e in told["events"] if e["told_at_frame"] < told["last_frame"]])
    row = {"case": f"{game.title}, {name}", "rate_hz": round(told["rate_hz"], 2), "events": len(delays)}
    if len(delays):
        median, p95 = np.quantile(delays, [0.5, 0.95])
        row |= {
            "median_s": round(float(median), 1),
            "p95_s": round(float(p95), 1),
            "max_s": round(float(max(delays)), 1),
        }
    return row | {"stated_most_s": round(most, 1), "later_than_stated": int((delays > most + 1e-6).sum())}


def _load(game: Followed, model: str, told: dict[str, Any]) -> dict[str, Any]:
    minutes = told["frames"] / told["rate_hz"] / 60
    each = told["cpu_s"] / minutes
    memory = [mb for _, mb in told["memory"]]
    row = {"case": f"{game.title}, {model}", "minutes": round(minutes, 1), "cpu_s_a_minute": round(each, 2),
           "feeds_a_core": int(60 / each), "asked_by": told["by"]}  # fmt: skip
    if len(memory) > 2:
        row |= {"MB_10_min": round(memory[1]), "MB_end": round(memory[-1]), "MB_most": round(max(memory))}
    return row


def _ahead() -> list[dict[str, Any]]:
    """Return how far each model looks ahead, in frames and in seconds, as its configuration says."""
    from fractions import Fraction

    from sportsai.court import load_league
    from sportsai.live.follow import model_for, weights_of
    from sportsai.live.models import frame_labels
    from sportsai.sequence_models import multi_lstm

    task, rules, rows = "What a model waits for", load_league("soccer"), []
    for name in ("recognise", "frame_labels", "control"):
        _, module = model_for("soccer", name)
        weights = weights_of(module, rules, None)
        row: dict[str, Any] = {"task": task, "case": f"{name}: {module.TITLE}"}
        for rate in RATES:
            parts = module.latency(weights, Fraction(rate))
            row[f"frames_{rate}_Hz"] = round(sum(p.most_s for p in parts) * rate)
        row |= {"least_s": round(sum(p.least_s for p in parts), 1), "most_s": round(sum(p.most_s for p in parts), 1)}
        rows.append(row)
    labels = weights_of(model_for("soccer", "frame_labels")[1], rules, None)
    assert labels is not None
    step = 1 / float(labels.recipe.data.rate_hz)
    for rung in ("lstm", "multi"):
        config = multi_lstm.Config(rung=rung)
        late = (frame_labels.frames_late(config) + 1) * step
        rows.append({"task": task, "case": f"frame_labels by a MultiLSTM of your own ({rung}, N = {config.window})",
                     **{f"frames_{r}_Hz": round(late * r) for r in RATES}, "least_s": round(late, 1),
                     "most_s": round(late, 1)})  # fmt: skip
    say = f"Frames and seconds of play after the event; to them comes the wait for a question, at most {EVERY_S:g} s. "
    say += "A MultiLSTM's answer about a frame is final N - 1 frames later, at the 5 Hz that the labels are read at."
    return [*rows, {"task": task, "say": say}]


PARTS: dict[str, Part] = {"match": match, "others": others, "pace": pace, "network": network}
