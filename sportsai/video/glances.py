"""Single frames of footage, read as somebody asks for them: where the camera looks, and so about where the ball is.

A frame that is asked for is decoded, its stripes are found, and the court's lines are laid over them by a search about
the camera that was found first. The middle of the picture then lies somewhere on the court: a camera follows the ball.
What a glance told is kept, so that a run that was stopped does not look again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.video.decode import Counter, Footage, frames
from sportsai.video.find import find_court
from sportsai.video.lines import stripes
from sportsai.video.plane import mapped
from sportsai.video.watch import load, write

Float = NDArray[np.float64]
Int = NDArray[np.int64]
KEEP = 50  # glances after which they are written
BEYOND_M = 10.0  # the court: a camera that looks further away shows no play


class Glances:
    """What glances at footage told. camera (7,): of a frame in which the court was found, see `find.Found`. dark: the
    court's lines are. folder: where glances are kept. progress: told how many were made."""

    def __init__(
        self, footage: Footage, league: League, camera: Float, folder: Path, *, dark: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> None:  # fmt: skip
        self.footage, self.league, self.camera, self.dark = footage, league, camera, dark
        self.counter, self._progress = Counter(), progress
        self._path = folder / "glances.npz"
        self._at: dict[int, tuple[float, float]] = {}
        if self._path.exists():
            kept = load(self._path)
            self._at = {int(f): (float(x), float(y)) for f, (x, y) in zip(kept["frame"], kept["at"], strict=True)}

    def __len__(self) -> int:
        return len(self._at)

    def looks_at(self, frame: Int) -> Float:
        """Return where the camera looks in frames of the footage, (n, 2) metres, NaN where the court is not found."""
        new = sorted({int(f) for f in frame} - set(self._at))
        for n, (number, image) in enumerate(frames(self.footage, np.array(new, np.int64), self.counter)):
            self._at[number] = self._look(image)
            if (n + 1) % KEEP == 0:
                self._keep()
            if self._progress:
                self._progress(len(self._at))
        for lost in set(new) - set(self._at):
            self._at[lost] = (np.nan, np.nan)
        if new:
            self._keep()
        return np.array([self._at[int(f)] for f in frame]).reshape(-1, 2)

    def _look(self, image: NDArray[np.uint8]) -> tuple[float, float]:
        high, wide = image.shape[:2]
        found = find_court(stripes(image, self.dark), high, self.league, near=self.camera)
        if found is None:
            return np.nan, np.nan
        (at,) = mapped(np.array([[wide / 2, high / 2]]), found.laid.to_court)
        court = self.league.court
        if not (np.abs(at) <= np.array([court.length_m, court.width_m]) / 2 + BEYOND_M).all():
            return np.nan, np.nan
        return float(at[0]), float(at[1])

    def _keep(self) -> None:
        frame = np.array(sorted(self._at), np.int64)
        write(self._path, {"frame": frame, "at": np.array([self._at[int(f)] for f in frame]).reshape(-1, 2)})
