"""The four factors of basketball: shooting, turnovers, offensive rebounds, free throws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.basketball.factors import THREE_M, Factors, factors
from sportsai.report.basketball.offence import offence
from sportsai.report.counts import wilson
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.plays import Evidence
from sportsai.report.section import Bar, Section

PAGE, ORDER, SPORTS = "match", 10, ("basketball",)
T = TypeVar("T")
LEAST = 5  # attempts of each team; fewer, and nothing is told


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the four factors, None where shots were not logged."""
    both = [factors(m, s) for s in (HOME, AWAY)]
    if min(len(f.tried) for f in both) < LEAST:
        return None
    bars = [_made(evidence, both), *_effective(m, both)]
    bars += [b for make in (_lost, _boards, _free) if (b := make(evidence, both)) is not None]
    return Section("factors", "Four factors", (_told(m, evidence, both),), tuple(bars), how=_how(m))


def _told(m: Material, evidence: Evidence, both: Sequence[Factors]) -> Markup:
    share = [len(f.made) / len(f.tried) for f in both]
    ahead = HOME if share[HOME] >= share[AWAY] else AWAY
    shots = [
        evidence.plays(f"{len(f.made)} of {len(f.tried)}", f"factors-fg-{s}", f.tried, "factors")
        for s, f in enumerate(both)
    ]
    said = Markup("{} made {} shots from the field ({}), {} {} ({}).").format(
        m.names[ahead], shots[ahead], f"{share[ahead]:.0%}",
        m.names[1 - ahead], shots[1 - ahead], f"{share[1 - ahead]:.0%}",
    )  # fmt: skip
    lost = [len(f.lost) for f in both]
    if lost[0] == lost[1]:
        return said
    fewer = HOME if lost[HOME] < lost[AWAY] else AWAY
    counts = [evidence.plays(n, f"factors-lost-{s}", both[s].lost, "factors") for s, n in enumerate(lost)]
    return said + Markup(" {} lost the ball {} times, {} {}.").format(
        m.names[1 - fewer], counts[1 - fewer], m.names[fewer], counts[fewer]
    )


def _made(evidence: Evidence, both: Sequence[Factors]) -> Bar:
    share = [len(f.made) / len(f.tried) for f in both]
    shown = [evidence.plays(f"{share[s]:.0%}", f"factors-made-{s}", f.made, "factors") for s, f in enumerate(both)]
    notes = [f"{len(f.made)} of {len(f.tried)}; {_range(share[s], len(f.tried))}" for s, f in enumerate(both)]
    return Bar("Field goals made", _two(shown), _two(share), _two(notes))


def _effective(m: Material, both: Sequence[Factors]) -> list[Bar]:
    known = [f.effective for f in both]
    if any(k is None for k in known) or all(s.beyond_m is None for s in offence(m).shots):
        return []
    shown, value = [], []
    for low, high in (k for k in known if k is not None):
        shown.append(f"{low:.0%}" if round(100 * low) == round(100 * high) else f"{100 * low:.0f}–{high:.0%}")
        value.append((low + high) / 2)
    notes = [f"{f.threes[0]}–{f.threes[1]} made threes" if f.threes[0] < f.threes[1] else
             f"{f.threes[0]} made three{'s' if f.threes[0] != 1 else ''}" for f in both]  # fmt: skip
    return [Bar("Effective field goals", _two(shown), _two(value), _two(notes))]


def _lost(evidence: Evidence, both: Sequence[Factors]) -> Bar | None:
    rate = [f.turnovers for f in both]
    if None in rate:
        return None
    shown = [evidence.plays(f"{rate[s]:.0f}", f"factors-to-{s}", f.lost, "factors") for s, f in enumerate(both)]
    notes = [f"{len(f.lost)} in {f.possessions}" for f in both]
    return Bar("Turnovers per 100 possessions", _two(shown), _two(rate), _two(notes))


def _boards(evidence: Evidence, both: Sequence[Factors]) -> Bar | None:
    share = [f.rebounding for f in both]
    if None in share:
        return None
    shown, notes = [], []
    for s, f in enumerate(both):
        own = f.rebounding or 0.0
        shown.append(evidence.plays(f"{own:.0%}", f"factors-boards-{s}", f.own_boards, "factors"))
        notes.append(f"{len(f.own_boards)} of {len(f.boards)}; {_range(own, len(f.boards))}")
    return Bar("Offensive rebounds, of own misses", _two(shown), _two(share), _two(notes))


def _free(evidence: Evidence, both: Sequence[Factors]) -> Bar | None:
    rate = [f.free_throw_rate for f in both]
    if not any(rate):
        return None
    shown = [
        evidence.plays(f"{f.free_throw_rate or 0:.2f}", f"factors-ft-{s}", f.free_throws, "factors")
        for s, f in enumerate(both)
    ]
    notes = [f"{len(f.free_throws)} to {len(f.tried)} shots" for f in both]
    return Bar("Free throws tried per shot", _two(shown), _two(rate), _two(notes))


def _two(values: Sequence[T]) -> tuple[T, T]:
    return values[0], values[1]


def _range(share: float, n: int) -> str:
    low, high = wilson(share, n)
    return f"{100 * low:.0f}–{high:.0%}"


def _how(m: Material) -> str:
    shots = offence(m).shots
    placed = [s for s in shots if s.at is not None]
    close = sum(s.beyond_m is not None and -THREE_M <= s.beyond_m < 0 for s in placed)
    return (
        "From the play-by-play, with 95% ranges of the shares (Wilson). The log does not say which shots were threes "
        "nor whether a free throw went in, so points cannot be counted. Effective field goals count a made three as "
        f"one and a half: a three is one whose shooter stood beyond the line. {len(placed)} of {len(shots)} shooters "
        f"were found; {close} stood up to {THREE_M} m inside the line, where the middle of a body does not tell. The "
        "range runs from none of those and of the shooters not found being a three to all. Rebounds of a team without "
        "a player are left out."
    )


def measures(m: Material) -> list[Measure]:
    """Return the shares of both teams that can be held against other games."""
    if m.brief:
        return []
    out: list[Measure] = []
    for side in (HOME, AWAY):
        f = factors(m, side)
        if len(f.tried) < LEAST:
            continue
        make = partial(Measure, side=side, anchor="factors")
        share = len(f.made) / len(f.tried)
        out.append(
            make(
                name="field_goals", value=share, shown=f"{share:.0%}", theme="shooting", what="Field goals made",
                says="{team} made {value} of their shots.", n=f"n = {len(f.tried)} shots",
                se=_se(share, len(f.tried)), plays=tuple(f.tried), good=f.made,
                bad=[i for i in f.tried if i not in set(f.made)],
            )
        )  # fmt: skip
        if f.possessions >= LEAST:
            rate = len(f.lost) / f.possessions
            out.append(
                make(
                    name="turnover_rate", value=rate, shown=f"{100 * rate:.0f}", theme="turnovers",
                    what="Turnovers per 100 possessions",
                    says="{team} lost the ball {value} times per 100 possessions.",
                    n=f"n = {f.possessions} possessions", se=_se(rate, f.possessions), plays=tuple(f.lost), bad=f.lost,
                )
            )  # fmt: skip
        if len(f.boards) >= LEAST:
            own = len(f.own_boards) / len(f.boards)
            out.append(
                make(
                    name="offensive_rebounds", value=own, shown=f"{own:.0%}", theme="rebounds",
                    what="Offensive rebounds", says="{team} took {value} of the rebounds after their own misses.",
                    n=f"n = {len(f.boards)} rebounds", se=_se(own, len(f.boards)), plays=tuple(f.own_boards),
                    good=f.own_boards, bad=[i for i in f.boards if i not in set(f.own_boards)],
                )
            )  # fmt: skip
    return out


def _se(share: float, n: int) -> float:
    """Return a share's standard error, with a success and a failure added so that none is 0."""
    p = (share * n + 1) / (n + 2)
    return math.sqrt(p * (1 - p) / (n + 2))
