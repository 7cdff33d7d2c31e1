"""Footage as a game: tracks of people in court metres, from what was seen and where the court lies.

People are followed shot by shot; no one is followed across a cut. Where the homography is known, the middle of a box's
lower edge is where its person stands. Boxes beyond the court and its margin are of referees, benches and crowd: set
aside, and counted. Shots in close-up and frames without a homography are unobserved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, NO_SIDE, Game, Period, Player, Slot, Team, Tracks, View, empty_tracks, game_id
from sportsai.video.ball import Ball
from sportsai.video.decode import Footage
from sportsai.video.follow import Boxes, Rules, follow
from sportsai.video.join import Links, filled, join
from sportsai.video.numbers import NO_NUMBER, voted
from sportsai.video.place import Places
from sportsai.video.plane import mapped
from sportsai.video.shirts import Teams, teams, worn
from sportsai.video.shots import from_afar
from sportsai.video.watch import Seen

Float = NDArray[np.float64]
Int = NDArray[np.int64]
MARGIN_M = {  # around the court: within the first everyone plays, within the second who wears a team's shirt
    "soccer": (1.0, 4.0), "basketball": (0.5, 2.0), "hockey": (0.3, 1.0), "volleyball": (1.5, 4.0),
    "american_football": (1.0, 5.0),
}  # fmt: skip
ROLLS = ("soccer", "hockey")  # where the ball is mostly on the ground: only there a picture tells where it is
BALL_MARGIN_M = 3.0
NETS = ("volleyball",)  # a net parts the teams
OWN = 100  # tracks that have a slot each
LEAST_S = 0.4  # of tracks in footage: what a detector sees shorter is nobody


@dataclass(frozen=True)
class Followed:
    """People followed through footage. boxes: with their tracks, `filled` where set in a gap; rows of `Seen` as frames.
    shirt (n, 3) Lab, NaN where filled. number (n, 2): read on it, -1 where none is, and its probability. afar (T,)
    bool: frames that show the game from afar; replay (T,): those that do not, for it is a replay."""

    boxes: Boxes
    shirt: Float
    number: Float
    afar: NDArray[np.bool_]
    replay: NDArray[np.bool_]


def followed(
    seen: Seen, height: int, rules: Rules | None = None, links: Links | None = None, *,
    replay: NDArray[np.bool_] | None = None, shown: Sequence[int] = (),
) -> Followed:  # fmt: skip
    """Return the people of each shot from afar, followed, joined by motion, size and shirt, gaps filled.

    replay (T,): frames of replays; nobody is followed there. shown: rows that are known to show the court: few people
    or none make no close-up of their shots.
    """
    replay = np.zeros(len(seen.frame), bool) if replay is None else replay
    rate = seen.rate_hz
    rules, links = rules or Rules(), links or Links(least_s=LEAST_S)
    shot = seen.shot
    afar = from_afar(seen.boxes, shot, height)
    afar[shot[list(shown)]] = True
    afar[np.unique(shot[replay])] = False
    cameras = {int(t): seen.camera[t] for t in np.flatnonzero(seen.follows)}
    out, shirts, numbers, next_track = [], [], [], 0
    for n in np.flatnonzero(afar):
        rows = np.flatnonzero(shot[seen.boxes.frame] == n)
        boxes = seen.boxes.take(rows)
        told, mine = follow(boxes, rate, rules, cameras)
        row = rows[mine]
        ids, lab, count = worn(told.track, seen.shirt[row])
        looks = {int(k): v for k, v, c in zip(ids, lab, count, strict=True) if c >= 3 and np.isfinite(v).all()}
        joined, mine = join(told, rate, links, looks, row)
        if not len(joined):
            continue
        whole = filled(joined, rate, links.fill_s)
        whole.track = whole.track + next_track
        next_track = int(whole.track.max()) + 1
        out.append(whole)
        gaps = len(whole) - len(mine)
        shirts.append(np.concatenate([seen.shirt[mine], np.full((gaps, 3), np.nan)]))
        numbers.append(np.concatenate([seen.number[mine], np.tile(NO_NUMBER, (gaps, 1))]))
    if not out:
        return Followed(
            Boxes.of(np.zeros(0, np.int64), np.zeros((0, 4))), np.zeros((0, 3)), np.zeros((0, 2)), afar[shot], replay
        )
    return Followed(
        Boxes(*(np.concatenate([getattr(b, k) for b in out]) for k in ("frame", "xyxy", "score", "track", "filled"))),
        np.concatenate(shirts), np.concatenate(numbers), afar[shot], replay,
    )  # fmt: skip


@dataclass(frozen=True)
class Players:
    """Who plays. xy (n, 2): where each box stands, in metres, NaN where not known; mine (n,) bool: boxes of players;
    aside: boxes set aside as others'. teams: of the tracks of players and those near them."""

    xy: Float
    mine: NDArray[np.bool_]
    aside: int
    teams: Teams


def players(told: Followed, places: Places, league: League) -> Players:
    """Return who of the people plays: who stands on the court or close to it, and beyond that who wears a team's shirt.

    A track counts as a whole: by where it is for most of its frames. No frame has more than two full teams: those on
    the court first, then those whose shirts are most a team's.
    """
    boxes = told.boxes
    xy = _stands(boxes, places)
    ids, column = np.unique(boxes.track, return_inverse=True)

    def within(margin: float) -> NDArray[np.bool_]:
        limit = np.array([league.court.length_m, league.court.width_m]) / 2 + margin
        return np.asarray((np.abs(np.nan_to_num(xy, nan=np.inf)) <= limit).all(1))

    def mostly(on: NDArray[np.bool_]) -> NDArray[np.bool_]:
        known = np.bincount(column, np.isfinite(xy).all(1), len(ids))
        return np.asarray((np.bincount(column, on, len(ids)) >= 0.5 * np.maximum(known, 1))[column])

    near, far = MARGIN_M.get(league.sport, (1.5, 3.0))
    on, about = mostly(within(near)), mostly(within(far))
    by_shirt = teams(boxes.track[about], told.shirt[about], on[about])
    off = np.full(len(boxes), np.inf)
    off[about] = by_shirt.off[np.searchsorted(by_shirt.tracks, boxes.track[about])]
    mine = (on | about & np.isfinite(off)) & within(far)
    if league.court.players_per_side:
        mine &= _first(boxes.frame, np.where(on, -1.0, off), mine, 2 * league.court.players_per_side)
    if league.sport in NETS:
        by_shirt = _by_half(by_shirt, boxes.track, xy, on)
    return Players(xy, mine, int((~mine & np.isfinite(xy).all(1)).sum()), by_shirt)


def _by_half(by_shirt: Teams, track: Int, xy: Float, on: NDArray[np.bool_]) -> Teams:
    """Return teams told by the half of the court that each track stands in: a libero's shirt is of neither."""
    x = np.array(
        [np.nanmedian(xy[(track == k) & on, 0]) if ((track == k) & on).any() else 0.0 for k in by_shirt.tracks]
    )
    side = np.where(x < 0, HOME, AWAY)
    side[(x == 0) | ~np.isfinite(x)] = NO_SIDE
    shirt = by_shirt.side
    for k in (HOME, AWAY):  # off the court: the half whose players wear that shirt
        mine = (side == NO_SIDE) & (shirt == k)
        halves = [int(((side == h) & (shirt == k)).sum()) for h in (HOME, AWAY)]
        if max(halves):
            side[mine] = int(np.argmax(halves))
    return replace(by_shirt, side=side)


def teams_named(league: League, colour: Sequence[str | None]) -> tuple[Team, Team]:
    """Return the two teams under names for what tells them apart."""
    if league.sport in NETS:
        return Team("left", "Left of the net"), Team("right", "Right of the net")
    return Team("light", "Light shirts", color=colour[0]), Team("dark", "Dark shirts", color=colour[1])


def _first(frame: Int, rank: Float, mine: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Return the boxes that are among the `most` of their frame with the lowest rank, of those that are `mine`."""
    order = np.lexsort((rank, ~mine, frame))
    _, first = np.unique(frame[order], return_index=True)
    place = np.arange(len(frame)) - np.repeat(first, np.diff([*first, len(frame)]))
    out = np.zeros(len(frame), bool)
    out[order] = place < most
    return out


def _stands(boxes: Boxes, places: Places) -> Float:
    """Return where boxes stand, (n, 2) metres: the middle of the lower edge; NaN where the court is not known."""
    xy = np.full((len(boxes), 2), np.nan)
    foot = np.stack([(boxes.xyxy[:, 0] + boxes.xyxy[:, 2]) / 2, boxes.xyxy[:, 3]], -1)
    order = np.argsort(boxes.frame, kind="stable")
    rows, first = np.unique(boxes.frame[order], return_index=True)
    if not len(rows):
        return xy
    for t, mine in zip(rows.tolist(), np.split(order, first[1:]), strict=True):
        if places.known[t]:
            xy[mine] = mapped(foot[mine], places.to_court[t])
    return xy


def game_of(
    footage: Footage, seen: Seen, told: Followed, places: Places, found: Players, league: League,
    ball: Ball | None = None, *, ball_placed: bool = False,
    name: str | None = None, source: Mapping[str, str] | None = None, said: Mapping[str, Any] | None = None,
) -> Game:  # fmt: skip
    """Return the game. ball: in pixels; ball_placed: on the court, too, in sports where it mostly rolls. source: file
    name -> sha256. said: what else its record is to hold."""
    keep = np.unique(told.boxes.track[found.mine])
    side = found.teams.side[np.searchsorted(found.teams.tracks, keep)]
    rate = Fraction(seen.rate_hz).limit_denominator(1001)
    rows, new_row = counted_by(seen.t_s, float(rate))
    mine = np.flatnonzero(found.mine)
    mine = mine[new_row[told.boxes.frame[mine]] >= 0]  # numbers of boxes
    row, track = new_row[told.boxes.frame[mine]], told.boxes.track[mine]
    slots, at = _slots(keep, side, row, np.searchsorted(keep, track), float(rate))
    arrays = empty_tracks(len(rows), slots, rate)
    arrays["t_s"] = seen.t_s[rows] - seen.t_s[0]
    arrays["frame"] = np.rint(arrays["t_s"] * float(rate)).astype(np.int32)
    arrays["period"][:] = 1
    arrays["xy"][row, at] = found.xy[mine]
    arrays["present"][row, at] = True
    arrays["estimated"][row, at] = told.boxes.filled[mine]
    seen_of = "not looked for"
    if ball is not None:
        on = ball.seen & places.known & told.afar & (new_row >= 0)
        if ball_placed and league.sport in ROLLS:
            lies = np.array([mapped(px[None], H)[0] for px, H in zip(ball.px[on], places.to_court[on], strict=True)])
            lies = lies.reshape(-1, 2)
            half = np.array([league.court.length_m, league.court.width_m]) / 2 + BALL_MARGIN_M
            near = (np.abs(np.nan_to_num(lies, nan=np.inf)) <= half).all(1)
            arrays["ball_xy"][new_row[on][near]] = lies[near]
            arrays["ball_present"][new_row[on][near]] = True
        seen_of = f"seen in {ball.seen.mean():.0%} of frames, placed in {arrays['ball_present'].mean():.0%}"
    tracks = Tracks(**arrays)
    colour = [f"#{r:02x}{g:02x}{b:02x}" if found.teams.apart else None for r, g, b in found.teams.colour.tolist()]
    counted = {
        "frames that would not decode": seen.lost,
        "frames between two of the rate left out": len(seen.t_s) - len(rows),
        "frames in close-up, unobserved": int((~told.afar & ~told.replay).sum()),
        "frames of replays, unobserved": int(told.replay.sum()),
        "frames without a homography, unobserved": int((~places.known & told.afar).sum()),
        "boxes of others than players set aside": found.aside,
    }
    if len(slots) < len(keep):
        counted["tracks that share a place: who is who from one to the next is not known"] = len(keep)
    read = voted(told.boxes.track, seen.t_s[told.boxes.frame], told.number) if len(slots) == len(keep) else {}
    wears = {f"track-{k}": n.value for k, n in read.items()}
    roster = tuple(
        Player(s.player_id, s.player_id.replace("-", " "), s.side, wears.get(s.player_id)) for s in slots
        if s.side in (HOME, AWAY) and s.player_id
    )  # fmt: skip
    return Game(
        id=game_id(name or footage.path.stem), league=league.name,
        teams=teams_named(league, colour),
        roster=roster, court_length_m=league.court.length_m, court_width_m=league.court.width_m,
        periods=(Period(1, 0, int(arrays["frame"][-1]) + 1, None),), tracks=tracks, provider="video",
        source=dict(source or {}), repairs={k: n for k, n in counted.items() if n}, kind="clip",
        extra={
            "rate_hz": float(rate), "image_px": [footage.width, footage.height], "people": len(keep),
            "shots": int(seen.cut.sum()), "court_off": court_off(places), "ball": seen_of,
            "numbers": sum(p.number is not None for p in roster), **dict(said or {}),
        },
        view=View(
            str(footage.path.resolve()), footage.width, footage.height, len(footage), seen.frame[rows],
            np.where(places.known[rows, None, None], places.to_court[rows], np.nan),
            np.where(places.known[rows], places.error_px[rows], np.nan).astype(np.float32), row.astype(np.int32),
            at.astype(np.int16), track.astype(np.int32), told.boxes.xyxy[mine].astype(np.float32),
            told.boxes.filled[mine],
        ),
    )  # fmt: skip


def counted_by(t_s: Float, rate_hz: float) -> tuple[Int, Int]:
    """Return the rows that frames counted at a rate are made of, and of every row its place among these, -1 where it
    is none: two rows less than half a frame apart are one, the first."""
    number = np.rint((t_s - t_s[0]) * rate_hz).astype(np.int64)
    _, rows = np.unique(number, return_index=True)
    place = np.full(len(t_s), -1, np.int64)
    place[rows] = np.arange(len(rows))
    return rows, place


def _slots(keep: Int, side: Int, row: Int, of: Int, rate_hz: float) -> tuple[tuple[Slot, ...], Int]:
    """Return the slots, and the slot of each box. of: which of the tracks `keep` each box is of.

    A slot is a track. Where tracks are more than OWN, of hours of footage, those of a side share places, one after the
    other and a second apart: what is kept of a frame must not grow with the hours.
    """
    if len(keep) <= OWN:
        return tuple(Slot(f"track-{k}", int(s)) for k, s in zip(keep.tolist(), side.tolist(), strict=True)), of
    first, last = np.full(len(keep), np.iinfo(np.int64).max), np.full(len(keep), -1)
    np.minimum.at(first, of, row)
    np.maximum.at(last, of, row)
    place = np.zeros(len(keep), np.int64)
    ends: list[int] = []
    sides: list[int] = []
    for k in np.argsort(first, kind="stable").tolist():
        free = [n for n, (end, s) in enumerate(zip(ends, sides, strict=True)) if s == side[k] and end < first[k]]
        n = free[0] if free else len(ends)
        if not free:
            ends.append(0)
            sides.append(int(side[k]))
        place[k], ends[n] = n, int(last[k]) + int(np.ceil(rate_hz))
    return tuple(Slot(f"place-{n}", s) for n, s in enumerate(sides)), place[of]


def court_off(places: Places) -> dict[str, float | int]:
    """Return how well the court's lines lie where they are painted: frames in which they were seen, and of those the
    error of reprojection, median and nine tenths, in pixels and metres; in the others how far given points lie off."""
    laid = np.isfinite(places.error_px)
    out: dict[str, float | int] = {"frames": int(places.known.sum()), "by_lines": int(laid.sum())}
    if laid.any():
        for name, values in (("px", places.error_px[laid]), ("m", places.error_m[laid])):
            out[f"median_{name}"] = round(float(np.median(values)), 3)
            out[f"p90_{name}"] = round(float(np.percentile(values, 90)), 3)
    rest = places.known & ~laid
    if rest.any():
        out["points_m"] = round(float(np.mean(places.error_m[rest])), 3)
    return out
