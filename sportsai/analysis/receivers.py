"""Who was likely to receive each recognised pass, from where everybody on camera stood as it was played?

Only positions up to the release are read. Who did receive it is what the recogniser saw of the ball afterwards.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from sportsai.analysis._found import (
    Found,
    Progress,
    asked,
    score_of,
    slots_by_id,
    slots_of,
    trained_on,
    with_attributes,
)
from sportsai.data.game import Game
from sportsai.data.windows import OWN
from sportsai.learn.weights import Weights
from sportsai.tasks.receivers import windows_at

TITLE = "who was likely to receive each pass"
SPORT = "soccer"
RECIPE = "receivers"
ON_EVENTS = True
SHOWN = 3  # of the likeliest receivers
LEAST_CHOICES = 3  # with fewer team-mates on camera nothing is told
NO_SENDER = "whose sender is not seen at the release"


def analyse(game: Game, events: pd.DataFrame, weights: Weights, progress: Progress | None = None) -> Found:
    """Return the events, each pass with its likeliest receivers and the place among them of who did receive it."""
    tracks, options = game.tracks, weights.recipe.data
    passes = np.flatnonzero((events["type"] == "pass").to_numpy())
    if tracks is None or not len(passes):
        return Found(events, notes=("No pass was recognised: no receivers are told.",) if tracks is not None else ())
    played = events.iloc[passes]
    sender = slots_of(tracks, played)
    windows, choices = windows_at(
        game, played["frame"], sender, length=weights.recipe.frames, players=options.players,
        intercepted=options.intercepted, earlier_s=options.earlier_s,
    )  # fmt: skip
    left = Counter({NO_SENDER: len(passes) - len(windows)})
    enough = choices.sum(1) >= LEAST_CHOICES
    few = f"with fewer than {LEAST_CHOICES} team-mates on camera"
    left[few] = int((~enough).sum())
    windows, choices = windows.take(enough), choices[enough]
    mates = choices & (windows.relation == OWN)
    p = np.exp(weights.model.scores(asked(windows, (), choices))) if len(windows) else np.zeros((0, windows.P))
    by_id = slots_by_id(tracks)
    told: dict[int, dict[str, Any]] = {}
    ranks: list[tuple[int, int]] = []
    for k, i in enumerate(passes[windows.request]):
        order = np.argsort(-np.where(choices[k], p[k], -1.0), kind="stable")[: int(choices[k].sum())]
        who = [tracks.slots[int(windows.slot[k, j])].player_id for j in order]
        facts: dict[str, Any] = {
            "likely_receivers": [[w, round(float(p[k, j]), 3)] for w, j in zip(who, order[:SHOWN], strict=False)],
            "receivers_seen": int(mates[k].sum()),
        }
        got = events["other_ids"].iloc[i]
        slots = by_id.get(str(got[0]), []) if len(got) else []
        place = next((n for n, j in enumerate(order) if int(windows.slot[k, j]) in slots), None)
        if place is not None:
            facts["receiver"] = {"id": str(got[0]), "rank": place + 1, "p": round(float(p[k, order[place]]), 3)}
            ranks.append((place + 1, int(events["side"].iloc[i])))
        told[int(i)] = facts
    left["whose receiver is not known, or was not on camera at the release"] = len(told) - len(ranks)
    part = {
        "passes": len(passes),
        "told": len(told),
        "known": len(ranks),
        "first": sum(r == 1 for r, _ in ranks),
        "among_three": sum(r <= SHOWN for r, _ in ranks),
        "by_side": [_side([r for r, s in ranks if s == side]) for side in (0, 1)],
        "seen": round(float(mates.sum(1).mean()), 1) if len(mates) else None,
        "left_out": {k: v for k, v in left.items() if v},
        "trained_on": trained_on(game, weights),
        "scores": score_of(weights),
    }
    return Found(with_attributes(events, told), part, _said(part), _notes(part), len(windows))


def _side(ranks: list[int]) -> dict[str, int]:
    return {"known": len(ranks), "first": ranks.count(1), "among_three": sum(r <= SHOWN for r in ranks)}


def _said(part: dict[str, Any]) -> tuple[str, ...]:
    if not part["known"]:
        return ()
    return (
        f"{part['first']} of {part['known']} passes went to the likeliest receiver, {part['among_three']} to one of "
        f"the {SHOWN} likeliest.",
    )


def _notes(part: dict[str, Any]) -> tuple[str, ...]:
    said = []
    if part["left_out"]:
        counts = "; ".join(f"{v} {k}" for k, v in part["left_out"].items())
        said.append(f"Receivers are told of {part['told']} of {part['passes']} passes. Left out or open: {counts}.")
    if part["told"]:
        said.append(
            f"A receiver is chosen among the team-mates on camera at the release, {part['seen']:.0f} on average: one "
            "off camera cannot be named."
        )
    return tuple(said)
