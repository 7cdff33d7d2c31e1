"""The one configuration of every model, in every sport: sizes follow from the windows, nothing is set by sport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sportsai.learn.recipe import TrainPart
from sportsai.models import load_model
from sportsai.tasks import Examples

GROUPS = ("hierarchical_lstm", "group_tokens")  # say what each person does, too
NETWORKS = ("shared_compare", "stacked", "track_gin", "track_set", "pair_former")
LABELS = ("activity_heads", "label_queries", "label_graph")  # of each label alone, several may hold
CLASSICAL = ("boosted", "extra_trees", "boosted_simple", "idt_svm", "majority")
RULES = ("last_holder",)  # only beside tasks that ask for them
_WHOLE: dict[str, dict[str, Any]] = {
    "shared_compare": {
        "shared": (32, 64), "compare": (64, 64), "hidden": 128, "velocity": True, "relative": True, "same_team": True,
        "presence": True,
    },
    "stacked": {"widths": (128, 256, 256, 256), "n_layers": 4, "hidden": 512, "velocity": True, "norm": True},
    "boosted": {"rich": True, "share": 0.2},
    "boosted_simple": {"rich": False},
    "label_graph_sinn": {"kind": "sinn"},
    "label_graph_logistic": {"kind": "logistic"},
    "lstm_b2": {"person_lstm": False, "group_lstm": False, "people_loss": False},
    "lstm_b5": {"person_lstm": False, "people_loss": False},
    "lstm_b6": {"person_lstm": False},
    "lstm_b7": {"group_lstm": False},
    "lstm_one_group": {"groups": 1},
}  # fmt: skip
_CHOICE = {"boosted": {"rounds": 300, "leaves": 31, "share": 0.2, "least": 100, "l2": 10.0}}  # which player?
_SHORT = {"shared_compare": {"shared": (64,), "compare": (64,)}}  # fewer poolings where a window has under 16 samples
ENTRIES = dict.fromkeys(("lstm_b2", "lstm_b5", "lstm_b6", "lstm_b7", "lstm_one_group"), "hierarchical_lstm") | {
    "boosted_simple": "boosted",
    "label_graph_sinn": "label_graph",
    "label_graph_logistic": "label_graph",
}
_LONGER = {"stacked": 2}  # times the epochs: an epoch is cheap, and it is slow to learn
NEAR = 8  # places of the models that need a fixed number of players


def module_of(name: str) -> str:
    """Return the model file of an entry of the table: some are a model with a setting of its own."""
    return ENTRIES.get(name, name)


def chooses(name: str) -> bool:
    """Return whether a model can say which player it is, where the answer is not a class."""
    return name not in ENTRIES and "choose" in {f.name for f in fields(load_model(module_of(name)).Config)}


def standard(name: str, taught: Examples, own: Mapping[str, Any] | None = None) -> Any:
    """Return the `Config` of a model for these examples; `own` overrides (a recipe's model_config)."""
    config = load_model(module_of(name)).Config
    known = {f.name for f in fields(config)}
    w = taught.windows
    ball = bool(w.ball_present.any())
    values: dict[str, Any] = {
        "classes": max(len(taught.names), 1), "frames": w.T, "players": min(w.P, NEAR), "choose": not taught.names,
        "ball": ball, "to_ball": ball, "reference": w.reference, **_WHOLE.get(name, {}),
    }  # fmt: skip
    values |= {"actions": len(taught.people_names), "scene": 0}
    if taught.hierarchy is not None:
        values |= {f.name: getattr(taught.hierarchy, f.name) for f in fields(taught.hierarchy)}
    values["height"] = "ball_z" in taught.more
    if "scene" in taught.more:
        values["scene"] = taught.more["scene"].shape[-1]
    if not taught.names:
        values |= {"players": w.P} | _CHOICE.get(name, {})
    if w.T < 16:
        values |= _SHORT.get(name, {})
    values |= dict(own or {})
    return config(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known})


def schedule(name: str, t: TrainPart) -> TrainPart:
    """Return how a model that a recipe was not written for is fitted: as the recipe says, in full precision, some for
    longer."""
    return t.model_copy(update={"epochs": t.epochs * _LONGER.get(name, 1), "precision": "32"})
