"""What every model of whole games promises, checked on its own `example`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from sportsai.sequence_models import load_sequence_model, sequence_model_names

MODULES = {n: load_sequence_model(n) for n in sequence_model_names()}
STILL = {"dropout": 0.0}


def made(module: ModuleType, **changes: Any) -> tuple[nn.Module, dict[str, Tensor]]:
    torch.manual_seed(0)
    config = module.Config(**changes)
    return module.Model(config), module.example(config, torch.Generator().manual_seed(1))


def said(model: nn.Module, batch: dict[str, Tensor]) -> Any:
    return model(batch["x"], batch["there"])


def numbers(output: Any) -> list[Tensor]:
    """Return what an output says, without the frames and levels it says it of."""
    if isinstance(output, Tensor):
        return [output]
    return [v for v in output if v.dtype.is_floating_point]


def game(output: Any, b: int) -> list[Tensor]:
    """Return what is said of game b alone."""
    if isinstance(output, Tensor):
        return [output[b]]
    own = output._asdict()
    return [v[b] for v in own.values() if v.dtype.is_floating_point and v.dim() > 1]


def test_frames_not_read_are_not_seen_and_reading_ends_at_a_share() -> None:
    module = MODULES["scout"]
    model, batch = made(module, known=2)
    model.eval()
    read = torch.rand(3, 20, generator=torch.Generator().manual_seed(5)) < 0.3
    other = batch["x"].clone()
    other[..., :-2] = torch.where(read[..., None], other[..., :-2], torch.tensor(float("nan")))
    for a, b in zip(model(batch["x"], batch["there"], read), model(other, batch["there"], read), strict=True):
        assert torch.equal(torch.nan_to_num(a), torch.nan_to_num(b))
    long = torch.ones(40, 400, dtype=torch.bool)
    share = model.train().drawn(torch.rand(40, 400, batch["x"].shape[-1]), long).float().mean(1)
    assert model.training
    assert 0.005 < share.min() < 0.06
    assert 0.15 < share.max() < 0.35


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
class TestEach:
    def test_the_file_reads_top_to_bottom(self, module: ModuleType) -> None:
        assert "Source:" in (module.__doc__ or "")
        assert is_dataclass(module.Config)
        assert module.Config.__dataclass_params__.frozen
        for f in fields(module.Config):
            assert f.name in module.Config.__doc__, f"{f.name} is not explained"

    def test_a_gradient_reaches_each_parameter(self, module: ModuleType) -> None:
        model, batch = made(module, **STILL)
        module.loss(said(model, batch), batch, model.config).backward()
        for name, p in model.named_parameters():
            assert p.grad is not None, name
            assert p.grad.abs().sum() > 0, name

    def test_eval_gives_the_same_twice(self, module: ModuleType) -> None:
        model, batch = made(module)
        model.eval()
        for a, b in zip(numbers(said(model, batch)), numbers(said(model, batch)), strict=True):
            assert torch.equal(a, b)

    def test_a_game_alone_is_a_game_in_a_padded_batch(self, module: ModuleType) -> None:
        model, batch = made(module)
        model.eval()
        whole = said(model, batch)
        for b in range(3):
            count = int(batch["there"][b].sum())
            alone = {k: v[b : b + 1, :count] if k in ("x", "there") else v[b : b + 1] for k, v in batch.items()}
            if isinstance(whole, Tensor):
                assert torch.allclose(said(model, alone)[0], whole[b, :count], atol=1e-5)
            elif not hasattr(whole, "middle"):
                for x, y in zip(game(said(model, alone), 0), game(whole, b), strict=True):
                    assert torch.allclose(x, y[: len(x)], atol=1e-5)
            else:
                mine = said(model, alone)
                for level in range(int(whole.level.max()) + 1):
                    x = mine.logit[0, mine.level == level]
                    y = whole.logit[b, whole.level == level][whole.there[b, whole.level == level]]
                    assert torch.allclose(x, y, atol=1e-4)

    def test_what_is_not_there_is_not_read(self, module: ModuleType) -> None:
        model, batch = made(module)
        other = {**batch, "x": torch.where(batch["there"][..., None], batch["x"], torch.tensor(float("nan")))}
        model.eval()
        for b in range(3):
            for x, y in zip(game(said(model, other), b), game(said(model, batch), b), strict=True):
                there = batch["there"][b] if len(x) == batch["there"].shape[1] else slice(None)
                assert torch.equal(torch.nan_to_num(x)[there], torch.nan_to_num(y)[there])

    def test_what_is_not_there_is_not_taught(self, module: ModuleType) -> None:
        model, batch = made(module)
        model.eval()
        output = said(model, batch)
        heat = torch.where(batch["there"][..., None], batch["heat"], torch.tensor(float("nan")))
        assert torch.equal(module.loss(output, {**batch, "heat": heat}, model.config),
                           module.loss(output, batch, model.config))  # fmt: skip

    def test_training_makes_it_better(self, module: ModuleType) -> None:
        if module.__name__.endswith("glimpse"):
            pytest.skip("its loss is no measure of how good it is: test_glimpse shows that its reward rises")
        model, batch = made(module, **STILL)
        opt = torch.optim.Adam(model.parameters(), 3e-3)
        losses = []
        for _ in range(25):
            lost = module.loss(said(model, batch), batch, model.config)
            opt.zero_grad()
            lost.backward()
            opt.step()
            losses.append(lost.item())
        assert min(losses[-5:]) < losses[0]

    def test_safetensors_round_trip(self, module: ModuleType) -> None:
        model, batch = made(module)
        other = module.Model(model.config)
        other.load_state_dict(load(save(model.state_dict())))
        for a, b in zip(numbers(said(other.eval(), batch)), numbers(said(model.eval(), batch)), strict=True):
            assert torch.equal(a, b)


def test_between_read_frames_lies_what_is_in_proportion() -> None:
    scout = MODULES["scout"]
    x = torch.tensor([[[0.0], [1.0], [0.0], [0.0], [7.0], [0.0]], [[0.0]] * 6])
    read = torch.tensor([[False, True, False, False, True, False], [False] * 6])
    lies, change = scout.between(x, read)
    assert lies[..., 0].tolist() == [[1.0, 1.0, 3.0, 5.0, 7.0, 7.0], [0.0] * 6]
    assert change[..., 0].tolist() == [[0.0, 2.0, 2.0, 2.0, 0.0, 0.0], [0.0] * 6]  # of a read frame, what comes
