"""One player: what was seen, where, each event with its probability, and the clips to show the player first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from sportsai.data import Player
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.heat import draw_cells
from sportsai.report.material import Material
from sportsai.report.moments import Moment, ranked
from sportsai.report.players import LEAST_MIN, PlayerLine, cells, player_lines
from sportsai.report.plays import Evidence, speed_plays
from sportsai.report.section import Cell, Clips, Column, Section, Table
from sportsai.report.svg import Frame, Svg
from sportsai.units import SPEED_BANDS_KMH

MOST_CLIPS = 4
NONE = "–"


@dataclass(frozen=True)
class Fact:
    """A number of the player's head: what, shown, and its range or what it rests on."""

    what: str
    shown: Markup | str
    note: str = ""


def best_and_worst(m: Material, player: Player) -> tuple[list[Moment], list[Moment]]:
    """Return the player's own events that the own side, and the other side, profited from most, each by rank."""
    who = m.events["player_id"].fillna("").to_numpy(object)
    mine = [k for k in ranked(m) if who[k.index] == player.id]
    best = [k for k in mine if k.side == player.side][:MOST_CLIPS]
    return best, [k for k in mine if k.side == 1 - player.side][:MOST_CLIPS]


def clip_lines(m: Material, evidence: Evidence, moments: list[Moment], name: str, anchor: str) -> tuple[Markup, ...]:
    """Return a line with a link for each moment."""
    out = []
    for n, k in enumerate(moments):
        e = m.events.iloc[k.index]
        link = evidence.plays(m.clock(int(e["period"]), float(e["t_s"])), f"{name}-{n}", [k.index], anchor)
        p = f", probability {k.probability:.2f}" if np.isfinite(e["score"]) else ""
        out.append(Markup("{} {}{}").format(link, k.title, p))
    return tuple(out)


def player_page(m: Material, evidence: Evidence, player: Player) -> dict[str, Any]:
    """Return what the template of a player's page writes."""
    lines = player_lines(m)
    line = next((v for v in lines if v.player.id == player.id), None)
    about = [m.names[player.side], f"number {player.number}" if player.number is not None else "",
             player.position or "", "in the starting line-up" if player.starter else ""]  # fmt: skip
    return {
        "name": player.display, "side": player.side, "about": " · ".join(v for v in about if v),
        "facts": _facts(m, evidence, line, lines) if line else [],
        "missing": "" if line else f"{player.display} was not seen, and is named in no event.",
        "sections": [s for s in (_where(m, line), _best(m, evidence, player), _events(m, evidence, player)) if s],
    }  # fmt: skip


def _facts(m: Material, evidence: Evidence, line: PlayerLine, lines: list[PlayerLine]) -> list[Fact]:
    out = []
    if line.seen_min > 0:
        share = f"{line.coverage:.0%} of the time on the {m.court.name or 'court'}" if line.coverage else ""
        minutes = f"{line.seen_min:.0f} min" if line.seen_min >= 2 else f"{60 * line.seen_min:.0f} s"
        out.append(Fact("Seen", minutes, share))
        out.append(Fact("Metres seen", f"{line.distance_m:,.0f}", f"in {line.known_min:.0f} min with known speed"))
    if line.metres_per_min is not None:
        others = [v.metres_per_min for v in lines if v.player.side == line.player.side and v.metres_per_min
                  and v is not line and not m.is_keeper(v.player)]  # fmt: skip
        note = f"team-mates: {np.mean(others):.0f} (n = {len(others)})" if others else ""
        out.append(Fact("Metres a minute", f"{line.metres_per_min:.0f}", note))
    top = dict(speed_plays(m, [line])).get(line.player.id)
    if top is not None and line.top_kmh is not None:
        link = evidence.clips(f"{line.top_kmh:.1f} km/h", "player-top", [top], "top")
        out.append(Fact("Top speed", link, "held for half a second"))
    for kind, count in (("pass", line.passes), ("turnover", line.turnovers)):
        if count.n:
            rows = m.events.index[(m.events["player_id"] == line.player.id) & (m.events["type"] == kind)]
            link = evidence.plays(f"{count.expected:.0f}", f"player-{kind}", list(rows), "player-events")
            out.append(Fact("Passes" if kind == "pass" else m.words_lost.capitalize(), link, count.range))
    return out


def _where(m: Material, line: PlayerLine | None) -> Section | None:
    t = m.tracks
    if line is None or t is None or line.seen_min <= 0:
        return None
    columns = [i for i, s in enumerate(t.slots) if s.player_id == line.player.id]
    seen = t.present[:, columns] & (t.period > 0)[:, None]
    figures = []
    for title, rows in (("seen", slice(None)), ("with", m.possession == line.player.side),
                        ("without", m.possession == 1 - line.player.side)):  # fmt: skip
        mask = seen if title == "seen" else seen & np.asarray(rows)[:, None]
        xy = t.xy[:, columns][mask] * m.facing(line.player.side)
        if len(xy) >= 60 * float(t.rate_hz) or (title == "seen" and len(xy)):
            figures.append(_heat(m, line, xy, title, len(xy) / float(t.rate_hz) / 60))
    bands = ", ".join(f"{n} {v:,.0f} m" for (n, _), v in zip(SPEED_BANDS_KMH, line.bands_m, strict=True))
    text = () if line.known_min <= 0 else (f"Metres by speed band: {bands}.",)
    how = f"Only what was on camera; the team attacks left to right. Rates and top speed from {LEAST_MIN:.0f} min on."
    return Section("player-where", "Where, and how fast", text=text, figures=tuple(figures), how=how)


def _heat(m: Material, line: PlayerLine, xy: np.ndarray, what: str, minutes: float) -> Figure:
    own = float((xy[:, 0] < 0).mean())
    name, side = line.player.display, {"seen": "", "with": f" with the {m.words.ball}", "without":
                                       f" without the {m.words.ball}"}[what]  # fmt: skip
    title = f"{name} is in the own half {own:.0%} of the time" + (side or " seen")
    f = Frame(m.court)
    svg = Svg(f.width, f.height + 16, f"Heat map. {title}.")
    f.draw(svg)
    draw_cells(svg, f, cells(m, xy, m.court.length_m / 30), blur=0.8)
    f.draw_lines(svg)
    f.arrow(svg, m.names[line.player.side])
    n = f"{minutes:.0f} min" if minutes >= 2 else f"{60 * minutes:.0f} s"
    return Figure(title, f"n = {n} seen; darker: longer", svg.markup(), f"player-heat-{what}")


def _best(m: Material, evidence: Evidence, player: Player) -> Section | None:
    best, worst = best_and_worst(m, player)
    clips = []
    for moments, title, name in ((best, "Most worth to the team", "player-best"),
                                 (worst, "Most worth to the other team", "player-worst")):  # fmt: skip
        if moments:
            clips.append(Clips(title, clip_lines(m, evidence, moments, name, "player-clips")))
    if not clips:
        return None
    how = (
        "The player’s own events, ranked as key moments are: by probability, nearness to the attacked "
        f"{m.words.goal}, ground gained after and whether the {m.words.ball} came into the {m.words.box or 'box'}."
    )
    return Section("player-clips", "Clips to show first", clips=tuple(clips), how=how)


def _events(m: Material, evidence: Evidence, player: Player) -> Section | None:
    e = m.events
    key = e["player_id"].fillna("") == player.id
    beside = np.array([player.id in {str(o) for o in others} for others in e["other_ids"]], bool) & ~key.to_numpy()
    mine = e[key | beside]
    if not len(mine):
        return None
    rows = []
    for i, one in zip(mine.index, mine.to_dict("records"), strict=True):
        when = m.clock(int(one["period"]), float(one["t_s"]))
        score = float(one["score"])
        sure = (one["attributes"] or {}).get("key_player_p") if isinstance(one["attributes"], dict) else None
        order = int(one["period"]) * 1e5 + float(one["t_s"])
        rows.append((
            Cell(evidence.plays(when, f"player-event-{i}", [int(i)], "player-events"), order),
            Cell(m.event_label(str(one["type"])), str(one["type"])),
            Cell("key player" if key[i] else "beside", "a" if key[i] else "b"),
            Cell(f"{score:.2f}" if np.isfinite(score) else "logged", score if np.isfinite(score) else 1.0),
            Cell(f"{sure:.2f}" if isinstance(sure, (int, float)) else NONE,
                 float(sure) if isinstance(sure, (int, float)) else None),
        ))  # fmt: skip
    counts = ", ".join(f"{m.event_label(str(k)).lower()} {n}" for k, n in e[key]["type"].value_counts().items())
    title = f"{int(key.sum())} events as key player" + (f": {counts}" if counts else "")
    columns = (Column("When"), Column("Event", False), Column("Part", False), Column("Probability"),
               Column("Of the person"))  # fmt: skip
    note = "Every event the player took part in; probability of the event, and of the person, as the model says"
    return Section("player-events", "Events", tables=(Table(title, columns, tuple(rows), note),))
