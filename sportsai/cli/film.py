"""sportsai film: events, or any stretch of a game, as films."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import Length, json_option, library_option, print_json


@click.command("film", short_help="Events, or any stretch of a game, as films.")
@click.argument("game")
@click.argument("event", required=False)
@click.option("--player", metavar="NAME", help="Key player: an id, or part of a name.")
@click.option("--period", type=int, metavar="N", help="Only this period.")
@click.option("--min-score", type=click.FloatRange(0, 1), metavar="P", help="Only events at least this probable.")
@click.option(
    "--at",
    type=Length(-1.0),
    metavar="MM:SS",
    help="Instead of events: the stretch around this time of --period (or the 1st).",
)
@click.option("--length", type=Length(), default="6s", show_default=True, help="With --at: how long.")
@click.option("--most", type=click.IntRange(min=1), default=12, show_default=True, help="Films at most, surest first.")
@click.option("--out", "-o", type=click.Path(path_type=Path, file_okay=False), default=Path("films"),
              show_default=True, help="Folder for the films.")  # fmt: skip
@click.option("--video", type=click.Path(path_type=Path), help="Where the footage lies now, if it was moved.")
@library_option
@json_option
def command(
    game: str, event: str | None, player: str | None, period: int | None, min_score: float | None, at: float | None,
    length: float, most: int, out: Path, video: Path | None, library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Film events of GAME, of type EVENT or all: recognised ones, and those that the provider logged.

    A game made by `sportsai track` is filmed from its footage (mp4): players' boxes by team, where they walked, the key
    player in a bright frame. Any other is drawn on the court (GIF).

    \b
    Examples:
      sportsai film 2417 turnover --player Kimmich
      sportsai film rally --at 0:01 --length 2s
      sportsai film half shot --min-score 0.7 --most 3 -o shots
      sportsai film half --video /media/games/half.mp4
    """
    from sportsai.cli._films import film_all
    from sportsai.library import Library

    library = Library(library_folder)
    loaded = library.load(game)
    events = _stretch(loaded, at, length, period or 1) if at is not None else _events(library, loaded, event)
    if player is not None:
        events = events[[_named(loaded, e, player) for e in events["player_id"]]]
    if period is not None:
        events = events[events["period"] == period]
    if min_score is not None:
        events = events[events["score"] >= min_score]
    if not len(events):
        from sportsai.errors import DataError

        raise DataError(
            f"no event of game {game} is as asked", expected="one event or more", todo="Ask for fewer things."
        )
    chosen = events.sort_values("score", ascending=False, na_position="last").head(most)
    made = film_all(loaded, chosen, out, video)
    if as_json:
        print_json({"game": game, "events": len(events), "films": [str(p) for p in made]})
        return
    for path in made:
        click.echo(str(path))
    if len(events) > len(chosen):
        click.echo(f"and {len(events) - len(chosen)} more events: --most {len(events)} films all")


def _events(library: Any, game: Any, event: str | None) -> Any:
    """Return a game's events: the newest run's of each kind, and the provider's; of one type where asked."""
    import pandas as pd

    from sportsai.errors import DataError, nearest

    kinds = {r.get("kind"): r["run_id"] for r in library.runs(game.id)}
    each = [library.predictions(game.id, run)[0] for run in kinds.values()]
    log = library.events(game.id).events
    each += [log] if len(log) else []
    if not each:
        raise DataError(f"game {game.id} has no events", expected="events, or --at",
                        todo=f"Run `sportsai analyse {game.id}` first, or ask for a time with --at.")  # fmt: skip
    events = pd.concat(each, ignore_index=True)
    if event is None:
        return events
    types = sorted(set(events["type"].dropna()))
    if event not in types:
        raise DataError(
            f'no event of type "{event}"', expected=f"one of {', '.join(types)}", todo=nearest(event, types)
        )
    return events[events["type"] == event]


def _stretch(game: Any, t: float, long: float, period: int) -> Any:
    """Return one event: the stretch around a time of a period."""
    import numpy as np

    from sportsai.data import events_frame
    from sportsai.errors import DataError

    if game.tracks is None:
        raise DataError(f"game {game.id} has no tracks", expected="positions", todo="Ingest its tracking data.")
    rows = np.flatnonzero((game.tracks.period == period) & (np.abs(game.tracks.t_s - t) <= long / 2))
    if not len(rows):
        raise DataError(f"nothing of game {game.id} {t:g} s into period {period}", expected="a time within it")
    first, last = (int(game.tracks.frame[rows[k]]) for k in (0, -1))
    name = f"p{period}-{int(t // 60)}-{t % 60:04.1f}"
    return events_frame({"event_id": [name], "period": [period], "t_s": [t], "frame": [first], "type": ["stretch"],
                         "start_frame": [first], "end_frame": [last + 1]})  # fmt: skip


def _named(game: Any, player_id: Any, name: str) -> bool:
    who = game.player(player_id) if isinstance(player_id, str) else None
    return who is not None and (who.id == name or name.casefold() in who.name.casefold())
