"""The notebooks: public functions only, kept without outputs, every cell runs, and their pages need nothing else."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import sportsai as sa
from sportsai.docs.notebooks import PAGES, PICTURE, notebooks, page, run

ALLOWED = {"sportsai", "pandas", "numpy", "matplotlib", "matplotlib.pyplot", "pathlib", "tempfile"}
MAGIC = re.compile(r"^%env [A-Z_]+=\S+$", re.M)
NAMES = [p.stem for p in notebooks()]


def path_of(name: str) -> Path:
    return next(p for p in notebooks() if p.stem == name)


def code(name: str) -> list[str]:
    return ["".join(c["source"]) for c in json.loads(path_of(name).read_text())["cells"] if c["cell_type"] == "code"]


def test_there_are_seven_in_order() -> None:
    assert [n[:2] for n in NAMES] == [f"{i:02d}" for i in range(1, 8)]


@pytest.mark.parametrize("name", NAMES)
def test_kept_without_outputs(name: str) -> None:
    raw = json.loads(path_of(name).read_text())
    for cell in raw["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
    title = "".join(raw["cells"][0]["source"]).splitlines()[0]
    assert title.startswith("# ") and title.endswith("?"), "a notebook answers one question"


@pytest.mark.parametrize("name", NAMES)
def test_only_public_functions(name: str) -> None:
    for cell in code(name):
        tree = ast.parse(MAGIC.sub("", cell))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert {a.name for a in node.names} <= ALLOWED
            elif isinstance(node, ast.ImportFrom):
                assert node.module in ALLOWED and node.module != "sportsai"
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert node.value.id != "sa" or node.attr in sa.__all__, node.attr
                assert not node.attr.startswith("_")


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_told_in_words(name: str) -> None:
    for cell in code(name):
        assert ("plt.show()" in cell) == bool(PICTURE.search(cell))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_runs_from_top_to_bottom(name: str, tmp_path: Path) -> None:
    made = run(path_of(name), tmp_path)  # a cell that fails raises
    shown = sum(len(c["outputs"]) for c in made["cells"] if c["cell_type"] == "code")
    assert shown >= 4
    text = page(made, name)
    assert len(text) < 4e6
    assert not re.search(r"<(script|iframe)\b|(src|href)=\"(?!data:)", text), "a page needs nothing else"
    assert "No description" not in text and 'alt=""' not in text
    for output in (o for c in made["cells"] if c["cell_type"] == "code" for o in c["outputs"]):
        assert output["output_type"] != "error"


def test_a_page_escapes_what_cells_say() -> None:
    def cell(kind: str, source: str, outputs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        return {"cell_type": kind, "source": source, **({"outputs": outputs} if outputs is not None else {})}

    said = {"output_type": "stream", "name": "stdout", "text": "<b>x</b>"}
    noise = {"output_type": "stream", "name": "stderr", "text": "a warning"}
    table = {
        "output_type": "display_data",
        "data": {"text/html": "<style>x</style><table><tr><td>Kim</td><td>1.5</td><td>NaN</td></tr></table>"},
    }
    picture = {"output_type": "display_data", "data": {"image/png": "AAAA"}}
    made = {
        "cells": [
            cell("markdown", "# Is it *so*?"),
            cell("code", "print('<b>')", [said, noise, table]),
            cell("code", "# The picture: two <teams>.\nplt.show()", [picture]),
        ]
    }
    text = page(made, "00_x")
    assert "<title>Is it *so*?</title>" in text and "<h1>Is it <em>so</em>?</h1>" in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text and "<b>x" not in text and "a warning" not in text
    assert '<td class="word">Kim</td><td>1.5</td><td>–</td>' in text and "<style>x" not in text
    assert 'alt="two &lt;teams&gt;."' in text


def test_the_pages_are_of_these_notebooks() -> None:
    assert sorted(p.stem for p in PAGES.glob("*.html")) == NAMES
