"""What every model of clips does: learns its example, repeats itself, survives saving, and says what it cannot read."""

from __future__ import annotations

import inspect

import pytest
import torch

from sportsai.clip_models import c3d, clip_activity, clip_model_names, load_clip_model, stpn
from sportsai.errors import ModelError, RecipeError

NAMES = clip_model_names()


def asked(model: torch.nn.Module, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    known = inspect.signature(model.forward).parameters
    out: torch.Tensor = model(**{k: v for k, v in batch.items() if k in known})
    return out


def test_they_are_found() -> None:
    assert {"c3d", "stpn", "frame_net", "clip_activity"} <= set(NAMES)
    with pytest.raises(RecipeError, match="stpn"):
        load_clip_model("stpm")


@pytest.mark.parametrize("name", NAMES)
def test_it_learns_repeats_itself_and_survives_saving(name: str) -> None:
    room = load_clip_model(name)
    config = room.Config()
    torch.manual_seed(0)
    model, batch = room.Model(config), room.example(config, torch.Generator().manual_seed(1))
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for _ in range(25):
        worth = room.loss(asked(model.train(), batch), batch, config)
        optimiser.zero_grad()
        worth.backward()
        optimiser.step()
        losses.append(worth.item())
    assert min(losses[-5:]) < 0.6 * losses[0]
    with torch.no_grad():
        said = asked(model.eval(), batch)
        assert said.shape == (2, config.classes) and torch.isfinite(said).all()
        again = room.Model(config).eval()
        again.load_state_dict(model.state_dict())
        assert torch.equal(asked(again, batch), said)
        one = asked(model, {k: v[:1] for k, v in batch.items()})
        assert torch.allclose(one, said[:1], atol=1e-5)


def test_c3d_has_as_many_parameters_as_the_papers() -> None:
    """3 x 3 x 3 kernels and biases by hand; fc6 reads 512 x 4 x 4. With 101 classes: 78.41 M, as its release has."""
    convs = sum(27 * a * b + b for a, b in ((3, 64), (64, 128), (128, 256), (256, 256), (256, 512)))
    convs += 3 * (27 * 512 * 512 + 512)
    dense = 8192 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 101 + 101
    assert convs + dense == 78_409_573
    with torch.device("meta"):
        model = c3d.Model(c3d.Config(classes=101, width=1))
    assert sum(p.numel() for p in model.parameters()) == 78_409_573


def test_c3d_reads_sixteen_pictures_of_112() -> None:
    model = c3d.Model(c3d.Config(width=32)).eval()
    with torch.no_grad():
        assert model.maps(torch.zeros(1, 3, 16, 112, 112)).shape == (1, 16, 2, 7, 7)
        assert model.features(torch.zeros(1, 3, 16, 112, 112)).shape == (1, 128)


@pytest.mark.parametrize(
    ("room", "batch", "told"),
    [
        (c3d, {"clip": torch.zeros(1, 3, 4, 32, 32)}, "clip is"),
        (clip_activity, {"clip": torch.zeros(1, 1, 8, 32, 32)}, "clip is"),
        (stpn, {"clip": torch.zeros(1, 3, 3, 32, 32), "flow": torch.zeros(1, 2, 20, 32, 32)}, "flow is"),
        (stpn, {"clip": torch.zeros(1, 3, 3, 64, 32), "flow": torch.zeros(1, 3, 20, 32, 32)}, "differ in size"),
    ],
)
def test_what_cannot_be_read_is_told(room: object, batch: dict[str, torch.Tensor], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        room.Model(room.Config()).eval()(**batch)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("room", "options"),
    [(stpn, {"fusion": "max"}), (stpn, {"attention": "all"}), (stpn, {"snippets": 0}), (c3d, {"width": 3}),
     (clip_activity, {"structure": "half"})],
)  # fmt: skip
def test_options_that_make_no_sense(room: object, options: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        room.Config(**options)  # type: ignore[attr-defined]
