"""The Volleyball Dataset: who does what in annotated frames of broadcast video; boxes in pixels, no court.

Source: github.com/mostafa-saad/deep-activity-rec (README, "Dataset"; Ibrahim et al., CVPR 2016). Two layouts: the
authors' `<video>/annotations.txt`, a line a clip, "38005.jpg r_spike x y w h standing x y w h spiking ...", and a
compact pair of tables, `boxes.parquet` and `clips.parquet`. A video is a Game of events, one event a clip with its
team activity; the people of its annotated frame stand in `attributes["boxes_px"]` (x, y, width, height from the
image's top left corner) and `attributes["actions"]`. The camera's place is not known, so no box becomes a court
position: there are no tracks. Left and right are sides of the picture: which team stood there is not said, so `side`
is -1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from sportsai.court import League
from sportsai.data import Game, Team, events_frame
from sportsai.errors import DataError, one_line
from sportsai.readers import _tables, source

TITLE = "Volleyball Dataset annotations (github.com/mostafa-saad/deep-activity-rec)"
SPORTS = frozenset({"volleyball"})
TERMS = "Volleyball Dataset (Ibrahim et al., CVPR 2016): authors' repository BSD-2-Clause; cite the paper"
BEFORE, AFTER = 20, 20  # frames the dataset gives around an annotated one
ACTIONS = ("waiting", "setting", "digging", "falling", "spiking", "blocking", "jumping", "moving", "standing")
BOXES, CLIPS, TEXT = "boxes.parquet", "clips.parquet", "annotations.txt"
COLUMNS = ("video", "clip", "frame", "x", "y", "w", "h", "action", "group", "split", "img_w", "img_h")


def sniff(path: Path) -> bool:
    """Whether `path` is an annotation file, a video's folder, the folder of videos, or the compact tables."""
    if path.is_dir():
        return sniff(path / BOXES) or sniff(path / TEXT) or any(sniff(p) for p in sorted(path.glob(f"*/{TEXT}"))[:1])
    if path.suffix == ".parquet":
        return {"clip", "action", "group", "video"} <= _tables.parquet_columns(path)
    first = source.head(path).split(b"\n", 1)[0].split()
    return path.suffix == ".txt" and len(first) >= 7 and first[0].endswith(b".jpg")


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a game of events for each video.

    paths: the compact folder (or its boxes.parquet), a folder of video folders, a video's folder, or annotation files.
    """
    for path in paths:
        if (path / BOXES).is_file() or path.suffix == ".parquet":
            boxes, clips, marks = _compact(path / BOXES if path.is_dir() else path)
            for video, mine in clips.groupby("video", sort=True):
                here = boxes[boxes["video"] == video]
                yield _video(str(video), mine, here, league, marks, {})
            continue
        files = [path / TEXT] if (path / TEXT).is_file() else sorted(path.glob(f"*/{TEXT}"), key=_number)
        for file in files if path.is_dir() else [path]:
            boxes, clips, repairs = _annotations(file)
            yield _video(file.resolve().parent.name, clips, boxes, league, source.fingerprints(file), repairs)
        if path.is_dir() and not files:
            raise DataError("no annotations in this folder", path=path, expected=f"<video>/{TEXT} or {BOXES}")


def _number(path: Path) -> tuple[int, str]:
    name = path.parent.name
    return (int(name) if name.isdigit() else 1 << 30, name)


def _compact(path: Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    boxes = _tables.read_parquet(path, COLUMNS)
    clips_path = path.with_name(CLIPS)
    clips = _tables.read_parquet(clips_path, ("video", "clip", "group", "split", "n_boxes", "img_w", "img_h"))
    for name in ("x", "y", "w", "h"):
        _tables.finite(path, name, boxes[name].to_numpy(np.float64))
    if clips.duplicated(["video", "clip"]).any():
        row = clips[clips.duplicated(["video", "clip"])].iloc[0]
        raise DataError(f"clip {row['clip']} of video {row['video']} stands twice", path=clips_path, key="clip")
    boxes["action"] = boxes["action"].astype(str)
    counted = boxes.groupby(["video", "clip"], observed=True).size()
    wanted = clips.set_index(["video", "clip"])["n_boxes"]
    off = wanted[counted.reindex(wanted.index, fill_value=0) != wanted]
    if len(off) or len(counted) != len(wanted):
        where = f"clip {off.index[0][1]} of video {off.index[0][0]}" if len(off) else "a clip"
        raise DataError(f"{where} has other boxes than {CLIPS} says", path=path, expected="tables of one download")
    return boxes, clips, source.fingerprints(path, clips_path)


def _annotations(path: Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """Return the boxes and clips of an annotation file; box groups "x y w h action" or "action x y w h"."""
    text = source.read_text(path)
    boxes: list[tuple[object, ...]] = []
    clips: list[tuple[object, ...]] = []
    seen: set[int] = set()
    for n, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) < 7 or (len(words) - 2) % 5 or not words[0].removesuffix(".jpg").isdigit():
            raise DataError(
                f'"{one_line(line, 60)}" is not a clip',
                path=path,
                line=n,
                expected='"<frame>.jpg <activity>" and then five words a person',
            )
        clip = int(words[0].removesuffix(".jpg"))
        if clip in seen:
            raise DataError(f"frame {clip} stands twice", path=path, line=n, expected="one line a frame")
        seen.add(clip)
        group = words[1].replace("-", "_")
        clips.append((clip, group))
        for i in range(2, len(words), 5):
            five = words[i : i + 5]
            numbers, action = (five[:4], five[4]) if five[0].lstrip("-").isdigit() else (five[1:], five[0])
            if not all(v.lstrip("-").isdigit() for v in numbers):
                raise DataError(
                    f'"{one_line(" ".join(five), 60)}" is not a person',
                    path=path,
                    line=n,
                    expected="x y w h action, whole pixels",
                )
            boxes.append((clip, *(int(v) for v in numbers), action.lower()))
    if not clips:
        raise DataError("there are no annotations in it", path=path, expected="a line a clip")
    table = pd.DataFrame(boxes, columns=["clip", "x", "y", "w", "h", "action"])
    return table, pd.DataFrame(clips, columns=["clip", "group"]), {}


def _video(
    video: str, clips: pd.DataFrame, boxes: pd.DataFrame, league: League, marks: dict[str, str], repairs: dict[str, int]
) -> Game:
    clips = clips.sort_values("clip").reset_index(drop=True)
    unknown = ~clips["group"].astype(str).isin(league.events)
    if unknown.any():
        raise DataError(
            f'"{one_line(clips["group"][unknown].iloc[0], 40)}" is no team activity (video {video}, clip '
            f"{clips['clip'][unknown].iloc[0]})",
            key="group",
            expected=", ".join(league.event_names()[:8]),
        )
    other = ~boxes["action"].isin(ACTIONS)
    if other.any():
        raise DataError(
            f'"{one_line(boxes["action"][other].iloc[0], 40)}" is no action (video {video}, clip '
            f"{boxes['clip'][other].iloc[0]})",
            key="action",
            expected=", ".join(ACTIONS),
        )
    empty = int(((boxes["w"] <= 0) | (boxes["h"] <= 0)).sum())
    boxes = boxes[(boxes["w"] > 0) & (boxes["h"] > 0)]
    by_clip = dict(iter(boxes.groupby("clip")))
    attributes = []
    for c in clips.to_dict("records"):
        people = by_clip.get(c["clip"], boxes.iloc[:0])
        facts: dict[str, object] = {
            "boxes_px": people[["x", "y", "w", "h"]].to_numpy().astype(int).tolist(),
            "actions": people["action"].tolist(),
            "screen_side": "left" if str(c["group"]).startswith("l_") else "right",
        }
        if "img_w" in c:
            facts |= {"image_px": [int(c["img_w"]), int(c["img_h"])], "split": str(c["split"])}
        attributes.append(facts)
    frame = clips["clip"].to_numpy(np.int64)
    if empty:
        repairs = repairs | {"boxes without an area set aside": empty}
    return Game(
        id=f"volleyball-{int(video):02d}" if video.isdigit() else f"volleyball-{one_line(video, 40)}",
        league=league.name,
        teams=(Team("one", "One team"), Team("other", "The other team")),
        roster=(),
        court_length_m=league.court.length_m,
        court_width_m=league.court.width_m,
        events=events_frame(
            {
                "event_id": [f"clip-{f}" for f in frame],
                "period": np.zeros(len(frame), np.int64),
                "frame": frame,
                "type": clips["group"].astype(str).to_numpy(),
                "start_frame": np.maximum(frame - BEFORE, 0),
                "end_frame": frame + AFTER + 1,
                "attributes": attributes,
            },
            len(frame),
        ),
        provider="volleyball_dataset",
        source=marks,
        terms=TERMS,
        repairs=repairs,
        kind="clip",
        extra={
            "of_game": f"video-{video}",
            "court": "unknown: boxes are pixels",
            "clock": "unknown: video frames only",
        },
    )
