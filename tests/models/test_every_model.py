"""What every torch model promises, checked on its own `example`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import ModuleType

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from sportsai.models import load_model, model_names

MODULES = {n: load_model(n) for n in model_names()}
TORCH = {n: m for n, m in MODULES.items() if issubclass(m.Model, nn.Module)}


def made(module: ModuleType, **changes: object) -> tuple[nn.Module, dict[str, Tensor]]:
    torch.manual_seed(0)
    config = module.Config(**changes)
    return module.Model(config), module.example(config, torch.Generator().manual_seed(1))


def run(model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    return model(**{k: v for k, v in batch.items() if k != "label"})


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

    def test_a_gradient_reaches_each_parameter(self, module: ModuleType) -> None:
        model, batch = made(module)
        module.loss(run(model, batch), batch).backward()
        for name, p in model.named_parameters():
            assert p.grad is not None, name
            assert p.grad.abs().sum() > 0, name

    def test_eval_gives_the_same_twice_and_train_does_not_change_it_without_dropout(self, module: ModuleType) -> None:
        model, batch = made(module, dropout=0.0)
        trained = run(model.train(), batch)
        model.eval()
        assert torch.equal(run(model, batch), run(model, batch))
        assert torch.allclose(run(model, batch), trained, atol=1e-6)

    def test_one_alone_equals_one_in_a_padded_batch(self, module: ModuleType) -> None:
        model, batch = made(module)
        model.eval()
        whole = run(model, batch)
        extra = dict(batch)
        P = batch["xy"].shape[1]
        for name in ("xy", "present", "side"):  # two more players who are not there, with nonsense for positions
            x = batch[name]
            pad = torch.full((x.shape[0], 2, *x.shape[2:]), 7).to(x.dtype) if name == "xy" else torch.zeros(
                x.shape[0], 2, *x.shape[2:], dtype=x.dtype)  # fmt: skip
            extra[name] = torch.cat([x, pad], 1)
        assert torch.allclose(run(model, extra), whole, atol=1e-5)
        for b in range(len(whole)):
            here = batch["present"][b].any(-1)
            alone = {k: v[b : b + 1] for k, v in batch.items()}
            alone |= {k: v[b : b + 1, :P][:, here] for k, v in batch.items() if k in ("xy", "present", "side")}
            assert torch.allclose(run(model, alone)[0], whole[b], atol=1e-5)

    def test_players_may_come_in_any_order(self, module: ModuleType) -> None:
        model, batch = made(module)
        model.eval()
        order = torch.randperm(batch["xy"].shape[1], generator=torch.Generator().manual_seed(3))
        other = {k: v[:, order] if k in ("xy", "present", "side") else v for k, v in batch.items()}
        other["key"] = (order[None] == batch["key"][:, None]).int().argmax(1)
        assert torch.equal(run(model, other), run(model, batch))

    def test_safetensors_round_trip(self, module: ModuleType) -> None:
        model, batch = made(module)
        other = module.Model(model.config)
        other.load_state_dict(load(save(model.state_dict())))
        assert torch.equal(run(other.eval(), batch), run(model.eval(), batch))
