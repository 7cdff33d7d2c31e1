"""A whole game through all that has weights: what is missing is named, what took part is recorded."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from sportsai import plugins
from sportsai.analysis import _game, _weights, analyse, capabilities
from sportsai.errors import DataError, ModelError
from tests.analysis.conftest import constant
from tests.conftest import make_game


def test_every_file_is_a_capability_that_says_what_it_tells() -> None:
    names = plugins.names("sportsai.analysis")
    by_sport = {s: list(capabilities(s)) for s in ("soccer", "basketball", "american_football", "hockey", "volleyball")}
    told = {n for each in by_sport.values() for n in each}
    assert told <= set(names)
    assert {"recognise", "receivers", "handovers", "outcomes", "styles", "snaps", "plays"} <= told
    assert by_sport["soccer"][0] == "recognise"
    assert by_sport["volleyball"] == ["activities"]
    for c in capabilities("soccer").values():
        assert c.TITLE
        assert c.RECIPE


def test_what_has_no_weights_is_named_and_the_rest_is_told(fake, monkeypatch) -> None:
    plays = fake("hockey", "plays", constant(*[0.0] * 7))
    monkeypatch.setattr(_game, "collect", lambda league, recipes, own: {"plays": plays})
    events, run = analyse(make_game(league="hockey"))
    assert len(events) == 0
    assert "no moment to ask about" in " ".join(run["notes"])
    (model,) = run["models"]
    assert model["weights_sha256"] == plays.sha256
    assert model["card_text"].startswith("# ")
    assert model["scores"]["mean"]["top-1"] == 0.5
    assert run["metrics"] == {"types": {}}
    monkeypatch.setattr(
        _game, "collect", lambda league, recipes, own: {"receivers": fake("soccer", "receivers", constant(0))}
    )
    _, run = analyse(make_game())
    assert any("no weights are here" in n and "soccer/shared_compare" in n for n in run["notes"])


def test_an_obstacle_of_one_capability_is_a_note(fake, monkeypatch) -> None:
    def refuse(*args, **kwargs) -> None:
        raise DataError("no such windows")

    broken = SimpleNamespace(TITLE="nothing", SPORT="soccer", RECIPE="plays", ON_EVENTS=True, analyse=refuse)
    monkeypatch.setattr(_game, "capabilities", lambda sport: {"broken": broken})
    monkeypatch.setattr(_game, "collect", lambda *a: {"plays": fake("hockey", "plays", constant(0))})
    events, run = analyse(make_game())
    assert len(events) == 0
    assert run["notes"] == ["Not told, nothing: no such windows"]


def test_training_on_this_game_is_found_by_name_by_cut_and_by_file(fake) -> None:
    from sportsai.analysis._found import trained_on

    game = make_game(game_id="g-P1", extra={"of_game": "2022-02-08-Canada-at-USA"})
    known = {"contests": ["g-P1"]}, {"contests": ["2022-02-08 Canada at USA"]}, {"sources": {"x": "0" * 64}}
    for about in known:
        assert trained_on(game, fake("hockey", "plays", constant(0), **about))
    assert not trained_on(
        game, fake("hockey", "plays", constant(0), contests=["other", "///"], sources={"x": "1" * 64})
    )
    file = {"x": "0" * 64}
    others = fake("hockey", "plays", constant(0), contests=["other", "another"], sources=file)
    assert not trained_on(game, others)  # an archive of many games holds this one, too
    assert trained_on(
        game, fake("soccer", "receivers", constant(0), contests=["belgium-01", "belgium-02"], sources=file)
    )


def test_weights_of_ones_own_go_before_the_shipped(tmp_path: Path) -> None:
    shipped = _weights.collect("bundesliga", ["shared_compare"], None)["shared_compare"]
    own = tmp_path / "mine" / "soccer" / "shared_compare"
    own.mkdir(parents=True)
    (own / "weights.safetensors").write_bytes(shipped.path.read_bytes())
    for where in (tmp_path / "mine", own, own / "weights.safetensors"):
        assert _weights.collect("bundesliga", ["shared_compare", "styles"], where)["shared_compare"].path.parent == own
    with pytest.raises(ModelError, match='expected recipe "plays" or "snaps"'):
        _weights.collect("soccer", ["plays", "snaps"], own)
    with pytest.raises(ModelError, match="no weights here"):
        _weights.collect("soccer", ["shared_compare"], tmp_path / "nothing")


def test_controls_are_read_from_beside_the_weights(fake) -> None:
    from sportsai.analysis._found import controls_of

    weights = fake("basketball", "styles", constant(0))
    assert controls_of(weights) == []
    beside = weights.path.with_name("metrics.json")
    beside.write_text('{"controls": [{"name": "ball only", "top-1": 0.1}, {"top-1": 1}, 3]}')
    assert controls_of(weights) == [{"name": "ball only", "top-1": 0.1}]
    beside.write_text("not json")
    assert controls_of(weights) == []
