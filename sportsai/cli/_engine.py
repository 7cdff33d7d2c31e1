"""Options of commands that train: what runs the steps, what is kept of them, and where their curves go."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
KEPT = "checkpoints"  # of a run's folder


def engine_options(command: F) -> F:
    """--trainer, --devices, --accelerator, --precision, --resume, --tensorboard."""
    for option in reversed(
        (
            click.option("--trainer", type=click.Choice(["plain", "lightning"]), default="plain", show_default=True,
                         help="Lightning: several processes, a GPU where there is one. Needs sportsai[scale]."),
            click.option("--devices", type=click.IntRange(1, 64), default=1, show_default=True,
                         help="Processes (DDP), or GPUs, that share each batch; more than 1 asks for Lightning."),
            click.option("--accelerator", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True,
                         help="Of Lightning; auto: a GPU where there is one."),
            click.option("--precision", type=click.Choice(["32", "bf16"]), help="Instead of the recipe's own."),
            click.option("--resume", is_flag=True, help="Go on where a training of this folder was stopped."),
            click.option("--tensorboard", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
                         help="Also write the curves of each training there. Needs sportsai[scale]."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def quiet(devices: int) -> None:
    """Keep DDP from warning, at every training, that it was careful; to be called before torch is loaded."""
    if devices > 1:
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")


def engine_of(
    folder: Path, trainer: str, devices: int, accelerator: str, resume: bool, tensorboard: Path | None
) -> Any:
    """Return the engine that the options ask for; its checkpoints lie in a run's folder.

    Of several processes all but the first fall silent until the command ends.
    """
    from sportsai.learn.engine import Engine, lightning

    kept = folder / KEPT
    how: dict[str, Any] = {"checkpoints": kept, "resume": resume, "curves": tensorboard}
    if trainer == "plain" and devices == 1 and accelerator == "auto":
        engine = Engine(**how)
    else:
        engine = lightning(devices, accelerator, **how)
    if not engine.leads:
        nowhere = io.StringIO()
        click.get_current_context().with_resource(contextlib.redirect_stdout(nowhere))
        click.get_current_context().with_resource(contextlib.redirect_stderr(nowhere))
    if resume and not any(kept.glob("*.safetensors")):
        click.echo(f"Nothing to go on from in {kept}: every training begins anew", err=True)
    return engine


def told(engine: Any) -> None:
    """Say which trainings went on from a checkpoint; that none did, where there were some of another training."""
    for line in engine.went_on:
        click.echo(f"Resumed: {line}", err=True)
    if engine.resume and not engine.went_on and any(engine.checkpoints.glob("*.safetensors")):
        click.echo(
            "Not resumed: no checkpoint there is of this recipe, data, seed and number of processes", err=True
        )  # fmt: skip


def cleared(engine: Any) -> None:
    """Remove the checkpoints of a run whose weights are written."""
    for path in (*engine.checkpoints.glob("*.safetensors"), *engine.checkpoints.glob(".*.safetensors.*.tmp")):
        path.unlink(missing_ok=True)  # the latter were being written when somebody killed the writer
    with contextlib.suppress(OSError):  # not there, or holding what is not ours
        engine.checkpoints.rmdir()
