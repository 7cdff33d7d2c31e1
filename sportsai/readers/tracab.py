"""TRACAB optical tracking: the `.dat` text or JSON of positions, and metadata as XML (two layouts) or JSON.

Source: ChyronHego TRACAB "Gen 4 / Gen 5 data format" as kloppy and floodlight read it; a `.dat` line is
`frame:team,target,shirt,x,y,speed;...;:ball x,y,z,speed,owner,status[,contact];:` in centimetres about the pitch's
centre, y up. Team 1 is home, 0 away, 3 a referee, 4 an empty place, -1 an object nobody identified.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, NO_SIDE, Game, Player, Slot, Team, Tracks, empty_tracks, game_id
from sportsai.errors import DataError, one_line
from sportsai.readers import _frames, source
from sportsai.units import CM_M

TITLE = "TRACAB optical tracking, .dat or JSON with XML or JSON metadata (ChyronHego)"
SPORTS = frozenset({"soccer"})
_SIDE_OF = {1: HOME, 0: AWAY, 3: NO_SIDE}
_EMPTY_PLACE = 4
_CHUNK = 1 << 22
_COLON, _SEMICOLON, _NEWLINE = 58, 59, 10


def sniff(path: Path) -> bool:
    """Whether `path` is a TRACAB position file, or a folder with one."""
    if path.is_dir():
        return any(p.is_file() and sniff(p) for p in sorted(path.iterdir()))
    start = source.head(path, 2048)
    if start.lstrip()[:1] == b"{":
        return b'"FrameData"' in start and b'"PlayerPositions"' in start
    number, _, rest = start.lstrip().partition(b":")
    first = rest.split(b";")[0].split(b",")
    return number.isdigit() and len(first) == 6 and first[0].lstrip(b"-").isdigit()


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield the one game of a position file and its metadata.

    paths: (positions, metadata) in either order, (positions,) with the metadata beside it (`*meta*.xml`,
    `*meta*.json` or the positions' own name as .xml or .json), or a folder holding both.
    """
    positions, metadata = _pair(paths)
    meta = _read_meta(metadata)
    seen = _json_objects(positions) if source.head(positions, 64).lstrip()[:1] == b"{" else _dat_objects(positions)
    with _frames.at(positions):
        tracks, roster, repairs = _tracks(seen, meta, positions)
    yield Game(
        id=game_id(meta.id or positions.name.split(".")[0]),
        league=league.name,
        teams=meta.teams,
        roster=tuple(roster),
        court_length_m=meta.length_m,
        court_width_m=meta.width_m,
        periods=_frames.periods_of(tracks, roster, meta.attacks_right),
        tracks=tracks,
        date=meta.date,
        provider="tracab",
        source=source.fingerprints(positions, metadata),
        repairs=repairs,
    )


def _pair(paths: tuple[Path, ...]) -> tuple[Path, Path]:
    first = paths[0]
    if first.is_dir():
        found = [p for p in sorted(first.iterdir()) if p.is_file() and sniff(p)]
        if len(found) != 1:
            raise DataError(
                f"{len(found)} TRACAB position files in this folder", path=first, expected="one", todo="Name it."
            )
        paths = (found[0], *paths[1:])
        first = paths[0]
    source.check_file(first)
    if len(paths) > 1:
        source.check_file(paths[1])
        return (paths[1], paths[0]) if not sniff(first) and sniff(paths[1]) else (first, paths[1])
    stem = first.name.split(".")[0]
    names = [f"{stem}.xml", f"{stem}_metadata.xml", f"{stem}_meta.xml", f"{stem}_metadata.json", f"{stem}_meta.json"]
    names += [f"{stem.replace('raw', 'meta')}{end}" for end in (".xml", ".json") if "raw" in stem]
    beside = [first.with_name(n) for n in names if first.with_name(n).is_file()]
    if not beside:
        beside = [p for p in sorted(first.parent.glob("*meta*")) if p.suffix in (".xml", ".json") and _is_meta(p)]
        beside = beside if len(beside) == 1 else []
    if not beside:
        raise DataError(
            "the metadata file (periods and line-ups) is not beside it",
            path=first,
            expected=f"{names[0]} or {names[1]}",
            todo="Put it there, or name it after the positions.",
        )
    return first, beside[0]


def _is_meta(path: Path) -> bool:
    start = source.head(path)
    return any(word in start for word in (b"TracabMetaData", b"OptaMetaData", b"Phase1StartFrame", b"iFrameRateFps"))


@dataclass
class _Meta:
    """What the metadata says. `shirts`: (side, shirt number) -> player; `periods`: number -> (first, last) frame."""

    rate_hz: Fraction
    length_m: float
    width_m: float
    periods: dict[int, tuple[int, int]]
    teams: tuple[Team, Team] = (Team("home", "home"), Team("away", "away"))
    shirts: dict[tuple[int, int], Player] = field(default_factory=dict)
    attacks_right: dict[int, int] = field(default_factory=dict)
    id: str | None = None
    date: str | None = None


def _read_meta(path: Path) -> _Meta:
    raw = source.read_bytes(path)
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{":
        return _flat_meta(source.parse_json(raw, path), path)
    tree = source.parse_xml(raw, path)
    match = tree.find("match")
    if match is None:
        return _flat_meta(_as_dict(tree), path)
    said = match.attrib
    for key in ("iFrameRateFps", "fPitchXSizeMeters", "fPitchYSizeMeters"):
        if key not in said:
            raise DataError(f"{key} is missing", path=path, key="match", expected="TRACAB metadata")
    first_last = {
        int(p.get("iId", 0)): (int(p.get("iStartFrame", 0)), int(p.get("iEndFrame", 0)))
        for p in match.findall("period")
    }
    meta = _Meta(
        _frames.rate_hz(said["iFrameRateFps"], path, "iFrameRateFps"),
        _frames.number(said["fPitchXSizeMeters"], path, "fPitchXSizeMeters", least=0),
        _frames.number(said["fPitchYSizeMeters"], path, "fPitchYSizeMeters", least=0),
        _some(first_last, path),
        id=said.get("iId"),
        date=str(said.get("dtDate") or "")[:10] or None,
    )
    both = _as_dict(tree)
    return _with_lineups(meta, both.get("HomeTeam"), both.get("AwayTeam"), path)


def _as_dict(node: Any) -> Any:
    """An XML element as nested dicts; repeated children become a list under their parent's key."""
    children = list(node)
    if not children:
        return node.text or ""
    if len({c.tag for c in children}) == 1 and children[0].tag in ("Player", "item"):
        return [_as_dict(c) for c in children]
    return {c.tag: _as_dict(c) for c in children}


def _flat_meta(said: Any, path: Path) -> _Meta:
    for key in ("FrameRate", "PitchLongSide", "PitchShortSide", "Phase1StartFrame"):
        if not isinstance(said, dict) or key not in said:
            raise DataError(
                f"{key} is missing",
                path=path,
                key=key,
                expected="TRACAB metadata",
                todo="Check that this is the metadata of the positions.",
            )
    phases = {
        n: (int(said.get(f"Phase{n}StartFrame") or 0), int(said.get(f"Phase{n}EndFrame") or 0)) for n in range(1, 6)
    }
    meta = _Meta(
        _frames.rate_hz(said["FrameRate"], path, "FrameRate"),
        _frames.number(said["PitchLongSide"], path, "PitchLongSide", least=0) * CM_M,
        _frames.number(said["PitchShortSide"], path, "PitchShortSide", least=0) * CM_M,
        _some(phases, path),
        id=str(said.get("GameID") or "") or None,
        date=str(said.get("Kickoff") or "")[:10] or None,
        attacks_right={
            n: {"true": HOME, "false": AWAY}[left]
            for n in phases
            if (left := str(said.get(f"Phase{n}HomeGKLeft")).lower()) in ("true", "false")
        },
    )
    return _with_lineups(meta, said.get("HomeTeam"), said.get("AwayTeam"), path)


def _some(periods: dict[int, tuple[int, int]], path: Path) -> dict[int, tuple[int, int]]:
    played = {n: se for n, se in periods.items() if se != (0, 0)}
    if not played:
        raise DataError("no period has frames", path=path, expected="a start and an end frame of each period")
    for n, (start, end) in played.items():
        if end <= start:
            raise DataError(
                f"period {n} ends at frame {end} and begins at {start}", path=path, expected="an end after it"
            )
    return played


def _with_lineups(meta: _Meta, home: Any, away: Any, path: Path) -> _Meta:
    if not home or not away:
        return meta
    teams = []
    first = min(start for start, _ in meta.periods.values())
    for side, team in ((HOME, home), (AWAY, away)):
        if not isinstance(team, dict):
            raise DataError("a team is not described", path=path, key="HomeTeam", expected="TRACAB metadata")
        name = unescape(unescape(str(team.get("ShortName") or team.get("LongName") or ("home", "away")[side])))
        full = unescape(unescape(str(team.get("LongName") or name)))
        teams.append(Team(str(team.get("TeamId") or team.get("TeamID") or ("home", "away")[side]), full, name))
        players = team.get("Players")
        if not players or not isinstance(players, list):
            raise DataError(
                f'team "{one_line(name, 60)}" has no players',
                path=path,
                key="Players",
                expected="a line-up of each team",
            )
        for p in players:
            if _frames.whole(p.get("JerseyNo")) is None:
                raise DataError("a player has no shirt number", path=path, key="JerseyNo", expected="a number")
            person = f"{unescape(str(p.get('FirstName') or ''))} {unescape(str(p.get('LastName') or ''))}".strip()
            start = str(p.get("StartFrameCount") or "")
            meta.shirts[side, int(p["JerseyNo"])] = Player(
                id=str(p.get("PlayerId") or p.get("PlayerID") or f"{('home', 'away')[side]}_{p['JerseyNo']}"),
                name=person or str(p["JerseyNo"]),
                side=side,
                number=int(p["JerseyNo"]),
                position={"G": "GK"}.get(str(p.get("StartingPosition")), p.get("StartingPosition") or None),
                starter=int(start) <= first if start.isdigit() else None,
            )
    meta.teams = (teams[0], teams[1])
    return meta


@dataclass
class _Objects:
    """All that the position file shows: frames (T,), and N objects with their row, team code, shirt and centimetres."""

    frame: NDArray[np.int32]
    row: NDArray[np.int32]
    team: NDArray[np.int16]
    shirt: NDArray[np.int16]
    x_cm: NDArray[np.float32]
    y_cm: NDArray[np.float32]
    ball_cm: NDArray[np.float32]
    owner: NDArray[np.int8]


def _tracks(seen: _Objects, meta: _Meta, path: Path) -> tuple[Tracks, list[Player], dict[str, int]]:
    if seen.team.min(initial=0) < -1 or seen.team.max(initial=0) > 9:
        odd = int(seen.team.max() if seen.team.max() > 9 else seen.team.min())
        raise DataError(
            f"an object is of team {odd}", path=path, expected="1 home, 0 away, 3 referee, 4 empty, -1 unknown"
        )
    code = (seen.team + 1).astype(np.int32) * 65536 + (seen.shirt.astype(np.int32) + 32768)
    stands = np.zeros(11 * 65536, bool)
    stands[code] = True
    codes = np.flatnonzero(stands)
    teams, shirts = codes // 65536 - 1, codes % 65536 - 32768
    roster = list(meta.shirts.values())
    slots: list[Slot] = []
    column_of = np.full(11 * 65536, -1, np.int16)
    for i, team, shirt in zip(codes.tolist(), teams.tolist(), shirts.tolist(), strict=True):
        if team not in _SIDE_OF:
            continue
        side = _SIDE_OF[team]
        player = meta.shirts.get((side, shirt))
        if player is None:
            who = {HOME: "home", AWAY: "away"}.get(side, "referee")
            role = "referee" if side == NO_SIDE else None
            player = Player(f"{who}_{shirt}", f"{who} {shirt}", side, None if role else shirt, role)
            roster.append(player)
        column_of[i] = len(slots)
        slots.append(Slot(player.id, side))
    if not any(s.side != NO_SIDE for s in slots):
        raise DataError("no frame shows a player of either team", path=path, expected="players with team 0 or 1")
    column = column_of[code]
    del code
    unknown = int(((column < 0) & (seen.team != _EMPTY_PLACE)).sum())
    chosen = column >= 0
    arrays = empty_tracks(len(seen.frame), tuple(slots), meta.rate_hz)
    arrays["frame"] = seen.frame
    for number, (start, end) in meta.periods.items():
        rows = (seen.frame >= start) & (seen.frame <= end)
        arrays["period"][rows] = number
        arrays["t_s"][rows] = (seen.frame[rows] - start) / float(meta.rate_hz)
    if not arrays["period"].any():
        raise DataError(
            "no frame lies in a period of the metadata",
            path=path,
            expected=f"frames {next(iter(meta.periods.values()))[0]} and on",
            todo="Check that the metadata belongs to these positions.",
        )
    cm = np.float32(CM_M)
    twice = _frames.fill(arrays, seen.row[chosen], column[chosen], seen.x_cm[chosen] * cm, seen.y_cm[chosen] * cm)
    arrays["ball_present"] = ~np.isnan(seen.ball_cm[:, 0])
    arrays["ball_xy"] = np.where(arrays["ball_present"][:, None], seen.ball_cm[:, :2] * cm, np.float32(0))
    arrays["ball_z"] = seen.ball_cm[:, 2] * cm
    arrays["possession"] = seen.owner
    repairs = {
        "objects nobody identified left out": unknown,
        "second positions of a shirt in one frame left out": twice,
    }
    return Tracks(**arrays), roster, {k: n for k, n in repairs.items() if n}


def _dat_objects(path: Path) -> _Objects:
    """Read a .dat by pieces: bytes to columns, no object per line or player."""
    pieces: list[_Objects] = []
    line, frames = 1, 0
    for block in _blocks(path):
        piece = _dat_piece(block, path, line)
        if piece is not None:
            piece.row += np.int32(frames)
            frames += len(piece.frame)
            pieces.append(piece)
        line += block.count(b"\n")
    if not pieces:
        raise DataError("there are no frames in it", path=path, expected="a line a frame", todo="Download it again.")
    return _Objects(*(np.concatenate([getattr(p, n) for p in pieces]) for n in _Objects.__dataclass_fields__))


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield the file's bytes in pieces that end with a whole line."""
    source.check_file(path)
    if path.suffix in (".gz", ".xz"):
        yield source.read_bytes(path)
        return
    with path.open("rb") as f:
        rest = b""
        while block := f.read(_CHUNK):
            cut = block.rfind(b"\n") + 1
            if cut:
                yield rest + block[:cut]
                rest = block[cut:]
            else:
                rest += block
        if rest.strip():
            yield rest


def _dat_piece(block: bytes, path: Path, line: int) -> _Objects | None:
    """Read whole lines; `line` is the number of the first. None when they are all blank."""
    import polars as pl

    raw = np.frombuffer(block, np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(raw == _NEWLINE) + 1])
    colons = np.flatnonzero(raw == _COLON)
    per_line = np.diff(np.searchsorted(colons, np.append(starts, len(raw))))
    wrong = np.flatnonzero((per_line != 3) & (per_line != 0))
    blank = per_line == 0
    for i in np.flatnonzero(blank):
        if block[starts[i] : starts[i + 1] if i + 1 < len(starts) else len(raw)].strip():
            wrong = np.append(wrong, i)
    if len(wrong):
        k = int(wrong.min())
        last = k == len(starts) - 1
        raise DataError(
            "the line is cut short" if last else f"the line has {per_line[k]} colons",
            path=path,
            line=line + k,
            expected="frame:players:ball;:",
            todo="Download it again, or name its format with --provider.",
        )
    if not len(colons):
        return None
    first, second, third = colons.reshape(-1, 3).T
    begin, lines = starts[~blank], np.flatnonzero(~blank) + line
    T = len(first)

    tidy = raw.copy()
    tidy[(raw == _SEMICOLON) | (raw == _COLON)] = _NEWLINE
    frame = _frames.number_table(_between(tidy, begin, first + 1), {"frame": pl.Int32}, path, lines=lines)["frame"]
    ends = np.flatnonzero(raw == _SEMICOLON)
    count = np.searchsorted(ends, second) - np.searchsorted(ends, first)
    open_ended = raw[second - 1] != _SEMICOLON
    if (open_ended & (second - first > 1)).any():
        raise DataError(
            "the last player of a line is cut short",
            path=path,
            line=int(lines[open_ended.argmax()]),
            expected="team,target,shirt,x,y,speed;",
            todo="Download it again.",
        )
    row = np.repeat(np.arange(T, dtype=np.int32), count)
    columns: dict[str, Any] = {
        "team": pl.Int16,
        "target": pl.String,
        "shirt": pl.Int16,
        "x": pl.Float32,
        "y": pl.Float32,
        "speed": pl.String,
    }
    keep = ["team", "shirt", "x", "y"]
    people = _frames.number_table(
        _between(tidy, first + 1, second), columns, path, keep=keep, lines=_LineOfObject(lines, row)
    )
    _check_cm(people, row, lines, path)
    ball_text = _between(np.where(raw == _SEMICOLON, np.uint8(32), tidy), second + 1, third + 1)
    ball_columns: dict[str, Any] = {
        "ball x": pl.Float32,
        "ball y": pl.Float32,
        "ball z": pl.Float32,
        "speed": pl.String,
        "owner": pl.String,
        "status": pl.String,
        "contact": pl.String,
    }
    where = ["ball x", "ball y", "ball z"]
    ball = _frames.number_table(
        ball_text, ball_columns, path, keep=[*where, "owner"], allow_empty=[*where, "owner"], ragged=True, lines=lines
    )
    owner = (
        ball["owner"].str.strip_chars().replace_strict({"H": HOME, "A": AWAY}, default=NO_SIDE, return_dtype=pl.Int8)
    )
    ball_cm = np.column_stack([ball[c].to_numpy() for c in where]).astype(np.float32)
    if np.isinf(ball_cm).any():
        raise DataError(
            "the ball's position is infinite",
            path=path,
            line=int(lines[np.isinf(ball_cm).any(1).argmax()]),
            expected="centimetres",
        )
    return _Objects(
        frame.to_numpy(),
        row,
        people["team"].to_numpy(),
        people["shirt"].to_numpy(),
        people["x"].to_numpy(),
        people["y"].to_numpy(),
        ball_cm,
        owner.fill_null(NO_SIDE).to_numpy(),
    )


@dataclass(frozen=True)
class _LineOfObject:
    """The line of each object, looked up only for an error."""

    lines: NDArray[np.int64]
    row: NDArray[np.int32]

    def __getitem__(self, i: int, /) -> int:
        return int(self.lines[self.row[i]])


def _check_cm(people: Any, row: NDArray[np.int32], lines: NDArray[np.int64], path: Path) -> None:
    for name in ("x", "y"):
        bad = ~np.isfinite(people[name].to_numpy())
        if bad.any():
            raise DataError(
                f"a player's {name} is not a finite number",
                path=path,
                line=int(lines[row[bad.argmax()]]),
                expected="centimetres",
                todo="Correct the value or remove the position.",
            )


def _between(raw: NDArray[np.uint8], start: NDArray[np.int64], stop: NDArray[np.int64]) -> bytes:
    """Return the bytes of all the stretches [start, stop), one after the other."""
    edges = np.concatenate([[0], np.stack([start, stop], 1).ravel(), [len(raw)]])
    inside = np.repeat(np.arange(len(edges) - 1) % 2 == 1, np.diff(edges))
    return raw[inside].tobytes()


def _json_objects(path: Path) -> _Objects:
    """Read TRACAB's JSON, `{"FrameData": [...], ...}`, column by column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    raw = source.read_bytes(path)
    key = raw.find(b'"FrameData"')
    start, stop = raw.find(b"[", key), raw.rfind(b"]") + 1
    if key < 0 or start < 0 or stop <= start or raw.rstrip()[-1:] != b"}":
        raise DataError(
            "the JSON ends too early (the file is cut short)" if key >= 0 else "it has no FrameData",
            path=path,
            expected="a complete TRACAB JSON file",
            todo="Download it again.",
        )
    place = [("X", pa.float32()), ("Y", pa.float32())]
    person = pa.struct([("Team", pa.int16()), ("JerseyNumber", pa.int16()), *place])
    ball = pa.struct([*place, ("Z", pa.float32()), ("BallOwningTeam", pa.string()), ("BallStatus", pa.string())])
    schema = pa.schema(
        [("FrameCount", pa.int32()), ("PlayerPositions", pa.list_(person)), ("BallPosition", pa.list_(ball))]
    )
    table = source.json_rows(np.frombuffer(bytearray(raw[start:stop]), np.uint8), path, schema)
    frame = pc.fill_null(table["FrameCount"], -1).to_numpy()
    people = table["PlayerPositions"].combine_chunks()
    row = np.repeat(np.arange(len(frame), dtype=np.int32), pc.fill_null(people.value_lengths(), 0).to_numpy())
    each = people.flatten()
    xy = [pc.fill_null(each.field(n), np.nan).to_numpy(zero_copy_only=False) for n in ("X", "Y")]
    team, shirt = (pc.fill_null(each.field(n), -1).to_numpy(zero_copy_only=False) for n in ("Team", "JerseyNumber"))
    balls = table["BallPosition"].combine_chunks()
    lengths = pc.fill_null(balls.value_lengths(), 0).to_numpy()
    has, at = lengths > 0, np.concatenate([[0], np.cumsum(lengths)])[:-1]
    flat = balls.flatten()
    ball_cm = np.full((len(frame), 3), np.nan, np.float32)
    owner = np.full(len(frame), NO_SIDE, np.int8)
    for i, name in enumerate("XYZ"):
        ball_cm[has, i] = pc.fill_null(flat.field(name), np.nan).to_numpy(zero_copy_only=False)[at[has]]
    said = flat.field("BallOwningTeam").to_pandas().to_numpy(object)[at[has]]
    owner[has] = np.where(said == "H", HOME, np.where(said == "A", AWAY, NO_SIDE))
    bad = ~np.isfinite(xy[0]) | ~np.isfinite(xy[1])
    if bad.any():
        raise DataError(
            f"a player's position at frame {frame[row[bad.argmax()]]} is not a finite number",
            path=path,
            expected="centimetres",
        )
    return _Objects(frame, row, team, shirt, xy[0], xy[1], ball_cm, owner)
