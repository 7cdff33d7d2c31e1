"""Who receives the pass: one moment, where everybody stands as the ball is played, and the team-mates to choose from.

Two sets: Belgian passes (MLSA 2018, 14 matches) and, to see whether a model carries over, the passes of Last Row's 19
goals. By default a window is ONE moment repeated in all its samples, without velocities; it holds no ball, because
the Belgian set has none: the sender has it. With `earlier_s` the samples before the last, 0.2 s apart, lie on the
straight line from where a player stood at the pass before (of the same match and way of play, at most so long ago; in
tracked games 2 s before): past positions only, nothing of who played that pass. Where there is none those samples are
not present. The sender's team attacks +x, found from positions only. Which way a
Belgian team attacks is not said: its goalkeeper is the man of the line-up who, over the match, stands furthest from
his team's mean, and the team whose keeper is further left attacks right. In all 14 matches the keeper stands 28 m or
more from the mean at the median, the next man 23 m or less; the sign agrees with the teams' mean positions in every
pass. In Last Row the teams' direction is of the whole clip, known by the goal it ends in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from sportsai.court import load_league
from sportsai.data.game import Game
from sportsai.data.windows import NEITHER, OTHER, OWN, WindowCutter, Windows, join
from sportsai.errors import DataError
from sportsai.readers import belgium, lastrow, source
from sportsai.tasks import EVENT, Examples, TaskOptions

TITLE = "which player receives the pass"
OWN_IDS = False  # Belgian matches have no name but their place in the file
FAILS = (
    "Passes that arrived, of one league's matches: whom a failed pass was meant for is not learned.",
    "The set has no velocities: how everybody moves is guessed from the pass before, where there is one.",
    "Passes of less than a second to a near team-mate and long balls into the box are guessed worst.",
)
SCALE_M = 52.5  # half of a 105 m pitch: one unit is the same length in every set
STEP_S = 0.2  # between two samples where there are earlier positions
LEAST_S, LAG_S = 0.25, 2.0  # a shorter time gives no speed; how far back tracked games are asked
FASTEST_M_S = 12.0

Bool = NDArray[np.bool_]
Int = NDArray[np.int64]


class Options(TaskOptions):
    """source: which set is read of those there; "either" is the Belgian one, else Last Row. intercepted: passes an
    opponent received are kept, and opponents are among the choices. players: places, the sender's included; who
    stands further away has none. earlier_s: how long ago the moment before may lie that says how everybody
    moves; 0 is one moment only.
    """

    source: Literal["auto", "belgium", "lastrow", "either"] = "auto"
    intercepted: bool = False
    players: int = Field(22, ge=2)
    earlier_s: float = Field(0.0, ge=0, le=20)


def find(folder: Path) -> list[Path]:
    """Return the tables of passes in `folder`, its folder soccer where it has one, and all below."""
    base = folder / "soccer" if (folder / "soccer").is_dir() else folder
    return sorted(p for p in base.rglob("*") if p.is_file() and _provider(p)) if base.is_dir() else []


def _provider(path: Path) -> str:
    named = path.name.endswith((".csv", ".csv.xz", ".csv.gz", ".parquet"))
    if named and lastrow.sniff(path):
        return "lastrow"
    return "belgium" if named and path.suffix != ".parquet" and belgium.sniff(path) else ""


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return a window of `frames` equal samples for each pass; contests are matches."""
    if frames < 1:
        raise DataError(f"a window of {frames} samples", expected="at least 1")
    by: dict[str, list[Path]] = {"belgium": [], "lastrow": []}
    for path in files:
        source.check_file(path)
        provider = _provider(path)
        if not provider:
            raise DataError("this is no table of passes", path=path, expected="Belgian passes or Last Row's goals")
        by[provider].append(path)
    source_of = options.source
    if source_of == "either":
        source_of = "belgium" if by["belgium"] else "lastrow"
    if source_of != "auto":
        by = {source_of: by[source_of]}
    several = len(by.get("belgium", ())) > 1
    parts = [_belgium(p, f"-{i + 1}" if several else "", options, frames) for i, p in enumerate(by.get("belgium", ()))]
    parts += [_lastrow(p, options, frames) for p in by.get("lastrow", ())]
    if not parts:
        what = "passes" if source_of == "auto" else f"passes of {source_of}"
        raise DataError(f"there are no {what} among {len(files)} file(s)", expected="a table of passes")
    refused = sum((Counter(p.refused) for p in parts), Counter[str]())
    found = Examples(
        windows=join([p.windows for p in parts]),
        names=(),
        kind=np.concatenate([p.kind for p in parts]),
        choices=np.concatenate([_choices(p) for p in parts]),
        facts=pd.concat([p.facts for p in parts], ignore_index=True),
        sources={k: v for p in parts for k, v in p.sources.items()},
        terms="; ".join(dict.fromkeys(p.terms for p in parts)),
        refused=dict(refused),
    )
    if not len(found):
        raise DataError("no pass can be used", path=files[0], expected="a sender, a receiver and where they stand",
                        todo="Left out: " + ", ".join(f"{v} {k}" for k, v in refused.items()) + ".")  # fmt: skip
    return found


def _choices(part: Examples) -> Bool:
    assert part.choices is not None
    return part.choices


def choices_of(windows: Windows, *, intercepted: bool = False) -> Bool:
    """Return the places among which the receiver of each window is, (B, P): who is present, but not the sender."""
    can = windows.present[:, :, windows.reference] & (windows.relation != NEITHER)
    if not intercepted:
        can = can & (windows.relation == OWN)
    can[np.arange(len(windows)), windows.key] = False
    return np.asarray(can, bool)


def windows_at(
    game: Game,
    frames: ArrayLike,
    slots: ArrayLike,
    *,
    length: int = 1,
    players: int = 22,
    intercepted: bool = False,
    earlier_s: float = 0.0,
) -> tuple[Windows, Bool]:
    """Return windows as `examples` makes them for passes of any game, and the places to choose from.

    frames (B,) frame numbers at which the ball is played, slots (B,) who plays it. Only positions at that frame are
    read, with `earlier_s` also those of at most 2 s before. Where the sender is not seen there the window is left out
    (`windows.request` says which are in). Choices: (B, P).
    """
    pair = _moments(game, frames, slots, earlier_s)
    found = _lengthen(pair.nearest(players), length)
    return found, choices_of(found, intercepted=intercepted)


def _moments(game: Game, frames: ArrayLike, slots: ArrayLike, earlier_s: float) -> Windows:
    """Return windows of two samples, `STEP_S` before the pass and at it, of everybody."""
    rate = 1.0 if game.tracks is None else float(game.tracks.rate_hz)  # the cutter says what is missing
    lag = max(round(min(earlier_s, LAG_S) * rate), 1)
    cutter = WindowCutter(game, length=2, stride=lag, players=None, reference=1)
    cut = cutter.cut(frames, slots, outside="mask")
    metres = cut.xy * np.float32(cutter.scale_m)
    xy, present = _straight(
        metres[:, :, 1], metres[:, :, 0], cut.present[:, :, 1], cut.present[:, :, 0], np.full(len(cut), lag / rate)
    )
    if not earlier_s:
        xy, present = np.repeat(xy[:, :, 1:], 2, 2), np.repeat(present[:, :, 1:], 2, 2)
    return replace(
        cut,
        xy=xy,
        present=present,
        ball=np.zeros((len(cut), 2, 2), np.float32),
        ball_present=np.zeros((len(cut), 2), bool),
        first_frame=np.where(present[:, :, 0].any(1) & (earlier_s > 0), cut.first_frame, cut.frame),
        last_frame=cut.frame,
        scale_m=SCALE_M,
    )


def _straight(
    now: NDArray[np.float32], was: NDArray[np.float32], here: Bool, there: Bool, ago_s: NDArray[np.float64]
) -> tuple[NDArray[np.float32], Bool]:
    """Return positions `STEP_S` ago, on the straight line from `was`, and now: (B, P, 2, 2) units, (B, P, 2).

    Shapes: now, was (B, P, 2) metres, here, there (B, P), ago_s (B,).
    """
    speed = (now - was) / np.maximum(ago_s, LEAST_S)[:, None, None]
    known = here & there & (ago_s >= LEAST_S)[:, None] & (np.hypot(*np.moveaxis(speed, -1, 0)) <= FASTEST_M_S)
    present = np.stack([known, here], 2)
    xy = np.stack([now - STEP_S * speed, now], 2) / SCALE_M
    return np.where(present[..., None], xy, 0).astype(np.float32), present


def _lengthen(pair: Windows, length: int) -> Windows:
    """Return windows of `length` samples from windows of two: the earlier ones on the line through both."""
    back = np.arange(length - 1, -1, -1, dtype=np.float32)[:, None]
    present = np.repeat(pair.present[:, :, :1], length, 2)
    present[:, :, -1] = pair.present[:, :, 1]
    xy = pair.xy[:, :, 1:] + back * (pair.xy[:, :, :1] - pair.xy[:, :, 1:])
    return replace(
        pair,
        xy=np.where(present[..., None], xy, 0).astype(np.float32),
        present=present,
        ball=np.zeros((len(pair), length, 2), np.float32),
        ball_present=np.zeros((len(pair), length), bool),
        reference=length - 1,
    )


def _before(match: Int, right: Bool, start_s: NDArray[np.float64]) -> Int:
    """Return the pass before each in the same match, played while the teams attacked the same way, -1 for none."""
    order = np.lexsort((start_s, right, match))
    follows = (np.diff(match[order]) == 0) & (right[order][1:] == right[order][:-1])
    before = np.full(len(match), -1, np.int64)
    before[order[1:][follows]] = order[:-1][follows]
    return before


def _belgium(path: Path, several: str, options: Options, frames: int) -> Examples:
    found = belgium.passes(path)
    row = np.arange(len(found.match))
    own = (found.sender < belgium.TEAM) == (found.receiver < belgium.TEAM)
    himself = found.sender == found.receiver
    good = ~himself & (own | options.intercepted)
    refused = {
        "sender or receiver without a position": found.set_aside,
        "from a player to himself": int(himself.sum()),
        "received by an opponent": int((~own & ~good).sum()),
    }
    relation = np.where(
        (np.arange(belgium.PLAYERS) < belgium.TEAM)[None] == (found.sender < belgium.TEAM)[:, None], OWN, OTHER
    ).astype(np.int8)
    relation[~found.present] = NEITHER
    right = attacks_right(found.xy, found.present, found.match)
    turn = np.where((found.sender < belgium.TEAM) == right, 1.0, -1.0)
    before = _before(found.match, right, found.start_s)
    ago_s = np.where(before >= 0, found.start_s - found.start_s[before], 0.0)
    if options.earlier_s:
        ago_s[ago_s > options.earlier_s] = 0.0
    metres = (found.xy * turn[:, None, None]).astype(np.float32)
    was = (found.xy[before] * turn[:, None, None]).astype(np.float32)
    xy, present = _straight(metres, was, found.present, found.present[before], ago_s)
    if not options.earlier_s:
        xy, present = np.repeat(xy[:, :, 1:], 2, 2), np.repeat(present[:, :, 1:], 2, 2)
    frame = np.rint(found.start_s * 10).astype(np.int64)
    reached = frame - np.where(present[:, :, 0].any(1) & (options.earlier_s > 0), np.rint(ago_s * 10), 0).astype(int)
    n, slots = found.present.shape
    whole = Windows(
        xy=xy,
        present=present,
        relation=relation,
        slot=np.broadcast_to(np.arange(slots), (n, slots)),
        key=found.sender,
        ball=np.zeros((n, 2, 2), np.float32),
        ball_present=np.zeros((n, 2), bool),
        label=found.receiver,
        game=found.match,
        period=np.zeros(n, np.int8),
        frame=frame,
        first_frame=reached,
        last_frame=frame,
        request=row,
        games=tuple(f"belgium{several}-{m:02d}" for m in range(int(found.match.max(initial=-1)) + 1)),
        scale_m=SCALE_M,
        reference=1,
    ).take(good)
    facts = pd.DataFrame(
        {
            "set": "belgium",
            "half": "unknown",
            "t_s": found.start_s,
            "sender": (found.sender + 1).astype(str),
            "receiver": (found.receiver + 1).astype(str),
            "duration_s": found.end_s - found.start_s,
            "intercepted": ~own,
            "distance_m": np.hypot(*(found.xy[row, found.receiver] - found.xy[row, found.sender]).T),
        }
    )[good]
    return _finish(whole, facts, options, frames, source.fingerprints(path), belgium.TERMS, refused)


def _lastrow(path: Path, options: Options, frames: int) -> Examples:
    parts, facts, refused = [], [], Counter[str]()
    marks: dict[str, str] = {}
    for game in lastrow.read((path,), load_league("soccer")):
        assert game.tracks is not None
        marks |= game.source
        if game.events is None:
            raise DataError("the passes are not beside it", path=path, expected=lastrow.PASSES)
        of_id = {s.player_id: i for i, s in enumerate(game.tracks.slots)}
        passes = game.events.reset_index(drop=True)
        sender = np.array([of_id.get(p, -1) for p in passes["player_id"]], np.int64)
        receiver = np.array([of_id.get(o[0], -1) if len(o) else -1 for o in passes["other_ids"]], np.int64)
        row = game.tracks.rows(passes["frame"].to_numpy(np.int64))
        there = (sender >= 0) & (receiver >= 0) & game.tracks.present[row, sender] & game.tracks.present[row, receiver]
        own = game.tracks.side[sender] == game.tracks.side[receiver]
        himself = there & (sender == receiver)
        good = there & ~himself & (own | options.intercepted)
        refused["sender or receiver without a position"] += int((~there).sum())
        refused["from a player to himself"] += int(himself.sum())
        refused["received by an opponent"] += int((there & ~himself & ~good).sum())
        if not good.any():
            continue
        sender, receiver, passes = sender[good], receiver[good], passes[good]
        if game.attacks_right(1) is None:
            raise DataError(f"which way the teams of {game.id} attack is not known", path=path,
                            expected="a clip that ends with the ball at a goal")  # fmt: skip
        cut = _moments(game, passes["frame"].to_numpy(np.int64), sender, options.earlier_s)
        # the goals of one match are one contest
        match = "-".join(t.id for t in game.teams)
        parts.append(replace(cut, label=receiver, games=(match,)))
        xy = game.tracks.xy[row[good]]
        i = np.arange(len(sender))
        facts.append(
            pd.DataFrame(
                {
                    "set": "lastrow",
                    "half": "unknown",
                    "t_s": passes["t_s"].to_numpy(np.float64),
                    "sender": passes["player_id"].to_numpy(),
                    "receiver": [o[0] for o in passes["other_ids"]],
                    "duration_s": (passes["end_frame"] - 1 - passes["frame"]).to_numpy() / float(lastrow.RATE_HZ),
                    "intercepted": ~own[good],
                    "distance_m": np.hypot(*(xy[i, receiver] - xy[i, sender]).T).astype(np.float64),
                    "clip": game.id,
                }
            )
        )
    if not parts:
        raise DataError("no pass can be used", path=path, expected="a sender, a receiver and where they stand")
    places = max(w.P for w in parts)
    whole = join([w.nearest(places) for w in parts])
    whole = replace(whole, request=np.arange(len(whole)))
    return _finish(whole, pd.concat(facts), options, frames, marks, lastrow.TERMS, dict(refused))


def _finish(
    windows: Windows,
    facts: pd.DataFrame,
    options: Options,
    frames: int,
    marks: dict[str, str],
    terms: str,
    refused: dict[str, int],
) -> Examples:
    """Order the places by distance to the sender, turn labels from slots to places, fill the samples."""
    near = windows.nearest(options.players)
    is_receiver = near.slot == windows.label[:, None]
    kept = is_receiver.any(1)
    near = _lengthen(replace(near, label=is_receiver.argmax(1)).take(kept), frames)
    if not kept.all():
        refused = refused | {f"receiver not among {options.players} players": int((~kept).sum())}
    return Examples(
        windows=near,
        names=(),
        kind=np.full(len(near), EVENT, np.int64),
        choices=choices_of(near, intercepted=options.intercepted),
        facts=facts.reset_index(drop=True)[kept].reset_index(drop=True),
        sources=marks,
        terms=terms,
        refused={k: v for k, v in refused.items() if v},
    )


def attacks_right(xy: NDArray[np.float32], present: Bool, match: Int) -> Bool:
    """Return whether players 1-14 attack towards +x at each moment, from where all stand and nothing else.

    Shapes: xy (N, 28, 2), present (N, 28), match (N,) -> (N,).
    """
    x = np.where(present, xy[..., 0], np.nan).astype(np.float64)
    keeper_x = np.empty((len(x), 2))
    for side, team in enumerate((slice(0, belgium.TEAM), slice(belgium.TEAM, None))):
        own, seen = x[:, team], present[:, team]
        away = np.abs(own - np.nanmean(own, axis=1, keepdims=True))
        for m in np.unique(match):
            mine = np.flatnonzero(match == m)
            usual = np.array([np.median(a[s]) if s.any() else -1.0 for a, s in zip(away[mine].T, seen[mine].T,
                                                                                   strict=True)])  # fmt: skip
            keeper = np.where(seen[mine], usual, -1.0).argmax(1)  # of those on the pitch: he may be taken off
            keeper_x[mine, side] = own[mine, keeper]
    return np.asarray(keeper_x[:, 0] < keeper_x[:, 1], bool)
