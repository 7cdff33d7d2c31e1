"""Possession and territory by the quarter-hour: when did the game turn?"""

from __future__ import annotations

from collections.abc import Sequence

from sportsai.data import AWAY, HOME
from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.svg import Svg, short
from sportsai.report.territory import Stretch

ROW, TOP, LEFT, WIDTH = 34.0, 26.0, 80.0, 510.0
MOST_FINAL = 0.5  # the longest bar of the drawing of the attacking end


def quarters(m: Material, parts: Sequence[Stretch]) -> list[Figure]:
    """Return possession, and time in the attacking end, a row a quarter-hour; nothing where nothing is known."""
    if m.court.net is not None:  # the ball is nobody's for long
        return []
    known = [p for p in parts if p.share(HOME) is not None]
    return [_possession(m, parts, known), *([_end(m, parts)] if m.words.end else [])] if known else []


def _possession(m: Material, parts: Sequence[Stretch], known: Sequence[Stretch]) -> Figure:
    best = max(known, key=lambda p: abs((p.share(HOME) or 0.5) - 0.5))
    ahead = HOME if (best.share(HOME) or 0) >= 0.5 else AWAY
    title = f"Possession is most one-sided {when(m, best)}: {m.names[ahead]} {best.share(ahead):.0%}"
    if len(known) == 1:
        title = f"{m.names[ahead]} have {best.share(ahead):.0%} of the possession that was seen"
    sub = "Share of the possession that was seen, %; right: how much of the time was seen"
    alt = "; ".join(f"{when(m, p)} {m.names[0]} {p.share(HOME):.0%}" for p in known)
    svg = Svg(WIDTH, TOP + ROW * len(parts) + 4, f"{title}. {alt}")
    x0, w = LEFT + 8, WIDTH - LEFT - 60
    svg.text(x0, 16, short(m.names[0]), class_="lab")
    svg.text(x0 + w, 16, short(m.names[1]), class_="lab", text_anchor="end")
    svg.text(WIDTH, 16, "seen", class_="tick", text_anchor="end")
    for i, p in enumerate(parts):
        y, share = TOP + ROW * i, p.share(HOME)
        svg.text(LEFT, y + 18, when(m, p), class_="tick", text_anchor="end")
        svg.text(WIDTH, y + 18, f"{p.seen:.0%}", class_="tick", text_anchor="end")
        if share is None:
            svg.text(x0, y + 18, "not known", class_="tick")
            continue
        svg.add("rect", x=x0, y=y + 3, width=max(0.0, w * share - 1), height=22.0, class_="home")
        svg.add("rect", x=x0 + w * share + 1, y=y + 3, width=max(0.0, w * (1 - share) - 1), height=22.0, class_="away")
        if share > 0.12:
            svg.text(x0 + 6, y + 18, f"{share:.0%}", class_="on home-ink")
        if share < 0.88:
            svg.text(x0 + w - 6, y + 18, f"{1 - share:.0%}", class_="on away-ink", text_anchor="end")
    svg.add("line", x1=x0 + w / 2, x2=x0 + w / 2, y1=TOP, y2=TOP + ROW * len(parts) - 4, class_="half")
    return Figure(title, sub, svg.markup(), "quarters-possession")


def _end(m: Material, parts: Sequence[Stretch]) -> Figure:
    shares = [(p, s, p.final_share(s)) for p in parts for s in (HOME, AWAY)]
    best = max((v for v in shares if v[2] is not None), key=lambda v: v[2] or 0, default=None)
    title = (
        f"No place of the {m.words.ball} is known"
        if best is None
        else (f"{m.names[best[1]]} are most in the {m.words.end} {when(m, best[0])}: {best[2]:.0%} of their possession")
    )
    if best is not None and len(parts) == 1:
        title = f"{m.names[best[1]]} spend {best[2]:.0%} of their possession in the {m.words.end}"
    where = "third it attacks" if m.words.end == "final third" else m.words.end
    sub = f"Share of a team’s own possession with the {m.words.ball} in the {where}, %"
    svg = Svg(WIDTH, TOP + ROW * len(parts) + 4, title)
    x0, w = LEFT + 8, WIDTH - LEFT - 190
    most = max([MOST_FINAL, *(v[2] or 0 for v in shares)])
    for i, p in enumerate(parts):
        y = TOP + ROW * i
        svg.text(LEFT, y + 18, when(m, p), class_="tick", text_anchor="end")
        for side, class_, dy in ((HOME, "home", 1.0), (AWAY, "away", 15.0)):
            final = p.final_share(side)
            if final is None:
                continue
            svg.add("rect", x=x0, y=y + dy, width=max(1.0, w * final / most), height=12.0, class_=class_)
            named = f" {short(m.names[side])}" if i == 0 else ""
            svg.text(x0 + w * final / most + 5, y + dy + 10, f"{final:.0%}{named}", class_="tiny")
    return Figure(title, sub, svg.markup(), "quarters-final-third")


def when(m: Material, p: Stretch) -> str:
    """Return a stretch's minutes as the clock counts them, "30–45+′", "Q1", "Q1 12:00–7:00"."""
    c = m.league.clock
    if c.counts == "up":
        start, end, length = (
            c.to_clock(p.period, p.start_s) / 60,
            c.to_clock(p.period, p.end_s) / 60,
            c.length_s(p.period),
        )
        over = c.continues and length and p.end_s > length
        last = f"{c.to_clock(p.period, length) / 60:.0f}+" if over and length else f"{end:.0f}"
        return f"{start:.0f}–{last}′"
    name, length = f"{c.period_name[:1].upper()}{p.period}", c.length_s(p.period) or p.end_s
    if p.end_s - p.start_s > 0.75 * length:  # all of the period
        return name
    return f"{name} {c.text(p.period, p.start_s)}–{c.text(p.period, p.end_s)}"
