"""What every torch model promises, checked on its own `example`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from sportsai.layers.answer import LOW
from sportsai.layers.many import combined
from sportsai.models import load_model, model_names

MODULES = {n: load_model(n) for n in model_names()}
TORCH = {n: m for n, m in MODULES.items() if issubclass(m.Model, nn.Module)}
CHANCE = {
    "dropout": 0.0,
    "entity_dropout": 0.0,
    "actor_dropout": 0.0,
    "reflect": "none",
}  # what is drawn at random while training, switched off
EXACT = ("shared_compare", "stacked")  # their players are sorted; sums over sets differ in the last digit
SHORT = {"shared_compare": {"shared": (8,), "compare": (8,)}}  # asks for fewer poolings itself
ANSWERS = ("label", "choices", "also", "weight", "people", "people_weight")  # what only the loss reads
PLACES = ("xy", "present", "side", "size", "image")  # a row a player
CHOOSING = {n for n, m in TORCH.items() if "choose" in {f.name for f in fields(m.Config)}}


def still(module: ModuleType) -> dict[str, object]:
    return {k: v for k, v in CHANCE.items() if k in {f.name for f in fields(module.Config)}}


def made(module: ModuleType, **changes: object) -> tuple[nn.Module, dict[str, Tensor]]:
    torch.manual_seed(0)
    config = module.Config(**changes)
    return module.Model(config), module.example(config, torch.Generator().manual_seed(1))


def said(model: nn.Module, batch: dict[str, Tensor]) -> Any:
    """Return the output as the model's own loss takes it."""
    return model(**{k: v for k, v in batch.items() if k not in ANSWERS})


def run(model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """Return what the window is, or the scores of its places: what the group does, two answers taught as one."""
    output = said(model, batch)
    output = getattr(output, "group", output)
    two = not getattr(model.config, "choose", False) and output.shape[1] == 2 * model.config.classes
    return combined(*output.chunk(2, 1), "mean") if two else output


def asked(module: ModuleType, choose: bool) -> dict[str, Any]:
    """Return the change that makes a model choose players; skips the models that cannot."""
    if choose and module.__name__.rpartition(".")[2] not in CHOOSING:
        pytest.skip("says what a group does, not which player it is")
    return {"choose": True} if choose else {}


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
def test_the_file_reads_top_to_bottom(module: ModuleType) -> None:
    assert module.__doc__
    assert is_dataclass(module.Config)
    assert module.Config.__dataclass_params__.frozen
    for f in fields(module.Config):
        assert f.name in module.Config.__doc__, f"{f.name} is not explained"
    with pytest.raises(AttributeError):
        module.Config().classes = 3


@pytest.mark.parametrize("module", TORCH.values(), ids=TORCH)
class TestTorch:
    def test_promised_shapes(self, module: ModuleType) -> None:
        model, batch = made(module)
        assert run(model, batch).shape == (len(batch["label"]), model.config.classes)

    @pytest.mark.parametrize("choose", [False, True])
    def test_a_gradient_reaches_each_parameter(self, module: ModuleType, choose: bool) -> None:
        model, batch = made(module, **asked(module, choose), **still(module))
        module.loss(said(model, batch), batch).backward()
        for name, p in model.named_parameters():
            assert p.grad is not None, name
            assert p.grad.abs().sum() > 0, name

    def test_eval_gives_the_same_twice_and_train_does_not_change_it_without_dropout(self, module: ModuleType) -> None:
        model, batch = made(module, **still(module))
        trained = run(model.train(), batch)
        model.eval()
        assert torch.equal(run(model, batch), run(model, batch))
        assert torch.allclose(run(model, batch), trained, atol=1e-6)

    @pytest.mark.parametrize("choose", [False, True])
    def test_one_alone_equals_one_in_a_padded_batch(self, module: ModuleType, choose: bool) -> None:
        model, batch = made(module, **asked(module, choose))
        model.eval()
        whole = run(model, batch)
        extra = dict(batch)
        P = batch["xy"].shape[1]
        for name in [
            n for n in PLACES if n in batch
        ]:  # two more players who are not there, with nonsense for positions
            x = batch[name]
            pad = torch.full((x.shape[0], 2, *x.shape[2:]), 7).to(x.dtype) if name == "xy" else torch.zeros(
                x.shape[0], 2, *x.shape[2:], dtype=x.dtype)  # fmt: skip
            extra[name] = torch.cat([x, pad], 1)
        padded = run(model, extra)
        if choose:
            assert (padded[:, P:] <= LOW).all()
            padded = padded[:, :P]
        assert torch.allclose(padded, whole, atol=1e-5)
        for b in range(len(whole)):
            here = batch["present"][b].any(-1)
            alone = {k: v[b : b + 1] for k, v in batch.items()}
            alone |= {k: v[b : b + 1, :P][:, here] for k, v in batch.items() if k in PLACES}
            assert torch.allclose(run(model, alone)[0], whole[b][here] if choose else whole[b], atol=1e-5)

    def test_players_may_come_in_any_order(self, module: ModuleType) -> None:
        model, batch = made(module)
        model.eval()
        order = torch.randperm(batch["xy"].shape[1], generator=torch.Generator().manual_seed(3))
        other = {k: v[:, order] if k in PLACES else v for k, v in batch.items()}
        other["key"] = (order[None] == batch["key"][:, None]).int().argmax(1)
        exact = module.__name__.rpartition(".")[2] in EXACT
        assert torch.allclose(run(model, other), run(model, batch), rtol=0, atol=0 if exact else 1e-5)

    def test_players_asked_for_may_come_in_any_order(self, module: ModuleType) -> None:
        model, batch = made(module, **asked(module, True))
        model.eval()
        order = torch.randperm(batch["xy"].shape[1], generator=torch.Generator().manual_seed(3))
        other = {k: v[:, order] if k in PLACES else v for k, v in batch.items()}
        other["key"] = (order[None] == batch["key"][:, None]).int().argmax(1)
        assert torch.allclose(run(model, other), run(model, batch)[:, order], atol=1e-5)

    def test_each_place_is_scored_and_an_empty_one_very_low(self, module: ModuleType) -> None:
        model, batch = made(module, **asked(module, True))
        scores = run(model.eval(), batch)
        assert scores.shape == batch["present"].shape[:2]
        assert torch.isfinite(scores).all()
        there = batch["present"].any(-1)
        assert (scores[~there] <= LOW).all()
        assert (scores[batch["choices"] & there] > LOW).sum() >= 3
        low = module.loss(scores.where(batch["choices"], torch.full_like(scores, 50.0)), batch)
        assert torch.allclose(low, module.loss(scores, batch))  # who is no choice cannot be chosen

    @pytest.mark.parametrize("frames", [4, 5, 16, 25])
    @pytest.mark.parametrize("choose", [False, True])
    def test_short_windows_no_ball_and_no_side(self, module: ModuleType, frames: int, choose: bool) -> None:
        short = SHORT.get(module.__name__.rpartition(".")[2], {}) if frames < 16 else {}
        model, batch = made(module, frames=frames, **asked(module, choose), **short)
        for without in ((), ("ball", "ball_present"), ("ball", "ball_present", "side", "present"), ("ball_present",)):
            less = {k: v for k, v in batch.items() if k not in without}
            assert torch.isfinite(run(model, less)).all()
            module.loss(said(model, less), batch).backward()
        batch["ball_present"][:] = False
        absent = run(model.eval(), batch)
        none = run(model, {k: v for k, v in batch.items() if k not in ("ball", "ball_present")})
        assert torch.allclose(absent, none, atol=1e-6)

    def test_nobody_seen_is_finite_and_so_is_one_player(self, module: ModuleType) -> None:
        model, batch = made(module)
        one = {k: v[:, :1] if k in PLACES else v for k, v in batch.items()}
        assert torch.isfinite(run(model.eval(), one)).all()
        batch["present"][:] = False
        batch["ball_present"][:] = False
        assert torch.isfinite(run(model, batch)).all()

    def test_what_is_not_seen_is_not_read(self, module: ModuleType) -> None:
        model, batch = made(module)
        batch["present"][:, 2, :3] = False
        batch["present"][:, 3, 12:] = False
        batch["ball_present"][:, 5] = False
        other = dict(batch)
        other["xy"] = batch["xy"].where(batch["present"][..., None], torch.tensor(7.0))
        other["ball"] = batch["ball"].where(batch["ball_present"][..., None], torch.tensor(-7.0))
        assert torch.equal(run(model.eval(), other), run(model, batch))

    def test_the_key_may_be_unknown(self, module: ModuleType) -> None:
        model, batch = made(module)
        batch.pop("key")
        assert torch.isfinite(run(model.eval(), batch)).all()

    def test_safetensors_round_trip(self, module: ModuleType) -> None:
        model, batch = made(module)
        other = module.Model(model.config)
        other.load_state_dict(load(save(model.state_dict())))
        assert torch.equal(run(other.eval(), batch), run(model.eval(), batch))
