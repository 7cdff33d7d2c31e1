"""Possession and territory by the quarter-hour: when did the game turn?"""

from __future__ import annotations

from collections.abc import Sequence

from sportsai.data import AWAY, HOME
from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.svg import Svg
from sportsai.report.territory import Stretch

ROW, TOP, MID = 34.0, 34.0, 16.0


def quarters(m: Material, parts: Sequence[Stretch]) -> Figure | None:
    """Return possession beside time in the final third, a row a quarter-hour; None where nothing is known."""
    known = [p for p in parts if p.share(HOME) is not None]
    if not known:
        return None
    best = max(known, key=lambda p: abs((p.share(HOME) or 0.5) - 0.5))
    ahead = HOME if (best.share(HOME) or 0) >= 0.5 else AWAY
    title = f"Possession is most one-sided {_when(m, best)}: {m.names[ahead]} {best.share(ahead):.0%}"
    sub = ("Left: share of possession (%). Right: share of a team’s own possession spent in the final third it attacks (%). "
           "Only what was seen counts; the last column says how much that was.")  # fmt: skip
    width, height = 720.0, TOP + ROW * len(parts) + 8
    svg = Svg(width, height, title + ". " + "; ".join(
        f"{_when(m, p)} {m.names[0]} {p.share(HOME):.0%}" for p in known))  # fmt: skip
    for x, text, anchor in ((96.0, f"Possession: {m.names[0]}", "start"), (372.0, m.names[1], "end"), (420.0, "Final third", "start"),
                            (width - 4, "seen", "end")):  # fmt: skip
        svg.text(x, 18, text, class_="lab", text_anchor=anchor)
    for i, p in enumerate(parts):
        y = TOP + ROW * i
        svg.text(88, y + 17, _when(m, p), class_="tick", text_anchor="end")
        svg.text(width - 4, y + 17, f"{p.seen:.0%}", class_="tick", text_anchor="end")
        share = p.share(HOME)
        if share is None:
            svg.text(96, y + 17, "not known", class_="tick")
            continue
        x0, w = 96.0, 276.0
        svg.add("rect", x=x0, y=y + 4, width=w * share - 1, height=18.0, class_="home")
        svg.add("rect", x=x0 + w * share + 1, y=y + 4, width=w * (1 - share) - 1, height=18.0, class_="away")
        svg.text(x0 + 6, y + 17, f"{share:.0%}", class_="on home-ink")
        svg.text(x0 + w - 6, y + 17, f"{1 - share:.0%}", class_="on away-ink", text_anchor="end")
        svg.add("line", x1=x0 + w / 2, x2=x0 + w / 2, y1=y + 1, y2=y + 25, class_="axis")
        for side, class_, dy in ((HOME, "home", 4.0), (AWAY, "away", 14.0)):
            final = p.final_share(side)
            if final is None:
                continue
            length = 190 * min(1.0, final / 0.6)
            svg.add("rect", x=420.0, y=y + dy, width=max(1.0, length), height=8.0, class_=class_)
            svg.text(420 + length + 5, y + dy + 8, f"{final:.0%}", class_="tiny")
    return Figure(title, sub, svg.markup(), "quarters")


def _when(m: Material, p: Stretch) -> str:
    c = m.league.clock
    if c.counts == "up":
        start = c.to_clock(p.period, p.start_s) / 60
        end = c.to_clock(p.period, p.end_s) / 60
        length = c.length_s(p.period)
        last = f"{c.to_clock(p.period, length) / 60:.0f}+" if c.continues and length and p.end_s > length else f"{end:.0f}"
        return f"{start:.0f}–{last}′"
    return f"{c.period_name[:1].upper()}{p.period} {p.start_s / 60:.0f}–{p.end_s / 60:.0f}′"
