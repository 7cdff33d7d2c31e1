"""A figure: what it found, in which units and from how many, and the drawing."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Figure:
    """title: the finding. sub: units, n and how to read it. svg: the drawing, its alt text inside. name: its anchor.
    wide: it takes the whole width of the page."""

    title: str | Markup
    sub: str
    svg: Markup
    name: str = ""
    wide: bool = False
