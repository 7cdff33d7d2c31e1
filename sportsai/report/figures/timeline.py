"""The whole game at a glance: possession and the ball's place by the minute, turnovers, key moments, gaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sportsai.data import AWAY, HOME
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.leads import leads
from sportsai.report.material import Material
from sportsai.report.moments import Moment
from sportsai.report.rallies import SPORT
from sportsai.report.svg import Svg, num, short
from sportsai.report.territory import Stretch
from sportsai.report.words import possessive

LEFT, RIGHT = 8.0, 8.0
WIDTH = 544.0
MOST_MINUTE = 44.0  # units a minute of a short clip
BAR = 44.0  # units of a full minute's possession
TOP = 44.0
MIDDLE = TOP + BAR
LOST = MIDDLE + BAR + 40.0  # the two rows of turnovers
BALL = 34.0  # units of half the court
BALL_MIDDLE = LOST + 44.0 + BALL
SEEN = BALL_MIDDLE + BALL + 40.0
BOTTOM = SEEN + 26.0


def timeline(
    m: Material, minutes: Sequence[Stretch], moments: Sequence[Moment], source: Material | None = None
) -> list[Figure]:  # fmt: skip
    """Return one drawing a period, to stand side by side. source: whose events the moments are, where not `m`'s."""
    if m.league.sport == SPORT:
        return leads(m, moments)
    figures = []
    for period in m.periods:
        parts = [s for s in minutes if s.period == period]
        if any(p.share(HOME) is not None or p.ball_m is not None for p in parts):
            figures.append(_period(m, period, parts, moments, source or m))
    return figures


def _period(
    m: Material, period: int, parts: Sequence[Stretch], moments: Sequence[Moment], source: Material
) -> Figure:  # fmt: skip
    n = len(parts)
    step = min(MOST_MINUTE, (WIDTH - LEFT - RIGHT) / n)  # units a minute
    held = [sum(p.held_s[s] for p in parts) for s in (HOME, AWAY)]
    seen = sum(p.seen * (p.end_s - p.start_s) for p in parts) / max(1.0, sum(p.end_s - p.start_s for p in parts))
    name = m.period_name(period)
    known = sum(held) > 0
    title = name[:1].upper() + name[1:]
    if known:
        ahead = HOME if held[HOME] >= held[AWAY] else AWAY
        title += f": {m.names[ahead]} have {held[ahead] / sum(held):.0%} of the {m.words.ball}"
    svg = Svg(
        WIDTH,
        BOTTOM,
        f"{title}. Minute by minute: seconds of possession of {m.names[0]} upwards and {m.names[1]} "
        f"downwards, mean place of the {m.words.ball}, turnovers and key moments. {seen:.0%} of it was seen.",
        "timeline",
        "group",
    )
    for i, p in enumerate(parts):
        _minute(m, svg, i, p, step)
    right, end = WIDTH - RIGHT, LEFT + step * n
    svg.add("line", x1=LEFT, x2=end, y1=MIDDLE, y2=MIDDLE, class_="axis")
    svg.add("line", x1=LEFT, x2=end, y1=BALL_MIDDLE, y2=BALL_MIDDLE, class_="axis")
    svg.text(LEFT, TOP - 6, short(m.names[0]), class_="lab")
    svg.text(right, TOP - 6, f"on the {m.words.ball}; full height 60 s", class_="tick", text_anchor="end")
    svg.text(LEFT, MIDDLE + BAR + 14, short(m.names[1]), class_="lab")
    svg.text(
        LEFT,
        BALL_MIDDLE - BALL - 4,
        f"{m.words.ball} nearer {possessive(short(m.names[1]))} {m.words.goal} ↑",
        class_="tick",
    )
    svg.text(LEFT, BALL_MIDDLE + BALL + 13, f"nearer {possessive(short(m.names[0]))} {m.words.goal} ↓", class_="tick")
    _ball_line(svg, parts, m.court.length_m / 2, step, m.words.ball)
    since = parts[0].start_s
    _turnovers(m, svg, period, step, since)
    _moments(source, svg, period, moments, step, since)
    start = int(since // 60) + int(m.league.clock.starts_at_s(period) // 60 if m.league.clock.counts == "up" else 0)
    for minute in range(0, n + 1, 15 if n > 20 else 5):
        x = LEFT + step * minute
        anchor = "start" if minute == 0 else "end" if minute > n - 2 else "middle"
        down = m.league.clock.counts == "down"
        shown = m.league.clock.text(period, since + 60.0 * minute) if down else f"{start + minute}′"
        svg.text(x, BOTTOM - 4, shown, class_="tick", text_anchor=anchor)
    svg.text(right, SEEN - 4, f"cameras on play: {seen:.0%}", class_="tick", text_anchor="end")
    return Figure(title, "", svg.markup(), f"timeline-{period}")


def _minute(m: Material, svg: Svg, i: int, p: Stretch, step: float) -> None:
    x, length = LEFT + step * i, max(1.0, p.end_s - p.start_s)
    said = m.clock(p.period, p.start_s)
    if p.seen < 0.999:
        svg.add(
            "rect",
            x=x,
            width=step,
            y=TOP,
            height=2 * BAR,
            class_="unseen",
            opacity=f"{1 - p.seen:.2f}",
            title=f"from {said}: {p.seen:.0%} seen",
        )
    for side, class_ in ((HOME, "home"), (AWAY, "away")):
        h = BAR * min(1.0, p.held_s[side] / min(60.0, length))
        if h >= 0.5:
            svg.add(
                "rect",
                x=x + 1,
                width=step - 2,
                y=MIDDLE - h if side == HOME else MIDDLE,
                height=h,
                class_=class_,
                title=f"from {said}: {m.names[side]} {p.held_s[side]:.0f} s",
            )
    svg.add("rect", x=x, width=step, y=SEEN, height=8.0, class_="seen", opacity=f"{p.seen:.2f}")
    svg.add("rect", x=x, width=step, y=SEEN, height=8.0, class_="box")


def _ball_line(svg: Svg, parts: Sequence[Stretch], half_m: float, step: float, ball: str) -> None:
    for i, p in enumerate(parts):
        if p.ball_m is None:
            continue
        h = min(BALL, abs(p.ball_m) / half_m * BALL * 1.25)
        side = "home" if p.ball_m > 0 else "away"
        svg.add(
            "rect",
            x=LEFT + step * i + 1,
            width=step - 2,
            y=BALL_MIDDLE - h if p.ball_m > 0 else BALL_MIDDLE,
            height=h,
            class_=f"{side} soft",
            title=f"{ball} {abs(p.ball_m):.0f} m from halfway at the mean",
        )


def _turnovers(m: Material, svg: Svg, period: int, step: float, since: float) -> None:
    e = m.events[(m.events["period"] == period) & (m.events["type"] == "turnover")]
    if not len(e):
        return
    y, right = LOST, WIDTH - RIGHT
    svg.text(
        right,
        y - 6,
        m.words_lost + (" (paler: less probable)" if m.recognised else ""),
        class_="tick",
        text_anchor="end",
    )
    sure = np.clip(m.weights(e) * 4, 0, 3.99).astype(int)  # four steps of paleness
    for side, class_ in ((HOME, "home"), (AWAY, "away")):
        for tone in range(4):
            times = e.loc[(e["side"] == side) & (sure == tone) & e["t_s"].notna(), "t_s"]
            if len(times):
                d = "".join(f"M{num(LEFT + step * (t - since) / 60)} {num(y + side * 9)}v7" for t in times)
                svg.add("path", d=d, class_=f"{class_}-l tickmark", opacity=f"{0.4 + 0.2 * tone:.2f}")


def _moments(m: Material, svg: Svg, period: int, moments: Sequence[Moment], step: float, since: float) -> None:
    last = -100.0
    placed = sorted(
        (float(m.events["t_s"].iloc[k.index]), n, k)
        for n, k in enumerate(moments, 1)
        if int(m.events["period"].iloc[k.index]) == period
    )
    for t, n, k in placed:
        x = LEFT + step * (t - since) / 60
        shown = max(x, last + 17, LEFT + 8)
        last = shown
        svg.add("line", x1=x, x2=x, y1=24.0, y2=MIDDLE + BAR, class_="hair")
        svg.add("line", x1=shown, x2=x, y1=18.0, y2=26.0, class_="hair")
        svg.open("a", href=f"#moment-{n}", class_="pin")
        team = {HOME: "home", AWAY: "away"}.get(k.side, "other")
        svg.add("circle", cx=shown, cy=11.0, r=8.0, class_=team, title=f"{n}: {k.title}")
        svg.text(shown, 15, n, class_=f"pin-t {team}-ink", text_anchor="middle")
        svg.close("a")
