"""A game in the library becomes one HTML file that needs nothing else: no network, no fonts, no libraries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sportsai.errors import DataError
from sportsai.library import Library
from sportsai.library.atomic import store_errors, write_bytes
from sportsai.report import provenance
from sportsai.report.audience import Audience, audience_of, played, player_of, unlinked
from sportsai.report.contents import Contents, contents
from sportsai.report.embed import script_json, viewer_data
from sportsai.report.material import Material, gather
from sportsai.report.player_page import player_page
from sportsai.report.plays import opened, reels
from sportsai.report.usual import usual
from sportsai.resources import templates_folder

DATA = "@@data@@"  # stands where the plays go, once it is known which of them the page opens
Said = Callable[[str], None]


def build_report(
    library: Library, game_id: str, *, run_id: str | None = None, out: str | None = None, audience: str = "all",
    player: str | None = None, say: Said | None = None, among: Sequence[str] | None = None,
) -> str:  # fmt: skip
    """Return the report of a game as HTML.

    Parameters
    ----------
    run_id: the run whose events are told; the newest when not given.
    out: file name that the report's own command states.
    audience: whom it is for, a name of `audience.AUDIENCES`; player: of "player", an id, a name or part of one.
    say: called with what is being done, for a progress display.
    among: ids of the games that say what is usual; the library's latest of the league when None.
    """
    say = say or (lambda _: None)
    wanted = audience_of("player" if player is not None and audience == "all" else audience)
    if player is not None and wanted.name != "player":
        raise DataError(f"the report for {wanted.name} is of no single player", key="--player",
                        todo="Leave out --player, or --for.")  # fmt: skip
    say("reading the game")
    m = gather(library, game_id, run_id)
    one = player_of(m, player or "") if wanted.name == "player" else None
    against = None if m.brief else usual(library, m, say, among)
    command = provenance.command(m, out, run_id, wanted.name, one.id if one else None)
    made = contents(m, say, command, against)
    if one is not None:
        made.page["one"] = player_page(m, made.evidence, one)
    return _written(m, made, wanted, say)


def write_report(
    library: Library, game_id: str, path: Path, *, run_id: str | None = None, audience: str = "all",
    player: str | None = None, say: Said | None = None,
) -> Path:  # fmt: skip
    """Write the report of a game to `path`, all or nothing, and return the path."""
    if path.exists() and not path.is_file():
        raise DataError("this is no plain file and is not replaced", path=path, todo="Name another output.")
    html = build_report(library, game_id, run_id=run_id, out=path.name, audience=audience, player=player, say=say)
    with store_errors(path, "writing the report", "-o"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, html.encode("utf-8"))
    return path


def _written(m: Material, made: Contents, wanted: Audience, say: Said) -> str:
    page = {**made.page, "show": wanted.pages, "audience": wanted, "data": Markup(DATA)}
    for n, moment in enumerate(page["moments"], 1):
        made.evidence.lists[f"moment-{n}"] = [moment["index"]]
    if wanted.moments is not None:
        page["moments"] = page["moments"][: wanted.moments]
    html = _render(page)
    html = unlinked(html)
    lists, shown = made.evidence.lists, None
    if wanted.name != "all":
        lists, shown = played(html, lists)
    say("packing the plays")
    plays = opened(m, made.evidence.shown)
    packed = reels(m, plays if shown is None else [plays[n] for n in sorted(shown)])
    data = script_json(viewer_data(m, plays, made.events, packed, lists, made.model))
    return html.replace(DATA, data)


@lru_cache(maxsize=2)
def _templates(folder: Path) -> Environment:
    """Return the templates of a folder; a process that writes many reports compiles each once."""
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def _render(page: dict[str, Any]) -> str:
    folder = templates_folder()
    env = _templates(folder)
    style = env.get_template("style.css").render(colors=page["colors"], inks=page["inks"], ratio=f"{page['ratio']:.3f}")
    page["style"] = Markup(style)
    for name in ("viewer", "tables"):
        page[name] = Markup((folder / f"{name}.js").read_text(encoding="utf-8"))
    return env.get_template("report.html.j2").render(page)
