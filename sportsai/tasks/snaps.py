"""What kind of play it is, two seconds after the snap: Next Gen Stats plays, 22 players and the ball.

A window runs from `before_s` before the snap to `after_s` after it in equal steps (between two 10 Hz samples positions
are interpolated); its last sample is its reference, and nothing later is read. The snap is the frame tagged ball_snap,
for kick-offs kickoff, for one play snap_direct; eleven plays have two tags (in nine their whole list of tags is there
twice, mostly 1.8 s apart): the one after which the ball moves furthest in half a second is taken. The team in
possession (the kicking team at kick-offs) attacks +x as the reader says. The key is its player nearest to the ball
half a second to a second after the snap; the others follow by distance to the ball at the snap, so that no place says
what position a man plays.

kinds = "pass_rush" sets a pass (sacks are passes that never left) against a rush; kicks are left out. kinds = "three"
adds kicks: kick-offs and punts. The two tries for two points are a pass each, by their tag pass_forward; one without
such a tag and without a run is left out. Contests are the league's games.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from sportsai.court import load_league
from sportsai.data import Game
from sportsai.data.windows import WindowCutter, Windows, join
from sportsai.errors import DataError
from sportsai.readers import ngs, source
from sportsai.tasks import EVENT, MOVED, Examples, TaskOptions

TITLE = "the kind of a play from its first seconds after the snap"
FAILS = (
    "Highlight plays of 2017-19: long gains and scores are far too many; ordinary plays are not measured.",
    "Play-action and draws: two seconds after the snap the wrong half of a fake is what is seen.",
)
LEAGUE = "nfl"
PLACES = 22
NAMES = {"pass_rush": ("pass", "rush"), "three": ("pass", "rush", "kick")}
CLASS = {"pass": "pass", "sack": "pass", "rush": "rush", "kickoff": "kick", "punt": "kick"}
SNAPS = ("ball_snap", "snap_direct", "kickoff")  # the first of them that is tagged
THROWN, RUN = {"pass_forward", "pass_shovel", "qb_sack", "qb_strip_sack"}, {"handoff", "run"}
SETTLE_S = 0.5  # how long the ball is followed after two tagged snaps
KEY_S = (0.5, 1.0)  # when the key is looked for


class Options(TaskOptions):
    """kinds: the classes. after_s, before_s: what a window spans about the snap. moved_s: where above 0, further
    windows to train on that begin and end so much early and late (the late ones see as much more).
    """

    kinds: Literal["pass_rush", "three"] = "pass_rush"
    after_s: float = Field(2.0, ge=KEY_S[1], le=10)
    before_s: float = Field(0.0, ge=0, le=10)
    moved_s: float = Field(0.0, ge=0, le=1)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the classes in order."""
        return NAMES[self.kinds]


def find(folder: Path) -> list[Path]:
    """Return the archives of plays in `folder`, its folder football_nfl where it has one, and all below."""
    base = folder / "football_nfl" if (folder / "football_nfl").is_dir() else folder
    return sorted(p for p in base.rglob("*.npz") if ngs.sniff(p)) if base.is_dir() else []


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return a window of `frames` samples for each play; the tables of an archive lie beside it."""
    if frames < 2:
        raise DataError(f"a window of {frames} samples", expected="at least 2")
    league = load_league(LEAGUE)
    windows: list[Windows] = []
    kind: list[int] = []
    facts: list[dict[str, object]] = []
    refused: Counter[str] = Counter()
    marks: dict[str, str] = {}
    play = 0
    for path in files:
        source.check_file(path)
        for game in ngs.read((path,), league):
            marks |= game.source
            found = play_windows(game, options, frames)
            if isinstance(found, str):
                refused[found] += 1
            else:
                cut, kinds, fact = found
                windows.append(replace(cut, request=np.full(len(cut), play)))
                kind += kinds
                facts += [fact] * len(cut)
            play += 1
    if not windows:
        left = f"Left out: {', '.join(f'{v} {k}' for k, v in refused.items())}." if refused else None
        raise DataError(
            "there are no plays to learn from",
            path=files[0] if files else None,
            expected="snaps followed by " + f"{options.after_s:g} s",
            todo=left,
        )
    return Examples(
        windows=join(windows),
        names=options.names,
        kind=np.array(kind, np.int64),
        facts=pd.DataFrame(facts),
        sources=marks,
        terms=ngs.TERMS,
        refused=dict(refused),
    )


def play_windows(game: Game, options: Options, frames: int) -> tuple[Windows, list[int], dict[str, object]] | str:
    """Return the windows of a play, their kinds and its facts, or why it is left out."""
    tracks, events = game.tracks, game.events
    assert tracks is not None
    assert events is not None
    tags = events[events["event_id"].str.startswith("tag-")]
    play_type = str(game.extra["play_type"])
    name = CLASS.get(play_type) or two_points(set(tags["type"]))
    if name is None:
        return f"{play_type} neither thrown nor run"
    if name not in options.names:
        return f"{play_type}, no class of these"
    snap = _snap(game, tags)
    if snap is None:
        return "no snap tagged"
    key = _key(game, snap)
    if key is None:
        return "nobody of the team in possession, or no ball, at the snap"
    rate = float(tracks.rate_hz)
    stride = (options.before_s + options.after_s) * rate / (frames - 1)
    cutter = WindowCutter(game, length=frames, stride=stride, players=None, reference=frames - 1)
    end = snap + int(np.floor(options.after_s * rate + 1e-6))
    ends, kinds = [end], [EVENT]
    if shift := round(options.moved_s * rate):
        ends, kinds = [end, end - shift, end + shift], [EVENT, MOVED, MOVED]
    label = options.names.index(name)
    cut = cutter.cut(ends, [key] * len(ends), [label] * len(ends), outside="mask")
    if EVENT not in [kinds[i] for i in cut.request]:
        return "key player not seen at the window's end, or the clip ends before it"
    (row,) = tracks.rows(np.array([snap]))
    away = np.linalg.norm(tracks.xy[row] - tracks.ball_xy[row], axis=-1)
    away[~tracks.present[row]] = np.inf
    away[key] = -1.0
    places = np.argsort(away[cut.slot[0]], kind="stable")
    ordered = replace(
        cut,
        xy=cut.xy[:, places],
        present=cut.present[:, places],
        relation=cut.relation[:, places],
        slot=cut.slot[:, places],
        key=np.zeros(len(cut), np.int64),
        games=(str(game.extra["of_game"]),),
    )
    fact: dict[str, object] = {
        "play": game.id,
        "play_type": play_type,
        "date": game.date,
        "week": game.competition,
        "offence": game.teams[int(tracks.possession[0])].abbreviation,
        "defence": game.teams[1 - int(tracks.possession[0])].abbreviation,
        "period": game.periods[0].number,
        "down": game.extra["down"],
        "yards_to_go": game.extra["yards_to_go"],
        "snap": snap,
        "tags": " ".join(sorted(set(tags["type"]))),
    }
    return ordered, [kinds[i] for i in cut.request], fact


def two_points(tags: set[str]) -> str | None:
    """Return how the two points after a touchdown were tried for, by the play's tags; None where they do not say."""
    return "pass" if tags & THROWN else "rush" if tags & RUN else None


def _snap(game: Game, tags: pd.DataFrame) -> int | None:
    """Return the frame of the snap; of two, the one after which the ball goes furthest."""
    tracks = game.tracks
    assert tracks is not None
    for kind in SNAPS:
        frames = tags["frame"].to_numpy(np.int64)[(tags["type"] == kind).to_numpy()]
        if len(frames):
            row = tracks.rows(frames)
            then = np.minimum(row + round(SETTLE_S * float(tracks.rate_hz)), tracks.T - 1)
            gone = np.linalg.norm(tracks.ball_xy[then] - tracks.ball_xy[row], axis=-1)
            gone[~(tracks.ball_present[then] & tracks.ball_present[row])] = 0
            return int(frames[gone.argmax()])
    return None


def _key(game: Game, snap: int) -> int | None:
    """Return the slot of the team in possession nearest to the ball soon after the snap, by mean distance."""
    tracks = game.tracks
    assert tracks is not None
    (row,) = tracks.rows(np.array([snap]))
    first, last = (row + round(s * float(tracks.rate_hz)) for s in KEY_S)
    rows: NDArray[np.int64] = np.arange(first, min(last, tracks.T - 1) + 1)
    rows = rows[tracks.ball_present[rows]]
    mine = np.flatnonzero(tracks.side == tracks.possession[row])
    if not len(rows) or not tracks.ball_present[row]:
        return None
    away = np.linalg.norm(tracks.xy[rows][:, mine] - tracks.ball_xy[rows][:, None], axis=-1)
    seen = tracks.present[rows][:, mine]
    mean = np.where(seen.all(0), away.mean(0), np.inf)
    return int(mine[mean.argmin()]) if np.isfinite(mean).any() else None
