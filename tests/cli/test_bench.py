"""A benchmark's page is renewed part by part: the rest of it stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sportsai.cli.bench import renewed

OLD = """# t

How it is counted.

## one

| a |
|---|
| 1 |

## two

as it was

`sportsai bench t`, 2026-01-01, Python 3.11, 2 cores.
"""
NEW = """# t

How it is counted now.

## two

as it is

## three

new

`sportsai bench t --part b`, 2026-02-02.
"""


def test_sections_of_the_same_heading_are_replaced() -> None:
    page = renewed(OLD, NEW)
    assert page.startswith("# t\n\nHow it is counted now.\n\n## one\n\n| a |\n|---|\n| 1 |\n\n## two\n\nas it is\n\n")
    assert page.endswith(
        "## three\n\nnew\n\n`sportsai bench t`, 2026-01-01, Python 3.11, 2 cores.\n\n"
        "`sportsai bench t --part b`, 2026-02-02.\n"
    )
    assert renewed(page, NEW) == page


def test_a_part_is_measured_alone_and_written_into_the_page(type_, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("sportsai.bench.whole_game.PARTS", {"one": lambda seeds: [{"task": "two", "say": "anew"}]})
    (tmp_path / "p.md").write_text(OLD)
    type_("bench", "whole_game", "--part", "one", "-o", "p.md")
    text = (tmp_path / "p.md").read_text()
    assert "## one\n\n| a |" in text and "## two\n\nanew" in text and "as it was" not in text
    assert "`sportsai bench t`, 2026-01-01" in text and "`sportsai bench whole_game --part one`" in text


@pytest.mark.parametrize(
    ("name", "part", "said"), [("whole_game", "speeed", 'Did you mean "speed"'), ("start", "x", "no parts")]
)
def test_parts_that_are_none(type_, name: str, part: str, said: str) -> None:
    assert said in type_("bench", name, "--part", part, code=1)
