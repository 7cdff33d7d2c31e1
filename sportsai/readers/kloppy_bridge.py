"""The soccer feeds that kloppy reads, as readers of their own names: `--provider sportec`, `statsbomb`, `hawkeye`, ...

Source: github.com/PySport/kloppy 3.19.1 and the manual of each provider it names. This module knows what each feed's
files look like and which belong together; `_kloppy_games` turns what kloppy read into a `Game`.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sportsai.errors import DataError, one_line
from sportsai.readers import source

if TYPE_CHECKING:
    from sportsai.court import League
    from sportsai.data import Game

TITLE = "soccer feeds that kloppy 3.19.1 reads (github.com/PySport/kloppy)"
SPORTS = frozenset({"soccer"})
_HEAD = 1 << 16
_MAIN = ("positions", "events")

Files = dict[str, list[Path]]


def has(*marks: str) -> Callable[[str, bytes], bool]:
    """Return a test of a file's first bytes: all `marks` stand in them."""
    wanted = [m.encode() for m in marks]
    return lambda name, start: all(m in start for m in wanted)


def named(*parts: str) -> Callable[[str, bytes], bool]:
    """Return a test of a file's name: it has one of `parts` in it."""
    return lambda name, start: any(p in name.lower() for p in parts)


@dataclass(frozen=True)
class Feed:
    """One provider's feed: a reader like any other.

    roles: what a file is for -> its test; "positions" or "events" are what a game is made of, the rest go with them.
    optional: roles that may be missing. many: the main role may come in several files. halves: one file each half, that
    are read together.
    load: role -> paths, and the league, into kloppy's dataset.
    """

    name: str
    TITLE: str
    roles: dict[str, Callable[[str, bytes], bool]]
    load: Callable[[str, Files, Any], Any]
    optional: frozenset[str] = frozenset()
    many: bool = False
    halves: bool = False
    terms: str | None = None
    SPORTS: frozenset[str] = field(default=SPORTS)

    def role_of(self, path: Path) -> str | None:
        """Return what a file is for in this feed, None when it is not of it."""
        start = source.head(path, _HEAD).removeprefix(b"\xef\xbb\xbf")
        return next((role for role, test in self.roles.items() if test(path.name, start)), None)

    def sniff(self, path: Path) -> bool:
        """Whether `path` is a main file of this feed, or a folder with one."""
        if path.is_dir():
            return any(self.role_of(p) in _MAIN for p in sorted(path.iterdir()) if p.is_file())
        return self.role_of(path) in _MAIN

    def read(self, paths: tuple[Path, ...], league: League) -> Iterator[Game]:
        """Yield the one game in a feed's files.

        paths: a main file (what goes with it is looked for beside it), several files in any order, or their folder.
        """
        from sportsai.readers import _kloppy_games

        files = self._files(paths)
        for found in files.values():
            for path in found:
                _check_whole(path)
        yield _kloppy_games.game(self, files, league)

    def _files(self, paths: tuple[Path, ...]) -> Files:
        """Return role -> files of what the user named and what lies beside it."""
        first = paths[0]
        if first.is_dir():
            paths = tuple(p for p in sorted(first.iterdir()) if p.is_file() and self.role_of(p))
        files: Files = {}
        for path in paths:
            role = self.role_of(source.check_file(path))
            if role is None:
                raise DataError(f"this is not a file of {self.TITLE}", path=path, expected=", ".join(self.roles),
                                todo="Check --provider.")  # fmt: skip
            files.setdefault(role, []).append(path)
        mains = [r for r in _MAIN if r in files]
        if not mains:
            raise DataError(f"no file with positions or events of {self.TITLE}", path=first, expected="one of them")
        if self.halves and len(files[mains[0]]) == 1:  # half 2 alone would be taken for half 1
            first = files[mains[0]][0]
            alike = [p for p in first.parent.iterdir() if p.is_file() and _half(p) == _half(first)]
            files[mains[0]] = sorted(p for p in alike if self.role_of(p) == mains[0])
        for role in mains:
            if len(files[role]) > 1 and not self.many:
                raise DataError(
                    f"{len(files[role])} files with {role}", path=first, expected="one", todo="Name the file."
                )
        main = files[mains[0]][0]
        for role in self.roles:
            if role not in files and role not in _MAIN:
                beside = self._beside(main, role)
                if beside:
                    files[role] = beside
                elif role not in self.optional:
                    raise DataError(f"its {role} file is not beside it", path=main,
                                    expected=f"{self.name} {role}",
                                    todo="Put it there, or name both files.")  # fmt: skip
        return files

    def _beside(self, main: Path, role: str) -> list[Path]:
        """Return the file of `role` that goes with `main`: the one whose name is most like it, of the same numbers."""
        near = [p for p in main.parent.iterdir() if p != main and p.is_file()]
        near += [p for p in main.parent.parent.glob(f"*/{main.name}") if p.parent != main.parent]  # StatsBomb's folders
        found = sorted(p for p in near if self.role_of(p) == role)
        if role in self.optional or len(found) > 1:
            found = [p for p in found if _numbers(p) == _numbers(main)] or (found if role not in self.optional else [])
        if not found:
            return []
        best = max(_likeness(main, p) for p in found)
        found = [p for p in found if _likeness(main, p) == best]
        if len({p.stem for p in found}) > 1:
            raise DataError(f"several files beside it could be its {role}: {', '.join(p.name for p in found[:4])}",
                            path=main, expected="one", todo="Name both files.")  # fmt: skip
        return found[:1]


def _words(path: Path) -> set[str]:
    return set(re.split(r"[^A-Za-z0-9]+", path.name.lower()))


def _half(path: Path) -> str:
    """A file's name without the number of its half: "match_p1.json" and "match_p2.json" are alike."""
    return re.sub(r"(?i)(p|half|period)[ _-]?[1-5](?=[^0-9])", r"\1", path.name)


def _numbers(path: Path) -> set[str]:
    return {w for w in _words(path) if re.fullmatch(r"\d{4,}", w)}


def _likeness(a: Path, b: Path) -> float:
    return len(_words(a) & _words(b)) / len(_words(a) | _words(b))


def _check_whole(path: Path) -> None:
    """Raise DataError when a file is not UTF-8 text, or is cut short; kloppy's own words for that help nobody."""
    from sportsai.readers._frames import check_utf8

    check_utf8(source.head(path, 4096), path)
    if path.suffix in (".gz", ".xz"):
        return
    with path.open("rb") as f:
        start = f.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
        f.seek(max(0, path.stat().st_size - (1 << 16)))
        end = f.read().rstrip()
        where = _no_number(f.fileno()) if start[:1] in (b"[", b"{") else None
    if where is not None:
        raise DataError("a value is NaN or infinite", path=path, line=where, expected="numbers, or null for none",
                        todo="Correct the value, or ask the provider for the file again.")  # fmt: skip
    todo = "Download it again."
    if start[:1] == b"<" and not re.search(rb"</[\w:.-]+>\s*(<!--.*-->)?$|/>$", end[-400:], re.DOTALL):
        raise DataError(
            "the XML ends too early (the file is cut short)", path=path, expected="a complete file", todo=todo
        )
    if start[:1] in b"[{" and start and end[-1:] not in (b"}", b"]"):
        raise DataError(
            "the JSON ends too early (the file is cut short)", path=path, expected="a complete file", todo=todo
        )
    if start[:1] in (b"[",) and end[-1:] != b"]":
        raise DataError(
            "the JSON ends too early (the file is cut short)", path=path, expected="a complete file", todo=todo
        )


def _no_number(file: int) -> int | None:
    """Return the line of the first NaN or Infinity that stands where a JSON value does, None when there is none."""
    with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as text:
        for word in (b"NaN", b"Infinity"):
            at = text.find(word)
            while at >= 0:
                before = text[max(0, at - 8) : at].rstrip(b" \t\r\n-")
                if before[-1:] in (b":", b",", b"["):
                    return text[:at].count(b"\n") + 1
                at = text.find(word, at + 1)
    return None


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
        Feed("sportec", "Sportec Solutions / DFL XML, positions and events",
             {"match information": has("<MatchInformation"), "positions": has("<Positions"),
              "events": has("<PutDataRequest", "<Event ")}, _sportec),
        Feed("secondspectrum", "Second Spectrum JSON lines with XML or JSON metadata",
             {"positions": has('"frameIdx"', '"homePlayers"'),
              "metadata": lambda name, start: b"iFrameRateFps" in start or b'"startFrameIdx"' in start},
             lambda role, f, league: _load("secondspectrum", "load", coordinates="secondspectrum")(
                 meta_data=_one(f, "metadata"), raw_data=_one(f, "positions"))),
        Feed("hawkeye", "Hawk-Eye centroids and ball, one pair of files a minute, 50 Hz",
             {"positions": named(".samples.centroids"), "ball": named(".samples.ball"),
              "metadata": lambda name, start: b'"PitchLength"' in start or b"<pitch>" in start},
             _hawkeye, optional=frozenset({"metadata", "ball"}), many=True),
        Feed("pff", "PFF FC broadcast tracking, JSON lines with metadata and roster, 29.97 Hz",
             {"positions": has('"gameRefId"'), "metadata": has('"homeTeamStartLeft"'),
              "roster": has('"positionGroupType"')},
             lambda role, f, league: _load("pff", "load_tracking", coordinates="pff")(
                 meta_data=_one(f, "metadata"), roster_meta_data=_one(f, "roster"), raw_data=_one(f, "positions"))),
        Feed("statsperform", "Stats Perform: MA25 positions or MA3 events with MA1 line-ups",
             {"positions": lambda name, start: re.match(rb"\d{10,};\d", start) is not None,
              "MA1": lambda name, start: (b"matchInfo" in start and b"<matchEvents" not in start
                                         and (b'"lineUp"' in start or b"<lineUp" in start)),
              "events": lambda name, start: (b"<matchEvents" in start
                                            or (b'"matchInfo"' in start and b'"typeId"' in start))},
             _statsperform),
        Feed("signality", "Signality JSON, one file a half, with metadata and venue",
             {"positions": has('"utc_time"', '"home_team"'), "metadata": has('"team_home_lineup"'),
              "venue": has('"pitch_size"')},
             lambda role, f, league: _load("signality", "load", coordinates="signality")(
                 meta_data=_one(f, "metadata"), venue_information=_one(f, "venue"),
                 raw_data_feeds=_all(f, "positions")),
             many=True, halves=True),
        Feed("statsbomb", "StatsBomb events with line-ups and 360 freeze frames",
             {"360": has('"event_uuid"', '"freeze_frame"'), "line-ups": has('"player_nickname"'),
              "events": has('"Starting XI"')},
             lambda role, f, league: _load("statsbomb", "load")(
                 event_data=_one(f, "events"), lineup_data=_one(f, "line-ups"), three_sixty_data=_one(f, "360")),
             optional=frozenset({"360"}), terms="StatsBomb user agreement"),
        Feed("wyscout", "Wyscout events, version 2 or 3", {"events": has('"events"', '"matchPeriod"')},
             lambda role, f, league: _load("wyscout", "load")(event_data=_one(f, "events"))),
        Feed("opta", "Opta F24 events with F7 line-ups", {"events": has("<Games"), "F7": has("<SoccerFeed")},
             lambda role, f, league: _load("opta", "load")(f7_data=_one(f, "F7"), f24_data=_one(f, "events"))),
        Feed("datafactory", "DataFactory events", {"events": has('"homeTeamId"', '"dayName"')},
             lambda role, f, league: _load("datafactory", "load")(event_data=_one(f, "events"))),
        Feed("impect", "Impect events with line-ups",
             {"line-ups": has('"squadHome"'), "events": has('"gameTimeInSec"'), "squads": named("squads"),
              "players": named("players")},
             lambda role, f, league: _load("impect", "load")(
                 event_data=_one(f, "events"), lineup_data=_one(f, "line-ups"), squads_data=_one(f, "squads"),
                 players_data=_one(f, "players")),
             optional=frozenset({"squads", "players"})),
        Feed("metrica_events", "Metrica JSON events with EPTS metadata",
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
