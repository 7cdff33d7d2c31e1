"""How a possession ends, from the picture at its start: SkillCorner's A-League snapshots of 22 players and the ball.

A snapshot is one instant: where everybody is and how fast he moves. A window of it is made by moving each player and
the ball back at constant velocity, `step_s` between two samples, the snapshot itself the last sample. It is an exact
encoding of position and velocity, not a measured path: nothing is added, and a model that takes differences reads the
velocities again. Place 0 is the holder, then his team, then the opponents; his team attacks +x.

Each component of a velocity stops in the file at 7 m/s (players: 1,400 of 341,534) and 35 m/s (ball: 23 of 15,526).

In many possessions the first frame is the last (5 to 12 of a match's 14 to 28 shots, 62 of 79 clearances, 29 % of the
passes): the holder plays the ball as he gets it, and the picture is of the act itself. `facts.instant` marks them
(`seconds` is NaN and `instant` false where no possession file lies beside the snapshots): give scores with and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from sportsai.data.windows import NEITHER, OTHER, OWN, Windows, join
from sportsai.errors import DataError, one_line
from sportsai.readers import _tables, aleague, source
from sportsai.tasks import EVENT, Examples, TaskOptions

TITLE = "How a possession ends, from all 22 players and the ball at its start (SkillCorner A-League)"
APART = {"mAP, not of one frame": "instant"}  # a score beside the score: without the moments this column marks
FAILS = (
    "Nine of ten possessions end in a pass; accuracy says little.",
    "Many shots and clearances are possessions of one frame: the picture is the deed itself. Scores without them stand "
    "apart, and are lower.",
    "Fouls are rare and hardly foretold: their average precision is near their share.",
    "Velocities are cut off at 7 m/s along each axis in the source.",
)
CLASSES = ("pass", "possession_loss", "shot", "clearance", "foul_suffered")
HALF_PITCH_M = 52.5  # of 105 m; the pitches are 104 to 106
PLACES = 22


class Options(TaskOptions):
    """step_s: seconds between two samples."""

    step_s: float = Field(default=0.1, gt=0, le=1)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the classes in order."""
        return CLASSES


def find(folder: Path) -> list[Path]:
    """Return every file of snapshots in `folder` or below; [] if there is none."""
    return sorted(Path(folder).rglob(aleague.SNAPSHOTS))


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return the possessions of all files (each a file of snapshots or its folder) whose end is one of the classes."""
    if not files:
        raise DataError("no files", expected=aleague.SNAPSHOTS)
    if frames < 2:
        raise DataError(f"{frames} sample of a snapshot", expected="at least 2: a position and a velocity")
    paths = [p / aleague.SNAPSHOTS if p.is_dir() else p for p in map(Path, files)]
    parts = [_read(path, options, frames) for path in paths]
    held: dict[str, Path] = {}
    for path, part in zip(paths, parts, strict=True):
        for match in part.windows.games:
            if match in held:
                raise DataError(f"match {match} is in {held[match].parent} too", path=path, expected="each match once",
                                todo="Keep one copy.")  # fmt: skip
            held[match] = path
    refused: dict[str, int] = {}
    for part in parts:
        for reason, count in part.refused.items():
            refused[reason] = refused.get(reason, 0) + count
    before = np.cumsum([0, *(int(p.windows.request.max()) + 1 for p in parts)])
    return Examples(
        windows=join([replace(p.windows, request=p.windows.request + b) for p, b in zip(parts, before, strict=False)]),
        names=CLASSES,
        kind=np.concatenate([p.kind for p in parts]),
        facts=pd.concat([p.facts for p in parts], ignore_index=True),
        sources={k if len(parts) == 1 else f"{p.parent.name}/{k}": v for p, part in zip(paths, parts, strict=True)
                 for k, v in part.sources.items()},
        terms=aleague.TERMS,
        refused=refused,
    )  # fmt: skip


def _read(path: Path, options: Options, frames: int) -> Examples:
    """Return the examples of one file of snapshots, the possessions' durations from the match folders beside it."""
    found = aleague.snapshots(path, PLACES + 1)
    table = found.table
    refused = {"snapshots without a ball, a holder or two teams": found.set_aside} if found.set_aside else {}
    number = {name: i for i, name in enumerate(CLASSES)}
    label = np.array([number.get(end, -1) for end in table["end_type"]], np.int64)
    good = label >= 0
    for name, count in table["end_type"][~good].fillna("nothing").value_counts().items():
        refused[f'possessions that end in "{one_line(name, 40)}"'] = int(count)
    if not good.any():
        raise DataError("no possession ends in a known way", path=path, key="end_type", expected=", ".join(CLASSES))
    seconds, sources = _seconds(path.parent, table)
    facts = pd.DataFrame(
        {
            "match": table["match_id"].astype(str),
            "period": table["period"],
            "frame": table["frame"],
            "event_id": table["event_id"],
            "phase": table["phase"],
            "pass_outcome": table["pass_outcome"],
            "lead_to_shot": table["lead_to_shot"],
            "lead_to_goal": table["lead_to_goal"],
            "seconds": seconds,
            "instant": seconds == 0,
        }
    )
    windows = _windows(found, label, options.step_s, frames).take(good)
    return Examples(
        windows=windows,
        names=CLASSES,
        kind=np.full(len(windows), EVENT, np.int64),
        facts=facts[good].reset_index(drop=True),
        sources=source.fingerprints(path) | sources,
        terms=aleague.TERMS,
        refused=refused,
    )


def _seconds(folder: Path, table: pd.DataFrame) -> tuple[NDArray[np.float64], dict[str, str]]:
    """Return how long each possession lasts, NaN where its match's files are not there, (N,), and their SHA-256."""
    found, sources = [], {}
    for match in table["match_id"].drop_duplicates():
        files = [folder / str(match) / name for name in (aleague.POSSESSIONS, aleague.DYNAMIC)]
        path = next((f for f in files if f.is_file()), None)
        if path is None:
            continue
        rows = _tables.read_csv(path, ["frame_start", "frame_end"], ["event_id", "event_type"])
        rows = rows[rows["event_type"] == "player_possession"].drop_duplicates("event_id")
        found.append(rows.assign(match_id=match))
        sources[f"{match}/{path.name}"] = source.sha256(path)
    if not found:
        return np.full(len(table), np.nan), sources
    ends = pd.concat(found)[["match_id", "event_id", "frame_start", "frame_end"]]
    joined = table[["match_id", "event_id"]].merge(ends, on=["match_id", "event_id"], how="left")
    return ((joined["frame_end"] - joined["frame_start"]) / float(aleague.RATE_HZ)).to_numpy(np.float64), sources


def _windows(found: aleague.Snapshots, label: NDArray[np.int64], step_s: float, frames: int) -> Windows:
    """Return a window a snapshot: everybody moved back at constant velocity from the last sample."""
    ago = ((np.arange(frames) - (frames - 1)) * step_s).astype(np.float32)  # (T,), the last is 0
    path = (found.xy[:, :, None] + found.velocity[:, :, None] * ago[:, None]) / np.float32(HALF_PITCH_M)
    n = len(path)
    seen = found.present[:, 1:]
    present = np.repeat(seen[:, :, None], frames, 2)
    ball_present = np.repeat(found.present[:, :1], frames, 1)
    match, game = np.unique(found.table["match_id"].to_numpy(), return_inverse=True)
    frame = found.table["frame"].to_numpy(np.int64)
    return Windows(
        xy=np.where(present[..., None], path[:, 1:], 0).astype(np.float32),
        present=present,
        relation=np.where(seen, np.where(found.own[:, 1:], OWN, OTHER), NEITHER).astype(np.int8),
        slot=np.where(seen, np.arange(PLACES), -1),
        key=np.zeros(n, np.int64),
        ball=np.where(ball_present[..., None], path[:, 0], 0).astype(np.float32),
        ball_present=ball_present,
        label=label,
        game=game.astype(np.int64),
        period=found.table["period"].to_numpy(np.int8),
        frame=frame,
        first_frame=frame - int(np.ceil((frames - 1) * step_s * float(aleague.RATE_HZ) - 1e-9)),
        last_frame=frame,
        request=np.arange(n),
        games=tuple(str(m) for m in match),
        scale_m=HALF_PITCH_M,
        reference=frames - 1,
    )
