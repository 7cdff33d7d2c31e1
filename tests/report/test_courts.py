"""Drawn courts: every league's draws, to scale, with metres as its axes, and says what is on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from sportsai.court import league_names, load_league
from sportsai.errors import ShapeError, SportsaiError
from sportsai.report.courts import THEMES, draw_court, note_attack, on_axes


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.mark.parametrize("name", league_names())
def test_every_court_draws(name: str, tmp_path: Path) -> None:
    court = load_league(name).court
    ax = draw_court(court)
    picture = tmp_path / "court.png"
    ax.get_figure().savefig(picture, dpi=30)
    assert picture.stat().st_size > 1000
    assert ax.get_aspect() == 1.0
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    assert x0 == -x1 < -court.half_length_m
    assert y0 == -y1 < -court.half_width_m
    assert not ax.get_xticks().size
    assert not ax.get_yticks().size


def test_axes_are_metres_lying_and_standing() -> None:
    court = load_league("nhl").court
    for vertical in (False, True):
        ax = draw_court(court, vertical=vertical, theme="dark")
        right, left = on_axes([(20.0, 0.0), (0.0, 10.0)], vertical=vertical)
        seen = ax.transData.transform([right, left, (0, 0)])
        attack, wing = seen[0] - seen[2], seen[1] - seen[2]
        # attack goes right and its left wing up; standing, attack goes up and its left wing left
        along, aside = ((0, 1), (1, 1)) if not vertical else ((1, 1), (0, -1))
        assert attack[along[0]] * along[1] > 1
        assert abs(attack[1 - along[0]]) < 1e-6
        assert wing[aside[0]] * aside[1] > 1


def test_soccer_is_drawn_by_mplsoccer_about_our_origin() -> None:
    court = load_league("soccer").court.resized(100, 60)
    ax = draw_court(court, pad_m=3)
    assert ax.get_xlim() == (-53, 53)
    lines = [np.sort(line.get_xydata(), axis=0) for line in ax.lines]
    # the right penalty area of a 100 x 60 m pitch: 16.5 m deep, 40.32 m wide
    area = [(33.5, -20.16), (33.5, -20.16), (50, 20.16), (50, 20.16)]
    assert any(line.shape == (4, 2) and np.allclose(line, area) for line in lines)


def test_draws_on_given_axes_and_says_the_direction() -> None:
    _, ax = plt.subplots()
    assert draw_court(load_league("nba").court, ax, line_colour="#123456", line_zorder=2.5) is ax
    assert max(c.get_zorder() for c in ax.collections) >= 2.5
    note_attack(ax)
    assert ax.texts[-1].get_text() == "attacks →"


def test_unknown_theme_and_bad_positions() -> None:
    with pytest.raises(SportsaiError, match=r'no theme named "lihgt"\. Did you mean "light"'):
        draw_court(load_league("nba").court, theme="lihgt")
    with pytest.raises(ShapeError, match=r"xy has shape \(3,\)"):
        on_axes([1, 2, 3])
    assert set(THEMES) == {"light", "dark"}
