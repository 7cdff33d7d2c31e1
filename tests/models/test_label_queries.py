"""Label queries: what a question sees, and how the loss weighs."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.layers.many import asymmetric_terms, binary_terms
from sportsai.models import activity_heads
from sportsai.models.label_queries import Asking, Config, LabelDecoder, Model, example, loss

SMALL = Config(classes=4, width=16, layers=1, heads=2, reflect="none")


def size(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def made(config: Config = SMALL) -> tuple[Model, dict[str, Tensor], dict[str, Tensor]]:
    """Return a model, what it reads, and the whole batch."""
    torch.manual_seed(0)
    batch = example(config, torch.Generator().manual_seed(1))
    return Model(config).eval(), {k: v for k, v in batch.items() if k not in ("label", "choices", "also")}, batch


@pytest.mark.parametrize("classes", [3, 6, 12, 24])
def test_it_is_as_large_as_the_activity_heads(classes: int) -> None:
    own, other = Model(Config(classes=classes)), activity_heads.Model(activity_heads.Config(classes=classes))
    assert size(own) == pytest.approx(size(other), rel=0.15)
    assert size(own.decoder) == pytest.approx(size(other.head), rel=0.15)
    assert size(own.encoder) == size(other.encoder)


def test_a_question_is_torchs_attention() -> None:
    torch.manual_seed(0)
    ask, theirs = Asking(8, 2, 0.0).eval(), nn.MultiheadAttention(8, 2, batch_first=True)
    theirs.in_proj_weight.data = torch.cat([ask.q.weight, ask.kv.weight]).detach()
    theirs.in_proj_bias.data = torch.cat([ask.q.bias, ask.kv.bias]).detach()
    theirs.out_proj.weight.data, theirs.out_proj.bias.data = ask.out.weight.detach(), ask.out.bias.detach()
    q, x, there = torch.randn(3, 4, 8), torch.randn(3, 5, 8), torch.rand(3, 5) < 0.7
    there[:, 0] = True
    want, weights = theirs(ask.before(q), x, x, key_padding_mask=~there, average_attn_weights=False)
    want = q + want
    got, looks = ask(q, x, there)
    assert torch.allclose(got, want + ask.own(ask.then(want)), atol=1e-5)
    assert torch.allclose(looks, weights, atol=1e-6)


@pytest.mark.parametrize("together", [False, True])
def test_questions_hear_each_other_only_where_they_should(together: bool) -> None:
    torch.manual_seed(0)
    decoder = LabelDecoder(8, 4, 2, rounds=2, together=together, dropout=0.0).eval()
    tokens = torch.randn(3, 8, 6)
    with torch.no_grad():
        before = decoder(tokens)[0].clone()
        decoder.asked[0] *= -1
        after = decoder(tokens)[0]
    assert not torch.allclose(after[:, 0], before[:, 0], atol=1e-4)
    assert torch.equal(after[:, 1:], before[:, 1:]) is not together


def test_what_is_not_there_is_not_read() -> None:
    torch.manual_seed(0)
    decoder = LabelDecoder(8, 4, 2, rounds=1, together=True, dropout=0.0).eval()
    tokens, there = torch.randn(2, 8, 6), torch.tensor([[1, 1, 1, 0, 0, 0], [0] * 6]).bool()
    got, looks = decoder(tokens, there)
    assert torch.equal(decoder(tokens.where(there[:, None], torch.tensor(9.0)), there)[0], got)
    assert torch.allclose(got[0], decoder(tokens[:1, :, :3])[0], atol=1e-5)
    assert torch.allclose(looks.sum(-1), torch.tensor([[1.0], [0.0]]).expand(2, 4), atol=1e-6)
    assert torch.isfinite(got).all()
    order = torch.tensor([4, 1, 0, 3, 5, 2])
    assert torch.allclose(decoder(tokens[..., order])[0], decoder(tokens)[0], atol=1e-5)


def test_the_loss_is_the_asymmetric_one() -> None:
    model, given, batch = made()
    output = model(**given)
    assert torch.equal(loss(output, batch), asymmetric_terms(output, batch["also"], 0, 4, 0.05).mean())
    plain = loss(output, batch, replace(SMALL, down=0.0, margin=0.0))
    assert torch.allclose(plain, binary_terms(output, batch["also"]).mean())
    easy = torch.full_like(output, -4.0)  # p = .018, below the margin
    assert loss(easy, {"also": torch.zeros(3, 4, dtype=torch.bool)}) == 0


@pytest.mark.parametrize("choose", [False, True])
def test_questions_may_look_at_each_other_in_rounds(choose: bool) -> None:
    model, given, batch = made(replace(SMALL, rounds=2, together=True, choose=choose, dropout=0.0))
    loss(model(**given), batch).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
    if choose:  # nobody asks from an empty place
        nobody = given | {"xy": given["xy"].where(given["present"][..., None], torch.tensor(9.0))}
        assert torch.equal(model(**nobody), model(**given))


def test_a_map_made_elsewhere() -> None:
    model, _, _ = made()
    tokens = torch.randn(2, 16, 9, generator=torch.Generator().manual_seed(3))
    assert torch.equal(model(tokens=tokens), model.decoder(tokens)[0])
    with pytest.raises(ModelError, match="nothing to read; expected xy, or tokens"):
        model()
    with pytest.raises(ModelError, match="a map has no places"):
        made(replace(SMALL, choose=True))[0](tokens=tokens)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ModelError, match='reflect = "x"; expected one of none, y, d2'):
        Config(reflect="x")
    for wrong in ({"down": 0.5}, {"margin": 1.0}, {"up": -1.0}):
        with pytest.raises(ModelError, match="0 or at least 1, twice"):
            Config(**wrong)
