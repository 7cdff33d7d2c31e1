"""What benchmarks of footage share: parts run one by one, data that may not be here, figures of boxes as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sportsai.errors import DataError
from sportsai.resources import data_folder
from sportsai.video.score import Counts

Part = Callable[[bool], list[dict[str, Any]]]


def rows_of(parts: Mapping[str, Part], quick: bool, asked: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rows of every part, or of those asked for; a part whose data are not here says so."""
    rows: list[dict[str, Any]] = []
    for name, part in parts.items():
        if not asked or name in asked:
            try:
                rows += part(quick)
            except DataError as missing:
                rows.append({"task": name, "say": f"Not measured: {missing}"})
    return rows


def data(name: str) -> Path:
    """Return a folder of the data; DataError where it is not here."""
    folder = data_folder()
    if folder is None or not (folder / name).is_dir():
        raise DataError(
            f'the data of "{name}" are not here', expected="SPORTSAI_DATA with it", todo="Set SPORTSAI_DATA."
        )
    return folder / name


def figures(c: Counts, identity: bool) -> dict[str, str]:
    """Return figures of boxes as text; of who is who where `identity`."""
    told = {"recall": f"{c.recall:.3f}", "precision": f"{c.precision:.3f}"}
    return told | ({"IDF1": f"{c.idf1:.3f}", "MOTA": f"{c.mota:.3f}", "HOTA": f"{c.hota_mean:.3f}"} if identity else {})
