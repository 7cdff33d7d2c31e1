"""What becomes of a side's ball: pass, set, attack, and what followed, as bands as wide as they are often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sportsai.report.figures.figure import Figure
from sportsai.report.rallies import BACK, LOST, ORDER, OVER, UNKNOWN, WON, Spell
from sportsai.report.svg import Svg, num

WIDTH, HEIGHT, TOP, BAR, GAP = 510.0, 240.0, 26.0, 12.0, 10.0
COLUMN = {"pass": 0, "set": 1, "spike": 2, WON: 3, OVER: 3, BACK: 3, LOST: 3, UNKNOWN: 3}
SAYS = {"pass": "Pass", "set": "Set", "spike": "Attack", WON: "Point won", OVER: "Went over", BACK: "Came back",
        LOST: "Point lost", UNKNOWN: "Not told"}  # fmt: skip
AT = (0.0, 125.0, 250.0, 375.0)  # x of each column


def flow(spells: Sequence[Spell], side: int, title: str, sub: str, name: str) -> Figure:
    """Return the flow of a side's spells."""
    bands: Counter[tuple[str, str]] = Counter()
    for s in spells:
        bands.update(zip(s.kinds, (*s.kinds[1:], s.after), strict=True))
    into, out = Counter[str](), Counter[str]()
    for (a, b), n in bands.items():
        out[a] += n
        into[b] += n
    size = {k: max(into[k], out[k]) for k in COLUMN if max(into[k], out[k])}
    columns = [[k for k in COLUMN if COLUMN[k] == c and k in size] for c in range(4)]
    most = max(sum(size[k] for k in column) + 0.001 for column in columns)
    scale = (HEIGHT - TOP - 4 * GAP) / most
    top: dict[str, float] = {}
    for column in columns:
        y = TOP
        for k in column:
            top[k] = y
            y += size[k] * scale + GAP
    said = ", ".join(f"{SAYS[a].lower()} to {SAYS[b].lower()} {n}" for (a, b), n in sorted(bands.items()))
    svg = Svg(WIDTH, HEIGHT + 4, f"{title}. Flow: {said}.", "flow")
    class_ = "home" if side == 0 else "away"
    left, right = dict(top), dict(top)
    order = list(COLUMN)
    for (a, b), n in sorted(bands.items(), key=lambda v: (order.index(v[0][0]), order.index(v[0][1]))):
        x1, x2, h = AT[COLUMN[a]] + BAR, AT[COLUMN[b]], n * scale
        y1, y2, mid = left[a], right[b], (x1 + x2) / 2
        left[a], right[b] = y1 + h, y2 + h
        d = (f"M{num(x1)} {num(y1)}C{num(mid)} {num(y1)} {num(mid)} {num(y2)} {num(x2)} {num(y2)}v{num(h)}"
             f"C{num(mid)} {num(y2 + h)} {num(mid)} {num(y1 + h)} {num(x1)} {num(y1 + h)}z")  # fmt: skip
        svg.add("path", d=d, class_=f"{class_ if b != LOST else 'other'} band", title=f"{SAYS[a]} to {SAYS[b]}: {n}")
    for k, y in top.items():
        x, h = AT[COLUMN[k]], size[k] * scale
        svg.add("rect", x=x, y=y, width=BAR, height=max(h, 1.5), class_=class_ if k in (*ORDER, WON) else "other")
        if COLUMN[k] == 3:
            svg.text(x + BAR + 6, y + h / 2 + 4, f"{SAYS[k]} {size[k]}", class_="lab")
        else:
            svg.text(x, y - 8, f"{SAYS[k]} {size[k]}", class_="lab")
    return Figure(title, sub, svg.markup(), name)
