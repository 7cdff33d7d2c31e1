"""A map of team styles: labels never overlap, distances are true, and it says that its axes mean nothing."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from sportsai.errors import DataError
from sportsai.report.scores.sheet import measured, style
from sportsai.report.style_map import _fitted, _mds, draw_neighbours, draw_style_map

RNG = np.random.default_rng(1)
TEAMS = [f"T{i:02}" for i in range(30)]
PRINTS = RNG.normal(size=(30, 8)) + 3
SPACE = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> dict[str, ElementTree.Element]:
    assert not re.search(r"\b(nan|inf)\b", svg, re.IGNORECASE)
    return {"".join(t.itertext()).replace("\u00a0", " "): t for t in ElementTree.fromstring(svg).iter(f"{SPACE}text")}


def test_every_team_has_its_label_and_no_two_overlap() -> None:
    svg = draw_style_map(TEAMS, PRINTS, before=PRINTS + RNG.normal(size=PRINTS.shape) * 0.3, counts=range(20, 50))
    found = texts(svg)
    boxes = []
    with style():
        for team in TEAMS:
            x, y = float(found[team].attrib["x"]), float(found[team].attrib["y"])
            boxes.append((x, y - 9, x + measured(team, 12, bold=True), y))
    for a, b in combinations(boxes, 2):
        assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])
    said = " ".join(found)
    assert "The axes have no meaning" in said
    assert "Near means alike" in said
    assert "changed most" in said
    assert "n = 20 to 49 possessions" in said


def test_places_keep_distances_that_are_flat() -> None:
    flat = RNG.normal(size=(9, 2))
    away = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    places, kept = _mds(away)
    assert kept == pytest.approx(1)
    np.testing.assert_allclose(np.linalg.norm(places[:, None] - places[None], axis=-1), away, atol=1e-9)
    at, scale = _fitted(places)
    np.testing.assert_allclose(np.linalg.norm(at[0] - at[1]), away[0, 1] * scale)


def test_earlier_fingerprints_only_where_there_are() -> None:
    before = np.full_like(PRINTS, np.nan)
    assert "Arrows" not in draw_style_map(TEAMS, PRINTS, before=before)
    before[3] = -PRINTS[3]
    assert "T03 changed most" in " ".join(texts(draw_style_map(TEAMS, PRINTS, before=before)))


@pytest.mark.parametrize("metric", ["cosine", "euclid"])
def test_the_same_teams_give_the_same_bytes(metric: str, tmp_path: Path) -> None:
    for draw in (draw_style_map, draw_neighbours):
        path = tmp_path / "new" / "map.svg"
        assert draw(TEAMS, PRINTS, metric=metric, path=path) == draw(TEAMS, PRINTS, metric=metric)
        assert path.read_text(encoding="utf-8") == draw(TEAMS, PRINTS, metric=metric)


def test_names_are_escaped_and_alike_teams_do_not_crash() -> None:
    names = ["<&>", "$a$", "日本"]
    for draw in (draw_style_map, draw_neighbours):
        for prints in (np.ones((3, 4)), np.eye(3), np.zeros((3, 1))):
            found = texts(draw(names, prints))
            assert set(names) <= set(found)


def test_two_teams() -> None:
    for draw in (draw_style_map, draw_neighbours):
        assert "lie 2.00 apart" in " ".join(texts(draw(["A", "B"], np.eye(2))))


def test_like_teams_stand_side_by_side_with_their_nearest() -> None:
    prints = np.array([[1.0, 0], [0, 1], [1, 0.1], [0.1, 1]])
    found = texts(draw_neighbours(["A", "B", "C", "D"], prints, metric="euclid", centred=False))
    where = {n: float(found[n].attrib["x"]) for n in "ABCD"}  # of the columns: written after the rows
    order = sorted(where, key=where.__getitem__)
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset("AC"), frozenset("BD")}
    assert any(t.startswith("C .10, ") for t in found)


@pytest.mark.parametrize(
    ("names", "prints", "more"),
    [
        (["A"], np.ones((1, 2)), {}),
        (["A", "B"], np.ones((3, 2)), {}),
        (["A", "B"], np.ones(2), {}),
        (["A", "B"], np.array([[1.0, np.nan], [0, 1]]), {}),
        (["A", "B"], np.eye(2), {"before": np.eye(3)}),
        (["A", "B"], np.eye(2), {"counts": [1, 0]}),
        (["A", "B"], np.eye(2), {"colors": ["#000000"]}),
        (["A", "B"], np.eye(2), {"metric": "guess"}),
    ],
)
def test_what_does_not_fit_is_refused(names: list[str], prints: np.ndarray, more: dict) -> None:
    with pytest.raises(DataError):
        draw_style_map(names, prints, **more)
