"""Row 1: a sport's facts in code: court, clock, vocabulary, league."""

from sportsai.court.geometry import Court
from sportsai.court.league import League, league_names, load_league

__all__ = ["Court", "League", "league_names", "load_league"]
