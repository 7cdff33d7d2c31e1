"""Plays from any games as one HTML file: each opens in the play viewer. No network, no libraries, 5 MB at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sportsai.errors import DataError
from sportsai.library import Library
from sportsai.library.atomic import store_errors, write_bytes
from sportsai.report.clips import reel, thinning
from sportsai.report.colors import ink_on, team_colors
from sportsai.report.embed import script_json, viewer_data
from sportsai.report.material import Material, gather
from sportsai.report.plays import AFTER_S, BEFORE_S, Play, reels
from sportsai.resources import templates_folder

MOST_BYTES = 4_000_000  # of all positions together: the page stays below 5 MB
MOST_PLAYS = 2000
WORDS_BYTES = 700  # of a play's words, in the list and for the viewer


@dataclass(frozen=True)
class Shown:
    """A game's part of the page. plays: (play, what stands in the list), in order."""

    m: Material
    plays: tuple[tuple[Play, dict[str, Any]], ...]


def write_page(
    library: Library, clips: Sequence[Mapping[str, Any]], path: Path, *, title: str, read_as: str = "",
    notes: Sequence[str] = (), found: int | None = None, command: str = "",
) -> int:  # fmt: skip
    """Write the page, all or nothing, and return how many of the clips are on it; the page says how many are not.

    clips: each a dict of game (id), period, t_s, clock, start_frame, end_frame [start, end), and events: dicts of type,
    player_id, player, side, team, probability, after_s, frame, recognised; the first is the one it is about.
    Raises DataError where there is no clip.
    """
    if not clips:
        raise DataError("there is no play to show", path=path, expected="one or more")
    shown = _fitting(library, clips)
    n = sum(len(s.plays) for s in shown)
    page = _page(shown, n, len(clips) if found is None else found)
    html = _render(page | {"title": title, "read_as": read_as, "notes": list(notes), "command": command})
    with store_errors(path, "writing the plays", ""):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, html.encode("utf-8"))
    return n


def _fitting(library: Library, clips: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """Return the games with as many of the plays, in their order, as the page has room for; games read one by one."""
    order = list(dict.fromkeys(str(c["game"]) for c in clips))
    room, left, out = float(MOST_BYTES), MOST_PLAYS, []
    for game in order:
        if room <= 0 or left <= 0:
            break
        m = gather(library, game)
        kept: list[tuple[Play, dict[str, Any]]] = []
        for clip in (c for c in clips if c["game"] == game):
            play, row = _play(m, clip)
            room -= _bytes(m, play)
            left -= 1
            if room <= 0 or left < 0:
                break
            kept.append((play, row))
        if kept:
            slim = replace(m, events=m.events.head(0))
            out.append(Shown(slim, tuple(kept)))
    if not out:
        raise DataError("the first play alone is too long for a page", expected="shorter plays", todo="Write .mp4.")
    return out


def _bytes(m: Material, play: Play) -> int:
    """Return what a play takes: its positions in base64, and its words."""
    t = m.tracks
    if t is None or play.shown[1] <= play.shown[0]:
        return WORDS_BYTES
    first, last = max(int(t.frame[0]), play.shown[0]), min(int(t.frame[-1]) + 1, play.shown[1])
    return WORDS_BYTES + (len(reel(t, first, last, thinning(t)).data) if last > first else 0)


def _play(m: Material, clip: Mapping[str, Any]) -> tuple[Play, dict[str, Any]]:
    """Return a clip as a play of the viewer, and as a line of the list."""
    rate = float(m.tracks.rate_hz) if m.tracks is not None else 1.0
    events, start, end = clip["events"], int(clip["start_frame"]), int(clip["end_frame"])
    first = events[0]
    said = [_event(m, e, n > 0) for n, e in enumerate(events)]
    notes = [f"{s}: probability {e['probability']:.2f}" for s, e in zip(said[1:], events[1:], strict=True)
             if e["probability"] is not None]  # fmt: skip
    others = tuple(e["player_id"] for e in events[1:] if e["player_id"])
    shown = (start - round(BEFORE_S * rate), end + round(AFTER_S * rate)) if end > start >= 0 else (0, 0)
    when = clip["clock"] or "time unknown"
    play = Play(
        ", then ".join(said), int(clip["period"]), when, int(first["frame"]), (start, end), shown,
        first["side"] if first["side"] in (0, 1) else 0, str(first["type"]), first["player_id"], others,
        first["probability"], note="\n".join(notes),
    )  # fmt: skip
    sure = "" if first["probability"] is None else f"probability {first['probability']:.2f}"
    row = {"when": when, "said": play.title, "team": first["team"] or "", "sure": sure or "logged",
           "plays": m.tracks is not None and end > start >= 0}  # fmt: skip
    return play, row


def _event(m: Material, e: Mapping[str, Any], later: bool) -> str:
    label = m.event_label(str(e["type"]))
    text = (label[:1].lower() + label[1:] if later else label) + (f": {e['player']}" if e["player"] else "")
    return text + (f" ({e['after_s']:+.1f} s)" if later else "")


def _page(shown: Sequence[Shown], n: int, found: int) -> dict[str, Any]:
    games = []
    for k, s in enumerate(shown):
        m, plays = s.m, [p for p, _ in s.plays]
        name = f"g{k}"
        data = viewer_data(m, plays, 0, reels(m, plays), {}, "")
        about = [m.game.competition or m.league.full_name, m.game.date, f"game {m.game.id}"]
        rows = [row for _, row in s.plays]
        games.append({"name": name, "title": m.game.title, "about": [a for a in about if a], "rows": rows,
                      "data": script_json(data), "notes": _unshown(m)})  # fmt: skip
    first = shown[0].m
    colors = first.colors if len(shown) == 1 else team_colors(None, None)
    return {
        "games": games,
        "n": n,
        "found": found,
        "ratio": max(s.m.court.length_m / s.m.court.width_m for s in shown),
        "colors": colors,
        "inks": {k: [ink_on(c) for c in getattr(colors, k)] for k in ("light", "dark")},
        "version": _version(),
    }


def _unshown(m: Material) -> str:
    return "" if m.tracks is not None else "This game has no positions: its plays are listed, not shown."


def _version() -> str:
    try:
        return version("sportsai")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0"


def _render(page: dict[str, Any]) -> str:
    folder = templates_folder()
    env = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    style = env.get_template("style.css").render(colors=page["colors"], inks=page["inks"], ratio=f"{page['ratio']:.3f}")
    viewer = (folder / "viewer.js").read_text(encoding="utf-8")
    return env.get_template("playlist.html.j2").render(page | {"style": Markup(style), "viewer": Markup(viewer)})
