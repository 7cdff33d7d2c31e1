"""Events as films: of a game's footage where it was made from footage, else of the court and who moves on it."""

from __future__ import annotations

import re
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
    with progress("Filming") as advance:
        for n, e in enumerate(events.sort_values(["period", "t_s"]).to_dict("records")):
            advance(n, len(events))
            name = (
                re.sub(r"[^A-Za-z0-9._-]+", "_", str(e["event_id"])).strip("._") or f"event-{n}"
            )  # ids come from files
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


def said(game: Any, event: Any) -> str:
    """Return what is said of an event, in a line: when, what, who, how sure."""
    t = event["t_s"]
    who = game.player(event["player_id"]) if isinstance(event["player_id"], str) else None
    sure = f" ({event['score']:.0%})" if event["score"] == event["score"] else ""
    by = f" by {who.short_name or who.name}" if who else ""
    return f"{int(t // 60)}:{t % 60:04.1f} {event['type']}{by}{sure}"
