"""What a team does in a picture: boxes by hand, mirror images, the authors' parts; the real 3,493 frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.data.describe import describe_boxes
from sportsai.errors import DataError
from sportsai.learn.lessons import folds
from sportsai.learn.predict import turned
from sportsai.learn.recipe import load_recipe
from sportsai.tasks import activities, load_task, together

LINES = """38025.jpg r-pass 640 300 40 60 digging 100 280 40 80 standing 1000 300 40 60 waiting
38005.jpg l_spike 10 20 30 60 spiking
"""


def write(folder: Path, text: str = LINES, video: str = "7") -> Path:
    (folder / video).mkdir(exist_ok=True)
    (folder / video / "annotations.txt").write_text(text)
    return folder


def taught(folder: Path, **options: object):
    return activities.examples([folder], activities.Options.model_validate({"task": "activities", **options}), 1)


def test_boxes_become_feet_about_the_pictures_middle(tmp_path):
    found = taught(write(tmp_path))
    w = found.windows
    assert activities.find(tmp_path) == [tmp_path]
    assert w.xy.shape == (2, 3, 1, 2)
    clip = int(np.flatnonzero(found.facts["clip"] == 38025)[0])
    # by x: 100 + 20, 640 + 20, 1000 + 20 of 1280; feet at 360 of 720: the picture's middle
    np.testing.assert_allclose(w.xy[clip, :, 0], [[-520 / 640, 0], [20 / 640, 0], [380 / 640, 0]], atol=1e-6)
    np.testing.assert_allclose(found.more["size"][clip, 0, 0], [40 / 640, 80 / 640])
    names = [activities.volleyball_dataset.ACTIONS[k] for k in found.people[clip]]
    assert names == ["standing", "digging", "waiting"]
    assert activities.ACTIVITIES[w.label[clip]] == "r_pass"
    other = 1 - clip
    assert w.present[other, :, 0].tolist() == [True, False, False]
    assert found.people[other].tolist()[1:] == [-1, -1]
    assert set(found.facts["split"]) == {"train"}  # video 7


def test_a_mirror_image_is_of_the_other_side(tmp_path):
    found = taught(write(tmp_path))
    other = turned(found)
    np.testing.assert_allclose(other.windows.xy[..., 0], -found.windows.xy[..., 0])
    said = [activities.ACTIVITIES[k] for k in found.windows.label]
    assert [activities.ACTIVITIES[k] for k in other.windows.label] == [{"l": "r", "r": "l"}[n[0]] + n[1:] for n in said]
    back = turned(other)
    assert (back.windows.label == found.windows.label).all()
    both = together(found, other)
    assert len(both) == 2 * len(found) and both.more["size"].shape[0] == 4
    np.testing.assert_array_equal(both.take(np.arange(2)).windows.xy, found.windows.xy)


def test_a_crowd_is_described_from_left_to_right(tmp_path):
    found = taught(write(tmp_path))
    x, names = describe_boxes(found.windows, found.more["size"])
    clip = int(np.flatnonzero(found.facts["clip"] == 38025)[0])
    said = dict(zip(names, x[clip].tolist(), strict=True))
    mean = (80 + 60 + 60) / 3
    assert said["people"] == 3
    assert np.isclose(said["height@0"], 80 / mean) and np.isclose(said["height@1"], 60 / mean)
    assert np.isclose(said["x@2"] - said["x@0"], 900 / mean, rtol=1e-5)
    assert np.isnan(said["x@3"])
    assert said["count@left"] == 2 and said["count@right"] == 1  # half of three is 1.5: places 0 and 1
    moved = found.windows.xy + np.float32(0.25)
    shifted, _ = describe_boxes(type(found.windows)(**{**found.windows.__dict__, "xy": moved}), found.more["size"])
    apart = [i for i, n in enumerate(names) if n != "middle"]
    np.testing.assert_allclose(shifted[clip][apart], x[clip][apart], atol=1e-4)  # where the camera points says nothing


def test_what_is_wrong_is_said_in_a_line(tmp_path):
    options = activities.Options.model_validate({"task": "activities"})
    with pytest.raises(DataError, match="no files"):
        activities.examples([], options, 1)
    with pytest.raises(DataError, match="no annotated frame is left"):
        taught(write(tmp_path), videos="val")
    with pytest.raises(DataError, match=r"whole frames' features are not here.*scene = false"):
        taught(write(tmp_path), scene=True)


def test_the_authors_parts_train_and_test(real_data):
    recipe = load_recipe("volleyball", "activities")
    task = load_task("activities")
    found = task.examples(task.find(real_data), recipe.data, 1)
    assert len(found) == 3493 and (found.people >= 0).sum() == 40_801
    by_hand = {"train": set(task.TRAIN), "val": set(task.VALIDATE)}
    for part, videos in by_hand.items():
        assert set(found.facts.loc[found.facts["split"] == part, "video"].astype(int)) == videos
    splits = folds(found, recipe)
    assert [len(i) for i in splits[0].parts().values()] == [1629, 523, 1341]
    assert sum(len(s.validation) for s in splits) == 2152
    for split in splits:
        assert not set(found.contest[split.train]) & set(found.contest[split.validation])
        assert set(found.facts["split"].to_numpy()[split.test]) == {"val"}
    scene = task.examples(task.find(real_data), recipe.data.model_copy(update={"scene": True}), 1)
    assert scene.more["scene"].shape == (3493, 9, 256)
