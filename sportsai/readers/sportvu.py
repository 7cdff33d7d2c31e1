"""NBA SportVU raw game logs: every player and the ball at 25 Hz, one JSON a game.

Source: github.com/linouk23/NBA-Player-Movements (README, `data/2016.NBA.Raw.SportVU.Game.Logs`): `gameid`, `gamedate`,
`events[]` with `home`, `visitor` (teams with players) and `moments[]` = [quarter, unix ms, seconds left in the quarter,
shot clock, null, [[team, player, x, y, z], ...]]; team and player -1 are the ball. Feet, origin at a corner of the
94 x 50 ft court. Moments repeat from event to event: each is kept once and the others are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, NO_SIDE, Game, Period, Player, Slot, Team, Tracks, empty_tracks, game_id
from sportsai.errors import DataError, one_line
from sportsai.readers import _frames, _tables, source
from sportsai.units import FOOT_M

TITLE = "NBA SportVU raw game logs, JSON (github.com/linouk23/NBA-Player-Movements)"
SPORTS = frozenset({"basketball"})
ONE_FILE_A_GAME = True  # of a folder (`season.sources`)
RATE_HZ = Fraction(25)
COURT_FT = (94.0, 50.0)
BALL = -1
# the longest correction of the game clock that is held (and counted) rather than refused, seconds
HELD_S = 60.0
TERMS = "NBA SportVU 2015-16: no licence is stated; research use, do not redistribute"
AGAIN = "Download it again."


def sniff(path: Path) -> bool:
    """Whether `path` is a SportVU game log, or a folder of them."""
    if path.is_dir():
        return any(sniff(p) for p in sorted(path.glob("*.json"))[:3])
    start = source.head(path, 1 << 16)
    return (
        path.suffix in (".json", ".gz", ".xz") and b'"gameid"' in start and b'"events"' in start and b"visitor" in start
    )


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a game for each SportVU JSON file; a folder stands for all of its `*.json`."""
    for path in paths:
        if path.is_dir():
            files = [p for p in sorted(path.glob("*.json")) if sniff(p)]
            if not files:
                raise DataError("no SportVU game log in this folder", path=path, expected="<gameid>.json")
            for file in files:
                yield _game(file, league)
        else:
            yield _game(path, league)


def _game(path: Path, league: League) -> Game:
    info, chunks = _split(source.read_bytes(path), path)
    events = info["events"]
    with _tables.as_described(path, "the teams are"):
        teams, roster = _teams(events, path)
    clock, xyz, repairs, spans = _samples(chunks, events, path)
    tracks = _tracks(clock, xyz, teams, roster, league, repairs, path)
    orientation = find_orientation(tracks)
    date = str(info.get("gamedate") or "")[:10]
    ids = {s.player_id or "" for s in tracks.slots} - {p.id for p in roster}
    if ids:
        repairs["players missing from the roster, named by their number"] = len(ids)
        side = {s.player_id: s.side for s in tracks.slots}
        roster += [Player(i, f"player {i}", side[i]) for i in sorted(ids)]
    return Game(
        id=game_id(info["gameid"]),
        league=league.name,
        teams=teams,
        roster=tuple(roster),
        court_length_m=league.court.length_m,
        court_width_m=league.court.width_m,
        periods=tuple(_period(tracks, p, orientation.get(p)) for p in sorted(set(tracks.period.tolist()))),
        tracks=tracks,
        date=date or None,
        provider="sportvu",
        source=source.fingerprints(path),
        terms=TERMS,
        repairs={k: n for k, n in repairs.items() if n},
        extra={"provider_events": [[i, int(tracks.frame[a]), int(tracks.frame[b]) + 1] for i, a, b in spans]},
    )


def _split(raw: bytes, path: Path) -> tuple[dict[str, Any], list[bytes]]:
    """Return the file without its moments, as JSON, and the text of each event's moments."""
    chunks: list[bytes] = []
    kept: list[bytes] = []
    at = 0
    for found in re.finditer(rb'"moments"\s*:\s*\[', raw):
        start = found.end() - 1
        bounds = [i for i in (raw.find(b'"', start), raw.find(b"}", start)) if i >= 0]
        chunk = raw[start : min(bounds)].rstrip(b" \t\r\n,") if bounds else b""
        if not chunk.endswith(b"]"):
            raise DataError(
                "the JSON ends too early (the file is cut short)",
                path=path,
                expected="a complete JSON file",
                todo=AGAIN,
            )
        kept += [raw[at:start], b"%d" % len(chunks)]
        chunks.append(chunk)
        at = start + len(chunk)
    info = source.parse_json(b"".join([*kept, raw[at:]]), path)
    ok = isinstance(info, dict) and info.get("gameid") and isinstance(info.get("events"), list)
    if not ok or not chunks:
        raise DataError(
            "this is not a SportVU game log",
            path=path,
            expected='"gameid" and "events" with "moments"',
            todo="Name the provider with --provider.",
        )
    return info, chunks


def _teams(events: list[dict[str, Any]], path: Path) -> tuple[tuple[Team, Team], list[Player]]:
    teams: list[Team] = []
    roster: dict[str, Player] = {}
    for side, which in ((HOME, "home"), (AWAY, "visitor")):
        said = {str((e.get(which) or {}).get("teamid")) for e in events}
        if len(said) != 1 or said == {"None"}:
            raise DataError(
                f"its events name {len(said - {'None'})} {which} teams",
                path=path,
                key=which,
                expected="one team all game",
                todo=AGAIN,
            )
        team = events[0][which]
        teams.append(
            Team(str(team["teamid"]), str(team.get("name") or team["teamid"]), abbreviation=team.get("abbreviation"))
        )
        for event in events:
            for p in event[which].get("players") or []:
                name = f"{p.get('firstname') or ''} {p.get('lastname') or ''}".strip()
                jersey = str(p.get("jersey") or "").strip()
                roster[str(p["playerid"])] = Player(
                    str(p["playerid"]),
                    name or str(p["playerid"]),
                    side,
                    _frames.whole(jersey),
                    p.get("position") or None,
                    short_name=p.get("lastname") or None,
                )
        if not any(p.side == side for p in roster.values()):
            raise DataError(
                f'team "{one_line(teams[side].name, 60)}" has no players',
                path=path,
                key=which,
                expected="a roster for each team",
                todo=AGAIN,
            )
    return (teams[0], teams[1]), list(roster.values())


def _moments(
    chunk: bytes, path: Path, event: str
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return an event's moments as arrays, without an object a sample.

    Shapes: clock (M, 4) quarter, unix ms, seconds left, shot clock; count (M,) positions of each moment;
    positions (N, 5) team, player, x, y, z in feet.
    """
    text = chunk.translate(None, b" \t\r\n")
    where: dict[str, Any] = {"path": path, "key": f"events[{event}].moments"}
    if text == b"[]":
        return np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros((0, 5))
    letters = np.frombuffer(text, np.uint8)
    opens = letters == ord("[")
    depth = np.cumsum(opens.view(np.int8) - (letters == ord("]")).view(np.int8), dtype=np.int32)
    at = np.flatnonzero(opens & (depth == 2))
    count = np.diff(np.searchsorted(np.flatnonzero(opens & (depth == 4)), [*at, len(letters)]))
    try:
        numbers = text.replace(b",[]", b"").translate(None, b"[]").replace(b"null", b"nan")
        values = np.array(numbers.split(b","), dtype="S32").astype(np.float64)
    except ValueError as bad:
        raise DataError(
            f"a moment holds something else than numbers ({one_line(bad, 80)})",
            **where,
            expected="numbers and null",
            todo=AGAIN,
        ) from None
    if depth[-1] != 0 or len(values) != 5 * (len(at) + count.sum()):
        raise DataError(
            "its moments do not have the promised form",
            **where,
            expected="[quarter, unix ms, clock, shot clock, null, [[team, player, x, y, z], ...]]",
            todo=AGAIN,
        )
    start = 5 * (np.arange(len(at)) + np.cumsum(count) - count)
    is_position = np.ones(len(values), bool)
    is_position[(start[:, None] + np.arange(5)).ravel()] = False
    return values[start[:, None] + np.arange(4)], count, values[is_position].reshape(-1, 5)


def _samples(
    chunks: list[bytes], events: Sequence[dict[str, Any]], path: Path
) -> tuple[
    NDArray[np.float64], tuple[NDArray[np.int64], NDArray[np.float64]], dict[str, int], list[tuple[str, int, int]]
]:
    """Return each moment once, in order of quarter and time, and how many were set aside.

    Shapes: clock (T, 4); (row (N,), positions (N, 5)); spans (event id, first row, last row).
    """
    names = {k: str(e.get("eventId", i)) for i, e in enumerate(events) if isinstance(k := e.get("moments"), int)}
    parts = []
    for i, chunk in enumerate(chunks):
        part = _moments(chunk, path, names.get(i, str(i)))
        back = np.flatnonzero(np.diff(part[0][:, 1]) < 0)
        if len(back):
            raise DataError(
                f"time runs backwards at moment {int(back[0]) + 1}",
                path=path,
                key=f"events[{names.get(i, i)}].moments",
                expected="moments in order of time",
                todo=AGAIN,
            )
        parts.append(part)
    clock = np.concatenate([p[0] for p in parts])
    count = np.concatenate([p[1] for p in parts])
    positions = np.concatenate([p[2] for p in parts])
    if not len(clock):
        raise DataError(
            "no event has moments", path=path, expected="positions", todo="Take another game: this one is empty."
        )
    event = np.repeat(np.arange(len(parts)), [len(p[0]) for p in parts])
    repairs: dict[str, int] = {}
    timed = np.isfinite(clock[:, :3]).all(1)
    repairs["moments without a clock set aside"] = int((~timed).sum())
    if not timed.any():
        raise DataError("no moment has a clock", path=path, expected="quarter, unix ms and seconds left", todo=AGAIN)
    order = clock[:, 0] * 1e14 + clock[:, 1]
    order[~timed] = -1.0
    unique, first, inverse = np.unique(order, return_index=True, return_inverse=True)
    begins_without = int(unique[0] < 0)
    unique, first = unique[begins_without:], first[begins_without:]
    inverse = inverse - begins_without
    repairs["moments repeated in another event"] = int(timed.sum()) - len(unique)
    total = np.zeros(len(clock))
    np.add.at(total, np.repeat(np.arange(len(clock)), count), positions[:, 2:].sum(1))
    differ = timed & (total != total[first][inverse])
    repairs["repeats with other positions, the first kept"] = int(np.nansum(differ & ~np.isnan(total)))
    spans = [
        (names.get(i, str(i)), int(rows.min()), int(rows.max()))
        for i in range(len(parts))
        if len(rows := inverse[(event == i) & timed])
    ]
    keep = np.zeros(len(clock), bool)
    keep[first] = True
    source_moment = np.repeat(np.arange(len(clock)), count)
    kept = keep[source_moment]
    return clock[first], (inverse[source_moment[kept]], positions[kept]), repairs, spans


def _tracks(
    clock: NDArray[np.float64],
    xyz: tuple[NDArray[np.int64], NDArray[np.float64]],
    teams: tuple[Team, Team],
    roster: list[Player],
    league: League,
    repairs: dict[str, int],
    path: Path,
) -> Tracks:
    row, positions = xyz
    bad = ~np.isfinite(positions).all(1)
    if bad.any():
        i = int(np.argmax(bad))
        raise DataError(
            f"a position of player {positions[i, 1]:.0f} is not a finite number (moment at unix "
            f"{clock[row[i], 1]:.0f} ms)",
            path=path,
            key="moments",
            expected="feet",
            todo=AGAIN,
        )
    team, player = positions[:, 0].astype(np.int64), positions[:, 1].astype(np.int64)
    ball = player == BALL
    sides = {int(t.id): s for s, t in enumerate(teams) if t.id.lstrip("-").isdigit()}
    known = {p.id: p.side for p in roster}
    ids = [int(i) for i in np.unique(player[~ball])]
    team_of = dict(zip(player[~ball].tolist(), team[~ball].tolist(), strict=True)) if ids else {}
    slots = [Slot(str(i), known.get(str(i), sides.get(team_of[i], NO_SIDE))) for i in ids]
    slots.sort(key=lambda s: (s.side, int(s.player_id or 0)))

    arrays = empty_tracks(len(clock), tuple(slots), RATE_HZ)
    arrays["period"] = clock[:, 0].astype(np.int8)
    step_ms = np.diff(clock[:, 1])
    if (step_ms <= 0).any():
        i = int(np.argmax(step_ms <= 0)) + 1
        raise DataError(
            f"quarter {clock[i, 0]:.0f} begins before the quarter before it ends",
            path=path,
            expected="quarters in order of time",
            todo=AGAIN,
        )
    steps = np.maximum(1, np.rint(step_ms * float(RATE_HZ) / 1000)).astype(np.int64)
    arrays["frame"] = np.concatenate([[0], np.cumsum(steps)]).astype(np.int32)
    arrays["t_s"] = _never_back(league.clock.to_elapsed(arrays["period"], clock[:, 2]), arrays["period"], repairs, path)

    column = np.full(int(player.max(initial=0)) + 2, -1, np.int64)
    for i, s in enumerate(slots):
        column[int(s.player_id or 0)] = i
    xy = ((positions[:, 2:4] - np.array(COURT_FT) / 2) * FOOT_M).astype(np.float32)
    where = (row[~ball], column[player[~ball]])
    arrays["xy"][where] = xy[~ball]
    arrays["present"][where] = True
    repairs["players twice in one moment, the last kept"] = int((~ball).sum() - arrays["present"].sum())
    arrays["ball_xy"][row[ball]] = xy[ball]
    arrays["ball_z"][row[ball]] = positions[ball, 4] * FOOT_M
    arrays["ball_present"][row[ball]] = True
    return Tracks(**arrays)


def _never_back(
    t_s: NDArray[np.float64], period: NDArray[np.int8], repairs: dict[str, int], path: Path
) -> NDArray[np.float64]:
    """Hold the time where referees set the game clock back, and count it; (T,) -> (T,)."""
    held = t_s.copy()
    for p in np.unique(period):
        held[period == p] = np.maximum.accumulate(t_s[period == p])
    worst = float((held - t_s).max())
    if worst > HELD_S:
        row = int(np.argmax(held - t_s))
        raise DataError(
            f"the game clock of quarter {period[row]} runs backwards by {worst:.1f} s",
            path=path,
            expected="a clock that counts down",
            todo=AGAIN,
        )
    repairs["moments after the game clock was set back, time held"] = int((held > t_s).sum())
    return held


def find_orientation(tracks: Tracks) -> dict[int, int]:
    """Return, for each period where it is plain, the side that attacks towards +x.

    When all ten players stand in one half, the defenders stand nearer its basket: each such frame is a vote.
    """
    found: dict[int, int] = {}
    side = tracks.side
    for p in np.unique(tracks.period):
        rows = np.flatnonzero(tracks.period == p)
        rows = rows[:: max(1, len(rows) // 4000)]
        x, seen = tracks.xy[rows, :, 0], tracks.present[rows]
        far = np.where(seen, np.abs(x), np.inf).min(1) > 0.5
        one_half = far & (np.abs(np.where(seen, np.sign(x), 0).sum(1)) == seen.sum(1)) & (seen.sum(1) == 10)
        if one_half.sum() < 20:
            continue
        x, seen = x[one_half], seen[one_half]
        mean = [np.where(seen & (side == s), x, 0).sum(1) / np.maximum((seen & (side == s)).sum(1), 1) for s in (0, 1)]
        # right half: the side further left attacks; left half: the side further right attacks left
        home_attacks = np.where(x.mean(1) > 0, mean[HOME] < mean[AWAY], mean[HOME] > mean[AWAY])
        home_right = float((home_attacks == (np.sign(x).sum(1) > 0)).mean())
        if abs(home_right - 0.5) > 0.2:
            found[int(p)] = HOME if home_right > 0.5 else AWAY
    return found


def _period(tracks: Tracks, number: int, attacks_right: int | None) -> Period:
    rows = np.flatnonzero(tracks.period == number)
    return Period(int(number), int(tracks.frame[rows[0]]), int(tracks.frame[rows[-1]]) + 1, attacks_right)
