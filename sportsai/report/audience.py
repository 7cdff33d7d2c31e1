"""Whom a report is for, and what of it they get: the pages that are written, links that stay, plays that travel."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sportsai.data import Player
from sportsai.errors import DataError, nearest, one_line
from sportsai.report.material import Material

PAGES = ("front", "moments", "match", "team", "players", "model")
COACH_MOMENTS = 4

_LINK = re.compile(r'<a class="ev( play)?" href="#([^"]+)"( data-plays="[^"]*")?>(.*?)</a>', re.DOTALL)
_PIN = re.compile(r'<a href="#(moment-\d+)" class="pin">')  # of the timeline
_ID = re.compile(r'\bid="([^"]+)"')
_PLAYED = re.compile(r'data-plays="([^"]+)"|data-play="(\d+)"')


@dataclass(frozen=True)
class Audience:
    """name: as asked for. pages: what is written. title: what stands behind the game's name in the window's title.
    moments: how many key moments are shown, None for all."""

    name: str
    pages: tuple[str, ...]
    title: str
    says: str
    moments: int | None = None


AUDIENCES = {
    a.name: a
    for a in (
        Audience("all", PAGES, "the report", "Everything, for everybody."),
        Audience("coach", ("coach",), "two minutes", "One page: findings, patterns to coach, four moments.",
                 COACH_MOMENTS),
        Audience("match", ("front", "moments", "match", "model"), "the match", "The match, with what it rests on."),
        Audience("player", ("player", "model"), "a player", "One player: --player says whom."),
        Audience("team", ("front", "team", "model"), "the teams", "Shape, passing, style of both teams."),
        Audience("model", ("model",), "model and data", "What was read, which model said what, and how sure."),
    )
}  # fmt: skip


def audience_of(name: str) -> Audience:
    """Return an audience; DataError naming the nearest when there is none of that name."""
    if name not in AUDIENCES:
        raise DataError(f'no report is made for "{one_line(name, 40)}"', key="--for", expected=", ".join(AUDIENCES),
                        todo=nearest(name, list(AUDIENCES)))  # fmt: skip
    return AUDIENCES[name]


def player_of(m: Material, said: str) -> Player:
    """Return the player meant by an id, a name or part of it, or "team number"; DataError for none or several."""
    everyone = [p for p in m.game.roster if p.side in (0, 1)]
    wanted = said.strip().casefold()
    exact = [p for p in everyone if wanted in (p.id.casefold(), p.name.casefold(), p.display.casefold())]
    found = exact or [p for p in everyone if wanted and wanted in p.name.casefold()]
    if not found:
        found = [p for p in everyone if p.number is not None and wanted == f"{m.names[p.side]} {p.number}".casefold()]
    if len(found) == 1:
        return found[0]
    names = [p.display for p in everyone]
    if not found:
        raise DataError(f'no player "{one_line(said, 60)}" in game {m.game.id}', key="--player",
                        expected="an id, a name or part of one", todo=nearest(said, names))  # fmt: skip
    several = ", ".join(f"{p.display} ({m.names[p.side]}, id {p.id})" for p in found[:6])
    raise DataError(f'"{one_line(said, 60)}" may be {several}', key="--player", expected="one player",
                    todo="Give the id.")  # fmt: skip


def unlinked(html: str) -> str:
    """Return a page whose links to what is not on it are plain text; links that play keep playing."""
    there = set(_ID.findall(html))

    def kept(link: re.Match[str]) -> str:
        played, anchor, plays, text = link.groups()
        if anchor in there:
            return link[0]
        if played:
            return f'<a class="ev play" href="#top"{plays}>{text}</a>'
        return f'<span class="num">{text}</span>'

    html = _LINK.sub(kept, html)
    return _PIN.sub(lambda p: p[0] if p[1] in there else f'<a href="#top" data-plays="{p[1]}" class="pin">', html)


def played(html: str, lists: dict[str, list[int]]) -> tuple[dict[str, list[int]], set[int]]:
    """Return the lists that a page's links open, and all plays it shows."""
    names: set[str] = set()
    shown: set[int] = set()
    for name, number in _PLAYED.findall(html):
        if name:
            names.add(name)
        else:
            shown.add(int(number))
    kept = {k: v for k, v in lists.items() if k in names}
    return kept, shown.union(*kept.values())
