"""The match in three sentences: which differences between the teams are large, and certain?

Where the library holds other games of the league, what is unusual among them is told first, in standard deviations.
Every other candidate compares the two teams and is measured in standard errors of its difference: over five-minute
stretches for shares, by the square root of counts for events. The three largest are told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.moments import AFTER_S, After
from sportsai.report.players import PlayerLine
from sportsai.report.plays import Evidence
from sportsai.report.territory import Stretch, stretches, total
from sportsai.report.usual import Usual

BLOCK_S = 300.0
LINE_S, LINE_BLOCK_S = 120.0, 10.0  # without the ball, seen so long in all, and of a stretch, for a mean place
LEAST = 1.6  # standard errors: smaller differences are not told (one in ten is as large by chance)
UNUSUAL = 1.5  # standard deviations from the league's mean from which a number is called unusual
CLEAR, LIKELY = 3.0, 2.0  # standard errors from which a difference is called so


@dataclass(frozen=True)
class Finding:
    """One sentence. usual: what to hold it against. sure: how certain, in words. z: its standard errors."""

    theme: str
    text: Markup
    usual: Markup
    sure: str
    z: float


@dataclass(frozen=True)
class Facts:
    """What findings are made from. afters: (event index, what followed) of every turnover, seen by its winner."""

    m: Material
    evidence: Evidence
    whole: Stretch | None
    blocks: Sequence[Stretch]
    lines: Sequence[PlayerLine]
    afters: Sequence[tuple[int, After]]
    usual: Usual | None = None


def findings(facts: Facts, most: int = 3) -> list[Finding]:
    """Return the findings with the largest differences, at most one a theme.

    What is unusual in the league comes before what sets the two teams apart: the first says more of a team.
    """
    makers: tuple[Callable[[Facts], Finding | None], ...] = (
        _ball,
        _care,
        _passing,
        _territory,
        _high,
        _dangerous,
        _halves,
        _line,
        _running,
    )
    found = [f for make in makers if (f := make(facts)) is not None and abs(f.z) >= LEAST]
    found += [f for f in _measured(facts) if abs(f.z) >= LEAST]
    found.sort(key=lambda f: -abs(f.z))
    rare = sorted(_unusual(facts), key=lambda f: -abs(f.z))
    chosen: list[Finding] = []
    for f in [*rare, *found]:
        if f.theme not in {c.theme for c in chosen}:
            chosen.append(f)
    return chosen[:most]


def facts(
    m: Material, evidence: Evidence, lines: Sequence[PlayerLine], afters: Sequence[tuple[int, After]],
    usual: Usual | None = None,
) -> Facts:  # fmt: skip
    """Gather what the findings need."""
    blocks = stretches(m, BLOCK_S)
    return Facts(m, evidence, total(blocks), blocks, lines, afters, usual)


def _unusual(f: Facts) -> list[Finding]:
    """Return what is unusual for the league: a finding a measure and side, UNUSUAL standard deviations off or more."""
    out = []
    for measure in f.usual.own if f.usual else ():
        held = f.usual.held(measure) if f.usual else None
        if held is None or abs(held.z) < UNUSUAL:
            continue
        text = _said(f, measure)
        usual = Markup("Usual: {} to {}, {} team-games of the league").format(
            written(held.mean - held.spread, measure), written(held.mean + held.spread, measure), held.n
        )
        more = "more" if held.z > 0 else "less"
        sure = f"{abs(held.z):.1f} standard deviations {more} than usual, n = {held.n} in {held.games} games"
        sure += f"; {measure.n}"
        out.append(Finding(measure.theme, text, usual, sure, held.z))
    return out


def _measured(f: Facts) -> list[Finding]:
    """Return what of the measures sets the teams apart, where their own errors are known."""
    out = []
    for both in pairs(f):
        if not all(k.se for k in both.values()):
            continue
        one, other = sorted(both.values(), key=lambda k: (-k.value, k.side))
        z = (one.value - other.value) / math.hypot(one.se or 0.0, other.se or 0.0)
        text, usual = _said(f, one), Markup("{}: {}").format(f.m.names[other.side], value_of(f, other))
        out.append(Finding(one.theme, text, usual, _sure(z, one.n), z))
    return out


def pairs(f: Facts) -> list[dict[int, Measure]]:
    """Return the measures that both sides have, side -> measure."""
    by: dict[str, dict[int, Measure]] = {}
    for k in f.usual.own if f.usual else ():
        by.setdefault(k.name, {})[k.side] = k
    return [both for both in by.values() if set(both) == {HOME, AWAY}]


def _said(f: Facts, k: Measure) -> Markup:
    """Return a measure's sentence, its number a link."""
    said = k.says.replace("{team}", "{0}").replace("{value}", "{1}")
    return Markup(said).format(f.m.names[k.side], value_of(f, k))


def value_of(f: Facts, k: Measure) -> Markup:
    """Return a measure's number as a link to what made it."""
    name = f"measure-{k.name}-{k.side}"
    if k.plays:
        return f.evidence.plays(k.shown, name, list(k.plays), k.anchor)
    if k.clips and name not in f.evidence.lists:
        return f.evidence.clips(k.shown, name, k.clips, k.anchor)
    if k.clips:
        return f.evidence.plays(k.shown, name, f.evidence.lists[name], k.anchor)
    return f.evidence.figure(k.shown, k.anchor)


def written(value: float, like: Measure) -> str:
    """Return a number written as a measure's own is: "38%", "12.3", "9"."""
    if like.shown.endswith("%"):
        return f"{value:.0%}"
    text, _, unit = like.shown.partition(" ")
    places = len(text.partition(".")[2])
    return f"{value:.{places}f}" + (f" {unit}" if unit else "")


def _over_blocks(values: Sequence[float | None]) -> tuple[float, int]:
    """Return the mean's size in standard errors and how many blocks it rests on."""
    v = np.array([x for x in values if x is not None], float)
    if len(v) < 4 or v.std() == 0:
        return 0.0, len(v)
    return float(v.mean() / (v.std(ddof=1) / math.sqrt(len(v)))), len(v)


def _sure(z: float, n: str) -> str:
    clear = "clear" if abs(z) >= CLEAR else "likely" if abs(z) >= LIKELY else "could be chance"
    return f"{clear}: {abs(z):.1f} standard errors, {n}"


def _rates(a: int, b: int, na: float = 1.0, nb: float = 1.0) -> float:
    """Return the log ratio of two counts (per na, nb) in standard errors; half a count is added to each."""
    return (math.log((a + 0.5) / na) - math.log((b + 0.5) / nb)) / math.sqrt(1 / (a + 0.5) + 1 / (b + 0.5))


def _ball(f: Facts) -> Finding | None:
    if f.whole is None or f.whole.share(HOME) is None:
        return None
    ahead = HOME if (f.whole.share(HOME) or 0) >= 0.5 else AWAY
    z, n = _over_blocks([p.held_s[ahead] - p.held_s[1 - ahead] if sum(p.held_s) else None for p in f.blocks])
    share = f.evidence.figure(f"{f.whole.share(ahead):.0%}", "timeline")
    text = Markup("{} had the {} for {} of the possession that was seen.").format(
        f.m.names[ahead], f.m.words.ball, share
    )
    usual = Markup("{}: {}").format(
        f.m.names[1 - ahead], f.evidence.figure(f"{f.whole.share(1 - ahead):.0%}", "timeline")
    )
    return Finding("ball", text, usual, _sure(z, f"n = {n} five-minute stretches"), z)


def _care(f: Facts) -> Finding | None:
    n = {(k, s): f.m.of(k, s) for k in ("pass", "turnover") for s in (HOME, AWAY)}
    if min(len(v) for v in n.values()) < 5 or not (f.m.trusted("pass") and f.m.trusted("turnover")):
        return None
    rate = [len(n["pass", s]) / len(n["turnover", s]) for s in (HOME, AWAY)]
    ahead = HOME if rate[HOME] >= rate[AWAY] else AWAY
    z = math.log(rate[ahead] / rate[1 - ahead]) / math.sqrt(sum(1 / len(v) for v in n.values()))
    name, e = f.m.names[ahead], f.evidence
    shown = e.plays(f"{rate[ahead]:.1f}", f"care-{ahead}", [*n["pass", ahead].index, *n["turnover", ahead].index])
    text = Markup("{} made {} passes for every {} they lost ({} passes, {} turnovers).").format(
        name,
        shown,
        f.m.words.ball,
        e.plays(len(n["pass", ahead]), f"pass-{ahead}", list(n["pass", ahead].index)),
        e.plays(len(n["turnover", ahead]), f"turnover-{ahead}", list(n["turnover", ahead].index)),
    )
    behind = [*n["pass", 1 - ahead].index, *n["turnover", 1 - ahead].index]
    usual = Markup("{}: {}").format(
        f.m.names[1 - ahead], e.plays(f"{rate[1 - ahead]:.1f}", f"care-{1 - ahead}", behind)
    )
    return Finding("care", text, usual, _sure(z, f"n = {sum(len(v) for v in n.values()):,} events"), z)


def _passing(f: Facts) -> Finding | None:
    counts = [f.m.count("pass", s) for s in (HOME, AWAY)]
    if min(c.n for c in counts) < 10 or not f.m.trusted("pass"):
        return None
    ahead = HOME if counts[HOME].expected >= counts[AWAY].expected else AWAY
    z = math.log(counts[ahead].expected / counts[1 - ahead].expected) / math.sqrt(
        sum(1 / max(c.expected, 1) for c in counts)
    )
    said = [
        f.evidence.plays(f"{c.expected:.0f}", f"pass-{s}", list(f.m.of("pass", s).index)) for s, c in enumerate(counts)
    ]
    ranges = [f" ({c.range})" if c.range else "" for c in counts]
    about = "about " if f.m.recognised else ""
    text = Markup("{} played {}{} passes{} in the play that was seen.").format(
        f.m.names[ahead], about, said[ahead], ranges[ahead]
    )
    usual = Markup("{}: {}{}").format(f.m.names[1 - ahead], said[1 - ahead], ranges[1 - ahead])
    return Finding("care", text, usual, _sure(z, f"n = {sum(c.n for c in counts):,} passes"), z)


def defending_m(m: Material, side: int) -> float | None:
    """Return how far from their own goal a side's outfield players stand while the other side has the ball, None where
    they were seen so for less than LINE_S."""
    t = m.tracks
    if t is None:
        return None
    keep = np.array([s.side == side and not m.is_keeper(m.game.player(s.player_id or "")) for s in t.slots], bool)
    seen = t.present[:, keep] & (m.possession == 1 - side)[:, None]
    if seen.any(1).sum() < LINE_S * float(t.rate_hz):
        return None
    return float(t.xy[:, keep, 0][seen].mean()) * m.facing(side) + m.court.half_length_m


def _territory(f: Facts) -> Finding | None:
    if f.whole is None or not f.m.words.end or f.whole.final_share(HOME) is None or f.whole.final_share(AWAY) is None:
        return None
    share = [f.whole.final_share(s) or 0.0 for s in (HOME, AWAY)]
    ahead = HOME if share[HOME] >= share[AWAY] else AWAY
    parts = [(p.final_share(ahead), p.final_share(1 - ahead)) for p in f.blocks]
    z, n = _over_blocks([a - b if a is not None and b is not None else None for a, b in parts])
    text = Markup("{} spent {} of their possession in the {}.").format(
        f.m.names[ahead], f.evidence.figure(f"{share[ahead]:.0%}", "quarters"), f.m.words.end
    )
    usual = Markup("{}: {}").format(f.m.names[1 - ahead], f.evidence.figure(f"{share[1 - ahead]:.0%}", "quarters"))
    return Finding("territory", text, usual, _sure(z, f"n = {n} five-minute stretches"), z)


def own_half_turnovers(m: Material, side: int) -> list[int]:
    """Return the rows of a side's turnovers in the half it defends."""
    e = m.of("turnover", side)
    return [int(i) for i in e.index[e["x"] * m.facing(side) < 0]]


def _high(f: Facts) -> Finding | None:
    lost = [own_half_turnovers(f.m, s) for s in (HOME, AWAY)]
    if sum(map(len, lost)) < 8 or not f.m.trusted("turnover"):
        return None
    worse = HOME if len(lost[HOME]) > len(lost[AWAY]) else AWAY
    z = _rates(len(lost[worse]), len(lost[1 - worse]))
    count = f.m.few(f.m.events.loc[lost[worse]])
    said = f"{count.n} times" + (f" ({count.range} of them right)" if count.range else "")
    text = Markup("{} lost the {} {} in their own half.").format(
        f.m.names[worse], f.m.words.ball, f.evidence.plays(said, f"own-half-{worse}", lost[worse])
    )
    usual = Markup("{}: {}").format(
        f.m.names[1 - worse], f.evidence.plays(len(lost[1 - worse]), f"own-half-{1 - worse}", lost[1 - worse])
    )
    return Finding("turnovers", text, usual, _sure(z, f"n = {sum(map(len, lost))} turnovers"), z)


def _dangerous(f: Facts) -> Finding | None:
    side = f.m.events["side"].to_numpy()
    box = [[i for i, a in f.afters if 1 - side[i] == s and a.box_s is not None and a.seen >= 0.5] for s in (HOME, AWAY)]
    won = [sum(1 - side[i] == s and a.seen >= 0.5 for i, a in f.afters) for s in (HOME, AWAY)]
    if min(won) < 5 or sum(map(len, box)) < 4 or not f.m.trusted("turnover"):
        return None
    share = [len(box[s]) / won[s] for s in (HOME, AWAY)]
    ahead = HOME if share[HOME] >= share[AWAY] else AWAY
    z = _rates(len(box[ahead]), len(box[1 - ahead]), won[ahead], won[1 - ahead])
    text = Markup("{} of the {} {}s {} won put them in the {} within {:.0f} s.").format(
        f.evidence.plays(len(box[ahead]), f"won-box-{ahead}", box[ahead]),
        won[ahead],
        f.m.words.ball,
        f.m.names[ahead],
        f.m.words.box,
        AFTER_S,
    )
    usual = Markup("{}: {} of {}").format(
        f.m.names[1 - ahead],
        f.evidence.plays(len(box[1 - ahead]), f"won-box-{1 - ahead}", box[1 - ahead]),
        won[1 - ahead],
    )
    return Finding(
        "turnovers", text, usual, _sure(z, f"n = {sum(won)} turnovers whose next {AFTER_S:.0f} s were seen"), z
    )


def _halves(f: Facts) -> Finding | None:
    if len(f.m.periods) != 2 or len(f.blocks) < 8:
        return None
    share = [[p.share(HOME) for p in f.blocks if p.period == k and p.share(HOME) is not None] for k in f.m.periods]
    a, b = (np.array(s, float) for s in share)
    if min(len(a), len(b)) < 4:
        return None
    z = float(
        (b.mean() - a.mean())
        / max(1e-9, math.hypot(a.std(ddof=1) / math.sqrt(len(a)), b.std(ddof=1) / math.sqrt(len(b))))
    )
    both = [total([p for p in f.blocks if p.period == k]) for k in f.m.periods]
    grew = HOME if z >= 0 else AWAY
    before, now = (p.share(grew) or 0.0 for p in both if p is not None)
    text = Markup("{} had {} of the {} in the {}.").format(
        f.m.names[grew],
        f.evidence.figure(f"{now:.0%}", f"timeline-{f.m.periods[1]}"),
        f.m.words.ball,
        f.m.period_name(f.m.periods[1]),
    )
    usual = Markup("{}: {}").format(
        f.m.period_name(f.m.periods[0]).capitalize(), f.evidence.figure(f"{before:.0%}", f"timeline-{f.m.periods[0]}")
    )
    return Finding("change", text, usual, _sure(z, f"n = {len(a) + len(b)} five-minute stretches"), z)


def _line(f: Facts) -> Finding | None:
    t = f.m.tracks
    if t is None or not f.blocks:
        return None
    deep: list[list[float | None]] = []
    means = []
    for side in (HOME, AWAY):
        keep = np.array(
            [s.side == side and not f.m.is_keeper(f.m.game.player(s.player_id or "")) for s in t.slots], bool
        )
        seen = t.present[:, keep] & (f.m.possession == 1 - side)[:, None]
        n = seen.sum(1)
        x = np.where(seen, t.xy[:, keep, 0], 0).sum(1) * f.m.facing(side) + n * f.m.court.half_length_m
        enough = (n > 0).sum() >= LINE_S * float(t.rate_hz)
        means.append(float(x.sum() / n.sum()) if enough else None)
        side_blocks: list[float | None] = []
        for p in f.blocks:
            r = (t.period == p.period) & (t.t_s >= p.start_s) & (t.t_s < p.end_s)
            long = (n[r] > 0).sum() >= LINE_BLOCK_S * float(t.rate_hz)
            side_blocks.append(float(x[r].sum() / n[r].sum()) if long else None)
        deep.append(side_blocks)
    home_m, away_m = means
    if home_m is None or away_m is None:
        return None
    ahead = HOME if home_m >= away_m else AWAY
    pairs = zip(deep[ahead], deep[1 - ahead], strict=True)
    z, n_blocks = _over_blocks([a - b if a is not None and b is not None else None for a, b in pairs])
    text = Markup("Without the {}, {} defended {} from their own {}.").format(
        f.m.words.ball, f.m.names[ahead], f.evidence.figure(f"{means[ahead]:.0f} m", f"shape-{ahead}"), f.m.words.goal
    )
    other = f.evidence.figure(f"{means[1 - ahead]:.0f} m", f"shape-{1 - ahead}")
    who = f.m.words.field if f.m.keepers else "players"
    usual = Markup("{}: {} (mean of {})").format(f.m.names[1 - ahead], other, who)
    return Finding("shape", text, usual, _sure(z, f"n = {n_blocks} five-minute stretches"), z)


def _running(f: Facts) -> Finding | None:
    rates = [
        [p.metres_per_min for p in f.lines if p.player.side == s and p.metres_per_min and not f.m.is_keeper(p.player)]
        for s in (HOME, AWAY)
    ]
    if min(map(len, rates)) < 5:
        return None
    a, b = (np.array(r, float) for r in rates)
    z = float((a.mean() - b.mean()) / math.hypot(a.std(ddof=1) / math.sqrt(len(a)), b.std(ddof=1) / math.sqrt(len(b))))
    mean, ahead = (float(a.mean()), float(b.mean())), HOME if z >= 0 else AWAY
    text = Markup("{} ran {} a player and minute seen.").format(
        f.m.names[ahead], f.evidence.figure(f"{mean[ahead]:.0f} m", "players")
    )
    usual = Markup("{}: {}").format(f.m.names[1 - ahead], f.evidence.figure(f"{mean[1 - ahead]:.0f} m", "players"))
    return Finding("running", text, usual, _sure(z, f"n = {len(a) + len(b)} players"), z)
