"""What can be said of a window in numbers, each with a name: who stands where, moves where, and who has the ball.

Every sport, any number of players and samples, with or without a ball; NaN where something was not seen. The key's team
attacks +x. Sideways never means left or right: |y|, or y counted towards the key's own touchline, so a window and its
mirror image are described by the same numbers. A name is `stem@when`: samples of the window by their share of the way
from the reference (0) to its first (-1) or last (+1) sample, so names do not depend on how many samples there are,
as long as there are eight each way.
Lengths are metres, speeds metres a sample. `MEANINGS` says what each stem is, `PLACE_MEANINGS` those of a candidate; a
ball whose height is known has more to say (`flight`): `FLIGHT_MEANINGS`, `HOLDER_MEANINGS`.
"""

from sportsai.data.describe.boxes import describe_boxes
from sportsai.data.describe.flight import describe_flight, describe_holders, held
from sportsai.data.describe.meanings import FLIGHT_MEANINGS, HOLDER_MEANINGS, MEANINGS, PLACE_MEANINGS
from sportsai.data.describe.places import describe_places
from sportsai.data.describe.whole import describe

__all__ = [
    "FLIGHT_MEANINGS",
    "HOLDER_MEANINGS",
    "MEANINGS",
    "PLACE_MEANINGS",
    "describe",
    "describe_boxes",
    "describe_flight",
    "describe_holders",
    "describe_places",
    "held",
]
