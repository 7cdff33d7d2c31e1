"""What a season keeps of one game: its facts, its measures and its players in a few numbers, kilobytes at most."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import orjson

from sportsai.library import Library
from sportsai.library.atomic import write_bytes
from sportsai.report import usual
from sportsai.report.material import gather
from sportsai.report.measures import measured
from sportsai.report.players import player_lines

FORM = 1  # raised when a number comes to mean something else


def mark_of(library: Library, game_id: str) -> str:
    """Return what a game's summary depends on: its version, its runs and what people said of it."""
    return f"{library.version(game_id).name} {usual._mark(library, game_id)}"


def summary(library: Library, game_id: str) -> dict[str, Any]:
    """Return what a season says of a game; its measures are kept for the reports of other games on the way.

    measures: [name, side, value, shown, what, anchor]. players: [id, name, side, events, minutes seen, metres, minutes
    in which metres are known].
    `mark` changes with the game's version, its runs and what people said of it.
    """
    m = gather(library, game_id)
    found = [k for k in measured(m) if np.isfinite(k.value)]
    mark = usual._mark(library, game_id)
    kept = {"mark": mark, "rows": [[k.name, k.side, k.value] for k in found]}
    with contextlib.suppress(OSError):
        write_bytes(library.version(game_id) / usual.FILE, orjson.dumps(kept))
    quality = m.quality or {}
    lines = [p for p in player_lines(m) if p.seen_min > 0 or p.key_events]
    return {
        "form": FORM,
        "mark": mark_of(library, game_id),
        "id": game_id,
        "league": m.game.league,
        "title": m.game.title,
        "date": m.game.date,
        "contest": str(m.game.extra.get("of_game") or game_id),
        "kind": m.game.kind,
        "covers": m.game.extra.get("covers"),
        "teams": [{"name": t.name, "short": t.abbreviation or t.display} for t in m.game.teams],
        "score": m.game.score,
        "provider": m.game.provider,
        "analysed": m.run is not None,
        "events": len(m.events),
        "observed": quality.get("observed_share"),
        "repaired": sum(int(n) for n in dict(m.game.repairs).values()),
        "measures": [[k.name, k.side, k.value, k.shown, k.what, k.anchor] for k in found],
        "players": [[p.player.id, p.player.display, p.player.side, p.key_events, round(p.seen_min, 2),
                     round(p.distance_m, 1), round(p.known_min, 2)] for p in lines],
    }  # fmt: skip
