"""The pyramid: attention that is the mean when it looks at nothing, its size, and the switches by hand."""

from __future__ import annotations

import pytest
import torch

from sportsai.clip_models.stpn import Config, Model, Pyramid
from sportsai.layers.compact_bilinear import CompactBilinear


def pyramid(**options: object) -> Pyramid:
    torch.manual_seed(0)
    return Pyramid(6, 4, Config(classes=5, d=64, hidden=8, **options)).eval()  # type: ignore[arg-type]


def maps() -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(3)
    return torch.randn(2, 9, 6, generator=g), torch.randn(2, 3, 9, 4, generator=g)


@pytest.mark.parametrize("guide", ["spatial", "motion"])
def test_a_zero_last_layer_is_the_mean_of_all_places(guide: str) -> None:
    model, (picture, snippets) = pyramid(attention=guide), maps()
    torch.nn.init.zeros_(model.look[2].weight)
    plain = pyramid(attention="none")
    for mine, theirs in ((plain.answer, model.answer), (plain.top, model.top), (plain.snippets, model.snippets)):
        mine.load_state_dict(theirs.state_dict())  # type: ignore[union-attr]
    motion = model.snippets(*snippets.unbind(1))  # type: ignore[misc]
    assert torch.allclose(model.weights(picture, motion), torch.full((2, 9), 1 / 9))
    assert torch.allclose(model(picture, snippets), plain(picture, snippets), atol=1e-6)


def test_weights_add_up_to_one() -> None:
    model, (picture, snippets) = pyramid(), maps()
    weights = model.weights(picture, model.snippets(*snippets.unbind(1)))  # type: ignore[misc]
    assert torch.allclose(weights.sum(1), torch.ones(2)) and (weights > 0).all() and weights.std() > 1e-4


def test_levels_are_fused_as_said() -> None:
    """Level 1 fuses snippets at each place, level 3 the means and what was attended, with hashes of their own."""
    model, (picture, snippets) = pyramid(), maps()
    first, top = CompactBilinear([4, 4, 4], 64, seed=1), CompactBilinear([6, 6, 64], 64, seed=3)
    motion = first(snippets[:, 0], snippets[:, 1], snippets[:, 2])
    weights = model.weights(picture, motion)
    attended = (weights[..., None] * picture).sum(1)
    expected = model.answer(top(picture.mean(1), attended, motion.mean(1)))
    assert torch.allclose(model(picture, snippets), expected, atol=1e-6)


@pytest.mark.parametrize(("fusion", "top"), [("compact", 64), ("concat", 6 + 6 + 12), ("sum", 6 + 6 + 4)])
def test_sizes_of_the_switches(fusion: str, top: int) -> None:
    model = pyramid(fusion=fusion)
    assert model.answer.in_features == top
    assert model(*maps()).shape == (2, 5)


def test_one_snippet_is_not_fused() -> None:
    model = pyramid(snippets=1)
    picture, snippets = maps()
    assert model.snippets is None and model(picture, snippets[:, :1]).shape == (2, 5)


def test_the_middle_picture_is_read_and_no_other() -> None:
    torch.manual_seed(0)
    model = Model(Config(d=64, snippets=1, fields=1)).eval()
    clip, flow = torch.rand(1, 3, 5, 32, 32), torch.rand(1, 1, 2, 32, 32)
    other = clip.clone()
    other[:, :, [0, 1, 3, 4]] = 0
    assert torch.equal(model(clip, flow), model(other, flow))
    other[:, :, 2] = 0
    assert not torch.equal(model(clip, flow), model(other, flow))
