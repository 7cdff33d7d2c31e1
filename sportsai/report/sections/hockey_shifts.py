"""Who was on camera from when to when: as near to shifts as a broadcast comes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sportsai.data import AWAY, HOME
from sportsai.report.basketball.offence import rows_play
from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Section
from sportsai.report.svg import Svg, short

PAGE, ORDER, SPORTS = "players", 50, ("hockey",)
LAPSE_S = 3.0  # off camera for less than this: the same bar
LEAST_S = 1.0
LONGEST_S = 900.0  # of what was tracked; a longer stretch is not drawn
ROW, TOP, WIDTH, LEFT = 20.0, 8.0, 510.0, 142.0


@dataclass(frozen=True)
class Stay:
    """One player's bars, [start, end) rows of the tracks, and the seconds seen in all."""

    slot: int
    name: str
    keeper: bool
    bars: tuple[tuple[int, int], ...]
    seen_s: float


def stays(m: Material, side: int) -> list[Stay]:
    """Return each named player's time on camera, skaters by their first sighting, goalkeepers last."""
    t = m.tracks
    if t is None:
        return []
    rate, out = float(t.rate_hz), []
    for slot, s in enumerate(t.slots):
        if s.side != side or s.player_id is None:
            continue
        rows = np.flatnonzero(t.present[:, slot] & (t.period > 0))
        if len(rows) < LEAST_S * rate:
            continue
        cut = np.flatnonzero((np.diff(t.frame[rows]) > LAPSE_S * rate) | (np.diff(t.period[rows]) != 0))
        first, last = rows[np.append(0, cut + 1)], rows[np.append(cut, len(rows) - 1)]
        bars = tuple((int(a), int(b) + 1) for a, b in zip(first, last, strict=True))
        keeper = m.is_keeper(m.game.player(s.player_id))
        out.append(Stay(slot, m.player_name(s.player_id), keeper, bars, len(rows) / rate))
    return sorted(out, key=lambda v: (v.keeper, v.bars[0][0], v.name))


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return who was on camera when, None where nobody is named or the game is too long to draw so."""
    t = m.tracks
    if t is None or not t.T or (t.period > 0).sum() / float(t.rate_hz) > LONGEST_S:
        return None
    both = [stays(m, s) for s in (HOME, AWAY)]
    if max(map(len, both)) < 2:
        return None
    figures = tuple(_drawn(m, evidence, both[s], s) for s in (HOME, AWAY) if both[s])
    nameless = sum(s.player_id is None for s in t.slots)
    how = (
        "The camera shows part of the ice: a bar is time on camera, not a shift, and a gap may be a change or a player "
        f"out of the picture. Gaps under {LAPSE_S:.0f} s are closed. Time when nobody was tracked is left white."
    )
    if nameless:
        how += f" Tracks whose number was not read, and which are nobody’s here: {nameless}."
    return Section("shifts", "Time on camera", (), (), figures, how=how)


def _drawn(m: Material, evidence: Evidence, found: list[Stay], side: int) -> Figure:
    t = m.tracks
    assert t is not None
    rate = float(t.rate_hz)
    inside = np.flatnonzero(t.period > 0)
    first, last = int(t.frame[inside[0]]), int(t.frame[inside[-1]]) + 1
    whole = (last - first) / rate
    skaters = [v for v in found if not v.keeper] or found
    top = max(skaters, key=lambda v: v.seen_s)
    title = f"{m.names[side]}: {top.name} is longest on camera, {top.seen_s:.0f} s"
    sub = f"Seconds on camera by player; the clip lasts {whole:.0f} s; n = {len(found)} players"
    bottom = TOP + ROW * len(found)
    svg = Svg(WIDTH, bottom + 24, f"{title}. {sub}", role="group")
    scale = (WIDTH - LEFT - 40) / max(last - first, 1)
    step = next(s for s in (5, 10, 20, 30, 60, 120, 300) if whole / s <= 8)
    for k in range(0, int(whole) + 1, step):
        x = LEFT + scale * k * rate
        svg.add("line", x1=x, x2=x, y1=TOP, y2=bottom, class_="grid")
        svg.text(x, bottom + 16, f"{k}" + (" s" if k == 0 else ""), class_="tick", text_anchor="middle")
    for i, v in enumerate(found):
        y = TOP + ROW * i
        svg.text(LEFT - 6, y + 14, short(v.name, 16), class_="tick", text_anchor="end")
        svg.text(WIDTH, y + 14, f"{v.seen_s:.0f} s", class_="tick", text_anchor="end")
        for n, (a, b) in enumerate(v.bars):
            _bar(
                m,
                svg,
                evidence,
                v,
                side,
                f"shift-{side}-{i}-{n}",
                (a, b),
                (LEFT + scale * (int(t.frame[a]) - first), y, scale),
            )
    return Figure(title, sub, svg.markup(), f"shifts-{side}")


def _bar(
    m: Material, svg: Svg, evidence: Evidence, v: Stay, side: int, link: str, rows: tuple[int, int],
    at: tuple[float, float, float],
) -> None:  # fmt: skip
    t = m.tracks
    assert t is not None
    a, b = rows
    seconds = (int(t.frame[b - 1]) - int(t.frame[a]) + 1) / float(t.rate_hz)
    label = f"{v.name}: {m.clock(int(t.period[a]), float(t.t_s[a]))}, {seconds:.0f} s on camera"
    play = rows_play(m, f"On camera: {v.name}", side, a, b, "on camera", v.slot)
    evidence.lists[link] = evidence.add([play])
    svg.open("a", href=f"#shifts-{side}", class_="spot", data_plays=link, aria_label=label)
    x, y, scale = at
    width = max(2.0, scale * seconds * float(t.rate_hz))
    svg.add("rect", x=x, y=y + 4, width=width, height=ROW - 8, class_=("home", "away")[side], title=label)
    svg.close("a")
