"""What ships for a task: one model or several, each trained more than once, whose log-probabilities are averaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.learn.networks import Taught
from sportsai.learn.predict import Float, answers, averaged, log_probabilities
from sportsai.learn.standard import module_of
from sportsai.models import load_model
from sportsai.tasks import Examples


@dataclass(frozen=True)
class Member:
    """One trained model of a blend: its entry in tables, itself, and what its log-probabilities are divided by."""

    name: str
    model: Any
    config: Any
    temperature: float


@dataclass(frozen=True)
class Blend:
    """Trained models that answer together: first the mean over the members of a kind, then over kinds.

    temperature: what the mean is divided by, chosen on validation.
    """

    members: tuple[Member, ...]
    temperature: float = 1.0

    @property
    def names(self) -> list[str]:
        """The kinds of models, in order."""
        return list(dict.fromkeys(m.name for m in self.members))

    @property
    def parameters(self) -> int:
        """Numbers learned, of all members."""
        return int(sum(v.numel() for v in self.state_dict().values()))

    def scores(self, taught: Examples) -> Float:
        """Return log-probabilities (n, K), or (n, P) over the choices, -inf elsewhere."""
        kinds = []
        for name in self.names:
            each = [log_probabilities(m.model, taught) / m.temperature for m in self.members if m.name == name]
            kinds.append(averaged(each, taught.choices, taught.hierarchy is not None))
        if taught.hierarchy is not None:
            return averaged(kinds, many=True)
        return averaged([averaged(kinds, taught.choices) / self.temperature], taught.choices)

    def people(self, taught: Examples) -> Float | None:
        """Return the mean log-probabilities of each person's actions, (n, P, A), None where no member says any."""
        each = [answers(m.model, taught)[1] for m in self.members if isinstance(m.model, nn.Module)]
        said = [e for e in each if e is not None]
        return np.mean(said, axis=0) if said else None

    def state_dict(self) -> dict[str, Tensor]:
        """Return all members' numbers, each under its place; those of networks in half precision."""
        return {
            f"{i}.{k}": v.half() if isinstance(m.model, nn.Module) and v.is_floating_point() else v
            for i, m in enumerate(self.members)
            for k, v in m.model.state_dict().items()
        }

    def about(self) -> list[dict[str, Any]]:
        """Return what `restored` needs besides the numbers."""
        return [{"model": m.name, "config": asdict(m.config), "temperature": m.temperature} for m in self.members]


def blended(taught: Sequence[Taught], temperature: float = 1.0) -> Blend:
    """Return fitted models as one."""
    return Blend(tuple(Member(t.name, t.model, t.config, t.temperature) for t in taught), temperature)


def restored(
    about: Sequence[Mapping[str, Any]], state: Mapping[str, Tensor], temperature: float,
    load: Callable[[str], Any] | None = None,
) -> Blend:  # fmt: skip
    """Return the blend that was saved; ModelError when its numbers do not fit this version's models.

    load: gives the module of a model by name; of models of windows when None.
    """
    members = []
    for i, said in enumerate(about):
        name = str(said["model"])
        module = load_model(module_of(name)) if load is None else load(name)
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in said["config"].items()}
        own = {k.partition(".")[2]: v for k, v in state.items() if k.partition(".")[0] == str(i)}
        try:
            config = module.Config(**values)
            model = module.Model(config)
            whole = isinstance(model, nn.Module)
            model.load_state_dict({k: v.float() if whole and v.dtype == torch.float16 else v for k, v in own.items()})
        except (TypeError, RuntimeError, KeyError) as bad:
            raise ModelError(f"member {i} ({said['model']}) does not fit this version: {bad}") from None
        model.eval()
        members.append(Member(str(said["model"]), model, config, float(said["temperature"])))
    return Blend(tuple(members), temperature)
