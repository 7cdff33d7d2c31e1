"""What is written from the code: references of commands, keys and functions; notebooks and the report as pages.

    python -m sportsai.docs reference      docs/cli.md, docs/toml.md, docs/python.md
    python -m sportsai.docs notebooks      reports/examples/notebooks/*.html, every cell run
    python -m sportsai.docs pictures       reports/examples/pictures/*.webp, of the demo report and the notebooks

Tests say when the references are stale. Needs a clone, and the development tools: `make test` installs them.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The clone."""
