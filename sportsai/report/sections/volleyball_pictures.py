"""The frames that volleyball's numbers rest on where there are no positions: people's boxes, the busy ones named."""

from __future__ import annotations

from sportsai.report.figures.figure import Figure
from sportsai.report.figures.pictures import Shot, sheet, shot
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.rallies import WORDS, Contact, contacts, how, rallies
from sportsai.report.section import Section

PAGE, ORDER, SPORTS = "match", 90, ("volleyball",)


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the sheets, None where there are positions to play or nobody's box is told."""
    del evidence
    shots = {c.row: s for c in contacts(m) if (s := _shot(m, c)) is not None}
    if m.tracks is not None or not shots:
        return None
    folded: list[Figure] = []
    every = rallies(m)
    rows = [[shots[c.row] for c in r.contacts if c.row in shots] for r in every]
    chains = [(r, row) for r, row in zip(every, rows, strict=True) if row]
    sub = f"n = {len(chains)} rallies with an annotated frame, one after another; a rally’s frames in order"
    anchors = [f"pictures-rally-{r.number}" for r, _ in chains]
    folded.append(sheet([row for _, row in chains], "Rally by rally", sub, "pictures-rallies", anchors))
    for name in m.league.events:
        mine = [c for c in contacts(m) if m.events["type"].iloc[c.row] == name and c.row in shots]
        if mine:
            title = f"{m.event_label(name)}: {len(mine)} {'frame' if len(mine) == 1 else 'frames'}"
            folded.append(sheet([[shots[c.row] for c in mine]], title, f"n = {len(mine)}", f"pictures-{name}"))
    said = (
        "Drawings of people’s boxes at the annotated frame, as the data set gives them; the footage is not in it. "
        "Filled and named: who sets, digs, attacks, blocks, jumps or falls; hover over the others."
    )
    return Section("pictures", "The frames behind the numbers", how=how(m, said), folded=tuple(folded))


def _shot(m: Material, c: Contact) -> Shot | None:
    about = m.events["attributes"].iloc[c.row]
    title = f"{c.frame:,} {('left', 'right')[c.side]} {WORDS[c.kind]}"
    return shot(title, about) if isinstance(about, dict) else None
