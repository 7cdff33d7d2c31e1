"""Clips made up for tests: a spotted floor over which the camera pans to the left or to the right."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sportsai.clips.shelf import Shelf, shelved
from sportsai.clips.table import Clips, load_clips
from sportsai.video.snippets import Reading
from tests.video.films import view, write

READING = Reading(pictures=16, height=32, width=48, snippets=2, fields=2, longest=2)


def pan(path: Path, step: int, start: int, frames: int = 8) -> Path:
    """Write a short film in which the camera pans `step` pixels a frame."""
    return write(path, [view(start + step * n, 96, 64) for n in range(frames)])


def folder_of_pans(folder: Path, games: int = 4, each: int = 2) -> Path:
    """Write `each` clips of each direction of each game, and their table; `both` says it with a second label."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, dice = ["file,game,label,both"], np.random.default_rng(1)
    for game in range(games):
        for k in range(2 * each):
            right = k % 2
            name = f"g{game}-{k}.mp4"
            pan(folder / name, 6 if right else -6, int(dice.integers(60, 300)))
            said = "right;any" if right else "any" if k < 2 else ""
            lines.append(f"{name},game {game},{'right' if right else 'left'},{said}")
    (folder / "clips.csv").write_text("\n".join(lines) + "\n")
    return folder


def pans(folder: Path, games: int = 4, each: int = 2, column: str = "label") -> tuple[Clips, Shelf]:
    """Return such clips, read."""
    clips = load_clips(folder_of_pans(folder / "made", games, each), column)
    return clips, shelved(clips, READING, folder / "read")
