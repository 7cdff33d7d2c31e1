"""Other names of events and of zones, as people of five sports use them; those of the types a library knows count."""

from __future__ import annotations

from dataclasses import dataclass

_THREES = ("corner_three_left", "corner_three_right", "above_the_break")
OWN_HALF, THEIR_HALF = "own half", "opponents' half"


@dataclass(frozen=True)
class Meaning:
    """What an event's name stands for: types, in zones where it says so, with a label where it says so."""

    types: tuple[str, ...]
    zones: tuple[str, ...] = ()
    label: str = ""


ALIASES: dict[str, tuple[Meaning, ...]] = {
    "shot": (Meaning(("shot", "made_shot", "missed_shot")),),
    "goal": (Meaning(("goal",)), Meaning(("shot",), label="goal")),
    "basket": (Meaning(("made_shot",)),),
    "made basket": (Meaning(("made_shot",)),),
    "field goal": (Meaning(("made_shot", "missed_shot", "field_goal_play")),),
    "miss": (Meaning(("missed_shot",)),),
    "three pointer": (Meaning(("shot", "made_shot", "missed_shot"), _THREES),),
    "made three": (Meaning(("made_shot",), _THREES),),
    "missed three": (Meaning(("missed_shot",), _THREES),),
    "pass": (Meaning(("pass", "l_pass", "r_pass")),),
    "set": (Meaning(("l_set", "r_set", "setting")),),
    "spike": (Meaning(("l_spike", "r_spike", "spiking")),),
    "point": (Meaning(("l_winpoint", "r_winpoint")),),
    "block": (Meaning(("block", "blocking")),),
    "dig": (Meaning(("digging",)),),
    "giveaway": (Meaning(("turnover",)),),
    "ball loss": (Meaning(("turnover",)),),
    "steal": (Meaning(("takeaway", "interception")),),
    "recovery": (Meaning(("recovery", "puck_recovery")),),
    "entry": (Meaning(("entry_carried", "entry_played", "entry_dumped")),),
    "controlled entry": (Meaning(("entry_carried", "entry_played")),),
    "corner kick": (Meaning(("corner",)),),
    "kickoff": (Meaning(("kick_off", "kickoff")),),
    "sub": (Meaning(("substitution",)),),
}
for _new, _old in {
    "3 pointer": "three pointer", "three": "three pointer", "three point shot": "three pointer", "bucket": "basket",
    "attack": "spike", "kill": "spike", "zone entry": "entry", "kick off": "kickoff", "loss": "ball loss",
}.items():  # fmt: skip
    ALIASES[_new] = ALIASES[_old]
ANY = {"event", "anything", "everything", "any", "any event", "any play", "play", "moment"}

ZONES: dict[str, tuple[str, ...]] = {
    "box": ("penalty_area",),
    "own box": ("own_penalty_area",),
    "final third": ("attacking_third",),
    "own third": ("defensive_third",),
    "wing": ("wide_left", "wide_right"),
    "half space": ("half_space_left", "half_space_right"),
    "attacking zone": ("offensive_zone",),
    "defending zone": ("defensive_zone",),
    "three point range": _THREES,
    "corner three": ("corner_three_left", "corner_three_right"),
    "own half": (OWN_HALF,),
    "opponents half": (THEIR_HALF,),
}
for _new, _old in {
    "area": "box", "penalty box": "box", "18 yard box": "box", "last third": "final third", "o zone": "attacking zone",
    "d zone": "defending zone", "own zone": "defending zone", "wide": "wing", "beyond the arc": "three point range",
    "three": "three point range", "attacking half": "opponents half", "opposition half": "opponents half",
    "their half": "opponents half", "other half": "opponents half", "defensive half": "own half",
}.items():  # fmt: skip
    ZONES[_new] = ZONES[_old]
for _new, _name in {"key": "paint", "lane": "paint", "endzone": "end_zone"}.items():
    ZONES[_new] = (_name,)
