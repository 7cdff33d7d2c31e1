"""Where sets go and attacks come from: left, middle, right; on the court, else in the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.counts import wilson
from sportsai.report.figures.attacks import Attack, attacks, in_picture
from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.rallies import LOST, WON, Contact, Spell, by_picture, contacts, how, rallies, running, sides
from sportsai.report.rally_plays import see
from sportsai.report.section import Bar, Cell, Column, Section, Table

PAGE, ORDER, SPORTS = "team", 10, ("volleyball",)
LEAST, LEAST_TITLE = 5, 10
LANE_M, FRONT_M = 1.5, 3.0
LANES = ("left", "middle", "right")


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the tendencies, None where no place is known."""
    return _pictured(m, evidence) if by_picture(m) else _placed(m, evidence)


def lane(xy: tuple[float, float]) -> str:
    """Return the third of the net's length a place lies in, its side attacking right."""
    return LANES[0] if xy[1] > LANE_M else LANES[2] if xy[1] < -LANE_M else LANES[1]


def _placed(m: Material, evidence: Evidence) -> Section | None:
    spells = [(s, _next(s, r.contacts)) for r in rallies(m) for s in r.spells if s.attack and s.attack.xy is not None]
    if len(spells) < LEAST:
        return None
    figures, said, tables = [], [], []
    for side in (HOME, AWAY):
        mine = [(s, to) for s, to in spells if s.side == side]
        if len(mine) < LEAST:
            continue
        hits = [s.attack for s, _ in mine if s.attack is not None]
        lanes = Counter(lane(c.xy) for c in hits if c.xy)
        top, n = lanes.most_common(1)[0]
        low, high = wilson(n / len(hits), len(hits))
        best = [c for c in hits if c.xy and lane(c.xy) == top]
        said.append(
            Markup("{} attack most from the {}: {} of {} attacks ({:.0%}–{:.0%}).").format(
                m.names[side], top, see(m, evidence, n, f"lane-{side}-{top}", best), len(hits), low, high
            )
        )
        figures.append(_map(m, mine, f"{m.names[side]}: {n / len(hits):.0%} of attacks from the {top}", side))
        tables.append(_table(m, evidence, mine, side))
    how_said = (
        f"Left, middle and right are thirds of the net, {2 * LANE_M:.0f} m each, seen by the attackers; back row: the "
        f"ball was hit more than {FRONT_M:.0f} m from the net. A line leads to where the other side touched it next. "
        "Ranges: 95 %, Wilson, as if attacks were independent."
    )
    return Section(
        "tendencies", "Where they attack", tuple(said), (), tuple(figures), tuple(tables), how=how(m, how_said)
    )


def _next(s: Spell, found: Sequence[Contact]) -> tuple[float, float] | None:
    """Return where the other side touched the ball right after a spell's attack, its own side attacking right."""
    at = found.index(s.contacts[-1])
    after = next((c for c in found[at + 1 :] if c.kind != "block"), None)
    if after is None or after.kind != "pass" or after.side == s.side or after.xy is None:
        return None
    return -after.xy[0], -after.xy[1]


def _map(m: Material, mine: Sequence[tuple[Spell, tuple[float, float] | None]], title: str, side: int) -> Figure:
    points = []
    for s, to in mine:
        c = s.attack
        assert c is not None
        assert c.xy is not None
        who = m.player_name(c.player) if c.player else "attack"
        says = f"{m.clock(c.period, c.t_s)} {who}{', point won' if s.after == WON else ''}"
        points.append(Attack(c.xy, to, s.after == WON, says, c.row))
    won = sum(p.won for p in points)
    sub = f"n = {len(points)} attacks; filled: the point was won with it ({won}); metres to scale"
    return attacks(m, side, points, title, sub)


def _table(
    m: Material, evidence: Evidence, mine: Sequence[tuple[Spell, tuple[float, float] | None]], side: int
) -> Table:
    rows = []
    for row_name, test in (("front row", True), ("back row", False)):
        for name in LANES:
            found = [s for s, _ in mine if s.attack and s.attack.xy and lane(s.attack.xy) == name
                     and (abs(s.attack.xy[0]) <= FRONT_M) is test]  # fmt: skip
            if not found:
                continue
            where = f"{name}, {row_name}"
            won, lost = [s for s in found if s.after == WON], [s for s in found if s.after == LOST]

            def link(x: Sequence[Spell], which: str, where: str = where) -> Cell:
                hits = [s.attack for s in x if s.attack]
                return Cell(see(m, evidence, len(x), f"{where}-{side}-{which}".replace(", ", "-"), hits), len(x))

            low, high = wilson(len(won) / len(found), len(found))
            share = Cell(f"{len(won) / len(found):.0%} ({low:.0%}–{high:.0%})", len(won) / len(found))
            rows.append((Cell(where, where), link(found, "n"), link(won, "won"), link(lost, "lost"), share))
    often = [r for r in rows if isinstance(r[1].value, int) and r[1].value >= LEAST_TITLE] or rows
    best = max(often, key=lambda r: r[4].value if isinstance(r[4].value, float) else 0.0)
    title = f"{m.names[side]}: {best[4].value:.0%} of {best[1].value} attacks won from the {best[0].value}"
    columns = (
        Column("From", False),
        Column("Attacks"),
        Column("Point won"),
        Column("Point lost"),
        Column("Won, share"),
    )
    return Table(title, columns, tuple(rows), "Share won with its 95 % range.")


# ---- in the picture --------------------------------------------------------------------------------------------------


def _pictured(m: Material, evidence: Evidence) -> Section | None:
    """Return where attackers and setters stand in the picture: nearer to the camera, or farther than all the others."""
    feet: list[tuple[float, float, int]] = []
    lines: dict[tuple[str, int], list[bool]] = {}
    frames: dict[tuple[str, int], list[Contact]] = {}
    for c in contacts(m):
        wanted = {"spike": "spiking", "set": "setting"}.get(c.kind)
        about = m.events["attributes"].iloc[c.row]
        if wanted is None or not isinstance(about, dict) or not about.get("boxes_px"):
            continue
        boxes, actions = about["boxes_px"], about.get("actions") or ()
        size = about.get("image_px")
        floor = [b[1] + b[3] for b in boxes]
        middle = (min(floor) + max(floor)) / 2
        mine = [b for b, a in zip(boxes, actions, strict=False) if a == wanted]
        if len(mine) != 1:
            continue
        x, y, w, h = mine[0]
        lines.setdefault((c.kind, c.side), []).append(y + h < middle)
        frames.setdefault((c.kind, c.side), []).append(c)
        if c.kind == "spike" and size:
            feet.append(((x + w / 2) / size[0], (y + h) / size[1], c.side))
    spikes = [lines.get(("spike", s), []) for s in (HOME, AWAY)]
    if len(spikes[0]) + len(spikes[1]) < LEAST:
        return None
    said, bars = [], []
    for side in (HOME, AWAY):
        far = spikes[side]
        if len(far) >= LEAST:
            low, high = wilson(sum(far) / len(far), len(far))
            hits = [c for c, f in zip(frames["spike", side], far, strict=True) if f]
            said.append(
                Markup("On {}, {} of {} attackers stand in the far half of the players ({:.0%}–{:.0%}).").format(
                    running(m, side), see(m, evidence, sum(far), f"far-{side}", hits), len(far), low, high
                )
            )
    for kind, what in (("set", "Setters in the far half"), ("spike", "Attackers in the far half")):
        got = [lines.get((kind, s), []) for s in (HOME, AWAY)]
        shown = []
        for s in (HOME, AWAY):
            hits = [c for c, f in zip(frames.get((kind, s), []), got[s], strict=True) if f]
            shown.append(Markup("{} of {}").format(see(m, evidence, len(hits), f"far-{kind}-{s}", hits), len(got[s])))
        value = [sum(g) / len(g) if len(g) >= LEAST else None for g in got]
        note = ["too few" if v is None else f"{v:.0%}" for v in value]
        bars.append(Bar(what, (shown[0], shown[1]), (value[0], value[1]), (note[0], note[1])))
    figures: tuple[Figure, ...] = ()
    if feet:
        n = Counter(side for _, _, side in feet)
        farther = sum(map(sum, spikes))
        title = f"{farther} of {sum(map(len, spikes))} attackers hit from the far half of the players"
        sub = f"n = {len(feet)}: their feet in the picture; circles: {n[HOME]} on the left, squares: {n[AWAY]}"
        figures = (in_picture(feet, title, sub),)
    explained = (
        "No position on the court is known: far and near are told by how high the feet are in the picture, against the "
        "middle between its highest and its lowest feet. Only frames in which just one person sets, or attacks. "
        "Seen from the stands the left side’s far half is its left, the right side’s far half its right. Ranges: 95 %, "
        "Wilson."
    )
    return Section("tendencies", "Where they attack", tuple(said), tuple(bars), figures, how=how(m, explained),
                   heads=sides(m))  # fmt: skip
