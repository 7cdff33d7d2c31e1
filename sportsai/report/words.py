"""A sport's own words for what every sport has: the ball, the goal, the attacking end, the place in front of it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sportsai.court import Court, League
from sportsai.court.zones import Zone

# the zone that is a team's attacking end, and the one that counts as "the box": the first of these a court has
END_ZONES = ("attacking_third", "offensive_zone", "front_court", "their_half", "their_front_zone")
BOX_ZONES = ("penalty_area", "paint", "key", "slot", "crease", "end_zone")
_BALL = {"hockey": "puck"}
_GOAL = {"basketball": "basket", "american_football": "end line", "volleyball": "end line"}
_BOX = {"penalty_area": "box"}
_KEEPERS = ("soccer", "hockey")  # elsewhere a G is a guard


@dataclass(frozen=True)
class Words:
    """ball, goal: "puck", "basket". end: the attacking end in words and from which x on; "" where there is none.

    box: the zone in front of the goal in words, "" where there is none. passes, losses: whether a player's passes and
    lost balls are counted in this sport. keepers: whether somebody keeps goal;
    field: the others, in words.
    """

    ball: str
    goal: str
    end: str
    end_from_m: float
    box: str
    passes: bool
    losses: bool
    keepers: bool
    field: str = "outfield players"


def isolated(name: str) -> str:
    """Return a name that is written from right to left set apart from the sentence about it (U+2068, U+2069), so that
    neither numbers nor marks beside it change places; other names as they are."""
    right_to_left = any(unicodedata.bidirectional(c) in ("R", "AL") for c in name)
    return f"\u2068{name}\u2069" if right_to_left and not name.startswith("\u2068") else name


def possessive(name: str) -> str:
    """Return "Bayern’s", "Bulls’"."""
    return f"{name}’" if name.endswith("s") else f"{name}’s"


def zone_of(court: Court, names: tuple[str, ...]) -> Zone | None:
    """Return the first of these zones that a court has."""
    return next((z for n in names for z in court.zones if z.name == n), None)


def words_of(league: League, court: Court) -> Words:
    """Return the words of a league on its court."""
    end, box = zone_of(court, END_ZONES), zone_of(court, BOX_ZONES)
    return Words(
        ball=_BALL.get(league.sport, "ball"),
        goal=_GOAL.get(league.sport, "goal"),
        end=(end.title or end.name.replace("_", " ")) if end else "",
        end_from_m=float(end.outline.points()[:, 0].min()) if end else 0.0,
        box=_BOX.get(box.name, box.title or box.name.replace("_", " ")) if box else "",
        passes="pass" in league.events and league.sport != "american_football",  # there a pass is a play
        losses="turnover" in league.events,
        keepers=league.sport in _KEEPERS,
        field="skaters" if league.sport == "hockey" else "outfield players",
    )
