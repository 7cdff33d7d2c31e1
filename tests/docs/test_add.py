"""docs/add.md, followed to the letter: its files are written where it says, and used as it says."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import sportsai as sa
from sportsai.docs import ROOT
from tests.conftest import make_game

PAGE = (ROOT / "docs" / "add.md").read_text()
FILES = dict(re.findall(r"^```(?:toml|python)\n# (\S+)\n(.*?)^```$", PAGE, re.M | re.S))


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Write every file of the page below a folder; code is found in its package as a file put there would be."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("SPORTSAI_LEAGUES", str(tmp_path / "my-leagues"))
    before = set(sys.modules)
    for name in FILES:
        if name.endswith(".py"):
            package = importlib.import_module(".".join(Path(name).parts[:-1]))
            monkeypatch.setattr(package, "__path__", [*package.__path__, str((tmp_path / name).parent)])
    importlib.invalidate_caches()
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("sportsai.") and name.rpartition(".")[2] in {Path(n).stem for n in FILES}:
            del sys.modules[name]


def test_the_page_has_a_file_of_each_kind() -> None:
    kinds = {"league.toml", "dots.toml", "lines.py", "mean_place.py", "let_go.toml", "seen_minutes.py"}
    assert {Path(name).name for name in FILES} == kinds


def test_a_league_and_a_table(followed: Path) -> None:
    league = sa.load_league("sunday")
    assert (league.court.length_m, league.court.width_m) == (96, 60)
    assert league.events["nutmeg"].label == "Nutmeg" and "pass" in league.events
    rows = [f"{n},{who},{team},{x + n},{y}" for n in range(5) for who, team, x, y in
            (("a", "us", -10, 0), ("b", "them", 10, 5), ("ball", "ball", 0, 0))]  # fmt: skip
    (followed / "game.csv").write_text("\n".join(["n,who,team,x_m,y_m", *rows]))
    game = sa.read(followed / "game.csv", "sunday", "dots")
    assert game.tracks is not None and game.tracks.T == 5
    assert game.tracks.xy[3, 0].tolist() == [-7, 0] and game.tracks.ball_xy[4].tolist() == [4, 0]


def test_a_reader(followed: Path) -> None:
    lines = [f"{n / 10} | {n},0 1,2 | 5,5 -6,{n} | 0.5,{n}" for n in range(4)]
    path = followed / "match.lines"
    path.write_text("\n".join(lines))
    game = sa.read(path, "soccer")  # recognised by its sniff
    assert game.provider == "lines" and game.tracks is not None
    assert game.tracks.xy[2].tolist() == [[2, 0], [1, 2], [5, 5], [-6, 2]]
    assert sa.ingest(followed / "library", path, "soccer", "lines") == ["match"]
    path.write_text("\n".join([*lines, "0.4 | 1,1 1"]))
    with pytest.raises(sa.SportsaiError, match="line 5: not a frame; expected s"):
        sa.read(path, "soccer")


def test_a_model_keeps_the_promises(followed: Path) -> None:
    from sportsai.models import load_model, model_names

    assert "mean_place" in model_names()
    module = load_model("mean_place")
    torch.manual_seed(0)
    model, batch = module.Model(module.Config()), module.example(module.Config(), torch.Generator().manual_seed(1))
    given = {k: v for k, v in batch.items() if k != "label"}
    output = model(**given)
    module.loss(output, batch).backward()
    assert output.shape == (3, 6)
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
    alone = model(**{k: v[:1] for k, v in given.items()})
    assert torch.allclose(alone, output[:1], atol=1e-6)


@pytest.mark.slow
def test_a_recipe_trains_and_is_compared(followed: Path) -> None:
    weights = sa.train("sunday", "let_go", out=followed / "first")
    assert weights.is_file() and (followed / "first" / "card.md").is_file()
    found = sa.scores(sa.evaluate("sunday", "let_go", models="mean_place,majority", seeds=1)).set_index("model")
    assert np.isclose(found.loc["majority", "mAP"], 1 / 3)
    assert 0 < found.loc["mean_place", "mAP"] < 1  # two passes over little: it need not be good


def test_a_section_stands_in_the_report(followed: Path) -> None:
    library = sa.Library(followed / "library", create=True)
    library.add(make_game())
    page = sa.write_report(library, "made-up", followed / "report.html").read_text()
    assert "How much was on camera" in page and "Minutes on camera" in page
