"""How far apart the five attackers stood, possession by possession."""

from __future__ import annotations

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.basketball.offence import Offence, offence, rows_play
from sportsai.report.basketball.spacing import LEAST_S, Spread, spreads
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.intervals import Dot, Row, apart, dot_rows, mean_range
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.plays import Evidence
from sportsai.report.section import Section

PAGE, ORDER, SPORTS = "team", 50, ("basketball",)


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return both teams' spacing, None where five attackers were never seen together for long enough."""
    found, o = spreads(m), offence(m)
    if not found:
        return None
    plays = [
        rows_play(m, f"Possession {s.possession + 1}: {m.names[s.side]}", s.side, s.start, s.end, "possession",
                  note=f"{s.apart_m:.1f} m between the five, {s.area_m2:.0f} m² about them.")
        for s in found
    ]  # fmt: skip
    shown = list(zip(found, evidence.add(plays), strict=True))
    figures = (_drawn(m, evidence, o, shown),) if len(found) > 3 else ()
    how = (
        "Mean distance between the five attackers, and the area of the smallest convex shape about them, while all "
        f"five are in the front court; possessions with at least {LEAST_S:.0f} s of that. Ranges: 95%, drawing "
        "possessions again (bootstrap)."
    )
    return Section("spacing", "Spacing", (_says(m, evidence, shown),), (), figures, how=how)


def _says(m: Material, evidence: Evidence, shown: list[tuple[Spread, int]]) -> Markup:
    parts = []
    for side in (HOME, AWAY):
        mine = [(s, i) for s, i in shown if s.side == side]
        if not mine:
            continue
        mean, low, high = mean_range([s.apart_m for s, _ in mine])
        area = sum(s.area_m2 for s, _ in mine) / len(mine)
        text = f"{mean:.1f} m" + (f" ({low:.1f}–{high:.1f})" if low < high else "")
        link = evidence.plays(text, f"spacing-{side}", [i for _, i in mine], "spacing")
        spanned = evidence.plays(f"{area:.0f} m²", f"spacing-{side}", [i for _, i in mine], "spacing")
        parts.append(Markup("{}: {} between the five, {} about them, n = {} possession{}").format(
            m.names[side], link, spanned, len(mine), "s" if len(mine) != 1 else ""))  # fmt: skip
    return Markup("; ").join(parts) + "."


def _drawn(m: Material, evidence: Evidence, o: Offence, shown: list[tuple[Spread, int]]) -> Figure:
    t, e = m.tracks, m.events
    assert t is not None
    rows = []
    for side, class_ in ((HOME, "home"), (AWAY, "away")):
        dots = []
        for s, i in shown:
            if s.side != side:
                continue
            ends = o.ends[s.possession]
            made = bool(ends) and e["type"].iloc[ends[-1]] == "made_shot"
            when = m.clock(int(t.period[s.start]), float(t.t_s[s.start]))
            label = f"{when}, {m.names[side]}: {s.apart_m:.1f} m apart, {s.area_m2:.0f} m²"
            dots.append(Dot(s.apart_m, label, i, made or not any(o.ends)))
        rows.append(Row(m.names[side], class_, tuple(dots)))
    means = [mean_range([d.value for d in r.dots])[0] for r in rows]
    kept = tuple(r for r in rows if r.dots)
    sub = "Mean distance between the five attackers of each possession, m"
    sub += "; full: ended with a made shot" if any(o.ends) else ""
    if len(kept) < 2:
        return dot_rows(evidence, kept, "spacing-drawn", f"{kept[0].name}: {_mean(kept[0]):.1f} m apart", sub, "m")
    wide = HOME if means[HOME] >= means[AWAY] else AWAY
    values = [[d.value for d in r.dots] for r in rows]
    if apart(values[0], values[1]):
        title = f"{m.names[wide]} stand {abs(means[0] - means[1]):.1f} m further apart than {m.names[1 - wide]}"
    else:
        title = f"Neither team stands surely further apart: {means[0]:.1f}\u00a0m and {means[1]:.1f}\u00a0m"
    return dot_rows(evidence, kept, "spacing-drawn", title, sub, "m")


def _mean(row: Row) -> float:
    return mean_range([d.value for d in row.dots])[0]


def measures(m: Material) -> list[Measure]:
    """Return both teams' spacing."""
    if m.brief:
        return []
    out, o, found = [], offence(m), spreads(m)
    for side in (HOME, AWAY):
        mine = [s for s in found if s.side == side]
        if len(mine) < 8:
            continue
        mean, low, high = mean_range([s.apart_m for s in mine])
        ranked = [o.possessions[s.possession].index for s in sorted(mine, key=lambda s: -s.apart_m)]
        rows = [i for i in ranked if i is not None]
        out.append(
            Measure(
                "spacing", side, mean, f"{mean:.1f} m",
                "{team} stood {value} apart in attack, the mean distance between the five.", "Spacing of the five",
                f"n = {len(mine)} possessions", "spacing", se=(high - low) / 3.92, plays=tuple(rows[:10]),
                anchor="spacing", good=rows[:4], bad=rows[::-1][:4],
            )
        )  # fmt: skip
    return out
