"""Stand-ins for trained weights: what they say is known, so that what is made of it can be checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.learn.recipe import load_recipe
from sportsai.learn.run import write_task
from sportsai.learn.weights import Weights
from sportsai.tasks import Examples
from sportsai.whole.ship import ship
from tests.whole.test_compare import games, recipe

SCORES = {
    "headline": "top-1", "items": 900, "contests": 9, "chance": {"top-1": 0.1}, "note": "", "reliability": [],
    "row": {"model": "fake", "mean": {"top-1": 0.5, "top-3": 0.8, "accuracy": 0.9}, "interval": [0.4, 0.6]},
}  # fmt: skip


class Says:
    """A model that answers every question by one function of the examples."""

    def __init__(self, answer: Callable[[Examples], np.ndarray]) -> None:
        self.answer = answer
        self.asked: list[Examples] = []

    def scores(self, taught: Examples) -> np.ndarray:
        self.asked.append(taught)
        raw = np.asarray(self.answer(taught), float)
        if taught.choices is not None:
            raw = np.where(taught.choices, raw, -np.inf)
        raw = raw - raw.max(1, keepdims=True)
        with np.errstate(divide="ignore"):
            return raw - np.log(np.exp(raw).sum(1, keepdims=True))


Fake = Callable[..., Weights]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """fake(league, recipe, answer, **about): weights of a shipped recipe that answer as asked."""

    def make(league: str, recipe: str, answer: Callable[[Examples], np.ndarray], **about: Any) -> Weights:
        known = load_recipe(league, recipe)
        said = {"temperature": 1.0, "contests": [], "sources": {}, "terms": "made up", "scores": SCORES, **about}
        folder = tmp_path / league / recipe
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "card.md").write_text(f"# {known.title}\n")
        return Weights(Says(answer), known, f"{recipe:x<64}", said, folder / "weights.safetensors")

    return make


def constant(*logits: float) -> Callable[[Examples], np.ndarray]:
    """Answer every window alike."""
    return lambda taught: np.tile(np.array(logits), (len(taught), 1))


KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "moments": ("spot_conv", {"worth": {"shot": 1.0}}),
    "moments_scout": ("scout", {"pace": False}),
    "highlights": ("attention_lstm", {"chunk": 16, "worth": {"shot": 1.0}, "streams": ["ball", "defenders"]}),
}


@pytest.fixture(scope="session")
def whole_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of whole games of every kind, taught on made-up ones, in a folder laid out as the shipped one."""
    folder = tmp_path_factory.mktemp("weights")
    for name, (model, data) in KINDS.items():
        of = recipe(model, **data).model_copy(update={"name": name})
        of = of.model_copy(update={"train": of.train.model_copy(update={"members": len(data.get("streams", "1"))})})
        write_task(folder / "basketball" / name, of, ship(of, games(of, 6)))
    return folder
