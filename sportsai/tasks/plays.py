"""Which hockey event happens at a moment, seen from the player it is logged for: Big Data Cup 2022, no puck.

A window is `frames` samples, `stride` native frames (30 Hz) apart, the event's frame at `frames // 2`, cut from the
64 frames about each event that the set's makers cut; place 0 is the key player, the others follow in the file's order
(by distance at the event's frame, those not seen there last). Of the events file only the frame, the key player and,
with direction = "given", `flip` reach the window.

direction = "given" takes `flip`, which was fitted from where events were logged. direction = "tracks" asks positions
only: who stands in a goal crease (12 ft deep, 14 ft wide) of the clip's windows of a period, the acting team's own or
the other's, each window with the share of its samples; below half a window's worth in all the clip is unsure and
`flip` is taken (facts: `direction`). On the five public games no clip is unsure, and the two agree on 1,036 of 1,056
events, all of four games and 316 of 336 of Switzerland at Finland. The other 20 are one clip that runs over a break,
in which `flip` was given once a team: its goalkeepers stand as "tracks" says (they do in all 27 clips and periods),
and the events then lie a median 6 ft from the key player, 122 ft with `flip`.

Ninety-six moments stand for two or three events of one player in one frame (195 rows, mostly a recovery and the pass
or dump-out that follows; 157 of them of two classes): each row keeps its own label, `also` is true for all of them.
Clips count their frames from 1, so windows of two clips of a period can share numbers but no moment: split by game.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from sportsai.data.windows import NEITHER, OTHER, OWN, Windows, join
from sportsai.errors import DataError, one_line
from sportsai.readers import _tables, bigdatacup, source
from sportsai.tasks import EVENT, MOVED, Examples, TaskOptions
from sportsai.units import FOOT_M

TITLE = "Hockey events about a moment and its key player (Big Data Cup 2022 power plays)"
FAILS = (
    "Five women's Olympic games, power plays only: even strength, other leagues and other cameras are not measured.",
    "There is no puck: a pass and the recovery it is mistaken for differ in what two players do next.",
    "157 moments carry two classes with the same window: one of them is always counted wrong, except where all labels "
    "are scored.",
    "Some key players in the log are wrong (up to 74 ft from where the event was logged).",
)
CLASSES = ("pass", "recovery", "shot", "dump_in", "dump_out", "entry", "faceoff")
# the set's ten kinds of event -> the class taught; entries that are dumped in and dump-ins are logged for one another
MERGED = {
    "pass": "pass",
    "puck_recovery": "recovery",
    "takeaway": "recovery",
    "shot": "shot",
    "dump_in": "dump_in",
    "entry_dumped": "dump_in",
    "dump_out": "dump_out",
    "entry_carried": "entry",
    "entry_played": "entry",
    "faceoff": "faceoff",
}
# how an event was done and went, where the log says so: facts that no window shows
DETAILS = {
    "situation_type": "situation",
    "event_type": "manner",
    "event_successful": "success",
    "event_detail_1": "went",
}
ATTACKS_RIGHT, ATTACKS_LEFT = 2, 3  # what `flip` says of the acting team, on the rink
BLUE_LINES_FT = (75.0, 125.0)
CREASE_M = (80 * FOOT_M, 93 * FOOT_M, 7 * FOOT_M)  # nearest and furthest from the centre along x, half width
SURE = 0.5  # windows' worth of a crease held, all windows of a clip's period together
NUMBERS = ("period", "frame_id_1", "x_coord", "y_coord", "flip")
TEXTS = ("game", "clip", "team", "player_name", "cls")
HALF_RINK_M = max(bigdatacup.RINK_FT) / 2 * FOOT_M


class Options(TaskOptions):
    """stride: native frames (1/30 s) between two samples. players: places, the key player's included. direction: which
    way the acting team attacks, as `flip` says or as the tracks do. moved: native frames by which training also sees
    each moment early (below 0) or late; samples that leave the set's 64 frames are not present.
    """

    stride: int = Field(default=4, ge=1)
    players: int = Field(default=12, ge=2, le=12)
    direction: Literal["given", "tracks"] = "given"
    moved: tuple[int, ...] = (-4, -2, 2, 4)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the classes in order."""
        return CLASSES


def find(folder: Path) -> list[Path]:
    """Return every windows file in `folder` or below, or the tracking files where there are none; [] if neither."""
    folder = Path(folder)
    found = sorted(folder.rglob(bigdatacup.WINDOWS))
    return found or sorted(p for p in folder.rglob(bigdatacup.TRACKING) if p.with_name(bigdatacup.EVENTS).is_file())


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return the events of all files (each a windows file or its folder), those asked to be `moved` after them."""
    if not files:
        raise DataError("no files", expected=f"{bigdatacup.WINDOWS} and {bigdatacup.EVENTS}")
    paths = [p / bigdatacup.WINDOWS if p.is_dir() else p for p in map(Path, files)]
    parts = [_read(path, options, frames) for path in paths]
    held: dict[str, Path] = {}
    for path, part in zip(paths, parts, strict=True):
        for game in part.windows.games:
            if game in held:
                raise DataError(
                    f"game {one_line(game, 80)} is in {held[game].parent} too",
                    path=path,
                    expected="each game once",
                    todo="Keep one copy.",
                )
            held[game] = path
    refused: dict[str, int] = {}
    for part in parts:
        for reason, count in part.refused.items():
            refused[reason] = refused.get(reason, 0) + count
    before = np.cumsum([0, *(int(p.windows.request.max()) + 1 for p in parts)])
    windows = join([replace(p.windows, request=p.windows.request + b) for p, b in zip(parts, before, strict=False)])
    return Examples(
        windows=windows,
        names=CLASSES,
        kind=np.concatenate([p.kind for p in parts]),
        also=np.concatenate([p.also for p in parts if p.also is not None]),
        facts=pd.concat([p.facts for p in parts], ignore_index=True),
        sources={k if len(parts) == 1 else f"{p.parent.name}/{k}": v for p, part in zip(paths, parts, strict=True)
                 for k, v in part.sources.items()},
        terms=bigdatacup.TERMS,
        refused=refused,
    )  # fmt: skip


def _read(path: Path, options: Options, frames: int) -> Examples:
    """Return the examples of one windows file with the events file beside it."""
    events_path = path.with_name(bigdatacup.EVENTS)
    if path.name == bigdatacup.TRACKING and not path.with_name(bigdatacup.WINDOWS).is_file():
        raise DataError(
            f"there is no {bigdatacup.WINDOWS} beside the tracking",
            path=path,
            expected="the windows about each event",
            todo="Take all files of the set from one download.",
        )
    with _tables.as_described(path, "the windows are"):
        cut = bigdatacup.windows(path.parent)
    details = [d for d in DETAILS if d in _tables.header(events_path)]
    events = _tables.read_csv(
        events_path, NUMBERS, (*TEXTS, *details), needed=("period", "frame_id_1", "x_coord", "y_coord")
    )
    middle = int(np.argmin(np.abs(cut.frame_offset)))
    _check(path, cut, middle, options, frames)

    acting = _acting(events, path)
    said = _given(events, events_path, needed=options.direction == "given")
    seen = _from_tracks(cut, acting, events)
    sure = seen != 0
    use = np.where(sure, seen, said) if options.direction == "tracks" else said
    if (use == 0).any():
        row = int(np.argmax(use == 0))
        raise DataError("flip is blank and the tracks leave the direction open", path=events_path, line=row + 2,
                        key="flip", expected="2 or 3", todo="Give it, or leave the clip out.")  # fmt: skip

    number = {kind: CLASSES.index(name) for kind, name in MERGED.items()}
    label = np.array([number.get(kind, -1) for kind in events["cls"]], np.int64)
    known = label >= 0
    refused = {f"events of kind {one_line(k, 40)}, which is none of the classes": int(c)
               for k, c in events["cls"][~known].value_counts().items()}  # fmt: skip
    key_xy = cut.xy[:, middle, 0]
    facts = pd.DataFrame(
        {
            "game": events["game"],
            "clip": events["clip"],
            "period": events["period"].astype(np.int64),
            "frame": events["frame_id_1"].astype(np.int64),
            "team": events["team"],
            "player": events["player_name"],
            "event": events["cls"],
            "zone": np.array(["defending", "neutral", "attacking"])[np.digitize(events["x_coord"], BLUE_LINES_FT)],
            "key_gap_m": _gap(events, key_xy, use),
            "direction": np.where(sure, "tracks", "given") if options.direction == "tracks" else "given",
            "direction_agrees": pd.array(np.where(sure & (said != 0), seen == said, True), dtype="boolean"),
        }
    ).assign(**{DETAILS[d]: events[d] for d in details}, receiver_place=_receivers(cut, events_path))
    facts.loc[~sure | (said == 0), "direction_agrees"] = pd.NA
    also = _also(facts, key_xy, label)

    moves = (0, *dict.fromkeys(m for m in options.moved if m))
    parts, rows, kinds = [], [], []
    for move in moves:
        part = _cut(cut, events, label, use, middle, options, frames, move)
        keep = known & part.present[:, 0, part.reference]
        missed = int((known & ~keep).sum())
        if missed:
            reason = "moved moments whose key player is not seen" if move else "events whose key player is not seen"
            refused[reason] = refused.get(reason, 0) + missed
        parts.append(part.take(keep))
        rows.append(np.flatnonzero(keep))
        kinds.append(np.full(len(rows[-1]), MOVED if move else EVENT, np.int64))
    index = np.concatenate(rows)
    if not len(rows[0]):
        raise DataError("no event of a known kind", path=events_path, key="cls", expected=", ".join(MERGED))
    facts = facts.iloc[index].reset_index(drop=True)
    facts["moved"] = np.repeat(moves, [len(r) for r in rows])
    return Examples(
        windows=join(parts),
        names=CLASSES,
        kind=np.concatenate(kinds),
        also=also[index],
        facts=facts,
        sources=source.fingerprints(path, events_path),
        terms=bigdatacup.TERMS,
        refused=refused,
    )


def _check(path: Path, cut: bigdatacup.Windows, middle: int, options: Options, frames: int) -> None:
    """Raise DataError unless windows of `frames` samples and so many places can be taken out of `cut`."""
    T, P = cut.xy.shape[1:3]
    if cut.frame_offset[middle] != 0 or (np.diff(cut.frame_offset) != 1).any() or len(cut.frame_offset) != T:
        raise DataError("the windows' frames are not one after another about the event", path=path, key="frame_offset",
                        expected="..., -1, 0, 1, ...")  # fmt: skip
    low, high = middle - frames // 2 * options.stride, middle + (frames - 1 - frames // 2) * options.stride
    if frames < 2 or low < 0 or high >= T:
        raise DataError(
            f"{frames} samples, {options.stride} frames apart, reach over the {T} frames of a window",
            path=path,
            expected=f"{T} frames at most, the event in the middle",
            todo="Ask for fewer samples or a smaller stride.",
        )
    if options.players > P:
        raise DataError(f"{options.players} places asked for", path=path, expected=f"at most the windows' {P}")


def _acting(events: pd.DataFrame, path: Path) -> NDArray[np.int64]:
    """Return +1 where the acting team is the home team, -1 the visitors, (E,)."""
    teams = events["game"].str.extract(r"^\S+ (?P<away>.+) at (?P<home>.+)$")
    home, away = events["team"] == teams["home"], events["team"] == teams["away"]
    if not (home | away).all():
        row = int(np.argmin((home | away).to_numpy()))
        raise DataError(
            f'team "{one_line(events["team"].iloc[row], 40)}" is not in {one_line(events["game"].iloc[row], 60)}',
            path=path.with_name(bigdatacup.EVENTS),
            line=row + 2,
            key="team",
            expected='one of the teams of "2022-02-08 Canada at USA"',
        )
    return np.where(home, 1, -1).astype(np.int64)


def _given(events: pd.DataFrame, path: Path, needed: bool) -> NDArray[np.int64]:
    """Return +1 where `flip` says that the acting team attacks right, -1 left, 0 where it says neither, (E,)."""
    flip = events["flip"].to_numpy()
    said = np.where(flip == ATTACKS_RIGHT, 1, np.where(flip == ATTACKS_LEFT, -1, 0))
    if needed and (said == 0).any():
        row = int(np.argmax(said == 0))
        raise DataError(f"flip is {flip[row]:g}", path=path, line=row + 2, key="flip", expected="2 or 3")
    return said.astype(np.int64)


def _from_tracks(cut: bigdatacup.Windows, acting: NDArray[np.int64], events: pd.DataFrame) -> NDArray[np.int64]:
    """Return +1 where the acting team attacks right, -1 left, 0 unsure, by who stands in the creases, (E,)."""
    near, far, wide = CREASE_M
    x, y = cut.xy[..., 0], cut.xy[..., 1]
    inside = cut.mask & (np.abs(x) > near) & (np.abs(x) < far) & (np.abs(y) < wide)  # (E, T, P)

    def held(end: int, own: int) -> NDArray[np.float64]:
        """The share of samples that the likeliest keeper of a team stands in the crease at an end, (E,)."""
        share = np.asarray((inside & (np.sign(x) == end)).mean(1), np.float64)
        return np.asarray(np.where(cut.same_team == own, share, 0.0).max(1), np.float64)

    vote = held(-1, 1) + held(1, 0) - held(1, 1) - held(-1, 0)  # own keeper at the left, the other's at the right
    home = pd.Series(vote * acting).groupby([events["game"], events["clip"], events["period"]]).transform("sum")
    return np.where(home.abs() < SURE, 0, np.sign(home) * acting).astype(np.int64)


def _gap(events: pd.DataFrame, key_xy: NDArray[np.float32], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the metres from where the event was logged to the key player, (E,)."""
    length, width = bigdatacup.RINK_FT
    x = (events["x_coord"].to_numpy() - length / 2) * FOOT_M
    y = (width / 2 - events["y_coord"].to_numpy()) * FOOT_M
    return np.hypot(x - key_xy[:, 0] * right, y - key_xy[:, 1] * right)


def _receivers(cut: bigdatacup.Windows, path: Path) -> NDArray[np.int64]:
    """Return the place of the team-mate each event is logged to have gone to, -1 where none is or he is not seen, (E,).

    He is known by his shirt; two shirts of one number in a team are nobody's.
    """
    if "jn2" not in _tables.header(path):
        return np.full(len(cut.y), -1)
    shirt = _tables.read_csv(path, ["jn2"])["jn2"].to_numpy()
    mine = (cut.jersey == shirt[:, None]) & (cut.same_team == 1)
    mine[:, 0] = False
    return np.where(mine.sum(1) == 1, mine.argmax(1), -1).astype(np.int64)


def _also(facts: pd.DataFrame, key_xy: NDArray[np.float32], label: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return every class true of each event's frame and key player, (E, K): a key player is where he stands."""
    moment = facts[["game", "clip", "frame"]].assign(x=key_xy[:, 0], y=key_xy[:, 1])
    group = moment.groupby(list(moment.columns), sort=False).ngroup().to_numpy()
    true = np.zeros((int(group.max(initial=-1)) + 1, len(CLASSES)), bool)
    taught = label >= 0
    true[group[taught], label[taught]] = True
    return true[group]


def _cut(
    cut: bigdatacup.Windows, events: pd.DataFrame, label: NDArray[np.int64], right: NDArray[np.int64], middle: int,
    options: Options, frames: int, move: int,
) -> Windows:  # fmt: skip
    """Return a window an event with its reference `move` frames late; samples past the 64 frames are not present."""
    n, T = cut.xy.shape[:2]
    reference = frames // 2
    at = middle + move + (np.arange(frames) - reference) * options.stride
    there = (at >= 0) & (at < T)
    at = np.clip(at, 0, T - 1)
    present = (cut.mask[:, at, : options.players] & there[:, None]).transpose(0, 2, 1)
    xy = cut.xy[:, at, : options.players].transpose(0, 2, 1, 3) * right[:, None, None, None]
    place = np.arange(options.players)
    same = cut.same_team[:, : options.players]
    relation = np.select([same == 1, same == 0], [OWN, OTHER], NEITHER).astype(np.int8)
    frame = events["frame_id_1"].to_numpy(np.int64)
    reach = at[there] - middle if there.any() else np.zeros(1, np.int64)
    games, game = np.unique(events["game"].to_numpy(str), return_inverse=True)
    return Windows(
        xy=np.where(present[..., None], xy / HALF_RINK_M, 0).astype(np.float32),
        present=present & (relation != NEITHER)[..., None],
        relation=relation,
        slot=np.where(relation != NEITHER, place, -1),
        key=np.zeros(n, np.int64),
        ball=np.zeros((n, frames, 2), np.float32),
        ball_present=np.zeros((n, frames), bool),
        label=label,
        game=game.astype(np.int64),
        period=events["period"].to_numpy(np.int8),
        frame=frame + move,
        first_frame=frame + int(reach[0]),
        last_frame=frame + int(reach[-1]),
        request=np.arange(n),
        games=tuple(games.tolist()),
        scale_m=HALF_RINK_M,
        reference=reference,
    )
