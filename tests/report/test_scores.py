"""The figures of a results table: they are there, say what the table says, and survive tables with little in them."""

from __future__ import annotations

import builtins
import json
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from sportsai.errors import SportsaiError, StoreError
from sportsai.learn.metrics import confusion, curve, expected_calibration_error, per_class_ap
from sportsai.report.scores import draw_scores
from sportsai.report.scores.sheet import decimal, spoken, style

ALL = {"models.svg", "precision_recall.svg", "confusion.svg", "reliability.svg"}
MODELS = ("shared_compare + boosted", "boosted", "shared_compare", "majority")


def results(names: list[str], n: int = 400, *, best: str = MODELS[0], seed: int = 0) -> dict[str, Any]:
    """Return a table shaped like `compare`'s, of made-up scores that get worse from model to model."""
    rng = np.random.default_rng(seed)
    K = len(names)
    label = np.concatenate([np.arange(K), rng.integers(K, size=n - K)])
    name = "mAP" if K <= 12 else "top-1"
    table: dict[str, Any] = {
        "recipe": "hockey/plays", "title": "Events about a moment", "items": n, "headline": name, "contests": 5,
        "parts": 5, "names": names, "chance": {name: 1 / K}, "best": best, "rows": [], "curves": {}, "confusion": [],
        "note": f"{n} moments of 5 games in 5 parts; no game trains and tests; 95 % intervals draw games.",
        "differences": {MODELS[0]: [0.05, 0.02, 0.08], "shared_compare": [-0.01, -0.03, 0.01]},
    }  # fmt: skip
    for i, model in enumerate((*MODELS, "shared_compare, unknown key")):
        scores = rng.normal(size=(n, K))
        scores[np.arange(n), label] += 2 - 0.4 * i
        ap = per_class_ap(label, scores)
        mean = {name: float(ap.mean()), **{f"AP {k}": float(a) for k, a in zip(names, ap, strict=True)}}
        low, high = mean[name] - 0.05, mean[name] + 0.04
        table["rows"].append({"model": model, "seeds": 3, "mean": mean, "sd": {}, "interval": [low, high]})
        drawn = {"shared_compare": "shared_compare, known key"}.get(model, model)
        if K <= 12 and (model == best or "shared" in model):
            for k, what in enumerate(names):
                precision, recall = curve(label == k, scores[:, k])
                table["curves"].setdefault(drawn, {})[what] = [recall[::7].tolist(), precision[::7].tolist()]
        if model == best:
            table["confusion"] = confusion(label, scores.argmax(1), K).tolist()
            p = np.exp(scores).max(1) / np.exp(scores).sum(1)
            right, bins = scores.argmax(1) == label, np.minimum((p * 10).astype(int), 9)
            each = [[p[bins == b].mean(), right[bins == b].mean(), int((bins == b).sum())] for b in np.unique(bins)]
            table["reliability"] = {"model": model, "bins": each, "ece": expected_calibration_error(right, p)}
    return json.loads(json.dumps(table, default=float))


def words(path: Path) -> str:
    """Return all text of an SVG, lines joined; also check that it parses and has only finite numbers."""
    content = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(content)
    assert not re.search(r"\b(nan|inf)\b", re.sub(r"<text.*?</text>", "", content, flags=re.IGNORECASE), re.IGNORECASE)
    space = "{http://www.w3.org/2000/svg}"
    return " ".join("".join(t.itertext()) for t in root.iter(f"{space}text")).replace("\u00a0", " ")


def test_every_figure_of_a_full_table(tmp_path: Path) -> None:
    paths = draw_scores(results(["pass", "shot", "dump_in"]), tmp_path / "new" / "folder")
    assert {p.name for p in paths} == ALL
    assert {p.name for p in (tmp_path / "new" / "folder").iterdir()} == ALL  # no temporary file is left
    said = {p.name: words(p) for p in paths}
    assert "ahead of gradient boosting (+.05, 95 % +.02 to +.08)" in said["models.svg"]
    assert "chance .33" in said["models.svg"]
    assert "key player unknown" in said["models.svg"]
    assert "400 moments of 5 games" in said["models.svg"]
    assert "dump in" in said["precision_recall.svg"]
    assert "moments right; most often wrong" in said["confusion.svg"]
    assert re.search(r"Stated \d+ %, right \d+ %: ECE \.\d\d", said["reliability.svg"])
    for p in paths:
        assert "DejaVu" not in p.read_text()  # measured with it, shown in the reader's own


def test_names_are_escaped_and_not_mathematics(tmp_path: Path) -> None:
    names = ["<&>\"'", "$x^2$ --> \x07\ud800", "日本"]
    for path in draw_scores(results(names), tmp_path):
        said = words(path)
        if path.name in ("confusion.svg", "precision_recall.svg"):
            assert "<&>\"'" in said
            assert "$x^2$ -->" in said
            assert "日本" in said


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    table = results(["pass", "shot"])
    before = dict(matplotlib.rcParams)
    once = [p.read_bytes() for p in draw_scores(table, tmp_path / "a")]
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.grid": True}):
        again = [p.read_bytes() for p in draw_scores(table, tmp_path / "b")]
    assert once == again
    assert dict(matplotlib.rcParams) == before


def test_many_classes_are_a_heat_map(tmp_path: Path) -> None:
    paths = draw_scores(results([f"T{i:02}" for i in range(30)], 3000), tmp_path)
    assert {p.name for p in paths} == ALL - {"precision_recall.svg"}
    said = words(tmp_path / "confusion.svg")
    assert said.count("T29") >= 2
    assert "right when said" not in said


def test_a_hundred_classes_and_one(tmp_path: Path) -> None:
    for names in ([f"class {i}" for i in range(100)], ["only"]):
        assert draw_scores(results(names), tmp_path)
        words(tmp_path / "confusion.svg")


@pytest.mark.parametrize("table", [{}, {"rows": []}, {"ways": []}, {"names": ["a"], "confusion": [], "curves": {}}])
def test_nothing_in_nothing_out(table: dict[str, Any], tmp_path: Path) -> None:
    assert draw_scores(table, tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


def test_tables_with_holes(tmp_path: Path) -> None:
    table = results(["pass", "shot", "never"])
    hole = {"confusion": [[0, 0, 0]] * 3, "reliability": {"bins": []}, "differences": {"x": [None] * 3}, "chance": {}}
    table |= hole
    table["rows"][1]["interval"] = None
    table["rows"][2]["interval"] = [math.nan, math.nan]
    table["rows"][3]["mean"] = {"mAP": None}
    table["rows"][0]["mean"]["AP never"] = math.nan
    for each in table["curves"].values():
        each["never"] = [[0.0, 0.0], [0.0, 0.0]]  # no positive: recall stays at 0
    paths = draw_scores(table, tmp_path)
    assert {p.name for p in paths} == {"models.svg", "precision_recall.svg"}
    assert "Without an example: never" in words(tmp_path / "precision_recall.svg")
    assert "Majority" not in words(tmp_path / "models.svg")


def test_a_class_without_example_keeps_its_row(tmp_path: Path) -> None:
    table = results(["pass", "shot", "never"])
    table["confusion"] = [[10, 1, 0], [2, 9, 0], [0, 0, 0]]
    draw_scores(table, tmp_path)
    said = words(tmp_path / "confusion.svg")
    assert "Without an example: never" in said
    assert "n = 0" in said


def test_a_choice_among_players_has_no_classes(tmp_path: Path) -> None:
    table = results([f"{i}" for i in range(20)]) | {"names": [], "confusion": [], "curves": {}}
    assert {p.name for p in draw_scores(table, tmp_path)} == {"models.svg", "reliability.svg"}


def test_weights_on_games_of_a_folder(tmp_path: Path) -> None:
    row = {"model": "shared_compare + boosted", "seeds": 1, "mean": {"mAP": 0.6}, "sd": {}, "interval": [0.5, 0.7]}
    guess = {"model": "chance", "seeds": 1, "mean": {"mAP": 0.5}, "sd": {}, "interval": None}
    old = {"title": "2 games TRAINED ON", "trained": True, "items": 9, "confusion": [[9, 0], [0, 0]]}
    new = {"title": "1 game never seen", "trained": False, "items": 8, "confusion": [[5, 1], [0, 2]]}
    ways = [way | {"rows": [row, guess]} for way in (old, new)]
    table = {"title": "T", "names": ["a", "b"], "headline": "mAP", "note": "As given.", "ways": ways}
    assert {p.name for p in draw_scores(table, tmp_path)} == {"models.svg", "confusion.svg"}
    said = words(tmp_path / "confusion.svg")
    assert "1 game never seen" in said
    assert "TRAINED" not in said
    assert "88 % of 8 moments right" in said
    said = words(tmp_path / "models.svg")
    assert "2 games TRAINED ON (9 moments)" in said
    assert "chance .50" in said


def test_the_older_table_has_only_models(tmp_path: Path) -> None:
    rows = results(["pass", "shot"])["rows"]
    table = {
        "recipe": "soccer/x",
        "note": "One game.",
        "ways": [{"title": "periods 1 train", "items": 5, "rows": rows}],
    }
    assert [p.name for p in draw_scores(table, tmp_path)] == ["models.svg"]


def test_without_matplotlib_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **more: Any) -> Any:
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(SportsaiError, match=r"sportsai\[plots\]"):
        draw_scores(results(["pass", "shot"]), tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        draw_scores(results(["pass", "shot"]), tmp_path / "file")


def test_labels_stand_clear_of_the_edges(tmp_path: Path) -> None:
    from sportsai.report.scores.sheet import measured

    for names in (["pass", "rush"], [f"a rather long class {i}" for i in range(12)], ["W" * 40, "i"]):
        for path in draw_scores(results(names), tmp_path):
            root = ElementTree.parse(path).getroot()
            width = float(root.attrib["width"])
            with style():
                for t in root.iter("{http://www.w3.org/2000/svg}text"):
                    look = t.attrib["style"]
                    size = float(re.search(r"([\d.]+)px", look)[1])  # type: ignore[index]
                    turn = float((re.search(r"rotate\((-?[\d.]+)", t.get("transform", "")) or [0, "0"])[1])
                    x = float(t.attrib.get("x") or re.search(r"translate\(([\d.]+)", t.attrib["transform"])[1])  # type: ignore[index]
                    wide = measured("".join(t.itertext()), size, bold="700" in look or "bold" in look)
                    wide *= math.cos(math.radians(turn))
                    x -= {"middle": wide / 2, "end": wide}.get((re.search(r"anchor: (\w+)", look) or [0, ""])[1], 0)
                    assert x > 0
                    assert x + wide < width, "".join(t.itertext())


def test_words() -> None:
    assert [decimal(v) for v in (0.553, 1.0, 0.0, -0.034, -0.001)] == [".55", "1.00", ".00", "−.03", ".00"]
    assert spoken("shared_compare + boosted") == "Shared-Compare + gradient boosting"
    assert spoken("shared_compare, unknown key") == "Shared-Compare, key player unknown"
    assert spoken("own_model") == "own_model"
