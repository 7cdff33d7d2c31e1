"""Events as films: of a game's footage where it was made from footage, else of the court and who moves on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import progress


def film_all(game: Any, events: Any, folder: Path, video: Path | None = None) -> list[Path]:
    """Write a film of each event's stretch into `folder`, in the order of play, and return their paths.

    What cannot be filmed is said. video: where the footage lies now. Raises DataError where the footage is not there.
    """
    from sportsai.errors import DataError

    footage = None
    if game.view is not None:
        from sportsai.video.evidence import evidence, footage_of

        footage = footage_of(game, video)
    elif video is not None:
        raise DataError(f"game {game.id} was not made from footage", path=video, expected="no --video",
                        todo="Leave it out: the court is filmed.")  # fmt: skip
    made = []
    each = events.sort_values(["period", "t_s"]).to_dict("records")
    names = file_names([e["event_id"] for e in each])
    with progress("Filming") as advance:
        for n, (e, name) in enumerate(zip(each, names, strict=True)):
            advance(n, len(each))
            first, end = int(e["start_frame"]), int(e["end_frame"])
            try:
                if footage is not None:
                    path = folder / f"{name}.mp4"
                    people = [e["player_id"], *e["other_ids"][:1]]
                    key = {k for k in people if isinstance(k, str)}
                    evidence(game, first, end, path, said(game, e), key=key, footage=footage)
                else:
                    from sportsai.report.film import film

                    path = folder / f"{name}.gif"
                    film(game, first, end, path, f"{game.title}, period {e['period']}, {said(game, e)}")
                made.append(path)
            except DataError as why:
                click.echo(f"not filmed: {why}", err=True)
    return made


def film_tracked(done: Any, league: Any, path: Path) -> None:
    """Write what `sportsai track` saw, `Done` of `video.pipeline`, as a film: boxes, trails, court lines, ball."""
    import numpy as np

    from sportsai.video.film import film
    from sportsai.video.lines import in_view, plan

    court, places, footage = plan(league.court), done.places, done.footage

    def lines(row: int) -> Any:
        if not places.known[row]:
            return np.zeros((0, 2))
        return in_view(court, places.to_court[row], footage.width, footage.height)

    with progress("Filming") as advance:
        film(footage, done.seen.frame, done.boxes, path, side=done.side, camera=done.seen.camera, lines=lines,
             ball=done.ball.px, rate_hz=done.seen.rate_hz, progress=advance)  # fmt: skip


def file_names(ids: Sequence[Any]) -> list[str]:
    """Return a file name for each event, none twice: ids come from files, and may hold anything."""
    names = [re.sub(r"[^A-Za-z0-9._-]+", "_", str(one)).strip("._") or "event" for one in ids]
    if len({name.casefold() for name in names}) < len(names):
        names = [f"{n}-{name}" for n, name in enumerate(names, 1)]
    return names


def said(game: Any, event: Any) -> str:
    """Return what is said of an event, in a line: when, what, who, how sure."""
    t = event["t_s"]
    who = game.player(event["player_id"]) if isinstance(event["player_id"], str) else None
    sure = f" ({event['score']:.0%})" if event["score"] == event["score"] else ""
    by = f" by {who.short_name or who.name}" if who else ""
    return f"{int(t // 60)}:{t % 60:04.1f} {event['type']}{by}{sure}"
