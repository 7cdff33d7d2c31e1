"""A season as one HTML page: its games with their reports, what failed, teams, styles and players, each number's n.

Every number leads to the games it was counted from: a team's to the list of its games, where each game's own number
opens that game's report.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sportsai import __version__
from sportsai.errors import one_line
from sportsai.report.colors import ink_on, team_colors
from sportsai.report.season_tables import FAR, Far, Line, Team, player_rows, team_blocks, team_table
from sportsai.resources import templates_folder


@dataclass(frozen=True)
class Failure:
    """What is not in the season: the source, the game where known, where it failed, and why in a line."""

    source: str
    game: str | None
    stage: str
    why: str


def season_page(
    league: str, sport: str, lines: Sequence[Line], failures: Sequence[Failure], passed: Sequence[str], style: Any
) -> str:  # fmt: skip
    """Return the page.

    Parameters
    ----------
    league, sport: in words. lines: a game each, by date. passed: files no reader recognised. style: what
    `analysis.season.season` returns, None where there is no recipe.
    """
    folder = templates_folder()
    env = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    colors = team_colors(None, None)
    inks = {k: [ink_on(c) for c in getattr(colors, k)] for k in ("light", "dark")}
    css = env.get_template("style.css").render(colors=colors, inks=inks, ratio="1.5")
    measures, teams, far = team_table(lines)
    page = {
        "style": Markup(css), "tables": Markup((folder / "tables.js").read_text(encoding="utf-8")),
        "league": league, "sport": sport, "version": __version__, "when": _when(lines),
        "games": [_game(one) for one in lines], "failures": failures, "passed": passed,
        "analysed": sum(bool(one.summary["analysed"]) for one in lines), "names": len({t.id for t in teams}),
        "measures": measures, "teams": teams, "blocks": team_blocks(lines, measures), "far": _far(far),
        "players": player_rows(lines), "seen": _seen(lines), "covers": _covers(lines),
        "styles": _styles(style, teams), "map": _map(style),
    }  # fmt: skip
    return env.get_template("season.html.j2").render(page)


def _when(lines: Sequence[Line]) -> str:
    dates = sorted(str(one.summary["date"]) for one in lines if one.summary["date"])
    return "" if not dates else dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"


def _seen(lines: Sequence[Line]) -> str:
    shares = [one.summary["observed"] for one in lines if one.summary["observed"] is not None]
    if not shares:
        return ""
    low, high = f"{min(shares):.0%}", f"{max(shares):.0%}"
    return low if low == high else f"{low} to {high}"


def _covers(lines: Sequence[Line]) -> str:
    """Return what of its game each covers, where all say the same."""
    said = {one.summary["covers"] or "" for one in lines}
    return one_line(said.pop(), 80) if len(said) == 1 else ""


def _game(one: Line) -> dict[str, Any]:
    s = one.summary
    seen = s["observed"]
    return {
        "id": s["id"], "title": one.title, "date": s["date"] or "", "href": one.href,
        "events": s["events"], "analysed": s["analysed"], "seen": "" if seen is None else f"{seen:.0%}",
        "seen_v": "" if seen is None else seen, "repaired": s["repaired"],
        "score": f"{s['score'][0]}–{s['score'][1]}" if s["score"] else "",
    }  # fmt: skip


def _far(far: Far) -> str:
    if not far.held:
        return ""
    luck = f"{far.held * 0.05:.0f}" if far.held * 0.05 >= 1 else "about one or none"
    return (
        f"{far.count} of the {far.held} numbers lie {FAR:g} or more standard errors from other teams (|z| ≥ {FAR:g}, "
        f"in bold); of as many numbers that differ by luck alone, {luck} would."
    )


def _styles(style: Any, teams: Sequence[Team]) -> list[dict[str, Any]]:
    anchors = {t.short: t.id for t in teams}
    return [] if style is None else [
        {
            "team": r["team"], "id": anchors.get(r["team"]), "games": r["games"],
            "possessions": r["possessions"], "few": r["few"],
            "like": ", ".join(f"{name} {p:.0%}" for name, p in r["like"]),
            "near": ", ".join(f"{name} {d:.2f}" for name, d in r["near"]), "trained": r["trained"],
            "drift": "–" if r["drift"] is None else f"{r['drift']:.2f}",
            "usual": "–" if r["usual"] is None else f"{r['usual']:.2f}",
            "drift_v": "" if r["drift"] is None else r["drift"],
        }
        for r in style.rows
    ]  # fmt: skip


def _map(style: Any) -> dict[str, str] | None:
    """Return the map of styles as a picture of its own: the page's style sheet does not reach into it."""
    if style is None:
        return None
    from sportsai.report.style_map import draw_style_map

    svg = draw_style_map(list(style.teams.team), style.teams.mean, before=style.earlier, counts=style.teams.count)
    nearest = "; ".join(f"{r['team']} nearest to {r['near'][0][0]}" for r in style.rows if r["near"])
    return {"src": "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(), "alt": nearest}
