"""The figures of a results table: where models lie, what is taken for what, whether stated probabilities hold.

paths = draw_scores(table, Path("runs/hockey-plays"))  # SVG with text that can be selected, one file a figure

A figure whose data the table has not is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sportsai.report.scores.confusion import draw_confusion
from sportsai.report.scores.links import draw_correlation, draw_given, draw_links
from sportsai.report.scores.looks import draw_looks
from sportsai.report.scores.models import draw_models
from sportsai.report.scores.people import draw_people
from sportsai.report.scores.precision_recall import draw_precision_recall
from sportsai.report.scores.reliability import draw_reliability
from sportsai.report.scores.sheet import Sheet, style, write_picture


def draw_scores(table: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write every figure the results table has data for into `folder` and return their paths.

    precision_recall.svg, confusion.svg, reliability.svg, models.svg; of tasks with many labels correlation.svg,
    labels.svg and given.svg, of tasks with people people.svg; looks.svg where
    a moment is told. The table is what `compare`, `unseen`, `evaluate`
    or `score_weights` returns, or the same read back from JSON.

    Raises SportsaiError when matplotlib is not installed, StoreError when a file cannot be written.
    """
    figures: dict[str, Callable[[Mapping[str, Any]], Sheet | None]] = {
        "models.svg": draw_models, "precision_recall.svg": draw_precision_recall, "confusion.svg": draw_confusion,
        "reliability.svg": draw_reliability, "correlation.svg": draw_correlation, "labels.svg": draw_links,
        "given.svg": draw_given, "people.svg": draw_people, "looks.svg": draw_looks,
    }  # fmt: skip
    written = []
    for name, draw in figures.items():
        with style():
            sheet = draw(table)
            content = sheet.svg() if sheet is not None else None
        if content is not None:
            written.append(write_picture(folder / name, content))
    return written
