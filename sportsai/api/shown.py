"""What can be looked at: courts, films of plays, drawn broadcasts, the report."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sportsai.api._given import opened
from sportsai.api.games import load_league

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sportsai.data import Game
    from sportsai.library import Library


@dataclass(frozen=True)
class Film:
    """A film on disk, GIF or mp4, that a notebook shows where it is the last line of a cell.

    Example
    -------
    >>> sa.Film(Path("goal.gif"), "The second goal")
    """

    path: Path
    title: str = ""

    def _repr_html_(self) -> str:
        kind, said = self.path.suffix.lower().lstrip("."), escape(self.title, quote=True)
        data = base64.b64encode(self.path.read_bytes()).decode()
        if kind == "mp4":
            source = f"data:video/mp4;base64,{data}"
            return f'<video controls loop muted width="640" aria-label="{said}" src="{source}"></video>'
        return f'<img alt="{said}" src="data:image/{kind};base64,{data}">'


def draw_court(league: str, ax: Axes | None = None, *, theme: str = "light", vertical: bool = False) -> Axes:
    """Draw a league's court to scale and return its axes: plot metres on them, the origin at the court's centre.

    Soccer needs mplsoccer: `pip install 'sportsai[plots]'`.

    Example
    -------
    >>> ax = sa.draw_court("soccer")
    >>> ax.scatter([0, 41.5], [0, 0])
    """
    from sportsai.report.courts import draw_court as draw

    return draw(load_league(league).court, ax, theme=theme, vertical=vertical)


def film(
    library: Library | str | Path, game: str, start_frame: int, end_frame: int, path: str | Path, title: str = ""
) -> Film:
    """Write frames [start_frame, end_frame) of a game as a film: mp4 of its footage, else a GIF of the court.

    Example
    -------
    >>> sa.film("my-library", "2417", 5000, 5060, "play.gif")
    """
    loaded = opened(library).load(game)
    if loaded.view is not None:
        from sportsai.video.evidence import evidence

        return Film(evidence(loaded, start_frame, end_frame, Path(path), title), title)
    from sportsai.report.film import film as draw

    return Film(draw(loaded, start_frame, end_frame, Path(path), title), title)


def play(
    library: Library | str | Path, game: str, event: Mapping[str, Any] | pd.Series, path: str | Path, *,
    around_s: float = 2.0,
) -> Film:  # fmt: skip
    """Film one event, a row of a table with period, t_s, type, start_frame and end_frame, and what lies around it.

    around_s: seconds before and after the frames that are the event's evidence.

    Example
    -------
    >>> events, run = library.predictions("2417")
    >>> sa.play(library, "2417", events.iloc[0], "first.gif")
    """
    held, seconds = opened(library), float(event["t_s"])
    facts = held.facts(game)
    rate = facts["tracks"]["rate_hz"] if facts["tracks"] else (0, 1)
    more = round(around_s * rate[0] / rate[1])
    at = f"period {int(event['period'])}, {int(seconds // 60)}:{seconds % 60:04.1f}"
    start, end = int(event["start_frame"]) - more, int(event["end_frame"]) + more
    return film(held, game, start, end, path, f"{facts['title']}, {at}, {event['type']}")


def simulate_broadcast(
    game: Game, path: str | Path, first_s: float = 0.0, length_s: float = 20.0, *, seed: int = 0
) -> Film:
    """Draw a stretch of a game as a broadcast, made-up figures where real people were, and return the mp4.

    Example
    -------
    >>> sa.simulate_broadcast(game, "drawn.mp4", first_s=60, length_s=10)
    """
    from fractions import Fraction

    from sportsai.simulate import broadcast
    from sportsai.video.film import Writer

    out = Path(path)
    with Writer(out, (broadcast.WIDE_PX, broadcast.HIGH_PX), Fraction(broadcast.FPS), quality=26) as writer:
        broadcast.film(game, load_league(game.league), writer.write, first_s, length_s, seed=seed)
    return Film(out, f"{game.title}: drawn, nobody filmed it")


def write_report(
    library: Library | str | Path, game: str, path: str | Path, *, run_id: str | None = None,
    audience: str = "all", player: str | None = None,
) -> Path:  # fmt: skip
    """Write a game's report, one HTML file that needs nothing else, and return its path.

    audience: "coach" (one page), "match", "player", "team", "model", or "all". player: whose page, part of a name.
    run_id: the run whose events are told, the newest when None.

    Example
    -------
    >>> sa.write_report("my-library", "2417", "report.html")
    >>> sa.write_report("my-library", "2417", "coach.html", audience="coach")
    """
    from sportsai.report import write_report as write

    return write(opened(library), game, Path(path), run_id=run_id, audience=audience, player=player)
