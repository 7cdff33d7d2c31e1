"""Residual networks for pictures and flow, named so that weights of torchvision and timm fit by name.

He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016 (table 1). Modules are called as
torchvision's `resnet18` to `resnet50` call theirs, which timm's share; neither package is needed. Weights come from a
safetensors file of your own: prefixes that trainers put before names are taken off, the classifier's are left aside
where classes differ, and a first convolution that read pictures is averaged over its colours and repeated for flow
(cross-modality pre-training; Wang et al., "Temporal segment networks", ECCV 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError

LAYOUTS: dict[str, tuple[str, tuple[int, ...]]] = {
    "resnet18": ("basic", (2, 2, 2, 2)), "resnet34": ("basic", (3, 4, 6, 3)), "resnet50": ("bottleneck", (3, 4, 6, 3)),
    "small": ("basic", (1, 1, 1)),
}  # fmt: skip
WIDTHS = {"small": 16}
PREFIXES = ("module.", "model.", "backbone.", "encoder.", "net.")
LEFT = ("fc.", "num_batches_tracked")  # names that may be missing on either side


class Basic(nn.Module):
    """Two 3 x 3 convolutions and what came in."""

    times = 1

    def __init__(self, into: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(into, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(into, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (out + (x if self.downsample is None else self.downsample(x))).relu()


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 convolutions, four times as wide at the end, and what came in."""

    times = 4

    def __init__(self, into: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(into, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = _shortcut(into, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()
        return (self.bn3(self.conv3(out)) + (x if self.downsample is None else self.downsample(x))).relu()


def _shortcut(into: int, out: int, stride: int) -> nn.Sequential | None:
    if into == out and stride == 1:
        return None
    return nn.Sequential(nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out))


class ResNet(nn.Module):
    """The network up to its last map, (B, channels, H, W) -> (B, self.channels, H / s, W / s), s = self.stride.

    layout: of LAYOUTS; "small" is a twentieth of resnet18, for little data and tests. channels: of what comes in.
    """

    def __init__(self, layout: str = "resnet18", channels: int = 3) -> None:
        super().__init__()
        if layout not in LAYOUTS:
            raise ModelError(f'backbone = "{layout}"', expected=f"one of {', '.join(LAYOUTS)}")
        kind, counts = LAYOUTS[layout]
        block = Basic if kind == "basic" else Bottleneck
        width = WIDTHS.get(layout, 64)
        self.conv1 = nn.Conv2d(channels, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        into = width
        for n, count in enumerate(counts):
            out, blocks = width * 2**n, []
            for k in range(count):
                blocks.append(block(into, out, 2 if n and not k else 1))
                into = out * block.times
            self.add_module(f"layer{n + 1}", nn.Sequential(*blocks))
        self.stages = len(counts)
        self.channels, self.stride = into, 2 ** (len(counts) + 1)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.bn1(self.conv1(x)).relu())
        for n in range(self.stages):
            x = self.get_submodule(f"layer{n + 1}")(x)
        return x


def hold_norms(model: nn.Module) -> None:
    """Freeze the means and variances of all batch norms but the first ("partial BN", Wang et al., ECCV 2016); ask after
    every `train()`."""
    for m in [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)][1:]:
        m.eval()


def by_name(given: Mapping[str, Tensor], model: ResNet) -> dict[str, Tensor]:
    """Return another's weights under this network's names.

    Raises ModelError where names are missing, unknown, or of another shape; the classifier's are left aside.
    """
    mine = model.state_dict()
    out: dict[str, Tensor] = {}
    for name, value in given.items():
        short = name
        while short.startswith(PREFIXES):
            short = short.split(".", 1)[1]
        if any(part in short for part in LEFT):
            continue
        if short == "conv1.weight" and value.dim() == 4 and value.shape[1] != mine[short].shape[1]:
            channels = mine[short].shape[1]
            value = value.mean(1, keepdim=True).expand(-1, channels, -1, -1).clone()
        if short not in mine:
            raise ModelError(f'weights hold "{name}"', expected="names as torchvision's resnets have")
        if value.shape != mine[short].shape:
            raise ModelError(
                f'"{name}" is {tuple(value.shape)}', expected=f"{tuple(mine[short].shape)}, as this backbone has",
                todo="Choose the backbone the weights are of.",
            )  # fmt: skip
        out[short] = value
    missing = [n for n in mine if n not in out and not any(part in n for part in LEFT)]
    if missing:
        raise ModelError(f'weights lack "{missing[0]}" and {len(missing) - 1} more', expected="all of the backbone's")
    return out


def load_backbone(model: ResNet, path: Path) -> None:
    """Give a network the weights of a safetensors file. Raises ModelError where it is none or does not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        given = load_file(path)
    except (SafetensorError, OSError) as why:
        raise ModelError(
            f"{path}: no safetensors file ({why})", expected="weights of a resnet",
            todo="Save them with safetensors.torch.save_file; pickled files are not read.",
        ) from None  # fmt: skip
    model.load_state_dict({**model.state_dict(), **by_name(given, model)})


def first_map(model: ResNet, x: Tensor) -> Tensor:
    """Return the maps of a stack of pictures at once, (B, K, C, H, W) -> (B, K, channels, h, w)."""
    maps = model(x.flatten(0, 1))
    return torch.unflatten(maps, 0, x.shape[:2])
