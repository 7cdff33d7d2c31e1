"""One play told: down and distance, what it was, how far it went, and the log's tags second by second."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from sportsai.report.american_football.down import KICKS, LOST, RECEIVED, Down, down_of, signed, yard_line
from sportsai.report.american_football.passer import passer
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.gridiron import Way, about, field, people, ways
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.remarks import ordinal
from sportsai.report.section import Cell, Column, Section, Table

PAGE, ORDER, SPORTS = "match", 10, ("american_football",)


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the play, None where its snap or its ball is not known."""
    d = down_of(m)
    if d is None:
        return None
    how = (
        "The tags are the provider’s; the line of scrimmage is where the ball was at the snap, and yards are measured "
        "from there along the field in the tracking: the league’s own count may differ by a yard."
    )
    if d.again > 1:
        how += f" The log tags this play {d.again} times over: the tags just before the ball moves are taken."
    if not np.isfinite(d.ball[d.end]).all():
        how += " The ball was not seen at the end."
    text, figures = list(_says(d, evidence)), [_drawn(d)]
    threw = passer(d, evidence)
    if threw is not None:
        text, figures = text + threw[0], [*figures, threw[1]]
        how += (
            " The passer is who has the ball in the half second before it leaves. Whether a blocker stood between him "
            "and the nearest defender is not said."
        )
    return Section("play", "The play", tuple(text), figures=tuple(figures), tables=(_tags(d, evidence),), how=how)


def _says(d: Down, evidence: Evidence) -> tuple[Markup, ...]:
    m, extra = d.m, d.m.game.extra
    snap = d.play("The snap", d.snap)
    team, where = m.names[d.side], yard_line(d, d.line, m.names)
    number, to_go = extra.get("down"), extra.get("yards_to_go")
    at = evidence.clips(where, "snap-at", [snap], "play-drawn")
    if isinstance(number, int) and number >= 1 and isinstance(to_go, int):
        goal = to_go >= 50 - d.line - 0.5
        line = Markup("{}: {} at {}.").format(team, f"{ordinal(number)} and {'goal' if goal else to_go}", at)
    else:
        line = Markup("{} from {}.").format(team, at)
    told = [line]
    if d.gained is not None:
        yards = evidence.clips(f"{abs(d.gained):.0f} yards", "gained", [d.play("The whole play", d.snap, until=d.end)],
                               "play-drawn")  # fmt: skip
        result = Markup("Gained {}" if d.gained > -0.5 else "Lost {}").format(yards)
        if any(t in d.tags for t in ("touchdown", "pass_outcome_touchdown")):
            result += " and scored a touchdown"
        elif isinstance(to_go, int) and number:
            result += (
                ": a new first down" if d.gained >= to_go else f", {to_go - d.gained:.0f} short of the line to gain"
            )
        told.append(result + ".")
    elif any(t in d.tags for t in LOST):
        lost = next(t for t in LOST if t in d.tags)
        label = m.event_label(lost).lower()
        link = evidence.clips(f"{d.since(d.tags[lost]):.1f} s", "lost", [d.play(m.event_label(lost), d.tags[lost])],
                              "play-drawn")  # fmt: skip
        told.append(Markup("The log says {} {} after the snap: no yards are counted.").format(label, link))
    elif d.kick:
        told += _kick(d, evidence)
    return tuple(told)


def _kick(d: Down, evidence: Evidence) -> list[Markup]:
    m = d.m
    kicked, got = d.first(KICKS), d.first(RECEIVED)
    if kicked is None or got is None:
        return [Markup("Nobody is tagged to have received the kick.")]
    hang = evidence.clips(
        f"{(got - kicked) / d.rate:.1f} s", "hang", [d.play("The kick", kicked, until=got)], "play-drawn"
    )
    far = abs(d.ball[got, 0] - d.ball[kicked, 0])
    told = [Markup("The kick was in the air or loose for {} and went {:.0f} yards along the field.").format(hang, far)]
    if d.carrier is not None and d.end > got:
        slot, _ = d.carrier
        back = d.xy[got, slot, 0] - d.xy[d.end, slot, 0]
        link = evidence.clips(f"{back:.0f} yards", "return", [d.play("The return", got, slot, d.end)], "play-drawn")
        told.append(Markup("{} returned it {}.").format(d.name(slot), link))
    return told if m.tracks is not None else []


def _drawn(d: Down) -> Figure:
    """Return everybody at the snap and the ball's way to the end."""
    m = d.m
    rows = np.arange(d.snap, d.end + 1)
    ball = d.ball[rows]
    shown = d.seen[d.snap]
    both = [d.slots(True), d.slots(False)]
    everyone = np.concatenate([d.xy[d.snap][np.concatenate(both)][shown[np.concatenate(both)]], ball])
    s = about(everyone)
    to_go = m.game.extra.get("yards_to_go") if not d.kick else None
    seconds = d.since(d.end)
    title = f"The ball’s way, {seconds:.1f} s from the snap"
    if d.gained is not None:
        title = f"{signed(d.gained)} yards in {seconds:.1f} s"
    alt = f"{title}. Both teams at the snap and the way of the ball; {m.names[d.side]} attack right."
    svg = field(s, alt, d.line, float(to_go) if isinstance(to_go, int) else None, m.names[d.side])
    for slots, side in zip(both, (d.side, 1 - d.side), strict=True):
        mine = slots[shown[slots]]
        people(svg, s, d.xy[d.snap, mine], ("home", "away")[side], [d.name(int(i)) for i in mine], side != d.side)
    ways(svg, s, [Way(ball[np.isfinite(ball).all(1)], "ink-l", "", "the ball", True)])
    marks = f"circles {m.names[d.side]}, crosses {m.names[1 - d.side]}; n = {int(shown.sum())} players at the snap"
    return Figure(title, f"Line: the ball to the end of the play; {marks}", svg.markup(), "play-drawn")


def _tags(d: Down, evidence: Evidence) -> Table:
    m = d.m
    rows = []
    for name, row in sorted(d.tags.items(), key=lambda v: v[1]):
        if row > d.end:
            continue  # the play is over
        x = d.ball[row, 0] - d.line
        when = evidence.clips(f"{d.since(row):.1f}", f"tag-{name}", [d.play(m.event_label(name), row)], "play")
        at = Cell(signed(x), float(x)) if np.isfinite(x) else Cell("not seen")
        rows.append((Cell(m.event_label(name), name), Cell(when, d.since(row)), at))
    columns = (Column("Logged", False), Column("Seconds after the snap"), Column("Ball, yards past scrimmage"))
    title = f"{len(rows)} {'moment is' if len(rows) == 1 else 'moments are'} logged from the snap to the end"
    return Table(title, columns, tuple(rows), f"n = {len(rows)}; minus: behind the line of scrimmage.")
