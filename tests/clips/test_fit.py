"""Models of clips are fitted: a pan is told by flow, speeds and crops by hand, a backbone's weights where they fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sportsai.clips.fit import RATES, TEACH, begun, configured, teach, varied
from sportsai.clips.keep import load_trained, write_run
from sportsai.clips.score import PLAIN, SHARES, figures, weighed
from sportsai.clips.table import parted
from sportsai.clips.trained import VIEWS, Trained, asked, probabilities
from sportsai.errors import ModelError, RecipeError
from sportsai.layers.resnet import ResNet
from tests.clips.made_up import READING, pans

SMALL = {"d": "32", "dropout": "0"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    return pans(tmp_path_factory.mktemp("pans"), games=4, each=2)


def test_flow_tells_a_pan_and_the_same_seed_says_the_same(made, tmp_path: Path) -> None:
    clips, shelf = made
    split = parted(clips)
    t = TEACH.model_copy(update={"epochs": 16, "batch": 4, "lr": 1e-2, "patience": 16})
    trained = teach("stpn", clips, shelf, split, t, options=SMALL)
    rows = weighed(clips, shelf, split, [trained])
    assert [r["model"] for r in rows] == ["stpn", PLAIN, SHARES]
    assert rows[0]["accuracy"] == rows[1]["accuracy"] == 1.0 and rows[2]["accuracy"] == 0.5
    assert all(r["interval"] is None for r in rows)  # one game tests
    again = teach("stpn", clips, shelf, split, t, options=SMALL)
    one, two = (probabilities(m, shelf, split.test) for m in (trained, again))
    assert np.array_equal(one, two) and np.allclose(one.sum(1), 1)
    loaded = load_trained(write_run(tmp_path, trained, rows).parent)
    assert np.array_equal(probabilities(loaded, shelf, split.test), one) and loaded.names == ("left", "right")
    assert "| stpn |" in (tmp_path / "card.md").read_text() and (tmp_path / "metrics.json").is_file()


def test_speeds_are_tuned_with_the_convolutions_at_rest_or_left_alone(made, monkeypatch: pytest.MonkeyPatch) -> None:
    clips, shelf = made
    split = parted(clips)
    t = TEACH.model_copy(update={"epochs": 2})
    options = {"width": "32", "observations": "4", "inner": "8", "groups": "1"}
    plain = teach("clip_activity", clips, shelf, split, t, options=options, speeds=False)
    monkeypatch.setattr("sportsai.clips.fit.worth", lambda *a: 0.5)  # as good as before: what is tuned is kept
    tuned = teach("clip_activity", clips, shelf, split, t, options=options)
    assert tuned.tuned and not plain.tuned
    first, then = plain.model.state_dict(), tuned.model.state_dict()
    assert all(torch.equal(first[k], then[k]) for k in first if k.startswith("maps."))
    assert any(not torch.equal(first[k], then[k]) for k in first if k.startswith("head."))
    worse = iter([0.5, 0.5, 0.4])
    monkeypatch.setattr("sportsai.clips.fit.worth", lambda *a: next(worse))
    left = teach("clip_activity", clips, shelf, split, t, options=options)
    assert not left.tuned and all(torch.equal(v, first[k]) for k, v in left.model.state_dict().items())
    assert [sum(r == rate for r, _ in VIEWS) for rate in RATES] == [3, 4, 3]


def test_labels_that_hold_together_are_taught_one_by_one(tmp_path: Path) -> None:
    clips, shelf = pans(tmp_path, games=3, each=2, column="both")
    assert clips.many and clips.names == ("any", "right")
    split = parted(clips)
    trained = teach("frame_net", clips, shelf, split, TEACH.model_copy(update={"epochs": 1}))
    p = probabilities(trained, shelf, split.test)
    assert p.shape == (4, 2) and trained.temperature == 1.0 and (p > 0).all() and (p < 1).all()
    assert set(figures(clips, split.test, p)) == {"mAP"}


def test_crops_scale_flow_and_mirrors_turn_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the picture made whole: what moved by 1 moves by 2; mirrored, u changes its sign and v does not."""
    monkeypatch.setattr("sportsai.clips.fit.CROPS", (0.5,))
    clip = torch.arange(32.0).expand(1, 3, 2, 32, 32)
    batch = {"clip": clip, "flow": torch.ones(1, 1, 2, 32, 32), "y": torch.tensor([1])}
    torch.manual_seed(0)
    out = varied(batch, mirror=False)
    assert out["clip"].shape == clip.shape and torch.equal(out["flow"], torch.full((1, 1, 2, 32, 32), 2.0))
    assert (out["clip"].max() - out["clip"].min()).item() == pytest.approx(15, abs=0.1) and out["y"] is batch["y"]
    monkeypatch.setattr("sportsai.clips.fit.CROPS", (1.0,))
    seen = set()
    for _ in range(20):
        out = varied(batch, mirror=True)
        turned = out["clip"][0, 0, 0, 0, 0] == 31
        assert out["flow"][0, 0, :, 0, 0].tolist() == ([-1.0, 1.0] if turned else [1.0, 1.0])
        seen.add(bool(turned))
    assert seen == {True, False}


def test_a_backbones_weights_are_taken_where_there_is_one(tmp_path: Path) -> None:
    torch.manual_seed(3)
    given = ResNet("small")
    save_file({f"backbone.{k}": v for k, v in given.state_dict().items()}, tmp_path / "w.safetensors")
    config = configured("stpn", 2, READING, SMALL)
    model = Trained("stpn", config, __import__("sportsai.clip_models.stpn", fromlist=["Model"]).Model(config), READING,
                    "plain", ("a", "b"), False).model  # fmt: skip
    begun("stpn", model, tmp_path / "w.safetensors")
    assert torch.equal(model.spatial.conv1.weight, given.conv1.weight)
    mean = given.conv1.weight.mean(1, keepdim=True).expand(-1, 4, -1, -1)
    assert torch.allclose(model.temporal.conv1.weight, mean)
    with pytest.raises(RecipeError, match="no two-dimensional backbone"):
        begun("c3d", torch.nn.Linear(1, 1), tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("given", "said"),
    [({"widht": "16"}, 'Did you mean "width"'), ({"width": "wide"}, 'width = "wide"'), ({"classes": "3"}, "no option")],
)
def test_options_that_are_none(given: dict[str, str], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        configured("c3d", 2, READING, given)
    assert configured("stpn", 4, READING, {"partial": "true", "d": "64"}).partial is True


@pytest.mark.parametrize("content", [b"\x80\x04.", b"PK\x03\x04", b"nothing of ours"])
def test_weights_that_are_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"pickle|damaged"):
        load_trained(path)
    with pytest.raises(ModelError, match=r"no weights here.*sportsai clips train"):
        load_trained(tmp_path / "nowhere")
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(ModelError, match="holds no recipe of ours"):
        load_trained(tmp_path)


def test_a_temperature_softens() -> None:
    config = configured("frame_net", 2, READING)
    torch.manual_seed(0)
    from sportsai.clip_models.frame_net import Model

    sharp = Trained("frame_net", config, Model(config), READING, "plain", ("a", "b"), False, temperature=1.0)
    soft = Trained("frame_net", config, sharp.model, READING, "plain", ("a", "b"), False, temperature=4.0)
    batch = {"clip": torch.rand(2, 3, 16, 32, 48)}
    p, q = asked(sharp, batch), asked(soft, batch)
    odds = np.log(p[:, 0] / p[:, 1])
    assert np.allclose(np.log(q[:, 0] / q[:, 1]), odds / 4, atol=1e-6) and np.abs(odds).min() > 1e-3
