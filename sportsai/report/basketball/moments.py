"""Basketball's key moments: baskets first, from afar and early in the possession before others."""

from __future__ import annotations

from sportsai.report.basketball.offence import offence
from sportsai.report.material import Material
from sportsai.report.moments import APART_S, Moment
from sportsai.units import FOOT_M

FAR_M, EARLY_S = 24 * FOOT_M, 14.0
MADE, FAR, EARLY = 0.5, 0.3, 0.2
HOW = (
    f"Shots, ranked by {MADE} made + {FAR} far + {EARLY} early: whether the log says it went in, how far from the rim "
    f"the shooter stood (of {FAR_M:.1f} m at most), and how early in the possession (1 at once, 0 from {EARLY_S:.0f} s "
    "on). The log gives neither points nor the score, so what a basket meant is not known. The team that shoots "
    "attacks left to right. The picture shows the last sample with the ball in hand; the ring is the shooter."
)


def key_moments(m: Material, most: int = 10) -> list[Moment]:
    """Return the shots whose place is known, the highest ranked first, APART_S apart; [] where none is."""
    t = m.tracks
    if t is None:
        return []
    every, rate = offence(m), float(t.rate_hz)
    found = []
    for s in every.shots:
        if s.row is None or s.rim_m is None:
            continue
        begun = None if s.possession is None else every.possessions[s.possession].start
        after_s = None if begun is None else float(t.frame[s.row] - t.frame[begun]) / rate
        far = min(s.rim_m, FAR_M) / FAR_M
        early = 0.0 if after_s is None else max(0.0, 1 - after_s / EARLY_S)
        rank = MADE * s.made + FAR * far + EARLY * early
        title = f"{'Basket' if s.made else 'Missed'} from {s.rim_m:.1f} m by {m.player_name(s.player)}"
        title += "" if after_s is None else f", {after_s:.0f} s into the possession"
        why = f"{MADE} × {s.made:.0f} made + {FAR} × {far:.2f} far + {EARLY} × {early:.2f} early = {rank:.2f}"
        frame = int(t.frame[s.row])
        start = frame - round(6 * rate) if begun is None else max(int(t.frame[begun]), frame - round(12 * rate))
        found.append(Moment(s.index, s.side, rank, title, why, s.rim_m, 0.0, None, 1.0, frame + round(3 * rate), start,
                            frame))  # fmt: skip
    chosen: list[Moment] = []
    for one in sorted(found, key=lambda k: (-k.rank, k.index)):
        if all(abs((one.frame or 0) - (c.frame or 0)) >= APART_S * rate for c in chosen):
            chosen.append(one)
    return chosen[:most]
