"""Names beside points so that none covers another: below, above, beside or at a corner, whichever is free."""

from __future__ import annotations

from collections.abc import Sequence

from sportsai.report.svg import Svg

CHAR, HIGH, GAP = 6.6, 12.0, 3.0  # a letter at the drawings' text size; beside a name


def spread(svg: Svg, spots: Sequence[tuple[float, float, float, str]], width: float, height: float) -> None:
    """Write the name of each spot (x, y, radius, name) where it covers least; the first spots choose first."""
    taken = [(x - r, y - r, x + r, y + r) for x, y, r, _ in spots]
    for k, (x, y, r, name) in enumerate(spots):
        w, d = CHAR * len(name) + 2 * GAP, 0.7 * r + 3
        places = [
            (x, y + r + HIGH, "middle", (x - w / 2, y + r + 2, x + w / 2, y + r + HIGH + 3)),
            (x, y - r - 4, "middle", (x - w / 2, y - r - HIGH - 3, x + w / 2, y - r - 2)),
            (x + r + 4, y + 4, "start", (x + r + 3, y - 7, x + r + 4 + w, y + 7)),
            (x - r - 4, y + 4, "end", (x - r - 4 - w, y - 7, x - r - 3, y + 7)),
            (x + d, y + d + 8, "start", (x + d - GAP, y + d - 3, x + d + w, y + d + HIGH)),
            (x - d, y + d + 8, "end", (x - d - w, y + d - 3, x - d + GAP, y + d + HIGH)),
            (x + d, y - d, "start", (x + d - GAP, y - d - HIGH, x + d + w, y - d + 3)),
            (x - d, y - d, "end", (x - d - w, y - d - HIGH, x - d + GAP, y - d + 3)),
        ]
        costs = []
        for place in places:
            box = place[3]
            cost = sum(_overlap(box, t) for j, t in enumerate(taken) if j != k)
            cost += 1000 * (box[0] < 0 or box[2] > width or box[1] < 0 or box[3] > height)
            costs.append(cost)
        at = places[costs.index(min(costs))]
        taken.append(at[3])
        svg.text(at[0], at[1], name, class_="name", text_anchor=at[2])


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return w * h if w > 0 and h > 0 else 0.0
