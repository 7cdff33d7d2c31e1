"""Detectors of people: one test over all, the files that ship, and weights that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sportsai.errors import ModelError
from sportsai.resources import data_folder, weights_folder
from sportsai.video.decode import frames, look
from sportsai.video.detectors import detector_names, load_detector, open_detector
from sportsai.video.follow import overlap
from sportsai.video.tiles import laid, people


@pytest.fixture(scope="module")
def rtdetr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a small RT-DETR that has learned nothing."""
    from kornia.models.rt_detr import RTDETR, RTDETRConfig

    torch.manual_seed(0)
    state = RTDETR.from_config(RTDETRConfig("resnet18d", 3)).state_dict()
    path = tmp_path_factory.mktemp("rtdetr") / "w.safetensors"
    said = {"model_type": "resnet18d", "num_classes": "3", "person": "1"}
    save_file({k: v.contiguous().clone() for k, v in state.items()}, path, said)
    return path


@pytest.mark.parametrize("name", detector_names())
def test_every_detector_gives_boxes_in_the_pixels_it_was_given(name: str, rtdetr: Path) -> None:
    detector = open_detector(name, rtdetr if name == "rtdetr" else None)
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (h, w, 3), np.uint8) for h, w in ((120, 200), (90, 70))]
    found = detector.people(images)
    assert len(found) == 2 and detector.people([]) == []
    for boxes, image in zip(found, images, strict=True):
        assert boxes.shape[1] == 5 and boxes.dtype == np.float64
        assert ((boxes[:, 4] >= 0) & (boxes[:, 4] <= 1)).all()
        assert (boxes[:, 2:4] >= boxes[:, :2]).all()
        assert np.abs(boxes[:, :4]).max(initial=0) < 3 * max(image.shape)
    again = detector.people(images[1:])[0]
    assert np.allclose(again, found[1], atol=1e-4)  # a picture alone is as among others
    assert load_detector(name).TITLE and load_detector(name).SIDE > 1


def test_weights_that_are_none(tmp_path: Path, rtdetr: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r'no detector named "movnet".*Did you mean "movenet"'):
        open_detector("movnet")
    with pytest.raises(ModelError, match="No such file"):
        open_detector("movenet", tmp_path / "x.onnx")
    (tmp_path / "x.onnx").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="cannot be read"):
        open_detector("movenet", tmp_path / "x.onnx")
    with pytest.raises(ModelError, match="do not fit"):
        open_detector("movenet", weights_folder() / "detectors" / "centernet.onnx").people(
            [np.zeros((64, 64, 3), np.uint8)]
        )
    with pytest.raises(ModelError, match="no weights of rtdetr ship"):
        open_detector("rtdetr")
    with pytest.raises(ModelError, match="cannot be read"):
        open_detector("rtdetr", tmp_path / "x.onnx")
    save_file({"a": torch.zeros(1)}, tmp_path / "y.safetensors")
    with pytest.raises(ModelError, match="does not fit"):
        open_detector("rtdetr", tmp_path / "y.safetensors")
    monkeypatch.setattr("sportsai.video.detectors.weights_folder", lambda: tmp_path)
    (tmp_path / "detectors").mkdir()
    (tmp_path / "detectors" / "centernet.onnx").write_bytes(b"changed")
    with pytest.raises(ModelError, match="not the file that ships"):
        open_detector("centernet")


@pytest.mark.real
@pytest.mark.parametrize("name", ["movenet", "centernet"])
def test_players_of_a_real_frame_are_found(name: str) -> None:
    import pandas as pd

    folder = data_folder()
    if folder is None or not (folder / "video" / "vb_7_38025.mp4").exists():
        pytest.skip("the volleyball clips are not here: set SPORTSAI_DATA")
    truth = pd.read_parquet(folder / "video" / "vb_tracks.parquet")
    truth = truth[(truth["video"] == 7) & (truth["frame"] == 38015) & (truth["lost"] == 0)]
    true = truth[["xmin", "ymin", "xmax", "ymax"]].to_numpy(np.float64)
    footage = look(folder / "video" / "vb_7_38025.mp4")
    image = dict(frames(footage, [10]))[10]  # the clip's first frame is 38005
    found = people(open_detector(name), image, laid(footage.width, footage.height, 360, 230, 710))
    near = overlap(true, found[found[:, 4] >= 0.2, :4]).max(1)
    assert (near >= 0.3).mean() >= 0.7
