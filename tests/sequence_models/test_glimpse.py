"""The glimpse agent: rewards by hand, gradients that go their own ways, frames counted, and what each part is for."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from sportsai.errors import ModelError
from sportsai.sequence_models import glimpse
from sportsai.sequence_models.glimpse import Config, Model, changes, log_chosen, loss, overlap, reward, truth

GT = torch.tensor([[[0.1, 0.3], [0.5, 0.9]]])


def earned(emitted: list[tuple[float, float]], true: Tensor = GT) -> float:
    n = max(len(emitted), 1)
    segment = torch.zeros(1, n, 1, 2)
    said = torch.zeros(1, n, 1, dtype=torch.bool)
    for i, ends in enumerate(emitted):
        segment[0, i, 0], said[0, i, 0] = torch.tensor(ends), True
    held = torch.ones(1, true.shape[1], 1, dtype=torch.bool)
    return reward(segment, said, true, held, Config(classes=1)).item()


def test_rewards_by_hand() -> None:
    none = torch.zeros(1, 0, 2)
    assert earned([(0.12, 0.30), (0.10, 0.28), (0.55, 0.90), (0.0, 0.05)]) == pytest.approx(1.8)
    assert earned([]) == pytest.approx(-10)
    assert earned([(0.0, 0.1)] * 3, none) == pytest.approx(-0.3)
    assert earned([], none) == 0
    assert earned([(0.12, 0.30)]) == pytest.approx(1.0)  # the other event is missed, and costs nothing
    assert earned([(0.1, 0.3), (0.5, 0.9), (0.4, 0.45)]) == pytest.approx(1.9)
    assert earned([(0.1, 0.3), (0.1, 0.3)]) == pytest.approx(0.9)  # a double of a found event


def test_ends_in_any_order_and_empty_segments() -> None:
    assert overlap(torch.tensor([0.3, 0.1]), torch.tensor([0.1, 0.3])).item() == pytest.approx(1)
    assert overlap(torch.tensor([0.2, 0.2]), torch.tensor([0.2, 0.2])).item() == 0
    shifted = overlap(torch.tensor([0.0, 0.3]), torch.tensor([0.1, 0.4]))
    assert shifted.item() == pytest.approx(0.2 / 0.4)
    half = torch.tensor([[[0.25, 0.75]]])
    assert earned([(0.25, 0.5)], half) == pytest.approx(-0.1)  # an overlap of exactly one half is too little


def test_the_published_agent_has_the_published_number_of_parameters() -> None:
    config = Config(inputs=4096, classes=1, width=1024, layers=3)
    assert sum(p.numel() for p in Model(config).parameters()) == 29_393_929


def test_monte_carlo_gradient_is_the_exact_one_whatever_the_baseline() -> None:
    logit = torch.tensor(0.3, requires_grad=True)
    p, R1, R0 = torch.sigmoid(logit).item(), 2.0, -1.0
    exact = p * (1 - p) * (R1 - R0)
    assert exact == pytest.approx(0.733375, abs=1e-6)
    g = torch.Generator().manual_seed(0)
    said = torch.rand(400_000, generator=g) < p
    earned = torch.where(said, R1, R0)
    for baseline in (0.0, 0.5, 0.7233):
        indicator = torch.stack([torch.zeros_like(logit), logit]).expand(400_000, 1, 1, 2)
        zero = torch.zeros(400_000, 1)
        episode = glimpse.Episode(zero.long(), zero, zero, zero, torch.zeros(400_000, 1, 1, 2), zero[..., None],
                                  indicator, said[:, None, None], zero, zero)  # fmt: skip
        total = log_chosen(episode, (earned - baseline)[:, None, None], Config(classes=1, glimpses=1)).mean()
        (estimate,) = torch.autograd.grad(total, logit)
        assert estimate.item() == pytest.approx(exact, abs=0.004)


def test_what_each_saying_changes_is_the_rewards_gradient() -> None:
    """Over all that may be said, E[p (1 - p) changes] is the gradient of E[R] by each indicator's logit, by hand."""
    config = Config(classes=1, glimpses=3, wrong=-0.3, nothing=-2.0)
    segment = torch.tensor([[[[0.1, 0.3]], [[0.12, 0.3]], [[0.6, 0.9]]]])
    true, held = torch.tensor([[[0.1, 0.3], [0.4, 0.5]]]), torch.tensor([[[True], [True]]])
    logit = torch.tensor([0.3, -0.4, 1.1], requires_grad=True)
    p = logit.sigmoid()
    expected, estimate = torch.zeros(()), torch.zeros(3)
    for bits in itertools.product((False, True), repeat=3):
        said = torch.tensor(bits)
        chance = torch.where(said, p, 1 - p).prod()
        expected = expected + chance * reward(segment, said[None, :, None], true, held, config)[0, 0]
        estimate += (chance * p * (1 - p)).detach() * changes(segment, said[None, :, None], true, held, config)[0, :, 0]
    (exact,) = torch.autograd.grad(expected, logit)
    assert torch.allclose(estimate, exact, atol=1e-6)
    alone = changes(segment, torch.zeros(1, 3, 1, dtype=torch.bool), true, held, config)[0, :, 0]
    assert alone.tolist() == pytest.approx([1 + 2, 1 + 2, -0.3 + 2])  # silence costs 2
    both = changes(segment, torch.tensor([[[True], [False], [False]]]), true, held, config)[0, :, 0]
    assert both.tolist() == pytest.approx([3, -0.3, -0.3])  # a second candidate of one event is wrong


def test_the_baseline_of_no_variance_has_the_weights_swapped() -> None:
    p, R1, R0 = 1 / (1 + math.exp(-0.3)), 2.0, -1.0

    def variance(b: float) -> float:
        each = [(p, (1 - p) * (R1 - b)), (1 - p, -p * (R0 - b))]
        mean = sum(w * v for w, v in each)
        return sum(w * (v - mean) ** 2 for w, v in each)

    assert variance((1 - p) * R1 + p * R0) == pytest.approx(0, abs=1e-12)
    assert variance(0.0) == pytest.approx(0.0187, abs=5e-4)
    assert variance(p * R1 + (1 - p) * R0) == pytest.approx(0.0488, abs=5e-4)  # of the expected reward: the worst


def played(**changes: object) -> tuple[Model, dict[str, Tensor], glimpse.Episode]:
    torch.manual_seed(0)
    config = Config(**{"dropout": 0.0, **changes})
    model = Model(config)
    batch = glimpse.example(config, torch.Generator().manual_seed(1))
    return model, batch, model(batch["x"], batch["there"], torch.Generator().manual_seed(2))


def test_segments_and_locations_learn_by_separate_paths() -> None:
    model, batch, episode = played()
    better = torch.ones(3, 1, 4)
    (from_segments,) = torch.autograd.grad(
        log_chosen(episode, better, model.config).sum(), model.heads["segment"].weight, allow_unused=True
    )
    assert from_segments is None
    true, _ = truth(batch, model.config)
    lost = ((episode.segment - true[:, None, :1]) ** 2).sum()
    (from_means,) = torch.autograd.grad(lost, model.heads["next"].weight, allow_unused=True)
    assert from_means is None  # a location is a constant to what follows it


def test_tested_paths_are_training_paths_without_spread() -> None:
    model, batch, _ = played(spread=1e-9)
    drawn = model.train()(batch["x"], batch["there"], torch.Generator().manual_seed(0))
    fixed = model.eval()(batch["x"], batch["there"])
    assert torch.equal(drawn.frame, fixed.frame)
    assert torch.allclose(drawn.location, fixed.location, atol=1e-6)


def test_the_same_seed_plays_the_same_episode() -> None:
    _, _, a = played()
    _, _, b = played()
    assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_no_more_frames_are_read_than_there_are_glimpses() -> None:
    config = Config(dropout=0.0)
    model = Model(config).eval()
    x = torch.rand(5, 50, 40, generator=torch.Generator().manual_seed(0))
    seen = torch.zeros(5, 50, dtype=torch.bool)

    def read(frame: Tensor) -> Tensor:
        seen[torch.arange(5), frame] = True
        return x[torch.arange(5), frame]

    episode = model.play(read, torch.full((5,), 50))
    assert seen.sum(1).max() <= config.glimpses
    other = x.clone()
    other[~seen] = 9.0  # what was not looked at changes nothing
    assert torch.equal(model(other).segment, episode.segment)


def test_without_location_frames_are_even_and_without_indicator_all_is_said() -> None:
    _, _, even = played(location=False)
    assert even.frame[0].tolist() == [3, 11, 20, 28, 37, 45]  # (n - 1/2) / 6 of 50, 1-based, halves to even
    _, _, all_said = played(indicator=False)
    assert all_said.said.all()
    model, batch, fixed = played(regression=False, length=10.0)
    width = (fixed.segment[..., 1] - fixed.segment[..., 0]) * 50
    assert torch.allclose(width, torch.full_like(width, 10.0), atol=1e-4)
    assert torch.isfinite(loss(fixed, batch, model.config))


def test_a_chunk_of_no_event_teaches_no_segment() -> None:
    model, batch, episode = played()
    empty = {**batch, "what": torch.full_like(batch["what"], -1)}
    loss(episode, empty, model.config).backward()
    assert model.heads["segment"].weight.grad is None or not model.heads["segment"].weight.grad.abs().sum()


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(ModelError, match="glimpses = 0"):
        Config(glimpses=0)


def test_what_is_earned_rises_and_where_to_look_is_learned() -> None:
    """One event a chunk, long or short, which only a glimpse inside it tells, and where it is only the first frame."""
    g = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    c = Config(inputs=3, classes=1, frames=30, glimpses=2, width=32, dropout=0.0, wrong=-1.0, nothing=-2.0, scaled=True,
               spaced=True, before=True)  # fmt: skip

    def chunks(n: int) -> tuple[Tensor, dict[str, Tensor]]:
        off = torch.rand(n, generator=g) * 2 - 1
        half = torch.where(torch.rand(n, generator=g) < 0.5, 1.0, 6.0)
        middle = 22 + 5 * off
        x = torch.zeros(n, 30, 3)
        x[:, :10, 0] = off[:, None]
        inside = (torch.arange(30) - middle[:, None]).abs() <= 2
        x[..., 1], x[..., 2] = inside * (half[:, None] - 3.5) / 2.5, inside * 1.0
        ends = torch.stack([middle - half, middle + half], -1)[:, None]
        return x, {"segments": ends, "what": torch.zeros(n, 1, dtype=torch.long)}

    model = Model(c)
    shown, true = chunks(256)

    def tested() -> tuple[float, float]:
        model.eval()
        with torch.no_grad():
            e = model(shown)
        inside = shown[torch.arange(256), e.frame[:, 1], 2]
        return reward(e.segment, e.said, *truth(true, c), c).mean().item(), inside.mean().item()

    before, by_chance = tested()
    opt = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(1100):
        model.train()
        x, batch = chunks(128)
        cost = loss(model(x, None, g), batch, c)
        opt.zero_grad()
        cost.backward()
        opt.step()
    after, looked = tested()
    assert after > before + 0.5
    assert looked > by_chance + 0.2
