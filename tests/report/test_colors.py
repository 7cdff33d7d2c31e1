"""Team colours can be told apart by everybody and stand out from both backgrounds."""

from __future__ import annotations

import itertools

import pytest

from sportsai.report.colors import DARK, LEAST_APART, LEAST_CONTRAST, LIGHT, apart, contrast, ink_on, team_colors

KITS = ["#e4070c", "#f4e422", "#ffffff", "#000000", "#00a650", "#0033a0", "#6cabdd", "#7f7f7f", None, "red"]


@pytest.mark.parametrize(("home", "away"), list(itertools.combinations_with_replacement(KITS, 2)))
def test_any_two_kits_become_two_colours_apart(home: str | None, away: str | None) -> None:
    colors = team_colors(home, away)
    for pair, behind in ((colors.light, LIGHT), (colors.dark, DARK)):
        assert apart(*pair) >= LEAST_APART
        assert min(contrast(c, behind) for c in pair) >= LEAST_CONTRAST
        assert min(contrast(c, ink_on(c)) for c in pair) >= 3


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_red_and_green_are_close_for_a_deuteranope() -> None:
    assert apart("#a55a00", "#5a7d00") < 0.1  # far apart in ordinary sight
