"""The soccer feeds that kloppy reads, as readers of their own names: `--provider sportec`, `statsbomb`, `hawkeye`, ...

Source: github.com/PySport/kloppy 3.19.1 and the manual of each provider it names. This module knows what each feed's
files look like; `_kloppy_feed` finds which belong together, `_kloppy_games` turns what kloppy read into a `Game`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sportsai.errors import DataError, one_line
from sportsai.readers import _kloppy_feed, source
from sportsai.readers._kloppy_feed import Feed, Files

if TYPE_CHECKING:
    from sportsai.court import League
    from sportsai.data import Game

TITLE = "soccer feeds that kloppy 3.19.1 reads (github.com/PySport/kloppy)"
SPORTS = _kloppy_feed.SPORTS


def has(*marks: str) -> Callable[[str, bytes], bool]:
    """Return a test of a file's first bytes: all `marks` stand in them."""
    wanted = [m.encode() for m in marks]
    return lambda name, start: all(m in start for m in wanted)


def named(*parts: str) -> Callable[[str, bytes], bool]:
    """Return a test of a file's name: it has one of `parts` in it."""
    return lambda name, start: any(p in name.lower() for p in parts)


class Reader(Feed):
    """A feed as a reader like any other."""

    def read(self, paths: tuple[Path, ...], league: League) -> Iterator[Game]:
        """Yield the one game in a feed's files.

        paths: a main file (what goes with it is looked for beside it), several files in any order, or their folder.
        """
        from sportsai.readers import _kloppy_games

        yield _kloppy_games.game(self, self.files_of(paths), league)


def _load(module: str, function: str, **fixed: Any) -> Callable[..., Any]:
    """Return kloppy's function, fetched when it is called."""

    def load(**files: Any) -> Any:
        from importlib import import_module

        return getattr(import_module(f"kloppy.{module}"), function)(**files, **fixed)

    return load


def _one(files: Files, role: str) -> str | None:
    return str(files[role][0]) if files.get(role) else None


def _all(files: Files, role: str) -> list[str]:
    return [str(p) for p in files.get(role, [])]


def _sportec(role: str, f: Files, league: Any) -> Any:
    if role == "events":
        return _load("sportec", "load_event")(event_data=_one(f, "events"), meta_data=_one(f, "match information"))
    load = _load("sportec", "load_tracking", coordinates="sportec:tracking")
    return load(raw_data=_one(f, "positions"), meta_data=_one(f, "match information"))


def _statsperform(role: str, f: Files, league: Any) -> Any:
    size = {"pitch_length": league.court.length_m, "pitch_width": league.court.width_m}
    if role == "events":
        return _load("statsperform", "load_event")(ma1_data=_one(f, "MA1"), ma3_data=_one(f, "events"), **size)
    load = _load("statsperform", "load_tracking", coordinates="sportvu", tracking_system="sportvu")
    return load(ma1_data=_one(f, "MA1"), ma25_data=_one(f, "positions"), **size)


def _hawkeye(role: str, f: Files, league: Any) -> Any:
    balls = [Path(str(p).replace(".samples.centroids", ".samples.ball")) for p in f["positions"]]
    for path in balls:
        source.check_file(path)
    size = {"pitch_length": league.court.length_m, "pitch_width": league.court.width_m}
    load = _load("hawkeye", "load", coordinates="hawkeye")
    return load(ball_feeds=[str(p) for p in balls], player_centroid_feeds=_all(f, "positions"),
                meta_data=_one(f, "metadata"), **size)  # fmt: skip


FEEDS = {
    feed.name: feed
    for feed in (
        Reader("sportec", "Sportec Solutions / DFL XML, positions and events",
               {"match information": has("<MatchInformation"), "positions": has("<Positions"),
                "events": has("<PutDataRequest", "<Event ")}, _sportec),
        Reader("secondspectrum", "Second Spectrum JSON lines with XML or JSON metadata",
               {"positions": has('"frameIdx"', '"homePlayers"'),
                "metadata": lambda name, start: b"iFrameRateFps" in start or b'"startFrameIdx"' in start},
               lambda role, f, league: _load("secondspectrum", "load", coordinates="secondspectrum")(
                   meta_data=_one(f, "metadata"), raw_data=_one(f, "positions"))),
        Reader("hawkeye", "Hawk-Eye centroids and ball, one pair of files a minute, 50 Hz",
               {"positions": named(".samples.centroids"), "ball": named(".samples.ball"),
                "metadata": lambda name, start: b'"PitchLength"' in start or b"<pitch>" in start},
               _hawkeye, optional=frozenset({"metadata", "ball"}), many=True),
        Reader("pff", "PFF FC broadcast tracking, JSON lines with metadata and roster, 29.97 Hz",
               {"positions": has('"gameRefId"'), "metadata": has('"homeTeamStartLeft"'),
                "roster": has('"positionGroupType"')},
               lambda role, f, league: _load("pff", "load_tracking", coordinates="pff")(
                   meta_data=_one(f, "metadata"), roster_meta_data=_one(f, "roster"), raw_data=_one(f, "positions"))),
        Reader("statsperform", "Stats Perform: MA25 positions or MA3 events with MA1 line-ups",
               {"positions": lambda name, start: re.match(rb"\d{10,};\d", start) is not None,
                "MA1": lambda name, start: (b"matchInfo" in start and b"<matchEvents" not in start
                                           and (b'"lineUp"' in start or b"<lineUp" in start)),
                "events": lambda name, start: (b"<matchEvents" in start
                                              or (b'"matchInfo"' in start and b'"typeId"' in start))},
               _statsperform),
        Reader("signality", "Signality JSON, one file a half, with metadata and venue",
               {"positions": has('"utc_time"', '"home_team"'), "metadata": has('"team_home_lineup"'),
                "venue": has('"pitch_size"')},
               lambda role, f, league: _load("signality", "load", coordinates="signality")(
                   meta_data=_one(f, "metadata"), venue_information=_one(f, "venue"),
                   raw_data_feeds=_all(f, "positions")),
               many=True, halves=True),
        Reader("statsbomb", "StatsBomb events with line-ups and 360 freeze frames",
               {"360": has('"event_uuid"', '"freeze_frame"'), "line-ups": has('"player_nickname"'),
                "events": has('"Starting XI"')},
               lambda role, f, league: _load("statsbomb", "load")(
                   event_data=_one(f, "events"), lineup_data=_one(f, "line-ups"), three_sixty_data=_one(f, "360")),
               optional=frozenset({"360"}), terms="StatsBomb user agreement"),
        Reader("wyscout", "Wyscout events, version 2 or 3", {"events": has('"events"', '"matchPeriod"')},
               lambda role, f, league: _load("wyscout", "load")(event_data=_one(f, "events"))),
        Reader("opta", "Opta F24 events with F7 line-ups", {"events": has("<Games"), "F7": has("<SoccerFeed")},
               lambda role, f, league: _load("opta", "load")(f7_data=_one(f, "F7"), f24_data=_one(f, "events"))),
        Reader("datafactory", "DataFactory events", {"events": has('"homeTeamId"', '"dayName"')},
               lambda role, f, league: _load("datafactory", "load")(event_data=_one(f, "events"))),
        Reader("impect", "Impect events with line-ups",
               {"line-ups": has('"squadHome"'), "events": has('"gameTimeInSec"'), "squads": named("squads"),
                "players": named("players")},
               lambda role, f, league: _load("impect", "load")(
                   event_data=_one(f, "events"), lineup_data=_one(f, "line-ups"), squads_data=_one(f, "squads"),
                   players_data=_one(f, "players")),
               optional=frozenset({"squads", "players"})),
        Reader("metrica_events", "Metrica JSON events with EPTS metadata",
               {"events": has('"subtypes"', '"index"', '"data"'), "metadata": has("FIFADataTransferFormatEPTS")},
               lambda role, f, league: _load("metrica", "load_event")(
                   event_data=_one(f, "events"), meta_data=_one(f, "metadata"))),
    )
}  # fmt: skip
PROVIDERS = tuple(FEEDS)


def sniff(path: Path) -> bool:
    """Whether `path` is a main file of one of the feeds, or a folder with one."""
    return any(feed.sniff(path) for feed in FEEDS.values())


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield the one game of a feed, guessed from the files."""
    feed = next((f for f in FEEDS.values() if f.sniff(paths[0])), None)
    if feed is None:
        raise DataError(f"{one_line(paths[0].name, 80)} is of no feed that kloppy reads", path=paths[0],
                        expected=", ".join(PROVIDERS), todo="Name the provider with --provider.")  # fmt: skip
    yield from feed.read(paths, league)
