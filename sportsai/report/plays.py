"""What the viewer can play: every event and every other number with frames, and the reels that hold their positions."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from sportsai.report.clips import Reel, reel, spans, thinning
from sportsai.report.material import Material
from sportsai.report.moments import Moment
from sportsai.report.players import PlayerLine
from sportsai.report.remarks import classes_text, remarks

BEFORE_S, AFTER_S = 1.0, 2.0  # context shown about the evidence frames
MOST_BYTES = 3_400_000  # of all reels together; more, and they are thinned

Frames = tuple[int, int]


@dataclass(frozen=True)
class Play:
    """Frames to show and what to say beside them.

    frame: the moment itself; evidence, shown: [start, end) frames. side: attacks right while shown. key: the key
    player's id. others: ids. probability: None for a log, and for what a person said. sure: probability that the key
    player is right. event: the id of the event it shows, "" of other plays.
    """

    title: str
    period: int
    when: str
    frame: int
    evidence: Frames
    shown: Frames
    side: int
    type: str
    key: str | None = None
    others: tuple[str, ...] = ()
    probability: float | None = None
    sure: float | None = None
    trained: bool = False
    note: str = ""
    event: str = ""


@dataclass
class Evidence:
    """Links from numbers to plays: names each list of plays once and writes the links to it.

    shown: every play of the file; the game's events come first, in their order.
    """

    lists: dict[str, list[int]] = field(default_factory=dict)
    shown: list[Play] = field(default_factory=list)

    def add(self, plays: Sequence[Play]) -> list[int]:
        """Take plays in, and return their numbers."""
        self.shown += plays
        return list(range(len(self.shown) - len(plays), len(self.shown)))

    def clips(self, text: object, name: str, plays: Sequence[Play], anchor: str) -> Markup:
        """Return `text` as a link that opens plays that are no events."""
        return self.plays(text, name, self.add(plays), anchor)

    def plays(self, text: object, name: str, indices: Sequence[int], anchor: str = "how") -> Markup:
        """Return `text` as a link that opens these plays (without scripts: the place that explains the number)."""
        if not len(indices):
            return Markup('<span class="num">{}</span>').format(text)
        self.lists[name] = [int(i) for i in indices]
        return Markup('<a class="ev play" href="#{}" data-plays="{}">{}</a>').format(anchor, name, text)

    def figure(self, text: object, anchor: str) -> Markup:
        """Return `text` as a link to the figure or table it was read from."""
        return Markup('<a class="ev" href="#{}">{}</a>').format(anchor, text)


def event_plays(m: Material, moments: Sequence[Moment]) -> list[Play]:
    """Return a play for each row of the material's events, in the same order; key moments with what followed."""
    rate = float(m.tracks.rate_hz) if m.tracks is not None else 1.0
    by_index = {k.index: k for k in moments}
    return [_event_play(m, row, by_index.get(i), rate) for i, row in enumerate(m.events.to_dict("records"))]


def _event_play(m: Material, e: Mapping[Hashable, Any], k: Moment | None, rate: float) -> Play:
    start, end = int(e["start_frame"]), max(int(e["end_frame"]), int(e["start_frame"]) + 1)
    label = m.event_label(str(e["type"]))
    others = tuple(str(i) for i in e["other_ids"]) if isinstance(e["other_ids"], (list, tuple, np.ndarray)) else ()
    who = None if pd.isna(e["player_id"]) else str(e["player_id"])
    title = label
    if who is not None:
        title += f": {m.player_name(who)}"
        if others and e["type"] == "pass":
            title += f" to {m.player_name(others[0])}"
        elif others and e["type"] == "turnover":
            title += f", won by {m.player_name(others[0])}"
    side = int(e["side"]) if int(e["side"]) in (0, 1) else 0
    shown = (start - round(BEFORE_S * rate), end + round(AFTER_S * rate))
    note = ""
    if k is not None:
        side, note = k.side, k.title
        start_at = shown[0] if k.start_frame is None else min(shown[0], k.start_frame)
        shown = (start_at - round(rate), max(shown[1], k.end_frame + round(rate)))
        if k.frame is not None:  # pictured elsewhere than a log's clock says
            start, end, shown = k.frame, k.frame + 1, (start_at - round(rate), k.end_frame + round(rate))
    about = e["attributes"] if isinstance(e["attributes"], dict) else {}
    note = "\n".join([note, *remarks(m, about)] if note else remarks(m, about))
    return Play(
        title,
        int(e["period"]),
        m.clock(int(e["period"]), float(e["t_s"])),
        int(e["frame"]) if k is None or k.frame is None else k.frame,
        (start, end),
        shown,
        side,
        str(e["type"]),
        who,
        others,
        None if "correction" in about else _number(e["score"]),
        None if "correction" in about else _number(about.get("key_player_p")),
        about.get("trained_on") is True,
        note,
        str(e["event_id"]),
    )


def speed_plays(m: Material, lines: Sequence[PlayerLine]) -> list[tuple[str, Play]]:
    """Return (player id, play) of each player's top speed."""
    t = m.tracks
    if t is None:
        return []
    rate, out = float(t.rate_hz), []
    for line in lines:
        if line.top_frame is None or line.top_kmh is None:
            continue
        row = int(np.searchsorted(t.frame, line.top_frame))
        period, f = int(t.period[row]), line.top_frame
        out.append(
            (
                line.player.id,
                Play(
                    f"Top speed: {line.player.display}, {line.top_kmh:.1f} km/h",
                    period,
                    m.clock(period, float(t.t_s[row])),
                    f,
                    (f, f + max(2, round(0.5 * rate))),
                    (f - round(2.5 * rate), f + round(2.5 * rate)),
                    line.player.side,
                    "top speed",
                    line.player.id,
                ),
            )
        )
    return out


def start_plays(m: Material, starts: Sequence[Mapping[str, Any]]) -> list[Play]:
    """Return the plays of possessions told from their start."""
    t = m.tracks
    rate, out = float(t.rate_hz) if t is not None else 1.0, []
    for e in starts if t is not None else ():
        f, title = int(e["frame"]), f"Possession starts: {m.player_name(e.get('player'))}"
        shown = (f - round(BEFORE_S * rate), f + round(3 * AFTER_S * rate))
        when = m.clock(int(e["period"]), float(e["t_s"]))
        out.append(
            Play(title, int(e["period"]), when, f, (f, f + 1), shown, int(e["side"]), "possession", e.get("player"),
                 note=f"{classes_text(m, e['classes'])}, as the possession starts.")
        )  # fmt: skip
    return out


def possession_plays(m: Material, teams: Sequence[Mapping[str, Any]]) -> list[list[Play]]:
    """Return the plays of each team's possessions that a style rests on."""
    t = m.tracks
    if t is None:
        return [[] for _ in teams]
    rate, out = float(t.rate_hz), []
    for team in teams:
        side, mine = int(team["side"]), []
        for k, (start, end) in enumerate(team["frames"]):
            row = int(np.clip(np.searchsorted(t.frame, start), 0, t.T - 1))
            period, clock = int(t.period[row]), m.clock(int(t.period[row]), float(t.t_s[row]))
            title = f"Possession {k + 1} of {len(team['frames'])}: {m.names[side]}"
            shown = (start - round(BEFORE_S * rate), end + round(BEFORE_S * rate))
            mine.append(Play(title, period, clock, int(start), (int(start), int(end)), shown, side, "possession"))
        out.append(mine)
    return out


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float, np.floating)) and math.isfinite(value) else None


def reels(m: Material, plays: Sequence[Play]) -> list[Reel]:
    """Return the reels that hold what the plays show; thinned further where they would be too large together."""
    t = m.tracks
    if t is None:
        return []
    step = thinning(t)
    first, last = int(t.frame[0]), int(t.frame[-1]) + 1
    windows = [
        (max(first, p.shown[0]), min(last, p.shown[1])) for p in plays if p.shown[1] > first and p.shown[0] < last
    ]
    merged = spans(windows, join=round(float(t.rate_hz)))
    made: list[Reel] = []
    for thinner in (1, 2, 4):
        made = [reel(t, a, b, step * thinner) for a, b in merged]
        if sum(len(r.data) for r in made) <= MOST_BYTES:
            break
    return made


def opened(m: Material, plays: Sequence[Play]) -> list[Play]:
    """Return the plays as they open: from the first frame on, and to the last, in which a player or the ball was seen.

    The moment itself, and the frames it rests on, are always among those shown.
    """
    t = m.tracks
    if t is None:
        return list(plays)
    seen = t.frame[(m.observed | t.ball_present) & (t.period > 0)].astype(np.int64)
    out = []
    for p in plays:
        a, b = np.searchsorted(seen, p.shown)
        if a < b:
            first = max(p.shown[0], min(int(seen[a]), p.evidence[0], p.frame))
            last = min(p.shown[1], max(int(seen[b - 1]) + 1, p.evidence[1], p.frame + 1))
            out.append(replace(p, shown=(first, last)))
        else:
            out.append(p)
    return out


def esc(text: object) -> str:
    """Return text as HTML text."""
    return str(escape(str(text)))
