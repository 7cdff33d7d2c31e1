"""Training at scale: several processes beside one, a training killed and resumed, half the bits, what keeping costs.

processes  DDP over 2 processes of the processor beside one, at the same batches, epoch by epoch
resume     a training killed (kill -9) again and again, beside one that nobody stopped
precision  processor seconds of a step with numbers of 32 and of 16 bits, and what that does to the score
stopping   a training that ends when epochs no longer get better, beside one that goes on
keeping    what writing a checkpoint after every epoch costs
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._footage import Part, rows_of
from sportsai.bench._process import environment

TITLE = "training: several processes, resumed after kills, half the bits"
NOTE = (
    "Soccer's passes, turnovers and carries on the demo match (2417), processor only: no GPU was here, so that a GPU "
    "is used where there is one is not shown. One loop serves all (`sportsai/learn/steps.py`)."
)
SMALL = {"epochs": 4, "windows_per_epoch": 640, "batch": 64}
STILL: dict[str, Any] = {"dropout": 0.0}  # dropout is thrown by each process apart
MODEL = "shared_compare"
MODELS = (MODEL, "pair_former")
LEAST = 1e-5  # float error: the largest difference of any weight that passes
STEPS = 20


def run(quick: bool = False, parts: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the rows of every part, or of those asked for. quick: one epoch, two kills, few steps."""
    return rows_of(PARTS, quick, parts)


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows."""
    from sportsai.bench import _scores

    return ["", NOTE, *_scores.page(rows)]


def processes(quick: bool) -> list[dict[str, Any]]:
    """Return how far the weights of one and of two of Lightning's processes are from those of the plain loop."""
    task, rows = "Two processes beside one", []
    asked = {"model": MODEL, "config": STILL, "train": SMALL | ({"epochs": 1} if quick else {})}
    with tempfile.TemporaryDirectory() as folder:
        told = {n: trained(Path(folder) / str(n), devices=n, **asked) for n in (0, 1, 2)}
        for devices, what in ((1, "Lightning, 1 process"), (2, "Lightning, 2 processes (DDP, gloo)")):
            for epoch, figure in enumerate(told[0]["history"]):
                name = f"epoch-{epoch}.safetensors"
                apart = difference(Path(folder) / "0" / name, Path(folder) / str(devices) / name)
                rows.append(
                    {
                        "task": task, "case": f"{what}, epoch {epoch + 1}",
                        "steps": (epoch + 1) * (SMALL["windows_per_epoch"] // SMALL["batch"]),
                        "weights_apart": f"{apart:.1e}" if apart else "0",
                        "validation_mAP": round(told[devices]["history"][epoch], 4), "plain_mAP": round(figure, 4),
                        "wall_s": round(told[devices]["wall_s"], 1), "plain_wall_s": round(told[0]["wall_s"], 1),
                        "target": "0" if devices == 1 else f"<= {LEAST:g}",
                        "ok": bool(apart <= (0 if devices == 1 else LEAST)),
                    }
                )  # fmt: skip
    kept = {n: t["epoch"] + 1 for n, t in told.items()}
    say = f"Epoch kept by the plain loop, 1 and 2 processes: {kept[0]}, {kept[1]}, {kept[2]}. "
    say += "Same batches of 64, each process a half; largest difference of any weight from the plain loop's; `wall_s` "
    say += "is the whole training's. Without dropout, which each process throws for itself."
    return [*rows, {"task": task, "say": say}]


def resume(quick: bool) -> list[dict[str, Any]]:
    """Return whether a training killed at random moments ends with the weights of one that was left alone."""
    dice = np.random.default_rng(0)
    task, rows = "Killed and resumed", []
    for model in MODELS:  # as configured: with dropout, reflections, noise
        with tempfile.TemporaryDirectory() as folder:
            asked = {"devices": 0, "model": model, "config": {}, "train": SMALL | {"epochs": 8, "noise": 0.01}}
            whole = trained(Path(folder) / "whole", **asked)
            kills, said = killed(Path(folder) / "killed", dice, 2 if quick else 6, **asked)
            apart = difference(*(Path(folder) / n / "weights.safetensors" for n in ("whole", "killed")))
        same = said["history"] == whole["history"]
        rows.append(
            {
                "task": task, "case": model, "kills": len(kills), "in_epochs": ", ".join(map(str, kills)),
                "epochs": len(whole["history"]),
                "weights_apart": f"{apart:.1e}" if apart else "0", "same_figures": "yes" if same else "no",
                "target": "0", "ok": apart == 0 and same,
            }
        )  # fmt: skip
    say = (
        "Killed with SIGKILL up to half a second after a checkpoint was begun (while it is written, or at any step of "
        "the next epoch), then resumed; beside one that nobody stopped. Dropout, reflections and noise as configured."
    )
    return [*rows, {"task": task, "say": say}]


def precision(quick: bool) -> list[dict[str, Any]]:
    """Return the processor seconds of a training step with numbers of 32 and of 16 bits."""
    task = "Half the bits"
    rows = []
    for case, make in _networks().items():
        spent = {}
        for bits in ("32", "bf16"):
            spent[bits] = min(_step_s(make, bits, 3 if quick else STEPS) for _ in range(1 if quick else 3))
        rows.append(
            {
                "task": task, "case": case, "cpu_ms_32": round(1e3 * spent["32"], 1),
                "cpu_ms_bf16": round(1e3 * spent["bf16"], 1), "times_faster": round(spent["32"] / spent["bf16"], 2),
            }
        )  # fmt: skip
    say = f"Processor milliseconds of a step (forward, backward, AdamW), the least of 3 runs of {STEPS}; one thread, "
    say += f"{_chip()}. `train.precision` is 32 unless a recipe says otherwise."
    return [*rows, {"task": task, "say": say}, *_scores_of_bits(quick)]


def _scores_of_bits(quick: bool) -> list[dict[str, Any]]:
    task, rows = "Half the bits: the score", []
    for model in MODELS[: 1 if quick else None]:
        with tempfile.TemporaryDirectory() as folder:
            told = {
                bits: trained(Path(folder) / bits, devices=0, model=model, config={},
                              train=SMALL | {"precision": bits} | ({"epochs": 1} if quick else {}))
                for bits in ("32", "bf16")
            }  # fmt: skip
        best = {bits: max(t["history"]) for bits, t in told.items()}
        rows.append(
            {
                "task": task, "case": model, "validation_mAP_32": round(best["32"], 4),
                "validation_mAP_bf16": round(best["bf16"], 4), "difference": f"{best['bf16'] - best['32']:+.4f}",
                "wall_s_32": round(told["32"]["wall_s"], 1), "wall_s_bf16": round(told["bf16"]["wall_s"], 1),
            }
        )  # fmt: skip
    say = f"{SMALL['epochs']} epochs of {SMALL['windows_per_epoch']} windows, the same seed: one draw, no interval."
    return [*rows, {"task": task, "say": say}]


def stopping(quick: bool) -> list[dict[str, Any]]:
    """Return when trainings end that wait two epochs for a better one, and what the epochs after would have brought."""
    task, rows = "Ended early", []
    for model in MODELS[: 1 if quick else None]:
        with tempfile.TemporaryDirectory() as folder:
            train = SMALL | {"epochs": 4 if quick else 16, "lr": 4e-3}
            asked = {"devices": 0, "model": model, "config": {}}
            told = {
                patience: trained(Path(folder) / str(patience), train=train | {"patience": patience}, **asked)
                for patience in (2, train["epochs"])
            }
        early, whole = told[2], told[train["epochs"]]
        ran = len(early["history"])
        same = early["history"] == whole["history"][:ran] and early["epoch"] == int(np.argmax(early["history"]))
        rows.append(
            {
                "task": task, "case": model, "patience": 2, "epochs_at_most": train["epochs"], "epochs": ran,
                "kept": early["epoch"] + 1, "validation_mAP": round(max(early["history"]), 4),
                "if_none_ended_it": round(max(whole["history"]), 4), "same_until_then": "yes" if same else "no",
                "ok": bool(same),
            }
        )  # fmt: skip
    say = "`train.patience` epochs without a better one end a training; the best epoch's weights are kept. The rate "
    say += "falls over all epochs allowed, so the last ones tend to be the best: the shipped recipes are patient."
    return [*rows, {"task": task, "say": say}]


def keeping(quick: bool) -> list[dict[str, Any]]:
    """Return what a checkpoint costs, beside the epoch it is written after."""
    from sportsai.learn.checkpoint import Checkpoint, SoFar

    task, rows = "What a checkpoint costs", []
    for case, make in _networks().items():
        import torch

        model, batch, loss = make()
        optimiser = torch.optim.AdamW(model.parameters())
        loss(batch).backward()
        optimiser.step()
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=9)
        so_far = SoFar(0.5, 0, {k: v.clone() for k, v in model.state_dict().items()}, [0.5])
        with tempfile.TemporaryDirectory() as folder:
            kept = Checkpoint(Path(folder) / "c.safetensors", model, optimiser, rate, np.random.default_rng(0))
            times = []
            for _ in range(2 if quick else 9):
                began = time.perf_counter()
                kept.save(so_far)
                times.append(time.perf_counter() - began)
            size = kept.path.stat().st_size
        rows.append(
            {
                "task": task, "case": case, "numbers": sum(p.numel() for p in model.parameters()),
                "MB": round(size / 1e6, 1), "wall_ms": round(1e3 * float(np.median(times)), 1),
            }
        )  # fmt: skip
    say = "Written after every epoch, to the disk: weights, moments, the best weights so far, all dice. Median of 9."
    return [*rows, {"task": task, "say": say}]


def trained(out: Path, **asked: Any) -> dict[str, Any]:
    """Return what a training in a process of its own said. Keys: see `_training_run`."""
    done = subprocess.run(_typed(out, asked), capture_output=True, text=True, env=_alone())
    if done.returncode:
        raise RuntimeError(f"the training failed: {done.stderr.strip().splitlines()[-1:]}")
    said: dict[str, Any] = json.loads((out / "said.json").read_text())
    return said


def killed(out: Path, dice: np.random.Generator, most: int, **asked: Any) -> tuple[list[int], dict[str, Any]]:
    """Return in which epochs a training was killed before it ended, each time resumed, and what it said in the end.

    Each kill comes at a random moment of the half second after a checkpoint was begun.
    """
    kept = out / "checkpoints"
    kills: list[int] = []
    for _ in range(most):
        with subprocess.Popen(
            _typed(out, asked | {"resume": True, "wait_s": 0.1}), env=_alone(), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as running:  # fmt: skip
            before = _stamp(kept)
            while running.poll() is None and _stamp(kept) == before:
                time.sleep(0.002)
            time.sleep(float(dice.uniform(0, 0.5)))
            if running.poll() is None:
                os.kill(running.pid, signal.SIGKILL)
                kills.append(1 + len(list(out.glob("epoch-*.safetensors"))))
        if (out / "said.json").is_file():
            break
    return kills, trained(out, **asked, resume=True)


def difference(a: Path, b: Path) -> float:
    """Return the largest difference of any weight of two files, checkpoints too; infinite where names differ."""
    from safetensors.torch import load_file

    ours, theirs = ({k: v for k, v in load_file(p).items() if _is_weight(k)} for p in (a, b))
    if set(ours) != set(theirs):
        return float("inf")
    return max(float((v.double() - theirs[k].double()).abs().max()) for k, v in ours.items())


def _is_weight(name: str) -> bool:
    return not name.startswith(("kept.", "moments.", "dice"))


def _networks() -> dict[str, Callable[[], tuple[Any, dict[str, Any], Callable[[Any], Any]]]]:
    """Return networks by name: each gives itself, a batch and its loss of it."""
    import torch

    from sportsai.learn.predict import call
    from sportsai.models import load_model
    from sportsai.sequence_models import load_sequence_model

    def windows(name: str, **own: Any) -> Any:
        module = load_model(name)
        dice = torch.Generator().manual_seed(0)
        model = module.Model(module.Config(classes=4, **own))
        batch = {k: v.repeat(22, *[1] * (v.dim() - 1))[:64] for k, v in module.example(model.config, dice).items()}
        return model, batch, lambda b: module.loss(call(model, b), b)

    def whole(name: str, **own: Any) -> Any:
        module = load_sequence_model(name)
        config = module.Config(inputs=64, classes=4, **own)
        model = module.Model(config)
        batch = {"x": torch.randn(16, 64, 64), "there": torch.ones(16, 64, dtype=torch.bool)}
        batch |= {"heat": (torch.rand(16, 64, 4) < 0.1).float()}
        return model, batch, lambda b: module.loss(model(b["x"], b["there"]), b, config)

    lstm = {"rung": "lstm", "embed": 512}
    return {
        "LSTM, 512 units, 16 x 64 frames": lambda: whole("multi_lstm", width=512, **lstm),
        "LSTM, 128 units, 16 x 64 frames": lambda: whole("multi_lstm", width=128, rung="lstm"),
        "PairFormer, 64 wide, 64 windows": lambda: windows("pair_former"),
        "Shared-Compare, 64 windows": lambda: windows("shared_compare"),
        "SpotConv, 64 wide, 16 x 64 frames": lambda: whole("spot_conv"),
    }


def _step_s(make: Callable[[], Any], bits: str, steps: int) -> float:
    import torch

    from sportsai.learn.engine import Engine
    from sportsai.learn.recipe import TrainPart
    from sportsai.learn.steps import one_thread

    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(0)
        model, batch, loss = make()
        model.train()
        optimiser = torch.optim.AdamW(model.parameters())
        t = TrainPart.model_validate({"precision": bits})
        training = Engine().begin(model, optimiser, None, t, steps, lambda: [batch], loss, None)
        for i in range(steps + 2):
            if i == 2:  # the first two find their kernels
                began = time.process_time()
            optimiser.zero_grad()
            training.down(batch, 0, i)
            optimiser.step()
        return (time.process_time() - began) / steps


def _chip() -> str:
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    known = [name for name in ("avx512_bf16", "amx_bf16") if name in flags]
    return f"a processor with {' and '.join(known)}" if known else "a processor without bf16 of its own"


def _typed(out: Path, asked: Mapping[str, Any]) -> list[str]:
    return [sys.executable, "-m", "sportsai.bench._training_run", json.dumps({**asked, "out": str(out)})]


def _alone() -> dict[str, str]:
    return environment(TORCH_CPP_LOG_LEVEL="ERROR")


def _stamp(folder: Path) -> int:
    """Return when the newest file of a folder was written, or begun."""
    try:
        return max((p.stat().st_mtime_ns for p in folder.iterdir()), default=0)
    except OSError:  # not there yet, or renamed while we looked
        return 0


PARTS: dict[str, Part] = {
    "processes": processes, "resume": resume, "precision": precision, "stopping": stopping,
    "keeping": keeping,
}  # fmt: skip
