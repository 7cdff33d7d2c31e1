"""Shared-Compare's exact properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from sportsai.errors import ModelError, ShapeError
from sportsai.layers.answer import LOW
from sportsai.models import shared_compare
from sportsai.models.shared_compare import Config, Model, example

SMALL = Config(classes=4, players=4, shared=(8, 8), compare=(8, 8), hidden=16)
EVERYTHING = replace(SMALL, velocity=True, relative=True, same_team=True, presence=True, ball=True, to_ball=True)


def made(config: Config, seed: int = 0) -> tuple[Model, dict[str, Tensor]]:
    torch.manual_seed(seed)
    batch = example(config, torch.Generator().manual_seed(seed + 1))
    for answer in ("label", "choices"):
        batch.pop(answer, None)
    return Model(config).eval(), batch


def parameters(config: Config) -> int:
    return sum(p.numel() for p in Model(config).parameters())


def test_the_published_default_has_946758_parameters() -> None:
    assert parameters(Config()) == 946_758
    # by hand: S 2*3*64+64 + 64*3*128+128, P 2*(256*3*256+256), head 1024*512+512 + 512*6+6
    assert 448 + 24_704 + 2 * 196_864 + 524_800 + 3_078 == 946_758


def test_only_the_first_layer_of_the_head_grows_with_players() -> None:
    few, many = Model(Config(players=5)), Model(Config(players=9))
    for part in ("shared", "compare"):
        a, b = (sum(p.numel() for p in getattr(m, part).parameters()) for m in (few, many))
        assert a == b
    assert many.head[0].in_features == 2 * few.head[0].in_features


@pytest.mark.parametrize("config", [SMALL, EVERYTHING])
def test_permuted_players_give_bit_identical_logits(config: Config) -> None:
    model, batch = made(config)
    order = torch.tensor([3, 0, 4, 2, 1])
    other = batch | {k: batch[k][:, order] for k in ("xy", "present", "side")}
    other["key"] = torch.ones(3, dtype=torch.int64)  # player 0 now stands second
    assert torch.equal(model(**other), model(**batch))


@pytest.mark.parametrize("config", [SMALL, EVERYTHING])
def test_unknown_key_is_the_mean_over_valid_candidates(config: Config) -> None:
    model, batch = made(config)
    batch.pop("key")
    got = model(**batch).softmax(-1)
    P = batch["xy"].shape[1]
    each = torch.stack([model(**batch, key=torch.full((3,), p)).softmax(-1) for p in range(P)], 1)
    assert torch.allclose(got[:2], each[:2].mean(1), atol=1e-6)
    assert torch.allclose(got[2], each[2, :-1].mean(0), atol=1e-6)  # the last player of the last window is absent
    order = torch.tensor([4, 2, 0, 1, 3])
    other = batch | {k: batch[k][:, order] for k in ("xy", "present", "side")}
    assert torch.allclose(model(**other), model(**batch), atol=1e-5)


def test_logits_and_features_can_be_pooled_instead() -> None:
    model, batch = made(replace(SMALL, pool="logit"))
    batch.pop("key")
    P = batch["xy"].shape[1]
    each = torch.stack([model(**batch, key=torch.full((3,), p)) for p in range(P)], 1)
    assert torch.allclose(model(**batch)[:2], each[:2].mean(1), atol=1e-5)
    model, batch = made(replace(SMALL, pool="feature"))
    batch.pop("key")
    inputs = model._filled(*(batch.get(k) for k in ("xy", "present", "side", "ball", "ball_present")))
    z = torch.stack([model.pair_features(*inputs, torch.full((3,), p)).flatten(1) for p in range(P)], 1)
    assert torch.allclose(model(**batch)[:2], model.head(z[:2].mean(1)), atol=1e-5)


def test_who_is_the_candidate_whose_ordering_scores_highest() -> None:
    model, batch = made(SMALL)
    batch.pop("key")
    who = model.who(**batch)
    each = torch.stack([model(**batch, key=torch.full((3,), p)).log_softmax(-1).amax(-1) for p in range(5)], 1)
    each[2, -1] = -torch.inf
    assert torch.equal(who.key, each.argmax(1))
    assert who.scores[2, -1] == -torch.inf
    only = torch.zeros(3, 5, dtype=torch.bool)
    only[:, 2] = True
    assert model.who(**batch, candidates=only).key.tolist() == [2, 2, 2]
    assert torch.allclose(
        model(**batch, candidates=only).softmax(-1), model(**batch, key=torch.full((3,), 2)).softmax(-1)
    )
    nobody = model(**batch, candidates=torch.zeros(3, 5, dtype=torch.bool))
    assert torch.isfinite(nobody).all()


def test_background_does_not_speak_for_a_candidate() -> None:
    model, batch = made(SMALL)
    batch.pop("key")
    log_p = torch.stack([model(**batch, key=torch.full((3,), p)).log_softmax(-1) for p in range(5)], 1)
    best = log_p[..., :3].amax(-1)
    best[2, -1] = -torch.inf
    assert torch.equal(model.who(**batch, background=3).key, best.argmax(1))


def test_places_count_and_with_velocities_alone_they_do_not() -> None:
    model, batch = made(SMALL)
    moved = batch | {"xy": batch["xy"] + 0.3}
    assert not torch.allclose(model(**moved), model(**batch), atol=1e-4)
    steps = {k: v | {"xy": v["xy"].diff(dim=2, prepend=v["xy"][:, :, :1])} for k, v in (("a", batch), ("b", moved))}
    given = Model(replace(SMALL, order="given")).eval()  # the order by distance would be of steps here
    assert torch.allclose(given(**steps["a"]), given(**steps["b"]), atol=1e-5)


def test_shared_weights_read_all_players_at_once_as_one_by_one() -> None:
    model, _ = made(SMALL)
    tracks = torch.randn(3 * 4, 2, 16)
    one_by_one = torch.cat([model.shared(t[None]) for t in tracks])
    assert torch.allclose(model.shared(tracks), one_by_one, atol=1e-6)


def test_identical_others_give_identical_pairs() -> None:
    model, batch = made(SMALL)
    batch["xy"][:, 2] = batch["xy"][:, 1]
    inputs = model._filled(batch["xy"], None, None, None, None)
    order, _ = model.ordered(batch["xy"], inputs[1], batch["key"])
    g = model.pair_features(*inputs, batch["key"])
    for b in range(3):
        places = [k - 1 for k in range(4) if order[b, k] in (1, 2)]
        if len(places) == 2:
            assert torch.equal(g[b, places[0]], g[b, places[1]])


def test_order_is_by_distance_at_the_reference_frame_and_stable() -> None:
    model = Model(replace(SMALL, reference=3))
    xy = torch.full((1, 5, 16, 2), 0.9)
    xy[0, :, 3] = torch.tensor([[0.0, 0], [0.2, 0], [0.1, 0], [0, 0.2], [0.5, 0]])
    order, there = model.ordered(xy, torch.ones(1, 5, 16, dtype=torch.bool), torch.tensor([0]))
    assert order.tolist() == [[0, 2, 1, 3]]  # 1 and 3 are equally far: as given
    assert there.all()
    few = torch.ones(1, 5, 16, dtype=torch.bool)
    few[0, 2, 3] = few[0, 4, 3] = False
    order, there = model.ordered(xy, few, torch.tensor([0]))
    assert order[0, :3].tolist() == [0, 1, 3]
    assert there.tolist() == [[True, True, True, False]]


def test_a_key_of_the_other_team_is_read_as_if_his_team_attacked_right() -> None:
    model, batch = made(EVERYTHING)
    side = torch.tensor([[1.0, 1, -1, -1, 1]]).expand(3, -1)
    batch["side"], batch["key"] = side, torch.full((3,), 2)
    turned = batch | {"xy": -batch["xy"], "ball": -batch["ball"], "side": -side}
    assert torch.allclose(model(**turned), model(**batch), atol=1e-6)


def test_nobody_but_the_key_gives_finite_logits() -> None:
    model, batch = made(EVERYTHING)
    batch["present"][:, 1:] = False
    batch["ball_present"][:] = False
    assert torch.isfinite(model(**batch)).all()


def test_chosen_players_are_scored_in_their_own_place_by_their_pair_with_the_key() -> None:
    model, batch = made(replace(EVERYTHING, choose=True))
    scores = model(**batch)
    assert scores.shape == (3, 5)
    assert (scores[:, 0] == LOW).all()  # the key himself
    assert scores[2, 4] == LOW  # absent in the last window
    moved = batch | {"xy": batch["xy"].clone()}
    moved["xy"][:, 3] += 0.1
    others = [0, 1, 2, 4]
    assert torch.equal(model(**moved)[:, others], scores[:, others])
    assert not torch.allclose(model(**moved)[:2, 3], scores[:2, 3], atol=1e-5)
    alone = Model(replace(EVERYTHING, choose=True, pairs=False)).eval()(**batch)
    assert alone.shape == (3, 5)
    batch.pop("key")
    with pytest.raises(ModelError, match="choose=True without a key player"):
        model(**batch)


def test_choosing_changes_no_weight_of_the_parts_that_read() -> None:
    kept, chosen = Model(SMALL).state_dict(), Model(replace(SMALL, choose=True)).state_dict()
    assert [k for k in chosen if k not in kept] == []
    for name, x in chosen.items():
        assert name.startswith("head") or x.shape == kept[name].shape


def test_windows_read_in_chunks_give_what_they_give_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, batch = made(EVERYTHING)
    known, unknown = model(**batch), model(**{k: v for k, v in batch.items() if k != "key"})
    monkeypatch.setattr(shared_compare, "CHUNK", 2)
    assert torch.allclose(model(**batch), known, atol=1e-6)
    assert torch.allclose(model(**{k: v for k, v in batch.items() if k != "key"}), unknown, atol=1e-6)
    none = {k: v[:0] for k, v in batch.items()}
    assert model(**none).shape == (0, 4)


def test_wrong_windows_and_sizes_are_refused() -> None:
    model, batch = made(SMALL)
    with pytest.raises(ModelError, match="windows of 8 samples"):
        model(batch["xy"][:, :, :8], key=batch["key"])
    with pytest.raises(ShapeError, match="xy has shape"):
        model(batch["xy"][0], key=batch["key"])
    with pytest.raises(ModelError, match='pool = "mean"; expected one of prob, logit, feature'):
        Config(pool="mean")
    with pytest.raises(ModelError, match="leave nothing of 8 samples"):
        Model(Config(frames=8))
