"""People in the picture: the boxes of annotated frames, those who act filled and named. A sheet of many frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from sportsai.report.figures.figure import Figure
from sportsai.report.svg import Svg

WIDE, HEAD, LETTER, LINE = 200.0, 18.0, 6.2, 11.0
BUSY = ("setting", "digging", "spiking", "blocking", "falling", "jumping")


@dataclass(frozen=True)
class Shot:
    """A frame: what it is called, its people's boxes (x, y, w, h) and actions, its size in pixels."""

    title: str
    boxes: tuple[tuple[float, float, float, float], ...]
    actions: tuple[str, ...]
    size: tuple[float, float]


def shot(title: str, about: Mapping[str, Any]) -> Shot | None:
    """Return an event's frame from its attributes, None where nobody's box is told."""
    boxes = tuple((float(b[0]), float(b[1]), float(b[2]), float(b[3])) for b in about.get("boxes_px") or ())
    if not boxes:
        return None
    actions = tuple(str(a) for a in about.get("actions") or ()) or ("",) * len(boxes)
    size = about.get("image_px") or (max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes))
    return Shot(title, boxes, actions, (float(size[0]), float(size[1])))


def sheet(rows: Sequence[Sequence[Shot]], title: str, sub: str, name: str, anchors: Sequence[str] = ()) -> Figure:
    """Return rows of frames, as many beside each other as there is room for. anchors: each row's own."""
    parts = []
    for i, row in enumerate(rows):
        anchor = Markup(' id="{}"').format(anchors[i]) if anchors else ""
        parts.append(Markup('<div class="shots"{}>{}</div>').format(anchor, Markup("").join(map(_drawn, row))))
    return Figure(title, sub, Markup("").join(parts), name, wide=True)


def _drawn(s: Shot) -> Markup:
    scale = WIDE / s.size[0]
    busy = [(b, a) for b, a in zip(s.boxes, s.actions, strict=False) if a in BUSY]
    doing = ", ".join(a for _, a in busy) or "nobody at the ball"
    svg = Svg(WIDE, HEAD + s.size[1] * scale, f"Frame {s.title}, {len(s.boxes)} people: {doing}.")
    svg.text(0, 12, s.title, class_="lab")
    svg.add("rect", x=0, y=HEAD, width=WIDE, height=s.size[1] * scale, class_="screen")
    for (x, y, w, h), action in zip(s.boxes, s.actions, strict=False):
        svg.add("rect", x=x * scale, y=HEAD + y * scale, width=w * scale, height=h * scale, title=action or None,
                class_="busy" if action in BUSY else "person")  # fmt: skip
    taken: list[tuple[float, float, float]] = []
    for (x, y, w, _), action in sorted(busy, key=lambda v: -v[0][1]):
        half = LETTER * len(action) / 2
        at = min(max((x + w / 2) * scale, half), WIDE - half)
        up = HEAD + y * scale - 3
        while any(abs(at - a) < half + b and abs(up - c) < LINE for a, b, c in taken) and up > HEAD + LINE:
            up -= LINE
        taken.append((at, half, up))
        svg.text(at, up, action, class_="name tiny", text_anchor="middle")
    return svg.markup()
