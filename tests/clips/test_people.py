"""People of footage as the hierarchical LSTM reads them: places by hand, features of each picture, a step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sportsai.clips.people import backbone, people, shown, windows
from sportsai.errors import DataError, ModelError
from sportsai.layers.resnet import ResNet
from sportsai.models.hierarchical_lstm import Config, Model, loss
from sportsai.video.decode import look
from sportsai.video.follow import Boxes
from tests.video.films import view, write


def film(path: Path) -> tuple[Path, Boxes]:
    """Two followed people of 12 x 24 pixels, the second missing in frame 2, and one who is not followed."""
    rows, xyxy, track = [], [], []
    for t in range(6):
        for who, x in ((4, 20 + 2 * t), (9, 60)):
            if (who, t) != (9, 2):
                rows.append(t)
                xyxy.append([x, 20, x + 12, 44])
                track.append(who)
    rows, xyxy, track = [*rows, 0], [*xyxy, [0, 0, 20, 20]], [*track, -1]
    images = [view(3 * t, 96, 64) for t in range(6)]
    return write(path, images), Boxes.of(np.array(rows), np.array(xyxy, float), None, np.array(track))


def test_places_pictures_and_who_is_there(tmp_path: Path) -> None:
    """The picture is 96 x 64: the first stands at x 26, feet at 44: (26 - 48) / 48, (44 - 32) / 48."""
    path, boxes = film(tmp_path / "a.mp4")
    seer = backbone("small", untrained=True)
    seen = people(look(path), np.arange(6), boxes, seer)
    assert seen.track.tolist() == [4, 9] and not seen.learned and seen.image.shape == (2, 6, 64)
    assert seen.xy[0, 0] == pytest.approx([-22 / 48, 12 / 48]) and seen.size[0, 0] == pytest.approx([12 / 48, 24 / 48])
    assert seen.present.sum(1).tolist() == [6, 5] and not seen.present[1, 2] and not seen.image[1, 2].any()
    batch = windows(seen, 3, 1)
    assert batch["xy"].shape == (4, 2, 3, 2) and batch["image"].shape == (4, 2, 3, 64)
    assert batch["first"].tolist() == [0, 1, 2, 3] and windows(seen, 4)["first"].tolist() == [0]
    assert torch.equal(batch["image"][2, 0, 1], torch.from_numpy(seen.image[0, 3]))
    with pytest.raises(DataError, match="6 frames; expected 7 or more"):
        windows(seen, 7)


def test_features_are_of_the_weights_that_were_given(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = ResNet("small").eval()
    save_file({f"model.{k}": v for k, v in net.state_dict().items()}, tmp_path / "w.safetensors")
    seer = backbone("small", tmp_path / "w.safetensors")
    pictures = np.random.default_rng(0).integers(0, 255, (3, 96, 48, 3)).astype(np.uint8)
    one = shown(seer.net, pictures)
    assert seer.learned and not any(p.requires_grad for p in seer.net.parameters())
    with torch.no_grad():
        assert np.array_equal(one, shown(net, pictures))
    assert np.allclose(shown(seer.net, pictures[1:2])[0], one[1], atol=1e-5)
    white = np.full((1, 96, 48, 3), 124, np.uint8)  # about ImageNet's mean red: the network sees nearly nothing of it
    assert np.abs(shown(seer.net, white)).sum() < np.abs(one[0]).sum()


def test_random_weights_are_refused_unless_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights of a resnet18; expected a safetensors file"):
        backbone()
    with pytest.raises(ModelError, match="no safetensors file"):
        backbone("small", tmp_path / "nowhere.safetensors")
    path, boxes = film(tmp_path / "a.mp4")
    boxes.track[:] = -1
    with pytest.raises(DataError, match="nobody is followed"):
        people(look(path), np.arange(6), boxes, backbone("small", untrained=True))


@pytest.mark.real
def test_followed_players_of_real_footage_teach_the_hierarchical_lstm(real_data: Path) -> None:
    """Two volleyball clips with true tracks and actions, random weights: shapes run, and steps lower the loss."""
    from sportsai.bench.clips import taught_people

    torch.manual_seed(0)
    found = taught_people(real_data / "video", backbone("small", untrained=True), steps=12)
    assert found["people"] == 24 and found["windows"] == 7  # the first clip's tracks are lost after 19 frames
    assert found["last"] < 0.7 * found["first"] and found["most"] > 0.9


def test_the_model_reads_windows_and_hears_their_pictures(tmp_path: Path) -> None:
    path, boxes = film(tmp_path / "a.mp4")
    batch = windows(people(look(path), np.arange(6), boxes, backbone("small", untrained=True)), 3)
    first = batch.pop("first")
    torch.manual_seed(0)
    model = Model(Config(classes=2, frames=3, actions=4, image=64, width=8, lstm1=8, hidden=8, lstm2=8)).eval()
    said = model(**batch)
    assert said.group.shape == (2, 2) and said.people.shape == (2, 2, 4) and len(first) == 2
    blind = model(**{**batch, "image": torch.zeros_like(batch["image"])})
    assert not torch.allclose(said.people, blind.people)
    worth = loss(model.train()(**batch), {"label": torch.tensor([0, 1]), "people": torch.tensor([[0, 1], [2, -1]])})
    worth.backward()
    assert model.person[0].weight.grad[:, -64:].abs().sum() > 0
