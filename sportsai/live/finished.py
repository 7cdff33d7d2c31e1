"""The finished game of the very lines that were followed: what the batch run is given to compare the two."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sportsai.court import League
from sportsai.data import Game
from sportsai.live.direction import Directions
from sportsai.live.feeds import load_feed
from sportsai.live.stretch import Stretch


def finished(
    name: str, league: League, lines: Iterable[bytes], companions: tuple[Path, ...] = (),
    home_attacks: str | None = None, first: Path | None = None,
) -> Game:  # fmt: skip
    """Return the game that lines of the feed called `name` tell, with the directions that are found of the whole of it.

    Every frame is in memory. ValueError for a line that is no frame, DataError as `Feed.head` raises it.
    """
    feed = load_feed(name)
    stretch: Stretch | None = None
    for line in lines:
        if not line.strip():
            continue
        if stretch is None:
            head = feed.head(first, companions, league, line)
            parse, stretch = feed.parser(head, league), Stretch(head, Directions(home_attacks), kept_s=1e9)
        if feed.ends(line):
            break
        sample = parse(line)
        if sample is not None:
            stretch.add(sample)
    if stretch is None:
        raise ValueError("no lines")
    stretch.directions.over(stretch)
    return stretch.window(0).game
