"""One short training in a process of its own, for `sportsai bench training`: its module, typed with JSON.

The task is soccer's handovers on the demo match. Keys: devices (0: no Lightning), model, config, train (of [train]),
out (folder: the checkpoint after each epoch, the weights, what was said), checkpoints (folder), resume, wait_s (after
each epoch, so that a kill finds it at work).
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any


def main(asked: dict[str, Any]) -> None:
    """Train once and write weights.safetensors and said.json."""
    from sportsai.learn.engine import Engine, lightning, running

    out = Path(asked["out"])
    kept = Path(asked.get("checkpoints") or out / "checkpoints")
    out.mkdir(parents=True, exist_ok=True)

    def watch(epoch: int, figure: float) -> None:
        if engine.leads:
            shutil.copy(next(kept.glob("*.safetensors")), out / f"epoch-{epoch}.safetensors")
        time.sleep(asked.get("wait_s", 0.0))

    how: dict[str, Any] = {"checkpoints": kept, "resume": asked.get("resume", False), "watch": watch}
    engine = lightning(asked["devices"], "cpu", **how) if asked["devices"] else Engine(**how)

    from sportsai.learn.lessons import task_examples
    from sportsai.learn.networks import teach
    from sportsai.learn.recipe import load_recipe
    from sportsai.learn.ship import parts
    from sportsai.learn.standard import standard
    from sportsai.learn.tensor_file import write_tensors

    recipe = load_recipe("soccer", "handovers")
    taught = task_examples(recipe)
    split = parts(recipe, taught)[0]
    t = recipe.train.model_copy(update=asked["train"])
    config = standard(asked["model"], taught, asked["config"])
    with running(engine):
        began = time.perf_counter()
        model = teach(asked["model"], config, taught.take(split.train), taught.take(split.validation), t, seed=0)
        took = time.perf_counter() - began
    if engine.leads:
        write_tensors(out / "weights.safetensors", model.model.state_dict(), "bench", {})
        said = {"history": model.history, "epoch": model.epoch, "wall_s": took, "went_on": engine.went_on}
        (out / "said.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
