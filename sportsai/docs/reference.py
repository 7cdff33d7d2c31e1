"""The references that are written from the code, and where they lie."""

from __future__ import annotations

from pathlib import Path

from sportsai.docs import ROOT, command_line, functions, keys
from sportsai.library.atomic import write_bytes

PAGES = {"cli.md": command_line.text, "toml.md": keys.text, "python.md": functions.text}


def write(into: Path = ROOT / "docs") -> list[Path]:
    """Write every reference into a folder and return their paths."""
    into.mkdir(parents=True, exist_ok=True)
    for name, text in PAGES.items():
        write_bytes(into / name, text().encode())
    return [into / name for name in PAGES]
