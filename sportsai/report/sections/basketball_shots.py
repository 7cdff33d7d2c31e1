"""Where basketball's shots were taken, as the shooter stood, and what each distance was worth."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.basketball import moments
from sportsai.report.basketball.factors import THREE_M
from sportsai.report.basketball.offence import FLIGHT_S, HELD_M, RIM_M, Shot, offence
from sportsai.report.counts import wilson
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.shot_map import Spot, spot_map
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.plays import Evidence
from sportsai.report.section import Cell, Column, Section, Table
from sportsai.units import FOOT_M

PAGE, ORDER, SPORTS = "match", 30, ("basketball",)
NEAR_M, MIDDLE_M = 8 * FOOT_M, 16 * FOOT_M  # the NBA's own steps of shot distance
LEAST = 3
MOMENTS_HOW = moments.HOW
key_moments = moments.key_moments


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return both teams' shots, None where too few were found on the court."""
    shots = offence(m).shots
    placed = [s for s in shots if s.at is not None]
    if len(placed) < LEAST:
        return None
    figures = tuple(f for side in (HOME, AWAY) if (f := _map(m, evidence, shots, side)) is not None)
    how = (
        f"A shooter’s place is where the middle of the body was at the last sample with the ball within "
        f"{HELD_M} m, before the ball came to within {RIM_M} m of the rim at its height, at most {FLIGHT_S} s later; "
        f"at {float(m.tracks.rate_hz if m.tracks else 1):.1f} samples a second that is up to "
        f"{1 / float(m.tracks.rate_hz if m.tracks else 1):.1f} s before the release. {len(shots) - len(placed)} of "
        f"{len(shots)} shots were not found so (blocked, off the rim’s reach, or by a player not tracked) and are on "
        "no map. Ranges: 95%, Wilson."
    )
    return Section("shots", "Shots", _says(m, evidence, placed), (), figures, (_bands(m, evidence, placed),), how=how)


def band(s: Shot) -> str:
    """Return in which band of distance a placed shot was taken."""
    assert s.rim_m is not None
    if s.beyond_m is not None and s.beyond_m >= 0:
        return "beyond the three-point line"
    if s.beyond_m is not None and s.beyond_m >= -THREE_M:
        return f"up to {THREE_M} m inside the line"
    if s.rim_m <= NEAR_M:
        return f"under {NEAR_M:.1f} m"
    return f"{NEAR_M:.1f}–{MIDDLE_M:.1f} m" if s.rim_m <= MIDDLE_M else f"over {MIDDLE_M:.1f} m, inside the line"


def bands() -> list[str]:
    """Return the bands of distance, the nearest first."""
    return [
        f"under {NEAR_M:.1f} m", f"{NEAR_M:.1f}–{MIDDLE_M:.1f} m", f"over {MIDDLE_M:.1f} m, inside the line",
        f"up to {THREE_M} m inside the line", "beyond the three-point line",
    ]  # fmt: skip


def _says(m: Material, evidence: Evidence, placed: list[Shot]) -> tuple[Markup, ...]:
    parts = []
    for side in (HOME, AWAY):
        mine = [s for s in placed if s.side == side]
        if not mine:
            continue
        near = [s.index for s in mine if (s.rim_m or 0) <= NEAR_M]
        link = evidence.plays(f"{len(near)} of {len(mine)}", f"shots-near-{side}", near, "shots")
        parts.append(Markup("{} took {} shots from within {:.1f} m").format(m.names[side], link, NEAR_M))
    return (Markup("; ").join(parts) + ".",)


def _map(m: Material, evidence: Evidence, shots: tuple[Shot, ...], side: int) -> Figure | None:
    mine = [s for s in shots if s.side == side]
    placed = [s for s in mine if s.at is not None]
    if not placed:
        return None
    made = sum(s.made for s in placed)
    who = Counter(s.player for s in placed if s.player is not None).most_common(2)
    title = f"{m.names[side]} make {made} of {len(placed)}"
    if who and (len(who) == 1 or who[0][1] > who[1][1]) and who[0][1] > 1:
        title += f"; {m.player_name(who[0][0])} takes {who[0][1]}"
    spots = []
    for s in placed:
        assert s.at is not None
        t_s = float(m.events["t_s"].iloc[s.index])
        label = (
            f"{m.clock(int(m.events['period'].iloc[s.index]), t_s)}, {m.player_name(s.player)}: "
            f"{'made' if s.made else 'missed'} from {s.rim_m:.1f} m"
        )
        spots.append(Spot(s.at[0], s.at[1], label, (s.index,), s.made, 0.7, side))
    sub = f"Where the shooter stood; n = {len(placed)} of {len(mine)} shots logged"
    return spot_map(m, evidence, spots, f"shots-{side}", title, sub, side=side, from_m=0.0, key=("made", "missed"))


def _bands(m: Material, evidence: Evidence, placed: list[Shot]) -> Table:
    columns = [Column("Distance from the rim", False)]
    for s in (HOME, AWAY):
        columns += [Column(f"{m.names[s]}: made of tried"), Column("Share made (range)"), Column("Of their shots")]
    rows = []
    for k, name in enumerate(bands()):
        cells = [Cell(name, k)]
        for side in (HOME, AWAY):
            every = [s for s in placed if s.side == side]
            mine = [s for s in every if band(s) == name]
            made = sum(s.made for s in mine)
            link = evidence.plays(f"{made} of {len(mine)}", f"shots-band-{k}-{side}", [s.index for s in mine], "shots")
            low, high = wilson(made / len(mine), len(mine)) if mine else (0.0, 1.0)
            text = f"{made / len(mine):.0%} ({100 * low:.0f}–{high:.0%})" if mine else "–"
            share = len(mine) / len(every) if every else 0.0
            cells += [Cell(link if mine else "–", len(mine), side if mine else None)]
            cells += [Cell(text, made / len(mine) if mine else None), Cell(f"{share:.0%}", share)]
        rows.append(tuple(cells))
    near = [sum((s.rim_m or 0) <= NEAR_M for s in placed if s.side == side) for side in (HOME, AWAY)]
    total = [sum(s.side == side for s in placed) for side in (HOME, AWAY)]
    said = [f"{m.names[s]} take {near[s] / total[s]:.0%}" for s in (HOME, AWAY) if total[s]]
    return Table(f"{' and '.join(said)} of their shots from under {NEAR_M:.1f} m", tuple(columns), tuple(rows))


def measures(m: Material) -> list[Measure]:
    """Return how much of both teams' shooting came from near the rim and from beyond the line."""
    if m.brief:
        return []
    out = []
    placed = [s for s in offence(m).shots if s.at is not None]
    for side in (HOME, AWAY):
        mine = [s for s in placed if s.side == side]
        if len(mine) < 8:
            continue
        kinds = (
            ("rim_share", [s.index for s in mine if (s.rim_m or 0) <= NEAR_M],
             "from near the rim", "Shots near the rim"),
            ("three_share", [s.index for s in mine if (s.beyond_m if s.beyond_m is not None else -9) >= 0],
             "from beyond the three-point line", "Shots from beyond the line"),
        )  # fmt: skip
        for name, rows, where, what in kinds:
            share = len(rows) / len(mine)
            p = (len(rows) + 1) / (len(mine) + 2)
            out.append(
                Measure(
                    name, side, share, f"{share:.0%}", f"{{team}} took {{value}} of their shots {where}.", what,
                    f"n = {len(mine)} shots placed", "shot places", se=(p * (1 - p) / (len(mine) + 2)) ** 0.5,
                    plays=tuple(rows), anchor="shots",
                )
            )  # fmt: skip
    return out
