"""Labels of every frame, live: the same stretches as afterwards, by SpotConv and by MultiLSTM, N - 1 frames late."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import orjson
import pandas as pd
import pytest
import torch

from sportsai.analysis import phases as batch
from sportsai.court import load_league
from sportsai.data import Game
from sportsai.errors import ModelError
from sportsai.learn.blend import Blend, Member
from sportsai.learn.weights import Weights
from sportsai.live import compiled
from sportsai.live.compiled import Asked
from sportsai.live.feeds.lines import lines_of
from sportsai.live.finished import finished
from sportsai.live.follow import Follower
from sportsai.live.models import frame_labels, live_models, load_live
from sportsai.live.models.frame_labels import frames_late
from sportsai.live.stretch import KEPT_S
from sportsai.sequence_models import multi_lstm, spot_conv, spot_gru
from sportsai.tasks.frame_labels import timeline
from sportsai.whole.trials import said_of
from sportsai.whole.trust import frame_probability
from tests.live.played import match, played, same, weights


@cache
def shipped() -> Weights:
    return weights("frame_labels")


def said_as(most: float) -> Weights:
    """The shipped weights, what they say taken as it is, with `most` as certain."""
    trust = {n: {"heat": [0.0, most], "p": [0.0, 1.0]} for n in shipped().recipe.names}
    return replace(shipped(), about={**shipped().about, "trust": {"1": trust}})


def plain(module: object, **changes: object) -> Weights:
    """Weights of an untaught network of the recipe's size that says much, so that stretches begin and end."""
    torch.manual_seed(0)
    config = module.Config(inputs=11, classes=9, dropout=0.0, **changes)  # type: ignore[attr-defined]
    model = module.Model(config)  # type: ignore[attr-defined]
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.startswith("says") and name.endswith("bias"):
                value.zero_()
            elif name.startswith("says"):
                value.mul_(12)
    return replace(said_as(1.0), model=Blend((Member("made", model.eval(), config, 1.0),)))


def afterwards(game: Game, loaded: Weights) -> pd.DataFrame:
    """What `analysis.phases` says of the finished game with these weights."""
    line = timeline(game, loaded.recipe.data)
    assert line is not None
    heat = said_of([m.model for m in loaded.model.members], loaded.recipe, line)
    heat = frame_probability(heat, loaded.about["trust"]["1"], loaded.recipe.names)
    return batch.events_of(line, heat, loaded.recipe.names)


@pytest.mark.parametrize(("every_s", "seed"), [(1.0, 7), (3.0, 8)])
def test_the_shipped_model_says_the_same_live(every_s: float, seed: int) -> None:
    game, loaded = match(seed, seconds=60), said_as(0.2)
    live, _ = played(game, "frame_labels", loaded, every_s=every_s)
    found = afterwards(game, loaded)
    assert len(found) > 3
    same(found, live)


def test_a_break_longer_than_what_is_kept() -> None:
    """Frames are read at 5 Hz: the first of 10 a second after it is not, and nothing else of play is there."""
    game = match(8, seconds=60)
    assert game.tracks is not None
    lines = list(lines_of(game))
    first, second = lines[:300], [orjson.loads(line) for line in lines[300:]]
    begins = 301 + round(KEPT_S * 10) + 50
    begins += 1 - begins % 2
    nothing = [{"frame": f, "period": 0, "t_s": None, "ball": None, "players": []} for f in range(400, begins)]
    shift, start = begins - second[0]["frame"], second[0]["t_s"]
    second = [s | {"frame": s["frame"] + shift, "period": 2, "t_s": s["t_s"] - start} for s in second]
    every = [line.rstrip(b"\n") for line in first] + [orjson.dumps(s) for s in [*nothing, *second]]
    follower = Follower(load_league("soccer"), "frame_labels", said_as(0.2), home_attacks="right", every_s=5.0)
    back = len(first) + len(nothing) - 1
    live = follower.take(every[:back])
    follower.every_s = 0.1  # a question with the first frame of play alone
    live += follower.take(every[back : back + 4])
    follower.every_s = 5.0
    live += follower.take(every[back + 4 :]) + follower.finish()
    game = finished("lines", load_league("soccer"), every, home_attacks="right")
    found = afterwards(game, said_as(0.2))
    assert set(found["period"]) == {1, 2}
    same(found, live)
    assert not follower.told.counts["times the buffer was full"]


def test_multi_lstm_says_the_same_live_over_more_than_one_piece() -> None:
    loaded = plain(multi_lstm, rung="multi", width=16, embed=16, match=8, align="centre")
    game = match(11, seconds=250)  # 1,250 frames: a piece is 1,024
    live, follower = played(game, "frame_labels", loaded, every_s=10.0)
    found = afterwards(game, loaded)
    assert len(found) > 20
    same(found, live)
    assert follower.stretch is not None and follower.stretch.end - follower.stretch.first < 250
    # a stretch may last for longer than positions are kept: its frames' answers are
    assert max(e["attributes"]["seconds"] for e in live) > KEPT_S


def test_gaps_that_a_recipe_tells_are_told_live() -> None:
    """The gap after a frame is known with the next frame."""
    recipe = shipped().recipe
    recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"gaps": True})})
    torch.manual_seed(0)
    config = multi_lstm.Config(inputs=15, classes=9, dropout=0.0, rung="lstm", width=16, embed=16)
    model = multi_lstm.Model(config).eval()
    with torch.no_grad():
        model.says.weight.mul_(12)
        model.says.bias.zero_()
    loaded = replace(said_as(1.0), recipe=recipe, model=Blend((Member("made", model, config, 1.0),)))
    game = match(12, seconds=60)
    found = afterwards(game, loaded)
    live, _ = played(game, "frame_labels", loaded)
    assert len(found) > 5
    same(found, live)


@pytest.mark.parametrize(
    ("module", "changes", "late"),
    [
        (multi_lstm, {"rung": "multi", "window": 15}, 14), (multi_lstm, {"rung": "attention", "window": 15}, 0),
        (multi_lstm, {"rung": "multi", "window": 15, "align": "centre"}, 14),
        (multi_lstm, {"rung": "lstm", "align": "centre"}, 0),
        (spot_conv, {"dilations": (1, 2, 4), "rounds": 2}, 15),
    ],
)  # fmt: skip
def test_an_answer_depends_on_as_many_frames_as_is_said(module: object, changes: dict[str, object], late: int) -> None:
    """Measured: the last frame whose change changes an answer."""
    torch.manual_seed(1)
    config = module.Config(inputs=11, classes=9, **changes)  # type: ignore[attr-defined]
    model = module.Model(config).eval()  # type: ignore[attr-defined]
    assert frames_late(config) == late
    x = torch.randn(1, 60, 11, requires_grad=True)
    model(x)[0, 20].sum().backward()
    assert x.grad is not None
    touched = np.flatnonzero(x.grad[0].abs().sum(-1).numpy() > 0)
    assert touched[-1] - 20 == late


def test_a_model_that_reads_to_the_end_is_refused() -> None:
    with pytest.raises(ModelError, match="reads the whole game"):
        frames_late(spot_gru.Config())


def test_latency_is_read_off_the_configuration() -> None:
    parts = frame_labels.latency(shipped(), Fraction(10))
    assert [p.most_s for p in parts] == pytest.approx([63 * 0.2, 0.2])
    late = frame_labels.latency(plain(multi_lstm, rung="multi", window=15), Fraction(10))
    assert late[0].most_s == pytest.approx(14 * 0.2)  # N - 1 frames at 5 Hz
    recogniser = load_live("recognise").latency(weights("shared_compare"), Fraction(10))
    assert [p.least_s for p in recogniser] == pytest.approx([0.7, 0.1, 2.0, 0.0])
    assert sum(p.most_s for p in recogniser) == pytest.approx(5.0)


def test_who_can_follow_what() -> None:
    assert live_models("soccer") == ["control", "frame_labels", "recognise"]
    assert live_models("volleyball") == []
    with pytest.raises(ModelError, match="no model named"):
        load_live("recogniser")


def test_compiled_it_says_the_same_and_without_onnx_torch_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = shipped()
    models, inputs = [m.model for m in loaded.model.members], loaded.recipe.data.inputs
    quick, plain_one = Asked(models, inputs), Asked(models, inputs, compiled=False)
    assert (quick.by, plain_one.by) == ("onnxruntime", "torch")
    dice = np.random.default_rng(0)
    for frames in (1, 7, 130, 700):
        x = dice.normal(size=(frames, inputs)).astype(np.float32)
        np.testing.assert_allclose(quick(x), plain_one(x), atol=1e-5)
    lstm = multi_lstm.Model(multi_lstm.Config(inputs=inputs, classes=9))
    assert Asked([lstm], inputs).why == "its network goes on from frame to frame"
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    without = Asked(models, inputs)
    assert without.by == "torch" and "pip install 'sportsai[live]'" in without.why
    np.testing.assert_array_equal(without(x), plain_one(x))
    monkeypatch.setattr(compiled, "find_spec", lambda name: name)
    monkeypatch.setattr(compiled, "exported", lambda *_: b"no graph")
    broken = Asked(models, inputs)
    assert broken.by == "torch" and broken.why.startswith("it cannot be compiled (")


def test_what_cannot_be_compiled_is_asked_by_torch_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    class Sorts(torch.nn.Module):
        config = spot_conv.Config(inputs=3, classes=3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.sort(dim=1, stable=True)[0]

    asked = Asked([Sorts()], 3)
    assert asked.by == "torch" and asked.why.startswith("it cannot be compiled (")
    assert capfd.readouterr() == ("", "")  # events go out there
    assert asked(np.zeros((4, 3), np.float32)).tolist() == [[0.5] * 3] * 4
