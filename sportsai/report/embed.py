"""Text that travels inside a <script>: no name, however it is spelt, can end it or start another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from sportsai.report.clips import QUANTUM_M, Reel
from sportsai.report.material import Material
from sportsai.report.plays import Play
from sportsai.report.svg import court_paths

_UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def script_json(value: Any) -> Markup:
    """Return `value` as JSON that is safe between <script> and </script>: <, >, & and line separators escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False)
    return Markup(text.translate(_UNSAFE))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} does not travel")


def viewer_data(
    m: Material, plays: Sequence[Play], events: int, reels: Sequence[Reel], lists: dict[str, list[int]], model: str
) -> dict[str, Any]:
    """Return what viewer.js reads: court, people, reels and plays; the first `events` plays are the events."""
    t = m.tracks
    number = {p.id: i for i, p in enumerate(m.game.roster)}
    who = [(p.key, p.others) for p in plays]
    acting = [int(s) for s in m.events["side"]] + [p.side for p in plays[events:]]
    return {
        "court": {"l": m.court.length_m, "w": m.court.width_m, "paths": court_paths(m.court)},
        "quantum": QUANTUM_M,
        "rate": float(t.rate_hz) if t is not None else 1.0,
        "teams": list(m.names),
        "ball": m.words.ball,
        "periods": {str(p): m.period_name(p) for p in m.periods},
        "known": {str(p): m.directions.get(p) for p in m.periods},
        "model": model,
        "players": [[p.display, p.number] for p in m.game.roster],
        "slots": [] if t is None else [[number.get(s.player_id or "", -1), s.side] for s in t.slots],
        "reels": [[r.start, r.step, r.samples, r.data] for r in reels],
        "events": events,
        "plays": [
            [
                p.title,
                p.when,
                p.period,
                p.frame,
                *p.evidence,
                *p.shown,
                p.side,
                p.type,
                number.get(key or "", -1),
                [number[i] for i in others if i in number],
                None if p.probability is None else round(p.probability, 3),
                None if p.sure is None else round(p.sure, 3),
                int(p.trained),
                p.note,
                by,
                p.event,
            ]
            for p, (key, others), by in zip(plays, who, acting, strict=True)
        ],
        "lists": lists,
    }
