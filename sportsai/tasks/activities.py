"""What a team does in a picture of a rally, and what each person does: the Volleyball Dataset's boxes, no court.

A window is one frame of broadcast video: each person's box, its middle and foot in units of half the picture's width
from the picture's middle, x to the right, y down; people in order of x. Nobody is the key, and who plays for whom is
not known. Exchanging left and right of the picture exchanges the left and right team's activities (`Examples.turned`).
The features of the whole frames (`scene`, 9 frames of 256 numbers where the archive lies beside the boxes) belong to
the picture as it was shot: a mirror image has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from sportsai.court import load_league
from sportsai.data import Game
from sportsai.data.windows import NEITHER, Windows
from sportsai.errors import DataError
from sportsai.readers import source, volleyball_dataset
from sportsai.tasks import EVENT, Examples, TaskOptions

TITLE = "What a team does in a rally, and each person in it, from boxes in a picture (Volleyball Dataset)"
EXPECTED = f"{volleyball_dataset.BOXES} and {volleyball_dataset.CLIPS}, or <video>/{volleyball_dataset.TEXT}"
KEY = False
PART = "split"  # the column of facts that says who trains and who tests, as the dataset's authors parted the videos
MODELS = ("group_tokens", "hierarchical_lstm", "boosted", "majority")
ACTIVITIES = ("l_pass", "r_pass", "l_set", "r_set", "l_spike", "r_spike", "l_winpoint", "r_winpoint")
TURNED = (1, 0, 3, 2, 5, 4, 7, 6)
# the authors' own parts (github.com/mostafa-saad/deep-activity-rec, README, "Dataset"); all other videos test
TRAIN = (1, 3, 6, 7, 10, 13, 15, 16, 18, 22, 23, 31, 32, 36, 38, 39, 40, 41, 42, 48, 50, 52, 53, 54)
VALIDATE = (0, 2, 8, 12, 17, 19, 24, 26, 27, 28, 30, 33, 46, 49, 51)
SCENE = "scene_resnet50_pca256.npz"
READS = "people's boxes in the picture and, where the recipe asks for them, the whole frames around it"
FAILS = (
    "Boxes alone do not show arms: a set and a pass, a block and a jump look alike.",
    "One broadcast camera behind a sideline; other cameras were never seen.",
    "Left and right are sides of the picture, not teams.",
    "Jumping, spiking and setting are rare: their figures rest on few examples.",
)


class Options(TaskOptions):
    """scene: also the features of the whole frames, where they lie beside the boxes. videos: "all", or a part only."""

    scene: bool = False
    videos: Literal["all", "train", "val"] = "all"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the team activities in order."""
        return ACTIVITIES


def find(folder: Path) -> list[Path]:
    """Return every folder of annotations in `folder` or below; [] if there is none."""
    compact = [p.parent for p in sorted(Path(folder).rglob(volleyball_dataset.BOXES))]
    compact = [p for p in compact if volleyball_dataset.sniff(p)]
    return compact or sorted({p.parent.parent for p in Path(folder).rglob(f"*/{volleyball_dataset.TEXT}")})


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return the annotated frames of all videos in the folders `files`."""
    if not files:
        raise DataError("no files", expected=EXPECTED)
    league = load_league("volleyball_world")
    games = list(volleyball_dataset.read(tuple(files), league))
    rows = [(g, e) for g in games if g.events is not None for e in g.events.to_dict("records")]
    kept = [(g, e) for g, e in rows if options.videos in ("all", _part(g, e["attributes"]))]
    kept = [(g, e) for g, e in kept if e["attributes"]["actions"]]
    if not kept:
        raise DataError("no annotated frame is left", path=files[0], expected=f"clips of videos = {options.videos}")
    refused = {"frames without a person": len(rows) - len(kept)} if options.videos == "all" else {}
    n, P = len(kept), max(len(e["attributes"]["actions"]) for _, e in kept)
    xy, size = np.zeros((n, P, 1, 2), np.float32), np.zeros((n, P, 1, 2), np.float32)
    present, people = np.zeros((n, P, 1), bool), np.full((n, P), -1)
    number = {a: i for i, a in enumerate(volleyball_dataset.ACTIONS)}
    for i, (_, e) in enumerate(kept):
        box = np.asarray(e["attributes"]["boxes_px"], np.float32)
        wide, high = _image(e["attributes"])
        order = np.lexsort((box[:, 1], box[:, 0] + box[:, 2] / 2))
        box, k = box[order], len(box)
        foot = np.column_stack([box[:, 0] + box[:, 2] / 2 - wide / 2, box[:, 1] + box[:, 3] - high / 2])
        xy[i, :k, 0], size[i, :k, 0] = foot / (wide / 2), box[:, 2:] / (wide / 2)
        present[i, :k], people[i, :k] = True, [number[e["attributes"]["actions"][j]] for j in order]
    contests = {g.extra["of_game"]: j for j, g in enumerate(games)}
    frame = np.array([e["frame"] for _, e in kept], np.int64)
    windows = Windows(
        xy=xy, present=present, relation=np.full((n, P), NEITHER, np.int8),
        slot=np.where(present[:, :, 0], np.arange(P), -1), key=np.zeros(n, np.int64),
        ball=np.zeros((n, 1, 2), np.float32), ball_present=np.zeros((n, 1), bool),
        label=np.array([ACTIVITIES.index(e["type"]) for _, e in kept], np.int64),
        game=np.array([contests[g.extra["of_game"]] for g, _ in kept], np.int64), period=np.zeros(n, np.int8),
        frame=frame, first_frame=frame, last_frame=frame, request=np.arange(n), games=tuple(contests), scale_m=1.0,
        reference=0,
    )  # fmt: skip
    facts = pd.DataFrame(
        {"video": [str(g.extra["of_game"]).removeprefix("video-") for g, _ in kept], "clip": frame,
         PART: [_part(g, e["attributes"]) for g, e in kept]}
    )  # fmt: skip
    more, marks = {"size": size}, {k: v for g in games for k, v in g.source.items()}
    if options.scene:
        more["scene"], mark = _scene(files, facts)
        marks |= mark
    return Examples(
        windows=windows, names=ACTIVITIES, kind=np.full(n, EVENT, np.int64), people=people.astype(np.int64),
        people_names=volleyball_dataset.ACTIONS, more=more, turned=np.array(TURNED), headline="accuracy", facts=facts,
        sources=marks, terms=volleyball_dataset.TERMS, refused=refused,
    )  # fmt: skip


def _part(game: Game, attributes: dict[str, object]) -> str:
    """Return "train", "val" or "test": as told beside the clip, else by the video's number."""
    video = str(game.extra["of_game"]).removeprefix("video-")
    number = int(video) if video.isdigit() else -1
    listed = "train" if number in TRAIN else "val" if number in VALIDATE else "test"
    return str(attributes.get("split") or listed)


def _image(attributes: dict[str, object]) -> tuple[float, float]:
    """Return the picture's width and height: as told, else the smaller of the dataset's two that holds all boxes."""
    told = attributes.get("image_px")
    if isinstance(told, list):
        return float(told[0]), float(told[1])
    box = np.asarray(attributes["boxes_px"], float)
    return (1280.0, 720.0) if (box[:, 0] + box[:, 2]).max() <= 1280 else (1920.0, 1080.0)


def _scene(files: Sequence[Path], facts: pd.DataFrame) -> tuple[np.ndarray, dict[str, str]]:
    """Return the whole frames' features of each clip, (n, S, F), and the archive's SHA-256."""
    path = next((p / SCENE for p in files if (p / SCENE).is_file()), None)
    if path is None:
        raise DataError("the whole frames' features are not here", path=files[0], expected=SCENE,
                        todo="Set scene = false in the recipe.")  # fmt: skip
    with np.load(path, allow_pickle=False) as z:
        found = {k: z[k] for k in z.files}
    at = {k: i for i, k in enumerate(zip(found["video"].astype(str), found["clip"].tolist(), strict=True))}
    keys = list(zip(facts["video"], facts["clip"].tolist(), strict=True))
    lost = [k for k in keys if k not in at]
    if lost:
        raise DataError(
            f"clip {lost[0][1]} of video {lost[0][0]} has no features", path=path, expected="one row a clip"
        )
    name = next(k for k in found if found[k].ndim == 3)
    return found[name][[at[k] for k in keys]].astype(np.float32), {path.name: source.sha256(path)}
