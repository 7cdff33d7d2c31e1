"""Residual networks: sizes as torchvision's, weights by name, and what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sportsai.errors import ModelError
from sportsai.layers.resnet import ResNet, by_name, first_map, hold_norms, load_backbone

# torchvision's own counts of parameters (model cards of resnet18, 34 and 50) without their classifiers of 1,000
COUNTS = {"resnet18": 11_689_512 - 513_000, "resnet34": 21_797_672 - 513_000, "resnet50": 25_557_032 - 2_049_000}


@pytest.mark.parametrize("layout", sorted(COUNTS))
def test_as_many_parameters_as_torchvisions(layout: str) -> None:
    model = ResNet(layout)
    assert sum(p.numel() for p in model.parameters()) == COUNTS[layout]
    names = set(model.state_dict())
    assert {"conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer4.1.bn2.bias",
            "layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_mean"} <= names  # fmt: skip


def test_sizes() -> None:
    model = ResNet("resnet18").eval()
    assert model(torch.zeros(1, 3, 64, 96)).shape == (1, 512, 2, 3) and model.stride == 32
    small = ResNet("small").eval()
    assert small.channels == 64 and first_map(small, torch.zeros(2, 3, 3, 32, 48)).shape == (2, 3, 64, 2, 3)


def test_anothers_weights_fit_by_name(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs, mine = ResNet("small"), ResNet("small")
    given = {f"module.backbone.{k}": v for k, v in theirs.state_dict().items()}
    given["module.fc.weight"] = torch.zeros(1000, 64)
    save_file(given, tmp_path / "w.safetensors")
    load_backbone(mine, tmp_path / "w.safetensors")
    x = torch.rand(2, 3, 32, 32)
    assert torch.equal(mine.eval()(x), theirs.eval()(x))


def test_a_first_convolution_of_pictures_is_averaged_for_flow() -> None:
    theirs, flow = ResNet("small"), ResNet("small", 20)
    out = by_name(theirs.state_dict(), flow)["conv1.weight"]
    assert out.shape == (16, 20, 7, 7)
    assert torch.allclose(out[:, 13], theirs.conv1.weight.mean(1))


@pytest.mark.parametrize(("change", "told"), [("lacks", "lack"), ("unknown", "hold"), ("shape", "is \\(")])
def test_weights_that_do_not_fit(change: str, told: str) -> None:
    given = dict(ResNet("small").state_dict())
    if change == "lacks":
        del given["layer2.0.conv1.weight"]
    elif change == "unknown":
        given["stem.weight"] = torch.zeros(3)
    else:
        given["layer1.0.conv1.weight"] = torch.zeros(3, 3, 3, 3)
    with pytest.raises(ModelError, match=told):
        by_name(given, ResNet("small"))


def test_pickles_are_not_read(tmp_path: Path) -> None:
    torch.save(ResNet("small").state_dict(), tmp_path / "w.pth")
    with pytest.raises(ModelError, match="no safetensors file"):
        load_backbone(ResNet("small"), tmp_path / "w.pth")
    with pytest.raises(ModelError, match='backbone = "vgg"'):
        ResNet("vgg")


def test_partial_batch_norm_holds_all_but_the_first() -> None:
    model = ResNet("small").train()
    hold_norms(model)
    norms = [m.training for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms[0] and not any(norms[1:])
