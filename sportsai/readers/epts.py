"""FIFA EPTS as Metrica Sports delivers it: an XML that describes the match and the text file, and the text file.

Source: FIFA "Standard Data Format for EPTS", version 2; Metrica's sample game 3. `DataFormatSpecification` says how a
line is cut (frame, then players, then ball) and which channel of which player stands where. Positions are shares of the
pitch, (0, 0) is the top left corner and y grows downwards; a missing or NaN value is one who is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, Game, Player, Slot, Team, Tracks, empty_tracks, game_id
from sportsai.errors import DataError, one_line
from sportsai.readers import _frames, source

TITLE = "FIFA EPTS, XML metadata and a text file of positions (FIFA Standard Data Format; Metrica)"
SPORTS = frozenset({"soccer"})
_HALVES = ("first_half", "second_half", "first_extra_half", "second_extra_half")


def sniff(path: Path) -> bool:
    """Whether `path` is EPTS metadata, a text file with EPTS metadata beside it, or a folder with them."""
    if path.is_dir():
        return any(p.suffix == ".xml" and p.is_file() and _is_meta(p) for p in sorted(path.iterdir()))
    if path.suffix == ".xml":
        return _is_meta(path)
    start = source.head(path, 512)
    number, _, rest = start.partition(b":")
    first = rest.split(b";")[0].split(b",")
    return number.isdigit() and len(first) != 6 and path.suffix == ".txt" and b"," in rest


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield the one game of a metadata XML and its text file.

    paths: both files in either order; one of them, the other being beside it (`metadata` for `tracking` in its name, or
    the only such file of the folder); or their folder.
    """
    metadata, positions = _pair(paths)
    meta = _Meta.read(metadata)
    with _frames.at(positions):
        tracks = _tracks(positions, meta)
    yield Game(
        id=game_id(meta.id or positions.name.split(".")[0]),
        league=league.name,
        teams=meta.teams,
        roster=meta.roster,
        court_length_m=meta.length_m,
        court_width_m=meta.width_m,
        periods=_frames.periods_of(tracks, meta.roster, meta.attacks_right),
        tracks=tracks,
        date=meta.date,
        score=meta.score,
        provider="epts",
        source=source.fingerprints(metadata, positions),
    )


def _is_meta(path: Path) -> bool:
    return b"EPTS" in source.head(path, 1024) or b"<DataFormatSpecification" in source.head(path, 1 << 17)


def _pair(paths: tuple[Path, ...]) -> tuple[Path, Path]:
    first = paths[0]
    if first.is_dir():
        paths = tuple(p for p in sorted(first.iterdir()) if p.is_file() and sniff(p))
        if len(paths) != 2:
            raise DataError(
                f"{len(paths)} EPTS files in this folder",
                path=first,
                expected="one XML and one text file",
                todo="Name the two files.",
            )
    source.check_file(paths[0])
    if len(paths) == 1:
        swaps = (("metadata", "tracking"), ("Metadata", "RawData"), ("metadata", "rawdata"))
        end = ".txt" if _is_meta(first) else ".xml"
        names = [first.name.replace(a, b) for pair in swaps for a, b in (pair, pair[::-1])]
        found = [first.with_name(n).with_suffix(end) for n in names]
        other = next((p for p in found if p != first and p.is_file()), None)
        if other is None:
            beside = [p for p in first.parent.glob(f"*{end}") if end == ".txt" or _is_meta(p)]
            other = beside[0] if len(beside) == 1 else None
        if other is None:
            what = "the positions are" if end == ".txt" else "the metadata XML is"
            raise DataError(
                f"{what} not beside it",
                path=first,
                expected=found[0].name if end == ".txt" else found[1].name,
                todo="Put it there, or name both files.",
            )
        paths = (first, other)
    source.check_file(paths[1])
    first_is = _is_meta(paths[0]) or (paths[0].suffix == ".xml" and not _is_meta(paths[1]))
    return (paths[0], paths[1]) if first_is else (paths[1], paths[0])


@dataclass(frozen=True)
class _Layout:
    """How lines up to frame `last` are cut: the separators, and what stands in each place."""

    last: int
    separators: frozenset[str]
    places: tuple[str, ...]


@dataclass(frozen=True)
class _Meta:
    """What the XML says; places of a layout are "frame", "<player id> x", "ball y" or "" for what is not read."""

    rate_hz: Fraction
    length_m: float
    width_m: float
    teams: tuple[Team, Team]
    roster: tuple[Player, ...]
    periods: dict[int, tuple[int, int]]
    attacks_right: dict[int, int]
    layouts: tuple[_Layout, ...]
    id: str | None
    date: str | None
    score: tuple[int, int] | None

    @classmethod
    def read(cls, path: Path) -> _Meta:
        """Read the XML; raise DataError naming what is missing from it."""
        root = source.parse_xml(source.read_bytes(path), path)
        main = root.find("Metadata")
        formats = root.find("DataFormatSpecifications")
        if main is None or formats is None:
            raise DataError(
                "this is not EPTS metadata",
                path=path,
                expected="Metadata and DataFormatSpecifications",
                todo="Check --provider.",
            )

        def said(where: str, node: Any = main) -> str:
            text = node.findtext(where)
            if text is None:
                raise DataError("it is missing", path=path, key=where, expected="EPTS metadata")
            return str(text)

        rate = _frames.rate_hz(said("GlobalConfig/FrameRate"), path, "FrameRate")
        session = main.find("Sessions/Session")
        field = main.find("Sessions/Session/FieldSize")
        if field is None:
            raise DataError("the pitch's size is missing", path=path, key="FieldSize", expected="its width and height")
        size = [_frames.number(said(k, field), path, f"FieldSize/{k}", least=0) for k in ("Width", "Height")]
        units = {u.text for u in main.iterfind("Devices/Device/Sensors/Sensor[@id='position']/Channels/Channel/Unit")}
        if not units <= {"normalized"}:
            raise DataError(
                f'positions are in "{one_line(sorted(map(str, units))[0], 20)}"',
                path=path,
                key="Unit",
                expected="normalized (shares of the pitch)",
            )
        teams, sides = _teams(main, path)
        roster = _roster(main, sides, path)
        for side in (HOME, AWAY):
            if not any(p.side == side for p in roster):
                raise DataError(
                    f'team "{one_line(teams[side].name, 60)}" has no players',
                    path=path,
                    key="Players",
                    expected="at least one player on each side",
                )
        goals = [main.findtext(f"Sessions/Session/MatchParameters/Score/{k}TeamScore") for k in ("Local", "Visiting")]
        return cls(
            rate,
            size[0],
            size[1],
            teams,
            roster,
            _periods(main, path),
            _directions(main, sides),
            _layouts(main, formats, path),
            main.findtext("GlobalConfig/FileName"),
            (session.findtext("Start") or "")[:10] or None,
            _frames.score(*goals),
        )


def _parameters(node: Any) -> dict[str, str]:
    if node is None:
        return {}
    return {str(p.findtext("Name")): str(p.findtext("Value") or "") for p in node.iterfind("ProviderParameter")}


def _teams(main: Any, path: Path) -> tuple[tuple[Team, Team], dict[str, int]]:
    found = {t.get("id"): Team(str(t.get("id")), str(t.findtext("Name"))) for t in main.iterfind("Teams/Team")}
    score = main.find("Sessions/Session/MatchParameters/Score")
    ids = [score.get("idLocalTeam"), score.get("idVisitingTeam")] if score is not None else list(found)
    if len(ids) != 2 or not all(i in found for i in ids):
        raise DataError(f"{len(found)} teams", path=path, key="Teams", expected="a local and a visiting team")
    return (found[ids[0]], found[ids[1]]), {ids[0]: HOME, ids[1]: AWAY}


def _roster(main: Any, sides: dict[str, int], path: Path) -> tuple[Player, ...]:
    roster = []
    for p in main.iterfind("Players/Player"):
        extra = _parameters(p.find("ProviderPlayerParameters"))
        number = p.findtext("ShirtNumber") or ""
        if p.get("teamId") not in sides:
            raise DataError(
                f'player "{one_line(p.get("id"), 40)}" is of no team', path=path, key="teamId", expected="a team's id"
            )
        keeper = extra.get("position_index") == "0" or extra.get("position_type", "").lower() == "goalkeeper"
        role = extra.get("position_type")
        roster.append(
            Player(
                str(p.get("id")),
                p.findtext("Name") or str(p.get("id")),
                sides[p.get("teamId")],
                _frames.whole(number),
                "GK" if keeper else role if role != "Unknown" else None,
            )
        )
    return tuple(roster)


def _periods(main: Any, path: Path) -> dict[int, tuple[int, int]]:
    said = _parameters(main.find("GlobalConfig/ProviderGlobalParameters"))
    periods = {}
    for number, half in enumerate(_HALVES, 1):
        start, end = said.get(f"{half}_start"), said.get(f"{half}_end")
        if start and end:
            periods[number] = (
                int(_frames.number(start, path, f"{half}_start")),
                int(_frames.number(end, path, f"{half}_end")),
            )
    if not periods:
        raise DataError(
            "no period has frames", path=path, key="first_half_start", expected="the frame each half starts at"
        )
    return periods


def _directions(main: Any, sides: dict[str, int]) -> dict[int, int]:
    """The side that attacks right in halves 1 and 2, as the teams' parameters say; ends change at half-time (Law 8)."""
    for team in main.iterfind("Teams/Team"):
        said = _parameters(team.find("ProviderTeamsParameters")).get("attack_direction_first_half")
        if said in ("left_to_right", "right_to_left") and team.get("id") in sides:
            first = sides[team.get("id")] if said == "left_to_right" else 1 - sides[team.get("id")]
            return {1: first, 2: 1 - first}
    return {}


def _layouts(main: Any, formats: Any, path: Path) -> tuple[_Layout, ...]:
    channel = {
        c.get("id"): (c.get("playerId"), c.get("channelId")) for c in main.iterfind("PlayerChannels/PlayerChannel")
    }
    layouts = []
    for spec in formats.iterfind("DataFormatSpecification"):
        places: list[str] = []
        separators = {spec.get("separator")}
        for node in spec.iter():
            if node.tag == "SplitRegister":
                separators.add(node.get("separator"))
            elif node.tag == "StringRegister":
                places.append("frame" if node.get("name") == "frameCount" or not places else "")
            elif node.tag == "PlayerChannelRef":
                player, what = channel.get(node.get("playerChannelId"), ("", ""))
                places.append(f"{player} {what}" if what in ("x", "y") else "")
            elif node.tag == "BallChannelRef":
                places.append(f"ball {node.get('channelId')}" if node.get("channelId") in ("x", "y", "z") else "")
        if places[:1] != ["frame"] or not all(isinstance(s, str) and len(s) == 1 for s in separators):
            raise DataError(
                "the lines' layout cannot be read",
                path=path,
                key="DataFormatSpecification",
                expected="frameCount first, one character between values",
            )
        layouts.append(_Layout(int(spec.get("endFrame") or 0), frozenset(map(str, separators)), tuple(places)))
    if not layouts:
        raise DataError(
            "the lines' layout is missing", path=path, key="DataFormatSpecification", expected="one or more"
        )
    return tuple(sorted(layouts, key=lambda x: x.last))


def _tracks(path: Path, meta: _Meta) -> Tracks:
    raw = source.read_bytes(path)
    _frames.check_utf8(raw[:4096], path)
    slots = tuple(Slot(p.id, p.side) for p in meta.roster)
    frames, shares, balls = [], [], []
    for lines, numbers, layout in _parts(raw, meta.layouts, path):
        frame, xy, ball = _table(lines, numbers, layout, slots, path)
        frames.append(frame)
        shares.append(xy)
        balls.append(ball)
    frame = np.concatenate(frames)
    xy, ball = np.concatenate(shares), np.concatenate(balls)
    arrays = empty_tracks(len(frame), slots, meta.rate_hz)
    arrays["frame"] = frame
    for number, (start, end) in meta.periods.items():
        rows = (frame >= start) & (frame <= end)
        arrays["period"][rows] = number
        arrays["t_s"][rows] = (frame[rows] - start) / float(meta.rate_hz)
    half = np.isnan(xy).sum(-1) == 1
    if half.any() or np.isinf(xy).any() or np.isinf(ball).any():
        row = int((half.any(1) | np.isinf(xy).any((1, 2)) | np.isinf(ball).any(1)).argmax())
        raise DataError(
            f"a position at frame {frame[row]} is half missing or infinite",
            expected="two numbers or none",
            todo="Correct the value, or ask the provider for the file again.",
        )
    to_m = np.array([meta.length_m, -meta.width_m], np.float32)
    middle = np.float32(0.5)
    arrays["present"] = ~np.isnan(xy[..., 0])
    arrays["xy"] = np.where(arrays["present"][..., None], (xy - middle) * to_m, np.float32(0))
    arrays["ball_present"] = ~np.isnan(ball[:, :2]).any(1)
    arrays["ball_xy"] = np.where(arrays["ball_present"][:, None], (ball[:, :2] - middle) * to_m, np.float32(0))
    arrays["ball_z"] = ball[:, 2]
    return Tracks(**arrays)


def _parts(raw: bytes, layouts: tuple[_Layout, ...], path: Path) -> Iterator[tuple[bytes, NDArray[np.int64], _Layout]]:
    """Cut the text into the stretches that share a layout; yield the text, the number of each line, and the layout."""
    lines = raw.splitlines()
    full = np.array([i for i, line in enumerate(lines) if line.strip()], np.int64)
    if not len(full):
        raise DataError("there are no frames in it", path=path, expected="a line a frame", todo="Download it again.")
    start = 0
    for k, layout in enumerate(layouts):
        mark = b":" if ":" in layout.separators else sorted(layout.separators)[0].encode()
        stop = start
        last = k == len(layouts) - 1
        while stop < len(full):
            number = lines[full[stop]].partition(mark)[0]
            if not last and number.isdigit() and int(number) > layout.last:
                break
            stop += 1
        if stop > start:
            yield b"\n".join(lines[i] for i in full[start:stop]), full[start:stop] + 1, layout
        start = stop


def _table(
    text: bytes, lines: NDArray[np.int64], layout: _Layout, slots: tuple[Slot, ...], path: Path
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Read lines of one layout: frame (T,), shares (T, P, 2) and ball (T, 3), NaN where there is no value."""
    import polars as pl

    if ";" in layout.separators:  # a register may end with its separator
        text = text.replace(b";:", b":").replace(b";\n", b"\n")
    marks = "".join(sorted(layout.separators))
    text = text.translate(bytes.maketrans(marks.encode(), b"," * len(marks))).replace(b",\n", b"\n")
    commas = np.frombuffer(text, np.uint8)
    ends = np.append(np.flatnonzero(commas == 10), len(text))
    count = np.diff(np.searchsorted(np.flatnonzero(commas == 44), np.insert(ends, 0, 0)))
    if (count != len(layout.places) - 1).any():
        row = int((count != len(layout.places) - 1).argmax())
        what = "the line is cut short" if count[row] < len(layout.places) - 1 else "the line is too long"
        raise DataError(
            f"{what} ({count[row] + 1} values)",
            path=path,
            line=int(lines[row]),
            expected=f"{len(layout.places)} values",
            todo="Download it again, or check the metadata.",
        )
    columns: dict[str, Any] = {}
    for i, place in enumerate(layout.places):
        columns[place or f"unread {i}"] = pl.Int32 if place == "frame" else pl.Float32 if place else pl.String
    keep = [p for p in layout.places if p]
    table = _frames.number_table(text, columns, path, keep=keep, allow_empty=keep[1:], lines=lines)

    def column(name: str) -> NDArray[np.float32]:
        if name not in table.columns:
            return np.full(table.height, np.nan, np.float32)
        return table[name].fill_null(float("nan")).to_numpy()

    xy = np.stack([np.stack([column(f"{s.player_id} {c}") for c in "xy"], -1) for s in slots], 1)
    return table["frame"].to_numpy(), xy, np.stack([column(f"ball {c}") for c in "xyz"], -1)
